//! Ctrl-C while something runs.

use std::future::Future;
use std::io;
use std::time::Instant;

use futures::FutureExt;

use crate::failure::{Failure, say};

/// Ctrl-C, which ends what runs and never the shell.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    /// Listens from now on. To be made before the line editor, which puts a handler of its own in the
    /// place of this one while it reads.
    pub(super) fn new() -> Result<Self, Failure> {
        #[cfg(unix)]
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c();
        let signal =
            signal.map_err(|error: io::Error| Failure::write("waiting for Ctrl-C", error))?;
        Ok(Self { signal })
    }

    /// The next Ctrl-C.
    pub(super) async fn next(&mut self) {
        // Without signals there are none to wait for.
        if self.signal.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Forgets those that were for a pager or an editor.
    pub(super) fn forget(&mut self) {
        while let Some(Some(())) = self.signal.recv().now_or_never() {}
    }

    /// Does something until it is done or Ctrl-C is pressed, which is told. Says whether it is done.
    pub(super) async fn or_done(
        &mut self,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<bool, Failure> {
        let start = Instant::now();
        tokio::select! {
            biased;
            () = self.next() => {
                say(format_args!("cancelled after {:.1} s", start.elapsed().as_secs_f64()))?;
                Ok(false)
            }
            done = work => done.map(|()| true),
        }
    }
}
