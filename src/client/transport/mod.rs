//! Sends a request, reads the whole body, and classifies the reply.
//!
//! The innermost layer: it observes the status, the headers and the body, and turns whatever is no good reply into an
//! [`Error`] with its kind. It never retries or waits, and follows no redirect. Limits: [`CONNECT_TIMEOUT`],
//! [`READ_TIMEOUT`] and the limit of the request for a request to Jira, [`TOKEN_TIMEOUT`] for one to the token endpoint.

mod loopback;
mod proxy;
pub(super) mod quota;

pub(in crate::client) use loopback::is_loopback;

use super::{Error, Kind, Reply, Request, Service, classify, request::Method};
use crate::record::unicode;
use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderValue};
use std::{
    borrow::Cow,
    error::Error as StdError,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Without any new byte.
const READ_TIMEOUT: Duration = Duration::from_secs(90);
/// For the whole of a request to the token endpoint, which answers within seconds or not at all.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of a good reply after decompression. A page of 100 issues with long texts has tens of megabytes; several are in memory
/// at the same time.
const LARGEST_REPLY: usize = 256 * 1024 * 1024;
/// Bytes of a refusal, and of what the token endpoint answers: a few lines of JSON, or a web page.
const LARGEST_MESSAGE: usize = 1024 * 1024;

/// The layer: connections to one host. Cheap to clone.
#[allow(clippy::disallowed_types, reason = "the one place that sends requests")]
#[derive(Clone)]
pub struct Http {
    /// For other machines: through the proxy of the environment or the system, if there is one. Made for the first request, as
    /// the next one: to load the trusted certificates takes milliseconds.
    remote: Arc<OnceLock<reqwest::Client>>,
    /// For this machine: never through a proxy, which would see the credentials, and whose own `localhost` is another machine.
    local: Arc<OnceLock<reqwest::Client>>,
    base: String,
}

impl Http {
    /// `base`: scheme, host and path of all requests, without a slash at the end.
    pub fn new(base: &str) -> Result<Self, Error> {
        let http = Self { remote: Arc::default(), local: Arc::default(), base: base.to_owned() };
        // What is wrong with the settings shows now.
        http.client(base, false).map(|_| http.clone())
    }

    /// The same connection pools and settings, for another host.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// The client for the host. `with_credentials`: they cross no network in clear text.
    #[allow(clippy::disallowed_types, reason = "the one place that sends requests")]
    fn client(&self, label: &str, with_credentials: bool) -> Result<&reqwest::Client, Error> {
        let is_local = loopback::is_loopback(&self.base);
        if with_credentials && !is_local && !self.base.starts_with("https://") {
            let error = Error::new(Kind::Tls, label, format!("{} is not https", self.base));
            return Err(error.with_remedy("Credentials are sent by https only, except on the same machine."));
        }
        let made = if is_local { &self.local } else { &self.remote };
        if let Some(client) = made.get() {
            return Ok(client);
        }
        let client = builder(is_local).build().map_err(|error| Error::new(Kind::Tls, label, chain(&error)))?;
        Ok(made.get_or_init(|| client))
    }

    /// Posts a form to the token endpoint, which is not Jira's: the only POST besides those that [`super::Read`] lists.
    /// Returns the status, the headers and the body.
    #[allow(clippy::disallowed_methods, reason = "the token endpoint")]
    pub(super) async fn form(&self, path: &'static str, form: Vec<u8>) -> Result<(u16, HeaderMap, Vec<u8>), Error> {
        let label = format!("POST {path}");
        let failed = |error: reqwest::Error| failed(&self.base, &label, &error);
        let client = self.client(&label, true)?;
        let request = client.post(format!("{}{path}", self.base)).timeout(TOKEN_TIMEOUT).body(form);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        match body(response, LARGEST_MESSAGE).await.map_err(failed)? {
            Some(body) => Ok((status, headers, body)),
            None => Err(too_large(label.clone(), LARGEST_MESSAGE)),
        }
    }
}

impl Service for Http {
    #[allow(clippy::disallowed_methods, reason = "a POST that client::request::Read lists")]
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let url = match request.query.as_str() {
            "" => format!("{}{}", self.base, request.path),
            query => format!("{}{}?{query}", self.base, request.path),
        };
        let client = self.client(&request.label(), request.authorization.is_some())?;
        let mut builder = match request.method {
            Method::Get => client.get(url),
            Method::Post => client.post(url).header(header::CONTENT_TYPE, "application/json"),
        };
        builder = builder.timeout(request.limit);
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        if let Some(authorization) = &request.authorization {
            builder = builder.header(header::AUTHORIZATION, authorization.clone());
        }
        let response = builder.send().await.map_err(|error| failed(&self.base, &request.label(), &error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let most = if response.status().is_success() { LARGEST_REPLY } else { LARGEST_MESSAGE };
        let body = body(response, most)
            .await
            .map_err(|error| Error { status: Some(status), ..failed(&self.base, &request.label(), &error) })?;
        let body = body.ok_or_else(|| Error { status: Some(status), ..too_large(request.label(), most) })?;
        let body = String::from_utf8(body)
            .map_err(|error| classify::malformed(request, format!("the body is not UTF-8: {}", error.utf8_error())))?;
        read(request, status, &headers, body)
    }
}

#[allow(clippy::disallowed_types, reason = "the one place that sends requests")]
fn builder(is_local: bool) -> reqwest::ClientBuilder {
    // Fails if another part of the process has set a provider; either one works.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    // Without these two, errors are in the language of the account's profile (Jira REST v3: introduction).
    headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
    headers.insert("x-force-accept-language", HeaderValue::from_static("true"));
    let builder = reqwest::Client::builder()
        .user_agent(concat!("source-jira/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .pool_max_idle_per_host(64);
    if is_local { builder.no_proxy().resolve_to_addrs("localhost", &loopback::ADDRESSES) } else { builder }
}

/// The body, read piece by piece; `None` if it has more than `most` bytes after decompression: a server, or whoever stands in
/// its place, must not decide how much memory this takes.
async fn body(mut response: reqwest::Response, most: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if body.len() + piece.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}

fn too_large(label: String, most: usize) -> Error {
    Error::new(Kind::TooLarge, label, format!("more than {} MB", most / (1024 * 1024)))
}

/// The time of this machine's clock, for what no server reports: when tokens and certificates expire, and the time of replies
/// without a date.
#[allow(clippy::disallowed_methods, reason = "the one place of the client that reads this machine's clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The time at the server, from the header `Date`.
pub fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.with_timezone(&Utc))
}

fn read(request: &Request, status: u16, headers: &HeaderMap, body: String) -> Result<Reply, Error> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let date = date(headers);
    let login_reason = text("x-seraph-loginreason");
    let Some(kind) = classify::outcome(status, login_reason, &body) else {
        let (readable, replaced) = unicode::readable(&body);
        let changed = match readable {
            Cow::Owned(changed) => Some(changed),
            Cow::Borrowed(_) => None,
        };
        let body = changed.unwrap_or(body);
        return Ok(Reply { body, replaced, date, account: text("x-aaccountid").map(str::to_owned), tries: 1 });
    };
    let detail = match (kind, text("location")) {
        (Kind::Redirect, Some(location)) => location.to_owned(),
        (Kind::Malformed, _) => "the body ends early".to_owned(),
        _ => classify::detail_of(&body),
    };
    let trace = text("atl-traceid").or_else(|| text("x-arequestid")).map(Box::from);
    let wait = quota::wait(headers, date.unwrap_or_else(now));
    Err(Error { status: Some(status), trace, wait, ..Error::new(kind, request.label(), detail) })
}

/// The error for a request that got no reply, or none that could be read to its end.
fn failed(base: &str, label: &str, error: &reqwest::Error) -> Error {
    let tls = cause::<rustls::Error>(error).filter(|tls| is_about_trust(tls));
    let proxy = proxy::of(base);
    let kind = match proxy {
        _ if tls.is_some() => Kind::Tls,
        _ if error.is_timeout() => Kind::Timeout,
        _ if error.is_decode() => Kind::Malformed,
        Some(_) if error.is_connect() => Kind::Proxy,
        _ => Kind::Network,
    };
    let through = proxy.map_or(String::new(), |proxy| format!(" through {proxy}"));
    let error = Error::new(kind, label, format!("{base}{through}: {}", chain(error)));
    if tls.is_some_and(is_about_time) {
        let now = now().format("%Y-%m-%dT%H:%M:%SZ");
        return error.with_remedy(format!(
            "The certificate is not valid at this machine's time, {now}: correct the clock if that is wrong."
        ));
    }
    error
}

/// An error of type `T` among an error and its causes. An I/O error has its content for a cause, but its `source` skips it.
fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let content = || error.downcast_ref::<io::Error>()?.get_ref();
    error.downcast_ref().or_else(|| match content() {
        Some(content) => cause(content),
        None => cause(error.source()?),
    })
}

