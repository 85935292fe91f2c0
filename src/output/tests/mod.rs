//! What the readers of the output rely on, on a stopped clock.

mod heartbeat;
mod lifecycle;
mod singer;

use super::*;
use std::sync::Arc;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn messages(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Kinds and streams in order, as in `RECORD issues`, `STATE issues`, `RUNNING issues`.
    fn lines(&self) -> Vec<String> {
        let name =
            |message: &Value, path: &str| message.pointer(path).and_then(Value::as_str).unwrap_or("?").to_owned();
        let line = |message: &Value| match message["type"].as_str().unwrap() {
            "RECORD" => format!("RECORD {}", name(message, "/record/stream")),
            "STATE" => format!("STATE {}", name(message, "/state/stream/stream_descriptor/name")),
            "TRACE" if message["trace"]["type"] == "STREAM_STATUS" => format!(
                "{} {}",
                name(message, "/trace/stream_status/status"),
                name(message, "/trace/stream_status/stream_descriptor/name")
            ),
            other => other.to_owned(),
        };
        self.messages().iter().map(line).collect()
    }

    fn of(&self, kind: &str) -> Vec<Value> {
        self.messages().into_iter().filter(|message| message["type"] == kind).collect()
    }
}

fn output() -> (Output, Page) {
    let page = Page::default();
    (Output::new(Box::new(page.clone()), Clock::new(|| 1_000_000)), page)
}

fn record(out: &Output, stream: &str) {
    out.record(stream, |line| line.extend_from_slice(b"{\"id\":1}"));
}
