//! Log events as LOG messages, so that stderr stays quiet and nothing but protocol lines reaches stdout.

use super::Output;
use crate::protocol::Level;
use std::{fmt::Write as _, sync::Arc};
use tracing::field::{Field, Visit};
use tracing_subscriber::{Layer, layer::Context};

/// Writes this crate's events as LOG messages.
pub struct LogLayer {
    out: Arc<Output>,
    least: tracing::Level,
}

impl LogLayer {
    pub fn new(out: Arc<Output>, least: tracing::Level) -> Self {
        Self { out, least }
    }
}

impl<S: tracing::Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > self.least || !metadata.target().starts_with("source_jira") {
            return;
        }
        let level = match *metadata.level() {
            tracing::Level::ERROR => Level::Error,
            tracing::Level::WARN => Level::Warn,
            tracing::Level::INFO => Level::Info,
            tracing::Level::DEBUG => Level::Debug,
            tracing::Level::TRACE => Level::Trace,
        };
        self.out.log(level, text(event));
    }
}

/// The message of an event, and its fields behind it.
pub fn text(event: &tracing::Event<'_>) -> String {
    let mut text = Text::default();
    event.record(&mut text);
    format!("{}{}", text.message, text.fields)
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " [{name}: {value:?}]"),
        };
    }
}
