//! Which scopes each route asks for. (Jira's OpenAPI: `x-atlassian-oauth2-scopes`; where that is missing, `security`.)

pub(super) struct Needs {
    pub method: &'static str,
    pub template: &'static str,
    pub classic: &'static [&'static str],
    pub granular: &'static [&'static str],
}

const fn needs(
    method: &'static str,
    template: &'static str,
    classic: &'static [&'static str],
    granular: &'static [&'static str],
) -> Needs {
    Needs { method, template, classic, granular }
}

const NONE: &[&str] = &[];
const WORK: &[&str] = &["read:jira-work"];
const USER: &[&str] = &["read:jira-user"];
const CONFIGURATION: &[&str] = &["manage:jira-configuration"];
const ADMINISTRATION: &[&str] = &["manage:jira-project"];

// Granular lists that several routes share.
const PEOPLE: &[&str] = &["read:application-role:jira", "read:avatar:jira", "read:group:jira", "read:user:jira"];
const SEARCH_BY_QUERY: &[&str] = &[
    "read:audit-log:jira",
    "read:avatar:jira",
    "read:field-configuration:jira",
    "read:issue-details:jira",
    "read:issue-meta:jira",
];
const SEARCH_BY_BODY: &[&str] = &[
    "read:field.default-value:jira",
    "read:field.option:jira",
    "read:field:jira",
    "read:group:jira",
    "read:issue-details:jira",
];
const ISSUE: &[&str] = &[
    "read:avatar:jira",
    "read:field-configuration:jira",
    "read:issue-meta:jira",
    "read:issue-security-level:jira",
    "read:issue.changelog:jira",
    "read:issue.vote:jira",
    "read:issue:jira",
    "read:status:jira",
    "read:user:jira",
];
const CHANGELOG: &[&str] = &["read:avatar:jira", "read:issue-meta:jira", "read:issue.changelog:jira"];
const WORKLOG_FEED: &[&str] = &["read:issue-worklog.property:jira", "read:issue-worklog:jira"];
const PROPERTIES: &[&str] = &["read:issue.property:jira"];
const PROJECT: &[&str] = &[
    "read:application-role:jira",
    "read:avatar:jira",
    "read:group:jira",
    "read:issue-type-hierarchy:jira",
    "read:issue-type:jira",
    "read:project-category:jira",
    "read:project-version:jira",
    "read:project.component:jira",
    "read:project.property:jira",
    "read:project:jira",
    "read:user:jira",
];
const VERSION: &[&str] = &["read:project-version:jira"];
const COMPONENT: &[&str] = &[
    "read:application-role:jira",
    "read:avatar:jira",
    "read:group:jira",
    "read:project.component:jira",
    "read:project:jira",
    "read:user:jira",
];
const PERMISSION: &[&str] = &["read:permission:jira"];
const BOARD: &[&str] = &["read:board-scope:jira-software", "read:issue-details:jira"];
const SPRINT: &[&str] = &["read:sprint:jira-software"];

