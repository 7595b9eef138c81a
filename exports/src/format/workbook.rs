//! Workbooks: the cells of xlsx, xlsb, xls and ods files as text.
//!
//! The cells of xlsx and xlsb are streamed; only the table of shared strings is in memory. The
//! reader of xls and ods keeps the whole workbook in memory; xls is limited to 65,536 rows a sheet.

use std::io::{self, BufReader};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{
    Cell, CellErrorType, Data, DataRef, ExcelDateTime, Ods, OdsError, Range, Reader, Sheet, Sheets,
    Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};
use chrono::{NaiveDateTime, NaiveTime, Timelike};

use super::compound::chains_end;
use super::opendocument::{self, Content};
use crate::error::{Error, Result};
use crate::files::shared_file::SharedReader;
use crate::files::source::SourceFile;
use crate::quote::clip;

/// The format of a workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
        }
    }
}

/// The size of a sheet in spreadsheet programs.
const ROWS_MAX: u32 = 1 << 20;
const COLUMNS_MAX: u32 = 1 << 14;

/// The error for a cell outside of a sheet. One that is far enough away would take all memory.
fn outside(place: &str) -> Error {
    Error::invalid("a cell lies outside of the 1,048,576 rows and 16,384 columns of a sheet")
        .at(place)
        .with_hint("open it and save it again as xlsx, or save the sheet as CSV")
}

/// An open workbook.
pub struct Workbook {
    book: Sheets<BufReader<SharedReader>>,
    place: String,
}

/// A callback for cells with their row and column, from 0, which breaks to stop reading.
type EachCell<'a> = dyn FnMut(u32, u32, String) -> Result<ControlFlow<()>> + 'a;

/// Returns `true` to continue.
type CellSink<'a> = dyn FnMut((u32, u32), Data) -> bool + 'a;

impl Workbook {
    pub fn open(source: &SourceFile, kind: Kind) -> Result<Self> {
        let place = source.path().display().to_string();
        let shared = source.shared()?;
        let reader = || BufReader::new(shared.reader());
        let book = catch_panics(&place, || match kind {
            Kind::Xlsx => Ok(Sheets::Xlsx(Xlsx::new(reader())?)),
            Kind::Xlsb => Ok(Sheets::Xlsb(Xlsb::new(reader())?)),
            Kind::Ods => {
                match opendocument::examine(reader()) {
                    Content::Sound => {}
                    Content::Open => return Err(Broken::contradictory()),
                    Content::TooLarge => return Err(Broken::too_large()),
                }
                Ok(Sheets::Ods(Ods::new(reader())?))
            }
            Kind::Xls => {
                if !chains_end(&mut shared.reader())? {
                    return Err(Broken::contradictory());
                }
                // A password-protected xlsx workbook is in the container of an xls one.
                if let Err(XlsxError::Password) = Xlsx::new(reader()) {
                    return Err(Broken::Password);
                }
                Ok(Sheets::Xls(Xls::new(reader())?))
            }
        })?;
        Ok(Self { book, place })
    }

    pub fn sheets(&self) -> &[Sheet] {
        self.book.sheets_metadata()
    }

    /// Calls `each` with the cells of a sheet, row by row, until it breaks.
    pub fn each_cell(&mut self, sheet: &str, each: &mut EachCell<'_>) -> Result<()> {
        let place = format!("{}: sheet \"{sheet}\"", self.place);
        let mut outcome = Ok(());
        let sink = &mut |(row, column): (u32, u32), value| {
            let flow = if row < ROWS_MAX && column < COLUMNS_MAX {
                each(row, column, cell_text(value))
            } else {
                Err(outside(&place))
            };
            let goes_on = matches!(flow, Ok(ControlFlow::Continue(())));
            outcome = flow.map(|_| ());
            goes_on
        };
        catch_panics(&place, || {
            match &mut self.book {
                Sheets::Xlsx(book) => {
                    let mut cells = book.worksheet_cells_reader(sheet)?;
                    stream_cells(|| cells.next_cell(), sink)?;
                }
                Sheets::Xlsb(book) => {
                    let mut cells = book.worksheet_cells_reader(sheet)?;
                    stream_cells(|| cells.next_cell(), sink)?;
                }
                Sheets::Xls(book) => each_of_range(&book.worksheet_range(sheet)?, sink),
                Sheets::Ods(book) => each_of_range(&book.worksheet_range(sheet)?, sink),
            }
            Ok(())
        })?;
        outcome
    }
}

