//! A page of issues as the pass reads it, and every record that is extracted from an issue.
#![no_main]

use libfuzzer_sys::fuzz_target;
use source_jira::{
    jira::{
        issue::{Embedded, Issue, IssuePage},
        paginator::PagingFault,
        search,
    },
    record::{Object, page},
    streams::SiteField,
    sync::issues::extract::{self, ExtractContext, Extraction, HistoryContext, Sink},
};
use source_jira_fuzz::{json, lines::Lines};
use std::cell::LazyCell;

thread_local! {
    static LINES: LazyCell<Lines> = LazyCell::new(Lines::default);
    static CONTEXT: LazyCell<ExtractContext> = LazyCell::new(|| {
        let field = |id: &str| vec![id.to_owned()];
        let site_fields =
            [(SiteField::Sprint, field("customfield_10020")), (SiteField::StoryPoints, field("customfield_10016"))];
        ExtractContext { site_fields: site_fields.into(), ..ExtractContext::default() }
    });
}

fuzz_target!(|input: &str| {
    let body = page::one_line(input);
    let Ok(mut page) = IssuePage::parse(&body) else { return };
    // No list is never an empty list.
    let members = json::members(&body).expect("an object");
    let listed = json::get(&members, "issues").and_then(json::elements).expect("a list");
    assert_eq!(page.issues.len(), listed.len());
    next_page(&mut page, &members);
    LINES.with(|lines| {
        for (raw, listed) in page.issues.into_iter().zip(listed) {
            if let Ok(issue) = Issue::read(raw) {
                take(lines, &issue, listed);
            }
        }
    });
});

/// A page that is not the last must lead to the next one, with its token and with nothing else.
fn next_page(page: &mut IssuePage<'_>, members: &[(Option<String>, &str)]) {
    let is_last = json::get(members, "isLast");
    let token = json::get(members, "nextPageToken").and_then(json::text).filter(|token| !token.is_empty());
    let ids: Vec<u64> = page.issues.iter().filter_map(|issue| issue.number().ok()).collect();
    // Archived projects are searched by GET, whose request shows the token.
    let mut cursor = search::ids(true, "", false);
    let first = cursor.request().target();
    let signs = search::signs(page, &ids);
    match cursor.advance(&signs) {
        Ok(()) => {
            assert!(token.is_some() || is_last != Some("false"), "a page is lost");
            // Where it is the last one by its flag but has a token, the next page decides, unless this one is empty.
            let ends = token.is_none() || is_last == Some("true") && ids.is_empty();
            assert_eq!(cursor.is_done(), ends);
        }
        Err(fault) => {
            assert_eq!(fault, PagingFault::NoWayOn);
            return assert!(is_last == Some("false") && token.is_none());
        }
    }
    if cursor.is_done() {
        return;
    }
    let token = token.expect("just seen");
    assert!(cursor.has_token());
    let next = cursor.request().target();
    let parameter = next.strip_prefix(&first).and_then(|rest| rest.strip_prefix("&nextPageToken="));
    assert_eq!(parameter.map(decoded), Some(token.into_bytes()), "{next}");
    // The same page once more brings nothing new: the list ends there, or it is broken.
    assert!(cursor.advance(&signs).is_err() || cursor.is_done());
}

/// The bytes of a query parameter.
fn decoded(parameter: &str) -> Vec<u8> {
    let mut parts = parameter.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

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

    let [record] = one(extracted(lines, "issues", issue));
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

    for (stream, name, list) in [("issue_comments", "comment", "comments"), ("issue_worklogs", "worklog", "worklogs")] {
        let embedded = Embedded::read(&issue.fields, name, list);
        let items = json::members(field(name)).and_then(|list_of| json::elements(json::get(&list_of, list)?));
        assert_eq!(embedded.items, items.unwrap_or_default());
        assert!(embedded.start >= 0 && embedded.total >= embedded.items.len() as i64);
        // What the pass requests next.
        assert!(embedded.start.checked_add(embedded.items.len() as i64).is_some());
        let (Extraction::Comments(child) | Extraction::Worklogs(child)) = extraction(stream) else {
            panic!("{stream} is extracted from another part of an issue");
        };
        let records = written(lines, |sink| embedded.items.iter().for_each(|raw| child(raw, &issue.refers, sink)));
        // What is no object is counted instead.
        let items: Vec<&str> = embedded.items.iter().copied().filter(|item| item.starts_with('{')).collect();
        assert_eq!(records.len(), items.len());
        for (record, item) in records.iter().zip(items) {
            holds(record, item, &refers[..2]);
        }
    }
    let transitions = json::get(&members, "transitions").unwrap_or("null");
    for (stream, list) in [("issue_attachments", field("attachment")), ("issue_transitions", transitions)] {
        let (records, mut items) = (extracted(lines, stream, issue), json::elements(list).unwrap_or_default());
        items.retain(|item| item.starts_with('{'));
        assert_eq!(records.len(), items.len(), "{stream}");
        for (record, item) in records.iter().zip(items) {
            holds(record, item, &refers);
        }
    }
    let links = issue.fields.list("issuelinks").unwrap_or_default();
    for raw in links.into_iter().filter(|raw| raw.get().starts_with('{')) {
        let [record] = one(written(lines, |sink| sink.dated_child(raw.get(), &issue.refers)));
        holds(&record, raw.get(), &refers);
    }
    let links = extracted(lines, "issue_links", issue);
    assert_eq!(links.len(), objects(json::elements(field("issuelinks")).unwrap_or_default()));
    changelog(lines, issue, &refers);
    let sprints = json::elements(field("customfield_10020")).unwrap_or_default();
    assert!(extracted(lines, "sprint_issues", issue).len() <= sprints.len());
    requested(lines, issue, raw, &refers);
}

