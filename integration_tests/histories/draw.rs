//! What a seed decides: the config, what goes wrong, and which issues the config wants.

use crate::support::{Dice, Form, Site};
use serde_json::{Value, json};
use source_jira::record::time;

/// Zones on both sides of UTC, with and without daylight saving.
const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns"];

/// Which issues a config wants.
pub enum Wanted {
    All,
    Projects(Vec<String>),
    Without(Vec<String>),
    CreatedFrom(i64),
    UpdatedFrom(i64),
    /// `status = Done OR priority = High`
    Condition,
}

impl Wanted {
    pub fn draw(dice: &mut Dice, site: &Site) -> Self {
        let keys = projects(site);
        match dice.below(10) {
            0 | 1 => Self::Projects(some(dice, &keys)),
            2 => Self::Without(some(dice, &keys)),
            3 => Self::CreatedFrom(middle(site, "created", dice)),
            4 => Self::UpdatedFrom(middle(site, "updated", dice)),
            5 => Self::Condition,
            _ => Self::All,
        }
    }

    /// Its members of the config.
    pub fn members(&self) -> Value {
        let moment = |millis: i64| format!("{}Z", &time::format(millis)[..19]);
        match self {
            Self::All => json!({}),
            Self::Projects(keys) => json!({"projects": keys}),
            Self::Without(keys) => json!({"exclude_projects": keys}),
            Self::CreatedFrom(from) => json!({"created_after": moment(*from)}),
            Self::UpdatedFrom(from) => json!({"start_date": moment(*from)}),
            Self::Condition => json!({"jql": "status = Done OR priority = High"}),
        }
    }

    pub fn keeps(&self, issue: &Value) -> bool {
        let fields = &issue["fields"];
        let at_least =
            |name: &str, from: i64| fields[name].as_str().and_then(time::parse).is_some_and(|moment| moment >= from);
        let key = || fields["project"]["key"].as_str().unwrap_or_default();
        match self {
            Self::All => true,
            Self::Projects(keys) => keys.iter().any(|known| known == key()),
            Self::Without(keys) => keys.iter().all(|known| known != key()),
            Self::CreatedFrom(from) => at_least("created", *from),
            Self::UpdatedFrom(from) => at_least("updated", *from),
            Self::Condition => fields["status"]["name"] == "Done" || fields["priority"]["name"] == "High",
        }
    }
}

/// Keys of projects with issues.
fn projects(site: &Site) -> Vec<String> {
    let issues = site.truth("issues");
    let keys = issues.iter().filter_map(|issue| issue["fields"]["project"]["key"].as_str().map(str::to_owned));
    keys.collect::<std::collections::BTreeSet<String>>().into_iter().collect()
}

/// Not none, and not all.
fn some(dice: &mut Dice, keys: &[String]) -> Vec<String> {
    let count = 1 + dice.below(keys.len() as u64 - 1) as usize;
    let start = dice.below(keys.len() as u64) as usize;
    keys.iter().cycle().skip(start).take(count).cloned().collect()
}

/// A moment before which some issues lie, to the minute, which is all that Jira tells apart.
fn middle(site: &Site, name: &str, dice: &mut Dice) -> i64 {
    let issues = site.truth("issues");
    let mut moments: Vec<i64> =
        issues.iter().filter_map(|issue| time::parse(issue["fields"][name].as_str()?)).collect();
    moments.sort_unstable();
    moments[moments.len() / 4 + dice.below(moments.len() as u64 / 2) as usize] / 60_000 * 60_000
}

/// A config of the site.
pub fn config(dice: &mut Dice, site: &Site, wanted: &Wanted) -> Value {
    let form = Form::ALL[dice.below(Form::ALL.len() as u64) as usize];
    let mut config = site.config_of(form);
    for (name, value) in wanted.members().as_object().expect("an object") {
        config[name] = value.clone();
    }
    config["scan_mode"] = json!(["auto", "ids", "pages"][dice.below(3) as usize]);
    config["max_concurrency"] = json!(1 + dice.below(12));
    config["lookback_window_minutes"] = json!(if dice.chance(20) { dice.below(90) } else { 0 });
    config
}

/// What stays as it is through a history: the account's zone.
pub fn zone(dice: &mut Dice) -> &'static str {
    ZONES[dice.below(ZONES.len() as u64) as usize]
}

/// Nothing goes wrong. A refresh token that was replaced in a run that got killed works for ever: nobody is here to sign
/// in again. (What happens to it otherwise is told in `sign_in`.)
pub fn calm(zone: &str) -> String {
    format!("[account]\ntime_zone = \"{zone}\"\n[sign_in]\nleeway_seconds = 1000000000\n")
}

/// What goes wrong in a run, as a scenario.
pub fn trouble(dice: &mut Dice, zone: &str) -> String {
    let mut text = format!("seed = {}\n{}", dice.below(1_000_000), calm(zone));
    if dice.chance(15) {
        text += "token_life_seconds = 1\n";
    }
    text += "[search]\n";
    text += &format!("index_lag_seconds = {}\n", if dice.chance(60) { dice.below(45) } else { 0 });
    for knob in ["short_pages", "empty_pages", "duplicates"] {
        if dice.chance(30) {
            text += &format!("{knob} = 0.{}\n", 1 + dice.below(4));
        }
    }
    text += &format!("paging = \"{}\"\n", if dice.chance(70) { "cursor" } else { "offset" });
    for _ in 0..dice.below(4) {
        text += &fault(dice);
    }
    text
}

fn fault(dice: &mut Dice) -> String {
    let routes = [
        "*",
        "/rest/api/3/search/jql",
        "/rest/api/3/search/approximate-count",
        "/rest/api/3/issue/bulkfetch",
        "/rest/api/3/changelog/bulkfetch",
        "/rest/api/3/issue/{issueIdOrKey}/comment",
        "/rest/api/3/worklog/list",
        "/rest/api/3/myself",
        "/oauth/token",
    ];
    let kinds = [
        "429",
        "500",
        "502",
        "503",
        "504",
        "reset",
        "cut",
        "broken_json",
        "html",
        "401",
        "forbidden",
        "not_found",
        "bad_request",
        "anonymous",
        "repeat_token",
        "short_page",
        "empty_page",
        "duplicate",
        "issue_errors",
    ];
    let headers = ["retry_after", "reset", "beta", "draft", "none"];
    let route = routes[dice.below(routes.len() as u64) as usize];
    let kind = kinds[dice.below(kinds.len() as u64) as usize];
    let when = match dice.below(3) {
        0 => format!("first = {}", 1 + dice.below(3)),
        1 => format!("every = {}", 3 + dice.below(12)),
        _ => format!("probability = 0.{:02}", 1 + dice.below(15)),
    };
    let headers = headers[dice.below(headers.len() as u64) as usize];
    format!("[[fault]]\nroute = \"{route}\"\nkind = \"{kind}\"\n{when}\nheaders = \"{headers}\"\nseconds = 0\n")
}
