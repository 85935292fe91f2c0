//! Documents as the Atlassian Document Format nests them, to any depth and width, with every odd escape: they pass
//! through splitting, splicing and cutting byte by byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use source_jira::{
    jira::issue::{Embedded, Issue, IssuePage},
    record::{Object, page, splice::splice},
    sync::issues::extract::{self, ExtractContext, Extraction},
};
use source_jira_fuzz::{json, lines::Lines};
use std::cell::LazyCell;

thread_local! {
    static LINES: LazyCell<Lines> = LazyCell::new(Lines::default);
}

/// Pieces of a string as JSON may write them.
const PIECES: [&str; 24] = [
    "text",
    r"\n",
    r"\r\n",
    r#"\""#,
    r"\\",
    r"\/",
    r"\u0000",
    r"\ud83d\ude00",
    r"\ud800",
    r"\udc00\ud800",
    r"\u2028",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{FEFF}",
    "\u{10FFFF}",
    "😀",
    "}]",
    "{[",
    r#"\"issueId\":"#,
    "issueId",
    r"issu\u0065Id",
    "updated",
    "",
];
/// No more is written: a document stands four times in its page.
const LONGEST: usize = 6_000;
/// Names under which nodes hold others.
const LISTS: [&str; 4] = ["content", "marks", "attrs", "issueId"];

fuzz_target!(|data: &[u8]| {
    let mut bytes = data.iter().copied();
    let document = document(&mut bytes);
    assert!(json::is_valid(&document), "the generator is wrong: {document}");
    let comment = format!(r#"{{"id":"7","body":{document},"updated":"2026-06-29T23:50:00.000+0000"}}"#);
    let issue = format!(
        r#"{{"id":"10001","key":"A-1","fields":{{"description":{document},"comment":{{"comments":[{comment},{document}],"total":2}},"environment":{document}}}}}"#
    );
    let body = format!(r#"{{"issues":[{issue},{{"id":"5"}}],"startAt":0}}"#);
    let flat = |text: &str| text.replace(['\n', '\r'], " ");

    let page = page::split(&body, "issues").expect("a page");
    assert_eq!(page.records, [flat(&issue), r#"{"id":"5"}"#.to_owned()]);
    let mut out = Vec::new();
    splice(&mut out, &page.records[0], &[("projectKey", "\"A\"")]);
    let spliced = String::from_utf8(out).expect("UTF-8");
    let record = Object::parse(&spliced).expect("an object");
    assert_eq!(record.get("projectKey").map(|key| key.get()), Some("\"A\""));
    let fields = record.object("fields").expect("fields");
    assert_eq!(fields.get("description").map(|found| found.get()), Some(flat(&document).as_str()));

    let body = page::one_line(&body);
    let mut issues = IssuePage::parse(&body).expect("a page of issues").issues;
    assert_eq!(issues.len(), 2);
    LINES.with(|lines| {
        for raw in issues.drain(..1) {
            let read = Issue::read(raw).expect("an issue");
            assert_eq!((read.number, read.field("environment")), (10001, flat(&document).as_str()));
            let comments = Embedded::read(&read.fields, "comment", "comments");
            assert!(comments.is_whole());
            let of = |stream: &str| &extract::find(stream).expect("a stream of issues").extraction;
            let (Extraction::Issue(issue), Extraction::Comments(comment)) = (of("issues"), of("issue_comments")) else {
                panic!("the streams are extracted from other parts of an issue");
            };
            let (records, _) = lines.extract(|sink| {
                issue(&read, &ExtractContext::default(), sink);
                comments.items.iter().for_each(|raw| comment(raw, &read.refers, sink));
            });
            let [record, comment, other] = records.as_slice() else { panic!("{} records", records.len()) };
            for (record, name) in [(comment, "body"), (record, "fields")] {
                let members = json::members(record).expect("an object");
                assert!(json::get(&members, name).is_some_and(|found| found.contains(&flat(&document))));
            }
            let members = json::members(other).expect("an object");
            assert_eq!(json::get(&members, "issueId"), Some("\"10001\""));
            assert_eq!(members.iter().filter(|(name, _)| name.as_deref() == Some("issueId")).count(), 1);
        }
    });
});

/// Each byte writes a part of a document; what is still open at the end is closed.
fn document(bytes: &mut impl Iterator<Item = u8>) -> String {
    let mut out = String::from(r#"{"version":1,"type":"doc","content":["#);
    let mut open = vec!["]}"];
    while out.len() < LONGEST
        && let Some(byte) = bytes.next()
    {
        let argument = usize::from(byte >> 3);
        if byte & 7 == 0 {
            // Up; the document itself stays open.
            if open.len() > 1 {
                out.push_str(open.pop().unwrap_or_default());
            }
            continue;
        }
        separate(&mut out);
        let piece = PIECES[argument % PIECES.len()];
        match byte & 7 {
            1 => node(&mut out, &mut open, argument),
            // Depth is cheap to write and dear to a reader that recurses.
            2 => {
                node(&mut out, &mut open, argument);
                for _ in 0..usize::from(bytes.next().unwrap_or(0)) * 3 {
                    node(&mut out, &mut open, argument);
                }
            }
            3 => out.push_str(&format!(r#"{{"type":"text","text":"{piece}"}}"#)),
            4 => out.push_str(&format!(r#"{{"type":"text","{piece}":"{piece}","marks":[]}}"#)),
            5 => out.push_str(&vec![r#"{"type":"rule"}"#; 1 + argument * 8].join(",\n")),
            6 => out.push_str(&format!("{{\n\t\"attrs\" : {{ \"n\" : -0.{argument}e+{argument} ,\r\n\"b\":[ ] }} }}")),
            _ => out.push_str(
                ["null", "true", "1e999", "-0", "{}", "[[]]", "123456789012345678901234567890"][argument % 7],
            ),
        }
    }
    while let Some(close) = open.pop() {
        out.push_str(close);
    }
    out
}

fn node(out: &mut String, open: &mut Vec<&'static str>, kind: usize) {
    out.push_str(&format!(r#"{{"{}":["#, LISTS[kind % LISTS.len()]));
    open.push("]}");
}

/// Only what stands first in its list follows a bracket.
fn separate(out: &mut String) {
    if !out.ends_with('[') {
        out.push(',');
    }
}
