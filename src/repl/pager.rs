//! The screen: what fits is printed, what does not goes through a pager.

use std::env;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

use unicode_width::UnicodeWidthStr;

use super::external::{command_of, is_not_started, variable};

/// The pager where no variable names one.
const PAGER: &str = "less";

/// What `less` does where nobody says: show colours, leave the screen as it is.
const LESS: &str = "RX";

/// The same, and cut long lines.
const LESS_CUT: &str = "SRX";

/// No screen shows more: a line without end, such as that of JSON, is not waited for.
const HELD_BYTES_MAX: usize = 64 * 1024;

/// A pager that took more reads: no pipe holds as much.
const PIPE_BYTES_MAX: usize = 1024 * 1024;

/// Standard output, behind a pager once more is written than the screen shows.
///
/// Dropped, it waits until the pager is left.
pub(super) struct Screen {
    held: Vec<u8>,
    /// The columns and lines there are; without them nothing is held.
    size: Option<(usize, usize)>,
    /// Whether columns stand below one another, which lines that go on in the next would spoil.
    is_table: bool,
    lines: usize,
    /// Where the line that is being written begins in what is held.
    line_start: usize,
    pager: Option<Pager>,
}

/// A pager at work.
struct Pager {
    /// What the variable says, `None` for the one that nobody named.
    named: Option<String>,
    process: Child,
    /// What it was given, as long as it may not have started.
    given: Option<Vec<u8>>,
}

impl Screen {
    /// The terminal of this size; `None` prints everything at once.
    pub(super) fn new(size: Option<(usize, usize)>, is_table: bool) -> Self {
        Self {
            held: Vec::new(),
            size,
            is_table,
            lines: 0,
            line_start: 0,
            pager: None,
        }
    }

    /// Prints what is held, and waits for the pager where there is one.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        let mut stdout = io::stdout();
        stdout.write_all(&held)?;
        stdout.flush()?;
        self.leave()
    }

    /// Whether what is held has become more than the screen shows; the prompt takes a line.
    fn is_full(&mut self, columns: usize, lines: usize) -> bool {
        while let Some(length) = self.held[self.line_start..]
            .iter()
            .position(|&b| b == b'\n')
        {
            let line = &self.held[self.line_start..self.line_start + length];
            let width = without_colours(&String::from_utf8_lossy(line)).width();
            self.line_start += length + 1;
            self.lines += width.div_ceil(columns).max(1);
            if self.is_table && width > columns {
                return true;
            }
        }
        self.lines >= lines || self.held.len() > HELD_BYTES_MAX
    }

    fn start_pager(&mut self) -> io::Result<()> {
        self.size = None;
        let held = std::mem::take(&mut self.held);
        let named = variable(["VOXQL_PAGER", "PAGER"]);
        if named
            .as_deref()
            .is_some_and(|text| matches!(text.trim(), "" | "cat"))
        {
            return io::stdout().write_all(&held);
        }
        let less = if self.is_table { LESS_CUT } else { LESS };
        match Pager::start(named, less) {
            Ok(pager) => self.pager = Some(pager),
            Err(error) => tracing::info!(%error, "no pager"),
        }
        self.write_all(&held)
    }

    /// Waits until the pager is left. What it could not show is printed.
    fn leave(&mut self) -> io::Result<()> {
        match self.pager.take().and_then(Pager::wait) {
            Some(given) => io::stdout().write_all(&given),
            None => Ok(()),
        }
    }
}

impl Pager {
    /// Starts what the variable names, else the usual one, with options for `less`.
    fn start(named: Option<String>, less: &str) -> io::Result<Self> {
        let mut command = match &named {
            Some(text) => command_of(text),
            None => Command::new(PAGER),
        };
        if env::var_os("LESS").is_none() {
            command.env("LESS", less);
        }
        Ok(Self {
            process: command.stdin(Stdio::piped()).spawn()?,
            named,
            given: Some(Vec::new()),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stdin) = &mut self.process.stdin else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let written = stdin.write(bytes)?;
        if let Some(given) = &mut self.given {
            given.extend_from_slice(&bytes[..written]);
            if given.len() > PIPE_BYTES_MAX {
                self.given = None;
            }
        }
        Ok(written)
    }

    /// Waits until it is left. Gives back what it was given, where there is no such program.
    fn wait(mut self) -> Option<Vec<u8>> {
        // The end of what there is to read.
        drop(self.process.stdin.take());
        let status = self.process.wait().ok()?;
        let named = self.named.filter(|_| is_not_started(status))?;
        let _ = writeln!(io::stderr(), "the pager {named} does not start");
        self.given
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(pager) = &mut self.pager {
            let written = pager.write(bytes);
            if written.is_err()
                && let Some(given) = self.pager.take().and_then(Pager::wait)
            {
                io::stdout().write_all(&given)?;
                return io::stdout().write(bytes);
            }
            return written;
        }
        let Some((columns, lines)) = self.size else {
            return io::stdout().write(bytes);
        };
        self.held.extend_from_slice(bytes);
        if self.is_full(columns, lines) {
            self.start_pager()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.pager {
            Some(_) => Ok(()),
            None => io::stdout().flush(),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // What else has gone wrong is told.
        let _ = self.leave();
    }
}

/// Prints a text, through the pager where it is longer than the screen.
pub(super) fn show(text: &str, size: Option<(usize, usize)>) -> io::Result<()> {
    let mut screen = Screen::new(size, false);
    let written = writeln!(screen, "{text}").and_then(|()| screen.finish());
    match written {
        // Somebody who has seen enough leaves the pager.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// What is left of a text when its colours are taken out.
pub(super) fn without_colours(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let mut text = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        text.push_str(piece.split_once('m').map_or("", |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_is_not_held() {
        let mut screen = Screen::new(Some((10, 3)), false);
        screen.held = vec![b'x'; HELD_BYTES_MAX + 1];
        assert!(screen.is_full(10, 3));
    }

    #[test]
    fn the_screen_is_full_when_it_is_too_long_or_too_wide() {
        let full_of = |is_table: bool, text: &str| {
            let mut screen = Screen::new(Some((10, 3)), is_table);
            screen.held.extend_from_slice(text.as_bytes());
            screen.is_full(10, 3)
        };
        let full = |text: &str| full_of(true, text);
        assert!(!full("one\ntwo\n"));
        assert!(full("one\ntwo\nthree\n"));
        assert!(full("more than ten\n"));
        assert!(!full("\u{1b}[36mten\u{1b}[0m wide.\n"));
        assert!(!full("東京東京東\n"));
        assert!(full("東京東京東京\n"));
        // Where no columns are to be kept in line, a line may go on in the next.
        assert!(!full_of(false, "more than ten\n"));
        assert!(full_of(false, "more than ten\nthree\n"));
    }
}
