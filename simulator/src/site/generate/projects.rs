//! Generates projects with their components and versions.

use serde_json::{Value, json};

use crate::random::Random;
use crate::site::catalog::{Catalog, Named, Place, Project, ProjectState};
use crate::site::options::SiteOptions;
use crate::text;
use crate::time::{self, DAY, Millis};

/// Key, type, team-managed, state, browsable, share of the issues. Ten kinds, repeated for more projects.
struct Plan(&'static str, &'static str, bool, ProjectState, bool, u32);

/// `AND` is a reserved word of JQL, so its key must be quoted there. The fifth has no issues at all.
const PLANS: [Plan; 10] = [
    Plan("CORE", "software", false, ProjectState::Live, true, 420),
    Plan("AND", "software", false, ProjectState::Live, true, 150),
    Plan("TEAM", "software", true, ProjectState::Live, true, 130),
    Plan("HELP", "service_desk", false, ProjectState::Live, true, 110),
    Plan("NEW", "software", true, ProjectState::Live, true, 0),
    Plan("BIZ", "business", true, ProjectState::Live, true, 70),
    Plan("IDEA", "product_discovery", true, ProjectState::Live, true, 60),
    Plan("OLD", "software", false, ProjectState::Archived, true, 20),
    Plan("BIN", "software", false, ProjectState::Deleted, true, 20),
    Plan("SECR", "software", false, ProjectState::Live, false, 20),
];

/// The weight of a project in the distribution of issues.
pub(super) fn weight(number: usize) -> u32 {
    // Later rounds are smaller, so that sites of many projects have a long tail.
    let round = number / PLANS.len();
    PLANS[number % PLANS.len()].5 / (1 + round as u32 * 4)
}

pub(super) fn projects(catalog: &mut Catalog, options: &SiteOptions) {
    let base = catalog.base_url.clone();
    catalog.categories = (0..3)
        .map(|at| {
            let id = 10_000 + at;
            json!({"self": format!("{base}/rest/api/3/projectCategory/{id}"), "id": id.to_string(),
                "name": (["Products", "Operations", "Research \"R&D\""])[at], "description": ""})
        })
        .collect();
    for number in 0..options.projects.max(1) as usize {
        let project = project(catalog, options, number);
        catalog.project_by_key.insert(project.key.clone(), number as Place);
        catalog.projects.push(project);
        parts(catalog, options, number);
    }
}

fn project(catalog: &Catalog, options: &SiteOptions, number: usize) -> Project {
    let Plan(key, type_key, simplified, state, browsable, _) = PLANS[number % PLANS.len()];
    let round = number / PLANS.len();
    let mut random = Random::of(options.seed, 30, number as u64);
    let key = if round == 0 { key.to_string() } else { format!("{key}{}", round + 1) };
    let (id, base) = (10_000 + number as u64, &catalog.base_url);
    let name = format!("{} {}", text::title(&mut random), key.to_lowercase());
    let pictures = json!({
        "48x48": format!("{base}/rest/api/3/universal_avatar/view/type/project/avatar/10400"),
        "24x24": format!("{base}/rest/api/3/universal_avatar/view/type/project/avatar/10400?size=small"),
        "16x16": format!("{base}/rest/api/3/universal_avatar/view/type/project/avatar/10400?size=xsmall"),
        "32x32": format!("{base}/rest/api/3/universal_avatar/view/type/project/avatar/10400?size=medium")});
    let mut inside = json!({"self": format!("{base}/rest/api/3/project/{id}"), "id": id.to_string(), "key": key,
        "name": name, "projectTypeKey": type_key, "simplified": simplified, "avatarUrls": pictures});
    if number.is_multiple_of(2) {
        inside["projectCategory"] = catalog.categories[number / 2 % catalog.categories.len()].clone();
    }
    let mut body = inside.clone();
    body["expand"] = json!("description,lead,issueTypes,url,projectKeys,permissions,insight");
    body["style"] = json!(if simplified { "next-gen" } else { "classic" });
    body["isPrivate"] = json!(!browsable);
    body["properties"] = json!({});
    if simplified {
        let uuid = super::people::uuid(&mut random);
        body["entityId"] = json!(uuid);
        body["uuid"] = json!(uuid);
    }
    let who = json!(catalog.users.first().map(|user| user.body.clone()));
    dates_of_state(&mut body, state, &who, options.end_of_past() - 30 * DAY);
    Project {
        id,
        key,
        name,
        type_key: type_key.into(),
        simplified,
        state,
        browsable,
        description: if random.in_thousand(400) { String::new() } else { text::title(&mut random) },
        lead: Some(random.index(catalog.users.len().min(4)) as Place),
        inside: inside.to_string(),
        body,
        issue_types: Vec::new(),
        statuses: Vec::new(),
        components: Vec::new(),
        versions: Vec::new(),
        sprints: Vec::new(),
    }
}

