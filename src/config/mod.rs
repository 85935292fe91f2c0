//! The config as types: what a user may write, checked and ready to use.
//!
//! The doc comments of the fields are the descriptions in the spec, so they speak to the user: no Markdown there.

mod cloud_id;
mod credentials;
mod document;
mod domain;
mod environment;
mod fault;
mod filters;
mod jql;
mod legacy;
mod spec;
#[cfg(test)]
mod tests;
mod validate;

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::codes::{self, Code, Severity};

pub use cloud_id::CloudId;
pub use credentials::{ApiToken, ClientCredentials, Credentials, OAuth, Secret, ServiceAccount};
pub use document::Document;
pub use domain::Site;
pub use fault::{ConfigError, Fault, near_miss};
pub use filters::{Filters, Timestamp};
pub use spec::spec;

/// How many requests are in flight at most when the config does not say.
pub const DEFAULT_MAX_CONCURRENCY: u16 = 10;

/// Reads and checks a config file; on failure the error lists every fault at once. Secrets that the file leaves out
/// are taken from the environment.
pub fn parse(bytes: &[u8]) -> Result<Parsed, ConfigError> {
    parse_with(bytes, &|name| std::env::var(name).ok())
}

/// As [`parse`], with the environment as a function.
fn parse_with(bytes: &[u8], environment: environment::Lookup<'_>) -> Result<Parsed, ConfigError> {
    let document = Document::decode(bytes)?;
    let mut config = validate::config(&document, environment)?;
    if document.is_flat() {
        config.compatibility.get_or_insert(Compatibility::Airbyte);
    }
    Ok(Parsed { config, document })
}

/// Whether a file can be read as a config document at all, whatever it says.
pub fn readable(bytes: &[u8]) -> Result<(), ConfigError> {
    Document::decode(bytes).map(|_| ())
}

/// A config that passed every check, and the document it came from.
#[derive(Debug)]
pub struct Parsed {
    pub config: Config,
    /// The whole document in its present form, unknown members included: what a CONTROL message carries.
    pub document: Document,
}

impl Parsed {
    /// The document to announce in a CONTROL message, if the config came in an older form.
    pub fn migrated(&self) -> Option<&Value> {
        self.document.is_migrated().then(|| self.document.value())
    }

    /// The connection was made for Airbyte's connector. If the config does not say what that means, it does from now on.
    pub fn meet_airbyte(&mut self) {
        if self.config.compatibility.is_none() {
            self.document.insert("compatibility", "airbyte".into());
        }
        self.config.inherit_airbyte();
    }
}

/// How to reach a Jira Cloud site, and what to read from it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(title = "Jira")]
pub struct Config {
    /// How the connector signs in. An API token of a user who can see the projects is the simplest way; a service
    /// account keeps working when people leave; OAuth 2.0 acts for the user who gave consent.
    #[schemars(title = "Authentication", extend("order" = 0))]
    pub credentials: Credentials,

    /// The address of your Jira Cloud site. A link copied from the browser works too, as does the gateway address:
    /// api.atlassian.com/ex/jira/ followed by the cloud ID.
    #[serde(rename = "domain")]
    #[schemars(title = "Site", extend("order" = 1))]
    site: Site,

    /// The ID of the site, needed only if the connector cannot find it out by itself, for example when a service
    /// account sees several sites. Open your-site.atlassian.net/_edge/tenant_info to read it.
    #[schemars(title = "Cloud ID", extend("order" = 2))]
    cloud_id: Option<CloudId>,

    /// Which issues are wanted.
    #[serde(flatten)]
    pub filters: Filters,

    /// Minutes by which each incremental sync reaches back before the point where the last one ended. This comes on
    /// top of the short overlap that the connector always keeps, so 0 is right unless changes reach Jira late, for
    /// example through a backdating import.
    #[serde(default)]
    #[schemars(title = "Lookback Window (Minutes)", range(min = 0, max = 576_000))]
    #[schemars(extend("order" = 12, "examples" = [60]))]
    pub lookback_window_minutes: u32,

