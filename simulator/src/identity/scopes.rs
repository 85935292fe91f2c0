//! The scopes of a token, and whether they suffice for a route.

use std::collections::BTreeSet;

use super::required::{Needs, TABLE};
use crate::scenario::SignIn;

/// Requests a refresh token; grants no access to any route. (Atlassian: OAuth 2.0 (3LO).)
pub(super) const OFFLINE: &str = "offline_access";

/// In the order in which they were requested, without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    pub(crate) fn of(names: &[impl AsRef<str>]) -> Self {
        let mut seen = BTreeSet::new();
        Self(names.iter().map(AsRef::as_ref).filter(|name| seen.insert(*name)).map(str::to_string).collect())
    }

    /// The scopes of tokens that no consent limits.
    pub(crate) fn configured(rules: &SignIn) -> Self {
        rules.scopes.as_ref().map_or_else(Self::everything, |names| Self::of(names))
    }

    fn everything() -> Self {
        let names = TABLE.iter().flat_map(|needs| needs.classic.iter().chain(needs.granular));
        Self(names.collect::<BTreeSet<_>>().into_iter().map(|name| (*name).to_string()).collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// All classic scopes of the route, or all granular ones. An empty list grants nothing, unless both are empty.
    /// (Jira's OpenAPI: `x-atlassian-oauth2-scopes`; boards and sprints have granular ones only.)
    pub(crate) fn enough(&self, method: &str, template: &str) -> bool {
        let Some(needs) = needs(method, template) else { return false };
        let all = |wanted: &[&str]| !wanted.is_empty() && wanted.iter().all(|name| self.has(name));
        needs.classic.is_empty() && needs.granular.is_empty() || all(needs.classic) || all(needs.granular)
    }
}

fn needs(method: &str, template: &str) -> Option<&'static Needs> {
    TABLE.iter().find(|needs| needs.method == method && needs.template == template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::route::Host;
    use crate::api::routes::every;

    #[test]
    fn every_route_behind_the_gateway_is_in_the_table_once() {
        for route in every().filter(|route| route.host == Host::Jira) {
            let lines = TABLE.iter().filter(|needs| (needs.method, needs.template) == (route.method, route.template));
            assert_eq!(lines.count(), 1, "{} {}", route.method, route.template);
        }
        for needs in TABLE {
            let known = every().any(|route| (needs.method, needs.template) == (route.method, route.template));
            assert!(known, "{} {}", needs.method, needs.template);
        }
    }

    #[test]
    fn either_kind_of_scope_opens_a_route_if_it_is_whole() {
        let (get, changelog) = ("GET", "/rest/api/3/issue/{issueIdOrKey}/changelog");
        assert!(Scopes::of(&["read:jira-work"]).enough(get, changelog));
        let granular = ["read:issue-meta:jira", "read:avatar:jira", "read:issue.changelog:jira"];
        assert!(Scopes::of(&granular).enough(get, changelog));
        for missing in 0..granular.len() {
            let mut some = granular.to_vec();
            some.remove(missing);
            assert!(!Scopes::of(&some).enough(get, changelog), "{some:?}");
        }
        assert!(!Scopes::of(&["read:jira-user"]).enough(get, changelog));
        assert!(!Scopes::default().enough(get, changelog));
    }

    #[test]
    fn boards_know_no_classic_scope_and_server_info_needs_none() {
        let board = "/rest/agile/1.0/board";
        assert!(!Scopes::of(&["read:jira-work", "manage:jira-configuration"]).enough("GET", board));
        assert!(Scopes::of(&["read:board-scope:jira-software", "read:project:jira"]).enough("GET", board));
        assert!(Scopes::default().enough("GET", "/rest/api/3/serverInfo"));
        let all = Scopes::everything();
        let mut routes = every().filter(|route| route.host == Host::Jira);
        assert!(routes.all(|route| all.enough(route.method, route.template)));
    }

    #[test]
    fn the_scenario_says_what_tokens_carry() {
        let rules =
            SignIn { scopes: Some(vec!["read:jira-user".into(), "read:jira-user".into()]), ..SignIn::default() };
        assert_eq!(Scopes::configured(&rules).names(), ["read:jira-user"]);
        assert_eq!(Scopes::configured(&SignIn::default()), Scopes::everything());
    }
}
