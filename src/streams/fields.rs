//! Fields and their configuration: contexts, options and field schemes.

use crate::codes;

use super::{
    permission::ADMINISTER,
    stream::{Add, LIST, ListEndpoint, Paging, Partition, Skip, Source, Stream, named},
};

pub(super) static ISSUE_FIELDS: Stream = Stream {
    source: Source::List(ListEndpoint { path: "/rest/api/3/field", ..LIST }),
    permissions: &[],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/",
    ..named!("issue_fields")
};

/// Only custom fields have contexts.
pub(super) static ISSUE_CUSTOM_FIELD_CONTEXTS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/field/{field}/context",
        records: "values",
        paging: Paging::Offset { max: 50 },
        partition: Partition::Each { of: &ISSUE_FIELDS, take: "id", when: Some((&["custom"], &["true"])) },
        add: &[
            Add::Partition { name: "fieldId" },
            Add::Parent { name: "fieldType", from: &["schema", "type"] },
            Add::Parent { name: "fieldItems", from: &["schema", "items"] },
        ],
        skip: &[
            Skip { status: 400, code: &codes::FIELD_WITHOUT_CONTEXTS },
            Skip { status: 403, code: &codes::NOT_PERMITTED },
            Skip { status: 404, code: &codes::FIELD_WITHOUT_CONTEXTS },
        ],
        ..LIST
    }),
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/",
    ..named!("issue_custom_field_contexts")
};

/// Single and multiple select lists, checkboxes, radio buttons and cascading select lists.
const WITH_OPTIONS: &[&str] = &["option", "option-with-child"];

pub(super) static ISSUE_CUSTOM_FIELD_OPTIONS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/field/{field}/context/{context}/option",
        records: "values",
        paging: Paging::Offset { max: 100 },
        partition: Partition::Each {
            of: &ISSUE_CUSTOM_FIELD_CONTEXTS,
            take: "id",
            when: Some((&["fieldType", "fieldItems"], WITH_OPTIONS)),
        },
        add: &[Add::Parent { name: "fieldId", from: &["fieldId"] }, Add::Partition { name: "contextId" }],
        skip: &[
            Skip { status: 400, code: &codes::CONTEXT_WITHOUT_OPTIONS },
            Skip { status: 403, code: &codes::NOT_PERMITTED },
            Skip { status: 404, code: &codes::CONTEXT_WITHOUT_OPTIONS },
        ],
        ..LIST
    }),
    permissions: &[ADMINISTER],
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/",
    ..named!("issue_custom_field_options")
};

/// The endpoint that replaces `fieldconfiguration`, which is deprecated.
pub(super) static ISSUE_FIELD_CONFIGURATIONS: Stream = Stream {
    source: Source::List(ListEndpoint {
        path: "/rest/api/3/config/fieldschemes",
        records: "values",
        paging: Paging::Offset { max: 100 },
        skip: &[Skip { status: 403, code: &codes::NOT_PERMITTED }, Skip { status: 404, code: &codes::NOT_AVAILABLE }],
        ..LIST
    }),
    permissions: &[ADMINISTER],
    consistency: "A snapshot at the time of reading, of the field schemes that replace field configurations. The endpoint is \
                  experimental, and not every site has it yet.",
    docs: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/",
    ..named!("issue_field_configurations")
};
