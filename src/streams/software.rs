//! Jira Software: boards, their sprints and their issues. No classic OAuth scope covers these endpoints.

use crate::codes;

use super::stream::{Add, Boards, Keep, LIST, ListEndpoint, Paging, Partition, Skip, Source, Stream, named};

pub(super) static BOARDS: Stream = Stream {
    source: Source::List(ListEndpoint {
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

/// Every board whose filter finds issues of a sprint shows the sprint, so the primary key includes the board.
pub(super) static SPRINTS: Stream = Stream {
    source: Source::List(ListEndpoint {
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

/// A board shows what its filter and sub-filter find and its columns have a place for; no search by JQL finds the same.
/// Several boards can show an issue, so the primary key includes the board.
pub(super) static BOARD_ISSUES: Stream = Stream {
    source: Source::Boards(Boards {
        current: ListEndpoint {
            path: "/rest/software/1.0/board/{board}/issue",
            paging: Paging::Token { max: 5000 },
            ..BOARD_LIST
        },
        count: "/rest/software/1.0/board/{board}/issue/approximate-count",
        // For sites that don't have the current endpoint yet.
        deprecated: &ListEndpoint {
            path: "/rest/agile/1.0/board/{board}/issue",
            paging: Paging::Offset { max: 100 },
            ..BOARD_LIST
        },
    }),
    primary_key: &["boardId", "id"],
    airbyte_key: Some(&["id"]),
    no_updated_signal: true,
    consistency: "Read when the issue's `updated` changes, board by board. A changed board filter does not change `updated` of its issues, so the stream is re-read in full every `full_refresh_interval_days` days (default: 7). Issues that leave a board are not reported. A list of several pages is listed a second time, by IDs, and every list is compared with Jira's count: issues that only the second listing shows are read too, and a board that still shows fewer issues than Jira counts fails. The filters on projects, dates and JQL apply as for `issues`; the boards are those of the stream `boards`.",
    docs: "https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/",
    ..named!("board_issues")
};

const BOARD_LIST: ListEndpoint = ListEndpoint {
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
