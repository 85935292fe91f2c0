//! One history from its seed to its end.

use super::{
    draw::{self, Streams, Wanted},
    ledger::Ledger,
    losses::TELLING,
    rest::{Rest, text},
    run::{End, Ended, Start, run},
    trouble,
};
use crate::support::{Destination, Dice, Site, assert_valid, assert_valid_so_far};
use jira_simulator::{Course, Edit};
use serde_json::Value;
use std::{
    cell::Cell,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    time::Duration,
};

/// What many histories came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub histories: u64,
    runs: u64,
    cut: u64,
    failures: u64,
    edits: u64,
    records: u64,
    requests: u64,
    /// Of all that the runs wrote.
    pub digest: u64,
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.runs += other.runs;
        self.cut += other.cut;
        self.failures += other.failures;
        self.edits += other.edits;
        self.records += other.records;
        self.requests += other.requests;
        self.digest ^= other.digest;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} histories: {} runs, {} cut off, {} failed; {} edits, {} records, {} requests",
            self.histories, self.runs, self.cut, self.failures, self.edits, self.records, self.requests
        )
    }
}

struct Life {
    site: Site,
    /// People work on it.
    edited: bool,
    dice: Dice,
    zone: &'static str,
    config: Value,
    wanted: Wanted,
    streams: Streams,
    destination: Destination,
    ledger: Ledger,
    totals: Totals,
    digest: DefaultHasher,
    /// The platform's job, if it names them, and whether its last attempt was in vain.
    job: Option<u64>,
    in_vain: bool,
    /// Bytes that a run wrote lately: where the next one may end.
    size: u64,
}

thread_local! {
    /// What this thread's life has come to so far, for whoever looks for the cause of its end.
    pub static STORY: Cell<String> = const { Cell::new(String::new()) };
}

fn tell(line: String) {
    STORY.set(STORY.take() + &line + "\n");
}

/// What a life is a life of.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// A site made from the seed, on which people work.
    Made,
    /// Records in a folder, which nobody edits.
    Records(&'a Path),
}

/// Lives a history; panics where it ends in anything but what the site holds.
pub fn live(seed: u64, of: Of) -> Totals {
    // Mixed, because neighbouring seeds of this generator draw the same numbers, one further on.
    let mut dice = Dice(Dice(seed).below(u64::MAX) ^ 0x5851_f42d_4c95_7f2d);
    // Everything of a life happens on this thread, in a time of its own: that is what makes it replay.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let zone = draw::zone(&mut dice);
    let options = draw::site(&mut dice, seed, zone);
    let site = match of {
        Of::Made => jira_simulator::Site::generate(&options),
        Of::Records(folder) => jira_simulator::Site::from_records(folder).expect("the folder holds records"),
    };
    let site = Site::served_by(&runtime, site);
    site.hold_clock(options.now.expect("drawn"));
    site.change(&trouble::calm(zone));
    let wanted = Wanted::draw(&mut dice, &site, of);
    let config = draw::config(&mut dice, &site, &wanted);
    let streams = Streams::draw(&mut dice, &wanted, &config, of);
    let destination = Destination::of(dice.chance(50), &streams.refreshed);
    STORY.take();
    tell(format!("seed {seed}: {of:?}, {options:?}, {zone}, {config}"));
    tell(format!("{:?}, anew each time {:?}", streams.incremental, streams.refreshed));
    let totals = Totals { histories: 1, ..Totals::default() };
    let (ledger, job) = (Ledger::default(), dice.chance(40).then_some(0));
    let digest = DefaultHasher::new();
    let (edited, in_vain, size) = (matches!(of, Of::Made), false, 40_000);
    let mut life = Life {
        site,
        edited,
        dice,
        zone,
        config,
        wanted,
        streams,
        destination,
        ledger,
        totals,
        digest,
        job,
        in_vain,
        size,
    };
    runtime.block_on(async {
        for _ in 0..2 + life.dice.below(4) {
            life.happen();
            life.troubled().await;
        }
        life.rest().await;
    });
    life.totals.requests = life.site.log().requests;
    life.totals.edits = life.ledger.edits;
    life.totals.digest = life.digest.finish();
    life.totals
}

impl Life {
    /// Time passes, and people work.
    fn happen(&mut self) {
        let (count, seed) = (self.dice.below(25) as u32, self.dice.below(1 << 30));
        let edits = match self.dice.chance(60) {
            _ if !self.edited => Vec::new(),
            true => self.site.random_history(count, seed),
            false => self.site.random_edits(count, seed),
        };
        self.ledger.note(&edits);
        let seconds = [0, 3, 70, 700, 4_000, 100_000, 8 * 86_400];
        self.site.advance_clock(Duration::from_secs(seconds[self.dice.below(7) as usize]));
    }

