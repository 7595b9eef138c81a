//! Ctrl-C while a statement runs, and signals that end the program.

use std::future::Future;
use std::io;
use std::process;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tokio::sync::oneshot;

use crate::failure::{Failure, print_line};
use crate::statement::threads::QueryThreads;

/// The exit codes of a shell for a program that SIGINT or SIGTERM ended.
const EXIT_INTERRUPTED: u8 = 130;
#[cfg(unix)]
const EXIT_TERMINATED: u8 = 143;

/// Time to remove unfinished files after an interrupt. A write to a pipe that nobody reads would wait for
/// ever.
pub(super) const GRACE: Duration = Duration::from_secs(1);

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

/// Runs `work`, whose statements run on `threads`, until it is done or a signal ends the program, which then
/// leaves no unfinished file.
pub(super) async fn until_signal(
    work: impl Future<Output = Result<(), Failure>>,
    threads: &QueryThreads,
) -> Result<(), Failure> {
    let (send, received) = oneshot::channel();
    let waiting = tokio::spawn(async move {
        let Ok(exit_code) = signal().await else {
            return;
        };
        let _ = send.send(exit_code);
        tokio::time::sleep(GRACE).await;
        process::exit(i32::from(exit_code));
    });
    let exit_code = tokio::select! {
        biased;
        Ok(exit_code) = received => exit_code,
        done = work => {
            waiting.abort();
            return done;
        }
    };
    threads.settle().await;
    Err(Failure::Interrupted { exit_code })
}

/// Waits for a signal that ends a program, and returns the exit code.
#[cfg(unix)]
async fn signal() -> io::Result<u8> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tokio::select! {
        _ = interrupt.recv() => Ok(EXIT_INTERRUPTED),
        _ = terminate.recv() => Ok(EXIT_TERMINATED),
    }
}

/// Waits for a signal that ends a program, and returns the exit code.
#[cfg(not(unix))]
async fn signal() -> io::Result<u8> {
    tokio::signal::ctrl_c().await?;
    Ok(EXIT_INTERRUPTED)
}
