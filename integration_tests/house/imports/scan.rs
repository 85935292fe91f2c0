//! What a Rust file imports: its `use` trees, and the paths in its code that begin with a module.

use std::collections::BTreeMap;

/// The names of a module or of an import, from the root of the crate.
pub type Path = Vec<String>;

/// Identifiers and punctuation of a Rust text, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let next = |at: usize| letters.get(at).copied().unwrap_or('\0');
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut found, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let start = at;
        match letters[at] {
            '/' if next(at + 1) == '/' => at += letters[at..].iter().take_while(|letter| **letter != '\n').count(),
            '/' if next(at + 1) == '*' => {
                let mut depth = 0;
                while at < letters.len() {
                    let pair = (letters[at], next(at + 1));
                    depth += i32::from(pair == ('/', '*')) - i32::from(pair == ('*', '/'));
                    at += if pair == ('/', '*') || pair == ('*', '/') { 2 } else { 1 };
                    if depth == 0 {
                        break;
                    }
                }
            }
            '"' => at = after_quote(&letters, at, '"'),
            '\'' if next(at + 1) == '\\' || next(at + 2) == '\'' => at = after_quote(&letters, at, '\''),
            '\'' => at += 1 + letters[at + 1..].iter().take_while(|letter| word(**letter)).count(),
            letter if word(letter) => {
                at += letters[at..].iter().take_while(|letter| word(**letter)).count();
                let name: String = letters[start..at].iter().collect();
                let hashes = letters[at..].iter().take_while(|letter| **letter == '#').count();
                if ["r", "br", "cr"].contains(&name.as_str()) && next(at + hashes) == '"' {
                    let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    let rest: String = letters[at + hashes + 1..].iter().collect();
                    let inside = rest.find(&end).map_or(rest.chars().count(), |end| rest[..end].chars().count());
                    at += hashes + 1 + inside + end.len();
                } else if name == "r" && hashes == 1 {
                    // `r#type`: the name follows.
                    at += 1;
                } else {
                    found.push(name);
                }
            }
            ':' if next(at + 1) == ':' => {
                found.push("::".to_owned());
                at += 2;
            }
            letter => {
                found.extend((!letter.is_whitespace()).then(|| letter.to_string()));
                at += 1;
            }
        }
    }
    found
}

