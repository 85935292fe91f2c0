//! The loopback listener that receives the redirect of the browser, with the minimal HTTP that this takes.

mod page;

use super::{
    callback::Callback,
    consent::{Expected, Reading},
    messages, refusals,
};
use crate::protocol::Failure;
use page::Page;
use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::AbortHandle,
    time::timeout,
};

/// Time limit to receive a request, and again to send its response.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Connections that are open at the same time. A further one takes the place of the oldest, so that a web page which opens many
/// can't keep the redirect out.
const MOST_OPEN: usize = 100;

/// The largest request line with headers. Authorization codes are much shorter.
const MAX_HEAD: usize = 32 * 1024;

pub(super) struct Listener(Vec<TcpListener>);

impl Listener {
    /// Binds the port on both addresses of `localhost`: a browser may try either first.
    pub(super) async fn bind(callback: Callback) -> Result<Self, Failure> {
        let port = callback.port;
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let first = bound.map_err(|error| refusals::no_port(callback, &error))?;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(second) => Ok(Self(vec![first, second])),
            // The other program could receive the redirect.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(refusals::no_port(callback, &error)),
            Err(_) => Ok(Self(vec![first])),
        }
    }

    /// Starts to answer browsers. The channel gets what a request contains once its response is sent.
    pub(super) fn serve(self, expected: Arc<Expected>) -> UnboundedReceiver<Reading> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for socket in self.0 {
            tokio::spawn(accept(socket, Arc::clone(&expected), sender.clone()));
        }
        receiver
    }
}

async fn accept(socket: TcpListener, expected: Arc<Expected>, sender: UnboundedSender<Reading>) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        match socket.accept().await {
            Ok((mut stream, _)) => {
                let (expected, sender) = (Arc::clone(&expected), sender.clone());
                // One task for each connection: browsers open connections in advance that they never use.
                let connection = tokio::spawn(async move {
                    if let Some(reading) = respond(&mut stream, &expected).await {
                        // The receiver is closed once there is a code.
                        let _ = sender.send(reading);
                    }
                    // Some systems discard the response if the connection is closed with unread bytes.
                    let _ = timeout(TIME_LIMIT, drained(&mut stream)).await;
                });
                open.retain(|connection| !connection.is_finished());
                open.push_back(connection.abort_handle());
                if open.len() > MOST_OPEN {
                    open.pop_front().iter().for_each(AbortHandle::abort);
                }
            }
            // For example, the process has no free file descriptors: wait and try again.
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

async fn respond(stream: &mut TcpStream, expected: &Expected) -> Option<Reading> {
    let head = timeout(TIME_LIMIT, head(stream)).await.ok()?.ok()?;
    let (page, reading) = match &head {
        Some(head) => answer(head, expected),
        None => (Page::unusable("431 Request Header Fields Too Large"), None),
    };
    // The answer counts even if the browser does not wait for the page.
    let _ = timeout(TIME_LIMIT, deliver(stream, &page)).await;
    reading
}

/// The request line and headers; `None` if they are too long.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() >= MAX_HEAD {
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

/// The response to a request, and the answer of the consent page, if the request contains one.
fn answer(head: &[u8], expected: &Expected) -> (Page, Option<Reading>) {
    let head = String::from_utf8_lossy(head);
    let mut parts = head.lines().next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
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
    let has_answer = query.split('&').any(|pair| pair.starts_with("code=") || pair.starts_with("error="));
    let reading = has_answer.then(|| Reading::Other(messages::other_path(path, expected.callback)));
    (Page::not_found(expected.callback), reading)
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
    fn only_the_callback_path_receives_an_answer() {
        for (request, wanted, has_answer) in [
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
            assert_eq!((status.as_str(), reading.is_some()), (wanted, has_answer), "{request}");
        }
    }

    #[tokio::test]
    async fn slow_broken_and_endless_clients_do_not_block_others() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut browsers = Listener(vec![socket]).serve(expected());
        let _silent = TcpStream::connect(address).await.unwrap();
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET /callback?code=half").await.unwrap();
        drop(TcpStream::connect(address).await.unwrap());
        let mut endless = TcpStream::connect(address).await.unwrap();
        endless.write_all(&b"GET /callback?code=".repeat(MAX_HEAD / 10)).await.unwrap();
        let mut refusal = [0; 12];
        endless.read_exact(&mut refusal).await.unwrap();
        assert_eq!(&refusal, b"HTTP/1.1 431");
        let mut idle = Vec::new();
        for _ in 0..3 * MOST_OPEN {
            idle.push(TcpStream::connect(address).await.unwrap());
        }

        let mut good = TcpStream::connect(address).await.unwrap();
        good.write_all(b"GET /callback?code=c&state=s HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut page = String::new();
        good.read_to_string(&mut page).await.unwrap();
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        drop(good);
        // The oldest were closed, and the newest are open until their time ends.
        let mut byte = [0; 1];
        assert_eq!(timeout(Duration::from_secs(1), idle[0].read(&mut byte)).await.unwrap().unwrap_or(0), 0);
        assert!(timeout(Duration::from_millis(50), idle[3 * MOST_OPEN - 1].read(&mut byte)).await.is_err());
        let received = timeout(TIME_LIMIT, browsers.recv()).await.unwrap().unwrap();
        assert!(matches!(received, Reading::Code(code) if code == "c"));
    }
}
