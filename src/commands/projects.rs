//! `projects`: what there is to put into the filter, and what the config makes of it.

use super::{check, grid, human};
use crate::{
    cli::{Format, Projects},
    client::{Request, SignIn, classify},
    config::{Config, Filters, near_miss},
    protocol::Failure,
    record::{Object, page},
};
use serde::Serialize;
use std::process::ExitCode;

/// Most that Jira gives at once.
const PAGE: usize = 100;
const TRIES: u32 = 2;

/// The list for programs.
#[derive(Debug, Serialize)]
struct Document<'a> {
    site: &'a str,
    projects: &'a [Row],
    /// What the config's `projects` could be.
    suggestion: Vec<&'a str>,
}

/// A project, or a key in the config without one.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    /// Whether the account sees it.
    visible: bool,
    name: String,
    /// `software`, `service desk`, `business`, or what else Jira says.
    #[serde(rename = "type")]
    kind: String,
    /// `company-managed` or `team-managed`.
    managed: &'static str,
    issues: Option<i64>,
    last_update: Option<String>,
    archived: bool,
    /// Whether the config reads it.
    wanted: bool,
    note: String,
}

pub fn run(options: &Projects) -> ExitCode {
    human::log(options.with.common.debug);
    let (path, format) = (options.with.config.clone(), options.format);
    human::run(async move {
        let (config, keeper) = human::config(&path)?;
        let sign_in = SignIn::new(&config, keeper)?;
        let rows = with_unseen(seen(&config, &sign_in).await?, &config.filters);
        match format {
            Format::Table => human::show(&text(&config, &rows)),
            Format::Json => {
                let (site, suggestion) = (config.site().host(), suggestion(&rows));
                human::show_json(&Document { site, projects: &rows, suggestion })
            }
        }
    })
}

/// Every project that the account sees.
async fn seen(config: &Config, sign_in: &SignIn<'_>) -> Result<Vec<Row>, Failure> {
    let client = check::patiently(config, sign_in, sign_in.connect(TRIES)).await?;
    let mut rows = Vec::new();
    let mut start = 0;
    loop {
        let request = Request::get("/rest/api/3/project/search", &[])
            .query("expand", "insight")
            .query("status", "live")
            .query("status", "archived")
            .query("orderBy", "key")
            .query("startAt", start.to_string())
            .query("maxResults", PAGE.to_string())
            .tries(TRIES);
        let reply = check::patiently(config, sign_in, async { Ok(client.call(&request).await?) }).await?;
        let page = page::split(&reply.body, "values").map_err(|why| classify::malformed(&request, why))?;
        start += page.records.len();
        let projects = page.records.iter().filter_map(|raw| Object::parse(raw).ok());
        rows.extend(projects.filter_map(|project| row(&project, &config.filters)));
        if page.records.is_empty() || page.is_last == Some(true) {
            return Ok(rows);
        }
    }
}

fn row(project: &Object<'_>, filters: &Filters) -> Option<Row> {
    let key = project.text("key")?.into_owned();
    let text = |name: &str| project.text(name).map(|text| text.into_owned()).unwrap_or_default();
    let insight = project.object("insight").unwrap_or_default();
    let archived = project.get("archived").is_some_and(|value| value.get() == "true");
    let chosen = filters.projects.is_empty() || filters.projects.contains(&key);
    let excluded = filters.exclude_projects.contains(&key);
    let left_out = archived && !filters.include_archived_projects;
    let note = match (excluded, archived) {
        (true, _) => "excluded",
        (false, true) => "archived",
        (false, false) => "",
    };
    Some(Row {
        visible: true,
        name: text("name"),
        kind: text("projectTypeKey").replace('_', " "),
        managed: if text("style") == "next-gen" { "team-managed" } else { "company-managed" },
        issues: insight.integer("totalIssueCount"),
        last_update: insight.text("lastIssueUpdateTime").map(|time| time.into_owned()),
        archived,
        wanted: chosen && !excluded && !left_out,
        note: note.to_owned(),
        key,
    })
}

/// The rows by key, and one for each key of the config that stands for none of them.
fn with_unseen(mut rows: Vec<Row>, filters: &Filters) -> Vec<Row> {
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let named = filters.projects.iter().chain(&filters.exclude_projects);
    let unseen: Vec<Row> =
        named.filter(|key| !keys.contains(&key.as_str())).map(|key| unseen(key, &keys, filters)).collect();
    rows.extend(unseen);
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    // A project comes on two pages if others change meanwhile.
    rows.dedup_by(|one, other| one.key == other.key);
    rows
}

fn unseen(key: &str, keys: &[&str], filters: &Filters) -> Row {
    let wanted = filters.projects.iter().any(|name| name == key);
    let state = if wanted { "not visible" } else { "excluded, but not visible" };
    let near = near_miss(key, keys).map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
    Row {
        key: key.to_owned(),
        visible: false,
        name: String::new(),
        kind: String::new(),
        managed: "",
        issues: None,
        last_update: None,
        archived: false,
        wanted: false,
        note: format!("{state}{near}"),
    }
}

/// Keys of what there is to read: live projects with issues, those included whose issues Jira does not count.
fn suggestion(rows: &[Row]) -> Vec<&str> {
    let worthwhile = rows.iter().filter(|row| row.visible && !row.archived && row.issues != Some(0));
    worthwhile.map(|row| row.key.as_str()).collect()
}

fn text(config: &Config, rows: &[Row]) -> String {
    let cells: Vec<[String; 7]> = rows.iter().map(cells).collect();
    let seen = rows.iter().filter(|row| row.visible).count();
    let wanted = rows.iter().filter(|row| row.wanted).count();
    let headings = ["key", "wanted", "issues", "last update", "name", "type", "note"];
    let keys: Vec<String> = suggestion(rows).into_iter().map(|key| format!("\"{key}\"")).collect();
    let site = config.site().host();
    if rows.is_empty() {
        return format!(
            "The account sees no project of {site}. Give it product access to Jira and the permission to browse projects.\n"
        );
    }
    let archived = if rows.iter().any(|row| row.note == "archived" && !config.filters.include_archived_projects) {
        " Issues of archived projects are read with \"include_archived_projects\": true."
    } else {
        ""
    };
    let line = match keys.as_slice() {
        [] => "No live project that the account sees has issues.".to_owned(),
        keys => format!("Live projects with issues, for the config:\n\n\"projects\": [{}]", keys.join(", ")),
    };
    let told = format!("The account sees {seen} project(s) of {site}; the config reads {wanted} of them.{archived}");
    format!("{}\n{}{line}\n", grid::table(headings, &cells), grid::paragraph(&told, 0))
}

fn cells(row: &Row) -> [String; 7] {
    let kind = format!("{}, {}", row.kind, row.managed);
    let date = row.last_update.as_deref().map(|time| time.chars().take(16).collect::<String>().replace('T', " "));
    [
        row.key.clone(),
        if row.wanted { "yes" } else { "no" }.to_owned(),
        row.issues.map(|count| count.to_string()).unwrap_or_default(),
        date.unwrap_or_default(),
        row.name.clone(),
        if row.visible { kind } else { String::new() },
        row.note.clone(),
    ]
}
