//! A catalog that comes back: which streams are wanted, which of their properties, and how they are to be read.
//!
//! What counts is the `selected` of the metadata, then that of older catalogs (beside the schema or within it), then
//! `selected-by-default`; a property of which nothing is said goes with what it belongs to. `inclusion` comes before all that.

use super::{below, cursor, keys};
use crate::protocol::{
    ConfiguredCatalog, ConfiguredStream, DiscoveredStream, Failure, SyncMode, catalog::kind, state::json,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A stream to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub name: String,
    pub sync_mode: SyncMode,
    /// The schema without what is left out. An object of which a property is left out allows no others.
    pub schema: Value,
    pub keys: Vec<String>,
    pub cursor: Option<String>,
}

/// Everything to be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    pub streams: Vec<Chosen>,
    /// Wanted, but of no stream that there is.
    pub unknown: Vec<String>,
}

impl Choice {
    /// Reads the file behind `--catalog`.
    pub fn parse(bytes: &[u8], offered: &[DiscoveredStream]) -> Result<Self, Failure> {
        Self::of(&json(bytes, "catalog")?, offered)
    }

    pub fn of(catalog: &Value, offered: &[DiscoveredStream]) -> Result<Self, Failure> {
        let listed = match catalog.get("streams") {
            Some(Value::Array(streams)) => streams,
            Some(other) => return Err(fault("streams", &format!("is {}, not a list", kind(other)))),
            None => return Err(fault("streams", "is missing")),
        };
        let mut choice = Self::default();
        for (at, entry) in listed.iter().enumerate() {
            choice.add(Entry::read(entry, at)?, offered)?;
        }
        Ok(choice)
    }

    fn add(&mut self, entry: Entry<'_>, offered: &[DiscoveredStream]) -> Result<(), Failure> {
        if !entry.is_wanted() {
            return Ok(());
        }
        let mut known = self.streams.iter().map(|stream| &stream.name).chain(&self.unknown);
        if known.any(|known| known == entry.name) {
            let problem = format!("names '{}' a second time; list each stream once", entry.name);
            return Err(entry.fault("tap_stream_id", &problem));
        }
        match offered.iter().find(|stream| stream.name == entry.name) {
            Some(stream) => self.streams.push(entry.choose(stream)?),
            None => self.unknown.push(entry.name.to_owned()),
        }
        Ok(())
    }

    /// The same for the engine, which says what is wrong with unknown streams.
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
    members: &'a Map<String, Value>,
    schema: Option<&'a Value>,
    /// By breadcrumb.
    metadata: BTreeMap<Vec<&'a str>, &'a Map<String, Value>>,
}

