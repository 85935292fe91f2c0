//! A site of recorded entities, served as they were recorded.
//!
//! The folder holds JSON Lines: `issues.jsonl` (issues with embedded `comment`, `worklog` and `changelog`),
//! `changelogs.jsonl`, `worklogs.jsonl` and `remotelinks.jsonl` (`{"issue_id": …, "body": …}`), and the bodies of
//! `projects.jsonl`, `sprints.jsonl`, `statuses.jsonl`, `users.jsonl` and `issue_types.jsonl`. Only the first is
//! needed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Site;
use super::catalog::{Catalog, Field, IssueType, Kind, Lists, Named, Place, Project, ProjectState, Sprint, User};
use super::indexed::{IndexedIssue, NONE};
use super::options::SiteOptions;
use super::recorded::{Recorded, number};
use crate::error::Error;
use crate::time::parse_stamp;

impl Site {
    /// A site of recorded entities.
    pub fn from_records(folder: &Path) -> Result<Self, Error> {
        load(folder)
    }
}

fn load(folder: &Path) -> Result<Site, Error> {
    let mut site = Site::empty(&SiteOptions::default());
    super::generate::fields::fields(&mut site.catalog, false);
    // Custom fields of a generated site don't apply; the records have their own.
    site.catalog.fields.retain(|field| field.kind == Kind::System);
    let catalog = &mut site.catalog;
    catalog.users = lines(folder, "users")?.into_iter().map(user).collect();
    if catalog.users.is_empty() {
        catalog.users.push(user(json!({"accountId": "5f0000000000000000000001", "displayName": "Sim Account", "active": true, "accountType": "atlassian"})));
    }
    catalog.statuses = lines(folder, "statuses")?.into_iter().map(named).collect();
    catalog.issue_types = lines(folder, "issue_types")?.into_iter().map(issue_type).collect();
    catalog.sprints = lines(folder, "sprints")?.into_iter().map(sprint).collect();
    for body in lines(folder, "projects")? {
        project(catalog, body);
    }
    let mut issues = lines(folder, "issues")?;
    if issues.is_empty() {
        return Err(Error::new(format!("{}: no issues", folder.join("issues.jsonl").display())));
    }
    issues.sort_by_key(|issue| number(&issue["id"]));
    let mut children =
        [by_issue(folder, "worklogs")?, by_issue(folder, "changelogs")?, by_issue(folder, "remotelinks")?];
    for issue in issues {
        add(&mut site, issue, &mut children);
    }
    site.next.issue = site.issues.last().map_or(10_000, |indexed| indexed.id + 1);
    Ok(site)
}

fn lines(folder: &Path, name: &str) -> Result<Vec<Value>, Error> {
    let file = folder.join(format!("{name}.jsonl"));
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&file).map_err(|error| Error::new(format!("{}: {error}", file.display())))?;
    let parse = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| Error::new(format!("{}:{}: {error}", file.display(), at + 1)))
    };
    text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect()
}

/// Bodies by the issue they belong to.
fn by_issue(folder: &Path, name: &str) -> Result<HashMap<u64, Vec<Value>>, Error> {
    let mut found: HashMap<u64, Vec<Value>> = HashMap::new();
    for mut line in lines(folder, name)? {
        found.entry(number(&line["issue_id"])).or_default().push(line["body"].take());
    }
    Ok(found)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_string)
}

fn user(body: Value) -> User {
    let (account_id, name) = (text(&body["accountId"]), text(&body["displayName"]));
    User { account_id, name, active: body["active"].as_bool().unwrap_or(false), inside: body.to_string(), body }
}

fn named(body: Value) -> Named {
    Named { id: text(&body["id"]), name: text(&body["name"]), project: None, inside: body.to_string(), body }
}

fn issue_type(body: Value) -> IssueType {
    let level = body["hierarchyLevel"].as_i64().unwrap_or(0) as i8;
    IssueType { subtask: body["subtask"].as_bool().unwrap_or(false), level, named: named(body) }
}

fn sprint(body: Value) -> Sprint {
    let state = match body["state"].as_str() {
        Some("active") => "active",
        Some("future") => "future",
        _ => "closed",
    };
    Sprint { id: number(&body["id"]), name: text(&body["name"]), state, inside: body.to_string(), body }
}

