//! The list of mutants (`.ci/mutants`) fits the source: each place exists, once.

use serde_json::Value;

#[test]
fn each_mutant_has_its_place() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mutants: Vec<Value> = serde_json::from_str(include_str!("mutants.json")).expect("a list");
    assert!(mutants.len() >= 10);
    let mut names = std::collections::BTreeSet::new();
    for mutant in &mutants {
        let member = |name: &str| mutant[name].as_str().unwrap_or_else(|| panic!("no {name}: {mutant}"));
        let source = std::fs::read_to_string(folder.join(member("file"))).expect("the file is there");
        let (name, from) = (member("name"), member("from"));
        assert!(names.insert(name), "{name} comes twice");
        assert_eq!(source.matches(from).count(), 1, "{name}: {} does not hold this once: {from}", member("file"));
        assert_ne!(from, member("to"), "{name} changes nothing");
    }
}
