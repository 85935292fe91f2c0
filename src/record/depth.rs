//! How deeply a record is nested.

/// What readers of JSON usually take: DuckDB and Python give up at 1,000, others at 512.
const MOST: usize = 500;
/// The bytes of brackets that are nested that deeply.
const SHORTEST: usize = 2 * (MOST + 1);

/// Whether objects and lists of a text in JSON lie more than 500 deep in each other, so that readers may refuse it.
pub fn is_deep(json: &[u8]) -> bool {
    // Most records have fewer brackets in all, those in texts included.
    json.len() >= SHORTEST && memchr::memchr2_iter(b'{', b'[', json).nth(MOST).is_some() && depth_exceeds(json)
}

fn depth_exceeds(json: &[u8]) -> bool {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at += end_of_text(&json[at..]),
            _ => {}
        }
        if depth > MOST {
            return true;
        }
    }
    false
}

/// The bytes up to the end of a text, its quotation mark included.
fn end_of_text(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = memchr::memchr2(b'"', b'\\', &text[at.min(text.len())..]) {
        at += next + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        // Whatever is escaped.
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize, inner: &str) -> String {
        format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn only_brackets_outside_texts_count() {
        assert!(!is_deep(nested(500, "").as_bytes()));
        assert!(is_deep(nested(501, "").as_bytes()));
        assert!(is_deep(format!("{{\"a\":\"]]\\\"]\",\"b\":{}}}", nested(500, "1")).as_bytes()));
        assert!(!is_deep(format!("{{\"a\":\"{}\\\\\"}}", "{[".repeat(600)).as_bytes()));
        let wide = format!("[{}{{}}]", "[{\"a\":[]}],".repeat(600));
        assert!(!is_deep(wide.as_bytes()));
        assert!(!is_deep("\"\\".repeat(700).as_bytes()), "cut off in a text");
    }
}
