//! Timestamps: in Jira's notation outside, as epoch milliseconds (UTC) inside.

use chrono::{DateTime, SecondsFormat, Utc};

/// The first and the last millisecond of the years 0000 to 9999: years have four digits.
const FIRST: i64 = -62_167_219_200_000;
const LAST: i64 = 253_402_300_799_999;

/// Epoch milliseconds of a timestamp in any form seen from Jira or in an Airbyte state:
/// `2026-06-29T23:50:00.000+0000`, without a fraction, with `Z` or `+00:00`. `None` for anything else.
pub fn parse(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|time| time.timestamp_millis())
        .ok()
        .filter(|millis| (FIRST..=LAST).contains(millis))
}

/// A timestamp in Jira's form, in UTC: `2026-06-29T23:50:00.000+0000`. [`parse`] always reads it.
pub fn format(millis: i64) -> String {
    utc(millis).format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// As [`format`], with the milliseconds cut off.
pub fn to_second(millis: i64) -> String {
    utc(millis).format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// A timestamp for people, in UTC to the second: `2026-06-29T23:50:00Z`.
pub fn short(millis: i64) -> String {
    utc(millis).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The nearest time that can be written.
fn utc(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis.clamp(FIRST, LAST)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000;

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

    #[test]
    fn years_have_four_digits() {
        for (text, millis) in [("0000-01-01T00:00:00.000+0000", FIRST), ("9999-12-31T23:59:59.999+0000", LAST)] {
            assert_eq!((parse(text), format(millis).as_str()), (Some(millis), text));
            assert_eq!(parse(&text.replace("+0000", if millis == LAST { "-0100" } else { "+0100" })), None);
        }
        assert_eq!(parse("+10000-01-01T00:00:00.000+0000"), None);
        assert_eq!((format(i64::MIN), format(i64::MAX)), (format(FIRST), format(LAST)));
        assert_eq!((short(i64::MIN), short(i64::MAX)), (short(FIRST), short(LAST)));
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(millis in FIRST..=LAST) {
            prop_assert_eq!(parse(&format(millis)), Some(millis));
            prop_assert_eq!(parse(&short(millis)), Some(millis.div_euclid(1000) * 1000));
        }

        /// Jira writes times in the zone of the account: every offset there is, to the quarter of an hour.
        #[test]
        fn one_moment_is_the_same_in_every_zone(
            millis in FIRST + DAY..LAST - DAY,
            quarters in -12 * 4..=14 * 4,
            style in 0usize..4,
        ) {
            let offset = chrono::FixedOffset::east_opt(quarters * 15 * 60).unwrap();
            let local = DateTime::from_timestamp_millis(millis).unwrap().with_timezone(&offset);
            let (form, kept) = [
                ("%Y-%m-%dT%H:%M:%S%.3f%z", 1),
                ("%Y-%m-%dT%H:%M:%S%.6f%:z", 1),
                ("%Y-%m-%dT%H:%M:%S%z", 1000),
                ("%Y-%m-%dT%H:%M:%S%:z", 1000),
            ][style];
            prop_assert_eq!(parse(&local.format(form).to_string()), Some(millis.div_euclid(kept) * kept));
        }

        #[test]
        fn any_text_is_a_moment_that_can_be_written_or_none(text in "\\PC*|[-+]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,12})?(Z|[-+][0-9]{2}:?[0-9]{2})") {
            if let Some(millis) = parse(&text) {
                prop_assert_eq!(parse(&format(millis)), Some(millis));
            }
        }
    }
}
