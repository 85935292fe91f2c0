//! The types of the tables: what a stream is, declared as data.

use super::permission::{BROWSE_PROJECTS, Permission};
use crate::codes::Code;

/// One stream: its records, their source, and what reading it requires.
#[derive(Debug)]
pub struct Stream {
    pub name: &'static str,
    /// JSON Schema (draft-07) of its records.
    pub schema: &'static str,
    pub source: Source,
    pub primary_key: &'static [&'static str],
    /// The primary key that Airbyte's connector declares, if it is another one: too narrow, or none.
    pub airbyte_key: Option<&'static [&'static str]>,
    /// The Jira permissions that the account needs, besides access to Jira.
    pub permissions: &'static [Permission],
    /// Some of its changes don't update the issue's `updated`, so it is re-read in full every N days.
    pub no_updated_signal: bool,
    /// How fresh and how complete the records are, for docs/streams.md.
    pub consistency: &'static str,
    /// Atlassian's page on the endpoint.
    pub docs: &'static str,
}

#[derive(Debug)]
pub enum Source {
    /// A list endpoint, read to its end.
    List(ListEndpoint),
    /// The issues of each board, with a cursor for each board.
    Boards(Boards),
    /// Extracted in the one pass over the issues.
    Issues(IssueStream),
    /// The ID and key of each issue that the filters let through.
    IssueIds,
    /// What was deleted.
    Deletions(Deletions),
}

/// The endpoints that list the issues of a board.
#[derive(Debug)]
pub struct Boards {
    pub current: ListEndpoint,
    /// Counts the issues of such a list.
    pub count: &'static str,
    pub deprecated: &'static ListEndpoint,
}

/// How deletions are found.
#[derive(Debug)]
pub enum Deletions {
    /// Of issues: from the comparison of ID snapshots with the IDs sent, and from the audit log.
    Issues,
    /// The site's feed of deleted worklogs.
    Feed,
    /// Of what is missing from lists that contained it in an earlier sync.
    SnapshotDiff(SnapshotDiff),
}

impl Deletions {
    /// The endpoint that only this stream reads.
    pub const fn route(&self) -> Option<&'static str> {
        match self {
            Self::Issues => None,
            Self::Feed => Some("/rest/api/3/worklog/deleted"),
            Self::SnapshotDiff(diff) => Some(diff.by_id),
        }
    }
}

/// A comparison of a partitioned stream's lists with those of the last sync.
#[derive(Debug)]
pub struct SnapshotDiff {
    /// The stream whose lists are compared.
    pub list: &'static Stream,
    /// Requests one of its records by ID before the record counts as deleted.
    pub by_id: &'static str,
    /// The property of such a record that names its owner; without it, the parent of the list is the owner.
    pub owner: &'static str,
    /// The name of that property in the records of deletions.
    pub owner_name: &'static str,
    /// Whether the IDs of the stream are text rather than numbers.
    pub text_ids: bool,
}

/// A list endpoint.
#[derive(Clone, Copy, Debug)]
pub struct ListEndpoint {
    /// The route. Its last `{variable}` takes the partition's value, the ones before it those of the parent's own partition.
    pub path: &'static str,
    /// Query parameters besides paging; a name may occur several times. A value that is a `{variable}` takes the partition's
    /// value.
    pub query: &'static [(&'static str, &'static str)],
    /// The property of the reply that contains the records; `""` if the reply itself is the list.
    pub records: &'static str,
    pub shape: Shape,
    pub paging: Paging,
    pub partition: Partition,
    /// The property of the parent's record that contains the list. If it is present, nothing is requested.
    pub embedded: Option<&'static str>,
    pub add: &'static [Add],
    /// Records are bare strings: make `{name: string}` of each.
    pub wrap: Option<&'static str>,
    pub keep: Keep,
    pub skip: &'static [Skip],
}