/// Archived projects have a date and a user; those in the trash also have the date of their deletion.
pub(crate) fn dates_of_state(body: &mut Value, state: ProjectState, who: &Value, at: Millis) {
    const MEMBERS: [&str; 7] =
        ["archived", "archivedDate", "archivedBy", "deleted", "deletedDate", "deletedBy", "retentionTillDate"];
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| !MEMBERS.contains(&name.as_str()));
    }
    let utc = time::Zone::utc();
    match state {
        ProjectState::Live => {}
        ProjectState::Archived => {
            body["archived"] = json!(true);
            body["archivedDate"] = json!(utc.stamped(at));
            body["archivedBy"] = json!(who);
        }
        ProjectState::Deleted => {
            body["deleted"] = json!(true);
            body["deletedDate"] = json!(utc.stamped(at));
            body["deletedBy"] = json!(who);
            body["retentionTillDate"] = json!(utc.stamped(at + 60 * DAY));
        }
    }
}

/// Components and versions; the first project has more than a page of each.
fn parts(catalog: &mut Catalog, options: &SiteOptions, number: usize) {
    let (components, versions) = if number == 0 { (60, 130) } else { (number % 6, number % 9) };
    let place = number as Place;
    let (project_id, key) = (catalog.projects[number].id, catalog.projects[number].key.clone());
    let base = catalog.base_url.clone();
    let mut random = Random::of(options.seed, 31, number as u64);
    for _ in 0..components {
        let id = 10_000 + catalog.components.len();
        let name = format!("{} {id}", text::title(&mut random));
        let inside = json!({"self": format!("{base}/rest/api/3/component/{id}"), "id": id.to_string(), "name": name});
        let mut body = inside.clone();
        body["project"] = json!(key);
        body["projectId"] = json!(project_id);
        body["assigneeType"] = json!("PROJECT_DEFAULT");
        body["realAssigneeType"] = json!("PROJECT_DEFAULT");
        body["isAssigneeTypeValid"] = json!(false);
        if let Some(lead) = catalog.projects[number].lead.filter(|_| id.is_multiple_of(2)) {
            body["lead"] = catalog.users[lead as usize].body.clone();
        }
        catalog.projects[number].components.push(catalog.components.len() as Place);
        let inside = inside.to_string();
        catalog.components.push(Named { id: id.to_string(), name, project: Some(place), inside, body });
    }
    for at in 0..versions {
        let id = 10_000 + catalog.versions.len();
        let name = format!("{}.{}.0{}", 1 + at / 10, at % 10, if at % 13 == 12 { " β" } else { "" });
        let released = at + 3 < versions;
        let mut inside = json!({"self": format!("{base}/rest/api/3/version/{id}"), "id": id.to_string(), "name": name,
            "archived": at % 17 == 16, "released": released});
        if released {
            inside["releaseDate"] =
                json!(time::date_only(options.end_of_past() - i64::from(versions as u32 - at as u32) * 8 * DAY));
        }
        if at % 4 == 0 {
            inside["description"] = json!(text::title(&mut random));
        }
        let mut body = inside.clone();
        body["projectId"] = json!(project_id);
        catalog.projects[number].versions.push(catalog.versions.len() as Place);
        let inside = inside.to_string();
        catalog.versions.push(Named { id: id.to_string(), name, project: Some(place), inside, body });
    }
}
