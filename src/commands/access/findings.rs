//! Sends one minimal request to every endpoint that streams read, and collects the responses.

use super::probe::{self, Probe};
use crate::{
    client::{Client, Error, Kind, Read, Request, classify, jql::Jql},
    config::Config,
    jira::{audit_log, permissions, worklog_feed},
    output::Clock,
    record::{Object, page},
    streams::{self, ADMINISTER, Permission, Stream},
    sync::{
        filter::Filter,
        partitions::{self, Partition, PartitionSpec},
    },
};
use futures_util::{StreamExt, stream};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Probes in flight at the same time.
const CONCURRENCY: usize = 6;
/// Time limit of one probe, retries included.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The outcome of the probes of one endpoint.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Good,
    Refused(Error),
    /// Not tested, with the reason.
    Untested(Cow<'static, str>),
}

static NOT_REQUESTED: Outcome = Outcome::Untested(Cow::Borrowed("not requested"));

impl Outcome {
    /// An error that fails every endpoint alike, so it says nothing about this one.
    pub(super) fn fatal(&self) -> Option<Error> {
        match self {
            Self::Refused(error) if error.is_fatal() => Some(error.clone()),
            _ => None,
        }
    }
}

/// Which issue the endpoints were tested with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// One that matches the filter of the config.
    Matching,
    /// Another one: no accessible issue matches the filter.
    Other,
    /// None: the account has access to no issue.
    None,
    /// The search or the filter could not be evaluated.
    Unknown,
}

/// The responses of Jira.
#[derive(Debug)]
pub(super) struct Findings {
    pub outcomes: BTreeMap<&'static str, Outcome>,
    /// By key; empty if Jira does not return them.
    pub permissions: BTreeMap<String, bool>,
    pub issue: Found,
}

impl Findings {
    pub(super) fn outcome(&self, route: &str) -> &Outcome {
        self.outcomes.get(route).unwrap_or(&NOT_REQUESTED)
    }

    /// Whether the account has a permission in at least one project; `None` if Jira does not say.
    pub(super) fn has(&self, permission: &Permission) -> Option<bool> {
        self.permissions.get(permission.key).copied()
    }

    /// Whether an endpoint refused the token for lack of a scope.
    pub(super) fn unscoped(&self) -> bool {
        self.outcomes.values().any(|outcome| matches!(outcome, Outcome::Refused(error) if error.kind == Kind::Scope))
    }
}

/// Probes in three rounds: endpoints without parameters; then those that need an issue or a parent's record; then those that
/// need a record of the second round.
pub(super) async fn collect(client: &Client, config: &Config) -> Findings {
    let (first, (search, issue, id), permissions) =
        tokio::join!(round(client, lists(0, &Answers::new())), an_issue(client, config), own_permissions(client));
    let now = client.identity().date.map_or_else(|| Clock::system().now(), |date| date.timestamp_millis());
    let of_issues = streams::ALL.iter().filter(|stream| stream.issues().is_some());
    let feeds = [worklog_feed::DELETED, audit_log::ROUTE];
    let routes: BTreeSet<&'static str> = of_issues.flat_map(|stream| stream.routes()).chain(feeds).collect();
    let of_issues = routes
        .into_iter()
        .filter(|route| *route != Read::SearchJql.path())
        .map(|route| Probe::of_issue(route, id.as_deref(), now));
    let second = round(client, of_issues.chain(lists(1, &first)).collect()).await;
    let of_records = streams::ALL.iter().filter_map(|stream| {
        let diff = stream.snapshot_diff()?;
        let table = diff.list.list()?;
        let body = second.get(table.path).map(|answer| answer.body.as_str()).unwrap_or_default();
        Some(Probe::record(diff.by_id, &probe::ids(table, body)))
    });
    let third = round(client, of_records.chain(lists(2, &second)).collect()).await;
    let mut outcomes: BTreeMap<&'static str, Outcome> =
        [first, second, third].into_iter().flatten().map(|(route, answer)| (route, answer.outcome)).collect();
    outcomes.insert(Read::SearchJql.path(), search);
    Findings { outcomes, permissions, issue }
}

/// The outcome of a probe, and the body of a good response.
struct Answer {
    outcome: Outcome,
    body: String,
    /// The record whose list was read.
    parent: Option<Partition>,
}

/// By route.
type Answers = BTreeMap<&'static str, Answer>;

/// The probes of the list streams with so many ancestors; `parents` are the answers of the round before.
fn lists(depth: usize, parents: &Answers) -> Vec<Probe> {
    let streams =
        streams::ALL.iter().copied().filter(|stream| stream.list().is_some() && partitions::depth(stream) == depth);
    let probe = |stream: &'static Stream| {
        let table = stream.list()?;
        let children: Vec<PartitionSpec> = streams::ALL
            .iter()
            .filter_map(|child| PartitionSpec::of(child))
            .filter(|(of, _)| of.name == stream.name)
            .map(|(_, wanted)| wanted)
            .collect();
        let Some(parent) = PartitionSpec::of(stream).and_then(|(of, _)| of.list()) else {
            return Some(Probe::list(table, !children.is_empty()));
        };
        let known = parents.get(parent.path);
        let body = known.map(|answer| answer.body.as_str()).unwrap_or_default();
        let found = probe::parents(stream, &children, body, known.and_then(|answer| answer.parent.as_ref()));
        Some(Probe::lists(table, found, !children.is_empty()))
    };
    streams.filter_map(probe).collect()
}

