//! The config as types: what a user may write, validated and ready to use.
//!
//! The doc comments of options are their descriptions in the specification, which users read: no Markdown there.

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

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::codes::{self, Code, Severity};

pub use cloud_id::CloudId;
pub use credentials::{ApiToken, ClientCredentials, Credentials, OAuth, Secret, ServiceAccount};
pub use document::Document;
pub use domain::Site;
pub use fault::{ConfigError, Fault, near_miss};
pub use filters::{Filter, Filters, Interval, Timestamp};
pub use spec::spec;

/// Each incremental sync begins at least this many minutes before its cursor, for changes that Jira's search index showed late.
pub const OVERLAP_MINUTES: u32 = 10;

/// The default of `max_concurrency`.
pub const DEFAULT_MAX_CONCURRENCY: u16 = 10;

/// Reads and validates the bytes of a config file. Secrets that the file does not contain are taken from the
/// environment. The error lists everything that is wrong.
pub fn parse(bytes: &[u8]) -> Result<Parsed, ConfigError> {
    parse_with(bytes, &|name| std::env::var(name).ok())
}

/// As [`parse`], with a function in place of the environment.
fn parse_with(bytes: &[u8], environment: environment::Lookup<'_>) -> Result<Parsed, ConfigError> {
    let document = Document::decode(bytes)?;
    let (mut config, ignored) = validate::config(&document, environment)?;
    if document.is_flat() {
        config.compatibility.get_or_insert(Compatibility::Airbyte);
    }
    Ok(Parsed { config, document, ignored })
}

/// Whether the bytes of a file are a JSON document, valid config or not.
pub fn readable(bytes: &[u8]) -> Result<(), ConfigError> {
    Document::decode(bytes).map(|_| ())
}

/// A valid config, and the document it was read from.
#[derive(Debug)]
pub struct Parsed {
    pub config: Config,
    /// The whole document in its current form, unknown options included: what a CONTROL message contains.
    pub document: Document,
    /// Names in it that are no options.
    pub ignored: Vec<String>,
}

impl Parsed {
    /// The document for a CONTROL message, if the config was in an older form.
    pub fn migrated(&self) -> Option<&Value> {
        self.document.is_migrated().then(|| self.document.value())
    }

    /// Call if the connection was made for Airbyte's connector: unless the config sets `compatibility`, sets it to `airbyte`,
    /// in the document as well.
    pub fn adopt_airbyte_compatibility(&mut self) {
        if self.config.compatibility.is_none() {
            self.document.insert("compatibility", "airbyte".into());
        }
        self.config.default_to_airbyte();
    }
}

/// How to reach a Jira Cloud site, and what to read from it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(title = "Jira")]
pub struct Config {
    /// How the connector authenticates. The API token of a user who has access to the projects is the simplest method. A
    /// service account keeps working when people leave. OAuth 2.0 acts on behalf of the user who authorized the app.
    #[schemars(title = "Authentication", extend("order" = 0))]
    pub credentials: Credentials,

    /// The address of your Jira Cloud site. You can also paste a link from the browser, or the address of the gateway:
    /// api.atlassian.com/ex/jira/ followed by the cloud ID.
    #[serde(rename = "domain")]
    #[schemars(title = "Site", extend("order" = 1))]
    site: Site,

    /// The cloud ID of the site. Needed only if the connector cannot look it up, for example because a service account has
    /// access to several sites. To find it, open your-site.atlassian.net/_edge/tenant_info in a browser.
    #[schemars(title = "Cloud ID", extend("order" = 2))]
    cloud_id: Option<CloudId>,

    /// Which issues are read.
    #[serde(flatten)]
    pub filters: Filters,

    /// Extra minutes to re-read before the cursor in each incremental sync, on top of the built-in overlap of at least 10
    /// minutes. 0 is right unless changes reach Jira late, for example through an import with past dates.
    #[serde(default)]
    #[schemars(title = "Lookback Window (Minutes)", range(min = 0, max = 576_000))]
    #[schemars(extend("order" = 12, "examples" = [60]))]
    pub lookback_window_minutes: u32,

