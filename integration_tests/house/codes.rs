//! Each code under which something is left out is listed, used, and said well.

use super::source::{read, rust, words};
use source_jira::{codes, streams};
use std::collections::BTreeSet;

/// The names of the statics in src/codes.rs.
fn written() -> BTreeSet<String> {
    let text = read("src/codes.rs");
    let name = |line: &str| line.strip_prefix("pub static ")?.strip_suffix(": Code = Code {").map(str::to_owned);
    text.lines().filter_map(name).collect()
}

/// What other files of the product say as `codes::NAME`.
fn used() -> BTreeSet<String> {
    let files = rust("src").into_iter().filter(|file| !file.is_test() && file.path != "src/codes.rs");
    let mut used = BTreeSet::new();
    for file in files {
        for rest in file.code().split("codes::").skip(1) {
            let name = words(rest).next().unwrap_or_default().to_owned();
            if rest.starts_with(&name) && name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') {
                used.insert(name);
            }
        }
    }
    used.remove("ALL");
    used
}

#[test]
fn every_code_used_is_listed_and_every_code_listed_is_used() {
    let listed: BTreeSet<String> = codes::ALL.iter().map(|code| code.name.to_uppercase()).collect();
    assert_eq!(listed.len(), codes::ALL.len(), "two codes have one name");
    assert_eq!(written(), listed, "a code is called as it is written, and listed");
    assert_eq!(used(), listed, "a code that nothing uses, or one that is not listed");
}

#[test]
fn a_code_is_made_in_one_place() {
    for file in rust("src").iter().filter(|file| !file.is_test() && file.path != "src/codes.rs") {
        assert!(
            ![" Code {", "(Code {", ":Code {"].iter().any(|made| file.code().contains(made)),
            "{} makes a code of its own",
            file.path
        );
    }
}

#[test]
fn codes_say_why_and_what_to_do() {
    for code in codes::ALL {
        let (first, last) = (code.why.chars().next(), code.why.chars().last());
        assert!(first.is_some_and(char::is_lowercase) && last != Some('.'), "{}: {}", code.name, code.why);
        let (first, last) = (code.remedy.chars().next(), code.remedy.chars().last());
        assert!(first.is_some_and(char::is_uppercase) && last == Some('.'), "{}: {}", code.name, code.remedy);
        let skips = |stream: &&&streams::Stream| {
            stream.list().is_some_and(|table| table.skip.iter().any(|skip| skip.code == *code))
        };
        let tables = streams::ALL.iter().filter(skips).count();
        assert!(
            (tables == 0) != code.concerns.is_empty(),
            "{}: either tables say whom it concerns or itself",
            code.name
        );
    }
}
