//! Writes a recorded issue: the selected fields, and embedded lists with Jira's limits.

use serde_json::{Value, json};

use super::caps::Caps;
use super::selection::Selection;
use crate::site::Site;
use crate::site::recorded::Recorded;

/// The issue as a page has it: the selected fields, and embedded lists with Jira's limits.
pub(super) fn render(site: &Site, recorded: &Recorded, selection: &Selection, caps: Caps) -> String {
    if selection.bare() {
        return json!({"id": recorded.issue["id"]}).to_string();
    }
    let mut issue = recorded.issue.clone();
    if let Some(fields) = issue["fields"].as_object_mut() {
        fields.retain(|name, _| selection.holds(&site.catalog, name));
        for (name, children, cap, newest) in [
            ("comment", &recorded.comments, caps.comments, true),
            ("worklog", &recorded.worklogs, caps.worklogs, false),
        ] {
            if let Some(page) = fields.get_mut(name) {
                cut(page, &format!("{name}s"), children, cap, newest);
            }
        }
    }
    if selection.fieldless
        && let Some(issue) = issue.as_object_mut()
    {
        issue.remove("fields");
    }
    let embedded = issue["changelog"]["histories"].as_array().map(Vec::len);
    if selection.changelog && embedded == Some(recorded.histories.len()) && recorded.histories.len() <= caps.histories {
        return issue.to_string();
    }
    if selection.changelog {
        let mut shown = recorded.histories.clone();
        shown.reverse();
        shown.truncate(caps.histories);
        issue["changelog"] =
            json!({"startAt": 0, "maxResults": shown.len(), "total": recorded.histories.len(), "histories": shown});
    } else if let Some(issue) = issue.as_object_mut() {
        issue.remove("changelog");
    }
    issue.to_string()
}

/// Replaces the embedded list, unless it is complete already.
fn cut(page: &mut Value, name: &str, children: &[Value], cap: usize, newest: bool) {
    let there = page[name].as_array().map(Vec::len);
    if there == Some(children.len()) && children.len() <= cap || !page.is_object() {
        return;
    }
    let start = if newest { children.len().saturating_sub(cap) } else { 0 };
    let shown = &children[start..children.len().min(start.saturating_add(cap))];
    page[name] = json!(shown);
    page["total"] = json!(children.len());
    page["startAt"] = json!(start);
    page["maxResults"] = json!(shown.len());
}
