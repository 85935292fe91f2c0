//! Which issues are there, and which are gone: the census, the audit log, and what they say about the ids that were sent.

mod audit;
mod census;
pub mod ledger;
mod verdict;

use super::{
    plan::{Ground, Selected},
    run::Run,
};
use crate::{
    client::Error,
    protocol::{Failure, Level, SyncMode},
    record::{splice, time},
    streams::{Sight, Stream},
};
use audit::Deleted;
use census::Census;
use ledger::{Known, Ledger};
use serde_json::{Map, Value};

/// The audit log is read again from so much before the place that it was read up to.
const AUDIT_OVERLAP: i64 = 10 * 60_000;
const HOUR: i64 = 3_600_000;

/// A stream of this kind, as the catalog asks for it.
pub struct Asked<'a> {
    pub stream: &'static Stream,
    pub sight: Sight,
    pub mode: SyncMode,
    pub state: Option<&'a Map<String, Value>>,
}

/// The streams of this kind in one run.
pub struct Sights<'a> {
    run: &'a Run,
    started: i64,
    ids: Option<&'static Stream>,
    gone: Option<(Ledger<'a>, SyncMode)>,
    /// The ids come from a file, not from the state.
    filed: bool,
}

/// What the close of a run found, before the issues that came into sight are read.
pub struct Closing {
    census: Option<Census>,
    deletions: Option<Vec<Deleted>>,
    before: Known,
}

