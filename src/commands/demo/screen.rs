//! What the demo shows to a person. Colour and progress only on a terminal.

use crate::{
    client::{Client, observe::RouteStats},
    streams::{self, Source},
    sync::Emitter,
};
use jira_simulator::{Edited, Running};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{IsTerminal, Write},
    path::Path,
    time::Duration,
};

/// A finished sync.
pub struct Sync {
    /// Name, records, time.
    pub streams: Vec<(String, u64, Duration)>,
    pub routes: BTreeMap<String, RouteStats>,
    pub wall: Duration,
    pub failures: u64,
}

impl Sync {
    fn records(&self) -> u64 {
        self.streams.iter().map(|(_, records, _)| records).sum()
    }

    fn requests(&self) -> u64 {
        self.routes.values().map(|route| route.requests).sum()
    }

    /// Requests of the routes whose paths these are.
    fn requests_of(&self, paths: &[&str]) -> u64 {
        let asked = self
            .routes
            .iter()
            .filter(|(label, _)| label.split_once(' ').is_some_and(|(_, path)| paths.contains(&path)));
        asked.map(|(_, route)| route.requests).sum()
    }
}

pub struct Screen {
    colour: bool,
    progress: bool,
}

const SCAN: [&str; 3] =
    ["/rest/api/3/search/jql", "/rest/api/3/search/approximate-count", "/rest/api/3/issue/bulkfetch"];

impl Screen {
    pub fn new() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: std::io::stdout().is_terminal() && !plain, progress: std::io::stderr().is_terminal() }
    }

    pub fn site(&self, jira: &Running) {
        let site = jira.site_summary();
        self.line(&format!(
            "A simulated Jira Cloud listens at {}: {} issues in {} projects, with {} comments, {} worklogs, {} changelog entries.",
            jira.url(),
            grouped(site.issues),
            site.projects,
            grouped(site.comments),
            grouped(site.worklogs),
            grouped(site.histories)
        ));
        self.line("");
    }

    pub fn step(&self, name: &str, text: &str) {
        self.line(&format!("{}  {text}", self.bold(&format!("{name:<16}"))));
    }

    pub fn full(&self, name: &str, sync: &Sync, issues: u64) {
        self.head(name, sync);
        self.table(sync, false);
        let scan = sync.requests_of(&SCAN);
        let per_issue: BTreeSet<&str> =
            ["issue_votes", "issue_watchers", "issue_properties", "issue_remote_links", "issue_feature_flags"].into();
        let children: BTreeSet<&str> = streams::ALL
            .iter()
            .filter(|stream| !per_issue.contains(stream.name))
            .filter_map(|stream| stream.projection())
            .flat_map(|projection| projection.routes)
            .copied()
            .collect();
        let children = sync.requests_of(&children.into_iter().collect::<Vec<_>>());
        let per_thousand = |requests: u64| requests as f64 * 1000.0 / issues.max(1) as f64;
        self.line(&format!(
            "  {} requests per 1,000 issues for the issues with all their comments, worklogs, changelogs, transitions,\n  links, \
             attachments and sprints; votes, watchers, properties and remote links have no bulk endpoint in Jira.",
            self.bold(&format!("{:.0}", per_thousand(scan + children)))
        ));
        self.line("");
    }

    pub fn edits(&self, edits: &[Edited]) {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for edit in edits {
            *kinds.entry(edit.kind.replace('_', " ")).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} × {kind}")).collect();
        self.step(&format!("{} edits", edits.len()), &kinds.join(", "));
        self.line("");
    }

    pub fn incremental(&self, name: &str, sync: &Sync) {
        self.head(name, sync);
        self.table(sync, true);
        self.line("  Streams without a cursor are lists, which are read anew each time.");
        self.line("");
    }

    pub fn files(&self, folder: &Path) {
        self.line(&format!(
            "The JSON lines are in {0}/full.jsonl and {0}/incremental.jsonl; config, catalog and state lie beside them.",
            folder.display()
        ));
    }

    /// A line that counts up while a sync runs. Never ends by itself.
    pub async fn progress(&self, out: &Emitter, client: &Client) {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if self.progress {
                let records: u64 = out.summary().iter().map(|(_, records, _)| records).sum();
                eprint!(
                    "\r\x1b[2K  {} records, {} requests",
                    grouped(records),
                    grouped(client.stats().total().requests)
                );
            }
        }
    }

    fn head(&self, name: &str, sync: &Sync) {
        if self.progress {
            eprint!("\r\x1b[2K");
        }
        let text = format!(
            "{:.1} s, {} records, {} requests",
            sync.wall.as_secs_f64(),
            grouped(sync.records()),
            grouped(sync.requests())
        );
        self.step(name, &text);
    }

    /// The streams with their records; with `moved`, only those that brought any by a cursor.
    fn table(&self, sync: &Sync, moved: bool) {
        self.line(&format!("  {:<28}{:>10}{:>18}{:>9}", "stream", "records", "requests", "time"));
        for stream in streams::ALL {
            let Some((_, records, took)) = sync.streams.iter().find(|(name, ..)| name == stream.name) else { continue };
            if moved && (stream.cursor().is_none() || *records == 0) {
                continue;
            }
            let requests = match &stream.source {
                Source::Table(table) => sync.requests_of(&[table.path]).to_string(),
                Source::Boards(boards) => {
                    sync.requests_of(&[boards.now.path, boards.count, boards.before.path]).to_string()
                }
                Source::Gone(gone) => sync.requests_of(&[gone.route()]).to_string(),
                Source::Issues(projection) => match sync.requests_of(projection.routes) {
                    0 => "the scan".to_owned(),
                    more => format!("the scan + {more}"),
                },
                Source::Sight(_) => "the census".to_owned(),
            };
            self.line(&format!(
                "  {:<28}{:>10}{requests:>18}{:>7.1} s",
                stream.name,
                grouped(*records),
                took.as_secs_f64()
            ));
        }
        self.line(&format!("  {:<28}{:>10}{:>18}", "(the issue scan)", "", sync.requests_of(&SCAN)));
    }

    fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn line(&self, text: &str) {
        // A closed stdout is no reason to stop: the files are still written.
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

/// `12,345`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
