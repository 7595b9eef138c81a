//! Excel workbooks with one sheet.

use std::error::Error;
use std::io::{self, Write};

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::error::OutputError;
use super::value::{Cells, decoded, is_utc};
use super::writer::ResultWriter;

/// Rows of a sheet, with the header.
const SHEET_ROWS: u32 = 1_048_576;

/// Columns of a sheet.
const SHEET_COLUMNS: usize = 16_384;

/// UTF-16 code units of a cell.
const CELL_UNITS: usize = 32_767;

/// The greatest whole number of 15 digits, which are all that a spreadsheet shows.
const WHOLE_MAX: u64 = 999_999_999_999_999;

/// Days from the beginning of a sheet's calendar to 1970-01-01.
const EPOCH_DAYS: f64 = 25_569.0;

/// 1900-03-01 and the day after 9999-12-31. A sheet's calendar has a 29 February 1900, and no days
/// outside of it.
const DAYS: std::ops::Range<f64> = 61.0..2_958_466.0;

const DATE_FORMAT: &str = "yyyy-mm-dd";
const TIMESTAMP_FORMAT: &str = "yyyy-mm-dd hh:mm:ss";

/// Writes one workbook, row by row into a temporary file: its parts are put together at the end.
///
/// Numbers, booleans, dates and timestamps in UTC or without a zone are cells of that type. Whole
/// numbers of more than 15 digits, which a spreadsheet would round, and everything else are text.
pub(super) struct XlsxWriter<W> {
    sink: W,
    workbook: Workbook,
    names: Vec<String>,
    kinds: Vec<Kind>,
    /// The next row; the header is row 0.
    row: u32,
    date: Format,
    timestamp: Format,
}

/// The type of a column's cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Whole,
    Number,
    Date,
    Timestamp,
    Text,
}

impl Kind {
    fn of(data_type: &DataType) -> Self {
        match decoded(data_type) {
            DataType::Boolean => Self::Boolean,
            // A number of 64 bits without a sign may be too great for one with a sign.
            DataType::UInt64 => Self::Text,
            data_type if data_type.is_integer() => Self::Whole,
            DataType::Decimal32(digits, _)
            | DataType::Decimal64(digits, _)
            | DataType::Decimal128(digits, _)
            | DataType::Decimal256(digits, _)
                if *digits > 15 =>
            {
                Self::Text
            }
            data_type if data_type.is_numeric() => Self::Number,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Timestamp(_, None) => Self::Timestamp,
            DataType::Timestamp(_, Some(zone)) if is_utc(zone) => Self::Timestamp,
            _ => Self::Text,
        }
    }

    /// The type that the values are converted to before they are written.
    fn data_type(self) -> Option<DataType> {
        match self {
            Self::Boolean => Some(DataType::Boolean),
            Self::Whole => Some(DataType::Int64),
            Self::Number => Some(DataType::Float64),
            Self::Date | Self::Timestamp => Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
            Self::Text => None,
        }
    }
}

impl<W: Write + Send> XlsxWriter<W> {
    pub(super) fn new(sink: W, schema: &Schema) -> Result<Self, OutputError> {
        let columns = schema.fields().len();
        if columns > SHEET_COLUMNS {
            return Err(OutputError::unfit(
                format!("the result has {columns} columns, and an Excel sheet has {SHEET_COLUMNS}"),
                "select fewer columns, or write .parquet or .csv",
            ));
        }
        let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
        let kinds: Vec<Kind> = schema
            .fields()
            .iter()
            .map(|f| Kind::of(f.data_type()))
            .collect();
        let mut workbook = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = workbook
            .add_worksheet_with_constant_memory()
            .map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for ((column, name), kind) in (0..).zip(&names).zip(&kinds) {
            // A date that does not fit its column shows as #####.
            let width = match kind {
                Kind::Date => 11.0,
                Kind::Timestamp => 19.0,
                _ => 8.0,
            };
            let width = f64::max(width, (name.chars().count() as f64 + 2.0).min(40.0));
            sheet.set_column_width(column, width).map_err(failed)?;
            check_length(name, "the header", name)?;
            sheet
                .write_string_with_format(0, column, name, &bold)
                .map_err(failed)?;
        }
        Ok(Self {
            sink,
            workbook,
            names,
            kinds,
            row: 1,
            date: Format::new().set_num_format(DATE_FORMAT),
            timestamp: Format::new().set_num_format(TIMESTAMP_FORMAT),
        })
    }
}

/// A column of a batch, ready to be written.
struct Column<'a> {
    kind: Kind,
    index: u16,
    /// The values as [`Kind::data_type`].
    values: ArrayRef,
    /// The values as text, where they do not fit a typed cell.
    text: Cells<'a>,
}

