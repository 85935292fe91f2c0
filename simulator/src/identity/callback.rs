//! The callback URL to which the consent page redirects the browser.

/// The registered URL exactly; if none is registered, any `http` URL of the local machine.
pub(super) fn allowed(registered: &str, given: &str) -> bool {
    if registered.is_empty() { loopback(given) } else { registered == given }
}

fn loopback(address: &str) -> bool {
    // A URL must be valid in a Location header and must not have a fragment. (RFC 6749, 3.1.2.)
    if address.contains('#') || !address.chars().all(|letter| letter.is_ascii_graphic()) {
        return false;
    }
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| match authority.strip_prefix(host) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    })
}

/// Adds parameters to the URL.
pub(super) fn with(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut whole = address.to_string();
    for (name, value) in parameters {
        whole.push(if whole.contains('?') { '&' } else { '?' });
        whole.push_str(name);
        whole.push('=');
        whole.push_str(&encode(value));
    }
    whole
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_called_back_unless_an_address_is_registered() {
        for good in ["http://localhost:8711/callback", "http://127.0.0.1/", "http://[::1]:9", "http://localhost?a=b"] {
            assert!(allowed("", good), "{good}");
        }
        for bad in [
            "https://localhost/",
            "http://localhost.example.com/",
            "http://localhost:80@example.com/",
            "http://127.0.0.1:port/",
            "http://localhost/#part",
            "http://localhost/\r\nSet-Cookie: a=b",
            "localhost:8711",
        ] {
            assert!(!allowed("", bad), "{bad}");
        }
        assert!(allowed("https://example.com/back", "https://example.com/back"));
        assert!(!allowed("https://example.com/back", "https://example.com/back/"));
        assert!(!allowed("https://example.com/back", "http://localhost:8711/callback"));
    }

    #[test]
    fn parameters_are_added_and_encoded() {
        assert_eq!(
            with("http://localhost/a", &[("code", "c"), ("state", "x y&z=ü")]),
            "http://localhost/a?code=c&state=x%20y%26z%3D%C3%BC"
        );
        assert_eq!(with("http://localhost/a?b=c", &[("code", "d")]), "http://localhost/a?b=c&code=d");
    }
}
