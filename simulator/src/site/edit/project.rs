//! Edits of projects: their state, their name, and the account's access.

use serde_json::json;

use super::Edit;
use super::catalog::rewrite;
use crate::error::Error;
use crate::site::Site;
use crate::site::catalog::{Place, ProjectState};
use crate::site::generate::projects::dates_of_state;
use crate::time::Millis;

impl Site {
    /// The project of an edit.
    pub(super) fn project_named(&self, wanted: &str) -> Result<Place, Error> {
        self.catalog.project(wanted).ok_or_else(|| Error::new(format!("no project {wanted:?}")))
    }

    pub(super) fn edit_project(&mut self, edit: &Edit, place: Place, now: Millis) -> Result<(), Error> {
        let project = &mut self.catalog.projects[place as usize];
        let from = project.state;
        match (edit, from) {
            (Edit::ArchiveProject { .. }, ProjectState::Live) => self.set_state(place, ProjectState::Archived, now),
            (Edit::TrashProject { .. }, ProjectState::Live | ProjectState::Archived) => {
                self.set_state(place, ProjectState::Deleted, now);
            }
            (Edit::RestoreProject { .. }, ProjectState::Archived | ProjectState::Deleted) => {
                self.set_state(place, ProjectState::Live, now);
            }
            (Edit::RevokeProjectAccess { .. }, _) if project.browsable => project.browsable = false,
            (Edit::GrantProjectAccess { .. }, _) if !project.browsable => project.browsable = true,
            (Edit::RenameProject { name, .. }, _) => self.rename_project(place, name),
            _ => return Err(Error::new(format!("{} can't be done to {}", edit.kind(), project.key))),
        }
        Ok(())
    }

    fn set_state(&mut self, place: Place, state: ProjectState, now: Millis) {
        let who = self.catalog.users.first().map(|user| user.body.clone());
        let project = &mut self.catalog.projects[place as usize];
        project.state = state;
        dates_of_state(&mut project.body, state, &json!(who), now);
        self.audit_project(place, state, now);
    }

    /// The new name appears wherever the project does; the key stays.
    fn rename_project(&mut self, place: Place, name: &str) {
        let project = &mut self.catalog.projects[place as usize];
        project.name = name.into();
        project.body["name"] = json!(name);
        rewrite(&mut project.inside, |inside| inside["name"] = json!(name));
        let (id, display_name) = (project.id, format!("{name} ({})", project.key));
        for board in self.catalog.boards.iter_mut().filter(|board| board.body["location"]["projectId"] == id) {
            let location = &mut board.body["location"];
            location["projectName"] = json!(name);
            location["displayName"] = json!(display_name);
            location["name"] = json!(display_name);
            board.configuration["location"]["name"] = json!(name);
        }
    }
}
