//! Project types, avatars, sender addresses and security levels.

use serde_json::{Value, json};

use super::project::named;
use super::route::{Anonymous, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::{Place, Project};

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/project/type", &[], Anonymous::Same, |_| Ok(Reply::value(&json!(types())))),
    get("/rest/api/3/project/{projectIdOrKey}/avatars", &[], Anonymous::NotFound, |context| {
        let (system, custom) = pictures(context.site, named(context, false)?);
        Ok(Reply::value(&json!({"system": system, "custom": custom})))
    }),
    get("/rest/api/3/project/{projectId}/email", &[], Anonymous::NotFound, sender),
    get("/rest/api/3/project/{projectKeyOrId}/securitylevel", &[], Anonymous::NotFound, levels),
    get("/rest/api/3/avatar/{type}/system", &[], Anonymous::Same, |context| {
        let kind = KINDS.iter().find(|kind| **kind == context.segment(0));
        let kind = kind.ok_or_else(|| Reply::refusal(404, "There are no avatars of this type."))?;
        Ok(Reply::value(&json!({"system": system(context.site, kind)})))
    }),
];

pub(crate) const KINDS: [&str; 4] = ["issuetype", "project", "user", "priority"];

/// Number of system avatars per type; the IDs start at the same number for each type.
const PICTURES: u64 = 9;

pub(crate) fn types() -> Vec<Value> {
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

pub(crate) fn system(site: &Site, kind: &str) -> Vec<Value> {
    let named = |id: u64| {
        let mut picture = picture(site, kind, id);
        picture["fileName"] = json!(format!("{kind}-{id}.svg"));
        picture
    };
    (10_400..10_400 + PICTURES).map(named).collect()
}

/// System avatars and uploaded ones. One of them is in use.
pub(crate) fn pictures(site: &Site, place: Place) -> (Vec<Value>, Vec<Value>) {
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

/// Missing for product discovery projects; with a status if the address has a custom domain.
pub(crate) fn address(project: &Project) -> Option<Value> {
    match project.type_key.as_str() {
        "product_discovery" => None,
        "service_desk" => Some(json!({"emailAddress": format!("{}@help.example.com", project.key.to_lowercase()),
            "emailAddressStatus": ["Email address or domain not verified."]})),
        _ => Some(json!({"emailAddress": "jira@simulator.atlassian.net"})),
    }
}

/// The path accepts the project ID only. (Jira REST v3: `project/{projectId}/email`.)
fn sender(context: &Context<'_>) -> Answer {
    let nothing = || Reply::refusal(404, "The project or its sender email address was not found.");
    if context.segment(0).parse::<u64>().is_err() {
        return Err(nothing());
    }
    let project = &context.site.catalog.projects[named(context, false)? as usize];
    address(project).map(|address| Reply::value(&address)).ok_or_else(nothing)
}

/// Empty for accounts without the permission to set issue security. (Jira REST v3: `securitylevel`.)
fn levels(context: &Context<'_>) -> Answer {
    let place = named(context, false)?;
    let all = context.site.catalog.security_levels.get(&place).cloned().unwrap_or_default();
    let may = context.scenario.account.may("SET_ISSUE_SECURITY");
    Ok(Reply::value(&json!({"levels": if may { all } else { Vec::new() }})))
}
