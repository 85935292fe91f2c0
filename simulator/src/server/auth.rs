//! Who is calling, as Jira sees it.

use super::base64;
use super::request::Request;

/// The account whose token the simulator accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub email: String,
    pub token: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { email: "sim@example.com".into(), token: "simulated-token".into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Account,
    /// Nobody, or somebody whose login failed: most routes answer all the same, and show nothing.
    Anonymous {
        failed: bool,
    },
    /// Locked out until a CAPTCHA is solved. (Atlassian: basic auth for REST APIs.)
    Denied,
    /// A Bearer token the site host can't read: 403.
    Unreadable,
    /// The gateway is stricter: 401 with a text about scopes.
    Unauthorised,
}

pub(crate) fn caller(request: &Request, credentials: &Credentials, gateway: bool, captcha: bool) -> Caller {
    let Some(header) = request.header("authorization") else {
        return if gateway { Caller::Unauthorised } else { Caller::Anonymous { failed: false } };
    };
    if captcha {
        return Caller::Denied;
    }
    if let Some(encoded) = header.strip_prefix("Basic ") {
        let given = base64::decode(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
        let right = given.is_some_and(|given| given == format!("{}:{}", credentials.email, credentials.token));
        return match (right, gateway) {
            (true, _) => Caller::Account,
            (false, true) => Caller::Unauthorised,
            (false, false) => Caller::Anonymous { failed: true },
        };
    }
    match (header.strip_prefix("Bearer "), gateway) {
        (Some(token), true) if token == credentials.token => Caller::Account,
        (_, true) => Caller::Unauthorised,
        // The scheme's name is case-sensitive; anything else is no login at all.
        (Some(_), false) => Caller::Unreadable,
        (None, false) => Caller::Anonymous { failed: true },
    }
}
