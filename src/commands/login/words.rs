//! What `login` says on the way: the steps, what it waits over, what came of it.

use super::{
    app::{App, Origin},
    consent::Callback,
    refusals::AGAIN,
    settle::Written,
};
use crate::{client::sign_in::sites::Reached, config::Parsed};
use std::{collections::BTreeSet, path::Path};

const CONSOLE: &str = "https://developer.atlassian.com/console/myapps/";

pub fn steps(scopes: &BTreeSet<&str>, all: bool, callback: Callback, url: &str, seconds: u64) -> String {
    let list: Vec<String> = scopes.iter().map(|scope| format!("     {scope}")).collect();
    let fewer = if all { " (for all streams; --streams asks for fewer)" } else { "" };
    format!(
        "1. Open your app in the developer console, {CONSOLE}\n   (Create, OAuth 2.0 integration, if you have none). Under Permissions, \
         give it these scopes{fewer}:\n{}\n   offline_access is asked for as well; no list there has it.\n\
         2. Under Authorization, OAuth 2.0 (3LO), register exactly this callback URL:\n     {}\n\
         3. Open this page, choose the site, and accept:\n     {url}\n   \
         If that browser runs on another machine, it ends at an address that does not load: paste that address here.\n\n\
         Waiting for the consent, {seconds} s at most.",
        list.join("\n"),
        callback.url()
    )
}

pub fn other_path(path: &str, callback: Callback) -> String {
    format!(
        "The browser came back to {}, which is not the callback URL {1}: each sign counts, the slash at the end too. Register exactly {1} \
         in the developer console. Still waiting.",
        plain(path),
        callback.url()
    )
}

pub fn not_an_answer(callback: Callback) -> String {
    format!("{} was opened without an answer of the consent page. Still waiting.", callback.url())
}

pub fn no_address(callback: Callback) -> String {
    format!(
        "That is no address. Paste the whole address that the browser ended at: {}?code=… Still waiting.",
        callback.url()
    )
}

pub fn no_answer_in_address(callback: Callback) -> String {
    format!(
        "That address has no answer of the consent page in it. Press Accept there, and paste the address that the browser ends at: \
         {}?code=… Still waiting.",
        callback.url()
    )
}

/// A word on scopes that were asked for in vain, if Atlassian tells which it granted.
pub fn missing(asked: &BTreeSet<&str>, granted: &[String]) -> Option<String> {
    let missing: Vec<&str> = asked.iter().copied().filter(|scope| !granted.iter().any(|own| own == scope)).collect();
    (!granted.is_empty() && !missing.is_empty()).then(|| {
        format!(
            "Atlassian did not grant {}: streams that need it cannot be read. Give it to the app under Permissions in the developer \
             console, and {AGAIN}, or leave those streams out.",
            missing.join(", ")
        )
    })
}

pub fn which_site(reached: &[Reached]) -> String {
    let rows: Vec<String> =
        reached.iter().enumerate().map(|(at, site)| format!("  {}. {}", at + 1, site.host())).collect();
    format!(
        "The consent covers several sites:\n{}\nType the number of the one to read, and press Enter.",
        rows.join("\n")
    )
}

pub fn written(path: &Path, written: &Written, app: &App) -> String {
    let mut text = format!("Wrote '{}': `credentials` and `domain`", path.display());
    match written.dropped.as_deref() {
        None => text.push('.'),
        Some([]) => text.push_str(" are new, all else is as it was."),
        Some(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            text.push_str(&format!(" are new, {} had to go, all else is as it was.", names.join(" and ")));
        }
    }
    if !matches!(app.origin, Origin::Config) {
        let origin = app.origin.in_words();
        text.push_str(&format!(
            " The client secret {origin} stands in it as well, because tokens are renewed with it."
        ));
    }
    match written.tightened {
        true => text.push_str(" Others could read the file before; now only its owner can."),
        false if cfg!(unix) => text.push_str(" Only its owner can read it."),
        false => {}
    }
    text
}

pub fn done(path: &Path, parsed: &Parsed, name: Option<&str>) -> String {
    let whom = name.map_or("; Jira does not tell as whom".to_owned(), |name| format!(" as {}", plain(name)));
    format!(
        "Signed in to {}{whom}.\nNext: source-jira check --config {}",
        super::domain(parsed.config.site()),
        quoted(&path.display().to_string())
    )
}

/// As a shell wants it.
fn quoted(path: &str) -> String {
    if path.contains(char::is_whitespace) { format!("\"{path}\"") } else { path.to_owned() }
}

/// What somebody else wrote, on one line of bounded length and without signs that would steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(300).collect::<String>().trim().to_owned()
}
