//! Whether a window was listed in whole. Searches have been seen to end early without a word, and pages whose issues move
//! while they are read may skip some: so a window is listed a second time in another order, and compared with Jira's own
//! count; where issues are missing, it is listed again in ever smaller windows.

mod taken;

use super::{
    issue::IssuePage,
    job,
    listing::{Order, Window, count},
};
use crate::{
    client::{Client, Error, Kind, classify, jql::Jql},
    sync::scope::projects::Sieve,
};
use std::collections::{BTreeSet, HashSet};

/// Searches that one window may cost at most, over and above its listing.
const SEARCHES: u32 = 400;
/// By how much a board's list, or a window that was not cut to its smallest, may fall short of Jira's count, which is an estimate.
pub const ESTIMATE: u64 = 20;

/// What is looked at again, and how.
pub struct Check {
    pub client: Client,
    pub filter: Jql,
    pub sieve: Option<Sieve>,
    pub order: Order,
    pub window: Window,
    /// Search archived projects too.
    pub archived: bool,
    /// With their keys.
    pub keys: bool,
    /// List a second time even if the count agrees.
    pub twice: bool,
    /// What Jira counted before the window was listed.
    pub expected: u64,
    /// Issues of the listing that were created since, as far as it tells.
    pub fresh: u64,
    pub now: i64,
    /// What the listing brought.
    pub known: HashSet<u64>,
}

/// What the check found out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The projects whose issues it saw, if it looked for them.
    pub in_sight: Option<BTreeSet<u64>>,
    /// Issues that the listing left out.
    pub found: Vec<(u64, String)>,
    /// Issues that Jira counts and no search shows.
    pub gap: u64,
    /// The same, as far as the count may just be a bad estimate.
    pub doubt: u64,
}

impl Check {
    pub async fn run(mut self) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        let window = self.window.clone();
        if let Some(sieve) = &self.sieve {
            // After the window was listed and before anything else: what was out of sight then and is back by now is found below.
            checked.in_sight = Some(sieve.in_reach(&self.client).await?);
        }
        let before = self.expected;
        if !self.twice {
            self.expected = before.max(self.count(&window).await?);
        }
        let looked = match self.twice {
            true => self.look(&window, &mut checked).await.map(Some),
            false => Ok(None),
        };
        let agrees = match looked {
            // Counted before it was listed: what has gone meanwhile makes it too much at most.
            Ok(_) if self.twice => self.known.len() as u64 >= self.expected,
            // Listed once: if any has left meanwhile, pages may have skipped another, and one that is new hides it.
            Ok(_) => self.known.len() as u64 >= self.expected && self.expected >= before + self.fresh,
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                tracing::warn!("The issues could not be listed a second time, so Jira's count has to do. {error}");
                false
            }
        };
        if !agrees && !self.twice {
            // Fewer than were counted: some may have left the filter meanwhile, and made the pages skip others.
            self.look(&window, &mut checked).await?;
        }
        if !agrees && self.count(&window).await? > self.known.len() as u64 {
            let counted = self.cut(window, &mut checked).await?;
            // Issues may have gone meanwhile, or moved from one window into another.
            let left = self.count(&self.window).await?.saturating_sub(self.known.len() as u64);
            let missing = counted.saturating_sub(self.known.len() as u64).min(left);
            checked.doubt = checked.doubt.min(missing);
            checked.gap = missing - checked.doubt;
        }
        Ok(checked)
    }

    /// Looks into ever smaller windows, as long as their counts say that something is missing. Returns the sum of the
    /// counts, which are the better the smaller the windows.
    async fn cut(&mut self, window: Window, checked: &mut Checked) -> Result<u64, Error> {
        let (mut searches, mut counted) = (0, 0);
        let mut open: Vec<Window> = self.halves(&window).unwrap_or_else(|| vec![window]);
        // The last one first, so that the earliest comes out first: what changes meanwhile moves into later ones.
        open.reverse();
        while let Some(window) = open.pop() {
            searches += 1;
            let here = self.look(&window, checked).await?;
            let count = self.count(&window).await?;
            let missing = count.saturating_sub(here);
            match self.halves(&window) {
                Some(halves) if missing > 0 && searches < SEARCHES => open.extend(halves.into_iter().rev()),
                halves => {
                    counted += count;
                    if halves.is_some() && missing <= here / ESTIMATE {
                        checked.doubt += missing;
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
    async fn look(&mut self, window: &Window, checked: &mut Checked) -> Result<u64, Error> {
        let jql = window.jql(&self.filter, self.order).descending("created");
        let mut here = HashSet::new();
        for (id, key) in walk(&self.client, self.archived, &jql, self.keys).await? {
            if here.insert(id) && self.known.insert(id) {
                checked.found.push((id, key));
            }
        }
        Ok(here.len() as u64)
    }

    async fn count(&self, window: &Window) -> Result<u64, Error> {
        count(&self.client, &window.jql(&self.filter, self.order)).await
    }
}

/// Lists ids, with their keys if wanted, page by page. A token that is refused or comes twice ends the list: whoever asks
/// has another way to find out what it left out.
pub async fn walk(client: &Client, archived: bool, jql: &str, keys: bool) -> Result<Vec<(u64, String)>, Error> {
    let (mut found, mut tokens, mut token) = (Vec::new(), HashSet::new(), None::<String>);
    loop {
        let request = job::ids(archived, jql, token.as_deref(), keys);
        let body = match client.call(&request).await {
            Ok(reply) => reply.body,
            Err(error) if error.kind == Kind::BadRequest && token.is_some() => return Ok(found),
            Err(error) => return Err(error),
        };
        let wrong = |why| classify::malformed(&request, why);
        let mut page = IssuePage::parse(&body).map_err(wrong)?;
        for raw in std::mem::take(&mut page.issues) {
            found.push((raw.number().map_err(wrong)?, raw.key()));
        }
        match page.next_token().map_err(wrong)? {
            Some(next) if tokens.insert(next.clone()) => token = Some(next),
            _ => return Ok(found),
        }
    }
}
