//! Edits over time: created, changed and deleted entities, and what the site reports about them.

mod audit;
mod golden;
mod index;
mod issues;
mod lists;
mod missing;
mod projects;
mod random;
mod zone;

use serde_json::{Value, json};

use crate::client::Client;

/// One edit through the control route.
pub fn done(jira: &Client, edit: Value) -> Value {
    let reply = jira.post("/_sim/edits", &json!({"edits": [edit]}));
    assert_eq!(reply.status, 200, "{edit}: {}", reply.text());
    reply.json()["edits"][0].clone()
}

pub fn refused(jira: &Client, edit: Value) {
    let reply = jira.post("/_sim/edits", &json!({"edits": [edit]}));
    assert_eq!(reply.status, 400, "{edit}: {}", reply.text());
}

pub fn issue(jira: &Client, id: &str) -> Value {
    jira.get(&format!("/rest/api/3/issue/{id}?expand=changelog")).json()
}

/// What a bulk read returns for these IDs.
pub fn bulk(jira: &Client, ids: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for some in ids.chunks(100) {
        let body = json!({"issueIdsOrKeys": some, "fields": ["summary"]});
        let reply = jira.post("/rest/api/3/issue/bulkfetch", &body).json();
        found.extend(crate::client::ids(reply["issues"].as_array().unwrap()));
    }
    found
}

pub fn count(jira: &Client, jql: &str) -> u64 {
    jira.post("/rest/api/3/search/approximate-count", &json!({"jql": jql})).json()["count"].as_u64().unwrap()
}
