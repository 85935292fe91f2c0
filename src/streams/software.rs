//! Jira Software: boards, their sprints and their issues. Classic OAuth scopes do not reach these.

use crate::codes;

use super::stream::{Add, Boards, Keep, LIST, Paging, Partition, Skip, Source, Stream, Table, named};

pub(super) static BOARDS: Stream = Stream {
    source: Source::Table(Table {
        path: "/rest/agile/1.0/board",
        records: "values",
        paging: Paging::Offset { max: 50 },
        add: &[
            Add::Text { name: "projectId", from: ["location", "projectId"] },
            Add::Text { name: "projectKey", from: ["location", "projectKey"] },
        ],
        keep: Keep::Located(&["location", "projectKey"], &codes::BOARD_WITHOUT_LOCATION),
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
        partition: Partition::Each { of: &BOARDS, take: "id", when: Some((&["type"], &["scrum", "simple"])) },
        add: &[Add::Partition { name: "boardId" }],
        skip: &[
            Skip { status: 400, code: &codes::BOARD_WITHOUT_SPRINTS },
            Skip { status: 404, code: &codes::BOARD_HIDDEN },
            Skip { status: 422, code: &codes::BOARD_WITHOUT_COLUMNS },
        ],
        ..LIST
    }),
    primary_key: &["boardId", "id"],
    airbyte_key: Some(&["id"]),
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/",
    ..named!("sprints")
};

/// A board shows what its filter and its sub-filter find and its columns have a place for, which no other search can tell.
/// An issue shows on several boards, hence the key.
pub(super) static BOARD_ISSUES: Stream = Stream {
    source: Source::Boards(Boards {
        now: Table {
            path: "/rest/software/1.0/board/{board}/issue",
            paging: Paging::Token { max: 5000 },
            ..BOARD_LIST
        },
        count: "/rest/software/1.0/board/{board}/issue/approximate-count",
        // Deprecated, and still there on sites that do not have the other yet.
        before: &Table {
            path: "/rest/agile/1.0/board/{board}/issue",
            paging: Paging::Offset { max: 100 },
            ..BOARD_LIST
        },
    }),
    primary_key: &["boardId", "id"],
    airbyte_key: Some(&["id"]),
    silent: true,
    consistency: "Follows the issue's `updated`, board by board. An issue that a changed filter puts on a board does not move, so all of it is read again every `refresh_children_after_days` days (7). What leaves a board is not told. A list of several pages is listed a second time, by ids, and each is compared with Jira's own count: what the second shows is read, too, and a board that still shows fewer than Jira counts fails. Filters on projects, dates and JQL count as for the issues; boards are those of the stream `boards`.",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/",
    ..named!("board_issues")
};

const BOARD_LIST: Table = Table {
    query: &[("fields", "key"), ("fields", "created"), ("fields", "updated")],
    records: "issues",
    partition: Partition::Each { of: &BOARDS, take: "id", when: None },
    skip: &[
        Skip { status: 400, code: &codes::BOARD_BROKEN },
        Skip { status: 404, code: &codes::BOARD_HIDDEN },
        Skip { status: 422, code: &codes::BOARD_WITHOUT_COLUMNS },
    ],
    ..LIST
};
