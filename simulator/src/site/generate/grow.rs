//! Generates the index of a site: the sizes of projects, parents and children, and the times of events.

use super::projects::weight;
use crate::random::{Random, mix};
use crate::site::Site;
use crate::site::catalog::Place;
use crate::site::indexed::{IndexedIssue, NONE, Position};
use crate::site::issue::Link;
use crate::site::options::SiteOptions;
use crate::time::{DAY, MINUTE, Millis};

/// Length of the generated past.
const PAST: Millis = 3 * 365 * DAY;
/// One issue in so many has more than a thousand history entries, so that bulk changelog pages of 10,000 fill up.
const GIANT_EVERY: u32 = 1000;

/// State of the loop over the issues.
struct Growth {
    numbers: Vec<Vec<Position>>,
    epics: Vec<Vec<Position>>,
    parents: Vec<Vec<Position>>,
    comment: u32,
    worklog: u32,
    history: u32,
    id: u64,
}

pub(super) fn grow(site: &mut Site, options: &SiteOptions) {
    let projects = site.catalog.projects.len();
    let shares: Vec<u32> = (0..projects).map(|number| weight(number).max(u32::from(number % 10 != 4))).collect();
    let total: u32 = shares.iter().sum();
    let end = options.end_of_past();
    let empty = || vec![Vec::new(); projects];
    let mut growth =
        Growth { numbers: empty(), epics: empty(), parents: empty(), comment: 0, worklog: 0, history: 0, id: 10_000 };
    site.issues.reserve(options.issues as usize);
    for at in 0..options.issues {
        let mut random = Random::of(options.seed, 50, u64::from(at));
        let mut left = random.below(u64::from(total)) as u32;
        let project = shares.iter().position(|share| {
            let hit = left < *share;
            left = left.saturating_sub(*share);
            hit
        });
        // Issues with very long changelogs are in visible projects.
        let project = if giant(at) { 0 } else { project.unwrap_or(0) };
        let indexed = indexed(site, &mut growth, &mut random, project, at, options.issues, end);
        link(site, &mut random, at);
        site.issues.push(indexed);
    }
    site.numbers = growth.numbers;
    site.next.comment = u64::from(growth.comment) + 10_000;
    site.next.worklog = u64::from(growth.worklog) + 10_000;
    site.next.history = u64::from(growth.history) + 10_000;
    site.next.issue = growth.id + 1;
    site.generated = site.issues.len() as u32;
}

fn indexed(
    site: &mut Site,
    growth: &mut Growth,
    random: &mut Random,
    project: usize,
    at: u32,
    of: u32,
    end: Millis,
) -> IndexedIssue {
    let step = PAST / i64::from(of.max(1));
    let created = end - PAST + i64::from(at) * step + random.below(step.max(1) as u64) as i64;
    growth.id += 1 + random.below(3);
    // Numbers of deleted issues are not reused, so there are gaps.
    if random.in_thousand(15) {
        growth.numbers[project].push(NONE);
    }
    growth.numbers[project].push(at);
    let number = growth.numbers[project].len() as u32;
    let (issue_type, parent) = family(site, growth, random, project, at);
    let counts = counts(random, at);
    let catalog = &site.catalog;
    let statuses = &catalog.projects[project].statuses;
    let status = statuses[random.index(statuses.len())] as u16;
    let done = catalog.statuses[status as usize].inside.contains("\"key\":\"done\"");
    let users = catalog.users.len();
    let quiet = counts == (0, 0, 0);
    let updated = if quiet { created } else { moment(random, created, end) };
    let indexed = IndexedIssue {
        id: growth.id,
        created,
        updated,
        project: project as u32,
        number,
        issue_type,
        status,
        priority: [2, 2, 2, 1, 3, 0, 4][random.index(7)],
        resolution: if done { random.index(3) as u16 } else { u16::MAX },
        assignee: if random.in_thousand(200) { NONE } else { random.index(users) as u32 },
        reporter: if random.in_thousand(10) { NONE } else { random.index(users) as u32 },
        parent,
        first_comment: growth.comment,
        first_worklog: growth.worklog,
        first_history: growth.history,
        comments: counts.0,
        worklogs: counts.1,
        histories: counts.2,
        deleted: false,
        hidden: at % 211 == 97,
        archived: false,
        undated: at % 997 == 403,
    };
    growth.comment += u32::from(counts.0);
    growth.worklog += u32::from(counts.1);
    growth.history += u32::from(counts.2);
    if at % 223 == 5 && projects_differ(site) {
        // It was moved from another project, where it had a number that new issues never reach.
        let before = ((project + 1) % site.catalog.projects.len()) as Place;
        site.old_keys.insert((before, 900_000 + at), at);
    }
    indexed
}

