//! File formats: recognising them by the first bytes, and reading their rows.

pub mod charset;
pub mod compound;
pub mod csv;
pub mod dialect;
pub mod encoding;
pub mod given;
pub mod json;
pub mod json_node;
pub mod json_stream;
pub mod json_tables;
pub mod json_text;
pub mod opendocument;
pub mod parquet;
pub mod punctuation;
pub mod quotes;
pub mod rows;
pub mod sheets;
pub mod table;
pub mod tidy;
pub mod workbook;
mod wrapped;

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use zip::ZipArchive;

use charset::utf16_to_utf8;
use csv::CsvFormat;
use given::{Given, TextFormat};
use json::JsonFormat;
use parquet::ParquetFormat;
use rows::EachRow;
use sheets::SheetFormat;
use workbook::Kind;

use super::files::source::SourceFile;
use crate::error::Result;
use crate::options::ReadOptions;

/// Bytes of a file that the format is recognised by.
const HEAD_BYTES: u64 = 1 << 20;

/// The format of a file.
#[derive(Clone, Debug)]
pub enum Format {
    Csv(CsvFormat),
    /// Objects, whose keys name the columns.
    Json(JsonFormat),
    /// One sheet of a workbook.
    Sheet(SheetFormat),
    Parquet(ParquetFormat),
}

