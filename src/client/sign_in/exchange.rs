//! The token endpoint: what is given for an access token, and what its refusals mean.
//!
//! The crate `oauth2` speaks the protocol; this file lends it our HTTP and reads Atlassian's answers.

use super::hosts::Hosts;
use crate::{
    client::{
        Error, Kind, classify,
        transport::{self, Http},
    },
    config::Secret,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse,
    TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicTokenResponse},
};
use std::{borrow::Cow, pin::Pin, time::Duration};

const LABEL: &str = "POST /oauth/token";

/// For answers that don't say how long their token lives (Atlassian: OAuth 2.0 (3LO)).
const USUAL_LIFE: Duration = Duration::from_secs(3600);

type App = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;
type Refused = RequestTokenError<Error, BasicErrorResponse>;

/// An app at Atlassian's token endpoint.
pub struct Exchange {
    app: App,
    http: Http,
}

/// What a grant brought.
#[derive(Debug)]
pub struct Granted {
    pub access: Secret,
    pub life: Duration,
    /// Missing where the scope `offline_access` was not granted.
    pub refresh: Option<Secret>,
    /// Empty if the answer does not say.
    pub scopes: Vec<String>,
}

/// A page where a user gives consent, and the word by which the answer is recognised.
#[derive(Debug)]
pub struct Consent {
    pub url: String,
    pub state: String,
}

impl Exchange {
    pub fn new(http: &Http, hosts: &Hosts, client_id: &Secret, client_secret: &Secret) -> Result<Self, Error> {
        let odd = |_| Error::new(Kind::Network, LABEL, format!("{} is no address", hosts.auth));
        let app = BasicClient::new(ClientId::new(client_id.expose().to_owned()))
            .set_client_secret(ClientSecret::new(client_secret.expose().to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(format!("{}/authorize", hosts.auth)).map_err(odd)?)
            .set_token_uri(TokenUrl::new(format!("{}/oauth/token", hosts.auth)).map_err(odd)?);
        Ok(Self { app, http: http.at(&hosts.auth) })
    }

    /// Gives a refresh token for an access token and the next refresh token.
    pub async fn refresh(&self, token: &Secret) -> Result<Granted, Error> {
        let token = RefreshToken::new(token.expose().to_owned());
        granted(self.app.exchange_refresh_token(&token).request_async(self).await)
    }

    /// A service account's access token.
    pub async fn client(&self) -> Result<Granted, Error> {
        granted(self.app.exchange_client_credentials().request_async(self).await)
    }

    /// Gives the code of a consent for tokens.
    pub async fn code(&self, code: &str, callback: &str) -> Result<Granted, Error> {
        let exchange = self
            .app
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_redirect_uri(Cow::Owned(redirect(callback)?));
        granted(exchange.request_async(self).await)
    }

    /// Where the user gives consent to these scopes.
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
        // What says nothing about the grant is none of the protocol's business.
        if status == 429 || status >= 500 {
            let now = transport::date(&headers).unwrap_or_else(chrono::Utc::now);
            let wait = crate::client::quota::wait(&headers, now);
            let text = classify::detail_of(&String::from_utf8_lossy(&body));
            let kind = classify::kind_of(status, None, "");
            return Err(Error { status: Some(status), wait, ..Error::new(kind, LABEL, text) });
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = oauth2::http::StatusCode::from_u16(status).unwrap_or_default();
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Lends our HTTP to the protocol.
impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn redirect(callback: &str) -> Result<RedirectUrl, Error> {
    RedirectUrl::new(callback.to_owned())
        .map_err(|_| Error::new(Kind::BadRequest, "GET /authorize", format!("{callback} is no address")))
}

fn granted(result: Result<BasicTokenResponse, Refused>) -> Result<Granted, Error> {
    let tokens = result.map_err(refused)?;
    Ok(Granted {
        access: Secret::new(tokens.access_token().secret()),
        life: tokens.expires_in().unwrap_or(USUAL_LIFE),
        refresh: tokens.refresh_token().map(|token| Secret::new(token.secret())),
        scopes: tokens.scopes().into_iter().flatten().map(|scope| scope.to_string()).collect(),
    })
}

/// Atlassian's words for a refresh token or code that it does not take, and for an app that it does not know. (403
/// `invalid_grant`: Atlassian: OAuth 2.0 (3LO), frequently asked questions; `unauthorized_client` "refresh_token is
/// invalid" and 401 `access_denied`: reported by users.)
fn refused(error: Refused) -> Error {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => {
            let code = answer.error().as_ref().to_owned();
            let text = answer.error_description().cloned().unwrap_or_default();
            let kind = match code.as_str() {
                "invalid_grant" => Kind::Grant,
                "unauthorized_client" if text.contains("refresh_token") => Kind::Grant,
                "invalid_client" | "unauthorized_client" | "access_denied" => Kind::App,
                _ => Kind::BadRequest,
            };
            let detail = if text.is_empty() { code } else { format!("{code}: {text}") };
            Error::new(kind, LABEL, classify::detail_of(&detail))
        }
        RequestTokenError::Parse(error, _) => {
            Error::new(Kind::Malformed, LABEL, format!("unknown shape at {}", error.path()))
        }
        RequestTokenError::Other(text) => Error::new(Kind::Malformed, LABEL, classify::detail_of(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_tell_the_token_from_the_app() {
        for (body, kind) in [
            (r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#, Kind::Grant),
            (r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#, Kind::Grant),
            (r#"{"error":"access_denied","error_description":"Unauthorized"}"#, Kind::App),
            (r#"{"error":"invalid_client"}"#, Kind::App),
            (r#"{"error":"unauthorized_client","error_description":"grant type not allowed"}"#, Kind::App),
            (r#"{"error":"invalid_request","error_description":"redirect_uri does not match"}"#, Kind::BadRequest),
        ] {
            let answer: BasicErrorResponse = serde_json::from_str(body).unwrap();
            let error = refused(RequestTokenError::ServerResponse(answer));
            assert_eq!(error.kind, kind, "{body}");
            assert!(!error.detail.is_empty());
        }
    }
}
