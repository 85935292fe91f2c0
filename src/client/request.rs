//! Requests to Jira. None can write: a request is a GET, or a POST to one of the listed endpoints, which only read.

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::Duration;

/// What paths and queries may not hold as it is: all but RFC 3986's unreserved characters and `*`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'*');

/// The endpoints that read by POST, because their parameters don't fit into a URL. No other POST can be expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    SearchJql,
    ApproximateCount,
    IssueBulkFetch,
    ChangelogBulkFetch,
    WorklogList,
    CommentList,
    JqlParse,
}

impl Read {
    pub const ALL: [Self; 7] = [
        Self::SearchJql,
        Self::ApproximateCount,
        Self::IssueBulkFetch,
        Self::ChangelogBulkFetch,
        Self::WorklogList,
        Self::CommentList,
        Self::JqlParse,
    ];

    pub const fn path(self) -> &'static str {
        match self {
            Self::SearchJql => "/rest/api/3/search/jql",
            Self::ApproximateCount => "/rest/api/3/search/approximate-count",
            Self::IssueBulkFetch => "/rest/api/3/issue/bulkfetch",
            Self::ChangelogBulkFetch => "/rest/api/3/changelog/bulkfetch",
            Self::WorklogList => "/rest/api/3/worklog/list",
            Self::CommentList => "/rest/api/3/comment/list",
            Self::JqlParse => "/rest/api/3/jql/parse",
        }
    }
}

/// The HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Jira can take minutes to answer for a large page (Estuary's connector waits for four).
const LIMIT: Duration = Duration::from_secs(300);
const SHORT_LIMIT: Duration = Duration::from_secs(60);

/// One request to Jira.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: Method,
    /// The path with the names of its variables: the key for limits, logs and reports.
    pub(super) route: &'static str,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Option<String>,
    /// The most attempts, where a retry can help.
    pub(super) tries: u32,
    /// How long one attempt may take in all.
    pub(super) limit: Duration,
    /// It asks whether Jira answers at all, so nothing holds it up.
    pub(super) is_probe: bool,
    /// Set by `Auth`; never shown.
    pub(super) authorization: Option<reqwest::header::HeaderValue>,
}

impl Request {
    /// A GET of `route`, its `{variables}` replaced in order by the percent-encoded `values`.
    pub fn get(route: &'static str, values: &[&str]) -> Self {
        let mut path = String::with_capacity(route.len() + 16);
        let mut values = values.iter();
        let mut rest = route;
        while let Some((before, after)) = rest.split_once('{') {
            path.push_str(before);
            encode(&mut path, values.next().copied().unwrap_or_default());
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        path.push_str(rest);
        Self {
            method: Method::Get,
            route,
            path,
            query: String::new(),
            body: None,
            tries: 5,
            limit: LIMIT,
            is_probe: false,
            authorization: None,
        }
    }

    /// A POST to one of the endpoints that read by POST.
    pub fn post(read: Read, body: &serde_json::Value) -> Self {
        Self { method: Method::Post, body: Some(body.to_string()), ..Self::get(read.path(), &[]) }
    }

    /// Adds a query parameter. A name may occur several times.
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        encode(&mut self.query, name);
        self.query.push('=');
        encode(&mut self.query, value.as_ref());
        self
    }

    /// Sets the most attempts (5 by default): fewer for a request that the caller can split instead.
    pub fn tries(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    /// For a request that a person or the whole run waits for, and whose reply is small.
    pub fn short(self) -> Self {
        Self { limit: SHORT_LIMIT, ..self }
    }

    /// Lets the request pass all limits.
    pub(super) fn probe(self) -> Self {
        Self { is_probe: true, ..self }
    }

    /// The request without values, as messages name it: `GET /rest/api/3/issue/{id}/comment`.
    pub fn label(&self) -> String {
        format!("{} {}", self.method.as_str(), self.route)
    }

    /// The request with its values, for the internal part of messages: `GET /rest/api/3/issue/7/comment?orderBy=created`.
    pub fn target(&self) -> String {
        let separator = if self.query.is_empty() { "" } else { "?" };
        format!("{} {}{separator}{}", self.method.as_str(), self.path, self.query)
    }
}

fn encode(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// A good reply: status 2xx, a JSON body, for the expected account.
#[derive(Clone, Debug)]
pub struct Reply {
    /// JSON text, decompressed, as strict readers take it.
    pub body: String,
    /// Halves of surrogate pairs that were replaced in it.
    pub replaced: u64,
    /// The time at the server, from the header `Date`.
    pub date: Option<DateTime<Utc>>,
    /// The account that Jira recognized (header `X-AAccountId`).
    pub account: Option<String>,
    /// Attempts that the reply took.
    pub tries: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_routes_and_encodes_values() {
        let request = Request::get("/rest/api/3/issue/{id}/comment", &["A/1 ?"])
            .query("orderBy", "-created")
            .query("jql", "a = \"ü\"");
        assert_eq!(
            request.target(),
            "GET /rest/api/3/issue/A%2F1%20%3F/comment?orderBy=-created&jql=a%20%3D%20%22%C3%BC%22"
        );
        assert_eq!(request.label(), "GET /rest/api/3/issue/{id}/comment");
    }

    #[test]
    fn every_post_is_a_read() {
        for read in Read::ALL {
            let request = Request::post(read, &serde_json::json!({}));
            let last = request.path.rsplit('/').next().unwrap_or_default();
            assert!(["jql", "approximate-count", "bulkfetch", "list", "parse"].contains(&last), "{}", request.path);
        }
    }
}
