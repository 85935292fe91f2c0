//! A resolved query: names are indices, dates are times, so that evaluating it for an issue is cheap.

use std::collections::HashSet;

use crate::site::Site;
use crate::site::indexed::{IndexedIssue, NONE, Position};
use crate::time::Millis;

#[derive(Clone, Debug)]
pub(crate) enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Always(bool),
    /// The issue's entity in this column is one of these.
    Place(Column, HashSet<u32>),
    /// The negation; an empty value matches neither.
    NotPlace(Column, HashSet<u32>),
    Empty(Column),
    Positions(HashSet<Position>),
    /// Numbers within one project: key comparisons never match other projects. (Measured by a public simulator.)
    Numbers {
        project: u32,
        from: u32,
        to: u32,
    },
    Since(Clock, Millis),
    Before(Clock, Millis),
    /// Needs the issue itself.
    Inside(Inside),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Project,
    Status,
    Category,
    Type,
    Priority,
    Resolution,
    Assignee,
    Reporter,
    Parent,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    Created,
    Updated,
}

#[derive(Clone, Debug)]
pub(crate) enum Inside {
    Labels { any: Vec<String>, negated: bool },
    NoLabels,
    Sprints { any: HashSet<u64>, negated: bool },
    NoSprints,
    Summary { words: Vec<String>, negated: bool },
}

impl Predicate {
    pub(crate) fn holds(&self, site: &Site, at: Position, indexed: &IndexedIssue) -> bool {
        match self {
            Self::All(predicates) => predicates.iter().all(|predicate| predicate.holds(site, at, indexed)),
            Self::Any(predicates) => predicates.iter().any(|predicate| predicate.holds(site, at, indexed)),
            Self::Not(predicate) => !predicate.holds(site, at, indexed),
            Self::Always(answer) => *answer,
            Self::Place(column, places) => places.contains(&column.of(site, indexed)),
            Self::NotPlace(column, places) => {
                let place = column.of(site, indexed);
                place != NONE && !places.contains(&place)
            }
            Self::Empty(column) => column.of(site, indexed) == NONE,
            Self::Positions(positions) => positions.contains(&at),
            Self::Numbers { project, from, to } => {
                indexed.project == *project && (*from..=*to).contains(&indexed.number)
            }
            Self::Since(clock, moment) => clock.of(indexed) >= *moment,
            Self::Before(clock, moment) => clock.of(indexed) < *moment,
            Self::Inside(inside) => inside.holds(site, at),
        }
    }
}

impl Column {
    fn of(self, site: &Site, indexed: &IndexedIssue) -> u32 {
        let wide = |place: u16| if place == u16::MAX { NONE } else { u32::from(place) };
        match self {
            Self::Project => indexed.project,
            Self::Status => wide(indexed.status),
            Self::Category => site
                .catalog
                .statuses
                .get(indexed.status as usize)
                .map_or(NONE, |status| status.body["statusCategory"]["id"].as_u64().map_or(NONE, |id| id as u32)),
            Self::Type => wide(indexed.issue_type),
            Self::Priority => wide(indexed.priority),
            Self::Resolution => wide(indexed.resolution),
            Self::Assignee => indexed.assignee,
            Self::Reporter => indexed.reporter,
            Self::Parent => indexed.parent,
        }
    }
}

impl Clock {
    fn of(self, indexed: &IndexedIssue) -> Millis {
        match self {
            Self::Created => indexed.created,
            Self::Updated => indexed.updated,
        }
    }
}

impl Inside {
    fn holds(&self, site: &Site, at: Position) -> bool {
        let contents = site.contents(at);
        match self {
            Self::Labels { any, negated } => {
                !contents.labels.is_empty() && contents.labels.iter().any(|label| any.contains(label)) != *negated
            }
            Self::NoLabels => contents.labels.is_empty(),
            Self::Sprints { any, negated } => {
                !contents.sprints.is_empty() && contents.sprints.iter().any(|sprint| any.contains(sprint)) != *negated
            }
            Self::NoSprints => contents.sprints.is_empty(),
            Self::Summary { words, negated } => {
                let summary = contents.summary.to_lowercase();
                words.iter().all(|word| summary.contains(word)) != *negated
            }
        }
    }
}