    /// The most minutes to re-read before the cursor when Jira's search index lags. Each sync measures the lag and re-reads
    /// twice as much, but never less than 10 minutes.
    #[serde(default = "default_max_overlap")]
    #[schemars(title = "Maximum Overlap (Minutes)", range(min = OVERLAP_MINUTES, max = 10_080))]
    #[schemars(extend("order" = 29, "default" = 720, "airbyte_hidden" = true, "examples" = [60]))]
    pub max_overlap_minutes: u32,

    /// The most minutes for which a sync waits while Jira answers no request at all. All requests are held meanwhile; after
    /// that, the sync fails and the next one resumes. 0 does not wait.
    #[serde(default = "default_max_outage")]
    #[schemars(title = "Maximum Outage (Minutes)", range(min = 0, max = 1_440))]
    #[schemars(extend("order" = 33, "default" = 10, "airbyte_hidden" = true, "examples" = [60]))]
    pub max_outage_minutes: u32,

    /// The most requests that are in flight at the same time. The connector slows down when Jira limits the rate, so lower
    /// this only to leave more of the limit to other tools.
    #[schemars(title = "Concurrent Requests", range(min = 1, max = 50))]
    #[schemars(extend("order" = 13, "default" = DEFAULT_MAX_CONCURRENCY, "examples" = [5, 20]))]
    max_concurrency: Option<u16>,

    /// Older name of max_concurrency. It applies only if max_concurrency is not set.
    #[schemars(title = "Number of Workers", range(min = 1, max = 40))]
    #[schemars(extend("order" = 14, "airbyte_hidden" = true))]
    num_workers: Option<u16>,

    /// Optional parts of the issue records.
    #[serde(flatten)]
    expands: Expands,

    /// Where requests are sent: "site" is the site's own address, which API tokens without scopes require; "gateway" is
    /// api.atlassian.com, which all other credentials require. "auto" tries both, which costs an API token with scopes one
    /// refused request.
    #[serde(default)]
    #[schemars(title = "API Host", extend("order" = 20))]
    pub api_host: ApiHost,

    /// Access to your Atlassian organization, for streams about its users, groups and roles. Leave it empty if you don't need
    /// those streams.
    #[schemars(title = "Organization", extend("order" = 21))]
    pub admin: Option<Admin>,

    /// Whether renewed OAuth tokens are saved in the config file. "false" means that the reader of the output stores the CONTROL
    /// messages, which contain the tokens. If not set, tokens are saved in the file, except inside Airbyte's platform, which
    /// stores CONTROL messages. Tokens that can't be saved are not renewed.
    #[schemars(title = "Save Renewed Tokens", extend("order" = 22, "airbyte_hidden" = true))]
    pub persist_tokens: Option<bool>,

    /// Days after which votes, watchers, remote links, issue properties, transitions and sprint membership are re-read in
    /// full. Jira is not known to update an issue's "updated" when only these change, so incremental syncs can miss such
    /// changes. 0 means never.
    #[serde(default = "default_full_refresh_interval")]
    #[schemars(title = "Full Refresh Interval (Days)", range(min = 0, max = 3_650))]
    #[schemars(extend("order" = 23, "default" = 7, "examples" = [1, 30]))]
    pub full_refresh_interval_days: u32,

    /// Whether the state of the stream "deleted_issues" stores the ID and key of each issue that was sent, in less than 2
    /// bytes per issue. This, or a file given by --known-ids, is required to detect deleted issues without the audit log,
    /// and issues that became visible without a change. The state of "deleted_comments" stores the ID of each comment, in
    /// about 3 bytes. States grow by up to 2 MB per million issues and 3 MB per million comments. Without one of these streams
    /// the option has no effect. If not set: yes, except for issues with OAuth 2.0, unless "id_snapshot_interval_hours" is set.
    #[schemars(title = "Track Sent IDs", extend("order" = 24))]
    track_sent_ids: Option<bool>,

    /// Hours between two snapshots of all issue IDs, which detect deleted issues. 0 means at each sync. If not set: 24 with an
    /// API token or the token of a service account; never with OAuth 2.0, where a snapshot costs one point per issue.
    #[schemars(title = "ID Snapshot Interval (Hours)", range(min = 0, max = 8_760), extend("order" = 25, "examples" = [0, 24, 168]))]
    id_snapshot_interval_hours: Option<u32>,

