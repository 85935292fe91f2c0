//! Resolves the clauses of a query to predicates: names to entities, dates to times.

use std::collections::HashSet;

use super::dates::moment;
use super::parser::{Clause, Node, Operand, Operator};
use super::predicate::{Clock, Column, Inside, Predicate};
use super::{JqlError, Rules};
use crate::site::Site;
use crate::site::catalog::Named;
use crate::time::MINUTE;

pub(super) fn resolve(site: &Site, node: &Node, rules: Rules) -> Result<Predicate, JqlError> {
    let all = |parts: &[Node]| parts.iter().map(|part| resolve(site, part, rules)).collect::<Result<Vec<_>, _>>();
    Ok(match node {
        Node::And(parts) => Predicate::All(all(parts)?),
        Node::Or(parts) => Predicate::Any(all(parts)?),
        Node::Not(part) => Predicate::Not(Box::new(resolve(site, part, rules)?)),
        Node::Clause(clause) => Resolver { site, rules, clause }.resolve()?,
    })
}

struct Resolver<'a> {
    site: &'a Site,
    rules: Rules,
    clause: &'a Clause,
}

impl Resolver<'_> {
    fn resolve(&self) -> Result<Predicate, JqlError> {
        let field = self.clause.field.to_ascii_lowercase();
        match field.as_str() {
            "project" => self.places(Column::Project, |text| {
                let found = self.site.catalog.project(text);
                let found = found.filter(|place| self.site.searchable(*place, self.rules.archived));
                found.into_iter().collect()
            }),
            "id" | "key" | "issuekey" | "issue" => self.issues(),
            "updated" | "updateddate" => self.time(Clock::Updated),
            "created" | "createddate" => self.time(Clock::Created),
            "status" => self.places(Column::Status, |text| same(self.site.catalog.statuses.iter(), text)),
            "statuscategory" => self.places(Column::Category, |text| {
                let wanted = text.to_lowercase();
                match wanted.as_str() {
                    "new" | "to do" | "2" => vec![2],
                    "indeterminate" | "in progress" | "4" => vec![4],
                    "done" | "complete" | "3" => vec![3],
                    _ => Vec::new(),
                }
            }),
            "issuetype" | "type" => self
                .places(Column::Type, |text| same(self.site.catalog.issue_types.iter().map(|kind| &kind.named), text)),
            "priority" => self.places(Column::Priority, |text| same(self.site.catalog.priorities.iter(), text)),
            "resolution" => self.resolution(),
            "assignee" => self.people(Column::Assignee),
            "reporter" => self.people(Column::Reporter),
            "parent" => self.places(Column::Parent, |text| self.find(text).into_iter().collect()),
            "labels" => Ok(Predicate::Inside(self.labels()?)),
            "sprint" => Ok(Predicate::Inside(self.sprints()?)),
            "summary" | "text" => Ok(Predicate::Inside(self.summary()?)),
            _ => self.unknown(),
        }
    }

    /// An issue that this search can find.
    fn find(&self, text: &str) -> Option<u32> {
        self.site.find(text).filter(|at| {
            let indexed = &self.site.issues[*at as usize];
            self.site.searchable(indexed.project, self.rules.archived) && self.site.shown(indexed)
        })
    }

    /// Equality and lists of entities that the index stores by their index in the catalog.
    fn places(&self, column: Column, find: impl Fn(&str) -> Vec<u32>) -> Result<Predicate, JqlError> {
        if self.clause.values == [Operand::Empty] {
            return self.empty(Predicate::Empty(column));
        }
        let mut places = HashSet::new();
        for value in &self.clause.values {
            let found = find(value.text());
            if found.is_empty() && self.rules.strict_values {
                let (value, field) = (value.text(), &self.clause.field);
                return Err(JqlError::new(format!("The value '{value}' does not exist for the field '{field}'.")));
            }
            places.extend(found);
        }
        match self.clause.operator {
            Operator::Equals | Operator::In => Ok(Predicate::Place(column, places)),
            Operator::Differs | Operator::NotIn => Ok(Predicate::NotPlace(column, places)),
            _ => self.wrong_operator(),
        }
    }

    fn empty(&self, predicate: Predicate) -> Result<Predicate, JqlError> {
        match self.clause.operator {
            Operator::Is | Operator::Equals | Operator::In => Ok(predicate),
            Operator::IsNot | Operator::Differs | Operator::NotIn => Ok(Predicate::Not(Box::new(predicate))),
            _ => self.wrong_operator(),
        }
    }

    fn people(&self, column: Column) -> Result<Predicate, JqlError> {
        self.places(column, |text| match text.to_ascii_lowercase().as_str() {
            "currentuser" => vec![0],
            _ => {
                let users = self.site.catalog.users.iter().enumerate();
                users
                    .filter(|(_, user)| user.account_id == text || user.name == text)
                    .map(|(at, _)| at as u32)
                    .collect()
            }
        })
    }

    fn resolution(&self) -> Result<Predicate, JqlError> {
        if self.clause.values.len() == 1 && self.clause.values[0].text().eq_ignore_ascii_case("unresolved") {
            return self.empty(Predicate::Empty(Column::Resolution));
        }
        self.places(Column::Resolution, |text| same(self.site.catalog.resolutions.iter(), text))
    }

    /// Both `>` and `>=` include the whole given minute. (Measured by a public simulator.)
    fn time(&self, clock: Clock) -> Result<Predicate, JqlError> {
        if self.clause.values == [Operand::Empty] {
            return self.empty(Predicate::Always(false));
        }
        let mut moments = Vec::new();
        for value in &self.clause.values {
            moments.push(moment(&self.clause.field, value, &self.site.zone, self.rules.now)?);
        }
        let within =
            |at: &i64| Predicate::All(vec![Predicate::Since(clock, *at), Predicate::Before(clock, at + MINUTE)]);
        let first = moments.first().copied().unwrap_or(0);
        Ok(match self.clause.operator {
            Operator::Above | Operator::From => Predicate::Since(clock, first),
            Operator::Below => Predicate::Before(clock, first),
            Operator::UpTo => Predicate::Before(clock, first + 1),
            Operator::Equals | Operator::In => Predicate::Any(moments.iter().map(within).collect()),
            Operator::Differs | Operator::NotIn => {
                Predicate::Not(Box::new(Predicate::Any(moments.iter().map(within).collect())))
            }
            _ => return self.wrong_operator(),
        })
    }

    /// IDs and keys. A range applies only within the operand's project, and an operand that is no accessible issue
    /// matches nothing instead of causing an error. (Reported by users of a driver for Jira.)
    fn issues(&self) -> Result<Predicate, JqlError> {
        if self.clause.values == [Operand::Empty] {
            return self.empty(Predicate::Always(false));
        }
        let mut found = Vec::new();
        for value in &self.clause.values {
            match self.find(value.text()) {
                Some(at) => found.push(at),
                None if self.rules.strict_values => {
                    let (value, field) = (value.text(), &self.clause.field);
                    return Err(JqlError::new(format!(
                        "An issue with key '{value}' does not exist for field '{field}'."
                    )));
                }
                None => {}
            }
        }
        let anchor = found.first().map(|at| &self.site.issues[*at as usize]);
        let range = |from: u32, to: u32| {
            anchor.map_or(Predicate::Always(false), |indexed| Predicate::Numbers { project: indexed.project, from, to })
        };
        let number = anchor.map_or(0, |indexed| indexed.number);
        Ok(match self.clause.operator {
            Operator::Equals | Operator::In => Predicate::Positions(found.into_iter().collect()),
            Operator::Differs | Operator::NotIn => {
                Predicate::Not(Box::new(Predicate::Positions(found.into_iter().collect())))
            }
            Operator::Above => range(number + 1, u32::MAX),
            Operator::From => range(number, u32::MAX),
            Operator::Below => range(0, number.saturating_sub(1)),
            Operator::UpTo => range(0, number),
            _ => return self.wrong_operator(),
        })
    }

    fn negated(&self) -> Result<bool, JqlError> {
        match self.clause.operator {
            Operator::Equals | Operator::In | Operator::Contains | Operator::Is => Ok(false),
            Operator::Differs | Operator::NotIn | Operator::ContainsNot | Operator::IsNot => Ok(true),
            _ => self.wrong_operator().map(|_| false),
        }
    }

    fn labels(&self) -> Result<Inside, JqlError> {
        let negated = self.negated()?;
        if self.clause.values == [Operand::Empty] {
            return Ok(if negated { Inside::Labels { any: Vec::new(), negated: true } } else { Inside::NoLabels });
        }
        Ok(Inside::Labels { any: self.clause.values.iter().map(|value| value.text().to_string()).collect(), negated })
    }

    /// `sprint = N` matches past sprints, too.
    fn sprints(&self) -> Result<Inside, JqlError> {
        let negated = self.negated()?;
        if self.clause.values == [Operand::Empty] {
            return Ok(if negated {
                Inside::Sprints { any: HashSet::new(), negated: true }
            } else {
                Inside::NoSprints
            });
        }
        let matches = |value: &Operand, sprint: &&crate::site::catalog::Sprint| match value {
            Operand::Call(name, _) => {
                name.to_ascii_lowercase()
                    == format!("{}sprints", if sprint.state == "active" { "open" } else { sprint.state })
            }
            _ => sprint.id.to_string() == value.text() || sprint.name.eq_ignore_ascii_case(value.text()),
        };
        let sprints = &self.site.catalog.sprints;
        let any =
            self.clause.values.iter().flat_map(|value| sprints.iter().filter(move |sprint| matches(value, sprint)));
        Ok(Inside::Sprints { any: any.map(|sprint| sprint.id).collect(), negated })
    }

    fn summary(&self) -> Result<Inside, JqlError> {
        match self.clause.operator {
            Operator::Contains | Operator::ContainsNot => {}
            _ => return self.wrong_operator().map(|_| Inside::NoLabels),
        }
        let text = self.clause.values.first().map(Operand::text).unwrap_or_default().to_lowercase();
        let words = text.split_whitespace().map(|word| word.trim_matches(['*', '"']).to_string()).collect();
        Ok(Inside::Summary { words, negated: self.negated()? })
    }

    fn unknown(&self) -> Result<Predicate, JqlError> {
        let field = &self.clause.field;
        let known = self.site.catalog.fields.iter().any(|known| {
            known.id.eq_ignore_ascii_case(field)
                || known.name.eq_ignore_ascii_case(field)
                || Some(known.id.as_str()) == custom(field).as_deref()
        });
        if known {
            return Err(JqlError::new(format!("Field '{field}' exists, but this simulator does not search by it.")));
        }
        if self.rules.strict_values {
            return Err(JqlError::new(format!(
                "Field '{field}' does not exist or you do not have permission to view it."
            )));
        }
        // As observed on real sites: an unknown field gives an empty result.
        Ok(Predicate::Always(false))
    }

    fn wrong_operator(&self) -> Result<Predicate, JqlError> {
        let (operator, field) = (self.clause.operator, &self.clause.field);
        Err(JqlError::new(format!("The operator '{operator:?}' is not supported by the '{field}' field.")))
    }
}

fn custom(field: &str) -> Option<String> {
    let number = field.strip_prefix("cf[")?.strip_suffix(']')?;
    Some(format!("customfield_{number}"))
}

/// Indices of all entities with this ID or name: several projects have statuses and types of the same name.
fn same<'a>(list: impl Iterator<Item = &'a Named>, text: &str) -> Vec<u32> {
    list.enumerate()
        .filter(|(_, entry)| entry.id == text || entry.name.eq_ignore_ascii_case(text))
        .map(|(at, _)| at as u32)
        .collect()
}
