//! What became of issues that are missing from a snapshot. Nothing counts as deleted before it was requested once more.

use super::{
    issues::{AUDIT_OVERLAP, Observed},
    snapshot::{ASKED, matching},
};
use crate::{
    client::Error,
    codes,
    jira::{audit_log::Deletion, bulk, projects},
    record::{keys::Keys, splice, time},
    sync::{context::SyncContext, filter::Filter, sent_ids::SentIds},
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// So many missing issues of a project count as deleted without comparing them with how many it had.
const FEW: usize = 5;

/// One issue that is deleted, or not visible any more.
struct Missing {
    id: Option<u64>,
    key: String,
    kind: &'static str,
    /// It is missing from the snapshot.
    from_snapshot: bool,
    moved_to: Option<String>,
}

/// Finds what was deleted and reports it.
pub(super) async fn report(
    sync: &SyncContext,
    sent_ids: &SentIds<'_>,
    observed: &Observed,
    filter: &Filter,
) -> Result<(), Error> {
    let deletions = new_deletions(observed);
    let missing = match &observed.before.sent_ids {
        Some(_) => {
            let sent = sent_ids.state().sent_ids.unwrap_or_default();
            among_sent(sync, &sent, observed, &deletions, filter).await?
        }
        None => by_audit_log_alone(sync, &deletions).await?,
    };
    let records: BTreeMap<&str, &Deletion> =
        deletions.iter().map(|deletion| (deletion.key.as_str(), *deletion)).collect();
    for missing in &missing {
        let record = records.get(missing.key.as_str()).copied();
        write(sync, sent_ids.stream(), missing, record, observed.before.last_snapshot);
    }
    if observed.audit.is_none() {
        let blind = observed.before.sent_ids.is_none();
        let code = if blind { &codes::DELETIONS_UNDETECTABLE } else { &codes::AUDIT_LOG_NOT_PERMITTED };
        sync.report.skip(sent_ids.stream(), code);
    }
    let started = sync.started();
    sent_ids.change(|state| {
        for id in missing.iter().filter_map(|missing| missing.id) {
            state.sent_ids.as_mut().map(|sent| sent.remove(id));
            state.since_last_snapshot.remove(&id);
        }
        if observed.snapshot.is_some() && state.sent_ids.is_some() {
            (state.last_snapshot, state.all_sent_ids) = (Some(started), true);
        }
        if let Some(deletions) = &observed.audit {
            state.audit_log_until = Some(started);
            let recent =
                deletions.iter().filter(|deletion| deletion.millis.is_none_or(|at| at >= started - AUDIT_OVERLAP));
            state.reported_audit_records = recent.map(|deletion| deletion.record).collect();
        }
    });
    Ok(())
}

/// The deletions that the last sync did not know.
fn new_deletions(observed: &Observed) -> Vec<&Deletion> {
    let all = observed.audit.iter().flatten();
    all.filter(|deletion| !observed.before.reported_audit_records.contains(&deletion.record)).collect()
}

/// What is missing of the issues that were sent.
async fn among_sent(
    sync: &SyncContext,
    sent: &Keys,
    observed: &Observed,
    deletions: &[&Deletion],
    filter: &Filter,
) -> Result<Vec<Missing>, Error> {
    let deleted: HashSet<u64> = deletions.iter().filter_map(|deletion| sent.find(&deletion.key)).collect();
    let from_snapshot: HashSet<u64> = match &observed.snapshot {
        Some(_) if cfg!(mutant = "a_snapshot_misses_nothing") => HashSet::new(),
        Some(snapshot) => sent.ids().filter(|id| !snapshot.issues.contains_key(id)).collect(),
        None => HashSet::new(),
    };
    let suspects: BTreeSet<u64> = deleted.union(&from_snapshot).copied().collect();
    let suspects: Vec<u64> = suspects.into_iter().collect();
    let (mut missing, mut not_found) = (Vec::new(), Vec::new());
    let archived = filter.scope.archived;
    for some in suspects.chunks(ASKED) {
        let names: Vec<String> = some.iter().map(u64::to_string).collect();
        let (found, unknown) = bulk::find(&sync.client, &names).await?;
        let found: BTreeMap<u64, &str> = found.iter().map(|issue| (issue.id, issue.key.as_str())).collect();
        let visible: Vec<u64> = found.keys().copied().collect();
        let matching = match visible.is_empty() {
            true => HashSet::new(),
            false => matching(&sync.client, &filter.jql, archived, &visible).await?,
        };
        for id in some.iter().copied().filter(|id| !unknown.contains(&id.to_string())) {
            match found.get(&id) {
                // The snapshot was too early, or incomplete.
                Some(_) if matching.contains(&id) => {}
                // Its project was not visible when the query was made, which therefore does not name it.
                Some(key) if filter.unknown.iter().any(|unknown| is_project(key, unknown)) => {}
                Some(key) => missing.push(Missing {
                    id: Some(id),
                    key: sent.key(id).unwrap_or_else(|| (*key).to_owned()),
                    kind: "moved_out",
                    from_snapshot: true,
                    moved_to: Some((*key).to_owned()),
                }),
                None => not_found.push(id),
            }
        }
    }
    missing.extend(classify(sync, sent, &not_found, &deleted, &from_snapshot).await?);
    Ok(missing)
}

/// The project of an issue with this key.
fn project(key: &str) -> Option<&str> {
    key.rsplit_once('-').map(|(project, _)| project)
}

fn is_project(key: &str, wanted: &str) -> bool {
    project(key).is_some_and(|project| project.eq_ignore_ascii_case(wanted))
}

/// Why issues are not visible: by what became of their projects, and by the audit log.
async fn classify(
    sync: &SyncContext,
    sent: &Keys,
    not_found: &[u64],
    deleted: &HashSet<u64>,
    from_snapshot: &HashSet<u64>,
) -> Result<Vec<Missing>, Error> {
    if not_found.is_empty() {
        return Ok(Vec::new());
    }
    let keys: BTreeSet<&str> = not_found.iter().map(|id| sent.project(*id)).filter(|key| !key.is_empty()).collect();
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    let live = projects::with_status(&sync.client, &keys, "live").await?;
    let archived = projects::with_status(&sync.client, &keys, "archived").await?;
    let in_trash = projects::with_status(&sync.client, &keys, "deleted").await?;
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    sent.ids().for_each(|id| *sizes.entry(sent.project(id)).or_default() += 1);
    let mut unexplained: BTreeMap<&str, usize> = BTreeMap::new();
    for id in not_found.iter().filter(|id| !deleted.contains(id)) {
        *unexplained.entry(sent.project(*id)).or_default() += 1;
    }
    // An account that sees none of the projects any more has lost its permissions; the issues may well exist.
    let blind = live.is_empty() && sizes.keys().all(|project| project.is_empty() || unexplained.contains_key(project));
    let mut missing = Vec::new();
    for id in not_found.iter().copied() {
        let project = sent.project(id);
        let (count, size) = (unexplained.get(project).copied().unwrap_or(0), sizes.get(project).copied().unwrap_or(0));
        let allowed = sync.config.allow_mass_deletion_in.iter().any(|key| key.eq_ignore_ascii_case(project));
        let upper = project.to_uppercase();
        let kind = match project {
            _ if deleted.contains(&id) => "deleted",
            _ if archived.contains_key(&upper) => "archived",
            _ if in_trash.contains_key(&upper) => "project_in_trash",
            _ if !live.contains_key(&upper) && !project.is_empty() && (!blind || allowed) => "access_lost",
            // The project of an ID without a key is not known.
            _ if (live.contains_key(&upper) || project.is_empty())
                && (count <= FEW || 2 * count <= size || allowed) =>
            {
                "deleted_or_hidden"
            }
            _ => {
                sync.report.skip("deleted_issues", &codes::MASS_DELETION_UNCONFIRMED);
                continue;
            }
        };
        let key = sent.key(id).unwrap_or_default();
        missing.push(Missing { id: Some(id), key, kind, from_snapshot: from_snapshot.contains(&id), moved_to: None });
    }
    for (project, count) in unexplained.iter().filter(|(_, count)| **count > FEW) {
        let reported = missing.iter().any(|missing| missing.id.is_some_and(|id| sent.project(id) == *project));
        if !reported {
            tracing::warn!(
                "{count} of {} issues of project '{project}' are not visible any more, and nothing explains why, so they are not \
                 reported as deleted. Check the account's permissions; if the issues were deleted, add {project} to \
                 `allow_mass_deletion_in`.",
                sizes.get(project).copied().unwrap_or(0)
            );
        }
    }
    Ok(missing)
}

/// Where no IDs are tracked: the keys that the audit log reports as deleted, if Jira does not find them any more.
async fn by_audit_log_alone(sync: &SyncContext, deletions: &[&Deletion]) -> Result<Vec<Missing>, Error> {
    let filters = &sync.config.filters;
    let wanted = |key: &str| {
        let of = |projects: &[String]| projects.iter().any(|project| is_project(key, project));
        (filters.projects.is_empty() || of(&filters.projects)) && !of(&filters.exclude_projects)
    };
    let keys: BTreeSet<String> =
        deletions.iter().map(|deletion| deletion.key.clone()).filter(|key| wanted(key)).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let mut missing = Vec::new();
    for some in keys.chunks(ASKED) {
        let (found, unknown) = bulk::find(&sync.client, some).await?;
        let found: HashSet<String> = found.into_iter().map(|issue| issue.key).chain(unknown).collect();
        missing.extend(some.iter().filter(|key| !found.contains(*key)).map(|key| Missing {
            id: None,
            key: key.clone(),
            kind: "deleted",
            from_snapshot: false,
            moved_to: None,
        }));
    }
    Ok(missing)
}

fn write(sync: &SyncContext, stream: &str, missing: &Missing, record: Option<&Deletion>, last_snapshot: Option<i64>) {
    let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), splice::quoted);
    let moment = |millis: Option<i64>| text(millis.map(time::format).as_deref());
    let detected_by = match (record, missing.from_snapshot) {
        (Some(_), true) => "id_snapshot+audit_log",
        (Some(_), false) => "audit_log",
        (None, _) => "id_snapshot",
    };
    let id = missing.id.map(|id| id.to_string());
    let properties = [
        ("issue", text(Some(id.as_deref().unwrap_or(&missing.key)))),
        ("id", text(id.as_deref())),
        ("key", text((!missing.key.is_empty()).then_some(missing.key.as_str()))),
        ("projectKey", text(project(&missing.key))),
        ("kind", splice::quoted(missing.kind)),
        ("detectedBy", splice::quoted(detected_by)),
        ("lastSeenAt", moment(missing.id.and(last_snapshot))),
        ("detectedAt", moment(Some(sync.started()))),
        ("deletedAt", text(record.map(|record| record.at.as_str()))),
        ("deletedBy", text(record.and_then(|record| record.by.as_deref()))),
        ("movedTo", text(missing.moved_to.as_deref())),
    ];
    let properties: Vec<(&str, &str)> = properties.iter().map(|(name, value)| (*name, value.as_str())).collect();
    sync.out.record(stream, |line| splice::object(line, &properties));
}
