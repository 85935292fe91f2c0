//! The model: a simulated site, and look-ups of its issues.

pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod children;
pub(crate) mod contents;
pub(crate) mod edit;
pub(crate) mod generate;
pub(crate) mod indexed;
pub(crate) mod issue;
mod load;
pub(crate) mod missing;
pub(crate) mod options;
pub(crate) mod permissions;
pub(crate) mod recorded;
pub(crate) mod setup;
pub(crate) mod visibility;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use audit::record::Record;
use catalog::{Catalog, Place};
use indexed::{IndexedIssue, NONE, Position};
use issue::{Issue, Link, Parts};
use missing::{Moved, VisibilityLog};
use options::SiteOptions;
use recorded::Recorded;

use crate::time::{Clock, Millis, Zone};

/// A simulated Jira site.
pub struct Site {
    pub(crate) catalog: Catalog,
    pub(crate) seed: u64,
    /// In order of the numeric ID.
    pub(crate) issues: Vec<IndexedIssue>,
    /// How many of the issues can be built from the seed.
    pub(crate) generated: u32,
    /// Issues that an edit changed or created.
    pub(crate) changed: HashMap<Position, Arc<Issue>>,
    /// Position by number, for each project.
    pub(crate) numbers: Vec<Vec<Position>>,
    /// Former keys of moved issues, as project and number.
    pub(crate) old_keys: HashMap<(Place, u32), Position>,
    pub(crate) children: HashMap<Position, Vec<Position>>,
    pub(crate) links: HashMap<Position, Vec<Link>>,
    pub(crate) next: Next,
    pub(crate) clock: Clock,
    /// The account's time zone, in which timestamps are written and dates in JQL are read.
    pub(crate) zone: Zone,
    /// Projects that the scenario hides from the account.
    pub(crate) hidden_projects: HashSet<Place>,
    /// IDs of issues that the scenario hides from the account.
    pub(crate) hidden_issues: HashSet<u64>,
    /// Issues that are served as they were recorded.
    pub(crate) recorded: HashMap<Position, Arc<Recorded>>,
    /// Every change so far, oldest first: the search index applies them with a delay.
    pub(crate) changes: Vec<Change>,
    /// Worklogs that edits wrote or deleted.
    pub(crate) worklog_changes: Vec<WorklogChange>,
    pub(crate) worklog_feed: OnceLock<Vec<(Millis, u64)>>,
    /// Counts edits of the catalog, which change the results of searches without a change of an issue.
    pub(crate) catalog_version: u64,
    /// The issues and children that the account has lost access to.
    pub(crate) visibility_log: VisibilityLog,
    /// Oldest first.
    pub(crate) moves: Vec<Moved>,
    /// The audit log, oldest first.
    pub(crate) audit: Vec<Record>,
}

/// The next IDs.
#[derive(Debug)]
pub(crate) struct Next {
    pub issue: u64,
    pub comment: u64,
    pub worklog: u64,
    pub history: u64,
    pub link: u64,
    pub attachment: u64,
    pub remote_link: u64,
}

/// The version of an issue that an edit replaced.
#[derive(Debug)]
pub(crate) struct Change {
    pub at: Millis,
    pub position: Position,
    /// `None` if the edit created the issue.
    pub before: Option<Arc<Issue>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct WorklogChange {
    pub at: Millis,
    pub id: u64,
    pub deleted: bool,
}

impl Site {
    pub(crate) fn empty(options: &SiteOptions) -> Self {
        let clock = Clock::starting_at(options.now);
        let start = clock.now();
        let next = Next {
            issue: 10_000,
            comment: 10_000,
            worklog: 10_000,
            history: 10_000,
            link: 10_000,
            attachment: 10_000,
            remote_link: 10_000,
        };
        Self {
            catalog: Catalog { base_url: options.base_url.clone(), ..Catalog::default() },
            seed: options.seed,
            issues: Vec::new(),
            generated: 0,
            changed: HashMap::new(),
            numbers: Vec::new(),
            old_keys: HashMap::new(),
            children: HashMap::new(),
            links: HashMap::new(),
            next,
            clock,
            zone: Zone::utc(),
            hidden_projects: HashSet::new(),
            hidden_issues: HashSet::new(),
            recorded: HashMap::new(),
            changes: Vec::new(),
            worklog_changes: Vec::new(),
            worklog_feed: OnceLock::new(),
            catalog_version: 0,
            visibility_log: VisibilityLog::since(start),
            moves: Vec::new(),
            audit: Vec::new(),
        }
    }

    /// The whole issue at a position.
    pub(crate) fn issue(&self, at: Position) -> Arc<Issue> {
        self.parts(at, Parts::ALL)
    }

    /// The issue with at least these parts.
    pub(crate) fn parts(&self, at: Position, parts: Parts) -> Arc<Issue> {
        self.changed.get(&at).cloned().unwrap_or_else(|| Arc::new(self.build(at, parts)))
    }

    pub(crate) fn position(&self, id: u64) -> Option<Position> {
        self.issues.binary_search_by_key(&id, |indexed| indexed.id).ok().map(|at| at as Position)
    }

    /// An issue by numeric ID or by key, in any case; keys from before a move are valid, too.
    pub(crate) fn find(&self, id_or_key: &str) -> Option<Position> {
        if let Ok(id) = id_or_key.parse::<u64>() {
            return self.position(id);
        }
        let (project, number) = id_or_key.rsplit_once('-')?;
        let project = *self.catalog.project_by_key.get(&project.to_uppercase())?;
        let number: u32 = number.parse().ok()?;
        let there = self.numbers.get(project as usize)?.get((number as usize).wrapping_sub(1)).copied();
        there.filter(|at| *at != NONE).or_else(|| self.old_keys.get(&(project, number)).copied())
    }

    pub(crate) fn key(&self, indexed: &IndexedIssue) -> String {
        format!("{}-{}", self.catalog.projects[indexed.project as usize].key, indexed.number)
    }
}
