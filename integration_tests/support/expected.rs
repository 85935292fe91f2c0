//! The rows that a complete read must bring, made from the site's truth: its bodies, and the members we add.

use super::{destination::key_of, primary_keys::primary_key, site::Site, time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub type Rows = BTreeMap<String, Value>;

/// The simulator's name for the entity of a stream.
const ENTITIES: &[(&str, &str)] = &[
    ("issues", "issues"),
    ("issue_comments", "comments"),
    ("issue_worklogs", "worklogs"),
    ("issue_changelogs", "changelogs"),
    ("issue_transitions", "transitions"),
    ("issue_votes", "voters"),
    ("issue_watchers", "watchers"),
    ("issue_properties", "properties"),
    ("issue_remote_links", "remote_links"),
    ("issue_attachments", "attachments"),
    ("issue_links", "issue_links"),
    ("sprint_issues", "sprint_issues"),
    ("projects", "projects"),
    ("project_versions", "versions"),
    ("project_components", "components"),
    ("boards", "boards"),
    ("sprints", "sprints"),
    ("users", "users"),
    ("groups", "groups"),
    ("issue_fields", "fields"),
    ("issue_types", "issue_types"),
    ("workflow_statuses", "statuses"),
    ("issue_priorities", "priorities"),
    ("issue_resolutions", "resolutions"),
    ("labels", "labels"),
    ("filters", "filters"),
    ("project_avatars", "project_avatars"),
    ("project_email", "project_addresses"),
    ("project_permission_schemes", "security_levels"),
    ("project_categories", "project_categories"),
    ("project_types", "project_types"),
    ("users_groups_detailed", "user_details"),
    ("application_roles", "application_roles"),
    ("project_roles", "project_roles"),
    ("permissions", "permissions"),
    ("permission_schemes", "permission_schemes"),
    ("avatars", "avatars"),
    ("screens", "screens"),
    ("screen_tabs", "screen_tabs"),
    ("screen_tab_fields", "screen_tab_fields"),
    ("screen_schemes", "screen_schemes"),
    ("issue_feature_flags", "feature_flags"),
    ("board_issues", "board_issues"),
    ("issue_custom_field_contexts", "field_contexts"),
    ("issue_custom_field_options", "field_options"),
    ("issue_field_configurations", "field_schemes"),
    ("issue_type_schemes", "issue_type_schemes"),
    ("issue_type_screen_schemes", "issue_type_screen_schemes"),
    ("issue_link_types", "issue_link_types"),
    ("workflows", "workflows"),
    ("workflow_schemes", "workflow_schemes"),
    ("workflow_status_categories", "status_categories"),
    ("issue_notification_schemes", "notification_schemes"),
    ("issue_security_schemes", "security_schemes"),
    ("filter_sharing", "filter_shares"),
    ("dashboards", "dashboards"),
    ("issue_navigator_settings", "columns"),
    ("jira_settings", "settings"),
    ("time_tracking", "time_tracking"),
];

/// Jira embeds so many comments (the newest) and worklogs (the oldest).
const EMBEDDED: usize = 20;

pub fn entity(stream: &str) -> &'static str {
    ENTITIES.iter().find(|(name, _)| *name == stream).unwrap_or_else(|| panic!("no entity for {stream}")).1
}

/// Streams whose rows are not the bodies of their entity, but made of them by [`expected`].
const MADE: [&str; 6] =
    ["issue_links", "sprint_issues", "board_issues", "issue_transitions", "issue_votes", "issue_watchers"];

/// The rows of a stream by primary key, with only those of the connector's properties that make them what they are: others,
/// such as an issue's key, may be older than the site.
pub fn held(site: &Site, stream: &str) -> Rows {
    if MADE.contains(&stream) { expected(site, stream) } else { site.truth_by(entity(stream), primary_key(stream)) }
}

/// The rows of a stream by primary key. Sprints have none here: which boards show them is not in their bodies.
pub fn expected(site: &Site, stream: &str) -> Rows {
    let issues = site.truth_by("issues", &["id"]);
    let truth = site.truth(entity(stream));
    let people = |field, count, list| people(&issues, &truth, field, count, list);
    let rows: Vec<Value> = match stream {
        "issues" => truth.into_iter().map(issue).collect(),
        "issue_votes" => people("votes", "votes", "voters"),
        "issue_watchers" => people("watches", "watchCount", "watchers"),
        "sprint_issues" => {
            let points = story_points(site);
            truth.iter().map(|row| sprint_issue(&issues[&id(&row["issueId"])], &row["sprint"], &points)).collect()
        }
        "boards" => truth.into_iter().map(board).collect(),
        "project_permission_schemes" => {
            let keys = site.truth_by("projects", &["id"]);
            let with_key = |mut row: Value| {
                row["projectKey"] = keys[&id(&row["projectId"])]["key"].clone();
                row
            };
            truth.into_iter().map(with_key).collect()
        }
        "board_issues" => truth.iter().map(|row| board_issue(&issues[&id(&row["id"])], row)).collect(),
        _ if truth.first().is_some_and(|row| row.get("issueId").is_some()) => {
            truth.into_iter().map(|row| child(stream, &issues, row)).collect()
        }
        _ => truth,
    };
    let key = primary_key(stream);
    rows.into_iter().map(|row| (key_of(&row, key), plain(stream, row))).collect()
}

