//! Getting in: which address, which header, which site, and who we are there.
//!
//! An API token without scopes works on the site's own address; everything else through the gateway, which wants the
//! site's cloud ID. `connect` tries what the credentials allow, the likeliest first, and asks `/myself`, the one
//! endpoint that wrong credentials can't get past.

pub mod auth;
mod diagnosis;
pub mod exchange;
pub mod hosts;
mod locate;
pub mod organization;
pub mod remedy;
pub mod sites;
pub mod tokens;

use super::{Client, Error, Gate, Kind, Request, Service, Stack, Stats, classify, observe, retry, throttle, transport};
use crate::{
    config::{ApiHost, Config, Credentials, Secret},
    protocol::Failure,
};
use auth::{Auth, Signer};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use exchange::Exchange;
use hosts::Hosts;
use locate::Located;
use remedy::Remedies;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use std::sync::Arc;
use tokens::{Grant, Keeper, Tokens};

/// How long Atlassian's access tokens live: the end of one tells when it was made.
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);

/// A clock that is wrong by less is nobody's concern.
const CLOCK_MINUTES: i64 = 5;

/// Who we are, and how we got in.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Unknown if the token lacks the scope to tell.
    pub name: Option<String>,
    pub account: Option<String>,
    /// The site's clock when it answered.
    pub date: Option<DateTime<Utc>>,
    way: Way,
    /// Another way was tried before.
    by_trial: bool,
}

impl Identity {
    /// What to write into the config, if the way in had to be tried out.
    pub fn advice(&self) -> Option<&'static str> {
        (self.by_trial && self.way.host == Host::Gateway).then_some(
            "The site refused the token and the gateway took it, so it has scopes: write \"api_host\": \"gateway\" into the config to \
             spare the first try.",
        )
    }
}

/// One way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    host: Host,
    scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    Site,
    Gateway,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Basic,
    Bearer,
    /// Bearer, with tokens from the token endpoint.
    Tokens,
}

/// A config on its way to a connection.
pub struct SignIn<'a> {
    config: &'a Config,
    hosts: Hosts,
    http: transport::Http,
    gate: Arc<Gate>,
    stats: Arc<Stats>,
    tokens: Option<Arc<Tokens>>,
}

impl<'a> SignIn<'a> {
    /// `keeper` is told of renewed tokens, should there be any.
    pub fn new(config: &'a Config, keeper: Arc<dyn Keeper>) -> Result<Self, Failure> {
        Self::at(config, keeper, Hosts::from_environment()?)
    }

    /// As [`Self::new`], with Atlassian's hosts elsewhere.
    pub fn at(config: &'a Config, keeper: Arc<dyn Keeper>, hosts: Hosts) -> Result<Self, Failure> {
        let http = transport::Http::new(config.site().base_url())?;
        let tokens = tokens(config, &http, &hosts, keeper)?.map(Arc::new);
        let gate = Arc::new(Gate::new(config.max_concurrency()));
        Ok(Self { config, hosts, http, gate, stats: Arc::default(), tokens })
    }

    /// How many requests may be under way, and until when Jira wants none.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Tries the ways in. Each question is asked at most `tries` times.
    pub async fn connect(&self, tries: u32) -> Result<Client, Failure> {
        let ways = self.ways();
        let (mut gateway, mut refusal): (Option<Located>, Option<Error>) = (None, None);
        for (number, way) in ways.iter().enumerate() {
            let base = match (way.host, &gateway) {
                (Host::Site, _) => self.config.site().base_url().to_owned(),
                (Host::Gateway, Some(located)) => located.base.clone(),
                (Host::Gateway, None) => match self.gateway().await {
                    Ok(located) => gateway.insert(located).base.clone(),
                    Err(failure) => return Err(refusal.map_or(failure, |refusal| without_gateway(refusal).into())),
                },
            };
            let stack = self.stack(&base, self.signer(way.scheme)?);
            match whoami(&stack, tries, *way, number > 0).await {
                Ok(identity) => {
                    if way.host == Host::Gateway
                        && let Some(located) = &gateway
                    {
                        self.confirm(located, &stack).await?;
                    }
                    warn_of_clock(identity.date);
                    return Ok(self.client(stack, identity));
                }
                Err(error) if matches!(error.kind, Kind::Unauthorized | Kind::Anonymous) => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(self.diagnosis(way.host, error).await),
            }
        }
        let refusal = refusal.unwrap_or_else(|| Error::new(Kind::Unauthorized, "GET /rest/api/3/myself", ""));
        let both = ways.first().map(|way| way.host) != ways.last().map(|way| way.host);
        let remedy = refusal.remedy.clone().unwrap_or_default();
        let more = if both { " The site and the gateway both refused it." } else { "" };
        Err(refusal.with_remedy(format!("{remedy}{more}")).into())
    }

