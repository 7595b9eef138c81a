//! Text from files and standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;
use crate::statement::sql_file;

/// Reads a file of SQL, or standard input for '-'. Returns its name for messages, and its text.
pub(super) fn read_sql(path: &Path) -> Result<(String, String), Failure> {
    if path == Path::new("-") {
        return read_text(path);
    }
    Ok((path.display().to_string(), sql_file::read(path)?))
}

/// Reads a file, or standard input for '-'. Returns its name for messages, and its text.
pub(super) fn read_text(path: &Path) -> Result<(String, String), Failure> {
    let (place, text) = if path == Path::new("-") {
        ("standard input".to_owned(), read_stdin()?)
    } else {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| Failure::write(path.display(), error))?;
        (path.display().to_string(), text)
    };
    Ok((place, sql_file::without_mark(text)))
}

/// Reads standard input as text.
pub(super) fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::write("standard input", error))?;
    Ok(text)
}
