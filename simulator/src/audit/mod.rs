//! The audit log: deleted issues, projects that come and go, people who leave, and what else happens on a site.

pub(crate) mod noise;
mod route;

pub(crate) use route::ROUTES;

use crate::site::Site;
use crate::site::catalog::{Place, ProjectState};
use crate::site::row::Position;
use crate::when::Millis;

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub id: u64,
    pub at: Millis,
    pub summary: &'static str,
    pub category: &'static str,
    pub object: Object,
    /// Name of a field, from, to.
    pub changed: Vec<(&'static str, String, String)>,
}

/// What a record is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    pub id: String,
    pub name: String,
    pub type_name: &'static str,
    /// Id and name.
    pub parent: Option<(String, String)>,
}

/// The type under which deleted issues are recorded, with their key for a name. (Reported by users: two connectors.)
const DELETED_ISSUE: &str = "ISSUE_DELETE";

impl Site {
    fn audit(&mut self, at: Millis, summary: &'static str, category: &'static str, object: Object) {
        let id = self.audit.len() as u64 + 1;
        self.audit.push(Record { id, at, summary, category, object, changed: Vec::new() });
    }

    pub(crate) fn audit_deletion(&mut self, at: Position, now: Millis) {
        let row = &self.rows[at as usize];
        let project = &self.catalog.projects[row.project as usize];
        let object = Object {
            id: row.id.to_string(),
            name: self.key(row),
            type_name: DELETED_ISSUE,
            parent: Some((project.id.to_string(), project.name.clone())),
        };
        self.audit(now, "Issue deleted", "issues", object);
    }

    pub(crate) fn audit_project(&mut self, place: Place, state: ProjectState, now: Millis) {
        let project = &self.catalog.projects[place as usize];
        let (id, name) = (project.id.to_string(), project.name.clone());
        let summary = match state {
            ProjectState::Live => "Project restored",
            ProjectState::Archived => "Project archived",
            ProjectState::Deleted => "Project moved to trash",
        };
        self.audit(now, summary, "projects", Object { id, name, type_name: "PROJECT", parent: None });
    }

    pub(crate) fn audit_user(&mut self, place: Place, now: Millis) {
        let user = &self.catalog.users[place as usize];
        let (id, name) = (user.account_id.clone(), user.name.clone());
        let parent = Some(("1".to_string(), "Jira Internal Directory".to_string()));
        self.audit(now, "User deactivated", "user management", Object { id, name, type_name: "USER", parent });
    }
}
