//! Unrelated records of the audit log.

use super::record::Object;
use crate::random::Random;
use crate::site::Site;
use crate::time::{DAY, HOUR, Millis};

/// Summary, category, type, name. One name resembles an issue key, and one summary mentions a deletion.
const KINDS: [(&str, &str, &str, &str); 6] = [
    ("Permission scheme updated", "permissions", "SCHEME", "Default Permission Scheme"),
    ("User added to group", "group management", "GROUP", "jira-users-simulator"),
    ("Workflow deleted", "workflows", "WORKFLOW", "CORE-1"),
    ("Custom field created", "fields", "CUSTOM_FIELD", "Größe \"L\""),
    ("Global permission added", "permissions", "PERMISSIONS", "Administer Jira"),
    ("Filter shared", "filters", "FILTER", "My open issues"),
];
/// Number of records of the generated past, and its length: longer than any log is kept.
const PAST: i64 = 130;
const REACH: Millis = 400 * DAY;

/// Fills the log of a generated site.
pub(crate) fn past(site: &mut Site) {
    let (seed, end) = (site.seed, site.visibility_log.start);
    for number in 0..PAST {
        let mut random = Random::of(seed, 84, number as u64);
        let at = end - REACH + REACH / PAST * number + random.below(HOUR as u64) as i64;
        site.audit_noise(&mut random, at);
    }
}

impl Site {
    pub(crate) fn audit_noise(&mut self, random: &mut Random, at: Millis) {
        let (summary, category, type_name, name) = KINDS[random.index(KINDS.len())];
        let object = Object { id: (10_000 + random.below(90)).to_string(), name: name.into(), type_name, parent: None };
        self.audit(at, summary, category, object);
        if let Some(record) = self.audit.last_mut().filter(|record| record.object.type_name == "SCHEME") {
            record.changed.push(("Permission", String::new(), "Browse Projects".into()));
        }
    }
}
