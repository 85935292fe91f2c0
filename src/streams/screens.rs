//! Screens, their tabs and the fields on the tabs, and screen schemes. All need an administrator.

use super::{
    permission::{ADMINISTER, Permission},
    stream::{Add, LIST, ListEndpoint, Paging, Partition, Skip, Source, Stream, named},
};
use crate::codes;

const ADMINS: &[Permission] = &[ADMINISTER];
const ADMINS_ONLY: Skip = Skip { status: 403, code: &codes::NOT_PERMITTED };
const GONE: Skip = Skip { status: 404, code: &codes::SCREEN_DELETED };

pub(super) static SCREENS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/screens",
        records: "values",
        paging: Paging::Offset { max: 100 },
        skip: &[ADMINS_ONLY],
        ..LIST
    }),
    permissions: ADMINS,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/",
    ..named!("screens")
};

pub(super) static SCREEN_TABS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/screens/{screen}/tabs",
        partition: Partition::Each { of: &SCREENS, take: "id", when: None },
        add: &[Add::Partition { name: "screenId" }],
        skip: &[ADMINS_ONLY, GONE],
        ..LIST
    }),
    permissions: ADMINS,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/",
    ..named!("screen_tabs")
};

/// Many tabs can show a field, so the primary key includes the tab.
pub(super) static SCREEN_TAB_FIELDS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/screens/{screen}/tabs/{tab}/fields",
        partition: Partition::Each { of: &SCREEN_TABS, take: "id", when: None },
        add: &[Add::Parent { name: "screenId", from: &["screenId"] }, Add::Partition { name: "tabId" }],
        skip: &[ADMINS_ONLY, GONE],
        ..LIST
    }),
    primary_key: &["screenId", "tabId", "id"],
    airbyte_key: Some(&["id"]),
    permissions: ADMINS,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tab-fields/",
    ..named!("screen_tab_fields")
};

/// Jira lists only those of company-managed projects.
pub(super) static SCREEN_SCHEMES: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/screenscheme",
        query: &[("expand", "issueTypeScreenSchemes")],
        records: "values",
        paging: Paging::Offset { max: 50 },
        skip: &[ADMINS_ONLY],
        ..LIST
    }),
    permissions: ADMINS,
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-schemes/",
    ..named!("screen_schemes")
};
