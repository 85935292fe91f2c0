//! A whole read: signs in, plans, reads lists and scans side by side, and closes with the report.

use super::{
    airbyte::{self, Beside},
    emit::Emitter,
    family::Family,
    fields::Declared,
    gone::{Child, Lists},
    plan,
    report::Report,
    scope::projects,
    sight::{Asked, Sights},
    state::{Position, StreamState},
    table::{self, Parent, Passed, Reading, Wanted, depth},
};
use crate::{
    client::{Client, Error, Gate},
    config::{Config, near_miss},
    protocol::{ConfiguredCatalog, Failure, InputState, Level, SyncMode},
    record::keys::Keys,
    streams::{self, Gone, Source, Stream},
};
use futures_util::{StreamExt, stream};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// What a list brought for each stream that is partitioned by it.
type Taken = Result<Vec<Vec<Parent>>, Failure>;

/// Lists that are read at the same time.
const LISTS: usize = 4;

/// What a read works with.
pub struct Run {
    pub client: Client,
    pub out: Arc<Emitter>,
    pub config: Config,
    /// The platform's name for the job, if there is one (`WORKER_JOB_ID`).
    pub job: Option<String>,
    pub report: Report,
    /// The issues that the destination holds, if somebody says so.
    pub known_ids: Option<Keys>,
}

/// A configured stream that exists, with where it begins.
pub(super) struct Chosen {
    pub stream: &'static Stream,
    pub state: StreamState,
}

impl Run {
    /// Reads what the catalog asks for. The emitter knows afterwards whether anything failed.
    pub async fn read(&self, catalog: &ConfiguredCatalog, state: &InputState) -> Result<(), Failure> {
        let begin = Instant::now();
        let started = self.introduce();
        let (chosen, unknown) = self.choose(catalog, state, started)?;
        let asked = sights(catalog, state);
        if self.config.keeps_to_airbyte() {
            self.out.write_beside(Beside { by_project: !self.config.filters.projects.is_empty() });
        }
        let sights = Sights::new(self, &asked, started)?;
        for name in unknown {
            self.refuse_unknown(name);
        }
        for name in state.streams.keys().filter(|name| !catalog.streams.iter().any(|stream| stream.name == **name)) {
            self.out.log(
                Level::Info,
                format!("The state of stream '{name}' is not used: the catalog does not ask for it."),
            );
        }
        for chosen in &chosen {
            self.out.start(chosen.stream.name, chosen.state.to_json());
        }
        sights.start();
        let names = chosen.iter().map(|chosen| chosen.stream.name).chain(asked.iter().map(|asked| asked.stream.name));
        let names: Vec<&'static str> = names.collect();
        let (done, open): (Vec<Chosen>, Vec<Chosen>) =
            chosen.into_iter().partition(|chosen| chosen.state.position == Position::Complete);
        for chosen in done {
            self.out.log(Level::Info, format!("{}: this job has read all of it already.", chosen.stream.name));
            self.out.finish(chosen.stream.name, chosen.state.to_json(), true);
        }
        let (family, open): (Vec<Chosen>, Vec<Chosen>) =
            open.into_iter().partition(|chosen| chosen.stream.projection().is_some());
        let (tables, gone): (Vec<Chosen>, Vec<Chosen>) =
            open.into_iter().partition(|chosen| chosen.stream.gone().is_none());
        let (feeds, compared) =
            gone.into_iter().partition(|chosen| matches!(chosen.stream.gone(), Some(Gone::Worklogs)));
        let issues = Family::new(self, &sights, started, Declared::of(catalog));
        tokio::join!(issues.read(family), self.tables(tables, compared, started), self.feeds(feeds, started));
        let records: Vec<(String, u64)> =
            names.iter().map(|name| ((*name).to_owned(), self.out.records(name))).collect();
        for (level, line) in self.report.lines(&self.client, &records, begin.elapsed()) {
            self.out.log(level, line);
        }
        self.out.flush();
        Ok(())
    }

    /// Says who we are. Returns the site's clock.
    fn introduce(&self) -> i64 {
        let identity = self.client.identity();
        let account = identity.account.as_deref().unwrap_or("unknown");
        match &identity.name {
            Some(name) => self.out.log(Level::Info, format!("Signed in as {name} (account {account}).")),
            None => self.out.log(Level::Info, format!("Signed in (account {account}).")),
        }
        if let Some(advice) = identity.advice() {
            self.out.log(Level::Info, advice);
        }
        match identity.date {
            Some(date) => date.timestamp_millis(),
            None => {
                // Cursors must not run ahead of the server: without its clock, assume ours is a quarter of an hour fast.
                self.out.log(Level::Warn, "The site does not tell its time (no Date header); cursors stay 15 minutes behind this machine's clock.");
                chrono::Utc::now().timestamp_millis() - 15 * 60_000
            }
        }
    }

