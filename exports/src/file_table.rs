//! A file as a table: its cells and the names of its columns, whatever they mean. No row is left
//! out.

use std::ops::ControlFlow;

use crate::error::{Error, ErrorKind, Result};
use crate::files::source::SourceFile;
use crate::format::Format;
use crate::format::given::{Given, JsonShape};
use crate::format::rows::EachRow;

use crate::layout::header::Header;
use crate::message::ImportOption;
use crate::options::ReadOptions;
use crate::profiles::recognise::recognise;

/// Rows that the header is recognised by.
const FIRST_ROWS: usize = 1000;

/// Options for reading a file as a table. Those that are not set are detected.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    pub given: Given,
    /// `true` if the first row names the columns, `false` if no row does.
    pub has_header: Option<bool>,
    /// Rows to skip before the header. JSON and Parquet have no header.
    pub skip: u64,
    /// The encoding of the text: a WHATWG label, or `cp437` or `cp850`.
    pub encoding: Option<String>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
}

/// The format of a file, and its columns.
#[derive(Clone, Debug)]
pub struct FileTable {
    format: Format,
    /// The names of the columns. Those without one are `column0`, `column1` and so on, by position.
    pub names: Vec<String>,
    /// Rows before the first of the table.
    rows_before: u64,
}

impl FileTable {
    /// Recognises the format and the header of a file.
    pub fn recognise(source: &SourceFile, options: &TableOptions) -> Result<Self> {
        let mut read = ReadOptions {
            encoding: options.encoding.clone(),
            sheet: options.sheet.clone(),
            ..ReadOptions::default()
        };
        let format = Format::recognise_with(source, &read, &options.given)
            .map_err(|error| decided_in_sql(error, source, "read_export"))?;
        check_kind(&format, source, &options.given)?;
        if options.sheet.is_some() && !matches!(format, Format::Sheet(_)) {
            let error = source.invalid("is no workbook, and has no sheets".to_owned());
            return Err(error.with_hint("remove sheet"));
        }
        if let Some(keys) = format.keys() {
            return Ok(Self {
                names: keys.to_vec(),
                format,
                rows_before: 0,
            });
        }
        let mut first_rows = Vec::new();
        format.read(source, options.skip, None, &mut |row| {
            first_rows.push(row.cells.iter().map(|cell| cell.to_string()).collect());
            Ok(if first_rows.len() < FIRST_ROWS {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        let recognised = match options.has_header {
            Some(_) => None,
            None => recognise(&first_rows, None)?,
        };
        read.header_rows = match options.has_header {
            Some(has_header) => Some(u32::from(has_header)),
            None => recognised
                .as_ref()
                .and_then(|found| found.profile.header_rows),
        };
        let function = if format.is_workbook() {
            "read_export"
        } else {
            "read_csv"
        };
        let header = Header::read(source, &format, &first_rows, recognised.as_ref(), &read)
            .map_err(|error| decided_in_sql(error, source, function))?;
        let mut names = header.names;
        for (index, name) in names.iter_mut().enumerate() {
            let cell = header
                .raw
                .get(header.names_row)
                .and_then(|row| row.get(index));
            if header.rows == 0 || cell.is_none_or(|cell| cell.trim().is_empty()) {
                *name = format!("column{index}");
            }
        }
        Ok(Self {
            format,
            names,
            rows_before: options.skip + header.rows,
        })
    }

    /// Calls `each` with every row of the table until it breaks.
    pub fn read(&self, source: &SourceFile, each: &mut EachRow<'_>) -> Result<()> {
        self.format
            .read(source, self.rows_before, Some(self.names.len()), each)
    }

    /// The noun for [`Row::number`](crate::format::rows::Row::number).
    pub fn row_noun(&self) -> &'static str {
        self.format.row_noun()
    }
}

/// Refuses a workbook or a Parquet file where text is expected, and JSON of another arrangement.
fn check_kind(format: &Format, source: &SourceFile, given: &Given) -> Result<()> {
    if let (Some(shape), Format::Json(json)) = (given.json, format)
        && json.shape() != Some(shape)
    {
        let expected = match shape {
            JsonShape::Array => "an array of objects",
            JsonShape::Lines => "objects one after the other",
        };
        let error = source.invalid(format!("is not {expected}"));
        return Err(error.with_hint("remove format: it is recognised"));
    }
    let (kind, function) = match (given.text, format) {
        (None, _) | (Some(_), Format::Csv(_) | Format::Json(_)) => return Ok(()),
        (Some(_), Format::Sheet(_)) => ("a workbook", "read_export"),
        (Some(_), Format::Parquet(_)) => ("a Parquet file", "read_parquet"),
    };
    let error = source.invalid(format!("is {kind}, not text"));
    Err(error.with_hint(format!("use {function}({})", quoted(source))))
}

/// Replaces the import options in the hint of a question by arguments of `function`.
fn decided_in_sql(error: Error, source: &SourceFile, function: &str) -> Error {
    if error.kind() != ErrorKind::Question {
        return error;
    }
    let answer = error.questions().iter().find_map(|question| {
        let mut options = question.answers.iter().flat_map(|answer| answer.options());
        options
            .next()
            .map(|(option, value)| (option, value.map(str::to_owned)))
    });
    let path = quoted(source);
    let hint = match answer {
        Some((ImportOption::Sheet, Some(sheet))) => {
            let sheet = sheet.replace('\'', "''");
            format!("name one: {function}({path}, sheet => '{sheet}')")
        }
        Some((ImportOption::HeaderRows, _)) => format!(
            "say whether it names the columns: {function}({path}, header => true), or header => false"
        ),
        _ => return error,
    };
    // The message has its place already.
    Error::invalid(error.to_string()).with_hint(hint)
}

fn quoted(source: &SourceFile) -> String {
    format!(
        "'{}'",
        source.path().display().to_string().replace('\'', "''")
    )
}
