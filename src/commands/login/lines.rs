//! Lines that a person types or pastes while the login waits for the browser.

use std::io::{BufRead, IsTerminal, Read};
use tokio::sync::mpsc;

/// Longer than any address that Atlassian makes.
const LONGEST: u64 = 16 * 1024;

pub(super) struct Lines {
    incoming: mpsc::Receiver<String>,
    /// Whether stdin is a terminal, so that a person can answer a prompt.
    pub terminal: bool,
}

impl Lines {
    /// Reads stdin in a thread that ends with the process, because a blocked read of a terminal cannot be cancelled.
    pub(super) fn read() -> Self {
        let (sender, incoming) = mpsc::channel(1);
        std::thread::spawn(move || {
            let mut stdin = std::io::stdin().lock();
            while let Some(line) = next(&mut stdin) {
                if sender.blocking_send(line).is_err() {
                    break;
                }
            }
        });
        Self { incoming, terminal: std::io::stdin().is_terminal() }
    }

    /// These lines, as if typed at a terminal.
    #[cfg(test)]
    pub(super) fn typed(lines: &[&str]) -> Self {
        let (sender, incoming) = mpsc::channel(lines.len().max(1));
        for line in lines {
            let _ = sender.try_send((*line).to_owned());
        }
        Self { incoming, terminal: true }
    }

    /// The next line; `None` at the end of stdin.
    pub(super) async fn next(&mut self) -> Option<String> {
        self.incoming.recv().await
    }
}

fn next(stdin: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    stdin.take(LONGEST).read_until(b'\n', &mut line).ok()?;
    (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned())
}
