//! Texts for people: numbers with digits in groups, nouns in singular or plural, and nothing that a terminal obeys.

use std::borrow::Cow;

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

/// A text from anywhere without what a terminal would obey or show in another order: control and direction characters become
/// U+FFFD. Line breaks and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    replaced(text, |letter| {
        (is_obeyed(letter) && !matches!(letter, '\n' | '\t')).then_some(char::REPLACEMENT_CHARACTER)
    })
}

/// The same on one line: a name can't begin a line of its own in a log.
pub fn one_line(text: &str) -> Cow<'_, str> {
    replaced(text, |letter| match letter {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some(' '),
        letter => is_obeyed(letter).then_some(char::REPLACEMENT_CHARACTER),
    })
}

fn replaced(text: &str, replace: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    match text.chars().any(|letter| replace(letter).is_some()) {
        true => text.chars().map(|letter| replace(letter).unwrap_or(letter)).collect::<String>().into(),
        false => Cow::Borrowed(text),
    }
}

/// Control characters, and those that change the direction of a text.
fn is_obeyed(letter: char) -> bool {
    let direction =
        matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || direction
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
    fn a_terminal_finds_nothing_to_obey() {
        let name = "a\u{1b}[31m\r\nERROR forged\u{202e}\tb";
        assert_eq!(one_line(name), "a\u{fffd}[31m  ERROR forged\u{fffd} b");
        assert_eq!(printable(name), "a\u{fffd}[31m\u{fffd}\nERROR forged\u{fffd}\tb");
        assert!(matches!(one_line("Zoë 日本 😀"), Cow::Borrowed(_)));
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(-1_i64), "0", "a count is never negative");
    }
}