    /// Minutes by which incremental syncs reach back at most when Jira's search index was seen to lag behind. The connector
    /// measures that at each sync and reaches back twice as far, but never less than ten minutes.
    #[serde(default = "half_a_day")]
    #[schemars(title = "Widest Overlap (Minutes)", range(min = 10, max = 10_080))]
    #[schemars(extend("order" = 29, "default" = 720, "airbyte_hidden" = true, "examples" = [60]))]
    pub max_overlap_minutes: u32,

    /// The most requests the connector has in flight at once. It slows down by itself when Jira asks it to; lower the
    /// number only to leave more of the rate limit to other tools.
    #[schemars(title = "Concurrent Requests", range(min = 1, max = 50))]
    #[schemars(extend("order" = 13, "default" = DEFAULT_MAX_CONCURRENCY, "examples" = [5, 20]))]
    max_concurrency: Option<u16>,

    /// Older name of the number of concurrent requests; counts only if that one is not set.
    #[schemars(title = "Number of Workers", range(min = 1, max = 40))]
    #[schemars(extend("order" = 14, "airbyte_hidden" = true))]
    num_workers: Option<u16>,

    /// Optional parts of the issue records.
    #[serde(flatten)]
    expands: Expands,

    /// Where the connector sends its requests: to the site's own address, which API tokens without scopes need, or through
    /// the gateway api.atlassian.com, which all other credentials need. "auto" finds out, at the price of one refused
    /// request for an API token with scopes.
    #[serde(default)]
    #[schemars(title = "API Host", extend("order" = 20))]
    pub api_host: ApiHost,

    /// Access to your organization, for streams about its users, groups and roles. Leave it out if you don't want those.
    #[schemars(title = "Organization", extend("order" = 21))]
    pub admin: Option<Admin>,

    /// Whether renewed OAuth tokens are written back to the config file. If not set, they are when the connector runs by
    /// hand and may write the file; inside a platform they are handed to the platform instead.
    #[schemars(title = "Save Renewed Tokens", extend("order" = 22, "airbyte_hidden" = true))]
    pub persist_tokens: Option<bool>,

    /// Days after which votes, watchers, remote links, issue properties, transitions and sprint membership are read again in
    /// full: Jira is not known to move an issue's "updated" when only these change, so incremental syncs may not notice.
    /// 0 means never.
    #[serde(default = "seven")]
    #[schemars(title = "Refresh Children After (Days)", range(min = 0, max = 3_650))]
    #[schemars(extend("order" = 23, "default" = 7, "examples" = [1, 30]))]
    pub refresh_children_after_days: u32,

    /// Whether the state of the stream "deleted_issues" remembers the ID and key of each issue that was sent, in less than two bytes
    /// an issue. It takes that, or a file given by --known-ids, to tell which issues are gone or have come back without a
    /// change. The state of "deleted_comments" then remembers the ID of each comment, in about 3 bytes. States of big sites grow by
    /// up to 2 MB for each million issues, and 3 MB for each million comments.
    #[serde(default)]
    #[schemars(title = "Remember Sent Issues", extend("order" = 24))]
    pub known_ids_in_state: bool,

    /// Hours between two censuses of all issue IDs, which tell what is gone; 0 means at each sync. If not set, 24 with an API token
    /// or a service account's token, and never with OAuth 2.0, where a census costs a point for each issue.
    #[schemars(title = "Census Every (Hours)", range(min = 0, max = 8_760), extend("order" = 25, "examples" = [0, 24, 168]))]
    census_every_hours: Option<u32>,

    /// Keys of projects that may lose half of their issues and more at once. Otherwise that looks like lost permissions, and the
    /// issues are not reported as gone.
    #[serde(default)]
    #[schemars(title = "Accept Absence Of", extend("order" = 26, "airbyte_hidden" = true, "examples" = [["ABC"]]))]
    pub accept_absence_of: Vec<String>,

