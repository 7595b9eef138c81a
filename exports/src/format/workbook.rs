//! Workbooks: xlsx, xlsb, xls and ods, and their cells as text.
//!
//! The cells of xlsx and xlsb are streamed; of these only the table of shared texts is held in
//! memory. The reader of xls and ods holds the whole workbook, which for xls has at most 65,536
//! rows a sheet.

use std::io::{self, BufReader};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{
    CellErrorType, Data, DataRef, ExcelDateTime, Ods, OdsError, Reader, Sheet, Xls, XlsError, Xlsb,
    XlsbError, Xlsx, XlsxError,
};
use chrono::{NaiveDateTime, NaiveTime, Timelike};

use super::compound::chains_end;
use super::opendocument::elements_end;
use crate::error::{Error, Result};
use crate::files::positioned::Positioned;
use crate::files::source::SourceFile;

type Input = BufReader<Positioned>;

/// Which program's workbook a file is.
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

/// An open workbook.
pub struct Workbook {
    book: Book,
    place: String,
}

enum Book {
    Xlsx(Box<Xlsx<Input>>),
    Xlsb(Box<Xlsb<Input>>),
    Xls(Box<Xls<Input>>),
    Ods(Box<Ods<Input>>),
}

/// Takes a cell by its row and column, from 0.
type EachCell<'a> = dyn FnMut(u32, u32, String) -> Result<ControlFlow<()>> + 'a;

impl Workbook {
    pub fn open(source: &SourceFile, kind: Kind) -> Result<Self> {
        let place = source.path().display().to_string();
        let shared = source.shared()?;
        let input = BufReader::new(shared.reader());
        let book = unbroken(&place, || match kind {
            Kind::Xlsx => Ok(Book::Xlsx(Box::new(Xlsx::new(input)?))),
            Kind::Xlsb => Ok(Book::Xlsb(Box::new(Xlsb::new(input)?))),
            Kind::Ods => {
                if !elements_end(BufReader::new(shared.reader())) {
                    return Err(Broken::contradictory());
                }
                Ok(Book::Ods(Box::new(Ods::new(input)?)))
            }
            Kind::Xls => {
                if !chains_end(&mut shared.reader())? {
                    return Err(Broken::contradictory());
                }
                // A workbook of today that is protected by a password is written like an old one.
                if let Err(XlsxError::Password) = Xlsx::new(BufReader::new(shared.reader())) {
                    return Err(Broken::Password);
                }
                Ok(Book::Xls(Box::new(Xls::new(input)?)))
            }
        })?;
        Ok(Self { book, place })
    }

    pub fn sheets(&self) -> &[Sheet] {
        match &self.book {
            Book::Xlsx(book) => book.sheets_metadata(),
            Book::Xlsb(book) => book.sheets_metadata(),
            Book::Xls(book) => book.sheets_metadata(),
            Book::Ods(book) => book.sheets_metadata(),
        }
    }

    /// Calls `each` with the cells of a sheet, row by row, until it breaks.
    pub fn each_cell(&mut self, sheet: &str, each: &mut EachCell<'_>) -> Result<()> {
        let place = format!("{}: sheet \"{sheet}\"", self.place);
        let book = &mut self.book;
        let mut outcome = Ok(());
        unbroken(&place, || {
            // The first of what `each` says that is not to go on.
            let mut goes_on = |row, column, text: String| {
                let flow = each(row, column, text);
                let goes_on = matches!(flow, Ok(ControlFlow::Continue(())));
                outcome = flow.map(|_| ());
                goes_on
            };
            match book {
                Book::Xlsx(book) => {
                    let mut cells = book.worksheet_cells_reader(sheet)?;
                    while let Some(cell) = cells.next_cell()? {
                        let (row, column) = cell.get_position();
                        if !goes_on(row, column, text_of_ref(cell.get_value())) {
                            break;
                        }
                    }
                }
                Book::Xlsb(book) => {
                    let mut cells = book.worksheet_cells_reader(sheet)?;
                    while let Some(cell) = cells.next_cell()? {
                        let (row, column) = cell.get_position();
                        if !goes_on(row, column, text_of_ref(cell.get_value())) {
                            break;
                        }
                    }
                }
                Book::Xls(book) => each_of_range(&book.worksheet_range(sheet)?, &mut goes_on),
                Book::Ods(book) => each_of_range(&book.worksheet_range(sheet)?, &mut goes_on),
            }
            Ok(())
        })?;
        outcome
    }
}

