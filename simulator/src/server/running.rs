//! A started simulator, and how to steer it from the same process.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::auth::Credentials;
use super::course::{Course, Progress, millis};
use super::log::RequestLog;
use super::serve::serve;
use super::state::State;
use crate::error::Error;
use crate::scenario::Scenario;
use crate::site::Site;
use crate::site::edit::{Edit, Edited};
use crate::site::gone::{Gone, GoneChild, Moved};
use crate::site::summary::Summary;

/// How a site is served.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// 0: any free port.
    pub port: u16,
    /// Every answer takes at least so long.
    pub latency: Duration,
    pub scenario: Scenario,
    pub credentials: Credentials,
}

/// A simulator at work. Dropping it stops it.
pub struct Running {
    state: Arc<State>,
    port: u16,
    stop: Option<oneshot::Sender<()>>,
}

/// Serves a site on a port of this machine, on the runtime this is called from.
pub async fn start(site: Site, options: ServerOptions) -> Result<Running, Error> {
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await;
    let listener = listener.map_err(|error| Error::new(format!("port {}: {error}", options.port)))?;
    let port = listener.local_addr().map_err(Error::new)?.port();
    let state = Arc::new(State::new(site, options.scenario, options.credentials, options.latency));
    let (stop, stopped) = oneshot::channel::<()>();
    let shared = state.clone();
    let routes = Router::new().fallback(move |request: axum::extract::Request| serve(shared.clone(), request));
    tokio::spawn(async move {
        let until = async {
            // A dropped sender stops the server too.
            let _ = stopped.await;
        };
        let _ = axum::serve(listener, routes).with_graceful_shutdown(until).await;
    });
    Ok(Running { state, port, stop: Some(stop) })
}

impl Running {
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn email(&self) -> &str {
        &self.state.credentials.email
    }

    pub fn token(&self) -> &str {
        &self.state.credentials.token
    }

    /// All that the simulator accepts, e-mail and token included.
    pub fn credentials(&self) -> &Credentials {
        &self.state.credentials
    }

    /// The id that gateway paths (`/ex/jira/{cloudId}/…`) carry.
    pub fn cloud_id(&self) -> &'static str {
        crate::api::account::CLOUD_ID
    }

    pub fn log(&self) -> RequestLog {
        self.state.log().clone()
    }

    /// Grows with every request that begins or ends.
    pub fn activity(&self) -> u64 {
        let log = self.state.log();
        log.requests * 2 + log.in_flight
    }

    pub fn reset_log(&self) {
        self.state.log().reset();
    }

    /// Changes what goes wrong from now on.
    pub fn set_scenario(&self, scenario: Scenario) {
        self.state.set_scenario(scenario);
    }

    /// Changes the site, as somebody working with it would.
    pub fn edit(&self, edit: Edit) -> Result<Edited, Error> {
        self.state.site_to_edit().apply(edit)
    }

    /// Makes edits of all kinds; the same seed on the same site makes the same ones.
    pub fn random_edits(&self, count: u32, seed: u64) -> Vec<Edited> {
        self.state.site_to_edit().random_edits(count, seed)
    }

    /// Makes a history out of edits of every kind, in which the site's clock goes on; the same seed on the same site
    /// makes the same one.
    pub fn random_history(&self, count: u32, seed: u64) -> Vec<Edited> {
        self.state.site_to_edit().random_history(count, seed)
    }

    /// Every issue that existed at the start, or was visible since, and can't be seen now.
    pub fn gone(&self) -> Vec<Gone> {
        self.state.site().gone()
    }

    /// When an issue last changed, whether it shows its `updated` or not: searches know. In milliseconds since 1970.
    pub fn changed_at(&self, id: &str) -> Option<i64> {
        self.state.site().changed_at(id)
    }

    /// Comments, worklogs and attachments that were deleted from issues that are still visible.
    pub fn gone_children(&self) -> Vec<GoneChild> {
        self.state.site().gone_children()
    }

    /// Every move of an issue to another project, oldest first.
    pub fn key_history(&self) -> Vec<Moved> {
        self.state.site().moves.clone()
    }

    /// Everything of a kind the account may see, complete: no pages, no caps. See [`crate::ENTITIES`].
    pub fn truth(&self, entity: &str) -> Vec<Value> {
        self.state.site().truth(entity, false)
    }

    /// As [`Running::truth`], with what is kept from the account.
    pub fn hidden_truth(&self, entity: &str) -> Vec<Value> {
        self.state.site().truth(entity, true)
    }

    pub fn site_summary(&self) -> Summary {
        self.state.site().summary()
    }

    /// The site's clock, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.state.site().clock.now()
    }

    /// Moves the site's clock ahead.
    pub fn advance_clock(&self, by: Duration) {
        self.state.site().clock.advance(millis(by));
    }

    /// The site's clock stands at this moment, in milliseconds since 1970, and moves only where it is moved on purpose.
    pub fn hold_clock(&self, now: i64) {
        self.state.site().clock.hold(now);
    }

    /// What happens beside the requests from now on; replaces the course before.
    pub fn set_course(&self, course: Course) {
        *self.state.course() = Progress::of(course);
    }

    /// The edits that the course made so far.
    pub fn course_edits(&self) -> Vec<Edited> {
        self.state.course().edited().to_vec()
    }

    /// Stops listening; answers under way are finished.
    pub fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
