//! The screen output of the demo. Colour and progress appear only on a terminal.

use crate::{
    client::{Client, observe::RouteStats},
    commands::table,
    output::Output,
    protocol::text::{count, grouped},
    streams::{self, Source, Stream},
};
use jira_simulator::{Edited, Running};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{IsTerminal, Write},
    path::Path,
    time::Duration,
};

/// A finished sync.
pub(super) struct Sync {
    /// Name, number of records, duration.
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

    /// The number of requests to these paths.
    fn requests_of(&self, paths: &[&str]) -> u64 {
        let asked = self
            .routes
            .iter()
            .filter(|(label, _)| label.split_once(' ').is_some_and(|(_, path)| paths.contains(&path)));
        asked.map(|(_, route)| route.requests).sum()
    }
}

pub(super) struct Screen {
    colour: bool,
    progress: bool,
}

/// The endpoints of the one-pass read.
const ONE_PASS: [&str; 3] =
    ["/rest/api/3/search/jql", "/rest/api/3/search/approximate-count", "/rest/api/3/issue/bulkfetch"];

impl Screen {
    #[allow(clippy::disallowed_methods, reason = "asks whether stdout is a terminal")]
    pub(super) fn new() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: std::io::stdout().is_terminal() && !plain, progress: std::io::stderr().is_terminal() }
    }

    pub(super) fn site(&self, jira: &Running) {
        let site = jira.site_summary();
        self.line(&format!(
            "The simulated Jira Cloud site runs at {}. It has {} in {}, with {}, {} and {}.",
            jira.url(),
            count(site.issues, "issue"),
            count(site.projects, "project"),
            count(site.comments, "comment"),
            count(site.worklogs, "worklog"),
            count(site.histories, "changelog entry")
        ));
        self.line("");
    }

    pub(super) fn step(&self, name: &str, text: &str) {
        self.line(&format!("{}  {text}", self.bold(&format!("{name:<16}"))));
    }

    pub(super) fn full(&self, name: &str, sync: &Sync, issues: u64) {
        self.head(name, sync);
        self.table(sync, false);
        let pass = sync.requests_of(&ONE_PASS);
        let per_issue: BTreeSet<&str> =
            ["issue_votes", "issue_watchers", "issue_properties", "issue_remote_links", "issue_feature_flags"].into();
        let children: BTreeSet<&str> = streams::ALL
            .iter()
            .filter(|stream| !per_issue.contains(stream.name))
            .filter_map(|stream| stream.issues())
            .flat_map(|projection| projection.routes)
            .copied()
            .collect();
        let children = sync.requests_of(&children.into_iter().collect::<Vec<_>>());
        let per_thousand = |requests: u64| requests as f64 * 1000.0 / issues.max(1) as f64;
        self.line(&table::paragraph(
            &format!(
                "Issues with all comments, worklogs, changelogs, transitions, links, attachments and sprints took {:.0} requests per \
                 1,000 issues. Votes, watchers, properties and remote links are not included: Jira has no bulk endpoint for them.",
                per_thousand(pass + children)
            ),
            0,
        ));
    }

    pub(super) fn edits(&self, edits: &[Edited]) {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for edit in edits {
            *kinds.entry(edit.kind.replace('_', " ")).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} × {kind}")).collect();
        self.step(&count(edits.len(), "edit"), &kinds.join(", "));
        self.line("");
    }

    pub(super) fn incremental(&self, name: &str, sync: &Sync) {
        self.head(name, sync);
        self.table(sync, true);
        self.line("The table shows the incremental streams with records. Full-refresh streams were read again.");
        self.line("");
    }

    pub(super) fn files(&self, folder: &Path) {
        self.line(&format!(
            "The messages are in {0}/full.jsonl and {0}/incremental.jsonl; the folder also contains config, catalog and state.",
            folder.display()
        ));
    }

    /// Updates a progress line while a sync runs. Runs until dropped.
    #[allow(clippy::disallowed_macros, reason = "a terminal, which has no secrets to hide")]
    pub(super) async fn progress(&self, out: &Output, client: &Client) {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if self.progress {
                let records: u64 = out.summary().iter().map(|(_, records, _)| records).sum();
                eprint!(
                    "\r\x1b[2K  {}, {}",
                    count(records, "record"),
                    count(client.stats().total().requests, "request")
                );
            }
        }
    }

    #[allow(clippy::disallowed_macros, reason = "a terminal, which has no secrets to hide")]
    fn head(&self, name: &str, sync: &Sync) {
        if self.progress {
            eprint!("\r\x1b[2K");
        }
        let text = format!(
            "{:.1} s, {}, {}",
            sync.wall.as_secs_f64(),
            count(sync.records(), "record"),
            count(sync.requests(), "request")
        );
        self.step(name, &text);
    }

    /// The streams with their records; with `incremental`, only the incremental streams with records.
    fn table(&self, sync: &Sync, incremental: bool) {
        let mut rows = Vec::new();
        for stream in streams::ALL {
            let Some((_, records, took)) = sync.streams.iter().find(|(name, ..)| name == stream.name) else { continue };
            if incremental && (stream.cursor().is_none() || *records == 0) {
                continue;
            }
            let seconds = format!("{:.1}", took.as_secs_f64());
            rows.push([stream.name.to_owned(), grouped(*records), requests(sync, stream), seconds]);
        }
        let (pass, none) = (sync.requests_of(&ONE_PASS), String::new());
        rows.push(["(one-pass read)".to_owned(), none.clone(), grouped(pass), none]);
        self.line(&table::table(["stream", "records", "requests", "seconds"], &rows));
    }

    fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    #[allow(clippy::disallowed_methods, reason = "the demo writes its protocol messages into files")]
    fn line(&self, text: &str) {
        // A closed stdout does not stop the demo: the files are still written.
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

/// The requests of a stream, without those that it shares with others.
fn requests(sync: &Sync, stream: &Stream) -> String {
    match &stream.source {
        Source::List(table) => grouped(sync.requests_of(&[table.path])),
        Source::Boards(boards) => {
            grouped(sync.requests_of(&[boards.current.path, boards.count, boards.deprecated.path]))
        }
        Source::Deletions(deletions) => match deletions.route() {
            Some(route) => grouped(sync.requests_of(&[route])),
            None => "ID snapshot".to_owned(),
        },
        Source::Issues(projection) => match sync.requests_of(projection.routes) {
            0 => "one pass".to_owned(),
            more => format!("one pass + {}", grouped(more)),
        },
        Source::IssueIds => "ID snapshot".to_owned(),
    }
}
