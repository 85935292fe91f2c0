//! The audit log: deleted issues, changed projects, deactivated users, and unrelated records.

pub(crate) mod noise;
pub(crate) mod record;

use record::{DELETED_ISSUE, Object, Record};

use crate::site::Site;
use crate::site::catalog::{Place, ProjectState};
use crate::site::indexed::Position;
use crate::time::Millis;

impl Site {
    fn audit(&mut self, at: Millis, summary: &'static str, category: &'static str, object: Object) {
        let id = self.audit.len() as u64 + 1;
        self.audit.push(Record { id, at, summary, category, object, changed: Vec::new() });
    }

    pub(crate) fn audit_deletion(&mut self, at: Position, now: Millis) {
        let indexed = &self.issues[at as usize];
        let project = &self.catalog.projects[indexed.project as usize];
        let object = Object {
            id: indexed.id.to_string(),
            name: self.key(indexed),
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
