//! Makes a client from a config: tries the routes, and confirms the site and the account.

use super::{
    diagnosis,
    locate::{self, GatewaySite},
    organization,
    routes::{Host, candidate_routes},
    stacks::Stacks,
};
use crate::{
    client::{
        Client, Error, Gate, Identity, Kind, Request, Service,
        auth::{hosts::Hosts, tokens::TokenStore},
        classify,
        stack::Stack,
        transport,
    },
    config::Config,
    protocol::Failure,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

/// A difference between clocks below this has no effect.
const CLOCK_MINUTES: i64 = 5;

/// Makes a [`Client`] from a config.
pub struct SignIn<'a> {
    stacks: Stacks<'a>,
}

impl<'a> SignIn<'a> {
    /// `token_store` gets renewed tokens, if the credentials have any.
    pub fn new(config: &'a Config, token_store: Arc<dyn TokenStore>) -> Result<Self, Failure> {
        Self::at(config, token_store, Hosts::from_environment()?)
    }

    /// As [`Self::new`], with other addresses for Atlassian's hosts.
    pub fn at(config: &'a Config, token_store: Arc<dyn TokenStore>, hosts: Hosts) -> Result<Self, Failure> {
        Ok(Self { stacks: Stacks::new(config, token_store, hosts)? })
    }

    /// Waits for outages of the site as long as the config says. Only for a sync: a person wants to know immediately.
    pub fn patient(self) -> Self {
        Self { stacks: self.stacks.patient() }
    }

    /// The outage of the site that all requests wait for, for people, if there is one, and for how long at most.
    pub fn outage(&self) -> Option<(String, Duration)> {
        self.stacks.shared.health.waiting()
    }

    /// The limits that all requests share.
    pub fn gate(&self) -> &Gate {
        &self.stacks.shared.gate
    }

    /// Checks the API key of the organization, if the config contains one. Returns the name of the organization.
    pub async fn organization(&self) -> Result<Option<String>, Failure> {
        match &self.stacks.config.admin {
            Some(admin) => organization::name(&self.stacks, admin).await.map(Some),
            None => Ok(None),
        }
    }

    /// Tries the candidate routes until Jira accepts one. Each request has at most `tries` attempts. A route that is refused
    /// leads to the next one; any other failure ends the search, so that no token is tried again and again up to a CAPTCHA.
    pub async fn connect(&self, tries: u32) -> Result<Client, Failure> {
        let stacks = &self.stacks;
        let routes = candidate_routes(stacks.config);
        let (mut gateway, mut refusal): (Option<GatewaySite>, Option<Error>) = (None, None);
        for (number, route) in routes.iter().enumerate() {
            let base = match (route.host, &gateway) {
                (Host::Site, _) => stacks.config.site().base_url().to_owned(),
                (Host::Gateway, Some(site)) => site.base.clone(),
                (Host::Gateway, None) => match locate::gateway(stacks).await {
                    Ok(site) => gateway.insert(site).base.clone(),
                    Err(failure) => return Err(refusal.map_or(failure, |refusal| without_gateway(refusal).into())),
                },
            };
            let stack = stacks.stack(&base, stacks.signer(route.scheme)?);
            match whoami(&stack, tries, route.advice(number > 0)).await {
                Ok(identity) => {
                    if route.host == Host::Gateway
                        && let Some(site) = &gateway
                    {
                        locate::confirm(stacks.config, site, &stack).await?;
                    }
                    warn_of_clock(identity.date);
                    return Ok(Client::new(stack, stacks.shared.clone(), identity));
                }
                Err(error) if matches!(error.kind, Kind::Unauthorized | Kind::Anonymous) => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(diagnosis::diagnose(stacks, route.host, error).await),
            }
        }
        let refusal = refusal.unwrap_or_else(|| Error::new(Kind::Unauthorized, "GET /rest/api/3/myself", ""));
        let both = routes.first().map(|route| route.host) != routes.last().map(|route| route.host);
        let remedy = refusal.remedy.clone().unwrap_or_default();
        let more = if both { " The site and the gateway both refused it." } else { "" };
        Err(refusal.with_remedy(format!("{remedy}{more}")).into())
    }
}

/// The site refused the token, and its cloud ID cannot be determined for the gateway. Either may be the cause.
fn without_gateway(refusal: Error) -> Error {
    let remedy = refusal.remedy.clone().unwrap_or_default();
    let more = "A token with scopes works only through the gateway, which requires the cloud ID, and that cannot be determined. If the token \
                has scopes, set `cloud_id`.";
    refusal.with_remedy(format!("{remedy} {more}"))
}

/// A wrong clock on this machine loses no data, because cursors follow the earliest clock. But it decides whether certificates
/// and tokens are valid.
fn warn_of_clock(date: Option<DateTime<Utc>>) {
    let Some(date) = date else { return };
    let ahead = minutes_ahead(transport::now(), date);
    let certificates = "no data is lost, but correct the clock: certificates and tokens are checked by it.";
    if ahead >= CLOCK_MINUTES {
        tracing::warn!("This machine's clock is {ahead} min ahead of Jira's. Cursors follow Jira's, so {certificates}");
    } else if ahead <= -CLOCK_MINUTES {
        let behind = -ahead;
        tracing::warn!(
            "This machine's clock is {behind} min behind Jira's. Cursors follow the earlier one, so each sync reads the last \
             {behind} min again; {certificates}"
        );
    }
}

/// By how many minutes one clock is ahead of another one.
fn minutes_ahead(one: DateTime<Utc>, other: DateTime<Utc>) -> i64 {
    ((one - other).num_seconds() as f64 / 60.0).round() as i64
}

/// Requests the account. A token without the scope for that is valid, too: then the public server information is requested.
async fn whoami(stack: &Stack, tries: u32, advice: Option<&'static str>) -> Result<Identity, Error> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Myself {
        display_name: Option<String>,
        account_id: Option<String>,
    }
    let request = Request::get("/rest/api/3/myself", &[]).tries(tries).short();
    match stack.call(&request).await {
        Ok(reply) => {
            let myself: Myself =
                serde_json::from_str(&reply.body).map_err(|error| classify::malformed(&request, error))?;
            let account = myself.account_id.or(reply.account);
            // Something else than Jira may answer 200 with any JSON.
            let account = account.ok_or_else(|| classify::malformed(&request, "no property 'accountId'"))?;
            Ok(Identity { name: myself.display_name, account: Some(account), date: reply.date, advice })
        }
        Err(error) if error.kind == Kind::Scope => {
            let server = Request::get("/rest/api/3/serverInfo", &[]).tries(tries).short();
            let reply = stack.call(&server).await.map_err(|_| error)?;
            Ok(Identity { name: None, account: reply.account, date: reply.date, advice })
        }
        Err(error) => Err(error),
    }
}
