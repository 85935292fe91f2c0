//! Values in another shape than Jira documents: what can be requested in another way arrives, the rest is counted.

use crate::support::{Destination, Output, Proxy, Site, Verdict, assert_equal, catalog};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

fn read_changed(site: &Site, streams: &[&str], path: &'static str, change: fn(Value) -> Value) -> Output {
    let proxy =
        Proxy::new(
            &site.host(),
            move |asked| {
                if asked.path.starts_with(path) { Verdict::Change(change) } else { Verdict::Pass }
            },
        );
    let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": "ids"}));
    site.read_with(&config, &catalog(streams, "full_refresh"), None).good()
}

/// How many values of a stream are reported as unknown.
fn unknown(output: &Output, stream: &str) -> u64 {
    let start = format!("Report, skipped in {stream}: ");
    let line = output.logs().into_iter().find(|log| log.starts_with(&start) && log.contains("unknown_shape"));
    let times =
        line.and_then(|line| line[start.len()..].split(" × unknown_shape").next()?.rsplit(' ').next()?.parse().ok());
    times.unwrap_or(0)
}

const PAGES: &str = "/rest/api/3/issue/bulkfetch";

fn each_issue(mut page: Value, change: impl Fn(&mut Value)) -> Value {
    page["issues"].as_array_mut().into_iter().flatten().for_each(change);
    page
}

/// Their endpoints have them, too.
#[test]
fn comments_worklogs_and_changelogs_that_an_issue_shows_in_another_shape_are_requested() {
    let site = Site::new(60, 901, "");
    let streams = ["issue_comments", "issue_worklogs", "issue_changelogs", "issue_votes", "issue_watchers"];
    let changes: [fn(Value) -> Value; 3] = [
        |page| {
            each_issue(page, |issue| {
                issue["changelog"] = "text".into();
                for field in ["comment", "worklog", "votes", "watches"] {
                    issue["fields"][field] = "text".into();
                }
            })
        },
        |page| {
            each_issue(page, |issue| {
                issue["changelog"] = json!({"histories": {}});
                issue["fields"]["comment"] = json!({"comments": "text"});
                issue["fields"]["worklog"] = json!({"worklogs": 7});
                issue["fields"]["votes"] = json!([]);
                issue["fields"]["watches"] = json!({"watchCount": "many"});
            })
        },
        |page| {
            each_issue(page, |issue| {
                for field in ["comment", "worklog"] {
                    issue["fields"][field] = json!([1]);
                }
            })
        },
    ];
    for change in changes {
        let mut destination = Destination::default();
        destination.load(&read_changed(&site, &streams, PAGES, change));
        assert_equal(&site, &destination, &streams);
    }
}

/// Reported for Jira Server's form of the sprint field, a text for each sprint, in the issues of other connectors.
#[test]
fn what_an_issue_alone_shows_is_counted_where_its_shape_is_unknown() {
    let site = Site::new(60, 902, "");
    let streams = ["issues", "sprint_issues", "issue_attachments", "issue_links", "deleted_attachments"];
    let whole = site.read(&streams, "full_refresh", None).good();
    let changed = read_changed(&site, &streams, PAGES, |page| {
        each_issue(page, |issue| {
            let fields = issue["fields"].as_object_mut().expect("an object");
            for (_, value) in fields.iter_mut() {
                let sprints = value.as_array_mut().into_iter().flatten();
                for sprint in sprints.filter(|sprint| sprint.get("boardId").is_some()) {
                    *sprint = format!("com.atlassian.greenhopper.service.sprint.Sprint@1f[id={}]", sprint["id"]).into();
                }
            }
            fields["attachment"] = "text".into();
            fields["issuelinks"] = json!({"outwardIssue": {}});
        })
    });
    let issues = whole.records("issues").len();
    assert_eq!(changed.records("issues").len(), issues);
    assert!(!whole.records("sprint_issues").is_empty());
    assert_eq!(unknown(&changed, "sprint_issues"), whole.records("sprint_issues").len() as u64);
    // Without the attachments that an issue still has, none can be said to be deleted.
    for stream in ["issue_attachments", "issue_links", "deleted_attachments"] {
        assert_eq!((changed.records(stream).len(), unknown(&changed, stream)), (0, issues as u64), "{stream}");
    }
    assert_eq!(unknown(&whole, "issue_links"), 0);
}

