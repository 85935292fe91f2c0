//! A catalog with a selection: the streams to read, their properties and sync modes.
//!
//! Whether something is selected follows from `selected` in the metadata; else from `selected` in older catalogs, next to the
//! schema or within it; else from `selected-by-default`. A property without any of these is selected with its parent.
//! `inclusion` takes precedence over all of them.

use super::{below, cursor, keys};
use crate::protocol::{
    ConfiguredCatalog, ConfiguredStream, DiscoveredStream, Failure, SyncMode, catalog::kind, state::json,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A stream to read.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedStream {
    pub name: String,
    pub sync_mode: SyncMode,
    /// The schema of the selected properties. An object with a deselected property allows no additional ones.
    pub schema: Value,
    pub keys: Vec<String>,
    pub cursor: Option<String>,
}

/// The streams to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    pub streams: Vec<SelectedStream>,
    /// Names that are selected, but of no existing stream.
    pub unknown: Vec<String>,
}

impl Selection {
    /// Parses the file of `--catalog`.
    pub fn parse(bytes: &[u8], offered: &[DiscoveredStream]) -> Result<Self, Failure> {
        Self::of(&json(bytes, "catalog")?, offered)
    }

    /// As [`Self::parse`], for JSON that is parsed already.
    pub fn of(catalog: &Value, offered: &[DiscoveredStream]) -> Result<Self, Failure> {
        let listed = match catalog.get("streams") {
            Some(Value::Array(streams)) => streams,
            Some(other) => return Err(fault("streams", &format!("is {}, not a list", kind(other)))),
            None => return Err(fault("streams", "is missing")),
        };
        let mut selection = Self::default();
        for (at, entry) in listed.iter().enumerate() {
            selection.add(Entry::read(entry, at)?, offered)?;
        }
        Ok(selection)
    }

    fn add(&mut self, entry: Entry<'_>, offered: &[DiscoveredStream]) -> Result<(), Failure> {
        if !entry.is_selected() {
            return Ok(());
        }
        let mut known = self.streams.iter().map(|stream| &stream.name).chain(&self.unknown);
        if known.any(|known| known == entry.name) {
            let problem = format!("names '{}' a second time; list each stream once", entry.name);
            return Err(entry.fault("tap_stream_id", &problem));
        }
        match offered.iter().find(|stream| stream.name == entry.name) {
            Some(stream) => self.streams.push(entry.select(stream)?),
            None => self.unknown.push(entry.name.to_owned()),
        }
        Ok(())
    }

    /// The same for the engine, which reports unknown streams.
    pub fn configured(&self) -> ConfiguredCatalog {
        let known = self.streams.iter().map(|stream| (&stream.name, stream.sync_mode, stream.schema.clone()));
        let unknown = self.unknown.iter().map(|name| (name, SyncMode::FullRefresh, Value::Null));
        let stream = |(name, sync_mode, json_schema): (&String, SyncMode, Value)| ConfiguredStream {
            name: name.clone(),
            sync_mode,
            json_schema,
        };
        ConfiguredCatalog { streams: known.chain(unknown).map(stream).collect() }
    }
}

/// One entry of the list.
struct Entry<'a> {
    at: usize,
    name: &'a str,
    entry: &'a Map<String, Value>,
    schema: Option<&'a Value>,
    /// By breadcrumb.
    metadata: BTreeMap<Vec<&'a str>, &'a Map<String, Value>>,
}

