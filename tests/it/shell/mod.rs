//! The shell, in a pseudo-terminal as a person has it.
//!
//! Nothing waits for a time: each step waits for what the terminal shows.

mod commands;
mod results;
mod typing;

use std::process::Command;
use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{ControlCode, Expect, Session};

use super::common::Workspace;

const PROMPT: &str = "voxql> ";

const EXPORT: &str = "\
response_id,responded_at,score,segment
r1,2026-01-05,10,smb
r2,2026-01-20,9,smb
r3,2026-02-03,3,enterprise
r4,2026-02-04,10,smb
r5,2026-03-05,8,smb
r6,2026-03-07,9,enterprise
";

/// A workspace whose lake holds [`EXPORT`].
fn with_lake() -> Workspace {
    Workspace::with_answers(EXPORT)
}

/// A shell and the keys of the person at it.
struct Shell {
    session: OsSession,
}

impl Shell {
    /// The shell of a workspace, at its first prompt.
    fn start(workspace: &Workspace) -> Self {
        Self::start_with(workspace, &[])
    }

    fn start_with(workspace: &Workspace, environment: &[(&str, &str)]) -> Self {
        let mut command = workspace.voxql();
        // Nobody is there to leave a pager.
        command.env("PAGER", "cat");
        command.envs(environment.iter().copied());
        let mut shell = Self::spawn(command);
        shell.sees(PROMPT);
        shell
    }

    fn spawn(mut command: Command) -> Self {
        // Without a type the line editor would not edit.
        command.env("TERM", "xterm");
        let mut session = Session::spawn(command).expect("a pseudo-terminal");
        session.set_expect_timeout(Some(Duration::from_secs(60)));
        Self { session }
    }

    /// Types without Enter.
    fn types(&mut self, keys: impl AsRef<[u8]>) {
        self.session.send(keys).expect("it takes keys");
    }

    fn enters(&mut self, line: &str) {
        self.types(format!("{line}\r"));
    }

    fn presses(&mut self, key: ControlCode) {
        self.session.send(key).expect("it takes keys");
    }

    /// Presses Ctrl-C at the prompt and waits for the next one.
    fn forgets(&mut self) {
        self.presses(ControlCode::EndOfText);
        // The line editor lets the terminal go and takes it again.
        self.sees("\u{1b}[?2004l");
        self.sees("\u{1b}[?2004h");
        self.sees(PROMPT);
    }

    /// Waits for a text and gives what was shown before it.
    fn sees(&mut self, text: &str) -> String {
        match self.session.expect(text) {
            Ok(found) => String::from_utf8_lossy(found.before()).into_owned(),
            Err(error) => panic!("no {text:?}: {error}"),
        }
    }

    /// Waits for the end.
    fn ends(&mut self) {
        self.session.expect(expectrl::Eof).expect("it leaves");
    }
}
