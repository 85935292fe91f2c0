//! Classifies failures. One table says what each kind means, whether a retry can help, who fixes it (you, us, or a retry
//! later), and what to do; docs/errors.md is generated from it.

use super::error::{Error, Kind};
use crate::protocol::{
    FailureType::{self, ConfigError, SystemError, TransientError},
    redaction::redact,
};
use std::fmt::Display;

/// One kind of failure.
pub struct Rule {
    pub kind: Kind,
    /// The name of the kind in docs/errors.md.
    pub code: &'static str,
    /// How it is recognized.
    pub when: &'static str,
    /// Whether the same request can succeed later.
    pub retry: bool,
    /// Who fixes it: the user (config error), a retry later (transient error), or we (system error).
    pub failure: FailureType,
    /// What happened: a clause without a full stop.
    pub what: &'static str,
    /// What to do: whole sentences.
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
        "Check the credentials. If they may have expired or been revoked, create new ones."),
    rule_of(Kind::CredentialsExpired, "credentials_expired", "401 after Jira accepted the credentials earlier in the run", false, ConfigError,
        "Jira no longer accepts the credentials; it did at the start of this run",
        "Create new credentials. The next sync resumes from here."),
    rule_of(Kind::InvalidGrant, "invalid_grant", "the token endpoint answers `invalid_grant`, or `unauthorized_client` about the refresh token", false, ConfigError,
        "Atlassian no longer accepts the refresh token",
        "Authorize the app again (`source-jira login`, or the button of your platform), and use the config in one connection only."),
    rule_of(Kind::InvalidClient, "invalid_client", "the token endpoint answers `access_denied`, `invalid_client` or `unauthorized_client`", false, ConfigError,
        "Atlassian does not accept the client ID and client secret",
        "Copy both again, without spaces, from the app's settings in the developer console, or from the service account at admin.atlassian.com. If the secret is lost, create a new one."),
    rule_of(Kind::TokenStorage, "token_storage", "before a renewal: the config file can't be written, and no platform stores CONTROL messages; or writing it fails", false, ConfigError,
        "Renewed tokens can't be saved",
        "The refresh token was not used, because Atlassian replaces it at each use and the new one has to be saved. Make the file and its folder writable (in a container: mount the folder without `:ro`) and free space on the disk if it is full, or authenticate with an API token or a service account."),
    rule_of(Kind::Anonymous, "anonymous", "2xx or 404 with X-Seraph-LoginReason: AUTHENTICATED_FAILED, or another account than at the start", false, ConfigError,
        "Jira answered as for an anonymous user, so its data would be incomplete",
        "The credentials are wrong, expired or revoked: create new ones."),
    rule_of(Kind::Captcha, "captcha", "X-Seraph-LoginReason: AUTHENTICATION_DENIED", false, ConfigError,
        "Jira requires a CAPTCHA for this account, after too many failed logins",
        "Log in once in a browser and solve the CAPTCHA, then check the API token."),
    rule_of(Kind::Scope, "scope", "401 with \"scope does not match\"", false, ConfigError,
        "The token lacks a scope that this endpoint requires",
        "Add the scope that the message and docs/streams.md name to the token, or remove the stream."),
    rule_of(Kind::Forbidden, "forbidden", "403", false, ConfigError,
        "The account does not have the permission to read this",
        "Give the account the permission or product access that docs/streams.md names for the stream, or remove the stream."),
    rule_of(Kind::NotFound, "not_found", "404", false, ConfigError,
        "Jira has nothing at this address, or nothing that the account has access to",
        "Check `domain`, and that the account can browse the object."),
    rule_of(Kind::BadRequest, "bad_request", "400", false, ConfigError,
        "Jira rejected the request as invalid",
        "If the config has `jql`, `projects` or dates, check them. Otherwise report this message as a bug."),
    rule_of(Kind::EndpointRemoved, "endpoint_removed", "405, 410, 415, or 404 with Jira's page about a dead link", false, SystemError,
        "Jira no longer offers this endpoint in this form",
        "Upgrade the connector. If it is the newest version, report this as a bug."),
    rule_of(Kind::Conflict, "conflict", "409, 412, 422", true, TransientError,
        "Jira cannot answer for this object at the moment",
        "Try again later. If this stays, remove the stream and report this as a bug."),
    rule_of(Kind::RateLimited, "rate_limited", "429", true, TransientError,
        "Jira's rate limit stayed exhausted",
        "Try again later, or lower `max_concurrency`. Other apps share the limits of the site."),
    rule_of(Kind::Server, "server", "5xx", true, TransientError,
        "Jira had an internal error or is under maintenance",
        "Try again later. See status.atlassian.com."),
    rule_of(Kind::Timeout, "timeout", "no reply in time, or 408", true, TransientError,
        "Jira did not answer in time",
        "Try again later. If this stays, lower `max_concurrency`."),
    rule_of(Kind::Outage, "outage", "no request was answered for as long as a sync waits (`max_outage_minutes`)", false, TransientError,
        "Jira answered no request for so long that the run ended",
        "Sync again later: it resumes from here. See status.atlassian.com. `max_outage_minutes` sets how long a sync waits."),
    rule_of(Kind::Network, "network", "no connection, or one that broke", true, TransientError,
        "The site cannot be reached",
        "Check `domain` and the network. If a proxy is required, set HTTPS_PROXY."),
    rule_of(Kind::Proxy, "proxy", "no connection to or through the proxy in HTTPS_PROXY", true, TransientError,
        "The proxy cannot be reached, or does not connect to the site",
        "Check the address and the password in the variable named above, and that the proxy allows the host. NO_PROXY exempts hosts from the proxy."),
    rule_of(Kind::Tls, "tls", "a certificate that is not trusted", false, ConfigError,
        "The connection to the site is not trusted",
        "If a proxy signs with its own certificate, set SSL_CERT_FILE to the file with the certificate of its authority."),
    rule_of(Kind::Redirect, "redirect", "3xx", false, ConfigError,
        "The site redirects to another address",
        "Set `domain` to the address in this message."),
    rule_of(Kind::NotJson, "not_json", "HTML or other text instead of JSON, or a refusal that is not in a form of Jira's", true, TransientError,
        "The reply is a web page or other text instead of JSON from Jira's API",
        "Check that `domain` is a Jira Cloud site, and that no proxy or maintenance page answers for it."),
    rule_of(Kind::TooLarge, "too_large", "a reply of more than 256 MB, or a refusal of more than 1 MB", false, TransientError,
        "The reply is larger than the connector takes",
        "Try again. If this stays, check that no proxy answers for Jira, and report this as a bug."),
    rule_of(Kind::Malformed, "malformed", "JSON that is cut off or has an unexpected shape", true, TransientError,
        "Jira's reply was cut off or has an unexpected shape",
        "Try again. If this stays, report this as a bug."),
];

