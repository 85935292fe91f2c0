//! Writes the result of a login to the config, and keeps its other options.

use super::app::App;
use crate::{
    client::sign_in::sites::AccessibleSite,
    commands::stored_file,
    config::{self, Document, Parsed, Secret, Site},
    output::Clock,
    protocol::Failure,
};
use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// The `auth_type` of OAuth 2.0 (3LO).
const OAUTH: &str = "OAuth2.0";

/// More than the credentials take.
const ROOM: usize = 16 * 1024;

/// A config file that can be written, and its current content.
pub(super) struct Target {
    path: PathBuf,
    existing: Option<Value>,
}

/// The result of a login.
pub(super) struct LoginResult<'a> {
    pub app: &'a App,
    pub access: &'a Secret,
    /// Until the access token expires.
    pub lifetime: Duration,
    pub refresh: &'a Secret,
    pub site: &'a AccessibleSite,
}

/// The config that was written.
pub(super) struct Written {
    pub parsed: Parsed,
    /// Options that were removed from the existing config; `None` if there was no config.
    pub removed: Option<Vec<&'static str>>,
    /// Whether other users lost the permission to read the file.
    pub restricted: bool,
}

impl Target {
    /// Checks before the consent that the file can be written and that its other options are valid.
    pub(super) fn prepare(path: &Path) -> Result<Self, Failure> {
        let existing = existing(path)?;
        let placeholder = json!({
            "auth_type": OAUTH, "client_id": "c", "client_secret": "s", "refresh_token": "r",
        });
        let (whole, _) = merged(existing.clone(), placeholder, "acme.atlassian.net");
        let writable = match existing {
            Some(_) => stored_file::storable(path, format!("{whole:#}").len() + ROOM).and_then(|()| restrictable(path)),
            None => stored_file::creatable(path),
        };
        writable.map_err(|error| unwritable(path, &error))?;
        config::parse(whole.to_string().as_bytes()).map_err(|error| faulty(path, &error))?;
        Ok(Self { path: path.to_owned(), existing })
    }

    /// The credentials of the existing config, if they are those of an OAuth 2.0 app.
    pub(super) fn credentials(&self) -> Option<&Value> {
        self.existing.as_ref()?.get("credentials").filter(|credentials| credentials["auth_type"] == OAUTH)
    }

    pub(super) fn write(&self, login: &LoginResult<'_>) -> Result<Written, Failure> {
        let site: Site = login.site.url.parse().map_err(|problem| {
            Failure::system(format!("Atlassian returned a site whose address {problem}. Please report this."))
        })?;
        // Read the file again: a person may have edited it during the consent.
        let (whole, removed) = merged(existing(&self.path)?, credentials(login), &domain(&site));
        let parsed = config::parse(whole.to_string().as_bytes()).map_err(|error| faulty(&self.path, &error))?;
        let restricted = restrict(&self.path).map_err(|error| unwritable(&self.path, &error))?;
        stored_file::store(&self.path, &whole).map_err(|error| unwritable(&self.path, &error))?;
        Ok(Written { parsed, removed, restricted })
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
            "'{}' exists, but is not a config: a config is a JSON object. Correct the file, or choose another one with --config.",
            path.display()
        ))),
    }
}

fn credentials(login: &LoginResult<'_>) -> Value {
    let life = TimeDelta::from_std(login.lifetime).unwrap_or_default();
    let now = DateTime::from_timestamp_millis(Clock::system().now()).unwrap_or_default();
    let until = now.checked_add_signed(life).unwrap_or(now);
    json!({
        "auth_type": OAUTH,
        "client_id": login.app.id.expose(),
        "client_secret": login.app.secret.expose(),
        "refresh_token": login.refresh.expose(),
        "access_token": login.access.expose(),
        "token_expiry_date": until.to_rfc3339_opts(SecondsFormat::Secs, true),
        "cloud_id": login.site.id,
    })
}

/// The value of `domain` for a site: without the scheme if it is the default.
pub(super) fn domain(site: &Site) -> String {
    let base = site.base_url();
    let short = base.split_once("://").map_or(base, |(_, rest)| rest);
    if short.parse::<Site>().as_ref() == Ok(site) { short.to_owned() } else { base.to_owned() }
}

/// The config with new credentials, and the names of the options that were removed for them.
fn merged(existing: Option<Value>, credentials: Value, domain: &str) -> (Value, Option<Vec<&'static str>>) {
    let mut options: Map<String, Value> = existing.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    options.insert("credentials".to_owned(), credentials);
    options.insert("domain".to_owned(), domain.into());
    let mut removed = Vec::new();
    // The credentials contain the cloud ID, and the site's own address does not accept OAuth tokens.
    for (name, stale) in [("cloud_id", true), ("api_host", options.get("api_host").is_some_and(|host| host == "site"))]
    {
        if stale && options.remove(name).is_some() {
            removed.push(name);
        }
    }
    (Value::Object(options), existing.is_some().then_some(removed))
}

/// Restricts a file to its owner; returns whether other users had permissions before.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<bool> {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let Ok(before) = fs::metadata(path) else { return Ok(false) };
    let open = before.permissions().mode() & 0o077 != 0;
    if open {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(open)
}

/// Checks that [`restrict`] will succeed: only the owner of a file may do so.
#[cfg(unix)]
fn restrictable(path: &Path) -> io::Result<()> {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let before = fs::metadata(path)?.permissions();
    if before.mode() & 0o077 == 0 { Ok(()) } else { fs::set_permissions(path, before) }
}

#[cfg(not(unix))]
fn restrictable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<bool> {
    Ok(false)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::config(format!(
        "Can't write the config '{}': {error}. Make the file and its folder writable, or choose another file with --config.",
        path.display()
    ))
}

fn faulty(path: &Path, error: &config::ConfigError) -> Failure {
    Failure::config(format!(
        "The existing config '{}' has errors. {error} Correct the file, or choose another one with --config.",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_options_are_kept() {
        let before = json!({
            "credentials": {"auth_type": "API Token", "api_token": "old"}, "domain": "old.atlassian.net", "cloud_id": "old",
            "api_host": "site", "projects": ["A"], "mine": {"x": 1},
        });
        let (whole, removed) = merged(Some(before), json!({"new": 1}), "acme.atlassian.net");
        assert_eq!(
            whole,
            json!({"credentials": {"new": 1}, "domain": "acme.atlassian.net", "projects": ["A"], "mine": {"x": 1}})
        );
        assert_eq!(removed, Some(vec!["cloud_id", "api_host"]));

        let same = json!({"domain": "acme.atlassian.net", "api_host": "gateway"});
        let (whole, removed) = merged(Some(same), json!({"new": 1}), "acme.atlassian.net");
        assert_eq!((&whole["api_host"], removed), (&json!("gateway"), Some(vec![])));
        assert_eq!(merged(None, json!({}), "d").1, None);
    }

    #[test]
    fn only_credentials_of_an_oauth_app_are_reused() {
        for (auth_type, used) in [("OAuth2.0", true), ("Service Account (client credentials)", false)] {
            let existing = Some(json!({"credentials": {"auth_type": auth_type, "client_id": "c"}}));
            let target = Target { path: PathBuf::new(), existing };
            assert_eq!(target.credentials().is_some(), used, "{auth_type}");
        }
    }
}
