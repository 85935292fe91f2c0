//! Which site is meant: found without a setting, or an error for each kind of mix-up.

use crate::{
    commands::harness::{listed, run_with, verdict},
    support::{Form, Site},
};
use serde_json::{Value, json};

const OTHER: &str = "99999999-a1b2-3b33-c444-def123456789";
const BETA: &str = "88888888-a1b2-3b33-c444-def123456789";

fn check(scenario: &str, form: Form, change: impl Fn(&Site, &mut Value)) -> String {
    let site = Site::new(1, 1, scenario);
    let mut config = site.config_of(form);
    change(&site, &mut config);
    verdict(&site, &run_with(&site, &["check"], &config))
}

/// One list entry of accessible-resources.
fn entry(id: &str, host: &str) -> String {
    format!("[[sign_in.sites]]\nid = \"{id}\"\nurl = \"https://{host}\"\nname = \"{host}\"\n")
}

/// What `/_edge/tenant_info` answers, turned off.
const SILENT: &str = "[site]\ntenant_info = false\n";

#[test]
fn each_mix_up_has_its_own_error() {
    let nothing = |_: &Site, _: &mut Value| {};
    let given = |id: &'static str| move |_: &Site, config: &mut Value| config["cloud_id"] = json!(id);
    let two = format!("{SILENT}{}{}", entry(BETA, "beta.atlassian.net"), entry(OTHER, "gamma.atlassian.net"));
    let named = format!("{}{}", entry(OTHER, "gamma.atlassian.net"), entry(BETA, "beta.atlassian.net"));
    let rows = [
        ("domain and cloud_id differ", check("", Form::ServiceToken, given(OTHER))),
        ("they differ, and the other site is known", check(&named, Form::OAuth, given(OTHER))),
        ("several sites, none with this domain", check(&two, Form::OAuth, nothing)),
        ("no site at all", check(&format!("{SILENT}[sign_in]\nsites = []\n"), Form::ServiceToken, nothing)),
        ("no cloud ID to be had for an API token", check(SILENT, Form::ScopedToken, nothing)),
        (
            "a cloud ID that nothing confirms, of another site",
            check(SILENT, Form::ServiceToken, |site, config| config["cloud_id"] = json!(site.cloud_id())),
        ),
        ("Data Center", check("[site]\ndeployment = \"Server\"\ntenant_info = false", Form::ApiToken, nothing)),
        (
            "Data Center, and credentials that need the gateway",
            check(
                "[site]\ndeployment = \"DataCenter\"\ntenant_info = false\n[sign_in]\nsites = []",
                Form::ScopedToken,
                |_, config| {
                    config["api_host"] = json!("gateway");
                },
            ),
        ),
        (
            "a service account, told to use the site",
            check("", Form::ServiceToken, |_, config| config["api_host"] = json!("site")),
        ),
    ];
    insta::assert_snapshot!("mix_ups", listed(&rows));
}

#[test]
fn the_cloud_id_is_found_without_a_setting() {
    let nothing = |_: &Site, _: &mut Value| {};
    let site = Site::new(1, 1, "");
    let own = entry(site.cloud_id(), "sim.atlassian.net");
    let twice = format!("{SILENT}{own}{own}");
    for (case, text) in [
        ("as the site tells it", check("", Form::ServiceToken, nothing)),
        ("the only one of a custom domain, once per product", check(&twice, Form::ServiceToken, nothing)),
        ("given", check("", Form::ServiceToken, |site, config| config["cloud_id"] = json!(site.cloud_id()))),
        (
            "in capitals, with the credentials",
            check("", Form::ServiceToken, |site, config| {
                config["credentials"]["cloud_id"] = json!(site.cloud_id().to_uppercase());
            }),
        ),
        (
            "within the address",
            check("", Form::ServiceToken, |site, config| {
                config["domain"] = json!(format!("{}/ex/jira/{}", site.url(), site.cloud_id()));
            }),
        ),
    ] {
        assert!(text.starts_with("SUCCEEDED"), "{case}: {text}");
        assert_eq!(text.contains("simulator.atlassian.net"), case == "within the address", "{text}");
    }
}

/// One refused request more, and a word about how to spare it.
#[test]
fn a_token_with_scopes_falls_to_the_gateway_and_says_so() {
    for scheme in ["basic", "bearer", "both"] {
        let site = Site::new(1, 1, &format!("[sign_in]\nscoped_token_scheme = \"{scheme}\""));
        let mut config = site.config_of(Form::ScopedToken);
        let text = verdict(&site, &run_with(&site, &["check"], &config));
        assert!(text.contains("Set `api_host` to \"gateway\""), "{scheme}: {text}");
        config["api_host"] = json!("gateway");
        let text = verdict(&site, &run_with(&site, &["check"], &config));
        let spared = !text.contains("api_host");
        assert!(text.starts_with("SUCCEEDED") && (spared || scheme == "bearer"), "{scheme}: {text}");
        config["api_host"] = json!("site");
        let text = verdict(&site, &run_with(&site, &["check"], &config));
        assert!(text.starts_with("FAILED"), "{scheme}: {text}");
    }
}
