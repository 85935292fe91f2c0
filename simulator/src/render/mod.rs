//! Writes entities in the form of Jira's responses.

pub(crate) mod caps;
pub(crate) mod changelog;
pub(crate) mod child_lists;
pub(crate) mod children;
pub(crate) mod comments_worklogs;
mod custom;
mod recorded;
mod related;
pub(crate) mod selection;
mod system;

use std::sync::Arc;

use caps::Caps;
use selection::{Properties, Selection};

use crate::json::Json;
use crate::site::Site;
use crate::site::catalog::{Kind, Place};
use crate::site::indexed::Position;
use crate::site::issue::Issue;

const EXPAND: &str = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations";

/// Renders issues of a site for one request.
pub(crate) struct Renderer<'a> {
    pub site: &'a Site,
    pub selection: &'a Selection,
    pub caps: Caps,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(site: &'a Site, selection: &'a Selection) -> Self {
        Self { site, selection, caps: Caps::JIRA }
    }

    pub(crate) fn base(&self) -> &str {
        &self.site.catalog.base_url
    }

    /// The current issue at a position.
    pub(crate) fn issue_at(&self, json: &mut Json, at: Position) {
        if let Some(recorded) = self.site.recorded.get(&at) {
            json.raw(&recorded::render(self.site, recorded, self.selection, self.caps));
            return;
        }
        if self.selection.bare() {
            let id = self.site.issues[at as usize].id;
            json.object(|json| json.key("id").plain(format_args!("{id}")));
            return;
        }
        let issue = self.site.parts(at, self.selection.parts);
        self.issue(json, at, &issue);
    }

    /// An issue in a given version, which may be an old one.
    pub(crate) fn issue(&self, json: &mut Json, at: Position, issue: &Arc<Issue>) {
        let (id, key) = (issue.indexed.id, self.site.key(&issue.indexed));
        json.object(|json| {
            json.key("expand").raw(&format!("\"{EXPAND}\""));
            json.key("id").plain(format_args!("{id}"));
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{id}", self.base()));
            json.key("key").string(&key);
            if self.selection.changelog {
                json.key("changelog");
                self.changelog(json, issue);
            }
            if self.selection.transitions {
                json.key("transitions");
                self.transitions(json, issue);
            }
            if self.selection.operations {
                json.key("operations").raw("{\"linkGroups\":[]}");
            }
            self.properties(json, issue);
            if !self.selection.fieldless {
                json.key("fields").object(|json| self.fields(json, at, issue));
            }
        });
    }

    fn properties(&self, json: &mut Json, issue: &Issue) {
        let wanted = |key: &String| match &self.selection.properties {
            Properties::All => true,
            Properties::Keys(keys) => keys.contains(key),
        };
        if self.selection.properties == Properties::Keys(Vec::new()) {
            return;
        }
        json.key("properties").object(|json| {
            for (key, value) in issue.properties.iter().filter(|(key, _)| wanted(key)) {
                json.key(key).raw(&value.to_string());
            }
        });
    }

    fn fields(&self, json: &mut Json, at: Position, issue: &Issue) {
        let project = &self.site.catalog.projects[issue.indexed.project as usize];
        for (field, on) in self.site.catalog.fields.iter().zip(&self.selection.fields) {
            if !*on {
                continue;
            }
            if field.kind == Kind::System {
                self.system(json, &field.id, at, issue);
                continue;
            }
            let here = !field.without_context
                && field.project.is_none_or(|own| own == issue.indexed.project as Place)
                && field.type_key.is_none_or(|kind| kind == project.type_key);
            if here {
                json.key(&field.id);
                self.custom(json, field, issue);
            }
        }
    }

    pub(crate) fn user(&self, json: &mut Json, place: Option<Place>) {
        match place.and_then(|place| self.site.catalog.users.get(place as usize)) {
            Some(user) => json.raw(&user.inside),
            None => json.null(),
        }
    }

    pub(crate) fn stamp(&self, json: &mut Json, at: i64) {
        json.quoted(|out| self.site.zone.stamp(out, at));
    }
}
