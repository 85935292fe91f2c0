//! Values of other types than the catalog declares are sent as they are, counted by field and reported.

use super::{catalog, discover, schema, site};
use crate::support::{Output, Site};
use serde_json::{Value, json};

const WEIGHT: &str = "customfield_10218";

/// Reads `issues` with a schema; gives the output and what the report says of the stream.
fn read(site: &Site, schema: &Value) -> (Output, Value) {
    let path = site.file_path("report.json");
    let mut command = site.read_command(&site.config(), &catalog(schema, "full_refresh"), None);
    command.arg("--report").arg(&path);
    let output = Output::of(command).good();
    let report: Value = serde_json::from_slice(&std::fs::read(path).expect("a report")).expect("JSON");
    (output, report["streams"]["issues"].clone())
}

#[test]
fn values_that_do_not_fit_are_counted_by_field_and_never_fatal() {
    let site = site(150);
    let declared = schema(&discover(&site, &site.config()));
    let (output, report) = read(&site, &declared);
    let records = output.records("issues");
    let texts = records.iter().filter(|record| record["fields"][WEIGHT].is_string()).count();
    assert!(texts > 3 && records.iter().any(|record| record["fields"][WEIGHT].is_number()));
    assert_eq!(report["schema_mismatches"], json!({WEIGHT: texts}));
    assert_eq!(report["skips"]["type_mismatch"]["times"], texts);
    assert_eq!(
        (&report["skips"]["type_mismatch"]["severity"], &report["status"]),
        (&json!("note"), &json!("complete"))
    );
    let reported = format!("values of other types than declared, by field: {WEIGHT} {texts}.");
    assert!(output.logs().iter().any(|text| text.ends_with(&reported)), "{:?}", output.logs());
}

/// The catalog's schema counts, not the site's current one; system fields count, too.
#[test]
fn the_catalog_decides_what_fits() {
    let site = site(40);
    let mut declared = schema(&discover(&site, &site.config()));
    let fields = &mut declared["properties"]["fields"]["properties"];
    fields[WEIGHT] = json!({});
    fields["summary"]["type"] = json!(["null", "integer"]);
    fields["labels"]["type"] = json!("array");
    let (output, report) = read(&site, &declared);
    assert_eq!(report["schema_mismatches"], json!({"summary": output.records("issues").len()}));
    let (_, report) = read(&site, &json!({}));
    assert_eq!((&report["schema_mismatches"], &report["skips"]), (&json!({}), &json!({})));
}
