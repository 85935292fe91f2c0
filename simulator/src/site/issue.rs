//! A whole issue: generated issues are built from the seed on demand, changed ones are stored.

use std::collections::BTreeMap;

use serde_json::Value;

use super::catalog::Place;
use super::indexed::{IndexedIssue, Position};
use crate::text::Text;
use crate::time::Millis;

#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub indexed: IndexedIssue,
    pub summary: Text,
    pub description: Option<Text>,
    pub environment: Option<Text>,
    pub creator: Option<Place>,
    pub labels: Vec<String>,
    pub components: Vec<Place>,
    pub fix_versions: Vec<Place>,
    pub versions: Vec<Place>,
    /// Every sprint of the issue, past ones included, in order.
    pub sprints: Vec<Place>,
    pub due: Option<Millis>,
    pub resolved: Option<Millis>,
    pub status_changed: Millis,
    pub viewed: Option<Millis>,
    pub estimate: Option<i64>,
    pub points: Option<f64>,
    pub rank: u64,
    pub votes: Vec<Place>,
    pub watchers: Vec<Place>,
    pub attachments: Vec<Attachment>,
    pub remote_links: Vec<RemoteLink>,
    pub properties: Vec<(String, Value)>,
    pub comments: Vec<Comment>,
    pub worklogs: Vec<Worklog>,
    pub histories: Vec<History>,
    /// Seed of the custom fields.
    pub seed: u64,
    /// Custom fields set by an edit, as JSON texts.
    pub written: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub id: u64,
    /// `None`: the account was deleted and the author is omitted.
    pub author: Option<Place>,
    pub editor: Option<Place>,
    pub created: Millis,
    pub updated: Millis,
    pub text: Text,
    pub audience: Audience,
    pub public: bool,
}

/// Who may read a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Everyone,
    /// Restricted to a role of the account: included, with `visibility`.
    Colleagues,
    /// Restricted to another role: omitted.
    Others,
}

#[derive(Clone, Debug)]
pub(crate) struct Worklog {
    pub id: u64,
    pub author: Option<Place>,
    pub created: Millis,
    pub updated: Millis,
    pub started: Millis,
    pub seconds: i64,
    pub text: Option<Text>,
}

#[derive(Clone, Debug)]
pub(crate) struct History {
    pub id: u64,
    pub author: Option<Place>,
    pub created: Millis,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub field: String,
    pub custom: bool,
    /// `None` if the field was deleted.
    pub field_id: Option<String>,
    pub from: Option<String>,
    pub from_string: Option<String>,
    pub to: Option<String>,
    pub to_string: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Attachment {
    pub id: u64,
    pub name: String,
    pub kind: &'static str,
    pub size: u64,
    pub author: Option<Place>,
    pub created: Millis,
}

#[derive(Clone, Debug)]
pub(crate) struct RemoteLink {
    pub id: u64,
    pub title: String,
    pub url: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub id: u64,
    pub kind: Place,
    pub outward: bool,
    pub other: Position,
}

/// The parts of an issue to build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// Comments and worklogs.
    pub children: bool,
    /// The change history.
    pub past: bool,
}

impl Parts {
    pub(crate) const ALL: Self = Self { children: true, past: true };
    pub(crate) const NONE: Self = Self { children: false, past: false };
    pub(crate) const PAST: Self = Self { children: false, past: true };
    pub(crate) const CHILDREN: Self = Self { children: true, past: false };
}

impl Item {
    /// A change of a field, with IDs and display texts.
    pub(crate) fn of(
        field: &str,
        id: &str,
        from: (Option<String>, Option<String>),
        to: (Option<String>, Option<String>),
    ) -> Self {
        Self {
            field: field.into(),
            custom: id.starts_with("customfield_"),
            field_id: Some(id.into()),
            from: from.0,
            from_string: from.1,
            to: to.0,
            to_string: to.1,
        }
    }

    /// A change of a text, with display texts only.
    pub(crate) fn text(field: &str, id: &str, from: Option<String>, to: Option<String>) -> Self {
        Self::of(field, id, (None, from), (None, to))
    }
}
