//! The report as a page of text.

use super::{Endpoint, Line, Report};
use crate::commands::grid;

pub fn page(report: &Report) -> String {
    let account = report.account.as_deref().map_or_else(
        || "; the token lacks the scope read:jira-user, so Jira does not tell as whom".to_owned(),
        |account| format!(" as {account}"),
    );
    let rows: Vec<[String; 5]> = report.streams.iter().map(row).collect();
    let mut page = format!(
        "Signed in to {}{account}.\n\n{}\n",
        report.site,
        grid::table(["stream", "available", "scopes", "permission", "why"], &rows)
    );
    page += &format!("{}\n", grid::table(["endpoint", "answer", "streams"], &endpoints(&report.streams)));
    let remedies = remedies(&report.streams);
    if !remedies.is_empty() {
        page += "What to do:\n";
        for (remedy, streams) in remedies {
            page += &grid::paragraph(&format!("- {remedy} ({})", streams.join(", ")), 2);
        }
        page.push('\n');
    }
    page + &grid::paragraph(&report.summary, 0)
}

fn row(line: &Line) -> [String; 5] {
    let permissions: Vec<&str> = line.permissions.iter().map(|held| held.name).collect();
    [
        line.stream.to_owned(),
        line.available.word().to_owned(),
        line.scopes.join(", "),
        permissions.join(", "),
        line.why.clone(),
    ]
}

/// Each endpoint once, with how it answered and what is read from it.
fn endpoints(lines: &[Line]) -> Vec<[String; 3]> {
    let mut found: Vec<(&Endpoint, Vec<&str>)> = Vec::new();
    for line in lines {
        for endpoint in &line.endpoints {
            match found.iter_mut().find(|(known, _)| known.route == endpoint.route) {
                Some((_, streams)) => streams.push(line.stream),
                None => found.push((endpoint, vec![line.stream])),
            }
        }
    }
    let row = |(endpoint, streams): (&Endpoint, Vec<&str>)| {
        let answer = format!("{} {}", endpoint.status.to_string().trim_matches('"'), endpoint.detail);
        [endpoint.route.to_owned(), answer.trim_end().to_owned(), streams.join(", ")]
    };
    found.into_iter().map(row).collect()
}

/// Each distinct remedy once, with the streams it is for.
fn remedies(lines: &[Line]) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines.iter().filter(|line| !line.remedy.is_empty()) {
        match found.iter_mut().find(|(remedy, _)| *remedy == line.remedy) {
            Some((_, streams)) => streams.push(line.stream),
            None => found.push((&line.remedy, vec![line.stream])),
        }
    }
    found
}
