//! The token endpoint: exchanges grants for access tokens, and classifies refusals.
//!
//! The crate `oauth2` implements the protocol; this file connects it to our HTTP and interprets Atlassian's replies.

pub use super::token_reply::IssuedTokens;

use super::{hosts::Hosts, token_reply::TokenReply};
use crate::{
    client::{
        Error, Kind, classify,
        transport::{self, Http, quota},
    },
    config::Secret,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardRevocableToken, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse},
};
use std::{borrow::Cow, pin::Pin};

pub(super) const LABEL: &str = "POST /oauth/token";

/// The client of the crate `oauth2`, with our own reading of a reply.
type App = Client<
    BasicErrorResponse,
    TokenReply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;
type Refused = RequestTokenError<Error, BasicErrorResponse>;

/// Atlassian's token endpoint, for one app.
pub struct TokenEndpoint {
    app: App,
    http: Http,
}

/// The page where a user authorizes the app, and the `state` that the callback must repeat.
#[derive(Debug)]
pub struct Consent {
    pub url: String,
    pub state: String,
}

impl TokenEndpoint {
    pub fn new(http: &Http, hosts: &Hosts, client_id: &Secret, client_secret: &Secret) -> Result<Self, Error> {
        let odd = |_| Error::new(Kind::Network, LABEL, format!("{} is not a valid address", hosts.auth));
        let app = Client::new(ClientId::new(client_id.expose().to_owned()))
            .set_client_secret(ClientSecret::new(client_secret.expose().to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(format!("{}/authorize", hosts.auth)).map_err(odd)?)
            .set_token_uri(TokenUrl::new(format!("{}/oauth/token", hosts.auth)).map_err(odd)?);
        Ok(Self { app, http: http.at(&hosts.auth) })
    }

    /// Exchanges a refresh token for an access token and the next refresh token.
    pub async fn refresh(&self, token: &Secret) -> Result<IssuedTokens, Error> {
        let token = RefreshToken::new(token.expose().to_owned());
        issued(self.app.exchange_refresh_token(&token).request_async(self).await)
    }

    /// An access token for the client credentials of a service account.
    pub async fn client(&self) -> Result<IssuedTokens, Error> {
        issued(self.app.exchange_client_credentials().request_async(self).await)
    }

    /// Exchanges the code of an authorization for tokens.
    pub async fn code(&self, code: &str, callback: &str) -> Result<IssuedTokens, Error> {
        let request = self
            .app
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_redirect_uri(Cow::Owned(redirect(callback)?));
        issued(request.request_async(self).await)
    }

    /// The page where the user authorizes the app for these scopes.
    pub fn consent<'a>(&self, callback: &str, scopes: impl IntoIterator<Item = &'a str>) -> Result<Consent, Error> {
        let (url, state) = self
            .app
            .authorize_url(CsrfToken::new_random)
            .add_extra_param("audience", "api.atlassian.com")
            .add_extra_param("prompt", "consent")
            .add_scopes(scopes.into_iter().map(|scope| Scope::new(scope.to_owned())))
            .set_redirect_uri(Cow::Owned(redirect(callback)?))
            .url();
        Ok(Consent { url: url.into(), state: state.into_secret() })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let (status, headers, body) = self.http.form("/oauth/token", request.into_body()).await?;
        // These say nothing about the grant, so the protocol does not see them.
        if status == 429 || status >= 500 {
            let now = transport::date(&headers).unwrap_or_else(transport::now);
            let wait = quota::wait(&headers, now);
            let text = classify::detail_of(&String::from_utf8_lossy(&body));
            let kind = classify::kind_of(status, None, "");
            return Err(Error { status: Some(status), wait, ..Error::new(kind, LABEL, text) });
        }
        let mut response = HttpResponse::new(body);
        // A reply of 201, or with another Content-Type, contains tokens as well: the crate would refuse to read them. So it gets
        // neither the headers nor another status of success.
        let status = if (200..300).contains(&status) { 200 } else { status };
        *response.status_mut() = oauth2::http::StatusCode::from_u16(status).unwrap_or_default();
        Ok(response)
    }
}

/// Sends the requests of the protocol by our HTTP.
impl<'c> AsyncHttpClient<'c> for TokenEndpoint {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn redirect(callback: &str) -> Result<RedirectUrl, Error> {
    RedirectUrl::new(callback.to_owned())
        .map_err(|_| Error::new(Kind::BadRequest, "GET /authorize", format!("{callback} is not a valid address")))
}

fn issued(result: Result<TokenReply, Refused>) -> Result<IssuedTokens, Error> {
    result.map(IssuedTokens::from).map_err(refused)
}

/// The error for a refusal: of a refresh token or code, or of an app. (403 `invalid_grant`: Atlassian: OAuth 2.0 (3LO),
/// frequently asked questions; `unauthorized_client` "refresh_token is invalid" and 401 `access_denied`: reported by users.)
fn refused(error: Refused) -> Error {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => {
            let code = answer.error().as_ref().to_owned();
            let text = answer.error_description().cloned().unwrap_or_default();
            let kind = match code.as_str() {
                "invalid_grant" => Kind::InvalidGrant,
                "unauthorized_client" if text.contains("refresh_token") => Kind::InvalidGrant,
                "invalid_client" | "unauthorized_client" | "access_denied" => Kind::InvalidClient,
                _ => Kind::BadRequest,
            };
            let detail = if text.is_empty() { code } else { format!("{code}: {text}") };
            Error::new(kind, LABEL, classify::detail_of(&detail))
        }
        RequestTokenError::Parse(error, _) => {
            Error::new(Kind::Malformed, LABEL, format!("unexpected shape at {}", error.path()))
        }
        RequestTokenError::Other(text) => Error::new(Kind::Malformed, LABEL, classify::detail_of(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_the_token_differ_from_those_of_the_app() {
        for (body, kind) in [
            (
                r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#,
                Kind::InvalidGrant,
            ),
            (r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#, Kind::InvalidGrant),
            (r#"{"error":"access_denied","error_description":"Unauthorized"}"#, Kind::InvalidClient),
            (r#"{"error":"invalid_client"}"#, Kind::InvalidClient),
            (r#"{"error":"unauthorized_client","error_description":"grant type not allowed"}"#, Kind::InvalidClient),
            (r#"{"error":"invalid_request","error_description":"redirect_uri does not match"}"#, Kind::BadRequest),
        ] {
            let answer: BasicErrorResponse = serde_json::from_str(body).unwrap();
            let error = refused(RequestTokenError::ServerResponse(answer));
            assert_eq!(error.kind, kind, "{body}");
            assert!(!error.detail.is_empty());
        }
    }
}
