//! Every shape in which its states have been seen: what it had sent and what we send make the site.

use super::{Place, SHARED, destination, full, issue_of, message, places, sent, state_of, text};
use crate::support::{Site, assert_holds, catalog};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const HOUR: i64 = 3_600_000;

/// Up to where each project was sent: all in one place, or some of them each in its own.
enum Sent {
    All(i64),
    Some(BTreeMap<u64, i64>),
    Nothing,
}

impl Sent {
    fn had(&self, issue: Place) -> bool {
        match self {
            Self::All(until) => issue.updated <= *until,
            Self::Some(projects) => projects.get(&issue.project).is_some_and(|until| issue.updated <= *until),
            Self::Nothing => false,
        }
    }

    /// From when on an issue has to be read.
    fn due(&self, project: u64) -> i64 {
        match self {
            Self::All(until) => *until,
            Self::Some(projects) => projects.get(&project).copied().unwrap_or(i64::MIN),
            Self::Nothing => i64::MIN,
        }
    }
}

struct Case {
    name: &'static str,
    /// Of the issues; of their children it is the parent's.
    state: Value,
    sent: Sent,
    by_project: bool,
}

fn case(name: &'static str, state: Value, sent: Sent) -> Case {
    let by_project = matches!(sent, Sent::Some(_));
    Case { name, state, sent, by_project }
}

fn cursor(at: i64) -> Value {
    json!({"updated": text(at)})
}

fn listed(projects: &BTreeMap<u64, i64>) -> Vec<Value> {
    let partition = |(id, at): (&u64, &i64)| json!({"partition": {"parent_slice": {}, "project_id": id.to_string()}, "cursor": cursor(*at)});
    projects.iter().map(partition).collect()
}

/// A site, and moments within its past: whole seconds.
struct World {
    site: Site,
    keys: Vec<String>,
    issues: BTreeMap<String, Place>,
    late: i64,
    early: i64,
}

fn world(seed: u64) -> World {
    let site = Site::new(120, seed, "");
    let issues = places(&site);
    let mut times: Vec<i64> = issues.values().map(|issue| issue.updated).collect();
    times.sort_unstable();
    let second = |at: usize| times[at] / 1000 * 1000;
    let (late, early) = (second(times.len() * 3 / 4), second(times.len() / 3));
    let keys: BTreeSet<String> =
        site.truth("issues").iter().map(|row| row["fields"]["project"]["key"].as_str().unwrap().to_owned()).collect();
    World { keys: keys.into_iter().collect(), issues, late, early, site }
}

impl World {
    fn cases(&self) -> Vec<Case> {
        let (late, early) = (self.late, self.early);
        let ids: BTreeSet<u64> = self.issues.values().map(|issue| issue.project).collect();
        let ids: Vec<u64> = ids.into_iter().collect();
        // The first is idle, the last was never read, the others stand close together.
        let uneven: BTreeMap<u64, i64> =
            ids[..ids.len() - 1].iter().map(|id| (*id, late)).chain([(ids[0], early)]).collect();
        let whole = |states: Vec<Value>| json!({"use_global_cursor": false, "states": states, "state": cursor(late), "lookback_window": 1, "parent_state": {}});
        let everything = |at: i64| json!({"partition": {}, "cursor": cursor(at)});
        let numbers = ids.iter().map(|id| json!({"partition": {"project_id": id}, "cursor": cursor(late)})).collect();
        let future: BTreeMap<u64, i64> =
            uneven.iter().map(|(id, at)| (*id, *at)).filter(|(id, _)| *id != ids[1]).collect();
        let mut with_future = listed(&future);
        with_future.push(json!({"partition": {"parent_slice": {}, "project_id": ids[1].to_string()}, "cursor": {"updated": "2222-01-01T00:00:00+0000"}}));
        let mut left_over = listed(&uneven);
        left_over.insert(0, everything(early - 999 * HOUR));
        let mut stale = listed(&BTreeMap::from([(ids[0], early), (424_242, early - 999 * HOUR)]));
        stale.push(everything(late));
        vec![
            case("flat", cursor(late), Sent::All(late)),
            case(
                "flat, with a fraction and another zone",
                json!({"updated": format!("{}.000000+0000", &text(late)[..19])}),
                Sent::All(late),
            ),
            case("flat, in UTC by another name", json!({"updated": text(late).replace("+0000", "Z")}), Sent::All(late)),
            case("one partition for everything", whole(vec![everything(late)]), Sent::All(late)),
            case(
                "partitions by project and nothing else",
                json!({"states": listed(&uneven)}),
                Sent::Some(uneven.clone()),
            ),
            case("partitions by project and a cursor for all", whole(listed(&uneven)), Sent::Some(uneven.clone())),
            case("ids as numbers, without parent_slice", json!({"states": Value::Array(numbers)}), Sent::All(late)),
            case(
                "one cursor for all partitions",
                json!({"use_global_cursor": true, "state": cursor(late + 7_000), "lookback_window": 7}),
                Sent::All(late),
            ),
            case("the list under `state`", json!({"state": listed(&uneven)}), Sent::Some(uneven.clone())),
            case("a partition left over from a config without projects", whole(left_over), Sent::Some(uneven.clone())),
            case("partitions left over from a config with projects", whole(stale), Sent::All(late)),
            Case {
                by_project: true,
                ..case("the config names projects now", whole(vec![everything(late)]), Sent::All(late))
            },
            case("one project far in the future", whole(with_future), Sent::Some(future)),
            case(
                "in progress, some projects done",
                json!({"use_global_cursor": false, "states": listed(&uneven), "lookback_window": 0}),
                Sent::Some(uneven),
            ),
            case(
                "in progress, nothing done",
                json!({"use_global_cursor": false, "states": [], "lookback_window": 0}),
                Sent::Nothing,
            ),
            case(
                "partitions of an unknown kind",
                json!({"states": [{"partition": {"board": 1}, "cursor": cursor(late)}]}),
                Sent::Nothing,
            ),
            case("no cursor at all", json!({"__ab_no_cursor_state_message": true}), Sent::Nothing),
        ]
    }
}

