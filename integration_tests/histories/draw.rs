//! What a seed decides for a whole life: the site, the config, the streams, and which issues the config wants.

use super::{life::Of, losses::TELLING};
use crate::{
    support::{Dice, Form, Site},
    sync::{FAMILY, MOVING},
};
use jira_simulator::SiteOptions;
use serde_json::{Value, json};
use source_jira::record::time;

const HOUR: i64 = 3_600_000;

/// Zones on both sides of UTC, with the moments of this year at which their clocks change.
const ZONES: [(&str, &[&str]); 8] = [
    ("UTC", &[]),
    ("Asia/Kolkata", &[]),
    ("Europe/Berlin", &["2026-03-29T01:00:00.000+0000", "2026-10-25T01:00:00.000+0000"]),
    ("America/Los_Angeles", &["2026-03-08T10:00:00.000+0000", "2026-11-01T09:00:00.000+0000"]),
    ("Pacific/Auckland", &["2026-04-04T14:00:00.000+0000", "2026-09-26T14:00:00.000+0000"]),
    ("America/St_Johns", &["2026-03-08T05:30:00.000+0000", "2026-11-01T04:30:00.000+0000"]),
    ("Australia/Lord_Howe", &["2026-04-04T15:00:00.000+0000", "2026-10-03T15:30:00.000+0000"]),
    ("America/Santiago", &["2026-04-05T03:00:00.000+0000", "2026-09-06T04:00:00.000+0000"]),
];

/// Lists that are read beside the issues; each refresh replaces them.
const LISTS: [&str; 6] = ["users", "issue_fields", "labels", "workflow_statuses", "project_versions", "sprints"];

/// Streams of which there are records.
const RECORDED: [&str; 7] = [
    "issues",
    "issue_comments",
    "issue_worklogs",
    "issue_changelogs",
    "issue_remote_links",
    "issue_attachments",
    "issue_links",
];

pub fn zone(dice: &mut Dice) -> &'static str {
    ZONES[dice.below(ZONES.len() as u64) as usize].0
}

/// A site, most often a small one; its clock starts shortly before clocks change in the zone, if they do there.
pub fn site(dice: &mut Dice, seed: u64, zone: &str) -> SiteOptions {
    let issues = if dice.chance(10) { 120 + dice.below(300) } else { 20 + dice.below(60) } as u32;
    let changes = ZONES.iter().find(|(name, _)| *name == zone).map_or(&[][..], |(_, changes)| changes);
    let change = changes.get(dice.below(2) as usize).filter(|_| dice.chance(50));
    let before = (dice.below(5 * HOUR as u64)) as i64;
    // Without a change, somewhere in the year.
    let year = time::parse("2026-01-05T00:00:00.000+0000").expect("a moment") + dice.below(300) as i64 * 24 * HOUR;
    let now = change.and_then(|change| time::parse(change)).unwrap_or(year) - before;
    SiteOptions { issues, seed: 1_000 + seed, now: Some(now), ..SiteOptions::default() }
}

/// Streams that are read incrementally, and those that are read anew each time.
pub struct Streams {
    pub incremental: Vec<&'static str>,
    pub refreshed: Vec<&'static str>,
}

impl Streams {
    pub fn draw(dice: &mut Dice, wanted: &Wanted, config: &Value, of: Of) -> Self {
        let often = |stream: &str| if MOVING.contains(&stream) { 60 } else { 20 };
        let there = |stream: &&str| matches!(of, Of::Made) || RECORDED.contains(stream);
        let chosen = FAMILY.into_iter().filter(there);
        let chosen = chosen.filter(|stream| *stream == "issues" || dice.chance(often(stream)));
        let chosen: Vec<&str> = chosen.collect();
        // What records say of their issues they say in their own ids, so the truth of them is no table to compare with.
        let refreshes = if dice.chance(30) && matches!(of, Of::Made) { 30 } else { 0 };
        let (mut refreshed, mut incremental): (Vec<_>, Vec<_>) =
            chosen.into_iter().partition(|_| dice.chance(refreshes));
        if dice.chance(50) {
            incremental.push("deleted_issues");
        }
        if dice.chance(15) {
            refreshed.push("issue_ids");
        }
        if matches!(of, Of::Made) {
            // Without a memory, nobody tells of comments.
            let can = |stream: &str| stream != "deleted_comments" || config["known_ids_in_state"] == true;
            incremental
                .extend(TELLING.into_iter().map(|(stream, _)| stream).filter(|stream| dice.chance(12) && can(stream)));
        }
        if matches!(of, Of::Made) && dice.chance(12) {
            incremental.push("board_issues");
        }
        // Of records there are no such lists.
        if matches!((wanted, of), (Wanted::All, Of::Made)) && dice.chance(30) {
            refreshed.extend(LISTS.into_iter().filter(|_| dice.chance(40)));
        }
        Self { incremental, refreshed }
    }