/// How many of these are objects.
fn objects(items: Vec<&str>) -> usize {
    items.into_iter().filter(|item| item.starts_with('{')).count()
}

/// Streams whose records are in the changelog: each entry is a record of one of them, and none, one or several of the others.
fn changelog(lines: &Lines, issue: &Issue<'_>, refers: &[(&str, String)]) {
    let histories = Embedded::read(&issue.top, "changelog", "histories");
    for stream in ["issue_changelogs", "key_history", "deleted_attachments"] {
        let Extraction::Changelog(from) = extraction(stream) else {
            panic!("{stream} is extracted from another part of an issue");
        };
        let Ok(remembered) = from.remember.map(|remember| remember(issue)).transpose() else { continue };
        let remembered = remembered.unwrap_or_default();
        let context = HistoryContext { id: &issue.refers.id, key: &issue.refers.key, remembered: &remembered };
        for entry in &histories.items {
            let Ok(object) = Object::parse(entry) else { continue };
            let records = written(lines, |sink| (from.entry)(entry, &object, &context, sink));
            if stream == "issue_changelogs" {
                let [record] = one(records);
                holds(&record, entry, &refers[..2]);
                continue;
            }
            for record in records {
                let record = json::members(&record).expect("an object");
                for (name, value) in &refers[..2] {
                    assert_eq!(json::get(&record, name), Some(value.as_str()), "{stream}: {name}");
                }
            }
        }
    }
}

/// Streams that request a reply for each issue: the issue itself stands in for the reply.
fn requested(lines: &Lines, issue: &Issue<'_>, raw: &str, refers: &[(&str, String)]) {
    let members = json::members(raw).expect("an issue is an object");
    let stored = json::get(&members, "properties").and_then(json::members).unwrap_or_default();
    // A name that is no Unicode text makes the whole object unreadable.
    let stored = if stored.iter().all(|(name, _)| name.is_some()) { stored } else { Vec::new() };
    for stream in ["issue_properties", "issue_votes", "issue_watchers"] {
        let Extraction::PerIssue(of) = extraction(stream) else {
            panic!("{stream} is extracted from another part of an issue");
        };
        let records = written(lines, |sink| (of.reply)(raw, &issue.refers, sink).expect("the reply is an object"));
        if stream != "issue_properties" {
            let [record] = one(records);
            holds(&record, raw, refers);
            let mut needs_none = false;
            let records = written(lines, |sink| needs_none = (of.without_request)(issue, &issue.refers, sink));
            // Without its count, an issue has no record and needs no request; with a count of zero, one record.
            assert!(records.len() <= usize::from(needs_none), "{stream}");
            continue;
        }
        assert_eq!(records.len(), stored.len());
        for (record, (key, value)) in records.iter().zip(&stored) {
            let record = json::members(record).expect("an object");
            assert_eq!(json::get(&record, "key").and_then(json::text).as_ref(), key.as_ref());
            assert_eq!(json::get(&record, "value"), Some(*value));
            for (name, value) in refers {
                assert_eq!(json::get(&record, name), Some(value.as_str()), "{name}");
            }
        }
    }
}

fn extraction(stream: &str) -> &'static Extraction {
    &extract::find(stream).expect("a stream of issues").extraction
}

/// The records of a stream that is extracted from the issue itself.
fn extracted(lines: &Lines, stream: &str, issue: &Issue<'_>) -> Vec<String> {
    let Extraction::Issue(extract) = extraction(stream) else {
        panic!("{stream} is extracted from a part of the issue");
    };
    CONTEXT.with(|context| written(lines, |sink| extract(issue, context, sink)))
}

fn written(lines: &Lines, extract: impl FnOnce(&mut Sink<'_>)) -> Vec<String> {
    let (records, mismatches) = lines.extract(extract);
    assert!(mismatches.is_empty(), "nothing is declared");
    records
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
