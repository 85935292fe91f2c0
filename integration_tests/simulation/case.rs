//! One case, from its seed to its end.

use super::{
    child_deletions::DELETION_STREAMS,
    faults::{self, Drawn},
    generators::{self, Filter, Streams},
    happenings::{Way, of_another_site, reads_archived},
    model::Model,
    promises,
    quiescence::{Quiescence, issue_of, text},
    run::{End, Ended, Start, run},
    settings::Shrink,
    totals::Totals,
    trace,
};
use crate::support::{Destination, Output, Rng, Site, assert_valid, assert_valid_so_far, time};
use jira_simulator::{Edit, Edited, Timeline};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    time::Duration,
};

/// Requests kept of a run, for the report of a failing seed.
const TRACED: usize = 5_000;

/// Where the site of a case comes from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// Generated from the seed; people work on it.
    Generated,
    /// Records in a folder, which are never edited.
    Recorded(&'a Path),
}

struct Case {
    site: Site,
    shrink: Shrink,
    rng: Rng,
    zone: &'static str,
    config: Value,
    filter: Filter,
    streams: Streams,
    destination: Destination,
    model: Model,
    totals: Totals,
    digest: DefaultHasher,
    /// Edits that may still be made.
    edits_left: u64,
    /// The platform's job, if it names them, and whether its last attempt failed.
    job: Option<u64>,
    last_failed: bool,
    /// Bytes that a recent run wrote: the next one may end within them.
    size: u64,
}

/// Runs a case; panics if it ends in anything but what the site holds.
pub fn simulate(seed: u64, origin: Origin, shrink: &Shrink) -> Totals {
    // Mixed, because neighbouring seeds of this generator draw the same numbers, one further on.
    let mut rng = Rng(Rng(seed).below(u64::MAX) ^ 0x5851_f42d_4c95_7f2d);
    // Everything happens on this thread, in virtual time: that is what makes a seed replay.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let zone = generators::zone(&mut rng);
    let options = generators::site(&mut rng, seed, zone);
    let (site, name, is_edited) = match origin {
        Origin::Generated => (jira_simulator::Site::generate(&options), "a generated site".to_owned(), true),
        Origin::Recorded(folder) => {
            let site = jira_simulator::Site::from_records(folder).expect("the folder holds records");
            (site, format!("the records in {}", folder.display()), false)
        }
    };
    let site = Site::served_by(&runtime, site);
    site.freeze_clock(options.now.expect("drawn"));
    site.change(&faults::none(zone));
    let filter = Filter::draw(&mut rng, &site, origin);
    let config = generators::config(&mut rng, &site, &filter);
    let streams = Streams::draw(&mut rng, &filter, &config, origin);
    let up_to_states = rng.chance(50);
    trace::begin(format!(
        "seed {seed} of {name}: {options:?}, zone {zone}\nconfig {config}\nincremental {:?}, full refresh {:?}\n\
         the destination commits {}\n",
        streams.incremental,
        streams.refreshed,
        if up_to_states { "up to each state" } else { "every whole line" },
    ));
    let streams = streams.only(shrink.only_streams.as_deref());
    let destination = Destination::of(up_to_states, &streams.refreshed);
    let job = rng.chance(40).then_some(0);
    let mut case = Case {
        site,
        shrink: shrink.clone(),
        rng,
        zone,
        config,
        filter,
        streams,
        destination,
        model: Model::default(),
        totals: Totals { cases: 1, ..Totals::default() },
        digest: DefaultHasher::new(),
        edits_left: if is_edited { shrink.max_edits.unwrap_or(u64::MAX) } else { 0 },
        job,
        last_failed: false,
        size: 40_000,
    };
    runtime.block_on(async {
        let runs = 2 + case.rng.below(4);
        for _ in 0..shrink.max_runs.unwrap_or(runs).min(runs) {
            case.edit_between_runs();
            case.run_with_faults().await;
        }
        case.reach_quiescence().await;
    });
    case.totals.requests = case.site.log().requests;
    case.totals.edits = case.model.edits;
    case.totals.digest = case.digest.finish();
    case.totals
}

impl Case {
    /// Time passes, and people work.
    fn edit_between_runs(&mut self) {
        let (count, seed) = (self.rng.below(25), self.rng.below(1 << 30));
        let is_history = self.rng.chance(60);
        let count = count.min(self.edits_left) as u32;
        self.edits_left -= u64::from(count);
        let edits = match is_history {
            _ if count == 0 => Vec::new(),
            true => self.site.random_history(count, seed),
            false => self.site.random_edits(count, seed),
        };
        trace::edits(&edits);
        self.model.apply(&edits);
        let seconds = [0, 3, 70, 700, 4_000, 100_000, 8 * 86_400];
        self.site.advance_clock(Duration::from_secs(seconds[self.rng.below(7) as usize]));
    }

