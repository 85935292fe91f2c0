//! Which child belongs to which parent, as short text: sorted by child, the gaps between IDs and the steps from parent to
//! parent.

use super::packed::{DecodeError, Packed, Unpacked};
use std::collections::{BTreeMap, BTreeSet};

/// The IDs of children, by the ID of their parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Children {
    by_parent: BTreeMap<u64, Vec<u64>>,
    count: usize,
}

impl Children {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The children of a parent.
    pub fn of(&self, parent: u64) -> &[u64] {
        self.by_parent.get(&parent).map_or(&[], Vec::as_slice)
    }

    /// Replaces the children of a parent.
    pub fn set(&mut self, parent: u64, children: BTreeSet<u64>) {
        let count = children.len();
        let before = match count {
            0 => self.by_parent.remove(&parent),
            _ => self.by_parent.insert(parent, children.into_iter().collect()),
        };
        self.count = self.count - before.map_or(0, |before| before.len()) + count;
    }

    /// Adds to the children of a parent.
    pub fn add(&mut self, parent: u64, children: &BTreeSet<u64>) {
        let all = self.of(parent).iter().chain(children).copied().collect();
        self.set(parent, all);
    }

    pub fn remove(&mut self, parent: u64, child: u64) {
        let rest = self.of(parent).iter().copied().filter(|known| *known != child).collect();
        self.set(parent, rest);
    }

    /// The text for all pairs. A child of two parents is written with the parent of the lower ID.
    pub fn encode(&self) -> String {
        let mut pairs: Vec<(u64, u64)> = Vec::with_capacity(self.count);
        for (parent, children) in &self.by_parent {
            pairs.extend(children.iter().map(|child| (*child, *parent)));
        }
        pairs.sort_unstable();
        pairs.dedup_by_key(|(child, _)| *child);
        let mut packed = Packed::default();
        packed.number(pairs.len() as u64);
        packed.ascending(pairs.iter().map(|(child, _)| *child));
        let mut last = 0;
        for (_, parent) in &pairs {
            packed.step(parent.wrapping_sub(last) as i64);
            last = *parent;
        }
        packed.to_text()
    }

    /// The pairs in a text that [`Self::encode`] wrote. Refuses more than `most` children; the error completes "the text …".
    pub fn decode(text: &str, most: usize) -> Result<Self, String> {
        let mut packed = Unpacked::new(text)?;
        let count = usize::try_from(packed.number()?).ok().filter(|count| *count <= most);
        let children = packed.ascending(count.ok_or(DecodeError::TooMany(most))?)?;
        let (mut known, mut parent) = (Self { count: children.len(), ..Self::default() }, 0_u64);
        for child in children {
            parent = parent.wrapping_add_signed(packed.step()?);
            known.by_parent.entry(parent).or_default().push(child);
        }
        if packed.is_at_end()? { Ok(known) } else { Err(DecodeError::Trailing.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::packed::packed, *};
    use proptest::prelude::*;

    fn known(pairs: impl IntoIterator<Item = (u64, u64)>) -> Children {
        let mut by_parent: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for (child, parent) in pairs {
            by_parent.entry(parent).or_default().insert(child);
        }
        let mut known = Children::default();
        by_parent.into_iter().for_each(|(parent, children)| known.set(parent, children));
        known
    }

    #[test]
    fn knows_the_children_of_each_parent() {
        let mut children = known([(7, 1), (9, 1), (8, 2)]);
        assert_eq!(
            (children.of(1), children.of(2), children.of(3), children.len()),
            (&[7, 9][..], &[8][..], &[][..], 3)
        );
        children.set(1, BTreeSet::from([9, 10, 11]));
        children.add(1, &BTreeSet::from([5, 10]));
        children.remove(1, 5);
        children.remove(1, 9);
        children.remove(2, 8);
        children.remove(2, 8);
        assert_eq!((children.of(1), children.of(2), children.len()), (&[10, 11][..], &[][..], 2));
        children.set(1, BTreeSet::new());
        assert_eq!((children.is_empty(), &children), (true, &Children::default()));
    }

    /// A child that two parents have is written once.
    #[test]
    fn a_child_of_two_parents_can_be_read_again() {
        let both = known([(7, 1), (7, 2), (8, 2)]);
        assert_eq!(Children::decode(&both.encode(), 3), Ok(known([(7, 1), (8, 2)])));
    }

    #[test]
    fn what_it_did_not_write_is_refused() {
        let good = known([(7, 1), (8, 2)]);
        assert_eq!(Children::decode(&good.encode(), 2), Ok(good.clone()));
        for (text, expected) in [
            ("*".to_owned(), "is not base64"),
            (good.encode()[..8].to_owned(), "ends too early"),
            (packed(&[]), "ends too early"),
            (packed(&[2, 7, 0, 2]), "ends too early"),
            (packed(&[1, 7, 2, 0]), "continues after its end"),
            (packed(&[1, 0x87, 0, 2]), "longer than it has to be"),
            (packed(&[3]), "contains more than 2 IDs"),
            (packed(&[2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 2, 2]), "too large"),
            (packed(&vec![0; 50_000_000]), "continues after its end"),
        ] {
            let error = Children::decode(&text, 2).unwrap_err();
            assert!(error.contains(expected), "{error} does not contain: {expected}");
        }
    }

    /// Comments are added to issues that somebody works on: mostly recent ones, some old. Only a part of the site's
    /// comments matches the filter.
    #[test]
    fn a_comment_takes_a_few_bytes_at_the_densities_of_real_sites() {
        let mut measured = Vec::new();
        for (part, most) in [(1_u64, 2.2), (5, 2.8), (50, 3.2)] {
            let (mut pairs, mut seed) = (Vec::new(), 7_u64);
            for number in 0..100_000 * part {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if (seed >> 33) % part == 0 {
                    let newest = 10_000 + number / 4;
                    let age = if (seed >> 20) % 10 == 0 { (seed >> 40) % 20_000 } else { (seed >> 40) % 200 };
                    pairs.push((10_000 + number, newest - age.min(newest - 10_000)));
                }
            }
            let known = known(pairs);
            let bytes = known.encode().len() as f64 / known.len() as f64;
            measured.push(format!("one of {part}: {bytes:.2}"));
            assert!(bytes < most, "{measured:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(pairs in prop::collection::btree_map(any::<u64>(), any::<u64>(), 0..200), dense in prop::collection::btree_map(0..500_u64, 0..50_u64, 0..200)) {
            for pairs in [pairs, dense] {
                let (known, count) = (known(pairs.clone()), pairs.len());
                prop_assert_eq!(known.len(), count);
                prop_assert_eq!(Children::decode(&known.encode(), count), Ok(known.clone()));
                prop_assert!(count == 0 || Children::decode(&known.encode(), count - 1).is_err());
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
            let text = packed(&bytes);
            if let Ok(known) = Children::decode(&text, 50) {
                prop_assert!(known.len() <= 50);
                prop_assert_eq!(Children::decode(&known.encode(), 50), Ok(known));
            }
            prop_assert!(Children::decode(&text[..cut.index(text.len())], 50).is_err());
        }
    }
}
