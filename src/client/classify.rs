//! One table that says what each failure means, whether trying again helps, whose turn it is, and what to do.
//! `docs/errors.md` is made from it.

use super::error::{Error, Kind};
use crate::protocol::FailureType::{self, ConfigError, SystemError, TransientError};

pub struct Rule {
    pub kind: Kind,
    pub code: &'static str,
    /// How it is recognised.
    pub when: &'static str,
    pub retry: bool,
    pub failure: FailureType,
    /// What happened, for the user.
    pub what: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

const fn rule_of(
    kind: Kind,
    code: &'static str,
    when: &'static str,
    retry: bool,
    failure: FailureType,
    what: &'static str,
    remedy: &'static str,
) -> Rule {
    Rule { kind, code, when, retry, failure, what, remedy }
}

#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule_of(Kind::Unauthorized, "unauthorized", "401", false, ConfigError,
        "Jira does not accept the credentials",
        "Check the credentials, and make new ones if they may have expired or been revoked."),
    rule_of(Kind::Lapsed, "lapsed", "401 after the credentials were accepted before", false, ConfigError,
        "Jira does not accept the credentials any more; it did at the start of this run",
        "Make new credentials. The next sync goes on where this one stopped."),
    rule_of(Kind::Grant, "grant", "the token endpoint answers `invalid_grant`, or `unauthorized_client` about the refresh token", false, ConfigError,
        "Atlassian does not accept the refresh token any more",
        "Sign in again (`source-jira login`, or your platform's button), and let only one connection use the config."),
    rule_of(Kind::App, "app", "the token endpoint answers `access_denied`, `invalid_client` or `unauthorized_client`", false, ConfigError,
        "Atlassian does not accept the client ID and client secret",
        "Copy both again, without spaces, from where they were made: the app's settings in the developer console, or the service account at admin.atlassian.com. Make a new secret if this one is lost."),
    rule_of(Kind::Anonymous, "anonymous", "a 2xx or 404 with X-Seraph-LoginReason: AUTHENTICATED_FAILED, or another account than at the start", false, ConfigError,
        "Jira answered as if nobody had signed in, so what it shows cannot be trusted",
        "The credentials are wrong, expired or revoked: make new ones."),
    rule_of(Kind::Captcha, "captcha", "X-Seraph-LoginReason: AUTHENTICATION_DENIED", false, ConfigError,
        "Jira locked this account's sign-in after too many failures",
        "Sign in once in a browser and solve the CAPTCHA, then check the API token."),
    rule_of(Kind::Scope, "scope", "401 with \"scope does not match\"", false, ConfigError,
        "The token lacks a scope that this endpoint needs",
        "Give the token the scope that the message and docs/streams.md name, or leave the stream out."),
    rule_of(Kind::Forbidden, "forbidden", "403", false, ConfigError,
        "Jira does not allow this account to read it",
        "Give the account the permission or product access that docs/streams.md names for the stream, or leave the stream out."),
    rule_of(Kind::NotFound, "not_found", "404", false, ConfigError,
        "Jira has nothing there that this account may see",
        "Check the domain, and that the account may browse the object."),
    rule_of(Kind::BadRequest, "bad_request", "400", false, ConfigError,
        "Jira could not use the request",
        "If the config has `jql`, `projects` or dates, check them; otherwise report this as a bug with the message above."),
    rule_of(Kind::Gone, "gone", "405, 410, 415", false, SystemError,
        "Jira no longer offers this endpoint in this form",
        "Upgrade the connector; if it is the newest, report this as a bug."),
    rule_of(Kind::Conflict, "conflict", "409, 412, 422", true, TransientError,
        "Jira could not answer for this object at the moment",
        "Try again later; if it stays, leave the stream out and report this as a bug."),
    rule_of(Kind::RateLimited, "rate_limited", "429", true, TransientError,
        "Jira's rate limit stayed exhausted",
        "Try again later, or lower `max_concurrency`; other apps share the site's limits."),
    rule_of(Kind::Server, "server", "5xx", true, TransientError,
        "Jira had an internal error or is under maintenance",
        "Try again later; see status.atlassian.com."),
    rule_of(Kind::Timeout, "timeout", "no answer in time", true, TransientError,
        "Jira did not answer in time",
        "Try again later; if it stays, lower `max_concurrency`."),
    rule_of(Kind::Network, "network", "no connection, or one that broke", true, TransientError,
        "The site could not be reached",
        "Check the domain and the network; if the way out is a proxy, set HTTPS_PROXY."),
    rule_of(Kind::Proxy, "proxy", "no connection to or through the proxy of HTTPS_PROXY", true, TransientError,
        "The proxy could not be reached, or does not connect to the site",
        "Check the address and the password in the variable named above, and that the proxy lets the host through; NO_PROXY goes around it."),
    rule_of(Kind::Tls, "tls", "a certificate that is not trusted", false, ConfigError,
        "The connection to the site is not trusted",
        "If a proxy signs with its own certificate, point SSL_CERT_FILE to that authority's certificate."),
    rule_of(Kind::Redirect, "redirect", "3xx", false, ConfigError,
        "The site sends its callers to another address",
        "Put the address that it names into `domain`."),
    rule_of(Kind::NotJson, "not_json", "HTML or other text in place of JSON", true, TransientError,
        "Something answered with a web page in place of Jira's API",
        "Check that `domain` is a Jira Cloud site, and that no proxy or maintenance page stands before it."),
    rule_of(Kind::Malformed, "malformed", "JSON that ends early or has another shape", true, TransientError,
        "Jira's answer was cut off or has an unknown shape",
        "Try again; if it stays, report this as a bug."),
];

