//! The whole changelog of an issue, generated or recorded, entry by entry.

use std::sync::Arc;

use serde_json::Value;

use super::Renderer;
use super::selection::{Default, Selection};
use crate::json::Json;
use crate::site::Site;
use crate::site::indexed::Position;
use crate::site::issue::{History, Issue, Parts};
use crate::site::recorded::Recorded;
use crate::time::{self, Millis};

pub(crate) struct Entries<'a> {
    site: &'a Site,
    source: Source,
    /// The entries that change one of the requested fields, oldest first.
    chosen: Vec<usize>,
}

enum Source {
    Made(Arc<Issue>),
    Recorded(Arc<Recorded>),
}

impl<'a> Entries<'a> {
    pub(crate) fn of(site: &'a Site, at: Position, fields: &[String]) -> Self {
        let wanted =
            |id: Option<&str>| fields.is_empty() || id.is_some_and(|id| fields.iter().any(|field| field == id));
        if let Some(recorded) = site.recorded.get(&at) {
            let concerns = |entry: &Value| {
                let items = entry["items"].as_array().map(Vec::as_slice).unwrap_or_default();
                fields.is_empty() || items.iter().any(|item| wanted(item["fieldId"].as_str()))
            };
            let chosen = (0..recorded.histories.len()).filter(|at| concerns(&recorded.histories[*at])).collect();
            return Self { site, source: Source::Recorded(recorded.clone()), chosen };
        }
        let issue = site.parts(at, Parts::PAST);
        let concerns =
            |entry: &History| entry.items.iter().any(|item| wanted(item.field_id.as_deref())) || fields.is_empty();
        let chosen = (0..issue.histories.len()).filter(|at| concerns(&issue.histories[*at])).collect();
        Self { site, source: Source::Made(issue), chosen }
    }

    pub(crate) fn len(&self) -> usize {
        self.chosen.len()
    }

    pub(crate) fn created(&self, entry: usize) -> Millis {
        match &self.source {
            Source::Made(issue) => issue.histories[self.chosen[entry]].created,
            Source::Recorded(recorded) => {
                recorded.histories[self.chosen[entry]]["created"].as_str().and_then(time::parse_stamp).unwrap_or(0)
            }
        }
    }

    /// Writes an entry with its time as epoch milliseconds or as text.
    pub(crate) fn write(&self, json: &mut Json, entry: usize, epoch: bool) {
        match &self.source {
            Source::Made(issue) => {
                let nothing = Selection::of(&crate::site::catalog::Catalog::default(), Vec::new(), &[], Default::Id);
                let renderer = Renderer::new(self.site, &nothing);
                let history = &issue.histories[self.chosen[entry]];
                if epoch {
                    renderer.history(json, history, |_, json, at| json.number(at));
                } else {
                    renderer.history(json, history, Renderer::stamp);
                }
            }
            Source::Recorded(recorded) => {
                let mut body = recorded.histories[self.chosen[entry]].clone();
                if epoch {
                    body["created"] = Value::from(self.created(entry));
                }
                json.raw(&body.to_string());
            }
        }
    }
}
