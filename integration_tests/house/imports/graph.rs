//! The graph of imports between files, and its circles.

use super::scan::{Import, Path, Scan, scan};
use crate::house::source::rust;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most files that may import each other within one folder.
const LARGEST_CIRCLE: usize = 5;

/// Which file imports which others, by their places in the list of files.
pub struct Graph {
    pub files: Vec<String>,
    /// The folder that each file belongs to: `x/mod.rs`, and `x.rs` if there is a folder `x`, belong to `x`.
    folders: Vec<String>,
    pub imports: Vec<BTreeSet<usize>>,
}

impl Graph {
    /// The graph of some files, given with their paths below the crate's `src`. Tests and programs are left out.
    pub fn new(files: &[(String, String)]) -> Self {
        let mut modules: BTreeMap<Path, usize> = BTreeMap::new();
        let mut kept: Vec<(&str, Path, Scan)> = Vec::new();
        // A folder that holds nothing but tests is none.
        let is_folder =
            |name: &str| files.iter().any(|(path, _)| path.starts_with(&format!("{name}/")) && !is_test(path));
        for (path, text) in files.iter().filter(|(path, _)| path != "main.rs" && !is_test(path)) {
            let name = path.trim_end_matches(".rs");
            let mut module: Path = name.split('/').map(str::to_owned).collect();
            module.pop_if(|last| *last == "mod" || path == "lib.rs");
            let face = path == "lib.rs" || path.ends_with("mod.rs") || is_folder(name);
            let scan = scan(text, &module, face);
            kept.push((path, module, scan));
        }
        let tests: Vec<Path> = kept.iter().flat_map(|(_, _, scan)| scan.test_modules.clone()).collect();
        kept.retain(|(_, module, _)| !tests.iter().any(|test| module.starts_with(test)));
        modules.extend(kept.iter().enumerate().map(|(at, (_, module, _))| (module.clone(), at)));
        let target = |import: &Import| {
            let lengths = (import.least..=import.path.len()).rev();
            lengths.filter_map(|length| modules.get(&import.path[..length]).copied()).next()
        };
        let folder = |path: &str| match path.trim_end_matches(".rs") {
            name if is_folder(name) => name.to_owned(),
            name => name.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned()),
        };
        Self {
            imports: kept
                .iter()
                .enumerate()
                .map(|(at, (_, _, scan))| scan.imports.iter().filter_map(target).filter(|other| *other != at).collect())
                .collect(),
            folders: kept.iter().map(|(path, _, _)| folder(path)).collect(),
            files: kept.iter().map(|(path, _, _)| (*path).to_owned()).collect(),
        }
    }

    /// Of a folder of this repository.
    pub fn of(folder: &str) -> Self {
        let below = |path: &str| path.trim_start_matches(folder).trim_start_matches('/').to_owned();
        Self::new(&rust(folder).into_iter().map(|file| (below(&file.path), file.text)).collect::<Vec<_>>())
    }

    /// Everything that a file imports, and what that imports, and so on.
    fn reached(&self, from: usize) -> BTreeSet<usize> {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(at) = open.pop() {
            open.extend(self.imports[at].iter().copied().filter(|other| found.insert(*other)));
        }
        found
    }

    /// Sets of files that all reach each other: the strongly connected components of more than one file.
    fn components(&self) -> Vec<Vec<usize>> {
        let reached: Vec<BTreeSet<usize>> = (0..self.files.len()).map(|at| self.reached(at)).collect();
        let tied = |at: usize| -> Vec<usize> {
            reached[at].iter().copied().filter(|other| reached[*other].contains(&at)).collect()
        };
        let sets: BTreeSet<Vec<usize>> = (0..self.files.len()).map(tied).filter(|set| set.len() > 1).collect();
        sets.into_iter().collect()
    }

    /// The shortest circle that begins with this import.
    fn circle(&self, from: usize, to: usize) -> Vec<usize> {
        let mut before: BTreeMap<usize, usize> = BTreeMap::from([(to, from)]);
        let mut open = VecDeque::from([to]);
        while let Some(at) = open.pop_front().filter(|at| *at != from) {
            for other in self.imports[at].iter().filter(|other| **other != to) {
                if !before.contains_key(other) {
                    before.insert(*other, at);
                    open.push_back(*other);
                }
            }
        }
        let mut circle = vec![from];
        while let Some(at) = before.get(circle.last().unwrap_or(&from)).filter(|at| **at != from) {
            circle.push(*at);
        }
        circle.push(from);
        circle.reverse();
        circle
    }

    /// `a → b → a`, the shortest of the component's circles, for each pair of folders that it ties, or else one.
    fn circles(&self, component: &[usize]) -> Vec<String> {
        let inside =
            |from: usize| self.imports[from].iter().filter(|to| component.contains(to)).map(move |to| (from, *to));
        let mut shortest: BTreeMap<BTreeSet<&str>, Vec<usize>> = BTreeMap::new();
        for (from, to) in component.iter().copied().flat_map(inside) {
            let pair = BTreeSet::from([self.folders[from].as_str(), self.folders[to].as_str()]);
            let circle = self.circle(from, to);
            if shortest.get(&pair).is_none_or(|known| circle.len() < known.len()) {
                shortest.insert(pair, circle);
            }
        }
        let across = shortest.keys().any(|pair| pair.len() > 1);
        shortest.retain(|pair, _| !across || pair.len() > 1);
        let shown =
            |circle: &Vec<usize>| circle.iter().map(|at| self.files[*at].as_str()).collect::<Vec<_>>().join(" → ");
        shortest.values().map(shown).collect()
    }

    /// What is wrong with the circles: across folders, or too large.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for component in self.components() {
            let folders: BTreeSet<&str> = component.iter().map(|at| self.folders[*at].as_str()).collect();
            if folders.len() > 1 || component.len() > LARGEST_CIRCLE {
                let names: Vec<&str> = component.iter().map(|at| self.files[*at].as_str()).collect();
                faults.push(format!(
                    "{} files of {} folders import each other ({}), in these circles among others:\n    {}",
                    names.len(),
                    folders.len(),
                    names.join(", "),
                    self.circles(&component).join("\n    ")
                ));
            }
        }
        faults
    }
}

fn is_test(path: &str) -> bool {
    path == "tests.rs" || path.ends_with("/tests.rs") || path.starts_with("tests/") || path.contains("/tests/")
}
