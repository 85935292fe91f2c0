//! Related issues: parent, sub-tasks and links. Issues that the account has no access to are omitted.

use super::Renderer;
use crate::json::Json;
use crate::site::indexed::Position;
use crate::site::issue::Parts;

impl Renderer<'_> {
    /// A related issue with the few fields that Jira gives.
    pub(super) fn brief(&self, json: &mut Json, at: Position, parent: bool) {
        let (site, catalog) = (self.site, &self.site.catalog);
        let other = site.parts(at, Parts::NONE);
        let indexed = &other.indexed;
        json.object(|json| {
            json.key("id").plain(format_args!("{}", indexed.id));
            json.key("key").string(&site.key(indexed));
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{}", self.base(), indexed.id));
            // Of an invisible parent Jira gives only the ID and the key.
            if parent && !site.visible(indexed) {
                return;
            }
            json.key("fields").object(|json| {
                json.key("summary").string(&other.summary.plain());
                json.key("status").raw(&catalog.statuses[indexed.status as usize].inside);
                json.key("priority").raw(&catalog.priorities[indexed.priority as usize].inside);
                json.key("issuetype").raw(&catalog.issue_types[indexed.issue_type as usize].named.inside);
            });
        });
    }

    pub(super) fn subtasks(&self, json: &mut Json, at: Position) {
        let children = self.site.children.get(&at).map(Vec::as_slice).unwrap_or_default();
        json.array(|json| {
            for child in children {
                let indexed = &self.site.issues[*child as usize];
                let subtask = self.site.catalog.issue_types[indexed.issue_type as usize].subtask;
                if subtask && self.site.visible(indexed) {
                    self.brief(json, *child, false);
                }
            }
        });
    }

    pub(super) fn links(&self, json: &mut Json, at: Position) {
        let links = self.site.links.get(&at).map(Vec::as_slice).unwrap_or_default();
        json.array(|json| {
            for link in links.iter().filter(|link| self.site.visible(&self.site.issues[link.other as usize])) {
                json.object(|json| {
                    json.key("id").plain(format_args!("{}", link.id));
                    json.key("self").plain(format_args!("{}/rest/api/3/issueLink/{}", self.base(), link.id));
                    json.key("type").raw(&self.site.catalog.link_types[link.kind as usize].inside);
                    json.key(if link.outward { "outwardIssue" } else { "inwardIssue" });
                    self.brief(json, link.other, false);
                });
            }
        });
    }
}
