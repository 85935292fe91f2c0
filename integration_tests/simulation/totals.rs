//! Sums over the cases that ran.

use std::{collections::BTreeMap, fmt};

/// How often something was drawn, and how often it had an effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happening {
    pub drawn: u64,
    pub bit: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub cases: u64,
    pub runs: u64,
    pub runs_cut: u64,
    pub runs_failed: u64,
    pub edits: u64,
    pub records: u64,
    pub requests: u64,
    /// What was drawn, and how often it had an effect.
    pub happenings: BTreeMap<&'static str, Happening>,
    /// Of all that the runs wrote.
    pub digest: u64,
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.runs += other.runs;
        self.runs_cut += other.runs_cut;
        self.runs_failed += other.runs_failed;
        self.edits += other.edits;
        self.records += other.records;
        self.requests += other.requests;
        self.digest ^= other.digest;
        for (name, happening) in &other.happenings {
            let sum = self.happenings.entry(name).or_default();
            *sum = Happening { drawn: sum.drawn + happening.drawn, bit: sum.bit + happening.bit };
        }
    }

    /// Counts something that was drawn.
    pub fn happened(&mut self, name: &'static str, had_effect: bool) {
        let happening = self.happenings.entry(name).or_default();
        happening.drawn += 1;
        happening.bit += u64::from(had_effect);
    }

    /// What was drawn, a line each.
    pub fn table(&self) -> String {
        let line = |(name, happening): (&&str, &Happening)| {
            format!("  {name:<22} drawn {:>6}, with effect {:>6}\n", happening.drawn, happening.bit)
        };
        self.happenings.iter().map(line).collect()
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} seeds: {} runs, {} of them cut off and {} failed; {} edits, {} records, {} requests",
            self.cases, self.runs, self.runs_cut, self.runs_failed, self.edits, self.records, self.requests
        )
    }
}
