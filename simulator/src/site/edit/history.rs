//! Random histories: edits of every kind, in which issues and other entities are created, changed and deleted.

use std::collections::HashSet;

use super::random::drawn;
use super::{Edit, Edited};
use crate::random::Random;
use crate::site::Site;
use crate::site::catalog::{Named, Place, left};
use crate::site::indexed::IndexedIssue;

/// The first so many kinds can be repeated on one issue.
const STEADY: usize = 10;
/// The weight of each kind. About one edit in a hundred changes a whole project.
const WEIGHTS: [(&str, u64); 43] = [
    ("set_field", 170),
    ("add_comment", 120),
    ("transition", 100),
    ("add_worklog", 70),
    ("edit_comment", 45),
    ("delete_comment", 45),
    ("edit_worklog", 30),
    ("delete_worklog", 35),
    ("attach", 40),
    ("delete_attachment", 25),
    ("create", 80),
    ("add_to_sprint", 40),
    ("link", 35),
    ("delete_link", 20),
    ("vote", 20),
    ("unvote", 12),
    ("watch", 20),
    ("unwatch", 12),
    ("add_remote_link", 20),
    ("delete_remote_link", 12),
    ("set_property", 20),
    ("delete_property", 12),
    ("delete", 35),
    ("move", 25),
    ("hide", 14),
    ("show", 12),
    ("restricted_comment", 8),
    ("archive_issue", 14),
    ("unarchive_issue", 8),
    ("archive_project", 13),
    ("trash_project", 13),
    ("revoke_project_access", 13),
    ("restore_project", 20),
    ("grant_project_access", 12),
    ("rename_project", 5),
    ("close_sprint", 4),
    ("rename_sprint", 5),
    ("delete_sprint", 3),
    ("rename_field", 3),
    ("deactivate_user", 4),
    ("delete_version", 4),
    ("delete_component", 4),
    ("set_zone", 3),
];
/// One edit in so many starts a series of edits on a single issue.
const RUN_EVERY: u64 = 40;
/// Maximum time between two edits.
const PAUSE_MS: u64 = 90_000;
/// So many projects with visible issues always stay accessible.
const SPARED: usize = 3;
const ZONES: [&str; 5] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Etc/UTC"];

impl Site {
    /// Makes so many edits of every kind. The same seed on the same site makes the same edits, at other times.
    pub fn random_history(&mut self, count: u32, seed: u64) -> Vec<Edited> {
        let mut done = Vec::new();
        let mut random = Random::of(seed, 81, 0);
        let mut run: Option<(String, u64)> = None;
        for _ in 0..u64::from(count) * 20 {
            if done.len() == count as usize {
                break;
            }
            let steady = match run.take().filter(|run| run.1 > 0) {
                Some((issue, left)) => {
                    run = Some((issue.clone(), left - 1));
                    self.everyday_or_removal(drawn(&WEIGHTS[..STEADY], &mut random), issue, &mut random)
                }
                None => self.draw_any(&mut random),
            };
            let Some(edited) = steady.and_then(|edit| self.apply(edit).ok()) else { continue };
            if run.is_none() && !edited.issue.is_empty() && random.below(RUN_EVERY) == 0 {
                let still = self.find_visible(&edited.issue).is_some();
                run = still.then(|| (edited.issue.clone(), 5 + random.below(16)));
            }
            done.push(edited);
            if random.below(30) == 0 {
                let now = self.clock.now();
                self.audit_noise(&mut random, now);
            }
            self.clock.advance(random.below(PAUSE_MS + 1) as i64);
        }
        done
    }

