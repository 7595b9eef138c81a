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
    if path == Path::new("-") {
        return Ok(("standard input".to_owned(), read_stdin()?));
    }
    let text = fs::read(path).and_then(text_of);
    let text = text.map_err(|error| Failure::write(path.display(), error))?;
    Ok((path.display().to_string(), sql_file::without_mark(text)))
}

/// Decodes UTF-8, or UTF-16 with its mark, as Windows and spreadsheets write it.
fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    let invalid = |error: &dyn std::fmt::Display| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is no text in UTF-8 or UTF-16: {error}"),
        )
    };
    let (rest, is_little) = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => (rest, true),
        [0xfe, 0xff, rest @ ..] => (rest, false),
        _ => return String::from_utf8(bytes).map_err(|error| invalid(&error)),
    };
    let unit = |pair: [u8; 2]| {
        if is_little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    };
    let (pairs, rest) = rest.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(invalid(&"odd number of bytes"));
    }
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).map_err(|error| invalid(&error))
}

/// Reads standard input as text, without a byte order mark.
pub(super) fn read_stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .and_then(|_| text_of(bytes))
        .map(sql_file::without_mark)
        .map_err(|error| Failure::write("standard input", error))
}
