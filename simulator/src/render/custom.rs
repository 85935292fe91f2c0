//! The custom fields of an issue. Most are null on most issues, as on real sites.

use super::Renderer;
use crate::json::Json;
use crate::random::Random;
use crate::site::catalog::{Field, Kind, Place};
use crate::site::issue::Issue;
use crate::text::{self, Text};
use crate::time::{self, DAY, HOUR};

/// Shares of issues, in thousandths, in which a custom field is set; which one depends on the field.
const SHARES: [u64; 10] = [300, 120, 60, 30, 20, 10, 10, 5, 2, 1];
const OPTIONS: [&str; 6] = ["Low", "Medium", "High", "N/A", "Größe \"L\"", "未定"];

impl Renderer<'_> {
    pub(super) fn custom(&self, json: &mut Json, field: &Field, issue: &Issue) {
        if let Some(written) = issue.written.get(&field.id) {
            json.raw(written);
            return;
        }
        let project = &self.site.catalog.projects[issue.indexed.project as usize];
        match field.kind {
            Kind::Sprint => self.sprints(json, &issue.sprints),
            Kind::Rank => json.plain(format_args!("0|i{:07x}:", issue.rank)),
            Kind::Points => points(json, issue.points.filter(|_| project.simplified)),
            Kind::Number if field.id == "customfield_10024" => {
                points(json, issue.points.filter(|_| !project.simplified))
            }
            Kind::EpicLink => json.null(),
            Kind::Flag if issue.seed.is_multiple_of(40) => {
                json.raw(&format!("[{{\"self\":\"{}/rest/api/3/customFieldOption/10019\",\"value\":\"Impediment\",\"id\":\"10019\"}}]", self.base()));
            }
            Kind::Sla => self.sla(json, field, issue),
            Kind::RequestType => self.request_type(json, issue),
            kind => self.invented(json, field, kind, issue),
        }
    }

    fn invented(&self, json: &mut Json, field: &Field, kind: Kind, issue: &Issue) {
        let number = field.id.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let mut random = Random::of(issue.seed, 70, number);
        let share = if is_odd(kind) { 300 } else { SHARES[(number % 10) as usize] };
        if !random.in_thousand(share) || kind == Kind::Flag {
            json.null();
            return;
        }
        let seed = random.next();
        match kind {
            Kind::Number => json.raw(["1.0", "2.5", "-3.0", "1.0E10", "0.1", "100000.0"][random.index(6)]),
            Kind::Text => json.string(&Text::Seeded { seed, words: 4 }.plain()),
            Kind::Paragraph => Text::Seeded { seed, words: 20 }.document(json),
            Kind::Option => self.option(json, &mut random, None),
            Kind::Options => {
                json.array(|json| (0..=random.below(2)).for_each(|_| self.option(json, &mut random, None)))
            }
            Kind::Cascade => {
                let child = random.below(6);
                self.option(json, &mut random, Some(child));
            }
            Kind::User => self.user(json, Some(random.index(self.site.catalog.users.len()) as Place)),
            Kind::Users => {
                json.array(|json| self.user(json, Some(random.index(self.site.catalog.users.len()) as Place)))
            }
            Kind::Date => json.string(&time::date_only(issue.indexed.created + random.below(400) as i64 * DAY)),
            Kind::Moment => self.stamp(json, issue.indexed.created + random.below(400) as i64 * HOUR),
            Kind::Labels => json.array(|json| json.string(&text::title(&mut random).replace(' ', "_"))),
            kind if is_odd(kind) => self.odd(json, kind, seed, &mut random),
            Kind::Address => json.plain(format_args!("https://example.com/{seed:x}?a=b&c=%20")),
            _ => json.null(),
        }
    }

    /// Kinds of `SiteOptions::odd_fields`.
    fn odd(&self, json: &mut Json, kind: Kind, seed: u64, random: &mut Random) {
        let catalog = &self.site.catalog;
        match kind {
            Kind::Group => self.group(json, random),
            Kind::Groups => json.array(|json| (0..=random.below(2)).for_each(|_| self.group(json, random))),
            Kind::Project => match random.pick(&catalog.projects) {
                Some(project) => json.raw(&project.inside),
                None => json.null(),
            },
            Kind::Versions => json.array(|json| {
                random.pick(&catalog.versions).into_iter().for_each(|version| json.raw(&version.inside));
            }),
            Kind::Team => json.object(|json| {
                json.key("id").plain(format_args!("{seed:x}"));
                json.key("name").raw("\"Platform\"");
                json.key("isVisible").bool(true);
            }),
            Kind::Forms => json.number(random.below(4) as i64),
            Kind::App => json.raw("{\"items\":[{\"text\":\"do it\",\"done\":false}]}"),
            Kind::Unknown => json.raw(["7", "\"seven\"", "[7]", "{\"seven\":7}", "true"][random.index(5)]),
            _ => json.raw(["1.0", "2.5", "\"heavy\""][random.index(3)]),
        }
    }

    fn group(&self, json: &mut Json, random: &mut Random) {
        let Some(group) = random.pick(&self.site.catalog.groups) else { return json.null() };
        json.object(|json| {
            json.key("name").string(&group.name);
            json.key("groupId").plain(format_args!("{}", group.id));
        });
    }

    fn option(&self, json: &mut Json, random: &mut Random, child: Option<u64>) {
        let number = random.index(OPTIONS.len());
        json.object(|json| {
            json.key("self").plain(format_args!("{}/rest/api/3/customFieldOption/{}", self.base(), 10_020 + number));
            json.key("value").string(OPTIONS[number]);
            json.key("id").plain(format_args!("{}", 10_020 + number));
            if let Some(child) = child.filter(|child| *child > 0) {
                json.key("child").object(|json| {
                    json.key("self").plain(format_args!(
                        "{}/rest/api/3/customFieldOption/{}",
                        self.base(),
                        10_030 + child
                    ));
                    json.key("value").plain(format_args!("Child {child}"));
                    json.key("id").plain(format_args!("{}", 10_030 + child));
                });
            }
        });
    }

    /// All sprints of the issue, also past ones; `null` rather than an empty list. (Public fixtures of other
    /// connectors.)
    fn sprints(&self, json: &mut Json, sprints: &[Place]) {
        let mut sprints = self.site.catalog.sprints_of(sprints).peekable();
        if sprints.peek().is_none() {
            json.null();
            return;
        }
        json.array(|json| sprints.for_each(|sprint| json.raw(&sprint.inside)));
    }

    fn sla(&self, json: &mut Json, field: &Field, issue: &Issue) {
        let start = issue.indexed.created;
        json.object(|json| {
            json.key("id").raw(if field.id.ends_with('6') { "\"1\"" } else { "\"2\"" });
            json.key("name").string(&field.name);
            json.key("completedCycles").raw("[]");
            if issue.resolved.is_some() {
                return;
            }
            json.key("ongoingCycle").object(|json| {
                for (name, at) in [("startTime", start), ("breachTime", start + 8 * HOUR)] {
                    json.key(name).object(|json| {
                        json.key("iso8601");
                        self.stamp(json, at);
                        json.key("epochMillis").number(at);
                    });
                }
                json.key("breached").bool(issue.indexed.updated > start + 8 * HOUR);
                json.key("paused").bool(false);
                json.key("withinCalendarHours").bool(true);
                json.key("goalDuration").raw("{\"millis\":28800000,\"friendly\":\"8h\"}");
            });
        });
    }

    fn request_type(&self, json: &mut Json, issue: &Issue) {
        if issue.seed.is_multiple_of(4) {
            json.null();
            return;
        }
        let status = &self.site.catalog.statuses[issue.indexed.status as usize].name;
        json.object(|json| {
            json.key("requestType").object(|json| {
                json.key("id").plain(format_args!("{}", 1 + issue.seed % 6));
                json.key("name").raw("\"Get IT help\"");
                json.key("serviceDeskId").raw("\"1\"");
            });
            json.key("currentStatus").object(|json| {
                json.key("status").string(status);
                json.key("statusCategory").raw("\"INDETERMINATE\"");
            });
        });
    }
}

const fn is_odd(kind: Kind) -> bool {
    use Kind::{App, Forms, Group, Groups, Project, Team, Unknown, Versions, WrongType};
    matches!(kind, Group | Groups | Project | Versions | Team | Forms | App | Unknown | WrongType)
}

fn points(json: &mut Json, points: Option<f64>) {
    match points {
        Some(points) => json.raw(&format!("{points:?}")),
        None => json.null(),
    }
}
