//! Deleted versions, components and sprints: reported once, and never where a list only failed to show them.

mod edge_cases;
mod long_runs;

use crate::support::{Destination, Output, Proxy, Site, Verdict, catalog, time};
use jira_simulator::Edit;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

const LOSSES: [&str; 3] = ["deleted_versions", "deleted_components", "deleted_sprints"];
const LISTS: [&str; 3] = ["project_versions", "project_components", "sprints"];

/// A site whose syncs go on from one another.
struct Synced {
    site: Site,
    destination: Destination,
}

impl Synced {
    /// After a first sync, which has nothing to compare with.
    fn new(seed: u64) -> Self {
        let mut synced = Self { site: Site::new(20, seed, ""), destination: Destination::default() };
        assert_eq!(synced.next().of_type("RECORD").count(), 0, "a first sync knows of no loss");
        synced
    }

    fn next(&mut self) -> Output {
        let config = self.site.config();
        self.through(&config).good()
    }

    fn through(&mut self, config: &Value) -> Output {
        // Some time passes between two syncs.
        self.site.advance_clock(Duration::from_secs(60));
        let state = self.destination.state();
        let output = self.site.read_with(config, &catalog(&LOSSES, "incremental"), Some(&state));
        self.destination.load(&output);
        output
    }

    fn by(&mut self, proxy: &Proxy) -> Output {
        let config = self.site.config_with(json!({"domain": proxy.host()}));
        self.through(&config)
    }

    /// Deletes a version, and returns its row, when it went, and its project's key.
    fn delete_version(&self, project: &str) -> (Value, i64) {
        let home = self.project(project);
        let version = self.site.truth("versions").into_iter().find(|one| one["projectId"] == home).expect("a version");
        let id = version["id"].as_str().expect("an id").to_owned();
        let edited = self.site.edit(Edit::DeleteVersion { project: project.into(), version: id }).expect("it is there");
        (version, edited.at)
    }

    fn project(&self, key: &str) -> u64 {
        let projects = self.site.truth_with_hidden("projects");
        let found = projects.iter().find(|project| project["key"] == key).expect("the project is there");
        found["id"].as_str().and_then(|id| id.parse().ok()).expect("a number")
    }

    fn key_of(&self, project: &Value) -> String {
        let projects = self.site.truth("projects");
        let found = projects.iter().find(|one| one["id"].as_str() == Some(project.to_string().as_str()));
        found.and_then(|one| one["key"].as_str()).expect("a project").to_owned()
    }
}

fn ids(output: &Output, stream: &str) -> Vec<String> {
    output.records(stream).iter().map(|row| row["id"].to_string().replace('"', "")).collect()
}

/// It went between the two times of its row.
fn assert_between(row: &Value, at: i64) {
    let millis = |name: &str| row[name].as_str().and_then(time::parse).expect("a time");
    assert!(millis("lastSeenAt") <= at && at <= millis("detectedAt"), "{row}, but it went at {}", time::format(at));
}

#[test]
fn what_was_deleted_since_the_last_sync_is_reported_once() {
    let mut synced = Synced::new(31);
    let (version, at) = synced.delete_version("CORE");
    let output = synced.next();
    let rows = output.records("deleted_versions");
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["id"], &rows[0]["projectId"]), (&version["id"], &version["projectId"]));
    assert_between(rows[0], at);
    assert_eq!(output.of_type("RECORD").count(), 1);

    let component = synced.site.truth("components")[0].clone();
    let sprint = synced.site.truth("sprints")[4].clone();
    let id = component["id"].as_str().expect("an id").to_owned();
    let gone = synced.site.edit(Edit::DeleteComponent { project: "CORE".into(), component: id }).expect("a component");
    synced.site.edit(Edit::DeleteSprint { sprint: sprint["id"].as_u64().expect("a number") }).expect("a sprint");
    let output = synced.next();
    let (components, sprints) = (output.records("deleted_components"), output.records("deleted_sprints"));
    assert_eq!((components.len(), sprints.len(), output.of_type("RECORD").count()), (1, 1, 2));
    assert_eq!((&components[0]["id"], &components[0]["projectId"]), (&component["id"], &component["projectId"]));
    assert_eq!((&sprints[0]["id"], &sprints[0]["boardId"]), (&sprint["id"], &sprint["originBoardId"]));
    assert_between(components[0], gone.at);
    assert_eq!(synced.next().of_type("RECORD").count(), 0);
}

