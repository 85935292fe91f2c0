//! The smallest question to each endpoint that a stream asks.

use crate::{
    client::{Read, Request, jql::Jql},
    codes,
    config::Config,
    record::Object,
    streams::{Paging, Stream, Table},
    sync::table::{self, Parent, Wanted, take_from},
};
use serde_json::json;
use std::borrow::Cow;

/// A site that is slow to answer once is asked once more.
const TRIES: u32 = 2;
/// Records of a parent among which those are looked for that have what its children are asked with.
const PARENTS: u32 = 50;
/// Parents that are asked for their children: one of them may be archived, private, or without any.
const CHILDREN: usize = 3;
/// A record of which nothing is known.
const ANY: &str = "{\"id\":1}";

/// A status that is to be expected, and what it says.
type Expected = (u16, &'static str);

/// A read leaves such an issue out and goes on (Jira REST v3: "Get votes" answers so where voting is off).
const GONE: Expected = (404, codes::ISSUE_GONE.why);
/// What is asked for by its id may have just gone.
const NOT_THERE: Expected = (404, "it was not found");
/// The audit log is for administrators; without it, the census tells what is gone.
const NO_AUDIT: Expected = (403, codes::AUDIT_NOT_PERMITTED.why);

/// A question to one endpoint.
pub struct Question {
    pub route: &'static str,
    /// Asked in turn until one is not refused in a way that is to be expected. Empty if nothing is at hand to ask with.
    pub requests: Vec<Request>,
    /// The records whose lists these ask for, if they do.
    pub parents: Vec<Parent>,
    pub expected: Vec<Expected>,
    /// What is not at hand to ask with.
    pub lacks: Option<&'static str>,
}

impl Question {
    /// A list without a parent. One that is a parent itself is asked for more, to have a choice.
    pub fn list(table: &'static Table, is_parent: bool) -> Self {
        let size = if is_parent { PARENTS } else { 1 };
        let fixed = table::fixed(table).unwrap_or_default();
        let values = fixed.first().map(Parent::path).unwrap_or_default();
        let requests = vec![list(table, &values, size).tries(TRIES)];
        Self { route: table.path, requests, parents: Vec::new(), expected: Vec::new(), lacks: None }
    }

    /// The lists of these records. Without any, made-up ones show at least whether the token may ask: scopes are looked at
    /// first.
    pub fn lists(table: &'static Table, parents: Vec<Parent>, is_parent: bool) -> Self {
        let size = if is_parent { PARENTS } else { 1 };
        let requests = match parents.as_slice() {
            [] => vec![list(table, &["1", "1"], size).tries(TRIES)],
            parents => parents.iter().map(|parent| list(table, &parent.path(), size).tries(TRIES)).collect(),
        };
        let lacks = parents.is_empty().then_some("nothing to try it with");
        // That the account may not is no matter of the one list.
        let skips = table.skip.iter().filter(|skip| skip.code != &codes::NOT_PERMITTED);
        let expected = skips.map(|skip| (skip.status, skip.code.why)).collect();
        Self { route: table.path, requests, parents, expected, lacks }
    }

    /// A record by its id, of which these are at hand.
    pub fn record(route: &'static str, ids: &[String]) -> Self {
        let made_up = ["1".to_owned()];
        let asked = if ids.is_empty() { made_up.as_slice() } else { ids };
        let requests = asked.iter().map(|id| Request::get(route, &[id]).tries(TRIES)).collect();
        let lacks = ids.is_empty().then_some("nothing to try it with");
        Self { route, requests, parents: Vec::new(), expected: vec![NOT_THERE], lacks }
    }

    /// What streams cut out of issues ask besides the search; the feeds of worklogs; and the audit log.
    pub fn of_issue(route: &'static str, issue: Option<&str>, now: i64) -> Self {
        let request = of_issue(route, issue, now).map(|request| request.tries(TRIES));
        let lacks = request.is_none().then_some("no issue to try it with");
        let expected = if route == "/rest/api/3/auditing/record" { NO_AUDIT } else { GONE };
        let requests = request.into_iter().collect();
        Self { route, requests, parents: Vec::new(), expected: vec![expected], lacks }
    }
}

fn list(table: &Table, path: &[&str], size: u32) -> Request {
    let request = table::question(table, path);
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

/// The id of one issue, as the scan searches.
pub fn search(jql: &Jql, config: &Config) -> Request {
    let (jql, path) = (jql.ordered("created"), Read::SearchJql.path());
    let request = if config.filters.include_archived_projects {
        // Only the GET form takes it.
        let request = Request::get(path, &[]).query("jql", jql).query("fields", "id").query("maxResults", "1");
        request.query("includeArchivedProjects", "true")
    } else {
        Request::post(Read::SearchJql, &json!({"jql": jql, "fields": ["id"], "maxResults": 1}))
    };
    request.tries(TRIES)
}

/// Which of the permissions the account has in at least one project.
pub fn permissions(keys: &[&str]) -> Request {
    Request::get("/rest/api/3/mypermissions", &[]).query("permissions", keys.join(",")).tries(TRIES)
}

/// What to ask a stream's lists with: records of its parent, of which `body` is a page, in a list of `within`. What is
/// archived shows no lists, so it comes last; what has lists that the stream's own children want comes first.
pub fn parents(stream: &'static Stream, children: &[Wanted], body: &str, within: Option<&Parent>) -> Vec<Parent> {
    let Some(((of, wanted), table)) = Wanted::of(stream).zip(stream.table()) else { return Vec::new() };
    let Some(parent) = of.table() else { return Vec::new() };
    let page = table::split(body, parent).unwrap_or_default();
    let mut taken = [Vec::new()];
    page.records.iter().for_each(|raw| take_from(raw, parent, within, &[wanted], &mut taken));
    let [mut found] = taken;
    found.sort_by_key(|record| (!record.live, !bears(table, record, children)));
    found.truncate(CHILDREN);
    found
}

/// Whether a record of the parent's list, by what it gains there, is one that some child wants, if there are any children.
fn bears(table: &Table, parent: &Parent, children: &[Wanted]) -> bool {
    let mut taken = vec![Vec::new(); children.len()];
    take_from(ANY, table, Some(parent), children, &mut taken);
    children.is_empty() || taken.iter().any(|taken| !taken.is_empty())
}

/// Ids of records.
pub fn ids(table: &Table, body: &str) -> Vec<String> {
    let page = table::split(body, table).unwrap_or_default();
    let id = |raw: &Cow<'_, str>| Some(Object::parse(raw).ok()?.id("id")?.into_owned());
    page.records.iter().filter_map(id).take(CHILDREN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::{ALL, PROJECTS, find};

    #[test]
    fn every_endpoint_of_the_issue_streams_has_a_question() {
        for stream in ALL.iter().filter(|stream| stream.projection().is_some()) {
            for route in stream.routes().into_iter().filter(|route| *route != Read::SearchJql.path()) {
                let question = Question::of_issue(route, Some("10001"), 0);
                let [request] = question.requests.as_slice() else { panic!("{}: {route} is not asked", stream.name) };
                assert!(request.label().ends_with(route), "{}", request.label());
                assert!(!request.target().contains('{'), "{}", request.target());
            }
        }
        assert!(Question::of_issue("/rest/api/3/issue/{id}/votes", None, 0).requests.is_empty());
    }

    #[test]
    fn lists_are_asked_for_as_little_as_serves() {
        let table = PROJECTS.table().unwrap();
        let target = |question: Question| question.requests[0].target();
        assert!(target(Question::list(table, false)).ends_with("&maxResults=1"));
        assert!(target(Question::list(table, true)).ends_with("&maxResults=50"));
    }

    fn asked_with(stream: &str, children: &[Wanted], body: &str) -> Vec<String> {
        let stream = find(stream).unwrap();
        parents(stream, children, body, None).iter().map(|parent| parent.id().to_owned()).collect()
    }

    #[test]
    fn children_are_asked_for_by_parents_that_have_some() {
        let body = r#"{"values":[{"id":"1","archived":true},{"id":"2","type":"kanban"},{"id":3,"type":"scrum"}]}"#;
        assert_eq!(asked_with("project_versions", &[], body), ["2", "3", "1"]);
        assert_eq!(asked_with("sprints", &[], body), ["3"]);
        assert!(asked_with("sprints", &[], r#"{"values":[]}"#).is_empty());
    }

    #[test]
    fn lists_that_are_parents_are_asked_for_where_they_have_children() {
        let field = |id: u32, kind: &str, items: &str| json!({"id": format!("customfield_{id}"), "custom": true, "schema": {"type": kind, "items": items}});
        let fields = [field(1, "string", ""), field(2, "array", "option"), json!({"id": "summary", "custom": false})];
        let (_, options) = Wanted::of(find("issue_custom_field_options").unwrap()).unwrap();
        let asked = asked_with("issue_custom_field_contexts", &[options], &json!(fields).to_string());
        assert_eq!(asked, ["customfield_2", "customfield_1"]);
    }
}
