//! The trait of the layers.

use super::{Error, Reply, Request};
use std::future::Future;

/// A layer: takes a request, returns a good reply or a classified error.
pub trait Service: Send + Sync {
    fn call(&self, request: &Request) -> impl Future<Output = Result<Reply, Error>> + Send;
}