/// The edit comes after the run has begun, and before its list.
#[test]
fn what_goes_during_a_sync_went_before_its_end() {
    let mut synced = Synced::new(32);
    let version = synced.site.truth("versions")[0]["id"].as_str().expect("an id").to_owned();
    let (site, home) = (Arc::new(synced.site), "CORE");
    let (there, deleted) = (site.clone(), Arc::new(std::sync::Mutex::new(None)));
    let at = deleted.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        let mut at = at.lock().expect("no thread panicked");
        if asked.is("GET", "/rest/api/3/project/search") && at.is_none() {
            there.advance_clock(Duration::from_secs(300));
            let edit = Edit::DeleteVersion { project: home.into(), version: version.clone() };
            *at = there.edit(edit).ok().map(|edited| edited.at);
        }
        Verdict::Pass
    });
    let config = site.config_with(json!({"domain": proxy.host()}));
    let output = site.read_with(&config, &catalog(&LOSSES, "incremental"), Some(&synced.destination.state())).good();
    synced.destination.load(&output);
    let rows = output.records("deleted_versions");
    assert_eq!(rows.len(), 1);
    assert_between(rows[0], deleted.lock().expect("no thread panicked").expect("it was deleted"));
}

#[test]
fn lists_are_read_once_for_the_stream_and_its_losses() {
    let count = |streams: &[&str]| {
        let site = Site::new(20, 33, "");
        site.read(streams, "incremental", None).good();
        let log = site.log();
        let routes = ["project/search", "project/{projectIdOrKey}/version", "project/{projectIdOrKey}/component"];
        let mut counts: Vec<u64> = routes.iter().map(|route| log.count(&format!("GET /rest/api/3/{route}"))).collect();
        counts.push(log.count("GET /rest/agile/1.0/board"));
        counts.push(log.count("GET /rest/agile/1.0/board/{boardId}/sprint"));
        counts
    };
    let both: Vec<&str> = LISTS.into_iter().chain(LOSSES).collect();
    let lists = count(&LISTS);
    assert!(lists.iter().all(|count| *count > 0), "{lists:?}");
    assert_eq!(count(&both), lists);
    assert_eq!(count(&LOSSES), lists);
}

#[test]
fn deletions_are_the_same_with_and_without_their_lists() {
    let site = Site::new(20, 34, "");
    let both: Vec<&str> = LISTS.into_iter().chain(LOSSES).collect();
    let first = site.read(&both, "incremental", None).good();
    let alone = site.read(&LISTS, "full_refresh", None).good();
    for list in LISTS {
        assert_eq!(first.records(list), alone.records(list));
    }
    site.edit(Edit::DeleteSprint { sprint: 2 }).expect("a sprint");
    let next = site.read(&both, "incremental", Some(&first.state())).good();
    assert_eq!(
        (ids(&next, "deleted_sprints"), next.records("sprints").len() + 2),
        (vec!["2".to_owned()], first.records("sprints").len())
    );
}

/// What a proxy makes of the site: 0 as it is, then step by step.
fn staged(site: &Site, rule: impl Fn(u8, &str) -> Verdict + Send + Sync + 'static) -> (Proxy, Arc<AtomicU8>) {
    let stage = Arc::new(AtomicU8::new(0));
    let now = stage.clone();
    let proxy = Proxy::new(&site.host(), move |asked| {
        rule(now.load(Ordering::Relaxed), asked.path.split('?').next().unwrap_or_default())
    });
    (proxy, stage)
}

fn page(values: &Value) -> Verdict {
    Verdict::Answer(200, json!({"startAt": 0, "maxResults": 50, "isLast": true, "values": values}).to_string())
}

#[test]
fn a_moved_version_is_not_deleted_until_its_new_project_loses_it() {
    // First in the old list, then in the new one, then in neither but found by its ID, then not found; its new project is known by the
    // new list, or by the version alone.
    for steps in [&[0, 1, 2][..], &[0, 2]] {
        let mut synced = Synced::new(40);
        let (old, new) = (synced.project("CORE"), synced.project("AND"));
        let lists = [old, new].map(|project| format!("/rest/api/3/project/{project}/version"));
        let version = |id: &str, project: u64| json!({"id": id, "projectId": project});
        let moved = version("777", new);
        let (proxy, stage) = staged(&synced.site, move |stage, path| match (stage, path) {
            (0, path) if path == lists[0] => page(&json!([version("777", old), version("778", old)])),
            (_, path) if path == lists[0] => page(&json!([version("778", old)])),
            (1, path) if path == lists[1] => page(&json!([moved])),
            (_, path) if path == lists[1] => page(&json!([])),
            (0..3, "/rest/api/3/version/777") => Verdict::Answer(200, moved.to_string()),
            (_, "/rest/api/3/version/778") => Verdict::Answer(200, version("778", old).to_string()),
            _ => Verdict::Pass,
        });
        // These lists no longer show the versions, though the site has them.
        for step in steps {
            stage.store(*step, Ordering::Relaxed);
            assert_eq!(synced.by(&proxy).good().of_type("RECORD").count(), 0, "step {step}");
        }
        assert!(!proxy.of("GET", "/rest/api/3/version/777").is_empty());
        stage.store(3, Ordering::Relaxed);
        let output = synced.by(&proxy).good();
        assert_eq!(ids(&output, "deleted_versions"), ["777"]);
        assert_eq!(output.records("deleted_versions")[0]["projectId"], new, "{steps:?}");
    }
}

