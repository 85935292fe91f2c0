//! Generates issue types, statuses, priorities, resolutions and link types: shared ones, and those of team-managed
//! projects, which have the same names with IDs of their own.

use serde_json::{Value, json};

use crate::site::catalog::{Catalog, IssueType, Named, Place};

/// Name, level in the hierarchy, sub-task.
const TYPES: [(&str, i8, bool); 6] = [
    ("Epic", 1, false),
    ("Story", 0, false),
    ("Task", 0, false),
    ("Sub-task", -1, true),
    ("Bug", 0, false),
    ("Service Request", 0, false),
];
/// Id, name, category (id, key, colour, name).
const STATUSES: [(&str, &str, usize); 6] = [
    ("10000", "Backlog", 0),
    ("10001", "To Do", 0),
    ("3", "In Progress", 1),
    ("10002", "In Review", 1),
    ("10003", "Done", 2),
    ("10004", "Waiting for customer", 1),
];
const CATEGORIES: [(u8, &str, &str, &str); 3] =
    [(2, "new", "blue-gray", "To Do"), (4, "indeterminate", "yellow", "In Progress"), (3, "done", "green", "Done")];

pub(super) fn workflow(catalog: &mut Catalog) {
    let base = catalog.base_url.clone();
    for (at, (name, level, subtask)) in TYPES.into_iter().enumerate() {
        let id = (10_000 + at).to_string();
        catalog.issue_types.push(issue_type(&base, id, name, level, subtask, None));
    }
    for (id, name, category) in STATUSES {
        catalog.statuses.push(status(&base, id.into(), name, category, None));
    }
    for number in 0..catalog.projects.len() {
        if catalog.projects[number].simplified {
            own_workflow(catalog, number)
        } else {
            shared_workflow(catalog, number)
        }
    }
    let simple = |kind: &str, id: &str, name: &str, extra: Value| {
        let mut body = json!({"self": format!("{base}/rest/api/3/{kind}/{id}"), "id": id, "name": name});
        if let (Some(body), Some(extra)) = (body.as_object_mut(), extra.as_object()) {
            body.extend(extra.clone());
        }
        Named { id: id.into(), name: name.into(), project: None, inside: body.to_string(), body }
    };
    for (id, name) in [("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"), ("5", "Lowest")] {
        let icon = json!({"iconUrl": format!("{base}/images/icons/priorities/{}.svg", name.to_lowercase())});
        catalog.priorities.push(simple("priority", id, name, icon));
    }
    for (id, name) in [("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate")] {
        catalog.resolutions.push(simple("resolution", id, name, json!({"description": format!("{name}.")})));
    }
    for (id, name, inward, outward) in [
        ("10000", "Blocks", "is blocked by", "blocks"),
        ("10001", "Cloners", "is cloned by", "clones"),
        ("10003", "Relates", "relates to", "relates to"),
    ] {
        catalog.link_types.push(simple("issueLinkType", id, name, json!({"inward": inward, "outward": outward})));
    }
}

fn shared_workflow(catalog: &mut Catalog, number: usize) {
    let (types, statuses): (Vec<Place>, Vec<Place>) = match catalog.projects[number].type_key.as_str() {
        "service_desk" => (vec![5, 4, 3], vec![1, 2, 5, 4]),
        _ => (vec![0, 1, 2, 4, 3], vec![0, 1, 2, 3, 4]),
    };
    catalog.projects[number].issue_types = types;
    catalog.projects[number].statuses = statuses;
}

/// Team-managed projects own their types and statuses.
fn own_workflow(catalog: &mut Catalog, number: usize) {
    let base = catalog.base_url.clone();
    for (at, (name, level, subtask)) in
        [("Epic", 1, false), ("Task", 0, false), ("Subtask", -1, true)].into_iter().enumerate()
    {
        let id = (10_100 + number * 10 + at).to_string();
        catalog.projects[number].issue_types.push(catalog.issue_types.len() as Place);
        let project = Some((number as Place, catalog.projects[number].id));
        catalog.issue_types.push(issue_type(&base, id, name, level, subtask, project));
    }
    for (at, name) in ["To Do", "In Progress", "Done"].into_iter().enumerate() {
        let id = (10_200 + number * 10 + at).to_string();
        catalog.projects[number].statuses.push(catalog.statuses.len() as Place);
        let project = Some((number as Place, catalog.projects[number].id));
        catalog.statuses.push(status(&base, id, name, at, project));
    }
}

fn scope(project: u64) -> Value {
    json!({"type": "PROJECT", "project": {"id": project.to_string()}})
}

fn issue_type(
    base: &str,
    id: String,
    name: &str,
    level: i8,
    subtask: bool,
    project: Option<(Place, u64)>,
) -> IssueType {
    let mut body = json!({"self": format!("{base}/rest/api/3/issuetype/{id}"), "id": id, "name": name,
        "description": format!("{name} of the simulated site."), "subtask": subtask, "avatarId": 10_300,
        "iconUrl": format!("{base}/rest/api/2/universal_avatar/view/type/issuetype/avatar/10300?size=medium"),
        "hierarchyLevel": level});
    if let Some((_, project)) = project {
        body["entityId"] = json!(format!("00000000-0000-4000-8000-{:012}", id));
        body["scope"] = scope(project);
    }
    let inside = body.to_string();
    body["untranslatedName"] = json!(name);
    let named = Named { id, name: name.into(), project: project.map(|project| project.0), inside, body };
    IssueType { named, subtask, level }
}

fn status(base: &str, id: String, name: &str, category: usize, project: Option<(Place, u64)>) -> Named {
    let (number, key, colour, title) = CATEGORIES[category];
    let mut body = json!({"self": format!("{base}/rest/api/3/status/{id}"), "description": "", "name": name, "id": id,
        "iconUrl": format!("{base}/images/icons/statuses/generic.png"),
        "statusCategory": {"self": format!("{base}/rest/api/3/statuscategory/{number}"), "id": number, "key": key,
            "colorName": colour, "name": title}});
    let inside = body.to_string();
    body["untranslatedName"] = json!(name);
    if let Some((_, project)) = project {
        body["scope"] = scope(project);
    }
    Named { id, name: name.into(), project: project.map(|project| project.0), inside, body }
}
