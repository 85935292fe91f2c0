//! A query made ready: names resolved to places, dates to moments, so that testing a row is cheap.

use std::collections::HashSet;

use crate::site::Site;
use crate::site::row::{NONE, Position, Row};
use crate::when::Millis;

#[derive(Clone, Debug)]
pub(crate) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Always(bool),
    /// The place this row has in a list is among these.
    Place(Column, HashSet<u32>),
    /// As above with the sense turned; what is empty matches neither way.
    NotPlace(Column, HashSet<u32>),
    Empty(Column),
    Positions(HashSet<Position>),
    /// Numbers inside one project: comparing keys never reaches into another. (Measured by a public simulator.)
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

impl Test {
    pub(crate) fn holds(&self, site: &Site, at: Position, row: &Row) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(site, at, row)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(site, at, row)),
            Self::Not(test) => !test.holds(site, at, row),
            Self::Always(answer) => *answer,
            Self::Place(column, places) => places.contains(&column.of(site, row)),
            Self::NotPlace(column, places) => {
                let place = column.of(site, row);
                place != NONE && !places.contains(&place)
            }
            Self::Empty(column) => column.of(site, row) == NONE,
            Self::Positions(positions) => positions.contains(&at),
            Self::Numbers { project, from, to } => row.project == *project && (*from..=*to).contains(&row.number),
            Self::Since(clock, moment) => clock.of(row) >= *moment,
            Self::Before(clock, moment) => clock.of(row) < *moment,
            Self::Inside(inside) => inside.holds(site, at),
        }
    }
}

impl Column {
    fn of(self, site: &Site, row: &Row) -> u32 {
        let wide = |place: u16| if place == u16::MAX { NONE } else { u32::from(place) };
        match self {
            Self::Project => row.project,
            Self::Status => wide(row.status),
            Self::Category => site
                .catalog
                .statuses
                .get(row.status as usize)
                .map_or(NONE, |status| status.body["statusCategory"]["id"].as_u64().map_or(NONE, |id| id as u32)),
            Self::Type => wide(row.issue_type),
            Self::Priority => wide(row.priority),
            Self::Resolution => wide(row.resolution),
            Self::Assignee => row.assignee,
            Self::Reporter => row.reporter,
            Self::Parent => row.parent,
        }
    }
}

impl Clock {
    fn of(self, row: &Row) -> Millis {
        match self {
            Self::Created => row.created,
            Self::Updated => row.updated,
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
