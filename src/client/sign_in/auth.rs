//! Signs requests, and notices when Jira answers as if nobody had.
//!
//! On the site's own address a wrong token is not refused: most endpoints answer 200 with what an anonymous visitor
//! may see, which is usually nothing. Taking that for the truth would empty a warehouse.

use super::{remedy::Remedies, tokens::Tokens};
use crate::client::{Error, Kind, Reply, Request, Service};
use reqwest::header::HeaderValue;
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// What requests are signed with.
#[derive(Clone)]
pub enum Signer {
    /// For endpoints that answer anybody.
    Nobody,
    /// The same header on every request.
    Fixed(HeaderValue),
    /// An access token that is renewed on the way.
    Tokens(Arc<Tokens>),
}

pub struct Auth<S> {
    inner: S,
    signer: Signer,
    remedies: Remedies,
    /// Whom Jira took us for at first; it must stay the same to the end.
    account: OnceLock<String>,
    /// Whether Jira has accepted the credentials before.
    accepted: AtomicBool,
    /// The newest access token that Jira has accepted.
    accepted_token: AtomicU64,
}

impl<S> Auth<S> {
    pub fn new(inner: S, signer: Signer, remedies: Remedies) -> Self {
        Self {
            inner,
            signer,
            remedies,
            account: OnceLock::new(),
            accepted: AtomicBool::new(false),
            accepted_token: AtomicU64::new(0),
        }
    }

    /// What the failure means for credentials of this kind.
    fn explained(&self, request: &Request, error: Error) -> Error {
        let lapsed = self.accepted.load(Ordering::Relaxed);
        match error.kind {
            Kind::Unauthorized | Kind::Anonymous if lapsed && error.status != Some(200) => {
                Error { kind: Kind::Lapsed, ..error }.with_remedy(self.remedies.lapsed())
            }
            Kind::Unauthorized | Kind::Anonymous => error.with_remedy(self.remedies.refused()),
            Kind::Scope => error.with_remedy(self.remedies.scope(request)),
            _ => error,
        }
    }

    fn account_changed(&self, reply: &Reply) -> bool {
        reply.account.as_ref().is_some_and(|account| self.account.get_or_init(|| account.clone()) != account)
    }
}

impl<S: Service> Auth<S> {
    /// Notes which token it was that Jira accepted.
    async fn with_token(&self, number: u64, reply: impl Future<Output = Result<Reply, Error>>) -> Result<Reply, Error> {
        let reply = reply.await?;
        self.accepted_token.fetch_max(number, Ordering::Relaxed);
        Ok(reply)
    }

    async fn signed(&self, request: &Request) -> Result<Reply, Error> {
        let send = |header: HeaderValue| {
            let signed = Request { authorization: Some(header), ..request.clone() };
            async move { self.inner.call(&signed).await }
        };
        match &self.signer {
            Signer::Nobody => self.inner.call(request).await,
            Signer::Fixed(header) => send(header.clone()).await,
            Signer::Tokens(tokens) => {
                let access = tokens.access().await?;
                let result = self.with_token(access.number, send(access.header)).await;
                let was_good = access.number <= self.accepted_token.load(Ordering::Relaxed);
                match result {
                    // Ended early, or by another clock than ours: once more with a new one. A missing scope is another
                    // kind, which no new token mends; nor does it where the token is new and was never accepted.
                    Err(error) if error.kind == Kind::Unauthorized && was_good => {
                        let access = tokens.renewed(access.number).await?;
                        self.with_token(access.number, send(access.header)).await
                    }
                    result => result,
                }
            }
        }
    }
}

impl<S: Service> Service for Auth<S> {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let reply = self.signed(request).await.map_err(|error| self.explained(request, error))?;
        if self.account_changed(&reply) {
            let detail = "the account changed between two answers (header X-AAccountId)";
            let error = Error { status: Some(200), ..Error::new(Kind::Anonymous, request.label(), detail) };
            return Err(self.explained(request, error));
        }
        self.accepted.store(true, Ordering::Relaxed);
        Ok(reply)
    }
}
