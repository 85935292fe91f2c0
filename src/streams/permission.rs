//! The permissions that streams need: their keys in Jira's API (`mypermissions`), their names in Jira's settings, and what is
//! missing without them. What is visible to every user with access to Jira needs none.

/// A permission of Jira's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Its key in the API.
    pub key: &'static str,
    /// Its name in Jira's settings.
    pub name: &'static str,
    pub given: Given,
    pub without: Without,
}

/// Where an admin gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Globally,
    /// By the permission scheme of a project.
    InProjects,
}

/// What a stream brings if the account lacks the permission and Jira does not refuse the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// No rows.
    Nothing,
    /// Rows that lack this.
    Lacking(&'static str),
}

pub(super) const BROWSE_PROJECTS: Permission =
    Permission { key: "BROWSE_PROJECTS", name: "Browse projects", given: Given::InProjects, without: Without::Nothing };

/// Without it, Jira promises the counts but not the people (Jira REST v3: "Get votes", "Get issue watchers").
pub(super) const VIEW_VOTERS_AND_WATCHERS: Permission = Permission {
    key: "VIEW_VOTERS_AND_WATCHERS",
    name: "View voters and watchers",
    given: Given::InProjects,
    without: Without::Lacking("the counts are included, but not who voted or watches"),
};

pub(super) const TRANSITION_ISSUES: Permission = Permission {
    key: "TRANSITION_ISSUES",
    name: "Transition issues",
    given: Given::InProjects,
    without: Without::Nothing,
};

/// Without it, Jira refuses requests for the configuration of the site.
pub const ADMINISTER: Permission =
    Permission { key: "ADMINISTER", name: "Administer Jira", given: Given::Globally, without: Without::Nothing };

/// Without it, Jira returns only the workflows and notification schemes of projects that the account administers.
pub(super) const ADMINISTER_FOR_ALL: Permission = Permission {
    without: Without::Lacking("only rows of projects that the account administers are included"),
    ..ADMINISTER
};

/// Without it, Jira refuses lists of users and groups, or returns incomplete ones.
pub(super) const USER_PICKER: Permission = Permission {
    key: "USER_PICKER",
    name: "Browse users and groups",
    given: Given::Globally,
    without: Without::Lacking("rows may be missing"),
};

/// Without it, Jira shows no security levels (Jira REST v3: "Get project issue security levels").
pub(super) const SET_ISSUE_SECURITY: Permission = Permission {
    key: "SET_ISSUE_SECURITY",
    name: "Set issue security",
    given: Given::InProjects,
    without: Without::Nothing,
};
