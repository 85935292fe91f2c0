//! What the messages and the failures of `login` share.

/// The remedy of most failures; it follows a clause of its own.
pub(super) const AGAIN: &str = "run `source-jira login` again";

/// A text from outside, on one line of limited length and without control characters, which could steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(300).collect::<String>().trim().to_owned()
}
