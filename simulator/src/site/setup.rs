//! What administrators set up: schemes, workflows, contexts of fields, dashboards and settings of the site.

use serde_json::Value;

use super::catalog::Place;

/// As lists give each entity, without the properties that `expand` adds.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    pub dashboards: Vec<Value>,
    pub status_categories: Vec<Value>,
    /// With all properties that `expand` can add.
    pub notification_schemes: Vec<Value>,
    pub security_schemes: Vec<Value>,
    pub issue_type_schemes: Vec<Value>,
    pub issue_type_screen_schemes: Vec<Value>,
    pub field_schemes: Vec<Value>,
    pub workflow_schemes: Vec<Value>,
    pub workflows: Vec<Workflow>,
    pub contexts: Vec<FieldContext>,
    pub settings: Vec<Value>,
    pub columns: Vec<Value>,
    pub time_tracking: Vec<Value>,
}

#[derive(Debug)]
pub(crate) struct Workflow {
    /// The team-managed project it belongs to.
    pub project: Option<Place>,
    pub statuses: Vec<Place>,
    /// With its transitions.
    pub body: Value,
}

/// A context of a custom field, with its options.
#[derive(Debug)]
pub(crate) struct FieldContext {
    pub field: String,
    pub id: String,
    pub body: Value,
    /// Empty for fields without options.
    pub options: Vec<Value>,
}
