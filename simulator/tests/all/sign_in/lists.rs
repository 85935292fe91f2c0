//! What a token has access to: sites, organizations, the cloud ID.

use jira_simulator::Scenario;
use serde_json::json;

use super::{anonymous, basic, bearer, get, refresh, text, token};

const SITES: &str = "/oauth/token/accessible-resources";
const UNAUTHORISED: &str = r#"{"code":401,"message":"Unauthorized"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn tokens_list_their_sites() {
    let mut jira = anonymous("[sign_in]\nscopes = [\"read:jira-work\", \"offline_access\"]").await;
    let own = jira.jira.credentials().clone();
    let app = text(&refresh(&jira, &own.refresh_token), "access_token");
    let body = json!({"grant_type": "client_credentials", "client_id": own.service_client_id,
        "client_secret": own.service_client_secret});
    let service = text(&token(&jira, &body), "access_token");
    for known in [&app, &service, &own.service_token] {
        let listed = get(&mut jira, &bearer(known), SITES);
        let site = listed.json()[0].clone();
        assert_eq!((listed.status, listed.json().as_array().unwrap().len()), (200, 1));
        assert_eq!((&site["id"], &site["name"]), (&json!(jira.jira.cloud_id()), &json!("sim")));
        assert_eq!(
            (&site["url"], &site["scopes"]),
            (&json!("https://simulator.atlassian.net"), &json!(["read:jira-work"]))
        );
        assert!(site["avatarUrl"].is_string());
    }
    for unknown in [bearer("nonsense"), bearer(&own.token), basic(&own.email, &own.token), String::new()] {
        let refused = get(&mut jira, &unknown, SITES);
        assert_eq!((refused.status, refused.text()), (401, UNAUTHORISED.to_string()), "{unknown}");
    }
    assert_eq!(get(&mut jira, &bearer(&app), "/oauth/token").status, 405);
    let twice = "id = \"1\"\nurl = \"https://a.atlassian.net\"\nname = \"a\"\n";
    let other = "id = \"2\"\nurl = \"https://b.atlassian.net\"\nname = \"b\"\n";
    let scenario = [twice, twice, other].map(|site| format!("[[sign_in.sites]]\n{site}")).concat();
    jira.jira.set_scenario(Scenario::parse(&scenario).unwrap());
    let listed = get(&mut jira, &bearer(&app), SITES).json();
    let ids: Vec<&str> = listed.as_array().unwrap().iter().map(|site| site["id"].as_str().unwrap()).collect();
    assert_eq!((ids, &listed[2]["url"]), (vec!["1", "1", "2"], &json!("https://b.atlassian.net")));
    jira.jira.set_scenario(Scenario::parse("[sign_in]\nsites = []").unwrap());
    assert_eq!(get(&mut jira, &bearer(&app), SITES).json(), json!([]));
    jira.jira.set_scenario(Scenario::parse("[sign_in]\nrevoked = true").unwrap());
    assert_eq!(get(&mut jira, &bearer(&app), SITES).status, 401);
    assert_eq!(get(&mut jira, &bearer(&service), SITES).status, 200);
    assert_eq!(jira.jira.log().count(&format!("GET {SITES}")), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_need_their_key() {
    let mut jira = anonymous("").await;
    let own = jira.jira.credentials().clone();
    let org = json!({"id": own.org_id, "type": "orgs", "attributes": {"name": "Simulated Org"}});
    let one = format!("/admin/v1/orgs/{}", own.org_id);
    let key = bearer(&own.org_key);
    assert_eq!(get(&mut jira, &key, "/admin/v1/orgs").json(), json!({"data": [org], "links": {}}));
    assert_eq!(get(&mut jira, &key, &one).json(), json!({"data": org}));
    let missing = get(&mut jira, &key, "/admin/v1/orgs/other");
    let error = missing.json()["errors"][0].clone();
    assert_eq!((missing.status, &error["status"], &error["code"]), (404, &json!(404), &json!("ADMIN-404-1")));
    assert_eq!((&error["title"], &error["detail"]), (&json!("Not Found"), &json!("Organization not found")));
    assert!(error["id"].is_string());
    for path in ["/admin/v1/orgs", &one] {
        let refused = get(&mut jira, &bearer("nonsense"), path);
        assert_eq!((refused.status, refused.text()), (401, UNAUTHORISED.to_string()));
        let scoped = get(&mut jira, &bearer(&own.scoped_org_key), path);
        assert_eq!((scoped.status, scoped.text()), (403, r#"{"code":403,"message":"Forbidden"}"#.to_string()));
    }
    assert_eq!(jira.jira.log().count("GET /admin/v1/orgs/{orgId}"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cloud_id_needs_no_login_and_can_be_unavailable() {
    let mut jira = anonymous("").await;
    let tenant = "/_edge/tenant_info";
    assert_eq!(jira.get(tenant).json()["cloudId"], jira.jira.cloud_id());
    jira.jira.set_scenario(Scenario::parse("[site]\ncloud_id = \"other\"").unwrap());
    assert_eq!(jira.get(tenant).json()["cloudId"], "other");
    let own = jira.jira.credentials().clone();
    let reached = super::through(&mut jira, &basic(&own.email, &own.token), "/rest/api/3/myself");
    assert_eq!(reached.status, 200, "the gateway knows the site by its real id");
    jira.jira.set_scenario(Scenario::parse("[site]\ntenant_info = false").unwrap());
    let refused = jira.get(tenant);
    assert_eq!((refused.status, refused.text().contains("dead link")), (404, true));
}
