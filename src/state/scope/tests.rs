//! Differences between scopes, against what they mean.

use super::*;
use proptest::prelude::*;

fn bounds() -> impl Strategy<Value = Bounds> {
    // Whole minutes, which is all that Jira tells apart.
    let moment = || prop::option::of((1i64..40).prop_map(|minute| minute * 60_000));
    (moment(), moment()).prop_map(|(from, to)| Bounds { from, to })
}

fn scope() -> impl Strategy<Value = Scope> {
    let condition = prop::option::weighted(0.2, prop_oneof![Just("a".to_owned()), Just("b".to_owned())]);
    (prop::collection::btree_set(0u64..6, 0..6), bounds(), bounds(), condition, any::<bool>(), 0i64..9).prop_map(
        |(projects, updated, created, condition, archived, observed_at)| Scope {
            projects,
            lagging: BTreeMap::new(),
            observed_at: observed_at * 1_000,
            updated,
            created,
            conditions: condition.into_iter().map(|hash| ("jql".to_owned(), hash)).collect(),
            archived,
        },
    )
}

/// One in which some projects were read less far than the others.
fn uneven() -> impl Strategy<Value = Scope> {
    let lagging = prop::collection::btree_map(0u64..6, (1i64..40).prop_map(|minute| minute * 60_000), 0..4);
    (scope(), lagging).prop_map(|(scope, lagging)| Scope { lagging, ..scope })
}

/// An issue, as far as a scope can tell.
#[derive(Debug)]
struct Issue {
    project: u64,
    updated: i64,
    created: i64,
}

fn within(bounds: Bounds, moment: i64) -> bool {
    bounds.from.is_none_or(|from| moment >= from) && bounds.to.is_none_or(|to| moment < to)
}

fn holds(scope: &Scope, issue: &Issue) -> bool {
    scope.projects.contains(&issue.project)
        && scope.lagging.get(&issue.project).is_none_or(|lagging| issue.updated < *lagging)
        && within(scope.updated, issue.updated)
        && within(scope.created, issue.created)
}

/// Whether an issue meets a condition of a difference.
fn meets(condition: &str, issue: &Issue) -> bool {
    if let Some(alternatives) = condition.strip_prefix("((").and_then(|rest| rest.strip_suffix("))")) {
        return alternatives.split(") OR (").any(|condition| meets(condition, issue));
    }
    condition.split(" AND ").all(|part| {
        let words: Vec<&str> = part.split(' ').collect();
        let value = if words[0] == "updated" { issue.updated } else { issue.created };
        match words[..] {
            ["project", "in", ..] => {
                let list = part.trim_start_matches("project in (").trim_end_matches(')');
                list.split(", ").any(|id| id == issue.project.to_string())
            }
            [_, ">=", bound] => value >= bound.parse().unwrap(),
            [_, "<", bound] => value < bound.parse().unwrap(),
            _ => panic!("{part}"),
        }
    })
}

proptest! {
    #[test]
    fn all_that_came_into_a_scope_is_in_its_difference(
        before in uneven(),
        after in scope(),
        issue in (0u64..6, 0i64..2_400_000, 0i64..2_400_000),
    ) {
        let issue = Issue { project: issue.0, updated: issue.1, created: issue.2 };
        let came = holds(&after, &issue) && !holds(&before, &issue);
        match after.difference(&before) {
            Difference::Unclear(_) => prop_assert!(!before.conditions.is_empty() && before.conditions != after.conditions),
            Difference::None | Difference::Narrower => prop_assert!(!came),
            Difference::Wider { slices, .. } => {
                prop_assert!(!came || slices.iter().any(|slice| meets(&slice.condition, &issue)));
                // What is said to be covered after each slice was covered before, or is in a slice so far.
                for (at, slice) in slices.iter().enumerate() {
                    let read = slices[..=at].iter().any(|slice| meets(&slice.condition, &issue));
                    prop_assert!(!(holds(&slice.scope_after, &issue) && holds(&after, &issue)) || holds(&before, &issue) || read);
                }
            }
        }
    }

    #[test]
    fn a_scope_differs_from_itself_in_nothing(scope in scope(), observed_at in 0i64..9) {
        let later = Scope { observed_at, ..scope.clone() };
        prop_assert_eq!(later.difference(&scope), Difference::None);
    }

    #[test]
    fn what_is_written_can_be_read(scope in uneven()) {
        let json = serde_json::to_value(&scope).unwrap();
        prop_assert_eq!(serde_json::from_value::<Scope>(json).unwrap(), scope);
    }
}

#[test]
fn many_projects_are_packed_and_few_are_a_list() {
    for (count, is_list) in [(0, true), (500, true), (501, false)] {
        let scope = Scope { projects: (0..count).map(|id| 10_000 + id).collect(), ..Scope::default() };
        let json = serde_json::to_value(&scope).unwrap();
        assert_eq!(json["projects"].is_array(), is_list, "{count}");
        assert_eq!(serde_json::from_value::<Scope>(json).unwrap(), scope);
    }
}

#[test]
fn a_crowd_of_new_projects_is_read_in_several_slices() {
    let crowd = Scope { projects: (0..=PROJECTS_PER_SLICE as u64).collect(), ..Scope::default() };
    let Difference::Wider { slices, .. } = crowd.difference(&Scope::default()) else { panic!("wider") };
    let sizes: Vec<usize> = slices.iter().map(|slice| slice.scope_after.projects.len()).collect();
    assert_eq!(sizes, [PROJECTS_PER_SLICE, PROJECTS_PER_SLICE + 1]);
    assert_eq!(slices[1].condition, format!("project in ({PROJECTS_PER_SLICE})"));
}
