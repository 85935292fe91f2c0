//! What administrators set up: contexts and options of custom fields, workflows, notification schemes, shares of
//! filters.

use serde_json::{Value, json};

use crate::api::setup::shown;
use crate::site::Site;
use crate::site::setup::FieldContext;

/// Each context with its field and the field's type.
pub(super) fn field_contexts(site: &Site) -> Vec<Value> {
    let whole = |one: &FieldContext| {
        let schema = site.catalog.field(&one.field).map(|field| field.body["schema"].clone()).unwrap_or_default();
        let mut body = one.body.clone();
        body["fieldId"] = json!(one.field);
        (body["fieldType"], body["fieldItems"]) = (schema["type"].clone(), schema["items"].clone());
        body
    };
    site.catalog.setup.contexts.iter().map(whole).collect()
}

/// Each option with its field and its context.
pub(super) fn field_options(site: &Site) -> Vec<Value> {
    let of = |one: &FieldContext| {
        let (field, id) = (one.field.clone(), one.id.clone());
        one.options.clone().into_iter().map(move |mut option| {
            (option["fieldId"], option["contextId"]) = (json!(field), json!(id));
            option
        })
    };
    site.catalog.setup.contexts.iter().flat_map(of).collect()
}

/// As for an administrator.
pub(super) fn workflows(site: &Site) -> Vec<Value> {
    let all = site.catalog.setup.workflows.iter().filter(|workflow| shown(site, workflow));
    all.map(|workflow| workflow.body.clone()).collect()
}

/// As for an account that administers every accessible project.
pub(super) fn notification_schemes(site: &Site) -> Vec<Value> {
    let open = |body: &&Value| {
        let ids = body["projects"].as_array().into_iter().flatten().filter_map(Value::as_u64);
        ids.map(|id| id.to_string()).any(|id| site.catalog.project(&id).is_some_and(|place| site.browsable(place)))
    };
    site.catalog.setup.notification_schemes.iter().filter(open).cloned().collect()
}

/// Each share of a filter, with the filter's id.
pub(super) fn filter_shares(site: &Site) -> Vec<Value> {
    let of = |filter: &Value| {
        let shares = filter["sharePermissions"].as_array().cloned().unwrap_or_default();
        let id = filter["id"].clone();
        shares.into_iter().map(move |mut share| {
            share["filterId"] = id.clone();
            share
        })
    };
    site.catalog.filters.iter().flat_map(of).collect()
}

/// Lists that are the same for every administrator.
pub(super) fn plain<'a>(site: &'a Site, entity: &str) -> Option<&'a Vec<Value>> {
    let setup = &site.catalog.setup;
    Some(match entity {
        "dashboards" => &setup.dashboards,
        "field_schemes" => &setup.field_schemes,
        "issue_type_schemes" => &setup.issue_type_schemes,
        "issue_type_screen_schemes" => &setup.issue_type_screen_schemes,
        "security_schemes" => &setup.security_schemes,
        "workflow_schemes" => &setup.workflow_schemes,
        "status_categories" => &setup.status_categories,
        "settings" => &setup.settings,
        "columns" => &setup.columns,
        "time_tracking" => &setup.time_tracking,
        _ => return None,
    })
}
