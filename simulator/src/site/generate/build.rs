//! Builds a generated issue from the seed and its indexed values. The result is always the same, so nothing has to be
//! stored.

use serde_json::json;

use crate::random::Random;
use crate::site::Site;
use crate::site::catalog::Place;
use crate::site::indexed::{IndexedIssue, Position};
use crate::site::issue::{Attachment, Audience, Comment, Issue, Parts, RemoteLink, Worklog};
use crate::text::{self, Text};
use crate::time::{DAY, HOUR, MINUTE, Millis};

impl Site {
    /// Builds an issue, or only the requested parts.
    pub(crate) fn build(&self, at: Position, parts: Parts) -> Issue {
        let indexed = self.issues[at as usize].clone();
        let mut random = Random::of(self.seed, 60, u64::from(at));
        let project = &self.catalog.projects[indexed.project as usize];
        let some = |random: &mut Random, of: &[Place], share: u64| -> Vec<Place> {
            let many = if random.in_thousand(share) { 1 + random.index(3) } else { 0 };
            let mut picked: Vec<Place> = (0..many).filter_map(|_| random.pick(of).copied()).collect();
            picked.sort_unstable();
            picked.dedup();
            picked
        };
        let components = some(&mut random, &project.components, 400);
        let fix_versions = some(&mut random, &project.versions, 350);
        let versions = some(&mut random, &project.versions, 150);
        let sprints = some(&mut random, &project.sprints, 600);
        let everyone: Vec<Place> = (0..self.catalog.users.len().min(40) as Place).collect();
        let votes = some(&mut random, &everyone, 100);
        let watchers = some(&mut random, &everyone, 500);
        let labels = {
            let many = if random.in_thousand(400) { 1 + random.index(3) } else { 0 };
            let mut labels: Vec<String> =
                (0..many).filter_map(|_| random.pick(&self.catalog.labels).cloned()).collect();
            labels.sort_unstable();
            labels.dedup();
            labels
        };
        let person = |random: &mut Random| Some(random.index(self.catalog.users.len()) as Place);
        let status_changed = indexed.created + random.below((indexed.updated - indexed.created + 1) as u64) as i64;
        let seed = random.next();
        let text = |random: &mut Random, words: u16| Text::Seeded { seed: random.next(), words };
        let words = 10 + random.below(random.clone().below(120) + 1) as u16;
        Issue {
            summary: text(&mut random, 3 + seed as u16 % 7),
            description: (!random.in_thousand(150)).then(|| text(&mut random, words)),
            environment: random.in_thousand(40).then(|| text(&mut random, 6)),
            creator: person(&mut random),
            labels,
            components,
            fix_versions,
            versions,
            sprints,
            due: random.in_thousand(150).then(|| indexed.created + random.below(90) as i64 * DAY),
            resolved: (indexed.resolution != u16::MAX).then_some(status_changed),
            status_changed,
            viewed: random.in_thousand(100).then_some(indexed.updated + HOUR),
            estimate: random.in_thousand(300).then(|| (1 + random.below(40) as i64) * 3600),
            points: random.in_thousand(300).then(|| [0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0][seed as usize % 7]),
            rank: u64::from(at) * 8,
            votes,
            watchers,
            attachments: self.attachments(at, &indexed, &mut random),
            remote_links: remote_links(at, &mut random),
            properties: properties(&mut random),
            comments: if parts.children { self.comments(at, &indexed) } else { Vec::new() },
            worklogs: if parts.children { self.worklogs(at, &indexed) } else { Vec::new() },
            histories: if parts.past { self.histories(at, &indexed) } else { Vec::new() },
            seed,
            written: std::collections::BTreeMap::new(),
            indexed,
        }
    }

    fn attachments(&self, at: Position, indexed: &IndexedIssue, random: &mut Random) -> Vec<Attachment> {
        let many = if random.in_thousand(200) { 1 + random.below(3) } else { 0 };
        (0..many)
            .map(|number| {
                let (kind, ending) =
                    [("image/png", "png"), ("text/plain", "log"), ("application/pdf", "pdf")][random.index(3)];
                Attachment {
                    id: 10_000 + u64::from(at) * 8 + number,
                    name: format!("{} {number} ü.{ending}", text::title(random)),
                    kind,
                    size: 100 + random.below(5_000_000),
                    author: Some(random.index(self.catalog.users.len()) as Place),
                    created: indexed.created + random.below((indexed.updated - indexed.created + 1) as u64) as i64,
                }
            })
            .collect()
    }

