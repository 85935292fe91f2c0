//! The pages of a list endpoint, as its table entry describes them.

use super::partitions::Partition;
use crate::{
    client::{Client, Request},
    jira::paginator::{List, PageCursor, Paginator, Paging},
    record::page::{self, Page},
    streams::{self, ListEndpoint, Shape},
};

/// Walks one list.
pub fn pages<'a>(client: &'a Client, endpoint: &'a ListEndpoint, cursor: PageCursor) -> Paginator<'a> {
    Paginator::new(client, cursor, Box::new(|body| split(body, endpoint)))
}

/// The place before the first page. `query` is added to the parameters of the table.
pub fn cursor(endpoint: &ListEndpoint, partition: Option<&Partition>, query: &[(&str, &str)]) -> PageCursor {
    let request = request(endpoint, &partition.map(Partition::path).unwrap_or_default());
    let request = query.iter().fold(request, |request, (name, value)| request.query(name, value));
    let paging = match endpoint.paging {
        streams::Paging::None => Paging::None,
        streams::Paging::Offset { .. } | streams::Paging::UntilEmpty { .. } => Paging::START_AT,
        streams::Paging::Token { .. } => Paging::Token,
    };
    let cursor = PageCursor::new(List::Get(request), paging, page_size(endpoint));
    if paging == Paging::Token { cursor.shrinking() } else { cursor }
}

/// The request without its paging; `values` are the partition's, the outermost first.
pub fn request(endpoint: &ListEndpoint, values: &[&str]) -> Request {
    let own = values.last().copied().unwrap_or_default();
    endpoint.query.iter().fold(Request::get(endpoint.path, values), |request, (name, value)| {
        request.query(name, if value.starts_with('{') { own } else { value })
    })
}

/// A reply, cut into records as the table says.
pub fn split<'a>(body: &'a str, endpoint: &ListEndpoint) -> Result<Page<'a>, String> {
    match endpoint.shape {
        Shape::List => page::split(body, endpoint.records),
        Shape::Map => page::values(body, endpoint.records),
        Shape::Lists(names) => page::lists(body, names),
        Shape::One => page::one(body),
    }
}

pub fn page_size(endpoint: &ListEndpoint) -> u32 {
    match endpoint.paging {
        streams::Paging::None => 0,
        streams::Paging::Offset { max } | streams::Paging::UntilEmpty { max } | streams::Paging::Token { max } => max,
    }
}
