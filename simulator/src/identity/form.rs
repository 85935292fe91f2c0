//! What a form or a JSON body says, and who sends it.

use serde_json::Value;

use crate::server::auth;
use crate::server::request::{Request, query};

/// Names and values. A body of another kind than its content type says gives nothing.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Of a body as browsers send it.
    pub(super) fn urlencoded(request: &Request) -> Self {
        Self(if of_kind(request, "application/x-www-form-urlencoded") {
            query(&String::from_utf8_lossy(&request.body))
        } else {
            Vec::new()
        })
    }

    /// Of a body in either kind that the token endpoint takes. (Atlassian: OAuth 2.0 (3LO) shows JSON, RFC 6749 forms.)
    pub(super) fn either(request: &Request) -> Self {
        if !of_kind(request, "application/json") {
            return Self::urlencoded(request);
        }
        let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else { return Self(Vec::new()) };
        let texts = body.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_string())));
        Self(texts.collect())
    }

    pub(super) fn of_query(request: &Request) -> Self {
        Self(request.query.clone())
    }

    /// A value that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// The client's id and secret from the header, where RFC 6749 prefers them, become part of the form.
    pub(super) fn with_client(mut self, request: &Request) -> Self {
        if let Some((id, secret)) = request.header("authorization").and_then(auth::basic) {
            self.0.retain(|(name, _)| name != "client_id" && name != "client_secret");
            self.0.extend([("client_id".into(), id), ("client_secret".into(), secret)]);
        }
        self
    }
}

fn of_kind(request: &Request, kind: &str) -> bool {
    let given = request.header("content-type").unwrap_or_default();
    given.split(';').next().is_some_and(|given| given.trim().eq_ignore_ascii_case(kind))
}
