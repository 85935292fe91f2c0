//! Random edits of a seed never change: comparisons of runs rely on it.

use jira_simulator::Edited;

use crate::client::site;

/// A digest of everything that doesn't depend on the clock. (FNV-1a.)
pub fn digest(edits: &[Edited]) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for one in edits {
        let child = one.child.as_deref().unwrap_or("-");
        let line = format!("{} {} {} {child} {}\n", one.kind, one.issue, one.key, one.moved_updated);
        sum = line.bytes().fold(sum, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn random_edits_of_a_seed_never_change() {
    let jira = site(250, "").await;
    let (first, second) = (jira.jira.random_edits(300, 9), jira.jira.random_edits(200, 1));
    assert_eq!((first.len(), second.len()), (300, 200));
    assert_eq!((digest(&first), digest(&second)), (11_799_498_683_854_024_858, 3_638_228_794_486_495_123));
}
