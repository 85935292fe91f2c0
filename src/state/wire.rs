//! How times and sets of IDs stand in a state. Each module is for serde's `with`.

use crate::record::time;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// The protocol's mark of a full refresh that is done.
pub(super) const COMPLETE: &str = "__ab_full_refresh_sync_complete";
/// More IDs than any site has issues, to bound what a state can make the connector hold.
pub(super) const MOST_IDS: usize = 10_000_000;

/// The text of a timestamp, shortened for a message.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn parse<E: Error>(text: &str) -> Result<i64, E> {
    time::parse(text).ok_or_else(|| {
        E::custom(format_args!("is \"{}\", not a timestamp such as 2026-06-29T23:50:00.000+0000", shortened(text)))
    })
}

/// Epoch milliseconds as a timestamp.
pub(super) mod moment {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time::format(*millis))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        parse(&String::deserialize(deserializer)?)
    }
}

/// The same, or null.
pub(super) mod optional_moment {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(millis: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        match millis {
            Some(millis) => moment::serialize(millis, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        Option::<String>::deserialize(deserializer)?.map(|text| parse(&text)).transpose()
    }
}

/// Timestamps by number.
pub(super) mod moments {
    use super::*;
    use serde::ser::SerializeMap as _;
    use std::collections::BTreeMap;

    pub(crate) fn serialize<S: Serializer>(moments: &BTreeMap<u64, i64>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(moments.len()))?;
        for (number, millis) in moments {
            map.serialize_entry(number, &time::format(*millis))?;
        }
        map.end()
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u64, i64>, D::Error> {
        let texts = BTreeMap::<u64, String>::deserialize(deserializer)?;
        texts.into_iter().map(|(number, text)| Ok((number, parse(&text)?))).collect()
    }
}

/// IDs: a list while it is short enough to be read by people, packed text beyond that.
pub(super) mod ids {
    use super::*;
    use crate::record::ids;
    use std::collections::BTreeSet;

    /// The longest plain list.
    const PLAIN: usize = 500;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Plain(BTreeSet<u64>),
        Packed(String),
    }

    pub(crate) fn serialize<S: Serializer>(set: &BTreeSet<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        if set.len() <= PLAIN { serializer.collect_seq(set) } else { serializer.serialize_str(&ids::encode(set)) }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<u64>, D::Error> {
        match Either::deserialize(deserializer) {
            Ok(Either::Plain(set)) => Ok(set),
            Ok(Either::Packed(text)) => ids::decode(&text, MOST_IDS).map_err(D::Error::custom),
            Err(_) => Err(D::Error::custom("is neither a list of IDs nor a text of packed IDs")),
        }
    }
}

/// Issues with their keys, packed.
pub(super) mod keys {
    use super::*;
    use crate::record::keys::Keys;

    pub(crate) fn serialize<S: Serializer>(keys: &Keys, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&keys.encode())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Keys, D::Error> {
        Keys::decode(&String::deserialize(deserializer)?, MOST_IDS).map_err(D::Error::custom)
    }
}

/// The same, or nothing.
pub(super) mod optional_keys {
    use super::*;
    use crate::record::keys::Keys;

    pub(crate) fn serialize<S: Serializer>(keys: &Option<Keys>, serializer: S) -> Result<S::Ok, S::Error> {
        match keys {
            Some(keys) => super::keys::serialize(keys, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Keys>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Keys::decode(&text, MOST_IDS)).transpose().map_err(D::Error::custom)
    }
}

/// Children by parent, packed, or nothing.
pub(super) mod optional_children {
    use super::*;
    use crate::record::children::Children;

    pub(crate) fn serialize<S: Serializer>(children: &Option<Children>, serializer: S) -> Result<S::Ok, S::Error> {
        match children {
            Some(children) => serializer.serialize_str(&children.encode()),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Children>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Children::decode(&text, MOST_IDS)).transpose().map_err(D::Error::custom)
    }
}

/// Whether a number is zero, for `skip_serializing_if`.
pub(super) fn is_zero(number: &i64) -> bool {
    *number == 0
}
