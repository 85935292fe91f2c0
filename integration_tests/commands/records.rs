//! A run of every stream: each record fits its schema, each property of a schema occurs, and Jira is only ever read.

use super::harness::run;
use crate::support::{Output, Site, assert_valid, catalog, schemas};
use jira_simulator::Edit;
use serde_json::{Value, json};
use source_jira::{client::Read, streams};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
    time::Duration,
};

/// Properties, by their paths, that no record of the simulated site has, and why they are declared all the same: Airbyte's tables have
/// these columns, and a switch must not lose them.
const UNSEEN: &[(&str, &[&str], &str)] = &[
    (
        "issues",
        &["editmeta", "fieldsToInclude", "names", "operations", "properties", "schema", "versionedRepresentations"],
        EXPAND,
    ),
    ("issues", &["renderedFields"], "the simulated site renders no HTML"),
    ("issues", &["fields.security"], UNSET),
    ("issue_comments", &["properties", "renderedBody"], EXPAND),
    ("issue_worklogs", &["properties"], EXPAND),
    ("issue_worklogs", &["visibility"], UNSET),
    ("issue_changelogs", &["historyMetadata"], "only entries made by apps and automations have it"),
    ("issue_transitions", &["fields"], EXPAND),
    ("issue_properties", &["isdefault"], UNSET),
    ("sprint_issues", &["expand"], EXPAND),
    ("sprint_issues", OF_THE_ISSUE, "the records carry status and story points along; the rest stands in `issues`"),
    ("board_issues", OF_THE_ISSUE, "the records carry `created` and `updated` along; the rest stands in `issues`"),
    ("projects", &["issueTypeHierarchy", "permissions"], EXPAND),
    ("projects", &["assigneeType", "components", "email", "roles", "versions"], "only where one project is asked for"),
    ("projects", &["favourite"], UNSET),
    ("issue_type_schemes", &["issueTypes", "projects"], EXPAND),
    ("issue_type_screen_schemes", &["projects"], EXPAND),
    ("project_versions", &["expand", "issuesStatusForFixVersion", "operations"], EXPAND),
    ("project_versions", &["moveUnfixedIssuesTo"], "only in requests that change a version"),
    ("project_versions", &["overdue", "project", "startDate", "userReleaseDate", "userStartDate"], UNSET),
    (
        "project_components",
        &["assignee", "componentBean", "description", "issueCount", "leadAccountId", "leadUserName", "realAssignee"],
        UNSET,
    ),
    ("boards", &["admins", "canEdit", "favourite"], EXPAND),
    ("boards", &["location.userAccountId", "location.userId"], "only boards of a person have one"),
    ("issue_fields", &["schema.configuration"], "only fields of apps have settings"),
    ("users", &["applicationRoles", "expand", "groups"], EXPAND),
    ("users", &["key", "name"], "gone from Jira Cloud since 2019 for privacy"),
    ("users_groups_detailed", &["key", "name"], "gone from Jira Cloud since 2019 for privacy"),
    ("users_groups_detailed", &["appType", "guest"], UNSET),
    ("avatars", &["owner"], "only pictures that were uploaded have one"),
    (
        "project_roles",
        &["admin", "currentUserRole", "default", "roleConfigurable", "translatedName"],
        "only where the roles of one project are asked for",
    ),
    ("issue_priorities", &["description", "isDefault", "statusColor"], UNSET),
    ("issue_resolutions", &["isDefault"], UNSET),
    ("filters", &["approximateLastUsed"], UNSET),
    ("dashboards", &["editpermission"], "Airbyte's name for `editPermissions`, which Jira has never been seen to use"),
    ("issue_field_configurations", &["matchedFilters"], "only where schemes are filtered"),
    ("issue_security_schemes", &["levels"], "only where one scheme is asked for"),
    (
        "workflow_schemes",
        &["draft", "lastModified", "lastModifiedUser", "originalDefaultWorkflow", "originalIssueTypeMappings"],
        "only drafts have it, and drafts are not listed",
    ),
    ("workflow_schemes", &["updateDraftIfNeeded"], "only in requests that change a scheme"),
    ("deleted_issues", &["movedTo"], "only with a filter that an issue can leave"),
];
const OF_THE_ISSUE: &[&str] = &[
    "fields.closedSprints",
    "fields.comment",
    "fields.description",
    "fields.epic",
    "fields.flagged",
    "fields.project",
    "fields.sprint",
    "fields.timetracking",
    "fields.worklog",
];
const EXPAND: &str = "only with an `expand` that the connector does not ask for";
const UNSET: &str = "optional in Jira, and nothing of the simulated site has it";

