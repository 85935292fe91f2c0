//! The values of the header `Authorization`.

use crate::{
    client::{Error, Kind},
    config::Secret,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::HeaderValue;

/// `Basic`, with an email address and an API token.
pub(crate) fn basic(email: &str, token: &Secret) -> Result<HeaderValue, Error> {
    header(format!("Basic {}", STANDARD.encode(format!("{email}:{}", token.expose()))))
}

/// `Bearer`, one space, and the token. Jira refuses other spellings (reported by users).
pub(crate) fn bearer(token: &Secret) -> Result<HeaderValue, Error> {
    header(format!("Bearer {}", token.expose()))
}

fn header(text: String) -> Result<HeaderValue, Error> {
    let mut header = HeaderValue::from_str(&text).map_err(|_| {
        Error::new(Kind::Unauthorized, "authentication", "the token contains characters that are invalid in a header")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_invalid_in_a_header_is_refused_without_being_shown() {
        let error = bearer(&Secret::new("hush\u{7f}ed")).unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}
