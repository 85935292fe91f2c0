//! Takes the records that extractors write.

use crate::{
    jira::issue::IssueRef,
    record::{
        Object,
        object::UnknownShape,
        splice::{self, Property},
    },
};
use serde_json::value::RawValue;

/// Appends a record's JSON to a line.
type Write<'w> = &'w mut dyn FnMut(&mut Vec<u8>);

pub struct Sink<'a> {
    emit: &'a mut dyn FnMut(Write<'_>),
    /// Fields with values of other types than the catalog declares.
    pub mismatches: Vec<String>,
    /// Values of a shape that Jira does not document: the records in them can't be read.
    pub unknown_shapes: u64,
}

impl<'a> Sink<'a> {
    pub fn new(emit: &'a mut dyn FnMut(Write<'_>)) -> Self {
        Self { emit, mismatches: Vec::new(), unknown_shapes: 0 }
    }

    /// One record; `write` appends its JSON, without a line break.
    pub fn record(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut write = Some(write);
        (self.emit)(&mut |line| {
            if let Some(write) = write.take() {
                write(line);
            }
        });
    }

    /// A record as Jira sent it, with properties added.
    pub fn spliced(&mut self, raw: &str, added: &[Property<'_>]) {
        if raw.starts_with('{') {
            self.record(|line| splice::splice(line, raw, added));
        } else {
            self.unknown_shape();
        }
    }

    /// The elements of the list at a property, which may be missing or null.
    pub fn elements<'v>(&mut self, object: &Object<'v>, name: &str) -> Vec<&'v RawValue> {
        object.elements(name).unwrap_or_else(|UnknownShape| {
            self.unknown_shape();
            Vec::new()
        })
    }

    /// Counts a value that can't be read.
    pub fn unknown_shape(&mut self) {
        self.unknown_shapes += 1;
    }

    /// A record of these properties.
    pub fn object(&mut self, properties: &[Property<'_>]) {
        self.record(|line| splice::object(line, properties));
    }

    /// A child with a record of its own in Jira: comment, worklog.
    pub fn child(&mut self, raw: &str, issue: &IssueRef) {
        self.spliced(raw, &[("issueId", &issue.id), ("issueKey", &issue.key)]);
    }

    /// A child without a time of its own: it carries the issue's.
    pub fn dated_child(&mut self, raw: &str, issue: &IssueRef) {
        self.spliced(raw, &[("issueId", &issue.id), ("issueKey", &issue.key), ("updated", &issue.updated)]);
    }
}
