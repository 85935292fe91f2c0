//! Small files, small folders, plain names.

use super::source::{rust, words};
use std::collections::BTreeMap;

/// One word a thing; these say nothing.
const BANNED: &[&str] = &["manager", "helper", "helpers", "util", "utils", "handler", "data", "common", "misc"];

#[test]
fn every_file_opens_with_its_duty() {
    for folder in ["src", "integration_tests", "simulator"] {
        for file in rust(folder) {
            let first = file.text.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! ") && first.len() > 12, "{}: {first}", file.path);
        }
    }
}

#[test]
fn files_are_small() {
    for folder in ["src", "simulator/src"] {
        let mut sizes: Vec<(usize, String)> = rust(folder)
            .into_iter()
            .filter(|file| !file.is_test())
            .map(|file| (file.text.lines().count(), file.path))
            .collect();
        sizes.sort();
        let at = |part: f64| sizes[(sizes.len() as f64 * part) as usize].clone();
        let (longest, median, p90) = (at(0.999), at(0.5), at(0.9));
        assert!(longest.0 <= 500, "{longest:?}");
        assert!(median.0 <= 150 && p90.0 <= 350, "{folder}: median {median:?}, p90 {p90:?}");
    }
    for file in rust("integration_tests") {
        assert!(file.text.lines().count() <= 350, "{}", file.path);
    }
}

#[test]
fn folders_are_small() {
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    for file in rust("src").iter().chain(&rust("integration_tests")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *folders.entry(folder.to_owned()).or_default() += 1;
    }
    for (folder, count) in folders {
        // Tests are found by their names, so more of them may lie side by side.
        let most = if folder.starts_with("integration_tests/") { 24 } else { 12 };
        // A folder's own mod.rs is its front door, not one more room.
        assert!(count <= most + 1, "{folder} holds {count} files");
    }
}

#[test]
fn names_of_files_say_what_they_hold() {
    for file in rust("src").iter().chain(&rust("simulator")).chain(&rust("integration_tests")) {
        let banned = words(&file.path).flat_map(|word| word.split('_')).find(|word| BANNED.contains(word));
        assert!(banned.is_none(), "{}: {banned:?}", file.path);
    }
}