/// One run serves all tests here; a second one reads what was deleted by then.
static FULL: LazyLock<(Output, BTreeMap<String, u64>)> = LazyLock::new(|| {
    let site = Site::new(400, 11, "");
    worked_on(&site);
    let names: Vec<&str> = streams::ALL.iter().map(|stream| stream.name).collect();
    let config = site.config_with(json!({
        "issues_stream_expand_with": ["renderedFields", "transitions", "changelog"],
        "track_sent_ids": true,
        "id_snapshot_interval_hours": 0,
    }));
    let mut output = run(&site, site.read_command(&config, &catalog(&names, "incremental"), None)).good();
    assert_valid(&output);
    let (gone, comments) = (first(&site, "issues"), site.truth("comments"));
    let mut commented =
        comments.iter().filter_map(|comment| comment["issueId"].as_str()).filter(|issue| *issue != gone);
    let commented = commented.next().expect("a comment").to_owned();
    for edit in [
        Edit::DeleteVersion { project: "CORE".into(), version: first(&site, "versions") },
        Edit::DeleteComponent { project: "CORE".into(), component: first(&site, "components") },
        Edit::DeleteSprint { sprint: 3 },
        Edit::DeleteComment { issue: commented, comment: None },
        Edit::Delete { issue: first(&site, "issues") },
    ] {
        site.edit(edit).expect("CORE has more of each than it needs");
    }
    let losses = ["deleted_comments", "deleted_versions", "deleted_components", "deleted_sprints", "deleted_issues"];
    let next = site.read_command(&config, &catalog(&losses, "incremental"), Some(&output.state()));
    output.messages.extend(run(&site, next).good().messages);
    let asked = site.log().routes.into_iter().map(|(route, log)| (route, log.count)).collect();
    (output, asked)
});

/// An issue moves, and a worklog and an attachment go.
fn worked_on(site: &Site) {
    let truth = site.truth("issues");
    let movable = truth.iter().filter_map(|issue| issue["key"].as_str()).filter(|key| key.starts_with("CORE-"));
    let moved = movable.map(|issue| Edit::Move { issue: issue.into(), project: "AND".into() });
    assert!(moved.into_iter().any(|edit| site.edit(edit).is_ok()), "no issue can move");
    let issue = site.truth("worklogs")[0]["issueId"].as_str().expect("an id").to_owned();
    site.edit(Edit::DeleteWorklog { issue, worklog: None }).expect("the issue has a worklog");
    let issue = site.truth("attachments")[0]["issueId"].as_str().expect("an id").to_owned();
    site.edit(Edit::DeleteAttachment { issue, attachment: None }).expect("the issue has an attachment");
    // Jira's feed leaves out the last minute.
    site.advance_clock(Duration::from_secs(120));
}

/// The id of the first of CORE's.
fn first(site: &Site, entity: &str) -> String {
    site.truth(entity)[0]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn every_record_fits_its_schema() {
    for stream in streams::ALL {
        let schema: Value = serde_json::from_str(stream.schema).expect("a JSON schema");
        let validator = schemas::validator(&schema);
        let mut faults = BTreeSet::new();
        for record in FULL.0.records(stream.name) {
            for fault in validator.iter_errors(record) {
                faults.insert(format!("{} at {}: {fault}", fault.schema_path(), fault.instance_path()));
            }
        }
        let shown: Vec<&String> = faults.iter().take(10).collect();
        assert!(faults.is_empty(), "{} of {}: {shown:#?}", faults.len(), stream.name);
    }
}

#[test]
fn every_stream_brings_records_and_every_property_occurs() {
    let mut missing = Vec::new();
    for stream in streams::ALL {
        let records = FULL.0.records(stream.name);
        assert!(!records.is_empty(), "{} is empty, so nothing is tested of it", stream.name);
        let schema: Value = serde_json::from_str(stream.schema).expect("a JSON schema");
        let excused: Vec<&str> = UNSEEN
            .iter()
            .filter(|(name, ..)| *name == stream.name)
            .flat_map(|(_, members, _)| *members)
            .copied()
            .collect();
        for (path, _) in schemas::properties(&schema) {
            // What can't be seen has no members that could.
            let above = |unseen: &&str| path.strip_prefix(*unseen).is_some_and(|rest| rest.starts_with(['.', '[']));
            if excused.iter().any(above) {
                continue;
            }
            let occurs = records.iter().any(|record| schemas::occurs(record, &path));
            match (occurs, excused.contains(&path.as_str())) {
                (false, false) => missing.push(format!("{}.{path}", stream.name)),
                (true, true) => panic!("{}.{path} occurs: take it off the list", stream.name),
                _ => {}
            }
        }
    }
    assert!(missing.is_empty(), "declared but in no record: {missing:#?}");
}

#[test]
fn every_property_of_a_record_is_declared() {
    let mut undeclared = BTreeSet::new();
    for stream in streams::ALL {
        let schema: Value = serde_json::from_str(stream.schema).expect("a JSON schema");
        for name in
            FULL.0.records(stream.name).iter().filter_map(|record| record.as_object()).flat_map(|all| all.keys())
        {
            if schema["properties"].get(name).is_none() {
                undeclared.insert(format!("{}.{name}", stream.name));
            }
        }
    }
    assert!(undeclared.is_empty(), "in a record but in no schema: {undeclared:#?}");
}

#[test]
fn keys_are_there_and_unique() {
    for stream in streams::ALL {
        let mut keys = BTreeSet::new();
        for record in FULL.0.records(stream.name) {
            let key: Vec<String> = stream.primary_key.iter().map(|member| record[*member].to_string()).collect();
            assert!(!key.contains(&"null".to_owned()), "{}: {key:?}", stream.name);
            assert!(keys.insert(key.clone()), "{}: {key:?} comes twice", stream.name);
        }
    }
}

#[test]
fn jira_is_only_read() {
    let posts: BTreeSet<String> = Read::ALL.iter().map(|read| format!("POST {}", read.path())).collect();
    let asked: &BTreeMap<String, u64> = &FULL.1;
    assert!(asked.values().sum::<u64>() > 20, "{asked:?}");
    for route in asked.keys() {
        assert!(route.starts_with("GET ") || posts.contains(route), "{route} may change something");
    }
}
