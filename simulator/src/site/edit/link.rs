//! Links are added and removed on both issues, each with a changelog entry.

use super::touch::{Touched, choose};
use crate::error::Error;
use crate::site::Site;
use crate::site::indexed::Position;
use crate::site::issue::{Item, Link};
use crate::time::Millis;

impl Site {
    /// Both issues of a link get a changelog entry.
    pub(super) fn link(&mut self, at: Position, to: &str, now: Millis) -> Result<Touched, Error> {
        let other = self.find(to).filter(|other| *other != at && !self.issues[*other as usize].deleted);
        let other = other.ok_or_else(|| Error::new(format!("no issue {to:?}")))?;
        let id = self.next.link;
        self.next.link += 1;
        let (near, far) = (Link { id, kind: 2, outward: true, other }, Link { id, kind: 2, outward: false, other: at });
        let item = |site: &Self, link: &Link| {
            let (to, to_string) = site.key_and_text(link);
            Item { field: "Link".into(), to, to_string, ..Item::default() }
        };
        let items = (vec![item(self, &near)], vec![item(self, &far)]);
        self.links.entry(at).or_default().push(near);
        self.links.entry(other).or_default().push(far);
        self.settle_link(at, other, id, items, now)
    }

    pub(super) fn unlink(&mut self, at: Position, link: Option<&String>, now: Millis) -> Result<Touched, Error> {
        let mut here = self.links.get(&at).cloned().unwrap_or_default();
        here.retain(|link| !self.issues[link.other as usize].deleted);
        let near = here.swap_remove(choose(&here, link, |one| one.id)?);
        let far = Link { outward: !near.outward, other: at, ..near.clone() };
        let item = |site: &Self, link: &Link| {
            let (from, from_string) = site.key_and_text(link);
            Item { field: "Link".into(), from, from_string, ..Item::default() }
        };
        let items = (vec![item(self, &near)], vec![item(self, &far)]);
        for end in [at, near.other] {
            self.links.entry(end).or_default().retain(|link| link.id != near.id);
        }
        self.settle_link(at, near.other, near.id, items, now)
    }

    /// Commits the change of the linked issue, and returns that of the edited issue.
    fn settle_link(
        &mut self,
        at: Position,
        other: Position,
        id: u64,
        (near, far): (Vec<Item>, Vec<Item>),
        now: Millis,
    ) -> Result<Touched, Error> {
        let before = self.issue(other);
        let touched = Touched::with_update((*before).clone(), far, None);
        self.settle(other, before, touched, now);
        Ok(Touched::with_update((*self.issue(at)).clone(), near, Some(id)))
    }

    /// The linked issue's key, and the text of the link in a changelog.
    fn key_and_text(&self, link: &Link) -> (Option<String>, Option<String>) {
        let key = self.key(&self.issues[link.other as usize]);
        let kind = &self.catalog.link_types[link.kind as usize].body;
        let words = kind[if link.outward { "outward" } else { "inward" }].as_str().unwrap_or("relates to");
        let line = format!("This issue {words} {key}");
        (Some(key), Some(line))
    }
}
