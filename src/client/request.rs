//! What can be asked of Jira. There is no way to write: a request is a GET, or a POST to one of the listed reads.

use chrono::{DateTime, Utc};
use std::fmt::Write as _;

/// The endpoints that read by POST, because their questions don't fit a URL. No other POST can be expressed.
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

/// One question to Jira.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: Method,
    /// The path with its variables still named: what limits, logs and reports count by.
    pub(super) route: &'static str,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Option<String>,
    /// How often to try where trying again can help.
    pub(super) tries: u32,
    /// Signed by `Auth`; never shown.
    pub(super) authorization: Option<reqwest::header::HeaderValue>,
}

impl Request {
    /// A GET of `route`, its `{variables}` replaced in order by `values`, percent-encoded.
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
        Self { method: Method::Get, route, path, query: String::new(), body: None, tries: 5, authorization: None }
    }

    /// One of the reads that Jira takes by POST.
    pub fn post(read: Read, body: &serde_json::Value) -> Self {
        Self { method: Method::Post, body: Some(body.to_string()), ..Self::get(read.path(), &[]) }
    }

    /// Adds a query parameter; the same name may be added several times.
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        encode(&mut self.query, name);
        self.query.push('=');
        encode(&mut self.query, value.as_ref());
        self
    }

    /// Tries at most so often: for requests that the caller can cut into smaller ones instead.
    pub fn tries(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    /// `GET /rest/api/3/issue/{id}/comment`: the request as messages name it, without values.
    pub fn label(&self) -> String {
        format!("{} {}", self.method.as_str(), self.route)
    }

    /// The request with its values, for the internal part of messages.
    pub fn target(&self) -> String {
        let question = if self.query.is_empty() { "" } else { "?" };
        format!("{} {}{question}{}", self.method.as_str(), self.path, self.query)
    }
}

fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'*' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// A good answer: status 2xx, a JSON body, signed in as expected.
#[derive(Clone, Debug)]
pub struct Reply {
    /// JSON text, decompressed.
    pub body: String,
    /// The server's clock when it answered.
    pub date: Option<DateTime<Utc>>,
    /// Whom Jira took us for (header `X-AAccountId`).
    pub account: Option<String>,
    /// How many tries the answer took.
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