fn stream_cells<'a, E>(
    mut next: impl FnMut() -> Result<Option<Cell<DataRef<'a>>>, E>,
    sink: &mut CellSink<'_>,
) -> Result<(), E> {
    while let Some(cell) = next()? {
        if !sink(cell.get_position(), cell.get_value().clone().into()) {
            break;
        }
    }
    Ok(())
}

fn each_of_range(range: &Range<Data>, sink: &mut CellSink<'_>) {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let position = (first_row + row as u32, first_column + column as u32);
        if !sink(position, value.clone()) {
            break;
        }
    }
}

/// Why a workbook cannot be read.
enum Broken {
    Password,
    /// An error value that the reader does not support, such as `#SPILL!`.
    CellError(String),
    Other(String),
}

impl Broken {
    fn too_large() -> Self {
        Self::Other("a sheet has more than 50 million cells".to_owned())
    }

    fn contradictory() -> Self {
        Self::Other("its parts contradict each other".to_owned())
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<XlsxError> for Broken {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::Password => Self::Password,
            XlsxError::CellError(text) => Self::CellError(text),
            other => Self::Other(other.to_string()),
        }
    }
}

macro_rules! broken_from {
    ($($error:ident),*) => {$(
        impl From<$error> for Broken {
            fn from(error: $error) -> Self {
                match error {
                    $error::Password => Self::Password,
                    other => Self::Other(other.to_string()),
                }
            }
        }
    )*};
}

broken_from!(XlsbError, XlsError, OdsError);

/// Runs the workbook reader, which panics on some broken workbooks.
fn catch_panics<T>(place: &str, read: impl FnOnce() -> Result<T, Broken>) -> Result<T> {
    let broken = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(broken)) => broken,
        Err(_) => Broken::contradictory(),
    };
    let (message, hint) = match broken {
        Broken::Password => (
            "is password-protected".to_owned(),
            "save it without the password, or save the sheet as CSV, and import that",
        ),
        Broken::CellError(text) => (
            format!(
                "contains the error value {}, which is not supported",
                clip(&text)
            ),
            "clear the cells that show it, or save the sheet as CSV, and import that",
        ),
        Broken::Other(what) => (
            format!("cannot be read as a workbook ({what})"),
            "open it and save it again as xlsx, or save the sheet as CSV",
        ),
    };
    Err(Error::invalid(message).at(place).with_hint(hint))
}

fn cell_text(value: Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(text) => text,
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(number),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(moment) => moment_text(moment),
        Data::DateTimeIso(text) => iso_text(&text),
        Data::DurationIso(text) => duration_text(&text),
        Data::Error(error) => error_text(&error),
    }
}

/// Formats a number as spreadsheet programs do: with 15 digits, and without trailing zeros.
fn number_text(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // Adding zero turns the negative zero positive.
    format!("{}", shown + 0.0)
}

/// `#N/A` means that there is no value. Other errors are mistakes and stay visible.
fn error_text(error: &CellErrorType) -> String {
    match error {
        CellErrorType::NA => String::new(),
        other => other.to_string(),
    }
}

/// Formats a date, a date with time, or a time of day, to the second.
fn moment_text(moment: ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if moment.is_duration() {
        let seconds = (serial * 86_400.0).round();
        let (hours, rest) = ((seconds / 3600.0).trunc(), (seconds % 3600.0).abs());
        return format!("{hours:02}:{:02}:{:02}", (rest / 60.0).trunc(), rest % 60.0);
    }
    // A small whole number is no date, but in a column formatted as dates by mistake.
    let is_number = serial < 0.0 || (serial.fract() == 0.0 && serial < 366.0);
    let Some(time) = moment.as_datetime().filter(|_| !is_number) else {
        return number_text(serial);
    };
    let time = time
        .checked_add_signed(chrono::Duration::milliseconds(500))
        .and_then(|time| time.with_nanosecond(0))
        .unwrap_or(time);
    if (0.0..1.0).contains(&serial) {
        time.format("%H:%M:%S").to_string()
    } else {
        date_text(time)
    }
}

