//! A set of numeric IDs as short text, for states.

use super::packed::{DecodeError, Packed, Unpacked};
use std::collections::BTreeSet;

/// The text for a set of IDs.
pub fn encode(ids: &BTreeSet<u64>) -> String {
    let mut packed = Packed::default();
    packed.ascending(ids.iter().copied());
    packed.to_text()
}

/// The IDs in a text that [`encode`] wrote. Refuses more than `most` of them; the error completes "the text …".
pub fn decode(text: &str, most: usize) -> Result<BTreeSet<u64>, String> {
    let (mut packed, mut ids, mut least) = (Unpacked::new(text)?, BTreeSet::new(), Some(0));
    while !packed.is_at_end()? {
        if ids.len() == most {
            return Err(DecodeError::TooMany(most).into());
        }
        ids.insert(packed.next(&mut least)?);
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::{super::packed::packed, *};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    const MOST: usize = 1_000_000;

    /// `count` IDs, one of `every` on average, as a filter picks them from a site's numbering.
    fn drawn(count: usize, every: u64) -> BTreeSet<u64> {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut id = 10_000;
        let mut next = move || {
            loop {
                id += 1;
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                if (seed >> 11).is_multiple_of(every) {
                    return id;
                }
            }
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn an_id_takes_less_than_two_bytes_at_the_densities_of_real_sites() {
        let mut measured = Vec::new();
        for (every, most) in [(1, 0.01), (2, 0.5), (10, 0.95), (50, 1.35), (200, 1.85)] {
            let ids = drawn(20_000, every);
            let bytes = encode(&ids).len() as f64 / ids.len() as f64;
            measured.push(format!("one of {every}: {bytes:.3}"));
            assert!(bytes <= most, "{measured:?}");
            assert_eq!(decode(&encode(&ids), MOST), Ok(ids));
        }
    }

    #[test]
    fn what_it_did_not_write_is_refused() {
        let good = encode(&drawn(1_000, 7));
        let short = STANDARD.encode(&STANDARD.decode(&good).unwrap()[..100]);
        let long = STANDARD.encode([STANDARD.decode(&good).unwrap(), vec![0]].concat());
        for (text, expected) in [
            ("*", "is not base64"),
            (&good[..good.len() - 1], "is not base64"),
            ("", "ends too early"),
            (&short, "ends too early"),
            (&long, "continues after its end"),
            ("AAAA", "is damaged"),
            (&packed(&[5, 0x80]), "ends too early"),
            (&packed(&[0x85, 0]), "longer than it has to be"),
            (&packed(&[0x80; 11]), "too large"),
            (&packed(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), "too large"),
            // The largest number, followed by one more: the only way in which a list could be unsorted.
            (&packed(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0]), "too large"),
        ] {
            let error = decode(text, MOST).unwrap_err();
            assert!(error.contains(expected), "{text}: {error} does not contain: {expected}");
        }
    }

    #[test]
    fn a_short_text_that_stands_for_thousands_of_millions_of_ids_is_refused_at_the_limit() {
        let text = packed(&vec![0; 50_000_000]);
        assert!(text.len() < 100_000, "{}", text.len());
        assert_eq!(decode(&text, 20_000), Err("contains more than 20000 IDs".to_owned()));
        let full: BTreeSet<u64> = (0..20_000).collect();
        assert_eq!(decode(&encode(&full), 20_000), Ok(full));
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(ids in prop::collection::btree_set(any::<u64>(), 0..300), dense in prop::collection::btree_set(0u64..500, 0..300)) {
            for ids in [ids, dense, BTreeSet::from([0, u64::MAX])] {
                prop_assert_eq!(decode(&encode(&ids), MOST), Ok(ids));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for text in [text, STANDARD.encode(&bytes), packed(&bytes)] {
                if let Ok(ids) = decode(&text, 50) {
                    prop_assert!(ids.len() <= 50);
                    prop_assert_eq!(decode(&encode(&ids), 50), Ok(ids));
                }
            }
        }

        #[test]
        fn a_changed_letter_is_noticed(ids in prop::collection::btree_set(0u64..100_000, 1..200), place in any::<prop::sample::Index>(), letter in "[A-Za-z0-9+/]") {
            let text = encode(&ids);
            let at = place.index(text.trim_end_matches('=').len());
            let changed = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
            if let Ok(read) = decode(&changed, MOST) {
                prop_assert_eq!(read, ids);
            }
        }
    }
}
