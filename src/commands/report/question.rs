//! The smallest question to each endpoint that a stream asks.

use crate::{
    client::{Read, Request, jql::Jql},
    codes,
    config::Config,
    record::{Object, page},
    streams::{Paging, Partition, Table},
    sync::table,
};
use serde_json::json;

/// A site that is slow to answer once is asked once more.
const TRIES: u32 = 2;
/// Records of a parent among which those are looked for that have what its children are asked with.
const PARENTS: u32 = 50;
/// Parents that are asked for their children: one of them may be archived, private, or without any.
const CHILDREN: usize = 3;

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
    /// What each request of lists is asked with, the outermost parent first.
    pub ids: Vec<Vec<String>>,
    pub expected: Vec<Expected>,
    /// What is not at hand to ask with.
    pub lacks: Option<&'static str>,
}

impl Question {
    /// A list without a parent. One that is a parent itself is asked for more, to have a choice.
    pub fn list(table: &'static Table, is_parent: bool) -> Self {
        let size = if is_parent { PARENTS } else { 1 };
        let values = match table.partition {
            Partition::Fixed(values) => values.get(..1).unwrap_or_default(),
            Partition::One | Partition::Each { .. } => &[],
        };
        let requests = vec![list(table, values, size).tries(TRIES)];
        Self { route: table.path, requests, ids: Vec::new(), expected: Vec::new(), lacks: None }
    }

    /// The lists of a parent's records, which have these ids, each after those of its own parents. Without any, made-up
    /// ones show at least whether the token may ask: scopes are looked at first.
    pub fn lists(table: &'static Table, ids: Vec<Vec<String>>, is_parent: bool) -> Self {
        let size = if is_parent { PARENTS } else { 1 };
        let lacks = ids.is_empty().then_some("nothing to try it with");
        let ids = if ids.is_empty() { vec![vec!["1".to_owned(); 2]] } else { ids };
        let values = |ids: &Vec<String>| list(table, &ids.iter().map(String::as_str).collect::<Vec<_>>(), size);
        let requests = ids.iter().map(|ids| values(ids).tries(TRIES)).collect();
        let expected = table.skip.iter().map(|skip| (skip.status, skip.code.why)).collect();
        Self { route: table.path, requests, ids, expected, lacks }
    }

    /// A record by its id, of which these are at hand.
    pub fn record(route: &'static str, ids: &[String]) -> Self {
        let made_up = ["1".to_owned()];
        let asked = if ids.is_empty() { made_up.as_slice() } else { ids };
        let requests = asked.iter().map(|id| Request::get(route, &[id]).tries(TRIES)).collect();
        let lacks = ids.is_empty().then_some("nothing to try it with");
        Self { route, requests, ids: Vec::new(), expected: vec![NOT_THERE], lacks }
    }

    /// What streams cut out of issues ask besides the search; the feeds of worklogs; and the audit log.
    pub fn of_issue(route: &'static str, issue: Option<&str>, now: i64) -> Self {
        let request = of_issue(route, issue, now).map(|request| request.tries(TRIES));
        let lacks = request.is_none().then_some("no issue to try it with");
        let expected = if route == "/rest/api/3/auditing/record" { NO_AUDIT } else { GONE };
        Self { route, requests: request.into_iter().collect(), ids: Vec::new(), expected: vec![expected], lacks }
    }
}

fn list(table: &Table, values: &[&str], size: u32) -> Request {
    let request = table::question(table, values);
    match table.paging {
        Paging::None => request,
        Paging::Offset { max } | Paging::UntilEmpty { max } => request.query("maxResults", size.min(max).to_string()),
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

/// What to ask the lists of a parent with: `body` is a page of its records, `take` and `when` are as in the table.
pub fn parents(table: &Table, body: &str, take: &str, when: Option<(&str, &[&str])>) -> Vec<String> {
    let page = page::split(body, table.records).unwrap_or_default();
    let records = page.records.iter().filter_map(|raw| Object::parse(raw).ok());
    let fits = |record: &Object<'_>| {
        when.is_none_or(|(name, values)| record.text(name).is_some_and(|value| values.contains(&value.as_ref())))
    };
    let (gone, live): (Vec<Object<'_>>, Vec<Object<'_>>) = records.filter(fits).partition(|record| {
        ["archived", "deleted"].iter().any(|state| record.get(state).is_some_and(|value| value.get() == "true"))
    });
    // What is archived shows no lists, so it comes last.
    let ids = live.iter().chain(&gone).filter_map(|record| record.id(take).map(|id| id.into_owned()));
    ids.take(CHILDREN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::{ALL, PROJECTS};

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

    #[test]
    fn children_are_asked_for_by_parents_that_have_some() {
        let table = PROJECTS.table().unwrap();
        let body = r#"{"values":[{"id":"1","archived":true},{"id":"2","type":"kanban"},{"id":3,"type":"scrum"}]}"#;
        assert_eq!(parents(table, body, "id", None), ["2", "3", "1"]);
        assert_eq!(parents(table, body, "id", Some(("type", &["scrum", "simple"]))), ["3"]);
        assert!(parents(table, r#"{"values":[]}"#, "id", None).is_empty());
    }
}
