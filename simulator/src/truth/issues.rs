//! Issues and their children, each child with its `issueId`.

use crate::json::Json;
use crate::render::caps::Caps;
use crate::render::changelog::Entries;
use crate::render::selection::{Default, Selection};
use crate::render::{Renderer, child_lists, comments_worklogs};
use crate::site::Site;
use crate::site::indexed::Position;

/// One JSON object a line.
pub(super) fn lines(site: &Site, entity: &str, hidden: bool) -> String {
    let (archived, entity) = match entity.strip_prefix("archived_") {
        Some(entity) => (true, entity),
        None => (false, entity),
    };
    let names = if entity == "issues" { vec!["*all".to_string()] } else { vec![field_of(entity).to_string()] };
    let selection = Selection::of(&site.catalog, names, &[], Default::All);
    let renderer = Renderer { site, selection: &selection, caps: Caps::NONE };
    let mut out = String::new();
    for (at, indexed) in site.issues.iter().enumerate() {
        let visible = match archived {
            true => !site.live(indexed.project) && site.searchable(indexed.project, true) && site.shown(indexed),
            false => site.visible(indexed),
        };
        if !indexed.deleted && (hidden || visible) {
            of_issue(&renderer, entity, at as Position, hidden, &mut out);
        }
    }
    out
}

fn of_issue(renderer: &Renderer<'_>, entity: &str, at: Position, hidden: bool, out: &mut String) {
    let site = renderer.site;
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    match entity {
        "issues" => {
            let mut json = Json::with_capacity(16 * 1024);
            renderer.issue_at(&mut json, at);
            line(&json.finish());
        }
        "comments" => {
            let all =
                if hidden { comments_worklogs::all_comments(site, at) } else { comments_worklogs::comments(site, at) };
            all.iter().for_each(|one| line(&with_issue(site, at, &one.1)));
        }
        "worklogs" => comments_worklogs::worklogs(site, at).iter().for_each(|one| line(&with_issue(site, at, &one.1))),
        "changelogs" => {
            let entries = Entries::of(site, at, &[]);
            for entry in 0..entries.len() {
                let mut json = Json::default();
                entries.write(&mut json, entry, false);
                line(&with_issue(site, at, &json.finish()));
            }
        }
        _ => child_lists::children(renderer, entity, at).iter().for_each(|one| line(&with_issue(site, at, one))),
    }
}

/// Adds `issueId` to an object that doesn't have it.
fn with_issue(site: &Site, at: Position, object: &str) -> String {
    let id = site.issues[at as usize].id;
    if object.contains(&format!("\"issueId\":\"{id}\"")) {
        return object.to_string();
    }
    let more = if object == "{}" { "}" } else { &format!(",{}", &object[1..]) };
    format!("{{\"issueId\":\"{id}\"{more}")
}

/// The field of an issue that holds its children of this kind.
fn field_of(entity: &str) -> &str {
    match entity {
        "attachments" => "attachment",
        "issue_links" => "issuelinks",
        _ => "summary",
    }
}
