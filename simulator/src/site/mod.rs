//! The simulated site: what it holds, and how its entities are found.

pub(crate) mod catalog;
pub(crate) mod children;
pub(crate) mod contents;
pub(crate) mod edit;
pub(crate) mod gone;
pub(crate) mod issue;
pub(crate) mod made;
pub(crate) mod options;
pub(crate) mod recorded;
pub(crate) mod row;
pub(crate) mod setup;
pub(crate) mod sight;
pub(crate) mod summary;
pub(crate) mod truth;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use catalog::{Catalog, Place};
use gone::{Losses, Moved};
use issue::{Issue, Link};
use made::build::Parts;
use options::SiteOptions;
use row::{NONE, Position, Row};

use crate::audit::Record;
use crate::records::Recorded;
use crate::when::{Clock, Millis, Zone};

/// A simulated Jira site.
pub struct Site {
    pub(crate) catalog: Catalog,
    pub(crate) seed: u64,
    /// In order of the numeric id.
    pub(crate) rows: Vec<Row>,
    /// How many of the rows the seed can rebuild.
    pub(crate) generated: u32,
    /// Issues an edit touched or made.
    pub(crate) changed: HashMap<Position, Arc<Issue>>,
    /// Position by number, for each project.
    pub(crate) numbers: Vec<Vec<Position>>,
    /// Keys that issues had before they moved, as project and number.
    pub(crate) old_keys: HashMap<(Place, u32), Position>,
    pub(crate) children: HashMap<Position, Vec<Position>>,
    pub(crate) links: HashMap<Position, Vec<Link>>,
    pub(crate) next: Next,
    pub(crate) clock: Clock,
    /// The account's time zone, in which timestamps are written and dates in JQL are read.
    pub(crate) zone: Zone,
    /// Projects a scenario hides from the account.
    pub(crate) veiled: HashSet<Place>,
    /// Ids of issues a scenario hides from the account.
    pub(crate) veiled_issues: HashSet<u64>,
    /// Issues that are served as they were recorded.
    pub(crate) recorded: HashMap<Position, Arc<Recorded>>,
    /// Every change so far, oldest first: the search index shows them late.
    pub(crate) changes: Vec<Change>,
    /// Worklogs that edits wrote or deleted, with the moment and the worklog's issue.
    pub(crate) worklog_changes: Vec<WorklogChange>,
    pub(crate) worklog_feed: OnceLock<Vec<(Millis, u64)>>,
    /// Counts edits that no issue's change tells of, after which searches find other issues.
    pub(crate) turn: u64,
    /// What the account can't see any more, and since when.
    pub(crate) losses: Losses,
    /// Oldest first.
    pub(crate) moves: Vec<Moved>,
    /// The audit log, oldest first.
    pub(crate) audit: Vec<Record>,
}

/// Ids that come next.
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

/// What one edit replaced.
#[derive(Debug)]
pub(crate) struct Change {
    pub at: Millis,
    pub position: Position,
    /// `None` when the issue was made by this edit.
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
            rows: Vec::new(),
            generated: 0,
            changed: HashMap::new(),
            numbers: Vec::new(),
            old_keys: HashMap::new(),
            children: HashMap::new(),
            links: HashMap::new(),
            next,
            clock,
            zone: Zone::utc(),
            veiled: HashSet::new(),
            veiled_issues: HashSet::new(),
            recorded: HashMap::new(),
            changes: Vec::new(),
            worklog_changes: Vec::new(),
            worklog_feed: OnceLock::new(),
            turn: 0,
            losses: Losses::since(start),
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
        self.rows.binary_search_by_key(&id, |row| row.id).ok().map(|at| at as Position)
    }

    /// An issue by numeric id or by key, in any case; keys of before a move count too.
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

    pub(crate) fn key(&self, row: &Row) -> String {
        format!("{}-{}", self.catalog.projects[row.project as usize].key, row.number)
    }
}
