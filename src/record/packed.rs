//! Numbers as short text, for states: LEB128 varints, deflated with a zlib header and checksum, in base64.
//!
//! There is exactly one text for each list of numbers of a kind; anything else is refused, so that a damaged state is
//! never read as other numbers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use thiserror::Error;

/// Bytes that the buffer grows by while (de)compressing.
const CHUNK: usize = 32 * 1024;
/// Bytes of the longest word that is read. The words are project keys, which are far shorter.
const LONGEST_WORD: u64 = 1_000;

/// Why a text can't be decoded. Messages complete "the text …".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum DecodeError {
    #[error("is not base64 ({0})")]
    Base64(#[from] base64::DecodeError),
    #[error("is damaged ({0})")]
    Damaged(String),
    #[error("ends too early")]
    Truncated,
    #[error("continues after its end")]
    Trailing,
    #[error("contains a number that is too large")]
    TooLarge,
    #[error("contains a number that is longer than it has to be")]
    Padded,
    #[error("contains a word that is too long")]
    LongWord,
    #[error("contains a word that is not UTF-8")]
    NotUtf8,
    #[error("contains more than {0} IDs")]
    TooMany(usize),
    #[error("contains the issue {0} twice")]
    Twice(u64),
}

/// The engine joins the message to the place of the text in a state.
impl From<DecodeError> for String {
    fn from(error: DecodeError) -> Self {
        error.to_string()
    }
}

/// Numbers on their way into a text.
#[derive(Debug, Default)]
pub(super) struct Packed(Vec<u8>);

impl Packed {
    pub(super) fn number(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A signed number, in few bytes if it is near zero (zigzag).
    pub(super) fn step(&mut self, step: i64) {
        self.number(((step << 1) ^ (step >> 63)) as u64);
    }

    /// Distinct numbers in ascending order.
    pub(super) fn ascending(&mut self, numbers: impl Iterator<Item = u64>) {
        let mut least = 0;
        for number in numbers {
            // The distance from the smallest number that could follow, so that no text can stand for an unsorted list.
            self.number(number - least);
            least = number.saturating_add(1);
        }
    }

    pub(super) fn word(&mut self, word: &str) {
        self.number(word.len() as u64);
        self.0.extend_from_slice(word.as_bytes());
    }

    pub(super) fn to_text(&self) -> String {
        STANDARD.encode(deflate(&self.0))
    }
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    // With a header and a checksum, so that a text with one letter changed is not read as other numbers.
    let mut stream = Compress::new(Compression::default(), true);
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        out.reserve(CHUNK);
        let rest = bytes.get(stream.total_in() as usize..).unwrap_or_default();
        // Fails only for an invalid dictionary, and none is set.
        match stream.compress_vec(rest, &mut out, FlushCompress::Finish) {
            Ok(Status::Ok | Status::BufError) => {}
            Ok(Status::StreamEnd) | Err(_) => return out,
        }
    }
}

/// The numbers of a text, inflated while they are read: a short text can stand for thousands of millions of numbers, so
/// the caller stops at its own limit.
pub(super) struct Unpacked {
    deflated: Vec<u8>,
    stream: Decompress,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Unpacked {
    pub(super) fn new(text: &str) -> Result<Self, DecodeError> {
        let deflated = STANDARD.decode(text)?;
        let (stream, buffer) = (Decompress::new(true), Vec::with_capacity(CHUNK));
        Ok(Self { deflated, stream, buffer, at: 0, ended: false })
    }

    /// Whether every number has been read.
    pub(super) fn is_at_end(&mut self) -> Result<bool, DecodeError> {
        while self.at == self.buffer.len() && !self.ended {
            self.inflate()?;
        }
        Ok(self.at == self.buffer.len())
    }

    fn inflate(&mut self) -> Result<(), DecodeError> {
        let rest = self.deflated.get(self.stream.total_in() as usize..).unwrap_or_default();
        self.at = 0;
        self.buffer.clear();
        let status = self.stream.decompress_vec(rest, &mut self.buffer, FlushDecompress::Finish);
        match status.map_err(|error| DecodeError::Damaged(error.to_string()))? {
            Status::StreamEnd if self.stream.total_in() == self.deflated.len() as u64 => self.ended = true,
            Status::StreamEnd => return Err(DecodeError::Trailing),
            _ if self.buffer.is_empty() => return Err(DecodeError::Truncated),
            _ => {}
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        let byte = if self.is_at_end()? { None } else { self.buffer.get(self.at).copied() };
        self.at += 1;
        byte.ok_or(DecodeError::Truncated)
    }

    /// What [`Packed::word`] wrote.
    pub(super) fn word(&mut self) -> Result<String, DecodeError> {
        let length = self.number()?;
        if length > LONGEST_WORD {
            return Err(DecodeError::LongWord);
        }
        let bytes = (0..length).map(|_| self.byte()).collect::<Result<Vec<u8>, DecodeError>>()?;
        String::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)
    }

    pub(super) fn number(&mut self) -> Result<u64, DecodeError> {
        let (mut value, mut shift) = (0_u64, 0);
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift > 63 || (bits << shift) >> shift != bits {
                return Err(DecodeError::TooLarge);
            }
            value |= bits << shift;
            if byte == 0 && shift > 0 {
                return Err(DecodeError::Padded);
            }
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// What [`Packed::step`] wrote.
    pub(super) fn step(&mut self) -> Result<i64, DecodeError> {
        let step = self.number()?;
        Ok((step >> 1) as i64 ^ -((step & 1) as i64))
    }

    /// The next number that [`Packed::ascending`] wrote. `least` is the smallest possible one, and `None` after `u64::MAX`.
    pub(super) fn next(&mut self, least: &mut Option<u64>) -> Result<u64, DecodeError> {
        let gap = self.number()?;
        let number = least.and_then(|least| least.checked_add(gap)).ok_or(DecodeError::TooLarge)?;
        *least = number.checked_add(1);
        Ok(number)
    }

    /// `count` numbers that [`Packed::ascending`] wrote.
    pub(super) fn ascending(&mut self, count: usize) -> Result<Vec<u64>, DecodeError> {
        let mut least = Some(0);
        (0..count).map(|_| self.next(&mut least)).collect()
    }
}

/// The text for any bytes, whether they are numbers or not.
#[cfg(test)]
pub(super) fn packed(bytes: &[u8]) -> String {
    STANDARD.encode(deflate(bytes))
}
