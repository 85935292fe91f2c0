//! What is made from the code, or belongs to it one to one, is up to date.

use super::source::{files, read};
use crate::support::schemas;
use source_jira::{commands::docs, streams};
use std::collections::BTreeSet;

#[test]
fn generated_pages_are_up_to_date() {
    for (name, page) in docs::pages() {
        assert!(read(&format!("docs/{name}")) == page, "docs/{name} is out of date; run `cargo run -- docs`");
    }
}

#[test]
fn every_schema_has_a_stream_and_every_stream_a_schema() {
    let streams: BTreeSet<String> = streams::ALL.iter().map(|stream| format!("schemas/{}.json", stream.name)).collect();
    let schemas: BTreeSet<String> = files("schemas").into_iter().map(|file| file.path).collect();
    assert_eq!(schemas, streams);
    assert_eq!(streams.len(), streams::ALL.len(), "two streams have one name");
}

#[test]
fn schemas_are_described_and_permissive() {
    for stream in streams::ALL {
        let schema: serde_json::Value = serde_json::from_str(stream.schema).expect("a JSON schema");
        assert_eq!(schemas::faults(&schema), [""; 0], "{}", stream.name);
    }
}

#[test]
fn suggested_streams_exist() {
    let metadata = read("metadata.yaml");
    let (_, suggested) = metadata.split_once("suggestedStreams:").expect("suggested streams");
    let names: Vec<&str> = suggested.lines().skip(2).map_while(|line| line.trim().strip_prefix("- ")).collect();
    assert!(!names.is_empty());
    for name in names {
        assert!(streams::find(name).is_some(), "{name}");
    }
}

#[test]
fn the_readme_shows_the_two_commands() {
    let readme = read("README.md");
    for command in ["cargo run --release -- demo", "cargo test"] {
        assert!(readme.contains(command), "{command}");
    }
}

/// Texts can't be made from the constant everywhere, but a change of it must reach them all.
#[test]
fn texts_name_the_overlap_that_the_connector_has() {
    let expected = source_jira::config::OVERLAP_MINUTES.to_string();
    let mut found = Vec::new();
    for page in files("docs").into_iter().chain(files("src")).map(|file| file.path).chain(["README.md".to_owned()]) {
        // Line breaks of pages, comments and texts may fall anywhere.
        let text = read(&page).replace("\\\n", " ").replace("///", " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for phrase in ["overlap of at least ", "never less than "] {
            for rest in text.split(phrase).skip(1) {
                let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
                if rest[number.len()..].trim_start().starts_with("minutes") {
                    assert_eq!(number, expected, "{page}: {phrase}{number} minutes");
                    found.push(page.clone());
                }
            }
        }
    }
    for page in ["README.md", "docs/config.md", "docs/streams.md", "src/config/mod.rs"] {
        assert!(found.iter().any(|file| file == page), "{page} does not name the overlap: {found:?}");
    }
}
