//! Writes what a login brought into the config, beside whatever else stands there.

use super::{app::App, domain};
use crate::{
    client::sign_in::{exchange::Granted, sites::Reached},
    commands::keeper,
    config::{self, Document, Parsed, Secret, Site},
    protocol::Failure,
    sync::Clock,
};
use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};
use std::{
    io,
    path::{Path, PathBuf},
};

/// What the config calls this way to sign in.
const OAUTH: &str = "OAuth2.0";

/// A config that can be written, and what it holds by now.
pub struct Target {
    path: PathBuf,
    existing: Option<Value>,
}

/// What a login brought.
pub struct Sealed<'a> {
    pub app: &'a App,
    pub granted: &'a Granted,
    pub refresh: &'a Secret,
    pub site: &'a Reached,
}

/// A config as it now stands in its file.
pub struct Written {
    pub parsed: Parsed,
    /// Members of the config before that had to go; nothing if there was none.
    pub dropped: Option<Vec<&'static str>>,
    pub tightened: bool,
}

impl Target {
    /// Makes sure that a consent would not be in vain: the file can be written, and its other members are right.
    pub fn prepare(path: &Path) -> Result<Self, Failure> {
        let existing = existing(path)?;
        let writable = if existing.is_some() { keeper::replaceable(path) } else { keeper::creatable(path) };
        writable.map_err(|error| unwritable(path, &error))?;
        let placeholder = json!({
            "auth_type": OAUTH, "client_id": "id", "client_secret": "secret", "refresh_token": "token",
        });
        let (whole, _) = merged(existing.clone(), placeholder, "acme.atlassian.net");
        config::parse(whole.to_string().as_bytes()).map_err(|error| faulty(path, &error))?;
        Ok(Self { path: path.to_owned(), existing })
    }

    /// How the config signs in so far, if it is by such an app.
    pub fn credentials(&self) -> Option<&Value> {
        self.existing.as_ref()?.get("credentials").filter(|credentials| credentials["auth_type"] == OAUTH)
    }

    pub fn write(&self, sealed: &Sealed<'_>) -> Result<Written, Failure> {
        let site: Site = sealed.site.url.parse().map_err(|problem| {
            Failure::system(format!("Atlassian lists a site whose address {problem}. Please report this."))
        })?;
        // As it is by now: somebody may have edited it during the consent.
        let (whole, dropped) = merged(existing(&self.path)?, credentials(sealed), &domain(&site));
        let parsed = config::parse(whole.to_string().as_bytes()).map_err(|error| faulty(&self.path, &error))?;
        let tightened = tighten(&self.path).map_err(|error| unwritable(&self.path, &error))?;
        keeper::replace(&self.path, &whole).map_err(|error| unwritable(&self.path, &error))?;
        Ok(Written { parsed, dropped, tightened })
    }
}

fn existing(path: &Path) -> Result<Option<Value>, Failure> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unwritable(path, &error)),
    };
    let document = Document::decode(&bytes).map_err(|error| faulty(path, &error))?;
    match document.value() {
        Value::Object(_) => Ok(Some(document.value().clone())),
        _ => Err(Failure::config(format!(
            "'{}' exists and is no config: it must hold a JSON object. Correct it, or choose another file with --config.",
            path.display()
        ))),
    }
}

fn credentials(sealed: &Sealed<'_>) -> Value {
    let life = TimeDelta::from_std(sealed.granted.life).unwrap_or_default();
    let now = DateTime::from_timestamp_millis(Clock::system().now()).unwrap_or_default();
    let until = now.checked_add_signed(life).unwrap_or(now);
    json!({
        "auth_type": OAUTH,
        "client_id": sealed.app.id.expose(),
        "client_secret": sealed.app.secret.expose(),
        "refresh_token": sealed.refresh.expose(),
        "access_token": sealed.granted.access.expose(),
        "token_expiry_date": until.to_rfc3339_opts(SecondsFormat::Secs, true),
        "cloud_id": sealed.site.id,
    })
}

/// The config with new credentials, and the names of the members that had to go for them.
fn merged(existing: Option<Value>, credentials: Value, domain: &str) -> (Value, Option<Vec<&'static str>>) {
    let mut members: Map<String, Value> = existing.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    members.insert("credentials".to_owned(), credentials);
    members.insert("domain".to_owned(), domain.into());
    let mut dropped = Vec::new();
    // The credentials have the site's ID, and the site's own address takes no OAuth tokens.
    for (name, stale) in [("cloud_id", true), ("api_host", members.get("api_host").is_some_and(|host| host == "site"))]
    {
        if stale && members.remove(name).is_some() {
            dropped.push(name);
        }
    }
    (Value::Object(members), existing.is_some().then_some(dropped))
}

/// Takes a file's permissions away from everybody but its owner, if anybody has any.
#[cfg(unix)]
fn tighten(path: &Path) -> io::Result<bool> {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let Ok(before) = fs::metadata(path) else { return Ok(false) };
    let open = before.permissions().mode() & 0o077 != 0;
    if open {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(open)
}

#[cfg(not(unix))]
fn tighten(_: &Path) -> io::Result<bool> {
    Ok(false)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::config(format!(
        "The config '{}' cannot be written: {error}. Make the file and its folder writable, or choose another file with --config.",
        path.display()
    ))
}

fn faulty(path: &Path, error: &config::ConfigError) -> Failure {
    Failure::config(format!(
        "'{}' exists, and cannot be completed as it is. {error} Correct it, or choose another file with --config.",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_else_stands_in_the_config_stays() {
        let before = json!({
            "credentials": {"auth_type": "API Token", "api_token": "old"}, "domain": "old.atlassian.net", "cloud_id": "old",
            "api_host": "site", "projects": ["A"], "mine": {"x": 1},
        });
        let (whole, dropped) = merged(Some(before), json!({"new": 1}), "acme.atlassian.net");
        assert_eq!(
            whole,
            json!({"credentials": {"new": 1}, "domain": "acme.atlassian.net", "projects": ["A"], "mine": {"x": 1}})
        );
        assert_eq!(dropped, Some(vec!["cloud_id", "api_host"]));

        let same = json!({"domain": "acme.atlassian.net", "api_host": "gateway"});
        let (whole, dropped) = merged(Some(same), json!({"new": 1}), "acme.atlassian.net");
        assert_eq!((&whole["api_host"], dropped), (&json!("gateway"), Some(vec![])));
        assert_eq!(merged(None, json!({}), "d").1, None);
    }

    #[test]
    fn only_an_app_of_this_kind_is_used_again() {
        for (auth_type, used) in [("OAuth2.0", true), ("Service Account (client credentials)", false)] {
            let existing = Some(json!({"credentials": {"auth_type": auth_type, "client_id": "c"}}));
            let target = Target { path: PathBuf::new(), existing };
            assert_eq!(target.credentials().is_some(), used, "{auth_type}");
        }
    }
}
