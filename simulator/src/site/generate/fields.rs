//! Generates the fields of the site: system fields and about 120 custom fields.

use serde_json::{Value, json};

use crate::site::catalog::{Catalog, Field, Kind, Lists, Place};

/// Id, name, part of `*navigable`, schema type, type of items. (Jira REST v3: `GET /field`.)
const SYSTEM: [(&str, &str, bool, &str, &str); 42] = [
    ("statuscategorychangedate", "Status Category Changed", true, "datetime", ""),
    ("issuetype", "Issue Type", true, "issuetype", ""),
    ("parent", "Parent", true, "issuelink", ""),
    ("timespent", "Time Spent", true, "number", ""),
    ("project", "Project", true, "project", ""),
    ("fixVersions", "Fix versions", true, "array", "version"),
    ("aggregatetimespent", "Σ Time Spent", true, "number", ""),
    ("resolution", "Resolution", true, "resolution", ""),
    ("resolutiondate", "Resolved", true, "datetime", ""),
    ("workratio", "Work Ratio", true, "number", ""),
    ("lastViewed", "Last Viewed", true, "datetime", ""),
    ("watches", "Watchers", true, "watches", ""),
    ("issuerestriction", "Restrict to", false, "issuerestriction", ""),
    ("created", "Created", true, "datetime", ""),
    ("priority", "Priority", true, "priority", ""),
    ("labels", "Labels", true, "array", "string"),
    ("timeestimate", "Remaining Estimate", true, "number", ""),
    ("aggregatetimeoriginalestimate", "Σ Original Estimate", true, "number", ""),
    ("versions", "Affects versions", true, "array", "version"),
    ("issuelinks", "Linked Issues", true, "array", "issuelinks"),
    ("assignee", "Assignee", true, "user", ""),
    ("updated", "Updated", true, "datetime", ""),
    ("status", "Status", true, "status", ""),
    ("statusCategory", "Status Category", true, "statusCategory", ""),
    ("components", "Components", true, "array", "component"),
    ("timeoriginalestimate", "Original estimate", true, "number", ""),
    ("description", "Description", true, "string", ""),
    ("timetracking", "Time tracking", false, "timetracking", ""),
    ("security", "Security Level", true, "securitylevel", ""),
    ("attachment", "Attachment", true, "array", "attachment"),
    ("aggregatetimeestimate", "Σ Remaining Estimate", true, "number", ""),
    ("summary", "Summary", true, "string", ""),
    ("creator", "Creator", true, "user", ""),
    ("subtasks", "Sub-tasks", true, "array", "issuelinks"),
    ("reporter", "Reporter", true, "user", ""),
    ("aggregateprogress", "Σ Progress", true, "progress", ""),
    ("environment", "Environment", true, "string", ""),
    ("duedate", "Due date", true, "date", ""),
    ("progress", "Progress", true, "progress", ""),
    ("votes", "Votes", true, "votes", ""),
    ("comment", "Comment", false, "comments-page", ""),
    ("worklog", "Log Work", false, "array", "worklog"),
];

/// Number of the ID, name, type. Fields of team-managed projects repeat names of shared ones.
const KNOWN: [(u32, &str, Kind); 12] = [
    (10_000, "development", Kind::Text),
    (10_014, "Epic Link", Kind::EpicLink),
    (10_015, "Start date", Kind::Date),
    (10_016, "Story point estimate", Kind::Points),
    (10_017, "dark yellow", Kind::Text),
    (10_019, "Rank", Kind::Rank),
    (10_020, "Sprint", Kind::Sprint),
    (10_021, "Flagged", Kind::Flag),
    (10_024, "Story Points", Kind::Number),
    (10_025, "Request Type", Kind::RequestType),
    (10_026, "Time to resolution", Kind::Sla),
    (10_027, "Time to first response", Kind::Sla),
];

