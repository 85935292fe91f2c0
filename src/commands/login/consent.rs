//! Parses the answer of the consent page, from the browser or pasted: a code, a refusal or something else.

use super::{callback::Callback, messages, refusals};
use crate::protocol::Failure;
use reqwest::Url;

/// What an answer to this login must match.
pub(super) struct Expected {
    pub callback: Callback,
    pub state: String,
}

/// What a request or a pasted text contains.
pub(super) enum Reading {
    Code(String),
    /// A final refusal; the login ends.
    Refused(Failure),
    /// No answer of the consent page. The text explains this, and the login continues to wait.
    Other(String),
}

impl Expected {
    /// Parses the query of a request to the callback.
    pub(super) fn of_query(&self, query: &str) -> Reading {
        // Only the query matters; the address around it is a placeholder.
        let url = Url::parse(&format!("http://localhost/?{query}"));
        url.map_or_else(
            |_| Reading::Other(messages::not_an_answer(self.callback)),
            |url| self.of_answer(&Answer::of(&url)),
        )
    }

    /// Parses the address that a person pasted from a browser on another machine.
    pub(super) fn of_pasted(&self, text: &str) -> Reading {
        let text = text.trim_matches(|letter: char| letter.is_whitespace() || "\"'<>".contains(letter));
        // Some browsers copy the address without its scheme, as they display it.
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let Some(url) = Url::parse(&whole).ok().filter(|url| text.contains(['/', '?']) && url.has_host()) else {
            return Reading::Other(messages::no_address(self.callback));
        };
        let (answer, differences) = (Answer::of(&url), differences(&url, self.callback));
        if differences.is_empty() {
            return self.of_answer(&answer);
        }
        // The address of the consent page has a state too.
        match answer {
            Answer { code: None, error: None, .. } => Reading::Other(messages::no_answer_in_address(self.callback)),
            _ => Reading::Refused(refusals::other_callback(&without_query(&url), &differences, self.callback)),
        }
    }

    fn of_answer(&self, answer: &Answer) -> Reading {
        match answer {
            Answer { code: None, error: None, state: None, .. } => {
                Reading::Other(messages::not_an_answer(self.callback))
            }
            // Any web page can send such a request, so it must not end the login.
            Answer { state, .. } if state.as_deref() != Some(&self.state) => Reading::Other(messages::other_login()),
            Answer { error: Some(error), description, .. } => {
                Reading::Refused(refusals::denied(error, description.as_deref().unwrap_or_default(), self.callback))
            }
            Answer { code: Some(code), .. } => Reading::Code(code.clone()),
            _ => Reading::Refused(refusals::no_code()),
        }
    }
}

/// The parameters that the consent page adds to the callback. (RFC 6749, section 4.1.2.)
struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Answer {
    fn of(url: &Url) -> Self {
        let find = |wanted: &str| {
            let found = url.query_pairs().find(|(name, value)| name == wanted && !value.is_empty());
            found.map(|(_, value)| value.into_owned())
        };
        Self { code: find("code"), state: find("state"), error: find("error"), description: find("error_description") }
    }
}

/// How an address differs from the callback URL.
fn differences(url: &Url, callback: Callback) -> Vec<String> {
    let mut found = Vec::new();
    if url.scheme() != "http" {
        found.push(format!("the scheme is {} instead of http", url.scheme()));
    }
    let host = url.host_str().unwrap_or_default();
    if host != "localhost" {
        found.push(format!("the host is {host} instead of localhost"));
    }
    if url.port_or_known_default() != Some(callback.port) {
        let port = url.port_or_known_default().map_or("missing".to_owned(), |port| port.to_string());
        found.push(format!("the port is {port} instead of {}", callback.port));
    }
    match url.path() {
        Callback::PATH => {}
        path if path.trim_end_matches('/') == Callback::PATH => found.push("the path ends with a slash".to_owned()),
        path => found.push(format!("the path is {path} instead of {}", Callback::PATH)),
    }
    found
}

