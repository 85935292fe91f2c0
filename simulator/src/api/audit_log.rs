//! The audit log's route. (Jira REST v3: `auditing/record`.)

use serde_json::{Value, json};

use super::permissions;
use super::route::{Anonymous, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::audit::record::{DELETED_ISSUE, Record};
use crate::time::{DAY, Millis, Zone, parse_stamp};

pub(super) const ROUTES: &[Route] =
    &[get("/rest/api/3/auditing/record", &["offset", "limit", "filter", "from", "to"], Anonymous::Refused, records)];

/// Address and source of the changes, as the log gives them.
const ADDRESS: &str = "203.0.113.7";
const SOURCE: &str = "Jira";

/// Newest first, a thousand by default; no maximum is known.
fn records(context: &Context<'_>) -> Answer {
    permissions::required(context, "ADMINISTER")?;
    let (offset, limit) = (context.request.number("offset", 0)?, context.request.number("limit", 1000)?);
    if offset < 0 || limit < 0 {
        return Err(Reply::refusal(400, "'offset' and 'limit' must not be negative."));
    }
    let kept = context.now - i64::from(context.scenario.site.audit_days) * DAY;
    let from = moment(context, "from", Millis::MIN)?;
    let to = moment(context, "to", Millis::MAX)?;
    let words: Vec<String> =
        context.request.parameter("filter").unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let mut found: Vec<&Record> = context.site.audit.iter().filter(|one| one.at >= kept.max(from)).collect();
    found.retain(|one| one.at <= to && words.iter().all(|word| matches(one, word)));
    found.sort_by_key(|one| std::cmp::Reverse((one.at, one.id)));
    let shown = found.iter().skip(offset as usize).take(limit as usize);
    let bodies: Vec<Value> = shown.map(|one| body(context, one)).collect();
    Ok(Reply::value(&json!({"offset": offset, "limit": limit, "total": found.len(), "records": bodies})))
}

/// A date with a time and an offset, or with neither, in UTC.
fn moment(context: &Context<'_>, name: &str, absent: Millis) -> Result<Millis, Reply> {
    let Some(text) = context.request.parameter(name).filter(|text| !text.is_empty()) else { return Ok(absent) };
    let found = [text, &format!("{text}Z"), &format!("{text}T00:00:00Z")].into_iter().find_map(parse_stamp);
    found.ok_or_else(|| Reply::refusal(400, format!("The value '{text}' of '{name}' is no date and time.")))
}

/// True if one of the fields that Jira's documentation names contains the word.
fn matches(record: &Record, word: &str) -> bool {
    let object = &record.object;
    let id = if object.type_name == "USER" { object.id.as_str() } else { "" };
    let parent = object.parent.as_ref().map_or("", |parent| parent.1.as_str());
    let plain = [record.summary, record.category, SOURCE, &object.name, id, parent, object.type_name, ADDRESS];
    let changed = record.changed.iter().flat_map(|(_, from, to)| [from.as_str(), to.as_str()]);
    plain.into_iter().chain(changed).any(|text| text.to_lowercase().contains(word))
}

fn body(context: &Context<'_>, record: &Record) -> Value {
    let object = &record.object;
    let mut item = json!({"name": object.name, "typeName": object.type_name});
    if let Some(id) = object_id(record, context.scenario.site.audit_object_ids) {
        item["id"] = json!(id);
    }
    if let Some((id, name)) = &object.parent {
        item["parentId"] = json!(id);
        item["parentName"] = json!(name);
    }
    let changed = record.changed.iter();
    let changed: Vec<Value> =
        changed.map(|(name, from, to)| json!({"fieldName": name, "changedFrom": from, "changedTo": to})).collect();
    let author = context.site.catalog.users.first().map(|user| &user.account_id);
    json!({"id": record.id, "summary": record.summary, "remoteAddress": ADDRESS, "authorAccountId": author,
        "created": Zone::utc().stamped(record.at), "category": record.category, "eventSource": SOURCE,
        "objectItem": item, "changedValues": changed, "associatedItems": []})
}

/// It isn't known whether Jira gives the ID of a deleted issue, so the scenario decides: the ID; or alternately nothing
/// and a number that belongs to no issue.
fn object_id(record: &Record, with_ids: bool) -> Option<String> {
    match record.object.type_name {
        DELETED_ISSUE if !with_ids && record.id.is_multiple_of(2) => None,
        DELETED_ISSUE if !with_ids => Some((9_000_000_000 + record.id).to_string()),
        _ => Some(record.object.id.clone()),
    }
}
