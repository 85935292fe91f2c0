//! The parts of an issue that a request selects: `fields`, `expand` and `properties`.

use crate::site::catalog::Catalog;
use crate::site::issue::Parts;

/// The default of `fields`, which depends on the endpoint. (Jira REST v3: parameter `fields`.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Default {
    Id,
    Navigable,
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Properties {
    Keys(Vec<String>),
    All,
}

#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// By index in the catalog's fields.
    pub fields: Vec<bool>,
    /// The names as given, for recorded issues and for page sizes.
    pub names: Vec<String>,
    pub default: Default,
    /// No field but `id`.
    pub id_only: bool,
    /// No field but `id` and `key`.
    pub fieldless: bool,
    pub properties: Properties,
    /// The parts of an issue that the response needs.
    pub parts: Parts,
    pub changelog: bool,
    pub transitions: bool,
    pub names_wanted: bool,
    pub schema_wanted: bool,
    pub operations: bool,
}

impl Selection {
    pub(crate) fn of(catalog: &Catalog, names: Vec<String>, expand: &[String], default: Default) -> Self {
        let wanted = |what: &str| expand.iter().any(|name| name == what);
        let mut selection = Self {
            fields: vec![false; catalog.fields.len()],
            id_only: false,
            fieldless: false,
            default,
            properties: Properties::Keys(Vec::new()),
            parts: Parts::ALL,
            changelog: wanted("changelog"),
            transitions: wanted("transitions"),
            names_wanted: wanted("names"),
            schema_wanted: wanted("schema"),
            operations: wanted("operations"),
            names,
        };
        selection.choose(catalog);
        selection.parts = selection.needed(catalog);
        selection
    }

    fn choose(&mut self, catalog: &Catalog) {
        let adds = |name: &&String| !name.starts_with('-');
        if !self.names.iter().any(|name| adds(&name)) {
            match (self.default, self.names.is_empty()) {
                (Default::Id, true) => self.id_only = true,
                (Default::Navigable, _) => self.navigable(catalog),
                _ => self.fields.fill(true),
            }
        }
        for name in self.names.clone() {
            match (name.as_str(), name.strip_prefix('-')) {
                ("*all", _) => self.fields.fill(true),
                ("*navigable", _) => self.navigable(catalog),
                (_, Some(less)) => self.set(catalog, less, false),
                _ => self.set(catalog, &name, true),
            }
        }
        let only = |allowed: &[&str]| self.names.iter().all(|name| allowed.contains(&name.as_str()));
        self.id_only = self.id_only || (!self.names.is_empty() && only(&["id"]));
        self.fieldless = self.id_only || (!self.names.is_empty() && only(&["id", "key", "issuekey"]));
    }

    /// The request selects more than fields.
    fn more(&self) -> bool {
        self.changelog || self.transitions || self.operations || self.properties != Properties::Keys(Vec::new())
    }

    /// The response has IDs only.
    pub(crate) fn bare(&self) -> bool {
        self.id_only && !self.more()
    }

    /// The response has IDs and keys only: pages of up to 5000.
    pub(crate) fn light(&self) -> bool {
        self.fieldless && !self.more()
    }

    fn navigable(&mut self, catalog: &Catalog) {
        for (at, field) in catalog.fields.iter().enumerate() {
            self.fields[at] |= field.navigable;
        }
    }

    fn set(&mut self, catalog: &Catalog, name: &str, to: bool) {
        for (at, field) in catalog.fields.iter().enumerate() {
            if field.id.eq_ignore_ascii_case(name) {
                self.fields[at] = to;
            }
        }
    }

    /// The field is part of the response. Recorded issues have fields that no catalog lists.
    pub(crate) fn holds(&self, catalog: &Catalog, id: &str) -> bool {
        if self.names.iter().any(|name| name.strip_prefix('-') == Some(id)) {
            return false;
        }
        match catalog.fields.iter().position(|field| field.id == id) {
            Some(at) => self.fields[at],
            None => {
                let wildcard = |name: &String| name == "*all" || name == "*navigable" || name == id;
                let adding = self.names.iter().any(|name| !name.starts_with('-'));
                self.names.iter().any(wildcard) || (!adding && !self.id_only)
            }
        }
    }

    fn needed(&self, catalog: &Catalog) -> Parts {
        const NEED: [&str; 9] = [
            "comment",
            "worklog",
            "timespent",
            "timetracking",
            "progress",
            "aggregateprogress",
            "aggregatetimespent",
            "workratio",
            "aggregatetimeestimate",
        ];
        let children =
            catalog.fields.iter().zip(&self.fields).any(|(field, on)| *on && NEED.contains(&field.id.as_str()));
        Parts { children, past: self.changelog }
    }
}
