//! One history from its seed to its end.

use super::{
    draw::{self, Wanted},
    run::{Ended, run},
};
use crate::{
    support::{Destination, Dice, Site, assert_holds_of, assert_valid, assert_valid_so_far, catalog},
    sync::MOVING,
};
use serde_json::Value;
use std::{fmt, time::Duration};

/// What many histories came to.
#[derive(Debug, Default)]
pub struct Totals {
    histories: u64,
    runs: u64,
    kills: u64,
    failures: u64,
    edits: u64,
    records: u64,
    requests: u64,
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.runs += other.runs;
        self.kills += other.kills;
        self.failures += other.failures;
        self.edits += other.edits;
        self.records += other.records;
        self.requests += other.requests;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} histories: {} runs, {} killed, {} failed; {} edits, {} records, {} requests",
            self.histories, self.runs, self.kills, self.failures, self.edits, self.records, self.requests
        )
    }
}

struct Life {
    site: Site,
    dice: Dice,
    zone: &'static str,
    config: Value,
    streams: Vec<&'static str>,
    destination: Destination,
    totals: Totals,
    /// Bytes that a run wrote lately: where the next one may be killed.
    size: u64,
}

/// Lives a history; panics where it ends in anything but what the site holds.
pub fn live(seed: u64) -> Totals {
    // Mixed, because neighbouring seeds of this generator draw the same numbers, one further on.
    let mut dice = Dice(Dice(seed).below(u64::MAX) ^ 0x5851_f42d_4c95_7f2d);
    let site = Site::new(20 + dice.below(60) as u32, 1_000 + seed, "");
    let zone = draw::zone(&mut dice);
    site.change(&draw::calm(zone));
    let wanted = Wanted::draw(&mut dice, &site);
    let config = draw::config(&mut dice, &site, &wanted);
    let streams = MOVING.into_iter().filter(|stream| *stream == "issues" || dice.chance(60)).collect();
    // Shown with the panic, should there be one.
    println!("seed {seed}: {} issues, {zone}, {config}", site.truth("issues").len());
    let totals = Totals { histories: 1, ..Totals::default() };
    let mut life =
        Life { site, dice, zone, config, streams, destination: Destination::default(), totals, size: 40_000 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for _ in 0..2 + life.dice.below(4) {
            life.happen();
            life.troubled().await;
        }
        life.rest(&wanted).await;
    });
    life.totals.requests = life.site.log().requests;
    life.totals
}

impl Life {
    /// Time passes, and people work.
    fn happen(&mut self) {
        let count = self.dice.below(20) as u32;
        self.totals.edits += self.site.random_edits(count, self.dice.below(1 << 30)).len() as u64;
        let seconds = [0, 3, 70, 700, 4_000, 100_000][self.dice.below(6) as usize];
        self.site.advance_clock(Duration::from_secs(seconds));
    }

    /// A run in which anything may go wrong, and during which people go on working.
    async fn troubled(&mut self) {
        let trouble = draw::trouble(&mut self.dice, self.zone);
        self.site.change(&trouble);
        let most = self.dice.chance(50).then(|| 1 + self.dice.below(self.size) as usize);
        let (pause, seed) = (3 + self.dice.below(20), self.dice.below(1 << 30));
        let busy = self.dice.chance(50);
        // For whoever looks for the cause.
        println!("{trouble}killed at {most:?}; busy: {busy}");
        let (catalog, state) = (catalog(&self.streams, "incremental"), self.destination.state());
        let mut edits = 0;
        let ended = tokio::select! {
            ended = run(&self.site, &self.config, &catalog, &state, most) => ended,
            () = work(&self.site, busy, pause, seed, &mut edits) => unreachable!("work never ends"),
        };
        self.totals.edits += edits;
        println!("killed: {}, code {:?}, {:?}", ended.killed, ended.output.code, ended.output.errors());
        self.take(ended);
    }

    fn take(&mut self, ended: Ended) {
        self.totals.runs += 1;
        self.totals.kills += u64::from(ended.killed);
        self.totals.failures += u64::from(ended.output.code == Some(1));
        self.totals.records += ended.output.of_type("RECORD").count() as u64;
        if ended.killed {
            assert_valid_so_far(&ended.output);
        } else {
            if ended.output.statuses("issues").is_empty() {
                assert_eq!(ended.output.code, Some(1), "no stream began, and nothing says why");
            } else {
                assert_valid(&ended.output);
            }
            self.size = (ended.output.stdout.len() as u64).max(2_000);
        }
        self.config = ended.config;
        self.destination.load(&ended.output);
    }

    /// Nothing goes wrong any more, nobody works, the index catches up: two syncs later all is there.
    async fn rest(&mut self, wanted: &Wanted) {
        self.site.change(&draw::calm(self.zone));
        self.site.advance_clock(Duration::from_secs(1_200));
        let wanted_streams = catalog(&self.streams, "incremental");
        for _ in 0..2 {
            let state = self.destination.state();
            let ended = run(&self.site, &self.config, &wanted_streams, &state, None).await;
            assert_eq!(ended.output.code, Some(0), "{:?}", ended.output.errors());
            self.take(ended);
        }
        assert_holds_of(&self.site, &self.destination, &self.streams, |issue| wanted.keeps(issue));
        // What has come to rest is not sent again.
        let state = self.destination.state();
        let ended = run(&self.site, &self.config, &wanted_streams, &state, None).await;
        assert_eq!(ended.output.of_type("RECORD").count(), 0, "sent again, with nothing changed");
        self.take(ended);
    }
}

/// Edits every few milliseconds, until the run beside it ends.
async fn work(site: &Site, busy: bool, pause: u64, seed: u64, edits: &mut u64) {
    for turn in 0.. {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if busy {
            *edits += site.random_edits(1 + (turn % 3) as u32, seed + turn).len() as u64;
        }
    }
}
