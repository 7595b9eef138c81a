//! A line on standard error that shows what a running query has read.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use datafusion::physical_plan::ExecutionPlan;
use indicatif::{HumanBytes, HumanCount};
use tokio::task::JoinHandle;

use crate::output::{cut, terminal_size};

/// What is done sooner needs no line.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

const INTERVAL: Duration = Duration::from_millis(100);

/// Where standard output is no terminal that says how wide it is.
const WIDTH_DEFAULT: usize = 80;

/// To the beginning of the line, which is erased.
const ERASE: &str = "\r\u{1b}[2K";

/// What shows that something goes on.
const SPINNER: [char; 6] = ['⠇', '⠋', '⠙', '⠸', '⠴', '⠦'];

/// The line; it goes when this is dropped.
///
/// Not indicatif's, which fills the line to its end: the `^C` that a terminal shows would go to the
/// next, and this one would stay.
pub(crate) struct RunningLine {
    state: Arc<Mutex<State>>,
    drawing: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Shown,
    Gone,
}

impl RunningLine {
    /// Shows the query from a second after `start` on; `None` where standard error is no terminal
    /// that a line can be erased on.
    pub(crate) fn start(plan: Arc<dyn ExecutionPlan>, start: Instant) -> Option<Self> {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if !io::stderr().is_terminal() || is_dumb {
            return None;
        }
        let state = Arc::new(Mutex::new(State::Waiting));
        let drawing = tokio::spawn(draw(Arc::clone(&state), plan, start));
        Some(Self { state, drawing })
    }
}

impl Drop for RunningLine {
    fn drop(&mut self) {
        self.drawing.abort();
        // The lock is held while a line is written: none comes after this.
        if let Ok(mut state) = self.state.lock() {
            if *state == State::Shown {
                let _ = write!(io::stderr(), "{ERASE}");
            }
            *state = State::Gone;
        }
    }
}

async fn draw(state: Arc<Mutex<State>>, plan: Arc<dyn ExecutionPlan>, start: Instant) {
    tokio::time::sleep(SHOWN_AFTER.saturating_sub(start.elapsed())).await;
    for spinner in SPINNER.iter().cycle() {
        let message = message(&read(plan.as_ref()), start.elapsed());
        if let Ok(mut state) = state.lock() {
            if *state == State::Gone {
                return;
            }
            *state = State::Shown;
            // A closed standard error is no reason to stop.
            let line = format!("{spinner} {message}");
            let width = terminal_size().map_or(WIDTH_DEFAULT, |(width, _)| width);
            // What goes on in the next line would not be erased; `^C` takes two columns more.
            let line = cut(&line, width.saturating_sub(3));
            let _ = write!(io::stderr(), "{ERASE}{line}");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// What the leaves of a plan have read so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    rows: u64,
    bytes: u64,
}

fn read(plan: &dyn ExecutionPlan) -> Read {
    let children = plan.children();
    if !children.is_empty() {
        return children.iter().fold(Read::default(), |sum, child| {
            let read = read(child.as_ref());
            Read {
                rows: sum.rows + read.rows,
                bytes: sum.bytes + read.bytes,
            }
        });
    }
    let Some(metrics) = plan.metrics() else {
        return Read::default();
    };
    let bytes = metrics.sum_by_name("bytes_scanned");
    Read {
        rows: metrics.output_rows().unwrap_or(0) as u64,
        bytes: bytes.map_or(0, |bytes| bytes.as_usize()) as u64,
    }
}

fn message(read: &Read, elapsed: Duration) -> String {
    let mut message = format!("{} s", elapsed.as_secs());
    if read.rows > 0 {
        message.push_str(&format!("  {} rows read", HumanCount(read.rows)));
    }
    if read.bytes > 0 {
        message.push_str(&format!("  {}", HumanBytes(read.bytes)));
    }
    message
}

/// A sink on the screen: the line goes before the first byte of the result comes.
pub(crate) struct AfterLine<'a> {
    pub(crate) line: Option<RunningLine>,
    pub(crate) sink: &'a mut (dyn Write + Send),
}

impl Write for AfterLine<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line = None;
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_was_read() {
        let read = Read {
            rows: 1_234_567,
            bytes: 5 * 1024 * 1024,
        };
        assert_eq!(
            message(&read, Duration::from_millis(2_700)),
            "2 s  1,234,567 rows read  5.00 MiB"
        );
        assert_eq!(message(&Read::default(), Duration::from_secs(61)), "61 s");
    }
}
