//! The pages that the loopback listener sends to the browser.

use crate::commands::login::{callback::Callback, consent::Reading};

/// A response of the loopback listener.
pub(super) struct Page {
    status: &'static str,
    title: &'static str,
    text: String,
}

impl Page {
    /// The page for an answer of the consent page.
    pub(super) fn of(reading: &Reading) -> Self {
        match reading {
            Reading::Code(_) => Self {
                status: "200 OK",
                title: "Consent received",
                text: "Your consent has arrived. You may close this window; the login continues in the terminal."
                    .to_owned(),
            },
            Reading::Refused(failure) => Self {
                status: "400 Bad Request",
                title: "Login failed",
                text: format!("{failure} You may close this window."),
            },
            Reading::Other(text) => Self { status: "400 Bad Request", title: "No consent", text: text.clone() },
        }
    }

    pub(super) fn not_found(callback: Callback) -> Self {
        let text = format!(
            "There is no page at this address. The callback URL is {}; register exactly this URL in the developer console.",
            callback.url()
        );
        Self { status: "404 Not Found", title: "Not found", text }
    }

    /// For requests that no browser sends after a consent.
    pub(super) fn unusable(status: &'static str) -> Self {
        Self { status, title: "Bad request", text: "The request is not valid.".to_owned() }
    }

    /// The response with its headers.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let body = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>source-jira: {0}</title></head>\n\
             <body><h1>{0}</h1><p>{1}</p></body></html>\n",
            self.title,
            escaped(&self.text)
        );
        // The address contains the code, so it must not be cached or sent on as a referrer.
        format!(
            "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
            self.status,
            body.len()
        )
        .into_bytes()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Failure;

    #[test]
    fn texts_from_outside_are_escaped() {
        let page = Page::of(&Reading::Refused(Failure::config("<script>alert(\"&\")</script>.")));
        let text = String::from_utf8(page.bytes()).unwrap();
        assert!(text.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"), "{text}");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    }
}
