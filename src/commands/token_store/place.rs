//! Where renewed tokens are stored for the next run. Decided before the first renewal, because that makes the old refresh token
//! worthless.

use crate::protocol::Failure;

/// Environment variables that Airbyte's platform sets for the connectors it runs.
const AIRBYTE: [&str; 2] = ["WORKER_JOB_ID", "WORKER_CONNECTOR_IMAGE"];

/// An environment variable that Meltano sets for the taps it runs.
const MELTANO: &str = "MELTANO_EXTRACTOR_NAME";

/// Where renewed tokens must arrive. A CONTROL message is written in any case, if the protocol has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The config file.
    File,
    /// The store of a platform, or of the user's code, which reads CONTROL messages.
    Platform,
    /// The credentials are never renewed.
    Nowhere,
}

/// What the connector knows of whoever started it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Whether the command writes CONTROL messages.
    control: bool,
    airbyte: bool,
    meltano: bool,
}

impl Surroundings {
    pub(super) fn from_environment(control: bool) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some();
        Self { control, airbyte: AIRBYTE.iter().any(|name| is_set(name)), meltano: is_set(MELTANO) }
    }
}

impl Place {
    /// `persist_tokens` is the option of the config: `false` says that the reader of the output stores CONTROL messages. Without
    /// it only Airbyte's platform is known to do so: a terminal, a pipe or a log file stores nothing.
    pub(super) fn choose(persist_tokens: Option<bool>, around: &Surroundings) -> Result<Self, Failure> {
        match persist_tokens {
            Some(true) => Ok(Self::File),
            Some(false) if around.control => Ok(Self::Platform),
            Some(false) => Err(Failure::config(
                "Renewed tokens can't be saved: `persist_tokens` is false, and this command writes no CONTROL message that would contain \
                 them. Atlassian replaces the refresh token each time it is used, and the new one has to be saved. Set `persist_tokens` \
                 to true, or use an API token or a service account.",
            )),
            None if around.control && around.airbyte => Ok(Self::Platform),
            None if around.meltano => Err(Failure::config(
                "OAuth2.0 does not work under Meltano: Atlassian replaces the refresh token each time it is used, and Meltano deletes the \
                 config file that the new one would be saved to. Authenticate with an API token or a service account. If the file after \
                 --config is kept, set `persist_tokens` to true.",
            )),
            None => Ok(Self::File),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_reader_of_control_messages_stores_tokens() {
        let around = |control, airbyte, meltano| Surroundings { control, airbyte, meltano };
        let (terminal, singer) = (around(true, false, false), around(false, false, false));
        let (platform, meltano) = (around(true, true, false), around(false, false, true));
        for (persist_tokens, surroundings, expected) in [
            (None, terminal, Some(Place::File)),
            (None, singer, Some(Place::File)),
            (None, platform, Some(Place::Platform)),
            // A command for people, started within the platform.
            (None, around(false, true, false), Some(Place::File)),
            (None, meltano, None),
            // tap-airbyte-wrapper under Meltano ignores CONTROL messages.
            (None, around(true, false, true), None),
            (Some(true), platform, Some(Place::File)),
            (Some(true), meltano, Some(Place::File)),
            (Some(false), terminal, Some(Place::Platform)),
            (Some(false), platform, Some(Place::Platform)),
            (Some(false), singer, None),
            (Some(false), meltano, None),
        ] {
            let chosen = Place::choose(persist_tokens, &surroundings).ok();
            assert_eq!(chosen, expected, "{persist_tokens:?} {surroundings:?}");
        }
    }
}