/// Signatures and names of unsupported formats.
const UNSUPPORTED: [(&[u8], &str); 13] = [
    (b"PK", "a zip archive inside another file"),
    (b"%PDF", "a PDF document"),
    (b"PARE", "an encrypted Parquet file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "an image"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
];

impl Format {
    /// Recognises the format by the first bytes.
    pub fn recognise(source: &SourceFile, options: &ReadOptions) -> Result<Self> {
        Self::recognise_with(source, options, &Given::default())
    }

    /// Recognises what is not given.
    pub fn recognise_with(
        source: &SourceFile,
        options: &ReadOptions,
        given: &Given,
    ) -> Result<Self> {
        let mut head = Vec::new();
        let mut start = source.open()?.take(HEAD_BYTES);
        start
            .read_to_end(&mut head)
            .map_err(|error| source.read_error(error))?;
        if head.starts_with(b"PK\x03\x04") {
            let kind = zipped_workbook(source)?;
            return SheetFormat::read(source, kind, options).map(Self::Sheet);
        }
        if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            return SheetFormat::read(source, Kind::Xls, options).map(Self::Sheet);
        }
        if head.starts_with(b"PAR1") {
            return ParquetFormat::recognise(source).map(Self::Parquet);
        }
        check_unsupported(source, &head)?;
        let text = utf16_to_utf8(&head);
        let start = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let start = start.trim_ascii_start();
        let is_json = match (given.text, start.first()) {
            (_, None) => return Err(source.invalid("the file is empty")),
            (Some(text), _) => text == TextFormat::Json,
            (None, Some(first)) => matches!(first, b'[' | b'{'),
        };
        if is_json {
            return JsonFormat::recognise(source, &head, options).map(Self::Json);
        }
        if given.text.is_none() && start.starts_with(b"<") {
            check_markup(source, start)?;
        }
        let cut = head.len() as u64 == HEAD_BYTES;
        CsvFormat::recognise(&head, cut, options, given).map(Self::Csv)
    }

    /// The name of the sheet, if the workbook has others.
    pub fn sheet(&self) -> Option<&str> {
        match self {
            Self::Sheet(sheet) => sheet.sheet.as_deref(),
            _ => None,
        }
    }

    /// True if the file is a workbook.
    pub fn is_workbook(&self) -> bool {
        matches!(self, Self::Sheet(_))
    }

    /// The names of the columns, if the format itself has them.
    pub fn keys(&self) -> Option<&[String]> {
        match self {
            Self::Csv(_) | Self::Sheet(_) => None,
            Self::Json(format) => Some(&format.keys),
            Self::Parquet(format) => Some(&format.keys),
        }
    }

    /// Calls `each` with every row after the first `skip` until it breaks. `columns` is the number
    /// of cells that a row must have; `None` leaves rows as they are.
    pub fn read(
        &self,
        source: &SourceFile,
        skip: u64,
        columns: Option<usize>,
        each: &mut EachRow<'_>,
    ) -> Result<()> {
        match self {
            Self::Csv(format) => format.read(source, skip, columns, each),
            Self::Json(format) => format.read(source, each),
            Self::Sheet(format) => format.table.read(skip, columns, each),
            Self::Parquet(format) => format.read(source, each),
        }
    }

    /// Returns at most `count` rows from the beginning.
    pub fn first_rows(&self, source: &SourceFile, count: usize) -> Result<Vec<Vec<String>>> {
        let mut rows = Vec::with_capacity(count);
        self.read(source, 0, None, &mut |row| {
            rows.push(row.cells.iter().cloned().map(Cow::into_owned).collect());
            Ok(if rows.len() < count {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        Ok(rows)
    }

    /// The noun for [`Row::number`](rows::Row::number).
    pub fn row_noun(&self) -> &'static str {
        match self {
            Self::Csv(_) => "line",
            Self::Json(_) => "object",
            Self::Sheet(_) | Self::Parquet(_) => "row",
        }
    }

    /// The name of the encoding of the cells that are not UTF-8.
    pub fn fallback_encoding(&self) -> String {
        match self {
            Self::Csv(format) => format.encoding.fallback_name(),
            Self::Json(format) => format.encoding.fallback_name(),
            Self::Sheet(_) | Self::Parquet(_) => "utf-8".to_owned(),
        }
    }

    /// The format and encoding for the summary.
    pub fn encoding(&self) -> String {
        match self {
            Self::Csv(format) => format.encoding.name(),
            Self::Json(format) => format.encoding.name(),
            Self::Sheet(format) => format.name(),
            Self::Parquet(_) => "parquet".to_owned(),
        }
    }
}

/// Returns the kind of a workbook in the zip format.
fn zipped_workbook(source: &SourceFile) -> Result<Kind> {
    let mut archive = ZipArchive::new(source.seekable()?).map_err(|error| {
        let message = format!("is a broken or truncated workbook or zip archive ({error})");
        let error = source.invalid(message);
        error.with_hint("export or download the file again")
    })?;
    let mut mimetype = String::new();
    if let Ok(file) = archive.by_name("mimetype") {
        // An unreadable part is like a missing one.
        let _ = file.take(100).read_to_string(&mut mimetype);
    }
    let has = |start: &str| {
        let mut names = archive.file_names();
        names.any(|name| name.is_ok_and(|name| name.starts_with(start)))
    };
    let message = if mimetype.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
        return Ok(Kind::Ods);
    } else if has("xl/workbook.bin") {
        return Ok(Kind::Xlsb);
    } else if has("xl/") {
        return Ok(Kind::Xlsx);
    } else if has("Index/") || has("Index.zip") {
        "is a Numbers document"
    } else if has("word/") || has("ppt/") || !mimetype.is_empty() {
        "is a document, not a workbook"
    } else {
        "is a zip archive inside another file"
    };
    let error = source.invalid(message);
    Err(error.with_hint("export it as CSV or xlsx, or unpack it, and import that"))
}

/// Returns an error for binary files in an unsupported format.
fn check_unsupported(source: &SourceFile, head: &[u8]) -> Result<()> {
    let is_tar = head.get(257..262) == Some(b"ustar");
    let format = match UNSUPPORTED
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
    {
        _ if is_tar => "a tar archive",
        // Names of columns may begin like this.
        Some((b"PK" | b"ORC" | b"BZh", _)) if head.is_ascii() => return Ok(()),
        Some((_, format)) => format,
        None => return Ok(()),
    };
    let error = source.invalid(format!("is {format}, which is not supported"));
    Err(error.with_hint("export it as CSV, xlsx or JSON, or unpack it, and import that"))
}

/// Returns an error for HTML and XML, which some tools name like a workbook.
fn check_markup(source: &SourceFile, start: &[u8]) -> Result<()> {
    let start = start[..start.len().min(2000)].to_ascii_lowercase();
    let contains = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
    let format = if contains(b"urn:schemas-microsoft-com:office:spreadsheet") {
        "an Excel 2003 XML spreadsheet"
    } else if contains(b"<html") || contains(b"<!doctype html") || contains(b"<table") {
        "an HTML page"
    } else if start.starts_with(b"<?xml") {
        "an XML file"
    } else {
        return Ok(());
    };
    let error = source.invalid(format!("is {format}, which is not supported"));
    Err(error.with_hint("open it in a spreadsheet program and save it as xlsx or CSV"))
}
