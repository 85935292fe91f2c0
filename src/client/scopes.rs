//! The scopes that each endpoint requires of a token (Jira REST: `x-atlassian-oauth2-scopes` of each operation).
//!
//! A token needs all classic scopes of an endpoint, or all granular ones. An endpoint that lists one kind accepts only that
//! kind. A token without scopes has the permissions of its account.

/// The scopes that one endpoint requires.
#[derive(Debug)]
pub struct RequiredScopes {
    pub route: &'static str,
    /// All of these. Empty if the endpoint accepts no classic scope.
    pub classic: &'static [&'static str],
    granular: &'static str,
}

impl RequiredScopes {
    /// Or all of these. Empty if the endpoint accepts no granular scope.
    pub fn granular(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.granular.split_ascii_whitespace()
    }

    /// The scopes to recommend: the classic ones, which are fewer, or else the granular ones.
    pub fn minimal(&self) -> impl Iterator<Item = &'static str> + use<> {
        let granular = if self.classic.is_empty() { self.granular } else { "" };
        self.classic.iter().copied().chain(granular.split_ascii_whitespace())
    }

    /// For messages: `the scope read:jira-work`, or `the scopes …, …`.
    pub fn describe(&self) -> String {
        let minimal: Vec<&str> = self.minimal().collect();
        format!("the scope{} {}", if minimal.len() == 1 { "" } else { "s" }, minimal.join(", "))
    }
}

/// The scopes that the endpoint of a route requires, if the route is known.
pub fn required_for(route: &str) -> Option<&'static RequiredScopes> {
    ROUTES.iter().find(|required| required.route == route)
}

const NONE: &[&str] = &[];
const WORK: &[&str] = &["read:jira-work"];
const USER: &[&str] = &["read:jira-user"];
const CONFIGURATION: &[&str] = &["manage:jira-configuration"];
const ADMINISTRATION: &[&str] = &["manage:jira-project"];

