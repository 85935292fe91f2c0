//! `discover`: the streams and their schemas, with the custom fields of the site if it answers.

use super::{
    args::ConfigArgs,
    check,
    session::{self, Loaded},
};
use crate::{
    client::{Client, SignIn},
    config::{self, Config, FieldNames},
    output::Output,
    protocol::{DiscoveredStream, Failure, Level, Message, SyncMode, message::Catalog},
    streams::{self, Stream},
    sync::fields::{CUSTOM, Catalogue, kind},
};
use serde_json::Value;
use std::{path::Path, process::ExitCode, sync::Arc};

/// Tries of a request. A person waits for the schemas.
const TRIES: u32 = 2;

#[derive(Debug, clap::Args)]
pub struct DiscoverArgs {
    #[command(flatten)]
    pub with: ConfigArgs,
}

pub fn run(options: &DiscoverArgs) -> ExitCode {
    let out = session::output(options.with.common.debug);
    let (output, path) = (Arc::clone(&out), options.with.config.clone());
    session::run(&out, async move {
        let catalog = available(&output, &path).await?;
        output.message(&Message::Catalog { catalog });
        Ok(())
    })
}

/// Every stream, with the custom fields of the site if they can be read.
pub async fn available(out: &Arc<Output>, config: &Path) -> Result<Catalog, Failure> {
    let written = session::file(config, "config")?;
    let loaded = loaded(out, &written, config)?;
    let mut catalog = catalog(loaded.as_ref().is_ok_and(|loaded| loaded.config.is_airbyte_compatible()))?;
    let names = loaded.as_ref().map(|loaded| loaded.config.custom_field_names).unwrap_or_default();
    let fields = match loaded {
        Ok(loaded) => custom_fields(out, loaded).await,
        Err(why) => Err(why),
    };
    match fields {
        Ok(Some(fields)) => add(&mut catalog, &fields, names),
        Ok(None) => {}
        Err(why) => {
            let text =
                format!("issues: the schema has no custom fields, because the site's fields can't be read. {why}");
            out.log(Level::Warn, text);
        }
    }
    Ok(catalog)
}

/// Every stream as the protocol describes it; with `airbyte`, with the primary keys of Airbyte's connector.
pub fn catalog(airbyte: bool) -> Result<Catalog, Failure> {
    let streams = streams::ALL.iter().map(|stream| discovered(stream, airbyte));
    streams.collect::<Result<_, _>>().map(|streams| Catalog { streams })
}

fn discovered(stream: &'static Stream, airbyte: bool) -> Result<DiscoveredStream, Failure> {
    let json_schema = serde_json::from_str(stream.schema).map_err(|error| {
        Failure::system(format!("{}: the built-in schema is not valid JSON: {error}. Please report this.", stream.name))
    })?;
    let mut supported_sync_modes = Vec::new();
    supported_sync_modes.extend(stream.has_full_refresh().then_some(SyncMode::FullRefresh));
    supported_sync_modes.extend(stream.cursor().map(|_| SyncMode::Incremental));
    Ok(DiscoveredStream {
        name: stream.name,
        json_schema,
        supported_sync_modes,
        source_defined_cursor: stream.cursor().map(|_| true),
        default_cursor_field: stream.cursor().map(|cursor| vec![cursor]),
        source_defined_primary_key: stream.key(airbyte).iter().map(|property| vec![*property]).collect(),
        is_resumable: true,
    })
}

/// The config, or why its credentials can't be used. Any other error in the config is a failure.
fn loaded(out: &Arc<Output>, written: &[u8], path: &Path) -> Result<Result<Loaded, String>, Failure> {
    if let Err(error) = config::parse(written)
        && error.faults.iter().all(|fault| fault.path == "credentials" || fault.path.starts_with("credentials."))
    {
        return Ok(Err(error.to_string()));
    }
    session::config(out, written, path).map(Ok)
}

/// The custom fields of the site, if the config asks for them; an error says why they are missing.
async fn custom_fields(out: &Output, loaded: Loaded) -> Result<Option<Catalogue>, String> {
    let Loaded { config, tokens } = loaded;
    if !config.discover_custom_fields {
        return Ok(None);
    }
    let fields = match SignIn::new(&config, tokens) {
        Ok(sign_in) => check::within_time_limit(&config, &sign_in, read_fields(out, &config, &sign_in)).await,
        Err(failure) => Err(failure),
    };
    fields.map(Some).map_err(|failure| failure.message)
}

async fn read_fields(out: &Output, config: &Config, sign_in: &SignIn<'_>) -> Result<Catalogue, Failure> {
    let client: Client = sign_in.connect(TRIES).await?;
    let mut fields = Catalogue::listed(&client).await?;
    let unlisted = match fields.add_searched(&client).await {
        Ok(error) => error,
        // With names, a missing list would change the names of other fields; with IDs, only the fields of that list are missing.
        Err(error) if config.custom_field_names == FieldNames::Id => Some(error),
        Err(error) => return Err(error.into()),
    };
    if let Some(error) = unlisted {
        let text =
            format!("issues: the schema lacks the custom fields that only /rest/api/3/field/search returns. {error}");
        out.log(Level::Warn, text);
    }
    Ok(fields)
}

/// Adds the custom fields to the properties of `fields` in the schema of `issues`.
fn add(catalog: &mut Catalog, fields: &Catalogue, naming: FieldNames) {
    let issues = catalog.streams.iter_mut().find(|stream| stream.name == "issues");
    let properties = issues.and_then(|issues| issues.json_schema.pointer_mut("/properties/fields/properties"));
    let Some(properties) = properties.and_then(Value::as_object_mut) else { return };
    let names = fields.names(&[]);
    for (number, field) in &fields.custom {
        let id = format!("{CUSTOM}{number}");
        let name = names.get(*number).filter(|name| naming != FieldNames::Id && **name != id);
        if let Some(name) = name {
            properties.insert(name.to_owned(), kind::schema(*number, field, Some(name)));
        }
        if name.is_none() || naming == FieldNames::Both {
            properties.insert(id, kind::schema(*number, field, None));
        }
    }
}
