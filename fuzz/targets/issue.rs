//! A page of issues as the scan reads it, and every record that is cut out of an issue.
#![no_main]

use libfuzzer_sys::fuzz_target;
use source_jira::{
    record::page,
    sync::{fields::Columns, scan::exposed::*},
};
use source_jira_fuzz::{json, lines::Lines};
use std::{cell::LazyCell, collections::BTreeSet};

thread_local! {
    static LINES: LazyCell<Lines> = LazyCell::new(Lines::default);
}

fuzz_target!(|input: &str| {
    let body = page::one_line(input);
    let Ok(mut page) = IssuePage::parse(&body) else { return };
    // No list is never an empty list.
    let members = json::members(&body).expect("an object");
    let listed = json::get(&members, "issues").and_then(json::elements).expect("a list");
    assert_eq!(page.issues.len(), listed.len());
    let last = json::get(&members, "isLast") == Some("true");
    let token = json::get(&members, "nextPageToken").and_then(json::text).filter(|token| !token.is_empty());
    match page.next_token() {
        Ok(next) => assert_eq!(next, token.filter(|_| !last)),
        Err(_) => assert!(!last && token.is_none()),
    }
    LINES.with(|lines| {
        for (raw, listed) in page.issues.into_iter().zip(listed) {
            if let Ok(issue) = Issue::read(raw) {
                take(lines, &issue, listed);
            }
        }
    });
});

fn take(lines: &Lines, issue: &Issue<'_>, raw: &str) {
    let members = json::members(raw).expect("an issue is an object");
    let fields = json::get(&members, "fields").and_then(json::members).unwrap_or_default();
    let field = |name: &str| json::get(&fields, name).unwrap_or("null");
    let id = json::get(&members, "id").map(|id| json::text(id).unwrap_or_else(|| id.to_owned()));
    assert_eq!(id.as_deref().and_then(|id| id.parse().ok()), Some(issue.number));
    let refers = [
        ("issueId", format!("\"{}\"", id.expect("just seen"))),
        ("issueKey", json::get(&members, "key").unwrap_or("null").to_owned()),
        ("updated", field("updated").to_owned()),
    ];

    let misfits = self::issue(&lines.out, "s", issue, &BTreeSet::new(), &Columns::default(), false);
    assert!(misfits.is_empty(), "nothing is declared");
    let [record] = one(lines.records());
    let record = json::members(&record).expect("an object");
    assert_eq!(json::get(&record, "created"), Some(field("created")));
    assert_eq!(json::get(&record, "updated"), Some(field("updated")));
    assert_eq!(json::get(&record, "fields").and_then(json::members).unwrap_or_default(), fields);
    for (name, value) in &members {
        let name = name.as_deref().expect("read by the connector");
        let replaced = ["created", "updated", "projectId", "projectKey", "fields"].contains(&name);
        let left_out = ["changelog", "transitions", "renderedFields"].contains(&name);
        assert!(replaced || left_out || record.iter().any(|(_, kept)| kept == value), "{name} is lost");
    }

    for (name, list) in [("comment", "comments"), ("worklog", "worklogs")] {
        let embedded = Embedded::read(issue.fields.object(name), list);
        let items = json::members(field(name)).and_then(|list_of| json::elements(json::get(&list_of, list)?));
        assert_eq!(embedded.items, items.unwrap_or_default());
        assert!(embedded.start >= 0 && embedded.total >= embedded.items.len() as i64);
        // What the scan asks for next.
        assert!(embedded.start.checked_add(embedded.items.len() as i64).is_some());
        children(&lines.out, "s", &embedded, &issue.refers);
        let records = lines.records();
        assert_eq!(records.len(), embedded.items.len());
        for (record, item) in records.iter().zip(&embedded.items) {
            holds(record, item, &refers[..2]);
        }
    }
    for name in ["attachment", "issuelinks"] {
        for raw in issue.fields.list(name).unwrap_or_default() {
            dated_child(&lines.out, "s", raw.get(), &issue.refers);
            let [record] = one(lines.records());
            holds(&record, raw.get(), &refers);
        }
    }
    links(&lines.out, "s", issue);
    assert_eq!(lines.records().len(), json::elements(field("issuelinks")).map_or(0, |links| links.len()));
    let histories = Embedded::read(issue.top.object("changelog"), "histories");
    let shown = attachments(issue);
    let teller = Teller { id: &issue.refers.id, key: &issue.refers.key, attachments: &shown };
    for entry in &histories.items {
        history(&lines.out, "s", entry, &teller);
        let [record] = one(lines.records());
        holds(&record, entry, &refers[..2]);
    }
    let extra = ["status".to_owned()];
    sprints(&lines.out, "s", issue, &["customfield_10020".to_owned()], &extra);
    let sprints = json::elements(field("customfield_10020")).unwrap_or_default();
    assert!(lines.records().len() <= sprints.len());
    properties(&lines.out, "s", &issue.top.object("properties").unwrap_or_default(), &issue.refers);
    lines.records();
}

fn one(records: Vec<String>) -> [String; 1] {
    records.try_into().expect("one record")
}

/// A record is its raw child with these members, if the child is an object at all.
fn holds(record: &str, raw: &str, added: &[(&str, String)]) {
    let Some(members) = json::members(raw) else { return assert_eq!(record, raw) };
    let record = json::members(record).expect("an object");
    for (name, value) in added {
        assert_eq!(json::get(&record, name), Some(value.as_str()), "{name}");
    }
    for (name, value) in members {
        let given = ["issueId", "issueKey", "updated", "created"].into_iter().any(|new| name.as_deref() == Some(new));
        assert!(given || record.iter().any(|(kept, as_it_was)| (kept, *as_it_was) == (&name, value)), "{name:?}");
    }
}
