//! Why a login ended without a config, and what to do then.

use super::{app::App, consent::Callback, words::plain};
use crate::{
    client::{
        Error, Kind,
        sign_in::sites::{self, Reached},
    },
    protocol::Failure,
};
use std::{io, path::Path};

pub const AGAIN: &str = "run `source-jira login` again";

pub fn timed_out(seconds: u64, callback: Callback) -> Failure {
    Failure::transient(format!(
        "No consent arrived within {seconds} s. If Atlassian's page said that the redirect_uri is not registered, register exactly {} \
         as the app's callback URL in the developer console; if the browser ended at an address that did not load, paste that \
         address here. Then {AGAIN}, with a larger --timeout if need be.",
        callback.url()
    ))
}

pub fn no_port(callback: Callback, error: &io::Error) -> Failure {
    let port = callback.port;
    let remedy = format!(
        "choose another one with --port, and register its callback URL in the developer console: http://localhost:PORT{}",
        Callback::PATH
    );
    Failure::config(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "The port {port} of this machine is in use, so the consent cannot be received there. If another `source-jira login` has it, \
             end that one; else {remedy}."
        ),
        _ => format!("The port {port} of this machine cannot be listened at: {error}. Please {remedy}."),
    })
}

pub fn other_login() -> Failure {
    Failure::config(format!(
        "This answer belongs to another login: its `state` is not the one of this login. Close old windows of the consent page, {AGAIN}, \
         and use only the address that it prints."
    ))
}

pub fn no_code() -> Failure {
    Failure::config(format!(
        "Atlassian's consent page sent the browser back without a code and without an error. Please {AGAIN}; if you pasted the \
         address, copy the whole of it."
    ))
}

/// The consent page's refusals. (RFC 6749, section 4.1.2.1.)
pub fn denied(error: &str, description: &str, callback: Callback) -> Failure {
    let said = match plain(description) {
        text if text.is_empty() => plain(error),
        text => format!("{}: {text}", plain(error)),
    };
    match error {
        "access_denied" => Failure::config(format!(
            "The consent was denied at Atlassian's page (\"{said}\"), so nothing was written. To allow the access, {AGAIN} and press \
             Accept, as a user who can open the site."
        )),
        "invalid_scope" => Failure::config(format!(
            "Atlassian's consent page refused the scopes (\"{said}\"). Give the app all scopes of step 1 in the developer console, under \
             Permissions, or ask for fewer with --streams; then {AGAIN}."
        )),
        "unauthorized_client" | "invalid_request" => Failure::config(format!(
            "Atlassian's consent page refused the app (\"{said}\"). Check the client ID, and that {} is the callback URL under \
             Authorization in the developer console; then {AGAIN}.",
            callback.url()
        )),
        "server_error" | "temporarily_unavailable" => Failure::transient(format!(
            "Atlassian's consent page failed (\"{said}\"). Wait a little, see status.atlassian.com, and {AGAIN}."
        )),
        _ => Failure::config(format!(
            "Atlassian's consent page answered \"{said}\" in place of a consent. Mend what it names, in the developer console if it is \
             about the app, and {AGAIN}."
        )),
    }
}

pub fn other_callback(pasted: &str, differences: &[String], callback: Callback) -> Failure {
    Failure::config(format!(
        "The pasted address {} is not the callback of this login, {}: {}. Atlassian gives tokens only to exactly the callback that the \
         consent was asked with. Register {1} in the developer console (or choose another port with --port), {AGAIN}, and paste the \
         address unchanged.",
        plain(pasted),
        callback.url(),
        differences.iter().map(|text| plain(text)).collect::<Vec<_>>().join("; ")
    ))
}

/// The token endpoint's refusals.
pub fn refused(error: Error, callback: Callback, app: &App) -> Failure {
    let about_callback = error.detail.contains("redirect_uri");
    let said = format!("{}, \"{}\"", error.request, plain(&error.detail));
    match error.kind {
        _ if about_callback => Failure::config(format!(
            "Atlassian gives no tokens, because of the callback ({said}). Register exactly {} in the developer console, under \
             Authorization, and {AGAIN}.",
            callback.url()
        )),
        Kind::App => Failure::config(format!(
            "Atlassian does not accept the client ID and the client secret {} ({said}). Copy both again from the app's settings in the \
             developer console, each whole and of the same app; make a new secret if this one is lost. Then {AGAIN}.",
            app.origin.in_words()
        )),
        Kind::Grant => Failure::config(format!(
            "Atlassian does not accept the code of the consent ({said}). A code works once, and only for a few minutes: {AGAIN}, and use \
             the address right away."
        )),
        _ => error.into(),
    }
}

pub fn no_refresh_token() -> Failure {
    Failure::config(format!(
        "Atlassian gave no refresh token, so the sign-in would end within the hour: the consent lacks the scope offline_access. Nothing \
         was written. Please {AGAIN}, and open the address of the consent page unchanged, with offline_access in it."
    ))
}

pub fn no_site() -> Failure {
    Failure::config(format!(
        "The consent was given, but it reaches no Jira site. Sign in to Atlassian as a user who can open the site, {AGAIN}, and choose the \
         site at the consent page; if it is not offered there, ask its admin whether apps of users are blocked."
    ))
}

pub fn several_sites(reached: &[Reached]) -> Failure {
    Failure::config(format!(
        "The consent covers several sites: {}. Please {AGAIN}, with --site and the host of the one to read.",
        sites::in_words(reached)
    ))
}

pub fn other_sites(wanted: &str, reached: &[Reached]) -> Failure {
    Failure::config(format!(
        "The consent does not cover {wanted}. It covers {}. Please {AGAIN}, and choose the right site at the consent page, or correct \
         --site.",
        sites::in_words(reached)
    ))
}

pub fn written_but(path: &Path, failure: &Failure) -> Failure {
    let message = format!("'{}' was written, but signing in with it failed. {}", path.display(), failure.message);
    Failure { message, ..failure.clone() }
}
