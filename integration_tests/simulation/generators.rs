//! Draws what a whole case has: the site, the config, the streams, and which issues the config selects.

use super::{case::Origin, child_deletions::DELETION_STREAMS};
use crate::{
    support::{Form, Rng, Site, time},
    sync::{FAMILY, MOVING},
};
use jira_simulator::SiteOptions;
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

/// Zones on both sides of UTC, with the times of 2026 at which their clocks change.
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

/// Full-refresh streams that are read with the issues.
pub const LISTS: [&str; 6] = ["users", "issue_fields", "labels", "workflow_statuses", "project_versions", "sprints"];

/// Streams of which recordings hold records.
const RECORDED: [&str; 7] = [
    "issues",
    "issue_comments",
    "issue_worklogs",
    "issue_changelogs",
    "issue_remote_links",
    "issue_attachments",
    "issue_links",
];

pub fn zone(rng: &mut Rng) -> &'static str {
    ZONES[rng.below(ZONES.len() as u64) as usize].0
}

/// A site, most often a small one; its clock starts shortly before clocks change in the zone, if they do there.
pub fn site(rng: &mut Rng, seed: u64, zone: &str) -> SiteOptions {
    let issues = if rng.chance(10) { 120 + rng.below(300) } else { 20 + rng.below(60) } as u32;
    let changes = ZONES.iter().find(|(name, _)| *name == zone).map_or(&[][..], |(_, changes)| changes);
    let change = changes.get(rng.below(2) as usize).filter(|_| rng.chance(50));
    let before = (rng.below(5 * HOUR as u64)) as i64;
    // Without a change, somewhere in the year.
    let year = time::parse("2026-01-05T00:00:00.000+0000").expect("a moment") + rng.below(300) as i64 * 24 * HOUR;
    let now = change.and_then(|change| time::parse(change)).unwrap_or(year) - before;
    SiteOptions { issues, seed: 1_000 + seed, now: Some(now), ..SiteOptions::default() }
}

/// Streams that are read incrementally, and those that are refreshed in full by each sync.
pub struct Streams {
    pub incremental: Vec<&'static str>,
    pub refreshed: Vec<&'static str>,
}

impl Streams {
    pub fn draw(rng: &mut Rng, filter: &Filter, config: &Value, origin: Origin) -> Self {
        let often = |stream: &str| if MOVING.contains(&stream) { 60 } else { 20 };
        let there = |stream: &&str| matches!(origin, Origin::Generated) || RECORDED.contains(stream);
        let chosen = FAMILY.into_iter().filter(there);
        let chosen = chosen.filter(|stream| *stream == "issues" || rng.chance(often(stream)));
        let chosen: Vec<&str> = chosen.collect();
        // Recorded rows refer to issues by recorded IDs, so the site's truth is no table to compare with.
        let refreshes = if rng.chance(30) && matches!(origin, Origin::Generated) { 30 } else { 0 };
        let (mut refreshed, mut incremental): (Vec<_>, Vec<_>) =
            chosen.into_iter().partition(|_| rng.chance(refreshes));
        if rng.chance(50) {
            incremental.push("deleted_issues");
        }
        if rng.chance(15) {
            refreshed.push("issue_ids");
        }
        if matches!(origin, Origin::Generated) {
            // Deleted comments are found by the IDs in the state only.
            let can = |stream: &str| stream != "deleted_comments" || config["track_sent_ids"] != false;
            incremental.extend(
                DELETION_STREAMS.into_iter().map(|(stream, _)| stream).filter(|stream| rng.chance(12) && can(stream)),
            );
        }
        if matches!(origin, Origin::Generated) && rng.chance(12) {
            incremental.push("board_issues");
        }
        // Recordings have no such lists.
        if matches!((filter, origin), (Filter::All, Origin::Generated)) && rng.chance(30) {
            refreshed.extend(LISTS.into_iter().filter(|_| rng.chance(40)));
        }
        Self { incremental, refreshed }
    }

    /// Whether deletions of all issues that are read are reported.
    pub fn report_deletions(&self) -> bool {
        self.incremental.contains(&"issues") && self.incremental.contains(&"deleted_issues")
    }

    /// Of these streams, those that `names` lists.
    pub fn only(mut self, names: Option<&[String]>) -> Self {
        let Some(names) = names else { return self };
        let drawn = format!("{:?} and {:?}", self.incremental, self.refreshed);
        let is_listed = |stream: &&str| names.iter().any(|name| name == stream);
        self.incremental.retain(is_listed);
        self.refreshed.retain(is_listed);
        let left = self.incremental.len() + self.refreshed.len();
        assert!(left > 0, "ONLY_STREAMS names none of the streams of this seed: {drawn}");
        self
    }

