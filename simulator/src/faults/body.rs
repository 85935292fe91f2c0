//! Bodies that stop before they are whole.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Sends a part of what it promised, then breaks the connection. With nothing to send, not even the head goes out.
pub(crate) struct Broken {
    part: Option<Bytes>,
    promised: u64,
    flushed: bool,
}

impl Broken {
    pub(crate) fn new(part: Option<Bytes>, promised: u64) -> Self {
        Self { flushed: part.is_none(), part, promised }
    }
}

impl Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(part) = self.part.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if !self.flushed {
            // One turn for the part to go out.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::other("broken on purpose"))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
