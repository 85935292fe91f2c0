//! The language of messages: the account's, unless the request forces English. (Jira REST v3: introduction.)

use super::reply::Reply;
use super::request::Request;

/// Jira's messages in German. Messages about JQL syntax and the like stay English in the simulator.
const GERMAN: [(&str, &str); 5] = [
    (
        "Issue does not exist or you do not have permission to see it.",
        "Vorgang ist nicht vorhanden oder Sie haben keine Berechtigung zum Anzeigen.",
    ),
    ("does not exist for the field", "existiert nicht für das Feld"),
    ("The value '", "Der Wert '"),
    (
        "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        "Unbegrenzte JQL-Abfragen sind hier nicht zulässig. Fügen Sie Ihrer Abfrage eine Sucheinschränkung hinzu.",
    ),
    ("Error in the JQL Query:", "Fehler in der JQL-Abfrage:"),
];

pub(crate) fn translate(reply: &mut Reply, request: &Request, language: &str) {
    let forced = request.header("x-force-accept-language") == Some("true")
        && request.header("accept-language").is_some_and(|wanted| wanted.to_ascii_lowercase().starts_with("en"));
    if reply.status < 400 || language != "de" || forced {
        return;
    }
    let mut text = String::from_utf8_lossy(&reply.body).into_owned();
    for (english, german) in GERMAN {
        text = text.replace(english, german);
    }
    reply.body = text.into_bytes();
}
