//! Issued tokens and codes: their lifetimes, and the rotation of refresh tokens.

use std::collections::HashMap;

use super::scopes::Scopes;
use crate::random::mix;
use crate::scenario::SignIn;
use crate::time::{DAY, MINUTE, Millis, SECOND};

/// Lifetime of an authorization code.
const LIFE_OF_A_CODE: Millis = 5 * MINUTE;

/// Which app holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum App {
    ThreeLegged,
    Service,
}

#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub app: App,
    pub scopes: Scopes,
    until: Millis,
}

impl Access {
    /// Neither expired nor revoked.
    pub(crate) fn lives(&self, rules: &SignIn, now: Millis) -> bool {
        let revoked = match self.app {
            App::ThreeLegged => rules.revoked,
            App::Service => rules.service_revoked,
        };
        !revoked && now < self.until
    }
}

#[derive(Debug)]
struct Refresh {
    /// `None`: the scopes of the scenario.
    scopes: Option<Scopes>,
    used: Millis,
    /// When it was first replaced.
    replaced: Option<Millis>,
}

#[derive(Debug)]
struct Code {
    scopes: Scopes,
    callback: String,
    until: Millis,
}

/// Why a code is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadCode {
    Unknown,
    OtherCallback,
}

/// All issued tokens. They are kept when the scenario is replaced.
#[derive(Debug)]
pub(crate) struct Tokens {
    seed: u64,
    issued: u64,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    codes: HashMap<String, Code>,
}

impl Tokens {
    /// Starts with one refresh token.
    pub(crate) fn new(seed: u64, first: &str, now: Millis) -> Self {
        let first = (first.to_string(), Refresh { scopes: None, used: now, replaced: None });
        let refresh = HashMap::from([first]);
        Self { seed, issued: 0, access: HashMap::new(), refresh, codes: HashMap::new() }
    }

    /// The same in every run, but not predictable from the previous token.
    fn name(&mut self, kind: &str) -> String {
        self.issued += 1;
        let (high, low) = (mix(self.seed ^ self.issued), mix(self.seed.rotate_left(17) ^ !self.issued));
        format!("sim-{kind}-{:06}-{high:016x}{low:016x}", self.issued)
    }

    pub(crate) fn issue_access(&mut self, app: App, scopes: Scopes, rules: &SignIn, now: Millis) -> String {
        let until = now + Millis::from(rules.token_life_seconds) * SECOND;
        let token = self.name("access");
        self.access.insert(token.clone(), Access { app, scopes, until });
        token
    }

    pub(crate) fn issue_refresh(&mut self, scopes: Option<Scopes>, now: Millis) -> String {
        let token = self.name("refresh");
        self.refresh.insert(token.clone(), Refresh { scopes, used: now, replaced: None });
        token
    }

    pub(crate) fn issue_code(&mut self, scopes: Scopes, callback: &str, now: Millis) -> String {
        let code = self.name("code");
        self.codes.insert(code.clone(), Code { scopes, callback: callback.into(), until: now + LIFE_OF_A_CODE });
        code
    }

    /// An access token, valid or not.
    pub(crate) fn access(&self, token: &str) -> Option<&Access> {
        self.access.get(token)
    }

    /// Uses a refresh token: the scopes its consent chose, and its successor if there is one. (Atlassian: OAuth 2.0
    /// (3LO), rotating refresh tokens.)
    pub(crate) fn exchange(
        &mut self,
        token: &str,
        rules: &SignIn,
        now: Millis,
    ) -> Option<(Option<Scopes>, Option<String>)> {
        let known = self.refresh.get_mut(token)?;
        let idle = now - known.used > Millis::from(rules.idle_days) * DAY;
        let leeway = Millis::from(rules.leeway_seconds) * SECOND;
        if idle || known.replaced.is_some_and(|since| now - since > leeway) {
            return None;
        }
        known.used = now;
        let scopes = known.scopes.clone();
        if !rules.rotate {
            return Some((scopes, None));
        }
        // The leeway runs from the first use, so a client that repeats itself doesn't prolong it.
        known.replaced.get_or_insert(now);
        let next = self.issue_refresh(scopes.clone(), now);
        Some((scopes, Some(next)))
    }

