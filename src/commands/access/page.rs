//! The access report as text.

use super::{AccessReport, Endpoint, StreamAccess};
use crate::commands::table;

pub(super) fn page(report: &AccessReport) -> String {
    let account = report.account.as_deref().map_or_else(
        || ". The token lacks the scope read:jira-user, so Jira does not return the account's name".to_owned(),
        |account| format!(" as {account}"),
    );
    let rows: Vec<[String; 4]> = report.streams.iter().map(row).collect();
    let mut page = format!(
        "Connected to {}{account}.\n\n{}\n",
        report.site,
        table::table(["stream", "available", "needs", "why"], &rows)
    );
    page += &format!("{}\n", table::table(["endpoint", "response", "streams"], &endpoints(&report.streams)));
    let remedies = remedies(&report.streams);
    if !remedies.is_empty() {
        page += "What to do:\n";
        for (remedy, streams) in remedies {
            page += &table::paragraph(&format!("- {remedy} ({})", streams.join(", ")), 2);
        }
        page.push('\n');
    }
    page + &table::paragraph(&report.summary, 0)
}

fn row(access: &StreamAccess) -> [String; 4] {
    let permissions: Vec<&str> = access.permissions.iter().map(|permission| permission.name).collect();
    let needs = [access.scopes.join(", "), permissions.join(", ")].into_iter().filter(|names| !names.is_empty());
    [
        access.stream.to_owned(),
        access.available.word().to_owned(),
        needs.collect::<Vec<_>>().join("; "),
        access.why.clone(),
    ]
}

/// Each endpoint once, with its response and the streams that read it.
fn endpoints(streams: &[StreamAccess]) -> Vec<[String; 3]> {
    let mut found: Vec<(&Endpoint, Vec<&str>)> = Vec::new();
    for stream in streams {
        for endpoint in &stream.endpoints {
            match found.iter_mut().find(|(known, _)| known.route == endpoint.route) {
                Some((_, names)) => names.push(stream.stream),
                None => found.push((endpoint, vec![stream.stream])),
            }
        }
    }
    let row = |(endpoint, streams): (&Endpoint, Vec<&str>)| {
        let response = format!("{} {}", endpoint.status.to_string().trim_matches('"'), endpoint.detail);
        [endpoint.route.to_owned(), response.trim_end().to_owned(), streams.join(", ")]
    };
    found.into_iter().map(row).collect()
}

/// Each remedy once, with the streams that need it.
fn remedies(streams: &[StreamAccess]) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for stream in streams.iter().filter(|stream| !stream.remedy.is_empty()) {
        match found.iter_mut().find(|(remedy, _)| *remedy == stream.remedy) {
            Some((_, names)) => names.push(stream.stream),
            None => found.push((&stream.remedy, vec![stream.stream])),
        }
    }
    found
}
