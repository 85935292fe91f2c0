//! What goes wrong: which requests, and in what way.

use serde::{Deserialize, Serialize};

/// One rule: these requests go wrong in this way.
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
    #[serde(default)]
    pub headers: LimitHeaders,
    #[serde(default = "one")]
    pub seconds: u64,
    #[serde(default = "hundred")]
    pub delay_ms: u64,
    #[serde(default)]
    pub reason: Option<String>,
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

/// Ways to go wrong.
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
    /// 401, as for a token that expired on the way.
    #[serde(rename = "401")]
    Unauthorised,
    /// 409, as slow pages of `users/search` answer.
    #[serde(rename = "409")]
    Conflict,
    Forbidden,
    NotFound,
    BadRequest,
    /// The connection closes without an answer.
    Reset,
    /// The length says more than is sent.
    Cut,
    /// The JSON ends early, with a length that agrees. (Seen on very large answers.)
    BrokenJson,
    /// 200 with a web page.
    Html,
    /// The answer comes late.
    Slow,
    /// The next page's token is the one just used.
    RepeatToken,
    ShortPage,
    EmptyPage,
    Duplicate,
    /// The search ends early without a word.
    Truncate,
    /// As `truncate`, with an entry in `warnings`.
    TruncateWarned,
    /// Bulk reads name some issues in `issueErrors` instead of giving them.
    IssueErrors,
    /// The request is treated as if nobody had logged in.
    Anonymous,
}

/// How a 429 or 503 tells when to come back.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitHeaders {
    #[default]
    RetryAfter,
    /// `X-RateLimit-Reset` with seconds in the time.
    Reset,
    /// `X-RateLimit-Reset` without seconds in the time.
    ResetMinutes,
    /// Both kinds under names that start with `Beta-`.
    Beta,
    /// `RateLimit` and `RateLimit-Policy`.
    Draft,
    None,
}
