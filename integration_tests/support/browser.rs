//! A browser without a window: gets a consent page, presses one of its buttons, and follows where that leads.

use reqwest::Url;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// What a server answered.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

pub fn get(url: &str) -> Page {
    ask("GET", url, "")
}

/// The address that a consent page sends the browser to. `change` may touch the form before it is sent.
pub fn decide(consent: &str, decision: &str, change: impl Fn(&str, String) -> String) -> String {
    let page = get(consent);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains(&format!("name=\"decision\" value=\"{decision}\"")), "{}", page.body);
    let action = between(&page.body, "action=\"", "\"").expect("a form");
    let mut form = Url::parse("http://form").expect("an address");
    for input in page.body.split("<input ").skip(1) {
        let part = |name: &str| plain(between(input, &format!("{name}=\""), "\"").expect("an attribute"));
        let name = part("name");
        form.query_pairs_mut().append_pair(&name, &change(&name, part("value")));
    }
    form.query_pairs_mut().append_pair("decision", decision);
    let action = Url::parse(consent).expect("an address").join(action).expect("an address");
    let answer = ask("POST", action.as_str(), form.query().expect("fields"));
    assert_eq!(answer.status, 302, "{}", answer.body);
    answer.location.expect("a location")
}

fn ask(method: &str, url: &str, body: &str) -> Page {
    let url = Url::parse(url).expect("an address");
    let address = (url.host_str().expect("a host"), url.port_or_known_default().expect("a port"));
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let target = [url.path(), url.query().unwrap_or_default()].join("?");
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        address.0,
        address.1,
        body.len()
    )
    .expect("a request that can be sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let location = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location").then(|| value.to_owned())
    });
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Page { status, location, body: body.to_owned() }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

fn plain(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
