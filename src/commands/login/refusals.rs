//! The failures of a login, and what to do about each.

use super::{
    app::App,
    callback::Callback,
    text::{AGAIN, plain},
};
use crate::{
    client::{
        Error, Kind,
        sign_in::sites::{self, AccessibleSite},
    },
    protocol::{Failure, text::count},
};
use std::{io, path::Path};

pub(super) fn timed_out(seconds: u64, callback: Callback) -> Failure {
    Failure::transient(format!(
        "No consent arrived within {}. If Atlassian's page said that the redirect_uri is not registered, register exactly {} as the \
         callback URL of the app in the developer console. If the browser ended at an address that did not load, paste that address \
         into the terminal next time. Then {AGAIN}, with a larger --timeout if you need more time.",
        count(seconds, "second"),
        callback.url()
    ))
}

pub(super) fn no_port(callback: Callback, error: &io::Error) -> Failure {
    let port = callback.port;
    let remedy = format!(
        "choose another port with --port, and register http://localhost:PORT{} as the callback URL in the developer console",
        Callback::PATH
    );
    Failure::config(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "Can't listen on port {port} for the consent: another program uses it. If that is another `source-jira login`, stop it; \
             otherwise {remedy}."
        ),
        _ => format!("Can't listen on port {port} for the consent: {error}. To solve this, {remedy}."),
    })
}

pub(super) fn no_code() -> Failure {
    Failure::config(format!(
        "Atlassian's consent page returned neither a code nor an error. To try once more, {AGAIN}. If you pasted the address, copy all of \
         it."
    ))
}

/// Refusals by the consent page. (RFC 6749, section 4.1.2.1.)
pub(super) fn denied(error: &str, description: &str, callback: Callback) -> Failure {
    let reason = match plain(description) {
        text if text.is_empty() => plain(error),
        text => format!("{}: {text}", plain(error)),
    };
    match error {
        "access_denied" => Failure::config(format!(
            "The consent was denied on Atlassian's page (\"{reason}\"); the config is unchanged. To grant access, {AGAIN} and press Accept, \
             as a user who can open the site."
        )),
        "invalid_scope" => Failure::config(format!(
            "Atlassian's consent page refused the scopes (\"{reason}\"). Add all scopes of step 1 to the app in the developer console, under \
             Permissions, or request fewer with --streams. Then {AGAIN}."
        )),
        "unauthorized_client" | "invalid_request" => Failure::config(format!(
            "Atlassian's consent page refused the app (\"{reason}\"). Check the client ID, and that the callback URL under Authorization in \
             the developer console is {}. Then {AGAIN}.",
            callback.url()
        )),
        "server_error" | "temporarily_unavailable" => Failure::transient(format!(
            "Atlassian's consent page failed (\"{reason}\"). Check status.atlassian.com, wait some minutes and {AGAIN}."
        )),
        _ => Failure::config(format!(
            "Atlassian's consent page returned an error: \"{reason}\". Correct the cause (for the app: in the developer console) and {AGAIN}."
        )),
    }
}

pub(super) fn other_callback(pasted: &str, differences: &[String], callback: Callback) -> Failure {
    Failure::config(format!(
        "The pasted address {} is not the callback URL of this login, {}: {}. Atlassian issues tokens only for exactly the callback URL of \
         the consent. Register {1} in the developer console (or choose another port with --port), {AGAIN}, and paste the address \
         unchanged.",
        plain(pasted),
        callback.url(),
        differences.iter().map(|text| plain(text)).collect::<Vec<_>>().join("; ")
    ))
}

/// Refusals by the token endpoint.
pub(super) fn refused(error: Error, callback: Callback, app: &App) -> Failure {
    let about_callback = error.detail.contains("redirect_uri");
    let reason = format!("{}, \"{}\"", error.request, plain(&error.detail));
    match error.kind {
        _ if about_callback => Failure::config(format!(
            "Atlassian refused the callback URL ({reason}). Register exactly {} in the developer console, under Authorization, and {AGAIN}.",
            callback.url()
        )),
        Kind::InvalidClient => Failure::config(format!(
            "Atlassian refused the client ID with the client secret {} ({reason}). Copy both completely from the Settings of the same app in \
             the developer console, or create a new secret. Then {AGAIN}.",
            app.origin.phrase()
        )),
        Kind::InvalidGrant => Failure::config(format!(
            "Atlassian refused the code of the consent ({reason}). A code works once and expires after a few minutes: {AGAIN}, and open the \
             address without delay."
        )),
        _ => error.into(),
    }
}

pub(super) fn no_refresh_token() -> Failure {
    Failure::config(format!(
        "Atlassian issued no refresh token, so access would end within an hour: the consent lacks the scope offline_access. The config is \
         unchanged. To solve this, {AGAIN}, and open the address of the consent page unchanged: it contains offline_access."
    ))
}

pub(super) fn no_site() -> Failure {
    Failure::config(format!(
        "The consent covers no Jira site. Log in to Atlassian as a user who can open the site, {AGAIN}, and choose the site on the consent \
         page. If the page does not offer it, ask an admin of the site whether apps installed by users are blocked."
    ))
}

pub(super) fn several_sites(reached: &[AccessibleSite]) -> Failure {
    Failure::config(format!(
        "The consent covers several sites: {}. To select one, {AGAIN} with --site and its host.",
        sites::describe(reached)
    ))
}

pub(super) fn other_sites(wanted: &str, reached: &[AccessibleSite]) -> Failure {
    Failure::config(format!(
        "The consent does not cover {wanted}. It covers {}. Correct --site, or {AGAIN} and choose the right site on the consent page.",
        sites::describe(reached)
    ))
}

pub(super) fn written_but_refused(path: &Path, failure: &Failure) -> Failure {
    let message = format!("Wrote '{}', but can't connect with it. {}", path.display(), failure.message);
    Failure { message, ..failure.clone() }
}
