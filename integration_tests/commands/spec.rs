//! `spec`: one line, and a promise of stability.

use super::bench::run;
use crate::support::Site;

#[test]
fn one_compact_line_and_nothing_else() {
    let site = Site::new(1, 1, "");
    let output = run(&site, site.command(&["spec"]));
    assert_eq!((output.code, output.stderr.as_str(), output.messages.len()), (Some(0), "", 1));
    let message = &output.messages[0];
    assert_eq!(message["type"], "SPEC");
    assert_eq!(output.stdout, format!("{}\n", output.stdout.trim_end()));
    assert_eq!(output.stdout.len(), message.to_string().len() + 1, "no space that JSON does not need");
    assert!(output.stdout.len() < 2_000_000, "platforms cut longer lines off");
    assert!(message["spec"]["documentationUrl"].as_str().is_some_and(|url| url.starts_with("https://")));
}

/// A change here changes forms and stored configs of users: members may come, none may go or change its type.
#[test]
fn the_connection_specification_stays_as_it_is() {
    let site = Site::new(1, 1, "");
    let output = run(&site, site.command(&["spec"]));
    insta::assert_json_snapshot!("specification", output.messages[0]["spec"]["connectionSpecification"]);
}
