//! Which faults a run meets, and what happens on the site during it.

use super::generators;
use crate::support::{Rng, Site};
use jira_simulator::{Edit, Timeline, TimelineEvent};
use serde_json::json;
use std::{fmt::Write, time::Duration};

/// What fails in a run: the scenario, and the names under which its faults are counted.
pub struct Drawn {
    pub scenario: String,
    pub faults: Vec<&'static str>,
    /// Nothing fails but what a run waits for, so it must not give up.
    pub is_survivable: bool,
}

impl Drawn {
    /// Nothing fails, under a scenario without faults.
    pub fn nothing(zone: &str) -> Self {
        Self { scenario: none(zone), faults: Vec::new(), is_survivable: true }
    }

    /// Whether the site may refuse what it has, so that a list which lacks it can count as complete.
    pub fn refuses(&self) -> bool {
        let refusals = ["forbidden", "not_found", "bad_request"];
        self.faults.iter().any(|fault| refusals.contains(fault))
    }
}

/// A scenario without faults. A refresh token that a killed run replaced stays valid, because no user could authenticate
/// again here. (`sign_in` tests what happens otherwise.)
pub fn none(zone: &str) -> String {
    format!("[account]\ntime_zone = \"{zone}\"\n[sign_in]\nleeway_seconds = 1000000000\n")
}

/// A scenario with faults.
pub fn draw(rng: &mut Rng, zone: &str) -> Drawn {
    if rng.chance(5) {
        // Not from the first request on: a host that has never answered is not waited for.
        let outage = outage(rng, 3, 4);
        return Drawn { scenario: none(zone) + &outage, faults: vec!["outage, survived"], is_survivable: true };
    }
    let zone = if rng.chance(15) { generators::zone(rng) } else { zone };
    let mut text = format!("seed = {}\n[account]\ntime_zone = \"{zone}\"\n", rng.below(1_000_000));
    if rng.chance(20) {
        text += "lacks = [\"ADMINISTER\"]\n";
    }
    text += "[site]\n";
    let _ = writeln!(text, "audit_days = {}\naudit_object_ids = {}", 1 + rng.below(180), rng.chance(50));
    text += "[sign_in]\nleeway_seconds = 1000000000\n";
    if rng.chance(15) {
        text += "token_life_seconds = 1\n";
    }
    text += "[search]\n";
    let lag = [0, 0, rng.below(45), rng.below(500)][rng.below(4) as usize];
    let _ = writeln!(text, "index_lag_seconds = {lag}");
    for option in ["short_pages", "empty_pages", "duplicates"] {
        if rng.chance(30) {
            let _ = writeln!(text, "{option} = 0.{}", 1 + rng.below(4));
        }
    }
    if rng.chance(20) {
        let _ = writeln!(text, "count_error = 0.{:02}", 1 + rng.below(10));
    }
    if rng.chance(40) {
        let _ = writeln!(text, "light_page = {}", 5 + rng.below(40));
    }
    let _ = writeln!(text, "paging = \"{}\"", if rng.chance(70) { "cursor" } else { "offset" });
    let mut faults = Vec::new();
    for _ in 0..rng.below(4) {
        let (name, rule) = fault(rng);
        faults.push(name);
        text += &rule;
    }
    if rng.chance(10) {
        faults.push("outage");
        text += &outage(rng, 0, 5);
    }
    Drawn { scenario: text, faults, is_survivable: false }
}

/// The whole site answers nothing for a while, after so many requests or more: the first `durations` of these.
fn outage(rng: &mut Rng, after: u64, durations: u64) -> String {
    let kind = ["kind = \"503\"", "kind = \"504\"", "kind = \"reset\"", "kind = \"html\"\nstatus = 502"]
        [rng.below(4) as usize];
    let lasting = [5_000, 30_000, 120_000, 590_000, 900_000][rng.below(durations) as usize];
    format!("[[fault]]\n{kind}\nheaders = \"none\"\nafter = {}\nlasting_ms = {lasting}\n", after + rng.below(40))
}

const ROUTES: [&str; 12] = [
    "*",
    "/rest/api/3/search/jql",
    "/rest/api/3/search/approximate-count",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/changelog/bulkfetch",
    "/rest/api/3/issue/{issueIdOrKey}/comment",
    "/rest/api/3/worklog/list",
    "/rest/api/3/project/search",
    "/rest/api/3/users/search",
    "/rest/software/1.0/board/{boardId}/issue",
    "/rest/api/3/myself",
    "/oauth/token",
];

/// Routes with pages.
const PAGES: [&str; 5] = [
    "*",
    "/rest/api/3/search/jql",
    "/rest/software/1.0/board/{boardId}/issue",
    "/rest/api/3/changelog/bulkfetch",
    "/rest/api/3/issue/{issueIdOrKey}/comment",
];

/// Routes of lists that are paged by `startAt`, and of one that is paged by tokens.
const LISTS: [&str; 8] = [
    "*",
    "/rest/api/3/project/search",
    "/rest/api/3/users/search",
    "/rest/api/3/label",
    "/rest/agile/1.0/board",
    "/rest/agile/1.0/board/{boardId}/sprint",
    "/rest/api/3/issue/{issueIdOrKey}/comment",
    "/rest/software/1.0/board/{boardId}/issue",
];

