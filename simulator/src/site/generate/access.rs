//! Generates access control: application roles, project roles, permission schemes and security levels.

use serde_json::{Value, json};

use crate::site::catalog::{Catalog, Group, Place};

/// Key, name, whether it belongs to the platform, index of its group.
const APPLICATIONS: [(&str, &str, bool, usize); 4] = [
    ("jira-core", "Jira Work Management", true, 1),
    ("jira-software", "Jira Software", false, 1),
    ("jira-servicedesk", "Jira Service Management", false, 3),
    ("jira-product-discovery", "Jira Product Discovery", false, 0),
];

pub(super) fn access(catalog: &mut Catalog) {
    application_roles(catalog);
    roles(catalog);
    permission_schemes(catalog);
    security_levels(catalog);
}

fn group(base: &str, group: &Group) -> Value {
    json!({"name": group.name, "groupId": group.id, "self": format!("{base}/rest/api/3/group?groupId={}", group.id)})
}

fn application_roles(catalog: &mut Catalog) {
    for (number, (key, name, platform, at)) in APPLICATIONS.into_iter().enumerate() {
        let own = &catalog.groups[at];
        let (admins, seats) = (&catalog.groups[0], if number == 2 { -1 } else { 100 });
        let details = [group(&catalog.base_url, own), group(&catalog.base_url, admins)];
        let users = own.members.len();
        catalog.application_roles.push(json!({"key": key, "name": name, "groups": [own.name, admins.name],
            "groupDetails": details, "defaultGroups": [own.name], "defaultGroupsDetails": [details[0]],
            "selectedByDefault": number == 1, "defined": true, "numberOfSeats": seats,
            "remainingSeats": if seats < 0 { -1 } else { seats - users as i64 }, "userCount": users,
            "userCountDescription": if number == 2 { "agents" } else { "users" }, "hasUnlimitedSeats": seats < 0,
            "platform": platform}));
    }
}

/// Shared roles with their default actors, and the roles of team-managed projects.
fn roles(catalog: &mut Catalog) {
    let base = catalog.base_url.clone();
    let shared = ["atlassian-addons-project-access", "Administrators", "Developers", "Viewers"];
    for (number, name) in shared.into_iter().enumerate() {
        let id = 10_002 + number;
        let actors = match number {
            1 => vec![group_actor(catalog, 0), user_actor(catalog, 0)],
            2 => vec![group_actor(catalog, 1), user_actor(catalog, 1), user_actor(catalog, 2)],
            _ => Vec::new(),
        };
        catalog.roles.push(json!({"self": format!("{base}/rest/api/3/role/{id}"), "id": id, "name": name,
            "description": format!("{name} of a project"), "actors": actors}));
    }
    for place in 0..catalog.projects.len() as Place {
        if !catalog.projects[place as usize].simplified {
            continue;
        }
        for name in ["Administrator", "Member", "Viewer"] {
            let id = 10_002 + catalog.roles.len();
            let (scope, project) = (scope(catalog, place), catalog.projects[place as usize].id);
            catalog.roles.push(json!({"self": format!("{base}/rest/api/3/project/{project}/role/{id}"), "id": id,
                "name": name, "description": "", "actors": [], "scope": scope}));
        }
    }
}

fn group_actor(catalog: &Catalog, at: usize) -> Value {
    let group = &catalog.groups[at];
    json!({"id": 10_200 + at, "displayName": group.name, "type": "atlassian-group-role-actor", "name": group.name,
        "actorGroup": {"name": group.name, "displayName": group.name, "groupId": group.id}})
}

fn user_actor(catalog: &Catalog, at: usize) -> Value {
    let user = &catalog.users[at % catalog.users.len()];
    json!({"id": 10_300 + at, "displayName": user.name, "type": "atlassian-user-role-actor",
        "avatarUrl": user.body["avatarUrls"]["16x16"], "actorUser": {"accountId": user.account_id}})
}

pub(super) fn scope(catalog: &Catalog, place: Place) -> Value {
    json!({"type": "PROJECT", "project": {"id": catalog.projects[place as usize].id.to_string()}})
}

/// Two schemes for company-managed projects, and one for each team-managed project.
fn permission_schemes(catalog: &mut Catalog) {
    let open = json!({"type": "applicationRole", "parameter": "", "value": ""});
    let group = &catalog.groups[1];
    let closed = json!({"type": "group", "parameter": group.name, "value": group.id, "expand": "group"});
    push_scheme(catalog, 0, "Default Permission Scheme", open, None);
    push_scheme(catalog, 10_000, "Default software scheme", closed, None);
    for place in 0..catalog.projects.len() as Place {
        let project = &catalog.projects[place as usize];
        if project.simplified {
            let (id, name) = (10_001 + u64::from(place), format!("Permissions of {}", project.key));
            let user = json!(catalog.users[0].account_id);
            let issue_with = json!({"type": "user", "parameter": user, "value": user, "expand": "user"});
            push_scheme(catalog, id, &name, issue_with, Some(place));
        }
    }
}

fn push_scheme(catalog: &mut Catalog, id: u64, name: &str, issue_with: Value, project: Option<Place>) {
    let base = format!("{}/rest/api/3/permissionscheme/{id}", catalog.base_url);
    let role = catalog.roles[1]["id"].to_string();
    let admins = json!({"type": "projectRole", "parameter": role, "value": role, "expand": "projectRole"});
    let granted = [("ADMINISTER_PROJECTS", &admins), ("BROWSE_PROJECTS", &issue_with), ("CREATE_ISSUES", &issue_with)];
    let grants: Vec<Value> = granted
        .into_iter()
        .enumerate()
        .map(|(number, (permission, issue_with))| {
            let grant = id * 10 + number as u64;
            json!({"id": grant, "self": format!("{base}/permission/{grant}"), "issue_with": issue_with, "permission": permission})
        })
        .collect();
    let mut scheme = json!({"expand": "permissions,user,group,projectRole,field,all", "id": id, "self": base,
        "name": name, "description": format!("{name}."), "permissions": grants});
    if let Some(place) = project {
        scheme["scope"] = scope(catalog, place);
    }
    catalog.permission_schemes.push(scheme);
}

/// Two schemes, each shared by several company-managed projects; team-managed projects have none, nor has the last
/// company-managed project.
fn security_levels(catalog: &mut Catalog) {
    let own: Vec<Place> =
        (0..catalog.projects.len() as Place).filter(|at| !catalog.projects[*at as usize].simplified).collect();
    for (number, place) in own.into_iter().enumerate() {
        let scheme = number as u64 % 3;
        if scheme == 2 {
            continue;
        }
        let level = |at: u64, name: &str| {
            let id = 10_000 + scheme * 10 + at;
            json!({"self": format!("{}/rest/api/3/securitylevel/{id}", catalog.base_url), "id": id.to_string(),
                "name": name, "description": format!("{name} can see the issue."), "isDefault": at == 0,
                "issueSecuritySchemeId": (10_000 + scheme).to_string()})
        };
        let levels = vec![level(0, "Staff"), level(1, "Reporter \"only\"")];
        catalog.security_levels.insert(place, levels);
    }
}
