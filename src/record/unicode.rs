//! Makes a reply readable for strict readers: what is no Unicode text, and what some of them take for a line break.

use std::borrow::Cow;

/// A body that every JSON reader takes, and how many halves of surrogate pairs were replaced in it.
///
/// Jira cuts texts in the middle of a character, so that half of a surrogate pair stays, as `\ud83d`: JSON by its grammar, but no
/// text (RFC 8259, 8.2). Strict readers refuse the line; here it becomes U+FFFD. Line separators inside a text are escaped,
/// because readers that split output by Unicode's rules (Python's `splitlines`) would cut the line there.
pub fn readable(body: &str) -> (Cow<'_, str>, u64) {
    let occurs = |needle: &[u8]| memchr::memmem::find(body.as_bytes(), needle).is_some();
    let may_need =
        occurs(b"\\ud") || occurs(b"\\uD") || occurs(b"\xe2\x80\xa8") || occurs(b"\xe2\x80\xa9") || occurs(b"\xc2\x85");
    if !may_need {
        return (Cow::Borrowed(body), 0);
    }
    let (mut out, mut replaced, mut rest) = (String::with_capacity(body.len() + 64), 0, body);
    while let Some(at) = rest.find(['\\', '\u{2028}', '\u{2029}', '\u{85}']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (written, length) = match rest.as_bytes().first() {
            Some(b'\\') => escape(rest, &mut replaced),
            _ => separator(rest),
        };
        out.push_str(&written);
        rest = &rest[length..];
    }
    out.push_str(rest);
    (Cow::Owned(out), replaced)
}

/// What to write for the escape at the start of `text`, and how many bytes it stands for.
fn escape<'a>(text: &'a str, replaced: &mut u64) -> (Cow<'a, str>, usize) {
    // An escape that is cut off is for the parser to refuse.
    let whole = |length: usize| (Cow::Borrowed(text.get(..length).unwrap_or(text)), length.min(text.len()));
    match (unit(text), unit(text.get(6..).unwrap_or_default())) {
        (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => whole(12),
        (Some(0xd800..0xe000), _) => {
            *replaced += 1;
            (Cow::Borrowed("\\ufffd"), 6)
        }
        (Some(_), _) => whole(6),
        // `\"`, `\\`, `\n` and so on: two bytes, unless what follows is no ASCII, which no escape has.
        (None, _) => whole(1 + text[1..].chars().next().map_or(0, char::len_utf8)),
    }
}

/// The code unit of an escape `\uXXXX` at the start of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

fn separator(text: &str) -> (Cow<'_, str>, usize) {
    let letter = text.chars().next().unwrap_or_default();
    (Cow::Owned(format!("\\u{:04x}", u32::from(letter))), letter.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_are_replaced_and_pairs_stay() {
        for (body, expected, count) in [
            (r#"{"a":"x\ud83dy"}"#, r#"{"a":"x\ufffdy"}"#, 1),
            (r#"{"a":"\uDE00\uD83D"}"#, r#"{"a":"\ufffd\ufffd"}"#, 2),
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#, 0),
            (r#"{"a":"\ud83d\ud83d\ude00"}"#, r#"{"a":"\ufffd\ud83d\ude00"}"#, 1),
            (r#"{"a":"\\ud83d"}"#, r#"{"a":"\\ud83d"}"#, 0),
            (r#"{"a":"\\\ud83d"}"#, r#"{"a":"\\\ufffd"}"#, 1),
            (r#"{"\ud800":1}"#, r#"{"\ufffd":1}"#, 1),
            (r#"{"a":"\u00e9\"\n\ud8"#, r#"{"a":"\u00e9\"\n\ud8"#, 0),
            ("{\"a\":\"1\u{2028}2\u{2029}3\u{85}4\"}", r#"{"a":"1\u20282\u20293\u00854"}"#, 0),
            ("{\"a\":\"–é\\\"\"}", "{\"a\":\"–é\\\"\"}", 0),
        ] {
            let (text, replaced) = readable(body);
            assert_eq!((text.as_ref(), replaced), (expected, count), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_text_stays_what_it_was(text in any::<String>(), escaped in any::<bool>()) {
            let mut json = serde_json::to_string(&text).unwrap();
            if escaped {
                let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
                json = format!("\"{}\"", units.collect::<String>());
            }
            let (readable, replaced) = readable(&json);
            prop_assert_eq!(serde_json::from_str::<String>(&readable).unwrap(), text);
            prop_assert_eq!(replaced, 0);
        }

        /// Whatever code units come, strict readers take the result, and lenient ones read the same.
        #[test]
        fn any_code_units_become_text(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xd7f0u16..0xe010], 0..40)) {
            let json: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{json}\"");
            let (readable, replaced) = readable(&json);
            let lossy = String::from_utf16_lossy(&units);
            prop_assert_eq!(serde_json::from_str::<String>(&readable).unwrap(), lossy.clone());
            let halves = char::decode_utf16(units.iter().copied()).filter(Result::is_err).count();
            prop_assert_eq!(replaced, halves as u64);
        }

        #[test]
        fn never_panics(body in any::<String>(), noise in "[\\\\ud8c0-9 ]{0,30}") {
            let _ = readable(&body);
            let _ = readable(&noise);
        }
    }
}
