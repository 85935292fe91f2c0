//! `check`, cause by cause: each obstacle between the connector and the rows is reported with its remedy.

use super::harness::{listed, redact, run, run_with, verdict};
use crate::support::Site;
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::Arc,
};

fn check(scenario: &str, members: Value) -> String {
    let site = Site::new(30, 1, scenario);
    verdict(&site, &run_with(&site, &["check"], &site.config_with(members)))
}

#[test]
fn what_the_site_keeps_from_the_account() {
    let forbidden = "[[fault]]\nkind = \"forbidden\"";
    let rows = [
        ("a key that was mistyped", check("", json!({"projects": ["COER", "AND", "SECR", "QQQQQQQQ"]}))),
        ("a key to be left out that was mistyped", check("", json!({"exclude_projects": ["COER"]}))),
        (
            "a key of a project that may not be browsed",
            check("[site]\nhidden_projects = [\"CORE\"]", json!({"projects": ["CORE"]})),
        ),
        ("no project at all", check("[account]\nno_projects = true", json!({}))),
        ("no licence for Jira", check("[site]\nunlicensed = true", json!({}))),
        ("a site that refuses everything", check(forbidden, json!({}))),
    ];
    insta::assert_snapshot!("causes_account", listed(&rows));
}

/// Nothing gets lost by it, so it is no failure; but it will be one for certificates and tokens.
#[test]
fn a_clock_that_is_wrong_is_named() {
    for (skew, words) in [(3 * 3600, Some("180 min behind")), (-7200, Some("120 min ahead of")), (60, None)] {
        let site = Site::new(30, 1, &format!("[site]\nclock_skew_seconds = {skew}"));
        // The simulator's own time is some day in the past: bring it to ours.
        let ours = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
        site.advance_clock(std::time::Duration::from_millis((ours as i64 - site.now()).max(0) as u64));
        let output = run_with(&site, &["check"], &site.config());
        assert!(verdict(&site, &output).starts_with("SUCCEEDED"));
        let warnings: Vec<&str> = output.logs().into_iter().filter(|line| line.contains("clock is")).collect();
        assert_eq!(warnings.len(), usize::from(words.is_some()), "{skew}: {warnings:?}");
        assert!(words.is_none_or(|words| warnings[0].contains(words)), "{warnings:?}");
    }
}

#[test]
fn atlassians_hosts_can_be_moved_for_tests_only() {
    let site = Site::new(1, 1, "");
    let mut command = site.command(&["check", "--config"]);
    command.arg(site.file("config.json", site.config().to_string()));
    command.env("ATLASSIAN_AUTH_URL", "http://example.com");
    insta::assert_snapshot!("causes_hosts", verdict(&site, &run(&site, command)));
}

/// Certificates of a test authority, made for each run.
struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: rcgen::Issuer::new(params, key), pem }
    }

    /// Answers every request on a free port with an empty JSON object, under a certificate for these years.
    fn serve(&self, from: i32, until: i32) -> u16 {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a good name");
        (params.not_before, params.not_after) = (rcgen::date_time_ymd(from, 1, 1), rcgen::date_time_ymd(until, 1, 1));
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").der().clone();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .expect("a good pair");
        let config = Arc::new(config);
        accept(move |stream| {
            let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            let mut stream = StreamOwned::new(connection, stream);
            let _ = stream.read(&mut [0; 4096]);
            // It ends after one answer, and says so: a client that found out itself would try twice.
            let head = "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: 6";
            let _ = stream.write_all(format!("{head}\r\n\r\n<html>").as_bytes());
        })
    }
}

/// A server on a free port; its threads end with the test.
fn accept(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

#[test]
fn certificates() {
    let site = Site::new(1, 1, "");
    let authority = Authority::new();
    let trusted: PathBuf = site.file("authority.pem", &authority.pem);
    let check = |port: u16, trust: bool| {
        let config = site.config_with(json!({"domain": format!("https://localhost:{port}")}));
        let mut command = site.command(&["check", "--config"]);
        command.arg(site.file("config.json", config.to_string()));
        if trust {
            command.env("SSL_CERT_FILE", &trusted);
        }
        let text = verdict(&site, &run(&site, command));
        without_time(&redact_port(&text, port))
    };
    let (good, expired, early) =
        (authority.serve(2020, 2120), authority.serve(2010, 2011), authority.serve(2110, 2120));
    let rows = [
        ("an authority that nobody knows", check(good, false)),
        ("the same authority in SSL_CERT_FILE", check(good, true)),
        ("a certificate that has ended", check(expired, true)),
        ("a certificate whose time has not come", check(early, true)),
    ];
    insta::assert_snapshot!("causes_certificates", listed(&rows));
}

/// Something else than Jira, which answers every request with an empty object.
#[test]
fn an_answer_without_an_account_is_no_sign_in() {
    let port = accept(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2";
        let _ = stream.write_all(format!("{head}\r\n\r\n{{}}").as_bytes());
    });
    let site = Site::new(1, 1, "");
    let config = site.config_with(json!({"domain": format!("127.0.0.1:{port}")}));
    let verdict = verdict(&site, &run_with(&site, &["check"], &config));
    assert!(verdict.starts_with("FAILED") && verdict.contains("no property 'accountId'"), "{verdict}");
}

fn redact_port(text: &str, port: u16) -> String {
    text.replace(&port.to_string(), "[PORT]")
}

/// The times in the message and in the TLS library's text.
fn without_time(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        words.push(if digits >= 8 { "[TIME]".to_owned() } else { word.to_owned() });
    }
    words.join(" ")
}

#[test]
fn proxies() {
    let site = Site::new(1, 1, "");
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let refusing = |status: &'static str| {
        accept(move |mut stream| {
            let mut reader = BufReader::new(match stream.try_clone() {
                Ok(stream) => stream,
                Err(_) => return,
            });
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let _ = stream
                .write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").as_bytes());
        })
    };
    let check = |port: u16| {
        let config = site.config_with(json!({"domain": "acme.atlassian.net"}));
        let mut command = site.command(&["check", "--config"]);
        command.arg(site.file("config.json", config.to_string()));
        command.env("HTTPS_PROXY", format!("http://joe:hush-password@127.0.0.1:{port}"));
        let output = run(&site, command);
        assert!(!output.stdout.contains("hush-password"), "{}", output.stdout);
        redact(&site, &verdict(&site, &output))
    };
    let rows = [
        ("nobody listens there", check(closed)),
        ("it wants another password", check(refusing("407 Proxy Authentication Required"))),
        ("it does not let the host through", check(refusing("403 Forbidden"))),
    ];
    insta::assert_snapshot!("causes_proxies", listed(&rows));
}
