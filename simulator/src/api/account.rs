//! The calling account and the site it calls.

use serde_json::json;

use super::routes::{Host, Nobody, Route, get};
use crate::scenario::Deployment;
use crate::server::auth::Who;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::options::SiteOptions;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/myself", &["expand"], Nobody::Refused, myself),
    get("/rest/api/3/serverInfo", &["doHealthCheck"], Nobody::Same, server_info),
    // The version that Jira Server and Data Center have too.
    get("/rest/api/2/serverInfo", &["doHealthCheck"], Nobody::Same, server_info),
    Route { host: Host::Site, ..get("/_edge/tenant_info", &[], Nobody::Same, tenant) },
];

/// The cloud id, the same for every simulated site.
pub(crate) const CLOUD_ID: &str = "51310000-0000-4000-8000-00000051310a";

/// The service account's id; it is none of the site's users.
pub(crate) const ROBOT_ID: &str = "sim-bot-account";

fn myself(context: &Context<'_>) -> Answer {
    let robot = context.who == Some(Who::Robot);
    let Some(user) = context.site.catalog.users.first() else { return Err(Reply::refusal(404, "No account.")) };
    let mut body = user.body.clone();
    if robot {
        let base = &context.site.catalog.base_url;
        body["self"] = json!(format!("{base}/rest/api/3/user?accountId={ROBOT_ID}"));
        body["accountId"] = json!(ROBOT_ID);
        body["accountType"] = json!("app");
        body["displayName"] = json!("Simulated Bot");
    }
    body["timeZone"] = json!(context.site.zone.name());
    body["locale"] = json!(if context.scenario.account.language == "de" { "de_DE" } else { "en_US" });
    let own = context.credentials;
    body["emailAddress"] = json!(if robot { &own.service_email } else { &own.email });
    body["groups"] = json!({"size": 1, "items": []});
    body["applicationRoles"] = json!({"size": 1, "items": []});
    body["expand"] = json!("groups,applicationRoles");
    Ok(Reply::value(&body))
}

/// Answers anybody, so it is no proof of a login.
fn server_info(context: &Context<'_>) -> Answer {
    let (site, utc) = (context.site, crate::when::Zone::utc());
    let deployment = context.scenario.site.deployment;
    let (version, numbers) = match deployment {
        Deployment::Cloud => ("1001.0.0-SNAPSHOT", [1001, 0, 0]),
        Deployment::Server | Deployment::DataCenter => ("9.12.0", [9, 12, 0]),
    };
    Ok(Reply::value(&json!({"baseUrl": site.catalog.base_url, "displayUrl": site.catalog.base_url,
        "version": version, "versionNumbers": numbers, "deploymentType": deployment.name(), "buildNumber": 100_300,
        "buildDate": utc.stamped(SiteOptions::default().end_of_past()), "serverTime": site.zone.stamped(context.now),
        "scmInfo": "0000000000000000000000000000000000000000", "serverTitle": "Jira", "defaultLocale": {"locale": "en_US"},
        "serverTimeZone": "Etc/UTC"})))
}

/// Answers anybody. (Reported by users, widely used.)
fn tenant(context: &Context<'_>) -> Answer {
    let rules = &context.scenario.site;
    if !rules.tenant_info {
        return Err(Reply::dead_link());
    }
    Ok(Reply::value(&json!({"cloudId": rules.cloud_id.as_deref().unwrap_or(CLOUD_ID)})))
}
