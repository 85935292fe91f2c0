//! What the last sync saw in lists.

use crate::record::ids;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::collections::{BTreeMap, BTreeSet};

/// More entries than this are neither kept nor compared: a state must stay small.
pub const MOST: usize = 20_000;

/// IDs in lists, each list being that of a parent. Both IDs fit 32 bits: Jira counts them up from 1 or 10000.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSnapshot {
    /// Which list contained which ID, as [`pair`]s: sorted by list.
    #[serde(with = "packed")]
    shown: BTreeSet<u64>,
    /// The owner of an ID, where that is not the first list that contains it.
    #[serde(with = "packed_owners", default, skip_serializing_if = "BTreeMap::is_empty")]
    owners: BTreeMap<u32, u32>,
    /// When lists were last read that the last sync did not read, epoch milliseconds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unread: BTreeMap<u64, i64>,
}

const fn pair(list: u32, id: u32) -> u64 {
    (list as u64) << 32 | id as u64
}

const fn unpair(pair: u64) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}

impl ListSnapshot {
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// An ID in a list, and its owner.
    pub fn add(&mut self, list: u32, id: u32, owner: u32) {
        self.shown.insert(pair(list, id));
        if owner != list {
            self.owners.insert(id, owner);
        }
    }

    /// Takes a list over from an earlier sync, which read it at `read`.
    pub fn keep(&mut self, earlier: &Self, list: u32, read: i64) {
        for (_, id) in earlier.shown.range(pair(list, 0)..=pair(list, u32::MAX)).map(|entry| unpair(*entry)) {
            self.add(list, id, earlier.owner(id, list));
        }
        self.unread.insert(list.into(), earlier.last_read(list, read));
    }

    /// This sync did not read the list; an earlier one did, at `read`.
    pub fn unread(&mut self, list: u32, read: i64) {
        self.unread.entry(list.into()).or_insert(read);
    }

    /// The lists that contain each ID, by ID.
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

    /// The owner of an ID that is in this list.
    pub fn owner(&self, id: u32, list: u32) -> u32 {
        self.owners.get(&id).copied().unwrap_or(list)
    }

    /// When a list was last read; `read` is when the last sync was.
    pub fn last_read(&self, list: u32, read: i64) -> i64 {
        self.unread.get(&list.into()).copied().unwrap_or(read)
    }
}

mod packed {
    use super::*;

    pub(super) fn serialize<S: Serializer>(numbers: &BTreeSet<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&ids::encode(numbers))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<u64>, D::Error> {
        ids::decode(&String::deserialize(deserializer)?, MOST).map_err(D::Error::custom)
    }
}

/// Pairs of owner and ID.
mod packed_owners {
    use super::*;

    pub(super) fn serialize<S: Serializer>(owners: &BTreeMap<u32, u32>, serializer: S) -> Result<S::Ok, S::Error> {
        packed::serialize(&owners.iter().map(|(id, owner)| pair(*owner, *id)).collect(), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u32, u32>, D::Error> {
        Ok(packed::deserialize(deserializer)?.into_iter().map(unpair).map(|(owner, id)| (id, owner)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Projects with a few versions each: the worst case, since each new list is a large gap.
    #[test]
    fn it_stays_small() {
        let mut snapshot = ListSnapshot::default();
        for id in 0..MOST as u32 {
            snapshot.add(10_000 + id / 4, 10_000 + id * 3, 10_000 + id / 4);
        }
        let length = serde_json::to_string(&snapshot).unwrap().len();
        assert!(length < MOST * 2, "{length}");
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(
            entries in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u32>()), 0..60),
            unread in prop::collection::btree_map(any::<u64>(), any::<i64>(), 0..5),
        ) {
            let mut snapshot = ListSnapshot { unread, ..ListSnapshot::default() };
            for (list, id, owner) in entries {
                snapshot.add(list, id, owner);
            }
            let json = serde_json::to_value(&snapshot).unwrap();
            prop_assert_eq!(serde_json::from_value::<ListSnapshot>(json).unwrap(), snapshot);
        }
    }
}
