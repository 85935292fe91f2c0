//! Everything that comes out of issues: one pass for all streams that stand at the same place, then what came into the
//! scope since the last sync.

use super::{
    airbyte,
    fields::{Catalogue, Columns, CustomField, Declared},
    lag::{self, Lag},
    plan::{self, Aim, Ground, Selected, SiteFields},
    run::{Chosen, Run},
    scan::{INDEX_LAG, Order, Scan, flags},
    scope::{
        Difference, Scope,
        filter::{self, Filter},
    },
    sight::Sights,
    state::{CatchUp, Position, StreamState},
};
use crate::{
    client::Error,
    codes::{self, Code},
    config::FieldNames,
    protocol::{Failure, Level, SyncMode},
    record::{children::Children, time},
    streams::{Cut, Stream},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const DAY: i64 = 24 * 3_600_000;

pub struct Family<'a> {
    run: &'a Run,
    sights: &'a Sights<'a>,
    /// The site's clock at the start of the run.
    started: i64,
    declared: Declared,
}

impl<'a> Family<'a> {
    pub fn new(run: &'a Run, sights: &'a Sights<'a>, started: i64, declared: Declared) -> Self {
        Self { run, sights, started, declared }
    }

    pub(super) async fn read(&self, chosen: Vec<Chosen>) {
        let (forgetful, chosen): (Vec<Chosen>, Vec<Chosen>) =
            chosen.into_iter().partition(|chosen| self.forgets_comments(chosen));
        forgetful.into_iter().for_each(|chosen| self.leave_unread(chosen, &codes::COMMENTS_UNKNOWN));
        let chosen = self.with_feature_flags(chosen).await;
        if chosen.is_empty() && self.sights.is_empty() {
            return;
        }
        match self.prepare(&chosen).await {
            Ok((filter, fields, look)) => self.sync(chosen, &filter, &fields, look.as_ref()).await,
            Err(failure) => {
                chosen.into_iter().for_each(|chosen| self.run.give_up(&chosen, failure.clone()));
                self.sights.fail(&failure);
            }
        }
    }

    /// Whether nobody remembers the comments that the stream would miss.
    fn forgets_comments(&self, chosen: &Chosen) -> bool {
        is_of(chosen, Cut::DeletedComments)
            && !(self.run.config.known_ids_in_state && chosen.state.mode == SyncMode::Incremental)
    }

    /// Leaves out feature flags where there is no such thing: asked once, rather than for each issue.
    async fn with_feature_flags(&self, mut chosen: Vec<Chosen>) -> Vec<Chosen> {
        let Some(at) = chosen.iter().position(|chosen| is_of(chosen, Cut::FeatureFlags)) else { return chosen };
        if flags::are_absent(&self.run.client, &self.run.config).await {
            self.leave_unread(chosen.remove(at), &codes::FEATURE_FLAGS_ABSENT);
        }
        chosen
    }

    fn leave_unread(&self, chosen: Chosen, code: &'static Code) {
        let (name, report) = (chosen.stream.name, &self.run.report);
        report.skip(name, code);
        match report.verdict(name) {
            Some(failure) => self.run.give_up(&chosen, failure),
            None => self.run.out.finish(name, chosen.state.to_json(), true),
        }
    }

    /// What remembers comments has to begin with the first of them.
    fn remember(&self, cut: Cut, state: StreamState) -> StreamState {
        match (cut, &state.comments) {
            (Cut::DeletedComments, None) => {
                StreamState { position: plan::beginning(self.started), comments: Some(Children::default()), ..state }
            }
            _ => state,
        }
    }

    /// What all scans need, and a look at the projects for streams that go on from a state of Airbyte's.
    async fn prepare(&self, chosen: &[Chosen]) -> Result<(Filter, SiteFields, Option<Scope>), Failure> {
        let filter = self.run.filter().await?;
        let fields = self.site_fields(chosen).await?;
        let look = match chosen.iter().any(|chosen| chosen.state.predecessor.is_some()) {
            true => Some(filter.look(&self.run.client, self.started).await?),
            false => None,
        };
        Ok((filter, fields, look))
    }

