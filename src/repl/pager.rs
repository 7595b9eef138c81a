//! The screen: what fits is printed, what does not goes through a pager.

use std::env;
use std::io::{self, Write};
use std::process::{Child, Stdio};

use unicode_width::UnicodeWidthStr;

use super::external::command_of;

/// The pager where no variable names one.
const PAGER: &str = "less";

/// What `less` does where nobody says: cut long lines, show colours, leave the screen as it is.
const LESS: &str = "SRX";

/// Standard output, behind a pager once more is written than the screen has lines or columns.
///
/// Dropped, it waits until the pager is left.
pub(super) struct Screen {
    held: Vec<u8>,
    /// The columns and lines there are; without them nothing is held.
    size: Option<(usize, usize)>,
    lines: usize,
    /// Where the line that is being written begins in what is held.
    line_start: usize,
    pager: Option<Child>,
}

impl Screen {
    /// The terminal of this size; `None` prints everything at once.
    pub(super) fn new(size: Option<(usize, usize)>) -> Self {
        Self {
            held: Vec::new(),
            size,
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
        stdout.flush()
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
            self.lines += 1;
            if width > columns {
                return true;
            }
        }
        self.lines >= lines
    }

    fn start_pager(&mut self) -> io::Result<()> {
        self.size = None;
        let held = std::mem::take(&mut self.held);
        let named = ["VOXQL_PAGER", "PAGER"]
            .into_iter()
            .find_map(|name| env::var(name).ok());
        let text = named.as_deref().unwrap_or(PAGER);
        let mut command = match command_of(text) {
            Some(command) if text != "cat" => command,
            _ => return io::stdout().write_all(&held),
        };
        if env::var_os("LESS").is_none() {
            command.env("LESS", LESS);
        }
        match command.stdin(Stdio::piped()).spawn() {
            Ok(child) => self.pager = Some(child),
            Err(error) => {
                // That less is missing is no news on a small system.
                if named.is_some() {
                    let _ = writeln!(io::stderr(), "the pager {text} does not start: {error}");
                }
            }
        }
        self.write_all(&held)
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(stdin) = self.pager.as_mut().and_then(|pager| pager.stdin.as_mut()) {
            return stdin.write(bytes);
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
        match self.pager.as_mut().and_then(|pager| pager.stdin.as_mut()) {
            Some(stdin) => stdin.flush(),
            None => io::stdout().flush(),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(mut pager) = self.pager.take() {
            // The end of what there is to read.
            drop(pager.stdin.take());
            // How it ends is the pager's own affair.
            let _ = pager.wait();
        }
    }
}

/// Prints a text, through the pager where it is longer than the screen.
pub(super) fn show(text: &str, size: Option<(usize, usize)>) -> io::Result<()> {
    let mut screen = Screen::new(size);
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
    fn the_screen_is_full_when_it_is_too_long_or_too_wide() {
        let full = |text: &str| {
            let mut screen = Screen::new(Some((10, 3)));
            screen.held.extend_from_slice(text.as_bytes());
            screen.is_full(10, 3)
        };
        assert!(!full("one\ntwo\n"));
        assert!(full("one\ntwo\nthree\n"));
        assert!(full("more than ten\n"));
        assert!(!full("\u{1b}[36mten\u{1b}[0m wide.\n"));
        assert!(!full("東京東京東\n"));
        assert!(full("東京東京東京\n"));
    }
}
