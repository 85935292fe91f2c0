//! What a changelog entry says.

use super::super::sink::Sink;
use crate::record::{Object, splice, time};
use std::borrow::Cow;

/// The changes of one of Jira's own fields.
pub(super) fn changes<'a>(entry: &Object<'a>, field: &str, sink: &mut Sink<'_>) -> Vec<Object<'a>> {
    let items = sink.elements(entry, "items").into_iter();
    let wanted = |item: &Object<'_>| {
        let is = |name: &str, value: &str| item.text(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
        // A custom field may have the same name.
        is("field", field) && !is("fieldtype", "custom")
    };
    items.filter_map(|item| Object::parse(item.get()).ok()).filter(wanted).collect()
}

/// When an entry was made, as JSON: text in an issue, but epoch milliseconds from changelog/bulkfetch.
pub(super) fn created<'a>(entry: &Object<'a>) -> Cow<'a, str> {
    match entry.integer("created") {
        Some(millis) => Cow::Owned(splice::quoted(&time::format(millis))),
        None => Cow::Borrowed(entry.get("created").map_or("null", |value| value.get())),
    }
}
