//! What stands around projects: their types, pictures, sender addresses and security levels.

use serde_json::{Value, json};

use super::project::named;
use super::routes::{Nobody, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::{Place, Project};

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/project/type", &[], Nobody::Same, |_| Ok(Reply::value(&json!(types())))),
    get("/rest/api/3/project/{projectIdOrKey}/avatars", &[], Nobody::NotFound, |context| {
        let (system, custom) = pictures(context.site, named(context, false)?);
        Ok(Reply::value(&json!({"system": system, "custom": custom})))
    }),
    get("/rest/api/3/project/{projectId}/email", &[], Nobody::NotFound, sender),
    get("/rest/api/3/project/{projectKeyOrId}/securitylevel", &[], Nobody::NotFound, levels),
    get("/rest/api/3/avatar/{type}/system", &[], Nobody::Same, |context| {
        let kind = KINDS.iter().find(|kind| **kind == context.segment(0));
        let kind = kind.ok_or_else(|| Reply::refusal(404, "There are no avatars of this type."))?;
        Ok(Reply::value(&json!({"system": system(context.site, kind)})))
    }),
];

const KINDS: [&str; 4] = ["issuetype", "project", "user", "priority"];

/// How many pictures come with Jira, by type; their ids begin anew for each.
const PICTURES: u64 = 9;

fn types() -> Vec<Value> {
    let kinds = [
        ("business", "Business", "#1D7AFC"),
        ("software", "Software", "#6554C0"),
        ("service_desk", "Service management", "#FF5630"),
        ("product_discovery", "Product discovery", "#FFAB00"),
    ];
    let kind = |(key, name, color): (&str, &str, &str)| {
        json!({"key": key, "formattedKey": name, "descriptionI18nKey": format!("jira.project.type.{key}.description"),
            "icon": "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=", "color": color})
    };
    kinds.into_iter().map(kind).collect()
}

fn picture(site: &Site, kind: &str, id: u64) -> Value {
    let at = |size: &str| {
        format!("{}/rest/api/3/universal_avatar/view/type/{kind}/avatar/{id}?size={size}", site.catalog.base_url)
    };
    let urls = json!({"16x16": at("xsmall"), "24x24": at("small"), "32x32": at("medium"), "48x48": at("large")});
    json!({"id": id.to_string(), "isSystemAvatar": true, "isSelected": false, "isDeletable": false, "urls": urls})
}

fn system(site: &Site, kind: &str) -> Vec<Value> {
    let named = |id: u64| {
        let mut picture = picture(site, kind, id);
        picture["fileName"] = json!(format!("{kind}-{id}.svg"));
        picture
    };
    (10_400..10_400 + PICTURES).map(named).collect()
}

/// Those that come with Jira, and those that were uploaded. One of them is in use.
fn pictures(site: &Site, place: Place) -> (Vec<Value>, Vec<Value>) {
    let project = &site.catalog.projects[place as usize];
    let mut system = system(site, "project");
    let mut custom = Vec::new();
    if place.is_multiple_of(3) {
        let mut picture = picture(site, "project", 11_000 + u64::from(place));
        picture["owner"] = json!(project.id.to_string());
        picture["isSystemAvatar"] = json!(false);
        picture["isDeletable"] = json!(true);
        custom.push(picture);
    }
    let used = custom.first_mut().or(system.first_mut());
    if let Some(used) = used {
        used["isSelected"] = json!(true);
    }
    (system, custom)
}

/// Not there for ideas; with the state of the address where the domain is the customer's own.
fn address(project: &Project) -> Option<Value> {
    match project.type_key.as_str() {
        "product_discovery" => None,
        "service_desk" => Some(json!({"emailAddress": format!("{}@help.example.com", project.key.to_lowercase()),
            "emailAddressStatus": ["Email address or domain not verified."]})),
        _ => Some(json!({"emailAddress": "jira@simulator.atlassian.net"})),
    }
}

/// Only by the project's id. (Jira REST v3: `project/{projectId}/email`.)
fn sender(context: &Context<'_>) -> Answer {
    let nothing = || Reply::refusal(404, "The project or its sender email address was not found.");
    if context.segment(0).parse::<u64>().is_err() {
        return Err(nothing());
    }
    let project = &context.site.catalog.projects[named(context, false)? as usize];
    address(project).map(|address| Reply::value(&address)).ok_or_else(nothing)
}

/// None for who may not set them. (Jira REST v3: `securitylevel`.)
fn levels(context: &Context<'_>) -> Answer {
    let place = named(context, false)?;
    let all = context.site.catalog.security_levels.get(&place).cloned().unwrap_or_default();
    let may = context.scenario.account.may("SET_ISSUE_SECURITY");
    Ok(Reply::value(&json!({"levels": if may { all } else { Vec::new() }})))
}

/// By projects whose lists the account may read, with a member that says which.
fn of_projects(site: &Site, rows: impl Fn(Place) -> Vec<Value>) -> Vec<Value> {
    let places = (0..site.catalog.projects.len() as Place).filter(|place| site.open(*place));
    let with_project = |place: Place| {
        let mut rows = rows(place);
        for row in &mut rows {
            row["projectId"] = json!(site.catalog.projects[place as usize].id.to_string());
        }
        rows
    };
    places.flat_map(with_project).collect()
}

pub(crate) fn types_truth() -> Vec<Value> {
    types()
}

pub(crate) fn avatars_truth(site: &Site) -> Vec<Value> {
    let with_type = |kind: &str| {
        let mut pictures = system(site, kind);
        pictures.iter_mut().for_each(|picture| picture["type"] = json!(kind));
        pictures
    };
    KINDS.into_iter().flat_map(with_type).collect()
}

pub(crate) fn project_avatars_truth(site: &Site) -> Vec<Value> {
    of_projects(site, |place| {
        let (system, custom) = pictures(site, place);
        system.into_iter().chain(custom).collect()
    })
}

pub(crate) fn addresses_truth(site: &Site) -> Vec<Value> {
    of_projects(site, |place| address(&site.catalog.projects[place as usize]).into_iter().collect())
}

pub(crate) fn levels_truth(site: &Site) -> Vec<Value> {
    of_projects(site, |place| site.catalog.security_levels.get(&place).cloned().unwrap_or_default())
}
