//! What administrators set up: schemes, workflows, settings of the site. Most of it is refused to other accounts.

use serde_json::{Map, Value, json};

use super::permissions::required;
use super::route::{Anonymous, Route, get};
use crate::paging::page::values;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::Site;
use crate::site::setup::{Setup, Workflow};

const PAGE: &[&str] = &["startAt", "maxResults"];
const ADMIN: &str = "ADMINISTER";

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/issuetypescheme", PAGE, Anonymous::Refused, |context| {
        paged(context, |setup| &setup.issue_type_schemes)
    }),
    get("/rest/api/3/issuetypescreenscheme", PAGE, Anonymous::Refused, |context| {
        paged(context, |setup| &setup.issue_type_screen_schemes)
    }),
    get("/rest/api/3/workflowscheme", PAGE, Anonymous::Refused, |context| {
        paged(context, |setup| &setup.workflow_schemes)
    }),
    get("/rest/api/3/config/fieldschemes", PAGE, Anonymous::Refused, |context| {
        required(context, ADMIN)?;
        if context.request.number("maxResults", 50)? > 100 {
            return Err(Reply::refusal(400, "maxResults must not exceed 100."));
        }
        values(context, &context.site.catalog.setup.field_schemes, 50, 100)
    }),
    get("/rest/api/3/issuesecurityschemes", &[], Anonymous::Refused, |context| {
        required(context, ADMIN)?;
        Ok(Reply::value(&json!({"issueSecuritySchemes": context.site.catalog.setup.security_schemes})))
    }),
    get("/rest/api/3/notificationscheme", &["startAt", "maxResults", "expand"], Anonymous::Refused, notifications),
    get(
        "/rest/api/3/workflows/search",
        &["startAt", "maxResults", "expand", "queryString", "scope"],
        Anonymous::Refused,
        workflows,
    ),
    get("/rest/api/3/settings/columns", &[], Anonymous::Refused, |context| whole(context, |setup| &setup.columns)),
    get("/rest/api/3/application-properties", &[], Anonymous::Refused, |context| {
        whole(context, |setup| &setup.settings)
    }),
    get("/rest/api/3/configuration/timetracking/list", &[], Anonymous::Refused, |context| {
        whole(context, |setup| &setup.time_tracking)
    }),
];

fn paged(context: &Context<'_>, list: fn(&Setup) -> &Vec<Value>) -> Answer {
    required(context, ADMIN)?;
    values(context, list(&context.site.catalog.setup), 50, 50)
}

fn whole(context: &Context<'_>, list: fn(&Setup) -> &Vec<Value>) -> Answer {
    required(context, ADMIN)?;
    Ok(Reply::value(&json!(list(&context.site.catalog.setup))))
}

/// Only schemes that the account administers; the recipients only if `expand` names them. (Jira REST v3:
/// `notificationscheme`.)
fn notifications(context: &Context<'_>) -> Answer {
    let expand = context.request.parameters("expand");
    let asked = |name: &str| expand.iter().any(|wanted| wanted == "all" || wanted == name);
    let may = ["ADMINISTER", "ADMINISTER_PROJECTS"].iter().any(|key| context.scenario.account.may(key));
    let seen = |body: &&Value| {
        let ids = body["projects"].as_array().into_iter().flatten().filter_map(Value::as_u64);
        may && ids
            .map(|id| id.to_string())
            .any(|id| context.site.catalog.project(&id).is_some_and(|place| context.site.browsable(place)))
    };
    let shown = |body: &Value| {
        let properties = body.as_object().into_iter().flatten();
        let kept =
            properties.filter(|(name, _)| asked("notificationSchemeEvents") || *name != "notificationSchemeEvents");
        Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
    };
    let found: Vec<Value> = context.site.catalog.setup.notification_schemes.iter().filter(seen).map(shown).collect();
    values(context, &found, 50, 50)
}

/// All for administrators; for others those of team-managed projects that they administer and whose workflow they can
/// view; 401 without these permissions. (Jira REST v3: `workflows/search`.)
fn workflows(context: &Context<'_>) -> Answer {
    let may = |key: &str| context.scenario.account.may(key);
    let all = may(ADMIN);
    let some = may("ADMINISTER_PROJECTS") && may("VIEW_READONLY_WORKFLOW");
    if !all && !some {
        return Err(Reply::refusal(401, "You do not have permission to view workflows."));
    }
    let request = context.request;
    let name = request.parameter("queryString").map(str::to_lowercase);
    let scope = request.parameter("scope").map(str::to_uppercase);
    let transitions = match request.parameter("expand") {
        None | Some("") => false,
        Some("values.transitions") => true,
        Some(other) => return Err(Reply::refusal(400, format!("The expand option '{other}' is not supported."))),
    };
    let wanted = |workflow: &&Workflow| {
        (all || workflow.project.is_some())
            && shown(context.site, workflow)
            && name.as_ref().is_none_or(|name| workflow.body["name"].to_string().to_lowercase().contains(name))
            && scope.as_ref().is_none_or(|scope| workflow.body["scope"]["type"] == scope.as_str())
    };
    let found: Vec<&Workflow> = context.site.catalog.setup.workflows.iter().filter(wanted).collect();
    let bodies: Vec<Value> = found
        .iter()
        .map(|workflow| {
            let mut body = workflow.body.clone();
            if let Some(properties) = body.as_object_mut().filter(|_| !transitions) {
                properties.remove("transitions");
            }
            body
        })
        .collect();
    let mut reply = values(context, &bodies, 50, 50)?;
    // The statuses of the workflows are a separate property.
    if let Ok(mut page) = serde_json::from_slice::<Value>(&reply.body) {
        let places = found.iter().flat_map(|workflow| &workflow.statuses);
        page["statuses"] = places
            .map(|place| &context.site.catalog.statuses[*place as usize])
            .map(|status| json!({"id": status.id, "name": status.name, "statusReference": status.id}))
            .collect();
        reply = Reply::value(&page);
    }
    Ok(reply)
}

pub(crate) fn shown(site: &Site, workflow: &Workflow) -> bool {
    workflow.project.is_none_or(|place| site.open(place))
}
