//! A record of the audit log.

use crate::time::Millis;

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub id: u64,
    pub at: Millis,
    pub summary: &'static str,
    pub category: &'static str,
    pub object: Object,
    /// Name of a field, from, to.
    pub changed: Vec<(&'static str, String, String)>,
}

/// The object of a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    pub id: String,
    pub name: String,
    pub type_name: &'static str,
    /// ID and name.
    pub parent: Option<(String, String)>,
}

/// The type of records of deleted issues, whose name is the issue key. (Reported by users: two connectors.)
pub(crate) const DELETED_ISSUE: &str = "ISSUE_DELETE";
