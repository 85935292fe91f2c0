//! The proxy between the connector and a host, for messages. reqwest selects it by the same environment variables.

use super::is_loopback;

/// `the proxy proxy.example.com:3128 (HTTPS_PROXY)`, if requests to this address go through one.
pub(super) fn of(base: &str) -> Option<String> {
    if is_loopback(base) {
        return None;
    }
    with(base, |name| std::env::var(name).ok())
}

fn with(base: &str, lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
    let (scheme, rest) = base.split_once("://")?;
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let own = format!("{scheme}_proxy");
    let names = [own.to_uppercase(), own, "ALL_PROXY".to_owned(), "all_proxy".to_owned()];
    let (name, value) = names.iter().find_map(|name| set(name).map(|value| (name, value)))?;
    let exceptions = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default();
    let is_exempt = exceptions.split(',').map(str::trim).any(|entry| {
        let entry = entry.trim_start_matches('.');
        !entry.is_empty() && (entry == "*" || host == entry || host.ends_with(&format!(".{entry}")))
    });
    // Anything before the host may be a password.
    let address = value.rsplit('@').next().unwrap_or_default();
    let address = address.split_once("://").map_or(address, |(_, rest)| rest).trim_end_matches('/');
    (!is_exempt).then(|| format!("the proxy {address} ({name})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_named_without_its_password() {
        let environment = |pairs: &'static [(&'static str, &'static str)]| {
            move |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let https = "https://acme.atlassian.net";
        for (pairs, base, expected) in [
            (&[][..], https, None),
            (&[("HTTPS_PROXY", "http://joe:hush@proxy:3128/")], https, Some("the proxy proxy:3128 (HTTPS_PROXY)")),
            (&[("https_proxy", "proxy:3128")], https, Some("the proxy proxy:3128 (https_proxy)")),
            (&[("ALL_PROXY", "socks5://proxy")], https, Some("the proxy proxy (ALL_PROXY)")),
            (&[("HTTP_PROXY", "http://proxy")], https, None),
            (&[("HTTPS_PROXY", "http://proxy"), ("NO_PROXY", "localhost, .atlassian.net")], https, None),
            (&[("HTTPS_PROXY", " ")], https, None),
        ] {
            assert_eq!(with(base, environment(pairs)).as_deref(), expected, "{pairs:?}");
        }
    }
}
