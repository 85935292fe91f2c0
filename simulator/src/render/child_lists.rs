//! The children of an issue as lists of JSON texts, for the routes of one issue and for the truth.

use serde_json::{Value, json};

use super::Renderer;
use crate::json::Json;
use crate::site::indexed::Position;
use crate::site::issue::{Issue, Parts};
use crate::time::zulu;

/// All children of a kind; empty for unknown kinds.
pub(crate) fn children(renderer: &Renderer<'_>, entity: &str, at: Position) -> Vec<String> {
    let site = renderer.site;
    if let Some(recorded) = site.recorded.get(&at) {
        let field = |name: &str| recorded.field(name).as_array().cloned().unwrap_or_default();
        let values = match entity {
            "attachments" => field("attachment"),
            "issue_links" => field("issuelinks"),
            "remote_links" => recorded.remote_links.clone(),
            "sprint_issues" => {
                recorded.sprints().into_iter().map(|sprint| serde_json::json!({"sprint": sprint})).collect()
            }
            _ => Vec::new(),
        };
        return values.iter().map(Value::to_string).collect();
    }
    let issue = site.parts(at, Parts::NONE);
    let each = |count: usize, write: &dyn Fn(&mut Json, usize)| -> Vec<String> {
        (0..count)
            .map(|number| {
                let mut json = Json::default();
                write(&mut json, number);
                json.finish()
            })
            .collect()
    };
    match entity {
        "attachments" => {
            each(issue.attachments.len(), &|json, number| renderer.attachment(json, &issue.attachments[number]))
        }
        "issue_links" => split(|json| renderer.links(json, at)),
        "transitions" => split(|json| renderer.transitions(json, &issue)),
        "voters" => each(issue.votes.len(), &|json, number| renderer.user(json, issue.votes.get(number).copied())),
        "watchers" => {
            each(issue.watchers.len(), &|json, number| renderer.user(json, issue.watchers.get(number).copied()))
        }
        "remote_links" => each(issue.remote_links.len(), &|json, number| {
            renderer.remote_link(json, &issue, &issue.remote_links[number])
        }),
        "feature_flags" => flags(&issue),
        "properties" => each(issue.properties.len(), &|json, number| {
            let (key, value) = &issue.properties[number];
            json.object(|json| {
                json.key("key").string(key);
                json.key("value").raw(&value.to_string());
            });
        }),
        "sprint_issues" => {
            let sprints = site.catalog.sprints_of(&issue.sprints);
            sprints.map(|sprint| format!("{{\"sprint\":{}}}", sprint.inside)).collect()
        }
        _ => Vec::new(),
    }
}

/// In the form in which tools report them to Jira, since Jira's own form is not documented. (Jira Software REST:
/// feature flags.)
fn flags(issue: &Issue) -> Vec<String> {
    let flag = |number: u64| {
        let (id, on) = (issue.seed / 7 % 40 + number * 40, issue.seed.is_multiple_of(2));
        let (url, status) = (format!("https://flags.example.com/f/{id}"), json!({"enabled": on}));
        let changed = zulu(issue.indexed.created);
        json!({"id": format!("flag-{id}"), "key": format!("switch.{id}"), "displayName": format!("Switch {id}"),
            "status": status, "summary": {"url": url, "status": status, "lastUpdated": changed},
            "details": [{"url": url, "lastUpdated": changed, "status": status,
                "environment": {"name": "prod", "type": "production"}}]})
        .to_string()
    };
    let many = if issue.seed.is_multiple_of(7) { 1 + issue.seed % 2 } else { 0 };
    (0..many).map(flag).collect()
}

/// The entries of a list, one by one.
fn split(write: impl Fn(&mut Json)) -> Vec<String> {
    let mut json = Json::default();
    write(&mut json);
    let values: Vec<Value> = serde_json::from_str(&json.finish()).unwrap_or_default();
    values.iter().map(Value::to_string).collect()
}