fn each_of_range(range: &calamine::Range<Data>, goes_on: &mut dyn FnMut(u32, u32, String) -> bool) {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let (row, column) = (first_row + row as u32, first_column + column as u32);
        if !goes_on(row, column, text_of(value)) {
            break;
        }
    }
}

/// Why a workbook cannot be read.
enum Broken {
    Password,
    /// A value of an error that the reader does not know, such as `#SPILL!`.
    CellError(String),
    Other(String),
}

impl Broken {
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

impl From<XlsbError> for Broken {
    fn from(error: XlsbError) -> Self {
        match error {
            XlsbError::Password => Self::Password,
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<XlsError> for Broken {
    fn from(error: XlsError) -> Self {
        match error {
            XlsError::Password => Self::Password,
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<OdsError> for Broken {
    fn from(error: OdsError) -> Self {
        match error {
            OdsError::Password => Self::Password,
            other => Self::Other(other.to_string()),
        }
    }
}

/// Runs the reader of workbooks, which panics over some broken ones.
fn unbroken<T>(place: &str, read: impl FnOnce() -> Result<T, Broken>) -> Result<T> {
    let broken = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(broken)) => broken,
        Err(_) => Broken::contradictory(),
    };
    Err(match broken {
        Broken::Password => Error::invalid("is protected by a password")
            .at(place)
            .with_hint("save it without the password, or the sheet as CSV, and ingest that"),
        Broken::CellError(text) => Error::invalid(format!(
            "holds the error value {}, which is not read",
            crate::quote::clip(&text)
        ))
        .at(place)
        .with_hint("empty the cells that show it, or save the sheet as CSV, and ingest that"),
        Broken::Other(what) => Error::invalid(format!("cannot be read as a workbook ({what})"))
            .at(place)
            .with_hint("open it and save it again as xlsx, or the sheet as CSV"),
    })
}

fn text_of_ref(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(moment) => moment_text(*moment),
        DataRef::DateTimeIso(text) => iso_text(text),
        DataRef::DurationIso(text) => duration_text(text),
        DataRef::Error(error) => error_text(error),
    }
}

fn text_of(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(*number),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(moment) => moment_text(*moment),
        Data::DateTimeIso(text) => iso_text(text),
        Data::DurationIso(text) => duration_text(text),
        Data::Error(error) => error_text(error),
    }
}

/// A number as the program shows it: in 15 digits, a whole one without a point.
fn number_text(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // There is no negative zero in a sheet.
    format!("{}", shown + 0.0)
}

/// `#N/A` is how a sheet says that there is no value; other errors are mistakes to be seen.
fn error_text(error: &CellErrorType) -> String {
    match error {
        CellErrorType::NA => String::new(),
        other => other.to_string(),
    }
}

/// A date, a moment or a time of day, to the second.
fn moment_text(moment: ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if moment.is_duration() {
        let seconds = (serial * 86_400.0).round();
        let (hours, rest) = ((seconds / 3600.0).trunc(), (seconds % 3600.0).abs());
        return format!("{hours:02}:{:02}:{:02}", (rest / 60.0).trunc(), rest % 60.0);
    }
    // A small whole number is one, in a column that was given a date format by mistake: as a
    // date it would be in the first year that the program knows.
    let is_number = serial < 0.0 || (serial.fract() == 0.0 && serial < 366.0);
    let Some(time) = moment.as_datetime().filter(|_| !is_number) else {
        return number_text(serial);
    };
    let time = time
        .checked_add_signed(chrono::Duration::milliseconds(500))
        .and_then(|time| time.with_nanosecond(0))
        .unwrap_or(time);
    match (0.0..1.0).contains(&serial) {
        true => time.format("%H:%M:%S").to_string(),
        false => date_text(time),
    }
}

/// A whole day has no time of day.
fn date_text(time: NaiveDateTime) -> String {
    match time.time() == NaiveTime::MIN {
        true => time.format("%Y-%m-%d").to_string(),
        false => time.format("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// The same of a moment that is written in the file as text.
fn iso_text(text: &str) -> String {
    let time = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ]
    .iter()
    .find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok());
    match time.and_then(|time| time.with_nanosecond(0)) {
        Some(time) => date_text(time),
        None => text.to_owned(),
    }
}

/// A time of day, which ods writes as `PT09H30M00S`.
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
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn cells_become_the_text_that_is_shown() {
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
