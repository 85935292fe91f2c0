//! No arrow between modules points up.

use super::source::{File, read, rust, words};
use std::collections::{BTreeMap, BTreeSet};

/// What each module may know of the others.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &["cli"]),
    ("cli", &["commands"]),
    ("commands", &["client", "codes", "config", "jira", "output", "protocol", "record", "state", "streams", "sync"]),
    ("sync", &["client", "codes", "config", "jira", "output", "protocol", "record", "state", "streams"]),
    ("state", &["client", "config", "protocol", "record", "streams"]),
    ("output", &["protocol", "record"]),
    ("jira", &["client", "record"]),
    ("streams", &["codes"]),
    ("client", &["config", "protocol", "record"]),
    ("config", &["codes", "protocol", "record"]),
    ("codes", &[]),
    ("protocol", &[]),
    ("record", &[]),
];

/// The modules behind `crate::a…`, `crate::{a, b::{c}}` and `source_jira::a…`.
fn mentions(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let name = |text: &str| words(text).next().unwrap_or_default().to_owned();
    for rest in code.split("crate::").skip(1).chain(code.split("source_jira::").skip(1)) {
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(name(rest));
            continue;
        };
        let mut depth = 0_usize;
        let mut entry = String::new();
        for letter in list.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.insert(name(&std::mem::take(&mut entry)));
                }
                _ => {}
            }
            entry.push(letter);
        }
        found.insert(name(&entry));
    }
    found.remove("");
    found
}

#[test]
fn no_arrow_points_up() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    // Tests may stand on whatever they like.
    for file in rust("src").into_iter().filter(|file| !file.is_test()) {
        let known = allowed.get(file.module()).unwrap_or_else(|| panic!("{} is in no known module", file.path));
        for other in mentions(&file.code()) {
            assert!(other == file.module() || known.contains(&other.as_str()), "{} must not know {other}", file.path);
            used.insert((file.module().to_owned(), other));
        }
    }
    // The test reads what it should: these arrows are certainly there.
    for (from, to) in [("main", "cli"), ("commands", "sync"), ("sync", "client"), ("client", "config")] {
        assert!(used.contains(&(from.to_owned(), to.to_owned())), "{from} → {to} was not seen");
    }
}

/// `super::super::x` would be an arrow that the other test does not see.
#[test]
fn no_super_path_reaches_the_root() {
    for file in rust("src") {
        let inner = file.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let depth = inner.split('/').count();
        // A module of depth 1 reaches the crate's root by one `super`; its own `mod tests` are cut off.
        let climb = "super::".repeat(depth);
        let climbs = file.code().contains(&climb) && file.path != "src/lib.rs" && file.path != "src/main.rs";
        assert!(!climbs, "{} climbs by {climb}", file.path);
    }
}

#[test]
fn lists_of_a_use_are_understood() {
    let code = "use crate::{\n    a::{self, b},\n    c,\n    d::e,\n};\nlet x = crate::f::g(source_jira::h::i);";
    assert_eq!(mentions(code).into_iter().collect::<Vec<_>>(), ["a", "c", "d", "f", "h"]);
}

#[test]
fn protocol_and_record_do_no_io() {
    for file in rust("src").iter().filter(|file| ["protocol", "record"].contains(&file.module())) {
        for io in [
            "std::fs",
            "std::net",
            "std::io",
            "std::env",
            "tokio",
            "reqwest",
            "println!",
            "print!(",
            "Utc::now",
            "SystemTime",
        ] {
            assert!(!file.code().contains(io), "{} does I/O: {io}", file.path);
        }
    }
}

#[test]
fn the_client_names_no_stream() {
    let names: Vec<&str> = source_jira::streams::ALL.iter().map(|stream| stream.name).collect();
    for file in rust("src/client") {
        for name in &names {
            assert!(!quoted(&file, name), "{} names the stream {name}", file.path);
        }
    }
}

fn quoted(file: &File, name: &str) -> bool {
    file.code().contains(&format!("\"{name}\""))
}

#[test]
fn the_simulator_knows_nothing_of_ours() {
    let manifest = read("simulator/Cargo.toml");
    assert!(!manifest.contains("source-jira") && !manifest.contains("path ="), "{manifest}");
    for file in rust("simulator") {
        assert!(!file.text.contains("source_jira"), "{}", file.path);
    }
}
