//! `scopes`: the minimal scopes that a token or an app needs for the selected streams.

use super::console;
use crate::{
    client::scopes,
    config::near_miss,
    protocol::Failure,
    streams::{self, Stream},
};
use std::{collections::BTreeSet, process::ExitCode};

/// The scope that makes Atlassian issue a refresh token. No endpoint needs it.
pub const OFFLINE: &str = "offline_access";

/// The endpoint by which `check` and the closing report name the account; its scope is requested besides those of the streams.
const SIGN_IN: &str = "/rest/api/3/myself";

#[derive(Debug, clap::Args)]
pub struct ScopesArgs {
    /// Streams to read, comma-separated; all streams if omitted
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub streams: Vec<String>,
}

/// Prints one scope per line to stdout, for scripts, and a note to stderr.
pub fn run(options: &ScopesArgs) -> ExitCode {
    let names = options.streams.clone();
    console::run(async move {
        let scopes = with_sign_in(named(&names)?);
        let lines: String = scopes.into_iter().chain([OFFLINE]).flat_map(|scope| [scope, "\n"]).collect();
        console::show(&lines)?;
        console::say(&format!(
            "Note: only OAuth 2.0 (3LO) apps need {OFFLINE}. `source-jira login` requests it; the developer console does not list it."
        ));
        Ok(())
    })
}

/// The streams of these names; all streams if there are no names.
pub fn named(names: &[String]) -> Result<Vec<&'static Stream>, Failure> {
    let names: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(streams::ALL.to_vec());
    }
    names.into_iter().map(|name| streams::find(name).ok_or_else(|| unknown(name))).collect()
}

fn unknown(name: &str) -> Failure {
    let known: Vec<&str> = streams::ALL.iter().map(|stream| stream.name).collect();
    let near = near_miss(name, &known).map_or(String::new(), |near| format!(" Did you mean '{near}'?"));
    Failure::config(format!(
        "There is no stream '{name}'.{near} Correct the names after --streams. The streams are {}.",
        known.join(", ")
    ))
}

/// The minimal scopes to read some streams: classic scopes where Atlassian offers them.
pub fn least<'a>(streams: impl IntoIterator<Item = &'a Stream>) -> BTreeSet<&'static str> {
    let routes = streams.into_iter().flat_map(Stream::routes);
    routes.filter_map(scopes::required_for).flat_map(scopes::RequiredScopes::minimal).collect()
}

/// The equivalent granular scopes; none if an endpoint accepts classic scopes only.
pub fn granular(stream: &Stream) -> BTreeSet<&'static str> {
    let needs: Vec<_> = stream.routes().into_iter().filter_map(scopes::required_for).collect();
    if needs.iter().any(|needs| needs.granular().next().is_none()) {
        return BTreeSet::new();
    }
    needs.into_iter().flat_map(scopes::RequiredScopes::granular).collect()
}

/// The scopes to authenticate and to read these streams.
pub fn with_sign_in<'a>(streams: impl IntoIterator<Item = &'a Stream>) -> BTreeSet<&'static str> {
    let mut minimal = least(streams);
    minimal.extend(scopes::required_for(SIGN_IN).into_iter().flat_map(scopes::RequiredScopes::minimal));
    minimal
}

/// The scopes that a platform requests: it asks for consent before the user selects streams.
pub fn of_all_streams() -> BTreeSet<&'static str> {
    with_sign_in(streams::ALL.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_of_every_stream_has_scopes() {
        for stream in streams::ALL {
            for route in stream.routes() {
                assert!(
                    scopes::required_for(route).is_some(),
                    "{}: {route} has no line in client::scopes",
                    stream.name
                );
            }
            assert!(!least([*stream]).is_empty(), "{}", stream.name);
        }
    }

    #[test]
    fn nothing_is_asked_for_that_the_streams_do_not_need() {
        let of = |names: &[&str]| {
            let streams = names.iter().filter_map(|name| streams::find(name));
            with_sign_in(streams).into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&["issues", "issue_comments"]), "read:jira-user read:jira-work");
        assert_eq!(of(&["users"]), "read:jira-user");
        assert_eq!(
            of(&["sprints"]),
            "read:board-scope:jira-software read:jira-user read:project:jira read:sprint:jira-software"
        );
        assert!(of(&["issue_priorities"]).contains("manage:jira-configuration"));
    }
}
