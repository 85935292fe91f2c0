//! Asks every endpoint that streams need once, and as little as it takes to see whether it answers.

use super::question::{self, Question};
use crate::{
    client::{Client, Error, Kind, Read, Request, classify, jql::Jql},
    config::Config,
    record::{Object, page},
    streams::{self, Gone, Listed, Partition, Permission, Stream, Table},
    sync::{Clock, scope::filter::Filter},
};
use futures_util::{StreamExt, stream};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Questions that are under way at the same time.
const AT_ONCE: usize = 6;
/// For one question, tries included.
const PATIENCE: Duration = Duration::from_secs(20);

/// How an endpoint answered.
#[derive(Clone, Debug)]
pub enum Outcome {
    Good,
    Refused(Error),
    /// With the reason.
    Untried(Cow<'static, str>),
}

static NOT_ASKED: Outcome = Outcome::Untried(Cow::Borrowed("not asked"));

impl Outcome {
    /// What no endpoint gets past, so that it says nothing about this one.
    pub fn fatal(&self) -> Option<Error> {
        match self {
            Self::Refused(error) if error.is_fatal() => Some(error.clone()),
            _ => None,
        }
    }
}

/// Which issue the endpoints were tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// One that the config wants.
    Wanted,
    /// The config wants none that is there.
    Other,
    /// The account sees none at all.
    None,
    /// The search was refused, or it could not be found out what the config wants.
    Unasked,
}

/// What Jira said.
#[derive(Debug)]
pub struct Findings {
    pub outcomes: BTreeMap<&'static str, Outcome>,
    /// By key; empty if Jira does not tell.
    pub permissions: BTreeMap<String, bool>,
    pub issue: Found,
}

impl Findings {
    pub fn outcome(&self, route: &str) -> &Outcome {
        self.outcomes.get(route).unwrap_or(&NOT_ASKED)
    }

    /// Whether the account has a permission in at least one project, if Jira tells.
    pub fn has(&self, permission: &Permission) -> Option<bool> {
        self.permissions.get(permission.key).copied()
    }

    /// Whether the token lacks any scope.
    pub fn unscoped(&self) -> bool {
        self.outcomes.values().any(|outcome| matches!(outcome, Outcome::Refused(error) if error.kind == Kind::Scope))
    }
}

/// How an endpoint answered, with what body, and which parents' ids it was asked with.
type Answer = (Outcome, String, Vec<String>);
type Answers = BTreeMap<&'static str, Answer>;

/// Asks in three rounds: what can be asked at once, then what needs an issue or a parent's record to be asked with, then
/// what needs a record of those.
pub async fn ask(client: &Client, config: &Config) -> Findings {
    let tables = || streams::ALL.iter().filter_map(|stream| stream.table());
    let (lists, (search, issue, id), permissions) =
        tokio::join!(round(client, first(tables)), an_issue(client, config), permissions(client));
    let now = client.identity().date.map_or_else(|| Clock::system().now(), |date| date.timestamp_millis());
    let of_issues = streams::ALL.iter().filter(|stream| stream.projection().is_some());
    let feeds = [Gone::Worklogs.route(), "/rest/api/3/auditing/record"];
    let routes: BTreeSet<&'static str> = of_issues.flat_map(|stream| stream.routes()).chain(feeds).collect();
    let of_issues = routes
        .into_iter()
        .filter(|route| *route != Read::SearchJql.path())
        .map(|route| Question::of_issue(route, id.as_deref(), now));
    let (direct, nested): (Vec<_>, Vec<_>) = tables()
        .filter_map(|table| parent_of(table).map(|parent| (table, parent)))
        .partition(|(_, (parent, ..))| parent_of(parent).is_none());
    let parents: BTreeSet<&str> = nested.iter().map(|(_, (parent, ..))| parent.path).collect();
    let of_parents = direct
        .into_iter()
        .map(|(table, parent)| Question::lists(table, asked_with(&lists, parent), parents.contains(table.path)));
    let second = round(client, of_issues.chain(of_parents).collect()).await;
    let of_records = streams::ALL.iter().filter_map(|stream| {
        let Some(Gone::Listed(Listed { of, one, .. })) = stream.gone() else { return None };
        let table = of.table()?;
        let body = second.get(table.path).map(|(_, body, _)| body.as_str()).unwrap_or_default();
        Some(Question::record(one, &question::parents(table, body, "id", None)))
    });
    let of_nested =
        nested.into_iter().map(|(table, parent)| Question::lists(table, asked_with(&second, parent), false));
    let third = round(client, of_records.chain(of_nested).collect()).await;
    let mut outcomes: BTreeMap<&'static str, Outcome> =
        lists.into_iter().chain(second).chain(third).map(|(route, (outcome, ..))| (route, outcome)).collect();
    outcomes.insert(Read::SearchJql.path(), search);
    Findings { outcomes, permissions, issue }
}

