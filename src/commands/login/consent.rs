//! What comes back from the consent page, by the browser or pasted: a code, a refusal, or something else altogether.

use super::{refusals, words};
use crate::protocol::Failure;
use reqwest::Url;

/// Where the browser comes back to. The token endpoint wants to hear the very same address again.
#[derive(Clone, Copy, Debug)]
pub struct Callback {
    pub port: u16,
}

impl Callback {
    pub const PATH: &'static str = "/callback";

    pub const fn at(port: u16) -> Self {
        Self { port }
    }

    pub fn url(self) -> String {
        format!("http://localhost:{}{}", self.port, Self::PATH)
    }
}

/// The answer that this login waits for.
pub struct Expected {
    pub callback: Callback,
    pub state: String,
}

/// What a request or a pasted text amounts to.
pub enum Reading {
    Code(String),
    /// The consent came to nothing; waiting on would not help.
    Refused(Failure),
    /// No answer of the consent page: worth a word, and waiting on.
    Other(String),
}

impl Expected {
    /// What the query of a request to the callback says.
    pub fn of_query(&self, query: &str) -> Reading {
        // Only the query counts here, so any address will do to carry it.
        let url = Url::parse(&format!("http://localhost/?{query}"));
        url.map_or_else(
            |_| Reading::Other(words::not_an_answer(self.callback)),
            |url| self.of_answer(&Answer::of(&url)),
        )
    }

    /// What a person brought from a browser on another machine.
    pub fn of_pasted(&self, text: &str) -> Reading {
        let text = text.trim_matches(|letter: char| letter.is_whitespace() || "\"'<>".contains(letter));
        // Browsers hide the scheme, and some copy what they show.
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let Some(url) = Url::parse(&whole).ok().filter(|url| text.contains(['/', '?']) && url.has_host()) else {
            return Reading::Other(words::no_address(self.callback));
        };
        let (answer, differences) = (Answer::of(&url), differences(&url, self.callback));
        if differences.is_empty() {
            return self.of_answer(&answer);
        }
        // The consent page's own address has a state, too.
        match answer {
            Answer { code: None, error: None, .. } => Reading::Other(words::no_answer_in_address(self.callback)),
            _ => Reading::Refused(refusals::other_callback(&shown(&url), &differences, self.callback)),
        }
    }

    fn of_answer(&self, answer: &Answer) -> Reading {
        match answer {
            Answer { code: None, error: None, state: None, .. } => Reading::Other(words::not_an_answer(self.callback)),
            Answer { state, .. } if state.as_deref() != Some(&self.state) => Reading::Refused(refusals::other_login()),
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

/// In what an address is not the callback, each as the rest of "the … ".
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

/// An address without what nobody else should see: the code is in its query.
fn shown(url: &Url) -> String {
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected { callback: Callback::at(8711), state: "s1+/=".into() }
    }

    fn told(reading: Reading) -> String {
        match reading {
            Reading::Code(code) => format!("code {code}"),
            Reading::Refused(failure) => format!("refused {failure}"),
            Reading::Other(text) => format!("other {text}"),
        }
    }

    #[test]
    fn a_query_is_a_code_or_says_why_not() {
        for (query, wanted) in [
            ("code=a%2Bb.c&state=s1%2B%2F%3D", "code a+b.c"),
            ("state=s1%2B%2F%3D&code=a", "code a"),
            ("code=a&state=s2", "refused This answer belongs to another login"),
            ("code=a", "refused This answer belongs to another login"),
            ("code=a&state=", "refused This answer belongs to another login"),
            // Whoever sends an answer must know the state, a refusal too.
            ("error=access_denied", "refused This answer belongs to another login"),
            ("error=access_denied&state=s1%2B%2F%3D", "refused The consent was denied"),
            ("error=invalid_scope&state=s1%2B%2F%3D", "refused Atlassian's consent page refused the scopes"),
            ("error=server_error&state=s1%2B%2F%3D", "refused Atlassian's consent page failed"),
            (
                "error=odd&error_description=%1b%5B2Jwhy&state=s1%2B%2F%3D",
                "refused Atlassian's consent page answered \"odd: [2Jwhy\"",
            ),
            ("code=&state=s1%2B%2F%3D", "refused Atlassian's consent page sent the browser back without a code"),
            ("", "other "),
            ("x=y", "other "),
            ("%", "other "),
        ] {
            let told = told(expected().of_query(query));
            assert!(told.starts_with(wanted), "{query}: {told}");
        }
    }

    #[test]
    fn a_pasted_address_is_taken_in_the_forms_that_browsers_copy() {
        for text in [
            "http://localhost:8711/callback?code=a&state=s1%2B%2F%3D",
            "  \"http://localhost:8711/callback?code=a&state=s1%2B%2F%3D\" \r",
            "<http://localhost:8711/callback?state=s1%2B%2F%3D&code=a#_=_>",
            "localhost:8711/callback?code=a&state=s1%2B%2F%3D",
            "HTTP://LOCALHOST:8711/callback?code=a&state=s1%2B%2F%3D",
        ] {
            assert_eq!(told(expected().of_pasted(text)), "code a", "{text}");
        }
    }

    #[test]
    fn another_callback_is_told_part_by_part_and_without_the_code() {
        for (address, wanted) in [
            ("https://localhost:8711/callback", "the scheme is https instead of http"),
            ("http://127.0.0.1:8711/callback", "the host is 127.0.0.1 instead of localhost"),
            ("http://localhost:8712/callback", "the port is 8712 instead of 8711"),
            ("http://localhost/callback", "the port is 80 instead of 8711"),
            ("http://localhost:8711/callback/", "the path ends with a slash"),
            ("http://localhost:8711/", "the path is / instead of /callback"),
            ("https://acme.example/oauth", "the host is acme.example instead of localhost; the port is 443"),
        ] {
            let told = told(expected().of_pasted(&format!("{address}?code=hush&state=s1%2B%2F%3D")));
            assert!(told.starts_with("refused ") && told.contains(wanted), "{address}: {told}");
            assert!(told.contains(address) && !told.contains("hush"), "{address}: {told}");
        }
    }

    #[test]
    fn what_is_no_answer_is_waited_over() {
        for text in [
            "hello",
            "y",
            "http://",
            "a code: eyJ0",
            "https://acme.atlassian.net/jira",
            "https://auth.atlassian.com/authorize?client_id=c&state=s1%2B%2F%3D",
            "http://localhost:8711/callback",
        ] {
            let told = told(expected().of_pasted(text));
            assert!(told.starts_with("other "), "{text}: {told}");
        }
    }
}
