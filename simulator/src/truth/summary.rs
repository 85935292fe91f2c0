//! The size of a site.

use serde::Serialize;

use super::boards;
use crate::render::children::readable;
use crate::site::Site;
use crate::site::indexed::Position;
use crate::site::issue::Parts;

/// Numbers of the entities that the account has access to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub issues: u64,
    /// Also those that are deleted, hidden, or in inaccessible projects.
    pub issues_of_site: u64,
    pub comments: u64,
    pub worklogs: u64,
    pub histories: u64,
    pub attachments: u64,
    pub remote_links: u64,
    /// Live projects.
    pub projects: u64,
    pub projects_of_site: u64,
    pub users: u64,
    pub groups: u64,
    pub boards: u64,
    pub sprints: u64,
    pub fields: u64,
}

pub(crate) fn summary(site: &Site) -> Summary {
    let live = |at: &usize| site.open(*at as u32);
    let mut summary = Summary {
        issues_of_site: site.issues.len() as u64,
        projects: (0..site.catalog.projects.len()).filter(live).count() as u64,
        projects_of_site: site.catalog.projects.len() as u64,
        users: site.catalog.users.len() as u64,
        groups: site.catalog.groups.len() as u64,
        boards: boards::boards(site, false).len() as u64,
        sprints: boards::sprints(site, false).len() as u64,
        fields: site.catalog.fields.len() as u64,
        ..Summary::default()
    };
    for (at, indexed) in site.issues.iter().enumerate().filter(|(_, indexed)| site.visible(indexed)) {
        count(site, &mut summary, at as Position, indexed.histories);
    }
    summary
}

fn count(site: &Site, summary: &mut Summary, at: Position, histories: u16) {
    summary.issues += 1;
    if let Some(recorded) = site.recorded.get(&at) {
        summary.comments += recorded.comments.len() as u64;
        summary.worklogs += recorded.worklogs.len() as u64;
        summary.histories += recorded.histories.len() as u64;
        summary.remote_links += recorded.remote_links.len() as u64;
        return;
    }
    let issue = site.parts(at, Parts::CHILDREN);
    summary.comments += readable(&issue).count() as u64;
    summary.worklogs += issue.worklogs.len() as u64;
    summary.attachments += issue.attachments.len() as u64;
    summary.remote_links += issue.remote_links.len() as u64;
    let kept = site.changed.get(&at).map(|issue| issue.histories.len() as u64);
    summary.histories += kept.unwrap_or(u64::from(histories));
}
