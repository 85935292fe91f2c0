//! Numbers as short text, for states: varints, deflated, in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Output that (de)compression gets room for at a time.
const CHUNK: usize = 32 * 1024;
/// Longer than any word that we write: keys of projects.
const WORD: u64 = 1_000;

pub(super) const TOO_LARGE: &str = "holds a number that is too large";
const TOO_SHORT: &str = "ends too early";

/// Numbers to be packed.
#[derive(Debug, Default)]
pub(super) struct Packed(Vec<u8>);

impl Packed {
    pub fn number(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A number that is small in either direction.
    pub fn step(&mut self, step: i64) {
        self.number(((step << 1) ^ (step >> 63)) as u64);
    }

    /// Distinct numbers, sorted.
    pub fn ascending(&mut self, numbers: impl Iterator<Item = u64>) {
        let mut least = 0;
        for number in numbers {
            // How far it is from the smallest that it could be, so that no text can mean an unsorted list.
            self.number(number - least);
            least = number.saturating_add(1);
        }
    }

    pub fn word(&mut self, word: &str) {
        self.number(word.len() as u64);
        self.0.extend_from_slice(word.as_bytes());
    }

    pub fn to_text(&self) -> String {
        STANDARD.encode(deflate(&self.0))
    }
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    // With a header and a checksum, so that a text with a letter changed is not taken for other numbers.
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

/// The numbers of a text, inflated as they are read: a short text can stand for thousands of millions. Errors complete "the
/// text …".
pub(super) struct Unpacked {
    deflated: Vec<u8>,
    stream: Decompress,
    room: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Unpacked {
    pub fn new(text: &str) -> Result<Self, String> {
        let deflated = STANDARD.decode(text).map_err(|error| format!("is not base64 ({error})"))?;
        let (stream, room) = (Decompress::new(true), Vec::with_capacity(CHUNK));
        Ok(Self { deflated, stream, room, at: 0, ended: false })
    }

    /// Whether there is nothing left to read.
    pub fn is_at_end(&mut self) -> Result<bool, String> {
        while self.at == self.room.len() && !self.ended {
            self.inflate()?;
        }
        Ok(self.at == self.room.len())
    }

    fn inflate(&mut self) -> Result<(), String> {
        let rest = self.deflated.get(self.stream.total_in() as usize..).unwrap_or_default();
        self.at = 0;
        self.room.clear();
        let status = self.stream.decompress_vec(rest, &mut self.room, FlushDecompress::Finish);
        match status.map_err(|error| format!("is damaged ({error})"))? {
            Status::StreamEnd if self.stream.total_in() == self.deflated.len() as u64 => self.ended = true,
            Status::StreamEnd => return Err("goes on behind its end".to_owned()),
            _ if self.room.is_empty() => return Err(TOO_SHORT.to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, String> {
        let byte = if self.is_at_end()? { None } else { self.room.get(self.at).copied() };
        self.at += 1;
        byte.ok_or_else(|| TOO_SHORT.to_owned())
    }

    /// What [`Packed::word`] wrote.
    pub fn word(&mut self) -> Result<String, String> {
        let length = self.number()?;
        if length > WORD {
            return Err("holds a word that is too long".to_owned());
        }
        let bytes = (0..length).map(|_| self.byte()).collect::<Result<Vec<u8>, String>>()?;
        String::from_utf8(bytes).map_err(|_| "holds a word in no known letters".to_owned())
    }

    pub fn number(&mut self) -> Result<u64, String> {
        let (mut value, mut shift) = (0_u64, 0);
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift > 63 || (bits << shift) >> shift != bits {
                return Err(TOO_LARGE.to_owned());
            }
            value |= bits << shift;
            if byte == 0 && shift > 0 {
                return Err("holds a number that is longer than it has to be".to_owned());
            }
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// What [`Packed::step`] wrote.
    pub fn step(&mut self) -> Result<i64, String> {
        let step = self.number()?;
        Ok((step >> 1) as i64 ^ -((step & 1) as i64))
    }

    /// The next of what [`Packed::ascending`] wrote; `least` is the smallest that it can be, none after the largest there is.
    pub fn next(&mut self, least: &mut Option<u64>) -> Result<u64, String> {
        let gap = self.number()?;
        let number = least.and_then(|least| least.checked_add(gap)).ok_or(TOO_LARGE)?;
        *least = number.checked_add(1);
        Ok(number)
    }

    /// So many of them.
    pub fn ascending(&mut self, count: usize) -> Result<Vec<u64>, String> {
        let mut least = Some(0);
        (0..count).map(|_| self.next(&mut least)).collect()
    }
}

/// Any bytes as a text that unpacks.
#[cfg(test)]
pub(super) fn packed(bytes: &[u8]) -> String {
    STANDARD.encode(deflate(bytes))
}