/// How a reply contains the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list.
    List,
    /// An object with each record under a key of its own.
    Map,
    /// Several lists, each under one of these properties of an object.
    Lists(&'static [&'static str]),
    /// The reply is one record.
    One,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// One reply contains everything.
    None,
    /// `startAt` and `maxResults`, until `isLast` or `total` says that a page is the last, or a page is empty. A short page is
    /// not the last one: Jira may lower the page size at any time.
    Offset { max: u32 },
    /// The same parameters, but the reply is a bare list: until a page is empty.
    UntilEmpty { max: u32 },
    /// `nextPageToken` and `maxResults`, until a reply has no token.
    Token { max: u32 },
}

/// Properties of a record, one of which must have one of the values.
pub type When = (&'static [&'static str], &'static [&'static str]);

#[derive(Clone, Copy, Debug)]
pub enum Partition {
    One,
    /// One list for each of these values.
    Static(&'static [&'static str]),
    /// One list for each record of the parent stream that meets `when`. `take` is the property that goes into the path, after
    /// the values of the parent's own path. Properties that `add` gives to the parent's records can be used like Jira's.
    Each {
        of: &'static Stream,
        take: &'static str,
        when: Option<When>,
    },
}

/// A property that is added to records.
#[derive(Debug)]
pub enum Add {
    /// The partition's value.
    Partition { name: &'static str },
    /// A copy of a property of the parent's record, as it is sent, or null.
    Parent { name: &'static str, from: &'static [&'static str] },
    /// A copy of a nested property, as text, or null.
    Text { name: &'static str, from: [&'static str; 2] },
    /// Only with `compatibility: airbyte`: `name` gets the value that was added as `like`.
    LikeAirbyte { name: &'static str, like: &'static str },
}

/// Which records the project filters of the config let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    All,
    /// Those whose project key, at this path, matches. Without a filter, all.
    Project(&'static [&'static str]),
    /// The same; records that are skipped because they have no project are counted under the code.
    Located(&'static [&'static str], &'static Code),
}

/// An expected refusal: counted and reported, not a failure.
#[derive(Debug)]
pub struct Skip {
    pub status: u16,
    pub code: &'static Code,
}

/// A stream that is extracted from issues. The extractor of the same name is in `sync::issues::extract`.
#[derive(Debug)]
pub struct IssueStream {
    /// The issue fields that it needs; `*all` for every one.
    pub fields: &'static [&'static str],
    /// The fields that it needs whose IDs differ from site to site.
    pub site_fields: &'static [SiteField],
    pub expand: Option<&'static str>,
    /// The requests for what a page of issues omits, for docs/streams.md.
    pub overflow: &'static str,
    /// The endpoints of these requests, besides those of the pass.
    pub routes: &'static [&'static str],
    pub cursor: &'static str,
    pub airbyte: AirbyteShape,
    /// Whether it can be read in full. What only a comparison with an earlier sync shows cannot.
    pub full_refresh: bool,
}

impl IssueStream {
    /// Whether its records are the issues themselves, with all their fields.
    pub fn is_whole_issue(&self) -> bool {
        self.fields.contains(&"*all")
    }
}

/// A field whose ID differs from site to site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SiteField {
    Sprint,
    StoryPoints,
}

/// The shape of the same stream's state in Airbyte's connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AirbyteShape {
    /// Partitions by project.
    Issues,
    /// Partitions by issue; children older than the start date are not read.
    DatedChildren,
    Changelogs,
    /// Partitions by sprint.
    SprintIssues,
    /// None: Airbyte's connector has no cursor for it, or no such stream.
    Children,
}

/// What every pass over the issues reads.
const PASS: [&str; 2] = ["/rest/api/3/search/jql", "/rest/api/3/issue/bulkfetch"];
/// Lists the visible projects.
const PROJECTS: &str = "/rest/api/3/project/search";
/// The endpoints of an ID snapshot, and those that classify the issues missing from it.
const SNAPSHOT: [&str; 1] = ["/rest/api/3/search/jql"];
const DELETED_ISSUES: [&str; 4] = [
    "/rest/api/3/search/jql",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/project/search",
    "/rest/api/3/auditing/record",
];

