//! The reply of the token endpoint, read one property at a time: an odd one must not cost the others, least of all the refresh
//! token, because the one that it replaces stops working.

use super::header;
use crate::{
    client::{Error, Kind},
    config::Secret,
    record::Object,
};
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse, basic::BasicTokenType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, value::RawValue};
use std::time::Duration;

/// The lifetime of an access token whose reply does not contain a usable one (Atlassian: OAuth 2.0 (3LO)).
const USUAL_LIFETIME: Duration = Duration::from_secs(3600);

/// The bounds of a lifetime: a shorter one would mean a renewal for each request, and a longer one is a mistake, which only costs
/// the renewals after it. If a token ends earlier than expected, Jira answers 401, and it is renewed then.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// What a grant was exchanged for.
#[derive(Debug)]
pub struct IssuedTokens {
    /// `None` if the reply contains none that a request can be authenticated with.
    pub access: Option<Secret>,
    /// Until the access token expires.
    pub lifetime: Duration,
    /// `None` without the scope `offline_access`.
    pub refresh: Option<Secret>,
    /// Empty if the reply does not contain them.
    pub scopes: Vec<String>,
}

impl IssuedTokens {
    /// The access token. To be asked for when the refresh token is stored.
    pub fn access(&self) -> Result<&Secret, Error> {
        let missing = || Error::new(Kind::Malformed, super::token_endpoint::LABEL, "no usable access token");
        self.access.as_ref().ok_or_else(missing)
    }
}

/// The reply as the crate `oauth2` reads it. The type of the token is not read: Atlassian issues only one.
#[derive(Debug)]
pub(super) struct TokenReply {
    access: AccessToken,
    lifetime: Option<Duration>,
    refresh: Option<RefreshToken>,
    scopes: Option<Vec<Scope>>,
}

impl TokenReply {
    fn read(object: &Object<'_>) -> Self {
        let value = |name: &str| serde_json::from_str::<Value>(object.get(name)?.get()).ok();
        let text = |name: &str| Some(value(name)?.as_str()?.trim().to_owned()).filter(|text| !text.is_empty());
        let scopes =
            text("scope").map(|scopes| scopes.split_whitespace().map(|one| Scope::new(one.to_owned())).collect());
        Self {
            access: AccessToken::new(text("access_token").unwrap_or_default()),
            lifetime: value("expires_in").as_ref().and_then(lifetime),
            refresh: text("refresh_token").map(RefreshToken::new),
            scopes,
        }
    }
}

impl From<TokenReply> for IssuedTokens {
    fn from(reply: TokenReply) -> Self {
        let access = Secret::new(reply.access.secret());
        Self {
            access: Some(access).filter(|token| !token.expose().is_empty() && header::bearer(token).is_ok()),
            lifetime: bounded(reply.lifetime.unwrap_or(USUAL_LIFETIME)),
            refresh: reply.refresh.map(|token| Secret::new(token.secret())),
            scopes: reply.scopes.into_iter().flatten().map(|scope| scope.to_string()).collect(),
        }
    }
}

/// A lifetime in seconds: a number, or a text with one. `None` if it is none, not positive or not finite.
fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    // Rounded up by the bounds below.
    (seconds > 0.0 && seconds.is_finite()).then(|| Duration::from_secs_f64(seconds.min(LONGEST_LIFETIME.as_secs_f64())))
}

/// A lifetime within the bounds that are plausible.
pub(super) fn bounded(lifetime: Duration) -> Duration {
    lifetime.clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME)
}

impl<'de> Deserialize<'de> for TokenReply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Object::parse(raw.get()).map(|object| Self::read(&object)).map_err(D::Error::custom)
    }
}

/// The crate `oauth2` requires this, and does not use it. Tokens are not serialized.
impl Serialize for TokenReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl TokenResponse for TokenReply {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access
    }

    fn token_type(&self) -> &BasicTokenType {
        &BasicTokenType::Bearer
    }

    fn expires_in(&self) -> Option<Duration> {
        self.lifetime
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.scopes.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(body: &str) -> IssuedTokens {
        let mut json = serde_json::Deserializer::from_str(body);
        TokenReply::deserialize(&mut json).unwrap().into()
    }

    #[test]
    fn lifetimes_are_plausible_whatever_the_reply_says() {
        for (written, expected) in [
            ("3600", 3600.0),
            ("\"3600\"", 3600.0),
            ("\" 1800 \"", 1800.0),
            ("3599.5", 3599.5),
            ("0.25", 1.0),
            ("1e300", 86_400.0),
            ("1e999", 3600.0),
            ("18446744073709551615", 86_400.0),
            ("0", 3600.0),
            ("-5", 3600.0),
            ("\"NaN\"", 3600.0),
            ("\"inf\"", 3600.0),
            ("\"soon\"", 3600.0),
            ("null", 3600.0),
            ("{}", 3600.0),
        ] {
            let issued = issued(&format!(r#"{{"access_token":"a","refresh_token":"r","expires_in":{written}}}"#));
            assert_eq!(issued.lifetime.as_secs_f64(), expected, "{written}");
            assert_eq!(issued.refresh.unwrap().expose(), "r", "{written}");
        }
    }

    #[test]
    fn an_odd_property_costs_no_other() {
        for (body, access, refresh) in [
            (r#"{"access_token":"a","refresh_token":" r\n"}"#, Some("a"), Some("r")),
            (r#"{"access_token":"a","token_type":7,"scope":["x"],"refresh_token":"r"}"#, Some("a"), Some("r")),
            (r#"{"access_token":null,"refresh_token":"r","scope":"\ud800","x":1e999}"#, None, Some("r")),
            (r#"{"access_token":"a\nb","refresh_token":"r"}"#, None, Some("r")),
            (r#"{"refresh_token":"r"}"#, None, Some("r")),
            (r#"{"access_token":"a","refresh_token":""}"#, Some("a"), None),
            (r#"{"access_token":"a","refresh_token":"  "}"#, Some("a"), None),
            (r#"{"access_token":"a","refresh_token":null}"#, Some("a"), None),
            (r#"{"access_token":"a","refresh_token":{}}"#, Some("a"), None),
            ("{}", None, None),
        ] {
            let issued = issued(body);
            assert_eq!(issued.access.as_ref().map(Secret::expose), access, "{body}");
            assert_eq!(issued.refresh.as_ref().map(Secret::expose), refresh, "{body}");
            assert_eq!(issued.access().is_ok(), access.is_some(), "{body}");
        }
        assert!(!format!("{:?}", issued(r#"{"access_token":"hush","refresh_token":"hush"}"#)).contains("hush"));
    }
}
