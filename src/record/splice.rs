//! Adds properties to a raw JSON object without rebuilding it.

use super::object::Object;

/// A property to add: its name, and its value as JSON.
pub type Property<'a> = (&'a str, &'a str);

/// Writes `record` with `added` at its end. Properties of the record with the same names are dropped, so that no name
/// occurs twice. A record that is no object is written unchanged.
pub fn splice(out: &mut Vec<u8>, record: &str, added: &[Property<'_>]) {
    let open = record.trim_end();
    if added.is_empty() || !open.ends_with('}') {
        out.extend_from_slice(record.as_bytes());
        return;
    }
    if added.iter().any(|(name, _)| may_contain(record, name)) || has_escaped_letters(record) {
        return rebuild(out, record, added);
    }
    append(out, open, added);
}

/// `open` ends with the brace that closes the record.
fn append(out: &mut Vec<u8>, open: &str, added: &[Property<'_>]) {
    let inner = open[..open.len() - 1].trim_end();
    out.extend_from_slice(inner.as_bytes());
    let mut first = inner.ends_with('{');
    for (name, value) in added {
        write_property(out, &mut first, name, value);
    }
    out.push(b'}');
}

/// Whether the quoted name occurs anywhere in the record. If not, there is no such property, and no parse is needed.
fn may_contain(record: &str, name: &str) -> bool {
    memchr::memmem::find_iter(record.as_bytes(), name.as_bytes())
        .any(|at| at > 0 && record.as_bytes()[at - 1] == b'"' && record.as_bytes().get(at + name.len()) == Some(&b'"'))
}

/// Whether a name could be written with escapes.
fn has_escaped_letters(record: &str) -> bool {
    memchr::memmem::find(record.as_bytes(), b"\\u00").is_some()
}

fn rebuild(out: &mut Vec<u8>, record: &str, added: &[Property<'_>]) {
    let Ok(object) = Object::parse(record) else {
        // A name that is no Unicode text, such as half of a surrogate pair. If a name occurs twice, readers take the last.
        return append(out, record.trim_end(), added);
    };
    out.push(b'{');
    let mut first = true;
    for (name, value) in &object.entries {
        if !added.iter().any(|(new, _)| new == name) {
            write_property(out, &mut first, name, value.get());
        }
    }
    for (name, value) in added {
        write_property(out, &mut first, name, value);
    }
    out.push(b'}');
}

/// Writes one property, after a comma unless it is the first.
pub fn write_property(out: &mut Vec<u8>, first: &mut bool, name: &str, value: &str) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    quote(out, name);
    out.push(b':');
    out.extend_from_slice(value.as_bytes());
}

/// Writes an object with these properties.
pub fn object(out: &mut Vec<u8>, members: &[Property<'_>]) {
    out.push(b'{');
    let mut first = true;
    members.iter().for_each(|(name, value)| write_property(out, &mut first, name, value));
    out.push(b'}');
}

/// Writes a JSON string.
pub fn quote(out: &mut Vec<u8>, text: &str) {
    // Writing to a Vec cannot fail, and a str always serialises.
    let _ = serde_json::to_writer(out, text);
}

/// A text as a JSON string.
pub fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    quote(&mut out, text);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn spliced(record: &str, added: &[Property<'_>]) -> String {
        let mut out = Vec::new();
        splice(&mut out, record, added);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn appends_and_replaces() {
        assert_eq!(spliced(r#"{"id":1}"#, &[("b", "2")]), r#"{"id":1,"b":2}"#);
        assert_eq!(spliced("{ }", &[("b", "2")]), r#"{"b":2}"#);
        assert_eq!(spliced(r#"{"b":null,"id":1}"#, &[("b", "2")]), r#"{"id":1,"b":2}"#);
        assert_eq!(spliced(r#"{"id":{"b":3}}"#, &[("b", "2")]), r#"{"id":{"b":3},"b":2}"#);
        assert_eq!(spliced(r#"{"id":1}"#, &[]), r#"{"id":1}"#);
    }

    #[test]
    fn every_spelling_of_a_name_is_replaced() {
        assert_eq!(spliced(r#"{"issu\u0065Id":1,"a":"\u0000"}"#, &[("issueId", "2")]), r#"{"a":"\u0000","issueId":2}"#);
        assert_eq!(spliced(r#"{"\ud800":1,"b":1}"#, &[("b", "2")]), r#"{"\ud800":1,"b":1,"b":2}"#);
        assert_eq!(spliced(r#"["b"]"#, &[("b", "2")]), r#"["b"]"#);
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("(a|b|id|.*)", inner, 0..5).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn equals_inserting_into_the_parsed_object(
            object in prop::collection::btree_map("(a|b|id|issueId|.*)", json_value(), 0..6),
            added in prop::collection::btree_map("(a|b|issueId)", json_value(), 0..3),
        ) {
            let record = serde_json::to_string(&object).unwrap();
            let texts: Vec<(String, String)> = added.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
            let properties: Vec<Property<'_>> = texts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let mut expected = object.clone();
            expected.extend(added.clone());
            let result = spliced(&record, &properties);
            prop_assert_eq!(serde_json::from_str::<Value>(&result).unwrap(), json!(expected));
            prop_assert!(!result.contains('\n'));
        }
    }
}
