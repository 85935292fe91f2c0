//! What goes wrong in a run, and what happens on the site meanwhile.

use super::draw;
use crate::support::{Dice, Site};
use jira_simulator::{Course, Edit, Happening};
use serde_json::json;
use std::{fmt::Write, time::Duration};

/// Nothing goes wrong. A refresh token that was replaced in a run that got killed works for ever: nobody is here to sign
/// in again. (What happens to it otherwise is told in `sign_in`.)
pub fn calm(zone: &str) -> String {
    format!("[account]\ntime_zone = \"{zone}\"\n[sign_in]\nleeway_seconds = 1000000000\n")
}

/// What goes wrong, as a scenario.
pub fn scenario(dice: &mut Dice, zone: &str) -> String {
    let zone = if dice.chance(15) { draw::zone(dice) } else { zone };
    let mut text = format!("seed = {}\n[account]\ntime_zone = \"{zone}\"\n", dice.below(1_000_000));
    if dice.chance(20) {
        text += "lacks = [\"ADMINISTER\"]\n";
    }
    text += "[site]\n";
    let _ = writeln!(text, "audit_days = {}\naudit_object_ids = {}", 1 + dice.below(180), dice.chance(50));
    text += "[sign_in]\nleeway_seconds = 1000000000\n";
    if dice.chance(15) {
        text += "token_life_seconds = 1\n";
    }
    text += "[search]\n";
    let lag = [0, 0, dice.below(45), dice.below(500)][dice.below(4) as usize];
    let _ = writeln!(text, "index_lag_seconds = {lag}");
    for knob in ["short_pages", "empty_pages", "duplicates"] {
        if dice.chance(30) {
            let _ = writeln!(text, "{knob} = 0.{}", 1 + dice.below(4));
        }
    }
    if dice.chance(20) {
        let _ = writeln!(text, "count_error = 0.{:02}", 1 + dice.below(10));
    }
    if dice.chance(40) {
        let _ = writeln!(text, "light_page = {}", 5 + dice.below(40));
    }
    let _ = writeln!(text, "paging = \"{}\"", if dice.chance(70) { "cursor" } else { "offset" });
    for _ in 0..dice.below(4) {
        text += &fault(dice);
    }
    text
}

const ROUTES: [&str; 11] = [
    "*",
    "/rest/api/3/search/jql",
    "/rest/api/3/search/approximate-count",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/changelog/bulkfetch",
    "/rest/api/3/issue/{issueIdOrKey}/comment",
    "/rest/api/3/worklog/list",
    "/rest/api/3/project/search",
    "/rest/software/1.0/board/{boardId}/issue",
    "/rest/api/3/myself",
    "/oauth/token",
];

/// Where pages can go wrong.
const PAGES: [&str; 5] = [
    "*",
    "/rest/api/3/search/jql",
    "/rest/software/1.0/board/{boardId}/issue",
    "/rest/api/3/changelog/bulkfetch",
    "/rest/api/3/issue/{issueIdOrKey}/comment",
];

const KINDS: [&str; 23] = [
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
];

fn fault(dice: &mut Dice) -> String {
    let mut one_of = |list: &[&'static str]| list[dice.below(list.len() as u64) as usize];
    let kind = one_of(&KINDS);
    let route = match kind {
        "issue_errors" => "/rest/api/3/issue/bulkfetch",
        "repeat_token" | "short_page" | "empty_page" | "duplicate" | "truncate" | "truncate_warned" => one_of(&PAGES),
        _ => one_of(&ROUTES),
    };
    let headers = one_of(&["retry_after", "reset", "reset_minutes", "beta", "draft", "none"]);
    let when = match dice.below(3) {
        0 => format!("first = {}", 1 + dice.below(3)),
        1 => format!("every = {}", 3 + dice.below(12)),
        _ => format!("probability = 0.{:02}", 1 + dice.below(15)),
    };
    // The longest is longer than anybody waits for a body.
    let delay = [20, 900, 100_000][dice.below(3) as usize];
    let seconds = dice.below(5);
    format!(
        "[[fault]]\nroute = \"{route}\"\nkind = \"{kind}\"\n{when}\nheaders = \"{headers}\"\nseconds = {seconds}\n\
         delay_ms = {delay}\n"
    )
}

/// What happens while requests come in.
pub fn course(dice: &mut Dice, site: &Site, edited: bool) -> Course {
    let step = Duration::from_millis([1, 30, 400][dice.below(3) as usize]);
    let mut happenings = Vec::new();
    let mut number = 0;
    match dice.below(4) {
        _ if !edited => {}
        // Somebody works now and then.
        0 => {
            for _ in 0..60 {
                number += 1 + dice.below(6);
                happenings
                    .push((number, Happening::Edits { count: 1 + dice.below(3) as u32, seed: dice.below(1 << 30) }));
            }
        }
        // An issue changes every few seconds.
        1 => {
            let issues = site.truth("issues");
            let issue = issues[dice.below(issues.len() as u64) as usize]["id"].as_str().expect("a text").to_owned();
            for turn in 0..80 {
                number += 1 + dice.below(3);
                let edit = match turn % 3 {
                    0 => Edit::AddComment { issue: issue.clone(), text: None, restricted: false },
                    1 => Edit::AddWorklog { issue: issue.clone(), seconds: None },
                    _ => Edit::SetField {
                        issue: issue.clone(),
                        field: "summary".into(),
                        value: json!(format!("{turn}")),
                    },
                };
                happenings.push((number, Happening::Edit(edit)));
            }
        }
        // Anything happens, and time passes with it.
        2 => {
            for _ in 0..12 {
                number += 1 + dice.below(12);
                happenings
                    .push((number, Happening::History { count: 1 + dice.below(5) as u32, seed: dice.below(1 << 30) }));
            }
        }
        _ => {}
    }
    // Page tokens live a week, access tokens an hour.
    if dice.chance(15) {
        let time = Duration::from_secs([700, 4_000, 8 * 86_400][dice.below(3) as usize]);
        happenings.push((2 + dice.below(30), Happening::Passes(time)));
    }
    Course { step, happenings }
}