/// What Jira's own page says at an address where it has no endpoint, in place of JSON.
const DEAD_LINK: &str = "found a dead link";

/// The rule of a kind. A test ensures that every kind has one.
pub fn rule(kind: Kind) -> &'static Rule {
    RULES.iter().find(|rule| rule.kind == kind).unwrap_or(&RULES[0])
}

/// The kind of a reply; `None` if it is good. `login_reason` is the header `X-Seraph-LoginReason`.
pub fn outcome(status: u16, login_reason: Option<&str>, body: &str) -> Option<Kind> {
    match status {
        200..=299 => disguised(login_reason, body),
        _ => Some(kind_of(status, login_reason, body)),
    }
}

/// The kind of a reply that is not 2xx.
pub fn kind_of(status: u16, login_reason: Option<&str>, body: &str) -> Kind {
    let denied = login_reason.is_some_and(|reason| reason.contains("AUTHENTICATION_DENIED"));
    let failed = login_reason.is_some_and(|reason| reason.contains("AUTHENTICATED_FAILED"));
    match status {
        _ if denied => Kind::Captcha,
        401 if body.contains("scope does not match") => Kind::Scope,
        401 => Kind::Unauthorized,
        _ if failed && status < 500 => Kind::Anonymous,
        300..=399 => Kind::Redirect,
        408 => Kind::Timeout,
        429 => Kind::RateLimited,
        500..=599 => Kind::Server,
        404 if body.contains(DEAD_LINK) => Kind::EndpointRemoved,
        // A CDN, a firewall or a maintenance page answers before Jira does: that is no word about the account or the object.
        _ if !is_jiras(body) && !cfg!(mutant = "a_web_page_is_a_refusal") => Kind::NotJson,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        405 | 410 | 415 => Kind::EndpointRemoved,
        409 | 412 | 422 => Kind::Conflict,
        _ => Kind::BadRequest,
    }
}

/// Whether the body of a refusal has one of the shapes in which Jira and Atlassian's gateway give their reasons.
fn is_jiras(body: &str) -> bool {
    let shapes = ["errorMessages", "errors", "errorMessage", "message", "error", "code", "detail", "title"];
    serde_json::from_str::<serde_json::Value>(body).is_ok_and(|body| shapes.iter().any(|name| body.get(name).is_some()))
}

