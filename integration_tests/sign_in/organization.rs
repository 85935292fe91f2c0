//! The organization's key, which has an API and rules of its own.

use crate::{
    commands::harness::{WRONG, listed, run_with, verdict},
    support::Site,
};
use serde_json::{Value, json};

fn check(admin: impl Fn(&Site) -> Value) -> String {
    let site = Site::new(1, 1, "");
    let config = site.config_with(json!({"admin": admin(&site)}));
    verdict(&site, &run_with(&site, &["check"], &config))
}

#[test]
fn the_key_is_checked() {
    let rows = [
        ("good", check(|site| json!({"org_id": site.credentials().org_id, "api_key": site.credentials().org_key}))),
        ("wrong", check(|site| json!({"org_id": site.credentials().org_id, "api_key": WRONG}))),
        (
            "with scopes",
            check(|site| json!({"org_id": site.credentials().org_id, "api_key": site.credentials().scoped_org_key})),
        ),
        ("of another organization", check(|site| json!({"org_id": "another", "api_key": site.credentials().org_key}))),
        ("missing", check(|site| json!({"org_id": site.credentials().org_id}))),
    ];
    insta::assert_snapshot!("organization", listed(&rows));
}
