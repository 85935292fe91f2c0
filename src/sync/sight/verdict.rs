//! What became of issues that can't be seen any more. Nothing counts as gone before it was asked for once more.

use super::{
    Closing,
    audit::Deleted,
    census::{self, ASKED},
    ledger::Ledger,
    moment,
};
use crate::{
    client::Error,
    codes,
    record::{keys::Keys, splice},
    sync::{plan::Ground, run::Run},
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// So many missing issues of a project are believed without a look at how many there were.
const FEW: usize = 5;
const AUDIT_OVERLAP: i64 = super::AUDIT_OVERLAP;

/// One issue that is gone.
struct Gone {
    id: Option<u64>,
    key: String,
    kind: &'static str,
    /// The census misses it.
    missed: bool,
    moved_to: Option<String>,
}

/// Finds what is gone and tells it.
pub async fn find(
    run: &Run,
    ledger: &Ledger<'_>,
    closing: &Closing,
    ground: &Ground<'_>,
    started: i64,
) -> Result<(), Error> {
    let deletions = new_deletions(closing);
    let gone = match &closing.before.issues {
        Some(_) => {
            let known = ledger.known().issues.unwrap_or_default();
            among_known(run, &known, closing, &deletions, ground).await?
        }
        None => by_audit_alone(run, &deletions, ground).await?,
    };
    let records: BTreeMap<&str, &Deleted> = deletions.iter().map(|deleted| (deleted.key.as_str(), *deleted)).collect();
    for gone in &gone {
        tell(run, ledger, gone, records.get(gone.key.as_str()).copied(), closing.before.census, started);
    }
    if closing.deletions.is_none() {
        let blind = closing.before.issues.is_none();
        let code = if blind { &codes::DELETIONS_UNKNOWN } else { &codes::AUDIT_NOT_PERMITTED };
        run.report.skip(ledger.stream(), code);
    }
    ledger.change(|known| {
        for id in gone.iter().filter_map(|gone| gone.id) {
            known.issues.as_mut().map(|issues| issues.remove(id));
            known.news.remove(&id);
        }
        if closing.census.is_some() && known.issues.is_some() {
            (known.census, known.whole) = (Some(started), true);
        }
        if let Some(deletions) = &closing.deletions {
            known.audit = Some(started);
            let recent =
                deletions.iter().filter(|deleted| deleted.millis.is_none_or(|at| at >= started - AUDIT_OVERLAP));
            known.audited = recent.map(|deleted| deleted.record).collect();
        }
    });
    Ok(())
}

/// The deletions that the last sync did not know.
fn new_deletions(closing: &Closing) -> Vec<&Deleted> {
    let all = closing.deletions.iter().flatten();
    all.filter(|deleted| !closing.before.audited.contains(&deleted.record)).collect()
}

/// What is gone of the issues that were sent.
async fn among_known(
    run: &Run,
    known: &Keys,
    closing: &Closing,
    deletions: &[&Deleted],
    ground: &Ground<'_>,
) -> Result<Vec<Gone>, Error> {
    let deleted: HashSet<u64> = deletions.iter().filter_map(|deleted| known.find(&deleted.key)).collect();
    let missed: HashSet<u64> = match &closing.census {
        Some(census) => known.ids().filter(|id| !census.issues.contains_key(id)).collect(),
        None => HashSet::new(),
    };
    let suspects: BTreeSet<u64> = deleted.union(&missed).copied().collect();
    let suspects: Vec<u64> = suspects.into_iter().collect();
    let (mut gone, mut absent) = (Vec::new(), Vec::new());
    let archived = ground.config.filters.include_archived_projects;
    for some in suspects.chunks(ASKED) {
        let names: Vec<String> = some.iter().map(u64::to_string).collect();
        let (there, unknown) = census::there(&run.client, &names).await?;
        let present: BTreeMap<u64, &str> = there.iter().map(|issue| (issue.id, issue.key.as_str())).collect();
        let visible: Vec<u64> = present.keys().copied().collect();
        let within = match visible.is_empty() {
            true => HashSet::new(),
            false => census::within(&run.client, &ground.filter.jql, archived, &visible).await?,
        };
        for id in some.iter().copied().filter(|id| !unknown.contains(&id.to_string())) {
            match present.get(&id) {
                // The census came too early, or was not told everything.
                Some(_) if within.contains(&id) => {}
                // Its project was out of sight when the query was made, which therefore does not name it.
                Some(key) if ground.filter.unknown.iter().any(|unknown| project(key) == Some(unknown)) => {}
                Some(key) => gone.push(Gone {
                    id: Some(id),
                    key: known.key(id).unwrap_or_else(|| (*key).to_owned()),
                    kind: "moved_out",
                    missed: true,
                    moved_to: Some((*key).to_owned()),
                }),
                None => absent.push(id),
            }
        }
    }
    gone.extend(classify(run, known, &absent, &deleted, &missed).await?);
    Ok(gone)
}

/// The project of an issue with this key.
fn project(key: &str) -> Option<&str> {
    key.rsplit_once('-').map(|(project, _)| project)
}

/// Why issues can't be seen: by what became of their projects, and by the audit log.
async fn classify(
    run: &Run,
    known: &Keys,
    absent: &[u64],
    deleted: &HashSet<u64>,
    missed: &HashSet<u64>,
) -> Result<Vec<Gone>, Error> {
    if absent.is_empty() {
        return Ok(Vec::new());
    }
    let keys: BTreeSet<&str> = absent.iter().map(|id| known.project(*id)).filter(|key| !key.is_empty()).collect();
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    let live = census::projects(&run.client, &keys, "live").await?;
    let archived = census::projects(&run.client, &keys, "archived").await?;
    let trashed = census::projects(&run.client, &keys, "deleted").await?;
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    known.ids().for_each(|id| *sizes.entry(known.project(id)).or_default() += 1);
    let mut unexplained: BTreeMap<&str, usize> = BTreeMap::new();
    for id in absent.iter().filter(|id| !deleted.contains(id)) {
        *unexplained.entry(known.project(*id)).or_default() += 1;
    }
    // Whoever sees none of the projects any more has lost his rights, not his issues.
    let blind = live.is_empty() && sizes.keys().all(|project| project.is_empty() || unexplained.contains_key(project));
    let mut gone = Vec::new();
    for id in absent.iter().copied() {
        let project = known.project(id);
        let (count, size) = (unexplained.get(project).copied().unwrap_or(0), sizes.get(project).copied().unwrap_or(0));
        let accepted = run.config.accept_absence_of.iter().any(|key| key == project);
        let kind = match project {
            _ if deleted.contains(&id) => "deleted",
            project if archived.contains(project) => "archived",
            project if trashed.contains(project) => "project_in_trash",
            project if !live.contains(project) && !project.is_empty() && (!blind || accepted) => "access_lost",
            // Nobody knows the project of an id without a key.
            project
                if (live.contains(project) || project.is_empty())
                    && (count <= FEW || 2 * count <= size || accepted) =>
            {
                "deleted_or_hidden"
            }
            _ => {
                run.report.skip("deleted_issues", &codes::MASS_ABSENCE);
                continue;
            }
        };
        let key = known.key(id).unwrap_or_default();
        gone.push(Gone { id: Some(id), key, kind, missed: missed.contains(&id), moved_to: None });
    }
    for (project, count) in unexplained.iter().filter(|(_, count)| **count > FEW) {
        let told = gone.iter().any(|gone| gone.id.is_some_and(|id| known.project(id) == *project));
        if !told {
            tracing::warn!(
                "{count} of {} issues of project '{project}' can't be seen any more, and nothing says why, so they are not reported as gone. Check \
                 the account's permissions; if they are gone, put {project} into `accept_absence_of`.",
                sizes.get(project).copied().unwrap_or(0)
            );
        }
    }
    Ok(gone)
}

/// Where nobody remembers what was sent, the audit log's word about keys, if Jira knows them no more.
async fn by_audit_alone(run: &Run, deletions: &[&Deleted], ground: &Ground<'_>) -> Result<Vec<Gone>, Error> {
    let filters = &ground.config.filters;
    let wanted = |key: &str| {
        let project = project(key).unwrap_or(key);
        (filters.projects.is_empty() || filters.projects.iter().any(|known| known == project))
            && !filters.exclude_projects.iter().any(|known| known == project)
    };
    let keys: BTreeSet<String> =
        deletions.iter().map(|deleted| deleted.key.clone()).filter(|key| wanted(key)).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let mut gone = Vec::new();
    for some in keys.chunks(ASKED) {
        let (there, unknown) = census::there(&run.client, some).await?;
        let present: HashSet<String> = there.into_iter().map(|issue| issue.key).chain(unknown).collect();
        let absent = some.iter().filter(|key| !present.contains(*key));
        gone.extend(absent.map(|key| Gone {
            id: None,
            key: key.clone(),
            kind: "deleted",
            missed: false,
            moved_to: None,
        }));
    }
    Ok(gone)
}

fn tell(run: &Run, ledger: &Ledger<'_>, gone: &Gone, record: Option<&Deleted>, census: Option<i64>, started: i64) {
    let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), splice::quoted);
    let evidence = match (record, gone.missed) {
        (Some(_), true) => "census+audit",
        (Some(_), false) => "audit",
        (None, _) => "census",
    };
    let project = project(&gone.key);
    let id = gone.id.map(|id| id.to_string());
    let members = [
        ("issue", text(Some(id.as_deref().unwrap_or(&gone.key)))),
        ("id", text(id.as_deref())),
        ("key", text((!gone.key.is_empty()).then_some(gone.key.as_str()))),
        ("projectKey", text(project)),
        ("kind", splice::quoted(gone.kind)),
        ("evidence", splice::quoted(evidence)),
        ("goneAfter", moment(gone.id.and(census))),
        ("goneBefore", moment(Some(started))),
        ("deletedAt", text(record.map(|record| record.at.as_str()))),
        ("deletedBy", text(record.and_then(|record| record.by.as_deref()))),
        ("movedTo", text(gone.moved_to.as_deref())),
    ];
    run.out.record(ledger.stream(), |line| {
        line.push(b'{');
        let mut first = true;
        for (name, value) in &members {
            splice::write_member(line, &mut first, name, value);
        }
        line.push(b'}');
    });
}
