//! Removed children of issues, and archived issues.

use serde_json::{Value, json};

use super::{bulk, count, done, issue, refused};
use crate::client::site;

#[tokio::test(flavor = "multi_thread")]
async fn some_removals_move_updated_and_some_do_not() {
    let jira = site(300, "").await;
    let all = jira.ids("project = CORE AND issuetype = Task ORDER BY id ASC");
    let (id, other) = (&all[0], &all[1]);
    for kind in ["vote", "watch", "add_remote_link", "attach", "attach", "add_comment"] {
        done(&jira, json!({"kind": kind, "issue": id}));
    }
    done(&jira, json!({"kind": "set_property", "issue": id, "key": "k", "value": 1}));
    let linked = done(&jira, json!({"kind": "link", "from": id, "to": other}))["child"].clone();
    let before = issue(&jira, id);
    let counted = |field: &str| before["fields"][field].as_array().unwrap().len();
    let (files, links) = (counted("attachment"), counted("issuelinks"));
    let first = before["fields"]["attachment"][0].clone();
    let removals = [
        (json!({"kind": "delete_attachment", "issue": id, "attachment": first["id"]}), true),
        (json!({"kind": "delete_attachment", "issue": id}), true),
        (json!({"kind": "delete_link", "issue": id, "link": linked}), true),
        (json!({"kind": "delete_comment", "issue": id}), true),
        (json!({"kind": "unvote", "issue": id}), false),
        (json!({"kind": "unwatch", "issue": id}), false),
        (json!({"kind": "delete_remote_link", "issue": id}), false),
        (json!({"kind": "delete_property", "issue": id, "key": "k"}), false),
    ];
    for (edit, moves) in removals {
        let (then, far) = (issue(&jira, id), issue(&jira, other));
        let edited = done(&jira, edit.clone());
        let now = issue(&jira, id);
        assert_eq!(
            (&edited["moved_updated"], now["fields"]["updated"] != then["fields"]["updated"]),
            (&json!(moves), moves),
            "{edit}"
        );
        let written = now["changelog"]["total"].as_u64().unwrap() - then["changelog"]["total"].as_u64().unwrap();
        let traced = moves && edit["kind"] != "delete_comment";
        assert_eq!(written, u64::from(traced), "{edit}");
        let both_ends = edit["kind"] == "delete_link";
        assert_eq!(issue(&jira, other)["fields"]["updated"] != far["fields"]["updated"], both_ends, "{edit}");
    }
    let now = issue(&jira, id);
    let left = |field: &str| now["fields"][field].as_array().unwrap().len();
    assert_eq!((left("attachment"), left("issuelinks")), (files - 2, links - 1));
    assert_eq!(
        (&now["fields"]["votes"]["hasVoted"], &now["fields"]["watches"]["isWatching"]),
        (&json!(false), &json!(false))
    );
    let items: Vec<&Value> = (0..3).map(|at| &now["changelog"]["histories"][at]["items"][0]).collect();
    let key = &issue(&jira, other)["key"];
    assert_eq!((&items[0]["field"], &items[0]["from"], &items[0]["to"]), (&json!("Link"), key, &Value::Null));
    assert_eq!(items[0]["fromString"], format!("This issue relates to {}", key.as_str().unwrap()));
    assert_eq!(
        (&items[2]["field"], &items[2]["from"], &items[2]["to"]),
        (&json!("Attachment"), &first["id"], &Value::Null)
    );
    assert_eq!((&items[2]["fromString"], &items[2]["toString"]), (&first["filename"], &Value::Null));
    assert_eq!(issue(&jira, other)["changelog"]["histories"][0]["items"][0]["from"], now["key"]);
    refused(&jira, json!({"kind": "delete_property", "issue": id, "key": "k"}));
    refused(&jira, json!({"kind": "delete_attachment", "issue": id, "attachment": first["id"]}));
    refused(&jira, json!({"kind": "delete_link", "issue": id, "link": linked}));
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_issues_are_not_found() {
    let jira = site(300, "").await;
    let truth = jira.jira.truth("issues");
    let parent =
        truth.iter().find(|one| one["fields"]["subtasks"].as_array().is_some_and(|all| !all.is_empty())).unwrap();
    let (id, child) = (parent["id"].as_str().unwrap().to_string(), &parent["fields"]["subtasks"][0]["id"]);
    let all = jira.ids("project is not EMPTY");
    refused(&jira, json!({"kind": "archive_issue", "issue": child}));
    refused(&jira, json!({"kind": "unarchive_issue", "issue": id}));
    let edited = done(&jira, json!({"kind": "archive_issue", "issue": id}));
    assert_eq!(edited["moved_updated"], false);
    let both = [id.clone(), child.as_str().unwrap().to_string()];
    let found = jira.ids("project is not EMPTY");
    assert!(both.iter().all(|one| all.contains(one) && !found.contains(one)));
    assert_eq!(count(&jira, "project is not EMPTY"), found.len() as u64);
    assert!(bulk(&jira, &both).is_empty() && jira.get(&format!("/rest/api/3/issue/{id}/worklog")).status == 404);
    assert!(!crate::client::ids(&jira.jira.truth("issues")).contains(&id));
    let searched = jira.get(&format!("/rest/api/3/search/jql?jql=id%3D{id}&includeArchivedProjects=true")).json();
    assert_eq!(searched["issues"], json!([]), "its project isn't archived");
    done(&jira, json!({"kind": "unarchive_issue", "issue": id}));
    assert_eq!((jira.ids("project is not EMPTY"), bulk(&jira, &both).len()), (all, 2));
    assert_eq!(issue(&jira, &id)["fields"]["updated"], parent["fields"]["updated"]);
}
