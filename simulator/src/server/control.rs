//! Control routes for other processes, under `/_sim/`. The server listens on the local interface only.

use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Request;
use super::state::State;
use crate::scenario::Scenario;
use crate::site::edit::Edit;
use crate::time::parse_stamp;
use crate::truth::summary::summary;
use crate::truth::{self, ENTITIES};

pub(crate) fn answer(state: &State, request: &Request) -> Reply {
    let path = request.path.trim_start_matches("/_sim").trim_matches('/');
    match (request.method.as_str(), path) {
        ("GET", "log") => Reply::value(&json!(*state.log())),
        ("DELETE", "log") => {
            state.log().reset();
            Reply::value(&json!({}))
        }
        ("GET", "summary") => Reply::value(&json!(summary(&state.site()))),
        ("GET", "scenario") => Reply::value(&json!(*state.scenario())),
        ("PUT", "scenario") => scenario(state, request),
        ("POST", "edits") => edits(state, request),
        ("GET", "clock") => Reply::value(&json!({"now": state.site().clock.now()})),
        ("PUT", "clock") => clock(state, request),
        ("GET", "missing_issues") => Reply::value(&json!({"issues": state.site().missing_issues()})),
        ("GET", "deleted_children") => Reply::value(&json!({"children": state.site().deleted_children()})),
        ("GET", "key_history") => Reply::value(&json!({"moves": state.site().moves})),
        ("GET", path) if path.starts_with("truth/") => truth(state, request, &path["truth/".len()..]),
        _ => Reply::refusal(404, "No such control."),
    }
}

fn scenario(state: &State, request: &Request) -> Reply {
    match Scenario::parse(&String::from_utf8_lossy(&request.body)) {
        Ok(scenario) => {
            state.set_scenario(scenario);
            Reply::value(&json!(*state.scenario()))
        }
        Err(error) => Reply::refusal(400, error.to_string()),
    }
}

/// `{"count": 50, "seed": 1}`, the same with `"history": true`, or `{"edits": [{"kind": "add_comment", "issue": "CORE-1"}]}`.
fn edits(state: &State, request: &Request) -> Reply {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if let Some(count) = body["count"].as_u64() {
        let seed = body["seed"].as_u64().unwrap_or(1);
        let (count, mut site) = (count.min(1_000_000) as u32, state.site_to_edit());
        let history = body["history"] == true;
        let edits = if history { site.random_history(count, seed) } else { site.random_edits(count, seed) };
        return Reply::value(&json!({"edits": edits}));
    }
    let edits: Vec<Edit> = match serde_json::from_value(body["edits"].clone()) {
        Ok(edits) => edits,
        Err(error) => return Reply::refusal(400, error.to_string()),
    };
    let mut done = Vec::new();
    for edit in edits {
        match state.site_to_edit().apply(edit) {
            Ok(edited) => done.push(edited),
            Err(error) => return Reply::refusal(400, error.to_string()),
        }
    }
    Reply::value(&json!({"edits": done}))
}

/// `{"now": "2026-06-29T21:50:00.000Z"}` or `{"advance_seconds": 90}`.
fn clock(state: &State, request: &Request) -> Reply {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let site = state.site();
    if let Some(seconds) = body["advance_seconds"].as_i64() {
        site.clock.advance(seconds * 1000);
    } else if let Some(now) = body["now"].as_i64().or_else(|| body["now"].as_str().and_then(parse_stamp)) {
        site.clock.set(now);
    } else {
        return Reply::refusal(400, "Give 'now' or 'advance_seconds'.");
    }
    Reply::value(&json!({"now": site.clock.now()}))
}

fn truth(state: &State, request: &Request, entity: &str) -> Reply {
    if !ENTITIES.contains(&entity) {
        return Reply::refusal(404, format!("No entity '{entity}'. There are: {}.", ENTITIES.join(", ")));
    }
    let hidden = request.parameter("hidden") == Some("true");
    let lines = truth::lines(&state.site(), entity, hidden);
    Reply { kind: "application/x-ndjson", ..Reply::json(lines) }
}