/// Formats a date, without the time if that is midnight.
fn date_text(time: NaiveDateTime) -> String {
    let is_date = time.time() == NaiveTime::MIN;
    let format = if is_date {
        "%Y-%m-%d"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    time.format(format).to_string()
}

/// Formats a date that the file has as text.
fn iso_text(text: &str) -> String {
    [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ]
    .iter()
    .find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok())
    .and_then(|time| time.with_nanosecond(0))
    .map_or_else(|| text.to_owned(), date_text)
}

/// Formats a time of day, which ods writes as `PT09H30M00S`.
fn duration_text(text: &str) -> String {
    let parts = || {
        let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds = rest.strip_suffix('S')?.split(['.', ',']).next()?;
        Some(format!("{hours:0>2}:{minutes:0>2}:{seconds:0>2}"))
    };
    parts().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A workbook whose second cell is at this place.
    fn with_cell_at(place: &str) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006";
        let parts = [
            (
                "[Content_Types].xml",
                format!("<Types xmlns='{package}/content-types'/>"),
            ),
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns='{package}/relationships'><Relationship Id='rId1' \
                     Type='{relations}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns='{main}' xmlns:r='{relations}'>\
                     <sheets><sheet name='a' sheetId='1' r:id='rId1'/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns='{package}/relationships'><Relationship Id='rId1' \
                     Type='{relations}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    "<worksheet xmlns='{main}'><sheetData><row r='1'><c r='A1'><v>1</v></c>\
                     <c r='{place}'><v>2</v></c></row></sheetData></worksheet>"
                ),
            ),
        ];
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn cells_outside_of_a_sheet_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        for (place, is_inside) in [
            ("B1", true),
            ("XFD1048576", true),
            ("XFE1", false),
            ("A1048577", false),
            ("ZZZZZZZ4294967295", false),
        ] {
            std::fs::write(&path, with_cell_at(place)).unwrap();
            let source = SourceFile::examine_file(&path).unwrap();
            let mut book = Workbook::open(&source, Kind::Xlsx).unwrap();
            let mut last = String::new();
            let read = book.each_cell("a", &mut |_, _, text| {
                last = text;
                Ok(ControlFlow::Continue(()))
            });
            assert_eq!(read.is_ok(), is_inside, "{place}: {read:?}");
            assert!(last == "2" || !is_inside, "{place}: {last}");
        }
    }

    #[test]
    fn cells_are_formatted_as_spreadsheet_programs_do() {
        for (number, text) in [
            (9.0, "9"),
            (9.5, "9.5"),
            (0.1 + 0.2, "0.3"),
            (-0.0, "0"),
            (1e15, "1000000000000000"),
            (1.0 / 3.0, "0.333333333333333"),
        ] {
            assert_eq!(number_text(number), text);
        }
        for (serial, kind, is_1904, text) in [
            (46_082.0, DateTime, false, "2026-03-01"),
            (46_082.395_833_333_3, DateTime, false, "2026-03-01 09:30:00"),
            (46_082.999_999, DateTime, false, "2026-03-02"),
            (44_620.0, DateTime, true, "2026-03-01"),
            (9.0, DateTime, false, "9"),
            (0.5, DateTime, false, "12:00:00"),
            (1.5, TimeDelta, false, "36:00:00"),
            (-1.0, DateTime, false, "-1"),
        ] {
            let moment = ExcelDateTime::new(serial, kind, is_1904);
            assert_eq!(moment_text(moment), text);
        }
        for (text, expected) in [
            ("2026-03-01", "2026-03-01"),
            ("2026-03-01T00:00:00", "2026-03-01"),
            ("2026-03-01T09:30:00.123", "2026-03-01 09:30:00"),
            ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00Z"),
        ] {
            assert_eq!(iso_text(text), expected);
        }
        assert_eq!(duration_text("PT9H5M0S"), "09:05:00");
        assert_eq!(error_text(&CellErrorType::NA), "");
        assert_eq!(error_text(&CellErrorType::Ref), "#REF!");
    }
}
