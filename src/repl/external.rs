//! External programs: the pager and the editor.

use std::env;
use std::fs;
use std::io::Write;
use std::process::{Command, ExitStatus};

use crate::failure::Failure;

/// The editor if no environment variable names one.
const EDITOR: &str = "vi";

/// Exit codes of `sh` for a program that it cannot run or cannot find.
const EXITS_NOT_STARTED: [i32; 2] = [126, 127];

/// The command in a variable such as `PAGER`. `sh` parses its arguments, quotes and pipes, and
/// appends those added with [`Command::arg`].
#[cfg(unix)]
pub(super) fn command_from(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{text} \"$@\"")).arg(text);
    command
}

/// The command in a variable such as `PAGER`, split at spaces.
#[cfg(not(unix))]
pub(super) fn command_from(text: &str) -> Command {
    let mut words = text.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(text));
    command.args(words);
    command
}

/// True if a command of [`command_from`] ended because the program could not be started.
pub(super) fn is_not_started(status: ExitStatus) -> bool {
    let code = status.code();
    code.is_some_and(|code| cfg!(unix) && EXITS_NOT_STARTED.contains(&code))
}

/// The value of the first of these environment variables that is set.
pub(super) fn variable(names: [&str; 2]) -> Option<String> {
    names.into_iter().find_map(|name| env::var(name).ok())
}

/// Opens a text in the user's editor and returns the edited text; `None` if it was not saved.
///
/// Only the owner can read the temporary file.
///
/// # Errors
/// Returns an error if the editor does not start, or exits with an error, as with vi's `:cq`.
pub(super) fn edit(text: &str) -> Result<Option<String>, Failure> {
    let at = |error| Failure::write("the temporary file", error);
    let mut file = tempfile::Builder::new()
        .prefix("voxql-")
        .suffix(".sql")
        .tempfile()
        .map_err(at)?;
    writeln!(file, "{text}").map_err(at)?;
    let saved = |path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let before = saved(file.path()).map_err(at)?;
    let named = variable(["VISUAL", "EDITOR"]).filter(|name| !name.trim().is_empty());
    let editor = named.as_deref().unwrap_or(EDITOR);
    let not_started = |why: &str| {
        Failure::usage(
            format!("could not start the editor \"{editor}\"{why}"),
            "set the environment variable EDITOR to another editor",
        )
    };
    let status = command_from(editor)
        .arg(file.path())
        .status()
        .map_err(|error| not_started(&format!(": {error}")))?;
    if is_not_started(status) {
        return Err(not_started(""));
    }
    if !status.success() {
        return Err(Failure::usage(
            format!("the editor \"{editor}\" exited with an error, so nothing was run"),
            "save, then quit the editor without an error",
        ));
    }
    let is_saved = saved(file.path()).map_err(at)? != before;
    let edited = fs::read_to_string(file.path()).map_err(at)?;
    let edited = edited.trim();
    Ok((is_saved || edited != text.trim()).then(|| edited.to_owned()))
}
