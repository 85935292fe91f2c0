//! A whole read: restores the states, starts the readers, and closes with the report. Nothing below imports it.

use super::{
    context::{ConfiguredStream, SyncContext},
    deletions::{IssueReconciler, Reconciled, lists, worklogs},
    fields::Declared,
    issues::IssueStreams,
    list_tree,
};
use crate::{
    config::near_miss,
    jira,
    protocol::{ConfiguredCatalog, Failure, InputState, Level, SyncMode},
    state::{
        BoardsState, DeletedIssuesState, Envelope, FeedState, IssuesState, ListState, Restored, Site, StreamState,
        airbyte::AirbyteStateExport,
    },
    streams::{self, Source, Stream},
};
use serde_json::Value;
use tokio::time::Instant;

/// Replies whose clocks differ by so many milliseconds are worth a word.
const CLOCK_APART: i64 = 5 * 60_000;

/// The streams of a catalog by the way in which they are read.
#[derive(Default)]
struct Selection {
    /// Those that start now, with their states; the reconciler starts its own.
    started: Vec<(&'static Stream, Value)>,
    issues: Vec<ConfiguredStream<IssuesState>>,
    boards: Vec<ConfiguredStream<BoardsState>>,
    lists: Vec<ConfiguredStream<ListState>>,
    feeds: Vec<(ConfiguredStream<FeedState>, SyncMode)>,
    comparisons: Vec<lists::Comparison>,
    ids: Option<&'static Stream>,
    deletions: Option<(&'static Stream, SyncMode, DeletedIssuesState)>,
    /// Full refreshes that an earlier attempt of the job has finished.
    complete: Vec<ConfiguredStream<StreamState>>,
}

/// Reads what the catalog asks for. The output knows afterwards whether anything failed.
pub async fn read(sync: &SyncContext, catalog: &ConfiguredCatalog, state: &InputState) -> Result<(), Failure> {
    let begin = Instant::now();
    introduce(sync);
    let site = site(sync);
    let mut restore = Restore { sync, state, site: site.clone(), unnamed: None };
    let (mut selection, mut unknown) = (Selection::default(), Vec::new());
    for configured in &catalog.streams {
        let Some(stream) = streams::find(&configured.name) else {
            unknown.push(configured.name.as_str());
            continue;
        };
        // Some clients ask for every stream incrementally; a list is then read in full.
        let mode = if stream.cursor().is_some() { configured.sync_mode } else { SyncMode::FullRefresh };
        let ignores_state = configured.sync_mode == SyncMode::Incremental && stream.cursor().is_none();
        let restored = restore.stream(stream, mode, ignores_state).await?;
        selection.add(stream, mode, restored);
    }
    let by_project = !sync.config.filters.projects.is_empty();
    let airbyte = sync.config.is_airbyte_compatible().then_some(AirbyteStateExport { by_project });
    let envelope = Envelope { site: restore.known_site(), job: sync.job.clone(), airbyte };
    sync.out.complete_states(Box::new(move |stream, state| envelope.seal(stream, state)));
    unknown.into_iter().for_each(|name| refuse_unknown(sync, name));
    for name in state.streams.keys().filter(|name| !catalog.streams.iter().any(|stream| stream.name == **name)) {
        let text = format!("The state of stream '{name}' is not used: the catalog does not ask for it.");
        sync.out.log(Level::Info, text);
    }
    let Selection { started, issues, boards, lists, feeds, comparisons, ids, deletions, complete } = selection;
    let mut names: Vec<&'static str> = started.iter().map(|(stream, _)| stream.name).collect();
    started.into_iter().for_each(|(stream, state)| sync.out.start(stream.name, state));
    let reconciler = IssueReconciler::new(sync, Reconciled { ids, deletions });
    reconciler.start();
    names.extend(reconciler.names());
    for configured in complete {
        let name = configured.stream.name;
        sync.out.log(Level::Info, format!("{name}: an earlier attempt of this job has read it completely."));
        sync.out.finish(name, configured.state.to_json(), true);
    }
    let issue_streams = IssueStreams::new(sync, &reconciler, Declared::of(catalog));
    let feeds = async {
        for (feed, mode) in feeds {
            worklogs::read(sync, feed, mode).await;
        }
    };
    tokio::join!(
        issue_streams.read(issues),
        list_tree::read(sync, list_tree::nodes(lists, boards, comparisons)),
        feeds
    );
    if let Some(apart) = sync.client.clock_disagreement().filter(|apart| *apart >= CLOCK_APART) {
        let text = format!(
            "Jira's replies disagree about the time by {} min. Cursors follow the earliest, so no data is lost; look for a \
             proxy with a wrong clock.",
            apart / 60_000
        );
        sync.out.log(Level::Warn, text);
    }
    let records: Vec<(String, u64)> = names.iter().map(|name| ((*name).to_owned(), sync.out.records(name))).collect();
    for (level, line) in sync.report.lines(&sync.client, &records, begin.elapsed()) {
        sync.out.log(level, line);
    }
    Ok(())
}

impl Selection {
    fn add(&mut self, stream: &'static Stream, mode: SyncMode, state: StreamState) {
        let begin = state.to_json();
        match state {
            state if state.is_complete() => self.complete.push(ConfiguredStream { stream, state }),
            StreamState::DeletedIssues(state) => return self.deletions = Some((stream, mode, state)),
            StreamState::List(_) if matches!(stream.source, Source::IssueIds) => return self.ids = Some(stream),
            StreamState::Issues(state) => self.issues.push(ConfiguredStream { stream, state }),
            StreamState::Boards(state) => self.boards.push(ConfiguredStream { stream, state }),
            StreamState::List(state) => self.lists.push(ConfiguredStream { stream, state }),
            StreamState::Feed(state) => self.feeds.push((ConfiguredStream { stream, state }, mode)),
            StreamState::ListDeletions(state) => {
                if let Some(diff) = stream.snapshot_diff() {
                    let lists = lists::ReadLists::new(diff);
                    let configured = ConfiguredStream { stream, state };
                    self.comparisons.push(lists::Comparison { configured, mode, diff, lists });
                }
            }
        }
        self.started.push((stream, begin));
    }
}

/// Logs who reads.
fn introduce(sync: &SyncContext) {
    let identity = sync.client.identity();
    let account = identity.account.as_deref().unwrap_or("unknown");
    match &identity.name {
        Some(name) => sync.out.log(Level::Info, format!("Authenticated as {name} (account {account}).")),
        None => sync.out.log(Level::Info, format!("Authenticated (account {account}).")),
    }
    if let Some(advice) = identity.advice() {
        sync.out.log(Level::Info, advice);
    }
    if identity.date.is_none() {
        let text = "The site sends no Date header; cursors stay 15 minutes behind this machine's clock.";
        sync.out.log(Level::Warn, text);
    }
}

/// The site that is read, by what the config says of it.
fn site(sync: &SyncContext) -> Site {
    let site = sync.config.site();
    let cloud_id = site.cloud_id().or(sync.config.cloud_id()).map(|id| id.as_str().to_owned());
    let host = site.cloud_id().is_none().then(|| site.host().to_ascii_lowercase());
    Site { cloud_id, host }
}

/// Restores the states of streams.
struct Restore<'a> {
    sync: &'a SyncContext,
    state: &'a InputState,
    site: Site,
    /// What the site itself says, asked only where a state names the site in another way than the config.
    unnamed: Option<Site>,
}

impl Restore<'_> {
    /// The state that a stream begins with. One of another site means nothing here: project IDs, for example, begin at 10000 on
    /// every site.
    async fn stream(&mut self, stream: &'static Stream, mode: SyncMode, ignores: bool) -> Result<StreamState, Failure> {
        let initial = || StreamState::initial(stream, mode, self.sync.started());
        let Some(incoming) = self.state.streams.get(stream.name).filter(|_| !ignores) else { return Ok(initial()) };
        match StreamState::restore(stream, incoming, mode, self.sync.job.as_deref())? {
            Restored::State(state) => Ok(state),
            Restored::Nothing => Ok(initial()),
            Restored::UnknownProgress => {
                let text = format!(
                    "{}: the state of Airbyte's connector does not say how far everything was read, so the stream is read in full.",
                    stream.name
                );
                self.sync.out.log(Level::Info, text);
                Ok(initial())
            }
            Restored::OfSite(_, state) if cfg!(mutant = "a_state_of_another_site_is_taken") => Ok(state),
            Restored::OfSite(site, state) if self.is_this_site(&site).await => Ok(state),
            Restored::OfSite(site, _) => {
                let text = format!(
                    "{}: the state belongs to another site ({}), so the stream is read in full. If that is a mistake, correct `domain` \
                     or `cloud_id`; for a new site, also clear the data in the destination.",
                    stream.name,
                    site.name()
                );
                self.sync.out.log(Level::Warn, text);
                Ok(initial())
            }
        }
    }

