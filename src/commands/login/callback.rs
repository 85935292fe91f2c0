//! The callback URL, to which the consent page redirects the browser.

/// The callback URL. The token endpoint compares it with that of the consent. (RFC 6749, section 4.1.3.)
#[derive(Clone, Copy, Debug)]
pub(super) struct Callback {
    pub port: u16,
}

impl Callback {
    pub(super) const PATH: &'static str = "/callback";

    pub(super) const fn at(port: u16) -> Self {
        Self { port }
    }

    pub(super) fn url(self) -> String {
        format!("http://localhost:{}{}", self.port, Self::PATH)
    }
}
