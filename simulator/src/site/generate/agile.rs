//! Generates boards, sprints and filters.

use serde_json::{Value, json};

use crate::random::Random;
use crate::site::catalog::{Board, Catalog, Place, Sprint};
use crate::site::options::SiteOptions;
use crate::text;
use crate::time::{self, DAY, HOUR};

/// Sprints of a scrum board: ten closed, one active, one future.
const SPRINTS: u64 = 12;

pub(super) fn agile(catalog: &mut Catalog, options: &SiteOptions) {
    filters(catalog, options);
    for number in 0..catalog.projects.len() {
        let project = &catalog.projects[number];
        if project.type_key != "software" {
            continue;
        }
        // Sprints are a feature of team-managed boards that can be switched off; every second one has them.
        let simple_with_sprints = project.simplified && number % 4 == 2;
        let kind = if project.simplified { "simple" } else { "scrum" };
        let sprints = (!project.simplified || simple_with_sprints).then(|| sprints(catalog, options, number));
        let (name, private) = (format!("{} board", catalog.projects[number].key), !catalog.projects[number].browsable);
        board(catalog, name, kind, vec![number as Place], true, private, sprints);
    }
    let first: Vec<Place> = catalog.projects[0].sprints.clone();
    let two: Vec<Place> = (0..catalog.projects.len().min(2) as Place).collect();
    // The same sprints on a second board, a board of several projects without a location, a kanban board.
    board(catalog, "Everything scrum".into(), "scrum", two.clone(), false, false, Some(first));
    board(catalog, "Flow".into(), "kanban", vec![0], true, false, None);
    board(catalog, "Hidden board".into(), "scrum", two, false, true, Some(Vec::new()));
}

fn sprints(catalog: &mut Catalog, options: &SiteOptions, number: usize) -> Vec<Place> {
    let board = 1 + catalog.boards.len() as u64;
    let now = options.end_of_past();
    let mut places = Vec::new();
    for at in 0..SPRINTS {
        let id = 1 + catalog.sprints.len() as u64;
        let name = format!("{} Sprint {}", catalog.projects[number].key, at + 1);
        let state = if at + 2 < SPRINTS {
            "closed"
        } else if at + 2 == SPRINTS {
            "active"
        } else {
            "future"
        };
        let start = now - (SPRINTS - at) as i64 * 14 * DAY + 21 * DAY + 9 * HOUR;
        let goal = if at % 3 == 0 { String::new() } else { text::title(&mut Random::of(options.seed, 41, id)) };
        let mut inside = json!({"id": id, "name": name, "state": state, "boardId": board, "goal": goal});
        let mut body = json!({"id": id, "self": format!("{}/rest/agile/1.0/sprint/{id}", catalog.base_url),
            "name": name, "state": state, "originBoardId": board, "goal": goal});
        for body in [&mut inside, &mut body] {
            if state != "future" {
                body["startDate"] = json!(time::zulu(start));
                body["endDate"] = json!(time::zulu(start + 14 * DAY));
            }
            if state == "closed" {
                body["completeDate"] = json!(time::zulu(start + 14 * DAY + 3 * HOUR + 77));
            }
        }
        body["createdDate"] = json!(time::zulu(start - 7 * DAY));
        places.push(catalog.sprints.len() as Place);
        catalog.sprints.push(Sprint { id, name, state, inside: inside.to_string(), body });
    }
    catalog.projects[number].sprints = places.clone();
    places
}