/// The place after a string or character literal.
fn after_quote(letters: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < letters.len() && letters[at] != quote {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// An import with how many of its names must be a module's: a path that begins with none of `crate`, `self` and
/// `super` counts only if it begins with a module of the place where it is written.
#[derive(Debug, PartialEq)]
pub struct Import {
    pub path: Path,
    pub least: usize,
}

impl Import {
    fn new(module: &[String], names: &[String]) -> Self {
        let mut base = module.to_vec();
        let mut rest = names;
        match names.first().map(String::as_str) {
            Some("crate") => (base, rest) = (Vec::new(), &names[1..]),
            Some("self" | "super") => {
                while let Some(first) = rest.first().filter(|name| ["self", "super"].contains(&name.as_str())) {
                    if first == "super" {
                        base.pop();
                    }
                    rest = &rest[1..];
                }
            }
            _ => return Self { least: module.len() + 1, path: [module, names].concat() },
        }
        base.extend_from_slice(rest);
        Self { path: base, least: 0 }
    }
}

/// What a file imports, and the modules that it declares for tests only.
#[derive(Default)]
pub struct Scan {
    pub imports: Vec<Import>,
    pub test_modules: Vec<Path>,
}

/// Reads a file; `face`: its re-exports are no imports of its own.
pub fn scan(text: &str, module: &[String], face: bool) -> Scan {
    let words = tokens(text);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let name = |at: usize| word(at).starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    let mut found = Scan::default();
    // Modules written inside the file, with the depth of their braces.
    let mut inside: Vec<(usize, Path)> = vec![(0, module.to_vec())];
    let mut names: BTreeMap<String, Import> = BTreeMap::new();
    let mut inline: Vec<(Path, Path)> = Vec::new();
    let (mut at, mut depth, mut public) = (0, 0, false);
    while at < words.len() {
        let here = inside.last().map(|(_, path)| path.clone()).unwrap_or_default();
        match word(at) {
            "#" => {
                let end = after_group(&words, at + 1 + usize::from(word(at + 1) == "!"));
                let attribute = &words[at..end];
                let is = |wanted: &str| attribute.iter().any(|word| word == wanted);
                at = end;
                if is("cfg") && is("test") && !is("not") {
                    let item = after_item(&words, end);
                    let declared = words[end..item].iter().position(|word| word == "mod").map(|at| end + at + 1);
                    found.test_modules.extend(declared.map(|at| [&here[..], &[word(at).to_owned()]].concat()));
                    at = item;
                }
                continue;
            }
            "pub" => {
                at = if word(at + 1) == "(" { after_group(&words, at + 1) } else { at + 1 };
                public = true;
                continue;
            }
            "use" if name(at + 1) || ["{", "::"].contains(&word(at + 1)) => {
                let mut paths = Vec::new();
                at = tree(&words, at + 1, &[], &mut paths);
                names.extend(paths.iter().map(|(path, name)| (name.clone(), Import::new(&here, path))));
                if !(public && face && inside.len() == 1) {
                    found.imports.extend(paths.iter().map(|(path, _)| Import::new(&here, path)));
                }
            }
            "mod" if word(at + 2) == "{" => {
                inside.push((depth + 1, [here, vec![word(at + 1).to_owned()]].concat()));
                at += 1;
            }
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inside.len() > 1 && inside.last().is_some_and(|(opened, _)| *opened > depth) {
                    inside.pop();
                }
            }
            _ if name(at) && word(at + 1) == "::" && (at == 0 || word(at - 1) != "::") => {
                let mut path = vec![word(at).to_owned()];
                while word(at + 1) == "::" && name(at + 2) {
                    path.push(word(at + 2).to_owned());
                    at += 2;
                }
                inline.push((here, path));
            }
            _ => {}
        }
        public = false;
        at += 1;
    }
    // A path may begin with a name that a `use` anywhere in the file brought in: `use crate::a;` and then `a::b()`.
    found.imports.extend(inline.iter().map(|(here, path)| match names.get(&path[0]) {
        Some(import) => Import { path: [&import.path[..], &path[1..]].concat(), least: import.least },
        None => Import::new(here, path),
    }));
    found
}

/// The place after the bracket that closes the one at `start`.
fn after_group(words: &[String], start: usize) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate().skip(start) {
        depth += i32::from(["(", "[", "{"].contains(&word.as_str()));
        depth -= i32::from([")", "]", "}"].contains(&word.as_str()));
        if depth == 0 {
            return at + 1;
        }
    }
    words.len()
}

/// The place after the item that begins at `start`, its attributes included.
fn after_item(words: &[String], start: usize) -> usize {
    let mut at = start;
    while at < words.len() {
        match words[at].as_str() {
            ";" => return at + 1,
            // A field of a struct or a variant, unless the comma stands between parameters of a type.
            "}" => return at,
            "," if !words[start..at].iter().any(|word| word == "<") => return at + 1,
            "{" if words[start..at].iter().any(|word| word == "use") => at = after_group(words, at),
            "{" => return after_group(words, at),
            "(" | "[" => at = after_group(words, at),
            _ => at += 1,
        }
    }
    at
}

