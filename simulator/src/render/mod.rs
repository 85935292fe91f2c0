//! Writes entities as Jira's answers show them.

pub(crate) mod asked;
pub(crate) mod children;
mod custom;
pub(crate) mod lists;
mod neighbours;
pub(crate) mod own;
pub(crate) mod past;
mod system;

use std::sync::Arc;

use asked::{Asked, Properties};

use crate::json::Json;
use crate::records;
use crate::site::Site;
use crate::site::catalog::{Kind, Place};
use crate::site::issue::Issue;
use crate::site::row::Position;

/// How many entries embedded lists show. Jira says honestly how many there are. (Reported by users of several tools.)
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caps {
    /// The newest ones.
    pub comments: usize,
    /// The oldest ones.
    pub worklogs: usize,
    /// The newest ones.
    pub histories: usize,
}

impl Caps {
    pub(crate) const JIRA: Self = Self { comments: 20, worklogs: 20, histories: 40 };
    /// For the truth: everything.
    pub(crate) const NONE: Self = Self { comments: usize::MAX, worklogs: usize::MAX, histories: usize::MAX };
}

const EXPAND: &str = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations";

/// Renders issues of a site for one request.
pub(crate) struct Renderer<'a> {
    pub site: &'a Site,
    pub asked: &'a Asked,
    pub caps: Caps,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(site: &'a Site, asked: &'a Asked) -> Self {
        Self { site, asked, caps: Caps::JIRA }
    }

    pub(crate) fn base(&self) -> &str {
        &self.site.catalog.base_url
    }

    /// The issue at a position as the site holds it now.
    pub(crate) fn issue_at(&self, json: &mut Json, at: Position) {
        if let Some(recorded) = self.site.recorded.get(&at) {
            json.raw(&records::serve(self.site, recorded, self.asked, self.caps));
            return;
        }
        if self.asked.bare() {
            let id = self.site.rows[at as usize].id;
            json.object(|json| json.key("id").plain(format_args!("{id}")));
            return;
        }
        let issue = self.site.parts(at, self.asked.parts);
        self.issue(json, at, &issue);
    }

    /// An issue in a given state, which may be an old one.
    pub(crate) fn issue(&self, json: &mut Json, at: Position, issue: &Arc<Issue>) {
        let (id, key) = (issue.row.id, self.site.key(&issue.row));
        json.object(|json| {
            json.key("expand").raw(&format!("\"{EXPAND}\""));
            json.key("id").plain(format_args!("{id}"));
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{id}", self.base()));
            json.key("key").string(&key);
            if self.asked.changelog {
                json.key("changelog");
                self.changelog(json, issue);
            }
            if self.asked.transitions {
                json.key("transitions");
                self.transitions(json, issue);
            }
            if self.asked.operations {
                json.key("operations").raw("{\"linkGroups\":[]}");
            }
            self.properties(json, issue);
            if !self.asked.fieldless {
                json.key("fields").object(|json| self.fields(json, at, issue));
            }
        });
    }

    fn properties(&self, json: &mut Json, issue: &Issue) {
        let wanted = |key: &String| match &self.asked.properties {
            Properties::All => true,
            Properties::Keys(keys) => keys.contains(key),
        };
        if self.asked.properties == Properties::Keys(Vec::new()) {
            return;
        }
        json.key("properties").object(|json| {
            for (key, value) in issue.properties.iter().filter(|(key, _)| wanted(key)) {
                json.key(key).raw(&value.to_string());
            }
        });
    }

    fn fields(&self, json: &mut Json, at: Position, issue: &Issue) {
        let project = &self.site.catalog.projects[issue.row.project as usize];
        for (field, on) in self.site.catalog.fields.iter().zip(&self.asked.fields) {
            if !*on {
                continue;
            }
            if field.kind == Kind::System {
                self.system(json, &field.id, at, issue);
                continue;
            }
            let here = !field.homeless
                && field.project.is_none_or(|own| own == issue.row.project as Place)
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
