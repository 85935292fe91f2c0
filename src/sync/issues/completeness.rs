//! Whether a window was listed completely. Searches have been seen to end early without a warning, and pages whose issues move
//! while they are read may skip some: so a window is listed a second time in another order, and compared with Jira's own
//! count; where issues are missing, it is listed again in ever smaller windows.

use crate::{
    client::{Client, Error, jql::Jql},
    jira::{
        search::{self, count},
        windows::{Order, Window},
    },
    sync::filter::ProjectFilter,
};
use std::collections::{BTreeSet, HashSet};

/// Searches that one window may cost at most, on top of its listing.
const SEARCHES: u32 = 400;

/// What is listed again, and how.
pub(super) struct Completeness {
    pub client: Client,
    pub filter: Jql,
    pub projects: Option<ProjectFilter>,
    pub order: Order,
    pub window: Window,
    /// Search archived projects too.
    pub archived: bool,
    /// With their keys.
    pub keys: bool,
    /// List a second time even if the count agrees.
    pub list_twice: bool,
    /// What Jira counted before the window was listed.
    pub expected: Option<u64>,
    /// Issues of the listing that were created since, as far as it shows.
    pub created_since: u64,
    pub now: i64,
    /// What the listing found.
    pub known: HashSet<u64>,
}

/// The result of a check.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CompletenessReport {
    /// The projects whose issues were visible, if that matters.
    pub visible_projects: Option<BTreeSet<u64>>,
    /// Issues that the listing left out.
    pub found: Vec<(u64, String)>,
    /// Issues that Jira counts and no search shows.
    pub gap: u64,
    /// The same, as far as the count may just be a bad estimate.
    pub tolerated_gap: u64,
    /// Jira did not say how many there are.
    pub is_uncounted: bool,
}

impl Completeness {
    pub(super) async fn check(mut self) -> Result<CompletenessReport, Error> {
        let mut report = CompletenessReport::default();
        if cfg!(mutant = "windows_are_not_checked") {
            return Ok(report);
        }
        let window = self.window.clone();
        if let Some(projects) = &self.projects {
            // After the window was listed and before anything else: a project that was hidden then and is visible again by
            // now is found below.
            report.visible_projects = Some(projects.searchable(&self.client).await?);
        }
        let before = self.expected;
        if !self.list_twice && before.is_some() {
            let now = self.count(&window).await?;
            self.expected = now.map(|now| before.unwrap_or(0).max(now));
        }
        report.is_uncounted = self.expected.is_none();
        // Nothing else tells whether it was whole.
        self.list_twice |= report.is_uncounted;
        let listed = match self.list_twice {
            true => self.list(&window, &mut report).await.map(Some),
            false => Ok(None),
        };
        let (known, least) = (self.known.len() as u64, self.expected.unwrap_or(0));
        let agrees = match listed {
            // Counted before it was listed: what was deleted meanwhile makes the count too large at most.
            Ok(_) if self.list_twice => known >= least,
            // Listed once: if any has left meanwhile, pages may have skipped another, and a new one hides that.
            Ok(_) => known >= least && least >= before.unwrap_or(0) + self.created_since,
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                tracing::warn!(
                    "The issues could not be listed a second time, so only Jira's count can show what is missing. {error}"
                );
                false
            }
        };
        if !agrees && !self.list_twice {
            // Fewer than were counted: some may have left the filter meanwhile, and made the pages skip others.
            self.list(&window, &mut report).await?;
        }
        if agrees {
            return Ok(report);
        }
        let now = self.count(&window).await?;
        report.is_uncounted |= now.is_none();
        if now.is_some_and(|now| now > self.known.len() as u64) {
            let counted = self.halve(window, &mut report).await?;
            // Issues may have been deleted meanwhile, or moved from one window into another.
            let left = self.count(&self.window).await?.unwrap_or(counted).saturating_sub(self.known.len() as u64);
            let missing = counted.saturating_sub(self.known.len() as u64).min(left);
            report.tolerated_gap = report.tolerated_gap.min(missing);
            report.gap = missing - report.tolerated_gap;
        }
        Ok(report)
    }

    /// Lists ever smaller windows, as long as their counts say that something is missing. Returns the sum of the counts, which
    /// are the better the smaller the windows.
    async fn halve(&mut self, window: Window, report: &mut CompletenessReport) -> Result<u64, Error> {
        let (mut searches, mut counted) = (0, 0);
        let mut open: Vec<Window> = self.halves(&window).unwrap_or_else(|| vec![window]);
        // The last one first, so that the earliest comes out first: what changes meanwhile moves into later ones.
        open.reverse();
        while let Some(window) = open.pop() {
            searches += 1;
            let here = self.list(&window, report).await?;
            let count = self.count(&window).await?.unwrap_or_else(|| {
                report.is_uncounted = true;
                here
            });
            let missing = count.saturating_sub(here);
            match self.halves(&window) {
                Some(halves) if missing > 0 && searches < SEARCHES => open.extend(halves.into_iter().rev()),
                halves => {
                    counted += count;
                    if halves.is_some() && missing <= here / search::ESTIMATE {
                        report.tolerated_gap += missing;
                    }
                }
            }
        }
        Ok(counted)
    }

    fn halves(&self, window: &Window) -> Option<Vec<Window>> {
        window.halves(self.now, 0).map(Vec::from)
    }

    /// Lists a window once more; returns how many issues it shows.
    async fn list(&mut self, window: &Window, report: &mut CompletenessReport) -> Result<u64, Error> {
        let jql = window.jql(&self.filter, self.order).descending("created");
        let mut here = HashSet::new();
        let listed = search::list_ids(&self.client, search::ids(self.archived, &jql, self.keys)).await?;
        for (id, key) in listed.issues {
            if here.insert(id) && self.known.insert(id) {
                report.found.push((id, key));
            }
        }
        Ok(here.len() as u64)
    }

    async fn count(&self, window: &Window) -> Result<Option<u64>, Error> {
        count(&self.client, &window.jql(&self.filter, self.order)).await
    }
}
