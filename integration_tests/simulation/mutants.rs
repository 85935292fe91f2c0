//! The mutants that Cargo.toml declares are those in the source (`.ci/mutants` builds them).

use std::{collections::BTreeSet, fs, path::Path};

/// Names within quotes after each `mark`.
fn names<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = String> + 'a {
    text.split(mark).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
}

fn in_source(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            in_source(&path, found);
        } else {
            found.extend(names(&fs::read_to_string(&path).expect("a text"), "mutant = \""));
        }
    }
}

#[test]
fn every_declared_mutant_is_in_the_source_and_every_other_declared() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml");
    let (_, list) = manifest.split_once("cfg(mutant, values(").expect("a list of mutants");
    let (list, _) = list.split_once("))").expect("the end of the list");
    let declared: Vec<String> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let mut found = Vec::new();
    in_source(&root.join("src"), &mut found);
    assert!(!declared.is_empty() && declared.is_sorted(), "{declared:?}");
    let found: BTreeSet<String> = found.into_iter().collect();
    assert_eq!(declared.into_iter().collect::<BTreeSet<_>>(), found, "declared in Cargo.toml, and found in src");
}
