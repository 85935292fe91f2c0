//! Partitions of list streams: the records of a parent whose lists are read, and what those lists take from them.

use crate::{
    record::{Object, object::UnknownShape, splice},
    streams::{self, Add, ListEndpoint, Stream, When},
};
use std::borrow::Cow;

/// One partition: a property of a parent's record, as it stands there and as it goes into a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// For the order in which partitions are read, which must be the same in the next run: the values of the lists that the
    /// parent was in, and its own.
    order: Vec<(usize, String)>,
    pub json: String,
    /// Neither archived nor in the trash: what is missing from its list does not exist.
    pub is_live: bool,
    /// Properties of the parent that are added to its records.
    added: Vec<(&'static str, String)>,
    /// The list itself, where the parent's record contains it.
    pub list: Option<String>,
}

impl Partition {
    /// A partition that the table itself names.
    fn of_value(value: &str) -> Self {
        let order = vec![(value.len(), value.to_owned())];
        Self { order, json: splice::quoted(value), is_live: true, added: Vec::new(), list: None }
    }

    fn of_record(record: &Object<'_>, property: &str, parent: Option<&Self>) -> Option<Self> {
        let id = record.id(property)?.into_owned();
        let is = |state: &str| record.get(state).is_some_and(|value| value.get() == "true");
        let is_live = !is("archived") && !is("deleted");
        let mut order = parent.map(|parent| parent.order.clone()).unwrap_or_default();
        order.push((id.len(), id));
        Some(Self { json: record.get(property)?.get().to_owned(), order, is_live, added: Vec::new(), list: None })
    }

    pub fn id(&self) -> &str {
        self.order.last().map(|(_, id)| id.as_str()).unwrap_or_default()
    }

    /// What goes into the path, from the outermost list on.
    pub fn path(&self) -> Vec<&str> {
        self.order.iter().map(|(_, id)| id.as_str()).collect()
    }

    /// Its name in a state.
    pub fn name(&self) -> String {
        self.path().join("/")
    }

    /// Whether it comes after the partition of that name.
    pub fn is_after(&self, name: &str) -> bool {
        self.order > name.split('/').map(|id| (id.len(), id.to_owned())).collect::<Vec<_>>()
    }
}

/// The partitions that the table itself names, if it does.
pub fn static_partitions(table: &ListEndpoint) -> Option<Vec<Partition>> {
    match table.partition {
        streams::Partition::Static(values) => Some(values.iter().copied().map(Partition::of_value).collect()),
        streams::Partition::One | streams::Partition::Each { .. } => None,
    }
}

/// In the order in which they are read, each once.
pub fn in_order(parents: &[Partition]) -> Vec<Partition> {
    let mut parents = parents.to_vec();
    parents.sort();
    parents.dedup();
    parents
}

/// What the partitions of a child stream need of its parent's records.
#[derive(Clone, Copy, Debug)]
pub struct PartitionSpec {
    pub stream: &'static str,
    property: &'static str,
    when: Option<When>,
    add: &'static [Add],
    embedded: Option<&'static str>,
}

impl PartitionSpec {
    /// The parent of a stream, and what its partitions need of it; `None` for a stream without a parent.
    pub fn of(stream: &'static Stream) -> Option<(&'static Stream, Self)> {
        let table = stream.list()?;
        match table.partition {
            streams::Partition::One | streams::Partition::Static(_) => None,
            streams::Partition::Each { of, take, when } => {
                let (add, embedded) = (table.add, table.embedded);
                Some((of, Self { stream: stream.name, property: take, when, add, embedded }))
            }
        }
    }

    /// The partition of a record, if it has one; an error if it should have one but does not say which.
    fn from(&self, record: &Object<'_>, parent: Option<&Partition>) -> Result<Option<Partition>, UnknownShape> {
        if !self.when.is_none_or(|when| is_as(record, when)) {
            return Ok(None);
        }
        let mut parent = Partition::of_record(record, self.property, parent).ok_or(UnknownShape)?;
        let add = self.add.iter().filter_map(|add| match add {
            Add::Parent { name, from } => Some((*name, raw_at(record, from).unwrap_or_else(|| "null".to_owned()))),
            Add::Partition { .. } | Add::Text { .. } | Add::LikeAirbyte { .. } => None,
        });
        parent.added = add.collect();
        parent.list = self.embedded.and_then(|name| record.get(name)).map(|list| list.get().to_owned());
        Ok(Some(parent))
    }
}

/// How many parents a stream has, one above the other.
pub fn depth(stream: &'static Stream) -> usize {
    PartitionSpec::of(stream).map_or(0, |(parent, _)| 1 + depth(parent))
}