/// By method and route template: classic scopes, granular scopes.
pub(super) const TABLE: &[Needs] = &[
    needs("GET", "/rest/api/3/myself", USER, PEOPLE),
    needs("GET", "/rest/api/3/serverInfo", NONE, NONE),
    needs("GET", "/rest/api/2/serverInfo", NONE, NONE),
    needs("GET", "/rest/api/3/search/jql", WORK, SEARCH_BY_QUERY),
    needs("POST", "/rest/api/3/search/jql", WORK, SEARCH_BY_BODY),
    needs("POST", "/rest/api/3/search/approximate-count", WORK, SEARCH_BY_BODY),
    needs("POST", "/rest/api/3/jql/parse", WORK, &["read:field:jira", "read:jql:jira", "validate:jql:jira"]),
    needs("GET", "/rest/api/3/search", WORK, SEARCH_BY_QUERY),
    needs("POST", "/rest/api/3/search", WORK, SEARCH_BY_BODY),
    needs("POST", "/rest/api/3/issue/bulkfetch", WORK, ISSUE),
    needs("GET", "/rest/api/3/issue/{issueIdOrKey}", WORK, ISSUE),
    needs("POST", "/rest/api/3/changelog/bulkfetch", WORK, CHANGELOG),
    needs("GET", "/rest/api/3/issue/{issueIdOrKey}/changelog", WORK, CHANGELOG),
    needs(
        "GET",
        "/rest/api/3/issue/{issueIdOrKey}/comment",
        WORK,
        &[
            "read:avatar:jira",
            "read:comment.property:jira",
            "read:comment:jira",
            "read:group:jira",
            "read:project-role:jira",
            "read:project:jira",
            "read:user:jira",
        ],
    ),
    needs(
        "POST",
        "/rest/api/3/comment/list",
        WORK,
        &[
            "delete:comment.property:jira",
            "read:avatar:jira",
            "read:comment.property:jira",
            "read:comment:jira",
            "read:group:jira",
            "read:project-role:jira",
            "read:project:jira",
            "read:user:jira",
        ],
    ),
    needs(
        "GET",
        "/rest/api/3/issue/{issueIdOrKey}/worklog",
        WORK,
        &[
            "read:avatar:jira",
            "read:group:jira",
            "read:issue-worklog.property:jira",
            "read:issue-worklog:jira",
            "read:project-role:jira",
            "read:user:jira",
        ],
    ),
    needs("GET", "/rest/api/3/worklog/updated", WORK, WORKLOG_FEED),
    needs("GET", "/rest/api/3/worklog/deleted", WORK, WORKLOG_FEED),
    needs(
        "POST",
        "/rest/api/3/worklog/list",
        WORK,
        &[
            "read:avatar:jira",
            "read:comment:jira",
            "read:group:jira",
            "read:issue-worklog.property:jira",
            "read:issue-worklog:jira",
            "read:project-role:jira",
            "read:user:jira",
        ],
    ),
    needs(
        "GET",
        "/rest/api/3/issue/{issueIdOrKey}/votes",
        WORK,
        &[
            "read:application-role:jira",
            "read:avatar:jira",
            "read:group:jira",
            "read:issue.vote:jira",
            "read:user:jira",
        ],
    ),
    needs(
        "GET",
        "/rest/api/3/issue/{issueIdOrKey}/watchers",
        WORK,
        &["read:avatar:jira", "read:issue.watcher:jira", "read:user:jira"],
    ),
    needs(
        "GET",
        "/rest/api/3/issue/{issueIdOrKey}/transitions",
        WORK,
        &["read:field-configuration:jira", "read:issue.transition:jira", "read:status:jira"],
    ),
    needs(
        "GET",
        "/rest/api/3/issue/{issueIdOrKey}/remotelink",
        WORK,
        &["read:issue.remote-link:jira", "read:status:jira"],
    ),
    needs("GET", "/rest/api/3/issue/{issueIdOrKey}/properties", WORK, PROPERTIES),
    needs("GET", "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}", WORK, PROPERTIES),
    needs("GET", "/rest/api/3/project/search", WORK, PROJECT),
    needs("GET", "/rest/api/3/project/{projectIdOrKey}", WORK, PROJECT),
    needs("GET", "/rest/api/3/project/{projectIdOrKey}/version", WORK, VERSION),
    needs("GET", "/rest/api/3/project/{projectIdOrKey}/versions", WORK, VERSION),
    needs("GET", "/rest/api/3/project/{projectIdOrKey}/component", WORK, COMPONENT),
    needs("GET", "/rest/api/3/project/{projectIdOrKey}/components", WORK, COMPONENT),
    needs("GET", "/rest/api/3/component", WORK, COMPONENT),
    needs("GET", "/rest/api/3/component/{id}", WORK, COMPONENT),
    needs("GET", "/rest/api/3/version/{id}", WORK, VERSION),
    needs("GET", "/rest/api/3/project", WORK, PROJECT),
    needs("GET", "/rest/api/3/users/search", USER, PEOPLE),
    needs("GET", "/rest/api/3/users", USER, PEOPLE),
    needs("GET", "/rest/api/3/user", USER, PEOPLE),
    needs("GET", "/rest/api/3/user/bulk", USER, PEOPLE),
    needs("GET", "/rest/api/3/group/bulk", USER, &["read:group:jira"]),
    needs("GET", "/rest/api/3/group/member", CONFIGURATION, &["read:avatar:jira", "read:group:jira", "read:user:jira"]),
    needs(
        "GET",
        "/rest/api/3/field",
        WORK,
        &[
            "read:avatar:jira",
            "read:field-configuration:jira",
            "read:field:jira",
            "read:project-category:jira",
            "read:project:jira",
        ],
    ),
    needs("GET", "/rest/api/3/field/search", WORK, &["read:field-configuration:jira", "read:field:jira"]),
    needs(
        "GET",
        "/rest/api/3/issuetype",
        WORK,
        &["read:avatar:jira", "read:issue-type:jira", "read:project-category:jira", "read:project:jira"],
    ),
    needs("GET", "/rest/api/3/status", WORK, &["read:status:jira"]),
    needs("GET", "/rest/api/3/statuses/search", CONFIGURATION, &["read:workflow:jira"]),
    needs("GET", "/rest/api/3/priority/search", CONFIGURATION, NONE),
    needs("GET", "/rest/api/3/resolution/search", WORK, &["read:resolution:jira"]),
    needs("GET", "/rest/api/3/label", WORK, &["read:label:jira"]),
    needs(
        "GET",
        "/rest/api/3/filter/search",
        WORK,
        &[
            "read:application-role:jira",
            "read:avatar:jira",
            "read:filter:jira",
            "read:group:jira",
            "read:issue-type-hierarchy:jira",
            "read:jql:jira",
            "read:project-role:jira",
            "read:project:jira",
            "read:user:jira",
        ],
    ),
    needs("GET", "/rest/api/3/issueLinkType", WORK, &["read:issue-link-type:jira"]),
    needs("GET", "/rest/api/3/projectCategory", WORK, &["read:project-category:jira"]),
    needs("GET", "/rest/api/3/project/type", WORK, &["read:project-type:jira"]),
    needs(
        "GET",
        "/rest/api/3/project/{projectIdOrKey}/avatars",
        WORK,
        &["read:avatar:jira", "read:project.avatar:jira"],
    ),
    needs("GET", "/rest/api/3/project/{projectId}/email", ADMINISTRATION, &["read:project.email:jira"]),
    needs("GET", "/rest/api/3/project/{projectKeyOrId}/securitylevel", WORK, &["read:issue-security-level:jira"]),
    needs("GET", "/rest/api/3/avatar/{type}/system", CONFIGURATION, &["read:avatar:jira"]),
    needs("GET", "/rest/api/3/applicationrole", CONFIGURATION, &["read:application-role:jira"]),
    needs(
        "GET",
        "/rest/api/3/role",
        CONFIGURATION,
        &[
            "read:avatar:jira",
            "read:group:jira",
            "read:project-category:jira",
            "read:project-role:jira",
            "read:project:jira",
            "read:user:jira",
        ],
    ),
    needs(
        "GET",
        "/rest/api/3/permissionscheme",
        WORK,
        &[
            "read:application-role:jira",
            "read:avatar:jira",
            "read:field:jira",
            "read:group:jira",
            "read:permission-scheme:jira",
            "read:permission:jira",
            "read:project-category:jira",
            "read:project-role:jira",
            "read:project:jira",
            "read:user:jira",
        ],
    ),
    needs(
        "GET",
        "/rest/api/3/screens",
        ADMINISTRATION,
        &["read:avatar:jira", "read:project-category:jira", "read:project:jira", "read:screen:jira"],
    ),
    needs("GET", "/rest/api/3/screens/{screenId}/tabs", ADMINISTRATION, &["read:screen-tab:jira"]),
    needs("GET", "/rest/api/3/screens/{screenId}/tabs/{tabId}/fields", ADMINISTRATION, &["read:screenable-field:jira"]),
    needs(
        "GET",
        "/rest/api/3/screenscheme",
        ADMINISTRATION,
        &["read:issue-type-screen-scheme:jira", "read:screen-scheme:jira"],
    ),
    needs("GET", "/rest/api/3/mypermissions", WORK, PERMISSION),
    needs("GET", "/rest/api/3/permissions", CONFIGURATION, PERMISSION),
    needs("GET", "/rest/api/3/auditing/record", CONFIGURATION, &["read:audit-log:jira", "read:user:jira"]),
    needs("GET", "/rest/agile/1.0/board", NONE, &["read:board-scope:jira-software", "read:project:jira"]),
    needs("GET", "/rest/agile/1.0/board/{boardId}", NONE, BOARD),
    needs(
        "GET",
        "/rest/agile/1.0/board/{boardId}/configuration",
        NONE,
        &["read:board-scope.admin:jira-software", "read:project:jira"],
    ),
    needs("GET", "/rest/agile/1.0/board/{boardId}/sprint", NONE, SPRINT),
    needs("GET", "/rest/agile/1.0/board/{boardId}/issue", NONE, BOARD),
    needs("GET", "/rest/software/1.0/board/{boardId}/issue", NONE, BOARD),
    needs("GET", "/rest/agile/1.0/sprint/{sprintId}", NONE, SPRINT),
];