    async fn sync(&self, chosen: Vec<Chosen>, filter: &Filter, fields: &SiteFields, look: Option<&Scope>) {
        let keys = self.sights.ledger().is_some();
        let lag = self.lag(&chosen, filter).await;
        let behind = lag.map_or(0, |lag| lag.behind);
        let ground = Ground { filter, config: &self.run.config, fields, started: self.started, keys, behind };
        let selected: Vec<Selected> = chosen
            .into_iter()
            .filter_map(|mut chosen| {
                let cut = chosen.stream.projection()?.cut;
                if cut == Cut::Issue && !fields.columns.names().is_empty() {
                    chosen.state.names = fields.columns.names().pins();
                }
                if let Some(ledger) = self.sights.ledger() {
                    // What was told as gone since is sent again when it comes back, whether it was sent before or not.
                    let seen = &mut chosen.state.seen;
                    ledger.see(|known| {
                        seen.retain(|id, _| known.issues.as_ref().is_none_or(|issues| issues.contains(*id)))
                    });
                }
                let state = match chosen.state.mode {
                    SyncMode::Incremental => self.resume(chosen.stream.name, cut, chosen.state, filter, look),
                    SyncMode::FullRefresh => self.resume_refresh(chosen.stream.name, chosen.state, filter),
                };
                Some(Selected {
                    stream: chosen.stream,
                    cut,
                    state: self.remember(cut, self.run.refresh(chosen.stream, state, self.started)),
                    lost: BTreeSet::new(),
                })
            })
            .collect();
        if selected.iter().all(|selected| matches!(selected.state.position, Position::Backfill { created: None, .. })) {
            self.sights.begin_whole();
        }
        let selected = self.owed(selected, &ground).await;
        let mut read = Vec::new();
        for (order, selected) in plan::group(selected) {
            self.warn_of_old_cursors(order, &selected);
            read.extend(self.scan(Aim::Main(order), selected, &ground).await);
        }
        let read = self.catch_up(read, &ground).await;
        for Selected { stream, state, .. } in self.compare(read, &ground).await {
            if let Some(lag) = lag {
                self.run.report.consistent_as_of(stream.name, lag.as_of.min(self.started - INDEX_LAG));
            }
            match self.run.report.verdict(stream.name) {
                Some(failure) => self.run.give_up(&Chosen { stream, state }, failure),
                None => self.run.out.finish(stream.name, state.to_json(), true),
            }
        }
    }

    /// How far the search index is behind, as far as can be told. What is not in it yet arrives with the next sync.
    async fn lag(&self, chosen: &[Chosen], filter: &Filter) -> Option<Lag> {
        if chosen.is_empty() {
            return None;
        }
        match lag::measure(&self.run.client, &filter.jql, self.started).await {
            Ok(lag) => {
                let minutes = lag.behind / 60_000;
                if lag.behind > INDEX_LAG {
                    let text = format!(
                        "Jira's search index is at least {minutes} min behind; what it does not show yet arrives with the next sync."
                    );
                    self.run.out.log(Level::Warn, text);
                }
                if 2 * minutes > i64::from(self.run.config.max_overlap_minutes) {
                    let text =
                        "That is more than `max_overlap_minutes` allows for: raise it, or changes may be missed.";
                    self.run.out.log(Level::Warn, text);
                }
                Some(lag)
            }
            Err(error) => {
                let text = format!("How far Jira's search index is behind could not be measured. {error}");
                self.run.out.log(Level::Info, text);
                None
            }
        }
    }

