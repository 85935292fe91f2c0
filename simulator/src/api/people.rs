//! Users and groups.

use serde_json::{Value, json};

use super::permissions;
use super::route::{Anonymous, EMPTY_LIST, EMPTY_PAGE, Route, get};
use crate::paging::page::{values, window};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::catalog::Group;

const USERS: &[&str] = &["startAt", "maxResults", "expand"];

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/users/search", USERS, EMPTY_LIST, users),
    get("/rest/api/3/users", USERS, EMPTY_LIST, users),
    get("/rest/api/3/user", &["accountId", "username", "key", "expand"], Anonymous::NotFound, user),
    get("/rest/api/3/user/bulk", &["startAt", "maxResults", "username", "key", "accountId"], EMPTY_PAGE, some_users),
    get(
        "/rest/api/3/group/bulk",
        &["startAt", "maxResults", "groupId", "groupName", "accessType", "applicationKey"],
        EMPTY_PAGE,
        |context| {
            permissions::required(context, "USER_PICKER")?;
            let ids = context.request.parameters("groupId");
            let all = groups(context.site);
            let found: Vec<Value> = all
                .into_iter()
                .filter(|group| ids.is_empty() || ids.iter().any(|id| group["groupId"] == id.as_str()))
                .collect();
            values(context, &found, 50, 50)
        },
    ),
    get(
        "/rest/api/3/group/member",
        &["groupname", "groupId", "includeInactiveUsers", "startAt", "maxResults"],
        EMPTY_PAGE,
        members,
    ),
];

/// All accounts of every kind, a bare list without a total, up to a thousand. (Jira REST v3: `users/search`.)
fn users(context: &Context<'_>) -> Answer {
    permissions::required(context, "USER_PICKER")?;
    let window = window(context, 50, 1000)?;
    let bodies: Vec<&Value> = window.cut(&context.site.catalog.users).iter().map(|user| &user.body).collect();
    Ok(Reply::value(&json!(bodies)))
}

/// One account with the number of its groups and application roles, and their names if `expand` requests them. (Jira
/// REST v3: `user`.)
fn user(context: &Context<'_>) -> Answer {
    permissions::required(context, "USER_PICKER")?;
    let id = context.request.parameter("accountId").unwrap_or_default();
    if id.is_empty() {
        return Err(Reply::refusal(400, "The 'accountId' query parameter must be provided."));
    }
    let place = context.site.catalog.user(id);
    let place = place.ok_or_else(|| {
        Reply::refusal(404, format!("Specified user does not exist or you do not have required permissions ({id})."))
    })?;
    let mut body = detailed(context.site, place);
    let expand = context.request.parameters("expand");
    for name in ["groups", "applicationRoles"].into_iter().filter(|name| !expand.iter().any(|wanted| wanted == name)) {
        body[name]["items"] = json!([]);
    }
    Ok(Reply::value(&body))
}

pub(crate) fn detailed(site: &Site, place: u32) -> Value {
    let (catalog, base) = (&site.catalog, &site.catalog.base_url);
    let own: Vec<&Group> = catalog.groups.iter().filter(|group| group.members.contains(&place)).collect();
    let groups: Vec<Value> = own
        .iter()
        .map(|group| json!({"name": group.name, "groupId": group.id, "self": format!("{base}/rest/api/3/group?groupId={}", group.id)}))
        .collect();
    let has = |role: &&Value| {
        let names = role["groups"].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).any(|name| own.iter().any(|group| group.name == name))
    };
    let roles: Vec<Value> = catalog
        .application_roles
        .iter()
        .filter(has)
        .map(|role| json!({"key": role["key"], "name": role["name"]}))
        .collect();
    let mut body = catalog.users[place as usize].body.clone();
    body["groups"] = json!({"size": groups.len(), "items": groups});
    body["applicationRoles"] = json!({"size": roles.len(), "items": roles});
    body["expand"] = json!("groups,applicationRoles");
    body
}

/// Ten a page by default. (Jira REST v3: `user/bulk`.)
fn some_users(context: &Context<'_>) -> Answer {
    let ids = context.request.parameters("accountId");
    let users = &context.site.catalog.users;
    let found: Vec<Value> =
        users.iter().filter(|user| ids.contains(&user.account_id)).map(|user| user.body.clone()).collect();
    values(context, &found, 10, 200)
}

/// Members, fifty a page even if more are requested. (Reported by users, October 2026.)
fn members(context: &Context<'_>) -> Answer {
    let request = context.request;
    let (id, name) = (request.parameter("groupId"), request.parameter("groupname"));
    let wanted = |group: &&Group| id.is_some_and(|id| group.id == id) || name.is_some_and(|name| group.name == name);
    let group = context.site.catalog.groups.iter().find(wanted);
    let group = group.ok_or_else(|| Reply::refusal(404, "The group was not found."))?;
    let inactive = request.parameter("includeInactiveUsers") == Some("true");
    let users = group.members.iter().map(|place| &context.site.catalog.users[*place as usize]);
    let found: Vec<Value> = users.filter(|user| user.active || inactive).map(|user| user.body.clone()).collect();
    values(context, &found, 50, 50)
}

pub(crate) fn groups(site: &Site) -> Vec<Value> {
    site.catalog.groups.iter().map(|group| json!({"name": group.name, "groupId": group.id})).collect()
}