impl<'a> Entry<'a> {
    fn read(entry: &'a Value, at: usize) -> Result<Self, Failure> {
        let path = |member: &str| format!("streams[{at}].{member}");
        let Some(members) = entry.as_object() else {
            return Err(fault(&format!("streams[{at}]"), &format!("is {}, not an object", kind(entry))));
        };
        let name = ["tap_stream_id", "stream"].iter().find_map(|member| members.get(*member)?.as_str());
        let name = name.ok_or_else(|| fault(&path("tap_stream_id"), "is missing or not a text"))?;
        let listed = match members.get("metadata") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(listed)) => listed.as_slice(),
            Some(other) => return Err(fault(&path("metadata"), &format!("is {}, not a list", kind(other)))),
        };
        let metadata = listed.iter().filter_map(|entry| {
            let breadcrumb = entry.get("breadcrumb")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
            Some((breadcrumb, entry.get("metadata")?.as_object()?))
        });
        let schema = members.get("schema").filter(|schema| schema.get("properties").is_some_and(Value::is_object));
        Ok(Self { at, name, members, schema, metadata: metadata.collect() })
    }

    fn is_wanted(&self) -> bool {
        let root = self.metadata.get(&[][..]).copied();
        let said = |name: &str| root.and_then(|root| root.get(name)).and_then(Value::as_bool);
        let old = [self.members.get("selected"), self.schema.and_then(|schema| schema.get("selected"))];
        let wanted = said("selected").or_else(|| old.into_iter().flatten().find_map(Value::as_bool));
        !is_unsupported(root) && wanted.or_else(|| said("selected-by-default")).unwrap_or(self.metadata.is_empty())
    }

    fn choose(&self, stream: &DiscoveredStream) -> Result<Chosen, Failure> {
        let sync_mode = self.mode(stream)?;
        let cursor = cursor(stream).filter(|_| sync_mode == SyncMode::Incremental);
        let needed: Vec<&str> = keys(stream).into_iter().chain(cursor).collect();
        let schema = self.trim(self.schema.unwrap_or(&stream.json_schema), &[], &needed);
        if let Some(lacking) = needed.iter().find(|name| schema["properties"].get(**name).is_none()) {
            return Err(
                self.fault("schema.properties", &format!("lacks '{lacking}', which the stream cannot do without"))
            );
        }
        let keys = keys(stream).into_iter().map(str::to_owned).collect();
        Ok(Chosen { name: self.name.to_owned(), sync_mode, schema, keys, cursor: cursor.map(str::to_owned) })
    }

    fn mode(&self, stream: &DiscoveredStream) -> Result<SyncMode, Failure> {
        let can = |mode: SyncMode| stream.supported_sync_modes.contains(&mode);
        let usual = if can(SyncMode::Incremental) { SyncMode::Incremental } else { SyncMode::FullRefresh };
        let (path, method) = self.said("replication-method");
        let mode = match method.map(|method| method.as_str().unwrap_or_default()) {
            None => usual,
            // Who asks for everything incrementally wants lists all the same.
            Some("INCREMENTAL") => usual,
            Some("FULL_TABLE") if can(SyncMode::FullRefresh) => SyncMode::FullRefresh,
            Some("FULL_TABLE") => {
                return Err(self.fault(
                    &path,
                    "is FULL_TABLE, but the stream only tells what is gone since its last sync; make it INCREMENTAL",
                ));
            }
            Some(_) => return Err(self.fault(&path, "must be INCREMENTAL or FULL_TABLE")),
        };
        let (path, key) = self.said("replication-key");
        match (key.and_then(Value::as_str), cursor(stream)) {
            (Some(key), Some(cursor)) if key != cursor && mode == SyncMode::Incremental => {
                Err(self.fault(&path, &format!("is '{key}', but the stream can only go by '{cursor}'")))
            }
            _ => Ok(mode),
        }
    }

    /// What is said of the stream as a whole, and where: in the metadata, or beside them.
    fn said(&self, name: &str) -> (String, Option<&'a Value>) {
        let set = |value: &&Value| !value.is_null();
        let root = self.metadata.get(&[][..]).and_then(|root| root.get(name)).filter(set);
        let beside = name.replace('-', "_");
        match root {
            Some(value) => (format!("metadata.{name}"), Some(value)),
            None => (beside.clone(), self.members.get(&beside).filter(set)),
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
        if let Some(members) = trimmed.as_object_mut() {
            if kept.len() < properties.len() {
                // Nobody chose what the schema doesn't name, either.
                members.insert("additionalProperties".to_owned(), false.into());
            }
            if let Some(Value::Array(required)) = members.get_mut("required") {
                required.retain(|name| name.as_str().is_some_and(|name| kept.contains_key(name)));
            }
            members.remove("selected");
            members.insert("properties".to_owned(), kept.into());
        }
        trimmed
    }

    /// Whether a property goes with what it belongs to, which is wanted.
    fn keeps(&self, path: &[&str], property: &Value) -> bool {
        let metadata = self.metadata.get(path).copied();
        let said = |name: &str| metadata.and_then(|metadata| metadata.get(name));
        if is_unsupported(metadata) || said("inclusion").is_some_and(|inclusion| inclusion == "automatic") {
            return !is_unsupported(metadata);
        }
        let words = [said("selected"), property.get("selected"), said("selected-by-default")];
        words.into_iter().flatten().find_map(Value::as_bool).unwrap_or(true)
    }

    fn fault(&self, member: &str, problem: &str) -> Failure {
        fault(&format!("streams[{}].{member} of stream '{}'", self.at, self.name), problem)
    }
}

fn is_unsupported(metadata: Option<&Map<String, Value>>) -> bool {
    metadata.and_then(|metadata| metadata.get("inclusion")).is_some_and(|inclusion| inclusion == "unsupported")
}

fn fault(path: &str, problem: &str) -> Failure {
    Failure::config(format!(
        "The catalog cannot be used: {path} {problem}. Run `--discover` again, and choose from what it writes."
    ))
}
