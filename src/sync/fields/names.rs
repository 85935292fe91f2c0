//! Names of custom fields that are distinct in every destination.
//!
//! A name is the field's name on the site in snake case, in ASCII letters and digits. If several fields have it, the one with
//! the lowest number gets it, and the others append their number. If nothing is left of a name, or it looks like an ID, the
//! field keeps its ID. Names never differ only in underscores or case, because clients change the case of columns.

use super::{CUSTOM, number};
use std::collections::{BTreeMap, HashSet};

/// Leaves room for the number in the 63 bytes that PostgreSQL permits for a name.
const LONGEST: usize = 48;

/// The names of custom fields, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Sorted by number.
    known: Vec<(u64, String)>,
}

impl Names {
    /// Names for `fields`, which come in order of their numbers. No name is in `taken`. Names in `pinned` don't change, even
    /// of fields that are not visible now; an earlier map takes precedence.
    pub fn new<'a>(
        fields: impl Iterator<Item = (u64, &'a str)>,
        taken: impl Iterator<Item = &'a str>,
        pinned: &[&BTreeMap<u64, String>],
    ) -> Self {
        let mut taken: HashSet<String> = taken.map(bare).collect();
        let mut known: BTreeMap<u64, String> = BTreeMap::new();
        for (number, name) in pinned.iter().copied().flatten().filter(|(number, name)| is_safe(name, **number)) {
            if !known.contains_key(number) && taken.insert(bare(name)) {
                known.insert(*number, name.clone());
            }
        }
        for (number, name) in fields {
            known.entry(number).or_insert_with(|| first_free(number, name, &mut taken));
        }
        Self { known: known.into_iter().collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The name of the field with that ID.
    pub fn of(&self, id: &str) -> Option<&str> {
        self.get(number(id)?)
    }

    /// The name of the field with that number.
    pub fn get(&self, number: u64) -> Option<&str> {
        let at = self.known.binary_search_by_key(&number, |(known, _)| *known).ok()?;
        self.known.get(at).map(|(_, name)| name.as_str())
    }

    /// For `pinned` next time.
    pub fn pins(&self) -> BTreeMap<u64, String> {
        self.known.iter().cloned().collect()
    }
}

fn first_free(number: u64, name: &str, taken: &mut HashSet<String>) -> String {
    let id = format!("{CUSTOM}{number}");
    let plain = plain(name);
    if plain.is_empty() {
        return id;
    }
    let numbered = format!("{plain}_{number}");
    let mut candidates = [plain, numbered].into_iter().filter(|candidate| !looks_like_id(candidate));
    // No other field has the ID as its name, because no other name looks like an ID.
    candidates.find(|candidate| taken.insert(bare(candidate))).unwrap_or(id)
}

/// The part of a name that clients which change case and underscores compare.
fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn looks_like_id(name: &str) -> bool {
    let rest = bare(name).strip_prefix("customfield").map(str::to_owned);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether it is a name that this module could give: a state or a catalog may contain anything.
fn is_safe(name: &str, number: u64) -> bool {
    let plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let letter = name.starts_with(|first: char| first.is_ascii_lowercase());
    plain && letter && (!looks_like_id(name) || name == format!("{CUSTOM}{number}"))
}

/// `Größe (in m²)` is `grosse_in_m`.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase).filter(|letter| !is_mark(*letter)) {
        match latin(letter) {
            Some(letters) => plain.push_str(letters),
            None if letter.is_ascii_alphanumeric() => plain.push(letter),
            None if plain.ends_with('_') || plain.is_empty() => {}
            None => plain.push('_'),
        }
    }
    if plain.starts_with(|first: char| first.is_ascii_digit()) {
        plain.insert_str(0, "field_");
    }
    plain.truncate(LONGEST);
    plain.truncate(plain.trim_end_matches('_').len());
    plain
}

/// A combining accent, which follows its letter.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Latin letters with accents and the like, without them.
const fn latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SYSTEM: [&str; 3] = ["summary", "fixVersions", "issuetype"];

    fn names(fields: &[(u64, &str)], pinned: &[(u64, &str)]) -> Names {
        let pinned: Vec<BTreeMap<u64, String>> =
            pinned.iter().map(|(number, name)| BTreeMap::from([(*number, (*name).to_owned())])).collect();
        Names::new(fields.iter().copied(), SYSTEM.into_iter(), &pinned.iter().collect::<Vec<_>>())
    }