    /// Compares what was sent with what is there: reads what came into sight, tells what is gone.
    async fn compare(&self, mut selected: Vec<Selected>, ground: &Ground<'_>) -> Vec<Selected> {
        if self.sights.is_empty() {
            return selected;
        }
        let closing = match self.sights.look(ground).await {
            Ok(closing) => closing,
            Err(error) => {
                self.sights.fail(&Failure::from(error));
                return selected;
            }
        };
        if !self.sights.owe(&closing, &mut selected).is_empty() {
            selected = self.owed(selected, ground).await;
        }
        self.sights.close(closing, ground).await;
        selected
    }

    async fn scan(&self, aim: Aim<'_>, selected: Vec<Selected>, ground: &Ground<'_>) -> Vec<Selected> {
        let plan = plan::scan(aim, selected, ground);
        Scan::new(&self.run.client, &self.run.out, &self.run.report, self.sights.ledger(), plan).run().await
    }

    /// Why a stream has to be read anew, if it has to.
    fn restarts(&self, state: &StreamState, filter: &Filter) -> Option<&'static str> {
        if let Some(why) = self.sights.missed(state.census) {
            return Some(why);
        }
        match (&state.scope, &state.filter) {
            (Some(scope), _) => match filter.scope.difference(scope) {
                Difference::Unclear(why) => Some(why),
                _ => None,
            },
            (None, Some(before)) if *before != filter.fingerprint => {
                Some("the filter in the config has changed since the last sync")
            }
            (None, _) => None,
        }
    }

    fn resume(&self, name: &str, cut: Cut, state: StreamState, filter: &Filter, look: Option<&Scope>) -> StreamState {
        let mut state = match (self.restarts(&state, filter), look) {
            (Some(why), _) => self.restart(name, state, why),
            (None, Some(look)) => self.succeed(name, cut, state, look),
            (None, None) => state,
        };
        state.filter = None;
        if self.sights.ledger().is_some() && state.census.is_none() {
            state.census = Some(self.started - 1);
        }
        state
    }

    /// Goes on from where Airbyte's connector stood, if the state is its.
    fn succeed(&self, name: &str, cut: Cut, mut state: StreamState, look: &Scope) -> StreamState {
        let Some(predecessor) = state.predecessor.take() else { return state };
        let told = self.run.config.filters.start_date().map(|moment| moment.epoch_millis());
        let by_project = !self.run.config.filters.projects.is_empty();
        let start = predecessor.start(told, self.started);
        let ground = airbyte::Ground { look, start, by_project, now: self.started };
        let Some((position, scope)) = ground.go_on(cut, predecessor.stood) else {
            return self.restart(
                name,
                state,
                "its state is Airbyte's and does not tell of the projects that are wanted",
            );
        };
        if let Position::Cursor { updated } = position {
            let text = format!("{name}: goes on from the state of Airbyte's connector, at {}.", time::short(updated));
            self.run.out.log(Level::Info, text);
        }
        StreamState { position, scope: Some(scope), ..state }
    }

    /// A full refresh that was broken off goes on with the same filter only.
    fn resume_refresh(&self, name: &str, state: StreamState, filter: &Filter) -> StreamState {
        let changed = state.filter.as_ref().is_some_and(|before| *before != filter.fingerprint);
        let why = "the filter in the config has changed since the refresh began";
        let state = if changed { self.restart(name, state, why) } else { state };
        StreamState { filter: Some(filter.fingerprint.clone()), scope: None, ..state }
    }

    fn restart(&self, name: &str, state: StreamState, why: &str) -> StreamState {
        self.run.out.log(Level::Warn, format!("{name}: {why}, so the stream is read anew."));
        let StreamState { mode, names, job, .. } = state;
        StreamState { names, job, ..StreamState::new(mode, plan::beginning(self.started)) }
    }

    /// Issues that an earlier run left to be read by their ids.
    async fn owed(&self, selected: Vec<Selected>, ground: &Ground<'_>) -> Vec<Selected> {
        let (owed, mut rest): (Vec<Selected>, Vec<Selected>) =
            selected.into_iter().partition(|selected| !selected.state.owed.is_empty());
        let mut groups: BTreeMap<Vec<u64>, Vec<Selected>> = BTreeMap::new();
        for selected in owed {
            groups.entry(selected.state.owed.iter().copied().collect()).or_default().push(selected);
        }
        for (named, selected) in groups {
            rest.extend(self.scan(Aim::Named(named), selected, ground).await);
        }
        rest
    }

    /// Looks at the projects once more, and reads what has come into the scope since the last sync. At the end, because
    /// a project that was out of sight while the issues were read has to be read when it is back.
    async fn catch_up(&self, selected: Vec<Selected>, ground: &Ground<'_>) -> Vec<Selected> {
        let (mut scoped, mut done): (Vec<Selected>, Vec<Selected>) =
            selected.into_iter().partition(|selected| selected.state.scope.is_some());
        // Their scopes are without it already, so what is back is read now.
        scoped.iter_mut().for_each(|selected| selected.lost.clear());
        if scoped.is_empty() {
            return done;
        }
        let now = match ground.filter.look(&self.run.client, self.started).await {
            Ok(now) => now,
            Err(error) => {
                self.give_up(scoped, error);
                return done;
            }
        };
        let mut groups: Vec<(Scope, Vec<Selected>)> = Vec::new();
        for selected in scoped {
            let Some(scope) = selected.state.scope.clone() else { continue };
            match groups.iter_mut().find(|(known, _)| *known == scope) {
                Some((_, group)) => group.push(selected),
                None => groups.push((scope, vec![selected])),
            }
        }
        for (before, selected) in groups {
            let read = self.read_difference(&now.difference(&before), selected, ground).await;
            done.extend(read.into_iter().map(|mut selected| {
                selected.state.scope = Some(now.without(&selected.lost));
                selected
            }));
        }
        done
    }

    fn give_up(&self, selected: Vec<Selected>, error: Error) {
        let failure = Failure::from(error);
        for Selected { stream, state, .. } in selected {
            self.run.give_up(&Chosen { stream, state }, failure.clone());
        }
    }

    async fn read_difference(
        &self,
        difference: &Difference,
        mut selected: Vec<Selected>,
        ground: &Ground<'_>,
    ) -> Vec<Selected> {
        let names = selected.iter().map(|selected| selected.stream.name).collect::<Vec<_>>().join(", ");
        let Difference::Wider { pieces, why } = difference else {
            if *difference == Difference::Narrower {
                let text = format!("{names}: the filter lets less through than before; nothing has to be read again.");
                self.run.out.log(Level::Info, text);
            }
            return selected;
        };
        let text = format!("{names}: {why}; only that is read now, the rest stays as it is.");
        self.run.out.log(Level::Info, text);
        // A project that came into sight during the run is not in the filter that was resolved at its start.
        let filter = match Filter::resolve(&self.run.client, ground.config).await {
            Ok(filter) => filter,
            Err(error) => {
                self.give_up(selected, error);
                return Vec::new();
            }
        };
        let ground = &Ground { filter: &filter, ..*ground };
        for piece in pieces {
            for selected in &mut selected {
                let under_way = selected.state.catch_up.take().filter(|catch_up| catch_up.of == piece.condition);
                let begin = CatchUp { of: piece.condition.clone(), created: None };
                selected.state.catch_up = Some(under_way.unwrap_or(begin));
            }
            selected = self.scan(Aim::Piece(piece), selected, ground).await;
            for selected in &mut selected {
                selected.state.scope = Some(piece.then.without(&selected.lost));
            }
        }
        selected
    }

    /// A cursor from the future finds nothing: worth a word.
    fn warn_of_old_cursors(&self, order: Order, selected: &[Selected]) {
        for selected in selected {
            if let (Order::Updated, Position::Cursor { updated }) = (order, &selected.state.position)
                && *updated > self.started + DAY
            {
                let text = format!(
                    "{}: its cursor lies in the future ({}), so nothing will be found before then. Reset the stream if that is a mistake.",
                    selected.stream.name,
                    time::short(*updated)
                );
                self.run.out.log(Level::Warn, text);
            }
        }
    }

    /// What the scans have to know of the site's fields.
    async fn site_fields(&self, chosen: &[Chosen]) -> Result<SiteFields, Error> {
        let of = |cut: Cut| {
            let mut all = chosen.iter();
            all.find(|chosen| chosen.stream.projection().is_some_and(|projection| projection.cut == cut))
        };
        let names = self.run.config.custom_field_names;
        let issues = of(Cut::Issue).filter(|_| names != FieldNames::Id);
        let by_id = || Columns::by_id(self.declared.clone());
        if issues.is_none() && of(Cut::Sprints).is_none() {
            return Ok(SiteFields { columns: Arc::new(by_id()), ..SiteFields::default() });
        }
        let mut catalogue = Catalogue::listed(&self.run.client).await?;
        // Custom fields differ from site to site; their type tells them apart.
        let (sprint, story_points) = (catalogue.ids(is_sprint), catalogue.ids(is_story_points));
        let columns = match issues {
            None => by_id(),
            Some(issues) => {
                if let Some(error) = catalogue.add_searched(&self.run.client).await? {
                    let text = format!(
                        "Custom fields that only the list of searchable fields shows stay under their IDs. {error}"
                    );
                    self.run.out.log(Level::Warn, text);
                }
                let known = catalogue.names(&[&issues.state.names, self.declared.names()]);
                Columns::by_name(self.declared.clone(), known, names == FieldNames::Both)
            }
        };
        Ok(SiteFields { sprint, story_points, columns: Arc::new(columns) })
    }
}

