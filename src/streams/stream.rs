//! The types in which a stream is declared.

use super::permission::{BROWSE_PROJECTS, Permission};
use crate::codes::Code;

/// One stream: what it holds, where it comes from, and what reading it takes.
#[derive(Debug)]
pub struct Stream {
    pub name: &'static str,
    /// JSON Schema (draft-07) of its records.
    pub schema: &'static str,
    pub source: Source,
    pub primary_key: &'static [&'static str],
    /// The key that Airbyte's connector declares, where it is another one: too narrow, or none.
    pub airbyte_key: Option<&'static [&'static str]>,
    /// The Jira permissions that the account needs, besides access to Jira.
    pub permissions: &'static [Permission],
    /// Jira is not known to move an issue's `updated` for changes of this alone.
    pub silent: bool,
    /// What a reader of the records should know about how fresh and complete they are.
    pub consistency: &'static str,
    /// Atlassian's page on the endpoint.
    pub docs: &'static str,
}

#[derive(Debug)]
pub enum Source {
    /// A list endpoint, read to its end.
    Table(Table),
    /// The issues of each board, from a cursor of the board's own.
    Boards(Boards),
    /// Cut out of the one pass over the issues.
    Issues(Projection),
    /// Which issues the account can see, and which it can see no more.
    Sight(Sight),
    /// What is there no more.
    Gone(Gone),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The id and key of each issue in the filter.
    Ids,
    /// Issues that are gone, and why.
    Gone,
}

/// The lists of boards: where they are now, and where they were before.
#[derive(Debug)]
pub struct Boards {
    pub now: Table,
    /// Where the issues of such a list are counted.
    pub count: &'static str,
    pub before: &'static Table,
}

/// How it is found out what is gone.
#[derive(Debug)]
pub enum Gone {
    /// The site's feed of deleted worklogs says so.
    Worklogs,
    /// It is missing from a list that showed it at an earlier sync.
    Listed(Listed),
}

impl Gone {
    /// The endpoint that only this stream asks.
    pub const fn route(&self) -> &'static str {
        match self {
            Self::Worklogs => "/rest/api/3/worklog/deleted",
            Self::Listed(listed) => listed.one,
        }
    }
}

/// A comparison of a partitioned stream's lists with those of the last sync.
#[derive(Debug)]
pub struct Listed {
    /// The stream of the lists.
    pub of: &'static Stream,
    /// Where one of its records is asked for by id before it counts as gone.
    pub one: &'static str,
    /// The member of such a record that names what it belongs to; where it is missing, that is what the list is of.
    pub home: &'static str,
    /// What that member is called in the records of what is gone.
    pub home_name: &'static str,
    /// Whether the ids of the stream are text rather than numbers.
    pub text_ids: bool,
}

/// A list endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The route; `{variables}` take the partition's value, after those of the lists that its parent was in.
    pub path: &'static str,
    /// Query parameters besides paging; the same name may occur several times. A value that is a `{variable}` takes the
    /// partition's.
    pub query: &'static [(&'static str, &'static str)],
    /// Where the records are in the reply: `""` if they are the reply itself.
    pub records: &'static str,
    pub shape: Shape,
    pub paging: Paging,
    pub partition: Partition,
    /// The member of the parent's record that is the list already: nothing is asked where it is there.
    pub embedded: Option<&'static str>,
    pub add: &'static [Add],
    /// Records are bare strings: make `{name: string}` of each.
    pub wrap: Option<&'static str>,
    pub keep: Keep,
    pub skip: &'static [Skip],
}

/// What holds the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list.
    List,
    /// An object that has each record under its key.
    Map,
    /// Lists that are members of an object: these, or some of them.
    Lists(&'static [&'static str]),
    /// There is one record, and no list.
    One,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// One reply holds all.
    None,
    /// `startAt` and `maxResults`, until the reply says so by `isLast` or `total`, or comes empty. A short page is not
    /// the last one: the server may lower the size at any time.
    Offset { max: u32 },
    /// The same parameters, but the reply is a bare list: until it comes empty.
    UntilEmpty { max: u32 },
    /// `nextPageToken` and `maxResults`, until a reply has no token.
    Token { max: u32 },
}

/// Members of a record, one of which must have one of the values.
pub type When = (&'static [&'static str], &'static [&'static str]);

#[derive(Clone, Copy, Debug)]
pub enum Partition {
    One,
    /// One list for each of these.
    Fixed(&'static [&'static str]),
    /// One list for each record of the parent that is as in `when`: `take` is the member that goes into the path, after what
    /// is in the parent's own. Members that the parent's records gain count as theirs.
    Each {
        of: &'static Stream,
        take: &'static str,
        when: Option<When>,
    },
}

/// A member that records gain.
#[derive(Debug)]
pub enum Add {
    /// The partition's value.
    Partition { name: &'static str },
    /// A copy of a member of the parent's record, as that is sent, or null.
    Parent { name: &'static str, from: &'static [&'static str] },
    /// A copy of a member further down, as text, or null.
    Text { name: &'static str, from: [&'static str; 2] },
    /// In Airbyte's ways only: what was added as `name` is what was added as `like`.
    LikeAirbyte { name: &'static str, like: &'static str },
}

/// Which records the config's project filter lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    All,
    /// Those whose project key, at this path, is wanted. Without a filter, all.
    Project(&'static [&'static str]),
    /// The same; those without a project that are left out are counted under the code.
    Located(&'static [&'static str], &'static Code),
}

