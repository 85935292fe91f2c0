//! What is wrong with a config, in words for the person who wrote it.

use std::fmt;

/// Everything that is wrong with a config. No message of it holds a value that could be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub faults: Vec<Fault>,
}

/// One thing that is wrong: where, what, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The member, as in `credentials.api_token` or `projects[1]`; empty for the file as a whole.
    pub path: String,
    pub problem: String,
}

impl Fault {
    pub(super) fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }

    /// A fault of the file as a whole.
    pub(super) fn file(problem: impl Into<String>) -> Self {
        Self::new("", problem)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.problem);
        }
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl ConfigError {
    /// Faults in a stable order, at most one per member: the first one found there.
    pub(super) fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| a.path.cmp(&b.path));
        faults.dedup_by(|later, first| later.path == first.path);
        Self { faults }
    }
}

impl From<Fault> for ConfigError {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.faults.as_slice() {
            return write!(f, "The config has a fault: {only}.");
        }
        write!(f, "The config has {} faults: ", self.faults.len())?;
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            let end = if index + 1 == self.faults.len() { "." } else { ";" };
            write!(f, "{separator}({}) {fault}{end}", index + 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The known name that differs in the fewest letters, if those are few of all.
pub fn near_miss<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (distance(name, candidate), *candidate))
        .min()
        .filter(|(far, _)| *far <= 3 && far * 2 <= name.chars().count())
        .map(|(_, name)| name)
}

/// Letters to insert, delete or replace (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_lists_all() {
        let one = ConfigError::from(Fault::new("domain", "is missing"));
        assert_eq!(one.to_string(), "The config has a fault: domain: is missing.");
        let faults = vec![Fault::new("jql", "is bad"), Fault::file("is odd"), Fault::new("jql", "is also long")];
        let two = ConfigError::new(faults);
        assert_eq!(two.to_string(), "The config has 2 faults: (1) is odd; (2) jql: is bad.");
    }

    #[test]
    fn near_misses_are_found_and_far_ones_are_not() {
        let known = ["issues", "issue_comments", "users"];
        assert_eq!(near_miss("issue", &known), Some("issues"));
        assert_eq!(near_miss("issue_coments", &known), Some("issue_comments"));
        assert_eq!(near_miss("pull_requests", &known), None);
        assert_eq!(near_miss("COER", &["CORE", "HELP"]), Some("CORE"));
        assert_eq!(near_miss("SECR", &["CORE", "HELP"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