impl<'a> Sights<'a> {
    /// Reads what the streams begin with; the failure names what is wrong with it.
    pub fn new(run: &'a Run, asked: &[Asked<'_>], started: i64) -> Result<Self, Failure> {
        let mut sights = Self { run, started, ids: None, gone: None, filed: run.known_ids.is_some() };
        for asked in asked {
            match asked.sight {
                Sight::Ids => sights.ids = Some(asked.stream),
                Sight::Gone => {
                    let state = asked.state.filter(|_| asked.mode == SyncMode::Incremental);
                    let mut known =
                        state.map(|state| Known::read(asked.stream.name, state)).transpose()?.unwrap_or_default();
                    let remembers = run.config.known_ids_in_state && asked.mode == SyncMode::Incremental;
                    match &run.known_ids {
                        Some(file) => (known.issues, known.whole) = (Some(file.clone()), true),
                        // Whatever was sent while nobody remembered is not among them.
                        None if remembers && known.issues.is_none() => {
                            known = Known {
                                issues: Some(Default::default()),
                                whole: false,
                                census: None,
                                gained: None,
                                ..known
                            };
                        }
                        None if !remembers => known = Known { issues: None, whole: false, ..known },
                        None => {}
                    }
                    let ledger = Ledger::new(&run.out, asked.stream.name, known, remembers && !sights.filed);
                    sights.gone = Some((ledger, asked.mode));
                }
            }
        }
        Ok(sights)
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_none() && self.gone.is_none()
    }

    /// Begins the streams.
    pub fn start(&self) {
        for name in self.names() {
            self.run.out.start(name, serde_json::json!({"version": 1}));
        }
    }

    fn names(&self) -> Vec<&'static str> {
        let gone = self.gone.as_ref().map(|(ledger, _)| ledger.stream());
        self.ids.map(|stream| stream.name).into_iter().chain(gone).collect()
    }

    /// Where issues that are about to be sent are noted, if anybody remembers them.
    pub fn ledger(&self) -> Option<&Ledger<'a>> {
        self.gone.as_ref().map(|(ledger, _)| ledger).filter(|ledger| ledger.remembers())
    }

    /// Everything that will be sent from now on is noted, and nothing was sent before.
    pub fn begin_whole(&self) {
        if let Some(ledger) = self.ledger() {
            ledger.begin_anew();
        }
    }

    /// Why a stream has to be read anew, if it has to: issues came into sight while it was not read.
    pub fn missed(&self, census: Option<i64>) -> Option<&'static str> {
        let gained = self.ledger()?.see(|known| known.gained);
        let missed = !self.filed && census.zip(gained).is_some_and(|(census, gained)| census < gained);
        missed.then_some("issues have come into sight while this stream was not read")
    }

    /// Ends the streams with a failure.
    pub fn fail(&self, failure: &Failure) {
        for name in self.names() {
            self.run.out.fail(failure.clone().stream(name));
        }
        if let Some(stream) = self.ids {
            self.run.out.finish(stream.name, serde_json::json!({"version": 1}), false);
        }
        if let Some((ledger, mode)) = &self.gone {
            ledger.finish(*mode, false);
        }
    }

    /// Takes the census and reads the audit log, where they are due.
    pub async fn look(&self, ground: &Ground<'_>) -> Result<Closing, Error> {
        let client = &self.run.client;
        let before = self.gone.as_ref().map(|(ledger, _)| ledger.known()).unwrap_or_default();
        let deletions = match &self.gone {
            Some(_) => audit::deletions(client, before.audit.map(|audit| audit - AUDIT_OVERLAP)).await?,
            None => None,
        };
        let due = before.issues.is_some() && (self.filed || self.is_due(before.census));
        let archived = ground.config.filters.include_archived_projects;
        let census = match self.ids.is_some() || due {
            true => Some(census::take(client, &ground.filter.jql, archived, before.census, self.started).await?),
            false => None,
        };
        Ok(Closing { census, deletions, before })
    }

    fn is_due(&self, last: Option<i64>) -> bool {
        self.run
            .config
            .census_every_hours()
            .is_some_and(|hours| last.is_none_or(|last| self.started - last >= i64::from(hours) * HOUR))
    }

    /// Issues that the census shows and that were never sent; the streams owe them from now on.
    pub fn owe(&self, closing: &Closing, selected: &mut [Selected]) -> Vec<u64> {
        let (Some(census), Some(ledger)) = (&closing.census, self.ledger()) else { return Vec::new() };
        let known = ledger.known();
        let came: Vec<u64> = match (&known.issues, known.census) {
            // What is younger than the last census, each stream finds by itself. What is older and was noted since may have come
            // with the scan of one stream only.
            (Some(issues), Some(_)) if known.whole && !self.filed => {
                let settled = |id: &u64| issues.contains(*id) && !known.news.contains(id);
                let had = |id: &u64| settled(id) || ledger.went_to(*id, selected.len());
                census.old.iter().copied().filter(|id| !had(id)).collect()
            }
            (Some(_), _) if known.whole => census.issues.keys().copied().filter(|id| !ledger.has(*id)).collect(),
            _ => Vec::new(),
        };
        for Selected { stream, state, .. } in selected {
            if state.mode == SyncMode::Incremental {
                state.owed.extend(&came);
                state.census = (!self.filed).then_some(self.started);
                self.run.out.state(stream.name, state.to_json());
            }
        }
        // Only now may the ids count as sent: the streams' states say that they are owed.
        for (id, key) in &census.issues {
            ledger.note(*id, key);
        }
        ledger.change(|known| known.news.retain(|id| !census.issues.contains_key(id)));
        if !came.is_empty() {
            ledger.change(|known| known.gained = Some(self.started));
            let text = format!("{} issue(s) came into sight without a change; they are read now.", came.len());
            self.run.out.log(Level::Info, text);
        }
        ledger.tell();
        came
    }

    /// Tells what is gone, and ends the streams.
    pub async fn close(&self, closing: Closing, ground: &Ground<'_>) {
        if let (Some(stream), Some(census)) = (self.ids, &closing.census) {
            for (id, key) in &census.issues {
                self.run.out.record(stream.name, |line| {
                    line.extend_from_slice(format!("{{\"id\":\"{id}\",\"key\":{}}}", splice::quoted(key)).as_bytes());
                });
            }
            self.run.out.finish(stream.name, serde_json::json!({"__ab_full_refresh_sync_complete": true}), true);
        }
        let Some((ledger, mode)) = &self.gone else { return };
        match verdict::find(self.run, ledger, &closing, ground, self.started).await {
            Ok(()) => match self.run.report.verdict(ledger.stream()) {
                Some(failure) => {
                    self.run.out.fail(failure.stream(ledger.stream()));
                    ledger.finish(*mode, false);
                }
                None => ledger.finish(*mode, true),
            },
            Err(error) => {
                self.run.out.fail(Failure::from(error).stream(ledger.stream()));
                ledger.finish(*mode, false);
            }
        }
    }
}

/// A moment as a JSON value.
fn moment(millis: Option<i64>) -> String {
    millis.map_or_else(|| "null".to_owned(), |millis| splice::quoted(&time::format(millis)))
}
