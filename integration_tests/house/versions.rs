//! One version everywhere.

use super::source::read;

/// What follows `mark` on the first line that starts with it.
fn after(path: &str, mark: &str) -> String {
    let text = read(path);
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(mark));
    line.unwrap_or_else(|| panic!("{path} has no line that starts with {mark}")).trim().trim_matches('"').to_owned()
}

#[test]
fn all_files_name_the_same_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(after("Cargo.toml", "version = "), version);
    assert_eq!(after("metadata.yaml", "dockerImageTag: "), version);
    assert_eq!(after("Dockerfile", "ARG VERSION="), version);
    let entry = after("CHANGELOG.md", "## ");
    assert_eq!(
        entry.trim_start_matches('[').split([']', ' ']).next(),
        Some(version),
        "the top entry of CHANGELOG.md: {entry}"
    );
}

#[test]
fn the_minimum_rust_is_the_same_everywhere() {
    let needed = after("Cargo.toml", "rust-version = ");
    let image = after("Dockerfile", "FROM rust:");
    let minor = |text: &str| text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    let built = image.split('-').next().unwrap_or_default();
    assert!(minor(built) >= minor(&needed) && minor(built).is_some(), "{image} builds what needs Rust {needed}");
}