fn is_of(chosen: &Chosen, cut: Cut) -> bool {
    chosen.stream.projection().is_some_and(|projection| projection.cut == cut)
}

impl Run {
    /// The config's filter. Unknown projects among others are told, and the others are read.
    pub(super) async fn filter(&self) -> Result<Filter, Failure> {
        let (client, config) = (&self.client, &self.config);
        if let Some(doubt) = filter::doubts(client, config).await? {
            return Err(Failure::config(doubt));
        }
        let filter = Filter::resolve(client, config).await?;
        if let Some(failure) = filter.refusal() {
            if filter.is_empty(config) {
                return Err(failure);
            }
            self.out.fail(failure);
        }
        Ok(filter)
    }

    /// What changes without moving an issue's `updated` is read anew from time to time.
    pub(super) fn refresh(&self, stream: &Stream, state: StreamState, started: i64) -> StreamState {
        let days = i64::from(self.config.refresh_children_after_days);
        if !stream.silent || state.mode == SyncMode::FullRefresh || days == 0 {
            return state;
        }
        let last = state.refreshed.unwrap_or(started);
        let due = started - last >= days * DAY && matches!(state.position, Position::Cursor { .. });
        let fresh = matches!(state.position, Position::Backfill { created: None, .. });
        if !due {
            return StreamState { refreshed: Some(if fresh { started } else { last }), ..state };
        }
        let text = format!(
            "{}: last read in full on {}. Its changes need not show in `updated`, so it is read in full every {days} days \
             (`refresh_children_after_days`).",
            stream.name,
            time::short(last)
        );
        self.out.log(Level::Info, text);
        // What was sent lately is forgotten: an index that lags may have an older version sent now, and then the newer one has
        // to be sent again.
        let StreamState { mode, scope, census, lag, owed, job, .. } = state;
        let refreshed = Some(started);
        StreamState { scope, census, lag, owed, job, refreshed, ..StreamState::new(mode, plan::beginning(started)) }
    }
}

fn is_sprint(field: &CustomField) -> bool {
    field.custom == "com.pyxis.greenhopper.jira:gh-sprint"
}

fn is_story_points(field: &CustomField) -> bool {
    let named = ["Story Points", "Story point estimate"].contains(&field.name.as_str());
    field.custom == "com.pyxis.greenhopper.jira:jsw-story-points" || (!field.custom.is_empty() && named)
}
