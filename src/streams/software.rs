//! Jira Software: boards and sprints. Classic OAuth scopes do not reach these.

use crate::codes;

use super::stream::{Add, Keep, LIST, Paging, Partition, Skip, Source, Stream, Table, named};

pub(super) static BOARDS: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/agile/1.0/board",
        records: "values",
        paging: Paging::Offset { max: 50 },
        add: &[
            Add::Text { name: "projectId", from: ["location", "projectId"] },
            Add::Text { name: "projectKey", from: ["location", "projectKey"] },
        ],
        keep: Keep::Project(&["location", "projectKey"]),
        ..LIST
    }),
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/",
    ..named!("boards")
};

/// A sprint shows on every board whose filter finds its issues, hence the key.
pub(super) static SPRINTS: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/agile/1.0/board/{board}/sprint",
        records: "values",
        paging: Paging::Offset { max: 50 },
        partition: Partition::Each { of: &BOARDS, take: "id", when: Some(("type", &["scrum", "simple"])) },
        add: &[Add::Partition { name: "boardId" }],
        skip: &[
            Skip { status: 400, code: &codes::BOARD_WITHOUT_SPRINTS },
            Skip { status: 404, code: &codes::BOARD_HIDDEN },
        ],
        ..LIST
    }),
    primary_key: &["boardId", "id"],
    airbyte_key: Some(&["id"]),
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/",
    ..named!("sprints")
};
