//! Time: the simulated clock, the account's time zone, and how Jira writes timestamps.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::{NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// Milliseconds since 1970 in UTC.
pub(crate) type Millis = i64;

pub(crate) const SECOND: Millis = 1000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;

/// The site's clock: the real clock plus an offset, or a frozen clock that moves only when it is set.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset: AtomicI64,
    held: AtomicBool,
}

impl Clock {
    pub(crate) fn starting_at(start: Option<Millis>) -> Self {
        let clock = Self::default();
        if let Some(start) = start {
            clock.set(start);
        }
        clock
    }

    pub(crate) fn now(&self) -> Millis {
        self.running() + self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self, by: Millis) {
        self.offset.fetch_add(by, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, now: Millis) {
        self.offset.store(now - self.running(), Ordering::Relaxed);
    }

    /// Freezes the clock at this time.
    pub(crate) fn hold(&self, now: Millis) {
        self.held.store(true, Ordering::Relaxed);
        self.set(now);
    }

    /// The part that advances with the real clock.
    fn running(&self) -> Millis {
        if self.held.load(Ordering::Relaxed) { 0 } else { Utc::now().timestamp_millis() }
    }
}

/// A time zone with precomputed offset changes, because every timestamp of every page is written in it.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    tz: Tz,
    /// The offset in seconds from this time on.
    shifts: Vec<(Millis, i32)>,
}

impl Zone {
    pub(crate) fn named(name: &str) -> Option<Self> {
        const STEP: Millis = 5 * DAY;
        let tz: Tz = name.parse().ok()?;
        let offset = |ms: Millis| {
            Utc.timestamp_millis_opt(ms)
                .single()
                .map_or(0, |at| tz.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
        };
        // 1990 to 2045 in steps of a few days, then the exact minute of each change.
        let mut shifts = vec![(i64::MIN, offset(631_152_000_000))];
        let mut day = 631_152_000_000;
        while day < 2_366_841_600_000 {
            if offset(day) != offset(day + STEP) {
                let (mut low, mut high) = (day, day + STEP);
                while high - low > MINUTE {
                    let middle = low + (high - low) / 2 / MINUTE * MINUTE;
                    if offset(middle) == offset(day) { low = middle } else { high = middle }
                }
                shifts.push((high, offset(day + STEP)));
            }
            day += STEP;
        }
        Some(Self { tz, shifts })
    }

    pub(crate) fn utc() -> Self {
        Self { tz: Tz::UTC, shifts: vec![(i64::MIN, 0)] }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.tz.name()
    }

    pub(crate) fn offset_seconds(&self, at: Millis) -> i32 {
        let after = self.shifts.partition_point(|(from, _)| *from <= at);
        self.shifts.get(after.saturating_sub(1)).map_or(0, |shift| shift.1)
    }

    /// The time at which a wall clock of this zone shows a local time. An hour that occurs twice gives the earlier
    /// time; one that is skipped gives the time just after the gap.
    pub(crate) fn at_local(&self, date: NaiveDate, hour: u32, minute: u32) -> Option<Millis> {
        let local = date.and_hms_opt(hour, minute, 0)?;
        let found = self.tz.from_local_datetime(&local).earliest();
        let found = found.or_else(|| self.tz.from_local_datetime(&(local + chrono::Duration::hours(1))).earliest());
        found.map(|at| at.timestamp_millis())
    }

    /// Local midnight of the day `at` falls on, moved by whole days.
    pub(crate) fn midnight(&self, at: Millis, days: i64) -> Option<Millis> {
        let local = Utc.timestamp_millis_opt(at + i64::from(self.offset_seconds(at)) * SECOND).single()?;
        self.at_local(local.date_naive() + chrono::Duration::days(days), 0, 0)
    }

    /// Writes `2026-06-29T23:50:00.000+0200`: offset without a colon. (Jira REST v3: examples of issue fields.)
    pub(crate) fn stamp(&self, out: &mut String, at: Millis) {
        let offset = self.offset_seconds(at);
        let local = at + i64::from(offset) * SECOND;
        let (year, month, day) = civil(local.div_euclid(DAY));
        let within = local.rem_euclid(DAY);
        let (hour, minute) = (within / HOUR, within / MINUTE % 60);
        let (second, milli) = (within / SECOND % 60, within % SECOND);
        let sign = if offset < 0 { '-' } else { '+' };
        let (offset_hour, offset_minute) = (offset.abs() / 3600, offset.abs() / 60 % 60);
        let _ = write!(
            out,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}{sign}{offset_hour:02}{offset_minute:02}"
        );
    }

    pub(crate) fn stamped(&self, at: Millis) -> String {
        let mut out = String::with_capacity(28);
        self.stamp(&mut out, at);
        out
    }
}

/// Year, month and day of a count of days since 1970 (proleptic Gregorian).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// `2026-06-29` in UTC.
pub(crate) fn date_only(at: Millis) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-06-29T21:50:00.000Z`, the form of sprint dates.
pub(crate) fn zulu(at: Millis) -> String {
    let stamped = Zone::utc().stamped(at);
    format!("{}Z", &stamped[..23])
}

/// Reads the timestamps Jira writes, `Z` and both forms of offset.
pub(crate) fn parse_stamp(text: &str) -> Option<Millis> {
    chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
        .or_else(|_| chrono::DateTime::parse_from_rfc3339(text))
        .ok()
        .map(|at| at.timestamp_millis())
}

/// The `Date` header's form.
pub(crate) fn http_date(at: Millis) -> String {
    Utc.timestamp_millis_opt(at)
        .single()
        .map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_set() {
        let clock = Clock::starting_at(Some(5_000));
        assert!((5_000..6_000).contains(&clock.now()));
        let now = 7_000;
        clock.hold(now);
        std::thread::sleep(std::time::Duration::from_millis(3));
        assert_eq!(clock.now(), now);
        clock.advance(7);
        assert_eq!(clock.now(), now + 7);
        clock.set(9);
        assert_eq!(clock.now(), 9);
    }

    #[test]
    fn stamps_follow_daylight_saving() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let summer = parse_stamp("2026-06-29T21:50:00.000Z").unwrap();
        assert_eq!(berlin.stamped(summer), "2026-06-29T23:50:00.000+0200");
        let winter = parse_stamp("2026-01-29T22:50:00.120+0000").unwrap();
        assert_eq!(berlin.stamped(winter), "2026-01-29T23:50:00.120+0100");
        let before = parse_stamp("2026-03-29T00:59:59.999Z").unwrap();
        assert_eq!(berlin.stamped(before), "2026-03-29T01:59:59.999+0100");
        assert_eq!(berlin.stamped(before + 1), "2026-03-29T03:00:00.000+0200");
        assert_eq!(date_only(summer), "2026-06-29");
        assert_eq!(zulu(summer), "2026-06-29T21:50:00.000Z");
    }
}
