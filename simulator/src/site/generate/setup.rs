//! Generates what administrators set up. Team-managed projects have no schemes, and their fields no contexts.

use serde_json::{Value, json};

use crate::random::Random;
use crate::site::catalog::{Catalog, Field, Kind, Place, ProjectState};
use crate::site::options::SiteOptions;
use crate::site::setup::{FieldContext, Workflow};
use crate::text;
use crate::time::{self, DAY};

/// The options that issues have, and a disabled one.
const OPTIONS: usize = 10;
/// Options of the first select list, so that one has several pages.
const MANY: usize = 230;

pub(super) fn setup(catalog: &mut Catalog, options: &SiteOptions) {
    categories(catalog);
    dashboards(catalog, options);
    schemes(catalog);
    notifications(catalog);
    workflows(catalog, options);
    contexts(catalog);
    settings(catalog);
}

fn categories(catalog: &mut Catalog) {
    let base = &catalog.base_url;
    let all = [
        (1, "undefined", "medium-gray", "No Category"),
        (2, "new", "blue-gray", "To Do"),
        (4, "indeterminate", "yellow", "In Progress"),
        (3, "done", "green", "Done"),
    ];
    catalog.setup.status_categories = all
        .into_iter()
        .map(|(id, key, colour, name)| {
            json!({"self": format!("{base}/rest/api/3/statuscategory/{id}"), "id": id, "key": key, "colorName": colour,
                "name": name})
        })
        .collect();
}

/// Enough for several pages; the first one is the system dashboard, without an owner.
fn dashboards(catalog: &mut Catalog, options: &SiteOptions) {
    let base = catalog.base_url.clone();
    let dashboard = |number: u64| {
        let mut random = Random::of(options.seed, 43, number);
        let id = 10_000 + number;
        let mut body = json!({"id": id.to_string(), "isFavourite": number % 5 == 1, "popularity": random.below(30),
            "self": format!("{base}/rest/api/3/dashboard/{id}"), "view": format!("{base}/jira/dashboards/{id}"),
            "sharePermissions": [], "editPermissions": [], "isWritable": number > 0, "systemDashboard": number == 0});
        if number == 0 {
            body["name"] = json!("System Dashboard");
            body["sharePermissions"] = json!([{"type": "global"}]);
            return body;
        }
        let owner = &catalog.users[random.index(catalog.users.len())];
        body["name"] = json!(text::title(&mut random));
        body["owner"] = owner.body.clone();
        body["rank"] = json!(number);
        if number.is_multiple_of(3) {
            body["description"] = json!(text::title(&mut random));
            body["automaticRefreshMs"] = json!(900_000);
            body["editPermissions"] = json!([{"id": 20_000 + number, "type": "loggedin"}]);
        }
        body
    };
    catalog.setup.dashboards = (0..55).map(dashboard).collect();
}

/// Of company-managed projects.
fn managed(catalog: &Catalog) -> Vec<Place> {
    let places = 0..catalog.projects.len() as Place;
    places.filter(|place| !catalog.projects[*place as usize].simplified).collect()
}

