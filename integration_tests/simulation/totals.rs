//! Sums over the cases that ran.

use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub cases: u64,
    pub runs: u64,
    pub runs_cut: u64,
    pub runs_failed: u64,
    pub edits: u64,
    pub records: u64,
    pub requests: u64,
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
