//! Jira's timestamps, read and written by the tests' own arithmetic, so that they do not take the connector's for right.

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// Epoch milliseconds of `2026-06-29T23:50:00.000+0000`, with or without a fraction, with any offset or `Z`.
pub fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let mut date = date.split('-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, offset) = match rest.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let at = rest.rfind(['+', '-'])?;
            let digits = rest[at + 1..].replace(':', "");
            let minutes = number(digits.get(..2)?)? * 60 + number(digits.get(2..4)?)?;
            (&rest[..at], if rest[at..].starts_with('-') { -minutes } else { minutes })
        }
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.split(':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day) && date.next().is_none();
    let is_time = hour < 24 && minute < 60 && second < 60 && clock.next().is_none();
    let millis = number(&format!("{fraction}00")[..3])?;
    let minutes = hour * 60 + minute - offset;
    (is_date && is_time).then(|| days(year, month, day) * DAY + (minutes * 60 + second) * SECOND + millis)
}

/// The timestamp of epoch milliseconds in Jira's form, in UTC.
pub fn format(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
    let (seconds, millis) = (rest / SECOND, rest % SECOND);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}+0000")
}

fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let since_march = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + since_march - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    // The last year and month that begin no later; the first guess is never too late.
    let mut year = 1970 + days.div_euclid(366).min(days.div_euclid(365));
    while self::days(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| self::days(year, *month, 1) <= days).unwrap_or(1);
    (year, month, days - self::days(year, month, 1) + 1)
}

#[test]
fn timestamps_are_read_in_every_form_and_written_in_one() {
    for text in ["2026-06-29T23:50:00.000+0000", "2026-06-30T01:50:00+02:00", "2026-06-29T23:50:00Z"] {
        assert_eq!(parse(text), Some(1_782_777_000_000), "{text}");
    }
    assert_eq!(parse("2026-06-29T16:50:00.25-0700"), Some(1_782_777_000_250));
    for text in ["2026-06-29", "", "labels", "2026-13-01T00:00:00Z", "2026-06-29T24:00:00Z", "WORK-1T2"] {
        assert_eq!(parse(text), None, "{text}");
    }
    for (text, millis) in [
        ("1970-01-01T00:00:00.000+0000", 0),
        ("1969-12-31T23:59:59.999+0000", -1),
        ("2000-02-29T12:00:00.000+0000", 951_825_600_000),
        ("2100-03-01T00:00:00.000+0000", 4_107_542_400_000),
    ] {
        assert_eq!((parse(text), format(millis).as_str()), (Some(millis), text));
    }
}

/// The connector and the tests agree, though neither takes the other's word for it.
#[test]
fn the_connector_reads_and_writes_the_same() {
    for millis in (-9_000_000_000_000..9_000_000_000_000).step_by(98_765_432_101) {
        let text = format(millis);
        assert_eq!(source_jira::record::time::format(millis), text);
        assert_eq!((parse(&text), source_jira::record::time::parse(&text)), (Some(millis), Some(millis)), "{text}");
    }
}
