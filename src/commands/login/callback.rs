//! The listener on this machine that the browser comes back to, and as much HTTP as that takes.

use super::{
    consent::{Callback, Expected, Reading},
    page::Page,
    refusals, words,
};
use crate::protocol::Failure;
use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver, Sender},
    time::timeout,
};

/// For a request to arrive whole, and again for its answer to leave.
const PATIENCE: Duration = Duration::from_secs(5);

/// Room for a request's line and headers. Codes are long, but not so long.
const MOST: usize = 32 * 1024;

pub struct Listener(Vec<TcpListener>);

impl Listener {
    /// Takes the port on both addresses that `localhost` can mean: a browser may try either first.
    pub async fn bind(callback: Callback) -> Result<Self, Failure> {
        let port = callback.port;
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let first = bound.map_err(|error| refusals::no_port(callback, &error))?;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(second) => Ok(Self(vec![first, second])),
            // Another program would get the answer.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(refusals::no_port(callback, &error)),
            Err(_) => Ok(Self(vec![first])),
        }
    }

    /// Answers browsers from now on, and tells what they bring once they have been answered.
    pub fn serve(self, expected: Arc<Expected>) -> Receiver<Reading> {
        let (sender, receiver) = mpsc::channel(1);
        for socket in self.0 {
            tokio::spawn(accept(socket, Arc::clone(&expected), sender.clone()));
        }
        receiver
    }
}

async fn accept(socket: TcpListener, expected: Arc<Expected>, sender: Sender<Reading>) {
    loop {
        match socket.accept().await {
            Ok((mut stream, _)) => {
                let (expected, sender) = (Arc::clone(&expected), sender.clone());
                // Each for itself: browsers open connections ahead that they never use.
                tokio::spawn(async move {
                    if let Some(reading) = talk(&mut stream, &expected).await {
                        // Nobody listens any more once there is a code.
                        let _ = sender.send(reading).await;
                    }
                    // Closing on bytes that were not read would make some systems throw the page away.
                    let _ = timeout(PATIENCE, drained(&mut stream)).await;
                });
            }
            // Out of file descriptors, for one: give it time.
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

async fn talk(stream: &mut TcpStream, expected: &Expected) -> Option<Reading> {
    let head = timeout(PATIENCE, head(stream)).await.ok()?.ok()?;
    let (page, reading) = match &head {
        Some(head) => answer(head, expected),
        None => (Page::unusable("431 Request Header Fields Too Large"), None),
    };
    // What was brought counts even if nobody waits for the page.
    let _ = timeout(PATIENCE, deliver(stream, &page)).await;
    reading
}

/// The request's line and headers; nothing if they are too long.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() >= MOST {
            return Ok(None);
        }
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Some(head))
}

async fn deliver(stream: &mut TcpStream, page: &Page) -> io::Result<()> {
    stream.write_all(&page.bytes()).await?;
    stream.shutdown().await
}

async fn drained(stream: &mut TcpStream) -> io::Result<()> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// The page for a request, and what it brings, if anything.
fn answer(head: &[u8], expected: &Expected) -> (Page, Option<Reading>) {
    let head = String::from_utf8_lossy(head);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return (Page::unusable("400 Bad Request"), None);
    };
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return (Page::unusable("400 Bad Request"), None);
    }
    if method != "GET" {
        return (Page::unusable("405 Method Not Allowed"), None);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path == Callback::PATH {
        let reading = expected.of_query(query);
        return (Page::of(&reading), Some(reading));
    }
    let answers = query.split('&').any(|pair| pair.starts_with("code=") || pair.starts_with("error="));
    let told = answers.then(|| Reading::Other(words::other_path(path, expected.callback)));
    (Page::not_found(expected.callback), told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Arc<Expected> {
        Arc::new(Expected { callback: Callback::at(8711), state: "s".into() })
    }

    fn status(request: &str) -> (String, Option<Reading>) {
        let (page, reading) = answer(request.as_bytes(), &expected());
        let text = String::from_utf8(page.bytes()).unwrap();
        (text.lines().next().unwrap().trim_start_matches("HTTP/1.1 ").to_owned(), reading)
    }

    #[test]
    fn only_the_callback_brings_an_answer() {
        for (request, wanted, brings) in [
            ("GET /callback?code=c&state=s HTTP/1.1\r\n\r\n", "200 OK", true),
            ("GET /callback?code=c&state=t HTTP/1.1\r\n\r\n", "400 Bad Request", true),
            ("GET /callback HTTP/1.1\r\n\r\n", "400 Bad Request", true),
            ("GET /callback/?code=c&state=s HTTP/1.1\r\n\r\n", "404 Not Found", true),
            ("GET /?x=y HTTP/1.1\r\n\r\n", "404 Not Found", false),
            ("GET /favicon.ico HTTP/1.1\r\n\r\n", "404 Not Found", false),
            ("POST /callback?code=c&state=s HTTP/1.1\r\n\r\n", "405 Method Not Allowed", false),
            ("GET /callback?code=c&state=s\r\n\r\n", "400 Bad Request", false),
            ("GET http://localhost:8711/callback HTTP/1.1\r\n\r\n", "400 Bad Request", false),
            ("\u{16}\u{3}\u{1}\r\n\r\n", "400 Bad Request", false),
        ] {
            let (status, reading) = status(request);
            assert_eq!((status.as_str(), reading.is_some()), (wanted, brings), "{request}");
        }
    }

    #[tokio::test]
    async fn slow_broken_and_endless_clients_hold_nobody_up() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut browsers = Listener(vec![socket]).serve(expected());
        let _silent = TcpStream::connect(address).await.unwrap();
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET /callback?code=half").await.unwrap();
        drop(TcpStream::connect(address).await.unwrap());
        let mut endless = TcpStream::connect(address).await.unwrap();
        endless.write_all(&b"GET /callback?code=".repeat(MOST / 10)).await.unwrap();
        let mut refusal = [0; 12];
        endless.read_exact(&mut refusal).await.unwrap();
        assert_eq!(&refusal, b"HTTP/1.1 431");

        let mut good = TcpStream::connect(address).await.unwrap();
        good.write_all(b"GET /callback?code=c&state=s HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut page = String::new();
        good.read_to_string(&mut page).await.unwrap();
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        drop(good);
        let brought = timeout(PATIENCE, browsers.recv()).await.unwrap().unwrap();
        assert!(matches!(brought, Reading::Code(code) if code == "c"));
    }
}