fn project(catalog: &mut Catalog, body: Value) -> Place {
    let place = catalog.projects.len() as Place;
    let key = text(&body["key"]);
    catalog.project_by_key.insert(key.to_uppercase(), place);
    catalog.projects.push(Project {
        id: number(&body["id"]),
        key,
        name: text(&body["name"]),
        type_key: text(&body["projectTypeKey"]),
        simplified: body["simplified"].as_bool().unwrap_or(false),
        state: if body["archived"] == true { ProjectState::Archived } else { ProjectState::Live },
        browsable: true,
        description: text(&body["description"]),
        lead: None,
        inside: body.to_string(),
        body,
        issue_types: Vec::new(),
        statuses: Vec::new(),
        components: Vec::new(),
        versions: Vec::new(),
        sprints: Vec::new(),
    });
    place
}

fn add(site: &mut Site, issue: Value, children: &mut [HashMap<u64, Vec<Value>>; 3]) {
    let fields = &issue["fields"];
    let id = number(&issue["id"]);
    let key = text(&issue["key"]);
    let (project_key, key_number) = key.rsplit_once('-').unwrap_or((&key, "0"));
    let place = match site.catalog.project_by_key.get(&project_key.to_uppercase()) {
        Some(place) => *place,
        None => project(&mut site.catalog, fields["project"].clone()),
    };
    let at = site.issues.len() as u32;
    let number_in_key: u32 = key_number.parse().unwrap_or(0);
    site.numbers.resize(site.catalog.projects.len(), Vec::new());
    let slots = &mut site.numbers[place as usize];
    if slots.len() < number_in_key as usize {
        slots.resize(number_in_key as usize, NONE);
    }
    if let Some(slot) = slots.get_mut((number_in_key as usize).wrapping_sub(1)) {
        *slot = at;
    }
    let moment = |name: &str| fields[name].as_str().and_then(parse_stamp);
    let created = moment("created").unwrap_or(0);
    let known = |found: Option<usize>| found.map_or(u16::MAX, |at| at as u16);
    let status = fields["status"]["id"].as_str();
    let kind = fields["issuetype"]["id"].as_str();
    let person = |name: &str| site.catalog.user(fields[name]["accountId"].as_str().unwrap_or("-")).unwrap_or(NONE);
    site.issues.push(IndexedIssue {
        id,
        created,
        updated: moment("updated").unwrap_or(created),
        project: place,
        number: number_in_key,
        issue_type: known(site.catalog.issue_types.iter().position(|one| Some(one.named.id.as_str()) == kind)),
        status: known(site.catalog.statuses.iter().position(|one| Some(one.id.as_str()) == status)),
        assignee: person("assignee"),
        reporter: person("reporter"),
        ..IndexedIssue::EMPTY
    });
    own_fields(&mut site.catalog, fields);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut histories = list(&issue["changelog"]["histories"]);
    let stamp = |one: &Value| one["created"].as_str().and_then(parse_stamp).unwrap_or(0);
    extend(&mut histories, children[1].remove(&id));
    histories.sort_by_key(|one| (stamp(one), number(&one["id"])));
    let mut worklogs = list(&fields["worklog"]["worklogs"]);
    extend(&mut worklogs, children[0].remove(&id));
    worklogs.sort_by_key(|one| (stamp(one), number(&one["id"])));
    let comments = list(&fields["comment"]["comments"]);
    let remote_links = children[2].remove(&id).unwrap_or_default();
    site.recorded.insert(at, Arc::new(Recorded { issue, comments, worklogs, histories, remote_links }));
}

/// Adds the entries of separate files; they replace embedded ones with the same ID.
fn extend(list: &mut Vec<Value>, more: Option<Vec<Value>>) {
    for one in more.unwrap_or_default() {
        list.retain(|known| known["id"] != one["id"]);
        list.push(one);
    }
}

/// Adds the fields that only the records have to the catalog.
fn own_fields(catalog: &mut Catalog, fields: &Value) {
    for id in fields.as_object().into_iter().flat_map(|fields| fields.keys()) {
        if catalog.field(id).is_none() {
            let custom = id.starts_with("customfield_");
            let body = json!({"id": id, "key": id, "name": id, "custom": custom, "orderable": true, "navigable": true,
                "searchable": true, "clauseNames": [id], "schema": {"type": "any"}});
            let kind = Kind::Text;
            catalog.fields.push(Field {
                id: id.clone(),
                name: id.clone(),
                kind,
                navigable: true,
                project: None,
                type_key: None,
                lists: Lists::Both,
                without_context: false,
                body,
            });
        }
    }
}
