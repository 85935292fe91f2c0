//! Versions, components and sprints that went: their lists, compared with what the last sync knew of them.

use super::known::{Known, MOST};
use crate::{
    client::{Error, Kind, Request, classify},
    codes,
    protocol::Failure,
    record::{Object, splice, time},
    streams::{Gone, Listed, Stream},
    sync::{
        run::{Chosen, Run},
        state::Position,
        table::Parent,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeMap;

/// A stream of lists, one for each record of its parent: sent, compared for what is gone, or both.
pub struct Child {
    pub stream: &'static Stream,
    pub sent: Option<Chosen>,
    pub gone: Option<Chosen>,
}

impl Child {
    /// Each list stream once, whoever wants it.
    pub fn of(sent: Vec<Chosen>, gone: Vec<Chosen>) -> Vec<Self> {
        let mut children: Vec<Self> =
            sent.into_iter().map(|sent| Self { stream: sent.stream, sent: Some(sent), gone: None }).collect();
        for gone in gone {
            let Some(Gone::Listed(Listed { of, .. })) = gone.stream.gone() else { continue };
            match children.iter_mut().find(|child| child.stream.name == of.name) {
                Some(child) => child.gone = Some(gone),
                None => children.push(Self { stream: of, sent: None, gone: Some(gone) }),
            }
        }
        children
    }
}

/// Lists that were read in whole.
#[derive(Debug)]
pub struct Lists {
    of: &'static Listed,
    /// The ids of each, with where they belong.
    read: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// When the site last answered, to the second, epoch milliseconds.
    until: i64,
}

impl Lists {
    /// Those that the stream compares; none if it compares none.
    pub fn of(stream: &'static Stream) -> Option<Self> {
        match stream.gone() {
            Some(Gone::Listed(of)) => Some(Self { of, read: BTreeMap::new(), until: 0 }),
            _ => None,
        }
    }

    /// Takes a list; one with other ids than Jira's numbers can't be compared, so it counts as not read.
    pub fn add<'a>(&mut self, parent: &Parent, records: impl Iterator<Item = &'a str>, date: Option<i64>) {
        let Ok(list) = parent.id().parse() else { return };
        let entry = |raw: &str| {
            let record = Object::parse(raw).ok()?;
            Some((number(&record, "id")?, number(&record, self.of.home).unwrap_or(list)))
        };
        if let Some(ids) = records.map(entry).collect() {
            self.read.insert(list, ids);
            self.until = self.until.max(date.unwrap_or(0));
        }
    }

    /// What is known now: these lists, and those of the last sync, at `read`, that were not read this time.
    fn known(&self, before: &Known, read: i64) -> Known {
        let mut known = Known::default();
        for list in before.lists().into_iter().filter(|list| !self.read.contains_key(list)) {
            known.keep(before, list, read);
        }
        for (list, ids) in &self.read {
            ids.iter().for_each(|(id, home)| known.add(*list, *id, *home));
        }
        known
    }
}

fn number(record: &Object<'_>, name: &str) -> Option<u32> {
    record.id(name)?.parse().ok()
}

/// What asking for a record by its id brought.
enum Found {
    Nothing,
    /// It is there, only in no list that was read; where it belongs, if it says so.
    There(Option<u32>),
}

/// A record that is gone.
struct Loss {
    id: u32,
    home: u32,
    /// The last sync that saw it.
    after: i64,
}

impl Run {
    /// Compares lists with what the last sync knew, if they could be read, and ends the stream.
    pub(in crate::sync) async fn compare(
        &self,
        mut chosen: Chosen,
        lists: &Lists,
        read: Result<(), Failure>,
        started: i64,
    ) {
        let compared = match read {
            Ok(()) => self.losses(&mut chosen, lists, started).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match compared {
            Ok(losses) => {
                // The server's clock has seconds only.
                let before = lists.until.max(started) + 1_000;
                losses.iter().for_each(|loss| self.send(&chosen, lists.of, loss, before));
                self.finish(chosen);
            }
            Err(failure) => self.give_up(&chosen, failure),
        }
    }

    /// What is gone since the last sync. The state knows afterwards what is there; if asking fails, it stays as it was.
    async fn losses(&self, chosen: &mut Chosen, lists: &Lists, started: i64) -> Result<Vec<Loss>, Error> {
        let state = &mut chosen.state;
        let read = if let Position::Cursor { updated } = state.position { updated } else { started };
        let (before, mut losses) = (&state.known, Vec::new());
        let mut known = lists.known(before, read);
        if known.len() <= MOST {
            let shown = known.ids();
            let missing: Vec<_> = before.ids().into_iter().filter(|(id, _)| !shown.contains_key(id)).collect();
            for ((id, on), found) in missing.iter().zip(self.look_for(lists, &missing).await?) {
                let home = before.home(*id, on.first().copied().unwrap_or_default());
                match found {
                    Found::Nothing => {
                        let after = on.iter().map(|list| before.read(*list, read)).max().unwrap_or(read);
                        losses.push(Loss { id: *id, home, after });
                    }
                    Found::There(now) => {
                        let home = now.unwrap_or(home);
                        known.add(home, *id, home);
                        if !lists.read.contains_key(&home) {
                            known.unread(home, started);
                        }
                    }
                }
            }
        }
        if known.len() > MOST {
            self.report.skip(chosen.stream.name, &codes::TOO_MANY_TO_COMPARE);
            known = Known::default();
        }
        state.known = known;
        state.position = Position::Cursor { updated: started };
        Ok(losses)
    }

    /// Asks for each of the missing by its id.
    async fn look_for(&self, lists: &Lists, missing: &[(u32, Vec<u32>)]) -> Result<Vec<Found>, Error> {
        // If even what a list has just shown is not found, "not found" means nothing.
        let witness = lists.read.values().find_map(|ids| ids.keys().next().copied());
        if let Some(witness) = witness.filter(|_| !missing.is_empty())
            && let Found::Nothing = self.look(lists.of, witness).await?
        {
            let request = Request::get(lists.of.one, &[&witness.to_string()]);
            return Err(classify::malformed(&request, "404, even for what a list has just shown"));
        }
        stream::iter(missing.iter().map(|(id, _)| self.look(lists.of, *id)))
            .buffered(self.client.gate().most() + 2)
            .try_collect()
            .await
    }

    async fn look(&self, listed: &Listed, id: u32) -> Result<Found, Error> {
        let request = Request::get(listed.one, &[&id.to_string()]);
        match self.client.call(&request).await {
            Err(error) if error.kind == Kind::NotFound => Ok(Found::Nothing),
            reply => {
                let body = reply?.body;
                let record = Object::parse(&body).map_err(|why| classify::malformed(&request, why.to_string()))?;
                Ok(Found::There(number(&record, listed.home)))
            }
        }
    }

    fn send(&self, chosen: &Chosen, listed: &Listed, loss: &Loss, before: i64) {
        let id = if listed.text_ids { splice::quoted(&loss.id.to_string()) } else { loss.id.to_string() };
        let members = [
            ("id", id.as_str()),
            (listed.home_name, &loss.home.to_string()),
            ("goneAfter", &splice::quoted(&time::format(loss.after))),
            ("goneBefore", &splice::quoted(&time::format(before))),
        ];
        self.out.record(chosen.stream.name, |line| {
            line.push(b'{');
            let mut first = true;
            members.iter().for_each(|(name, value)| splice::write_member(line, &mut first, name, value));
            line.push(b'}');
        });
    }
}
