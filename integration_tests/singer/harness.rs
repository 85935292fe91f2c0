//! What these tests share: the tap with files of its own, and catalogs with choices made.

use crate::support::{Output, Site};
use serde_json::{Value, json};
use std::process::Command;

/// A call as Singer's runners make it: without a command, only with options.
pub fn tap(site: &Site, config: &Value, catalog: Option<&Value>, state: Option<&Value>) -> Command {
    let mut command = site.command(&["--config"]);
    command.arg(site.file("config.json", config.to_string()));
    for (option, content) in [("catalog", catalog), ("state", state)] {
        if let Some(content) = content {
            command.arg(format!("--{option}")).arg(site.file(&format!("{option}.json"), content.to_string()));
        }
    }
    command
}

/// Reads streams with the plain config, as the catalog of discovery has them.
pub fn read(site: &Site, streams: &[&str], state: Option<&Value>) -> Output {
    Output::of(tap(site, &site.config(), Some(&chosen(site, streams)), state))
}

/// What discovery writes, and each of its lines.
pub fn discovered(site: &Site) -> (Value, String) {
    let mut command = tap(site, &site.config(), None, None);
    command.arg("--discover");
    let output = command.output().expect("the executable starts");
    let reported = String::from_utf8_lossy(&output.stderr);
    // The site's clock may be another.
    assert!(
        output.status.success() && reported.lines().all(|line| line.is_empty() || line.contains("clock")),
        "{reported}"
    );
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (serde_json::from_str(&text).expect("one JSON document"), text)
}

/// The catalog of discovery with these streams selected.
pub fn chosen(site: &Site, streams: &[&str]) -> Value {
    let mut catalog = discovered(site).0;
    for stream in catalog["streams"].as_array_mut().expect("streams") {
        let selected = streams.iter().any(|name| stream["tap_stream_id"] == *name);
        stream["metadata"][0]["metadata"]["selected"] = selected.into();
    }
    catalog
}

/// The catalog's entry of a stream.
pub fn entry<'a>(catalog: &'a mut Value, stream: &str) -> &'a mut Value {
    let mut streams = catalog["streams"].as_array_mut().expect("streams").iter_mut();
    streams.find(|entry| entry["tap_stream_id"] == stream).expect("the stream is there")
}

/// Says something of a stream or, by path, of one of its properties.
pub fn say(catalog: &mut Value, stream: &str, path: &[&str], name: &str, value: impl Into<Value>) {
    let breadcrumb: Vec<&str> = path.iter().flat_map(|property| ["properties", property]).collect();
    let metadata = entry(catalog, stream)["metadata"].as_array_mut().expect("metadata");
    let said = metadata.iter_mut().find(|said| said["breadcrumb"] == json!(breadcrumb));
    said.expect("each property has metadata")["metadata"][name] = value.into();
}

/// The records of a stream.
pub fn records<'a>(output: &'a Output, stream: &str) -> Vec<&'a Value> {
    let of_stream = |message: &&Value| message["type"] == "RECORD" && message["stream"] == stream;
    output.messages.iter().filter(of_stream).map(|message| &message["record"]).collect()
}

/// The SCHEMA message of a stream.
pub fn schema<'a>(output: &'a Output, stream: &str) -> &'a Value {
    let of_stream = |message: &&Value| message["type"] == "SCHEMA" && message["stream"] == stream;
    output.messages.iter().find(of_stream).expect("a SCHEMA")
}
