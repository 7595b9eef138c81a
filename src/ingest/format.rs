//! The format of a file, recognised by its first bytes, and its rows as they stand there.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use super::csv::CsvFormat;
use super::rows::Row;
use super::source::SourceFile;
use super::{IngestOptions, json};
use crate::error::{Error, Result};

/// How much of a file is looked at to recognise its format.
const HEAD_BYTES: u64 = 1 << 20;

/// How the rows of a file are written.
#[derive(Clone, Debug)]
pub(super) enum Format {
    Csv(CsvFormat),
    /// Objects, whose keys name the columns.
    Json {
        /// They stand in one array, and not one after the other.
        array: bool,
        keys: Vec<String>,
    },
}

impl Format {
    /// Recognises the format by the first bytes.
    pub(super) fn recognise(source: &SourceFile, _options: &IngestOptions) -> Result<Self> {
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
            Some(first @ (b'[' | b'{')) => {
                let array = *first == b'[';
                let keys = json::header(source, array)?;
                Ok(Self::Json { array, keys })
            }
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
                let cut = head.len() as u64 == HEAD_BYTES;
                Ok(Self::Csv(CsvFormat::recognise(&head, cut)))
            }
        }
    }

    /// The names of the columns, where the format itself has them.
    pub(super) fn keys(&self) -> Option<&[String]> {
        match self {
            Self::Csv(_) => None,
            Self::Json { keys, .. } => Some(keys),
        }
    }

    /// Calls `each` with every row behind the first `skip` until it breaks. `columns` is how many
    /// cells a row must have; without it rows come as they are.
    pub(super) fn read(
        &self,
        source: &SourceFile,
        skip: u64,
        columns: Option<usize>,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        match self {
            Self::Csv(format) => format.read(source, skip, columns, each),
            Self::Json { array, keys } => json::read(source, *array, keys, each),
        }
    }

    /// The first rows, as many as there are up to `count`.
    pub(super) fn first_rows(&self, source: &SourceFile, count: usize) -> Result<Vec<Vec<String>>> {
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

    /// The encoding of the cells that are not UTF-8.
    pub(super) fn narrow_encoding(&self) -> String {
        match self {
            Self::Csv(format) => format.narrow_encoding(),
            Self::Json { .. } => "utf-8".to_owned(),
        }
    }

    /// How the summary names the format's encoding.
    pub(super) fn encoding(&self) -> String {
        match self {
            Self::Csv(format) => format.encoding(),
            Self::Json { .. } => "utf-8".to_owned(),
        }
    }
}
