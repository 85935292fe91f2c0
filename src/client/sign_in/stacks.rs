//! What the stacks of one sign-in share, and the stack for each host.

use super::routes::Scheme;
use crate::{
    client::{
        Error,
        auth::{
            Auth, Signer, header,
            hosts::Hosts,
            remedy::Remedies,
            token_endpoint::TokenEndpoint,
            tokens::{Grant, TokenStore, Tokens},
        },
        shared::Shared,
        stack::{Stack, layers},
        transport::Http,
    },
    config::{Config, Credentials},
};
use chrono::TimeDelta;
use std::{sync::Arc, time::Duration};

/// The lifetime of Atlassian's access tokens (Atlassian: OAuth 2.0 (3LO)). From its end follows when a token was issued.
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);

/// The config, the connections, the limits and the access tokens of a sign-in.
pub(super) struct Stacks<'a> {
    pub config: &'a Config,
    pub hosts: Hosts,
    pub shared: Shared,
    http: Http,
    tokens: Option<Arc<Tokens>>,
}

impl<'a> Stacks<'a> {
    pub(super) fn new(config: &'a Config, token_store: Arc<dyn TokenStore>, hosts: Hosts) -> Result<Self, Error> {
        let http = Http::new(config.site().base_url())?;
        let tokens = tokens(config, &http, &hosts, token_store)?.map(Arc::new);
        Ok(Self { config, hosts, shared: shared(config, Duration::ZERO), http, tokens })
    }

    /// The same, with outages of the site waited for; before the first stack is made.
    pub(super) fn patient(self) -> Self {
        Self { shared: shared(self.config, self.config.max_outage()), ..self }
    }

    /// How a scheme authenticates with the credentials of the config.
    pub(super) fn signer(&self, scheme: Scheme) -> Result<Signer, Error> {
        match (&self.config.credentials, scheme, &self.tokens) {
            (Credentials::ApiToken(method), Scheme::Basic, _) => {
                Ok(Signer::Fixed(header::basic(&method.email, &method.api_token)?))
            }
            (Credentials::ApiToken(method), ..) => Ok(Signer::Fixed(header::bearer(&method.api_token)?)),
            (Credentials::ServiceAccount(method), ..) => {
                Ok(Signer::Fixed(header::bearer(&method.service_account_token)?))
            }
            (_, _, Some(tokens)) => Ok(Signer::Tokens(Arc::clone(tokens))),
            (_, _, None) => Ok(Signer::Unsigned),
        }
    }

    /// All layers, for one host.
    pub(super) fn stack(&self, base: &str, signer: Signer) -> Stack {
        self.stack_with(base, signer, Remedies::of(&self.config.credentials))
    }

    /// As [`Self::stack`], for credentials with other remedies.
    pub(super) fn stack_with(&self, base: &str, signer: Signer, remedies: Remedies) -> Stack {
        let auth = Auth::new(self.http.at(base), signer, remedies);
        layers(auth, &self.shared)
    }
}

fn shared(config: &Config, patience: Duration) -> Shared {
    Shared::new(config.max_concurrency(), config.site().is_loopback(), patience)
}

fn tokens(config: &Config, http: &Http, hosts: &Hosts, store: Arc<dyn TokenStore>) -> Result<Option<Tokens>, Error> {
    match &config.credentials {
        Credentials::ApiToken(_) | Credentials::ServiceAccount(_) => Ok(None),
        Credentials::OAuth(method) => {
            let endpoint = TokenEndpoint::new(http, hosts, &method.client_id, &method.client_secret)?;
            let renewed = method.token_expiry().map(|end| end - TOKEN_LIFE);
            let grant = Grant::Refresh { token: method.refresh_token.clone(), renewed, store };
            Tokens::new(endpoint, grant, method.access_token.as_ref().zip(method.token_expiry())).map(Some)
        }
        Credentials::ClientCredentials(method) => {
            let endpoint = TokenEndpoint::new(http, hosts, &method.client_id, &method.client_secret)?;
            Tokens::new(endpoint, Grant::Client, None).map(Some)
        }
    }
}