    /// The streams to read with their states, and the names that no stream has.
    fn choose<'a>(
        &self,
        catalog: &'a ConfiguredCatalog,
        state: &InputState,
        started: i64,
    ) -> Result<(Vec<Chosen>, Vec<&'a str>), Failure> {
        let (mut chosen, mut unknown) = (Vec::new(), Vec::new());
        for configured in &catalog.streams {
            let Some(stream) = streams::find(&configured.name) else {
                unknown.push(configured.name.as_str());
                continue;
            };
            if stream.sight().is_some() {
                continue;
            }
            // Some clients ask for every stream incrementally; a list is then simply read anew.
            let mode = if stream.cursor().is_some() { configured.sync_mode } else { SyncMode::FullRefresh };
            let before = match state.streams.get(&configured.name) {
                Some(members) if configured.sync_mode == SyncMode::FullRefresh || stream.cursor().is_some() => {
                    let before = StreamState::read(stream.name, members, mode, self.job.as_deref())?;
                    if before.is_none() && mode == SyncMode::Incremental && airbyte::is_its(members) {
                        let text = "the state of Airbyte's connector does not tell how far all of it was read, so the stream is read anew";
                        self.out.log(Level::Info, format!("{}: {text}.", stream.name));
                    }
                    before
                }
                _ => None,
            };
            let beginning = match (&stream.source, mode) {
                (Source::Issues(_) | Source::Gone(_), _) | (Source::Boards(_), SyncMode::Incremental) => {
                    plan::beginning(started)
                }
                (Source::Table(_) | Source::Boards(_) | Source::Sight(_), _) => {
                    Position::List { after: None, offset: 0 }
                }
            };
            let mut state = before.unwrap_or_else(|| StreamState::new(mode, beginning.clone()));
            let is_list = matches!(beginning, Position::List { .. });
            if is_list && !matches!(state.position, Position::List { .. } | Position::Complete) {
                state.position = beginning;
            }
            state.job = self.job.clone();
            chosen.push(Chosen { stream, state });
        }
        Ok((chosen, unknown))
    }

    fn refuse_unknown(&self, name: &str) {
        let known: Vec<&str> = streams::ALL.iter().map(|stream| stream.name).collect();
        let near = near_miss(name, &known).map_or(String::new(), |near| format!(" Did you mean '{near}'?"));
        self.out.start(name, serde_json::json!({"version": 1}));
        let message = format!(
            "The catalog asks for the stream '{name}', which does not exist.{near} Take it out of the connection; `discover` lists those that exist."
        );
        self.out.fail(Failure::config(message).stream(name));
        self.out.finish(name, serde_json::json!({"version": 1}), false);
    }

    /// The lists: first those without partitions, then the lists of each of their records, and so on. A parent that only its
    /// children need is read in silence.
    async fn tables(&self, chosen: Vec<Chosen>, compared: Vec<Chosen>, started: i64) {
        let mut open = with_parents(Child::of(chosen, compared));
        let mut brought: BTreeMap<&'static str, Result<Vec<Parent>, Failure>> = BTreeMap::new();
        while !open.is_empty() {
            let least = open.iter().map(|child| depth(child.stream)).min();
            let (now, later): (Vec<Child>, Vec<Child>) =
                open.into_iter().partition(|child| Some(depth(child.stream)) == least);
            open = later;
            let jobs = now.into_iter().map(|child| {
                let parents = brought.remove(child.stream.name).unwrap_or(Ok(Vec::new()));
                let passed = passed(&child, &open);
                async move { (self.read_one(child, parents, &passed, started).await, passed) }
            });
            let jobs: Vec<_> = jobs.collect();
            let results: Vec<(Taken, Passed)> = stream::iter(jobs).buffer_unordered(LISTS).collect().await;
            for (taken, passed) in results {
                let takers = passed.take.iter().map(|take| take.stream);
                match taken {
                    Ok(taken) => brought.extend(takers.zip(taken.into_iter().map(Ok))),
                    Err(failure) => brought.extend(takers.map(|taker| (taker, Err(failure.clone())))),
                }
            }
        }
    }

    /// Reads a stream of lists; `parents` are the records that it is partitioned by, if it is.
    async fn read_one(
        &self,
        child: Child,
        parents: Result<Vec<Parent>, Failure>,
        passed: &Passed,
        started: i64,
    ) -> Taken {
        match (&child.stream.source, child.sent) {
            (Source::Boards(boards), Some(sent)) => {
                self.boards(sent, boards, parents, started).await;
                Ok(Vec::new())
            }
            (_, sent) if parent_of(child.stream).is_some() => {
                self.lists(Child { sent, ..child }, parents, passed, started).await
            }
            (_, sent) => self.list(child.stream, sent, passed).await,
        }
    }

    /// Reads one list; `chosen` is missing where only its children want it.
    async fn list(&self, stream: &'static Stream, mut chosen: Option<Chosen>, passed: &Passed) -> Taken {
        let Some(table) = stream.table() else { return Ok(Vec::new()) };
        let (reading, state) = (self.reading(), chosen.as_mut().map(|chosen| &mut chosen.state));
        let result = match table::fixed(table) {
            Some(parents) => reading.lists(stream, table, &parents, state, None, passed).await,
            None => reading.list(stream, table, state, passed).await,
        };
        self.end(chosen, result.map_err(Failure::from))
    }

    /// Reads the lists of a stream, for whoever wants them.
    async fn lists(
        &self,
        mut child: Child,
        parents: Result<Vec<Parent>, Failure>,
        passed: &Passed,
        started: i64,
    ) -> Taken {
        let Some(table) = child.stream.table() else { return Ok(Vec::new()) };
        let mut compared = child.gone.as_ref().and_then(|gone| Lists::of(gone.stream));
        let result = match parents {
            Ok(parents) => {
                let state = child.sent.as_mut().map(|sent| &mut sent.state);
                let read = self.reading().lists(child.stream, table, &parents, state, compared.as_mut(), passed).await;
                read.map_err(Failure::from)
            }
            Err(failure) => Err(failure),
        };
        let result = self.end(child.sent, result);
        if let (Some(gone), Some(lists)) = (child.gone, compared) {
            self.compare(gone, &lists, result.as_ref().map(|_| ()).map_err(Clone::clone), started).await;
        }
        result
    }

    /// Ends a stream if it was sent.
    fn end(&self, chosen: Option<Chosen>, result: Taken) -> Taken {
        match (chosen, &result) {
            (Some(chosen), Ok(_)) => self.complete(chosen),
            (Some(chosen), Err(failure)) => self.give_up(&chosen, failure.clone()),
            (None, _) => {}
        }
        result
    }

    fn complete(&self, chosen: Chosen) {
        if let Some(failure) = self.report.verdict(chosen.stream.name) {
            return self.give_up(&chosen, failure);
        }
        let state = StreamState { position: Position::Complete, ..chosen.state };
        self.out.finish(chosen.stream.name, state.to_json(), true);
    }

    pub(super) fn give_up(&self, chosen: &Chosen, failure: Failure) {
        self.out.fail(failure.stream(chosen.stream.name));
        self.out.finish(chosen.stream.name, chosen.state.to_json(), false);
    }

    fn reading(&self) -> Reading<'_> {
        Reading { client: &self.client, out: &self.out, report: &self.report, config: &self.config }
    }

    /// Each second: sends what waits, and signs of life where they are due. Runs until dropped.
    pub async fn beat(&self) {
        beat(&self.out, self.client.gate()).await;
    }
}

