//! Offset paging, as most lists have it.

use serde_json::{Value, json};

use crate::server::context::{Answer, Context};
use crate::server::reply::Reply;

/// Where a page starts and how long it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub start: usize,
    pub size: usize,
}

/// Reads `startAt` and `maxResults`. Too large a size is lowered without a word. (Jira REST v3: pagination.)
pub(crate) fn window(context: &Context<'_>, default: i64, most: i64) -> Result<Window, Reply> {
    let start = context.request.number("startAt", 0)?;
    let size = context.request.number("maxResults", default)?;
    if start < 0 {
        return Err(Reply::refusal(400, "The 'startAt' parameter must be zero or greater."));
    }
    let size = if size < 0 { most } else { size.clamp(0, most) };
    Ok(Window { start: start as usize, size: size as usize })
}

impl Window {
    pub(crate) fn cut<T>(self, list: &[T]) -> &[T] {
        let start = self.start.min(list.len());
        &list[start..(start + self.size).min(list.len())]
    }

    pub(crate) fn last(self, total: usize) -> bool {
        self.start + self.size >= total
    }
}

/// A page of `values`.
pub(crate) fn values(context: &Context<'_>, list: &[Value], default: i64, most: i64) -> Answer {
    let window = window(context, default, most)?;
    let (shown, total) = (window.cut(list), list.len());
    let here = format!("{}{}", context.site.catalog.base_url, context.request.path);
    let mut body = json!({"self": format!("{here}?startAt={}&maxResults={}", window.start, window.size),
        "maxResults": window.size, "startAt": window.start, "total": total, "isLast": window.last(total), "values": shown});
    if !window.last(total) {
        body["nextPage"] = json!(format!("{here}?startAt={}&maxResults={}", window.start + window.size, window.size));
    }
    Ok(Reply::value(&body))
}
