//! The addresses of Atlassian's own hosts: fixed, except for tests.

use crate::{client::transport::is_loopback, protocol::Failure};

/// The gateway to all sites, and the host that issues tokens, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    pub api: String,
    pub auth: String,
}

impl Hosts {
    /// The real addresses, unless `ATLASSIAN_API_URL` or `ATLASSIAN_AUTH_URL` is set: to https, or to http on this machine.
    pub fn from_environment() -> Result<Self, Failure> {
        Self::with(|name| std::env::var(name).ok())
    }

    fn with(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let host = |name: &str, usual: &str| {
            match lookup(name).filter(|value| !value.trim().is_empty()) {
            None => Ok(usual.to_owned()),
            Some(value) => accepted(&value).ok_or_else(|| {
                Failure::config(format!(
                    "The environment variable {name} must be an https:// address, or http:// with 127.0.0.1 or localhost. \
                     Correct it, or remove it to use {usual}."
                ))
            }),
        }
        };
        Ok(Self {
            api: host("ATLASSIAN_API_URL", "https://api.atlassian.com")?,
            auth: host("ATLASSIAN_AUTH_URL", "https://auth.atlassian.com")?,
        })
    }

    /// The address of a site at the gateway.
    pub fn gateway(&self, cloud_id: &str) -> String {
        format!("{}/ex/jira/{cloud_id}", self.api)
    }
}

fn accepted(value: &str) -> Option<String> {
    let url = reqwest::Url::parse(value.trim()).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let good =
        plain && url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url.as_str())));
    good.then(|| url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_https_or_on_this_machine() {
        let usual = Hosts::with(|_| None).unwrap();
        assert_eq!(usual.gateway("id"), "https://api.atlassian.com/ex/jira/id");
        assert_eq!(Hosts::with(|_| Some(" ".into())).unwrap(), usual);
        for (value, expected) in [
            ("http://127.0.0.1:80/", Some("http://127.0.0.1")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("https://proxy.example.com/atlassian/", Some("https://proxy.example.com/atlassian")),
            ("http://proxy.example.com", None),
            ("https://user:secret@example.com", None),
            ("ftp://127.0.0.1", None),
            ("example.com", None),
        ] {
            let hosts = Hosts::with(|name| (name == "ATLASSIAN_AUTH_URL").then(|| value.to_owned()));
            assert_eq!(hosts.ok().map(|hosts| hosts.auth).as_deref(), expected, "{value}");
        }
    }
}
