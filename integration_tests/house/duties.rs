//! What only some files may do, where no lint can say so: lift a ban of clippy.toml, post, hold function bodies, show secrets.

use super::source::{File, rust, words};

fn product() -> Vec<File> {
    rust("src").into_iter().filter(|file| !file.is_test()).collect()
}

/// Files whose code holds one of the texts.
fn holding(texts: &[&str]) -> Vec<String> {
    let holds = |file: &File| texts.iter().any(|text| file.code().contains(text));
    product().iter().filter(|file| holds(file)).map(|file| file.path.clone()).collect()
}

/// Where the bans of clippy.toml are lifted, so that a new place is a decision.
#[test]
fn bans_are_lifted_in_known_places() {
    assert_eq!(
        holding(&["clippy::disallowed_"]),
        [
            "src/client/transport/mod.rs",
            "src/commands/console.rs",
            "src/commands/demo/mod.rs",
            "src/commands/demo/screen.rs",
            "src/commands/demo/serve.rs",
            "src/commands/docs/mod.rs",
            "src/commands/session/mod.rs",
            "src/commands/session/signals.rs",
            "src/output/clock.rs",
        ]
    );
}

#[test]
fn only_listed_reads_and_the_token_endpoint_are_posted() {
    // Its path and host are fixed where it is asked: never the site's address.
    assert_eq!(holding(&["http.form("]), ["src/client/auth/token_endpoint.rs"]);
    let exchange =
        product().into_iter().find(|file| file.path.ends_with("/token_endpoint.rs")).expect("exchange.rs").code();
    assert_eq!(exchange.matches("http.form(\"/oauth/token\"").count(), 1);
    assert!(exchange.contains("http.at(&hosts.auth)"));
    // The one way to a POST of Jira takes one of the listed reads.
    assert_eq!(holding(&["Method::Post"]), ["src/client/request.rs", "src/client/transport/mod.rs"]);
    let request =
        product().into_iter().find(|file| file.path.ends_with("client/request.rs")).expect("request.rs").code();
    assert_eq!(request.matches("method: Method::Post").count(), 1);
    assert!(
        request.contains(
            "pub fn post(read: Read, body: &serde_json::Value) -> Self {\n        Self { method: Method::Post"
        )
    );
    assert!(request.contains("pub(super) method: Method"), "only the client can set it");
    let reads = source_jira::client::request::Read::ALL.len();
    assert_eq!(reads, 7, "the README says how many");
    assert!(super::source::read("README.md").contains("seven POST requests that only read"));
}

/// A list read by a loop of its own would end early, or never, where the paginator does not.
#[test]
fn only_the_paginator_asks_for_further_pages() {
    let paginator = |path: &String| path.starts_with("src/jira/paginator/");
    // Where the next page begins, as a parameter or a property of a request. Replies have the same names: those who read them.
    let mut found = holding(&["\"startAt\"", "\"nextPageToken\""]);
    assert!(found.iter().any(paginator), "the paginator does not ask: {found:?}");
    found.retain(|path| !paginator(path));
    assert_eq!(found, ["src/jira/issue.rs", "src/record/page.rs"], "these parse replies");
    for path in &found {
        let text = super::source::read(path);
        assert!(!text.contains("Request") && !text.contains("client."), "{path} sends requests");
    }
    // Other names of the same: each in a table that the paginator gets.
    for name in ["\"offset\"", "\"start\"", "\"pageToken\"", "\"cursor\""] {
        let asking = product().into_iter().filter(|file| file.code().contains(&format!(".query({name}")));
        assert_eq!(asking.map(|file| file.path).collect::<Vec<_>>(), [""; 0], "{name}");
    }
}

#[test]
fn stream_tables_hold_no_function_bodies() {
    let tables: Vec<File> = rust("src/streams")
        .into_iter()
        .filter(|file| !["src/streams/stream.rs", "src/streams/mod.rs"].contains(&file.path.as_str()))
        .collect();
    assert!(tables.len() >= 5);
    for file in tables {
        for line in file.code().lines().filter(|line| words(line).any(|word| word == "fn")) {
            assert!(words(line).take_while(|word| *word != "fn").any(|word| word == "const"), "{}: {line}", file.path);
        }
        assert!(!file.code().contains('|'), "{} holds a closure", file.path);
    }
}

#[test]
fn no_secret_can_be_shown_or_stored_by_accident() {
    let credentials =
        product().into_iter().find(|file| file.path.ends_with("config/credentials.rs")).expect("credentials.rs");
    for word in ["Serialize", "Display", "ToString", "serialize_with"] {
        assert!(!words(&credentials.code()).any(|found| found == word), "{word}");
    }
    let document = product().into_iter().find(|file| file.path.ends_with("config/document.rs")).expect("document.rs");
    for word in ["Serialize", "Display"] {
        assert!(!words(&document.code()).any(|found| found == word), "{word}");
    }
    // The places that sign, those that hide and keep them, and the type itself.
    assert_eq!(
        holding(&[".expose()", "Secret::expose", "expose_secret"]),
        [
            "src/client/auth/header.rs",
            "src/client/auth/token_endpoint.rs",
            "src/client/auth/token_reply.rs",
            "src/commands/login/write_config.rs",
            "src/commands/token_store/mod.rs",
            "src/config/credentials.rs",
        ]
    );
}
