//! Configured catalogs: read just as they stand, or refused with the member that is wrong.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use source_jira::protocol::{SyncMode, catalog::ConfiguredCatalog};
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let read = ConfiguredCatalog::parse(data);
    let text = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    match (read, serde_json::from_slice::<Value>(text).ok().and_then(|catalog| expected(&catalog))) {
        (Ok(catalog), Some(expected)) => {
            let streams = catalog.streams.iter().map(|stream| (stream.name.as_str(), stream.sync_mode));
            assert!(streams.eq(expected.iter().map(|(name, mode)| (name.as_str(), *mode))));
        }
        (Err(failure), None) => {
            let message = failure.message;
            assert!(message.starts_with("The catalog ") && message.ends_with('.'), "{message}");
        }
        (read, expected) => panic!("{read:?}, not {expected:?}"),
    }
});

/// What the catalog means, if every stream of it has a name of its own and a mode.
fn expected(catalog: &Value) -> Option<Vec<(String, SyncMode)>> {
    let mut known = BTreeSet::new();
    catalog
        .as_object()?
        .get("streams")?
        .as_array()?
        .iter()
        .map(|entry| {
            let name = entry.pointer("/stream/name").filter(|_| entry["stream"].is_object())?.as_str()?;
            let mode = match entry["sync_mode"].as_str()? {
                "full_refresh" => SyncMode::FullRefresh,
                "incremental" => SyncMode::Incremental,
                _ => return None,
            };
            (!name.is_empty() && known.insert(name)).then(|| (name.to_owned(), mode))
        })
        .collect()
}
