//! Every message that a source writes, one JSON line each. Only RECORD is not among them: its data passes through as raw
//! bytes, so `output` writes it by hand.

use super::{catalog::DiscoveredStream, state::StateMessage, trace::Trace};
use serde::Serialize;
use serde_json::Value;

/// Airbyte protocol: `AirbyteMessage`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Message {
    Spec {
        spec: Box<Spec>,
    },
    ConnectionStatus {
        #[serde(rename = "connectionStatus")]
        connection_status: ConnectionStatus,
    },
    Catalog {
        catalog: Catalog,
    },
    State {
        state: StateMessage,
    },
    Log {
        log: Log,
    },
    Trace {
        trace: Trace,
    },
    Control {
        control: Control,
    },
}

/// Airbyte protocol: `ConnectorSpecification`.
#[derive(Debug, Serialize)]
pub struct Spec {
    #[serde(rename = "documentationUrl")]
    pub documentation_url: &'static str,
    #[serde(rename = "changelogUrl")]
    pub changelog_url: &'static str,
    #[serde(rename = "connectionSpecification")]
    pub connection_specification: Value,
    pub protocol_version: &'static str,
    /// How a platform obtains OAuth credentials.
    pub advanced_auth: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Succeeded,
    Failed,
}

#[derive(Debug, Serialize)]
pub struct ConnectionStatus {
    pub status: Status,
    pub message: String,
}

#[derive(Debug, Serialize)]
pub struct Catalog {
    pub streams: Vec<DiscoveredStream>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Serialize)]
pub struct Log {
    pub level: Level,
    pub message: String,
}

/// A config that the connector changed. It contains the whole config with secrets in clear text, because platforms replace
/// the stored one by it.
#[derive(Debug, Serialize)]
pub struct Control {
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Epoch milliseconds.
    pub emitted_at: i64,
    #[serde(rename = "connectorConfig")]
    pub connector_config: ConnectorConfig,
}

#[derive(Debug, Serialize)]
pub struct ConnectorConfig {
    pub config: Value,
}

impl Message {
    pub fn log(level: Level, message: impl Into<String>) -> Self {
        Self::Log { log: Log { level, message: message.into() } }
    }

    pub fn connection_status(status: Status, message: impl Into<String>) -> Self {
        Self::ConnectionStatus { connection_status: ConnectionStatus { status, message: message.into() } }
    }

    pub fn control(config: Value, emitted_at: i64) -> Self {
        let connector_config = ConnectorConfig { config };
        Self::Control { control: Control { kind: "CONNECTOR_CONFIG", emitted_at, connector_config } }
    }
}
