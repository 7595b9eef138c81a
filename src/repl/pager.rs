//! The screen: prints output that fits, and sends longer output through a pager.

use std::env;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

use unicode_width::UnicodeWidthStr;

use super::external::{command_from, is_not_started, variable};

/// The pager if no environment variable names one.
const PAGER: &str = "less";

/// Default options of `less`: show colours, do not clear the screen.
const LESS: &str = "RX";

/// The options for tables: also cut long lines.
const LESS_CUT: &str = "SRX";

/// More than a screen shows. Limits the buffer for a very long line, such as of JSON.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// More than a pipe buffers. A pager that has received more has started.
const PIPE_BYTES_MAX: usize = 1024 * 1024;

/// Standard output, through a pager once the output is longer than the screen.
///
/// Dropping it waits until the pager exits.
pub(super) struct Screen {
    buffer: Vec<u8>,
    /// Columns and lines of the screen; `None` to write without a buffer.
    size: Option<(usize, usize)>,
    /// `true` for aligned columns, which wrapped lines would spoil.
    is_table: bool,
    lines: usize,
    /// Offset of the current line in the buffer.
    line_start: usize,
    pager: Option<Pager>,
}

/// A running pager.
struct Pager {
    /// The command in the environment variable; `None` for the default pager.
    command: Option<String>,
    process: Child,
    /// The output it received; `None` once it has surely started.
    received: Option<Vec<u8>>,
}

impl Screen {
    /// A screen of this size; `None` prints all output immediately.
    pub(super) fn new(size: Option<(usize, usize)>, is_table: bool) -> Self {
        Self {
            buffer: Vec::new(),
            size,
            is_table,
            lines: 0,
            line_start: 0,
            pager: None,
        }
    }

    /// Prints the buffer, and waits until the pager exits.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let mut stdout = io::stdout();
        stdout.write_all(&std::mem::take(&mut self.buffer))?;
        stdout.flush()?;
        self.wait()
    }

    /// True if the buffer is longer than the screen, where the prompt takes a line.
    fn is_full(&mut self, columns: usize, lines: usize) -> bool {
        let is_break = |&byte: &u8| byte == b'\n';
        while let Some(length) = self.buffer[self.line_start..].iter().position(is_break) {
            let line = &self.buffer[self.line_start..self.line_start + length];
            let width = without_colours(&String::from_utf8_lossy(line)).width();
            self.line_start += length + 1;
            self.lines += width.div_ceil(columns).max(1);
            if self.is_table && width > columns {
                return true;
            }
        }
        self.lines >= lines || self.buffer.len() > BUFFER_BYTES_MAX
    }

    fn start_pager(&mut self) -> io::Result<()> {
        self.size = None;
        let buffer = std::mem::take(&mut self.buffer);
        let command = variable(["VOXQL_PAGER", "PAGER"]);
        if let Some("" | "cat") = command.as_deref().map(str::trim) {
            return io::stdout().write_all(&buffer);
        }
        let less = if self.is_table { LESS_CUT } else { LESS };
        match Pager::start(command, less) {
            Ok(pager) => self.pager = Some(pager),
            Err(error) => tracing::info!(%error, "no pager"),
        }
        self.write_all(&buffer)
    }

    /// Waits until the pager exits. Prints the output if the pager could not start.
    fn wait(&mut self) -> io::Result<()> {
        match self.pager.take().and_then(Pager::wait) {
            Some(received) => io::stdout().write_all(&received),
            None => Ok(()),
        }
    }
}

impl Pager {
    /// Starts the command, or the default pager, with these options for `less`.
    fn start(command: Option<String>, less: &str) -> io::Result<Self> {
        let mut process = match &command {
            Some(text) => command_from(text),
            None => Command::new(PAGER),
        };
        if env::var_os("LESS").is_none() {
            process.env("LESS", less);
        }
        Ok(Self {
            process: process.stdin(Stdio::piped()).spawn()?,
            command,
            received: Some(Vec::new()),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stdin) = &mut self.process.stdin else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let written = stdin.write(bytes)?;
        if let Some(received) = &mut self.received {
            received.extend_from_slice(&bytes[..written]);
            if received.len() > PIPE_BYTES_MAX {
                self.received = None;
            }
        }
        Ok(written)
    }

    /// Waits until it exits. Returns the output it received if it could not start.
    fn wait(mut self) -> Option<Vec<u8>> {
        // The pager waits for the end of its input.
        drop(self.process.stdin.take());
        let status = self.process.wait().ok()?;
        let command = self.command.filter(|_| is_not_started(status))?;
        let _ = writeln!(io::stderr(), "could not start the pager \"{command}\"");
        self.received
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(pager) = &mut self.pager {
            let written = pager.write(bytes);
            if written.is_err()
                && let Some(received) = self.pager.take().and_then(Pager::wait)
            {
                io::stdout().write_all(&received)?;
                return io::stdout().write(bytes);
            }
            return written;
        }
        let Some((columns, lines)) = self.size else {
            return io::stdout().write(bytes);
        };
        self.buffer.extend_from_slice(bytes);
        if self.is_full(columns, lines) {
            self.start_pager()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.pager.is_some() {
            return Ok(());
        }
        io::stdout().flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The error that led here is reported instead.
        let _ = self.wait();
    }
}

/// The text without colours.
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
    fn a_very_long_line_is_not_buffered() {
        let mut screen = Screen::new(Some((10, 3)), false);
        screen.buffer = vec![b'x'; BUFFER_BYTES_MAX + 1];
        assert!(screen.is_full(10, 3));
    }

    #[test]
    fn the_screen_is_full_when_it_is_too_long_or_too_wide() {
        for (is_table, text, is_full) in [
            (true, "one\ntwo\n", false),
            (true, "one\ntwo\nthree\n", true),
            (true, "more than ten\n", true),
            (true, "\u{1b}[36mten\u{1b}[0m wide.\n", false),
            (true, "東京東京東\n", false),
            (true, "東京東京東京\n", true),
            // Outside a table, a long line wraps.
            (false, "more than ten\n", false),
            (false, "more than ten\nthree\n", true),
        ] {
            let mut screen = Screen::new(Some((10, 3)), is_table);
            screen.buffer.extend_from_slice(text.as_bytes());
            assert_eq!(screen.is_full(10, 3), is_full, "{text}");
        }
    }
}
