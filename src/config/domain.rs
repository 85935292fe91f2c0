//! The address of a site: reads every accepted spelling of it, and reduces it to one base URL.

use std::{borrow::Cow, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{cloud_id::CloudId, fault::Fault};

/// Host of the gateway, which serves every site under its cloud ID.
const GATEWAY: &str = "api.atlassian.com";

/// Path of the gateway in front of the cloud ID.
const GATEWAY_PATH: &str = "/ex/jira/";

const EXAMPLE: &str = "write your site's address, such as acme.atlassian.net";

/// The address at which a site answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Site {
    base_url: String,
    host: String,
    cloud_id: Option<CloudId>,
    loopback: bool,
}

impl Site {
    /// Scheme, host, port if it isn't the usual one, and path of the gateway; no slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The host name in lower case, without the port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The cloud ID within a gateway address.
    pub fn cloud_id(&self) -> Option<&CloudId> {
        self.cloud_id.as_ref()
    }

    /// Whether the site is on this machine: a simulator or a test.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

/// Why a text is no address of a site, and how to put it right. Messages never quote the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SiteError {
    #[error("is blank; {EXAMPLE}")]
    Blank,
    #[error("contains a space; {EXAMPLE}")]
    Space,
    #[error("must not contain a user name or password; put them into `credentials`")]
    UserInfo,
    #[error("must not use plain http://; write https:// or leave the scheme out")]
    PlainHttp,
    #[error("has an unknown scheme; write https:// or leave the scheme out")]
    Scheme,
    #[error("has no valid port after the colon; write a number from 1 to 65535, or leave the port out")]
    Port,
    #[error("has no host name; {EXAMPLE}")]
    NoHost,
    #[error("has no dot; write the whole host name, such as acme.atlassian.net")]
    NoDot,
    #[error("has nothing before or after one of its dots; {EXAMPLE}")]
    EmptyLabel,
    #[error("may contain only letters, digits, hyphens and dots; {EXAMPLE}")]
    Character,
    #[error("has a hyphen next to a dot or at an end; {EXAMPLE}")]
    Hyphen,
    #[error("does not end like a host name; {EXAMPLE}")]
    TopLevel,
    #[error("has no valid cloud ID after {GATEWAY_PATH}; copy the UUID of your site")]
    CloudId,
    #[error("names the gateway but no site; add {GATEWAY_PATH} and the cloud ID, or {EXAMPLE}")]
    GatewayAlone,
}

impl FromStr for Site {
    type Err = SiteError;

    fn from_str(text: &str) -> Result<Self, SiteError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SiteError::Blank);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(SiteError::Space);
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(SiteError::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let host = host.to_ascii_lowercase();
        let loopback = ["127.0.0.1", "localhost", "[::1]"].contains(&host.as_str());
        let scheme = match scheme.as_deref() {
            Some("https") => "https",
            Some("http") if loopback => "http",
            Some("http") => return Err(SiteError::PlainHttp),
            Some(_) => return Err(SiteError::Scheme),
            None if loopback => "http",
            None => "https",
        };
        if !loopback {
            check_host(&host)?;
        }
        let cloud_id = gateway_id(&host, loopback, path)?;
        let port = port.filter(|port| *port != if scheme == "https" { 443 } else { 80 });
        let mut base_url = format!("{scheme}://{host}");
        if let Some(port) = port {
            base_url.push_str(&format!(":{port}"));
        }
        if let Some(id) = &cloud_id {
            base_url.push_str(GATEWAY_PATH);
            base_url.push_str(id.as_str());
        }
        Ok(Self { base_url, host, cloud_id, loopback })
    }
}

impl TryFrom<String> for Site {
    type Error = SiteError;

    fn try_from(text: String) -> Result<Self, SiteError> {
        text.parse()
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), SiteError> {
    let after_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = authority.get(after_host..).and_then(|rest| rest.find(':')).map(|at| at + after_host);
    let Some((host, port)) = colon.and_then(|at| authority.split_at_checked(at)) else { return Ok((authority, None)) };
    match port.trim_start_matches(':').parse::<u16>() {
        Ok(number) if number > 0 && port.bytes().skip(1).all(|byte| byte.is_ascii_digit()) => Ok((host, Some(number))),
        _ => Err(SiteError::Port),
    }
}

/// The rules for a host name on the internet: labels of letters, digits and inner hyphens, the last one a word.
fn check_host(host: &str) -> Result<(), SiteError> {
    if host.is_empty() {
        return Err(SiteError::NoHost);
    }
    if !host.contains('.') {
        return Err(SiteError::NoDot);
    }
    for label in host.split('.') {
        if label.is_empty() {
            return Err(SiteError::EmptyLabel);
        }
        if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(SiteError::Character);
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(SiteError::Hyphen);
        }
    }
    let top = host.rsplit('.').next().unwrap_or_default();
    if top.len() < 2 || !(top.bytes().all(|byte| byte.is_ascii_alphabetic()) || top.starts_with("xn--")) {
        return Err(SiteError::TopLevel);
    }
    Ok(())
}

/// The cloud ID in a gateway path. On other hosts the path has no meaning here.
fn gateway_id(host: &str, loopback: bool, path: &str) -> Result<Option<CloudId>, SiteError> {
    let id = path.strip_prefix(GATEWAY_PATH).map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match id {
        Some(id) if host == GATEWAY || loopback => id.parse().map(Some).map_err(|_| SiteError::CloudId),
        None if host == GATEWAY => Err(SiteError::GatewayAlone),
        _ => Ok(None),
    }
}

