//! Dates in JQL: minute precision, in the account's time zone. (Atlassian's JQL reference: date fields.)

use chrono::NaiveDate;

use super::JqlError;
use super::parser::Operand;
use crate::time::{DAY, HOUR, MINUTE, Millis, Zone};

/// The minute of an operand.
pub(crate) fn moment(field: &str, operand: &Operand, zone: &Zone, now: Millis) -> Result<Millis, JqlError> {
    let refused = || {
        let text = operand.text();
        JqlError::new(format!(
            "Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        ))
    };
    let found = match operand {
        // An unquoted integer is milliseconds since 1970, rounded down to the minute.
        Operand::Bare(text) if text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        Operand::Bare(text) | Operand::Quoted(text) => local(text, zone).or_else(|| period(text).map(|by| now + by)),
        Operand::Call(name, arguments) => function(name, arguments, zone, now),
        Operand::Empty => None,
    };
    found.map(|at| at.div_euclid(MINUTE) * MINUTE).ok_or_else(refused)
}

/// `2026-06-29 23:50` or `2026/06/29`, on the account's wall clock. Seconds and offsets are refused.
fn local(text: &str, zone: &Zone) -> Option<Millis> {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let date = date.replace('/', "-");
    let mut parts = date.split('-').map(|part| if part.is_empty() { None } else { part.parse::<u32>().ok() });
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || year < 1000 {
        return None;
    }
    let (hour, minute) = time.trim().split_once(':')?;
    if minute.len() != 2 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    zone.at_local(date, hour.parse().ok()?, minute.parse().ok()?)
}

/// `-14d`, `4w 2d`, `-30m`, `-1M`: an `M` is a minute too.
fn period(text: &str) -> Option<Millis> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut sum = 0;
    for part in rest.split_whitespace() {
        let unit = part.chars().last()?;
        let count: i64 = part.strip_suffix(unit)?.parse().ok()?;
        sum += count
            * match unit {
                'w' | 'W' => 7 * DAY,
                'd' | 'D' => DAY,
                'h' | 'H' => HOUR,
                'm' | 'M' => MINUTE,
                _ => return None,
            };
    }
    if rest.trim().is_empty() { None } else { Some(sign * sum) }
}

fn function(name: &str, arguments: &[String], zone: &Zone, now: Millis) -> Option<Millis> {
    let days = match arguments.first() {
        None => 0,
        Some(text) => period(text)? / DAY,
    };
    match name.to_ascii_lowercase().as_str() {
        "now" => Some(now),
        "startofday" => zone.midnight(now, days),
        "endofday" => zone.midnight(now, days + 1).map(|at| at - 1),
        _ => None,
    }
}

/// The query's result depends on the current time.
pub(crate) fn relative(operand: &Operand) -> bool {
    match operand {
        Operand::Call(..) => true,
        Operand::Bare(text) | Operand::Quoted(text) => period(text).is_some(),
        Operand::Empty => false,
    }
}
