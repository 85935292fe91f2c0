//! Records whose lists are read, and what those take of them.

use crate::{
    record::{Object, splice},
    streams::{Add, Partition, Stream, Table, When},
};
use std::borrow::Cow;

/// A value of a partitioned stream: a member of a parent's record, as it stands there and as it goes into a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parent {
    /// For the order in which partitions are read, which must be the same in the next run: the values of the lists that the
    /// parent was in, and its own.
    order: Vec<(usize, String)>,
    pub json: String,
    /// Not archived and not in the trash, so that what is missing from its list is missing there.
    pub live: bool,
    /// What its records gain of the parent's.
    added: Vec<(&'static str, String)>,
    /// The list itself, where the parent's record has it.
    pub list: Option<String>,
}

impl Parent {
    /// One that the table itself names.
    fn fixed(value: &str) -> Self {
        let order = vec![(value.len(), value.to_owned())];
        Self { order, json: splice::quoted(value), live: true, added: Vec::new(), list: None }
    }

    fn take(record: &Object<'_>, take: &str, within: Option<&Self>) -> Option<Self> {
        let id = record.id(take)?.into_owned();
        let is = |state: &str| record.get(state).is_some_and(|value| value.get() == "true");
        let live = !is("archived") && !is("deleted");
        let mut order = within.map(|parent| parent.order.clone()).unwrap_or_default();
        order.push((id.len(), id));
        Some(Self { json: record.get(take)?.get().to_owned(), order, live, added: Vec::new(), list: None })
    }

    pub fn id(&self) -> &str {
        self.order.last().map(|(_, id)| id.as_str()).unwrap_or_default()
    }

    /// What goes into the path, from the outermost list on.
    pub fn path(&self) -> Vec<&str> {
        self.order.iter().map(|(_, id)| id.as_str()).collect()
    }

    /// How a state names it.
    pub fn name(&self) -> String {
        self.path().join("/")
    }

    /// Whether it comes after the one of that name.
    pub fn is_after(&self, name: &str) -> bool {
        self.order > name.split('/').map(|id| (id.len(), id.to_owned())).collect::<Vec<_>>()
    }
}

/// Those that the table itself names, if it does.
pub fn fixed(table: &Table) -> Option<Vec<Parent>> {
    match table.partition {
        Partition::Fixed(values) => Some(values.iter().copied().map(Parent::fixed).collect()),
        Partition::One | Partition::Each { .. } => None,
    }
}

/// In the order in which they are read, each once.
pub fn in_order(parents: &[Parent]) -> Vec<Parent> {
    let mut parents = parents.to_vec();
    parents.sort();
    parents.dedup();
    parents
}

/// What a child needs of its parent's records.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub stream: &'static str,
    take: &'static str,
    when: Option<When>,
    add: &'static [Add],
    embedded: Option<&'static str>,
}

impl Wanted {
    /// What the stream needs of its parent, if it has one.
    pub fn of(stream: &'static Stream) -> Option<(&'static Stream, Self)> {
        let table = stream.table()?;
        match table.partition {
            Partition::One | Partition::Fixed(_) => None,
            Partition::Each { of, take, when } => {
                let (add, embedded) = (table.add, table.embedded);
                Some((of, Self { stream: stream.name, take, when, add, embedded }))
            }
        }
    }

    fn from(&self, record: &Object<'_>, within: Option<&Parent>) -> Option<Parent> {
        if !self.when.is_none_or(|when| is_as(record, when)) {
            return None;
        }
        let mut parent = Parent::take(record, self.take, within)?;
        let add = self.add.iter().filter_map(|add| match add {
            Add::Parent { name, from } => Some((*name, raw_at(record, from).unwrap_or_else(|| "null".to_owned()))),
            Add::Partition { .. } | Add::Text { .. } | Add::LikeAirbyte { .. } => None,
        });
        parent.added = add.collect();
        parent.list = self.embedded.and_then(|name| record.get(name)).map(|list| list.get().to_owned());
        Some(parent)
    }
}

/// How many lists a stream's lists hang on, one on the other.
pub fn depth(stream: &'static Stream) -> usize {
    Wanted::of(stream).map_or(0, |(parent, _)| 1 + depth(parent))
}

/// Whether one of the members has one of the values: a text, or a word such as `true`.
fn is_as(record: &Object<'_>, (members, values): When) -> bool {
    let is = |member: &&&str| {
        let text = record.text(member).or_else(|| record.get(member).map(|value| Cow::Borrowed(value.get())));
        text.is_some_and(|text| values.contains(&text.as_ref()))
    };
    members.iter().any(|member| is(&member))
}

/// The members that a record gains, with their values as JSON. Airbyte's connector makes a text of one that is missing, too.
pub fn added(
    table: &Table,
    record: &Object<'_>,
    parent: Option<&Parent>,
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

/// What children need of a record, as it is with the members that it gains.
pub fn take_from(raw: &str, table: &Table, within: Option<&Parent>, take: &[Wanted], taken: &mut [Vec<Parent>]) {
    if take.is_empty() {
        return;
    }
    let Ok(mut record) = Object::parse(raw) else { return };
    let added = added(table, &record, within, false);
    let gained =
        added.iter().filter_map(|(name, value)| Some((Cow::Borrowed(*name), serde_json::from_str(value).ok()?)));
    record.members.extend(gained);
    for (wanted, taken) in take.iter().zip(taken) {
        taken.extend(wanted.from(&record, within));
    }
}

/// The value there, as it stands there.
fn raw_at(record: &Object<'_>, path: &[&str]) -> Option<String> {
    match path {
        [name] => record.get(name).map(|value| value.get().to_owned()),
        [name, rest @ ..] => raw_at(&record.object(name)?, rest),
        [] => None,
    }
}

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
    fn a_record_of_a_nested_list_goes_on_where_its_own_parent_ends() {
        let take = |child: &str, raw: &str, within: Option<&Parent>| {
            let (of, wanted) = Wanted::of(streams::find(child).unwrap()).unwrap();
            let mut taken = [Vec::new()];
            take_from(raw, of.table().unwrap(), within, &[wanted], &mut taken);
            taken[0].remove(0)
        };
        let screen = take("screen_tabs", r#"{"id":20,"name":"S"}"#, None);
        let tab = take("screen_tab_fields", r#"{"id":3}"#, Some(&screen));
        assert_eq!((screen.name(), tab.name(), tab.json.as_str()), ("20".to_owned(), "20/3".to_owned(), "3"));
        assert_eq!(tab.path(), ["20", "3"]);
        let fields = streams::find("screen_tab_fields").unwrap().table().unwrap();
        let gained = added(fields, &Object::default(), Some(&tab), false);
        assert_eq!(
            gained,
            [("screenId", "20".to_owned()), ("tabId", "3".to_owned())],
            "as the parent's record is sent"
        );
        assert!(tab.is_after("1/1") && tab.is_after("20/2") && !tab.is_after("20/3") && !tab.is_after("20/10"));
    }
}