/// A row as it can be compared: moments of changelogs as instants, for bulk answers have them in another zone; and
/// without the address of votes and watchers, which names the issue by whatever it was asked by.
pub fn plain(stream: &str, mut row: Value) -> Value {
    match stream {
        "issue_changelogs" => {
            // Once is enough: what is a number already stays.
            for name in ["created", "updated"] {
                if let Some(instant) = row[name].as_str().map(time::parse) {
                    row[name] = instant.into();
                }
            }
            row
        }
        "issue_votes" | "issue_watchers" => without(row, &["self"]),
        _ => row,
    }
}

fn issue(mut row: Value) -> Value {
    let fields = row["fields"].clone();
    row["projectId"] = fields["project"]["id"].clone();
    row["projectKey"] = fields["project"]["key"].clone();
    row["created"] = fields["created"].clone();
    row["updated"] = fields["updated"].clone();
    if let Some(comments) = fields["comment"]["comments"].as_array() {
        let start = comments.len().saturating_sub(EMBEDDED);
        row["fields"]["comment"]["comments"] = json!(comments[start..]);
        row["fields"]["comment"]["startAt"] = start.into();
        row["fields"]["comment"]["maxResults"] = (comments.len() - start).into();
    }
    if let Some(worklogs) = fields["worklog"]["worklogs"].as_array() {
        row["fields"]["worklog"]["worklogs"] = json!(worklogs[..worklogs.len().min(EMBEDDED)]);
    }
    row
}

fn child(stream: &str, issues: &Rows, mut row: Value) -> Value {
    let issue = &issues[&id(&row["issueId"])];
    row["issueKey"] = issue["key"].clone();
    match stream {
        "issue_comments" | "issue_worklogs" => {}
        "issue_changelogs" => row["updated"] = row["created"].clone(),
        _ => row["updated"] = issue["fields"]["updated"].clone(),
    }
    if stream == "issue_links" {
        let outward = row.get("outwardIssue").is_some();
        let other = row[if outward { "outwardIssue" } else { "inwardIssue" }].clone();
        row["direction"] = if outward { "outward" } else { "inward" }.into();
        row["linkedIssueId"] = other["id"].clone();
        row["linkedIssueKey"] = other["key"].clone();
    }
    row
}

/// A row for each issue, with all users who vote for it or watch it.
fn people(issues: &Rows, truth: &[Value], field: &str, count: &str, list: &str) -> Vec<Value> {
    let row = |(id, issue): (&String, &Value)| {
        let people: Vec<Value> =
            truth.iter().filter(|row| row["issueId"] == **id).map(|row| without(row.clone(), &["issueId"])).collect();
        let mut row = issue["fields"][field].clone();
        assert_eq!(row[count], people.len(), "the simulator counts otherwise than it lists");
        row[list] = people.into();
        row["issueId"] = issue["id"].clone();
        row["issueKey"] = issue["key"].clone();
        row["updated"] = issue["fields"]["updated"].clone();
        row
    };
    issues.iter().map(row).collect()
}

fn sprint_issue(issue: &Value, sprint: &Value, points: &[String]) -> Value {
    let extra: serde_json::Map<String, Value> = ["status", "created", "updated"]
        .into_iter()
        .chain(points.iter().map(String::as_str))
        .map(|name| (name.to_owned(), issue["fields"][name].clone()))
        .collect();
    json!({
        "id": format!("{}-{}", sprint["id"], id(&issue["id"])), "self": issue["self"], "key": issue["key"],
        "issueId": issue["id"], "sprintId": sprint["id"], "sprintName": sprint["name"], "sprintState": sprint["state"],
        "boardId": sprint["boardId"], "fields": extra, "created": issue["fields"]["created"],
        "updated": issue["fields"]["updated"],
    })
}

fn board_issue(issue: &Value, row: &Value) -> Value {
    let mut fields = issue["fields"].clone();
    fields.as_object_mut().expect("fields are an object").retain(|name, _| name == "created" || name == "updated");
    json!({
        "expand": issue["expand"], "id": issue["id"], "self": issue["self"], "key": issue["key"], "fields": fields,
        "boardId": row["boardId"], "created": issue["fields"]["created"], "updated": issue["fields"]["updated"],
    })
}

fn story_points(site: &Site) -> Vec<String> {
    let reported = |field: &Value| {
        let custom = field["schema"]["custom"].as_str().unwrap_or_default();
        let name = field["name"].as_str().unwrap_or_default();
        custom.ends_with(":jsw-story-points")
            || !custom.is_empty() && ["Story Points", "Story point estimate"].contains(&name)
    };
    site.truth("fields").iter().filter(|field| reported(field)).map(|field| id(&field["id"])).collect()
}

fn board(mut row: Value) -> Value {
    for name in ["projectId", "projectKey"] {
        let value = &row["location"][name];
        row[name] = if value.is_null() { Value::Null } else { id(value).into() };
    }
    row
}

fn without(mut row: Value, names: &[&str]) -> Value {
    let members = row.as_object_mut().expect("a row is an object");
    names.iter().for_each(|name| {
        members.remove(*name);
    });
    row
}

fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