fn schemes(catalog: &mut Catalog) {
    let base = catalog.base_url.clone();
    let places = managed(catalog);
    let setup = &mut catalog.setup;
    setup.issue_type_schemes = vec![json!({"id": "10000", "name": "Default Issue Type Scheme",
        "description": "Every issue type of the site.", "isDefault": true})];
    setup.issue_type_screen_schemes = vec![json!({"id": "1", "name": "Default Issue Type Screen Scheme",
        "description": "For projects without one of their own."})];
    setup.field_schemes =
        vec![json!({"id": 10_000, "name": "Default Field Scheme", "isDefault": true, "fieldsCount": 120,
        "description": "", "links": links(10_000)})];
    for place in places {
        let project = &catalog.projects[place as usize];
        let (id, key) = (10_100 + u64::from(place), &project.key);
        let first = project.issue_types.first().map(|kind| catalog.issue_types[*kind as usize].named.id.clone());
        let mappings: Value = project
            .issue_types
            .iter()
            .take(2)
            .map(|kind| (catalog.issue_types[*kind as usize].named.id.clone(), json!(format!("{key} workflow"))))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let kinds: Value = project
            .issue_types
            .iter()
            .map(|kind| {
                let named = &catalog.issue_types[*kind as usize].named;
                (named.id.clone(), named.body.clone())
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        let setup = &mut catalog.setup;
        setup.issue_type_schemes.push(json!({"id": id.to_string(), "name": format!("{key}: Issue Type Scheme"),
            "description": "", "defaultIssueTypeId": first}));
        setup.issue_type_screen_schemes.push(json!({"id": id.to_string(),
            "name": format!("{key}: Issue Type Screen Scheme"), "description": format!("Screens of {key}.")}));
        setup.field_schemes.push(json!({"id": id, "name": format!("{key}: Field Scheme"), "isDefault": false,
            "description": format!("Fields of {key}."), "fieldsCount": 40 + place, "links": links(id)}));
        setup.workflow_schemes.push(json!({"id": id, "name": format!("{key}: Workflow Scheme"), "description": "",
            "defaultWorkflow": "jira", "issueTypeMappings": mappings, "issueTypes": kinds,
            "self": format!("{base}/rest/api/3/workflowscheme/{id}")}));
        if place < 3 {
            setup.security_schemes.push(
                json!({"self": format!("{base}/rest/api/3/issuesecurityschemes/{id}"), "id": id,
                "name": format!("{key}: Security"), "description": format!("Who sees what of {key}."),
                "defaultSecurityLevelId": 10_000 + place}),
            );
        }
    }
}

fn links(id: u64) -> Value {
    json!({"associations": format!("rest/api/3/config/fieldschemes/{id}/fields"),
        "projects": format!("rest/api/3/config/fieldschemes/{id}/projects")})
}

/// One for every company-managed project, with one event for each type of recipient, and one for a team-managed
/// project.
fn notifications(catalog: &mut Catalog) {
    let base = &catalog.base_url;
    let (group, user) = (&catalog.groups[0], &catalog.users[0]);
    let event = |id: u64, name: &str, notifications: Value| json!({"event": {"id": id, "name": name, "description": format!("{name}.")}, "notifications": notifications});
    let scheme = |id: u64, key: &str, project: u64| {
        let recipients = json!([
            {"id": id * 10, "notificationType": "CurrentAssignee"},
            {"id": id * 10 + 1, "notificationType": "Group", "parameter": group.name, "recipient": group.id,
                "expand": "group", "group": {"name": group.name, "groupId": group.id, "self": format!("{base}/rest/api/3/group?groupId={}", group.id)}},
            {"id": id * 10 + 2, "notificationType": "User", "parameter": user.account_id, "recipient": user.account_id,
                "expand": "user", "user": user.body},
        ]);
        json!({"expand": "notificationSchemeEvents,user,group,projectRole,field,all", "id": id,
            "self": format!("{base}/rest/api/3/notificationscheme/{id}"), "name": format!("{key}: Notifications"),
            "description": "", "projects": [project],
            "notificationSchemeEvents": [event(1, "Issue created", recipients), event(2, "Issue updated", json!([]))]})
    };
    let all = catalog.projects.iter().enumerate().filter(|(_, project)| !project.simplified || project.key == "TEAM");
    catalog.setup.notification_schemes = all
        .map(|(place, project)| {
            let mut body = scheme(10_000 + place as u64, &project.key, project.id);
            if project.simplified {
                body["scope"] = json!({"type": "PROJECT", "project": {"id": project.id.to_string()}});
            }
            body
        })
        .collect();
}

fn workflows(catalog: &mut Catalog, options: &SiteOptions) {
    let end = options.end_of_past();
    for place in 0..catalog.projects.len() {
        let project = &catalog.projects[place];
        if project.state == ProjectState::Deleted {
            continue;
        }
        let mut random = Random::of(options.seed, 44, place as u64);
        let own = project.simplified;
        let statuses: Vec<Value> = project
            .statuses
            .iter()
            .enumerate()
            .map(|(at, status)| {
                json!({"statusReference": catalog.statuses[*status as usize].id, "deprecated": false, "properties": {},
                    "layout": {"x": at * 180, "y": -16.0}})
            })
            .collect();
        let transitions: Vec<Value> = project
            .statuses
            .iter()
            .enumerate()
            .map(|(at, status)| {
                let status = &catalog.statuses[*status as usize];
                json!({"id": (11 + at * 10).to_string(), "name": status.name, "toStatusReference": status.id, "links": [],
                    "type": if at == 0 { "INITIAL" } else { "GLOBAL" }, "description": "", "properties": {},
                    "actions": [], "validators": [], "triggers": []})
            })
            .collect();
        let (id, version) = (super::people::uuid(&mut random), super::people::uuid(&mut random));
        let scope = match own {
            true => json!({"type": "PROJECT", "project": {"id": project.id.to_string()}}),
            false => json!({"type": "GLOBAL"}),
        };
        let mut body = json!({"id": id, "name": format!("{} workflow", project.key), "description": "", "isEditable": place > 0,
            "scope": scope, "statuses": statuses, "transitions": transitions,
            "version": {"id": version, "versionNumber": place}, "startPointLayout": {"x": -100.5, "y": -153.0},
            "created": time::zulu(end - 400 * DAY), "updated": time::zulu(end - random.below(300) as i64 * DAY)});
        match place {
            0 => body["loopedTransitionContainerLayout"] = json!({"x": 10.0, "y": 20.0}),
            1 => body["taskId"] = json!("10641"),
            _ => {}
        }
        let (project, statuses) = (own.then_some(place as Place), project.statuses.clone());
        catalog.setup.workflows.push(Workflow { project, statuses, body });
    }
}

/// Each shared custom field has a context for everything; every seventh also has one for some projects.
fn contexts(catalog: &mut Catalog) {
    let mut contexts = Vec::new();
    let mut many = true;
    for (at, field) in catalog.fields.iter().enumerate().filter(|(_, field)| shared(field)) {
        for second in [false, true].into_iter().filter(|second| !second || at.is_multiple_of(7)) {
            let id = 10_100 + contexts.len();
            let name = if second { format!("{} for some", field.name) } else { "Default Configuration Scheme".into() };
            let body = json!({"id": id.to_string(), "name": name, "description": "", "isGlobalContext": !second,
                "isAnyIssueType": at % 3 != 0});
            let first = many && !second && field.kind == Kind::Option;
            many &= !first;
            let options = options_of(field, id, if first { MANY } else { OPTIONS });
            contexts.push(FieldContext { field: field.id.clone(), id: id.to_string(), body, options });
        }
    }
    catalog.setup.contexts = contexts;
}

fn shared(field: &Field) -> bool {
    field.kind != Kind::System && field.project.is_none()
}

fn options_of(field: &Field, context: usize, count: usize) -> Vec<Value> {
    let option = |number: usize| {
        json!({"id": (context * 1_000 + number).to_string(), "value": format!("{} {number}", field.name),
            "disabled": number % 8 == 7})
    };
    match field.kind {
        Kind::Option | Kind::Options | Kind::Flag => (0..count).map(option).collect(),
        Kind::Cascade => {
            let mut all: Vec<Value> = (0..count).map(option).collect();
            for number in 1..count {
                // Child options follow the parent options. (Jira REST v3: "Get custom field options (context)".)
                all[number]["optionId"] = if number >= 4 { all[number % 4]["id"].clone() } else { Value::Null };
            }
            all.iter_mut().filter_map(Value::as_object_mut).for_each(|one| one.retain(|_, value| !value.is_null()));
            all
        }
        _ => Vec::new(),
    }
}

fn settings(catalog: &mut Catalog) {
    let setting = |key: &str, name: &str, kind: &str, value: &str| {
        json!({"id": key, "key": key, "name": name, "desc": format!("{name}."), "type": kind, "value": value,
            "defaultValue": value})
    };
    let mut zone = setting("jira.date.picker.java.format", "Date picker format", "string", "d/MMM/yy");
    zone["example"] = json!("28/Feb/26");
    let mut level = setting("jira.option.rpc.allow", "Accept remote calls", "enum", "on");
    level["allowedValues"] = json!(["on", "off"]);
    catalog.setup.settings =
        vec![setting("jira.clone.prefix", "Prefix of cloned issues", "string", "CLONE -"), zone, level];
    let columns =
        [("Key", "issuekey"), ("Summary", "summary"), ("Status", "status"), ("Überprüft", "customfield_10046")];
    catalog.setup.columns = columns.map(|(label, value)| json!({"label": label, "value": value})).into();
    catalog.setup.time_tracking = vec![
        json!({"key": "JIRA", "name": "JIRA provided time tracking"}),
        json!({"key": "com.example__hours", "name": "Hours", "url": "/plugins/servlet/ac/com.example/hours"}),
    ];
}