const KINDS: [&str; 30] = [
    "429",
    "500",
    "502",
    "503",
    "504",
    "409",
    "reset",
    "cut",
    "broken_json",
    "html",
    "slow",
    "401",
    "forbidden",
    "not_found",
    "bad_request",
    "anonymous",
    "repeat_token",
    "short_page",
    "empty_page",
    "duplicate",
    "truncate",
    "truncate_warned",
    "issue_errors",
    "clock",
    "says_last",
    "never_last",
    "same_page",
    "overlap",
    "empty_object",
    "odd_comments",
];

fn fault(rng: &mut Rng) -> (&'static str, String) {
    let mut one_of = |list: &[&'static str]| list[rng.below(list.len() as u64) as usize];
    let kind = one_of(&KINDS);
    let route = match kind {
        "issue_errors" | "odd_comments" => "/rest/api/3/issue/bulkfetch",
        "repeat_token" | "short_page" | "empty_page" | "duplicate" | "truncate" | "truncate_warned" => one_of(&PAGES),
        // The first replies say when the run began.
        "clock" => one_of(&["*", "/rest/api/3/myself", "/_edge/tenant_info", "/rest/api/3/search/jql"]),
        "says_last" | "never_last" | "same_page" | "overlap" => one_of(&LISTS),
        _ => one_of(&ROUTES),
    };
    let headers = one_of(&["retry_after", "reset", "reset_minutes", "beta", "draft", "none"]);
    let when = match rng.below(3) {
        0 => format!("first = {}", 1 + rng.below(3)),
        _ if kind == "clock" => "first = 1".to_owned(),
        1 => format!("every = {}", 3 + rng.below(12)),
        _ => format!("probability = 0.{:02}", 1 + rng.below(15)),
    };
    // The longest is longer than the client's time-out for a body.
    let delay = [20, 900, 100_000][rng.below(3) as usize];
    let (seconds, status) = match kind {
        "clock" => ([400, 7_200, 100_000][rng.below(3) as usize], 200),
        "html" => (0, [200, 401, 403, 404, 405, 410, 429, 500][rng.below(8) as usize]),
        // The longest is longer than any run waits.
        _ if rng.chance(if kind == "429" { 50 } else { 10 }) => {
            ([3_000, 7_200, 400_000_000][rng.below(3) as usize], 200)
        }
        _ => (rng.below(5), 200),
    };
    let name = if kind == "429" && seconds > 5 { "429 for long" } else { kind };
    let rule = format!(
        "[[fault]]\nroute = \"{route}\"\nkind = \"{kind}\"\n{when}\nheaders = \"{headers}\"\nseconds = {seconds}\n\
         delay_ms = {delay}\nstatus = {status}\n"
    );
    (name, rule)
}

/// What happens while requests come in; takes its edits off those that may still be made.
pub fn course(rng: &mut Rng, site: &Site, edits_left: &mut u64) -> Timeline {
    let step = Duration::from_millis([1, 30, 400][rng.below(3) as usize]);
    let mut events = Vec::new();
    let mut number = 0;
    match rng.below(4) {
        _ if *edits_left == 0 => {}
        // Edits now and then.
        0 => {
            for _ in 0..60 {
                number += 1 + rng.below(6);
                events.push((
                    number,
                    TimelineEvent::RandomEdits { count: 1 + rng.below(3) as u32, seed: rng.below(1 << 30) },
                ));
            }
        }
        // An issue changes every few seconds.
        1 => {
            let issues = site.truth("issues");
            let issue = issues[rng.below(issues.len() as u64) as usize]["id"].as_str().expect("a text").to_owned();
            for turn in 0..80 {
                number += 1 + rng.below(3);
                let edit = match turn % 3 {
                    0 => Edit::AddComment { issue: issue.clone(), text: None, restricted: false },
                    1 => Edit::AddWorklog { issue: issue.clone(), seconds: None },
                    _ => Edit::SetField {
                        issue: issue.clone(),
                        field: "summary".into(),
                        value: json!(format!("{turn}")),
                    },
                };
                events.push((number, TimelineEvent::Edit(edit)));
            }
        }
        // Edits of every kind, during which time passes.
        2 => {
            for _ in 0..12 {
                number += 1 + rng.below(12);
                events.push((
                    number,
                    TimelineEvent::RandomHistory { count: 1 + rng.below(5) as u32, seed: rng.below(1 << 30) },
                ));
            }
        }
        _ => {}
    }
    // Page tokens live a week, access tokens an hour.
    if rng.chance(15) {
        let time = Duration::from_secs([700, 4_000, 8 * 86_400][rng.below(3) as usize]);
        events.push((2 + rng.below(30), TimelineEvent::AdvanceClock(time)));
    }
    events.iter_mut().for_each(|(_, happening)| limit(happening, edits_left));
    Timeline { step, events }
}

/// Leaves the edits that may still be made.
fn limit(happening: &mut TimelineEvent, edits_left: &mut u64) {
    match happening {
        TimelineEvent::AdvanceClock(_) => {}
        TimelineEvent::Edit(_) if *edits_left == 0 => *happening = TimelineEvent::AdvanceClock(Duration::ZERO),
        TimelineEvent::Edit(_) => *edits_left -= 1,
        TimelineEvent::RandomEdits { count, .. } | TimelineEvent::RandomHistory { count, .. } => {
            *count = u64::from(*count).min(*edits_left) as u32;
            *edits_left -= u64::from(*count);
        }
    }
}