impl JsonSchema for Site {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Site".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern_descriptor": "<your-site>.atlassian.net",
            "examples": ["acme.atlassian.net", "https://acme.atlassian.net", "jira.acme.com"],
        })
    }
}

/// What the schema cannot say about the address.
pub(super) fn fault(root: &Map<String, Value>) -> Option<Fault> {
    let site = root.get("domain")?.as_str()?.parse::<Site>();
    site.err().map(|problem| Fault::new("domain", problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "11223344-a1b2-3b33-c444-def123456789";

    #[test]
    fn accepted_forms() {
        let gateway = format!("https://api.atlassian.com/ex/jira/{ID}");
        let table = [
            ("acme.atlassian.net", "https://acme.atlassian.net", "acme.atlassian.net"),
            (" ACME.Atlassian.NET\n", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("acme.atlassian.net/", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("acme.atlassian.net/jira/projects", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("https://acme.atlassian.net/jira/x/?a=b#c", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("HTTPS://acme.atlassian.net", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("https://acme.atlassian.net?a=b://c", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("jira.acme.com:8443", "https://jira.acme.com:8443", "jira.acme.com"),
            ("https://acme.atlassian.net:443", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("acme.jira.com", "https://acme.jira.com", "acme.jira.com"),
            ("jira.xn--e1afmkfd.xn--p1ai", "https://jira.xn--e1afmkfd.xn--p1ai", "jira.xn--e1afmkfd.xn--p1ai"),
            (&format!("{gateway}/rest/api/3"), &gateway, "api.atlassian.com"),
            (&gateway["https://".len()..], &gateway, "api.atlassian.com"),
            ("https://acme.atlassian.net/ex/jira/odd", "https://acme.atlassian.net", "acme.atlassian.net"),
            ("localhost", "http://localhost", "localhost"),
            ("localhost:8080", "http://localhost:8080", "localhost"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1"),
            ("[::1]:8080", "http://[::1]:8080", "[::1]"),
            ("http://[::1]", "http://[::1]", "[::1]"),
            ("http://127.0.0.1:80/x", "http://127.0.0.1", "127.0.0.1"),
            ("https://localhost:8443", "https://localhost:8443", "localhost"),
            (&format!("http://127.0.0.1:9/ex/jira/{ID}"), &format!("http://127.0.0.1:9/ex/jira/{ID}"), "127.0.0.1"),
        ];
        for (text, base_url, host) in table {
            let site: Site = text.parse().unwrap_or_else(|problem| panic!("{text}: {problem}"));
            assert_eq!((site.base_url(), site.host()), (base_url, host), "{text}");
            assert_eq!(site.cloud_id().map(CloudId::as_str), base_url.contains(ID).then_some(ID), "{text}");
            let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
            assert_eq!(site.is_loopback(), loopback, "{text}");
            assert_eq!(site.base_url().parse(), Ok(site), "{text}: the base URL is an address itself");
        }
    }

    #[test]
    fn refused_forms() {
        use SiteError::{
            Blank, Character, EmptyLabel, GatewayAlone, Hyphen, NoDot, NoHost, PlainHttp, Port, Scheme, Space,
            TopLevel, UserInfo,
        };
        let table = [
            (" ", Blank),
            ("acme atlassian.net", Space),
            ("acme\0.atlassian.net", Space),
            ("acme", NoDot),
            ("acme:443", NoDot),
            ("https://", NoHost),
            ("https:///jira", NoHost),
            ("http://acme.atlassian.net", PlainHttp),
            ("http://localhost.acme.com", PlainHttp),
            ("http://127.0.0.1.nip.io", PlainHttp),
            ("http://127.0.0.2", PlainHttp),
            ("http://10.0.0.5:8080", PlainHttp),
            ("ftp://acme.atlassian.net", Scheme),
            ("https://jane:hush@acme.atlassian.net", UserInfo),
            ("http://localhost@acme.atlassian.net", UserInfo),
            ("jane@example.com", UserInfo),
            (".atlassian.net", EmptyLabel),
            ("acme..net", EmptyLabel),
            ("acme.atlassian.net.", EmptyLabel),
            ("ac_me.atlassian.net", Character),
            ("ächme.atlassian.net", Character),
            ("<acme>.atlassian.net", Character),
            ("[::2].net", Character),
            ("-acme.atlassian.net", Hyphen),
            ("acme-.atlassian.net", Hyphen),
            ("10.0.0.5", TopLevel),
            ("acme.n", TopLevel),
            ("acme.atlassian.net:", Port),
            ("acme.atlassian.net:0", Port),
            ("acme.atlassian.net:65536", Port),
            ("acme.atlassian.net:+80", Port),
            ("acme.atlassian.net::80", Port),
            ("::1", Port),
            ("api.atlassian.com", GatewayAlone),
            ("https://api.atlassian.com/ex/confluence/x", GatewayAlone),
            ("https://api.atlassian.com/ex/jira/acme", SiteError::CloudId),
        ];
        for (text, problem) in table {
            assert_eq!(text.parse::<Site>(), Err(problem), "{text}");
        }
    }

    #[test]
    fn every_message_says_what_to_write() {
        assert_eq!(SiteError::Blank.to_string(), "is blank; write your site's address, such as acme.atlassian.net");
        assert_eq!(
            SiteError::GatewayAlone.to_string(),
            "names the gateway but no site; add /ex/jira/ and the cloud ID, or write your site's address, such as \
             acme.atlassian.net"
        );
        assert_eq!(SiteError::CloudId.to_string(), "has no valid cloud ID after /ex/jira/; copy the UUID of your site");
    }
}