    /// Uses a code, once. One that comes with another callback stays good: only its rightful owner uses it up.
    pub(crate) fn redeem(&mut self, code: &str, callback: &str, now: Millis) -> Result<Scopes, BadCode> {
        let known = self.codes.get(code).filter(|known| now < known.until).ok_or(BadCode::Unknown)?;
        if known.callback != callback {
            return Err(BadCode::OtherCallback);
        }
        self.codes.remove(code).map(|known| known.scopes).ok_or(BadCode::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Millis = 1_772_452_800_000;

    fn tokens() -> Tokens {
        Tokens::new(7, "first", START)
    }

    fn next(tokens: &mut Tokens, token: &str, rules: &SignIn, now: Millis) -> Option<String> {
        tokens.exchange(token, rules, now).and_then(|(_, next)| next)
    }

    #[test]
    fn a_replaced_token_works_for_the_leeway_after_its_first_use() {
        let (mut tokens, rules) = (tokens(), SignIn::default());
        let used = START + DAY;
        let second = next(&mut tokens, "first", &rules, used).unwrap();
        assert!(second.starts_with("sim-refresh-000001-"), "{second}");
        let again = next(&mut tokens, "first", &rules, used + 600 * SECOND).unwrap();
        assert_ne!(again, second);
        assert!(next(&mut tokens, "first", &rules, used + 600 * SECOND + 1).is_none(), "the second use prolonged it");
        // What it gave is good all the same.
        assert!(next(&mut tokens, &second, &rules, used + 601 * SECOND).is_some());
        assert!(next(&mut tokens, &again, &rules, used + 601 * SECOND).is_some());
    }

    #[test]
    fn a_chain_of_tokens_goes_on_and_its_links_die() {
        let (mut tokens, rules) = (tokens(), SignIn { leeway_seconds: 0, ..SignIn::default() });
        let mut chain = vec!["first".to_string()];
        for step in 1..=5 {
            let last = chain[chain.len() - 1].clone();
            chain.push(next(&mut tokens, &last, &rules, START + step * DAY).unwrap());
        }
        let last = chain.pop().unwrap();
        for old in &chain {
            assert!(next(&mut tokens, old, &rules, START + 6 * DAY).is_none(), "{old}");
        }
        assert!(next(&mut tokens, &last, &rules, START + 6 * DAY).is_some());
        chain.dedup();
        assert_eq!(chain.len(), 5);
    }

    #[test]
    fn idle_tokens_die_and_used_ones_live_on() {
        let rules = SignIn { rotate: false, ..SignIn::default() };
        let mut idle = tokens();
        assert!(idle.exchange("first", &rules, START + 90 * DAY + 1).is_none());
        let mut used = tokens();
        for step in 1..=3 {
            let answer = used.exchange("first", &rules, START + step * 90 * DAY);
            assert_eq!(answer, Some((None, None)), "without rotation no new token comes");
        }
    }

    #[test]
    fn codes_work_once_quickly_and_for_their_callback() {
        let mut tokens = tokens();
        let scopes = Scopes::of(&["read:jira-work"]);
        let code = tokens.issue_code(scopes.clone(), "http://localhost/a", START);
        assert_eq!(tokens.redeem(&code, "http://localhost/b", START), Err(BadCode::OtherCallback));
        assert_eq!(tokens.redeem(&code, "http://localhost/a", START + 299 * SECOND), Ok(scopes.clone()));
        assert_eq!(tokens.redeem(&code, "http://localhost/a", START + 299 * SECOND), Err(BadCode::Unknown));
        let late = tokens.issue_code(scopes, "http://localhost/a", START);
        assert_eq!(tokens.redeem(&late, "http://localhost/a", START + 300 * SECOND), Err(BadCode::Unknown));
    }

    #[test]
    fn access_tokens_expire_and_are_revoked_by_app() {
        let (mut tokens, rules) = (tokens(), SignIn::default());
        let token = tokens.issue_access(App::ThreeLegged, Scopes::default(), &rules, START);
        let lives = |rules: &SignIn, now| tokens.access(&token).unwrap().lives(rules, now);
        assert!(lives(&rules, START + 3599 * SECOND) && !lives(&rules, START + 3600 * SECOND));
        assert!(!lives(&SignIn { revoked: true, ..SignIn::default() }, START));
        assert!(lives(&SignIn { service_revoked: true, ..SignIn::default() }, START));
    }
}
