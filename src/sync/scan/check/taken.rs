//! What a scan does with its checks: what they found is read, and issues that are not where they were said to be are asked for
//! twice.

use super::{
    super::{Done, Scan, job::BULK},
    Check, Checked,
};
use crate::{
    client::Error,
    codes::{self, Severity},
    protocol::Level,
};
use std::collections::BTreeSet;

impl Scan<'_> {
    /// A window is listed: whether that is all of it is looked into beside the reading.
    pub(in crate::sync::scan) fn check(&mut self) {
        self.listing.under_way = true;
        if self.listing.attempts() > 0 {
            self.skip(&codes::LISTED_AGAIN);
        }
        let (window, expected) = self.listing.window();
        let check = Check {
            client: self.client.clone(),
            filter: self.plan.filter.clone(),
            sieve: self.plan.sieve.clone(),
            order: self.plan.order,
            window,
            expected,
            fresh: self.listing.fresh,
            archived: self.question.archived,
            keys: self.question.keys,
            twice: self.plan.twice && !self.listing.ids.is_empty(),
            now: self.plan.started,
            known: self.listing.ids.iter().copied().collect(),
        };
        self.running.spawn(async move { Done::Checked(check.run().await) });
    }

    /// The window is checked: what it left out is read too, and with ids first, all of it is read now.
    pub(in crate::sync::scan) fn take_checked(&mut self, checked: Checked) {
        if let Some(in_sight) = &checked.in_sight {
            // Before any mark passes their issues.
            self.see(in_sight);
        }
        if !checked.found.is_empty() {
            self.skip(&codes::SEARCH_ENDED_EARLY);
        }
        if checked.doubt > 0 {
            self.skip(&codes::COUNT_DOUBTED);
        }
        if checked.gap > 0 {
            self.skip(&codes::COUNT_DIFFERS);
            tracing::warn!("Jira counts {} issue(s) more than its search shows.", checked.gap);
            if self.report.severity(&codes::COUNT_DIFFERS) == Severity::Fail {
                self.gap += checked.gap;
                // It stays open for ever, so no mark passes the window.
                self.tracker.add_unordered(&[]);
            }
        }
        for (id, key) in &checked.found {
            self.note(*id, key);
        }
        self.tell();
        let found: Vec<u64> = checked.found.into_iter().map(|(id, _)| id).collect();
        // Before the others: their marks must not pass it.
        self.queue_unordered(&found, self.plan.ids_first);
        if self.plan.ids_first {
            for batch in std::mem::take(&mut self.listing.ids).chunks(BULK) {
                let id = self.tracker.add();
                self.tracker.close();
                self.batches.push_back((id, batch.to_vec()));
            }
        } else {
            self.tracker.close();
        }
        self.listing.leave_window();
    }

    /// Asks once more for issues that were asked for by their ids and are not there, after a look at the projects: one that is
    /// out of sight leaves the scope before its issues are taken for gone. False if there are none.
    pub(in crate::sync::scan) async fn ask_twice(&mut self) -> Result<bool, Error> {
        let absent = self.plan.riders.iter_mut().filter_map(|rider| rider.absent.take());
        let absent: BTreeSet<u64> = absent.flatten().collect();
        if absent.is_empty() {
            return Ok(false);
        }
        if let Some(sieve) = &self.plan.sieve {
            let in_sight = sieve.in_reach(self.client).await?;
            self.see(&in_sight);
        }
        self.queue_unordered(&absent.into_iter().collect::<Vec<u64>>(), true);
        Ok(true)
    }

    /// These projects are in sight.
    fn see(&mut self, in_sight: &BTreeSet<u64>) {
        let riders = self.plan.riders.iter_mut();
        let lost = riders.map(|rider| rider.see(in_sight, &self.plan.scope)).max().unwrap_or(0);
        if lost > 0 {
            let text = format!(
                "{lost} project(s) that were read before are out of the filter or out of sight; once they are back, they are read anew."
            );
            self.out.log(Level::Info, text);
        }
    }
}