    /// How issues are read: by ID and then in bulk, or in full pages. "auto" picks what suits the credentials.
    #[serde(default)]
    #[schemars(title = "Scan Mode", extend("order" = 19, "airbyte_hidden" = true))]
    pub scan_mode: ScanMode,

    /// What happens when something can't be read that usually can, for example the sprints of a private board: "warn" names
    /// it in the log and goes on, "fail" also lets its stream fail once everything else of it has arrived. If not set, each
    /// such thing has a default of its own. Where nothing is missing, nothing fails.
    #[schemars(title = "When Something Is Left Out", extend("order" = 27))]
    on_skip: Option<OnSkip>,

    /// The same for single codes, which the closing report names. They come before the choice for all of them.
    #[serde(default)]
    #[schemars(title = "When Something Is Left Out, by Code", extend("order" = 28, "airbyte_hidden" = true))]
    #[schemars(schema_with = "by_code")]
    on_skip_codes: BTreeMap<String, OnSkip>,

    /// Whether discover adds the custom fields of the site to the schema of the stream "issues". Records hold them either way.
    #[serde(default = "yes")]
    #[schemars(title = "Discover Custom Fields", extend("order" = 31, "default" = true))]
    pub discover_custom_fields: bool,

    /// What custom fields are called in the stream "issues": "id", such as customfield_10024; "name", such as story_points, which
    /// stays when the field is renamed on the site; or "both".
    #[serde(default)]
    #[schemars(title = "Custom Field Names", extend("order" = 32))]
    pub custom_field_names: FieldNames,

    /// Whether the connector keeps to the ways of Airbyte's own Jira connector, for tables and models that were made for it:
    /// its narrower primary keys, the issue's key as "issueId" in votes, watchers, transitions, remote links and properties, issues
    /// without empty fields but with changelog, transitions and rendered fields, and states from which that connector can go on.
    /// "none" means the ways that are right by themselves. If not set, it does so for connections that were made for that
    /// connector, which show by their state or by sign-in details outside of "credentials".
    #[schemars(title = "Compatibility", extend("order" = 30, "examples" = ["airbyte"]))]
    compatibility: Option<Compatibility>,
}

/// Whose ways records, keys and states keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Compatibility {
    Airbyte,
    None,
}

/// What custom fields are called in records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldNames {
    #[default]
    Id,
    Name,
    Both,
}

/// What becomes of a stream that left something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum OnSkip {
    Warn,
    Fail,
}

/// A member for each code that can fail.
fn by_code(_: &mut SchemaGenerator) -> Schema {
    let failing = codes::ALL.iter().filter(|code| code.severity != Severity::Note);
    let members: Map<String, Value> = failing
        .enumerate()
        .map(|(order, code)| {
            let description = format!("What to do when {}.", code.why);
            let member = json!({"type": "string", "enum": ["warn", "fail"], "title": code.name, "description": description, "order": order});
            (code.name.to_owned(), member)
        })
        .collect();
    schemars::json_schema!({"type": "object", "properties": members})
}

const fn yes() -> bool {
    true
}

const fn seven() -> u32 {
    7
}

const fn half_a_day() -> u32 {
    720
}

/// The organization's own API, beside the site's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Admin {
    /// The ID of the organization: open <a href="https://admin.atlassian.com">admin.atlassian.com</a>, and copy it from the
    /// address, behind /o/.
    #[schemars(title = "Organization ID", extend("order" = 0, "examples" = ["11223344-a1b2-3b33-c444-def123456789"]))]
    pub org_id: String,

    /// An API key without scopes, made by an organization admin under Settings, API keys. Keys with scopes are refused by
    /// the endpoints that the connector needs.
    #[schemars(title = "API Key", extend("order" = 1))]
    pub api_key: Secret,
}

/// Where requests go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApiHost {
    #[default]
    Auto,
    Site,
    Gateway,
}