impl Column<'_> {
    /// Writes the value of `row` into a row of the sheet.
    fn write(
        &mut self,
        sheet: &mut Worksheet,
        sheet_row: u32,
        row: usize,
        formats: (&Format, &Format),
        name: &str,
    ) -> Result<(), OutputError> {
        let Self {
            kind,
            index,
            values,
            text,
        } = self;
        if text.is_null(row) {
            return Ok(());
        }
        match kind {
            Kind::Boolean => {
                let value = values.as_boolean().value(row);
                sheet
                    .write_boolean(sheet_row, *index, value)
                    .map_err(failed)?;
                return Ok(());
            }
            Kind::Whole => {
                let value = values.as_primitive::<Int64Type>().value(row);
                if value.unsigned_abs() <= WHOLE_MAX {
                    sheet
                        .write_number(sheet_row, *index, value as f64)
                        .map_err(failed)?;
                    return Ok(());
                }
            }
            Kind::Number => {
                let value = values.as_primitive::<Float64Type>().value(row);
                if value.is_finite() {
                    sheet
                        .write_number(sheet_row, *index, value)
                        .map_err(failed)?;
                    return Ok(());
                }
            }
            Kind::Date | Kind::Timestamp => {
                let micros = values.as_primitive::<TimestampMicrosecondType>().value(row);
                let days = micros as f64 / 86_400_000_000.0 + EPOCH_DAYS;
                let format = if *kind == Kind::Date {
                    formats.0
                } else {
                    formats.1
                };
                if DAYS.contains(&days) {
                    let cell = sheet.write_number_with_format(sheet_row, *index, days, format);
                    cell.map_err(failed)?;
                    return Ok(());
                }
            }
            Kind::Text => {}
        }
        let mut shown = String::new();
        text.append(row, &mut shown)?;
        check_length(&shown, &format!("row {}", sheet_row + 1), name)?;
        sheet
            .write_string(sheet_row, *index, shown)
            .map_err(failed)?;
        Ok(())
    }
}

impl<W: Write + Send> ResultWriter for XlsxWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let rows = u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
        if rows > SHEET_ROWS - self.row {
            return Err(OutputError::unfit(
                format!(
                    "the result has more than {} rows, and an Excel sheet has {SHEET_ROWS} with the header",
                    SHEET_ROWS - 1
                ),
                "write .parquet or .csv, or select fewer rows with LIMIT",
            ));
        }
        let schema = batch.schema();
        let mut columns = Vec::with_capacity(self.kinds.len());
        for ((index, kind), array) in (0..).zip(&self.kinds).zip(batch.columns()) {
            let values = match kind.data_type() {
                Some(data_type) => cast(array, &data_type)?,
                None => array.clone(),
            };
            let text = Cells::machine(&schema.fields()[usize::from(index)], array)?;
            columns.push(Column {
                kind: *kind,
                index,
                values,
                text,
            });
        }
        let formats = (&self.date, &self.timestamp);
        let sheet = self.workbook.worksheet_from_index(0).map_err(failed)?;
        for row in 0..batch.num_rows() {
            for (column, name) in columns.iter_mut().zip(&self.names) {
                column.write(sheet, self.row, row, formats, name)?;
            }
            self.row += 1;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        self.workbook.save_to_writer(&mut self.sink).map_err(failed)
    }
}

/// Refuses text that a cell cannot hold.
fn check_length(text: &str, place: &str, column: &str) -> Result<(), OutputError> {
    // UTF-16 has at most as many units as UTF-8 has bytes.
    if text.len() <= CELL_UNITS || text.encode_utf16().count() <= CELL_UNITS {
        return Ok(());
    }
    let count = text.chars().count();
    Err(OutputError::unfit(
        format!(
            "{place}, column \"{column}\": the text has {count} characters, and an Excel cell holds {CELL_UNITS}"
        ),
        format!("shorten it with left(\"{column}\", {CELL_UNITS}), or write .parquet or .csv"),
    ))
}

fn failed(error: XlsxError) -> OutputError {
    match error {
        XlsxError::IoError(error) => OutputError::Io(error),
        XlsxError::TempFileError(_, error) => OutputError::Io(error),
        // The archive's writer wraps the error of the sink.
        XlsxError::ZipError(error) => {
            let cause = error
                .source()
                .and_then(|cause| cause.downcast_ref::<io::Error>());
            let kind = cause.map_or(io::ErrorKind::Other, io::Error::kind);
            OutputError::Io(io::Error::new(kind, error))
        }
        error => OutputError::Encode(error.into()),
    }
}