impl Stream {
    /// The endpoints that reading it requests, including those of its parents.
    pub fn routes(&self) -> Vec<&'static str> {
        match &self.source {
            Source::Issues(issues) => PASS.iter().chain(issues.routes).copied().collect(),
            Source::List(list) => list.routes(),
            Source::Boards(boards) => [PROJECTS].into_iter().chain(boards.current.routes()).collect(),
            Source::IssueIds => SNAPSHOT.to_vec(),
            Source::Deletions(Deletions::Issues) => DELETED_ISSUES.to_vec(),
            Source::Deletions(deletions) => {
                let lists = match deletions {
                    Deletions::SnapshotDiff(diff) => diff.list.routes(),
                    Deletions::Issues | Deletions::Feed => Vec::new(),
                };
                lists.into_iter().chain(deletions.route()).collect()
            }
        }
    }

    /// The cursor field, of streams that are read incrementally.
    pub const fn cursor(&self) -> Option<&'static str> {
        match &self.source {
            Source::Issues(issues) => Some(issues.cursor),
            Source::Deletions(Deletions::Feed) => Some("deletedAt"),
            Source::Deletions(_) => Some("detectedAt"),
            Source::Boards(_) => Some("updated"),
            Source::List(_) | Source::IssueIds => None,
        }
    }

    /// Its primary key, or that of Airbyte's connector.
    pub fn key(&self, airbyte: bool) -> &'static [&'static str] {
        self.airbyte_key.filter(|_| airbyte).unwrap_or(self.primary_key)
    }

    /// Whether it can be read in full. What only a comparison with an earlier sync shows cannot.
    pub const fn has_full_refresh(&self) -> bool {
        match &self.source {
            Source::Issues(issues) => issues.full_refresh,
            Source::Deletions(deletions) => !matches!(deletions, Deletions::SnapshotDiff(_)),
            Source::List(_) | Source::Boards(_) | Source::IssueIds => true,
        }
    }

    /// Its entry, if it is extracted from issues.
    pub const fn issues(&self) -> Option<&IssueStream> {
        match &self.source {
            Source::Issues(issues) => Some(issues),
            _ => None,
        }
    }

    /// Its list endpoint, or that of the issues of a board.
    pub const fn list(&self) -> Option<&ListEndpoint> {
        match &self.source {
            Source::List(list) | Source::Boards(Boards { current: list, .. }) => Some(list),
            _ => None,
        }
    }

    /// Its entry, if it compares lists.
    pub const fn snapshot_diff(&self) -> Option<&SnapshotDiff> {
        match &self.source {
            Source::Deletions(Deletions::SnapshotDiff(diff)) => Some(diff),
            _ => None,
        }
    }
}

impl ListEndpoint {
    fn routes(&self) -> Vec<&'static str> {
        match self.partition {
            Partition::Each { of, .. } => of.routes().into_iter().chain([self.path]).collect(),
            Partition::One | Partition::Static(_) => vec![self.path],
        }
    }
}

/// The schema and name of a stream, so that a missing schema does not compile.
macro_rules! named {
    ($name:literal) => {
        $crate::streams::stream::Stream {
            name: $name,
            schema: include_str!(concat!("../../schemas/", $name, ".json")),
            ..$crate::streams::stream::BLANK
        }
    };
}
pub(super) use named;

/// The defaults of a stream, for literals: `..BLANK`.
pub(super) const BLANK: Stream = Stream {
    name: "",
    schema: "",
    source: Source::List(LIST),
    primary_key: &["id"],
    airbyte_key: None,
    permissions: &[BROWSE_PROJECTS],
    no_updated_signal: false,
    consistency: "A snapshot at the time of reading.",
    docs: "",
};

/// A list in one reply, for literals: `..LIST`.
pub(super) const LIST: ListEndpoint = ListEndpoint {
    path: "",
    query: &[],
    records: "",
    shape: Shape::List,
    paging: Paging::None,
    partition: Partition::One,
    embedded: None,
    add: &[],
    wrap: None,
    keep: Keep::All,
    skip: &[],
};

/// A stream extracted from issues, for literals: `..ISSUE`.
pub(super) const ISSUE: IssueStream = IssueStream {
    fields: &[],
    site_fields: &[],
    expand: None,
    overflow: "",
    routes: &[],
    cursor: "updated",
    airbyte: AirbyteShape::Children,
    full_refresh: true,
};
