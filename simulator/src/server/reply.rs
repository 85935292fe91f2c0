//! Responses, and the bodies of errors.

use serde_json::{Value, json};

/// The response of a route.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub kind: &'static str,
    pub body: Vec<u8>,
    pub headers: Vec<(&'static str, String)>,
}

pub(crate) const JSON: &str = "application/json;charset=UTF-8";
pub(crate) const HTML: &str = "text/html;charset=UTF-8";

impl Reply {
    pub(crate) fn json(text: String) -> Self {
        Self { status: 200, kind: JSON, body: text.into_bytes(), headers: Vec::new() }
    }

    pub(crate) fn value(value: &Value) -> Self {
        Self::json(value.to_string())
    }

    /// Jira's usual form of an error.
    pub(crate) fn refusal(status: u16, message: impl Into<String>) -> Self {
        let body = json!({"errorMessages": [message.into()], "errors": {}});
        Self { status, ..Self::value(&body) }
    }

    /// An error that names the invalid property.
    pub(crate) fn refused_property(name: &str, message: impl Into<String>) -> Self {
        let body = json!({"errorMessages": [], "errors": {name: message.into()}});
        Self { status: 400, ..Self::value(&body) }
    }

    /// The error form of the layers in front of Jira.
    pub(crate) fn outer(status: u16, message: &str) -> Self {
        Self { status, ..Self::value(&json!({"message": message, "status-code": status})) }
    }

    pub(crate) fn html(status: u16, title: &str, text: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
        );
        Self { status, kind: HTML, body: body.into_bytes(), headers: Vec::new() }
    }

    pub(crate) fn dead_link() -> Self {
        Self::html(404, "Oops, you&#39;ve found a dead link", "The page you requested does not exist.")
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
