//! `discover`: the streams and their schemas. Needs no network.

use super::session;
use crate::{
    cli::Configured,
    protocol::{DiscoveredStream, Failure, Message, SyncMode, message::Catalog},
    streams::{self, Stream},
};
use std::process::ExitCode;

pub fn run(options: &Configured) -> ExitCode {
    let out = session::emitter(options.common.debug);
    let result = session::file(&options.config, "config")
        .and_then(|written| session::config(&out, &written, &options.config))
        .and_then(|loaded| catalog(loaded.config.keeps_to_airbyte()));
    match result {
        Ok(catalog) => out.message(&Message::Catalog { catalog }),
        Err(failure) => out.fail(failure),
    }
    session::end(&out)
}

/// Every stream as the protocol describes it, with the keys of Airbyte's connector if wanted.
pub fn catalog(airbyte: bool) -> Result<Catalog, Failure> {
    let streams = streams::ALL.iter().map(|stream| discovered(stream, airbyte));
    streams.collect::<Result<_, _>>().map(|streams| Catalog { streams })
}

fn discovered(stream: &'static Stream, airbyte: bool) -> Result<DiscoveredStream, Failure> {
    let json_schema = serde_json::from_str(stream.schema)
        .map_err(|error| Failure::system(format!("The schema of '{}' is broken: {error}.", stream.name)))?;
    let mut supported_sync_modes = Vec::new();
    supported_sync_modes.extend(stream.refreshes().then_some(SyncMode::FullRefresh));
    supported_sync_modes.extend(stream.cursor().map(|_| SyncMode::Incremental));
    Ok(DiscoveredStream {
        name: stream.name,
        json_schema,
        supported_sync_modes,
        source_defined_cursor: stream.cursor().map(|_| true),
        default_cursor_field: stream.cursor().map(|cursor| vec![cursor]),
        source_defined_primary_key: stream.key(airbyte).iter().map(|member| vec![*member]).collect(),
        is_resumable: true,
    })
}