impl<'a> Entry<'a> {
    fn read(entry: &'a Value, at: usize) -> Result<Self, Failure> {
        let path = |property: &str| format!("streams[{at}].{property}");
        let Some(object) = entry.as_object() else {
            return Err(fault(&format!("streams[{at}]"), &format!("is {}, not an object", kind(entry))));
        };
        let name = ["tap_stream_id", "stream"].iter().find_map(|name| object.get(*name)?.as_str());
        let name = name.ok_or_else(|| fault(&path("tap_stream_id"), "is missing or not a string"))?;
        let listed = match object.get("metadata") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(listed)) => listed.as_slice(),
            Some(other) => return Err(fault(&path("metadata"), &format!("is {}, not a list", kind(other)))),
        };
        let metadata = listed.iter().filter_map(|entry| {
            let breadcrumb = entry.get("breadcrumb")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
            Some((breadcrumb, entry.get("metadata")?.as_object()?))
        });
        let schema = object.get("schema").filter(|schema| schema.get("properties").is_some_and(Value::is_object));
        Ok(Self { at, name, entry: object, schema, metadata: metadata.collect() })
    }

    fn is_selected(&self) -> bool {
        let root = self.metadata.get(&[][..]).copied();
        let property = |name: &str| root.and_then(|root| root.get(name)).and_then(Value::as_bool);
        let old = [self.entry.get("selected"), self.schema.and_then(|schema| schema.get("selected"))];
        let selected = property("selected").or_else(|| old.into_iter().flatten().find_map(Value::as_bool));
        !is_unsupported(root)
            && selected.or_else(|| property("selected-by-default")).unwrap_or(self.metadata.is_empty())
    }

    fn select(&self, stream: &DiscoveredStream) -> Result<SelectedStream, Failure> {
        let sync_mode = self.mode(stream)?;
        let cursor = cursor(stream).filter(|_| sync_mode == SyncMode::Incremental);
        let needed: Vec<&str> = keys(stream).into_iter().chain(cursor).collect();
        let schema = self.trim(self.schema.unwrap_or(&stream.json_schema), &[], &needed);
        if let Some(lacking) = needed.iter().find(|name| schema["properties"].get(**name).is_none()) {
            return Err(self.fault("schema.properties", &format!("lacks '{lacking}', which the stream requires")));
        }
        let keys = keys(stream).into_iter().map(str::to_owned).collect();
        Ok(SelectedStream { name: self.name.to_owned(), sync_mode, schema, keys, cursor: cursor.map(str::to_owned) })
    }

    fn mode(&self, stream: &DiscoveredStream) -> Result<SyncMode, Failure> {
        let can = |mode: SyncMode| stream.supported_sync_modes.contains(&mode);
        let usual = if can(SyncMode::Incremental) { SyncMode::Incremental } else { SyncMode::FullRefresh };
        let (path, method) = self.setting("replication-method");
        let mode = match method.map(|method| method.as_str().unwrap_or_default()) {
            None => usual,
            // Clients that ask for INCREMENTAL in general want full-refresh streams as well.
            Some("INCREMENTAL") => usual,
            Some("FULL_TABLE") if can(SyncMode::FullRefresh) => SyncMode::FullRefresh,
            Some("FULL_TABLE") => {
                return Err(self.fault(
                    &path,
                    "is FULL_TABLE, but the stream only reports deletions since its last sync; set it to INCREMENTAL",
                ));
            }
            Some(_) => return Err(self.fault(&path, "must be INCREMENTAL or FULL_TABLE")),
        };
        let (path, key) = self.setting("replication-key");
        match (key.and_then(Value::as_str), cursor(stream)) {
            (Some(key), Some(cursor)) if key != cursor && mode == SyncMode::Incremental => {
                Err(self.fault(&path, &format!("is '{key}', but the only cursor of the stream is '{cursor}'")))
            }
            _ => Ok(mode),
        }
    }

    /// A setting of the stream as a whole and its path: in the metadata, or next to them.
    fn setting(&self, name: &str) -> (String, Option<&'a Value>) {
        let set = |value: &&Value| !value.is_null();
        let root = self.metadata.get(&[][..]).and_then(|root| root.get(name)).filter(set);
        let outside = name.replace('-', "_");
        match root {
            Some(value) => (format!("metadata.{name}"), Some(value)),
            None => (outside.clone(), self.entry.get(&outside).filter(set)),
        }
    }

    fn trim(&self, schema: &Value, path: &[&str], needed: &[&str]) -> Value {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return schema.clone() };
        let mut kept = Map::new();
        for (name, property) in properties {
            let path = below(path, name);
            if needed.contains(&name.as_str()) || self.keeps(&path, property) {
                kept.insert(name.clone(), self.trim(property, &path, &[]));
            }
        }
        let mut trimmed = schema.clone();
        if let Some(keywords) = trimmed.as_object_mut() {
            if kept.len() < properties.len() {
                // What the schema doesn't name is not selected, either.
                keywords.insert("additionalProperties".to_owned(), false.into());
            }
            if let Some(Value::Array(required)) = keywords.get_mut("required") {
                required.retain(|name| name.as_str().is_some_and(|name| kept.contains_key(name)));
            }
            keywords.remove("selected");
            keywords.insert("properties".to_owned(), kept.into());
        }
        trimmed
    }

    /// Whether a property of a selected parent is selected.
    fn keeps(&self, path: &[&str], property: &Value) -> bool {
        let metadata = self.metadata.get(path).copied();
        let setting = |name: &str| metadata.and_then(|metadata| metadata.get(name));
        if is_unsupported(metadata) || setting("inclusion").is_some_and(|inclusion| inclusion == "automatic") {
            return !is_unsupported(metadata);
        }
        let choices = [setting("selected"), property.get("selected"), setting("selected-by-default")];
        choices.into_iter().flatten().find_map(Value::as_bool).unwrap_or(true)
    }

    fn fault(&self, property: &str, problem: &str) -> Failure {
        fault(&format!("streams[{}].{property} of stream '{}'", self.at, self.name), problem)
    }
}

fn is_unsupported(metadata: Option<&Map<String, Value>>) -> bool {
    metadata.and_then(|metadata| metadata.get("inclusion")).is_some_and(|inclusion| inclusion == "unsupported")
}

fn fault(path: &str, problem: &str) -> Failure {
    Failure::config(format!(
        "The catalog cannot be used: {path} {problem}. Run `--discover` again, and select from the catalog that it prints."
    ))
}