fn giant(at: u32) -> bool {
    at % GIANT_EVERY == 377
}

fn projects_differ(site: &Site) -> bool {
    site.catalog.projects.len() > 1
}

/// Comments, worklogs, histories: 3, 2 and 8 on average, with a heavy tail and a few right at the embedded caps.
fn counts(random: &mut Random, at: u32) -> (u16, u16, u16) {
    let mut between = |low: u64, high: u64| (low + random.below(high - low + 1)) as u16;
    if giant(at) {
        return (between(60, 120), between(30, 60), between(1001, 2500));
    }
    match between(1, 1000) {
        1..=20 => (between(60, 120), between(30, 60), between(150, 250)),
        21..=30 => (between(18, 22), between(18, 22), between(38, 42)),
        _ => {
            let comments = if between(1, 2) == 1 { between(1, 3) } else { 0 };
            let worklogs = if between(1, 100) <= 36 { between(1, 4) } else { 0 };
            (comments, worklogs, between(0, 4))
        }
    }
}

/// When an issue was last updated: mostly soon after its creation, sometimes much later, and sometimes within a few
/// minutes of a bulk change.
fn moment(random: &mut Random, created: Millis, end: Millis) -> Millis {
    let bulk = end - [700, 200, 33][random.index(3)] * DAY;
    if random.in_thousand(25) && created < bulk {
        return bulk / MINUTE * MINUTE + random.below(40_000) as i64;
    }
    let left = (end - created).max(1) as f64;
    created + 1 + (left * random.unit().powi(4)) as i64
}

/// The type and the parent: standard issues are parents of sub-tasks, epics of standard issues.
fn family(site: &mut Site, growth: &mut Growth, random: &mut Random, project: usize, at: u32) -> (u16, Position) {
    let catalog = &site.catalog;
    let types = &catalog.projects[project].issue_types;
    let of_level =
        |level: i8| types.iter().copied().filter(move |kind| catalog.issue_types[*kind as usize].level == level);
    let recent =
        |list: &[Position], random: &mut Random| list.iter().rev().nth(random.index(list.len().clamp(1, 12))).copied();
    let dice = random.below(1000);
    if let (0..120, Some(parent), Some(kind)) = (dice, recent(&growth.parents[project], random), of_level(-1).next()) {
        site.children.entry(parent).or_default().push(at);
        return (kind as u16, parent);
    }
    if let (120..160, Some(kind)) = (dice, of_level(1).next()) {
        growth.epics[project].push(at);
        return (kind as u16, NONE);
    }
    let plain: Vec<Place> = of_level(0).collect();
    growth.parents[project].push(at);
    let parent = if random.in_thousand(400) { recent(&growth.epics[project], random) } else { None };
    if let Some(parent) = parent {
        site.children.entry(parent).or_default().push(at);
    }
    (plain[random.index(plain.len())] as u16, parent.unwrap_or(NONE))
}

/// Some issues are linked to an earlier issue of any project.
fn link(site: &mut Site, random: &mut Random, at: Position) {
    if at == 0 || !random.in_thousand(80) {
        return;
    }
    let other = at - 1 - random.below(u64::from(at.min(60))) as u32;
    let id = site.next.link;
    site.next.link += 1;
    let kind = (mix(u64::from(at)) % 3) as Place;
    site.links.entry(at).or_default().push(Link { id, kind, outward: true, other });
    site.links.entry(other).or_default().push(Link { id, kind, outward: false, other: at });
}
