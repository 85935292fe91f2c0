//! How long to wait, from the headers of a refusal.
//!
//! Jira's rate limiting page names `Retry-After` (seconds) and `X-RateLimit-Reset` (an ISO time, with or without seconds), the
//! latter also with the prefix `Beta-`. A 429 with none of them has been seen, too.

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::header::HeaderMap;
use std::time::Duration;

/// The wait that the headers name. `now` is the time of the reply, by the clock of the server.
pub(crate) fn wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let named = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(wait) = named("retry-after").and_then(|text| seconds(text).or_else(|| until(text, now))) {
        return Some(wait);
    }
    ["x-ratelimit-reset", "beta-ratelimit-reset", "beta-x-ratelimit-reset", "ratelimit-reset"]
        .iter()
        .filter_map(|name| named(name))
        .find_map(|text| until(text, now).or_else(|| seconds(text)))
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    // An epoch time instead of a number of seconds would mean a wait of decades.
    (0.0..=86_400.0 * 2.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

fn until(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .map(|time| time.with_timezone(&Utc))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").map(|time| time.and_utc()))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z").map(|time| time.with_timezone(&Utc)))
        .ok()?;
    Some((time - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    #[test]
    fn reads_every_variant() {
        let now = DateTime::parse_from_rfc3339("2026-11-01T10:00:00Z").unwrap().with_timezone(&Utc);
        for (name, value, expected) in [
            ("retry-after", "7", Some(7.0)),
            ("retry-after", "1.5", Some(1.5)),
            ("retry-after", "Sun, 01 Nov 2026 10:00:30 GMT", Some(30.0)),
            ("x-ratelimit-reset", "2026-11-01T10:01Z", Some(60.0)),
            ("x-ratelimit-reset", "2026-11-01T10:01:05Z", Some(65.0)),
            ("x-ratelimit-reset", "2026-11-01T09:00:00Z", Some(0.0)),
            ("beta-ratelimit-reset", "2026-11-01T11:01+01:00", Some(60.0)),
            ("ratelimit-reset", "12", Some(12.0)),
            ("x-ratelimit-reset", "1793527200", None),
            ("retry-after", "soon", None),
            ("x-other", "3", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(wait(&headers, now).map(|wait| wait.as_secs_f64()), expected, "{name}: {value}");
        }
    }
}