/// Fields that are difficult for clients; see `SiteOptions::odd_fields`.
const ODD: [(u32, &str, Kind); 24] = [
    (10_200, "Go live", Kind::Date),
    (10_201, "go__LIVE", Kind::Text),
    (10_202, "Severity 10051", Kind::Option),
    (10_203, "Приоритет", Kind::Text),
    (10_204, "Fix Versions", Kind::Versions),
    (10_205, "Summary", Kind::Text),
    (10_206, "customfield_10020", Kind::Text),
    (10_207, "2nd approver", Kind::User),
    (10_208, "¿?", Kind::Labels),
    (10_209, "A very long name of a field that says all there is to be said of it", Kind::Text),
    (10_210, "A very long name of a field that says all there is to be said of it, again", Kind::Text),
    (10_211, "Owning team", Kind::Team),
    (10_212, "Department", Kind::Group),
    (10_213, "Readers", Kind::Groups),
    (10_214, "Portfolio", Kind::Project),
    (10_215, "Open forms", Kind::Forms),
    (10_216, "Checklist", Kind::App),
    (10_217, "Mystery", Kind::Unknown),
    (10_218, "Weight", Kind::WrongType),
    (UNSEARCHED, "Shown by the whole list only", Kind::Text),
    (UNLISTED, "Shown by the search only", Kind::Number),
    (HOMELESS, "Without a context", Kind::Text),
    (10_222, "quotes \" and \\ and \u{2028}", Kind::Text),
    (10_223, "Größe", Kind::Option),
];
const UNSEARCHED: u32 = 10_219;
const UNLISTED: u32 = 10_220;
const HOMELESS: u32 = 10_221;

const NAMES: [&str; 22] = [
    "Severity",
    "Team",
    "Customer",
    "Customers",
    "Root cause",
    "Release notes",
    "Impact",
    "Go-live",
    "Reviewed at",
    "Region",
    "Keywords",
    "Link to design",
    "Approvers",
    "Budget",
    "Effort €",
    "Contract",
    "Überprüft",
    "リスク",
    "Risk",
    "Severity",
    "Reach",
    "Confidence",
];
const KINDS: [Kind; 12] = [
    Kind::Option,
    Kind::Text,
    Kind::User,
    Kind::Number,
    Kind::Options,
    Kind::Paragraph,
    Kind::Date,
    Kind::Moment,
    Kind::Cascade,
    Kind::Labels,
    Kind::Address,
    Kind::Users,
];

/// Type of the schema, type of items and full name of the custom field's type.
fn schema(kind: Kind) -> (&'static str, Option<&'static str>, &'static str) {
    match kind {
        Kind::System | Kind::Text => ("string", None, "com.atlassian.jira.plugin.system.customfieldtypes:textfield"),
        Kind::Paragraph => ("string", None, "com.atlassian.jira.plugin.system.customfieldtypes:textarea"),
        Kind::Number => ("number", None, "com.atlassian.jira.plugin.system.customfieldtypes:float"),
        Kind::Option => ("option", None, "com.atlassian.jira.plugin.system.customfieldtypes:select"),
        Kind::Options => ("array", Some("option"), "com.atlassian.jira.plugin.system.customfieldtypes:multiselect"),
        Kind::User => ("user", None, "com.atlassian.jira.plugin.system.customfieldtypes:userpicker"),
        Kind::Users => ("array", Some("user"), "com.atlassian.jira.plugin.system.customfieldtypes:multiuserpicker"),
        Kind::Date => ("date", None, "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"),
        Kind::Moment => ("datetime", None, "com.atlassian.jira.plugin.system.customfieldtypes:datetime"),
        Kind::Cascade => {
            ("option-with-child", None, "com.atlassian.jira.plugin.system.customfieldtypes:cascadingselect")
        }
        Kind::Labels => ("array", Some("string"), "com.atlassian.jira.plugin.system.customfieldtypes:labels"),
        Kind::Address => ("string", None, "com.atlassian.jira.plugin.system.customfieldtypes:url"),
        Kind::Sprint => ("array", Some("json"), "com.pyxis.greenhopper.jira:gh-sprint"),
        Kind::Points => ("number", None, "com.pyxis.greenhopper.jira:jsw-story-points"),
        Kind::Rank => ("any", None, "com.pyxis.greenhopper.jira:gh-lexo-rank"),
        Kind::EpicLink => ("any", None, "com.pyxis.greenhopper.jira:gh-epic-link"),
        Kind::Flag => ("array", Some("option"), "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"),
        Kind::RequestType => ("sd-customerrequesttype", None, "com.atlassian.servicedesk:vp-origin"),
        Kind::Sla => ("sd-servicelevelagreement", None, "com.atlassian.servicedesk:sd-sla-field"),
        Kind::Group => ("group", None, "com.atlassian.jira.plugin.system.customfieldtypes:grouppicker"),
        Kind::Groups => ("array", Some("group"), "com.atlassian.jira.plugin.system.customfieldtypes:multigrouppicker"),
        Kind::Project => ("project", None, "com.atlassian.jira.plugin.system.customfieldtypes:project"),
        Kind::Versions => ("array", Some("version"), "com.atlassian.jira.plugin.system.customfieldtypes:multiversion"),
        Kind::Team => ("team", None, "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team"),
        Kind::Forms => ("number", None, "com.atlassian.jira.plugins.proforma-managed-fields:forms-open-field-cf"),
        Kind::App => ("object", None, "ari:cloud:ecosystem::extension/simulated/simulated/static/checklist"),
        Kind::Unknown => ("any", None, "com.example.app:mystery"),
        Kind::WrongType => ("number", None, "com.atlassian.jira.plugin.system.customfieldtypes:float"),
    }
}

