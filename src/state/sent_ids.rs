//! The state of `deleted_issues`: which issues were sent, and when they were last compared with the site.

use super::wire::{ids, optional_keys, optional_moment};
use crate::record::keys::Keys;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// All times are epoch milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeletedIssuesState {
    /// The issues sent; `None` where IDs are not tracked.
    #[serde(with = "optional_keys", default, skip_serializing_if = "Option::is_none")]
    pub sent_ids: Option<Keys>,
    /// Those of them that were recorded since the last ID snapshot. A stream that was not read since may not have them yet.
    #[serde(with = "ids", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub since_last_snapshot: BTreeSet<u64>,
    /// Issues whose changes every stream was sent since the last ID snapshot.
    #[serde(with = "ids", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub changes_since_last_snapshot: BTreeSet<u64>,
    /// Everything that was ever sent is among `sent_ids`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_sent_ids: bool,
    /// When the last ID snapshot was taken, by the site's clock.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub last_snapshot: Option<i64>,
    /// When the last ID snapshot was taken that found issues which had not been sent.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub last_newly_visible: Option<i64>,
    /// The audit log was read up to here.
    #[serde(with = "optional_moment", default, skip_serializing_if = "Option::is_none")]
    pub audit_log_until: Option<i64>,
    /// Its records of the overlap, which are not reported again.
    #[serde(with = "ids", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reported_audit_records: BTreeSet<u64>,
}

impl DeletedIssuesState {
    /// The same without the IDs.
    pub fn without_ids(&self) -> Self {
        let none = BTreeSet::new;
        let (sent_ids, all_sent_ids) = (None, false);
        Self {
            sent_ids,
            since_last_snapshot: none(),
            changes_since_last_snapshot: none(),
            all_sent_ids,
            ..self.clone()
        }
    }
}

/// IDs and keys from a file: one issue a line, `10001` or `10001,ABC-12`, as databases export them. The error says which line
/// is wrong.
pub fn read_file(text: &str) -> Result<Keys, String> {
    let mut keys = Keys::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        let mut cells = line.split([',', '\t', ';']).map(|cell| cell.trim().trim_matches('"'));
        let (id, key) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        match id.parse() {
            Ok(id) => {
                keys.insert(id, key);
            }
            Err(_) if line.is_empty() || (at == 0 && id.eq_ignore_ascii_case("id")) => {}
            Err(_) => {
                let line: String = line.chars().take(60).collect();
                return Err(format!(
                    "line {} is \"{line}\", not an issue ID, or an ID and a key separated by a comma",
                    at + 1
                ));
            }
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_can_be_read(
            issues in prop::option::of(prop::collection::btree_map(any::<u64>(), "[A-Z]{1,3}-[1-9][0-9]{0,3}", 0..20)),
            all_sent_ids in any::<bool>(),
            times in (prop::option::of(0i64..4_000_000_000_000), prop::option::of(0i64..4_000_000_000_000), prop::option::of(0i64..4_000_000_000_000)),
            numbers in prop::collection::btree_set(any::<u64>(), 0..9),
        ) {
            let sent_ids = issues.map(|issues| {
                let mut keys = Keys::default();
                issues.iter().for_each(|(id, key)| { keys.insert(*id, key); });
                keys
            });
            let state = DeletedIssuesState {
                sent_ids,
                since_last_snapshot: numbers.clone(),
                changes_since_last_snapshot: numbers.clone(),
                all_sent_ids,
                last_snapshot: times.0,
                last_newly_visible: times.1,
                audit_log_until: times.2,
                reported_audit_records: numbers,
            };
            let json = serde_json::to_value(&state).unwrap();
            prop_assert_eq!(serde_json::from_value::<DeletedIssuesState>(json).unwrap(), state);
        }
    }

    #[test]
    fn files_are_read_as_databases_write_them() {
        for text in ["10001\n10002\n", "id,key\n10001,A-1\r\n10002,B-2\r\n", "\u{feff}\"10001\";\"A-1\"\n\n10002\tB-2"]
        {
            let keys = read_file(text).unwrap();
            assert_eq!(keys.ids().collect::<Vec<_>>(), [10_001, 10_002], "{text}");
        }
        assert_eq!(read_file("ID,KEY\n7,A-1").unwrap().key(7), Some("A-1".to_owned()));
        assert!(read_file("7\nA-1\n").unwrap_err().contains("line 2 is \"A-1\""));
    }
}