    pub(crate) fn comments(&self, at: Position, indexed: &IndexedIssue) -> Vec<Comment> {
        let mut random = Random::of(self.seed, 61, u64::from(at));
        let desk = self.catalog.projects[indexed.project as usize].type_key == "service_desk";
        let times = spread(&mut random, indexed, indexed.comments, indexed.histories == 0);
        times
            .into_iter()
            .enumerate()
            .map(|(number, created)| {
                let author = (!random.in_thousand(8)).then(|| random.index(self.catalog.users.len()) as Place);
                let audience = match random.below(100) {
                    0 => Audience::Others,
                    1 | 2 => Audience::Colleagues,
                    _ => Audience::Everyone,
                };
                let edited = random.in_thousand(100);
                let later = random.below((indexed.updated - created + 1) as u64) as i64;
                Comment {
                    id: 10_000 + u64::from(indexed.first_comment) + number as u64,
                    author,
                    editor: if edited { Some(random.index(self.catalog.users.len()) as Place) } else { author },
                    created,
                    updated: if edited { created + later } else { created },
                    text: Text::Seeded { seed: random.next(), words: 3 + random.below(40) as u16 },
                    audience,
                    public: !desk || random.in_thousand(600),
                }
            })
            .collect()
    }

    pub(crate) fn worklogs(&self, at: Position, indexed: &IndexedIssue) -> Vec<Worklog> {
        let mut random = Random::of(self.seed, 62, u64::from(at));
        let times = spread(&mut random, indexed, indexed.worklogs, indexed.histories == 0 && indexed.comments == 0);
        times
            .into_iter()
            .enumerate()
            .map(|(number, created)| {
                let later = random.below((indexed.updated - created + 1) as u64) as i64;
                let updated = if random.in_thousand(100) { created + later } else { created };
                Worklog {
                    id: 10_000 + u64::from(indexed.first_worklog) + number as u64,
                    author: (!random.in_thousand(8)).then(|| random.index(self.catalog.users.len()) as Place),
                    created,
                    updated,
                    started: (created - random.below(48) as i64 * HOUR) / MINUTE * MINUTE,
                    seconds: 60 * (1 + random.below(600) as i64),
                    text: random
                        .in_thousand(600)
                        .then(|| Text::Seeded { seed: random.next(), words: 2 + random.below(12) as u16 }),
                }
            })
            .collect()
    }
}

/// So many times between creation and last update, in order; with `last`, the last one is the time of the last update.
pub(crate) fn spread(random: &mut Random, indexed: &IndexedIssue, many: u16, last: bool) -> Vec<Millis> {
    let span = indexed.updated - indexed.created;
    let step = span / (i64::from(many) + 1);
    (1..=i64::from(many))
        .map(|number| {
            if last && number == i64::from(many) {
                return indexed.updated;
            }
            indexed.created + number * step + random.below(step as u64 / 2 + 1) as i64
        })
        .collect()
}

fn remote_links(at: Position, random: &mut Random) -> Vec<RemoteLink> {
    let many = if random.in_thousand(100) { 1 + random.below(3) } else { 0 };
    (0..many)
        .map(|number| {
            let id = 10_000 + u64::from(at) * 4 + number;
            RemoteLink { id, title: text::title(random), url: format!("https://git.example.com/c/{:x}", random.next()) }
        })
        .collect()
}

fn properties(random: &mut Random) -> Vec<(String, serde_json::Value)> {
    if !random.in_thousand(100) {
        return Vec::new();
    }
    let mut found = vec![("sync.state".to_string(), json!({"revision": random.below(99), "ok": true, "by": null}))];
    if random.in_thousand(300) {
        found.push(("note".to_string(), json!("änderung \u{2028} 1")));
    }
    found
}
