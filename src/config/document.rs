//! The config file as a JSON document: decoded, migrated to the current form, and written back when tokens rotate.

use std::{collections::HashSet, fmt};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use super::{
    fault::{ConfigError, Fault},
    legacy,
};
use crate::record::Object;

/// A config as JSON, in its current form, unknown options included. Contains secrets in clear text.
#[derive(Clone)]
pub struct Document {
    options: Value,
    migrated: bool,
}

impl Document {
    /// Reads JSON bytes, and migrates older forms of a config.
    pub fn decode(bytes: &[u8]) -> Result<Self, ConfigError> {
        let text = utf8(bytes)?;
        if text.trim().is_empty() {
            return Err(Fault::file("the file is empty; write a JSON object").into());
        }
        let mut options: Value = serde_json::from_str(text).map_err(|error| syntax(&error))?;
        no_name_twice(text)?;
        let migrated = legacy::migrate(&mut options);
        Ok(Self { options, migrated })
    }

    /// The document itself. It contains secrets: use it only for CONTROL messages and for the config file.
    pub fn value(&self) -> &Value {
        &self.options
    }

    /// Whether the config was changed since it was read.
    pub fn is_migrated(&self) -> bool {
        self.migrated
    }

    /// Whether the API token is at the top level, as in configs made for early versions of Airbyte's connector.
    pub fn is_flat(&self) -> bool {
        legacy::is_flat(&self.options)
    }

    /// Sets an option.
    pub fn insert(&mut self, name: &str, value: Value) {
        if let Some(root) = self.options.as_object_mut() {
            root.insert(name.to_owned(), value);
            self.migrated = true;
        }
    }

    /// A copy with new OAuth tokens, to be stored. `access`: the access token, and when it expires; `None` keeps the old one.
    pub fn with_tokens(&self, refresh_token: &str, access: Option<(&str, DateTime<Utc>)>) -> Self {
        let mut renewed = self.clone();
        if let Some(root) = renewed.options.as_object_mut() {
            let credentials = root.entry("credentials").or_insert_with(|| Value::Object(Map::new()));
            if let Some(credentials) = credentials.as_object_mut() {
                credentials.insert("refresh_token".into(), refresh_token.into());
                if let Some((token, expiry)) = access {
                    credentials.insert("access_token".into(), token.into());
                    let expiry = expiry.to_rfc3339_opts(SecondsFormat::Secs, true);
                    credentials.insert("token_expiry_date".into(), expiry.into());
                }
            }
        }
        renewed
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("migrated", &self.migrated).finish_non_exhaustive()
    }
}

/// The text without a byte order mark.
fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Fault::file("the file is UTF-16; save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
        Fault::file(format!("the file is not valid UTF-8 (first bad byte on line {line}); save it as UTF-8"))
    })
}

/// Of two values under one name, JSON does not say which counts.
fn no_name_twice(text: &str) -> Result<(), Fault> {
    let twice = |object: &Object<'_>| {
        let mut names = HashSet::new();
        object.entries.iter().map(|(name, _)| name.clone().into_owned()).find(|name| !names.insert(name.clone()))
    };
    let Ok(root) = Object::parse(text) else { return Ok(()) };
    let nested = root.object("credentials").as_ref().and_then(twice).map(|name| format!("credentials.{name}"));
    match twice(&root).or(nested) {
        Some(name) => Err(Fault::new(name, "is written twice; keep the one that is right")),
        None => Ok(()),
    }
}

/// A syntax error with its position. serde_json puts the position last, and never quotes the text.
fn syntax(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    Fault::file(format!("the file is not valid JSON at line {}, column {}: {what}", error.line(), error.column()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unreadable_files_say_where() {
        let table: [(&[u8], &str); 9] = [
            (b"", "the file is empty; write a JSON object"),
            (b"\xEF\xBB\xBF \n", "the file is empty; write a JSON object"),
            (b"{\"a\": \"\n\xFF\"}", "the file is not valid UTF-8 (first bad byte on line 2); save it as UTF-8"),
            (b"\xFF\xFE{\0}\0", "the file is UTF-16; save it as UTF-8"),
            (b"{\n  \"a\": 1,\n}", "the file is not valid JSON at line 3, column 1: trailing comma"),
            (b"{'a': 1}", "the file is not valid JSON at line 1, column 2: key must be a string"),
            (b"{\"a\": hush}", "the file is not valid JSON at line 1, column 7: expected value"),
            (b"{\"a\": 1", "the file is not valid JSON at line 1, column 7: EOF while parsing an object"),
            (b"{} {}", "the file is not valid JSON at line 1, column 4: trailing characters"),
        ];
        for (bytes, expected) in table {
            let error = Document::decode(bytes).unwrap_err();
            assert_eq!(error.faults, [Fault::file(expected)]);
        }
    }

    #[test]
    fn new_tokens_leave_the_rest_alone() {
        let before = json!({"credentials": {"auth_type": "OAuth2.0", "refresh_token": "old"}, "domain": "d", "x": [1]});
        let document = Document::decode(before.to_string().as_bytes()).unwrap();
        let expiry = DateTime::from_timestamp(1_769_860_800, 5).unwrap();
        assert_eq!(
            document.with_tokens("new", Some(("access", expiry))).value(),
            &json!({
                "credentials": {
                    "auth_type": "OAuth2.0", "refresh_token": "new", "access_token": "access",
                    "token_expiry_date": "2026-01-31T12:00:00Z",
                },
                "domain": "d", "x": [1],
            })
        );
        assert!(!format!("{document:?}").contains("old"));
    }
}
