//! Takes away what hangs on one issue.

use super::Edit;
use super::touch::{Touched, choose};
use crate::error::Error;
use crate::site::Site;
use crate::site::gone::GoneChildKind;
use crate::site::issue::{Issue, Item};
use crate::when::Millis;

impl Site {
    pub(super) fn remove(&mut self, edit: &Edit, mut issue: Issue, now: Millis) -> Result<Touched, Error> {
        let child = match edit {
            Edit::DeleteAttachment { attachment, .. } => {
                let place = choose(&issue.attachments, attachment.as_ref(), |one| one.id)?;
                let gone = issue.attachments.remove(place);
                self.lose(GoneChildKind::Attachment, gone.id, issue.row.id, now);
                let from = (Some(gone.id.to_string()), Some(gone.name));
                let item = Item::of("Attachment", "attachment", from, (None, None));
                return Ok(Touched::loudly(issue, vec![item], Some(gone.id)));
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
        Ok(Touched { child, ..Touched::quietly(issue) })
    }
}

/// The account's own entry, or else the newest.
fn take_back(people: &mut Vec<u32>) -> Result<Option<String>, Error> {
    let place = people.iter().position(|one| *one == 0).or(people.len().checked_sub(1));
    people.remove(place.ok_or_else(|| Error::new("nobody is there"))?);
    Ok(None)
}
