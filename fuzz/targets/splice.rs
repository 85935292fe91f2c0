//! Members added to a raw record: the record as it was, without those of the same names, and they at its end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use source_jira::record::{object::Object, page, splice::splice};
use source_jira_fuzz::{json, texts};

// The record, then values for these names, one or none for each.
const NAMES: [&str; 6] = ["issueId", "issueKey", "updated", "created", "projectKey", "key"];

fuzz_target!(|data: &[u8]| {
    let Some(texts) = texts(data) else { return };
    let record = page::one_line(texts[0]);
    let added: Vec<(&str, &str)> = NAMES
        .into_iter()
        .zip(texts[1..].iter().copied())
        .filter(|(_, value)| value.trim() == *value && !value.contains(['\n', '\r']) && json::is_valid(value))
        .collect();
    let mut out = b"before".to_vec();
    splice(&mut out, &record, &added);
    let out = String::from_utf8(out).expect("UTF-8");
    let out = out.strip_prefix("before").expect("what stood before stays");
    assert!(!out.contains(['\n', '\r']));
    // Records come out of a page: they are JSON without blanks around it.
    if !json::is_valid(&record) || record.trim() != record {
        return;
    }
    let Some(before) = json::members(&record) else { return assert_eq!(out, record) };
    let after = json::members(out).unwrap_or_else(|| panic!("{record} became {out}"));
    if before.iter().any(|(name, _)| name.is_none()) {
        // A name that is no Unicode text: the others can't give way, but the last of them counts.
        return assert!(added.iter().all(|(name, value)| json::get(&after, name) == Some(value)));
    }
    let new = |name: &Option<String>| added.iter().any(|(new, _)| name.as_deref() == Some(new));
    let kept = before.into_iter().filter(|(name, _)| !new(name));
    let expected: Vec<_> = kept.chain(added.iter().map(|(name, value)| (Some((*name).to_owned()), *value))).collect();
    assert_eq!(after, expected);
    // The connector's own reader says the same of every member.
    let object = Object::parse(out).expect("every name is Unicode text");
    for (name, value) in &after {
        let name = name.as_deref().expect("as it was");
        assert_eq!(object.get(name).map(|value| value.get()), json::get(&after, name));
        if value.starts_with('"') && json::get(&after, name) == Some(value) {
            assert_eq!(object.text(name).as_deref(), json::text(value).as_deref());
        }
    }
});
