//! The minimal requests that test the endpoints of a stream.

use crate::{
    client::{Read, Request, jql::Jql},
    codes,
    config::Config,
    record::Object,
    streams::{ListEndpoint, Paging, Stream},
    sync::{
        list_pages,
        partitions::{Partition, PartitionSpec, collect_partitions, static_partitions},
    },
};
use serde_json::json;
use std::borrow::Cow;

/// Tries of a probe, so that one slow response does not decide.
const TRIES: u32 = 2;
/// Records of a parent that are read to find some that have children.
const PARENTS: u32 = 50;
/// Parents whose children are requested: one alone may be archived, private or without children.
const CHILDREN: usize = 3;
/// A record with an ID and nothing else.
const ANY: &str = "{\"id\":1}";

/// A status that does not mean that the stream cannot be read, and what it means.
type Expected = (u16, &'static str);

/// A read skips such an issue (Jira REST v3: "Get votes" answers 404 where voting is off).
const SKIPPED_ISSUE: Expected = (404, codes::ISSUE_MISSING.why);
/// An object that is requested by its ID may have been deleted in between.
const NOT_THERE: Expected = (404, "it was not found");
/// The audit log is for administrators; without it, deletions are found by comparing IDs.
const NO_AUDIT: Expected = (403, codes::AUDIT_LOG_NOT_PERMITTED.why);

/// The requests that test one endpoint.
pub(super) struct Probe {
    pub route: &'static str,
    /// Sent in order until one gets a response that is not among the expected refusals. Empty if there is no object to request.
    pub requests: Vec<Request>,
    /// The records whose lists are requested, one for each request.
    pub parents: Vec<Partition>,
    pub expected: Vec<Expected>,
    /// Why there is no object to test with, if there is none.
    pub lacks: Option<&'static str>,
}

impl Probe {
    /// A list without a parent. If it is a parent of others, more records are requested, to choose from.
    pub(super) fn list(table: &'static ListEndpoint, is_parent: bool) -> Self {
        let size = if is_parent { PARENTS } else { 1 };
        let fixed = static_partitions(table).unwrap_or_default();
        let values = fixed.first().map(Partition::path).unwrap_or_default();
        let requests = vec![list(table, &values, size).tries(TRIES)];
        Self { route: table.path, requests, parents: Vec::new(), expected: Vec::new(), lacks: None }
    }

    /// The lists of these records. Without records, an invented ID shows whether the token has the scopes: Atlassian checks
    /// those first.
    pub(super) fn lists(table: &'static ListEndpoint, parents: Vec<Partition>, is_parent: bool) -> Self {
        let size = if is_parent { PARENTS } else { 1 };
        let requests = match parents.as_slice() {
            [] => vec![list(table, &["1", "1"], size).tries(TRIES)],
            parents => parents.iter().map(|parent| list(table, &parent.path(), size).tries(TRIES)).collect(),
        };
        let lacks = parents.is_empty().then_some("no object to test it with");
        // A missing permission is not a property of one list.
        let skips = table.skip.iter().filter(|skip| skip.code != &codes::NOT_PERMITTED);
        let expected = skips.map(|skip| (skip.status, skip.code.why)).collect();
        Self { route: table.path, requests, parents, expected, lacks }
    }

    /// A record by its ID, tested with these IDs.
    pub(super) fn record(route: &'static str, ids: &[String]) -> Self {
        let invented = ["1".to_owned()];
        let requested = if ids.is_empty() { invented.as_slice() } else { ids };
        let requests = requested.iter().map(|id| Request::get(route, &[id]).tries(TRIES)).collect();
        let lacks = ids.is_empty().then_some("no object to test it with");
        Self { route, requests, parents: Vec::new(), expected: vec![NOT_THERE], lacks }
    }

    /// The endpoints of issue streams other than the search; the worklog feeds; and the audit log.
    pub(super) fn of_issue(route: &'static str, issue: Option<&str>, now: i64) -> Self {
        let request = of_issue(route, issue, now).map(|request| request.tries(TRIES));
        let lacks = request.is_none().then_some("no issue to test it with");
        let expected = if route == "/rest/api/3/auditing/record" { NO_AUDIT } else { SKIPPED_ISSUE };
        let requests = request.into_iter().collect();
        Self { route, requests, parents: Vec::new(), expected: vec![expected], lacks }
    }
}

fn list(table: &ListEndpoint, path: &[&str], size: u32) -> Request {
    let request = list_pages::request(table, path);
    match table.paging {
        Paging::None => request,
        Paging::Offset { max } | Paging::UntilEmpty { max } | Paging::Token { max } => {
            request.query("maxResults", size.min(max).to_string())
        }
    }
}

fn of_issue(route: &'static str, issue: Option<&str>, now: i64) -> Option<Request> {
    match route {
        "/rest/api/3/worklog/updated" | "/rest/api/3/worklog/deleted" => {
            return Some(Request::get(route, &[]).query("since", now.to_string()));
        }
        "/rest/api/3/auditing/record" => return Some(Request::get(route, &[]).query("limit", "1")),
        "/rest/api/3/comment/list" => return Some(Request::post(Read::CommentList, &json!({"ids": [1]}))),
        "/rest/api/3/worklog/list" => return Some(Request::post(Read::WorklogList, &json!({"ids": []}))),
        _ => {}
    }
    let issue = issue?;
    match route {
        "/rest/api/3/issue/bulkfetch" => {
            Some(Request::post(Read::IssueBulkFetch, &json!({"issueIdsOrKeys": [issue], "fields": ["id"]})))
        }
        "/rest/api/3/changelog/bulkfetch" => {
            Some(Request::post(Read::ChangelogBulkFetch, &json!({"issueIdsOrKeys": [issue], "maxResults": 1})))
        }
        "/rest/api/3/issue/{id}" => Some(Request::get(route, &[issue]).query("fields", "id")),
        "/rest/api/3/issue/{id}/comment" | "/rest/api/3/issue/{id}/worklog" => {
            Some(Request::get(route, &[issue]).query("maxResults", "1"))
        }
        _ => route.contains("{id}").then(|| Request::get(route, &[issue])),
    }
}

/// A search for the ID of one issue, by the endpoint that the issue streams use.
pub(super) fn search(jql: &Jql, config: &Config) -> Request {
    let (jql, path) = (jql.ordered("created"), Read::SearchJql.path());
    let request = if config.filters.include_archived_projects {
        // Only the GET form accepts includeArchivedProjects.
        let request = Request::get(path, &[]).query("jql", jql).query("fields", "id").query("maxResults", "1");
        request.query("includeArchivedProjects", "true")
    } else {
        Request::post(Read::SearchJql, &json!({"jql": jql, "fields": ["id"], "maxResults": 1}))
    };
    request.tries(TRIES)
}

/// A request for which of the permissions the account has in at least one project.
pub(super) fn permissions(keys: &[&str]) -> Request {
    Request::get("/rest/api/3/mypermissions", &[]).query("permissions", keys.join(",")).tries(TRIES)
}

/// The parents to test a stream's lists with: records of `body`, a page of the parent's list, which itself belongs to `within`.
/// Records with lists that the stream's own children need come first; archived records, which have no lists, come last.
pub(super) fn parents(
    stream: &'static Stream,
    children: &[PartitionSpec],
    body: &str,
    within: Option<&Partition>,
) -> Vec<Partition> {
    let Some(((of, wanted), table)) = PartitionSpec::of(stream).zip(stream.list()) else { return Vec::new() };
    let Some(parent) = of.list() else { return Vec::new() };
    let page = list_pages::split(body, parent).unwrap_or_default();
    let mut taken = [Vec::new()];
    page.records.iter().for_each(|raw| collect_partitions(raw, parent, within, &[wanted], &mut taken, |_| {}));
    let [mut found] = taken;
    found.sort_by_key(|record| (!record.is_live, !has_children(table, record, children)));
    found.truncate(CHILDREN);
    found
}

/// Whether the records of the parent's list are parents for one of the children; true if there are no children.
fn has_children(table: &ListEndpoint, parent: &Partition, children: &[PartitionSpec]) -> bool {
    let mut taken = vec![Vec::new(); children.len()];
    collect_partitions(ANY, table, Some(parent), children, &mut taken, |_| {});
    children.is_empty() || taken.iter().any(|taken| !taken.is_empty())
}

/// The IDs of the records of a page.
pub(super) fn ids(table: &ListEndpoint, body: &str) -> Vec<String> {
    let page = list_pages::split(body, table).unwrap_or_default();
    let id = |raw: &Cow<'_, str>| Some(Object::parse(raw).ok()?.id("id")?.into_owned());
    page.records.iter().filter_map(id).take(CHILDREN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::{ALL, PROJECTS, find};

    #[test]
    fn every_endpoint_of_the_issue_streams_has_a_probe() {
        for stream in ALL.iter().filter(|stream| stream.issues().is_some()) {
            for route in stream.routes().into_iter().filter(|route| *route != Read::SearchJql.path()) {
                let probe = Probe::of_issue(route, Some("10001"), 0);
                let [request] = probe.requests.as_slice() else { panic!("{}: {route} has no probe", stream.name) };
                assert!(request.label().ends_with(route), "{}", request.label());
                assert!(!request.target().contains('{'), "{}", request.target());
            }
        }
        assert!(Probe::of_issue("/rest/api/3/issue/{id}/votes", None, 0).requests.is_empty());
    }

    #[test]
    fn probes_of_lists_are_minimal() {
        let table = PROJECTS.list().unwrap();
        let target = |probe: Probe| probe.requests[0].target();
        assert!(target(Probe::list(table, false)).ends_with("&maxResults=1"));
        assert!(target(Probe::list(table, true)).ends_with("&maxResults=50"));
    }

    fn parents_of(stream: &str, children: &[PartitionSpec], body: &str) -> Vec<String> {
        let stream = find(stream).unwrap();
        parents(stream, children, body, None).iter().map(|parent| parent.id().to_owned()).collect()
    }

    #[test]
    fn parents_with_children_come_first() {
        let body = r#"{"values":[{"id":"1","archived":true},{"id":"2","type":"kanban"},{"id":3,"type":"scrum"}]}"#;
        assert_eq!(parents_of("project_versions", &[], body), ["2", "3", "1"]);
        assert_eq!(parents_of("sprints", &[], body), ["3"]);
        assert!(parents_of("sprints", &[], r#"{"values":[]}"#).is_empty());
    }

    #[test]
    fn parents_whose_lists_have_children_come_first() {
        let field = |id: u32, kind: &str, items: &str| json!({"id": format!("customfield_{id}"), "custom": true, "schema": {"type": kind, "items": items}});
        let fields = [field(1, "string", ""), field(2, "array", "option"), json!({"id": "summary", "custom": false})];
        let (_, options) = PartitionSpec::of(find("issue_custom_field_options").unwrap()).unwrap();
        let parents = parents_of("issue_custom_field_contexts", &[options], &json!(fields).to_string());
        assert_eq!(parents, ["customfield_2", "customfield_1"]);
    }
}
