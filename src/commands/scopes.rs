//! `scopes`: the fewest scopes that a token or an app needs for the wanted streams.

use super::human;
use crate::{
    client::scopes,
    config::near_miss,
    protocol::Failure,
    streams::{self, Stream},
};
use std::{collections::BTreeSet, process::ExitCode};

/// What the consent to a refresh token is called. No endpoint needs it.
pub const OFFLINE: &str = "offline_access";

/// By which `check` and the closing report can say who signed in: asked for besides what the streams need.
const SIGN_IN: &str = "/rest/api/3/myself";

#[derive(Debug, clap::Args)]
pub struct Scopes {
    /// Names of the streams to read, comma-separated; all if not given
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub streams: Vec<String>,
}

/// Prints them one a line, for scripts; what to know about them goes to stderr.
pub fn run(options: &Scopes) -> ExitCode {
    let names = options.streams.clone();
    human::run(async move {
        let wanted = with_sign_in(named(&names)?);
        let lines: String = wanted.into_iter().chain([OFFLINE]).flat_map(|scope| [scope, "\n"]).collect();
        human::show(&lines)?;
        human::say(&format!(
            "Only OAuth 2.0 (3LO) apps need {OFFLINE}, and ask for it by themselves: no list in the developer console has it."
        ));
        Ok(())
    })
}

/// The streams of these names, or all of them if there are none.
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
        "There is no stream '{name}'.{near} Correct the names after --streams; these exist: {}.",
        known.join(", ")
    ))
}

/// The least scopes for reading some streams: classic ones where there are any.
pub fn least<'a>(streams: impl IntoIterator<Item = &'a Stream>) -> BTreeSet<&'static str> {
    let routes = streams.into_iter().flat_map(Stream::routes);
    routes.filter_map(scopes::of).flat_map(scopes::Needs::least).collect()
}

/// The granular scopes that do the same; none if some endpoint takes classic ones only.
pub fn granular(stream: &Stream) -> BTreeSet<&'static str> {
    let needs: Vec<_> = stream.routes().into_iter().filter_map(scopes::of).collect();
    if needs.iter().any(|needs| needs.granular().next().is_none()) {
        return BTreeSet::new();
    }
    needs.into_iter().flat_map(scopes::Needs::granular).collect()
}

/// What to ask for to sign in and read all of these streams.
pub fn with_sign_in<'a>(streams: impl IntoIterator<Item = &'a Stream>) -> BTreeSet<&'static str> {
    let mut wanted = least(streams);
    wanted.extend(scopes::of(SIGN_IN).into_iter().flat_map(scopes::Needs::least));
    wanted
}

/// What a platform asks for, which does not know yet which streams are wanted.
pub fn of_all_streams() -> BTreeSet<&'static str> {
    with_sign_in(streams::ALL.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_of_every_stream_is_known() {
        for stream in streams::ALL {
            for route in stream.routes() {
                assert!(scopes::of(route).is_some(), "{}: {route} has no line in client::scopes", stream.name);
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
