//! The Airbyte protocol: RECORD, STATE, LOG, TRACE and CONTROL, one JSON line each.

use super::encoder::{Encoder, Record};
use crate::protocol::{Message, state::StateMessage};
use serde_json::Value;
use std::io::Write as _;

pub(super) struct Airbyte;

impl Encoder for Airbyte {
    fn record(&mut self, record: Record<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"type\":\"RECORD\",\"record\":{\"stream\":\"");
        out.extend_from_slice(record.stream.as_bytes());
        out.extend_from_slice(b"\",\"data\":");
        (record.write)(out);
        // Writing to a Vec cannot fail.
        let _ = writeln!(out, ",\"emitted_at\":{}}}}}", record.emitted_at);
    }

    fn state(&mut self, stream: &str, state: &Value, records: u64, out: &mut Vec<u8>) {
        self.message(&Message::State { state: StateMessage::new(stream, state.clone(), records) }, out);
    }

    fn message(&mut self, message: &Message, out: &mut Vec<u8>) {
        let begin = out.len();
        match serde_json::to_writer(&mut *out, message) {
            Ok(()) => out.push(b'\n'),
            // Half a line would break the protocol.
            Err(_) => out.truncate(begin),
        }
    }

    fn distinguishes_states(&self) -> bool {
        true
    }

    fn delivers_config(&self) -> bool {
        true
    }
}
