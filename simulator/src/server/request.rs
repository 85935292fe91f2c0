//! A parsed request.

use serde_json::{Map, Value};

use super::reply::Reply;

#[derive(Debug, Default)]
pub(crate) struct Request {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter, given several times or with commas.
    pub(crate) fn parameters(&self, name: &str) -> Vec<String> {
        let values = self.query.iter().filter(|(found, _)| found == name).flat_map(|(_, value)| value.split(','));
        values.map(|value| value.trim().to_string()).filter(|value| !value.is_empty()).collect()
    }

    /// An integer; other values are refused, as Jira's type conversion does.
    pub(crate) fn number(&self, name: &str, default: i64) -> Result<i64, Reply> {
        match self.parameter(name) {
            None | Some("") => Ok(default),
            Some(text) => text.parse().map_err(|_| {
                let detail = format!("Failed to convert '{name}' with value: '{text}'");
                let body =
                    serde_json::json!({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail});
                Reply { status: 400, kind: "application/problem+json;charset=UTF-8", ..Reply::value(&body) }
            }),
        }
    }

    /// The body, whose properties must all be known. (Measured by a public simulator: unknown ones are a 400.)
    pub(crate) fn object(&self, known: &[&str]) -> Result<Map<String, Value>, Reply> {
        let kind = self.header("content-type").unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/json") {
            return Err(Reply { status: 415, ..Reply::outer(415, "Unsupported Media Type") });
        }
        let invalid =
            || Reply::refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.");
        let Ok(Value::Object(body)) = serde_json::from_slice(&self.body) else { return Err(invalid()) };
        if body.keys().any(|name| !known.contains(&name.as_str())) {
            return Err(invalid());
        }
        Ok(body)
    }
}

/// Decodes `%41` and `+`.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |from: usize| bytes.get(from..from + 2).and_then(|pair| std::str::from_utf8(pair).ok());
        match bytes[at] {
            b'%' => match hex(at + 1).and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
                Some(byte) => {
                    out.push(byte);
                    at += 2;
                }
                None => out.push(b'%'),
            },
            b'+' if plus => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

/// The strings of a body's list; numbers count as strings, as in Jira.
pub(crate) fn strings(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, Reply> {
    let refused = || Reply::refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.");
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => values
            .iter()
            .map(|value| match value {
                Value::String(text) => Ok(text.clone()),
                Value::Number(number) => Ok(number.to_string()),
                _ => Err(refused()),
            })
            .collect(),
        Some(_) => Err(refused()),
    }
}

/// An integer of the body.
pub(crate) fn integer(body: &Map<String, Value>, name: &str, default: i64) -> Result<i64, Reply> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value.as_i64().ok_or_else(|| {
            Reply::refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        }),
    }
}
