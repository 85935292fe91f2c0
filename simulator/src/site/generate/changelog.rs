//! Builds the change history of a generated issue.

use super::build::spread;
use crate::random::Random;
use crate::site::Site;
use crate::site::catalog::Place;
use crate::site::indexed::{IndexedIssue, Position};
use crate::site::issue::{History, Item};
use crate::text::{self, Text};

impl Site {
    pub(crate) fn histories(&self, at: Position, indexed: &IndexedIssue) -> Vec<History> {
        let mut random = Random::of(self.seed, 63, u64::from(at));
        let times = spread(&mut random, indexed, indexed.histories, true);
        let statuses = &self.catalog.projects[indexed.project as usize].statuses;
        // Walks the workflow so that the last transition ends in the current status.
        let kinds: Vec<u64> = times.iter().map(|_| random.below(100)).collect();
        let last_status = kinds.iter().rposition(|kind| *kind < 35);
        let mut status = statuses.first().copied().unwrap_or(0);
        times
            .into_iter()
            .enumerate()
            .map(|(number, created)| {
                let mut items = if kinds[number] < 35 {
                    let to = if Some(number) == last_status {
                        Place::from(indexed.status)
                    } else {
                        statuses[random.index(statuses.len())]
                    };
                    let item = self.status_item(status, to);
                    status = to;
                    vec![item]
                } else {
                    vec![self.other_item(kinds[number], &mut random)]
                };
                if Some(number) == last_status && indexed.resolution != u16::MAX {
                    let done = &self.catalog.resolutions[indexed.resolution as usize];
                    items.push(Item::of(
                        "resolution",
                        "resolution",
                        (None, None),
                        (Some(done.id.clone()), Some(done.name.clone())),
                    ));
                }
                let id = 10_000 + u64::from(indexed.first_history) + number as u64;
                // Authors of old histories can be missing.
                let author = (!random.in_thousand(10)).then(|| random.index(self.catalog.users.len()) as Place);
                History { id, author, created, items }
            })
            .collect()
    }

    pub(crate) fn status_item(&self, from: Place, to: Place) -> Item {
        let id_and_name = |at: Place| {
            let status = &self.catalog.statuses[at as usize];
            (Some(status.id.clone()), Some(status.name.clone()))
        };
        Item::of("status", "status", id_and_name(from), id_and_name(to))
    }

    pub(crate) fn person_item(&self, from: Option<Place>, to: Option<Place>) -> Item {
        let id_and_name = |at: Option<Place>| {
            let user = at.and_then(|at| self.catalog.users.get(at as usize));
            (user.map(|user| user.account_id.clone()), user.map(|user| user.name.clone()))
        };
        Item::of("assignee", "assignee", id_and_name(from), id_and_name(to))
    }

    fn other_item(&self, kind: u64, random: &mut Random) -> Item {
        let users = self.catalog.users.len();
        let mut line = |words: u16| Text::Seeded { seed: random.next(), words }.plain();
        match kind {
            35..50 => {
                let (from, to) = (random.index(users) as Place, random.index(users) as Place);
                self.person_item(Some(from).filter(|from| from % 3 != 0), Some(to))
            }
            50..60 => Item::text("summary", "summary", Some(line(4)), Some(line(5))),
            60..68 => {
                let (from, to) = (random.below(12) + 1, random.below(12) + 1);
                let id_and_name = |id: u64| (Some(id.to_string()), Some(format!("Sprint {id}")));
                Item::of("Sprint", "customfield_10020", id_and_name(from), id_and_name(to))
            }
            68..76 => Item::text("labels", "labels", Some(String::new()), random.pick(&self.catalog.labels).cloned()),
            76..82 => Item::of(
                "priority",
                "priority",
                (Some("3".into()), Some("Medium".into())),
                (Some("2".into()), Some("High".into())),
            ),
            82..87 => Item::text("description", "description", Some(line(20)), Some(line(25))),
            87..92 => {
                let points = random.below(13).to_string();
                Item::text("Story Points", "customfield_10024", None, Some(points))
            }
            92..95 => Item::text("Rank", "customfield_10019", Some(String::new()), Some("Ranked higher".into())),
            95..97 => Item {
                // The field was deleted later, so its ID is missing. (Seen in public connector fixtures.)
                field: text::title(random),
                custom: true,
                to_string: Some("x".into()),
                ..Item::default()
            },
            _ => Item {
                field: "Link".into(),
                to: Some("CORE-1".into()),
                to_string: Some("This issue relates to CORE-1".into()),
                ..Item::default()
            },
        }
    }
}
