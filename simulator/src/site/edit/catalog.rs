//! Edits of the catalog: sprints, fields, users, versions, components; and of the account's time zone.

use serde_json::{Value, json};

use super::{Edit, Edited};
use crate::error::Error;
use crate::site::Site;
use crate::site::catalog::{Named, Place, User, kept};
use crate::time::{Millis, Zone, zulu};

impl Site {
    /// Applies an edit that changes no issue.
    pub(super) fn apply_to_catalog(&mut self, edit: &Edit) -> Result<Edited, Error> {
        let (now, seen) = (self.clock.now(), self.visibility());
        let (key, child) = match edit {
            Edit::ArchiveProject { project }
            | Edit::RestoreProject { project }
            | Edit::TrashProject { project }
            | Edit::RevokeProjectAccess { project }
            | Edit::GrantProjectAccess { project }
            | Edit::RenameProject { project, .. } => {
                let place = self.project_named(project)?;
                self.edit_project(edit, place, now)?;
                let project = &self.catalog.projects[place as usize];
                (project.key.clone(), project.id.to_string())
            }
            Edit::DeleteVersion { project, version } => {
                let place = self.project_named(project)?;
                let home = &self.catalog.projects[place as usize];
                let own = kept(&self.catalog.deleted.versions, &home.versions);
                let (part, key) = (part(&self.catalog.versions, own, version)?, home.key.clone());
                self.catalog.deleted.versions.insert(part);
                (key, self.catalog.versions[part as usize].id.clone())
            }
            Edit::DeleteComponent { project, component } => {
                let place = self.project_named(project)?;
                let home = &self.catalog.projects[place as usize];
                let own = kept(&self.catalog.deleted.components, &home.components);
                let (part, key) = (part(&self.catalog.components, own, component)?, home.key.clone());
                self.catalog.deleted.components.insert(part);
                (key, self.catalog.components[part as usize].id.clone())
            }
            _ => (String::new(), self.edit_list(edit, now)?),
        };
        self.catalog_version += 1;
        self.record_visibility(&seen, now);
        let (kind, issue) = (edit.kind().into(), String::new());
        Ok(Edited { kind, issue, key, child: Some(child), moved_updated: false, at: now })
    }

    /// Returns the ID of the edited entity.
    fn edit_list(&mut self, edit: &Edit, now: Millis) -> Result<String, Error> {
        match edit {
            Edit::CloseSprint { sprint } => {
                let place = self.sprint(*sprint)?;
                let one = &mut self.catalog.sprints[place as usize];
                if one.state != "active" {
                    return Err(Error::new("only an active sprint is closed"));
                }
                one.state = "closed";
                let set = |body: &mut Value| {
                    body["state"] = json!("closed");
                    body["completeDate"] = json!(zulu(now));
                };
                set(&mut one.body);
                rewrite(&mut one.inside, set);
                Ok(sprint.to_string())
            }
            Edit::RenameSprint { sprint, name } => {
                let place = self.sprint(*sprint)?;
                let one = &mut self.catalog.sprints[place as usize];
                one.name.clone_from(name);
                one.body["name"] = json!(name);
                rewrite(&mut one.inside, |body| body["name"] = json!(name));
                Ok(sprint.to_string())
            }
            Edit::DeleteSprint { sprint } => {
                let place = self.sprint(*sprint)?;
                self.catalog.deleted.sprints.insert(place);
                Ok(sprint.to_string())
            }
            Edit::RenameField { field, name } => self.rename_field(field, name),
            Edit::DeactivateUser { account } => self.deactivate(account, now),
            Edit::SetZone { zone } => {
                self.zone = Zone::named(zone).ok_or_else(|| Error::new(format!("unknown zone {zone:?}")))?;
                Ok(zone.clone())
            }
            _ => Err(Error::new("not an edit of lists")),
        }
    }

    /// The index of a sprint that isn't deleted.
    pub(super) fn sprint(&self, id: u64) -> Result<Place, Error> {
        let found = self.catalog.sprints_left().find(|(_, one)| one.id == id);
        found.map(|(place, _)| place).ok_or_else(|| Error::new(format!("no sprint {id}")))
    }

    fn rename_field(&mut self, id: &str, name: &str) -> Result<String, Error> {
        let field = self.catalog.fields.iter_mut().find(|field| field.id == id && id.starts_with("customfield_"));
        let field = field.ok_or_else(|| Error::new(format!("field {id:?} can't be renamed")))?;
        let clauses = field.body["clauseNames"].as_array_mut().into_iter().flatten();
        clauses.filter(|clause| **clause == field.name).for_each(|clause| *clause = json!(name));
        field.body["name"] = json!(name);
        field.body["untranslatedName"] = json!(name);
        field.name = name.into();
        Ok(id.into())
    }

    fn deactivate(&mut self, account: &str, now: Millis) -> Result<String, Error> {
        // The first user is the account of the caller.
        let place = self.catalog.user(account).filter(|place| *place > 0 && self.catalog.users[*place as usize].active);
        let place = place.ok_or_else(|| Error::new(format!("{account:?} can't be deactivated")))?;
        let User { active, body, inside, .. } = &mut self.catalog.users[place as usize];
        *active = false;
        body["active"] = json!(false);
        rewrite(inside, |body| body["active"] = json!(false));
        // Other bodies contain users, too.
        let leads = self.catalog.components.iter_mut().filter_map(|one| one.body.get_mut("lead"));
        let owners = self.catalog.filters.iter_mut().filter_map(|one| one.get_mut("owner"));
        for person in leads.chain(owners).filter(|person| person["accountId"] == account) {
            person["active"] = json!(false);
        }
        self.audit_user(place, now);
        Ok(account.into())
    }
}

/// A version or component by id or name, out of those of a project.
fn part(list: &[Named], mut own: impl Iterator<Item = Place>, wanted: &str) -> Result<Place, Error> {
    let found = own.find(|place| {
        let one = &list[*place as usize];
        one.id == wanted || one.name == wanted
    });
    found.ok_or_else(|| Error::new(format!("the project has no {wanted:?}")))
}

/// Changes a rendered JSON text.
pub(super) fn rewrite(text: &mut String, change: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_str(text) {
        change(&mut body);
        *text = body.to_string();
    }
}
