//! `projects`: the projects that the account has access to, and which of them the config's filter selects.

use super::{
    args::{ConfigArgs, Format},
    check, console, table,
};
use crate::{
    client::SignIn,
    config::{Config, Filters, near_miss},
    jira,
    protocol::{Failure, text::count},
    record::Object,
};
use serde::Serialize;
use std::process::ExitCode;

const TRIES: u32 = 2;

#[derive(Debug, clap::Args)]
pub struct ProjectsArgs {
    #[command(flatten)]
    pub with: ConfigArgs,
    /// Output format of the list
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The list as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    site: &'a str,
    projects: &'a [Row],
    /// A value for the option `projects`.
    suggestion: Vec<&'a str>,
}

/// A project, or a key in the config that belongs to no accessible project.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    /// Whether the account has access to it.
    visible: bool,
    name: String,
    /// `software`, `service desk`, `business`, or another type that Jira returns.
    #[serde(rename = "type")]
    kind: String,
    /// `company-managed` or `team-managed`.
    managed: &'static str,
    issues: Option<i64>,
    last_update: Option<String>,
    archived: bool,
    /// Whether the filter of the config selects it.
    selected: bool,
    note: String,
}

pub fn run(options: &ProjectsArgs) -> ExitCode {
    console::log(options.with.common.debug);
    let (path, format) = (options.with.config.clone(), options.format);
    console::run(async move {
        let (config, keeper) = console::config(&path)?;
        let sign_in = SignIn::new(&config, keeper)?;
        let rows = with_unknown_keys(accessible(&config, &sign_in).await?, &config.filters);
        match format {
            Format::Table => console::show(&text(&config, &rows)),
            Format::Json => {
                let (site, suggestion) = (config.site().host(), suggestion(&rows));
                console::show_json(&Document { site, projects: &rows, suggestion })
            }
        }
    })
}

/// Every project that the account has access to.
async fn accessible(config: &Config, sign_in: &SignIn<'_>) -> Result<Vec<Row>, Failure> {
    let client = check::within_time_limit(config, sign_in, sign_in.connect(TRIES)).await?;
    let mut pages = jira::projects::with_insight(&client, TRIES);
    let mut rows = Vec::new();
    while let Some(reply) = check::within_time_limit(config, sign_in, async { Ok(pages.next().await?) }).await? {
        let records = pages.records(&reply.body)?;
        let projects = records.iter().filter_map(|raw| Object::parse(raw).ok());
        rows.extend(projects.filter_map(|project| row(&project, &config.filters)));
    }
    Ok(rows)
}

fn row(project: &Object<'_>, filters: &Filters) -> Option<Row> {
    let key = project.text("key")?.into_owned();
    let text = |name: &str| project.text(name).map(|text| text.into_owned()).unwrap_or_default();
    let insight = project.object("insight").unwrap_or_default();
    let archived = project.get("archived").is_some_and(|value| value.get() == "true");
    let named = filters.projects.is_empty() || filters.projects.contains(&key);
    let excluded = filters.exclude_projects.contains(&key);
    let skipped = archived && !filters.include_archived_projects;
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
        selected: named && !excluded && !skipped,
        note: note.to_owned(),
        key,
    })
}

/// The rows, and one for each key of the config that belongs to none of them; sorted by key.
fn with_unknown_keys(mut rows: Vec<Row>, filters: &Filters) -> Vec<Row> {
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let named = filters.projects.iter().chain(&filters.exclude_projects);
    let unknown: Vec<Row> =
        named.filter(|key| !keys.contains(&key.as_str())).map(|key| unknown(key, &keys, filters)).collect();
    rows.extend(unknown);
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    // A project can be on two pages if the list changes between the requests.
    rows.dedup_by(|one, other| one.key == other.key);
    rows
}

fn unknown(key: &str, keys: &[&str], filters: &Filters) -> Row {
    let selected = filters.projects.iter().any(|name| name == key);
    let state = if selected { "not found, or no access" } else { "excluded, but not found" };
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
        selected: false,
        note: format!("{state}{near}"),
    }
}

/// The keys of the live projects with issues. A project whose issues Jira does not count is assumed to have some.
fn suggestion(rows: &[Row]) -> Vec<&str> {
    let with_issues = rows.iter().filter(|row| row.visible && !row.archived && row.issues != Some(0));
    with_issues.map(|row| row.key.as_str()).collect()
}

fn text(config: &Config, rows: &[Row]) -> String {
    let cells: Vec<[String; 7]> = rows.iter().map(cells).collect();
    let visible = rows.iter().filter(|row| row.visible).count();
    let selected = rows.iter().filter(|row| row.selected).count();
    let headings = ["key", "selected", "issues", "last update", "name", "type", "note"];
    let keys: Vec<String> = suggestion(rows).into_iter().map(|key| format!("\"{key}\"")).collect();
    let site = config.site().host();
    if rows.is_empty() {
        return format!(
            "The account has access to no project of {site}. Give it product access to Jira and the permission Browse projects.\n"
        );
    }
    let archived = if rows.iter().any(|row| row.note == "archived" && !config.filters.include_archived_projects) {
        " To read archived projects too, set \"include_archived_projects\": true."
    } else {
        ""
    };
    let line = match keys.as_slice() {
        [] => "No live project that the account has access to has issues.".to_owned(),
        keys => format!(
            "To select all live projects with issues, put this into the config:\n\n\"projects\": [{}]",
            keys.join(", ")
        ),
    };
    let visible = count(visible, "project");
    let summary = format!("The account has access to {visible} of {site}; the config selects {selected}.{archived}");
    format!("{}\n{}{line}\n", table::table(headings, &cells), table::paragraph(&summary, 0))
}

fn cells(row: &Row) -> [String; 7] {
    let kind = format!("{}, {}", row.kind, row.managed);
    let date = row.last_update.as_deref().map(|time| time.chars().take(16).collect::<String>().replace('T', " "));
    [
        row.key.clone(),
        if row.selected { "yes" } else { "no" }.to_owned(),
        row.issues.map(|count| count.to_string()).unwrap_or_default(),
        date.unwrap_or_default(),
        row.name.clone(),
        if row.visible { kind } else { String::new() },
        row.note.clone(),
    ]
}
