//! What all states share, around the state of each kind: version, site, job, and what Airbyte's connector reads.

use super::{
    airbyte::{self, AirbyteStateExport},
    wire::COMPLETE,
};
use crate::protocol::SyncMode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version of the state format that this program writes, and the only one it reads.
pub(super) const VERSION: u64 = 1;

/// The site that a state belongs to, by whatever is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_id: Option<String>,
    /// `acme.atlassian.net`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Site {
    pub fn is_unknown(&self) -> bool {
        self.cloud_id.is_none() && self.host.is_none()
    }

    /// Whether two sites are the same; `None` where nothing is known of both.
    pub fn is_same(&self, other: &Self) -> Option<bool> {
        match (&self.cloud_id, &other.cloud_id, &self.host, &other.host) {
            (Some(one), Some(other), ..) => Some(one.eq_ignore_ascii_case(other)),
            (_, _, Some(one), Some(other)) => Some(one.eq_ignore_ascii_case(other)),
            _ => None,
        }
    }

    /// The site, as a message names it.
    pub fn name(&self) -> String {
        let id = || self.cloud_id.as_ref().map(|id| format!("the site with the cloud ID {id}"));
        self.host.clone().or_else(id).unwrap_or_else(|| "an unknown site".to_owned())
    }
}

/// Completes each state before it is written.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    pub site: Site,
    /// The platform's name for its job: a full refresh is resumed only within its job.
    pub job: Option<String>,
    /// Set where Airbyte's connector must be able to resume, too.
    pub airbyte: Option<AirbyteStateExport>,
}

impl Envelope {
    /// The state as it is written: `body` is the state of one kind. A state of Airbyte's stays as it is.
    pub fn seal(&self, stream: &str, body: Value) -> Value {
        let Value::Object(mut state) = body else { return body };
        if airbyte::is_airbyte(&state) {
            return Value::Object(state);
        }
        let is_complete = state.contains_key(COMPLETE);
        let is_refresh = state.get("mode") == Some(&json!(SyncMode::FullRefresh));
        if !is_complete {
            state.insert("version".to_owned(), VERSION.into());
            if !self.site.is_unknown() {
                state.insert("site".to_owned(), json!(self.site));
            }
        }
        if let Some(job) = self.job.as_ref().filter(|_| is_complete || is_refresh) {
            state.insert("job".to_owned(), job.as_str().into());
        }
        if let Some(export) = self.airbyte {
            export.add(stream, &mut state);
        }
        Value::Object(state)
    }
}

/// The body of a stream's state that is done with its full refresh.
pub(super) fn complete() -> Value {
    json!({COMPLETE: true})
}

/// Of an incoming state: the site it belongs to, and its job.
#[derive(Debug, Default)]
pub(super) struct Origin {
    pub site: Site,
    pub job: Option<String>,
    pub is_complete: bool,
}

impl Origin {
    /// Takes the envelope off. The error names the property and what is wrong with it.
    pub(super) fn take(state: &mut Map<String, Value>) -> Result<Self, (&'static str, String)> {
        let is_complete = state.remove(COMPLETE).is_some();
        match state.remove("version") {
            None if is_complete => {}
            None => return Err(("", "has no `version`, and is no state of Airbyte's connector".to_owned())),
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(version) => {
                let later = format!(
                    "is {version}: a later version of the connector wrote it, and this one reads version {VERSION}. Run that \
                     version again"
                );
                return Err(("version", later));
            }
        }
        let site = match state.remove("site") {
            None => Site::default(),
            Some(site) => serde_json::from_value(site)
                .map_err(|_| ("site", "is not an object with `cloud_id` and `host`".to_owned()))?,
        };
        let job = match state.remove("job") {
            None | Some(Value::Null) => None,
            Some(Value::String(job)) => Some(job),
            Some(_) => return Err(("job", "is not a text".to_owned())),
        };
        Ok(Self { site, job, is_complete })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_compared_by_what_is_known_of_both() {
        let site = |cloud_id: Option<&str>, host: Option<&str>| Site {
            cloud_id: cloud_id.map(str::to_owned),
            host: host.map(str::to_owned),
        };
        let (a, b) = (Some("a.atlassian.net"), Some("b.atlassian.net"));
        for (one, other, expected) in [
            (site(Some("1"), a), site(Some("1"), b), Some(true)),
            (site(Some("1"), a), site(Some("2"), a), Some(false)),
            (site(None, a), site(Some("2"), Some("A.atlassian.net")), Some(true)),
            (site(None, a), site(None, b), Some(false)),
            (site(Some("1"), None), site(None, a), None),
            (Site::default(), site(None, a), None),
        ] {
            assert_eq!((one.is_same(&other), other.is_same(&one)), (expected, expected), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_later_version_is_refused_and_a_complete_refresh_needs_none() {
        let take = |state: Value| Origin::take(&mut state.as_object().unwrap().clone());
        assert!(take(json!({"version": 1})).is_ok() && take(json!({COMPLETE: true})).is_ok());
        for version in [json!(2), json!(99), json!("1"), json!(-1), json!(1.5), Value::Null] {
            let (property, problem) = take(json!({"version": version})).unwrap_err();
            assert!(property == "version" && problem.contains("reads version 1"), "{problem}");
        }
        assert_eq!(take(json!({})).unwrap_err().0, "");
    }
}
