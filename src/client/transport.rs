//! The innermost layer: sends a request and reads the whole body.

use super::{Error, Kind, Reply, Request, Service, classify, proxy, quota, request::Method};
use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderValue};
use std::{error::Error as _, time::Duration};

/// Large pages can take minutes to start (Estuary reads with four), but a body that stalls for one is dead.
const TOTAL: Duration = Duration::from_secs(300);
const STALL: Duration = Duration::from_secs(90);
const CONNECT: Duration = Duration::from_secs(10);
/// Tokens come at once or not at all.
const TOKEN: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    base: String,
}

impl Http {
    /// `base` is the address of a host, without a slash at its end.
    pub fn new(base: &str) -> Result<Self, Error> {
        // Another part of the process may have set the provider already; either is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        // Without these two, error texts come in the language of the account's profile (Jira REST v3: introduction).
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
        headers.insert("x-force-accept-language", HeaderValue::from_static("true"));
        let client = reqwest::Client::builder()
            .user_agent(concat!("source-jira/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(STALL)
            .timeout(TOTAL)
            .pool_max_idle_per_host(64)
            .build()
            .map_err(|error| Error::new(Kind::Tls, base, chain(&error)))?;
        Ok(Self { client, base: base.to_owned() })
    }

    /// The same connections, for another host.
    pub fn at(&self, base: &str) -> Self {
        Self { client: self.client.clone(), base: base.to_owned() }
    }

    /// Posts a form to the token endpoint: the only POST besides those that [`super::Read`] lists, and none of Jira's.
    pub(super) async fn form(&self, path: &'static str, form: Vec<u8>) -> Result<(u16, HeaderMap, Vec<u8>), Error> {
        let label = format!("POST {path}");
        let failed = |error: reqwest::Error| failed(&self.base, &label, &error);
        let request = self.client.post(format!("{}{path}", self.base)).timeout(TOKEN).body(form);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok((status, headers, response.bytes().await.map_err(failed)?.into()))
    }
}

impl Service for Http {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let url = match request.query.as_str() {
            "" => format!("{}{}", self.base, request.path),
            query => format!("{}{}?{query}", self.base, request.path),
        };
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).header(header::CONTENT_TYPE, "application/json"),
        };
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        if let Some(authorization) = &request.authorization {
            builder = builder.header(header::AUTHORIZATION, authorization.clone());
        }
        let response = builder.send().await.map_err(|error| failed(&self.base, &request.label(), &error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response
            .bytes()
            .await
            .map_err(|error| Error { status: Some(status), ..failed(&self.base, &request.label(), &error) })?;
        let body = String::from_utf8(body.into())
            .map_err(|error| classify::malformed(request, format!("the body is not UTF-8: {}", error.utf8_error())))?;
        read(request, status, &headers, body)
    }
}

/// The server's clock.
pub fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.with_timezone(&Utc))
}

fn read(request: &Request, status: u16, headers: &HeaderMap, body: String) -> Result<Reply, Error> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let date = date(headers);
    let login_reason = text("x-seraph-loginreason");
    let kind = match status {
        200..=299 => classify::trap_of(login_reason, &body),
        _ => Some(classify::kind_of(status, login_reason, &body)),
    };
    let Some(kind) = kind else {
        return Ok(Reply { body, date, account: text("x-aaccountid").map(str::to_owned), tries: 1 });
    };
    let detail = match (kind, text("location")) {
        (Kind::Redirect, Some(location)) => location.to_owned(),
        (Kind::Malformed, _) => "the body ends early".to_owned(),
        _ => classify::detail_of(&body),
    };
    let trace = text("atl-traceid").or_else(|| text("x-arequestid")).map(Box::from);
    let wait = quota::wait(headers, date.unwrap_or_else(Utc::now));
    Err(Error { status: Some(status), trace, wait, ..Error::new(kind, request.label(), detail) })
}

fn failed(base: &str, label: &str, error: &reqwest::Error) -> Error {
    let said = chain(error);
    // The resolver quotes its whole question otherwise.
    let unknown = said.contains("dns error") && said.contains("no record");
    let certificate =
        said.contains("certificate") || said.contains("UnknownIssuer") || said.contains("InvalidContentType");
    let kind = match proxy::of(base) {
        _ if certificate => Kind::Tls,
        _ if error.is_timeout() => Kind::Timeout,
        _ if error.is_decode() => Kind::Malformed,
        Some(_) if error.is_connect() => Kind::Proxy,
        _ => Kind::Network,
    };
    let through = proxy::of(base).map_or(String::new(), |proxy| format!(" through {proxy}"));
    let said = format!("{base}{through}: {}", if unknown { "no such host name" } else { &said });
    let error = Error::new(kind, label, said);
    if kind == Kind::Tls && is_about_time(&error.detail) {
        let now = Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
        return error.with_remedy(format!(
            "The certificate is not valid at this machine's time, {now}: correct the clock if that is wrong."
        ));
    }
    error
}

/// Whether a certificate is refused for its dates.
fn is_about_time(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["expired", "not valid yet", "notvalidyet"].iter().any(|word| said.contains(word))
}

/// An error and its causes in one line. The URL is left out: it may hold names of the user's.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        parts.push(cause.to_string());
        next = cause.source();
    }
    parts.dedup();
    // hyper's name for the step, which tells nobody anything.
    parts.retain(|part| !part.starts_with("client error ("));
    if parts.is_empty() { "no further details".to_owned() } else { parts.join(": ") }
}
