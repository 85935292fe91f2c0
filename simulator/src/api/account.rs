//! The calling account and the site it calls.

use serde_json::json;

use super::route::{Anonymous, Host, Route, get};
use crate::scenario::Deployment;
use crate::server::auth::Who;
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::options::SiteOptions;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/myself", &["expand"], Anonymous::Refused, myself),
    get("/rest/api/3/serverInfo", &["doHealthCheck"], Anonymous::Same, server_info),
    // Jira Server and Data Center have this version, too.
    get("/rest/api/2/serverInfo", &["doHealthCheck"], Anonymous::Same, server_info),
    Route { host: Host::Site, ..get("/_edge/tenant_info", &[], Anonymous::Same, tenant) },
];

/// The cloud ID, the same for every simulated site.
pub(crate) const CLOUD_ID: &str = "51310000-0000-4000-8000-00000051310a";

/// The service account's ID; it is not one of the site's users.
pub(crate) const SERVICE_ACCOUNT_ID: &str = "sim-bot-account";

fn myself(context: &Context<'_>) -> Answer {
    let service_account = context.who == Some(Who::ServiceAccount);
    let Some(user) = context.site.catalog.users.first() else { return Err(Reply::refusal(404, "No account.")) };
    let mut body = user.body.clone();
    if service_account {
        let base = &context.site.catalog.base_url;
        body["self"] = json!(format!("{base}/rest/api/3/user?accountId={SERVICE_ACCOUNT_ID}"));
        body["accountId"] = json!(SERVICE_ACCOUNT_ID);
        body["accountType"] = json!("app");
        body["displayName"] = json!("Simulated Bot");
    }
    body["timeZone"] = json!(context.site.zone.name());
    body["locale"] = json!(if context.scenario.account.language == "de" { "de_DE" } else { "en_US" });
    let own = context.credentials;
    body["emailAddress"] = json!(if service_account { &own.service_email } else { &own.email });
    body["groups"] = json!({"size": 1, "items": []});
    body["applicationRoles"] = json!({"size": 1, "items": []});
    body["expand"] = json!("groups,applicationRoles");
    Ok(Reply::value(&body))
}

/// It needs no login, so a response does not prove one.
fn server_info(context: &Context<'_>) -> Answer {
    let (site, utc) = (context.site, crate::time::Zone::utc());
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

/// It needs no login. (Reported by users, widely used.)
fn tenant(context: &Context<'_>) -> Answer {
    let rules = &context.scenario.site;
    if !rules.tenant_info {
        return Err(Reply::dead_link());
    }
    Ok(Reply::value(&json!({"cloudId": rules.cloud_id.as_deref().unwrap_or(CLOUD_ID)})))
}
