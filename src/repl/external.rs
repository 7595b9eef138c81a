//! Other programs: the pager and the editor.

use std::env;
use std::fs;
use std::io::Write;
use std::process::{Command, ExitStatus};

use crate::failure::Failure;

/// The editor where no variable names one.
const EDITOR: &str = "vi";

/// What a shell says of a program that it finds but cannot run, or does not find.
const EXITS_NOT_STARTED: [i32; 2] = [126, 127];

/// What a variable such as `PAGER` names, with its arguments, quotes and pipes: the shell knows
/// those. What is to be added with [`Command::arg`] comes behind it.
#[cfg(unix)]
pub(super) fn command_of(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{text} \"$@\"")).arg(text);
    command
}

/// The program and arguments that a variable such as `PAGER` names, apart at spaces.
#[cfg(not(unix))]
pub(super) fn command_of(text: &str) -> Command {
    let mut words = text.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(text));
    command.args(words);
    command
}

/// Whether a command of [`command_of`] ended because there was nothing to run.
pub(super) fn is_not_started(status: ExitStatus) -> bool {
    status
        .code()
        .is_some_and(|code| cfg!(unix) && EXITS_NOT_STARTED.contains(&code))
}

/// The first of these variables that is set.
pub(super) fn variable(names: [&str; 2]) -> Option<String> {
    names.into_iter().find_map(|name| env::var(name).ok())
}

/// Opens a text in the person's editor and gives what it has become; `None` where it was left without
/// being saved.
///
/// The temporary file is readable by its owner alone.
///
/// # Errors
/// Where the editor does not start, or says that it failed, which is how `:cq` gives up.
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
            format!("the editor {editor} does not start{why}"),
            "name another in the environment variable EDITOR",
        )
    };
    let status = command_of(editor)
        .arg(file.path())
        .status()
        .map_err(|error| not_started(&format!(": {error}")))?;
    if is_not_started(status) {
        return Err(not_started(""));
    }
    if !status.success() {
        return Err(Failure::usage(
            format!("the editor {editor} failed, so nothing is run"),
            "save and leave it without an error",
        ));
    }
    let is_saved = saved(file.path()).map_err(at)? != before;
    let edited = fs::read_to_string(file.path()).map_err(at)?;
    let edited = edited.trim();
    Ok((is_saved || edited != text.trim()).then(|| edited.to_owned()))
}