    /// Keys of the projects of which more than half of the issues may be deleted between two syncs. In any other project, so many
    /// missing issues look like lost permissions and are not reported as deleted.
    #[serde(default)]
    #[schemars(title = "Allow Mass Deletion In", extend("order" = 26, "airbyte_hidden" = true, "examples" = [["ABC"]]))]
    pub allow_mass_deletion_in: Vec<String>,

    /// How issues are read: "ids" lists IDs and fetches issues in bulk, "pages" reads full pages. "auto" chooses by the
    /// credentials.
    #[serde(default)]
    #[schemars(title = "Scan Mode", extend("order" = 19, "airbyte_hidden" = true))]
    pub scan_mode: ScanMode,

    /// What happens when something that is usually readable is skipped, for example the sprints of a private board. "warn"
    /// logs a warning; "fail" also fails the stream after everything else was sent. If not set, each reason has its own
    /// default. A skip that loses no data never fails a stream.
    #[schemars(title = "On Skip", extend("order" = 27))]
    on_skip: Option<OnSkip>,

    /// The same as on_skip for single codes, which the closing report names. These take precedence over on_skip.
    #[serde(default)]
    #[schemars(title = "On Skip, by Code", extend("order" = 28, "airbyte_hidden" = true))]
    #[schemars(schema_with = "by_code")]
    on_skip_codes: BTreeMap<String, OnSkip>,

    /// Whether discover adds the custom fields of the site to the schema of the stream "issues". The records contain custom
    /// fields in any case.
    #[serde(default = "default_true")]
    #[schemars(title = "Discover Custom Fields", extend("order" = 31, "default" = true))]
    pub discover_custom_fields: bool,

    /// How custom fields are named in the stream "issues": "id", for example customfield_10024; "name", for example
    /// story_points, which stays the same when the field is renamed on the site; or "both".
    #[serde(default)]
    #[schemars(title = "Custom Field Names", extend("order" = 32))]
    pub custom_field_names: FieldNames,

    /// Whether records, primary keys and states follow Airbyte's own Jira connector, for tables and models that were made for
    /// it: its narrower primary keys; the issue key as "issueId" in votes, watchers, transitions, remote links and
    /// properties; issues without empty fields but with changelog, transitions and rendered fields; and states from which
    /// that connector can resume. "none" follows Jira's API. If not set, connections that were made for Airbyte's connector
    /// follow it: those with its states, or with an API token outside of "credentials".
    #[schemars(title = "Compatibility", extend("order" = 30, "examples" = ["airbyte"]))]
    compatibility: Option<Compatibility>,
}

/// Which connector records, keys and states follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Compatibility {
    Airbyte,
    None,
}

/// How custom fields are named in records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldNames {
    #[default]
    Id,
    Name,
    Both,
}

/// What happens to a stream that skipped something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum OnSkip {
    Warn,
    Fail,
}

/// The schema of `on_skip_codes`: a property for each code that can fail a stream.
fn by_code(_: &mut SchemaGenerator) -> Schema {
    let failing = codes::ALL.iter().filter(|code| code.severity != Severity::Note);
    let properties: Map<String, Value> = failing
        .enumerate()
        .map(|(order, code)| {
            let description = format!("What happens when {}.", code.why);
            let property = json!({"type": "string", "enum": ["warn", "fail"], "title": code.name, "description": description, "order": order});
            (code.name.to_owned(), property)
        })
        .collect();
    schemars::json_schema!({"type": "object", "properties": properties})
}

const fn default_true() -> bool {
    true
}

const fn default_full_refresh_interval() -> u32 {
    7
}

const fn default_max_overlap() -> u32 {
    720
}

const fn default_max_outage() -> u32 {
    10
}

/// Access to the API of the organization, which is separate from the site's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Admin {
    /// The ID of the organization. To find it, open <a href="https://admin.atlassian.com">admin.atlassian.com</a> and copy it
    /// from the address, after /o/.
    #[schemars(title = "Organization ID", extend("order" = 0, "examples" = ["11223344-a1b2-3b33-c444-def123456789"]))]
    pub org_id: String,

    /// An API key without scopes. An organization admin creates it under Settings, API keys. The endpoints that the connector
    /// needs refuse keys with scopes.
    #[schemars(title = "API Key", extend("order" = 1))]
    pub api_key: Secret,
}

