//! Asks every endpoint that streams need once, and as little as it takes to see whether it answers.

use super::question::{self, Question};
use crate::{
    client::{Client, Error, Kind, Read, Request, classify, jql::Jql},
    config::Config,
    record::{Object, page},
    streams::{self, ADMINISTER, Gone, Listed, Permission, Stream},
    sync::{
        Clock,
        scope::filter::Filter,
        table::{self, Parent},
    },
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

/// Asks in rounds: what can be asked at once, then what needs an issue or a parent's record to be asked with, then what needs
/// a record of those.
pub async fn ask(client: &Client, config: &Config) -> Findings {
    let (first, (search, issue, id), permissions) =
        tokio::join!(round(client, lists(0, &Answers::new())), an_issue(client, config), permissions(client));
    let now = client.identity().date.map_or_else(|| Clock::system().now(), |date| date.timestamp_millis());
    let of_issues = streams::ALL.iter().filter(|stream| stream.projection().is_some());
    let feeds = [Gone::Worklogs.route(), "/rest/api/3/auditing/record"];
    let routes: BTreeSet<&'static str> = of_issues.flat_map(|stream| stream.routes()).chain(feeds).collect();
    let of_issues = routes
        .into_iter()
        .filter(|route| *route != Read::SearchJql.path())
        .map(|route| Question::of_issue(route, id.as_deref(), now));
    let second = round(client, of_issues.chain(lists(1, &first)).collect()).await;
    let of_records = streams::ALL.iter().filter_map(|stream| {
        let Some(Gone::Listed(Listed { of, one, .. })) = stream.gone() else { return None };
        let table = of.table()?;
        let body = second.get(table.path).map(|answer| answer.body.as_str()).unwrap_or_default();
        Some(Question::record(one, &question::ids(table, body)))
    });
    let third = round(client, of_records.chain(lists(2, &second)).collect()).await;
    let mut outcomes: BTreeMap<&'static str, Outcome> =
        [first, second, third].into_iter().flatten().map(|(route, answer)| (route, answer.outcome)).collect();
    outcomes.insert(Read::SearchJql.path(), search);
    Findings { outcomes, permissions, issue }
}

/// How a question was answered, and if well, with what.
struct Answer {
    outcome: Outcome,
    body: String,
    /// Of which record the list is.
    parent: Option<Parent>,
}

/// By route.
type Answers = BTreeMap<&'static str, Answer>;

/// Questions about the lists that hang on so many others; `parents` are the answers to the last one of those.
fn lists(depth: usize, parents: &Answers) -> Vec<Question> {
    let streams =
        streams::ALL.iter().copied().filter(|stream| stream.table().is_some() && table::depth(stream) == depth);
    let question = |stream: &'static Stream| {
        let table = stream.table()?;
        let children: Vec<table::Wanted> = streams::ALL
            .iter()
            .filter_map(|child| table::Wanted::of(child))
            .filter(|(of, _)| of.name == stream.name)
            .map(|(_, wanted)| wanted)
            .collect();
        let Some(parent) = table::Wanted::of(stream).and_then(|(of, _)| of.table()) else {
            return Some(Question::list(table, !children.is_empty()));
        };
        let known = parents.get(parent.path);
        let body = known.map(|answer| answer.body.as_str()).unwrap_or_default();
        let found = question::parents(stream, &children, body, known.and_then(|answer| answer.parent.as_ref()));
        Some(Question::lists(table, found, !children.is_empty()))
    };
    streams.filter_map(question).collect()
}

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
    let refused = |outcome| Answer { outcome, body: String::new(), parent: None };
    let mut outcome = Outcome::Untried(question.lacks.unwrap_or_default().into());
    for (at, request) in question.requests.iter().enumerate() {
        match call(client, request).await {
            Ok(body) => return Answer { outcome: Outcome::Good, body, parent: question.parents.get(at).cloned() },
            Err(error) => match question.expected.iter().find(|(status, _)| Some(*status) == error.status) {
                Some((_, why)) if question.lacks.is_none() => {
                    outcome = Outcome::Untried(format!("where it was tried, {why}").into());
                }
                Some(_) => {}
                None => return refused(Outcome::Refused(permitted(client, &question, error).await)),
            },
        }
    }
    refused(outcome)
}

/// Where 401 may stand for a missing permission, it does if Jira says that it is missing.
async fn permitted(client: &Client, question: &Question, error: Error) -> Error {
    let documented = streams::ALL
        .iter()
        .filter_map(|stream| stream.table())
        .any(|table| table.path == question.route && table.skip.iter().any(|skip| skip.status == 401));
    if documented && error.status == Some(401) && table::lacks(client, ADMINISTER.key).await {
        return Error { kind: Kind::Forbidden, remedy: None, ..error };
    }
    error
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