    /// What these credentials can be used for, the likeliest first.
    fn ways(&self) -> Vec<Way> {
        let scheme = match &self.config.credentials {
            Credentials::ApiToken(_) => Scheme::Basic,
            Credentials::ServiceAccount(_) => Scheme::Bearer,
            Credentials::OAuth(_) | Credentials::ClientCredentials(_) => Scheme::Tokens,
        };
        let through = |host, scheme| Way { host, scheme };
        let mut ways = Vec::new();
        let is_gateway = self.config.site().cloud_id().is_some();
        let on_site = match self.config.api_host {
            ApiHost::Auto => self.config.credentials.can_use_site() && !is_gateway,
            ApiHost::Site => !is_gateway,
            ApiHost::Gateway => false,
        };
        if on_site {
            ways.push(through(Host::Site, scheme));
        }
        if !on_site || self.config.api_host == ApiHost::Auto {
            ways.push(through(Host::Gateway, scheme));
            if scheme == Scheme::Basic {
                // Atlassian documents Basic for tokens with scopes; some implementers found that only Bearer works.
                ways.push(through(Host::Gateway, Scheme::Bearer));
            }
        }
        ways
    }

    fn signer(&self, scheme: Scheme) -> Result<Signer, Error> {
        match (&self.config.credentials, scheme, &self.tokens) {
            (Credentials::ApiToken(way), Scheme::Basic, _) => {
                let pair = format!("{}:{}", way.email, way.api_token.expose());
                Ok(Signer::Fixed(header(format!("Basic {}", STANDARD.encode(pair)))?))
            }
            (Credentials::ApiToken(way), ..) => Ok(Signer::Fixed(bearer(&way.api_token)?)),
            (Credentials::ServiceAccount(way), ..) => Ok(Signer::Fixed(bearer(&way.service_account_token)?)),
            (_, _, Some(tokens)) => Ok(Signer::Tokens(Arc::clone(tokens))),
            (_, _, None) => Ok(Signer::Nobody),
        }
    }

    /// All layers over one host.
    fn stack(&self, base: &str, signer: Signer) -> Stack {
        self.stack_with(base, signer, Remedies::of(&self.config.credentials))
    }

    fn stack_with(&self, base: &str, signer: Signer, remedies: Remedies) -> Stack {
        let auth = Auth::new(self.http.at(base), signer, remedies);
        layers(auth, &self.gate, &self.stats, self.config.site().is_loopback())
    }

    fn client(&self, stack: Stack, identity: Identity) -> Client {
        let (gate, stats) = (Arc::clone(&self.gate), Arc::clone(&self.stats));
        Client { stack: Arc::new(stack), gate, stats, identity: Arc::new(identity) }
    }
}

fn tokens(
    config: &Config,
    http: &transport::Http,
    hosts: &Hosts,
    keeper: Arc<dyn Keeper>,
) -> Result<Option<Tokens>, Error> {
    match &config.credentials {
        Credentials::ApiToken(_) | Credentials::ServiceAccount(_) => Ok(None),
        Credentials::OAuth(way) => {
            let exchange = Exchange::new(http, hosts, &way.client_id, &way.client_secret)?;
            let renewed = way.token_expiry().map(|end| end - TOKEN_LIFE);
            let grant = Grant::Refresh { token: way.refresh_token.clone(), renewed, keeper };
            Tokens::new(exchange, grant, way.access_token.as_ref().zip(way.token_expiry())).map(Some)
        }
        Credentials::ClientCredentials(way) => {
            let exchange = Exchange::new(http, hosts, &way.client_id, &way.client_secret)?;
            Tokens::new(exchange, Grant::Client, None).map(Some)
        }
    }
}

/// The site refused the token, and its cloud ID could not be had for another try: both may be the cause.
fn without_gateway(refusal: Error) -> Error {
    let remedy = refusal.remedy.clone().unwrap_or_default();
    let more = "A token with scopes works through the gateway only, for which the cloud ID could not be found out: if it has scopes, \
                write the ID into `cloud_id`.";
    refusal.with_remedy(format!("{remedy} {more}"))
}

