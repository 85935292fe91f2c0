//! How the records of a stream come out of an issue: what a file of this folder defines for its stream.

use super::sink::Sink;
use crate::{
    config::Expand,
    jira::issue::{Issue, IssueRef},
    record::{Object, object::UnknownShape},
    streams::SiteField,
    sync::fields::Columns,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// How the records of a stream come out of an issue.
#[derive(Debug)]
pub struct Extractor {
    pub stream: &'static str,
    pub extraction: Extraction,
}

/// Where in the issue the records are.
#[derive(Debug)]
pub enum Extraction {
    /// In the issue as a page has it.
    Issue(fn(&Issue<'_>, &ExtractContext, &mut Sink<'_>)),
    /// In its changelog, entry by entry; the part that the page leaves out is fetched in bulk.
    Changelog(FromChangelog),
    /// In its comments; those that the page leaves out are fetched page by page.
    Comments(fn(&str, &IssueRef, &mut Sink<'_>)),
    /// In its worklogs; those that the page leaves out are fetched at the end of the pass.
    Worklogs(fn(&str, &IssueRef, &mut Sink<'_>)),
    /// In what its comments lack of those that were sent.
    DeletedComments(fn(&DeletedComment<'_>, &mut Sink<'_>)),
    /// In a reply of its own for each issue.
    PerIssue(PerIssue),
}

/// What a changelog entry needs of its issue.
pub(super) type Remembered = Result<BTreeSet<String>, UnknownShape>;

/// Records from changelog entries.
#[derive(Debug)]
pub struct FromChangelog {
    pub entry: fn(&str, &Object<'_>, &HistoryContext<'_>, &mut Sink<'_>),
    /// What to remember of an issue whose changelog comes later, without the issue. Without it, an entry says nothing.
    pub remember: Option<fn(&Issue<'_>) -> Remembered>,
}

/// The issue of a changelog entry. ID and key are JSON.
#[derive(Debug)]
pub struct HistoryContext<'a> {
    pub id: &'a str,
    pub key: &'a str,
    pub remembered: &'a BTreeSet<String>,
}

/// Records from a request for each issue.
#[derive(Debug)]
pub struct PerIssue {
    pub route: &'static str,
    pub query: &'static [(&'static str, &'static str)],
    /// Writes the record of an issue that needs no request, and says whether it needs none.
    pub without_request: fn(&Issue<'_>, &IssueRef, &mut Sink<'_>) -> bool,
    pub reply: fn(&str, &IssueRef, &mut Sink<'_>) -> Result<(), String>,
    /// Some projects may keep theirs to themselves: a refusal says as little as "not found".
    pub refusal_is_missing: bool,
}

/// A comment that was sent, and that its issue does not have any more. Times are epoch milliseconds.
#[derive(Debug)]
pub struct DeletedComment<'a> {
    pub id: u64,
    pub issue: &'a IssueRef,
    pub last_seen_at: Option<i64>,
    pub detected_at: i64,
}

/// What is the same for all issues of a pass.
#[derive(Clone, Debug, Default)]
pub struct ExtractContext {
    pub expands: BTreeSet<Expand>,
    /// Records keep to the forms of Airbyte's connector.
    pub airbyte: bool,
    pub site_fields: BTreeMap<SiteField, Vec<String>>,
    /// How fields stand in the records of `issues`.
    pub columns: Arc<Columns>,
}

impl ExtractContext {
    /// What a child that is requested for its issue alone says of the issue.
    pub fn reference<'i>(&self, issue: &'i IssueRef) -> Cow<'i, IssueRef> {
        if self.airbyte { Cow::Owned(issue.by_key()) } else { Cow::Borrowed(issue) }
    }

    /// The IDs of a field on this site.
    pub fn site_field(&self, field: SiteField) -> &[String] {
        self.site_fields.get(&field).map(Vec::as_slice).unwrap_or_default()
    }
}
