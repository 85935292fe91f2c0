//! Authentication: the gateway, the token endpoint, the consent page, lists of sites and organizations.

mod account;
mod consent;
mod gateway;
mod lists;
mod refusals;
mod tokens;

use serde_json::{Value, json};

use crate::client::{Client, Reply, serve, small};
use jira_simulator::Site;

/// A client without credentials: each request has its own.
pub async fn anonymous(scenario: &str) -> Client {
    let mut jira = serve(Site::generate(&small(60)), scenario).await;
    jira.headers.clear();
    jira
}

/// A request with this `Authorization` header.
fn get(jira: &mut Client, login: &str, path: &str) -> Reply {
    jira.headers = vec![("Authorization".into(), login.into())];
    let reply = jira.get(path);
    jira.headers.clear();
    reply
}

/// A request through the gateway.
pub fn through(jira: &mut Client, login: &str, path: &str) -> Reply {
    let path = format!("/ex/jira/{}{path}", jira.jira.cloud_id());
    get(jira, login, &path)
}

/// Base64, so that the tests share no code with the simulator.
pub fn basic(name: &str, secret: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::from("Basic ");
    for chunk in format!("{name}:{secret}").as_bytes().chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4_usize {
            let letter = char::from(LETTERS[(word >> (18 - 6 * place) & 63) as usize]);
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn token(jira: &Client, body: &Value) -> Reply {
    jira.post("/oauth/token", body)
}

/// Uses a refresh token.
fn refresh(jira: &Client, refresh_token: &str) -> Reply {
    let own = jira.jira.credentials();
    let (id, secret) = (&own.client_id, &own.client_secret);
    let body = json!({"grant_type": "refresh_token", "client_id": id, "client_secret": secret,
        "refresh_token": refresh_token});
    token(jira, &body)
}

fn text(reply: &Reply, name: &str) -> String {
    reply.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", reply.text())).to_string()
}
