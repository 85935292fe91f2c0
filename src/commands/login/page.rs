//! The small pages that the browser gets to see.

use super::consent::{Callback, Reading};

/// An answer of the loopback listener.
pub struct Page {
    status: &'static str,
    title: &'static str,
    text: String,
}

impl Page {
    /// What became of the consent, as far as its answer tells.
    pub fn of(reading: &Reading) -> Self {
        match reading {
            Reading::Code(_) => Self {
                status: "200 OK",
                title: "Consent received",
                text: "Your consent has arrived. The terminal shows how it goes on; you may close this window."
                    .to_owned(),
            },
            Reading::Refused(failure) => Self {
                status: "400 Bad Request",
                title: "Not signed in",
                text: format!("{failure} You may close this window."),
            },
            Reading::Other(text) => Self { status: "400 Bad Request", title: "Not signed in", text: text.clone() },
        }
    }

    pub fn not_found(callback: Callback) -> Self {
        let text = format!(
            "Nothing is here. Consents are received at {}; in the developer console register exactly that callback URL.",
            callback.url()
        );
        Self { status: "404 Not Found", title: "Not found", text }
    }

    /// For what is no request that a browser sends after a consent.
    pub fn unusable(status: &'static str) -> Self {
        Self { status, title: "Not understood", text: "This request was not understood.".to_owned() }
    }

    /// The whole response.
    pub fn bytes(&self) -> Vec<u8> {
        let body = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>source-jira: {0}</title></head>\n\
             <body><h1>{0}</h1><p>{1}</p></body></html>\n",
            self.title,
            escaped(&self.text)
        );
        // The address holds the code: it must be neither kept nor handed on.
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
    fn what_others_wrote_is_shown_as_text() {
        let page = Page::of(&Reading::Refused(Failure::config("<script>alert(\"&\")</script>.")));
        let text = String::from_utf8(page.bytes()).unwrap();
        assert!(text.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"), "{text}");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    }
}