/// Where requests are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApiHost {
    #[default]
    Auto,
    Site,
    Gateway,
}

/// The options of Airbyte's connector that add parts to issue records.
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

    /// Adds the available transitions to each record of the stream "issues".
    #[serde(default)]
    #[schemars(title = "Expand Issue Transitions", extend("order" = 17, "airbyte_hidden" = true))]
    expand_issue_transition: bool,

    /// The parts to add to each record of the stream "issues", for example renderedFields.
    #[serde(default)]
    #[schemars(title = "Expand Issues With", extend("order" = 18, "airbyte_hidden" = true))]
    issues_stream_expand_with: Vec<Expand>,
}

/// A part of an issue that Jira adds only on request (Jira REST v3: `expand`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Expand {
    RenderedFields,
    Transitions,
    Changelog,
}

impl Expand {
    /// The value of Jira's parameter `expand`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RenderedFields => "renderedFields",
            Self::Transitions => "transitions",
            Self::Changelog => "changelog",
        }
    }
}

/// How issues are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScanMode {
    #[default]
    Auto,
    Ids,
    Pages,
}

impl Config {
    /// The address of the site.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The site's cloud ID, if the config contains it: as `cloud_id`, in the credentials, or in the address of the gateway.
    pub fn cloud_id(&self) -> Option<&CloudId> {
        self.cloud_id.as_ref().or(self.credentials.cloud_id()).or(self.site.cloud_id())
    }

    /// The most requests that may be in flight at the same time.
    pub fn max_concurrency(&self) -> usize {
        usize::from(self.max_concurrency.or(self.num_workers).unwrap_or(DEFAULT_MAX_CONCURRENCY))
    }

    /// How long a sync waits while Jira answers no request at all.
    pub fn max_outage(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.max_outage_minutes))
    }

    /// Hours between two snapshots of all issue IDs; `None`: never.
    pub fn id_snapshot_interval_hours(&self) -> Option<u32> {
        let usual = match self.credentials {
            Credentials::ApiToken(_) | Credentials::ServiceAccount(_) => Some(24),
            Credentials::OAuth(_) | Credentials::ClientCredentials(_) => None,
        };
        self.id_snapshot_interval_hours.or(usual)
    }

    /// Whether the IDs of sent issues are stored: by default where a snapshot will be compared with them.
    pub fn tracks_issue_ids(&self) -> bool {
        self.track_sent_ids.unwrap_or(self.id_snapshot_interval_hours().is_some())
    }

    /// Whether the IDs of sent comments are stored. They cost no request, so by default they are.
    pub fn tracks_comment_ids(&self) -> bool {
        self.track_sent_ids.unwrap_or(true)
    }

    /// The optional parts in the records of `issues`: everything that any option adds.
    pub fn issue_expands(&self) -> BTreeSet<Expand> {
        let switches = [
            (self.expands.expand_issue_changelog, Expand::Changelog),
            (self.expands.render_fields, Expand::RenderedFields),
            (self.expands.expand_issue_transition, Expand::Transitions),
        ];
        // Airbyte's connector requests all of them, whatever its options say.
        let all = self.is_airbyte_compatible();
        let switched_on = switches.into_iter().filter_map(|(on, expand)| (on || all).then_some(expand));
        switched_on.chain(self.expands.issues_stream_expand_with.iter().copied()).collect()
    }

    /// The severity of a code, with the user's choice applied.
    pub fn severity(&self, code: &Code) -> Severity {
        let chosen = self.on_skip_codes.get(code.name).or(self.on_skip.as_ref());
        match (code.severity, chosen) {
            (Severity::Note, _) | (_, None) => code.severity,
            (_, Some(OnSkip::Warn)) => Severity::Warn,
            (_, Some(OnSkip::Fail)) => Severity::Fail,
        }
    }

    /// Whether records, keys and states follow Airbyte's connector.
    pub fn is_airbyte_compatible(&self) -> bool {
        self.compatibility == Some(Compatibility::Airbyte)
    }

    /// Call if the connection was made for Airbyte's connector: sets `compatibility`, unless the config does.
    pub fn default_to_airbyte(&mut self) {
        self.compatibility.get_or_insert(Compatibility::Airbyte);
    }
}
