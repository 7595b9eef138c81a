//! Zip archives: listing and unpacking the exports in them.

use std::io::{BufReader, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::content::Content;
use super::input::Input;
use super::names::{has_known_extension, is_left_out};
use super::shared_file::{SharedFile, SharedReader};
use crate::error::{Error, Result};

/// Signatures of a zip archive with files, and of an empty one.
const MAGIC: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

/// Folders and files in documents, which are zip archives, too.
#[rustfmt::skip]
const DOCUMENT_PARTS: [&str; 7] = [
    "[Content_Types].xml", "mimetype", "xl/", "word/", "ppt/", "Index/Document.iwa", "Index.zip",
];

const UNPACK: &str = "unpack it and import the files in it";
const DOWNLOAD_AGAIN: &str = "export or download the file again";

type Archive = ZipArchive<BufReader<SharedReader>>;

/// True for an archive of files, but not for a document in the zip format.
pub fn is_archive(shared: &SharedFile) -> bool {
    let mut magic = [0; 4];
    if shared.reader().read_exact(&mut magic).is_err() || !MAGIC.contains(&magic) {
        return false;
    }
    let is_document_part = |name: &str| {
        let mut parts = DOCUMENT_PARTS.iter();
        parts.any(|part| name == *part || (part.ends_with('/') && name.starts_with(part)))
    };
    // A broken archive is reported when it is read.
    ZipArchive::new(BufReader::new(shared.reader())).map_or(true, |archive| {
        let mut names = archive.file_names();
        !names.any(|name| name.is_ok_and(|name| is_document_part(&name)))
    })
}

/// Returns the sorted names of the exports in an archive, without folders, hidden files, and files
/// of other types such as PDF.
pub fn files(shared: &SharedFile, input: &Input) -> Result<Vec<String>> {
    let at_input = |error| zip_error(input, error);
    let mut archive = open(shared, input)?;
    let mut known = Vec::new();
    let mut without_extension = Vec::new();
    let mut skipped = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(at_input)?;
        let name = entry.name().map_err(at_input)?;
        if entry.is_dir() || name.split(['/', '\\']).any(is_left_out) {
            continue;
        }
        let file_name = name.rsplit(['/', '\\']).next().unwrap_or(&name);
        if file_name.to_ascii_lowercase().ends_with(".zip") {
            let message = format!("contains another zip archive, {file_name}");
            return Err(Error::invalid(message).at(input).with_hint(UNPACK));
        }
        if has_known_extension(file_name) {
            known.push(name.into_owned());
        } else if !file_name.contains('.') {
            without_extension.push(name.into_owned());
        } else {
            skipped.push(file_name.to_owned());
        }
    }
    // Files without an extension are exports only if there are no others.
    let mut files = if known.is_empty() {
        without_extension
    } else {
        known
    };
    files.sort();
    if !files.is_empty() {
        return Ok(files);
    }
    let hint = if skipped.is_empty() {
        "the archive is empty".to_owned()
    } else {
        let names = listed(&skipped);
        format!("it contains {names}; if one of them is an export, unpack and import it")
    };
    Err(Error::invalid("contains no file that can be imported")
        .at(input)
        .with_hint(hint))
}

/// Returns the name of the only export in an archive.
pub fn only_file(shared: &SharedFile, input: &Input) -> Result<String> {
    let mut files = files(shared, input)?;
    if files.len() > 1 {
        let message = format!("contains several files: {}", listed(&files));
        return Err(Error::question(message)
            .at(input)
            .with_hint(format!("name one, such as '{input}:{}'", files[0])));
    }
    Ok(files.remove(0))
}

/// Joins the first ten of the names.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 10;
    let mut shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let more = format!("{} more", names.len().saturating_sub(SHOWN));
    if names.len() > SHOWN {
        shown.push(&more);
    }
    shown.join(", ")
}

/// Unpacks a file of the archive into a temporary file, so that memory stays bounded.
pub fn unpack(shared: &SharedFile, input: &Input, name: &str) -> Result<Content> {
    let mut archive = open(shared, input)?;
    let member = input.member(name);
    // By position, because the archive may have the name in another encoding.
    let is_member = |index: &usize| {
        let found = archive.name_for_index(*index);
        found.is_some_and(|found| found.is_ok_and(|found| found == name))
    };
    let Some(index) = (0..archive.len()).find(is_member) else {
        let error = Error::not_found("no such file in the archive").at(member);
        return Err(match files(shared, input) {
            Ok(names) => error.with_hint(format!("it contains {}", listed(&names))),
            Err(_) => error,
        });
    };
    let entry = archive.by_index(index);
    let mut read_error = None;
    let reader = ErrorRecorder {
        inner: entry.map_err(|error| zip_error(&member, error))?,
        error: &mut read_error,
    };
    let content = Content::spool(reader, &member);
    match read_error {
        Some(error) => Err(Error::invalid(format!(
            "the zip data is broken or truncated ({error})"
        ))
        .at(member)
        .with_hint(DOWNLOAD_AGAIN)),
        None => content,
    }
}

/// Records read errors, to tell them from write errors of a copy.
struct ErrorRecorder<'a, R> {
    inner: R,
    error: &'a mut Option<String>,
}

impl<R: Read> Read for ErrorRecorder<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer);
        read.inspect_err(|error| *self.error = Some(error.to_string()))
    }
}

fn open(shared: &SharedFile, input: &Input) -> Result<Archive> {
    ZipArchive::new(BufReader::new(shared.reader())).map_err(|error| zip_error(input, error))
}

fn zip_error(input: &Input, error: ZipError) -> Error {
    let (message, hint) = match error {
        ZipError::Io(error) => return Error::io(input, error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => (
            "is password-protected".to_owned(),
            "unpack it with the password and import the files in it",
        ),
        ZipError::CompressionMethodNotSupported(_) | ZipError::UnsupportedArchive(_) => {
            (format!("uses an unsupported compression ({error})"), UNPACK)
        }
        _ => (
            format!("the workbook or zip archive is broken or truncated ({error})"),
            DOWNLOAD_AGAIN,
        ),
    };
    Error::invalid(message).at(input).with_hint(hint)
}
