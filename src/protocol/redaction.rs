//! Keeps secrets out of texts for people: one registry for the whole process, as there is one log.
//!
//! A secret registers when it comes into being (`config::Secret`), so no text can be written before it is known. Texts are
//! redacted before they are cut, and before they become part of a message: never finished lines, in which a secret such as
//! `type` would take the protocol apart.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::Value;
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

/// What stands in place of a secret.
const MASK: &str = "***";
/// Shorter values are no secrets; in their place nothing would be readable any more.
const SHORTEST: usize = 4;

/// Every form, the longest first, so that no secret hides another one that contains it.
static REGISTRY: RwLock<BTreeSet<(Reverse<usize>, String)>> = RwLock::new(BTreeSet::new());

/// No text shows this value from now on, in any of its forms.
pub fn register(secret: &str) {
    if secret.chars().count() < SHORTEST {
        return;
    }
    let forms = forms(secret).into_iter().map(|form| (Reverse(form.len()), form));
    REGISTRY.write().unwrap_or_else(PoisonError::into_inner).extend(forms);
}

/// The text with `***` in place of each secret.
pub fn redact(text: &str) -> Cow<'_, str> {
    let registry = REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
    registry.iter().fold(Cow::Borrowed(text), |text, (_, secret)| match text.contains(secret.as_str()) {
        true => Cow::Owned(text.replace(secret.as_str(), MASK)),
        false => text,
    })
}

/// The forms in which a server or a library may repeat a secret: as it is, inside a JSON string, inside a URL, and inside base64,
/// where it may begin at any of three places.
fn forms(secret: &str) -> Vec<String> {
    let quoted = Value::from(secret).to_string();
    let percent = percent(secret);
    let mut forms = vec![secret.to_owned(), quoted[1..quoted.len() - 1].to_owned(), lower_hex(&percent), percent];
    for shift in 0..3 {
        let bytes = [&[0; 2][..shift], secret.as_bytes()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            // The letters that depend on nothing but the secret.
            let whole = (shift * 8).div_ceil(6)..bytes.len() * 8 / 6;
            forms.extend(encoded.get(whole).map(str::to_owned));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// A text as a URL has it.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The same with the digits in lower case, which is as good in a URL.
fn lower_hex(percent: &str) -> String {
    let mut parts = percent.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(2));
        lower.push('%');
        lower.push_str(&digits.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    #[test]
    fn every_form_is_redacted() {
        register("hush-hush/\"1\"");
        register("abc");
        for (text, clean) in [
            ("nothing", "nothing"),
            ("hush-hush/\"1\"", "***"),
            (r#"{"a":"hush-hush/\"1\""}"#, r#"{"a":"***"}"#),
            ("?t=hush-hush%2F%221%22&u", "?t=***&u"),
            ("?t=hush-hush%2f%221%22&u", "?t=***&u"),
            ("too short: abc", "too short: abc"),
        ] {
            assert_eq!(redact(text), clean);
        }
    }

    proptest! {
        /// Wherever a secret of any alphabet stands, in whatever encoding, nothing of it is left but its edges in base64.
        #[test]
        fn no_form_of_any_secret_is_left(
            secret in "[!-~\\u{a1}-\\u{17f}\\u{430}-\\u{44f}\\u{4e00}-\\u{4e20}\\u{1f600}-\\u{1f610}]{8,40}",
            before in "[ -~]{0,9}",
            after in "[ -~]{0,9}",
        ) {
            register(&secret);
            let whole = format!("{before}{secret}{after}");
            for (text, form) in [
                (whole.clone(), secret.clone()),
                (serde_json::to_string(&whole).unwrap(), serde_json::to_string(&secret).unwrap().trim_matches('"').to_owned()),
                (percent(&whole), percent(&secret)),
            ] {
                prop_assert!(!redact(&text).contains(&form), "{text}");
            }
            for encoded in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
                let clean = redact(&encoded);
                let kept: Vec<&str> = clean.split(MASK).collect();
                prop_assert!(kept.len() > 1, "{encoded} became {clean}");
                // Of a few letters at each end, no byte can be told for sure.
                prop_assert!(kept.concat().len() <= (before.len() + after.len()) * 4 / 3 + 8, "{encoded} became {clean}");
            }
        }
    }
}
