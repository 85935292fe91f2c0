//! A running simulator, and its API for the same process.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::auth::Credentials;
use super::log::RequestLog;
use super::serve::serve;
use super::state::State;
use super::timeline::{Progress, Timeline, millis};
use super::trace::{Trace, TracedRequest};
use crate::error::Error;
use crate::scenario::Scenario;
use crate::site::Site;
use crate::site::edit::{Edit, Edited};
use crate::site::missing::{DeletedChild, MissingIssue, Moved};
use crate::truth;
use crate::truth::summary::{Summary, summary};

/// How a site is served.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// 0: any free port.
    pub port: u16,
    /// Minimum duration of each response.
    pub latency: Duration,
    pub scenario: Scenario,
    pub credentials: Credentials,
}

/// A running simulator. Dropping it stops it.
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

    /// All credentials that the simulator accepts, email and token included.
    pub fn credentials(&self) -> &Credentials {
        &self.state.credentials
    }

    /// The cloud ID that gateway paths (`/ex/jira/{cloudId}/…`) carry.
    pub fn cloud_id(&self) -> &'static str {
        crate::api::account::CLOUD_ID
    }

    pub fn log(&self) -> RequestLog {
        self.state.log().clone()
    }

    /// A counter that increases whenever a request begins or ends.
    pub fn activity(&self) -> u64 {
        let log = self.state.log();
        log.requests * 2 + log.in_flight
    }

    /// Requests that a fault of the scenario hit, by its place there.
    pub fn fault_hits(&self, place: usize) -> u64 {
        self.state.faults().hits(place)
    }

    pub fn reset_log(&self) {
        self.state.log().reset();
    }

    /// Replaces the scenario.
    pub fn set_scenario(&self, scenario: Scenario) {
        self.state.set_scenario(scenario);
    }

    /// Edits the site, as a user would.
    pub fn edit(&self, edit: Edit) -> Result<Edited, Error> {
        self.state.site_to_edit().apply(edit)
    }

    /// Makes random everyday edits; the same seed on the same site makes the same edits.
    pub fn random_edits(&self, count: u32, seed: u64) -> Vec<Edited> {
        self.state.site_to_edit().random_edits(count, seed)
    }

    /// Makes random edits of every kind and advances the site's clock between them; the same seed on the same site
    /// makes the same edits.
    pub fn random_history(&self, count: u32, seed: u64) -> Vec<Edited> {
        self.state.site_to_edit().random_history(count, seed)
    }

    /// Every issue that existed at the start, or was visible later, and is not visible now.
    pub fn missing_issues(&self) -> Vec<MissingIssue> {
        self.state.site().missing_issues()
    }

    /// When an issue was last updated, in milliseconds since 1970, even if its record has no `updated`: searches use
    /// it.
    pub fn changed_at(&self, id: &str) -> Option<i64> {
        self.state.site().changed_at(id)
    }

    /// Comments, worklogs and attachments that were deleted from issues that are still visible.
    pub fn deleted_children(&self) -> Vec<DeletedChild> {
        self.state.site().deleted_children()
    }

    /// Every move of an issue to another project, oldest first.
    pub fn key_history(&self) -> Vec<Moved> {
        self.state.site().moves.clone()
    }

    /// All records of an entity that the account has access to, without pages and limits. See [`crate::ENTITIES`].
    pub fn truth(&self, entity: &str) -> Vec<Value> {
        truth::values(&self.state.site(), entity, false)
    }

    /// As [`Running::truth`], including records that the account has no access to.
    pub fn truth_with_hidden(&self, entity: &str) -> Vec<Value> {
        truth::values(&self.state.site(), entity, true)
    }

    pub fn site_summary(&self) -> Summary {
        summary(&self.state.site())
    }

    /// The site's clock, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.state.site().clock.now()
    }

    /// Advances the site's clock.
    pub fn advance_clock(&self, by: Duration) {
        self.state.site().clock.advance(millis(by));
    }

    /// Stops the site's clock at this time, in milliseconds since 1970; only explicit calls and the timeline move it.
    pub fn freeze_clock(&self, now: i64) {
        self.state.site().clock.hold(now);
    }

    /// Sets the events that happen between the requests from now on; replaces the previous timeline.
    pub fn set_timeline(&self, timeline: Timeline) {
        *self.state.timeline() = Progress::of(timeline);
    }

    /// The edits that the timeline has made so far.
    pub fn timeline_edits(&self) -> Vec<Edited> {
        self.state.timeline().edited().to_vec()
    }

    /// Keeps the last requests from now on, so many at most.
    pub fn trace_requests(&self, most: usize) {
        *self.state.trace() = Trace::of(most);
    }

    /// The requests kept since [`Running::trace_requests`], in the order of their arrival.
    pub fn traced_requests(&self) -> Vec<TracedRequest> {
        self.state.trace().requests()
    }

    /// Requests that arrived since the timeline was set.
    pub fn timeline_requests(&self) -> u64 {
        self.state.timeline().requests()
    }

    /// Stops listening; requests in progress are completed.
    pub fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
