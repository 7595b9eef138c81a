//! Progress line on standard error for a running query.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use datafusion::physical_plan::ExecutionPlan;
use indicatif::{HumanBytes, HumanCount};

use crate::output::{cut, terminal_size};

/// Time before the line appears.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

const INTERVAL: Duration = Duration::from_millis(100);

/// Width of the line if standard output is not a terminal.
const WIDTH_DEFAULT: usize = 80;

/// Moves the cursor to the beginning of the line and erases it.
const ERASE: &str = "\r\u{1b}[2K";

const SPINNER: [char; 6] = ['⠇', '⠋', '⠙', '⠸', '⠴', '⠦'];

/// The line, erased on drop. Drawn on a thread of its own, since those of queries may be busy.
///
/// indicatif's fills the whole line, so the `^C` that a terminal echoes would wrap, and the line would
/// not be erased.
pub(crate) struct RunningLine {
    state: Arc<Mutex<State>>,
    plan: Arc<OnceLock<Arc<dyn ExecutionPlan>>>,
    /// Ends the thread when dropped.
    _drawing: Sender<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Shown,
    Gone,
}

impl RunningLine {
    /// Shows the line from one second after `start`. `None` if standard error is not a terminal that
    /// can erase a line.
    pub(crate) fn start(start: Instant) -> Option<Self> {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if !io::stderr().is_terminal() || is_dumb {
            return None;
        }
        let state = Arc::new(Mutex::new(State::Waiting));
        let plan = Arc::default();
        let (drawing, end) = mpsc::channel();
        let (shared_state, shared_plan) = (Arc::clone(&state), Arc::clone(&plan));
        thread::spawn(move || draw(&shared_state, &shared_plan, start, &end));
        Some(Self {
            state,
            plan,
            _drawing: drawing,
        })
    }

    /// Adds what the plan has read to the line.
    pub(crate) fn shows(&self, plan: Arc<dyn ExecutionPlan>) {
        // A line is of one plan.
        let _ = self.plan.set(plan);
    }
}

impl Drop for RunningLine {
    fn drop(&mut self) {
        // The lock is held while a line is written: none is written after this.
        if let Ok(mut state) = self.state.lock() {
            if *state == State::Shown {
                let _ = write!(io::stderr(), "{ERASE}");
            }
            *state = State::Gone;
        }
    }
}

fn draw(
    state: &Mutex<State>,
    plan: &OnceLock<Arc<dyn ExecutionPlan>>,
    start: Instant,
    end: &Receiver<()>,
) {
    let mut pause = SHOWN_AFTER.saturating_sub(start.elapsed());
    for spinner in SPINNER.iter().cycle() {
        if end.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        pause = INTERVAL;
        let read = plan.get().map(|plan| read(plan.as_ref()));
        let message = message(&read.unwrap_or_default(), start.elapsed());
        if let Ok(mut state) = state.lock() {
            if *state == State::Gone {
                return;
            }
            *state = State::Shown;
            let line = format!("{spinner} {message}");
            let width = terminal_size().map_or(WIDTH_DEFAULT, |(width, _)| width);
            // A wrapped line would not be erased; `^C` takes two more columns.
            let line = cut(&line, width.saturating_sub(3));
            // A closed standard error does not stop the query.
            let _ = write!(io::stderr(), "{ERASE}{line}");
        }
    }
}

/// Rows and bytes read so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    rows: u64,
    bytes: u64,
}

/// Sums what the leaves of a plan have read.
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

/// A sink that erases the line before the first byte of the result.
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
    fn the_line_shows_rows_and_bytes() {
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
