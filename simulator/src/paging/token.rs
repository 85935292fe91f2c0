//! Page tokens: opaque, bound to their query, and dead after a week. (Jira REST v3: `search/jql`.)

use serde::{Deserialize, Serialize};

use crate::random::mix;
use crate::server::base64;
use crate::time::{DAY, Millis};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Token {
    /// Of what was asked.
    pub query: u64,
    /// The sort position of the last issue.
    pub place: Vec<i64>,
    /// How many came before.
    pub offset: usize,
    /// Pages so far, so that no two tokens of a chain are equal.
    pub page: u32,
    pub issued: Millis,
    check: u64,
}

impl Token {
    pub(crate) fn new(query: &str, place: Vec<i64>, offset: usize, page: u32, issued: Millis) -> Self {
        let query = sum(query.as_bytes());
        let check = mix(query ^ offset as u64 ^ issued as u64);
        Self { query, place, offset, page, issued, check }
    }

    pub(crate) fn encode(&self) -> String {
        base64::encode(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// `None` for what was not issued here, for this query, in the last seven days.
    pub(crate) fn decode(text: &str, query: &str, now: Millis) -> Option<Self> {
        let token: Self = serde_json::from_slice(&base64::decode(text)?).ok()?;
        let genuine = token.check == mix(token.query ^ token.offset as u64 ^ token.issued as u64);
        (genuine && token.query == sum(query.as_bytes()) && now - token.issued < 7 * DAY).then_some(token)
    }
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| mix(sum ^ u64::from(*byte)))
}