/// Whether one of the properties has one of the values: a text, or a literal such as `true`.
fn is_as(record: &Object<'_>, (members, values): When) -> bool {
    let is = |member: &&&str| {
        let text = record.text(member).or_else(|| record.get(member).map(|value| Cow::Borrowed(value.get())));
        text.is_some_and(|text| values.contains(&text.as_ref()))
    };
    members.iter().any(|member| is(&member))
}

/// The properties that are added to a record, with their values as JSON. For Airbyte's connector, a missing text is empty.
pub fn added(
    table: &ListEndpoint,
    record: &Object<'_>,
    parent: Option<&Partition>,
    like_airbyte: bool,
) -> Vec<(&'static str, String)> {
    let missing = if like_airbyte { "\"\"" } else { "null" };
    let mut members: Vec<(&'static str, String)> = Vec::with_capacity(table.add.len());
    for add in table.add {
        let (name, value) = match add {
            Add::Partition { name } => (name, parent.map(|parent| parent.json.clone())),
            Add::Parent { name, .. } => {
                let of_parent = parent.and_then(|parent| parent.added.iter().find(|(added, _)| added == name));
                (name, of_parent.map(|(_, value)| value.clone()))
            }
            Add::Text { name, from } => {
                let text = text_at(record, from).map(|text| splice::quoted(&text));
                (name, Some(text.unwrap_or_else(|| missing.to_owned())))
            }
            Add::LikeAirbyte { .. } if !like_airbyte => continue,
            Add::LikeAirbyte { name, like } => {
                let value = members.iter().find(|(member, _)| member == like).map(|(_, value)| value.clone());
                members.retain(|(member, _)| member != name);
                (name, value)
            }
        };
        members.push((name, value.unwrap_or_else(|| "null".to_owned())));
    }
    members
}

/// Collects what child streams need of a record, the properties that are added to it included. `unknown` gets each stream
/// whose list of this record can't be requested.
pub fn collect_partitions(
    raw: &str,
    table: &ListEndpoint,
    parent: Option<&Partition>,
    specs: &[PartitionSpec],
    collected: &mut [Vec<Partition>],
    mut unknown: impl FnMut(&'static str),
) {
    if specs.is_empty() {
        return;
    }
    let mut record = Object::parse(raw).unwrap_or_default();
    let added = added(table, &record, parent, false);
    let gained =
        added.iter().filter_map(|(name, value)| Some((Cow::Borrowed(*name), serde_json::from_str(value).ok()?)));
    record.entries.extend(gained);
    for (spec, collected) in specs.iter().zip(collected) {
        match spec.from(&record, parent) {
            Ok(partition) => collected.extend(partition),
            Err(UnknownShape) => unknown(spec.stream),
        }
    }
}

/// The value at a path, as JSON.
fn raw_at(record: &Object<'_>, path: &[&str]) -> Option<String> {
    match path {
        [name] => record.get(name).map(|value| value.get().to_owned()),
        [name, rest @ ..] => raw_at(&record.object(name)?, rest),
        [] => None,
    }
}

/// The value at a path, as text.
pub fn text_at(record: &Object<'_>, path: &[&str]) -> Option<String> {
    match path {
        [name] => record.id(name).map(Cow::into_owned),
        [name, rest @ ..] => text_at(&record.object(name)?, rest),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams;

    #[test]
    fn a_nested_partition_continues_the_path_of_its_parent() {
        let take = |child: &str, raw: &str, parent: Option<&Partition>| {
            let (of, spec) = PartitionSpec::of(streams::find(child).unwrap()).unwrap();
            let mut taken = [Vec::new()];
            collect_partitions(raw, of.list().unwrap(), parent, &[spec], &mut taken, |_| {});
            taken[0].remove(0)
        };
        let screen = take("screen_tabs", r#"{"id":20,"name":"S"}"#, None);
        let tab = take("screen_tab_fields", r#"{"id":3}"#, Some(&screen));
        assert_eq!((screen.name(), tab.name(), tab.json.as_str()), ("20".to_owned(), "20/3".to_owned(), "3"));
        assert_eq!(tab.path(), ["20", "3"]);
        let fields = streams::find("screen_tab_fields").unwrap().list().unwrap();
        let gained = added(fields, &Object::default(), Some(&tab), false);
        assert_eq!(
            gained,
            [("screenId", "20".to_owned()), ("tabId", "3".to_owned())],
            "as the parent's record is sent"
        );
        assert!(tab.is_after("1/1") && tab.is_after("20/2") && !tab.is_after("20/3") && !tab.is_after("20/10"));
    }
}
