//! Replaces secrets in texts for people.

use std::{borrow::Cow, cmp::Reverse};

/// Secrets, in every form in which a text may hold them.
#[derive(Debug, Default)]
pub struct Redactor(Vec<String>);

impl Redactor {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn add<'a>(&mut self, secrets: impl IntoIterator<Item = &'a str>) {
        // As it is, inside a JSON string, and inside a URL.
        let forms = secrets.into_iter().flat_map(|secret| {
            let quoted = crate::record::splice::quoted(secret);
            [secret.to_owned(), quoted[1..quoted.len() - 1].to_owned(), percent(secret)]
        });
        self.0.extend(forms.filter(|form| !form.is_empty()));
        // The longest first, so that no secret hides another one that contains it.
        self.0.sort_by(|one, other| (Reverse(one.len()), one).cmp(&(Reverse(other.len()), other)));
        self.0.dedup();
    }

    /// The text with `***` in place of each secret.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.0.iter().fold(Cow::Borrowed(text), |text, secret| match text.contains(secret.as_str()) {
            true => Cow::Owned(text.replace(secret.as_str(), "***")),
            false => text,
        })
    }
}

/// A text as a URL has it.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_redacted() {
        let mut secrets = Redactor::new();
        secrets.add(["hush", "hush-hush/\"1\"", ""]);
        for (text, clean) in [
            ("nothing", "nothing"),
            ("a hush b", "a *** b"),
            ("hush-hush/\"1\"", "***"),
            (r#"{"a":"hush-hush/\"1\""}"#, r#"{"a":"***"}"#),
            ("?t=hush-hush%2F%221%22&u", "?t=***&u"),
        ] {
            assert_eq!(secrets.redact(text), clean);
        }
    }
}