pub(crate) fn fields(catalog: &mut Catalog, odd: bool) {
    for (id, name, navigable, kind, items) in SYSTEM {
        let mut schema = json!({"type": kind, "system": id});
        if !items.is_empty() {
            schema["items"] = json!(items);
        }
        let body = body(id, name, false, navigable, schema);
        let kind = Kind::System;
        catalog.fields.push(Field {
            id: id.into(),
            name: name.into(),
            kind,
            navigable,
            project: None,
            type_key: None,
            lists: Lists::Both,
            without_context: false,
            body,
        });
    }
    for (number, name, kind) in KNOWN {
        let type_key = matches!(kind, Kind::RequestType | Kind::Sla).then_some("service_desk");
        custom(catalog, number, name, kind, None, type_key);
    }
    let own: Vec<Place> =
        (0..catalog.projects.len() as Place).filter(|at| catalog.projects[*at as usize].simplified).collect();
    for number in 10_030..10_140_u32 {
        let name = NAMES[number as usize % NAMES.len()];
        let kind = KINDS[number as usize % KINDS.len()];
        let project = if number % 5 == 4 { own.get(number as usize % own.len().max(1)).copied() } else { None };
        custom(catalog, number, name, kind, project, None);
    }
    for (number, name, kind) in ODD.iter().copied().filter(|_| odd) {
        custom(catalog, number, name, kind, None, None);
        if let Some(field) = catalog.fields.last_mut() {
            field.without_context = number == HOMELESS;
            field.lists = match number {
                UNSEARCHED => Lists::Whole,
                UNLISTED => Lists::Search,
                _ => Lists::Both,
            };
        }
    }
}

fn custom(
    catalog: &mut Catalog,
    number: u32,
    name: &str,
    kind: Kind,
    project: Option<Place>,
    type_key: Option<&'static str>,
) {
    let id = format!("customfield_{number}");
    let (schema_type, items, full) = schema(kind);
    let mut schema = json!({"type": schema_type, "custom": full, "customId": number});
    if let Some(items) = items {
        schema["items"] = json!(items);
    }
    let mut body = body(&id, name, true, true, schema);
    if let Some(project) = project {
        let project = catalog.projects[project as usize].id.to_string();
        body["scope"] = json!({"type": "PROJECT", "project": {"id": project}});
    }
    let (name, lists) = (name.into(), Lists::Both);
    catalog.fields.push(Field {
        id,
        name,
        kind,
        navigable: true,
        project,
        type_key,
        lists,
        without_context: false,
        body,
    });
}

fn body(id: &str, name: &str, custom: bool, navigable: bool, schema: Value) -> Value {
    let clauses = if custom { json!([format!("cf[{}]", &id["customfield_".len()..]), name]) } else { json!([id]) };
    json!({"id": id, "key": id, "name": name, "untranslatedName": name, "custom": custom, "orderable": true,
        "navigable": navigable, "searchable": true, "clauseNames": clauses, "schema": schema})
}
