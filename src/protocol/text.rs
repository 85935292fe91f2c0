//! Numbers in texts for people: digits in groups, nouns in singular or plural.

/// A number with its noun: `1 request`, `7 projects`, `12,345 entries`. `noun` is the singular.
pub fn count(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or_default();
    format!("{} {}", grouped(number), if number == 1 { noun.to_owned() } else { plural(noun) })
}

/// A number with its digits in groups of three: `12,345`.
pub fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or_default().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `one` for one thing, `several` for any other number of them: `is` or `are`, `it` or `them`.
pub fn agree<'a>(number: impl TryInto<u64>, one: &'a str, several: &'a str) -> &'a str {
    if number.try_into().unwrap_or_default() == 1 { one } else { several }
}

/// The regular plural of an English noun; of several words, that of the last one.
fn plural(noun: &str) -> String {
    let vowel_before_y = ["ay", "ey", "oy", "uy"].iter().any(|end| noun.ends_with(end));
    match noun.strip_suffix('y') {
        Some(stem) if !vowel_before_y => format!("{stem}ies"),
        _ if ["s", "x", "z", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_the_number() {
        for (number, noun, text) in [
            (0, "request", "0 requests"),
            (1, "request", "1 request"),
            (2, "request", "2 requests"),
            (1, "changelog entry", "1 changelog entry"),
            (12_345, "changelog entry", "12,345 changelog entries"),
            (3, "key", "3 keys"),
            (3, "status", "3 statuses"),
            (3, "batch", "3 batches"),
            (3, "issue type", "3 issue types"),
        ] {
            assert_eq!(count(number, noun), text);
        }
        assert_eq!((agree(1, "it", "them"), agree(2, "it", "them"), agree(0, "is", "are")), ("it", "them", "are"));
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(-1_i64), "0", "a count is never negative");
    }
}
