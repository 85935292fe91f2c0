//! Whether a site tells which feature flags issues have. No description of Jira's API knows the endpoint.

use super::job::{is_there, still};
use crate::{
    client::{Client, Error, Kind, Read, Request},
    config::Config,
    record::{Object, page},
    sync::scope::filter::Filter,
};
use serde_json::json;
use std::borrow::Cow;

/// Asks for those of one issue. Not found, or not permitted, says something only of an issue that is there; whatever else
/// comes in between is told by the scan.
pub async fn are_absent(client: &Client, config: &Config) -> bool {
    refused(client, config).await.unwrap_or(false)
}

async fn refused(client: &Client, config: &Config) -> Result<bool, Error> {
    let filter = Filter::resolve(client, config).await?;
    let search = json!({"jql": filter.jql.descending("created"), "fields": ["id"], "maxResults": 1});
    let found = client.call(&Request::post(Read::SearchJql, &search)).await?;
    let Some(issue) = first(&found.body) else { return Ok(false) };
    match client.call(&request(issue)).await {
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::Forbidden | Kind::Gone) => {
            let reply = client.call(&still(issue)).await?;
            Ok(is_there(&reply.body).unwrap_or(false))
        }
        _ => Ok(false),
    }
}

pub fn request(issue: u64) -> Request {
    Request::get("/rest/api/3/issue/{id}/featureflags", &[&issue.to_string()])
}

fn first(body: &str) -> Option<u64> {
    let page = page::split(body, "issues").ok()?;
    Object::parse(page.records.first()?).ok()?.id("id")?.parse().ok()
}

/// The flags of a reply: a list, or the one list that an object has.
pub fn split(body: &str) -> Result<Vec<Cow<'_, str>>, String> {
    if body.trim_start().starts_with('[') {
        return page::split(body, "").map(|page| page.records);
    }
    let object = Object::parse(body).map_err(|error| error.to_string())?;
    let mut lists = object.members.iter().filter(|(_, value)| value.get().starts_with('['));
    match (lists.next(), lists.next()) {
        (Some((name, _)), None) => page::split(body, name).map(|page| page.records),
        _ => Err("neither a list nor an object with one list".to_owned()),
    }
}
