//! Removes children of an issue.

use super::Edit;
use super::touch::{Touched, choose};
use crate::error::Error;
use crate::site::Site;
use crate::site::issue::{Issue, Item};
use crate::site::missing::ChildKind;
use crate::time::Millis;

impl Site {
    pub(super) fn remove(&mut self, edit: &Edit, mut issue: Issue, now: Millis) -> Result<Touched, Error> {
        let child = match edit {
            Edit::DeleteAttachment { attachment, .. } => {
                let place = choose(&issue.attachments, attachment.as_ref(), |one| one.id)?;
                let removed = issue.attachments.remove(place);
                self.record_deleted_child(ChildKind::Attachment, removed.id, issue.indexed.id, now);
                let from = (Some(removed.id.to_string()), Some(removed.name));
                let item = Item::of("Attachment", "attachment", from, (None, None));
                return Ok(Touched::with_update(issue, vec![item], Some(removed.id)));
            }
            Edit::Unvote { .. } => take_back(&mut issue.votes)?,
            Edit::Unwatch { .. } => take_back(&mut issue.watchers)?,
            Edit::DeleteRemoteLink { link, .. } => {
                let place = choose(&issue.remote_links, link.as_ref(), |one| one.id)?;
                Some(issue.remote_links.remove(place).id.to_string())
            }
            Edit::DeleteProperty { key, .. } => {
                let place = issue.properties.iter().position(|(known, _)| known == key);
                issue.properties.remove(place.ok_or_else(|| Error::new(format!("no property {key:?}")))?);
                None
            }
            _ => return Err(Error::new("not an edit of one issue")),
        };
        Ok(Touched { child, ..Touched::without_update(issue) })
    }
}

/// The account's own entry, or the newest.
fn take_back(people: &mut Vec<u32>) -> Result<Option<String>, Error> {
    let place = people.iter().position(|one| *one == 0).or(people.len().checked_sub(1));
    people.remove(place.ok_or_else(|| Error::new("there is no such user"))?);
    Ok(None)
}
