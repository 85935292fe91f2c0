//! What only some files may do: write stdout, end the process, ask Jira, hold function bodies, show secrets.

use super::source::{File, rust, words};

fn product() -> Vec<File> {
    rust("src").into_iter().filter(|file| !file.is_test()).collect()
}

/// Files whose code holds one of the texts.
fn holding(texts: &[&str]) -> Vec<String> {
    let holds = |file: &File| texts.iter().any(|text| file.code().contains(text));
    product().iter().filter(|file| holds(file)).map(|file| file.path.clone()).collect()
}

#[test]
fn only_the_session_and_the_commands_for_people_open_stdout() {
    let mut writers = holding(&["stdout()", "Stdout", "fd/1"]);
    writers.retain(|path| !path.starts_with("src/commands/demo/"));
    assert_eq!(
        writers,
        ["src/commands/human.rs", "src/commands/session.rs"],
        "everybody else writes through the emitter, or lets `human` show it"
    );
    for file in product() {
        for line in file.code().lines() {
            let prints = ["print!(", "println!("].iter().any(|print| line.replace("eprint", "").contains(print));
            assert!(!prints, "{} prints to stdout: {line}", file.path);
        }
    }
}

#[test]
fn only_main_and_the_first_process_of_a_container_end_the_process() {
    assert_eq!(holding(&["process::exit", "process::abort"]), ["src/commands/session.rs"]);
    let session = product().into_iter().find(|file| file.path.ends_with("/session.rs")).expect("session.rs").code();
    assert_eq!(session.matches("process::exit").count(), 1);
    let (before, _) = session.split_once("process::exit").expect("one");
    assert!(before.contains("std::process::id() == 1"), "only as the first process");
}

#[test]
fn jira_is_asked_in_one_place_and_only_to_read() {
    let transport =
        product().into_iter().find(|file| file.path.ends_with("client/transport.rs")).expect("transport.rs");
    let code = transport.code();
    for other in [".put(", ".patch(", ".delete(", ".head(", ".request(", ".execute(", "Method::PUT", "Method::DELETE"] {
        assert!(!code.contains(other), "{other}");
    }
    assert_eq!((code.matches("self.client.get(").count(), code.matches("self.client.post(").count()), (1, 2));
    // The second POST is the token endpoint's, which belongs to no Jira; its path is fixed where it is asked.
    assert_eq!(holding(&["http.form("]), ["src/client/sign_in/exchange.rs"]);
    let exchange = product().into_iter().find(|file| file.path.ends_with("/exchange.rs")).expect("exchange.rs").code();
    assert_eq!(exchange.matches("http.form(\"/oauth/token\"").count(), 1);
    assert!(exchange.contains("http.at(&hosts.auth)"), "never the site's address");
    assert_eq!(holding(&["reqwest::Client"]), ["src/client/transport.rs"]);
    // The one way to a POST takes one of the listed reads.
    assert_eq!(holding(&["Method::Post"]), ["src/client/request.rs", "src/client/transport.rs"]);
    let request =
        product().into_iter().find(|file| file.path.ends_with("client/request.rs")).expect("request.rs").code();
    assert_eq!(request.matches("method: Method::Post").count(), 1);
    assert!(
        request.contains(
            "pub fn post(read: Read, body: &serde_json::Value) -> Self {\n        Self { method: Method::Post"
        )
    );
    assert!(request.contains("pub(super) method: Method"), "nobody outside the client can set it");
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
            "src/client/sign_in/exchange.rs",
            "src/client/sign_in/mod.rs",
            "src/commands/keeper.rs",
            "src/commands/login/mod.rs",
            "src/commands/login/settle.rs",
            "src/config/credentials.rs",
            "src/config/mod.rs",
        ]
    );
}

#[test]
fn the_clock_is_passed_in() {
    let mut asking = holding(&["Utc::now", "SystemTime::now"]);
    // Only where the server does not tell its time, and for the ends of tokens and certificates.
    asking.retain(|path| !path.starts_with("src/client/sign_in/"));
    asking.retain(|path| !["src/client/transport.rs", "src/sync/run.rs", "src/sync/clock.rs"].contains(&path.as_str()));
    assert!(asking.is_empty(), "{asking:?}");
}
