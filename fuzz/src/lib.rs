//! What the targets share: a reader of JSON that owes nothing to serde, to compare the connector's with.

pub mod json;
pub mod lines;

/// The parts of an input: texts between bytes 0xFF, which stand in no UTF-8.
pub fn texts(data: &[u8]) -> Option<Vec<&str>> {
    data.split(|byte| *byte == 0xFF).map(|part| std::str::from_utf8(part).ok()).collect()
}
