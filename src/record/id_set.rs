//! A set of numeric IDs in little memory: a site numbers its objects one after the other, so IDs lie close together.

use std::collections::BTreeMap;

/// IDs of a block, one bit each.
const BLOCK: u64 = 1024;

/// At most two bytes for an ID where at least one of ten in a range is in the set; a tree of IDs takes six times as much.
#[derive(Clone, Debug, Default)]
pub struct IdSet {
    blocks: BTreeMap<u64, [u64; 16]>,
}

impl IdSet {
    pub fn insert(&mut self, id: u64) {
        let (word, bit) = ((id % BLOCK / 64) as usize, id % 64);
        if let Some(word) = self.blocks.entry(id / BLOCK).or_default().get_mut(word) {
            *word |= 1 << bit;
        }
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.blocks.iter().flat_map(|(block, words)| {
            let bits = words
                .iter()
                .zip(0_u64..)
                .flat_map(|(word, at)| (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| at * 64 + bit));
            bits.map(move |bit| block * BLOCK + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_holds_what_a_tree_holds(ids in proptest::collection::vec(prop_oneof![0..5_000_u64, any::<u64>()], 0..200)) {
            let mut set = IdSet::default();
            ids.iter().for_each(|id| set.insert(*id));
            let tree: BTreeSet<u64> = ids.into_iter().collect();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), tree.into_iter().collect::<Vec<_>>());
        }
    }
}
