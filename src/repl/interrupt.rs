//! Ctrl-C while a statement runs.

use std::future::Future;
use std::io;
use std::time::Instant;

use futures::FutureExt;

use crate::failure::{Failure, print_line};

/// Ctrl-C, which ends the running statement and never the shell.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    /// Starts listening. Must be called before the line editor is created, which replaces this signal
    /// handler while it reads.
    pub(super) fn new() -> Result<Self, Failure> {
        #[cfg(unix)]
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c();
        let signal =
            signal.map_err(|error: io::Error| Failure::write("waiting for Ctrl-C", error))?;
        Ok(Self { signal })
    }

    /// Waits for the next Ctrl-C.
    pub(super) async fn next(&mut self) {
        // The stream ends if signals are not available.
        if self.signal.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Discards those that were meant for a pager or an editor.
    pub(super) fn discard(&mut self) {
        while let Some(Some(())) = self.signal.recv().now_or_never() {}
    }

    /// Runs `work` until it is done or Ctrl-C cancels it. Returns `true` if it is done.
    pub(super) async fn run(
        &mut self,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<bool, Failure> {
        let start = Instant::now();
        tokio::select! {
            biased;
            () = self.next() => {
                print_line(format_args!("cancelled after {:.1} s", start.elapsed().as_secs_f64()))?;
                Ok(false)
            }
            done = work => done.map(|()| true),
        }
    }
}