    /// A run in which anything may go wrong, and during which people go on working.
    async fn troubled(&mut self) {
        let trouble = trouble::scenario(&mut self.dice, self.zone);
        self.site.change(&trouble);
        let course = trouble::course(&mut self.dice, &self.site, self.edited);
        // Anywhere, and often near the end, where most states are.
        let late = self.dice.chance(30);
        let before = if late { self.dice.below(self.size / 10) } else { self.dice.below(self.size) };
        let byte = (self.size - before) as usize;
        let end = [End::Natural, End::Natural, End::Killed(byte), End::Closed(byte)][self.dice.below(4) as usize];
        let retried = self.in_vain && self.dice.chance(60);
        self.job = self.job.map(|job| if retried { job } else { job + 1 });
        tell(format!("{trouble}{end:?}, job {:?}, {} happenings", self.job, course.happenings.len()));
        self.site.set_course(course);
        let ended = self.run(end).await;
        tell(format!("cut off: {}, code {:?}, {:?}", ended.cut, ended.output.code, ended.output.errors()));
        self.take(ended);
    }

    async fn run(&mut self, end: End) -> Ended {
        let job = self.job.map(|job| job.to_string());
        self.destination.begin(job.as_deref());
        let (catalog, state) = (self.streams.catalog(), self.destination.state());
        let start = Start { config: &self.config, catalog: &catalog, state: &state, job: job.as_deref(), end };
        run(&self.site, &start).await
    }

    fn take(&mut self, ended: Ended) {
        self.totals.runs += 1;
        self.totals.cut += u64::from(ended.cut);
        self.totals.failures += u64::from(ended.output.code == Some(1));
        self.totals.records += ended.output.of_type("RECORD").count() as u64;
        ended.output.stdout.replace(&self.site.host(), "").hash(&mut self.digest);
        self.ledger.note(&self.site.course_edits());
        self.site.set_course(Course::default());
        if ended.cut {
            assert_valid_so_far(&ended.output);
        } else {
            if ended.output.of_type("TRACE").all(|trace| trace["type"] != "STREAM_STATUS") {
                assert_eq!(ended.output.code, Some(1), "no stream began, and nothing says why");
            } else {
                assert_valid(&ended.output);
            }
            self.size = (ended.output.stdout.len() as u64).max(2_000);
        }
        self.in_vain = ended.output.code != Some(0);
        self.config = ended.config;
        self.destination.load(&ended.output);
    }

    /// Nothing goes wrong any more, nobody works, the index catches up: two syncs later all is there.
    async fn rest(&mut self) {
        self.site.change(&trouble::calm(self.zone));
        self.reopen();
        // What changed without moving `updated` can't be seen by a sync, except with the next change.
        let quiet = self.dice.chance(40);
        let remembers = self.streams.tell_deletions() && draw::remembers(&self.config);
        // No census looks at boards' lists.
        let found = remembers && !self.streams.incremental.contains(&"board_issues");
        self.ledger.touch(&self.site, !found, quiet);
        let days = self.config["refresh_children_after_days"].as_u64().expect("drawn");
        let refreshed = days > 0 && self.dice.chance(50);
        let time = if refreshed { days * 86_400 } else { 1_200 };
        self.site.advance_clock(Duration::from_secs(time));
        let began = self.site.now();
        for _ in 0..2 {
            self.good().await;
        }
        let (site, wanted) = (&self.site, &self.wanted);
        let kept = site.truth("issues").into_iter().filter(|issue| wanted.keeps(site, issue));
        let kept = kept.map(|issue| text(&issue["id"])).collect();
        let boards = site.truth("boards").into_iter().filter(|board| wanted.keeps_board(board));
        let boards = boards.map(|board| text(&board["id"])).collect();
        let (destination, ledger) = (&self.destination, &self.ledger);
        let rest = Rest { site, destination, ledger, kept, boards, began, refreshed };
        for stream in self.streams.incremental.iter().filter(|stream| **stream != "deleted_issues") {
            match TELLING.iter().any(|(telling, _)| telling == stream) {
                true => rest.assert_tells(stream),
                false => rest.assert_holds(stream),
            }
        }
        rest.assert_no_false_deletions();
        rest.assert_reasons();
        if remembers && self.config["accept_absence_of"].is_array() {
            rest.assert_all_deletions();
        }
        self.streams.refreshed.iter().for_each(|stream| rest.assert_equals(stream));
        // What has come to rest is not sent again.
        let output = self.good().await;
        let again = |stream: &&&str| !output.records(stream).is_empty();
        let again: Vec<_> = self.streams.incremental.iter().filter(again).collect();
        assert!(again.is_empty(), "sent again, with nothing changed: {again:?}");
    }

    /// A run in which all is well.
    async fn good(&mut self) -> crate::support::Output {
        self.job = self.job.map(|job| job + 1);
        let ended = self.run(End::Natural).await;
        assert_eq!(ended.output.code, Some(0), "{:?}", ended.output.errors());
        let output = crate::support::Output::from(Some(0), ended.output.stdout.clone().into_bytes(), b"");
        self.take(ended);
        output
    }

    /// Projects that the config names must be there for a run to be good.
    fn reopen(&mut self) {
        let Wanted::Projects(keys) = &self.wanted else { return };
        for project in keys {
            for edit in
                [Edit::RestoreProject { project: project.clone() }, Edit::OpenProject { project: project.clone() }]
            {
                // One that is there already refuses.
                if let Ok(edited) = self.site.edit(edit) {
                    self.ledger.note(&[edited]);
                }
            }
        }
    }
}
