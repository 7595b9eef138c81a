//! The format of a file, recognised by its first bytes, and its rows as they stand there.

pub mod charset;
pub mod compound;
pub mod csv;
pub mod dialect;
pub mod encoding;
pub mod json;
pub mod json_node;
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

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use zip::ZipArchive;

use charset::wide_as_utf8;
use csv::CsvFormat;
use json::JsonFormat;
use parquet::ParquetFormat;
use rows::Row;
use sheets::SheetFormat;
use workbook::Kind;

use super::files::source::SourceFile;
use crate::error::{Error, Result};
use crate::options::ReadOptions;

/// How much of a file is looked at to recognise its format.
const HEAD_BYTES: u64 = 1 << 20;

/// How the rows of a file are written.
#[derive(Clone, Debug)]
pub enum Format {
    Csv(CsvFormat),
    /// Objects, whose keys name the columns.
    Json(JsonFormat),
    /// One sheet of a workbook.
    Sheet(SheetFormat),
    Parquet(ParquetFormat),
}

/// What files of other formats begin with, and what these are called.
const OTHERS: [(&[u8], &str); 13] = [
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
        let mut head = Vec::new();
        source
            .open()?
            .take(HEAD_BYTES)
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
        check_other(source, &head)?;
        let text = wide_as_utf8(&head);
        let start = text
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&text)
            .trim_ascii_start();
        match start.first() {
            None => Err(Error::invalid("the file is empty").at(source.path().display())),
            Some(b'[' | b'{') => JsonFormat::recognise(source, &head, options).map(Self::Json),
            Some(b'<') => {
                check_markup(source, start)?;
                Self::csv(&head, options)
            }
            Some(_) => Self::csv(&head, options),
        }
    }

    /// The sheet that is read, where the workbook has others.
    pub fn sheet(&self) -> Option<&str> {
        match self {
            Self::Sheet(sheet) => sheet.sheet.as_deref(),
            _ => None,
        }
    }

    fn csv(head: &[u8], options: &ReadOptions) -> Result<Self> {
        let cut = head.len() as u64 == HEAD_BYTES;
        CsvFormat::recognise(head, cut, options).map(Self::Csv)
    }

    /// The names of the columns, where the format itself has them.
    pub fn keys(&self) -> Option<&[String]> {
        match self {
            Self::Csv(_) | Self::Sheet(_) => None,
            Self::Json(format) => Some(&format.keys),
            Self::Parquet(format) => Some(&format.keys),
        }
    }

    /// Calls `each` with every row behind the first `skip` until it breaks. `columns` is how many
    /// cells a row must have; without it rows come as they are.
    pub fn read(
        &self,
        source: &SourceFile,
        skip: u64,
        columns: Option<usize>,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        match self {
            Self::Csv(format) => format.read(source, skip, columns, each),
            Self::Json(format) => format.read(source, each),
            Self::Sheet(format) => format.table.read(skip, columns, each),
            Self::Parquet(format) => format.read(source, each),
        }
    }

    /// The first rows, as many as there are up to `count`.
    pub fn first_rows(&self, source: &SourceFile, count: usize) -> Result<Vec<Vec<String>>> {
        let mut rows = Vec::with_capacity(count);
        self.read(source, 0, None, &mut |row| {
            rows.push(row.cells.iter().cloned().map(Cow::into_owned).collect());
            Ok(match rows.len() < count {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })?;
        Ok(rows)
    }

    /// What a row's number counts.
    pub fn row_noun(&self) -> &'static str {
        match self {
            Self::Csv(_) => "line",
            Self::Json(_) => "object",
            Self::Sheet(_) | Self::Parquet(_) => "row",
        }
    }

    /// The encoding of the cells that are not UTF-8.
    pub fn narrow_encoding(&self) -> String {
        match self {
            Self::Csv(format) => format.encoding.narrow_name(),
            Self::Json(format) => format.encoding.narrow_name(),
            Self::Sheet(_) | Self::Parquet(_) => "utf-8".to_owned(),
        }
    }

    /// How the summary names the format's encoding.
    pub fn encoding(&self) -> String {
        match self {
            Self::Csv(format) => format.encoding.name(),
            Self::Json(format) => format.encoding.name(),
            Self::Sheet(format) => format.name(),
            Self::Parquet(_) => "parquet".to_owned(),
        }
    }
}

/// Which workbook is written as this zip archive.
fn zipped_workbook(source: &SourceFile) -> Result<Kind> {
    let place = source.path().display();
    let mut archive = ZipArchive::new(source.seekable()?).map_err(|error| {
        Error::invalid(format!(
            "is a broken or cut off workbook or zip archive ({error})"
        ))
        .at(&place)
        .with_hint("export or download the file again")
    })?;
    let mut mimetype = String::new();
    if let Ok(file) = archive.by_name("mimetype") {
        // It tells nothing where it cannot be read.
        let _ = file.take(100).read_to_string(&mut mimetype);
    }
    let has = |start: &str| {
        let mut names = archive.file_names();
        names.any(|name| name.is_ok_and(|name| name.starts_with(start)))
    };
    let what = if mimetype.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
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
    Err(Error::invalid(format!("{what}"))
        .at(&place)
        .with_hint("export it as CSV or xlsx, or unpack it, and ingest that"))
}

/// Files that are no text, and none that is read.
fn check_other(source: &SourceFile, head: &[u8]) -> Result<()> {
    let is_tar = head.get(257..262) == Some(b"ustar");
    let other = match OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        _ if is_tar => "a tar archive",
        // A column may be called that.
        Some((b"PK" | b"ORC" | b"BZh", _)) if head.iter().all(u8::is_ascii) => return Ok(()),
        Some((_, what)) => what,
        None => return Ok(()),
    };
    Err(Error::invalid(format!("is {other}, which is not read"))
        .at(source.path().display())
        .with_hint("export it as CSV, xlsx or JSON, or unpack it, and ingest that"))
}

/// Pages and XML that some tools call a workbook.
fn check_markup(source: &SourceFile, start: &[u8]) -> Result<()> {
    let start = start[..start.len().min(2000)].to_ascii_lowercase();
    let holds = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
    let what = if holds(b"urn:schemas-microsoft-com:office:spreadsheet") {
        "an XML spreadsheet of Excel 2003"
    } else if holds(b"<html") || holds(b"<!doctype html") || holds(b"<table") {
        "an HTML page"
    } else if start.starts_with(b"<?xml") {
        "an XML file"
    } else {
        return Ok(());
    };
    Err(Error::invalid(format!("is {what}, which is not read"))
        .at(source.path().display())
        .with_hint("open it in a spreadsheet program and save it as xlsx or CSV"))
}
