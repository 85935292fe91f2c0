//! What is wrong with a config, for the person who wrote it; and the search for misspelt names.

use std::fmt;

/// Everything that is wrong with a config. No message contains a value, because it could be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub faults: Vec<Fault>,
}

/// One thing that is wrong: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The option, such as `credentials.api_token` or `projects[1]`; empty for the file as a whole.
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
    /// Faults sorted by option, at most one for each: the first that was found.
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
            return write!(f, "The config has 1 error: {only}.");
        }
        write!(f, "The config has {} errors: ", self.faults.len())?;
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            let end = if index + 1 == self.faults.len() { "." } else { ";" };
            write!(f, "{separator}({}) {fault}{end}", index + 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The known name that `name` is probably a misspelling of: the one with the fewest typing errors (letters inserted,
/// deleted, replaced, or two neighbours swapped), if those are at most one in four letters. Upper and lower case count
/// as equal, so `core` finds `CORE`.
pub fn near_miss<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let tolerated = (name.chars().count() + 1) / 4;
    let errors = |candidate: &str| strsim::osa_distance(&name, &candidate.to_lowercase());
    let nearest = known.iter().map(|candidate| (errors(candidate), *candidate)).min()?;
    (nearest.0 <= tolerated).then_some(nearest.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_lists_all() {
        let one = ConfigError::from(Fault::new("domain", "is missing"));
        assert_eq!(one.to_string(), "The config has 1 error: domain: is missing.");
        let faults = vec![Fault::new("jql", "is bad"), Fault::file("is odd"), Fault::new("jql", "is also long")];
        let two = ConfigError::new(faults);
        assert_eq!(two.to_string(), "The config has 2 errors: (1) is odd; (2) jql: is bad.");
    }

    #[test]
    fn a_misspelt_name_finds_its_original_and_another_name_finds_none() {
        let streams = ["issues", "issue_comments", "users"];
        let projects = ["CORE", "HELP", "OPS"];
        for (written, known, expected) in [
            ("issue", &streams, Some("issues")),
            ("issue_coments", &streams, Some("issue_comments")),
            ("Issues", &streams, Some("issues")),
            ("pull_requests", &streams, None),
            ("", &streams, None),
            ("core", &projects, Some("CORE")),
            ("COER", &projects, Some("CORE")),
            ("hlep", &projects, Some("HELP")),
            ("OSP", &projects, Some("OPS")),
            ("NOPE", &projects, None),
            ("SECR", &projects, None),
            ("X", &projects, None),
        ] {
            assert_eq!(near_miss(written, known), expected, "{written}");
        }
        assert_eq!(near_miss("core", &[]), None);
    }
}
