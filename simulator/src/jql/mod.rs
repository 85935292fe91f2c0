//! The supported part of JQL.

mod dates;
mod lexer;
mod parser;
mod predicate;
mod resolve;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use predicate::Predicate;

pub use parser::{Clause, Node, Operand, Operator, Query, Sorting, parse};

use crate::site::Site;
use crate::site::indexed::{IndexedIssue, Position};
use crate::site::issue::Issue;
use crate::time::Millis;

/// The error of an invalid query.
#[derive(Clone, Debug)]
pub struct JqlError {
    pub message: String,
}

impl JqlError {
    pub(crate) fn new(message: String) -> Self {
        Self { message }
    }
}

/// Rules of evaluation that depend on the scenario and the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub now: Millis,
    /// Unknown values are refused instead of matching nothing.
    pub strict_values: bool,
    /// Changes younger than this are not in the index yet.
    pub lag: Millis,
    /// Issues of archived projects are found too.
    pub archived: bool,
}

/// Maximum of fields in `ORDER BY`. (Jira REST v3: `search/jql`.)
const MOST_SORTINGS: usize = 7;

/// A validated query.
pub(crate) struct Prepared {
    predicate: Predicate,
    order: Vec<(Sort, bool)>,
    pub bounded: bool,
    archived: bool,
    /// The result depends on the current time.
    pub relative: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Updated,
    Created,
    Key,
    Id,
    Status,
    Type,
    Priority,
    Assignee,
    Project,
}

impl Prepared {
    pub(crate) fn new(site: &Site, text: &str, rules: Rules) -> Result<Self, JqlError> {
        let Query { filter, order } = parse(text)?;
        if order.len() > MOST_SORTINGS {
            return Err(JqlError::new(format!(
                "The maximum number of fields in ORDER BY is {MOST_SORTINGS}, but {} were given.",
                order.len()
            )));
        }
        let bounded = filter.is_some();
        let relative = filter.as_ref().is_some_and(relative);
        let predicate = match &filter {
            Some(node) => resolve::resolve(site, node, rules)?,
            None => Predicate::Always(true),
        };
        let mut sorts = Vec::new();
        for sorting in order {
            sorts.push((Sort::named(site, &sorting.field)?, sorting.descending));
        }
        // Without an order Jira gives the newest first, as far as observed.
        if sorts.is_empty() {
            sorts.push((Sort::Created, true));
        }
        sorts.push((Sort::Id, sorts.first().is_some_and(|sort| sort.1)));
        Ok(Self { predicate, order: sorts, bounded, archived: rules.archived, relative })
    }

    /// The visible issues that match, in order.
    pub(crate) fn run(&self, index: &Index<'_>) -> Vec<Position> {
        let site = index.site;
        let ranks = ranks(site);
        let allowed = |indexed: &IndexedIssue| site.searchable(indexed.project, self.archived) && site.shown(indexed);
        let mut found: Vec<Position> = (0..site.issues.len() as Position)
            .filter(|at| {
                index.indexed(*at).is_some_and(|indexed| allowed(indexed) && self.predicate.holds(site, *at, indexed))
            })
            .collect();
        found.sort_unstable_by(|a, b| match (index.indexed(*a), index.indexed(*b)) {
            (Some(a), Some(b)) => self.compare(&ranks, a, b),
            _ => Ordering::Equal,
        });
        found
    }

