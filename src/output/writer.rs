//! Hands finished lines to the reader of the output.
//!
//! The reader may be slow, or sleep for minutes: a destination that loads a batch, a pipe into a program under a debugger.
//! A thread of its own writes, so that a slow reader never delays the requests that are under way; a bounded queue keeps
//! memory flat. Who fills the queue waits for room, after everything else that holds a lock was let go.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};
use tokio::runtime::{Handle, RuntimeFlavor};

/// Bytes that may wait for the reader before the connector waits for it: some chunks, so that both have something to do. Who
/// waits holds up no request, so more would only cost memory.
const QUEUE: usize = 1024 * 1024;
/// Buffers that are kept for the next chunk.
const SPARE: usize = 4;
/// A buffer that grew larger than this is not kept.
const LARGE: usize = 1024 * 1024;

pub(super) struct Writer {
    shared: Arc<Shared>,
    /// Where no thread writes.
    direct: Option<Mutex<Box<dyn Write + Send>>>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Something was queued, written, or broke.
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Vec<u8>>,
    /// Queued, and being written.
    bytes: usize,
    spare: Vec<Vec<u8>>,
    broken: Option<io::ErrorKind>,
    closed: bool,
}

impl Writer {
    /// Writes on the caller's thread.
    pub(super) fn direct(out: Box<dyn Write + Send>) -> Self {
        Self { shared: Arc::default(), direct: Some(Mutex::new(out)) }
    }

    /// Writes on a thread of its own, which ends with the writer. Where no thread can be started, nothing can be written.
    pub(super) fn threaded(out: Box<dyn Write + Send>) -> Self {
        let shared = Arc::<Shared>::default();
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new().name("output".to_owned()).spawn(move || writing.write_all(out));
        shared.lock().broken = thread.err().map(|error| error.kind());
        Self { shared, direct: None }
    }

    /// Takes the chunk over, without waiting; `chunk` is empty afterwards.
    pub(super) fn submit(&self, chunk: &mut Vec<u8>) {
        if chunk.is_empty() {
            return;
        }
        let mut queue = self.shared.lock();
        if queue.broken.is_some() {
            chunk.clear();
            return;
        }
        match &self.direct {
            Some(out) => {
                let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
                let written = out.write_all(chunk).and_then(|()| out.flush());
                queue.broken = written.err().map(|error| error.kind());
                chunk.clear();
            }
            None => {
                let next = queue.spare.pop().unwrap_or_else(|| Vec::with_capacity(chunk.capacity().min(LARGE)));
                let full = std::mem::replace(chunk, next);
                queue.bytes += full.len();
                queue.chunks.push_back(full);
                self.shared.changed.notify_all();
            }
        }
    }

    /// Waits while the queue is full.
    pub(super) fn wait_for_room(&self) {
        self.wait(|queue| queue.bytes > QUEUE);
    }

    /// Waits until everything is written.
    pub(super) fn drain(&self) {
        self.wait(|queue| queue.bytes > 0);
    }

    /// Why nothing can be written any more.
    pub(super) fn broken(&self) -> Option<io::ErrorKind> {
        self.shared.lock().broken
    }

    fn wait(&self, is_early: impl Fn(&Queue) -> bool) {
        let early = |queue: &Queue| queue.broken.is_none() && is_early(queue);
        if self.direct.is_some() || !early(&self.shared.lock()) {
            return;
        }
        let wait = || {
            let mut queue = self.shared.lock();
            while early(&queue) {
                queue = self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        };
        // Requests under way belong to other tasks, which this thread must not hold up.
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
            _ => wait(),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: writes chunk by chunk until the writer is dropped or the reader ends.
    fn write_all(&self, mut out: Box<dyn Write + Send>) {
        while let Some(mut chunk) = self.next() {
            let written = out.write_all(&chunk).and_then(|()| out.flush());
            let mut queue = self.lock();
            queue.bytes -= chunk.len();
            if let Err(error) = written {
                queue.broken = Some(error.kind());
                queue.chunks.clear();
                queue.bytes = 0;
            }
            if chunk.capacity() <= LARGE && queue.spare.len() < SPARE {
                chunk.clear();
                queue.spare.push(chunk);
            }
            let broken = queue.broken.is_some();
            drop(queue);
            self.changed.notify_all();
            if broken {
                return;
            }
        }
    }

    fn next(&self) -> Option<Vec<u8>> {
        let mut queue = self.lock();
        loop {
            match queue.chunks.pop_front() {
                Some(chunk) => return Some(chunk),
                None if queue.closed => return None,
                None => queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::mpsc::{Receiver, Sender, channel},
        time::{Duration, Instant},
    };

    /// A reader that takes a chunk on request.
    struct Reader {
        go: Receiver<io::Result<()>>,
        read: Sender<Vec<u8>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.go.recv().unwrap_or(Err(io::ErrorKind::BrokenPipe.into()))?;
            let _ = self.read.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn reader() -> (Writer, Sender<io::Result<()>>, Receiver<Vec<u8>>) {
        let ((go, wait), (read, chunks)) = (channel(), channel());
        (Writer::threaded(Box::new(Reader { go: wait, read })), go, chunks)
    }

    #[test]
    fn a_reader_that_sleeps_delays_nothing_until_the_queue_is_full() {
        let (writer, go, chunks) = reader();
        let begin = Instant::now();
        for byte in 0..8_u8 {
            writer.submit(&mut vec![byte; QUEUE / 8]);
            writer.wait_for_room();
        }
        assert!(begin.elapsed() < Duration::from_secs(5), "no wait below the bound");
        writer.submit(&mut vec![8]);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| writer.wait_for_room());
            thread::sleep(Duration::from_millis(50));
            assert!(!waiting.is_finished(), "above the bound");
            go.send(Ok(())).unwrap();
            waiting.join().unwrap();
        });
        (0..8).for_each(|_| go.send(Ok(())).unwrap());
        writer.drain();
        let order: Vec<u8> = chunks.try_iter().map(|chunk| chunk[0]).collect();
        assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_reader_that_went_away_ends_every_wait() {
        let (writer, go, _chunks) = reader();
        writer.submit(&mut vec![0; 2 * QUEUE]);
        go.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
        writer.wait_for_room();
        writer.drain();
        assert_eq!(writer.broken(), Some(io::ErrorKind::BrokenPipe));
        let mut more = vec![1; 10];
        writer.submit(&mut more);
        assert!(more.is_empty());
        writer.drain();
    }
}
