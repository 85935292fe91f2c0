//! No circle of imports ties two folders, and none within a folder is large.

mod graph;
mod scan;

use graph::Graph;

/// What the simulator's model must not import.
const ABOVE_THE_MODEL: &[&str] = &["api", "render", "server", "truth"];

#[test]
fn no_circle_of_imports_crosses_folders_in_the_connector() {
    no_faults(&Graph::of("src"));
}

#[test]
fn no_circle_of_imports_crosses_folders_in_the_simulator() {
    no_faults(&Graph::of("simulator/src"));
}

fn no_faults(graph: &Graph) {
    let faults = graph.faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_model_of_the_simulator_imports_nothing_above_it() {
    let wrong = upward(&Graph::of("simulator/src"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Imports of the model from what stands above it.
fn upward(graph: &Graph) -> Vec<String> {
    let top = |at: usize| graph.files[at].split(['/', '.']).next().unwrap_or_default();
    let model = (0..graph.files.len()).filter(|at| top(*at) == "site");
    let imports = model.flat_map(|from| graph.imports[from].iter().map(move |to| (from, *to)));
    let wrong = imports.filter(|(_, to)| ABOVE_THE_MODEL.contains(&top(*to)));
    wrong.map(|(from, to)| format!("{} → {}", graph.files[from], graph.files[to])).collect()
}

/// The tests read what they should: these imports are certainly there.
#[test]
fn imports_of_both_trees_are_found() {
    for (folder, from, to) in [
        ("src", "cli.rs", "commands/mod.rs"),
        ("src", "client/retry.rs", "client/throttle.rs"),
        ("simulator/src", "truth/mod.rs", "site/mod.rs"),
        ("simulator/src", "api/routes.rs", "api/search.rs"),
    ] {
        let graph = Graph::of(folder);
        let place =
            |name: &str| graph.files.iter().position(|file| file == name).unwrap_or_else(|| panic!("no {name}"));
        assert!(graph.imports[place(from)].contains(&place(to)), "{folder}: {from} → {to} was not seen");
    }
}

/// A tree of files by their paths below `src`.
fn planted(files: &[(&str, &str)]) -> Graph {
    Graph::new(&files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect::<Vec<_>>())
}

#[test]
fn a_circle_across_folders_is_found() {
    let graph = planted(&[
        ("lib.rs", "mod a; mod b; pub use b::C;"),
        ("a/mod.rs", "mod one;"),
        ("a/one.rs", "use crate::b::{C, two::three as four};"),
        ("b/mod.rs", "mod two; pub struct C;"),
        ("b/two.rs", "use super::C; fn three() -> crate::a::one::Five {}"),
    ]);
    let faults = graph.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("2 files of 2 folders"), "{}", faults[0]);
    assert!(faults[0].contains("a/one.rs → b/two.rs → a/one.rs"), "{}", faults[0]);
}

#[test]
fn a_folder_and_the_folder_around_it_are_two() {
    let files = [("a/mod.rs", "use b::c::D; pub struct E;"), ("a/b/c.rs", "use crate::a::E; pub struct D;")];
    let faults = planted(&files).faults();
    assert!(faults[0].contains("a/mod.rs → a/b/c.rs → a/mod.rs"), "{faults:?}");
    // `a/b.rs` is the face of the folder `a/b`.
    let files = [("a/b.rs", "use super::f::G;"), ("a/b/c.rs", ""), ("a/f.rs", "fn g() { super::b::h() }")];
    assert_eq!(planted(&files).faults().len(), 1);
    let files = [("a/b.rs", "use super::f::G;"), ("a/f.rs", "fn g() { super::b::h() }")];
    assert_eq!(planted(&files).faults(), [""; 0], "two files of one folder may");
    let files = [("a/b.rs", "use super::f::G;"), ("a/b/tests.rs", ""), ("a/f.rs", "fn g() { super::b::h() }")];
    assert_eq!(planted(&files).faults(), [""; 0], "a folder that holds nothing but tests is none");
}

#[test]
fn a_circle_within_a_folder_may_hold_five_files() {
    let ring = |count: usize| {
        let file = |at: usize| (format!("a/f{at}.rs"), format!("use super::f{}::X;", (at + 1) % count));
        Graph::new(&(0..count).map(file).collect::<Vec<_>>()).faults()
    };
    assert_eq!(ring(5), [""; 0]);
    let six = ring(6);
    assert!(six[0].contains("a/f0.rs → a/f1.rs → a/f2.rs → a/f3.rs → a/f4.rs → a/f5.rs → a/f0.rs"), "{six:?}");
}

#[test]
fn each_pair_of_folders_is_named_by_its_shortest_circle() {
    let graph = planted(&[
        ("a/x.rs", "use crate::b::x::Y; use crate::c::x::Y as Z;"),
        ("b/x.rs", "use crate::b::y::Y;"),
        ("b/y.rs", "use crate::a::x::Y;"),
        ("c/x.rs", "use crate::a::x::Y;"),
    ]);
    let faults = graph.faults();
    assert!(faults[0].starts_with("4 files of 3 folders"), "{}", faults[0]);
    let circles: Vec<&str> = faults[0].lines().skip(1).map(str::trim).collect();
    assert_eq!(circles, ["a/x.rs → b/x.rs → b/y.rs → a/x.rs", "a/x.rs → c/x.rs → a/x.rs"]);
}

#[test]
fn what_makes_no_circle() {
    let graph = planted(&[
        ("main.rs", "use crate::a::X;"),
        // What a face re-exports is not followed.
        ("a/mod.rs", "mod x; mod tests; #[cfg(test)] mod planted; pub use x::X;"),
        ("a/x.rs", "use super::Y; use crate::b::Z; // use crate::c::W;"),
        ("a/tests.rs", "use crate::b::Z;"),
        ("a/planted.rs", "use crate::b::Z;"),
        ("b/mod.rs", "pub struct Z; #[cfg(test)] mod tests { use crate::a::planted; use crate::a::x; }"),
        ("c/mod.rs", "use crate::a::x::X; use crate::c; use std::fmt; struct W; impl W { fn x() { Self::y() } }"),
    ]);
    assert_eq!(graph.faults(), [""; 0]);
    assert_eq!(graph.files, ["a/mod.rs", "a/x.rs", "b/mod.rs", "c/mod.rs"]);
}

#[test]
fn an_import_of_the_model_from_above_is_found() {
    let graph =
        planted(&[("site/made/grow.rs", "fn a() { crate::render::b() }"), ("render/mod.rs", "use crate::site;")]);
    assert_eq!(upward(&graph), ["site/made/grow.rs → render/mod.rs"]);
}
