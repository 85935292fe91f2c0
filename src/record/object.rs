//! One level of a JSON object: names and raw values, in their order in the text.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// The properties of a JSON object with their values unparsed.
#[derive(Debug, Default)]
pub struct Object<'a> {
    pub entries: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    pub fn parse(json: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    /// The raw value of a property; the last one, if a name occurs twice.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.entries.iter().rev().find(|(property, _)| property == name).map(|(_, value)| *value)
    }

    /// The value of a property that is a string.
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text(self.get(name)?.get())
    }

    /// The value of a property that is an ID, as text. Jira writes IDs as strings or as numbers.
    pub fn id(&self, name: &str) -> Option<Cow<'a, str>> {
        let raw = self.get(name)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => text(raw),
            Some(b'0'..=b'9' | b'-') => Some(Cow::Borrowed(raw)),
            _ => None,
        }
    }

    /// The value of a property that is an object, one level of it.
    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        Object::parse(self.get(name)?.get()).ok()
    }

    /// The raw elements of a property that is a list.
    pub fn list(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// One level of the object at a property; `None` where it is missing or null.
    pub fn child(&self, name: &str) -> Result<Option<Object<'a>>, UnknownShape> {
        match self.get(name).map(RawValue::get) {
            None | Some("null") => Ok(None),
            Some(raw) => Object::parse(raw).map(Some).map_err(|_| UnknownShape),
        }
    }

    /// The raw elements of the list at a property; none where it is missing or null.
    pub fn elements(&self, name: &str) -> Result<Vec<&'a RawValue>, UnknownShape> {
        match self.get(name).map(RawValue::get) {
            None | Some("null") => Ok(Vec::new()),
            Some(raw) => serde_json::from_str(raw).map_err(|_| UnknownShape),
        }
    }

    /// The value of a property that is an integer.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.get().parse().ok()
    }
}

/// A property is there, and is neither what Jira documents nor null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownShape;

/// The text of a raw JSON string.
pub fn text(raw: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(raw).ok().map(|text| text.0)
}

/// A string that borrows where it has no escapes. (`Cow` alone always allocates: serde-rs/serde, "borrow".)
#[derive(serde::Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::with_capacity(16);
                while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
                    entries.push((name, map.next_value::<&'de RawValue>()?));
                }
                Ok(Object { entries })
            }
            fn visit_unit<E: Error>(self) -> Result<Object<'de>, E> {
                Err(E::custom("null in place of an object"))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_values_raw_and_reads_ids_of_both_kinds() {
        let object =
            Object::parse(r#"{"id":10001,"key":"A\u002d1","x":{"id":"7"},"l":[1, {"a":2}],"n":null}"#).unwrap();
        assert_eq!(object.id("id").unwrap(), "10001");
        assert_eq!(object.text("key").unwrap(), "A-1");
        assert_eq!(object.object("x").unwrap().id("id").unwrap(), "7");
        assert_eq!(object.list("l").unwrap()[1].get(), r#"{"a":2}"#);
        assert!(object.text("n").is_none() && object.id("n").is_none() && object.object("n").is_none());
        assert_eq!(object.integer("id"), Some(10001));
    }

    #[test]
    fn missing_and_null_are_empty_and_any_other_shape_is_unknown() {
        let object = Object::parse(r#"{"n":null,"o":{"a":1},"l":[1],"t":"x","half":{"\ud800":1}}"#).unwrap();
        for name in ["n", "missing"] {
            assert!(object.child(name).unwrap().is_none() && object.elements(name).unwrap().is_empty(), "{name}");
        }
        assert!(object.child("o").unwrap().is_some() && object.elements("l").unwrap().len() == 1);
        for name in ["l", "t", "half"] {
            assert_eq!(object.child(name).err(), Some(UnknownShape), "{name}");
        }
        for name in ["o", "t"] {
            assert_eq!(object.elements(name).err(), Some(UnknownShape), "{name}");
        }
    }
}
