//! Other programs: the pager and the editor.

use std::env;
use std::fs;
use std::io::Write;
use std::process::Command;

use crate::cli::Failure;

/// The editor where no variable names one.
const EDITOR: &str = "vi";

/// The program and arguments that a variable such as `PAGER` names; `None` where it is empty.
pub(super) fn command_of(text: &str) -> Option<Command> {
    let mut words = text.split_whitespace();
    let mut command = Command::new(words.next()?);
    command.args(words);
    Some(command)
}

/// Opens a text in the person's editor and gives what it has become.
///
/// The temporary file is readable by its owner alone.
///
/// # Errors
/// Where the editor does not start, or says that it failed, which is how `:cq` gives up.
pub(super) fn edit(text: &str) -> Result<String, Failure> {
    let at = |error| Failure::write("the temporary file", error);
    let mut file = tempfile::Builder::new()
        .prefix("voxql-")
        .suffix(".sql")
        .tempfile()
        .map_err(at)?;
    writeln!(file, "{text}").map_err(at)?;
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| env::var(name).ok());
    let editor = named
        .as_deref()
        .filter(|name| !name.trim().is_empty())
        .unwrap_or(EDITOR);
    let mut command = command_of(editor).unwrap_or_else(|| Command::new(EDITOR));
    let status = command.arg(file.path()).status().map_err(|error| {
        Failure::usage(
            format!("the editor {editor} does not start: {error}"),
            "name another in the environment variable EDITOR",
        )
    })?;
    if !status.success() {
        return Err(Failure::usage(
            format!("the editor {editor} failed, so nothing is run"),
            "save and leave it without an error",
        ));
    }
    let edited = fs::read_to_string(file.path()).map_err(at)?;
    Ok(edited.trim().to_owned())
}
