//! Generates screens with tabs of the site's fields, and screen schemes.

use serde_json::json;

use super::access::scope;
use crate::site::catalog::{Catalog, Place, Screen, Tab};

/// Jira's default screens, with the fields on their first tab.
const OWN: [(&str, &str, &[&str]); 3] = [
    (
        "Default Screen",
        "Allows to update all system fields.",
        &[
            "summary",
            "issuetype",
            "security",
            "priority",
            "duedate",
            "components",
            "versions",
            "fixVersions",
            "assignee",
        ],
    ),
    ("Workflow Screen", "This screen is used in the workflow and enables you to assign issues", &["assignee"]),
    ("Resolve Issue Screen", "Allows to set resolution.", &["resolution", "fixVersions", "assignee"]),
];

/// Runs after the fields, which the screens contain.
pub(super) fn screens(catalog: &mut Catalog) {
    for (name, description, fields) in OWN {
        let shown = fields.iter().filter_map(|id| place_of(catalog, id)).collect();
        push(catalog, name.into(), description, vec![("Field Tab", shown)], None);
    }
    // Jira gives each screen a tab, but lets it be deleted.
    push(catalog, "Leftover".into(), "", Vec::new(), None);
    for place in 0..catalog.projects.len() as Place {
        let project = &catalog.projects[place as usize];
        let key = project.key.clone();
        if project.simplified {
            push(catalog, format!("{key}: Screen"), "", vec![("Fields", own_fields(catalog, place))], Some(place));
            continue;
        }
        let custom = custom_fields(catalog, place);
        let shown: Vec<Place> =
            ["summary", "description", "labels"].iter().filter_map(|id| place_of(catalog, id)).collect();
        let first = push(
            catalog,
            format!("{key}: Default Issue Screen"),
            "",
            vec![("Field Tab", shown.clone()), ("Détails \"ü\"", custom), ("Empty", Vec::new())],
            None,
        );
        let second = push(catalog, format!("{key}: Bug Screen"), "", vec![("Field Tab", shown)], None);
        scheme(catalog, place, first, second);
    }
}

fn place_of(catalog: &Catalog, id: &str) -> Option<Place> {
    catalog.fields.iter().position(|field| field.id == id).map(|at| at as Place)
}

fn own_fields(catalog: &Catalog, project: Place) -> Vec<Place> {
    let fields = catalog.fields.iter().enumerate();
    fields.filter(|(_, field)| field.project == Some(project)).map(|(at, _)| at as Place).collect()
}

/// Every sixth of the shared fields, a different set for each project.
fn custom_fields(catalog: &Catalog, project: Place) -> Vec<Place> {
    let shared = |id: &str, own: Option<Place>| id.starts_with("customfield_") && own.is_none();
    let fields = catalog.fields.iter().enumerate().filter(|(_, field)| shared(&field.id, field.project));
    fields.map(|(at, _)| at as Place).filter(|at| at % 6 == project % 6).collect()
}

/// Adds a screen and returns its ID, counted from 1 for Jira's default screens and from 10000 for others.
fn push(
    catalog: &mut Catalog,
    name: String,
    description: &str,
    tabs: Vec<(&str, Vec<Place>)>,
    project: Option<Place>,
) -> u64 {
    let number = catalog.screens.len() as u64;
    let id = if number < OWN.len() as u64 { number + 1 } else { 10_000 + number };
    let mut body = json!({"id": id, "name": name, "description": description});
    if let Some(place) = project {
        body["scope"] = scope(catalog, place);
    }
    let first = 10_000 + catalog.screens.iter().map(|screen| screen.tabs.len() as u64).sum::<u64>();
    let tabs = tabs.into_iter().zip(first..).map(|((name, fields), id)| Tab { id, name: name.into(), fields });
    let tabs = tabs.collect();
    catalog.screens.push(Screen { id, tabs, body });
    id
}

fn scheme(catalog: &mut Catalog, project: Place, first: u64, second: u64) {
    let (id, key) = (10_000 + u64::from(project), &catalog.projects[project as usize].key);
    let mut screens = json!({"default": first});
    if project.is_multiple_of(2) {
        screens = json!({"default": first, "create": second, "edit": first, "view": first});
    }
    let name = format!("{key}: Screen Scheme");
    let users = json!({"isLast": true, "maxResults": 100, "startAt": 0, "total": 1, "values":
        [{"id": id.to_string(), "name": format!("{key}: Issue Type Screen Scheme"), "description": ""}]});
    catalog.screen_schemes.push(json!({"id": id, "name": name, "description": "", "screens": screens,
        "issueTypeScreenSchemes": users}));
}
