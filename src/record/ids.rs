//! A set of ids as short text, for states: the gaps between sorted ids as varints, deflated, in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::collections::BTreeSet;

/// Output that (de)compression gets room for at a time.
const CHUNK: usize = 32 * 1024;

/// The ids as text.
pub fn encode(ids: &BTreeSet<u64>) -> String {
    let mut gaps = Vec::with_capacity(2 * ids.len());
    let mut least = 0;
    for id in ids {
        // How far it is from the smallest that it could be, so that no text can mean an unsorted list.
        varint(&mut gaps, id - least);
        least = id.saturating_add(1);
    }
    STANDARD.encode(deflate(&gaps))
}

/// The ids of a text that [`encode`] wrote, if they are no more than `most`. The error completes "the text …".
pub fn decode(text: &str, most: usize) -> Result<BTreeSet<u64>, String> {
    let deflated = STANDARD.decode(text).map_err(|error| format!("is not base64 ({error})"))?;
    let mut ids = Ids { found: BTreeSet::new(), most, least: Some(0), value: 0, shift: 0 };
    // With its header and checksum, so that a text with a letter changed is not taken for other ids.
    let mut stream = Decompress::new(true);
    let mut room = Vec::with_capacity(CHUNK);
    loop {
        let rest = deflated.get(stream.total_in() as usize..).unwrap_or_default();
        room.clear();
        let status = stream
            .decompress_vec(rest, &mut room, FlushDecompress::Finish)
            .map_err(|error| format!("is damaged ({error})"))?;
        room.iter().try_for_each(|byte| ids.take(*byte))?;
        match status {
            Status::StreamEnd if stream.total_in() == deflated.len() as u64 => return ids.finish(),
            Status::StreamEnd => return Err("goes on behind its end".to_owned()),
            _ if room.is_empty() => return Err("ends too early".to_owned()),
            _ => {}
        }
    }
}

pub(super) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut stream = Compress::new(Compression::default(), true);
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        out.reserve(CHUNK);
        let rest = bytes.get(stream.total_in() as usize..).unwrap_or_default();
        // It fails only on an invalid dictionary, and there is none.
        match stream.compress_vec(rest, &mut out, FlushCompress::Finish) {
            Ok(Status::Ok | Status::BufError) => {}
            Ok(Status::StreamEnd) | Err(_) => return out,
        }
    }
}

/// Ids read so far, and the gap that is being read.
struct Ids {
    found: BTreeSet<u64>,
    most: usize,
    /// The smallest that the next one can be; none after the largest number.
    least: Option<u64>,
    value: u64,
    shift: u32,
}

impl Ids {
    fn take(&mut self, byte: u8) -> Result<(), String> {
        let bits = u64::from(byte & 0x7f);
        if self.shift > 63 || (bits << self.shift) >> self.shift != bits {
            return Err("holds a number that is too large".to_owned());
        }
        self.value |= bits << self.shift;
        if byte & 0x80 != 0 {
            self.shift += 7;
            return Ok(());
        }
        if bits == 0 && self.shift > 0 {
            return Err("holds a number that is longer than it has to be".to_owned());
        }
        if self.found.len() == self.most {
            return Err(format!("holds more than {} ids", self.most));
        }
        let id =
            self.least.and_then(|least| least.checked_add(self.value)).ok_or("holds a number that is too large")?;
        self.found.insert(id);
        (self.least, self.value, self.shift) = (id.checked_add(1), 0, 0);
        Ok(())
    }

    fn finish(self) -> Result<BTreeSet<u64>, String> {
        if self.shift > 0 { Err("ends within a number".to_owned()) } else { Ok(self.found) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOST: usize = 1_000_000;

    fn packed(bytes: &[u8]) -> String {
        STANDARD.encode(deflate(bytes))
    }

    /// `count` ids, one of `every` on average, as a filter picks them out of a site's numbering.
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
        let mut told = Vec::new();
        for (every, most) in [(1, 0.01), (2, 0.5), (10, 0.95), (50, 1.35), (200, 1.85)] {
            let ids = drawn(20_000, every);
            let bytes = encode(&ids).len() as f64 / ids.len() as f64;
            told.push(format!("one of {every}: {bytes:.3}"));
            assert!(bytes <= most, "{told:?}");
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
            (&long, "goes on behind its end"),
            ("AAAA", "is damaged"),
            (&packed(&[5, 0x80]), "ends within a number"),
            (&packed(&[0x85, 0]), "longer than it has to be"),
            (&packed(&[0x80; 11]), "too large"),
            (&packed(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), "too large"),
            // The largest number, and one more behind it: only thus could a list be unsorted.
            (&packed(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0]), "too large"),
        ] {
            let error = decode(text, MOST).unwrap_err();
            assert!(error.contains(expected), "{text}: {error} does not say: {expected}");
        }
    }

    #[test]
    fn a_short_text_that_stands_for_thousands_of_millions_of_ids_is_refused_at_the_bound() {
        let text = packed(&vec![0; 50_000_000]);
        assert!(text.len() < 100_000, "{}", text.len());
        assert_eq!(decode(&text, 20_000), Err("holds more than 20000 ids".to_owned()));
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
