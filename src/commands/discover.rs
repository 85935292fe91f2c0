//! `discover`: the streams and their schemas. Custom fields are asked for; without an answer the rest is told all the same.

use super::{
    check,
    session::{self, Loaded},
};
use crate::{
    cli::Configured,
    client::{Client, SignIn},
    config::{self, Config, FieldNames},
    protocol::{DiscoveredStream, Failure, Level, Message, SyncMode, message::Catalog},
    streams::{self, Stream},
    sync::{
        Emitter,
        fields::{CUSTOM, Catalogue, kind},
    },
};
use serde_json::Value;
use std::{path::Path, process::ExitCode, sync::Arc};

/// Somebody waits for the schemas.
const TRIES: u32 = 2;

pub fn run(options: &Configured) -> ExitCode {
    let out = session::emitter(options.common.debug);
    let (emitter, path) = (Arc::clone(&out), options.config.clone());
    session::run(&out, async move {
        let catalog = offered(&emitter, &path).await?;
        emitter.message(&Message::Catalog { catalog });
        Ok(())
    })
}

/// Every stream, with the custom fields of the site as far as they can be had.
pub async fn offered(out: &Arc<Emitter>, config: &Path) -> Result<Catalog, Failure> {
    let written = session::file(config, "config")?;
    let loaded = loaded(out, &written, config)?;
    let mut catalog = catalog(loaded.as_ref().is_ok_and(|loaded| loaded.config.keeps_to_airbyte()))?;
    let names = loaded.as_ref().map(|loaded| loaded.config.custom_field_names).unwrap_or_default();
    let fields = match loaded {
        Ok(loaded) => custom_fields(out, loaded).await,
        Err(why) => Err(why),
    };
    match fields {
        Ok(Some(fields)) => add(&mut catalog, &fields, names),
        Ok(None) => {}
        Err(why) => {
            let text = format!("The schema of 'issues' comes without the custom fields of the site. {why}");
            out.log(Level::Warn, text);
        }
    }
    Ok(catalog)
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

/// The config, or why it can't be used to sign in. One that is wrong besides its credentials is a failure.
fn loaded(out: &Arc<Emitter>, written: &[u8], path: &Path) -> Result<Result<Loaded, String>, Failure> {
    if let Err(error) = config::parse(written)
        && error.faults.iter().all(|fault| fault.path == "credentials" || fault.path.starts_with("credentials."))
    {
        return Ok(Err(error.to_string()));
    }
    session::config(out, written, path).map(Ok)
}

/// What the site tells of its custom fields, if the config wants them, or else why it does not.
async fn custom_fields(out: &Emitter, loaded: Loaded) -> Result<Option<Catalogue>, String> {
    let Loaded { config, keeper } = loaded;
    if !config.discover_custom_fields {
        return Ok(None);
    }
    let asked = match SignIn::new(&config, keeper) {
        Ok(sign_in) => check::patiently(&config, &sign_in, ask(out, &config, &sign_in)).await,
        Err(failure) => Err(failure),
    };
    asked.map(Some).map_err(|failure| failure.message)
}

async fn ask(out: &Emitter, config: &Config, sign_in: &SignIn<'_>) -> Result<Catalogue, Failure> {
    let client: Client = sign_in.connect(TRIES).await?;
    let mut fields = Catalogue::listed(&client).await?;
    let lacking = match fields.add_searched(&client).await {
        Ok(lacking) => lacking,
        // In records their names would depend on it; here it is only one list less.
        Err(error) if config.custom_field_names == FieldNames::Id => Some(error),
        Err(error) => return Err(error.into()),
    };
    if let Some(error) = lacking {
        let text =
            format!("Custom fields that only the list of searchable fields shows are missing from the schema. {error}");
        out.log(Level::Warn, text);
    }
    Ok(fields)
}

/// Adds the custom fields to the members of `fields` in the schema of `issues`.
fn add(catalog: &mut Catalog, fields: &Catalogue, spelling: FieldNames) {
    let issues = catalog.streams.iter_mut().find(|stream| stream.name == "issues");
    let members = issues.and_then(|issues| issues.json_schema.pointer_mut("/properties/fields/properties"));
    let Some(members) = members.and_then(Value::as_object_mut) else { return };
    let names = fields.names(&[]);
    for (number, field) in &fields.custom {
        let id = format!("{CUSTOM}{number}");
        let name = names.get(*number).filter(|name| spelling != FieldNames::Id && **name != id);
        if let Some(name) = name {
            members.insert(name.to_owned(), kind::schema(*number, field, Some(name)));
        }
        if name.is_none() || spelling == FieldNames::Both {
            members.insert(id, kind::schema(*number, field, None));
        }
    }
}
