//! What goes wrong, and what the site is like: read from TOML.
//!
//! ```toml
//! seed = 7                     # decides which requests faults with a probability hit
//!
//! [account]
//! time_zone = "Asia/Tokyo"     # zone of the calling account: timestamps, and dates in JQL
//! language = "de"              # language of error messages unless the request forces another
//! captcha = false              # every login is refused with AUTHENTICATION_DENIED
//!
//! [site]
//! hidden_projects = ["CORE"]   # the account may not browse these
//! hidden_issues = ["AND-3"]    # kept from the account by issue security; ids or keys
//!
//! [search]
//! index_lag_seconds = 5        # searches see changes so much later
//! strict_values = false        # 400 for unknown projects, users and issues instead of an empty answer
//! short_pages = 0.0            # share of pages that are shorter than asked without being the last
//! empty_pages = 0.0            # share of pages that are empty without being the last
//! duplicates = 0.0             # share of pages that repeat an issue of the page before
//! paging = "cursor"            # or "offset": tokens count instead of naming the last issue
//!
//! [limits]
//! burst = true                 # token buckets per endpoint and method, at Jira's published ceilings
//! scale = 1.0                  # multiplies the ceilings
//!
//! [[fault]]
//! route = "/rest/api/3/issue/bulkfetch"   # a template as in the log, or "*"
//! method = "POST"              # or left out: all
//! every = 3                    # or first = N, after = N, probability = 0.1; several must all hold
//! kind = "429"                 # see `FaultKind`
//! headers = "retry_after"      # 429 and 503: see `LimitHeaders`
//! seconds = 2                  # what those headers tell
//! delay_ms = 500               # for "slow"
//! reason = "jira-burst-based"  # RateLimit-Reason
//! ```

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A scenario; the default has no faults.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    pub seed: u64,
    pub account: Account,
    pub site: SiteRules,
    pub search: SearchRules,
    pub limits: Limits,
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
}

/// The calling account.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    pub time_zone: String,
    pub language: String,
    pub captcha: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self { time_zone: "Europe/Berlin".into(), language: "en".into(), captcha: false }
    }
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteRules {
    pub hidden_projects: Vec<String>,
    pub hidden_issues: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchRules {
    pub index_lag_seconds: f64,
    pub strict_values: bool,
    pub short_pages: f64,
    pub empty_pages: f64,
    pub duplicates: f64,
    pub paging: TokenPaging,
}

/// What a page token remembers.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPaging {
    /// The last issue: what moves in the order comes again, nothing is skipped.
    #[default]
    Cursor,
    /// A count: what moves in the order makes others be skipped.
    Offset,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub burst: bool,
    pub scale: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { burst: false, scale: 1.0 }
    }
}

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

impl Scenario {
    /// Reads a scenario from a TOML file.
    pub fn read(file: &std::path::Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(file).map_err(|error| Error::new(format!("{}: {error}", file.display())))?;
        Self::parse(&text)
    }

    /// Reads a scenario from TOML.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let scenario: Self = toml::from_str(text).map_err(|error| Error::new(format!("scenario: {error}")))?;
        if scenario.account.time_zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(Error::new(format!(
                "scenario: account.time_zone: unknown zone {:?}",
                scenario.account.time_zone
            )));
        }
        Ok(scenario)
    }
}