/// Cursors go by the site's clock, so a wrong one here loses nothing; certificates and tokens are judged by it.
fn warn_of_clock(date: Option<DateTime<Utc>>) {
    let Some(date) = date else { return };
    let ahead = ((Utc::now() - date).num_seconds() as f64 / 60.0).round() as i64;
    if ahead.abs() >= CLOCK_MINUTES {
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        tracing::warn!(
            "This machine's clock is {} min {side} Jira's. Cursors go by Jira's clock, so nothing gets lost; but set the clock \
             right, because certificates and tokens are judged by it.",
            ahead.abs()
        );
    }
}

/// What stands above signing, in the order that `client` explains. On this machine nobody need be spared.
fn layers(auth: Auth<transport::Http>, gate: &Arc<Gate>, stats: &Arc<Stats>, loopback: bool) -> Stack {
    let throttle = throttle::Throttle::new(auth, Arc::clone(gate));
    let retry = retry::Retry::new(throttle, retry::Policy::for_site(loopback));
    observe::Observe::new(retry, Arc::clone(stats))
}

/// Asks who we are. A token that may not tell is good all the same.
async fn whoami(stack: &Stack, tries: u32, way: Way, by_trial: bool) -> Result<Identity, Error> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Myself {
        display_name: Option<String>,
        account_id: Option<String>,
    }
    let request = Request::get("/rest/api/3/myself", &[]).tries(tries);
    match stack.call(&request).await {
        Ok(reply) => {
            let myself: Myself =
                serde_json::from_str(&reply.body).map_err(|error| classify::malformed(&request, error.to_string()))?;
            Ok(Identity {
                name: myself.display_name,
                account: myself.account_id.or(reply.account),
                date: reply.date,
                way,
                by_trial,
            })
        }
        Err(error) if error.kind == Kind::Scope => {
            let server = Request::get("/rest/api/3/serverInfo", &[]).tries(tries);
            let reply = stack.call(&server).await.map_err(|_| error)?;
            Ok(Identity { name: None, account: reply.account, date: reply.date, way, by_trial })
        }
        Err(error) => Err(error),
    }
}

/// `Bearer` and the token: one space, and the word as written here (reported by users: other spellings are refused).
fn bearer(token: &Secret) -> Result<HeaderValue, Error> {
    header(format!("Bearer {}", token.expose()))
}

fn header(text: String) -> Result<HeaderValue, Error> {
    let mut header = HeaderValue::from_str(&text).map_err(|_| {
        Error::new(Kind::Unauthorized, "signing in", "the token has characters that no header can carry")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use serde_json::{Value, json};

    fn ways(credentials: Value, domain: &str, api_host: &str) -> String {
        let config = json!({"credentials": credentials, "domain": domain, "api_host": api_host}).to_string();
        let config = config::parse(config.as_bytes()).unwrap().config;
        let sign_in = SignIn::new(&config, Arc::new(())).unwrap();
        sign_in.ways().iter().map(|way| format!("{:?} {:?}", way.host, way.scheme)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_kind_of_credentials_has_its_ways() {
        let token = |email: &str| json!({"auth_type": "API Token", "email": email, "api_token": "t"});
        let (user, service) = (token("e@x.y"), token("e@serviceaccount.atlassian.com"));
        let bearer = json!({"auth_type": "Service Account", "service_account_token": "t"});
        let id = "11223344-a1b2-3b33-c444-def123456789";
        let gateway = format!("api.atlassian.com/ex/jira/{id}");
        for (credentials, domain, api_host, expected) in [
            (&user, "a.atlassian.net", "auto", "Site Basic, Gateway Basic, Gateway Bearer"),
            (&user, "a.atlassian.net", "site", "Site Basic"),
            (&user, "a.atlassian.net", "gateway", "Gateway Basic, Gateway Bearer"),
            (&user, gateway.as_str(), "auto", "Gateway Basic, Gateway Bearer"),
            (&service, "a.atlassian.net", "auto", "Gateway Basic, Gateway Bearer"),
            (&bearer, "a.atlassian.net", "auto", "Gateway Bearer"),
        ] {
            assert_eq!(ways(credentials.clone(), domain, api_host), expected, "{credentials} {domain} {api_host}");
        }
        let oauth = json!({"auth_type": "OAuth2.0", "client_id": "c", "client_secret": "s", "refresh_token": "r"});
        assert_eq!(ways(oauth, "a.atlassian.net", "gateway"), "Gateway Tokens");
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_without_being_shown() {
        let error = bearer(&Secret::new("hush\u{7f}ed")).unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}
