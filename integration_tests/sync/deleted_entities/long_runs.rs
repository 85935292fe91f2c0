//! Long runs and kills: every deletion is reported in the end.

use super::{LOSSES, Synced};
use crate::support::{Destination, Rng, Site, catalog, read_until};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Homes of sprints, lists not read and all: what the state says survives each sync in turn.
#[test]
fn deletions_of_a_long_time_are_all_reported() {
    let mut synced = Synced::new(44);
    let all = |site: &Site, entity: &str| -> BTreeSet<String> {
        site.truth_with_hidden(entity).iter().map(|row| row["id"].to_string().replace('"', "")).collect()
    };
    let entities = ["versions", "components", "sprints"];
    let before = entities.map(|entity| (all(&synced.site, entity), synced.site.truth(entity)));
    for turn in 0..12 {
        synced.site.random_history(150, turn);
        synced.next();
    }
    // Everything becomes visible again.
    for project in synced.site.truth_with_hidden("projects") {
        let key = || project["key"].as_str().expect("a key").to_owned();
        let _ = synced.site.edit(Edit::GrantProjectAccess { project: key() });
        let _ = synced.site.edit(Edit::RestoreProject { project: key() });
    }
    synced.next();
    let mut reported = 0;
    for ((entity, (before, shown)), stream) in entities.iter().zip(before).zip(LOSSES) {
        let gone: BTreeSet<String> = before.difference(&all(&synced.site, entity)).cloned().collect();
        let rows: BTreeSet<String> = synced.destination.table(stream).keys().cloned().collect();
        assert!(rows.is_subset(&gone), "{stream}: {rows:?} were reported, but only {gone:?} are gone");
        let unsaid = shown.iter().map(|row| row["id"].to_string().replace('"', ""));
        let unsaid: Vec<String> = unsaid.filter(|id| gone.contains(id) && !rows.contains(id)).collect();
        assert!(unsaid.is_empty(), "{stream}: {unsaid:?} of {gone:?} were not reported");
        reported += rows.len();
    }
    assert!(reported >= 5, "only {reported} losses: the test shows little");
}

#[test]
fn killed_anywhere_no_loss_is_lost() {
    let synced = Synced::new(45);
    let deleted = |entity: &str, count: usize| -> Vec<String> {
        synced.site.truth(entity).iter().take(count).map(|row| row["id"].to_string().replace('"', "")).collect()
    };
    let (versions, components, sprints) = (deleted("versions", 15), deleted("components", 15), deleted("sprints", 9));
    for version in versions.clone() {
        synced.site.edit(Edit::DeleteVersion { project: "CORE".into(), version }).expect("a version of CORE");
    }
    for component in components.clone() {
        synced.site.edit(Edit::DeleteComponent { project: "CORE".into(), component }).expect("a component of CORE");
    }
    for sprint in &sprints {
        synced.site.edit(Edit::DeleteSprint { sprint: sprint.parse().expect("a number") }).expect("a sprint");
    }
    let (config, wanted, state) = (synced.site.config(), catalog(&LOSSES, "incremental"), synced.destination.state());
    let size = synced.site.read_with(&config, &wanted, Some(&state)).good().stdout.len() as u64;
    let mut rng = Rng(45);
    for turn in 0..30 {
        let position = 1 + (size * turn / 30 + rng.below(size / 30)) as usize;
        let mut destination = Destination::default();
        let (Ok(output) | Err(output)) = read_until(&synced.site, &config, &wanted, Some(&state), position);
        destination.load(&output);
        // What the killed run said last of each stream; of others, what was before.
        let rest: Vec<Value> = state
            .as_array()
            .into_iter()
            .flatten()
            .map(|before| {
                let descriptor = &before["stream"]["stream_descriptor"];
                let now = destination.state();
                let now = now
                    .as_array()
                    .and_then(|all| all.iter().find(|one| one["stream"]["stream_descriptor"] == *descriptor))
                    .cloned();
                now.unwrap_or_else(|| before.clone())
            })
            .collect();
        destination.load(&synced.site.read_with(&config, &wanted, Some(&json!(rest))).good());
        for (stream, ids) in LOSSES.iter().zip([&versions, &components, &sprints]) {
            let rows: BTreeSet<String> = destination.table(stream).keys().cloned().collect();
            assert_eq!(rows, ids.iter().cloned().collect(), "{stream}, killed at {position}");
        }
    }
}
