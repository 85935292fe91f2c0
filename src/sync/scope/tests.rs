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
        |(projects, updated, created, condition, archived, looked)| Scope {
            projects,
            behind: BTreeMap::new(),
            looked: looked * 1_000,
            updated,
            created,
            condition,
            archived,
        },
    )
}

/// One in which some projects were read less far than the others.
fn uneven() -> impl Strategy<Value = Scope> {
    let behind = prop::collection::btree_map(0u64..6, (1i64..40).prop_map(|minute| minute * 60_000), 0..4);
    (scope(), behind).prop_map(|(scope, behind)| Scope { behind, ..scope })
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
        && scope.behind.get(&issue.project).is_none_or(|behind| issue.updated < *behind)
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
            Difference::Unclear(_) => prop_assert!(before.condition.is_some() && before.condition != after.condition),
            Difference::None | Difference::Narrower => prop_assert!(!came),
            Difference::Wider { pieces, .. } => {
                prop_assert!(!came || pieces.iter().any(|piece| meets(&piece.condition, &issue)));
                // What is said to be covered after each piece was covered before, or is in a piece so far.
                for (at, piece) in pieces.iter().enumerate() {
                    let read = pieces[..=at].iter().any(|piece| meets(&piece.condition, &issue));
                    prop_assert!(!(holds(&piece.then, &issue) && holds(&after, &issue)) || holds(&before, &issue) || read);
                }
            }
        }
    }

    #[test]
    fn a_scope_differs_from_itself_in_nothing(scope in scope(), looked in 0i64..9) {
        let later = Scope { looked, ..scope.clone() };
        prop_assert_eq!(later.difference(&scope), Difference::None);
    }

    #[test]
    fn what_is_written_can_be_read(scope in uneven()) {
        prop_assert_eq!(Scope::read(&scope.to_json()), Ok(scope));
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let good = Scope::default().to_json();
    for (name, value) in [
        ("projects", json!("%")),
        ("looked", json!("yesterday")),
        ("updated", json!([5, null])),
        ("created", json!([null])),
        ("behind", json!({"10000": 5})),
        ("condition", json!(7)),
    ] {
        let mut scope = good.clone();
        scope[name] = value;
        assert_eq!(Scope::read(&scope).unwrap_err().0, name);
    }
}

#[test]
fn a_crowd_of_new_projects_is_read_in_several_pieces() {
    let crowd = Scope { projects: (0..=TOGETHER as u64).collect(), ..Scope::default() };
    let Difference::Wider { pieces, .. } = crowd.difference(&Scope::default()) else { panic!("wider") };
    let sizes: Vec<usize> = pieces.iter().map(|piece| piece.then.projects.len()).collect();
    assert_eq!(sizes, [TOGETHER, TOGETHER + 1]);
    assert_eq!(pieces[1].condition, format!("project in ({TOGETHER})"));
}