async fn round(client: &Client, probes: Vec<Probe>) -> Answers {
    stream::iter(probes.into_iter().map(|probe| async move {
        let route = probe.route;
        (route, answer(client, probe).await)
    }))
    .buffer_unordered(CONCURRENCY)
    .collect()
    .await
}

async fn answer(client: &Client, probe: Probe) -> Answer {
    let refused = |outcome| Answer { outcome, body: String::new(), parent: None };
    let mut outcome = Outcome::Untested(probe.lacks.unwrap_or_default().into());
    for (at, request) in probe.requests.iter().enumerate() {
        match call(client, request).await {
            Ok(body) => return Answer { outcome: Outcome::Good, body, parent: probe.parents.get(at).cloned() },
            Err(error) => match probe.expected.iter().find(|(status, _)| Some(*status) == error.refusal()) {
                Some((_, why)) if probe.lacks.is_none() => {
                    outcome = Outcome::Untested(format!("tested with an object where {why}").into());
                }
                Some(_) => {}
                None => return refused(Outcome::Refused(permitted(client, &probe, error).await)),
            },
        }
    }
    refused(outcome)
}

/// Some endpoints answer 401 for a missing permission. Such an answer counts as 403 if Jira says that the permission is missing.
async fn permitted(client: &Client, probe: &Probe, error: Error) -> Error {
    let documented = streams::ALL
        .iter()
        .filter_map(|stream| stream.list())
        .any(|table| table.path == probe.route && table.skip.iter().any(|skip| skip.status == 401));
    if documented && error.status == Some(401) && permissions::lacks(client, ADMINISTER.key).await {
        return Error { kind: Kind::Forbidden, remedy: None, ..error };
    }
    error
}

async fn call(client: &Client, request: &Request) -> Result<String, Error> {
    match tokio::time::timeout(TIME_LIMIT, client.call(request)).await {
        Ok(reply) => reply.map(|reply| reply.body),
        Err(_) => {
            let kind = if client.gate().closed_for().is_some() { Kind::RateLimited } else { Kind::Timeout };
            Err(Error::new(kind, request.label(), format!("no answer within {} s", TIME_LIMIT.as_secs())))
        }
    }
}

/// The ID of an issue: one that matches the filter, or any other one if none does.
async fn an_issue(client: &Client, config: &Config) -> (Outcome, Found, Option<String>) {
    let every = Jql::default();
    let selection = selection(client, config).await;
    let searches = match &selection {
        Selection::Matching(jql) if *jql == every => vec![(jql, Found::Matching)],
        Selection::Matching(jql) => vec![(jql, Found::Matching), (&every, Found::Other)],
        Selection::None => vec![(&every, Found::Other)],
        Selection::Unknown => vec![(&every, Found::Unknown)],
    };
    for (jql, found) in searches {
        let request = probe::search(jql, config);
        let id = match call(client, &request).await {
            Ok(body) => first_id(&body).map_err(|why| classify::malformed(&request, why)),
            // The filter is wrong, not the endpoint.
            Err(error) if error.kind == Kind::BadRequest && *jql != every => continue,
            Err(error) => Err(error),
        };
        match id {
            Ok(Some(id)) => return (Outcome::Good, found, Some(id)),
            Ok(None) => {}
            Err(error) => return (Outcome::Refused(error), Found::Unknown, None),
        }
    }
    (Outcome::Good, Found::None, None)
}

/// The issues that the config selects.
enum Selection {
    Matching(Jql),
    /// None: the account has access to none of the projects.
    None,
    Unknown,
}

async fn selection(client: &Client, config: &Config) -> Selection {
    match tokio::time::timeout(TIME_LIMIT, Filter::resolve(client, config)).await {
        Ok(Ok(filter)) if filter.is_empty(config) => Selection::None,
        Ok(Ok(filter)) => Selection::Matching(filter.jql),
        Ok(Err(_)) | Err(_) => Selection::Unknown,
    }
}

fn first_id(body: &str) -> Result<Option<String>, String> {
    let page = page::split(body, "issues")?;
    let issue = page.records.first().and_then(|raw| Object::parse(raw).ok());
    Ok(issue.and_then(|issue| issue.id("id").map(|id| id.into_owned())))
}

/// The permissions that streams name, in one request. A failure is ignored: the responses of the endpoints are enough for a
/// verdict.
async fn own_permissions(client: &Client) -> BTreeMap<String, bool> {
    let named = |stream: &&'static Stream| stream.permissions.iter().map(|permission| permission.key);
    let keys: BTreeSet<&str> = streams::ALL.iter().flat_map(named).collect();
    let request = probe::permissions(&keys.into_iter().collect::<Vec<_>>());
    let body = call(client, &request).await.unwrap_or_default();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let listed = body.get("permissions").and_then(|listed| listed.as_object()).into_iter().flatten();
    listed.filter_map(|(key, entry)| Some((key.clone(), entry.get("havePermission")?.as_bool()?))).collect()
}