/// The kind of a failure that has a status of 2xx: for an anonymous user, or no whole JSON document.
fn disguised(login_reason: Option<&str>, body: &str) -> Option<Kind> {
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

/// The message in the body of an error, in any of the shapes that Atlassian uses, as one line of at most 300 characters.
pub fn detail_of(body: &str) -> String {
    let text = match serde_json::from_str::<serde_json::Value>(body) {
        Ok(value) => message_in(&value).unwrap_or_default(),
        Err(_) if body.trim_start().starts_with('<') => "a web page".to_owned(),
        Err(_) => body.to_owned(),
    };
    shorten(&text)
}

fn message_in(value: &serde_json::Value) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    if let Some(messages) = value.get("errorMessages").and_then(|messages| messages.as_array()) {
        parts.extend(messages.iter().filter_map(|message| message.as_str()).map(str::to_owned));
    }
    if let Some(errors) = value.get("errors").and_then(|errors| errors.as_object()) {
        parts.extend(errors.iter().map(|(field, message)| format!("{field}: {}", message.as_str().unwrap_or("?"))));
    }
    // The form of the organization's API.
    for error in value.get("errors").and_then(|errors| errors.as_array()).into_iter().flatten() {
        let message = ["detail", "title", "message"].iter().find_map(|name| error.get(name)?.as_str());
        parts.extend(message.map(str::to_owned));
    }
    if parts.is_empty() {
        let named = ["message", "errorMessage", "error_description", "detail", "title", "error"];
        parts.extend(named.iter().find_map(|name| value.get(name)?.as_str()).map(str::to_owned));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn shorten(text: &str) -> String {
    const MOST: usize = 300;
    // Before it is cut: the beginning of a secret is a secret, too.
    let text = redact(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The error for a complete reply of 200 whose body has not the documented shape. `why` says what is wrong with it.
pub fn malformed(request: &super::Request, why: impl Display) -> Error {
    Error { status: Some(200), ..Error::new(Kind::Malformed, request.label(), shorten(&why.to_string())) }
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

    /// The whole decision as a table: what each status means, with each shape of headers and body.
    #[test]
    fn statuses_and_shapes() {
        let shapes: [(&str, Option<&str>, &str); 10] = [
            ("JSON", None, r#"{"errorMessages":[]}"#),
            ("JSON, login OK", Some("OK"), "[]"),
            ("JSON, login failed", Some("AUTHENTICATED_FAILED"), "{}"),
            ("JSON, login denied", Some("AUTHENTICATION_DENIED"), "{}"),
            ("JSON, scope", None, r#"{"code":401,"message":"Unauthorized; scope does not match"}"#),
            ("JSON, cut off", None, r#"{"a":1"#),
            ("other JSON", None, "{}"),
            ("HTML", None, "<html></html>"),
            ("Jira's dead link", None, "<html>Oops, you&#39;ve found a dead link</html>"),
            ("empty", None, " "),
        ];
        let statuses = [
            200, 204, 301, 304, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 412, 413, 415, 422, 429, 431, 500,
            502, 503, 504,
        ];
        // Statuses that mean the same with every shape share a row.
        let mut rows: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        for status in statuses {
            let kinds: Vec<String> = shapes
                .iter()
                .map(|(shape, reason, body)| {
                    let kind = outcome(status, *reason, body).map_or("good".to_owned(), |kind| format!("{kind:?}"));
                    format!("  {shape}: {kind}")
                })
                .collect();
            match rows.iter_mut().find(|(_, known)| *known == kinds) {
                Some((statuses, _)) => statuses.push(status.to_string()),
                None => rows.push((vec![status.to_string()], kinds)),
            }
        }
        let table: Vec<String> =
            rows.iter().map(|(statuses, kinds)| format!("{}\n{}", statuses.join(" "), kinds.join("\n"))).collect();
        insta::assert_snapshot!("statuses_and_shapes", table.join("\n"));
    }

    #[test]
    fn error_bodies_become_one_line() {
        for (body, expected) in [
            (r#"{"errorMessages":["No such project.","Sorry"],"errors":{}}"#, "No such project.; Sorry"),
            (r#"{"errorMessages":[],"errors":{"jql":"bad"}}"#, "jql: bad"),
            (r#"{"errors":[{"code":"ADMIN-404-1","title":"Not Found","detail":"No such org"}]}"#, "No such org"),
            (r#"{"message":"x\ny","status-code":404}"#, "x y"),
            (r#"{"error":"invalid_grant","error_description":"revoked"}"#, "revoked"),
            (r#"{"type":"about:blank","title":"Bad","detail":"worse"}"#, "worse"),
            ("<html><body>Oops</body></html>", "a web page"),
            ("", ""),
        ] {
            assert_eq!(detail_of(body), expected, "{body}");
        }
        assert!(detail_of(&"é".repeat(1000)).chars().count() <= 301);
    }
}