/// The older switches that add parts to issue records.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct Expands {
    /// Adds the changelog to each record of the stream "issues".
    #[serde(default)]
    #[schemars(title = "Expand Issue Changelog", extend("order" = 15, "airbyte_hidden" = true))]
    expand_issue_changelog: bool,

    /// Adds the fields rendered as HTML to each record of the stream "issues".
    #[serde(default)]
    #[schemars(title = "Render Issue Fields", extend("order" = 16, "airbyte_hidden" = true))]
    render_fields: bool,

    /// Adds the possible transitions to each record of the stream "issues".
    #[serde(default)]
    #[schemars(title = "Expand Issue Transitions", extend("order" = 17, "airbyte_hidden" = true))]
    expand_issue_transition: bool,

    /// The parts to add to each record of the stream "issues", for example renderedFields.
    #[serde(default)]
    #[schemars(title = "Expand Issues With", extend("order" = 18, "airbyte_hidden" = true))]
    issues_stream_expand_with: Vec<Expand>,
}

/// A part that Jira adds to an issue only when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Expand {
    RenderedFields,
    Transitions,
    Changelog,
}

impl Expand {
    /// The word Jira's `expand` parameter uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::RenderedFields => "renderedFields",
            Self::Transitions => "transitions",
            Self::Changelog => "changelog",
        }
    }
}

/// How the issue scan asks Jira for issues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScanMode {
    #[default]
    Auto,
    Ids,
    Pages,
}

impl Config {
    /// Where the site answers.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The site's cloud ID, if it was given: by itself, with the credentials, or within a gateway address.
    pub fn cloud_id(&self) -> Option<&CloudId> {
        self.cloud_id.as_ref().or(self.credentials.cloud_id()).or(self.site.cloud_id())
    }

    /// The most requests to have in flight at once.
    pub fn max_concurrency(&self) -> usize {
        usize::from(self.max_concurrency.or(self.num_workers).unwrap_or(DEFAULT_MAX_CONCURRENCY))
    }

    /// Hours between two censuses; `None`: never.
    pub fn census_every_hours(&self) -> Option<u32> {
        let usual = match self.credentials {
            Credentials::ApiToken(_) | Credentials::ServiceAccount(_) => Some(24),
            Credentials::OAuth(_) | Credentials::ClientCredentials(_) => None,
        };
        self.census_every_hours.or(usual)
    }

    /// What the records of `issues` carry beyond their fields: everything any of the switches asks for.
    pub fn issue_expands(&self) -> BTreeSet<Expand> {
        let switches = [
            (self.expands.expand_issue_changelog, Expand::Changelog),
            (self.expands.render_fields, Expand::RenderedFields),
            (self.expands.expand_issue_transition, Expand::Transitions),
        ];
        // Airbyte's connector asks for all of them, whatever the switches say.
        let all = self.keeps_to_airbyte();
        let switched_on = switches.into_iter().filter_map(|(on, expand)| (on || all).then_some(expand));
        switched_on.chain(self.expands.issues_stream_expand_with.iter().copied()).collect()
    }

    /// How bad it is that something was left out under a code.
    pub fn severity(&self, code: &Code) -> Severity {
        let chosen = self.on_skip_codes.get(code.name).or(self.on_skip.as_ref());
        match (code.severity, chosen) {
            (Severity::Note, _) | (_, None) => code.severity,
            (_, Some(OnSkip::Warn)) => Severity::Warn,
            (_, Some(OnSkip::Fail)) => Severity::Fail,
        }
    }

    /// Whether records, keys and states keep to the ways of Airbyte's connector.
    pub fn keeps_to_airbyte(&self) -> bool {
        self.compatibility == Some(Compatibility::Airbyte)
    }

    /// The connection was made for Airbyte's connector: that decides where the config says nothing.
    pub fn inherit_airbyte(&mut self) {
        self.compatibility.get_or_insert(Compatibility::Airbyte);
    }

    /// Every secret value of at least four characters: what must never show in any output.
    pub fn secrets(&self) -> Vec<&str> {
        let organization = self.admin.iter().map(|admin| &admin.api_key);
        let secrets = self.credentials.secrets().into_iter().chain(organization).map(Secret::expose);
        secrets.filter(|value| value.chars().count() >= 4).collect()
    }
}
