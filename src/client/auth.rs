//! Signs requests, and notices when Jira answers as if nobody had.
//!
//! On the site's own address a wrong token is not refused: most endpoints answer 200 with what an anonymous visitor
//! may see, which is usually nothing. Taking that for the truth would empty a warehouse.

use super::{Error, Kind, Reply, Request, Service};
use crate::config::Credentials;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::HeaderValue;
use std::sync::OnceLock;

pub struct Auth<S> {
    inner: S,
    authorization: HeaderValue,
    /// Whom Jira took us for at first; it must stay the same to the end.
    account: OnceLock<String>,
}

impl<S> Auth<S> {
    pub fn new(inner: S, credentials: &Credentials) -> Result<Self, Error> {
        let mut authorization = HeaderValue::from_str(&basic(credentials)?).map_err(|_| {
            Error::new(Kind::Unauthorized, "signing in", "the token has characters that no header can carry")
        })?;
        authorization.set_sensitive(true);
        Ok(Self { inner, authorization, account: OnceLock::new() })
    }
}

impl<S: Service> Service for Auth<S> {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let signed = Request { authorization: Some(self.authorization.clone()), ..request.clone() };
        let reply = self.inner.call(&signed).await?;
        if let Some(account) = &reply.account
            && self.account.get_or_init(|| account.clone()) != account
        {
            let detail = "the account changed between two answers (header X-AAccountId)";
            return Err(Error { status: Some(200), ..Error::new(Kind::Anonymous, request.label(), detail) });
        }
        Ok(reply)
    }
}

/// `Basic base64(email:token)`: Atlassian support, "Manage API tokens".
fn basic(credentials: &Credentials) -> Result<String, Error> {
    let auth_type = match credentials {
        Credentials::ApiToken(token) => {
            return Ok(format!("Basic {}", STANDARD.encode(format!("{}:{}", token.email, token.api_token.expose()))));
        }
        Credentials::ServiceAccount(_) => "Service Account",
        Credentials::OAuth(_) => "OAuth2.0",
    };
    Err(Error::new(Kind::Unsupported, "signing in", auth_type))
}
