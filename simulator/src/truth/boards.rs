//! Boards, their configurations and issues, and sprints.

use serde_json::{Value, json};

use crate::api::agile::{epics, open};
use crate::site::Site;
use crate::site::catalog::Board;
use crate::site::indexed::IndexedIssue;

pub(super) fn boards(site: &Site, hidden: bool) -> Vec<Value> {
    if hidden {
        site.catalog.boards.iter().map(|board| board.body.clone()).collect()
    } else {
        open(site).map(|board| board.body.clone()).collect()
    }
}

pub(super) fn configurations(site: &Site, hidden: bool) -> Vec<Value> {
    let with_id = |board: &Board| {
        let mut body = board.configuration.clone();
        body["boardId"] = json!(board.id);
        body
    };
    if hidden { site.catalog.boards.iter().map(with_id).collect() } else { open(site).map(with_id).collect() }
}

/// Sprints of accessible boards, without duplicates; all sprints of a recorded site, which has no boards.
pub(super) fn sprints(site: &Site, hidden: bool) -> Vec<Value> {
    let shown =
        |place: u32| open(site).any(|board| board.sprints.as_ref().is_some_and(|sprints| sprints.contains(&place)));
    let sprints = site.catalog.sprints_left();
    let all = hidden || site.catalog.boards.is_empty();
    sprints.filter(|(place, _)| all || shown(*place)).map(|(_, sprint)| sprint.body.clone()).collect()
}

/// The issues of each board; scrum boards have no epics. (Jira Software REST: "Get issues for board".)
pub(super) fn issues(site: &Site) -> Vec<Value> {
    let epics: Vec<&str> = epics(site).map(|kind| kind.named.id.as_str()).collect();
    let on = |board: &Board, indexed: &&IndexedIssue| {
        let kind = site.catalog.issue_types[indexed.issue_type as usize].named.id.as_str();
        board.projects.contains(&indexed.project)
            && site.visible(indexed)
            && !(board.kind == "scrum" && epics.contains(&kind))
    };
    let shown = |board: &Board| {
        let issues = site.issues.iter().filter(|indexed| on(board, indexed));
        issues
            .map(|indexed| json!({"boardId": board.id, "id": indexed.id.to_string(), "key": site.key(indexed)}))
            .collect::<Vec<_>>()
    };
    open(site).flat_map(shown).collect()
}