    pub fn catalog(&self) -> Value {
        let configured = |name: &str, mode: &str, destination: &str| json!({"stream": {"name": name, "json_schema": {}}, "sync_mode": mode, "destination_sync_mode": destination});
        let incremental = self.incremental.iter().map(|name| configured(name, "incremental", "append_dedup"));
        let refreshed = self.refreshed.iter().map(|name| configured(name, "full_refresh", "overwrite"));
        json!({"streams": incremental.chain(refreshed).collect::<Vec<Value>>()})
    }
}

/// Which issues a config selects.
pub enum Filter {
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

impl Filter {
    pub fn draw(rng: &mut Rng, site: &Site, origin: Origin) -> Self {
        let keys = projects(site);
        match rng.below(16) {
            0 | 1 => Self::Projects(some(rng, &keys)),
            2 | 3 => Self::Without(some(rng, &keys)),
            4 => Self::CreatedFrom(middle(site, "created", rng)),
            5 => Self::CreatedBefore(middle(site, "created", rng)),
            6 => Self::UpdatedFrom(middle(site, "updated", rng)),
            7 => Self::UpdatedBefore(middle(site, "updated", rng)),
            8 if matches!(origin, Origin::Generated) => Self::Condition,
            _ => Self::All,
        }
    }

    /// Its options of the config.
    pub fn options(&self) -> Value {
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

    /// Boards count by the project in which they are located, whatever they show.
    pub fn selects_board(&self, board: &Value) -> bool {
        let place = board["location"]["projectKey"].as_str();
        match self {
            Self::Projects(keys) => keys.iter().any(|key| Some(key.as_str()) == place),
            Self::Without(keys) => keys.iter().all(|key| Some(key.as_str()) != place),
            _ => true,
        }
    }

    pub fn selects(&self, site: &Site, issue: &Value) -> bool {
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

/// At least one, and not all.
fn some(rng: &mut Rng, keys: &[String]) -> Vec<String> {
    let count = 1 + rng.below(keys.len() as u64 - 1) as usize;
    let start = rng.below(keys.len() as u64) as usize;
    keys.iter().cycle().skip(start).take(count).cloned().collect()
}

/// A time that some issues precede, in whole minutes, the precision of JQL.
fn middle(site: &Site, name: &str, rng: &mut Rng) -> i64 {
    let issues = site.truth("issues");
    let mut moments: Vec<i64> =
        issues.iter().filter_map(|issue| time::parse(issue["fields"][name].as_str()?)).collect();
    moments.sort_unstable();
    let moment = moments[moments.len() / 4 + rng.below(moments.len() as u64 / 2) as usize] / 60_000 * 60_000;
    // Not as old as 1970.
    moment.max(1_000_000_000_000)
}

/// Whether each sync finds all issues that were deleted or became visible again, if it reads `deleted_issues`.
pub fn remembers(config: &Value) -> bool {
    config["track_sent_ids"] != false && config["id_snapshot_interval_hours"] == 0
}

/// A config of the site.
pub fn config(rng: &mut Rng, site: &Site, filter: &Filter) -> Value {
    let form = Form::ALL[rng.below(Form::ALL.len() as u64) as usize];
    let mut config = site.config_of(form);
    for (name, value) in filter.options().as_object().expect("an object") {
        config[name] = value.clone();
    }
    // Otherwise the default: it depends on the credentials and on the interval.
    if rng.chance(60) {
        config["track_sent_ids"] = json!(rng.chance(60));
    }
    if rng.chance(12) {
        config["include_archived_projects"] = json!(true);
    }
    if rng.chance(70) {
        config["id_snapshot_interval_hours"] = json!(0);
    }
    if rng.chance(85) {
        config["allow_mass_deletion_in"] = json!(projects(site));
    }
    config["scan_mode"] = json!(["auto", "ids", "pages"][rng.below(3) as usize]);
    config["max_concurrency"] = json!(if rng.chance(30) { 1 } else { 1 + rng.below(12) });
    config["full_refresh_interval_days"] = json!([0, 1, 7][rng.below(3) as usize]);
    config["lookback_window_minutes"] = json!(if rng.chance(20) { rng.below(90) } else { 0 });
    config
}
