//! The part of JQL that is evaluated for real.

mod lexer;
mod moment;
mod parser;
mod resolve;
mod test;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use test::Test;

pub use parser::{Clause, Node, Operand, Operator, Query, Sorting, parse};

use crate::site::Site;
use crate::site::issue::Issue;
use crate::site::row::{Position, Row};
use crate::when::Millis;

/// Why a query is refused.
#[derive(Clone, Debug)]
pub struct Complaint {
    pub message: String,
}

impl Complaint {
    pub(crate) fn new(message: String) -> Self {
        Self { message }
    }
}

/// Rules of evaluation that differ between sites and moments.
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

/// `ORDER BY` takes so many fields. (Jira REST v3: `search/jql`.)
const MOST_SORTINGS: usize = 7;

/// A query ready to run.
pub(crate) struct Prepared {
    test: Test,
    order: Vec<(Sort, bool)>,
    pub bounded: bool,
    archived: bool,
    /// The answer depends on when it is asked.
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
    pub(crate) fn new(site: &Site, text: &str, rules: Rules) -> Result<Self, Complaint> {
        let Query { filter, order } = parse(text)?;
        if order.len() > MOST_SORTINGS {
            return Err(Complaint::new(format!(
                "The maximum number of fields in ORDER BY is {MOST_SORTINGS}, but {} were given.",
                order.len()
            )));
        }
        let bounded = filter.is_some();
        let relative = filter.as_ref().is_some_and(relative);
        let test = match &filter {
            Some(node) => resolve::resolve(site, node, rules)?,
            None => Test::Always(true),
        };
        let mut sorts = Vec::new();
        for sorting in order {
            sorts.push((Sort::named(site, &sorting.field)?, sorting.descending));
        }
        // Without an order Jira gives the newest first, as far as anybody has seen.
        if sorts.is_empty() {
            sorts.push((Sort::Created, true));
        }
        sorts.push((Sort::Id, sorts.first().is_some_and(|sort| sort.1)));
        Ok(Self { test, order: sorts, bounded, archived: rules.archived, relative })
    }

    /// The visible issues that match, in order.
    pub(crate) fn run(&self, index: &Index<'_>) -> Vec<Position> {
        let site = index.site;
        let ranks = ranks(site);
        let allowed = |row: &Row| site.searchable(row.project, self.archived) && site.shown(row);
        let mut found: Vec<Position> = (0..site.rows.len() as Position)
            .filter(|at| index.row(*at).is_some_and(|row| allowed(row) && self.test.holds(site, *at, row)))
            .collect();
        found.sort_unstable_by(|a, b| match (index.row(*a), index.row(*b)) {
            (Some(a), Some(b)) => self.compare(&ranks, a, b),
            _ => Ordering::Equal,
        });
        found
    }

    fn compare(&self, ranks: &[u32], a: &Row, b: &Row) -> Ordering {
        for (sort, descending) in &self.order {
            let order = sort.value(ranks, a).cmp(&sort.value(ranks, b));
            if order != Ordering::Equal {
                return if *descending { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }

    /// Where a row stands in the order, to go on from there later.
    pub(crate) fn place(&self, site: &Site, row: &Row) -> Vec<i64> {
        let ranks = ranks(site);
        self.order.iter().map(|(sort, _)| sort.value(&ranks, row)).collect()
    }

    /// How many of the found issues stand at or before a place.
    pub(crate) fn after(&self, index: &Index<'_>, found: &[Position], place: &[i64]) -> usize {
        if place.is_empty() {
            return 0;
        }
        let ranks = ranks(index.site);
        found.partition_point(|at| {
            let Some(row) = index.row(*at) else { return true };
            for ((sort, descending), wanted) in self.order.iter().zip(place) {
                let order = sort.value(&ranks, row).cmp(wanted);
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
    fn named(site: &Site, field: &str) -> Result<Self, Complaint> {
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
            // Ranks grow with creation on a generated site.
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
                return Err(Complaint::new(format!("Not able to sort using field '{field}'.")));
            }
        })
    }

    fn value(self, ranks: &[u32], row: &Row) -> i64 {
        match self {
            Self::Updated => row.updated,
            Self::Created => row.created,
            // By project, then by number as a number.
            Self::Key => i64::from(ranks[row.project as usize]) << 32 | i64::from(row.number),
            Self::Id => row.id as i64,
            Self::Status => i64::from(row.status),
            Self::Type => i64::from(row.issue_type),
            Self::Priority => -i64::from(row.priority),
            Self::Assignee => i64::from(row.assignee),
            Self::Project => i64::from(ranks[row.project as usize]),
        }
    }
}

/// The places of projects in the order of their keys.
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
        Node::Clause(clause) => clause.values.iter().any(moment::relative),
    }
}

/// What the search index knows, which may be older than the truth. (Jira REST v3: no read-after-write in search.)
pub(crate) struct Index<'a> {
    site: &'a Site,
    /// State before changes the index hasn't seen; `None` for issues it doesn't know yet.
    late: HashMap<Position, Option<Arc<Issue>>>,
    /// How many changes the index has seen.
    pub version: usize,
}

impl<'a> Index<'a> {
    /// What the index shows at this moment.
    pub(crate) fn new(site: &'a Site, rules: Rules) -> Self {
        let version = site.changes.partition_point(|change| change.at <= rules.now - rules.lag);
        let mut late = HashMap::new();
        for change in &site.changes[version..] {
            late.entry(change.position).or_insert_with(|| change.before.clone());
        }
        Self { site, late, version }
    }

    /// Looks these issues up anew, so that it shows them as they are. (Jira REST v3: "Search and reconcile".)
    pub(crate) fn reconcile(&mut self, issues: &[Position]) {
        self.late.retain(|at, _| !issues.contains(at));
    }

    /// An issue's row as the index has it.
    pub(crate) fn row(&self, at: Position) -> Option<&Row> {
        if self.late.is_empty() {
            return self.site.rows.get(at as usize);
        }
        match self.late.get(&at) {
            Some(before) => before.as_ref().map(|issue| &issue.row),
            None => self.site.rows.get(at as usize),
        }
    }

    /// The state the index shows, when that is not the truth.
    pub(crate) fn old(&self, at: Position) -> Option<&Arc<Issue>> {
        self.late.get(&at).and_then(Option::as_ref)
    }
}
