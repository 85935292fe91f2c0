//! Lines that a person types or pastes, while something else is being waited for.

use std::io::{BufRead, IsTerminal, Read};
use tokio::sync::mpsc;

/// Longer than any address that Atlassian makes.
const LONGEST: u64 = 16 * 1024;

pub struct Lines {
    incoming: mpsc::Receiver<String>,
    /// Whether somebody can be asked.
    pub terminal: bool,
}

impl Lines {
    /// Reads stdin in a thread of its own, which ends with the process: a read of a terminal can't be called off.
    pub fn read() -> Self {
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

    /// What a person at a terminal types.
    #[cfg(test)]
    pub fn typed(lines: &[&str]) -> Self {
        let (sender, incoming) = mpsc::channel(lines.len().max(1));
        for line in lines {
            let _ = sender.try_send((*line).to_owned());
        }
        Self { incoming, terminal: true }
    }

    /// Nothing once stdin has ended.
    pub async fn next(&mut self) -> Option<String> {
        self.incoming.recv().await
    }
}

fn next(stdin: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    stdin.take(LONGEST).read_until(b'\n', &mut line).ok()?;
    (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned())
}