/// The state of a child: its own partitions are issues, some of which it touched long ago.
fn child(world: &World, case: &Case, modern: bool) -> Value {
    if ["updated", "__ab_no_cursor_state_message"].iter().any(|name| case.state.get(name).is_some()) {
        return case.state.clone();
    }
    let slice = |issue: &Place| match &case.sent {
        Sent::Some(_) => json!({"parent_slice": {}, "project_id": issue.project.to_string()}),
        _ => json!({}),
    };
    let own: Vec<Value> = world
        .issues
        .iter()
        .filter(|(_, issue)| case.sent.had(**issue))
        .map(|(id, issue)| json!({"partition": {"issue_id": id, "parent_slice": slice(issue)}, "cursor": cursor(issue.created / 1000 * 1000)}))
        .collect();
    let mut parent = case.state.clone();
    if !modern {
        parent.as_object_mut().unwrap().remove("parent_state");
    }
    json!({"use_global_cursor": false, "states": own, "lookback_window": 1, "parent_state": {"issues": parent}})
}

/// The partitions of sprints say nothing of sprints that are none of them; only a cursor for all does.
fn sprints(case: &Case) -> (Value, bool) {
    match &case.sent {
        Sent::All(at) => (
            json!({"use_global_cursor": false, "states": [], "state": cursor(*at), "lookback_window": 0, "parent_state": {}}),
            true,
        ),
        _ => (
            json!({"use_global_cursor": false, "states": [{"partition": {"parent_slice": {"board_id": 1, "parent_slice": {}}, "sprint_id": 11}, "cursor": {"updated": "2026-01-01T00:00:00+0000"}}]}),
            false,
        ),
    }
}

#[test]
fn every_shape_resumes_where_airbytes_connector_stopped() {
    let world = world(51);
    let before = full(&world.site);
    world.site.random_edits(25, 51);
    let now = places(&world.site);
    for (number, case) in world.cases().iter().enumerate() {
        let (sprints, reported) = sprints(case);
        let mut its = destination(&before, |stream, row| {
            let had = case.sent.had(world.issues[issue_of(stream, row)]);
            had && (stream != "sprint_issues" || reported)
        });
        let children = child(&world, case, number % 2 == 0);
        let state: Vec<Value> = SHARED
            .iter()
            .map(|stream| match *stream {
                "issues" => message(stream, &case.state),
                "sprint_issues" => message(stream, &sprints),
                _ => message(stream, &children),
            })
            .collect();
        // A start date long ago: nothing was left out before it.
        let mut members = json!({"start_date": "2000-01-01T00:00:00Z", "compatibility": "none"});
        if case.by_project {
            members["projects"] = json!(world.keys);
        }
        let config = world.site.config_with(members);
        let output = world.site.read_with(&config, &catalog(&SHARED, "incremental"), Some(&json!(state))).good();
        its.load(&output);
        println!("{}: {} issues", case.name, output.records("issues").len());
        assert_holds(&world.site, &its, &SHARED);
        for stream in ["issues", "issue_comments"] {
            let again: Vec<String> = sent(&output, stream)
                .into_iter()
                .filter(|id| now[id].updated < case.sent.due(now[id].project).saturating_sub(11 * 60_000))
                .collect();
            assert!(again.is_empty(), "{}: {stream} were read again: {again:?}", case.name);
        }
        // And from our own state nothing comes twice.
        let next = world.site.read_with(&config, &catalog(&SHARED, "incremental"), Some(&its.state())).good();
        assert_eq!(next.of_type("RECORD").count(), 0, "{}", case.name);
    }
}

/// Its connector asks for nothing then, and leaves the state as it is.
#[test]
fn a_cursor_far_in_the_future_brings_nothing_and_stays() {
    let site = Site::new(30, 52, "");
    let future = json!({"updated": "2222-01-01T00:00:00+0000"});
    let state = json!([message("issues", &future), message("issue_comments", &future)]);
    let output = site.read(&["issues", "issue_comments"], "incremental", Some(&state)).good();
    assert_eq!(output.of_type("RECORD").count(), 0);
    assert_eq!(state_of(&output, "issues")["position"]["cursor"], "2222-01-01T00:00:00.000+0000");
    assert!(output.logs().iter().any(|text| text.contains("lies in the future")));
}

/// Until a stream has resumed from it, a state is returned unchanged.
#[test]
fn a_run_that_fails_before_it_begins_leaves_its_state_as_it_is() {
    let site = Site::new(30, 53, "");
    let its = json!({"states": [{"partition": {"parent_slice": {}, "project_id": "10000"}, "cursor": {"updated": "2026-01-01T00:00:00+0000"}}]});
    site.change("[[fault]]\nroute = \"/rest/api/3/project/search\"\nkind = \"forbidden\"");
    let output = site.read(&["issues"], "incremental", Some(&json!([message("issues", &its)])));
    assert_eq!(output.code, Some(1));
    assert_eq!(state_of(&output, "issues"), its);
}
