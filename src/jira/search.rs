//! Search by JQL: pages of issues or of their IDs, counts, and checks of a query.

use super::{
    issue::IssuePage,
    paginator::{List, PageCursor, PageSigns, Paging},
};
use crate::{
    client::{Client, Error, Kind, Read, Request, classify, jql::Jql},
    record::{Object, object, page},
};
use serde_json::json;

/// IDs that a page holds where nothing else is asked for (Jira REST v3: `search/jql`).
pub const ID_PAGE: u32 = 5000;

/// Jira's counts are estimates: one of these many issues may be missing from a list that was not cut to its smallest windows.
pub const ESTIMATE: u64 = 20;

/// What to search for.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// With its order.
    pub jql: &'a str,
    pub fields: &'a [String],
    pub expand: &'a [&'static str],
    /// Archived projects too: only the GET form takes it (Jira REST v3: `includeArchivedProjects`).
    pub archived: bool,
    /// Issues whose latest state the search must know, as bulk reads do (Jira REST v3: `reconcileIssues`).
    pub reconcile: &'a [u64],
}

impl Search<'_> {
    /// A place before the first page; `size` is that of a page.
    pub fn cursor(&self, size: u32, tries: u32) -> PageCursor {
        PageCursor::new(self.list(tries), Paging::Token, size)
    }

    fn list(&self, tries: u32) -> List {
        if self.archived {
            let request = Request::get(Read::SearchJql.path(), &[])
                .query("jql", self.jql)
                .query("fields", self.fields.join(","))
                .query("includeArchivedProjects", "true")
                .tries(tries);
            let request =
                self.reconcile.iter().fold(request, |request, id| request.query("reconcileIssues", id.to_string()));
            let expand = Some(self.expand.join(",")).filter(|expand| !expand.is_empty());
            return List::Get(expand.iter().fold(request, |request, expand| request.query("expand", expand)));
        }
        let mut body = json!({"jql": self.jql, "fields": self.fields});
        if !self.expand.is_empty() {
            body["expand"] = self.expand.join(",").into();
        }
        if !self.reconcile.is_empty() {
            body["reconcileIssues"] = json!(self.reconcile);
        }
        List::Post { read: Read::SearchJql, body, tries }
    }
}

/// A place before the first page of IDs, with keys if wanted.
pub fn ids(archived: bool, jql: &str, keys: bool) -> PageCursor {
    let field = if keys { "key" } else { "id" };
    Search { jql, fields: &[field.to_owned()], expand: &[], archived, reconcile: &[] }.cursor(ID_PAGE, 5)
}

/// The signs of a page of issues, distinguished by their IDs.
pub fn signs(page: &mut IssuePage<'_>, ids: &[u64]) -> PageSigns {
    let next_token = page.token.take();
    PageSigns { records: ids.to_vec(), is_last: page.is_last, next_token, ..PageSigns::default() }
}

/// What became of a list of IDs.
pub struct Listed {
    /// With their keys, if they were asked for.
    pub issues: Vec<(u64, String)>,
    /// The list came to its end, rather than to a token that was refused or came twice.
    pub is_whole: bool,
}

/// Lists IDs page by page. A token that is refused or comes twice ends the list: whoever asks has another way to find out
/// what it left out.
pub async fn list_ids(client: &Client, mut cursor: PageCursor) -> Result<Listed, Error> {
    let mut listed = Listed { issues: Vec::new(), is_whole: true };
    while !cursor.is_done() {
        let request = cursor.request();
        let reply = match client.call(&request).await {
            Ok(reply) => reply,
            Err(error) if error.kind == Kind::BadRequest && cursor.has_token() => {
                listed.is_whole = cursor.refused(error).is_ok();
                break;
            }
            Err(error) => return Err(error),
        };
        let wrong = |why: String| classify::malformed(&request, why);
        let mut page = IssuePage::parse(&reply.body).map_err(wrong)?;
        let mut ids = Vec::with_capacity(page.issues.len());
        for raw in std::mem::take(&mut page.issues) {
            let id = raw.number().map_err(wrong)?;
            ids.push(id);
            listed.issues.push((id, raw.key()));
        }
        let signs = signs(&mut page, &ids);
        if let Err(fault) = cursor.advance(&signs) {
            if cursor.has_token() && signs.next_token.is_some() {
                listed.is_whole = false;
                break;
            }
            return Err(wrong(fault.to_string()));
        }
    }
    Ok(listed)
}

/// How many issues a query finds, as Jira estimates it; `None` where it does not say.
pub async fn count(client: &Client, jql: &Jql) -> Result<Option<u64>, Error> {
    counted(client, &Request::post(Read::ApproximateCount, &json!({"jql": jql.unordered()}))).await
}

/// The count that this request asks for. It only plans and verifies, so where it fails alone, all else goes on without it.
pub async fn counted(client: &Client, request: &Request) -> Result<Option<u64>, Error> {
    let reply = match client.call(request).await {
        Err(error) if !error.is_fatal() => return Ok(None),
        reply => reply?,
    };
    let count = Object::parse(&reply.body).ok().and_then(|object| object.integer("count"));
    Ok(count.and_then(|count| u64::try_from(count).ok()))
}

/// The newest issues by a field, with these fields: one page, and whether it is the last.
pub async fn newest(
    client: &Client,
    jql: &Jql,
    field: &str,
    fields: &[&str],
    size: usize,
) -> Result<(Request, crate::client::Reply), Error> {
    let body = json!({"jql": jql.descending(field), "fields": fields, "maxResults": size});
    let request = Request::post(Read::SearchJql, &body);
    let reply = client.call(&request).await?;
    Ok((request, reply))
}

/// The ID of an issue that a query finds, the newest; `None` if it finds none.
pub async fn any_id(client: &Client, jql: &Jql) -> Result<Option<u64>, Error> {
    let (request, reply) = newest(client, jql, "created", &["id"], 1).await?;
    let wrong = |why: String| classify::malformed(&request, why);
    let page = IssuePage::parse(&reply.body).map_err(wrong)?;
    page.issues.first().map(|issue| issue.number().map_err(wrong)).transpose()
}

/// What Jira has against a condition, if anything. Asked for beforehand, because a search answers an unknown field or value
/// with an empty list as often as with an error.
pub async fn condition_errors(client: &Client, condition: &str) -> Result<Vec<String>, Error> {
    let request = Request::post(Read::JqlParse, &json!({"queries": [condition]})).query("validation", "strict");
    let reply = client.call(&request).await?;
    let page = page::split(&reply.body, "queries").map_err(|why| classify::malformed(&request, why))?;
    let query = page.records.first().and_then(|query| Object::parse(query).ok());
    let errors = query.and_then(|query| query.list("errors")).unwrap_or_default();
    Ok(errors.iter().map(|error| object::text(error.get()).unwrap_or_default().into_owned()).collect())
}