#[test]
fn a_sprint_is_deleted_only_if_no_board_shows_it_and_all_that_did_were_read() {
    let mut synced = Synced::new(41);
    let boards = |path: &str| {
        ["/rest/agile/1.0/board/1/sprint", "/rest/agile/1.0/board/9/sprint"].iter().position(|own| *own == path)
    };
    let sprint = json!({"id": 900, "originBoardId": 9, "state": "closed", "name": "X"});
    // Created on a board that is not visible.
    let foreign = json!({"id": 901, "originBoardId": 77, "state": "closed", "name": "Y"});
    let board = |id: u32| json!({"id": id, "type": "scrum", "name": "b"});
    let (first, both) = (json!([board(1)]), json!([board(1), board(9)]));
    let (proxy, stage) = staged(&synced.site, move |stage, path| match (stage, path, boards(path)) {
        // On both boards; on the second one; then the board goes; it comes back; it shows the sprint no more.
        (0..=1 | 3.., "/rest/agile/1.0/board", _) => page(&both),
        (_, "/rest/agile/1.0/board", _) => page(&first),
        (0, _, Some(_)) => page(&json!([sprint, foreign])),
        (1 | 3, _, Some(1)) => page(&json!([sprint])),
        (1..=3, _, Some(0)) => page(&json!([foreign])),
        (_, _, Some(_)) => page(&json!([])),
        (0..=3, "/rest/agile/1.0/sprint/900", _) => Verdict::Answer(200, sprint.to_string()),
        _ => Verdict::Pass,
    });
    for step in 0..=3 {
        stage.store(step, Ordering::Relaxed);
        assert_eq!(synced.by(&proxy).good().of_type("RECORD").count(), 0, "step {step}");
    }
    assert!(proxy.of("GET", "/rest/agile/1.0/sprint/900").is_empty(), "it was never missing");
    stage.store(4, Ordering::Relaxed);
    let output = synced.by(&proxy).good();
    assert_eq!(ids(&output, "deleted_sprints"), ["900", "901"]);
    let homes: Vec<&Value> = output.records("deleted_sprints").iter().map(|row| &row["boardId"]).collect();
    assert_eq!(homes, [9, 77]);
}

#[test]
fn too_much_to_compare_is_logged_and_not_kept() {
    let mut synced = Synced::new(42);
    let core = synced.project("CORE");
    let list = format!("/rest/api/3/project/{core}/version");
    let many = |count: u64| {
        (0..count).map(|id| json!({"id": (50_000 + id).to_string(), "projectId": core})).collect::<Value>()
    };
    let (proxy, stage) = staged(&synced.site, {
        let (many, few) = (many(20_001), many(3));
        move |stage, path| if path == list { page(if stage == 0 { &many } else { &few }) } else { Verdict::Pass }
    });
    let output = synced.by(&proxy).good();
    assert_eq!(output.of_type("RECORD").count(), 0);
    assert!(output.logs().iter().any(|line| line.contains("1 × too_many_to_compare")), "{:#?}", output.logs());
    let length = output.state().to_string().len();
    assert!(length < 5_000, "{length}");
    for _ in 0..2 {
        stage.store(1, Ordering::Relaxed);
        let output = synced.by(&proxy).good();
        assert_eq!(output.of_type("RECORD").count(), 0, "it begins anew");
        assert!(!output.logs().iter().any(|line| line.contains("too_many_to_compare")));
    }
}

#[test]
fn a_full_refresh_has_nothing_to_compare_with() {
    let mut synced = Synced::new(43);
    synced.delete_version("CORE");
    let output = synced.site.read(&LOSSES, "full_refresh", Some(&synced.destination.state())).good();
    assert_eq!(output.of_type("RECORD").count(), 0);
    let next = synced.site.read(&LOSSES, "full_refresh", Some(&output.state())).good();
    assert_eq!(next.of_type("RECORD").count(), 0);
    assert_eq!(synced.next().of_type("RECORD").count(), 1);
}