/// An address without its query, which holds the code.
fn without_query(url: &Url) -> String {
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected { callback: Callback::at(8711), state: "s1+/=".into() }
    }

    fn summary(reading: Reading) -> String {
        match reading {
            Reading::Code(code) => format!("code {code}"),
            Reading::Refused(failure) => format!("refused {failure}"),
            Reading::Other(text) => format!("other {text}"),
        }
    }

    #[test]
    fn a_query_has_a_code_or_the_reason_for_none() {
        for (query, wanted) in [
            ("code=a%2Bb.c&state=s1%2B%2F%3D", "code a+b.c"),
            ("state=s1%2B%2F%3D&code=a", "code a"),
            ("code=a&state=s2", "other The answer belongs to another login"),
            ("code=a", "other The answer belongs to another login"),
            ("code=a&state=", "other The answer belongs to another login"),
            // Without the state it is no answer, not even a refusal.
            ("error=access_denied", "other The answer belongs to another login"),
            ("error=access_denied&state=s1%2B%2F%3D", "refused The consent was denied"),
            ("error=invalid_scope&state=s1%2B%2F%3D", "refused Atlassian's consent page refused the scopes"),
            ("error=server_error&state=s1%2B%2F%3D", "refused Atlassian's consent page failed"),
            (
                "error=odd&error_description=%1b%5B2Jwhy&state=s1%2B%2F%3D",
                "refused Atlassian's consent page returned an error: \"odd: [2Jwhy\"",
            ),
            ("code=&state=s1%2B%2F%3D", "refused Atlassian's consent page returned neither a code"),
            ("", "other "),
            ("x=y", "other "),
            ("%", "other "),
        ] {
            let found = summary(expected().of_query(query));
            assert!(found.starts_with(wanted), "{query}: {found}");
        }
    }

    #[test]
    fn pasted_addresses_are_parsed_in_every_form_that_browsers_copy() {
        for text in [
            "http://localhost:8711/callback?code=a&state=s1%2B%2F%3D",
            "  \"http://localhost:8711/callback?code=a&state=s1%2B%2F%3D\" \r",
            "<http://localhost:8711/callback?state=s1%2B%2F%3D&code=a#_=_>",
            "localhost:8711/callback?code=a&state=s1%2B%2F%3D",
            "HTTP://LOCALHOST:8711/callback?code=a&state=s1%2B%2F%3D",
        ] {
            assert_eq!(summary(expected().of_pasted(text)), "code a", "{text}");
        }
    }

    #[test]
    fn the_parts_of_another_callback_are_named_without_the_code() {
        for (address, wanted) in [
            ("https://localhost:8711/callback", "the scheme is https instead of http"),
            ("http://127.0.0.1:8711/callback", "the host is 127.0.0.1 instead of localhost"),
            ("http://localhost:8712/callback", "the port is 8712 instead of 8711"),
            ("http://localhost/callback", "the port is 80 instead of 8711"),
            ("http://localhost:8711/callback/", "the path ends with a slash"),
            ("http://localhost:8711/", "the path is / instead of /callback"),
            ("https://acme.example/oauth", "the host is acme.example instead of localhost; the port is 443"),
        ] {
            let found = summary(expected().of_pasted(&format!("{address}?code=hush&state=s1%2B%2F%3D")));
            assert!(found.starts_with("refused ") && found.contains(wanted), "{address}: {found}");
            assert!(found.contains(address) && !found.contains("hush"), "{address}: {found}");
        }
    }

    #[test]
    fn other_texts_do_not_end_the_login() {
        for text in [
            "hello",
            "y",
            "http://",
            "a code: eyJ0",
            "https://acme.atlassian.net/jira",
            "https://auth.atlassian.com/authorize?client_id=c&state=s1%2B%2F%3D",
            "http://localhost:8711/callback",
        ] {
            let found = summary(expected().of_pasted(text));
            assert!(found.starts_with("other "), "{text}: {found}");
        }
    }
}
