//! Raw JSON in every layout and spelling: splitting and adding must be right byte by byte, whatever the record contains.

use super::{object, page, splice};
use crate::record::Object;
use proptest::{prelude::*, sample::Index};

/// Strings as JSON may spell them; half a surrogate pair is as good as any other escape.
const STRING: &str =
    r#""([ !#-\[\]-~\u{7f}-\u{a0}\u{2028}\u{2029}\u{feff}😀]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|id|issu\\u0065Id){0,6}""#;
const NUMBER: &str = r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,5})?([eE][-+]?[0-9]{1,3})?";
/// Names, some of them those that are added.
const NAME: &str = r#""(issueId|issu\\u0065Id|\\u0069ssueId|updated|id|([a-z😀]|\\u00[0-9a-f]{2}|\\["\\nt]){0,4})""#;
const BLANK: &str = "[ \t\r\n]{0,3}";

fn raw() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![STRING, NUMBER, "null|true|false", Just("[]".to_owned()), Just("{}".to_owned())];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let list = prop::collection::vec((BLANK, inner.clone(), BLANK), 0..5).prop_map(|items| list(&items));
        prop_oneof![list, properties(inner).prop_map(|properties| written(&properties))]
    })
}

type Written = (String, String, String, String);

fn properties(value: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<Written>> {
    prop::collection::vec((BLANK, NAME, BLANK, value), 0..6)
}

fn list(items: &[(String, String, String)]) -> String {
    let items: Vec<String> =
        items.iter().map(|(before, item, after)| [before.as_str(), item, after].concat()).collect();
    format!("[{}]", items.join(","))
}

fn written(properties: &[Written]) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(before, name, blank, value)| format!("{before}{name}{blank}:{blank}{value}{before}"))
        .collect();
    format!("{{{}}}", properties.join(","))
}

fn decoded(properties: &[Written]) -> Vec<(String, &str)> {
    properties.iter().map(|(_, name, _, value)| (serde_json::from_str(name).unwrap(), value.as_str())).collect()
}

proptest! {
    #[test]
    fn a_page_is_split_into_the_very_pieces_it_holds(
        items in prop::collection::vec((BLANK, raw(), BLANK), 0..6),
        others in properties(raw()),
        at in any::<Index>(),
    ) {
        let records: Vec<String> = items.iter().map(|(_, item, _)| item.replace(['\n', '\r'], " ")).collect();
        let mut others = others;
        let list = list(&items);
        prop_assert_eq!(page::split(&list, "").unwrap().records, records.clone());
        // The list among other properties. One of the same name before it does not count.
        let place = at.index(others.len() + 1);
        others.insert(place, (String::new(), "\"values\"".to_owned(), String::new(), list));
        others.insert(0, (String::new(), "\"values\"".to_owned(), String::new(), "[0]".to_owned()));
        let body = written(&others);
        prop_assert_eq!(page::split(&body, "values").unwrap().records, records);
    }

    #[test]
    fn a_page_cut_short_anywhere_is_an_error(items in prop::collection::vec((BLANK, raw(), BLANK), 0..4), at in any::<Index>()) {
        let list = list(&items);
        let body = format!("{{\"values\":{list}}}");
        let cut = |text: &str| {
            let ends: Vec<usize> = text.char_indices().map(|(end, _)| end).collect();
            text[..ends[at.index(ends.len())]].to_owned()
        };
        prop_assert!(page::split(&cut(&list), "").is_err());
        prop_assert!(page::split(&cut(&body), "values").is_err());
    }

    #[test]
    fn members_are_added_however_the_record_is_written(
        kept in properties(raw()),
        added in prop::sample::subsequence(vec!["issueId", "issueKey", "updated"], 0..=3),
        values in prop::collection::vec(raw(), 3),
    ) {
        let record = written(&kept);
        let values: Vec<String> = values.iter().map(|value| page::one_line(value).into_owned()).collect();
        let added: Vec<splice::Property<'_>> =
            added.into_iter().zip(&values).map(|(name, value)| (name, value.as_str())).collect();
        let line = page::one_line(&record);
        let mut out = Vec::new();
        splice::splice(&mut out, &line, &added);
        let out = String::from_utf8(out).unwrap();
        prop_assert!(!out.contains(['\n', '\r']));
        let mut expected = decoded(&kept);
        expected.retain(|(name, _)| !added.iter().any(|(new, _)| new == name));
        expected.extend(added.iter().map(|(name, value)| ((*name).to_owned(), *value)));
        let object = Object::parse(&out).unwrap();
        let found: Vec<(String, String)> =
            object.entries.iter().map(|(name, value)| (name.clone().into_owned(), value.get().to_owned())).collect();
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(name, value)| (name, page::one_line(value).into_owned())).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn text_is_quoted_so_that_it_can_be_read(text in any::<String>()) {
        let quoted = splice::quoted(&text);
        prop_assert!(!quoted.contains(['\n', '\r']));
        prop_assert!(object::text(&quoted).is_some_and(|read| read == text));
    }

    /// Whatever arrives: no reader panics, and what is not JSON has no records.
    #[test]
    fn no_text_is_too_odd(text in any::<String>(), near in r#"[\[\]{}",:\\0-9eE.+ a-z\n-]{0,40}"#) {
        for text in [text.as_str(), &near] {
            let valid = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            prop_assert!(valid || page::split(text, "").is_err() && page::split(text, "values").is_err());
            let mut out = Vec::new();
            splice::splice(&mut out, text, &[("a", "1")]);
            let added = out.ends_with(br#""a":1}"#);
            prop_assert!(!valid || Object::parse(text).is_err() || added);
        }
    }
}

/// A document may be nested deeper than any stack.
#[test]
fn depth_is_no_fault() {
    let depth = 200_000;
    let deep = format!("{}{}", "{\"content\":[".repeat(depth), "]}".repeat(depth));
    let record = format!("{{\"id\":1,\"body\":{deep}}}");
    let body = format!("{{\"values\":[{record}]}}");
    let page = page::split(&body, "values").unwrap();
    assert!(page.records == [record.as_str()]);
    for name in ["issueId", "id", "content"] {
        let mut out = Vec::new();
        splice::splice(&mut out, &record, &[(name, "2")]);
        let out = String::from_utf8(out).unwrap();
        let object = Object::parse(&out).unwrap();
        assert_eq!(object.get(name).unwrap().get(), "2");
        assert!(object.get("body").unwrap().get() == deep);
    }
}
