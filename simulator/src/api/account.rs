//! The calling account and the site it calls.

use serde_json::json;

use super::routes::{Nobody, Route, get};
use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;
use crate::site::options::SiteOptions;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/myself", &["expand"], Nobody::Refused, myself),
    get("/rest/api/3/serverInfo", &["doHealthCheck"], Nobody::Same, server_info),
    get("/_edge/tenant_info", &[], Nobody::Same, tenant),
];

/// The cloud id, the same for every simulated site.
pub(crate) const CLOUD_ID: &str = "51310000-0000-4000-8000-00000051310a";

fn myself(context: &Context<'_>) -> Answer {
    let Some(user) = context.site.catalog.users.first() else { return Err(Reply::refusal(404, "No account.")) };
    let mut body = user.body.clone();
    body["timeZone"] = json!(context.site.zone.name());
    body["locale"] = json!(if context.scenario.account.language == "de" { "de_DE" } else { "en_US" });
    body["emailAddress"] = json!(context.email);
    body["groups"] = json!({"size": 1, "items": []});
    body["applicationRoles"] = json!({"size": 1, "items": []});
    body["expand"] = json!("groups,applicationRoles");
    Ok(Reply::value(&body))
}

/// Answers anybody, so it is no proof of a login.
fn server_info(context: &Context<'_>) -> Answer {
    let (site, utc) = (context.site, crate::when::Zone::utc());
    Ok(Reply::value(&json!({"baseUrl": site.catalog.base_url, "displayUrl": site.catalog.base_url,
        "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud", "buildNumber": 100_300,
        "buildDate": utc.stamped(SiteOptions::default().end_of_past()), "serverTime": site.zone.stamped(context.now),
        "scmInfo": "0000000000000000000000000000000000000000", "serverTitle": "Jira", "defaultLocale": {"locale": "en_US"},
        "serverTimeZone": "Etc/UTC"})))
}

fn tenant(_: &Context<'_>) -> Answer {
    Ok(Reply::value(&json!({"cloudId": CLOUD_ID})))
}
