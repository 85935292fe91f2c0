//! Builds JQL. Dates are unquoted epoch milliseconds, because Jira reads quoted ones in the time zone of the account's
//! profile. Jira compares dates to the minute, so limits are rounded to whole minutes here, and outwards.

const MINUTE: i64 = 60_000;
/// A restriction that every issue meets. A day earlier or later makes no difference, so the time zone doesn't, either.
const EVERY: &str = "created >= \"1970-01-01\"";

/// Conditions joined by AND.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jql {
    conditions: Vec<String>,
}

impl Jql {
    /// `field >= millis` (epoch milliseconds), rounded down to the minute. A limit before 1970 is omitted: every issue is
    /// newer, and whether Jira reads zero or less as a time is not documented.
    pub fn at_least(self, field: &str, millis: i64) -> Self {
        let millis = if cfg!(mutant = "date_bounds_an_hour_off") { millis.saturating_add(60 * MINUTE) } else { millis };
        if cfg!(mutant = "dates_as_utc_text") {
            let time = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
            return self.and(format!("{field} >= \"{}\"", time.format("%Y-%m-%d %H:%M")));
        }
        if millis < MINUTE { self } else { self.and(format!("{field} >= {}", millis / MINUTE * MINUTE)) }
    }

    /// `field < millis` (epoch milliseconds), rounded up to the minute.
    pub fn before(self, field: &str, millis: i64) -> Self {
        self.and(format!("{field} < {}", millis.max(MINUTE).saturating_add(MINUTE - 1) / MINUTE * MINUTE))
    }

    /// `field in (…)`, or `field not in (…)`. Project IDs stay unquoted; keys are quoted, because some are reserved words.
    pub fn any_of<'a>(self, field: &str, not: bool, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<String> = values.into_iter().map(quote).collect();
        let not = if not { "not " } else { "" };
        self.and(format!("{field} {not}in ({})", values.join(", ")))
    }

    /// A condition of the user, in parentheses so that its ORs stay inside.
    pub fn wrapped(self, condition: &str) -> Self {
        self.and(format!("({})", condition.trim()))
    }

    /// Any other condition.
    pub fn and(mut self, condition: String) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The query, ordered ascending by `order`.
    pub fn ordered(&self, order: &str) -> String {
        format!("{} ORDER BY {order} ASC", self.unordered())
    }

    /// As [`Self::ordered`], but descending.
    pub fn descending(&self, order: &str) -> String {
        format!("{} ORDER BY {order} DESC", self.unordered())
    }

    /// The query without an order. Jira refuses a query without any restriction, so without conditions it is one that
    /// every issue meets.
    pub fn unordered(&self) -> String {
        if self.conditions.is_empty() { EVERY.to_owned() } else { self.conditions.join(" AND ") }
    }
}

/// A JQL string: quoted, with backslashes and quotes escaped. A text of digits stays unquoted, so that Jira reads it as an ID.
pub fn quote(text: &str) -> String {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn builds_what_jira_understands() {
        let jql = Jql::default()
            .any_of("project", false, ["10000", "AND"])
            .at_least("updated", 1_782_777_030_500)
            .before("created", 1_782_777_030_500)
            .wrapped(" status = Done OR status = Open ");
        assert_eq!(
            jql.ordered("updated"),
            "project in (10000, \"AND\") AND updated >= 1782777000000 AND created < 1782777060000 \
             AND (status = Done OR status = Open) ORDER BY updated ASC"
        );
        assert_eq!(Jql::default().ordered("created"), "created >= \"1970-01-01\" ORDER BY created ASC");
        assert_eq!(Jql::default().descending("updated"), "created >= \"1970-01-01\" ORDER BY updated DESC");
    }

    #[test]
    fn limits_before_1970_are_omitted() {
        for millis in [i64::MIN, -1, 0, 59_999] {
            assert_eq!(Jql::default().at_least("created", millis).unordered(), EVERY);
            assert_eq!(Jql::default().before("created", millis).unordered(), "created < 60000");
        }
        assert_eq!(Jql::default().at_least("created", 60_000).unordered(), "created >= 60000");
        let last = Jql::default().before("created", i64::MAX).unordered();
        assert!(last.strip_prefix("created < ").unwrap().parse::<i64>().unwrap() > i64::MAX - MINUTE);
    }

    proptest! {
        #[test]
        fn a_quoted_string_ends_only_at_its_end(text in ".*[a-z].*") {
            let quoted = quote(&text);
            let inner = &quoted[1..quoted.len() - 1];
            let mut unescaped = String::new();
            let mut letters = inner.chars();
            while let Some(letter) = letters.next() {
                prop_assert_ne!(letter, '"');
                unescaped.push(match letter {
                    '\\' => match letters.next() { Some('n') => '\n', Some('r') => '\r', Some('t') => '\t', Some(other) => other, None => return Err(TestCaseError::fail("dangling")) },
                    other => other,
                });
            }
            prop_assert_eq!(unescaped, text);
        }

        #[test]
        fn limits_never_cut_into_their_window(millis in MINUTE..i64::MAX - MINUTE) {
            let number = |jql: Jql| jql.unordered().rsplit(' ').next().unwrap().parse::<i64>().unwrap();
            let low = number(Jql::default().at_least("created", millis));
            let high = number(Jql::default().before("created", millis));
            prop_assert!(low <= millis && millis - low < MINUTE && low % MINUTE == 0);
            prop_assert!(high >= millis && high - millis < MINUTE && high % MINUTE == 0);
        }
    }
}
