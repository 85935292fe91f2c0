//! Timestamps as Jira writes and reads them, and as epoch milliseconds in between.

use chrono::{DateTime, SecondsFormat, Utc};

/// Epoch milliseconds of a timestamp in any form that Jira or an Airbyte state has been seen with:
/// `2026-06-29T23:50:00.000+0000`, without fraction, with `Z` or `+00:00`.
pub fn parse(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|time| time.timestamp_millis())
        .ok()
}

/// A timestamp in the form that Jira uses, in UTC.
pub fn format(millis: i64) -> String {
    match DateTime::<Utc>::from_timestamp_millis(millis) {
        Some(time) => time.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string(),
        None => millis.to_string(),
    }
}

/// A timestamp for people: to the second, in UTC.
pub fn short(millis: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(millis)
        .map_or_else(|| millis.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_form_seen() {
        for text in [
            "2026-06-29T23:50:00.000+0000",
            "2026-06-29T23:50:00+0000",
            "2026-06-30T01:50:00.000+0200",
            "2026-06-29T23:50:00Z",
            "2026-06-29T16:50:00.000000-07:00",
        ] {
            assert_eq!(parse(text), Some(1_782_777_000_000), "{text}");
        }
        assert_eq!(parse("2026-06-29"), None);
        assert_eq!(parse(""), None);
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(millis in -2_000_000_000_000i64..20_000_000_000_000) {
            prop_assert_eq!(parse(&format(millis)), Some(millis));
        }
    }
}
