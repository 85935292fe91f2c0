//! Other issues inside an issue: parent, sub-tasks and links. What the account can't see is left out.

use super::Renderer;
use crate::json::Json;
use crate::site::made::build::Parts;
use crate::site::row::Position;

impl Renderer<'_> {
    /// A neighbour with the few fields Jira shows of it.
    pub(super) fn brief(&self, json: &mut Json, at: Position, parent: bool) {
        let (site, catalog) = (self.site, &self.site.catalog);
        let other = site.parts(at, Parts::NONE);
        let row = &other.row;
        json.object(|json| {
            json.key("id").plain(format_args!("{}", row.id));
            json.key("key").string(&site.key(row));
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{}", self.base(), row.id));
            // A parent the account can't see shows only who it is.
            if parent && !site.visible(row) {
                return;
            }
            json.key("fields").object(|json| {
                json.key("summary").string(&other.summary.plain());
                json.key("status").raw(&catalog.statuses[row.status as usize].inside);
                json.key("priority").raw(&catalog.priorities[row.priority as usize].inside);
                json.key("issuetype").raw(&catalog.issue_types[row.issue_type as usize].named.inside);
            });
        });
    }

    pub(super) fn subtasks(&self, json: &mut Json, at: Position) {
        let children = self.site.children.get(&at).map(Vec::as_slice).unwrap_or_default();
        json.array(|json| {
            for child in children {
                let row = &self.site.rows[*child as usize];
                let subtask = self.site.catalog.issue_types[row.issue_type as usize].subtask;
                if subtask && self.site.visible(row) {
                    self.brief(json, *child, false);
                }
            }
        });
    }

    pub(super) fn links(&self, json: &mut Json, at: Position) {
        let links = self.site.links.get(&at).map(Vec::as_slice).unwrap_or_default();
        json.array(|json| {
            for link in links.iter().filter(|link| self.site.visible(&self.site.rows[link.other as usize])) {
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
