//! Faults: which requests fail, and how.

use serde::{Deserialize, Serialize};

/// One rule: which requests fail, and how.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(default = "any")]
    pub route: String,
    #[serde(default)]
    pub method: Option<String>,
    pub kind: FaultKind,
    #[serde(default)]
    pub probability: Option<f64>,
    /// Each Nth request of the route.
    #[serde(default)]
    pub every: Option<u64>,
    /// The first N requests of the route.
    #[serde(default)]
    pub first: Option<u64>,
    /// All requests of the route after the first N.
    #[serde(default)]
    pub after: Option<u64>,
    /// No longer than this after the first request that the rule hits: an outage that ends.
    #[serde(default)]
    pub lasting_ms: Option<u64>,
    #[serde(default)]
    pub headers: LimitHeaders,
    #[serde(default = "one")]
    pub seconds: u64,
    #[serde(default = "hundred")]
    pub delay_ms: u64,
    #[serde(default)]
    pub reason: Option<String>,
    /// Of a web page; 200 by default.
    #[serde(default)]
    pub status: Option<u16>,
}

fn any() -> String {
    "*".into()
}

fn one() -> u64 {
    1
}

fn hundred() -> u64 {
    100
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    #[serde(rename = "429")]
    TooMany,
    #[serde(rename = "500")]
    Broken,
    #[serde(rename = "502")]
    BadGateway,
    #[serde(rename = "503")]
    Unavailable,
    #[serde(rename = "504")]
    GatewayTimeout,
    /// 401, as for a token that has just expired.
    #[serde(rename = "401")]
    Unauthorised,
    /// 409, as slow pages of `users/search` respond.
    #[serde(rename = "409")]
    Conflict,
    Forbidden,
    NotFound,
    BadRequest,
    /// The connection closes without a response.
    Reset,
    /// The body is shorter than its Content-Length.
    Cut,
    /// The JSON is truncated, with a matching Content-Length. (Seen in very large responses.)
    BrokenJson,
    /// A web page, as from a CDN, a firewall or a proxy, under `status`.
    Html,
    /// The response is delayed.
    Slow,
    /// The header `Date` is `seconds` ahead.
    Clock,
    /// The token of the next page is the current one.
    RepeatToken,
    /// The page says that it is the last, whatever follows.
    SaysLast,
    /// No page says that it is the last.
    NeverLast,
    /// `startAt` is ignored: the first page, again.
    SamePage,
    /// The page begins one record too early, as when something was added before it.
    Overlap,
    /// A text where issues have the object with their comments.
    OddComments,
    /// 200, and an object without anything in it.
    EmptyObject,
    ShortPage,
    EmptyPage,
    Duplicate,
    /// The search ends early, silently.
    Truncate,
    /// As `truncate`, with an entry in `warnings`.
    TruncateWarned,
    /// Bulk reads list some issues in `issueErrors` instead of returning them.
    IssueErrors,
    /// The request is treated as unauthenticated.
    Anonymous,
}

/// The headers in which a 429 or 503 gives the wait.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitHeaders {
    #[default]
    RetryAfter,
    /// `X-RateLimit-Reset`, a time with seconds.
    Reset,
    /// `X-RateLimit-Reset`, a time without seconds.
    ResetMinutes,
    /// Both kinds under names that start with `Beta-`.
    Beta,
    /// `RateLimit` and `RateLimit-Policy`.
    Draft,
    None,
}
