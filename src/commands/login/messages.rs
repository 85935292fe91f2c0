//! The messages of `login` on the way: the steps, what it waits for, the result.

use super::{
    app::{App, Origin},
    callback::Callback,
    text::{AGAIN, plain},
    write_config::{Written, domain},
};
use crate::{
    client::sign_in::sites::AccessibleSite,
    config::Parsed,
    protocol::text::{agree, count},
};
use std::{collections::BTreeSet, path::Path};

const CONSOLE: &str = "https://developer.atlassian.com/console/myapps/";

pub(super) fn steps(scopes: &BTreeSet<&str>, all: bool, callback: Callback, url: &str, seconds: u64) -> String {
    let list: Vec<String> = scopes.iter().map(|scope| format!("     {scope}")).collect();
    let fewer = if all { " (for all streams; select fewer with --streams)" } else { "" };
    format!(
        "1. Open your app in the developer console: {CONSOLE}\n   \
         If you have none, create one (Create, OAuth 2.0 integration). Under Permissions, add these scopes{fewer}:\n{}\n   \
         The login also requests offline_access, which the console does not list.\n\
         2. Under Authorization, OAuth 2.0 (3LO), register exactly this callback URL:\n     {}\n\
         3. Open this page, choose the site and accept:\n     {url}\n   \
         If the browser runs on another machine, it ends at an address that does not load: paste that address here.\n\n\
         Waiting up to {} for the consent.",
        list.join("\n"),
        callback.url(),
        count(seconds, "second")
    )
}

pub(super) fn other_path(path: &str, callback: Callback) -> String {
    format!(
        "The browser was redirected to {}, but the callback URL is {1}. The two must be equal, including a slash at the end. Register \
         exactly {1} in the developer console. Still waiting.",
        plain(path),
        callback.url()
    )
}

pub(super) fn not_an_answer(callback: Callback) -> String {
    format!("A browser opened {} without an answer of the consent page. Still waiting.", callback.url())
}

pub(super) fn other_login() -> String {
    "The answer belongs to another login: its `state` differs. Close old windows of the consent page, and open only the address above. \
     Still waiting."
        .to_owned()
}

pub(super) fn no_address(callback: Callback) -> String {
    format!(
        "That is not an address. Paste the complete address at which the browser ended: {}?code=… Still waiting.",
        callback.url()
    )
}

pub(super) fn no_answer_in_address(callback: Callback) -> String {
    format!(
        "That address contains no answer of the consent page. Press Accept there, then paste the address at which the browser ends: \
         {}?code=… Still waiting.",
        callback.url()
    )
}

/// A warning about requested scopes that Atlassian did not grant. `None` if Atlassian does not list the granted scopes.
pub(super) fn missing(requested: &BTreeSet<&str>, granted: &[String]) -> Option<String> {
    let missing: Vec<&str> =
        requested.iter().copied().filter(|scope| !granted.iter().any(|own| own == scope)).collect();
    (!granted.is_empty() && !missing.is_empty()).then(|| {
        format!(
            "Atlassian did not grant the {} {}, so the streams that need {} can't be read. Add {2} to the app under Permissions in the \
             developer console and {AGAIN}, or don't select those streams.",
            agree(missing.len(), "scope", "scopes"),
            missing.join(", "),
            agree(missing.len(), "it", "them")
        )
    })
}

pub(super) fn which_site(reached: &[AccessibleSite]) -> String {
    let rows: Vec<String> =
        reached.iter().enumerate().map(|(at, site)| format!("  {}. {}", at + 1, site.host())).collect();
    format!(
        "The consent covers several sites:\n{}\nType the number of the site to read and press Enter.",
        rows.join("\n")
    )
}

pub(super) fn written(path: &Path, written: &Written, app: &App) -> String {
    let mut text = format!("Wrote `credentials` and `domain` to '{}'.", path.display());
    match written.removed.as_deref() {
        None => {}
        Some([]) => text.push_str(" The other options are unchanged."),
        Some(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            text.push_str(&format!(
                " Removed {}, as the new credentials require. The other options are unchanged.",
                names.join(" and ")
            ));
        }
    }
    if !matches!(app.origin, Origin::Config) {
        let origin = app.origin.phrase();
        text.push_str(&format!(" The file also contains the client secret {origin}, which is needed to renew tokens."));
    }
    match written.restricted {
        true => text.push_str(" The file was readable by other users; now only its owner can read it."),
        false if cfg!(unix) => text.push_str(" Only its owner can read it."),
        false => {}
    }
    text
}

pub(super) fn done(path: &Path, parsed: &Parsed, name: Option<&str>) -> String {
    let account = name.map_or(". The token does not give access to the account's name".to_owned(), |name| {
        format!(" as {}", plain(name))
    });
    format!(
        "Connected to {}{account}.\nNext: source-jira check --config {}",
        domain(parsed.config.site()),
        quoted(&path.display().to_string())
    )
}

/// A path as a shell argument.
fn quoted(path: &str) -> String {
    if path.contains(char::is_whitespace) { format!("\"{path}\"") } else { path.to_owned() }
}
