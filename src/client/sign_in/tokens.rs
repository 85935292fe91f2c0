//! Access tokens that end within the hour: renewed before they do, by one for all, and kept before they are used.
//!
//! Atlassian replaces the refresh token at each use, so a renewed one must not get lost: it is handed to the [`Keeper`]
//! before the access token that came with it signs anything (Atlassian: OAuth 2.0 (3LO), "rotating refresh tokens").

use super::exchange::{Exchange, Granted};
use crate::{
    client::{Error, Kind},
    config::Secret,
};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderValue;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// An access token is renewed so long before its end, or after three quarters of its life if that is sooner.
const MARGIN: Duration = Duration::from_secs(120);

/// Where renewed tokens are kept, so that the next run has them.
pub trait Keeper: Send + Sync {
    /// Called before the access token is used for the first time.
    fn keep(&self, renewed: &Renewed);

    /// The refresh token that is kept by now, if it is another than this one: a second process may have renewed it.
    fn newer(&self, than: &Secret) -> Option<Secret>;
}

/// For credentials of which nothing needs to be kept.
impl Keeper for () {
    fn keep(&self, _: &Renewed) {}

    fn newer(&self, _: &Secret) -> Option<Secret> {
        None
    }
}

/// What came of a refresh token.
#[derive(Debug)]
pub struct Renewed {
    pub refresh: Secret,
    pub access: Secret,
    pub until: DateTime<Utc>,
}

/// What access tokens are asked for with.
pub enum Grant {
    /// OAuth 2.0 (3LO). `renewed` is when the refresh token was last replaced, if the config tells.
    Refresh { token: Secret, renewed: Option<DateTime<Utc>>, keeper: Arc<dyn Keeper> },
    /// A service account's client credentials.
    Client,
}

/// A token to sign with. Numbers tell an older one from a newer one.
#[derive(Clone)]
pub struct Access {
    pub header: HeaderValue,
    pub number: u64,
    renew_at: Instant,
}

impl Access {
    /// `life` is what is left of it.
    fn new(token: &Secret, life: Duration, number: u64) -> Result<Self, Error> {
        let renew_at = Instant::now() + life.saturating_sub(MARGIN.min(life / 4));
        Ok(Self { header: super::bearer(token)?, number, renew_at })
    }
}

/// The present access token, and the way to the next one.
pub struct Tokens {
    present: RwLock<Option<Access>>,
    turn: Mutex<Turn>,
}

/// Held by whoever renews.
struct Turn {
    exchange: Exchange,
    grant: Grant,
    last: u64,
    failure: Option<(Instant, Error)>,
}

impl Tokens {
    /// `access` is a token that is at hand already, with its end.
    pub fn new(exchange: Exchange, grant: Grant, access: Option<(&Secret, DateTime<Utc>)>) -> Result<Self, Error> {
        let at_hand = access.and_then(|(token, until)| {
            let left = (until - Utc::now()).to_std().ok().filter(|left| *left > MARGIN)?;
            Some(Access::new(token, left, 0))
        });
        let turn = Turn { exchange, grant, last: 0, failure: None };
        Ok(Self { present: RwLock::new(at_hand.transpose()?), turn: Mutex::new(turn) })
    }

    /// A token that is good for a while.
    pub async fn access(self: &Arc<Self>) -> Result<Access, Error> {
        match self.present() {
            Some(access) if Instant::now() < access.renew_at => Ok(access),
            Some(access) => self.renewed(access.number).await,
            None => self.renewed(0).await,
        }
    }

    /// A newer token than number `stale`: another caller's, if one was faster.
    pub async fn renewed(self: &Arc<Self>, stale: u64) -> Result<Access, Error> {
        // In a task of its own: a caller that goes away in the middle must not take a renewed token with it.
        let (tokens, began) = (Arc::clone(self), Instant::now());
        let task = tokio::spawn(async move {
            let mut turn = tokens.turn.lock().await;
            if let Some(access) = tokens.present().filter(|access| access.number > stale) {
                return Ok(access);
            }
            let access = turn.take(began).await?;
            *tokens.present.write().unwrap_or_else(PoisonError::into_inner) = Some(access.clone());
            Ok(access)
        });
        task.await.unwrap_or_else(|error| Err(Error::new(Kind::Server, "POST /oauth/token", error.to_string())))
    }

    fn present(&self) -> Option<Access> {
        self.present.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Turn {
    /// For somebody who has waited since `began`.
    async fn take(&mut self, began: Instant) -> Result<Access, Error> {
        // What failed for one fails for all who waited with it, and a refusal for all who come. Whoever tries again does
        // so as for any other request; an answer that got lost may have replaced the refresh token, but the old one works
        // for ten minutes more.
        if let Some((at, error)) = &self.failure
            && (*at >= began || !error.can_retry())
        {
            return Err(error.clone());
        }
        let granted = self.ask().await.inspect_err(|error| self.failure = Some((Instant::now(), error.clone())))?;
        self.last += 1;
        let access = Access::new(&granted.access, granted.life, self.last)?;
        if let Grant::Refresh { token, renewed, keeper } = &mut self.grant {
            let life = TimeDelta::from_std(granted.life).unwrap_or_default();
            // An answer without a refresh token leaves the old one valid (RFC 6749, section 6).
            *token = granted.refresh.unwrap_or_else(|| token.clone());
            *renewed = Some(Utc::now());
            keeper.keep(&Renewed { refresh: token.clone(), access: granted.access, until: Utc::now() + life });
        }
        Ok(access)
    }

    async fn ask(&mut self) -> Result<Granted, Error> {
        let Grant::Refresh { token, renewed, keeper } = &mut self.grant else {
            return self.exchange.client().await;
        };
        let refusal = match self.exchange.refresh(token).await {
            Err(error) if error.kind == Kind::Grant => error,
            result => return result,
        };
        let Some(newer) = keeper.newer(token) else {
            let remedy = super::remedy::grant(&refusal.detail, *renewed, Utc::now());
            return Err(refusal.with_remedy(remedy));
        };
        tracing::info!("Another process has renewed the refresh token in the config file; going on with that one.");
        *token = newer;
        self.exchange.refresh(token).await
    }
}