type Parent = (&'static Table, &'static str, Option<(&'static str, &'static [&'static str])>);

/// The list that the lists of a table are partitioned by, and what they take of it.
fn parent_of(table: &'static Table) -> Option<Parent> {
    match table.partition {
        Partition::One | Partition::Fixed(_) => None,
        Partition::Each { of, take, when } => of.table().map(|parent| (parent, take, when)),
    }
}

/// What the lists of a parent's records can be asked with, after what the parent was asked with.
fn asked_with(answers: &Answers, (parent, take, when): Parent) -> Vec<Vec<String>> {
    let Some((_, body, above)) = answers.get(parent.path) else { return Vec::new() };
    let ids = question::parents(parent, body, take, when).into_iter();
    ids.map(|id| above.iter().cloned().chain([id]).collect()).collect()
}

/// Questions about the lists without parents.
fn first<I: Iterator<Item = &'static Table>>(tables: impl Fn() -> I) -> Vec<Question> {
    let parents: BTreeSet<&str> = tables().filter_map(parent_of).map(|(parent, ..)| parent.path).collect();
    tables()
        .filter(|table| parent_of(table).is_none())
        .map(|table| Question::list(table, parents.contains(table.path)))
        .collect()
}

/// Answers by route.
async fn round(client: &Client, questions: Vec<Question>) -> Answers {
    stream::iter(questions.into_iter().map(|question| async move {
        let route = question.route;
        (route, answer(client, question).await)
    }))
    .buffer_unordered(AT_ONCE)
    .collect()
    .await
}

async fn answer(client: &Client, question: Question) -> Answer {
    let mut outcome = Outcome::Untried(question.lacks.unwrap_or_default().into());
    for (at, request) in question.requests.iter().enumerate() {
        match call(client, request).await {
            Ok(body) => return (Outcome::Good, body, question.ids.get(at).cloned().unwrap_or_default()),
            Err(error) => match question.expected.iter().find(|(status, _)| Some(*status) == error.status) {
                Some((_, why)) if question.lacks.is_none() => {
                    outcome = Outcome::Untried(format!("where it was tried, {why}").into());
                }
                Some(_) => {}
                None => return (Outcome::Refused(error), String::new(), Vec::new()),
            },
        }
    }
    (outcome, String::new(), Vec::new())
}

async fn call(client: &Client, request: &Request) -> Result<String, Error> {
    match tokio::time::timeout(PATIENCE, client.call(request)).await {
        Ok(reply) => reply.map(|reply| reply.body),
        Err(_) => {
            let kind = if client.gate().closed_for().is_some() { Kind::RateLimited } else { Kind::Timeout };
            Err(Error::new(kind, request.label(), format!("no answer within {} s", PATIENCE.as_secs())))
        }
    }
}

/// The id of an issue: one that the config wants, or else any.
async fn an_issue(client: &Client, config: &Config) -> (Outcome, Found, Option<String>) {
    let every = Jql::default();
    let wanted = wanted(client, config).await;
    let searches = match &wanted {
        Wanted::These(jql) if *jql == every => vec![(jql, Found::Wanted)],
        Wanted::These(jql) => vec![(jql, Found::Wanted), (&every, Found::Other)],
        Wanted::None => vec![(&every, Found::Other)],
        Wanted::Unknown => vec![(&every, Found::Unasked)],
    };
    for (jql, found) in searches {
        let request = question::search(jql, config);
        let id = match call(client, &request).await {
            Ok(body) => first_id(&body).map_err(|why| classify::malformed(&request, why)),
            // The filter's fault, not the endpoint's.
            Err(error) if error.kind == Kind::BadRequest && *jql != every => continue,
            Err(error) => Err(error),
        };
        match id {
            Ok(Some(id)) => return (Outcome::Good, found, Some(id)),
            Ok(None) => {}
            Err(error) => return (Outcome::Refused(error), Found::Unasked, None),
        }
    }
    (Outcome::Good, Found::None, None)
}

/// What the config wants.
enum Wanted {
    These(Jql),
    /// Projects that the account does not see.
    None,
    Unknown,
}

async fn wanted(client: &Client, config: &Config) -> Wanted {
    match tokio::time::timeout(PATIENCE, Filter::resolve(client, config)).await {
        Ok(Ok(filter)) if filter.is_empty(config) => Wanted::None,
        Ok(Ok(filter)) => Wanted::These(filter.jql),
        Ok(Err(_)) | Err(_) => Wanted::Unknown,
    }
}

fn first_id(body: &str) -> Result<Option<String>, String> {
    let page = page::split(body, "issues")?;
    let issue = page.records.first().and_then(|raw| Object::parse(raw).ok());
    Ok(issue.and_then(|issue| issue.id("id").map(|id| id.into_owned())))
}

/// Permissions that any stream names, in one question. That Jira does not tell is no failure: the endpoints speak for
/// themselves.
async fn permissions(client: &Client) -> BTreeMap<String, bool> {
    let named = |stream: &&'static Stream| stream.permissions.iter().map(|permission| permission.key);
    let keys: BTreeSet<&str> = streams::ALL.iter().flat_map(named).collect();
    let request = question::permissions(&keys.into_iter().collect::<Vec<_>>());
    let body = call(client, &request).await.unwrap_or_default();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let told = body.get("permissions").and_then(|told| told.as_object()).into_iter().flatten();
    told.filter_map(|(key, told)| Some((key.clone(), told.get("havePermission")?.as_bool()?))).collect()
}
