//! The sync of the streams that come from issues, step by step: refetch what an earlier sync missed, read from the streams'
//! positions, backfill what their scopes gained, compare IDs.

use super::{
    extract::{self, Extraction},
    plan::{PlanContext, ScanTarget, group, plan},
    resume::Resume,
    scan::Scan,
    stream::SelectedStream,
};
use crate::{
    client::{Client, Error, Kind, Request},
    codes::{self, Code},
    config::FieldNames,
    jira::{
        bulk,
        index_lag::{self, Lag},
        search,
        windows::Order,
    },
    protocol::{Failure, Level, SyncMode},
    record::time,
    state::{
        Difference, IssuesState, Position, Scope, SliceProgress,
        cursor::{DAY, INDEX_LAG, MINUTE, prune_deleted},
    },
    streams::SiteField,
    sync::{
        comparison::{ComparedStream, Comparison},
        context::{ConfiguredStream, SyncContext},
        fields::{Catalogue, Columns, Declared, SiteFields},
        filter::{self, Filter},
        reach::Reach,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub struct IssueStreams<'a, C> {
    sync: &'a SyncContext,
    comparison: &'a C,
    declared: Declared,
}

impl<'a, C: Comparison> IssueStreams<'a, C> {
    pub fn new(sync: &'a SyncContext, comparison: &'a C, declared: Declared) -> Self {
        Self { sync, comparison, declared }
    }

    /// Reads the streams to their ends.
    pub async fn read(&self, configured: Vec<ConfiguredStream<IssuesState>>) {
        let mut selected: Vec<SelectedStream> = configured.into_iter().filter_map(select).collect();
        self.leave_out(
            &mut selected,
            |selected| self.tracks_no_comments(selected),
            &codes::COMMENT_DELETIONS_UNDETECTABLE,
        );
        if selected.iter().any(is_feature_flags) && feature_flags_are_absent(self.sync).await {
            self.leave_out(&mut selected, is_feature_flags, &codes::FEATURE_FLAGS_UNAVAILABLE);
        }
        if selected.is_empty() && self.comparison.is_empty() {
            return;
        }
        match self.prepare(&selected).await {
            Ok(prepared) => self.sync(selected, &prepared).await,
            Err(failure) => {
                selected.into_iter().for_each(|selected| self.give_up(selected, failure.clone()));
                self.comparison.fail(&failure);
            }
        }
    }

    /// Whether no comment IDs are stored that the stream could compare.
    fn tracks_no_comments(&self, selected: &SelectedStream) -> bool {
        matches!(selected.extractor.extraction, Extraction::DeletedComments(_))
            && !(self.sync.config.tracks_comment_ids() && selected.state.mode == SyncMode::Incremental)
    }

    /// Ends the streams that can't be read, and says why.
    fn leave_out(
        &self,
        selected: &mut Vec<SelectedStream>,
        is_left_out: impl Fn(&SelectedStream) -> bool,
        code: &'static Code,
    ) {
        for left_out in selected.extract_if(.., |selected| is_left_out(selected)) {
            self.sync.report.skip(left_out.stream.name, code);
            self.end(left_out);
        }
    }

    async fn prepare(&self, selected: &[SelectedStream]) -> Result<Prepared, Failure> {
        let names: Vec<&str> = selected.iter().map(|selected| selected.stream.name).collect();
        let filter = filter::checked(self.sync, &names).await?;
        let fields = self.site_fields(selected).await?;
        let scope = match selected.iter().any(|selected| selected.state.airbyte.is_some()) {
            true => Some(filter.current_scope(&self.sync.client, self.sync.started()).await?),
            false => None,
        };
        let archived = Arc::new(filter.projects.archived(&self.sync.client).await?);
        Ok(Prepared { filter, fields, scope, archived })
    }

    async fn sync(&self, mut selected: Vec<SelectedStream>, prepared: &Prepared) {
        let Prepared { filter, fields, scope, archived } = prepared;
        let begun: BTreeSet<&str> = selected.iter().map(|selected| selected.stream.name).collect();
        let lag = if selected.is_empty() { None } else { self.index_lag(filter).await };
        let context = PlanContext {
            filter,
            config: &self.sync.config,
            fields,
            started: self.sync.started(),
            tracks_ids: self.comparison.sent_ids().is_some(),
            index_lag: lag.map_or(0, |lag| lag.behind),
            archived,
        };
        let resume = Resume { sync: self.sync, filter, scope: scope.as_ref() };
        for selected in &mut selected {
            self.resume(selected, fields, &resume);
        }
        if selected.iter().all(|selected| selected.state.position.is_beginning())
            && let Some(sent_ids) = self.comparison.sent_ids()
        {
            sent_ids.restart();
        }
        let selected = self.refetch(selected, &context).await;
        let since =
            selected.iter().filter_map(|selected| Some((selected.stream.name, changed_since(selected, &context)?)));
        let since: BTreeMap<&str, i64> = since.collect();
        let mut read = Vec::new();
        for (order, selected) in group(selected) {
            self.warn_of_future_cursors(order, &selected);
            read.extend(self.scan(ScanTarget::Positions(order), selected, &context).await);
        }
        let read = self.backfill(read, &context).await;
        for selected in self.compare(read, (&begun, &since), &context).await {
            if let Some(lag) = lag {
                let as_of = lag.as_of.min(self.sync.started() - INDEX_LAG);
                self.sync.report.consistent_as_of(selected.stream.name, as_of);
            }
            self.end(selected);
        }
    }

    /// Where a stream begins.
    fn resume(&self, selected: &mut SelectedStream, fields: &SiteFields, resume: &Resume<'_>) {
        let state = &mut selected.state;
        let is_whole_issue = selected.stream.issues().is_some_and(|issues| issues.is_whole_issue());
        if is_whole_issue && !fields.columns.names().is_empty() {
            state.field_names = fields.columns.names().pins();
        }
        if let Some(sent_ids) = self.comparison.sent_ids() {
            // What was reported as deleted since is sent again when it comes back, whether it was sent before or not.
            sent_ids.read(|ids| prune_deleted(&mut state.recently_sent, ids.sent_ids.as_ref()));
        }
        let missed = self.comparison.missed(state.last_snapshot);
        *state = resume.resume(
            selected.stream,
            std::mem::replace(state, IssuesState::new(state.mode, Position::Complete)),
            missed,
        );
        if self.comparison.sent_ids().is_some() && state.mode == SyncMode::Incremental && state.last_snapshot.is_none()
        {
            state.last_snapshot = Some(self.sync.started() - 1);
        }
        if matches!(selected.extractor.extraction, Extraction::DeletedComments(_)) && state.comments.is_none() {
            // What remembers comments has to begin with the first of them.
            state.position = Position::beginning(self.sync.started());
            state.comments = Some(Default::default());
        }
    }

    /// By how much the search index lags, as far as is known. What it does not show yet arrives with the next sync.
    async fn index_lag(&self, filter: &Filter) -> Option<Lag> {
        match index_lag::measure(&self.sync.client, &filter.jql, self.sync.started()).await {
            Ok(lag) => {
                let minutes = lag.behind / MINUTE;
                if lag.behind > INDEX_LAG {
                    let text = format!(
                        "Jira's search index lags by at least {minutes} minutes; what it does not show yet arrives with the next sync."
                    );
                    self.sync.out.log(Level::Warn, text);
                }
                if 2 * minutes > i64::from(self.sync.config.max_overlap_minutes) {
                    let text =
                        "That is more than `max_overlap_minutes` allows for: raise it, or changes may be missed.";
                    self.sync.out.log(Level::Warn, text);
                }
                Some(lag)
            }
            Err(error) => {
                let text = format!("The lag of Jira's search index could not be measured. {error}");
                self.sync.out.log(Level::Info, text);
                None
            }
        }
    }

    async fn scan(
        &self,
        target: ScanTarget<'_>,
        selected: Vec<SelectedStream>,
        context: &PlanContext<'_>,
    ) -> Vec<SelectedStream> {
        Scan::new(self.sync, self.comparison.sent_ids(), plan(target, selected, context)).run().await
    }

    /// Issues that an earlier sync could not fetch.
    async fn refetch(&self, selected: Vec<SelectedStream>, context: &PlanContext<'_>) -> Vec<SelectedStream> {
        let (refetching, mut rest): (Vec<SelectedStream>, Vec<SelectedStream>) =
            selected.into_iter().partition(|selected| !selected.state.refetch.is_empty());
        let mut groups: BTreeMap<Vec<u64>, Vec<SelectedStream>> = BTreeMap::new();
        for selected in refetching {
            groups.entry(selected.state.refetch.iter().copied().collect()).or_default().push(selected);
        }
        for (ids, selected) in groups {
            rest.extend(self.scan(ScanTarget::Ids(ids), selected, context).await);
        }
        rest
    }

    /// Lists the projects once more, and reads what the streams' scopes gained since the last sync. At the end, because a
    /// project that was hidden while the issues were read has to be read when it is visible again.
    async fn backfill(&self, selected: Vec<SelectedStream>, context: &PlanContext<'_>) -> Vec<SelectedStream> {
        let (mut scoped, mut done): (Vec<SelectedStream>, Vec<SelectedStream>) =
            selected.into_iter().partition(|selected| selected.state.scope.is_some());
        // Their scopes are without these projects already, so what is visible again is read now.
        scoped.iter_mut().for_each(|selected| selected.dropped_projects.clear());
        if scoped.is_empty() || cfg!(mutant = "projects_are_not_listed_at_the_end") {
            done.extend(scoped);
            return done;
        }
        let now = match self.scope_now(&mut scoped, context).await {
            Ok(now) => now,
            Err(error) => {
                self.give_up_all(scoped, error);
                return done;
            }
        };
        let mut groups: Vec<(Scope, Vec<SelectedStream>)> = Vec::new();
        for selected in scoped {
            let Some(scope) = selected.state.scope.clone() else { continue };
            let is_alike = |group: &[SelectedStream]| {
                group.iter().all(|one| one.state.unread_archived == selected.state.unread_archived)
            };
            match groups.iter_mut().find(|(known, group)| *known == scope && is_alike(group)) {
                Some((_, group)) => group.push(selected),
                None => groups.push((scope, vec![selected])),
            }
        }
        for (before, selected) in groups {
            let unread = selected.first().map(|one| one.state.unread_archived.clone()).unwrap_or_default();
            let difference = now.minus(&unread).difference(&before);
            let read = self.backfill_difference(&difference, selected, context).await;
            done.extend(read.into_iter().map(|mut selected| {
                selected.settle(&now);
                selected
            }));
        }
        done
    }

    /// What the filter lets through now. Projects that have been restored are unread no more: the scopes are without them.
    async fn scope_now(&self, selected: &mut [SelectedStream], context: &PlanContext<'_>) -> Result<Scope, Error> {
        if selected.iter().any(|selected| !selected.state.unread_archived.is_empty()) {
            let archived = context.filter.projects.archived(&self.sync.client).await?;
            let archived: BTreeSet<u64> = archived.into_values().collect();
            selected.iter_mut().for_each(|one| one.state.unread_archived.retain(|id| archived.contains(id)));
        }
        context.filter.current_scope(&self.sync.client, self.sync.started()).await
    }

    async fn backfill_difference(
        &self,
        difference: &Difference,
        mut selected: Vec<SelectedStream>,
        context: &PlanContext<'_>,
    ) -> Vec<SelectedStream> {
        let names = selected.iter().map(|selected| selected.stream.name).collect::<Vec<_>>().join(", ");
        let Difference::Wider { slices, why } = difference else {
            if *difference == Difference::Narrower {
                let text = format!("{names}: the filters match less than before; nothing has to be read again.");
                self.sync.out.log(Level::Info, text);
            }
            return selected;
        };
        self.sync.out.log(Level::Info, format!("{names}: {why}; reading only what that adds."));
        // A project that became visible during the run is not in the filter that was resolved at its start.
        let filter = match Filter::resolve(&self.sync.client, context.config).await {
            Ok(filter) => filter,
            Err(error) => {
                self.give_up_all(selected, error);
                return Vec::new();
            }
        };
        let context = &PlanContext { filter: &filter, ..*context };
        let slices = if cfg!(mutant = "what_a_scope_gained_is_not_read") { &[][..] } else { slices.as_slice() };
        for slice in slices {
            for selected in &mut selected {
                let under_way =
                    selected.state.backfill_slice.take().filter(|progress| progress.condition == slice.condition);
                let begin = SliceProgress { condition: slice.condition.clone(), created: None };
                selected.state.backfill_slice = Some(under_way.unwrap_or(begin));
            }
            selected = self.scan(ScanTarget::Slice(slice), selected, context).await;
            for selected in &mut selected {
                selected.settle(&slice.scope_after);
            }
        }
        selected
    }

    /// Compares what was sent with what exists: reads what became visible, reports what was deleted.
    async fn compare(
        &self,
        mut selected: Vec<SelectedStream>,
        (begun, since): (&BTreeSet<&'static str>, &BTreeMap<&str, i64>),
        context: &PlanContext<'_>,
    ) -> Vec<SelectedStream> {
        if self.comparison.is_empty() {
            return selected;
        }
        let streams = selected.iter_mut().map(|selected| ComparedStream {
            stream: selected.stream,
            state: &mut selected.state,
            changed_since: since.get(selected.stream.name).copied(),
        });
        match self.comparison.observe(context.filter, streams.collect(), begun).await {
            Ok(true) => selected = self.refetch(selected, context).await,
            Ok(false) => {}
            Err(error) => {
                self.comparison.fail(&Failure::from(error));
                return selected;
            }
        }
        self.comparison.close(context.filter).await;
        selected
    }

    /// A cursor in the future finds nothing, which the user should know.
    fn warn_of_future_cursors(&self, order: Order, selected: &[SelectedStream]) {
        for selected in selected {
            if let (Order::Updated, Position::Cursor(updated)) = (order, &selected.state.position)
                && *updated > self.sync.started() + DAY
            {
                let text = format!(
                    "{}: its cursor lies in the future ({}), so nothing will be found before then. Reset the stream if that is a mistake.",
                    selected.stream.name,
                    time::short(*updated)
                );
                self.sync.out.log(Level::Warn, text);
            }
        }
    }

    /// What the passes have to know of the site's fields.
    async fn site_fields(&self, selected: &[SelectedStream]) -> Result<SiteFields, Error> {
        let client = &self.sync.client;
        let names = self.sync.config.custom_field_names;
        let issues = || selected.iter().filter_map(|selected| selected.stream.issues().zip(Some(&selected.state)));
        let named = issues().find(|(issues, _)| issues.is_whole_issue()).filter(|_| names != FieldNames::Id);
        let wanted: BTreeSet<SiteField> = issues().flat_map(|(issues, _)| issues.site_fields).copied().collect();
        let by_id = || Columns::by_id(self.declared.clone());
        if named.is_none() && wanted.is_empty() {
            return Ok(SiteFields { columns: Arc::new(by_id()), ..SiteFields::default() });
        }
        let mut catalogue = Catalogue::listed(client).await?;
        let ids = wanted.into_iter().map(|field| (field, catalogue.ids(field))).collect();
        let columns = match named {
            None => by_id(),
            Some((_, state)) => {
                if let Some(error) = catalogue.add_searched(client).await? {
                    let text = format!(
                        "Custom fields that only the list of searchable fields shows stay under their IDs. {error}"
                    );
                    self.sync.out.log(Level::Warn, text);
                }
                let known = catalogue.names(&[&state.field_names, self.declared.names()]);
                Columns::by_name(self.declared.clone(), known, names == FieldNames::Both)
            }
        };
        Ok(SiteFields { ids, columns: Arc::new(columns) })
    }

    fn end(&self, SelectedStream { stream, state, .. }: SelectedStream) {
        self.sync.end(&ConfiguredStream { stream, state }, Ok(()));
    }

    fn give_up(&self, SelectedStream { stream, state, .. }: SelectedStream, failure: Failure) {
        self.sync.give_up(&ConfiguredStream { stream, state }, failure);
    }

    fn give_up_all(&self, selected: Vec<SelectedStream>, error: Error) {
        let failure = Failure::from(error);
        selected.into_iter().for_each(|selected| self.give_up(selected, failure.clone()));
    }
}

/// What all passes need.
struct Prepared {
    filter: Filter,
    fields: SiteFields,
    /// The projects of this moment, for streams that resume from a state of Airbyte's.
    scope: Option<Scope>,
    /// IDs of the projects that are archived, by their keys, if those are read.
    archived: Arc<BTreeMap<String, u64>>,
}

/// A stream without an extractor has no table entry: a test holds both lists together.
fn select(ConfiguredStream { stream, state }: ConfiguredStream<IssuesState>) -> Option<SelectedStream> {
    let extractor = extract::find(stream.name)?;
    Some(SelectedStream { stream, extractor, state, dropped_projects: BTreeSet::new() })
}

/// Since when a stream reads what changed, if it does.
fn changed_since(selected: &SelectedStream, context: &PlanContext<'_>) -> Option<i64> {
    match selected.state.position {
        Position::Cursor(updated) => Some(updated - Reach::new(context.config).before_cursor(selected.state.index_lag)),
        Position::Backfill { .. } | Position::Complete => None,
    }
}

fn is_feature_flags(selected: &SelectedStream) -> bool {
    matches!(&selected.extractor.extraction, Extraction::PerIssue(of) if of.refusal_is_missing)
}

/// Whether the site has no feature flags: asked once, with one issue, rather than for each. An answer of "not found" or "not
/// permitted" says so only about an issue that exists; any other trouble is reported by the pass.
async fn feature_flags_are_absent(sync: &SyncContext) -> bool {
    absent(&sync.client, sync).await.unwrap_or(false)
}

async fn absent(client: &Client, sync: &SyncContext) -> Result<bool, Error> {
    let filter = Filter::resolve(client, &sync.config).await?;
    let Some(issue) = search::any_id(client, &filter.jql).await? else { return Ok(false) };
    let request = Request::get("/rest/api/3/issue/{id}/featureflags", &[&issue.to_string()]);
    match client.call(&request).await {
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::Forbidden | Kind::EndpointRemoved) => {
            let reply = client.call(&bulk::issue_exists(issue)).await?;
            Ok(bulk::exists(&reply.body).unwrap_or(false))
        }
        _ => Ok(false),
    }
}
