//! Zip archives: which of their files are exports, and those unpacked.

use std::io::{BufReader, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::content::Examined;
use super::input::Input;
use super::names::{has_known_extension, is_left_out};
use super::positioned::{Positioned, Shared};
use crate::error::{Error, Result};

/// What every zip archive with a file in it begins with, or the empty one.
const MAGIC: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

/// Folders and files that only documents have in them, which are zip archives, too.
const DOCUMENT_PARTS: [&str; 7] = [
    "[Content_Types].xml",
    "mimetype",
    "xl/",
    "word/",
    "ppt/",
    "Index/Document.iwa",
    "Index.zip",
];

type Archive = ZipArchive<BufReader<Positioned>>;

/// Whether this is an archive of files, and not a document that is written as one.
pub fn is_archive(shared: &Shared) -> bool {
    let mut magic = [0; 4];
    if shared.reader().read_exact(&mut magic).is_err() || !MAGIC.contains(&magic) {
        return false;
    }
    // What cannot be opened is told of when it is read.
    ZipArchive::new(BufReader::new(shared.reader())).map_or(true, |archive| {
        let is_document = archive.file_names().any(|name| {
            name.is_ok_and(|name| {
                DOCUMENT_PARTS
                    .iter()
                    .any(|part| name == *part || (part.ends_with('/') && name.starts_with(part)))
            })
        });
        !is_document
    })
}

/// The names of the exports in an archive, sorted. Folders, hidden files, and what is no data,
/// such as a PDF, are left out.
pub fn files(shared: &Shared, input: &Input) -> Result<Vec<String>> {
    let mut archive = open(shared, input)?;
    let mut known = Vec::new();
    let mut nameless = Vec::new();
    let mut skipped = Vec::new();
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| failed(input, error))?;
        let name = entry.name().map_err(|error| failed(input, error))?;
        if entry.is_dir() || name.split(['/', '\\']).any(is_left_out) {
            continue;
        }
        let file_name = name.rsplit(['/', '\\']).next().unwrap_or(&name);
        if file_name.to_ascii_lowercase().ends_with(".zip") {
            return Err(
                Error::invalid(format!("holds another zip archive, {file_name}"))
                    .at(input)
                    .with_hint("unpack it, and ingest what is in it"),
            );
        }
        if has_known_extension(file_name) {
            known.push(name.into_owned());
        } else if !file_name.contains('.') {
            nameless.push(name.into_owned());
        } else {
            skipped.push(file_name.to_owned());
        }
    }
    // A file without an extension is an export where there is nothing else that could be.
    let mut files = if known.is_empty() { nameless } else { known };
    files.sort();
    if files.is_empty() {
        let error = Error::invalid("holds no file that can be imported").at(input);
        return Err(match skipped.as_slice() {
            [] => error.with_hint("there is nothing in the archive"),
            names => error.with_hint(format!(
                "it holds {}; ingest one of them outright where it is an export",
                listed(names)
            )),
        });
    }
    Ok(files)
}

/// The one export in an archive.
pub fn only_file(shared: &Shared, input: &Input) -> Result<String> {
    let mut files = files(shared, input)?;
    match files.as_slice() {
        [_] => Ok(files.remove(0)),
        several => Err(
            Error::question(format!("holds several files: {}", listed(several)))
                .at(input)
                .with_hint(format!("name one, such as '{input}:{}'", several[0])),
        ),
    }
}

/// The first of many names.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 10;
    let mut shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let more = format!("{} more", names.len().saturating_sub(SHOWN));
    if names.len() > SHOWN {
        shown.push(&more);
    }
    shown.join(", ")
}

/// A file of the archive, unpacked into a temporary file: however large it becomes, it is never
/// held in memory.
pub fn unpack(shared: &Shared, input: &Input, name: &str) -> Result<Examined> {
    let mut archive = open(shared, input)?;
    let member = input.member(name);
    // By position, because a name may stand there in another encoding than it is shown in.
    let is_it = |index: &usize| {
        archive
            .name_for_index(*index)
            .is_some_and(|found| found.is_ok_and(|found| found == name))
    };
    let Some(index) = (0..archive.len()).find(is_it) else {
        let error = Error::not_found("the archive holds no such file").at(member);
        return Err(match files(shared, input) {
            Ok(names) => error.with_hint(format!("it holds {}", listed(&names))),
            Err(_) => error,
        });
    };
    let entry = archive
        .by_index(index)
        .map_err(|error| failed(&member, error))?;
    let mut broken = None;
    let examined = Examined::spooled(
        Watched {
            inner: entry,
            broken: &mut broken,
        },
        &member,
    );
    match broken {
        Some(error) => Err(
            Error::invalid(format!("the zip data is broken or cut off ({error})"))
                .at(member)
                .with_hint("export or download the file again"),
        ),
        None => examined,
    }
}

/// Remembers an error of reading, to tell it from one of writing.
struct Watched<'a, R> {
    inner: R,
    broken: &'a mut Option<String>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(buffer).inspect_err(|error| {
            *self.broken = Some(error.to_string());
        })
    }
}

fn open(shared: &Shared, input: &Input) -> Result<Archive> {
    ZipArchive::new(BufReader::new(shared.reader())).map_err(|error| failed(input, error))
}

fn failed(input: &Input, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::io(input, error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            Error::invalid("is protected by a password")
                .at(input)
                .with_hint("unpack it with the password, and ingest what is in it")
        }
        ZipError::CompressionMethodNotSupported(_) | ZipError::UnsupportedArchive(_) => {
            Error::invalid(format!("is compressed in a way that is not read ({error})"))
                .at(input)
                .with_hint("unpack it, and ingest what is in it")
        }
        _ => Error::invalid(format!(
            "the workbook or zip archive is broken or cut off ({error})"
        ))
        .at(input)
        .with_hint("export or download the file again"),
    }
}
