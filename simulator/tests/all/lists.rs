//! Lists other than children of issues: projects, users, fields, boards.

use serde_json::{Value, json};

use jira_simulator::{Site, SiteOptions};

use crate::client::{Client, serve, site, small};

/// All values of an offset-paged list.
fn all(jira: &Client, path: &str) -> Vec<Value> {
    let (mut found, mut start) = (Vec::new(), 0);
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = jira.get(&format!("{path}{mark}startAt={start}&maxResults=1000")).json();
        let values = page["values"].as_array().unwrap();
        found.extend(values.clone());
        start += values.len();
        if page["isLast"] == true {
            assert_eq!(page["total"], found.len());
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_every_state() {
    let jira = site(300, "").await;
    let keys =
        |path: &str| all(&jira, path).iter().map(|one| one["key"].as_str().unwrap().to_string()).collect::<Vec<_>>();
    let live = keys("/rest/api/3/project/search");
    assert_eq!(live, ["AND", "BIZ", "CORE", "HELP", "IDEA", "NEW", "TEAM"]);
    assert_eq!(keys("/rest/api/3/project/search?status=archived,deleted"), ["BIN", "OLD"]);
    let plain = &all(&jira, "/rest/api/3/project/search?keys=CORE")[0];
    assert!(plain.get("lead").is_none() && plain.get("description").is_none());
    let full = all(&jira, "/rest/api/3/project/search?expand=lead,description,insight");
    let of = |key: &str| full.iter().find(|one| one["key"] == key).unwrap();
    assert!(of("CORE")["lead"]["accountId"].is_string());
    assert_eq!(of("CORE")["insight"]["totalIssueCount"], jira.ids("project = CORE").len());
    assert_eq!(of("NEW")["insight"], json!({"totalIssueCount": 0}), "no issue, no time");
    assert!(of("CORE")["insight"]["lastIssueUpdateTime"].as_str().unwrap().ends_with("+0000"));
    assert_eq!(of("IDEA")["projectTypeKey"], "product_discovery");
    for inaccessible in ["SECR", "BIN", "NOPE"] {
        assert_eq!(jira.get(&format!("/rest/api/3/project/{inaccessible}")).status, 404);
    }
    assert_eq!(jira.get("/rest/api/3/project/OLD").status, 200);
    assert_eq!(jira.get("/rest/api/3/project/OLD/versions").status, 404);
    let versions = jira.get("/rest/api/3/project/CORE/versions").json();
    assert_eq!(all(&jira, "/rest/api/3/project/CORE/version"), *versions.as_array().unwrap());
    assert!(versions.as_array().unwrap().len() > 50);
    assert_eq!(jira.get("/rest/api/3/project/CORE/version?maxResults=500").json()["maxResults"], 50);
    assert_eq!(all(&jira, "/rest/api/3/component").len(), jira.jira.truth("components").len());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_fields() {
    let jira = site(20, "").await;
    let users = jira.get("/rest/api/3/users/search?maxResults=1000").json();
    assert_eq!(users.as_array().unwrap().len(), 50);
    assert_eq!(jira.get("/rest/api/3/users/search?startAt=50").json(), json!([]));
    for kind in ["atlassian", "app", "customer", "unknown"] {
        assert!(users.as_array().unwrap().iter().any(|user| user["accountType"] == kind), "{kind}");
    }
    let groups = all(&jira, "/rest/api/3/group/bulk");
    assert!(groups.len() > 50);
    let group = groups[1]["groupId"].as_str().unwrap();
    let page =
        jira.get(&format!("/rest/api/3/group/member?groupId={group}&maxResults=100&includeInactiveUsers=true")).json();
    assert_eq!(page["maxResults"], 50);
    let active = all(&jira, &format!("/rest/api/3/group/member?groupId={group}"));
    assert!(
        active.len() < page["total"].as_u64().unwrap() as usize && active.iter().all(|user| user["active"] == true)
    );
    let fields = jira.get("/rest/api/3/field").json();
    assert!(all(&jira, "/rest/api/3/field/search").len() < fields.as_array().unwrap().len());
    let custom = |name: &str| fields.as_array().unwrap().iter().filter(|field| field["name"] == name).count();
    assert!(custom("Severity") > 1, "one name, several fields");
    for path in ["priority/search", "resolution/search", "label", "filter/search", "statuses/search"] {
        assert!(!all(&jira, &format!("/rest/api/3/{path}")).is_empty(), "{path}");
    }
    for path in ["issuetype", "status", "projectCategory", "project"] {
        assert!(!jira.get(&format!("/rest/api/3/{path}")).json().as_array().unwrap().is_empty(), "{path}");
    }
    let filter = &jira.get("/rest/api/3/filter/search?expand=jql").json()["values"][0];
    assert!(filter["jql"].is_string() && filter.get("owner").is_none());
    let unsure = jira.get("/rest/api/3/label?startAt=x");
    assert_eq!((unsure.status, unsure.header("content-type").unwrap().contains("problem+json")), (400, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_and_sprints() {
    let jira = site(20, "").await;
    let boards = all(&jira, "/rest/agile/1.0/board");
    assert_eq!(boards.len(), jira.jira.truth("boards").len());
    assert!(jira.jira.truth_with_hidden("boards").len() > boards.len());
    assert!(boards.iter().any(|board| board.get("location").is_none()));
    let mut seen = Vec::new();
    for board in &boards {
        let path = format!("/rest/agile/1.0/board/{}", board["id"]);
        assert_eq!(jira.get(&format!("{path}/configuration")).status, 200);
        let reply = jira.get(&format!("{path}/sprint"));
        if reply.status == 400 {
            assert!(reply.text().contains("The board does not support sprints"));
            continue;
        }
        let states: Vec<String> = reply.json()["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["state"].as_str().unwrap().into())
            .collect();
        assert!(states.is_sorted_by_key(|state| ["closed", "active", "future"].iter().position(|one| one == state)));
        seen.extend(reply.json()["values"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()));
    }
    let distinct: std::collections::HashSet<u64> = seen.iter().copied().collect();
    assert!(distinct.len() < seen.len(), "a sprint shows on several boards");
    assert_eq!(distinct.len(), jira.jira.truth("sprints").len());
    let shown = jira.jira.truth("board_issues").iter().filter(|one| one["boardId"] == 1).count();
    let page = jira.get("/rest/software/1.0/board/1/issue?maxResults=5000&fields=id").json();
    assert_eq!((page["issues"].as_array().unwrap().len(), page["isLast"].as_bool()), (shown, Some(true)));
    assert_eq!(jira.get("/rest/agile/1.0/board/1/issue?fields=id").json()["total"], shown);
    let hidden = jira.jira.truth_with_hidden("boards").into_iter().find(|board| !boards.contains(board)).unwrap();
    assert_eq!(jira.get(&format!("/rest/agile/1.0/board/{}", hidden["id"])).status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_fields_are_in_one_list_only_or_in_no_issue() {
    let options = SiteOptions { odd_fields: true, ..small(120) };
    let jira = serve(Site::generate(&options), "").await;
    let names = |fields: &[Value]| -> Vec<String> {
        fields.iter().map(|field| field["name"].as_str().unwrap().to_string()).collect()
    };
    let whole = jira.get("/rest/api/3/field").json();
    let (whole, searched) =
        (names(whole.as_array().unwrap()), names(&all(&jira, "/rest/api/3/field/search?type=custom")));
    let shown = |name: &str| [&whole, &searched].map(|list| list.iter().any(|known| known == name));
    assert_eq!(shown("Shown by the whole list only"), [true, false]);
    assert_eq!(shown("Shown by the search only"), [false, true]);
    assert_eq!(shown("Without a context"), [true, true]);
    assert!(searched.len() > 100, "more than two pages");
    let issues = jira.jira.truth("issues");
    let values = |id: &str| -> Vec<Value> {
        issues.iter().filter_map(|issue| issue["fields"].get(id)).filter(|value| !value.is_null()).cloned().collect()
    };
    assert!(issues.iter().all(|issue| issue["fields"].get("customfield_10221").is_none()));
    let misfits = values("customfield_10218").iter().filter(|value| value.is_string()).count();
    assert!(misfits > 0 && misfits < values("customfield_10218").len());
    for id in ["customfield_10211", "customfield_10213", "customfield_10216", "customfield_10217"] {
        assert!(!values(id).is_empty(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_show_the_fields_of_the_site_to_administrators() {
    let jira = site(20, "").await;
    let screens = all(&jira, "/rest/api/3/screens");
    assert_eq!(screens.len(), jira.jira.truth("screens").len());
    assert_eq!(jira.get("/rest/api/3/screens?maxResults=500").json()["maxResults"], 100);
    let ids = |path: &str| all(&jira, path).iter().map(|one| one["id"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids("/rest/api/3/screens?queryString=resolve"), [3]);
    assert_eq!(ids("/rest/api/3/screens?id=1&id=2&orderBy=-id"), [2, 1]);
    assert!(ids("/rest/api/3/screens?scope=PROJECT").len() < screens.len());
    assert_eq!(jira.get("/rest/api/3/screens?orderBy=colour").status, 400);
    assert_eq!(jira.get("/rest/api/3/screens?start=1").status, 400);
    let (mut tabs, mut fields) = (Vec::new(), Vec::new());
    for screen in &screens {
        let path = format!("/rest/api/3/screens/{}/tabs", screen["id"]);
        for tab in jira.get(&path).json().as_array().unwrap() {
            let list = jira.get(&format!("{path}/{}/fields", tab["id"])).json();
            fields.extend(list.as_array().unwrap().iter().map(|field| field["id"].clone()));
            tabs.push(tab["id"].clone());
        }
    }
    assert_eq!(
        (tabs.len(), fields.len()),
        (jira.jira.truth("screen_tabs").len(), jira.jira.truth("screen_tab_fields").len())
    );
    let known = jira.jira.truth("fields");
    assert!(fields.iter().all(|id| known.iter().any(|field| field["id"] == *id)));
    for missing in ["screens/7/tabs", "screens/7/tabs/10000/fields", "screens/1/tabs/1/fields"] {
        assert_eq!(jira.get(&format!("/rest/api/3/{missing}")).status, 404, "{missing}");
    }
    let scheme = |query: &str| jira.get(&format!("/rest/api/3/screenscheme{query}")).json()["values"][0].clone();
    assert!(scheme("").get("issueTypeScreenSchemes").is_none());
    assert_eq!(scheme("?expand=issueTypeScreenSchemes")["issueTypeScreenSchemes"]["total"], 1);
    assert_eq!(jira.get("/rest/api/3/screenscheme").json()["maxResults"], 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn administration_is_for_administrators() {
    let jira = site(5, "[account]\nlacks = [\"ADMINISTER\"]").await;
    for path in ["screens", "screens/1/tabs", "screens/1/tabs/10000/fields", "screenscheme", "role", "applicationrole"]
    {
        assert_eq!(jira.get(&format!("/rest/api/3/{path}")).status, 403, "{path}");
    }
    for path in ["permissionscheme", "permissions", "projectCategory", "project/type", "avatar/user/system"] {
        assert_eq!(jira.get(&format!("/rest/api/3/{path}")).status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_and_parts_of_a_user_are_returned_on_request() {
    let jira = site(5, "").await;
    let scheme =
        |query: &str| jira.get(&format!("/rest/api/3/permissionscheme{query}")).json()["permissionSchemes"][0].clone();
    assert!(scheme("").get("permissions").is_none() && scheme("?expand=permissions")["permissions"].is_array());
    let id = jira.jira.truth("users")[0]["accountId"].as_str().unwrap().to_string();
    let user = |query: &str| jira.get(&format!("/rest/api/3/user?accountId={id}{query}")).json();
    let (plain, whole) = (user(""), user("&expand=groups,applicationRoles"));
    for name in ["groups", "applicationRoles"] {
        let items = |user: &Value| user[name]["items"].as_array().unwrap().len();
        assert_eq!((items(&plain), &plain[name]["size"]), (0, &whole[name]["size"]), "{name}");
        assert!(items(&whole) > 0 && whole[name]["size"] == items(&whole), "{name}");
    }
    assert_eq!(jira.get("/rest/api/3/user").status, 400);
    assert_eq!(jira.get("/rest/api/3/user?accountId=nobody").status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn project_types_avatars_addresses_and_security_levels() {
    let jira = site(5, "").await;
    let get = |path: &str| jira.get(&format!("/rest/api/3/{path}"));
    for kind in ["issuetype", "project", "user", "priority"] {
        assert!(!get(&format!("avatar/{kind}/system")).json()["system"].as_array().unwrap().is_empty(), "{kind}");
    }
    assert_eq!(get("avatar/dog/system").status, 404);
    let pictures = get("project/CORE/avatars").json();
    let all: Vec<&Value> = ["system", "custom"].iter().flat_map(|list| pictures[*list].as_array().unwrap()).collect();
    assert_eq!(all.iter().filter(|one| one["isSelected"] == true).count(), 1);
    assert!(get("project/10000/email").json()["emailAddress"].is_string());
    // By key, of a project without an address, and of inaccessible projects.
    for path in ["CORE/email", "10006/email", "10007/email", "OLD/avatars", "BIN/securitylevel", "SECR/avatars"] {
        assert_eq!(get(&format!("project/{path}")).status, 404, "{path}");
    }
    let levels = |jira: &Client, key: &str| {
        jira.get(&format!("/rest/api/3/project/{key}/securitylevel")).json()["levels"].as_array().unwrap().len()
    };
    assert_eq!((levels(&jira, "CORE"), levels(&jira, "TEAM")), (2, 0));
    let without = site(5, "[account]\nlacks = [\"SET_ISSUE_SECURITY\"]").await;
    assert_eq!(levels(&without, "CORE"), 0);
}
