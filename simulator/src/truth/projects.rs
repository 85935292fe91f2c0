//! Projects and what belongs to them: avatars, sender addresses, security levels.

use serde_json::{Value, json};

use crate::api::project::body;
use crate::api::project_details::{KINDS, address, pictures, system};
use crate::site::Site;
use crate::site::catalog::Place;

/// Projects of every state that the account may browse, with all properties of `expand`.
pub(super) fn projects(site: &Site, hidden: bool) -> Vec<Value> {
    let expand = ["description", "lead", "url", "projectKeys", "issueTypes", "insight"].map(str::to_string);
    let places = 0..site.catalog.projects.len() as Place;
    places.filter(|place| hidden || site.browsable(*place)).map(|place| body(site, place, &expand)).collect()
}

pub(super) fn avatars(site: &Site) -> Vec<Value> {
    let with_type = |kind: &str| {
        let mut pictures = system(site, kind);
        pictures.iter_mut().for_each(|picture| picture["type"] = json!(kind));
        pictures
    };
    KINDS.into_iter().flat_map(with_type).collect()
}

pub(super) fn project_avatars(site: &Site) -> Vec<Value> {
    of_projects(site, |place| {
        let (system, custom) = pictures(site, place);
        system.into_iter().chain(custom).collect()
    })
}

pub(super) fn addresses(site: &Site) -> Vec<Value> {
    of_projects(site, |place| address(&site.catalog.projects[place as usize]).into_iter().collect())
}

pub(super) fn security_levels(site: &Site) -> Vec<Value> {
    of_projects(site, |place| site.catalog.security_levels.get(&place).cloned().unwrap_or_default())
}

/// Entities of all accessible projects, each with its `projectId`.
fn of_projects(site: &Site, bodies: impl Fn(Place) -> Vec<Value>) -> Vec<Value> {
    let places = (0..site.catalog.projects.len() as Place).filter(|place| site.open(*place));
    let with_project = |place: Place| {
        let mut bodies = bodies(place);
        for body in &mut bodies {
            body["projectId"] = json!(site.catalog.projects[place as usize].id.to_string());
        }
        bodies
    };
    places.flat_map(with_project).collect()
}