/// The rule of a kind. Every kind has one; a test holds that.
pub fn rule(kind: Kind) -> &'static Rule {
    RULES.iter().find(|rule| rule.kind == kind).unwrap_or(&RULES[0])
}

/// The kind of a reply that is not 2xx.
pub fn kind_of(status: u16, login_reason: Option<&str>, body: &str) -> Kind {
    let denied = login_reason.is_some_and(|reason| reason.contains("AUTHENTICATION_DENIED"));
    let failed = login_reason.is_some_and(|reason| reason.contains("AUTHENTICATED_FAILED"));
    match status {
        _ if denied => Kind::Captcha,
        401 if body.contains("scope does not match") => Kind::Scope,
        401 => Kind::Unauthorized,
        _ if failed => Kind::Anonymous,
        300..=399 => Kind::Redirect,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        408 => Kind::Timeout,
        405 | 410 | 415 => Kind::Gone,
        409 | 412 | 422 => Kind::Conflict,
        429 => Kind::RateLimited,
        500..=599 => Kind::Server,
        _ => Kind::BadRequest,
    }
}

/// The kind of a reply that should be good: signed in, and JSON.
pub fn trap_of(login_reason: Option<&str>, body: &str) -> Option<Kind> {
    match login_reason {
        Some(reason) if reason.contains("AUTHENTICATION_DENIED") => return Some(Kind::Captcha),
        Some(reason) if reason.contains("AUTHENTICATED_FAILED") => return Some(Kind::Anonymous),
        _ => {}
    }
    let text = body.trim_ascii();
    match (text.as_bytes().first(), text.as_bytes().last()) {
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) => None,
        (Some(b'{' | b'['), _) | (None, _) => Some(Kind::Malformed),
        _ => Some(Kind::NotJson),
    }
}

/// What Jira says in an error body, in whichever of its shapes, on one line of bounded length.
pub fn detail_of(body: &str) -> String {
    let text = match serde_json::from_str::<serde_json::Value>(body) {
        Ok(value) => said(&value).unwrap_or_default(),
        Err(_) if body.trim_start().starts_with('<') => "a web page".to_owned(),
        Err(_) => body.to_owned(),
    };
    shorten(&text)
}

