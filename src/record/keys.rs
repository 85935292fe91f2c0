//! The IDs and keys of many issues as short text: project by project, the gaps between IDs and between the numbers of the
//! keys.

use super::packed::{DecodeError, Packed, Unpacked};
use std::collections::{BTreeMap, HashMap};

/// Issues by ID. An issue whose key is unknown has the project "" and the number 0.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    projects: Vec<String>,
    places: HashMap<String, u32>,
    issues: BTreeMap<u64, (u32, u32)>,
}

impl Keys {
    pub fn len(&self) -> usize {
        self.issues.len()
    }

    pub fn is_empty(&self) -> bool {
        self.issues.is_empty()
    }

    pub fn contains(&self, id: u64) -> bool {
        self.issues.contains_key(&id)
    }

    /// Adds or updates an issue; returns whether that changed anything. An invalid key never replaces a known one.
    pub fn insert(&mut self, id: u64, key: &str) -> bool {
        let (project, number) = parts(key).unwrap_or_default();
        if project.is_empty() && self.contains(id) {
            return false;
        }
        let place = (self.place(project), number);
        self.issues.insert(id, place) != Some(place)
    }

    pub fn remove(&mut self, id: u64) -> bool {
        self.issues.remove(&id).is_some()
    }

    /// The key of an issue, if the issue and its key are known.
    pub fn key(&self, id: u64) -> Option<String> {
        let (project, number) = self.issues.get(&id)?;
        let project = self.project_at(*project);
        (!project.is_empty()).then(|| format!("{project}-{number}"))
    }

    /// The key of an issue's project; empty if unknown.
    pub fn project(&self, id: u64) -> &str {
        self.issues.get(&id).map_or("", |(project, _)| self.project_at(*project))
    }

    /// The ID of the issue with a key.
    pub fn find(&self, key: &str) -> Option<u64> {
        let (project, number) = parts(key)?;
        let wanted = (*self.places.get(project)?, number);
        self.issues.iter().find(|(_, place)| **place == wanted).map(|(id, _)| *id)
    }

    /// All IDs, ascending.
    pub fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.issues.keys().copied()
    }

    fn project_at(&self, place: u32) -> &str {
        self.projects.get(place as usize).map_or("", String::as_str)
    }

    fn place(&mut self, project: &str) -> u32 {
        if let Some(place) = self.places.get(project) {
            return *place;
        }
        let place = self.projects.len() as u32;
        self.projects.push(project.to_owned());
        self.places.insert(project.to_owned(), place);
        place
    }

    /// The text for all issues.
    pub fn encode(&self) -> String {
        let mut by_project: BTreeMap<&str, Vec<(u64, u32)>> = BTreeMap::new();
        for (id, (project, number)) in &self.issues {
            by_project.entry(self.project_at(*project)).or_default().push((*id, *number));
        }
        let mut packed = Packed::default();
        for (project, issues) in by_project {
            packed.word(project);
            packed.number(issues.len() as u64);
            packed.ascending(issues.iter().map(|(id, _)| *id));
            let mut expected = 1;
            // IDs and numbers grow together, so the next number is nearly always slightly more than the last.
            for (_, number) in &issues {
                packed.step(i64::from(*number) - expected);
                expected = i64::from(*number) + 1;
            }
        }
        packed.to_text()
    }

    /// The issues in a text that [`Self::encode`] wrote. Refuses more than `most` of them; the error completes "the text …".
    pub fn decode(text: &str, most: usize) -> Result<Self, String> {
        let (mut packed, mut keys) = (Unpacked::new(text)?, Self::default());
        while !packed.is_at_end()? {
            let project = packed.word()?;
            let count = usize::try_from(packed.number()?).map_err(|_| DecodeError::TooLarge)?;
            if count > most.saturating_sub(keys.len()) {
                return Err(DecodeError::TooMany(most).into());
            }
            let place = keys.place(&project);
            let mut expected = 1_i64;
            for id in packed.ascending(count)? {
                let number = expected.checked_add(packed.step()?);
                let number = number.and_then(|number| u32::try_from(number).ok()).ok_or(DecodeError::TooLarge)?;
                if keys.issues.insert(id, (place, number)).is_some() {
                    return Err(DecodeError::Twice(id).into());
                }
                expected = i64::from(number) + 1;
            }
        }
        Ok(keys)
    }
}

/// Compares the issues, not the order in which their projects were added.
impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.ids().all(|id| other.contains(id) && self.key(id) == other.key(id))
    }
}

/// Project and number of a key.
fn parts(key: &str) -> Option<(&str, u32)> {
    let (project, number) = key.rsplit_once('-')?;
    Some((project, number.parse().ok()?)).filter(|(project, _)| !project.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{super::packed::packed, *};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_can_be_read(issues in prop::collection::btree_map(any::<u64>(), ("[A-Z]{0,4}", any::<u32>()), 0..200)) {
            let mut keys = Keys::default();
            for (id, (project, number)) in &issues {
                keys.insert(*id, &format!("{project}-{number}"));
            }
            prop_assert_eq!(keys.len(), issues.len());
            prop_assert_eq!(Keys::decode(&keys.encode(), issues.len()), Ok(keys.clone()));
            prop_assert!(issues.is_empty() || Keys::decode(&keys.encode(), issues.len() - 1).is_err());
        }

        #[test]
        fn whatever_is_read_ends_well(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
            let text = packed(&bytes);
            if let Ok(keys) = Keys::decode(&text, 1_000) {
                prop_assert!(keys.len() <= 1_000);
            }
            let cut = &text[..cut.index(text.len())];
            prop_assert!(Keys::decode(cut, 1_000).is_err());
        }
    }

    #[test]
    fn an_issue_takes_less_than_two_bytes_even_where_many_projects_grow_side_by_side() {
        for projects in [1_u64, 10, 100] {
            let (mut keys, mut seed, mut numbers) = (Keys::default(), 7_u64, vec![0_u32; projects as usize]);
            for id in 10_000..210_000 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let project = ((seed >> 33) % projects) as usize;
                numbers[project] += 1;
                // A tenth is deleted.
                if (seed >> 50) % 10 > 0 {
                    keys.insert(id, &format!("P{project}-{}", numbers[project]));
                }
            }
            let each = keys.encode().len() as f64 / keys.len() as f64;
            assert!(each < 2.0, "{projects} projects: {each}");
        }
    }

    #[test]
    fn knows_keys_ids_and_projects() {
        let mut keys = Keys::default();
        assert!(keys.insert(7, "AB-12"));
        assert!(!keys.insert(7, "AB-12"));
        assert!(!keys.insert(7, ""), "a known key is not forgotten");
        assert!(keys.insert(7, "CD-1"), "moved");
        assert!(keys.insert(8, "no key"));
        assert_eq!((keys.key(7), keys.key(8), keys.key(9)), (Some("CD-1".to_owned()), None, None));
        assert_eq!((keys.project(7), keys.project(8)), ("CD", ""));
        assert_eq!((keys.find("CD-1"), keys.find("AB-12")), (Some(7), None));
        assert!(keys.remove(7) && !keys.remove(7));
    }
}