    /// Whether deletions are told of everything that is read.
    pub fn tell_deletions(&self) -> bool {
        self.incremental.contains(&"issues") && self.incremental.contains(&"deleted_issues")
    }

    pub fn catalog(&self) -> Value {
        let configured = |name: &str, mode: &str, destination: &str| json!({"stream": {"name": name, "json_schema": {}}, "sync_mode": mode, "destination_sync_mode": destination});
        let incremental = self.incremental.iter().map(|name| configured(name, "incremental", "append_dedup"));
        let refreshed = self.refreshed.iter().map(|name| configured(name, "full_refresh", "overwrite"));
        json!({"streams": incremental.chain(refreshed).collect::<Vec<Value>>()})
    }
}

/// Which issues a config wants.
pub enum Wanted {
    All,
    Projects(Vec<String>),
    Without(Vec<String>),
    CreatedFrom(i64),
    CreatedBefore(i64),
    UpdatedFrom(i64),
    UpdatedBefore(i64),
    /// `status = Done OR priority = High`
    Condition,
}

impl Wanted {
    pub fn draw(dice: &mut Dice, site: &Site, of: Of) -> Self {
        let keys = projects(site);
        match dice.below(16) {
            0 | 1 => Self::Projects(some(dice, &keys)),
            2 | 3 => Self::Without(some(dice, &keys)),
            4 => Self::CreatedFrom(middle(site, "created", dice)),
            5 => Self::CreatedBefore(middle(site, "created", dice)),
            6 => Self::UpdatedFrom(middle(site, "updated", dice)),
            7 => Self::UpdatedBefore(middle(site, "updated", dice)),
            8 if matches!(of, Of::Made) => Self::Condition,
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
            Self::CreatedBefore(to) => json!({"created_before": moment(*to)}),
            Self::UpdatedFrom(from) => json!({"start_date": moment(*from)}),
            Self::UpdatedBefore(to) => json!({"updated_before": moment(*to)}),
            Self::Condition => json!({"jql": "status = Done OR priority = High"}),
        }
    }

    /// Boards go by the project in which they are located, whatever they show.
    pub fn keeps_board(&self, board: &Value) -> bool {
        let place = board["location"]["projectKey"].as_str();
        match self {
            Self::Projects(keys) => keys.iter().any(|key| Some(key.as_str()) == place),
            Self::Without(keys) => keys.iter().all(|key| Some(key.as_str()) != place),
            _ => true,
        }
    }

    pub fn keeps(&self, site: &Site, issue: &Value) -> bool {
        let fields = &issue["fields"];
        // Not every issue shows its `updated`.
        let moment = |name: &str| match fields[name].as_str() {
            None if name == "updated" => site.changed_at(issue["id"].as_str()?),
            text => time::parse(text?),
        };
        let is = |name: &str, holds: &dyn Fn(i64) -> bool| moment(name).is_some_and(holds);
        let key = || fields["project"]["key"].as_str().unwrap_or_default();
        match self {
            Self::All => true,
            Self::Projects(keys) => keys.iter().any(|known| known == key()),
            Self::Without(keys) => keys.iter().all(|known| known != key()),
            Self::CreatedFrom(from) => is("created", &|moment| moment >= *from),
            Self::CreatedBefore(to) => is("created", &|moment| moment < *to),
            Self::UpdatedFrom(from) => is("updated", &|moment| moment >= *from),
            Self::UpdatedBefore(to) => is("updated", &|moment| moment < *to),
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
    let moment = moments[moments.len() / 4 + dice.below(moments.len() as u64 / 2) as usize] / 60_000 * 60_000;
    // Nobody asks for what is as old as epochs.
    moment.max(1_000_000_000_000)
}

/// Whether the config finds whatever is gone or comes back at each sync, as long as deletions are asked for.
pub fn remembers(config: &Value) -> bool {
    config["known_ids_in_state"] == true && config["census_every_hours"] == 0
}

/// A config of the site.
pub fn config(dice: &mut Dice, site: &Site, wanted: &Wanted) -> Value {
    let form = Form::ALL[dice.below(Form::ALL.len() as u64) as usize];
    let mut config = site.config_of(form);
    for (name, value) in wanted.members().as_object().expect("an object") {
        config[name] = value.clone();
    }
    if dice.chance(70) {
        config["known_ids_in_state"] = json!(true);
    }
    if dice.chance(70) {
        config["census_every_hours"] = json!(0);
    }
    if dice.chance(85) {
        config["accept_absence_of"] = json!(projects(site));
    }
    config["scan_mode"] = json!(["auto", "ids", "pages"][dice.below(3) as usize]);
    config["max_concurrency"] = json!(if dice.chance(30) { 1 } else { 1 + dice.below(12) });
    config["refresh_children_after_days"] = json!([0, 1, 7][dice.below(3) as usize]);
    config["lookback_window_minutes"] = json!(if dice.chance(20) { dice.below(90) } else { 0 });
    config
}