/// The beat of a run, by its parts.
pub(super) async fn beat(out: &Emitter, gate: &Gate) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        out.beat(gate.closed_for());
    }
}

/// The streams of the catalog that tell which issues are there.
fn sights<'a>(catalog: &ConfiguredCatalog, state: &'a InputState) -> Vec<Asked<'a>> {
    let asked = catalog.streams.iter().filter_map(|configured| {
        let stream = streams::find(&configured.name)?;
        let state = state.streams.get(&configured.name);
        Some(Asked { stream, sight: stream.sight()?, mode: configured.sync_mode, state })
    });
    asked.collect()
}

fn parent_of(stream: &'static Stream) -> Option<&'static Stream> {
    Wanted::of(stream).map(|(parent, _)| parent)
}

/// What becomes of a stream's records besides: `later` are the streams that are still to be read.
fn passed(child: &Child, later: &[Child]) -> Passed {
    let take = later.iter().filter_map(|later| Wanted::of(later.stream));
    let take = take.filter(|(of, _)| of.name == child.stream.name).map(|(_, take)| take).collect();
    let hangs = |stream: &'static Stream| {
        std::iter::successors(Some(stream), |stream| parent_of(stream)).any(|above| above.name == child.stream.name)
    };
    let concerned = std::iter::once(child).chain(later);
    let concerned = concerned.filter(|one| one.sent.is_some() || one.gone.is_some()).map(|one| one.stream);
    Passed { take, whom: concerned.filter(|stream| hangs(stream)).map(|stream| stream.name).collect() }
}

/// These, and the parents that they need besides.
fn with_parents(mut children: Vec<Child>) -> Vec<Child> {
    let mut at = 0;
    while let Some(child) = children.get(at) {
        let missing =
            parent_of(child.stream).filter(|parent| children.iter().all(|known| known.stream.name != parent.name));
        children.extend(missing.map(|stream| Child { stream, sent: None, gone: None }));
        at += 1;
    }
    children
}

/// Whether every wanted project can be seen; for `check`.
pub async fn missing_projects(client: &Client, config: &Config) -> Result<Vec<String>, Error> {
    let found = projects::projects(client, &config.filters.projects).await?;
    Ok(config.filters.projects.iter().filter(|key| !found.contains_key(*key)).cloned().collect())
}
