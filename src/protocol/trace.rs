//! TRACE messages: errors, estimates and the status of each stream.

use super::failure::{Failure, FailureType};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Trace {
    /// Epoch milliseconds.
    pub emitted_at: i64,
    #[serde(flatten)]
    pub body: Body,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Body {
    Error { error: ErrorBody },
    Estimate { estimate: Estimate },
    StreamStatus { stream_status: StreamStatusBody },
}

#[derive(Debug, Serialize)]
pub struct ErrorBody {
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_message: Option<String>,
    pub failure_type: FailureType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_descriptor: Option<StreamDescriptor>,
}

/// How many records a stream is expected to have. Platforms use it only to show progress.
#[derive(Debug, Serialize)]
pub struct Estimate {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub row_estimate: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct StreamDescriptor {
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StreamStatus {
    Started,
    Running,
    Complete,
    Incomplete,
}

#[derive(Debug, Serialize)]
pub struct StreamStatusBody {
    pub stream_descriptor: StreamDescriptor,
    pub status: StreamStatus,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    RateLimited { rate_limited: RateLimited },
}

#[derive(Debug, Serialize)]
pub struct RateLimited {
    /// When the quota is restored, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_reset: Option<i64>,
}

impl Trace {
    pub fn error(failure: Failure, emitted_at: i64) -> Self {
        let error = ErrorBody {
            message: failure.message,
            internal_message: failure.internal,
            failure_type: failure.kind,
            stream_descriptor: failure.stream.map(|name| StreamDescriptor { name }),
        };
        Self { emitted_at, body: Body::Error { error } }
    }

    pub fn estimate(stream: &str, row_estimate: u64, emitted_at: i64) -> Self {
        let estimate = Estimate { name: stream.to_owned(), kind: "STREAM", row_estimate };
        Self { emitted_at, body: Body::Estimate { estimate } }
    }

    pub fn status(stream: &str, status: StreamStatus, emitted_at: i64) -> Self {
        Self::status_because(stream, status, Vec::new(), emitted_at)
    }

    /// The stream waits for Jira's quota, which is restored at `quota_reset` (epoch milliseconds), if known.
    pub fn rate_limited(stream: &str, quota_reset: Option<i64>, emitted_at: i64) -> Self {
        let reasons = vec![Reason::RateLimited { rate_limited: RateLimited { quota_reset } }];
        Self::status_because(stream, StreamStatus::Running, reasons, emitted_at)
    }

    fn status_because(stream: &str, status: StreamStatus, reasons: Vec<Reason>, emitted_at: i64) -> Self {
        let stream_descriptor = StreamDescriptor { name: stream.to_owned() };
        Self {
            emitted_at,
            body: Body::StreamStatus { stream_status: StreamStatusBody { stream_descriptor, status, reasons } },
        }
    }
}