/// Without its ID, its own lists can't be requested.
#[test]
fn a_record_without_an_id_is_counted_by_the_streams_that_need_it() {
    let site = Site::new(30, 903, "");
    for (child, path, change) in [
        (
            "sprints",
            "/rest/agile/1.0/board?",
            (|mut page: Value| {
                page["values"][0].as_object_mut().expect("a board").remove("id");
                page["values"][0]["type"] = "scrum".into();
                page
            }) as fn(Value) -> Value,
        ),
        ("users_groups_detailed", "/rest/api/3/users/search?", |mut page| {
            if let Some(user) = page.as_array_mut().and_then(|users| users.first_mut()) {
                user.as_object_mut().expect("a user").remove("accountId");
            }
            page
        }),
        ("project_versions", "/rest/api/3/project/search?", |mut page| {
            if let Some(project) = page["values"].as_array_mut().and_then(|projects| projects.first_mut()) {
                project["id"] = json!({"value": 1});
            }
            page
        }),
    ] {
        let output = read_changed(&site, &[child], path, change);
        assert_eq!(unknown(&output, child), 1, "{child}: {:#?}", output.logs());
        assert!(!output.records(child).is_empty(), "{child}: the others arrive");
    }
}

/// Jira cuts texts within a character (reported of other connectors): strict readers refuse the half that stays.
#[test]
fn half_a_character_becomes_a_replacement_and_is_counted() {
    let site = Site::new(30, 904, "");
    let proxy = Proxy::new(&site.host(), |asked| match asked.is("POST", PAGES) {
        true => Verdict::Rewrite(|body| body.replace("\"summary\":\"", "\"summary\":\"\\ud83d \u{2028}")),
        false => Verdict::Pass,
    });
    let config = site.config_with(json!({"domain": proxy.host(), "scan_mode": "ids"}));
    let output = site.read_with(&config, &catalog(&["issues"], "full_refresh"), None).good();
    let issues = output.records("issues");
    assert_eq!(issues.len(), site.truth("issues").len());
    for issue in &issues {
        let summary = issue["fields"]["summary"].as_str().expect("a text");
        assert!(summary.starts_with("\u{fffd} \u{2028}"), "{summary}");
    }
    assert!(!output.stdout.contains('\u{2028}') && !output.stdout.contains("\\ud83d \\u"), "raw");
    assert!(output.logs().iter().any(|log| log.contains("replaced by U+FFFD")), "{:#?}", output.logs());
}

/// What is requested of an issue says what it is: an empty object would be an issue without votes.
#[test]
fn an_empty_reply_about_an_issue_is_an_error_and_the_next_sync_asks_again() {
    let site = Site::new(40, 905, "");
    let streams = ["issue_votes", "issue_watchers", "issue_properties"];
    for part in ["/votes", "/watchers", "?fields=id&properties"] {
        let turn = AtomicUsize::new(0);
        let proxy = Proxy::new(&site.host(), move |asked| {
            let is_empty = asked.path.contains(part) && turn.fetch_add(1, Ordering::Relaxed) == 2;
            if is_empty { Verdict::Answer(200, "{}".into()) } else { Verdict::Pass }
        });
        let config = site.config_with(json!({"domain": proxy.host()}));
        let mut destination = Destination::default();
        let output = site.read_with(&config, &catalog(&streams, "incremental"), None);
        assert_eq!((output.code, output.errors().len()), (Some(1), 1), "{part}: {:?}", output.errors());
        destination.load(&output);
        let state = destination.state();
        destination.load(&site.read_with(&config, &catalog(&streams, "incremental"), Some(&state)).good());
        assert_equal(&site, &destination, &streams);
    }
}
