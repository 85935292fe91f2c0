//! The catalog: everything of a site other than issues, such as users, projects, boards and fields.
//!
//! Bodies are stored as JSON texts, because they are repeated in every issue.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::setup::Setup;

/// Index of an entity in its list of the catalog.
pub(crate) type Place = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProjectState {
    Live,
    Archived,
    /// In the trash.
    Deleted,
}

#[derive(Debug)]
pub(crate) struct User {
    pub account_id: String,
    pub active: bool,
    pub name: String,
    /// As it appears within issues.
    pub inside: String,
    /// As user lists give it.
    pub body: Value,
}

#[derive(Debug)]
pub(crate) struct Project {
    pub id: u64,
    pub key: String,
    pub name: String,
    pub type_key: String,
    /// Team-managed.
    pub simplified: bool,
    pub state: ProjectState,
    /// The calling account may browse it.
    pub browsable: bool,
    pub description: String,
    pub lead: Option<Place>,
    /// As it appears within issues.
    pub inside: String,
    /// As lists give it, without the properties that `expand` adds.
    pub body: Value,
    pub issue_types: Vec<Place>,
    pub statuses: Vec<Place>,
    pub components: Vec<Place>,
    pub versions: Vec<Place>,
    pub sprints: Vec<Place>,
}

/// An entity with an ID and a name whose body is the same everywhere.
#[derive(Debug)]
pub(crate) struct Named {
    pub id: String,
    pub name: String,
    /// The project a team-managed entity belongs to.
    pub project: Option<Place>,
    /// As it appears within issues.
    pub inside: String,
    pub body: Value,
}

#[derive(Debug)]
pub(crate) struct IssueType {
    pub named: Named,
    pub subtask: bool,
    pub level: i8,
}

#[derive(Debug)]
pub(crate) struct Sprint {
    pub id: u64,
    pub name: String,
    pub state: &'static str,
    pub inside: String,
    pub body: Value,
}

#[derive(Debug)]
pub(crate) struct Board {
    pub id: u64,
    pub name: String,
    pub kind: &'static str,
    /// Projects whose issues it has.
    pub projects: Vec<Place>,
    /// The account has no access to it: 404.
    pub private: bool,
    /// `None` for boards without sprints.
    pub sprints: Option<Vec<Place>>,
    pub body: Value,
    pub configuration: Value,
}

#[derive(Debug)]
pub(crate) struct Screen {
    pub id: u64,
    pub tabs: Vec<Tab>,
    pub body: Value,
}

#[derive(Debug)]
pub(crate) struct Tab {
    pub id: u64,
    pub name: String,
    pub fields: Vec<Place>,
}

#[derive(Debug)]
pub(crate) struct Group {
    pub id: String,
    pub name: String,
    pub members: Vec<Place>,
}

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    System,
    Number,
    Text,
    Paragraph,
    Option,
    Options,
    User,
    Users,
    Date,
    Moment,
    Cascade,
    Labels,
    Address,
    Sprint,
    Points,
    Rank,
    EpicLink,
    Flag,
    RequestType,
    Sla,
    Group,
    Groups,
    Project,
    Versions,
    Team,
    /// The number of forms.
    Forms,
    /// An object defined by an app.
    App,
    /// Of an unknown type.
    Unknown,
    /// Declared as a number; sometimes it contains text.
    WrongType,
}

/// Which of the two lists of fields contain a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    Both,
    Whole,
    Search,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    /// Part of `*navigable`.
    pub navigable: bool,
    /// Team-managed fields exist in one project only.
    pub project: Option<Place>,
    /// Company-managed fields may be limited to projects of one type.
    pub type_key: Option<&'static str>,
    pub lists: Lists,
    /// Its context was deleted, so no issue has it.
    pub without_context: bool,
    pub body: Value,
}

/// The deleted entities. Their indices stay reserved, because generated issues refer to them.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    pub sprints: HashSet<Place>,
    pub versions: HashSet<Place>,
    pub components: HashSet<Place>,
}

/// The lists.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub base_url: String,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub projects: Vec<Project>,
    pub issue_types: Vec<IssueType>,
    pub statuses: Vec<Named>,
    pub priorities: Vec<Named>,
    pub resolutions: Vec<Named>,
    pub components: Vec<Named>,
    pub versions: Vec<Named>,
    pub sprints: Vec<Sprint>,
    pub boards: Vec<Board>,
    pub fields: Vec<Field>,
    pub filters: Vec<Value>,
    pub link_types: Vec<Named>,
    pub categories: Vec<Value>,
    pub labels: Vec<String>,
    pub screens: Vec<Screen>,
    pub screen_schemes: Vec<Value>,
    pub application_roles: Vec<Value>,
    pub roles: Vec<Value>,
    pub permission_schemes: Vec<Value>,
    /// By the project in which they can be set.
    pub security_levels: HashMap<Place, Vec<Value>>,
    pub project_by_key: HashMap<String, Place>,
    pub deleted: Deleted,
    pub setup: Setup,
}

impl Catalog {
    pub(crate) fn user(&self, account_id: &str) -> Option<Place> {
        self.users.iter().position(|user| user.account_id == account_id).map(|at| at as Place)
    }

    /// A project by ID, key in any case, or name.
    pub(crate) fn project(&self, wanted: &str) -> Option<Place> {
        if let Some(found) = self.project_by_key.get(&wanted.to_uppercase()) {
            return Some(*found);
        }
        let id = wanted.parse::<u64>().ok();
        let found = self
            .projects
            .iter()
            .position(|project| Some(project.id) == id || project.name.eq_ignore_ascii_case(wanted));
        found.map(|at| at as Place)
    }

    /// The sprints with these indices that aren't deleted.
    pub(crate) fn sprints_of<'a>(&'a self, places: &'a [Place]) -> impl Iterator<Item = &'a Sprint> {
        kept(&self.deleted.sprints, places).filter_map(|place| self.sprints.get(place as usize))
    }

    /// The sprints that aren't deleted, with their indices.
    pub(crate) fn sprints_left(&self) -> impl Iterator<Item = (Place, &Sprint)> {
        let all = self.sprints.iter().enumerate().map(|(place, sprint)| (place as Place, sprint));
        all.filter(|(place, _)| !self.deleted.sprints.contains(place))
    }

    /// A custom or system field by ID.
    pub(crate) fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }
}

/// The indices of entities that aren't deleted.
pub(crate) fn kept<'a>(deleted: &'a HashSet<Place>, places: &'a [Place]) -> impl Iterator<Item = Place> + 'a {
    places.iter().copied().filter(|place| !deleted.contains(place))
}

/// The entries that aren't deleted.
pub(crate) fn left<'a>(deleted: &'a HashSet<Place>, list: &'a [Named]) -> impl Iterator<Item = &'a Named> + 'a {
    list.iter().enumerate().filter(|(place, _)| !deleted.contains(&(*place as Place))).map(|(_, one)| one)
}

pub(crate) fn named(list: &[Named], wanted: &str) -> Option<Place> {
    list.iter().position(|entry| entry.id == wanted || entry.name.eq_ignore_ascii_case(wanted)).map(|at| at as Place)
}