fn said(value: &serde_json::Value) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    if let Some(messages) = value.get("errorMessages").and_then(|messages| messages.as_array()) {
        parts.extend(messages.iter().filter_map(|message| message.as_str()).map(str::to_owned));
    }
    if let Some(errors) = value.get("errors").and_then(|errors| errors.as_object()) {
        parts.extend(errors.iter().map(|(field, message)| format!("{field}: {}", message.as_str().unwrap_or("?"))));
    }
    // The organization API's form.
    for error in value.get("errors").and_then(|errors| errors.as_array()).into_iter().flatten() {
        let told = ["detail", "title", "message"].iter().find_map(|name| error.get(name)?.as_str());
        parts.extend(told.map(str::to_owned));
    }
    if parts.is_empty() {
        let named = ["message", "errorMessage", "error_description", "detail", "title", "error"];
        parts.extend(named.iter().find_map(|name| value.get(name)?.as_str()).map(str::to_owned));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn shorten(text: &str) -> String {
    const MOST: usize = 300;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The error for a body that came whole but isn't what the endpoint documents.
pub fn malformed(request: &super::Request, why: impl Into<String>) -> Error {
    Error { status: Some(200), ..Error::new(Kind::Malformed, request.label(), shorten(&why.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_exactly_one_rule() {
        let mut kinds: Vec<Kind> = RULES.iter().map(|rule| rule.kind).collect();
        kinds.sort();
        kinds.dedup();
        assert_eq!(kinds.len(), RULES.len());
        assert_eq!(kinds.len(), Kind::Malformed as usize + 1);
    }

    #[test]
    fn statuses_headers_and_bodies_tell_the_kind() {
        for (status, reason, body, kind) in [
            (401, None, "", Kind::Unauthorized),
            (401, None, r#"{"code":401,"message":"Unauthorized; scope does not match"}"#, Kind::Scope),
            (404, Some("AUTHENTICATED_FAILED"), "", Kind::Anonymous),
            (401, Some("AUTHENTICATED_FAILED"), "", Kind::Unauthorized),
            (403, Some("AUTHENTICATION_DENIED"), "", Kind::Captcha),
            (403, None, "", Kind::Forbidden),
            (410, None, "", Kind::Gone),
            (400, None, "", Kind::BadRequest),
            (301, None, "", Kind::Redirect),
            (503, None, "", Kind::Server),
        ] {
            assert_eq!(kind_of(status, reason, body), kind, "{status} {reason:?} {body}");
        }
        assert_eq!(trap_of(None, "{\"a\":1} "), None);
        assert_eq!(trap_of(None, "{\"a\":1"), Some(Kind::Malformed));
        assert_eq!(trap_of(None, "  "), Some(Kind::Malformed));
        assert_eq!(trap_of(None, "<html></html>"), Some(Kind::NotJson));
        assert_eq!(trap_of(Some("AUTHENTICATED_FAILED"), "[]"), Some(Kind::Anonymous));
        assert_eq!(trap_of(Some("OK"), "[]"), None);
    }

    #[test]
    fn error_bodies_are_told_in_one_line() {
        for (body, expected) in [
            (r#"{"errorMessages":["No such project.","Sorry"],"errors":{}}"#, "No such project.; Sorry"),
            (r#"{"errorMessages":[],"errors":{"jql":"bad"}}"#, "jql: bad"),
            (r#"{"errors":[{"code":"ADMIN-404-1","title":"Not Found","detail":"No such org"}]}"#, "No such org"),
            (r#"{"message":"x\ny","status-code":404}"#, "x y"),
            (r#"{"error":"invalid_grant","error_description":"gone"}"#, "gone"),
            (r#"{"type":"about:blank","title":"Bad","detail":"worse"}"#, "worse"),
            ("<html><body>Oops</body></html>", "a web page"),
            ("", ""),
        ] {
            assert_eq!(detail_of(body), expected, "{body}");
        }
        assert!(detail_of(&"é".repeat(1000)).chars().count() <= 301);
    }
}
