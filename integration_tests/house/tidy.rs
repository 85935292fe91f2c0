//! Nothing of the machines it was written on.

use super::source::{files, read};

/// Spelt in parts, so that this file does not hold them.
const FOREIGN: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/tmp/", "bash"),
    concat!("../", "shared"),
    concat!("shared/", "reference"),
    concat!("/ho", "me/"),
];

#[test]
fn no_machine_paths() {
    for file in files("") {
        // CI may look beside the repository for what only its machines have.
        let foreign = FOREIGN.iter().find(|path| !file.path.starts_with(".ci/") && file.text.contains(**path));
        assert!(foreign.is_none(), "{} names {foreign:?}", file.path);
    }
}

#[test]
fn texts_end_with_a_line_break_and_have_no_trailing_space() {
    for file in
        files("").iter().filter(|file| [".rs", ".toml", ".yml", ".yaml"].iter().any(|end| file.path.ends_with(end)))
    {
        assert!(file.text.ends_with('\n') && !file.text.ends_with("\n\n"), "{}", file.path);
        let spaced = file.text.lines().position(|line| line.ends_with([' ', '\t', '\r']));
        assert!(spaced.is_none(), "{}, line {:?}", file.path, spaced.map(|line| line + 1));
    }
}

#[test]
fn the_architecture_names_every_module() {
    let page = read("ARCHITECTURE.md");
    for module in ["commands", "protocol", "record", "config", "client", "streams", "sync", "simulator"] {
        assert!(page.contains(module), "ARCHITECTURE.md does not speak of {module}");
    }
}