fn board(
    catalog: &mut Catalog,
    name: String,
    kind: &'static str,
    projects: Vec<Place>,
    located: bool,
    private: bool,
    sprints: Option<Vec<Place>>,
) {
    let (id, base) = (1 + catalog.boards.len() as u64, &catalog.base_url);
    let mut body = json!({"id": id, "self": format!("{base}/rest/agile/1.0/board/{id}"), "name": name, "type": kind,
        "isPrivate": private});
    let mut configuration = json!({"id": id, "self": format!("{base}/rest/agile/1.0/board/{id}/configuration"),
        "name": name, "type": kind, "filter": {"id": (10_000 + id).to_string(), "self": format!("{base}/rest/api/3/filter/{}", 10_000 + id)},
        "subQuery": {"query": ""}, "ranking": {"rankCustomFieldId": 10_019}});
    let mut statuses: Vec<Place> = Vec::new();
    for project in &projects {
        let project = &catalog.projects[*project as usize];
        if located {
            body["location"] = json!({"projectId": project.id, "displayName": format!("{} ({})", project.name, project.key),
                "projectName": project.name, "projectKey": project.key, "projectTypeKey": project.type_key,
                "avatarURI": format!("{base}/rest/api/2/universal_avatar/view/type/project/avatar/10400?size=small"),
                "name": format!("{} ({})", project.name, project.key)});
            configuration["location"] = json!({"type": "project", "key": project.key, "id": project.id.to_string(),
                "self": format!("{base}/rest/api/2/project/{}", project.id), "name": project.name});
        }
        statuses.extend(&project.statuses);
    }
    statuses.sort_unstable();
    statuses.dedup();
    let columns: Vec<Value> = statuses
        .iter()
        .map(|status| {
            let status = &catalog.statuses[*status as usize];
            json!({"name": status.name, "statuses": [{"id": status.id, "self": format!("{base}/rest/api/2/status/{}", status.id)}]})
        })
        .collect();
    configuration["columnConfig"] = json!({"columns": columns, "constraintType": "none"});
    if kind == "scrum" {
        configuration["estimation"] =
            json!({"type": "field", "field": {"fieldId": "customfield_10024", "displayName": "Story Points"}});
    }
    catalog.boards.push(Board { id, name, kind, projects, private, sprints, body, configuration });
}

fn filters(catalog: &mut Catalog, options: &SiteOptions) {
    for number in 0..60_u64 {
        let mut random = Random::of(options.seed, 42, number);
        let (id, base) = (10_001 + number, &catalog.base_url);
        let project = &catalog.projects[random.index(catalog.projects.len())];
        let owner = &catalog.users[random.index(catalog.users.len())];
        let jql = format!("project = \"{}\" ORDER BY Rank ASC", project.key);
        catalog.filters.push(json!({"expand": "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,isWritable,subscriptions",
            "self": format!("{base}/rest/api/3/filter/{id}"), "id": id.to_string(), "name": format!("{} {number}", text::title(&mut random)),
            "description": "", "owner": owner.body, "jql": jql, "viewUrl": format!("{base}/issues/?filter={id}"),
            "searchUrl": format!("{base}/rest/api/3/search?jql=filter%3D{id}"), "favourite": false, "favouritedCount": random.below(9),
            "sharePermissions": shares(catalog, number), "editPermissions": [], "isWritable": true,
            "subscriptions": []}));
    }
}

/// The shares of a filter: all users, a project, a project role, a group, a user; some have none.
fn shares(catalog: &Catalog, number: u64) -> Vec<Value> {
    let project = &catalog.projects[number as usize % catalog.projects.len()];
    let inside: Value = serde_json::from_str(&project.inside).unwrap_or_default();
    let id = 10_000 + number * 2;
    let base = &catalog.base_url;
    match number % 6 {
        0 => Vec::new(),
        1 => vec![
            json!({"id": id, "type": "project", "project": inside}),
            json!({"id": id + 1, "type": "projectRole",
            "project": inside, "role": {"self": format!("{base}/rest/api/3/project/{}/role/10002", project.key),
                "id": 10_002, "name": "Administrators", "description": ""}}),
        ],
        2 => {
            let group = &catalog.groups[number as usize % catalog.groups.len()];
            vec![json!({"id": id, "type": "group", "group": {"name": group.name, "groupId": group.id,
                "self": format!("{base}/rest/api/3/group?groupId={}", group.id)}})]
        }
        3 => {
            let user = &catalog.users[number as usize % catalog.users.len()];
            vec![json!({"id": id, "type": "user", "user": user.body})]
        }
        4 => vec![json!({"id": id, "type": "global"})],
        _ => vec![json!({"id": id, "type": "authenticated"})],
    }
}
