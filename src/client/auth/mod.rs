//! Authenticates requests, and detects replies for an anonymous user.
//!
//! On the site's own address Jira does not refuse a wrong token: most endpoints answer 200 with what an anonymous user has
//! access to, which is usually nothing. Without this check, that would delete the data in the destination.
//!
//! The layer observes the account in each reply (`X-AAccountId`) and 401s. Lies below `throttle` and `retry`, so that each
//! attempt has a valid token, and above `transport`, which knows no credentials. Limits: it renews an access token once for
//! a request, and only if Jira has accepted that token before; it sends a refused request once more, and only while
//! credentials that Jira accepted before were not refused twice in a row; it never tries other credentials.

pub(super) mod header;
pub mod hosts;
pub mod remedy;
pub mod token_endpoint;
mod token_reply;
pub mod tokens;

use super::{Error, Kind, Reply, Request, Service};
use remedy::Remedies;
use reqwest::header::HeaderValue;
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokens::Tokens;

/// How requests are authenticated.
#[derive(Clone)]
pub enum Signer {
    /// Not at all: for public endpoints.
    Unsigned,
    /// By the same header in every request.
    Fixed(HeaderValue),
    /// By access tokens, which are renewed.
    Tokens(Arc<Tokens>),
}

/// The layer.
pub struct Auth<S> {
    inner: S,
    signer: Signer,
    remedies: Remedies,
    /// The account in the first reply. It must stay the same.
    account: OnceLock<String>,
    /// Whether Jira has accepted the credentials before.
    accepted: AtomicBool,
    /// Jira refused them twice in a row, after it had accepted them.
    refused: AtomicBool,
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
            refused: AtomicBool::new(false),
            accepted_token: AtomicU64::new(0),
        }
    }

    /// The error with the remedy for this kind of credentials.
    fn explained(&self, request: &Request, error: Error) -> Error {
        let was_accepted = self.accepted.load(Ordering::Relaxed);
        match error.kind {
            Kind::Unauthorized | Kind::Anonymous if was_accepted && error.status != Some(200) => {
                Error { kind: Kind::CredentialsExpired, ..error }.with_remedy(self.remedies.expired())
            }
            Kind::Unauthorized | Kind::Anonymous => error.with_remedy(self.remedies.rejected()),
            Kind::Scope => error.with_remedy(self.remedies.scope(request)),
            _ => error,
        }
    }

    fn account_changed(&self, reply: &Reply) -> bool {
        reply.account.as_ref().is_some_and(|account| self.account.get_or_init(|| account.clone()) != account)
    }
}

impl<S: Service> Auth<S> {
    /// Records that Jira accepted the token with this number.
    async fn with_token(&self, number: u64, reply: impl Future<Output = Result<Reply, Error>>) -> Result<Reply, Error> {
        let reply = reply.await?;
        self.accepted_token.fetch_max(number, Ordering::Relaxed);
        Ok(reply)
    }

    /// Sends a request once more where credentials that Jira accepted before are refused: one refusal among many good replies
    /// is a fault of one server.
    async fn confirmed(&self, request: &Request) -> Result<Reply, Error> {
        let result = self.signed(request).await;
        let was_good = self.accepted.load(Ordering::Relaxed) && !self.refused.load(Ordering::Relaxed);
        if !(was_good && is_refused(&result)) {
            return result;
        }
        let again = self.signed(request).await;
        self.refused.fetch_or(is_refused(&again), Ordering::Relaxed);
        again
    }

    async fn signed(&self, request: &Request) -> Result<Reply, Error> {
        let send = |header: HeaderValue| {
            let signed = Request { authorization: Some(header), ..request.clone() };
            async move { self.inner.call(&signed).await }
        };
        match &self.signer {
            Signer::Unsigned => self.inner.call(request).await,
            Signer::Fixed(header) => send(header.clone()).await,
            Signer::Tokens(tokens) => {
                let access = tokens.access().await?;
                let result = self.with_token(access.number, send(access.header)).await;
                let was_accepted = access.number <= self.accepted_token.load(Ordering::Relaxed);
                match result {
                    // The token was revoked, or expired by another clock: retry with a new one. A new token helps
                    // neither if a scope is missing, which is another kind, nor if this one was never accepted.
                    Err(error) if error.kind == Kind::Unauthorized && was_accepted => {
                        let access = tokens.renewed(access.number).await?;
                        self.with_token(access.number, send(access.header)).await
                    }
                    result => result,
                }
            }
        }
    }
}

fn is_refused(result: &Result<Reply, Error>) -> bool {
    result.as_ref().is_err_and(|error| matches!(error.kind, Kind::Unauthorized | Kind::Anonymous))
}

impl<S: Service> Service for Auth<S> {
    async fn call(&self, request: &Request) -> Result<Reply, Error> {
        let reply = self.confirmed(request).await.map_err(|error| self.explained(request, error))?;
        if self.account_changed(&reply) {
            let detail = "the account changed between two replies (header X-AAccountId)";
            let error = Error { status: Some(200), ..Error::new(Kind::Anonymous, request.label(), detail) };
            return Err(self.explained(request, error));
        }
        self.accepted.store(true, Ordering::Relaxed);
        Ok(reply)
    }
}