    fn compare(&self, ranks: &[u32], a: &IndexedIssue, b: &IndexedIssue) -> Ordering {
        for (sort, descending) in &self.order {
            let order = sort.value(ranks, a).cmp(&sort.value(ranks, b));
            if order != Ordering::Equal {
                return if *descending { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }

    /// The sort position of an issue, from which a later page resumes.
    pub(crate) fn place(&self, site: &Site, indexed: &IndexedIssue) -> Vec<i64> {
        let ranks = ranks(site);
        self.order.iter().map(|(sort, _)| sort.value(&ranks, indexed)).collect()
    }

    /// The number of found issues at or before a sort position.
    pub(crate) fn after(&self, index: &Index<'_>, found: &[Position], place: &[i64]) -> usize {
        if place.is_empty() {
            return 0;
        }
        let ranks = ranks(index.site);
        found.partition_point(|at| {
            let Some(indexed) = index.indexed(*at) else { return true };
            for ((sort, descending), wanted) in self.order.iter().zip(place) {
                let order = sort.value(&ranks, indexed).cmp(wanted);
                let order = if *descending { order.reverse() } else { order };
                if order != Ordering::Equal {
                    return order == Ordering::Less;
                }
            }
            true
        })
    }
}

impl Sort {
    fn named(site: &Site, field: &str) -> Result<Self, JqlError> {
        Ok(match field.to_ascii_lowercase().as_str() {
            "updated" | "updateddate" => Self::Updated,
            "created" | "createddate" => Self::Created,
            "key" | "issuekey" | "issue" => Self::Key,
            "id" => Self::Id,
            "status" => Self::Status,
            "issuetype" | "type" => Self::Type,
            "priority" => Self::Priority,
            "assignee" => Self::Assignee,
            "project" => Self::Project,
            // On a generated site the rank follows the order of creation.
            "rank" => Self::Id,
            _ if site
                .catalog
                .fields
                .iter()
                .any(|known| known.name.eq_ignore_ascii_case(field) || known.id.eq_ignore_ascii_case(field)) =>
            {
                Self::Id
            }
            _ => {
                return Err(JqlError::new(format!("Not able to sort using field '{field}'.")));
            }
        })
    }

    fn value(self, ranks: &[u32], indexed: &IndexedIssue) -> i64 {
        match self {
            Self::Updated => indexed.updated,
            Self::Created => indexed.created,
            // By project, then numerically by number.
            Self::Key => i64::from(ranks[indexed.project as usize]) << 32 | i64::from(indexed.number),
            Self::Id => indexed.id as i64,
            Self::Status => i64::from(indexed.status),
            Self::Type => i64::from(indexed.issue_type),
            Self::Priority => -i64::from(indexed.priority),
            Self::Assignee => i64::from(indexed.assignee),
            Self::Project => i64::from(ranks[indexed.project as usize]),
        }
    }
}

/// The rank of each project in the order of the keys.
fn ranks(site: &Site) -> Vec<u32> {
    let mut order: Vec<usize> = (0..site.catalog.projects.len()).collect();
    order.sort_by(|a, b| site.catalog.projects[*a].key.cmp(&site.catalog.projects[*b].key));
    let mut ranks = vec![0; order.len()];
    for (rank, project) in order.into_iter().enumerate() {
        ranks[project] = rank as u32;
    }
    ranks
}

fn relative(node: &Node) -> bool {
    match node {
        Node::And(parts) | Node::Or(parts) => parts.iter().any(relative),
        Node::Not(part) => relative(part),
        Node::Clause(clause) => clause.values.iter().any(dates::relative),
    }
}

/// The search index, which may lag behind the site. (Jira REST v3: no read-after-write in search.)
pub(crate) struct Index<'a> {
    site: &'a Site,
    /// The version before changes that the index hasn't applied; `None` for issues that it doesn't have yet.
    late: HashMap<Position, Option<Arc<Issue>>>,
    /// How many changes the index has applied.
    pub version: usize,
}

impl<'a> Index<'a> {
    /// The index at this time.
    pub(crate) fn new(site: &'a Site, rules: Rules) -> Self {
        let version = site.changes.partition_point(|change| change.at <= rules.now - rules.lag);
        let mut late = HashMap::new();
        for change in &site.changes[version..] {
            late.entry(change.position).or_insert_with(|| change.before.clone());
        }
        Self { site, late, version }
    }

    /// Brings these issues up to date in the index. (Jira REST v3: "Search and reconcile".)
    pub(crate) fn reconcile(&mut self, issues: &[Position]) {
        self.late.retain(|at, _| !issues.contains(at));
    }

    /// An issue's indexed values.
    pub(crate) fn indexed(&self, at: Position) -> Option<&IndexedIssue> {
        if self.late.is_empty() {
            return self.site.issues.get(at as usize);
        }
        match self.late.get(&at) {
            Some(before) => before.as_ref().map(|issue| &issue.indexed),
            None => self.site.issues.get(at as usize),
        }
    }

    /// The indexed version of an issue, if it is out of date.
    pub(crate) fn old(&self, at: Position) -> Option<&Arc<Issue>> {
        self.late.get(&at).and_then(Option::as_ref)
    }
}
