//! The properties of the site.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteRules {
    pub hidden_projects: Vec<String>,
    pub hidden_issues: Vec<String>,
    /// The cloud ID that `/_edge/tenant_info` gives; it changes nothing else.
    pub cloud_id: Option<String>,
    /// `/_edge/tenant_info` exists.
    pub tenant_info: bool,
    pub deployment: Deployment,
    /// The account exists, but has no license for Jira.
    pub unlicensed: bool,
    /// Added to the `Date` header only.
    pub clock_skew_seconds: i64,
    /// Older records of the audit log are not kept.
    pub audit_days: u32,
    /// Audit records of deleted issues contain the issue ID.
    pub audit_object_ids: bool,
}

impl Default for SiteRules {
    fn default() -> Self {
        Self {
            hidden_projects: Vec::new(),
            hidden_issues: Vec::new(),
            cloud_id: None,
            tenant_info: true,
            deployment: Deployment::Cloud,
            unlicensed: false,
            clock_skew_seconds: 0,
            audit_days: 180,
            audit_object_ids: false,
        }
    }
}

/// The Jira product that responds.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum Deployment {
    #[default]
    Cloud,
    Server,
    DataCenter,
}

impl Deployment {
    /// Its name in `serverInfo`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cloud => "Cloud",
            Self::Server => "Server",
            Self::DataCenter => "DataCenter",
        }
    }
}