    /// A run in which anything may fail, and during which people go on working.
    async fn run_with_faults(&mut self) {
        let mut drawn = faults::draw(&mut self.rng, self.zone);
        if self.shrink.no_faults {
            drawn = Drawn::nothing(self.zone);
        }
        self.site.change(&drawn.scenario);
        let course = faults::course(&mut self.rng, &self.site, &mut self.edits_left);
        // Anywhere, and often near the end, where most states are.
        let late = self.rng.chance(30);
        let before = if late { self.rng.below(self.size / 10) } else { self.rng.below(self.size) };
        let byte = (self.size - before) as usize;
        let mut end = [End::Natural, End::Natural, End::Killed(byte), End::Closed(byte)][self.rng.below(4) as usize];
        if self.shrink.no_kills {
            end = End::Natural;
        }
        let retried = self.last_failed && self.rng.chance(60);
        self.job = self.job.map(|job| if retried { job } else { job + 1 });
        let way = Way { is_slow: self.rng.chance(10), is_foreign: self.can_lose_its_state() && self.rng.chance(15) };
        let setup = format!("{end:?}, {way:?}, job {:?}\n{}", self.job, drawn.scenario);
        let is_quiet = course.events.is_empty() && !retried;
        self.site.set_timeline(course);
        let ended = self.run(end, way, setup).await;
        self.totals.count_run(&self.site, &drawn.faults, way, &ended.output);
        self.take(&ended);
        if !ended.cut {
            let run = (&ended.output, is_quiet);
            promises::assert_kept(&self.site, &self.destination, &self.streams, &drawn, run);
        }
    }

    /// Whether a state that means nothing loses nothing but time: what is to be compared with it would be lost.
    fn can_lose_its_state(&self) -> bool {
        let compares = |stream: &&str| stream.starts_with("deleted_");
        !self.streams.incremental.iter().any(compares)
    }

    async fn run(&mut self, end: End, way: Way, setup: String) -> Ended {
        let job = self.job.map(|job| job.to_string());
        self.destination.begin(job.as_deref());
        let (catalog, mut state) = (self.streams.catalog(), self.destination.state());
        if way.is_foreign {
            let its_present = time::format(self.site.now() + 40 * 86_400_000);
            of_another_site(&mut state, &its_present);
        }
        let (job, is_slow) = (job.as_deref(), way.is_slow);
        let start = Start { config: &self.config, catalog: &catalog, state: &state, job, end, is_slow };
        let mut traced = Traced { site: &self.site, setup, outcome: None };
        self.site.trace_requests(TRACED);
        let ended = run(&self.site, &start).await;
        traced.outcome = Some(outcome(&ended));
        drop(traced);
        ended
    }

    fn take(&mut self, ended: &Ended) {
        self.totals.runs += 1;
        self.totals.runs_cut += u64::from(ended.cut);
        self.totals.runs_failed += u64::from(ended.output.code == Some(1));
        self.totals.records += ended.output.of_type("RECORD").count() as u64;
        ended.output.stdout.replace(&self.site.host(), "").hash(&mut self.digest);
        self.model.apply(&self.site.timeline_edits());
        self.site.set_timeline(Timeline::default());
        if ended.cut {
            assert_valid_so_far(&ended.output);
        } else {
            if ended.output.of_type("TRACE").all(|trace| trace["type"] != "STREAM_STATUS") {
                assert_eq!(ended.output.code, Some(1), "no stream started, and no error says why");
            } else {
                assert_valid(&ended.output);
            }
            self.size = (ended.output.stdout.len() as u64).max(2_000);
        }
        self.last_failed = ended.output.code != Some(0);
        self.config = ended.config.clone();
        self.destination.load(&ended.output);
    }

    /// No more faults and edits, and the index catches up: two syncs later the destination holds everything.
    async fn reach_quiescence(&mut self) {
        self.site.change(&faults::none(self.zone));
        self.reopen_projects();
        // A sync sees what changed without `updated` only with the issue's next change.
        let touch_all = self.rng.chance(40);
        let remembers = self.streams.report_deletions() && generators::remembers(&self.config);
        // No ID snapshot covers the lists of boards.
        let found = remembers && !self.streams.incremental.contains(&"board_issues");
        let touched = self.model.touch(&self.site, !found, touch_all);
        trace::edits(&touched);
        let days = self.config["full_refresh_interval_days"].as_u64().expect("drawn");
        let refreshed = days > 0 && self.rng.chance(50);
        let time = if refreshed { days * 86_400 } else { 1_200 };
        self.site.advance_clock(Duration::from_secs(time));
        let began = self.site.now();
        for _ in 0..2 {
            self.run_without_faults().await;
        }
        self.compare(began, refreshed, (remembers, found));
        self.totals.count_case(&self.site, &self.config, &self.destination);
        // Without a change, nothing is sent again, except for an issue without `updated`: nothing tells what was sent from what
        // is there; and for an archived one, whose further comments and worklogs no request finds.
        let output = self.run_without_faults().await;
        let archived = self.archived_issues();
        let undated: BTreeSet<String> = self
            .site
            .truth("issues")
            .iter()
            .filter(|issue| issue["fields"]["updated"].is_null())
            .chain(&archived)
            .map(|issue| text(&issue["id"]))
            .collect();
        let again = |stream: &&&str| output.records(stream).iter().any(|row| !undated.contains(&issue_of(stream, row)));
        let again: Vec<_> = self.streams.incremental.iter().filter(again).collect();
        assert!(again.is_empty(), "sent again, with nothing changed: {again:?}");
    }

