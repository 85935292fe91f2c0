//! Page of issues → JSON lines, without network: the hot path of a scan.

#![allow(clippy::expect_used, missing_docs, reason = "a bench may stop at any fault")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use source_jira::record::{Object, page, splice};
use std::hint::black_box;

/// A reply of bulkfetch with 100 issues of about 10 kB.
fn body() -> String {
    let custom: Vec<String> = (10_000..10_100)
        .map(|id| {
            format!("\"customfield_{id}\":{}", if id % 7 == 0 { "{\"value\":\"Ünï\",\"id\":\"1\"}" } else { "null" })
        })
        .collect();
    let comment = r#"{"id":"7","author":{"accountId":"5f00"},"body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Looks good, ship it. Looks good, ship it."}]}]},"created":"2026-01-01T00:00:00.000+0100","updated":"2026-01-01T00:00:00.000+0100"}"#;
    let issues: Vec<String> = (0..100)
        .map(|id| {
            format!(
                r#"{{"id":"{id}","key":"A-{id}","fields":{{"created":"2026-01-01T00:00:00.000+0100","updated":"2026-01-01T00:00:00.000+0100",{},"comment":{{"comments":[{}],"total":8,"startAt":0}}}}}}"#,
                custom.join(","),
                [comment; 8].join(",")
            )
        })
        .collect();
    format!("{{\"issues\":[{}]}}", issues.join(","))
}

fn lines(body: &str, out: &mut Vec<u8>) {
    let page = page::split(body, "issues").expect("a page");
    for raw in &page.records {
        let issue = Object::parse(raw).expect("an issue");
        let fields = issue.object("fields").expect("fields");
        splice::splice(out, raw, &[("created", fields.get("created").map_or("null", |value| value.get()))]);
        for comment in fields.object("comment").and_then(|list| list.list("comments")).unwrap_or_default() {
            splice::splice(out, comment.get(), &[("issueId", "\"1\""), ("issueKey", "\"A-1\"")]);
        }
        out.push(b'\n');
    }
}

fn records(criterion: &mut Criterion) {
    let body = body();
    let mut group = criterion.benchmark_group("records");
    group.throughput(Throughput::Bytes(body.len() as u64));
    let mut out = Vec::with_capacity(2 * body.len());
    group.bench_function("page to lines", |bencher| {
        bencher.iter(|| {
            out.clear();
            lines(black_box(&body), &mut out);
            black_box(out.len())
        });
    });
    group.bench_function("the same page through serde_json::Value, for comparison", |bencher| {
        bencher.iter(|| {
            let value: serde_json::Value = serde_json::from_str(black_box(&body)).expect("JSON");
            black_box(value.to_string().len())
        });
    });
    group.finish();
}

criterion_group!(benches, records);
criterion_main!(benches);
