//! The system fields of an issue.

use std::collections::HashSet;

use super::Renderer;
use crate::json::Json;
use crate::site::catalog::{Named, Place, kept};
use crate::site::indexed::{NONE, Position};
use crate::site::issue::Issue;
use crate::text::Text;
use crate::time;

impl Renderer<'_> {
    /// Writes one system field, key included, unless Jira would omit it.
    pub(super) fn system(&self, json: &mut Json, id: &str, at: Position, issue: &Issue) {
        let (indexed, catalog) = (&issue.indexed, &self.site.catalog);
        let spent: i64 = issue.worklogs.iter().map(|worklog| worklog.seconds).sum();
        let left = issue.estimate.map(|estimate| (estimate - spent).max(0));
        match id {
            "parent" if indexed.parent == NONE => return,
            "updated" if indexed.undated => return,
            // Sometimes an empty list is omitted. (Reported by users of a public connector.)
            "comment" if issue.comments.is_empty() && issue.seed.is_multiple_of(5) => return,
            "worklog" if issue.worklogs.is_empty() && issue.seed % 5 == 1 => return,
            _ => {}
        }
        json.key(id);
        match id {
            "summary" => json.string(&issue.summary.plain()),
            "description" => document(json, issue.description.as_ref()),
            "environment" => document(json, issue.environment.as_ref()),
            "issuetype" => json.raw(&catalog.issue_types[indexed.issue_type as usize].named.inside),
            "project" => json.raw(&catalog.projects[indexed.project as usize].inside),
            "status" => json.raw(&catalog.statuses[indexed.status as usize].inside),
            "statusCategory" => {
                let category = &catalog.statuses[indexed.status as usize].body["statusCategory"];
                json.raw(&category.to_string());
            }
            "priority" => json.raw(&catalog.priorities[indexed.priority as usize].inside),
            "resolution" => match catalog.resolutions.get(indexed.resolution as usize) {
                Some(resolution) => json.raw(&resolution.inside),
                None => json.null(),
            },
            "assignee" => self.user(json, Some(indexed.assignee)),
            "reporter" => self.user(json, Some(indexed.reporter)),
            "creator" => self.user(json, issue.creator),
            "created" => self.stamp(json, indexed.created),
            "updated" => self.stamp(json, indexed.updated),
            "statuscategorychangedate" => self.stamp(json, issue.status_changed),
            "resolutiondate" => self.moment(json, issue.resolved),
            "lastViewed" => self.moment(json, issue.viewed),
            "duedate" => match issue.due {
                Some(due) => json.string(&time::date_only(due)),
                None => json.null(),
            },
            "labels" => json.array(|json| issue.labels.iter().for_each(|label| json.string(label))),
            "components" => list(json, &catalog.components, &catalog.deleted.components, &issue.components),
            "fixVersions" => list(json, &catalog.versions, &catalog.deleted.versions, &issue.fix_versions),
            "versions" => list(json, &catalog.versions, &catalog.deleted.versions, &issue.versions),
            "parent" => self.brief(json, indexed.parent, true),
            "subtasks" => self.subtasks(json, at),
            "issuelinks" => self.links(json, at),
            "attachment" => json.array(|json| issue.attachments.iter().for_each(|file| self.attachment(json, file))),
            "comment" => self.comment_page(json, issue),
            "worklog" => self.worklog_page(json, issue),
            "votes" => json.object(|json| {
                json.key("self").plain(format_args!(
                    "{}/rest/api/3/issue/{}/votes",
                    self.base(),
                    self.site.key(indexed)
                ));
                json.key("votes").number(issue.votes.len() as i64);
                json.key("hasVoted").bool(issue.votes.contains(&0));
            }),
            "watches" => json.object(|json| {
                json.key("self").plain(format_args!(
                    "{}/rest/api/3/issue/{}/watchers",
                    self.base(),
                    self.site.key(indexed)
                ));
                json.key("watchCount").number(issue.watchers.len() as i64);
                json.key("isWatching").bool(issue.watchers.contains(&0));
            }),
            "timespent" | "aggregatetimespent" => number(json, (spent > 0).then_some(spent)),
            "timeestimate" | "aggregatetimeestimate" => number(json, left),
            "timeoriginalestimate" | "aggregatetimeoriginalestimate" => number(json, issue.estimate),
            "workratio" => json.number(issue.estimate.map_or(-1, |estimate| spent * 100 / estimate)),
            "progress" | "aggregateprogress" => json.object(|json| {
                let total = spent + left.unwrap_or(0);
                json.key("progress").number(spent);
                json.key("total").number(total);
                if total > 0 {
                    json.key("percent").number(spent * 100 / total);
                }
            }),
            "timetracking" => json.object(|json| tracking(json, issue.estimate, left, spent)),
            "issuerestriction" => json.raw("{\"issuerestrictions\":{},\"shouldDisplay\":true}"),
            _ => json.null(),
        }
    }

    fn moment(&self, json: &mut Json, at: Option<time::Millis>) {
        match at {
            Some(at) => self.stamp(json, at),
            None => json.null(),
        }
    }
}

fn document(json: &mut Json, text: Option<&Text>) {
    match text {
        Some(text) => text.document(json),
        None => json.null(),
    }
}

fn number(json: &mut Json, value: Option<i64>) {
    match value {
        Some(value) => json.number(value),
        None => json.null(),
    }
}

fn list(json: &mut Json, from: &[Named], deleted: &HashSet<Place>, places: &[Place]) {
    json.array(|json| kept(deleted, places).for_each(|place| json.raw(&from[place as usize].inside)));
}

/// Only properties that are set are written.
fn tracking(json: &mut Json, estimate: Option<i64>, left: Option<i64>, spent: i64) {
    let parts =
        [("originalEstimate", estimate), ("remainingEstimate", left), ("timeSpent", (spent > 0).then_some(spent))];
    for (name, seconds) in parts {
        if let Some(seconds) = seconds {
            json.key(name).string(&duration(seconds));
        }
    }
    for (name, seconds) in
        [("originalEstimateSeconds", estimate), ("remainingEstimateSeconds", left), ("timeSpentSeconds", parts[2].1)]
    {
        if let Some(seconds) = seconds {
            json.key(name).number(seconds);
        }
    }
}

/// `1d 2h 30m`, where a working day has eight hours.
pub(super) fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 28_800, seconds / 3600 % 8, seconds / 60 % 60);
    let parts: Vec<String> = [(days, 'd'), (hours, 'h'), (minutes, 'm')]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if parts.is_empty() { "0m".into() } else { parts.join(" ") }
}
