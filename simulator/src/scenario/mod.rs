//! A scenario: the faults, and the properties of the site. Read from TOML.
//!
//! ```toml
//! seed = 7                     # decides which requests a fault with a probability affects
//!
//! [account]
//! time_zone = "Asia/Tokyo"     # time zone of the account: timestamps, and dates in JQL
//! language = "de"              # language of error messages unless the request forces another
//! captcha = false              # every login on the site's host is refused with AUTHENTICATION_DENIED
//! no_projects = false          # the account has access to no project
//! lacks = ["USER_PICKER"]      # permissions the account doesn't have
//!
//! [site]
//! hidden_projects = ["CORE"]   # the account may not browse these
//! hidden_issues = ["AND-3"]    # hidden from the account by issue security; IDs or keys
//! cloud_id = "…"               # the cloud ID that /_edge/tenant_info gives; it changes nothing else
//! tenant_info = true           # false: /_edge/tenant_info is a dead link
//! deployment = "Cloud"         # or "Server", "DataCenter": version 2 of serverInfo reports it, version 3 is a dead link
//! unlicensed = false           # requests that need an account get 403: no license for Jira
//! clock_skew_seconds = 0       # added to the Date header only
//! audit_days = 180             # older records of the audit log are not kept
//! audit_object_ids = false     # true: audit records of deleted issues contain the issue ID
//!
//! [sign_in]
//! token_life_seconds = 3600    # of access tokens
//! leeway_seconds = 600         # how long a replaced refresh token stays valid after its first use
//! idle_days = 90               # an unused refresh token expires after so many days
//! rotate = true                # false: refresh tokens are not replaced
//! revoked = false              # the 3LO app's refreshes and access tokens are refused
//! service_revoked = false      # the service account's token and client are refused
//! scopes = ["read:jira-work"]  # of scoped tokens and of grants that no consent limits; absent: all
//! callback = "http://localhost:8711/callback"   # of the 3LO app; empty: any http URL of the local machine
//! app_scopes = ["read:jira-work"]   # scopes that the 3LO app may request; absent: any
//! scoped_token_scheme = "basic"     # or "bearer", "both": how tokens with scopes are sent
//!
//! [[sign_in.sites]]            # what accessible-resources lists instead of the site itself
//! id = "…"
//! url = "https://other.atlassian.net"
//! name = "other"
//!
//! [search]
//! index_lag_seconds = 5        # delay until searches see a change
//! strict_values = false        # 400 for unknown projects, users and issues instead of an empty result
//! short_pages = 0.0            # share of pages that are shorter than requested without being the last
//! empty_pages = 0.0            # share of pages that are empty without being the last
//! duplicates = 0.0             # share of pages that repeat an issue of the page before
//! paging = "cursor"            # or "offset": tokens store an offset instead of the last issue
//! count_error = 0.0            # approximate-count is off by up to this share
//! vanish = 0.0                 # share of issues that a search omits, while bulkfetch returns them
//! light_page = 5000            # maximum number of issues on a page of IDs
//!
//! [limits]
//! burst = true                 # token buckets per endpoint and method, with Jira's published limits
//! scale = 1.0                  # multiplies the limits
//!
//! [[fault]]
//! route = "/rest/api/3/issue/bulkfetch"   # a template as in the log, or "*"
//! method = "POST"              # or omitted: all
//! every = 3                    # or first = N, after = N, probability = 0.1; if several are given, all must match
//! kind = "429"                 # see `FaultKind`
//! headers = "retry_after"      # 429 and 503: see `LimitHeaders`
//! seconds = 2                  # the wait that those headers give
//! delay_ms = 500               # for "slow"
//! reason = "jira-burst-based"  # RateLimit-Reason
//! ```

mod fault;
mod search;
mod sign_in;
mod site;

use serde::{Deserialize, Serialize};

pub use fault::{Fault, FaultKind, LimitHeaders};
pub use search::{SearchRules, TokenPaging};
pub use sign_in::{ListedSite, SignIn, TokenScheme};
pub use site::{Deployment, SiteRules};

use crate::error::Error;
use crate::site::permissions;

/// A scenario; the default has no faults.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    pub seed: u64,
    pub account: Account,
    pub site: SiteRules,
    pub sign_in: SignIn,
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
    /// It has access to no project.
    pub no_projects: bool,
    /// Keys of permissions it doesn't have.
    pub lacks: Vec<String>,
}

impl Account {
    pub(crate) fn may(&self, permission: &str) -> bool {
        !self.lacks.iter().any(|key| key == permission)
    }
}

impl Default for Account {
    fn default() -> Self {
        Self {
            time_zone: "Europe/Berlin".into(),
            language: "en".into(),
            captcha: false,
            no_projects: false,
            lacks: Vec::new(),
        }
    }
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
        if let Some(key) = scenario.account.lacks.iter().find(|key| !permissions::exists(key)) {
            return Err(Error::new(format!("scenario: account.lacks: unknown permission {key:?}")));
        }
        Ok(scenario)
    }
}
