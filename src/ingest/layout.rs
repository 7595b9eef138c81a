//! The format of a file, recognised by its first bytes, and its rows.

use std::io::Read;
use std::ops::ControlFlow;

use super::csv::CsvFormat;
use super::json;
use super::rows::Row;
use super::source::SourceFile;
use crate::error::{Error, Result};

/// How much of a file is looked at to recognise its format.
const HEAD_BYTES: u64 = 1 << 20;

/// The format of a file and its header.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) format: Format,
    /// Column names as the file has them, made unique, empty ones named by position.
    pub(super) header: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Format {
    Csv(CsvFormat),
    /// An array of objects.
    JsonArray,
    /// Objects one after the other.
    Ndjson,
}

impl Layout {
    /// Recognises the format by the first bytes and reads the header.
    pub(super) fn recognise(source: &SourceFile) -> Result<Self> {
        let mut head = Vec::new();
        source
            .open()?
            .take(HEAD_BYTES)
            .read_to_end(&mut head)
            .map_err(|error| source.read_error(error))?;
        let text = super::csv::wide_as_utf8(&head);
        let start = text
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&text)
            .trim_ascii_start();
        let place = source.path().display();
        match start.first() {
            None => Err(Error::invalid(format!("{place}: the file is empty"))),
            Some(b'[') => Ok(Self {
                format: Format::JsonArray,
                header: json::header(source, true)?,
            }),
            Some(b'{') => Ok(Self {
                format: Format::Ndjson,
                header: json::header(source, false)?,
            }),
            Some(_) if start.starts_with(b"PK\x03\x04") => Err(Error::invalid(format!(
                "{place}: is a workbook or a zip archive, which this version does not read"
            ))
            .with_hint("save the sheet as CSV, or unpack the archive, and ingest that")),
            Some(_) if start.starts_with(b"PAR1") => Err(Error::invalid(format!(
                "{place}: is a Parquet file, which this version does not import"
            ))
            .with_hint(format!(
                "query it in place: SELECT … FROM '{place}', or COPY it TO a CSV file first"
            ))),
            Some(_) => {
                let (format, header) = CsvFormat::recognise(&head, head.len() as u64 == HEAD_BYTES)
                    .map_err(|error| error.at(place))?;
                Ok(Self {
                    format: Format::Csv(format),
                    header,
                })
            }
        }
    }

    /// Calls `each` with every row after the header until it breaks.
    pub(super) fn read(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        match &self.format {
            Format::Csv(format) => format.read(source, self.header.len(), each),
            Format::JsonArray => json::read(source, true, &self.header, each),
            Format::Ndjson => json::read(source, false, &self.header, each),
        }
    }

    /// The encoding of the cells that are not UTF-8.
    pub(super) fn narrow_encoding(&self) -> String {
        match &self.format {
            Format::Csv(format) => format.narrow_encoding(),
            Format::JsonArray | Format::Ndjson => "utf-8".to_owned(),
        }
    }

    /// How the summary names the format's encoding.
    pub(super) fn encoding(&self) -> String {
        match &self.format {
            Format::Csv(format) => format.encoding(),
            Format::JsonArray | Format::Ndjson => "utf-8".to_owned(),
        }
    }
}