/// Whether the server's certificate is the problem, or there is none because the server doesn't speak TLS. Other errors of
/// TLS, such as a handshake that breaks off, may be the network's.
fn is_about_trust(error: &rustls::Error) -> bool {
    use rustls::{Error, InvalidMessage};
    matches!(
        error,
        Error::InvalidCertificate(_)
            | Error::NoCertificatesPresented
            | Error::InvalidMessage(InvalidMessage::InvalidContentType)
    )
}

/// Whether a certificate is refused for its dates.
fn is_about_time(error: &rustls::Error) -> bool {
    use rustls::{CertificateError, Error};
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        )
    )
}

/// The causes of an error in one line. The URL is omitted: it may contain names of the user's.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        parts.push(cause.to_string());
        next = cause.source();
    }
    // The resolver's error quotes its whole question. Its type belongs to a crate that only reqwest uses.
    if parts.iter().any(|part| part.starts_with("dns error")) && parts.iter().any(|part| part.contains("no record")) {
        return "no such host name".to_owned();
    }
    parts.dedup();
    // hyper's name for the step, which helps no reader.
    parts.retain(|part| !part.starts_with("client error ("));
    if parts.is_empty() { "no further details".to_owned() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CertificateError, Error as Tls};

    #[test]
    fn a_cause_is_found_however_deep_it_is_wrapped() {
        let expired = Tls::InvalidCertificate(CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::other(expired.clone()));
        assert_eq!(cause::<Tls>(&wrapped), Some(&expired));
        assert_eq!(cause::<Tls>(&expired), Some(&expired));
        assert_eq!(cause::<Tls>(&io::Error::other("certificate")), None, "words are no cause");
    }

    #[tokio::test]
    async fn credentials_cross_no_network_in_clear_text() {
        let http = Http::new("http://192.0.2.1").unwrap();
        assert_eq!(http.form("/oauth/token", Vec::new()).await.unwrap_err().kind, Kind::Tls);
        let authorization = Some(HeaderValue::from_static("Basic hush"));
        let request = Request { authorization, ..Request::get("/rest/api/3/myself", &[]) };
        assert_eq!(http.call(&request).await.unwrap_err().kind, Kind::Tls);
    }

    #[test]
    fn what_a_tls_error_is_about() {
        for (error, trust, time) in [
            (Tls::InvalidCertificate(CertificateError::Expired), true, true),
            (Tls::InvalidCertificate(CertificateError::NotValidYet), true, true),
            (Tls::InvalidCertificate(CertificateError::UnknownIssuer), true, false),
            (Tls::InvalidMessage(rustls::InvalidMessage::InvalidContentType), true, false),
            (Tls::AlertReceived(rustls::AlertDescription::HandshakeFailure), false, false),
        ] {
            assert_eq!((is_about_trust(&error), is_about_time(&error)), (trust, time), "{error}");
        }
    }
}