    /// Issues of archived projects, if the config selects them.
    fn archived_issues(&self) -> Vec<Value> {
        if reads_archived(&self.config) { self.site.truth("archived_issues") } else { Vec::new() }
    }

    /// `remembers`: deletions are found; `found`: so are issues that came back.
    fn compare(&self, began: i64, refreshed: bool, (remembers, found): (bool, bool)) {
        let (site, filter) = (&self.site, &self.filter);
        let issues = site.truth("issues").into_iter().chain(self.archived_issues());
        let selected = issues.filter(|issue| filter.selects(site, issue));
        let selected = selected.map(|issue| text(&issue["id"])).collect();
        let boards = site.truth("boards").into_iter().filter(|board| filter.selects_board(board));
        let boards = boards.map(|board| text(&board["id"])).collect();
        let (destination, model) = (&self.destination, &self.model);
        let archived = reads_archived(&self.config);
        let unfound = self.archived_issues().into_iter().map(|issue| text(&issue["id"]));
        let unfound = unfound.filter(|issue| !found && model.came_back(issue)).collect();
        let quiescence = Quiescence { site, destination, model, selected, boards, began, refreshed, unfound, archived };
        for stream in self.streams.incremental.iter().filter(|stream| **stream != "deleted_issues") {
            match DELETION_STREAMS.iter().any(|(deletions, _)| deletions == stream) {
                true => quiescence.assert_reports_deletions(stream),
                false => quiescence.assert_holds(stream),
            }
        }
        quiescence.assert_no_false_deletions();
        quiescence.assert_reasons();
        if remembers && self.config["allow_mass_deletion_in"].is_array() {
            quiescence.assert_all_deletions();
        }
        self.streams.refreshed.iter().for_each(|stream| quiescence.assert_equals(stream));
    }

    /// A run that must succeed.
    async fn run_without_faults(&mut self) -> Output {
        self.job = self.job.map(|job| job + 1);
        let ended = self.run(End::Natural, Way::default(), format!("no faults, job {:?}", self.job)).await;
        assert_eq!(ended.output.code, Some(0), "{:?}", ended.output.errors());
        self.take(&ended);
        ended.output
    }

    /// A run succeeds only while the projects that the config names are visible.
    fn reopen_projects(&mut self) {
        let Filter::Projects(keys) = &self.filter else { return };
        let mut reopened: Vec<Edited> = Vec::new();
        for project in keys {
            let project = || project.clone();
            let edits = [Edit::RestoreProject { project: project() }, Edit::GrantProjectAccess { project: project() }];
            // An open project refuses these.
            reopened.extend(edits.into_iter().filter_map(|edit| self.site.edit(edit).ok()));
        }
        trace::edits(&reopened);
        self.model.apply(&reopened);
    }
}

/// Hands a run's requests to the trace at its end, also when it panics.
struct Traced<'a> {
    site: &'a Site,
    setup: String,
    outcome: Option<String>,
}

impl Drop for Traced<'_> {
    fn drop(&mut self) {
        trace::run(trace::Run {
            setup: std::mem::take(&mut self.setup),
            requests: self.site.traced_requests(),
            request_count: self.site.timeline_requests(),
            outcome: self.outcome.take(),
        });
    }
}

fn outcome(ended: &Ended) -> String {
    let mut records: BTreeMap<&str, u64> = BTreeMap::new();
    for record in ended.output.of_type("RECORD") {
        *records.entry(record["stream"].as_str().unwrap_or_default()).or_default() += 1;
    }
    let end = match ended.output.code {
        None => "cut off".to_owned(),
        Some(code) => format!("exit code {code}"),
    };
    let errors = ended.output.errors();
    let errors = if errors.is_empty() { String::new() } else { format!("; errors: {errors:?}") };
    let said = ended.output.logs().into_iter().filter(|log| !log.starts_with("Report"));
    let said: String = said.map(|log| format!("\n     LOG {log}")).collect();
    format!("{end}; records: {records:?}{errors}{said}")
}
