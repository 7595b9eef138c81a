//! Text from files and standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// The text of a file, or of standard input for '-', and what to call it in errors.
pub(super) fn read_text(path: &Path) -> Result<(String, String), Failure> {
    let (place, text) = match path == Path::new("-") {
        true => ("standard input".to_owned(), read_stdin()?),
        false => {
            let text = fs::read_to_string(path);
            let text = text.map_err(|error| Failure::write(path.display(), error))?;
            (path.display().to_string(), text)
        }
    };
    // Editors on Windows put a mark before the text.
    let text = match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    };
    Ok((place, text))
}

/// All of standard input as text.
pub(super) fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::write("standard input", error))?;
    Ok(text)
}
