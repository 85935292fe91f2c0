//! A reply split into records: the very pieces that stand in it, in their order, or an error; never fewer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use source_jira::record::page;
use source_jira_fuzz::json;

// The name of the list, a line break, the body.
fuzz_target!(|input: &str| {
    let (name, body) = input.split_once('\n').unwrap_or(("", input));
    let listed = if name.is_empty() {
        json::elements(body)
    } else {
        json::members(body).and_then(|members| {
            // A name that is no text makes the page unreadable, which is reported.
            members.iter().all(|(name, _)| name.is_some()).then_some(())?;
            // So does a token: without it, the page would be the last.
            let token = json::get(&members, "nextPageToken").filter(|token| *token != "null");
            token.is_none_or(|token| json::text(token).is_some()).then_some(())?;
            json::elements(json::get(&members, name)?)
        })
    };
    let page = match (page::split(body, name), listed) {
        (Ok(page), Some(listed)) => {
            assert_eq!(page.records.len(), listed.len());
            for (record, listed) in page.records.iter().zip(listed) {
                assert!(json::is_valid(record) && !record.contains(['\n', '\r']), "{record}");
                assert_eq!(**record, listed.replace(['\n', '\r'], " "));
            }
            page
        }
        (Err(why), None) => return assert!(!why.is_empty()),
        (page, listed) => panic!("{page:?} and {listed:?}"),
    };
    // A tree in memory must say the same, where it can be made: it knows limits of depth and of numbers.
    let Ok(value) = serde_json::from_str::<serde_json::Value>(body) else { return };
    let list = if name.is_empty() { &value } else { &value[name] };
    let records: Vec<serde_json::Value> =
        page.records.iter().map(|record| serde_json::from_str(record).expect("JSON")).collect();
    assert_eq!(list.as_array(), Some(&records));
    if !name.is_empty() {
        for (read, member) in [(page.start, "startAt"), (page.total, "total")] {
            // For a tree, -0 is no integer.
            assert!(read == value[member].as_i64() || read == Some(0), "{member}");
        }
        assert_eq!(page.is_last, value.get("isLast").map(|last| *last == true));
        assert_eq!(page.next_token.as_deref(), value["nextPageToken"].as_str().filter(|token| !token.is_empty()));
    }
});
