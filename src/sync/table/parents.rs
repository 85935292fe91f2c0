//! What the lists of a partitioned stream are of.

use crate::{
    codes::Code,
    record::{Object, splice},
    streams::{Add, Partition, Stream, Table},
};

/// A value of a partitioned stream: a member of a parent's record, as it stands there and as it goes into a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parent {
    /// For the order in which partitions are read, which must be the same in the next run.
    order: (usize, String),
    /// What goes into the path, the outermost first.
    values: Vec<String>,
    pub json: String,
    /// Members of its record that the records of its list gain, as JSON.
    carried: Vec<(&'static str, String)>,
    /// Not archived and not in the trash, so that what is missing from its list is missing there.
    pub(super) live: bool,
}

impl Parent {
    fn fixed(value: &str) -> Self {
        let order = (value.len(), value.to_owned());
        Self { order, values: vec![value.to_owned()], json: splice::quoted(value), carried: Vec::new(), live: true }
    }

    fn take(record: &Object<'_>, take: &str, above: Option<&Self>) -> Option<Self> {
        let mut values = above.map(|above| above.values.clone()).unwrap_or_default();
        values.push(record.id(take)?.into_owned());
        let key = values.join("/");
        let is = |state: &str| record.get(state).is_some_and(|value| value.get() == "true");
        let live = !is("archived") && !is("deleted");
        let json = record.get(take)?.get().to_owned();
        Some(Self { order: (key.len(), key), values, json, carried: Vec::new(), live })
    }

    /// What states and comparisons know it by: its value, after those of its own parents.
    pub fn id(&self) -> &str {
        &self.order.1
    }

    pub fn values(&self) -> Vec<&str> {
        self.values.iter().map(String::as_str).collect()
    }

    pub(super) fn is_after(&self, id: &str) -> bool {
        (self.order.0, self.id()) > (id.len(), id)
    }

    pub(super) fn carried(&self, from: &str) -> Option<&str> {
        self.carried.iter().find(|(name, _)| *name == from).map(|(_, value)| value.as_str())
    }
}

/// The parents of a stream's lists, and why some of them are missing.
#[derive(Clone, Debug, Default)]
pub struct Parents {
    pub all: Vec<Parent>,
    pub left_out: Vec<&'static Code>,
}

impl Parents {
    /// Those that the table itself names.
    pub fn fixed(values: &[&str]) -> Self {
        Self { all: values.iter().copied().map(Parent::fixed).collect(), left_out: Vec::new() }
    }
}

/// What a child needs of its parent's records.
#[derive(Clone, Debug)]
pub struct Wanted {
    take: &'static str,
    when: Option<(&'static str, &'static [&'static str])>,
    carry: Vec<&'static str>,
}

impl Wanted {
    /// What the stream needs of its parent, if it has one.
    pub fn of(table: &Table) -> Option<(&'static Stream, Self)> {
        let Partition::Each { of, take, when } = table.partition else { return None };
        let carry = table.add.iter().filter_map(|add| match add {
            Add::Parent { from, .. } => Some(*from),
            Add::Partition { .. } | Add::Text { .. } => None,
        });
        Some((of, Self { take, when, carry: carry.collect() }))
    }

    /// Out of a record, the members that it gains, and what its own list is of.
    pub(super) fn from(&self, record: &Object<'_>, added: &[(&str, String)], above: Option<&Parent>) -> Option<Parent> {
        let fits = self
            .when
            .is_none_or(|(member, values)| record.text(member).is_some_and(|value| values.contains(&value.as_ref())));
        let mut parent = if fits { Parent::take(record, self.take, above) } else { None }?;
        parent.carried = self.carry.iter().map(|name| (*name, member(record, added, name))).collect();
        Some(parent)
    }
}

/// A member of a record as it is sent, as JSON.
fn member(record: &Object<'_>, added: &[(&str, String)], name: &str) -> String {
    let gained = added.iter().find(|(gained, _)| *gained == name).map(|(_, value)| value.as_str());
    gained.or_else(|| record.get(name).map(|value| value.get())).unwrap_or("null").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams;

    #[test]
    fn a_record_of_a_nested_list_goes_on_where_its_own_parent_ends() {
        let wanted = |child: &str| Wanted::of(streams::find(child).unwrap().table().unwrap()).unwrap().1;
        let screen = Object::parse(r#"{"id":20,"name":"S"}"#).unwrap();
        let screen = wanted("screen_tabs").from(&screen, &[], None).unwrap();
        let tab = Object::parse(r#"{"id":3,"screenId":"wrong"}"#).unwrap();
        let tab = wanted("screen_tab_fields").from(&tab, &[("screenId", "20".to_owned())], Some(&screen)).unwrap();
        assert_eq!((screen.id(), tab.id(), tab.json.as_str()), ("20", "20/3", "3"));
        assert_eq!(tab.values(), ["20", "3"]);
        assert_eq!(tab.carried("screenId"), Some("20"), "as the record is sent");
        assert!(tab.is_after("1/1") && tab.is_after("20/2") && !tab.is_after("20/3") && !tab.is_after("20/10"));
    }
}