/// Collects the paths of a `use` tree, each with the name that it brings in, and returns the place of what ends it.
fn tree(words: &[String], start: usize, prefix: &[String], paths: &mut Vec<(Path, String)>) -> usize {
    let (mut at, mut path, mut name) = (start, prefix.to_vec(), None);
    while at < words.len() {
        match words[at].as_str() {
            "{" => {
                at += 1;
                while at < words.len() && words[at] != "}" {
                    at = if words[at] == "," { at + 1 } else { tree(words, at, &path, paths) };
                }
                return at + 1;
            }
            "," | "}" | ";" => break,
            "as" => {
                at += 1;
                name = words.get(at).cloned();
            }
            "*" => name = Some("*".to_owned()),
            // A path that begins so is another crate's.
            "::" if path.is_empty() => path.push("::".to_owned()),
            "::" => {}
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    let last = name.or_else(|| path.last().cloned()).unwrap_or_default();
    paths.push((path, last));
    at
}

#[test]
fn comments_and_literals_hold_no_imports() {
    let text = r####"
        // use crate::a; and crate::b::c
        /* use crate::a; /* crate::b */ crate::c */
        //! [`crate::a`]
        const A: &str = "use crate::a; \" crate::b::c";
        const B: &str = r#"crate::a " crate::b"#;
        const C: [char; 3] = ['"', '\'', '\\'];
        fn d<'a>(e: &'a str) -> crate::found::Here<'a> {}
    "####;
    assert_eq!(paths(text, "x"), ["found::Here"]);
}

#[test]
fn trees_are_expanded() {
    let text =
        "use crate::{a::{self, b::{C, D as E}, f::*}, g as h};\nuse super::{i, self::j};\nuse self::k;\nuse r#l::m;";
    let wanted = ["a", "a::b::C", "a::b::D", "a::f", "g", "x::i", "x::j", "x::y::k", "x::y::l::m"];
    assert_eq!(paths(text, "x::y"), wanted);
}

#[test]
fn paths_in_code_count() {
    let text = "fn a() -> Vec<crate::b::C> { super::super::d::e::<crate::f::G>(); Self::h(); i::j() }";
    assert_eq!(paths(text, "x::y"), ["b::C", "d::e", "f::G", "x::y::Self::h", "x::y::i::j"]);
}

#[test]
fn paths_in_code_begin_with_imported_names_too() {
    let text = "use crate::a::{self, b as c}; fn d() -> a::E { c::f::g() } use h::i; fn j() { i::k() }";
    assert_eq!(paths(text, "x"), ["a", "a::b", "x::h::i", "a::E", "a::b::f::g", "x::h::i::k"]);
}

#[test]
fn only_a_module_of_this_place_is_meant_by_a_path_without_a_root() {
    let least = |text: &str| scan(text, &path("x::y"), false).imports.remove(0).least;
    assert_eq!(
        (least("use a::b;"), least("use ::a::b;"), least("use crate::a;"), least("use super::a;")),
        (3, 3, 0, 0)
    );
    assert_eq!(paths("use ::a::b;", "x"), ["x::::::a::b"], "of another crate, so found nowhere");
}

#[test]
fn modules_inside_a_file_count_from_where_they_are() {
    let text = "mod a { use super::b; fn c() { { super::super::d(); } } mod e { use super::f; } }\nuse super::g;";
    assert_eq!(paths(text, "x::y"), ["x::y::b", "x::y::a::f", "x::g", "x::d"]);
}

#[test]
fn tests_are_left_out() {
    let text = "#[cfg(test)]\nmod tests { use crate::a; }\n#[cfg(test)] #[allow(dead_code)] use crate::{b, c};\n\
                #[cfg(test)] mod support;\n#[cfg(not(test))] use crate::d;\n#[cfg(all(test, unix))] fn e() { crate::f() }\n\
                struct G { #[cfg(test)] h: crate::i::J, k: crate::l::M }";
    assert_eq!(paths(text, "x"), ["d", "l::M"]);
    let declared = scan(text, &path("x"), false).test_modules;
    assert!(declared.contains(&path("x::support")), "{declared:?}");
}

#[test]
fn re_exports_are_imports_only_of_files_without_modules() {
    let text = "pub use a::B;\npub(crate) use crate::c::D;\npub(in crate::e) fn f() {}\nuse crate::g;";
    assert_eq!(paths(text, "x"), ["x::a::B", "c::D", "g"]);
    let face: Vec<Path> = scan(text, &path("x"), true).imports.into_iter().map(|import| import.path).collect();
    assert_eq!(face, [path("g")]);
}

fn path(text: &str) -> Path {
    text.split("::").map(str::to_owned).collect()
}

fn paths(text: &str, module: &str) -> Vec<String> {
    scan(text, &path(module), false).imports.into_iter().map(|import| import.path.join("::")).collect()
}