    async fn is_this_site(&mut self, other: &Site) -> bool {
        if let Some(same) = self.site.is_same(other) {
            return same;
        }
        if self.unnamed.is_none() {
            let client = &self.sync.client;
            let (host, cloud_id) = (jira::site::host(client).await, jira::site::cloud_id(client).await);
            self.unnamed = Some(Site { cloud_id, host });
        }
        self.known_site().is_same(other).unwrap_or(false)
    }

    /// Everything known of the site.
    fn known_site(&self) -> Site {
        let Site { cloud_id, host } = self.unnamed.clone().unwrap_or_default();
        Site { cloud_id: self.site.cloud_id.clone().or(cloud_id), host: self.site.host.clone().or(host) }
    }
}

fn refuse_unknown(sync: &SyncContext, name: &str) {
    let known: Vec<&str> = streams::ALL.iter().map(|stream| stream.name).collect();
    let near = near_miss(name, &known).map_or(String::new(), |near| format!(" Did you mean '{near}'?"));
    let nothing = || serde_json::json!({});
    sync.out.start(name, nothing());
    let message = format!(
        "The catalog asks for the stream '{name}', which does not exist.{near} Remove it from the connection; `discover` lists the \
         streams that exist."
    );
    sync.out.fail(Failure::config(message).stream(name));
    sync.out.finish(name, nothing(), false);
}