    fn draw_any(&self, random: &mut Random) -> Option<Edit> {
        let kind = drawn(&WEIGHTS, random);
        let number = random.below(10_000);
        let sprint = |random: &mut Random| random.pick(&self.catalog.sprints).map(|sprint| sprint.id);
        Some(match kind {
            "show" => Edit::Show { issue: self.one_of(random, |indexed| indexed.hidden)? },
            "unarchive_issue" => Edit::UnarchiveIssue { issue: self.one_of(random, |indexed| indexed.archived)? },
            "archive_project" => Edit::ArchiveProject { project: self.spare_project(random)? },
            "trash_project" => Edit::TrashProject { project: self.spare_project(random)? },
            "revoke_project_access" => Edit::RevokeProjectAccess { project: self.spare_project(random)? },
            "restore_project" => Edit::RestoreProject {
                project: self.project_where(random, |place| !self.live(place) && self.browsable(place))?,
            },
            "grant_project_access" => Edit::GrantProjectAccess {
                project: self.project_where(random, |place| !self.catalog.projects[place as usize].browsable)?,
            },
            "rename_project" => {
                Edit::RenameProject { project: self.any_project(random)?, name: format!("Renamed \"{number}\" ü") }
            }
            "close_sprint" => {
                let active: Vec<u64> =
                    self.catalog.sprints_left().filter(|one| one.1.state == "active").map(|one| one.1.id).collect();
                Edit::CloseSprint { sprint: *random.pick(&active)? }
            }
            "rename_sprint" => Edit::RenameSprint { sprint: sprint(random)?, name: format!("Sprint 🏁 {number}") },
            "delete_sprint" => Edit::DeleteSprint { sprint: sprint(random)? },
            "rename_field" => {
                let field = random.pick(&self.catalog.fields)?;
                Edit::RenameField { field: field.id.clone(), name: format!("{} {number}", field.name) }
            }
            "deactivate_user" => Edit::DeactivateUser { account: random.pick(&self.catalog.users)?.account_id.clone() },
            "delete_version" => {
                let (project, version) =
                    self.any_part(random, &self.catalog.versions, &self.catalog.deleted.versions)?;
                Edit::DeleteVersion { project, version }
            }
            "delete_component" => {
                let (project, component) =
                    self.any_part(random, &self.catalog.components, &self.catalog.deleted.components)?;
                Edit::DeleteComponent { project, component }
            }
            "set_zone" => Edit::SetZone { zone: (*random.pick(&ZONES)?).into() },
            // Sometimes into a project that the account has no access to.
            "move" if number.is_multiple_of(8) => Edit::Move {
                issue: self.any_issue(random)?,
                project: self.project_where(random, |place| self.live(place) && !self.browsable(place))?,
            },
            _ => {
                let issue = self.any_issue(random)?;
                return self.everyday_or_removal(kind, issue, random);
            }
        })
    }

    fn everyday_or_removal(&self, kind: &str, issue: String, random: &mut Random) -> Option<Edit> {
        Some(match kind {
            "delete_attachment" => Edit::DeleteAttachment { issue, attachment: None },
            "delete_link" => Edit::DeleteLink { issue, link: None },
            "unvote" => Edit::Unvote { issue },
            "unwatch" => Edit::Unwatch { issue },
            "delete_remote_link" => Edit::DeleteRemoteLink { issue, link: None },
            "delete_property" => {
                let at = self.find(&issue)?;
                let key = random.pick(&self.issue(at).properties)?.0.clone();
                Edit::DeleteProperty { issue, key }
            }
            "archive_issue" => Edit::ArchiveIssue { issue },
            _ => return self.everyday(kind, issue, random),
        })
    }

    /// An issue in a state of its own that hides it from the account.
    fn one_of(&self, random: &mut Random, wanted: impl Fn(&IndexedIssue) -> bool) -> Option<String> {
        let found: Vec<u64> = self
            .issues
            .iter()
            .filter(|indexed| !indexed.deleted && wanted(indexed))
            .map(|indexed| indexed.id)
            .collect();
        random.pick(&found).map(u64::to_string)
    }

    /// The project's key and the ID of a version or component that the account has access to.
    fn any_part(&self, random: &mut Random, list: &[Named], deleted: &HashSet<Place>) -> Option<(String, String)> {
        let own: Vec<_> = left(deleted, list).filter(|one| one.project.is_some_and(|place| self.open(place))).collect();
        let one = random.pick(&own)?;
        Some((self.catalog.projects[one.project? as usize].key.clone(), one.id.clone()))
    }

    fn project_where(&self, random: &mut Random, wanted: impl Fn(Place) -> bool) -> Option<String> {
        let found: Vec<Place> = (0..self.catalog.projects.len() as Place).filter(|place| wanted(*place)).collect();
        random.pick(&found).map(|place| self.catalog.projects[*place as usize].key.clone())
    }

    /// A live project that may become inaccessible, because enough others have visible issues.
    fn spare_project(&self, random: &mut Random) -> Option<String> {
        let mut showing = vec![false; self.catalog.projects.len()];
        self.issues
            .iter()
            .filter(|indexed| self.visible(indexed))
            .for_each(|indexed| showing[indexed.project as usize] = true);
        let others = |place: Place| (0..showing.len()).filter(|at| showing[*at] && *at != place as usize).count();
        self.project_where(random, |place| self.open(place) && others(place) >= SPARED)
    }
}