/// A refusal that is to be expected: counted and reported, not a failure.
#[derive(Debug)]
pub struct Skip {
    pub status: u16,
    pub code: &'static Code,
}

/// What a stream takes out of an issue.
#[derive(Debug)]
pub struct Projection {
    pub cut: Cut,
    /// Issue fields it needs; `*all` for every one.
    pub fields: &'static [&'static str],
    pub expand: Option<&'static str>,
    /// How what a page leaves out is fetched, for the docs.
    pub overflow: &'static str,
    /// The endpoints that takes, besides those of the scan itself.
    pub routes: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cut {
    Issue,
    Comments,
    Worklogs,
    Changelogs,
    Keys,
    Transitions,
    Votes,
    Watchers,
    Properties,
    RemoteLinks,
    FeatureFlags,
    Attachments,
    Links,
    Sprints,
    DeletedAttachments,
    DeletedComments,
}

/// What every scan of the issues asks.
const SCAN: [&str; 2] = ["/rest/api/3/search/jql", "/rest/api/3/issue/bulkfetch"];
/// What tells which projects are in sight.
const PROJECTS: &str = "/rest/api/3/project/search";
/// What the census asks, and what looks into what it misses.
const CENSUS: [&str; 1] = ["/rest/api/3/search/jql"];
const EVIDENCE: [&str; 4] = [
    "/rest/api/3/search/jql",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/project/search",
    "/rest/api/3/auditing/record",
];

impl Stream {
    /// The endpoints that reading it asks, its parent's among them.
    pub fn routes(&self) -> Vec<&'static str> {
        match &self.source {
            Source::Issues(projection) => SCAN.iter().chain(projection.routes).copied().collect(),
            Source::Table(table) => table.routes(),
            Source::Boards(boards) => [PROJECTS].into_iter().chain(boards.now.routes()).collect(),
            Source::Sight(Sight::Ids) => CENSUS.to_vec(),
            Source::Sight(Sight::Gone) => EVIDENCE.to_vec(),
            Source::Gone(gone @ Gone::Listed(Listed { of, .. })) => {
                of.routes().into_iter().chain([gone.route()]).collect()
            }
            Source::Gone(gone) => vec![gone.route()],
        }
    }

    /// Streams cut out of issues have the issue's `updated` as their cursor (children that have one, their own); what
    /// happened at a moment has that moment.
    pub const fn cursor(&self) -> Option<&'static str> {
        match self.source {
            Source::Issues(Projection { cut: Cut::Keys, .. }) => Some("at"),
            Source::Issues(Projection { cut: Cut::DeletedAttachments, .. }) => Some("deletedAt"),
            Source::Issues(Projection { cut: Cut::DeletedComments, .. }) => Some("goneBefore"),
            Source::Issues(_) => Some("updated"),
            Source::Sight(Sight::Gone) | Source::Gone(Gone::Listed(_)) => Some("goneBefore"),
            Source::Gone(Gone::Worklogs) => Some("deletedAt"),
            Source::Boards(_) => Some("updated"),
            Source::Table(_) | Source::Sight(Sight::Ids) => None,
        }
    }

    /// Its primary key, or the one of Airbyte's connector.
    pub fn key(&self, airbyte: bool) -> &'static [&'static str] {
        self.airbyte_key.filter(|_| airbyte).unwrap_or(self.primary_key)
    }

    /// Whether it can be read anew: not what only shows beside an earlier sync.
    pub const fn refreshes(&self) -> bool {
        !matches!(
            self.source,
            Source::Gone(Gone::Listed(_)) | Source::Issues(Projection { cut: Cut::DeletedComments, .. })
        )
    }

    pub const fn projection(&self) -> Option<&Projection> {
        match &self.source {
            Source::Issues(projection) => Some(projection),
            Source::Table(_) | Source::Boards(_) | Source::Sight(_) | Source::Gone(_) => None,
        }
    }

    /// Its list, or its lists as they are now.
    pub const fn table(&self) -> Option<&Table> {
        match &self.source {
            Source::Table(table) | Source::Boards(Boards { now: table, .. }) => Some(table),
            Source::Issues(_) | Source::Sight(_) | Source::Gone(_) => None,
        }
    }

    pub const fn sight(&self) -> Option<Sight> {
        match &self.source {
            Source::Sight(sight) => Some(*sight),
            Source::Issues(_) | Source::Table(_) | Source::Boards(_) | Source::Gone(_) => None,
        }
    }

    pub const fn gone(&self) -> Option<&Gone> {
        match &self.source {
            Source::Gone(gone) => Some(gone),
            Source::Table(_) | Source::Boards(_) | Source::Issues(_) | Source::Sight(_) => None,
        }
    }
}

impl Table {
    fn routes(&self) -> Vec<&'static str> {
        match self.partition {
            Partition::Each { of, .. } => of.routes().into_iter().chain([self.path]).collect(),
            Partition::One | Partition::Fixed(_) => vec![self.path],
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

/// What literals fill up from.
pub(super) const BLANK: Stream = Stream {
    name: "",
    schema: "",
    source: Source::Table(LIST),
    primary_key: &["id"],
    airbyte_key: None,
    permissions: &[BROWSE_PROJECTS],
    silent: false,
    consistency: "A snapshot at the time of reading.",
    docs: "",
};

/// A list in one reply, for literals to fill up from.
pub(super) const LIST: Table = Table {
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