const fn needs(route: &'static str, classic: &'static [&'static str], granular: &'static str) -> RequiredScopes {
    RequiredScopes { route, classic, granular }
}

/// Every endpoint that the connector uses.
#[rustfmt::skip]
pub static ROUTES: &[RequiredScopes] = &[
    needs("/rest/api/3/myself", USER, "read:application-role:jira read:avatar:jira read:group:jira read:user:jira"),
    needs("/rest/api/3/serverInfo", NONE, ""),
    needs("/rest/api/3/mypermissions", WORK, "read:permission:jira"),
    needs("/rest/api/3/search/jql", WORK, "read:field.default-value:jira read:field.option:jira read:field:jira read:group:jira read:issue-details:jira"),
    needs("/rest/api/3/search/approximate-count", WORK, "read:field.default-value:jira read:field.option:jira read:field:jira read:group:jira read:issue-details:jira"),
    needs("/rest/api/3/issue/bulkfetch", WORK, "read:avatar:jira read:field-configuration:jira read:issue-meta:jira read:issue-security-level:jira read:issue.changelog:jira read:issue.vote:jira read:issue:jira read:status:jira read:user:jira"),
    needs("/rest/api/3/changelog/bulkfetch", WORK, "read:avatar:jira read:issue-meta:jira read:issue.changelog:jira"),
    needs("/rest/api/3/worklog/list", WORK, "read:avatar:jira read:comment:jira read:group:jira read:issue-worklog.property:jira read:issue-worklog:jira read:project-role:jira read:user:jira"),
    needs("/rest/api/3/comment/list", WORK, "delete:comment.property:jira read:avatar:jira read:comment.property:jira read:comment:jira read:group:jira read:project-role:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/worklog/updated", WORK, "read:issue-worklog.property:jira read:issue-worklog:jira"),
    needs("/rest/api/3/worklog/deleted", WORK, "read:issue-worklog.property:jira read:issue-worklog:jira"),
    needs("/rest/api/3/jql/parse", WORK, "read:field:jira read:jql:jira validate:jql:jira"),
    needs("/rest/api/3/issue/{id}", WORK, "read:avatar:jira read:field-configuration:jira read:issue-meta:jira read:issue-security-level:jira read:issue.changelog:jira read:issue.vote:jira read:issue:jira read:status:jira read:user:jira"),
    needs("/rest/api/3/issue/{id}/changelog", WORK, "read:avatar:jira read:issue-meta:jira read:issue.changelog:jira"),
    needs("/rest/api/3/issue/{id}/comment", WORK, "read:avatar:jira read:comment.property:jira read:comment:jira read:group:jira read:project-role:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/issue/{id}/worklog", WORK, "read:avatar:jira read:group:jira read:issue-worklog.property:jira read:issue-worklog:jira read:project-role:jira read:user:jira"),
    needs("/rest/api/3/issue/{id}/votes", WORK, "read:application-role:jira read:avatar:jira read:group:jira read:issue.vote:jira read:user:jira"),
    needs("/rest/api/3/issue/{id}/watchers", WORK, "read:avatar:jira read:issue.watcher:jira read:user:jira"),
    needs("/rest/api/3/issue/{id}/remotelink", WORK, "read:issue.remote-link:jira read:status:jira"),
    // Not documented; guessed from similar paths.
    needs("/rest/api/3/issue/{id}/featureflags", WORK, ""),
    needs("/rest/api/3/auditing/record", CONFIGURATION, "read:audit-log:jira read:user:jira"),
    needs("/rest/api/3/project/search", WORK, "read:application-role:jira read:avatar:jira read:group:jira read:issue-type-hierarchy:jira read:issue-type:jira read:project-category:jira read:project-version:jira read:project.component:jira read:project.property:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/project/{project}/version", WORK, "read:project-version:jira"),
    needs("/rest/api/3/project/{project}/component", WORK, "read:application-role:jira read:avatar:jira read:group:jira read:project.component:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/project/{project}/avatars", WORK, "read:avatar:jira read:project.avatar:jira"),
    needs("/rest/api/3/project/{project}/email", ADMINISTRATION, "read:project.email:jira"),
    needs("/rest/api/3/project/{project}/securitylevel", WORK, "read:issue-security-level:jira"),
    needs("/rest/api/3/projectCategory", WORK, "read:project-category:jira"),
    needs("/rest/api/3/project/type", WORK, "read:project-type:jira"),
    needs("/rest/api/3/version/{id}", WORK, "read:project-version:jira"),
    needs("/rest/api/3/component/{id}", WORK, "read:application-role:jira read:avatar:jira read:group:jira read:project.component:jira read:project:jira read:user:jira"),
    needs("/rest/agile/1.0/board", NONE, "read:board-scope:jira-software read:project:jira"),
    needs("/rest/agile/1.0/board/{board}/sprint", NONE, "read:sprint:jira-software"),
    needs("/rest/software/1.0/board/{board}/issue", NONE, "read:board-scope:jira-software read:issue-details:jira"),
    needs("/rest/software/1.0/board/{board}/issue/approximate-count", NONE, "read:board-scope:jira-software read:issue-details:jira"),
    needs("/rest/agile/1.0/board/{board}/issue", NONE, "read:board-scope:jira-software read:issue-details:jira"),
    needs("/rest/agile/1.0/sprint/{id}", NONE, "read:sprint:jira-software"),
    needs("/rest/api/3/users/search", USER, "read:application-role:jira read:avatar:jira read:group:jira read:user:jira"),
    needs("/rest/api/3/group/bulk", USER, "read:group:jira"),
    needs("/rest/api/3/user", USER, "read:application-role:jira read:avatar:jira read:group:jira read:user:jira"),
    needs("/rest/api/3/applicationrole", CONFIGURATION, "read:application-role:jira"),
    needs("/rest/api/3/role", CONFIGURATION, "read:avatar:jira read:group:jira read:project-category:jira read:project-role:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/permissions", CONFIGURATION, "read:permission:jira"),
    needs("/rest/api/3/permissionscheme", WORK, "read:application-role:jira read:avatar:jira read:field:jira read:group:jira read:permission-scheme:jira read:permission:jira read:project-category:jira read:project-role:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/avatar/{type}/system", CONFIGURATION, "read:avatar:jira"),
    needs("/rest/api/3/screens", ADMINISTRATION, "read:avatar:jira read:project-category:jira read:project:jira read:screen:jira"),
    needs("/rest/api/3/screens/{screen}/tabs", ADMINISTRATION, "read:screen-tab:jira"),
    needs("/rest/api/3/screens/{screen}/tabs/{tab}/fields", ADMINISTRATION, "read:screenable-field:jira"),
    needs("/rest/api/3/screenscheme", ADMINISTRATION, "read:issue-type-screen-scheme:jira read:screen-scheme:jira"),
    needs("/rest/api/3/field", WORK, "read:avatar:jira read:field-configuration:jira read:field:jira read:project-category:jira read:project:jira"),
    needs("/rest/api/3/field/{field}/context", CONFIGURATION, "read:custom-field-contextual-configuration:jira read:field:jira"),
    needs("/rest/api/3/field/{field}/context/{context}/option", CONFIGURATION, "read:field.option:jira"),
    needs("/rest/api/3/config/fieldschemes", CONFIGURATION, "read:field-configuration-scheme:jira"),
    needs("/rest/api/3/issuetypescheme", CONFIGURATION, "read:issue-type-scheme:jira"),
    needs("/rest/api/3/issuetypescreenscheme", CONFIGURATION, "read:issue-type-screen-scheme:jira"),
    needs("/rest/api/3/issueLinkType", WORK, "read:issue-link-type:jira"),
    needs("/rest/api/3/workflows/search", CONFIGURATION, "read:workflow:jira"),
    needs("/rest/api/3/workflowscheme", CONFIGURATION, "read:application-role:jira read:avatar:jira read:group:jira read:issue-type:jira read:project-category:jira read:project:jira read:user:jira read:workflow-scheme:jira"),
    needs("/rest/api/3/statuscategory", WORK, "read:status:jira"),
    needs("/rest/api/3/notificationscheme", CONFIGURATION, "read:avatar:jira read:field-configuration:jira read:field:jira read:group:jira read:notification-scheme:jira read:project-category:jira read:project-role:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/issuesecurityschemes", ADMINISTRATION, "read:issue-security-level:jira read:issue-security-scheme:jira"),
    needs("/rest/api/3/settings/columns", CONFIGURATION, ""),
    needs("/rest/api/3/application-properties", CONFIGURATION, "read:instance-configuration:jira"),
    needs("/rest/api/3/configuration/timetracking/list", CONFIGURATION, "read:issue.time-tracking:jira"),
    needs("/rest/api/3/dashboard", WORK, "read:application-role:jira read:avatar:jira read:dashboard:jira read:group:jira read:issue-type-hierarchy:jira read:issue-type:jira read:project-category:jira read:project-role:jira read:project-version:jira read:project.component:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/filter/{filter}/permission", WORK, "read:application-role:jira read:avatar:jira read:filter:jira read:group:jira read:issue-type-hierarchy:jira read:issue-type:jira read:project-category:jira read:project-role:jira read:project-version:jira read:project.component:jira read:project:jira read:user:jira"),
    needs("/rest/api/3/field/search", WORK, "read:field-configuration:jira read:field:jira"),
    needs("/rest/api/3/issuetype", WORK, "read:avatar:jira read:issue-type:jira read:project-category:jira read:project:jira"),
    needs("/rest/api/3/status", WORK, "read:status:jira"),
    needs("/rest/api/3/priority/search", CONFIGURATION, ""),
    needs("/rest/api/3/resolution/search", WORK, "read:resolution:jira"),
    needs("/rest/api/3/label", WORK, "read:label:jira"),
    needs("/rest/api/3/filter/search", WORK, "read:application-role:jira read:avatar:jira read:filter:jira read:group:jira read:issue-type-hierarchy:jira read:jql:jira read:project-role:jira read:project:jira read:user:jira"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Read;

    #[test]
    fn every_read_by_post_is_known() {
        for read in Read::ALL {
            assert!(required_for(read.path()).is_some(), "{}", read.path());
        }
    }

    #[test]
    fn descriptions_name_the_fewest_scopes() {
        let words = |route: &str| required_for(route).unwrap().describe();
        assert_eq!(words("/rest/api/3/priority/search"), "the scope manage:jira-configuration");
        assert_eq!(words("/rest/agile/1.0/board"), "the scopes read:board-scope:jira-software, read:project:jira");
        assert_eq!(words("/rest/api/3/label"), "the scope read:jira-work");
        let minimal: Vec<_> = required_for("/rest/agile/1.0/board").unwrap().minimal().collect();
        assert_eq!(minimal, ["read:board-scope:jira-software", "read:project:jira"]);
        assert_eq!(required_for("/rest/api/3/label").unwrap().minimal().collect::<Vec<_>>(), WORK);
    }
}
