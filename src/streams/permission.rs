//! The permissions that streams need: as Jira's API calls them (`mypermissions`), as admins read them, and what does not
//! come without them. None of them is needed for what everybody with access to Jira may see.

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

/// What becomes of a stream if the account lacks it and Jira does not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// No rows.
    Nothing,
    /// Rows, of which this is missing.
    Lacking(&'static str),
}

pub const BROWSE_PROJECTS: Permission =
    Permission { key: "BROWSE_PROJECTS", name: "Browse projects", given: Given::InProjects, without: Without::Nothing };

/// Without it, Jira promises the counts but not the people (Jira REST v3: "Get votes", "Get issue watchers").
pub const VIEW_VOTERS_AND_WATCHERS: Permission = Permission {
    key: "VIEW_VOTERS_AND_WATCHERS",
    name: "View voters and watchers",
    given: Given::InProjects,
    without: Without::Lacking("the counts come, but not who voted or watches"),
};

pub const TRANSITION_ISSUES: Permission = Permission {
    key: "TRANSITION_ISSUES",
    name: "Transition issues",
    given: Given::InProjects,
    without: Without::Nothing,
};

/// Without it, what the site is set up with is refused.
pub const ADMINISTER: Permission =
    Permission { key: "ADMINISTER", name: "Administer Jira", given: Given::Globally, without: Without::Nothing };

/// Without it, workflows and notification schemes come of the projects that the account administers, if at all.
pub const ADMINISTER_FOR_ALL: Permission =
    Permission { without: Without::Lacking("rows come only of projects that the account administers"), ..ADMINISTER };

/// Without it, lists of people are refused, or shorter than they should be.
pub const USER_PICKER: Permission = Permission {
    key: "USER_PICKER",
    name: "Browse users and groups",
    given: Given::Globally,
    without: Without::Lacking("rows may be missing"),
};

/// Without it, Jira shows no security levels (Jira REST v3: "Get project issue security levels").
pub const SET_ISSUE_SECURITY: Permission = Permission {
    key: "SET_ISSUE_SECURITY",
    name: "Set issue security",
    given: Given::InProjects,
    without: Without::Nothing,
};
