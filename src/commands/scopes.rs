//! `scopes`: the fewest scopes that a token or an app needs for the wanted streams.

use crate::{
    client::scopes,
    streams::{self, Stream},
};
use std::collections::BTreeSet;

/// By which `check` and the closing report can say who signed in: asked for besides what the streams need.
const SIGN_IN: &str = "/rest/api/3/myself";

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
