//! Custom fields: in the schemas of `discover`, under their names in records, and of other types than declared.

mod discover;
mod names;
mod schema_mismatches;

use crate::support::{Output, Site};
use jira_simulator::SiteOptions;
use serde_json::{Value, json};

/// A site with fields of every kind, and names that collide.
fn site(issues: u32) -> Site {
    Site::of(&SiteOptions { issues, seed: 3, odd_fields: true, ..SiteOptions::default() })
}

fn discover(site: &Site, config: &Value) -> Output {
    let config = site.file("config.json", config.to_string());
    let mut command = site.command(&["discover"]);
    command.arg("--config").arg(config);
    let output = Output::of(command).good();
    assert_eq!(output.of_type("CATALOG").count(), 1);
    output
}

/// The schema of `issues` in what `discover` wrote.
fn schema(output: &Output) -> Value {
    let catalog = output.of_type("CATALOG").next().expect("a catalog");
    let mut streams = catalog["streams"].as_array().expect("streams").iter();
    streams.find(|stream| stream["name"] == "issues").expect("issues")["json_schema"].clone()
}

/// A configured catalog of `issues` with this schema.
fn catalog(schema: &Value, mode: &str) -> Value {
    let stream = json!({"name": "issues", "json_schema": schema});
    json!({"streams": [{"stream": stream, "sync_mode": mode, "destination_sync_mode": "append_dedup"}]})
}

fn named(site: &Site, names: &str) -> Value {
    site.config_with(json!({"custom_field_names": names}))
}
