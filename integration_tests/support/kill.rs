//! Runs the executable and kills it once it has written so many bytes.

use super::{
    output::Output,
    protocol_rules::{assert_valid, assert_valid_so_far},
    site::Site,
};
use serde_json::Value;
use std::io::Read;

/// What a run wrote up to byte `position`, at which it gets SIGKILL; `Ok` if it ended before.
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