    #[test]
    fn names_are_snake_case_in_ascii() {
        let table = [
            ("Story Points", "story_points"),
            ("  Go-live?! ", "go_live"),
            ("Größe (in m²)", "grosse_in_m"),
            ("e\u{301}te\u{301} ÉTÉ", "ete_ete"),
            ("2nd approver", "field_2nd_approver"),
            ("Effort €", "effort"),
            ("リスク", "customfield_7"),
            ("¿?", "customfield_7"),
            ("", "customfield_7"),
            ("customfield_10020", "customfield_7"),
            ("Custom Field 9", "customfield_7"),
            ("Custom field", "custom_field"),
            ("Summary", "summary_7"),
            ("Fix versions", "fix_versions_7"),
            ("ISSUE TYPE", "issue_type_7"),
        ];
        for (name, expected) in table {
            assert_eq!(names(&[(7, name)], &[]).of("customfield_7"), Some(expected), "{name}");
        }
        let long = "abc ".repeat(30);
        assert_eq!(plain(&long).len(), LONGEST - 1);
    }

    #[test]
    fn the_oldest_field_of_a_name_has_it_and_others_their_numbers() {
        let found = names(&[(5, "Severity"), (6, "severity!"), (7, "Severity 6"), (8, "Sever-ity"), (9, "Size")], &[]);
        let all: Vec<&str> = found.known.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(all, ["severity", "severity_6", "severity_6_7", "sever_ity_8", "size"]);
        assert_eq!((found.of("customfield_4"), found.of("summary")), (None, None));
    }

    #[test]
    fn a_pinned_name_stays_with_its_field() {
        let found = names(&[(5, "Renamed"), (6, "Severity")], &[(5, "severity"), (9, "gone")]);
        assert_eq!(
            found.pins(),
            BTreeMap::from([(5, "severity".into()), (6, "severity_6".into()), (9, "gone".into())])
        );
        let two = names(&[(5, "A"), (6, "B")], &[(6, "size"), (5, "size"), (6, "b")]);
        assert_eq!((two.get(5), two.get(6)), (Some("a"), Some("size")), "the first pin counts");
        let odd = [(1, "Severity"), (2, "a b"), (3, "summary"), (4, "customfield_5"), (5, "customfield_5"), (6, "")];
        let found = names(&[(1, "A"), (2, "B"), (3, "C"), (4, "D"), (5, "E"), (6, "F")], &odd);
        let all: Vec<&str> = found.known.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(all, ["a", "b", "c", "d", "customfield_5", "f"], "what we never gave is not believed");
    }

    fn site() -> impl Strategy<Value = BTreeMap<u64, String>> {
        let name = prop_oneof![
            "[aA][_ .-]?[bB]?[ _]?[1-3]?",
            "[cC]ustom[ _]?field[_ ]?[0-9]{0,2}",
            ".{0,6}",
            "(summary|Fix.?Versions)",
            "[a-z ]{40,70}"
        ];
        prop::collection::btree_map(1..30_u64, name, 0..20)
    }

    fn named(fields: &BTreeMap<u64, String>, pinned: &BTreeMap<u64, String>) -> Names {
        Names::new(fields.iter().map(|(number, name)| (*number, name.as_str())), SYSTEM.into_iter(), &[pinned])
    }

    proptest! {
        #[test]
        fn no_two_names_collide_in_any_spelling_and_renames_move_none(
            before in site(), after in site(), noise in prop::collection::btree_map(1..30_u64, ".{0,8}", 0..4),
        ) {
            for (fields, pinned) in [(&before, &BTreeMap::new()), (&after, &named(&before, &noise).pins())] {
                let names = named(fields, pinned);
                let mut spellings: HashSet<String> = SYSTEM.into_iter().map(bare).collect();
                for (number, name) in &names.known {
                    prop_assert!(spellings.insert(bare(name)), "{} comes twice", name);
                    prop_assert!(is_safe(name, *number) && name.len() <= 63, "{}", name);
                }
                prop_assert!(fields.keys().all(|number| names.get(*number).is_some()));
                for (number, name) in pinned {
                    prop_assert_eq!(names.get(*number), Some(name.as_str()));
                }
            }
        }
    }
}
