//! Configs: what is accepted means one thing and can be read again; what is not is reported without any secret.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use source_jira::{
    config::{self, Config},
    protocol::redaction::redact,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the values that stand in for whatever was written where a secret belongs: a new one each time, because the registry of
/// secrets forgets none.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fuzz_target!(|data: &[u8]| {
    if let Some(parsed) = parse(data) {
        consistent(&parsed.config);
        let again = parse(parsed.document.value().to_string().as_bytes()).expect("what it came down to");
        assert!(again.migrated().is_none(), "migrated twice");
        assert_eq!(again.document.value(), parsed.document.value());
        assert_eq!(again.config.filters, parsed.config.filters);
        assert_eq!(again.config.site(), parsed.config.site());
    }
    let text = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    let Ok(mut document) = serde_json::from_slice::<Value>(text) else { return };
    // A secret in each of the places where some text stands now, one at a time: also where none belongs.
    for at in 0..texts(&mut document).len() {
        let secret = format!("hush{}hush", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut changed = document.clone();
        if let Some(place) = texts(&mut changed).into_iter().nth(at) {
            *place = secret.clone().into();
        }
        match config::parse(changed.to_string().as_bytes()) {
            Ok(parsed) => {
                let is_one = redact(&secret) != secret;
                assert!(
                    !is_one || !format!("{:?} {:?}", parsed.config, parsed.document).contains(&secret),
                    "{changed}"
                );
            }
            Err(error) => assert!(!format!("{error} {error:?}").contains(&secret), "{changed}: {error}"),
        }
    }
});

fn parse(data: &[u8]) -> Option<config::Parsed> {
    config::parse(data)
        .map_err(|error| {
            let text = error.to_string();
            assert!(!error.faults.is_empty() && text.starts_with("The config has ") && text.ends_with('.'), "{text}");
        })
        .ok()
}

/// Every place of credentials, and every other text of the first level.
fn texts(document: &mut Value) -> Vec<&mut Value> {
    let Some(members) = document.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in members {
        if value.is_string() {
            found.push(value);
        } else if let Some(inner) = value.as_object_mut().filter(|_| name == "credentials" || name == "admin") {
            found.extend(inner.values_mut());
        }
    }
    found
}

fn consistent(config: &Config) {
    let filters = &config.filters;
    for list in [&filters.projects, &filters.exclude_projects] {
        assert!(list.iter().all(|key| !key.trim().is_empty() && key.trim() == key), "{list:?}");
        assert!(list.iter().enumerate().all(|(at, key)| !list[..at].contains(key)), "{list:?}");
    }
    let upper = |key: &String| key.to_uppercase();
    assert!(
        !filters.projects.iter().any(|key| filters.exclude_projects.iter().map(upper).any(|other| other == upper(key)))
    );
    let bounds = [(filters.updated_after(), filters.updated_before), (filters.created_after, filters.created_before)];
    for (after, before) in bounds {
        assert!(after.zip(before).is_none_or(|(after, before)| after < before), "{filters:?}");
    }
    assert!((1..=50).contains(&config.max_concurrency()));
    assert!(config.lookback_window_minutes <= 576_000);
    let site = config.site();
    let scheme = if site.is_loopback() { "http" } else { "https://" };
    assert!(site.base_url().starts_with(scheme) && !site.base_url().ends_with('/'), "{site:?}");
    assert!(
        !site.base_url().contains(|c: char| c.is_whitespace() || c.is_control() || "@?#\\".contains(c)),
        "{site:?}"
    );
}
