//! Generated sites: deterministic, with data that breaks pipelines.

use jira_simulator::{ENTITIES, ServerOptions, Site, SiteOptions, start};
use serde_json::Value;

use crate::client::{NOW, small};

async fn truth(options: &SiteOptions, entity: &str) -> Vec<Value> {
    start(Site::generate(options), ServerOptions::default()).await.unwrap().truth(entity)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_decides() {
    let other = SiteOptions { seed: 2, ..small(120) };
    for entity in ["issues", "changelogs", "users", "sprints"] {
        assert_eq!(truth(&small(120), entity).await, truth(&small(120), entity).await, "{entity}");
        assert_ne!(truth(&small(120), entity).await, truth(&other, entity).await, "{entity}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_can_be_tiny_or_have_many_projects() {
    for (issues, projects, users) in [(0, 1, 1), (1, 1, 1), (40, 3, 2), (60, 45, 5)] {
        let jira = start(Site::generate(&SiteOptions { projects, users, ..small(issues) }), ServerOptions::default())
            .await
            .unwrap();
        jira.random_edits(30, 1);
        for entity in ENTITIES {
            jira.truth(entity);
        }
        assert_eq!(jira.site_summary().users, u64::from(users));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_has_all_kinds_of_entities() {
    let jira = start(Site::generate(&small(1000)), ServerOptions::default()).await.unwrap();
    for entity in ENTITIES {
        assert!(!jira.truth(entity).is_empty(), "{entity}");
    }
    let summary = jira.site_summary();
    let average = |count: u64| count as f64 / summary.issues as f64;
    assert!((2.0..4.0).contains(&average(summary.comments)), "{summary:?}");
    assert!((1.5..2.5).contains(&average(summary.worklogs)), "{summary:?}");
    assert!((6.0..10.0).contains(&average(summary.histories)), "{summary:?}");
    assert_eq!(summary.comments as usize, jira.truth("comments").len());
    assert_eq!(summary.histories as usize, jira.truth("changelogs").len());
    assert_eq!(summary.attachments as usize, jira.truth("attachments").len());
    let issues = jira.truth("issues");
    let text = serde_json::to_string(&issues).unwrap();
    for odd in ["\\u0000", "\u{2028}", "👩‍👩‍👧‍👦", "שלום", "测试", "e\u{301}"] {
        assert!(text.contains(odd), "{odd:?}");
    }
    let fields = |test: &dyn Fn(&Value) -> bool| issues.iter().filter(|issue| test(&issue["fields"])).count();
    assert!((1..20).contains(&fields(&|f| f.get("updated").is_none())));
    assert!(fields(&|f| f.get("comment").is_none()) > 0 && fields(&|f| f["comment"]["total"] == 0) > 0);
    assert!(fields(&|f| f["reporter"]["displayName"] == "Former user") > 0);
    assert!(
        fields(&|f| f.get("parent").is_some()) > 0
            && fields(&|f| f["customfield_10020"].as_array().is_some_and(|all| all.len() > 1)) > 0
    );
    let custom = issues[0]["fields"].as_object().unwrap().keys().filter(|key| key.starts_with("customfield_")).count();
    assert!(custom > 90, "{custom}");
    let comments = jira.truth("comments");
    assert!(
        comments.iter().any(|one| one.get("author").is_none()) && comments.iter().any(|one| one["jsdPublic"] == false)
    );
    assert!(comments.iter().any(|one| one.get("visibility").is_some()));
    assert!(jira.truth("changelogs").iter().any(|one| one["items"][0].get("fieldId").is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_never_changed_before_its_children() {
    let jira = start(Site::generate(&small(300)), ServerOptions::default()).await.unwrap();
    let at = |text: &Value| {
        chrono::DateTime::parse_from_str(text.as_str().unwrap(), "%Y-%m-%dT%H:%M:%S%.f%z").unwrap().timestamp_millis()
    };
    let issues = jira.truth("issues");
    let updated: std::collections::HashMap<&str, i64> = issues
        .iter()
        .filter(|one| one["fields"].get("updated").is_some())
        .map(|one| (one["id"].as_str().unwrap(), at(&one["fields"]["updated"])))
        .collect();
    for (entity, field) in
        [("comments", "updated"), ("worklogs", "updated"), ("changelogs", "created"), ("attachments", "created")]
    {
        for child in jira.truth(entity) {
            if let Some(updated) = updated.get(child["issueId"].as_str().unwrap()) {
                assert!(at(&child[field]) <= *updated && *updated <= NOW, "{entity}: {child}");
            }
        }
    }
}
