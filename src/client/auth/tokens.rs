//! Access tokens that expire within the hour: one caller renews them for all, before they expire.
//!
//! Atlassian replaces the refresh token at each use, so the new one must not get lost: [`TokenStore::save`] gets it before the
//! access token that came with it authenticates any request (Atlassian: OAuth 2.0 (3LO), "rotating refresh tokens").

use super::{
    header, remedy,
    token_endpoint::{IssuedTokens, TokenEndpoint},
    token_reply::bounded,
};
use crate::{
    client::{Error, Kind, transport},
    config::Secret,
};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderValue;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// An access token is renewed this long before it expires, or after three quarters of its lifetime if that is sooner.
const MARGIN: Duration = Duration::from_secs(120);

/// Where renewed tokens are stored for the next run.
pub trait TokenStore: Send + Sync {
    /// Checks that renewed tokens can be stored. Called before a refresh token is used, which makes it worthless.
    fn ready(&self) -> Result<(), Error>;

    /// Stores renewed tokens. Called before the access token is used for the first time.
    fn save(&self, renewed: &RenewedTokens) -> Result<(), Error>;

    /// The stored refresh token, if it is another one than `than`: a second process may have renewed it.
    fn reload(&self, than: &Secret) -> Option<Secret>;
}

/// For credentials of which nothing has to be stored.
impl TokenStore for () {
    fn ready(&self) -> Result<(), Error> {
        Ok(())
    }

    fn save(&self, _: &RenewedTokens) -> Result<(), Error> {
        Ok(())
    }

    fn reload(&self, _: &Secret) -> Option<Secret> {
        None
    }
}

/// What a refresh token was exchanged for.
#[derive(Debug)]
pub struct RenewedTokens {
    pub refresh: Secret,
    /// With the time when it expires; `None` if the reply contained none that is usable.
    pub access: Option<(Secret, DateTime<Utc>)>,
}

/// What access tokens are requested with.
pub enum Grant {
    /// OAuth 2.0 (3LO). `renewed` is when the refresh token was last replaced, if known.
    Refresh { token: Secret, renewed: Option<DateTime<Utc>>, store: Arc<dyn TokenStore> },
    /// The client credentials of a service account.
    Client,
}

/// A token that authenticates requests. A newer one has a higher number.
#[derive(Clone)]
pub struct AccessToken {
    pub header: HeaderValue,
    pub number: u64,
    renew_at: Instant,
}

impl AccessToken {
    /// `lifetime`: until it expires.
    fn new(token: &Secret, lifetime: Duration, number: u64) -> Result<Self, Error> {
        let lifetime = bounded(lifetime);
        let renew_at = Instant::now() + lifetime.saturating_sub(MARGIN.min(lifetime / 4));
        Ok(Self { header: header::bearer(token)?, number, renew_at })
    }
}

/// The current access token, and what is needed to get the next one.
pub struct Tokens {
    current: RwLock<Option<AccessToken>>,
    refresh: Mutex<RefreshGuard>,
}

/// What only the caller that renews may use.
struct RefreshGuard {
    endpoint: TokenEndpoint,
    grant: Grant,
    last_number: u64,
    failure: Option<(Instant, Error)>,
}

impl Tokens {
    /// `access`: an access token that is available already, with the time when it expires.
    pub fn new(endpoint: TokenEndpoint, grant: Grant, access: Option<(&Secret, DateTime<Utc>)>) -> Result<Self, Error> {
        let current = access.and_then(|(token, expires_at)| {
            let left = (expires_at - transport::now()).to_std().ok().filter(|left| *left > MARGIN)?;
            // One that can't be used is renewed like one that expired.
            AccessToken::new(token, left, 0).ok()
        });
        let refresh = RefreshGuard { endpoint, grant, last_number: 0, failure: None };
        Ok(Self { current: RwLock::new(current), refresh: Mutex::new(refresh) })
    }

    /// The current access token, or a renewed one if that is about to expire.
    pub async fn access(self: &Arc<Self>) -> Result<AccessToken, Error> {
        match self.current() {
            Some(access) if Instant::now() < access.renew_at => Ok(access),
            Some(access) => self.renewed(access.number).await,
            None => self.renewed(0).await,
        }
    }

    /// A newer token than number `stale`; that of another caller, if it was faster.
    pub async fn renewed(self: &Arc<Self>, stale: u64) -> Result<AccessToken, Error> {
        // In a task of its own, so that a renewed token is stored even if the caller is cancelled.
        let (tokens, since) = (Arc::clone(self), Instant::now());
        let task = tokio::spawn(async move {
            let mut refresh = tokens.refresh.lock().await;
            if let Some(access) = tokens.current().filter(|access| access.number > stale) {
                return Ok(access);
            }
            let access = refresh.renew(since).await?;
            *tokens.current.write().unwrap_or_else(PoisonError::into_inner) = Some(access.clone());
            Ok(access)
        });
        task.await.unwrap_or_else(|error| Err(Error::new(Kind::Server, "POST /oauth/token", error.to_string())))
    }

    fn current(&self) -> Option<AccessToken> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl RefreshGuard {
    /// Renews for a caller that has waited since `since`.
    async fn renew(&mut self, since: Instant) -> Result<AccessToken, Error> {
        // A failure is shared by all callers that waited during it, and a refusal by all later ones. Retries follow the rules of
        // any other request: a reply that got lost may have replaced the refresh token, but the old one works for ten minutes
        // more (Atlassian: OAuth 2.0 (3LO)).
        if let Some((at, error)) = &self.failure
            && (*at >= since || !error.can_retry())
        {
            return Err(error.clone());
        }
        self.exchange().await.inspect_err(|error| self.failure = Some((Instant::now(), error.clone())))
    }

    /// Requests tokens, and stores them before anything else of the reply is judged.
    async fn exchange(&mut self) -> Result<AccessToken, Error> {
        let issued = self.request().await?;
        if let Grant::Refresh { token, renewed, store } = &mut self.grant {
            let now = transport::now();
            let expires_at = now + TimeDelta::from_std(issued.lifetime).unwrap_or_default();
            // A reply without a refresh token leaves the old one valid (RFC 6749, section 6).
            let is_replaced = issued.refresh.is_some();
            *token = issued.refresh.clone().unwrap_or_else(|| token.clone());
            *renewed = Some(now);
            let access = issued.access.clone().map(|access| (access, expires_at));
            match store.save(&RenewedTokens { refresh: token.clone(), access }) {
                Err(error) if is_replaced => return Err(error),
                Err(error) => tracing::warn!("{error}"),
                Ok(()) => {}
            }
        }
        self.last_number += 1;
        AccessToken::new(issued.access()?, issued.lifetime, self.last_number)
    }

    async fn request(&mut self) -> Result<IssuedTokens, Error> {
        let Grant::Refresh { token, renewed, store } = &mut self.grant else {
            return self.endpoint.client().await;
        };
        store.ready()?;
        let refusal = match self.endpoint.refresh(token).await {
            Err(error) if error.kind == Kind::InvalidGrant => error,
            result => return result,
        };
        let Some(stored) = store.reload(token) else {
            let remedy = remedy::grant(&refusal.detail, *renewed, transport::now());
            return Err(refusal.with_remedy(remedy));
        };
        tracing::info!("Another process renewed the refresh token in the config file; using that one.");
        *token = stored;
        self.endpoint.refresh(token).await
    }
}
