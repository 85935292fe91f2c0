//! `integration_tests/configured_catalog.json`: every stream, configured for Airbyte's own tests.

use crate::{
    commands::discover,
    protocol::{DiscoveredStream, SyncMode},
};
use serde_json::{Value, json};

/// One stream per line. The schemas are empty: the tests take them from `discover`.
pub(super) fn page() -> String {
    let streams = discover::catalog(false).map(|catalog| catalog.streams).unwrap_or_default();
    let lines: Vec<String> = streams.into_iter().map(|stream| configured(stream).to_string()).collect();
    format!("{{\"streams\": [\n{}\n]}}\n", lines.join(",\n"))
}

fn configured(stream: DiscoveredStream) -> Value {
    let mode = stream.supported_sync_modes.last().copied();
    let written = if mode == Some(SyncMode::Incremental) { "append_dedup" } else { "overwrite" };
    json!({
        "sync_mode": mode,
        "destination_sync_mode": written,
        "cursor_field": stream.default_cursor_field.clone().unwrap_or_default(),
        "primary_key": stream.source_defined_primary_key.clone(),
        "stream": DiscoveredStream { json_schema: json!({}), ..stream },
    })
}
