//! Of many concurrent requests, one renews the token.

use crate::support::{Form, Site};
use source_jira::{
    client::{
        Error, Request, SignIn,
        sign_in::hosts::Hosts,
        sign_in::tokens::{RenewedTokens, TokenStore},
    },
    config::{self, Secret},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

#[derive(Default)]
struct Count(AtomicUsize);

impl TokenStore for Count {
    fn ready(&self) -> Result<(), Error> {
        Ok(())
    }

    fn save(&self, _: &RenewedTokens) -> Result<(), Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn reload(&self, _: &Secret) -> Option<Secret> {
        None
    }
}

/// Endpoints in plenty, because each has a rate limit of its own.
const ROUTES: [&str; 10] = [
    "/rest/api/3/myself",
    "/rest/api/3/serverInfo",
    "/rest/api/3/field",
    "/rest/api/3/issuetype",
    "/rest/api/3/status",
    "/rest/api/3/priority/search",
    "/rest/api/3/resolution/search",
    "/rest/api/3/label",
    "/rest/api/3/filter/search",
    "/rest/api/3/project/search",
];

/// A config of the site that permits many concurrent requests.
fn wide(site: &Site, form: Form) -> config::Config {
    let mut written = site.config_of(form);
    written["max_concurrency"] = 50.into();
    config::parse(written.to_string().as_bytes()).expect("a good config").config
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

#[test]
fn a_thousand_requests_across_an_expiry_renew_once() {
    let site = Site::new(10, 1, "");
    for form in [Form::OAuth, Form::ServiceClient] {
        site.reset_log();
        let config = wide(&site, form);
        let hosts = Hosts { api: site.url(), auth: site.url() };
        let keeper = Arc::new(Count::default());
        let sign_in = SignIn::at(&config, Arc::<Count>::clone(&keeper), hosts).expect("good hosts");
        let (good, refused) = runtime().block_on(async {
            let client = sign_in.connect(1).await.expect("signs in");
            assert_eq!(site.log().count("POST /oauth/token"), 1);
            // For Atlassian the token has ended now; we learn of it by a 401.
            site.advance_clock(Duration::from_secs(2 * 3600));
            let tasks: Vec<_> = (0..1_000)
                .map(|number| {
                    let client = client.clone();
                    tokio::spawn(async move { client.call(&Request::get(ROUTES[number % ROUTES.len()], &[])).await })
                })
                .collect();
            let mut good = 0;
            for task in tasks {
                good += usize::from(task.await.expect("no panic").is_ok());
            }
            (good, site.log().status(401))
        });
        assert_eq!(good, 1_000, "{form:?}");
        assert!((1..=60).contains(&refused), "{form:?}: {refused} met the end of the token");
        assert_eq!(site.log().count("POST /oauth/token"), 2, "{form:?}: one renewal for all");
        assert_eq!(keeper.0.load(Ordering::SeqCst), if form == Form::OAuth { 2 } else { 0 });
    }
}

/// Requests that wait for a renewal share its failure, so that an outage of the token endpoint brings no storm of requests.
#[test]
fn a_renewal_that_fails_fails_for_all_who_wait() {
    let site = Site::new(10, 1, "");
    let config = wide(&site, Form::OAuth);
    let hosts = Hosts { api: site.url(), auth: site.url() };
    let sign_in = SignIn::at(&config, Arc::new(()), hosts).expect("good hosts");
    runtime().block_on(async {
        let client = sign_in.connect(1).await.expect("signs in");
        site.advance_clock(Duration::from_secs(2 * 3600));
        site.change("[[fault]]\nroute = \"/oauth/token\"\nkind = \"503\"\nheaders = \"none\"");
        let tasks: Vec<_> = (0..200)
            .map(|number| {
                let client = client.clone();
                let request = Request::get(ROUTES[number % ROUTES.len()], &[]).tries(1);
                tokio::spawn(async move { client.call(&request).await })
            })
            .collect();
        for task in tasks {
            let error = task.await.expect("no panic").expect_err("no token");
            assert_eq!(error.request, "POST /oauth/token");
        }
        let asked = site.log().count("POST /oauth/token") - 1;
        assert!((1..=40).contains(&asked), "{asked} requests for 200 callers");
        // When it is over, the same client goes on.
        site.change("");
        client.call(&Request::get("/rest/api/3/label", &[])).await.expect("a new token");
    });
}

#[test]
fn an_access_token_is_renewed_before_it_ends() {
    let site = Site::new(10, 1, "[sign_in]\ntoken_life_seconds = 2");
    let config = wide(&site, Form::OAuth);
    let hosts = Hosts { api: site.url(), auth: site.url() };
    let sign_in = SignIn::at(&config, Arc::new(()), hosts).expect("good hosts");
    runtime().block_on(async {
        let client = sign_in.connect(1).await.expect("signs in");
        for _ in 0..35 {
            client.call(&Request::get("/rest/api/3/label", &[])).await.expect("a good token");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    assert_eq!(site.log().status(401), 0, "nobody met the end of a token");
    assert!((3..=4).contains(&site.log().count("POST /oauth/token")), "{:?}", site.log().routes);
}
