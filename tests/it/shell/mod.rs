//! The shell in a pseudo-terminal.
//!
//! No test waits for a fixed time: each step waits for output on the terminal.

mod cancelling;
mod commands;
mod questions;
mod results;
mod typing;

use std::process::Command;
use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{ControlCode, Expect, Session};

use super::common::Workspace;

/// The lake of the tests is not the default one.
const PROMPT: &str = "lake/> ";

const EXPORT: &str = "\
response_id,responded_at,score,segment
r1,2026-01-05,10,smb
r2,2026-01-20,9,smb
r3,2026-02-03,3,enterprise
r4,2026-02-04,10,smb
r5,2026-03-05,8,smb
r6,2026-03-07,9,enterprise
";

/// A workspace whose lake contains [`EXPORT`].
fn with_lake() -> Workspace {
    Workspace::with_answers(EXPORT)
}

/// A running shell.
struct Shell {
    session: OsSession,
}

impl Shell {
    /// Starts a shell and waits for its first prompt.
    fn start(workspace: &Workspace) -> Self {
        Self::start_with(workspace, &[])
    }

    fn start_with(workspace: &Workspace, environment: &[(&str, &str)]) -> Self {
        let mut command = workspace.voxql();
        // No user is there to quit a pager.
        command.env("PAGER", "cat");
        command.envs(environment.iter().copied());
        let mut shell = Self::spawn(command);
        shell.sees(PROMPT);
        shell
    }

    fn spawn(mut command: Command) -> Self {
        // The line editor needs a terminal type.
        command.env("TERM", "xterm");
        let mut session = Session::spawn(command).expect("a pseudo-terminal");
        session.set_expect_timeout(Some(Duration::from_secs(60)));
        Self { session }
    }

    /// Types without Enter.
    fn types(&mut self, keys: impl AsRef<[u8]>) {
        self.session.send(keys).expect("the shell reads keys");
    }

    fn enters(&mut self, line: &str) {
        self.types(format!("{line}\r"));
    }

    /// Enters a line and waits for this text.
    fn answers(&mut self, line: &str, text: &str) -> String {
        self.enters(line);
        self.sees(text)
    }

    fn presses(&mut self, key: ControlCode) {
        self.session.send(key).expect("the shell reads keys");
    }

    /// Presses Ctrl-C at the prompt and waits for the next prompt.
    fn forgets(&mut self) {
        self.presses(ControlCode::EndOfText);
        // The line editor releases the terminal and takes it again.
        self.sees("\u{1b}[?2004l");
        self.sees("\u{1b}[?2004h");
        self.sees(PROMPT);
    }

    /// Waits for a text and returns the output before it.
    fn sees(&mut self, text: &str) -> String {
        match self.session.expect(text) {
            Ok(found) => String::from_utf8_lossy(found.before()).into_owned(),
            Err(error) => panic!("no {text:?}: {error}"),
        }
    }

    /// Waits until the shell exits.
    fn ends(&mut self) {
        self.session.expect(expectrl::Eof).expect("the shell exits");
    }
}
