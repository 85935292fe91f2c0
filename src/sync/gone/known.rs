//! What the last sync saw of lists, as its state keeps it.

use crate::record::ids;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// More entries than this are neither kept nor compared: a state must stay small.
pub const MOST: usize = 20_000;

/// Ids in lists, each list being that of a parent. Ids of both fit 32 bits: Jira counts them up from 1 or 10000.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Which list showed which id, as [`pair`]s: sorted by list.
    shown: BTreeSet<u64>,
    /// Where an id belongs, if that is not the first list that shows it.
    homes: BTreeMap<u32, u32>,
    /// When lists were last read that the last sync did not read, epoch milliseconds.
    unread: BTreeMap<u64, i64>,
}

const fn pair(list: u32, id: u32) -> u64 {
    (list as u64) << 32 | id as u64
}

const fn unpair(pair: u64) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}

impl Known {
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// An id and where it belongs, shown by a list.
    pub fn add(&mut self, list: u32, id: u32, home: u32) {
        self.shown.insert(pair(list, id));
        if home != list {
            self.homes.insert(id, home);
        }
    }

    /// Takes a list over from an earlier sync, which read it at `read`.
    pub fn keep(&mut self, before: &Self, list: u32, read: i64) {
        for (_, id) in before.shown.range(pair(list, 0)..=pair(list, u32::MAX)).map(|entry| unpair(*entry)) {
            self.add(list, id, before.home(id, list));
        }
        self.unread.insert(list.into(), before.read(list, read));
    }

    pub fn unread(&mut self, list: u32, read: i64) {
        self.unread.entry(list.into()).or_insert(read);
    }

    /// The lists that show each id, by id.
    pub fn ids(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut ids: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (list, id) in self.shown.iter().map(|entry| unpair(*entry)) {
            ids.entry(id).or_default().push(list);
        }
        ids
    }

    pub fn lists(&self) -> BTreeSet<u32> {
        self.shown.iter().map(|entry| unpair(*entry).0).collect()
    }

    /// Where an id belongs that this list shows.
    pub fn home(&self, id: u32, list: u32) -> u32 {
        self.homes.get(&id).copied().unwrap_or(list)
    }

    /// When a list was read last; `read` is when the last sync was.
    pub fn read(&self, list: u32, read: i64) -> i64 {
        self.unread.get(&list.into()).copied().unwrap_or(read)
    }

    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("shown".to_owned(), ids::encode(&self.shown).into());
        if !self.homes.is_empty() {
            let homes = self.homes.iter().map(|(id, home)| pair(*home, *id)).collect();
            members.insert("homes".to_owned(), ids::encode(&homes).into());
        }
        if !self.unread.is_empty() {
            members.insert("unread".to_owned(), json!(self.unread));
        }
        Value::Object(members)
    }

    /// Reads what a state has; the error is the member and what is wrong with it.
    pub fn from_json(value: Option<&Value>) -> Result<Self, (String, String)> {
        let Some(value) = value else { return Ok(Self::default()) };
        let packed = |name: &str| match value.get(name) {
            None => Ok(BTreeSet::new()),
            Some(Value::String(text)) => ids::decode(text, MOST).map_err(|why| (format!("known.{name}"), why)),
            Some(_) => Err((format!("known.{name}"), "is not a text".to_owned())),
        };
        let homes = packed("homes")?.into_iter().map(unpair).map(|(home, id)| (id, home)).collect();
        let unread = value.get("unread").cloned().unwrap_or_else(|| json!({}));
        let unread = serde_json::from_value(unread)
            .map_err(|error| ("known.unread".to_owned(), format!("does not give times by id ({error})")))?;
        Ok(Self { shown: packed("shown")?, homes, unread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_it_cannot_use_is_named() {
        for (value, expected) in [
            (json!({"shown": 5}), ("known.shown", "is not a text")),
            (json!({"shown": "!"}), ("known.shown", "is not base64")),
            (json!({"homes": "AAAA"}), ("known.homes", "is damaged")),
            (json!({"unread": {"x": 1}}), ("known.unread", "does not give times by id")),
            (json!({"unread": []}), ("known.unread", "does not give times by id")),
        ] {
            let (path, why) = Known::from_json(Some(&value)).unwrap_err();
            assert!(path == expected.0 && why.starts_with(expected.1), "{path} {why}");
        }
    }

    /// Projects with a few versions each: the worst for it, since each new list is a large gap.
    #[test]
    fn it_stays_small() {
        let mut known = Known::default();
        for id in 0..MOST as u32 {
            known.add(10_000 + id / 4, 10_000 + id * 3, 10_000 + id / 4);
        }
        let length = known.to_json().to_string().len();
        assert!(length < MOST * 2, "{length}");
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(
            entries in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u32>()), 0..60),
            unread in prop::collection::btree_map(any::<u64>(), any::<i64>(), 0..5),
        ) {
            let mut known = Known { unread, ..Known::default() };
            for (list, id, home) in entries {
                known.add(list, id, home);
            }
            prop_assert_eq!(Known::from_json(Some(&known.to_json())), Ok(known));
        }
    }
}
