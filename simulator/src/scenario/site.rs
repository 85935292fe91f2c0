//! What the site is like.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteRules {
    pub hidden_projects: Vec<String>,
    pub hidden_issues: Vec<String>,
    /// What `/_edge/tenant_info` answers, and nothing but that.
    pub cloud_id: Option<String>,
    /// `/_edge/tenant_info` exists.
    pub tenant_info: bool,
    pub deployment: Deployment,
    /// The account exists, but has no licence for Jira.
    pub unlicensed: bool,
    /// Added to the `Date` header and to nothing else.
    pub clock_skew_seconds: i64,
    /// Older records of the audit log are not kept.
    pub audit_days: u32,
    /// Audit records of deleted issues tell the issue's id.
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

/// Which of Atlassian's products answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum Deployment {
    #[default]
    Cloud,
    Server,
    DataCenter,
}

impl Deployment {
    /// What `serverInfo` calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cloud => "Cloud",
            Self::Server => "Server",
            Self::DataCenter => "DataCenter",
        }
    }
}
