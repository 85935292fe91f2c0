//! No private words in what users and maintainers read: comments and texts of `src`, pages, schemas.

use super::source::{File, files, read};
use std::fmt::Write;

/// Words with a private meaning here, each with what to write instead.
const BANNED: &[(&str, &str)] = &[
    ("told", "reported, logged, said"),
    ("gone", "deleted, not visible, missing"),
    ("sight", "visible, not visible"),
    ("owed", "to be refetched"),
    ("stood", "the former state"),
    ("news", "changes since the last snapshot"),
    ("misfit", "schema mismatch"),
    ("misfits", "schema mismatches"),
    ("anew", "again, in full"),
    ("evidence", "what it is: a row, a request, a response"),
    ("member", "option, property"),
    ("members", "options, properties"),
    ("looked", "observed, checked, fetched"),
    ("nobody", "no user, no stream, none"),
    ("anybody", "any user"),
    ("shall", "must"),
    ("by itself", "on its own"),
    ("at once", "immediately, atomically"),
];

/// Where a banned word stands for something else: names of Airbyte, Jira and Rust.
const NAMES: &[&str] = &[
    "group member",
    "group members",
    "group/member",
    "team member",
    "team members",
    "workspace member",
    "[workspace]",
];

/// The lines of a file that are read as language, with their numbers; code counts without its identifiers.
fn prose(file: &File) -> Vec<(usize, String)> {
    if !file.path.ends_with(".rs") {
        return without_code_blocks(&file.text);
    }
    let end = file.text.find("#[cfg(test)]\nmod tests {").unwrap_or(file.text.len());
    let mut found = Vec::new();
    let mut in_string = false;
    for (number, line) in file.text[..end].lines().enumerate() {
        let (comment, strings) = read_line(line, &mut in_string);
        found.push((number + 1, format!("{strings} {comment}")));
    }
    found
}

/// The comment of a line of Rust, and its string literals, the rest of one begun before and the start of one not ended included.
fn read_line(line: &str, in_string: &mut bool) -> (String, String) {
    let mut strings = String::new();
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if *in_string => drop(letters.next()),
            // A quoted character, such as '"'.
            '\'' if !*in_string && line[at..].starts_with("'\"'") => drop((letters.next(), letters.next())),
            '"' => {
                *in_string = !*in_string;
                strings.push(' ');
            }
            _ if *in_string => strings.push(letter),
            '/' if line[at..].starts_with("//") => return (line[at..].to_owned(), strings),
            _ => {}
        }
    }
    (String::new(), strings)
}

/// The lines of a page outside its ``` blocks; `code` within a line is dropped later.
fn without_code_blocks(text: &str) -> Vec<(usize, String)> {
    let mut in_block = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            found.push((number + 1, line.to_owned()));
        }
    }
    found
}

/// The banned words of a line: whole words, neither in `code` nor part of an identifier.
fn banned(line: &str) -> Vec<&'static str> {
    let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
    let text = NAMES.iter().fold(text, |text, name| text.replace(name, " "));
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let stands = |word: &str| {
        text.match_indices(word)
            .any(|(at, _)| !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next()))
    };
    BANNED.iter().map(|(word, _)| *word).filter(|word| stands(word)).collect()
}

fn violations(files: &[File]) -> String {
    let mut found = String::new();
    for file in files {
        for (number, line) in prose(file) {
            for word in banned(&line) {
                let instead = BANNED.iter().find(|(known, _)| *known == word).map_or("", |(_, instead)| instead);
                let _ = writeln!(found, "{}:{number}: «{word}» ({instead})", file.path);
            }
        }
    }
    found
}

#[test]
fn no_private_words() {
    let mut all: Vec<File> = files("src");
    all.extend(files("docs").into_iter().filter(|file| file.path.ends_with(".md")));
    all.extend(files("schemas"));
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        all.push(File { path: page.to_owned(), text: read(page) });
    }
    let found = violations(&all);
    assert!(found.is_empty(), "{} violations:\n{found}", found.lines().count());
}

#[test]
fn a_planted_word_is_found_where_it_is_language() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let code = "//! Issues that are Gone.\nlet gone = Source::Gone; // the site told it\nlet a = '\"';\n\
                let text = \"out of sight \\\"quoted\\\" \\\n    and owed\"; fn news() {}\n/// `told` is code, so is gone_before.\n";
    let found = violations(&[file("src/a.rs", code)]);
    let places: Vec<&str> = found.lines().map(|line| line.split(" (").next().unwrap_or_default()).collect();
    assert_eq!(places, ["src/a.rs:1: «gone»", "src/a.rs:2: «told»", "src/a.rs:4: «sight»", "src/a.rs:5: «owed»"],);
    let page = "Read it anew.\n```sh\necho gone\n```\nEach group member, by itself.\n";
    assert_eq!(violations(&[file("docs/a.md", page)]).lines().count(), 2);
    assert_eq!(
        violations(&[file("schemas/a.json", "{\"description\": \"Misfits and insights.\"}\n")]).lines().count(),
        1
    );
    assert_eq!(violations(&[file("docs/b.md", "The insight was forgone; `told`.\n")]), "");
}
