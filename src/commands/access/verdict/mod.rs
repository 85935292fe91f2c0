//! From the responses of Jira to whether a stream can be read, why not, and what to do.

use super::findings::{Findings, Outcome};
use crate::{
    client::{Error, Kind, classify, scopes, sign_in::remedy::Remedies},
    protocol::text::agree,
    streams::{Given, Permission, Stream, Without},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// Whether a stream can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Available {
    Yes,
    /// Some rows or properties will be missing.
    Partly,
    No,
    /// It was not tested, or Jira could not answer.
    Unknown,
}

impl Available {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// The verdict on a stream. Reason and remedy are empty if it can be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub available: Available,
    pub why: String,
    pub remedy: String,
}

/// Decides by refusals first, then by permissions that are missing without a refusal, then by what was not tested.
pub(super) fn of(stream: &'static Stream, findings: &Findings, remedies: Remedies) -> Verdict {
    let routes = stream.routes();
    let refused = |route: &&'static str| match findings.outcome(route) {
        Outcome::Refused(error) => Some((*route, error)),
        _ => None,
    };
    let refused: Vec<(&'static str, &Error)> = routes.iter().filter_map(refused).collect();
    let missing = || stream.permissions.iter().filter(|permission| findings.has(permission) == Some(false));
    let unscoped: Vec<&str> =
        refused.iter().filter(|(_, error)| error.kind == Kind::Scope).map(|(route, _)| *route).collect();
    if !unscoped.is_empty() {
        return without_scopes(&unscoped, remedies);
    }
    // A permanent refusal is reported rather than a temporary one.
    if let Some((route, error)) = refused.iter().find(|(_, error)| !error.can_retry()).or(refused.first()) {
        let cause = missing().next().filter(|_| error.kind == Kind::Forbidden);
        return cause.map_or_else(|| refusal(route, error), |permission| without(permission, Some(error)));
    }
    if let Some(permission) = missing().min_by_key(|permission| permission.without != Without::Nothing) {
        return without(permission, None);
    }
    let untested = routes.iter().find_map(|route| match findings.outcome(route) {
        Outcome::Untested(why) => Some(why.to_string()),
        _ => None,
    });
    match untested {
        Some(why) => Verdict { available: Available::Unknown, why, remedy: String::new() },
        None => Verdict { available: Available::Yes, why: String::new(), remedy: String::new() },
    }
}

fn without_scopes(routes: &[&str], remedies: Remedies) -> Verdict {
    let missing: BTreeSet<&str> = routes
        .iter()
        .filter_map(|route| scopes::required_for(route))
        .flat_map(scopes::RequiredScopes::minimal)
        .collect();
    let names = missing.iter().copied().collect::<Vec<_>>().join(", ");
    let (noun, it) = (agree(missing.len(), "the scope", "the scopes"), agree(missing.len(), "it", "them"));
    Verdict {
        available: Available::No,
        why: format!("the token lacks {noun} {names}"),
        remedy: format!("Needs {noun} {names}: {}.", remedies.grant_scope(it)),
    }
}

fn without(permission: &Permission, refusal: Option<&Error>) -> Verdict {
    let lacks = format!("the account lacks the permission \"{}\"", permission.name);
    let (available, why) = match (refusal.and_then(|error| error.status), permission.without) {
        (Some(status), _) => (Available::No, format!("{lacks} ({status})")),
        (None, Without::Nothing) => (Available::No, format!("{lacks}, without which Jira returns nothing")),
        (None, Without::Lacking(what)) => (Available::Partly, format!("{lacks}: {what}")),
    };
    let place = match permission.given {
        Given::Globally => "in Jira settings, System, Global permissions",
        Given::InProjects => "in the permission schemes of the projects",
    };
    Verdict {
        available,
        why,
        remedy: format!("Ask a Jira admin to grant the account the permission \"{}\" {place}.", permission.name),
    }
}

fn refusal(route: &str, error: &Error) -> Verdict {
    let rule = classify::rule(error.kind);
    let reason = if error.detail.is_empty() { rule.what } else { &error.detail };
    let status = error.status.map_or(String::new(), |status| format!("{status} "));
    Verdict {
        available: if error.can_retry() { Available::Unknown } else { Available::No },
        why: format!("{route}: {status}\"{reason}\""),
        remedy: error.remedy.as_deref().unwrap_or(rule.remedy).to_owned(),
    }
}

#[cfg(test)]
mod tests;
