//! What happened in the case that runs on this thread, kept for the report of a failing seed.

use jira_simulator::{Edited, TracedRequest};
use std::{cell::RefCell, fmt::Write};

/// Requests printed of the last run of a failing case, and of each earlier one.
const SHOWN: [usize; 2] = [200, 20];

/// Edits named one by one.
const EDITS: usize = 40;

#[derive(Default)]
struct Trace {
    /// How the case was set up.
    setup: String,
    steps: Vec<Step>,
}

enum Step {
    Edits(Vec<Edited>),
    Run(Run),
}

/// One run of the connector.
pub struct Run {
    /// What was drawn for it.
    pub setup: String,
    /// The last ones.
    pub requests: Vec<TracedRequest>,
    pub request_count: u64,
    /// How it ended; none if it never did.
    pub outcome: Option<String>,
}

thread_local! {
    static TRACE: RefCell<Trace> = RefCell::default();
}

/// A case begins.
pub fn begin(setup: String) {
    TRACE.set(Trace { setup, steps: Vec::new() });
}

/// Edits between two runs.
pub fn edits(edits: &[Edited]) {
    TRACE.with_borrow_mut(|trace| trace.steps.push(Step::Edits(edits.to_vec())));
}

pub fn run(run: Run) {
    TRACE.with_borrow_mut(|trace| trace.steps.push(Step::Run(run)));
}

/// The case of this thread as text; `most` requests of each run, where that is asked for.
pub fn take(most: Option<usize>) -> String {
    TRACE.take().text(most)
}

impl Trace {
    fn text(&self, most: Option<usize>) -> String {
        let mut text = self.setup.clone();
        let runs = self.steps.iter().filter(|step| matches!(step, Step::Run(_))).count();
        let mut number = 0;
        for step in &self.steps {
            match step {
                Step::Edits(edits) => text += &format!("\n{} edits{}\n", edits.len(), named(edits)),
                Step::Run(run) => {
                    number += 1;
                    let usual = if number == runs { SHOWN[0] } else { SHOWN[1] };
                    text += &format!("\n-- run {number} of {runs}: {}\n", run.setup);
                    run.write(most.unwrap_or(usual), &mut text);
                }
            }
        }
        text
    }
}

impl Run {
    fn write(&self, most: usize, text: &mut String) {
        let (hidden, shown) = self.requests.split_at(self.requests.len().saturating_sub(most));
        let before = self.request_count - shown.len() as u64;
        if before > 0 {
            let _ = writeln!(text, "   … {before} requests before these");
        }
        let edits: Vec<Edited> = hidden.iter().flat_map(|request| request.edits.clone()).collect();
        if !edits.is_empty() {
            let _ = writeln!(text, "         edits{}", named(&edits));
        }
        for request in shown {
            if !request.edits.is_empty() {
                let _ = writeln!(text, "         edits{}", named(&request.edits));
            }
            let status = match request.status {
                None => "under way".to_owned(),
                Some(0) => "no answer".to_owned(),
                Some(status) => status.to_string(),
            };
            let fault = if request.fault.is_empty() { String::new() } else { format!("  <- {}", request.fault) };
            let clock = crate::support::time::format(request.clock);
            let _ = writeln!(text, "   {:>5}  {clock}  {status:>9}  {}{fault}", request.number, request.route);
        }
        let outcome = self.outcome.as_deref().unwrap_or("it did not end");
        let _ = writeln!(text, "   {} requests; {outcome}", self.request_count);
    }
}

/// `: add_comment CORE-3, move CORE-7`, as far as they can be listed.
fn named(edits: &[Edited]) -> String {
    let name = |edit: &Edited| match &edit.child {
        Some(child) => format!("{} {} ({child})", edit.kind, edit.key),
        None => format!("{} {}", edit.kind, edit.key),
    };
    let names: Vec<String> = edits.iter().take(EDITS).map(name).collect();
    let more = if edits.len() > EDITS { ", …" } else { "" };
    if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) }
}

#[test]
fn the_last_requests_are_shown_and_those_before_counted() {
    let edit = Edited {
        kind: "vote".to_owned(),
        issue: "10003".to_owned(),
        key: "CORE-3".to_owned(),
        child: None,
        moved_updated: false,
        at: 1_767_571_200_000,
    };
    let request = |number| TracedRequest {
        number,
        route: "GET /rest/api/3/myself".to_owned(),
        status: (number < 300).then_some(429),
        fault: if number % 2 == 0 { "429 instead".to_owned() } else { String::new() },
        clock: 1_767_571_200_000,
        edits: if number == 150 { vec![edit.clone()] } else { Vec::new() },
    };
    let requests: Vec<TracedRequest> = (101..=300).map(request).collect();
    let run = |outcome: Option<&str>| {
        let outcome = outcome.map(str::to_owned);
        Step::Run(Run { setup: "calm".to_owned(), requests: requests.clone(), request_count: 300, outcome })
    };
    let trace = Trace { setup: "seed 7\n".to_owned(), steps: vec![run(Some("exit code 0")), run(None)] };
    let text = trace.text(None);
    let (first, last) = text.split_once("-- run 2 of 2: calm\n").expect("two runs");
    assert!(
        first.contains(
            "-- run 1 of 2: calm\n   … 280 requests before these\n         edits: vote CORE-3\n     281  2026-01-05T00:00:00.000+0000"
        )
    );
    assert!(first.ends_with("   300 requests; exit code 0\n\n"), "{first}");
    assert!(last.starts_with("   … 100 requests before these\n     101  "), "{last}");
    assert!(
        last.contains("     298  2026-01-05T00:00:00.000+0000        429  GET /rest/api/3/myself  <- 429 instead\n")
    );
    assert!(
        last.ends_with("under way  GET /rest/api/3/myself  <- 429 instead\n   300 requests; it did not end\n"),
        "{last}"
    );
    assert_eq!(trace.text(Some(3)).matches("… 297 requests before these").count(), 2);
}
