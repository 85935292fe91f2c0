//! Runs the executable and kills it once it has written so many bytes.

use super::{
    output::Output,
    site::Site,
    valid::{assert_valid, assert_valid_so_far},
};
use serde_json::Value;
use std::io::Read;

/// What a run wrote, cut at byte `position`: at once SIGKILL. None if it came to its end before.
pub fn read_until(
    site: &Site,
    config: &Value,
    catalog: &Value,
    state: Option<&Value>,
    position: usize,
) -> Result<Output, Output> {
    let mut child = site.read_command(config, catalog, state).spawn().expect("the executable starts");
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let mut written = Vec::with_capacity(position.min(1 << 20));
    let read = stdout.by_ref().take(position as u64).read_to_end(&mut written).expect("stdout can be read");
    if read == position {
        child.kill().expect("the process can be killed");
        child.wait().expect("the process ends");
        let output = Output::from(None, written, b"");
        assert_valid_so_far(&output);
        return Err(output);
    }
    let mut stderr = Vec::new();
    child.stderr.take().expect("stderr is piped").read_to_end(&mut stderr).expect("stderr can be read");
    let status = child.wait().expect("the process ends");
    let output = Output::from(status.code(), written, &stderr);
    assert_valid(&output);
    Ok(output)
}

/// Random numbers from a seed (SplitMix64), so that a failure can be had again.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most.max(1)
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
