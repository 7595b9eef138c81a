//! A stack that is large enough for the deepest statement.

use std::future::{Future, poll_fn};
use std::pin::pin;

/// Bytes of a stack on which statements are parsed and planned: that recurses, and takes up to a hundred
/// kilobytes for a query in brackets. Only what is used takes memory.
pub(crate) const STACK_BYTES: usize = 256 << 20;

/// Does `work` on a stack of [`STACK_BYTES`], unless half as much is left of the thread's own: threads of
/// programs have two megabytes.
pub(super) async fn on_large_stack<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        stacker::maybe_grow(STACK_BYTES / 2, STACK_BYTES, || work.as_mut().poll(context))
    })
    .await
}
