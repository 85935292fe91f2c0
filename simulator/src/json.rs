//! Writes JSON text straight into a string, commas included.
//!
//! Pages of a hundred issues are megabytes; building a tree of values first would make the simulator the
//! slowest part of whatever is being measured.

use std::fmt::Write;

/// JSON under construction.
#[derive(Default)]
pub(crate) struct Json {
    text: String,
    /// A value was written at this level, so the next one needs a comma.
    comma: bool,
    /// A key was just written: its value follows without a comma.
    keyed: bool,
}

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn before_value(&mut self) {
        if self.keyed {
            self.keyed = false;
        } else if self.comma {
            self.text.push(',');
        }
        self.comma = true;
    }

    fn open(&mut self, bracket: char) {
        self.before_value();
        self.text.push(bracket);
        self.comma = false;
    }

    fn close(&mut self, bracket: char) {
        self.text.push(bracket);
        self.comma = true;
    }

    pub(crate) fn object(&mut self, inside: impl FnOnce(&mut Self)) {
        self.open('{');
        inside(self);
        self.close('}');
    }

    pub(crate) fn array(&mut self, inside: impl FnOnce(&mut Self)) {
        self.open('[');
        inside(self);
        self.close(']');
    }

    /// Writes a key.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        if self.comma {
            self.text.push(',');
        }
        self.comma = true;
        self.keyed = true;
        self.text.push('"');
        escape(&mut self.text, name);
        self.text.push_str("\":");
        self
    }

    /// Text that is JSON already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.before_value();
        self.text.push_str(json);
    }

    pub(crate) fn null(&mut self) {
        self.raw("null");
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub(crate) fn number(&mut self, value: i64) {
        self.before_value();
        // Writing into a String can't fail.
        let _ = write!(self.text, "{value}");
    }

    pub(crate) fn string(&mut self, value: &str) {
        self.before_value();
        self.text.push('"');
        escape(&mut self.text, value);
        self.text.push('"');
    }

    /// A string put together by `format_args!`, of characters that need no escaping.
    pub(crate) fn plain(&mut self, value: std::fmt::Arguments<'_>) {
        self.before_value();
        self.text.push('"');
        let _ = self.text.write_fmt(value);
        self.text.push('"');
    }

    /// A string whose content `inside` writes; it must not need escaping.
    pub(crate) fn quoted(&mut self, inside: impl FnOnce(&mut String)) {
        self.before_value();
        self.text.push('"');
        inside(&mut self.text);
        self.text.push('"');
    }
}

/// Escapes what JSON requires and nothing else: U+2028 and friends stay raw, as Jira sends them.
pub(crate) fn escape(out: &mut String, value: &str) {
    let mut clean_from = 0;
    for (at, byte) in value.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&value[clean_from..at]);
        clean_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            other => {
                let _ = write!(out, "\\u{other:04x}");
            }
        }
    }
    out.push_str(&value[clean_from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_commas_and_escapes() {
        let mut json = Json::default();
        json.object(|json| {
            json.key("a").array(|json| {
                json.number(1);
                json.string("q\" b\\ n\0 \u{2028}");
                json.object(|_| {});
            });
            json.key("b").null();
        });
        assert_eq!(json.finish(), "{\"a\":[1,\"q\\\" b\\\\ n\\u0000 \u{2028}\",{}],\"b\":null}");
    }
}
