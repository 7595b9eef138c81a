//! Dates as files write them.

mod periods;
mod swapped;
mod times;
mod undated;
mod zones;

use std::ops::ControlFlow;

use chrono::DateTime;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use voxql_exports::columns::field::Field;
use voxql_exports::dates::{ClockChange, NoDate};
use voxql_exports::files::content::Content;
use voxql_exports::files::input::Input;
use voxql_exports::files::source::SourceFile;
use voxql_exports::options::{ReadOptions, SwappedDates};
use voxql_exports::understand::understand;
use voxql_exports::{Error, ErrorKind};

/// The dates of a file's responses, and the notes on them.
#[derive(Debug)]
struct Dates {
    /// In UTC, without the time if it is midnight; the cell if it is no date.
    read: Vec<String>,
    /// `true` for each with a time of its own.
    timed: Vec<bool>,
    clock_changes: Vec<Option<ClockChange>>,
    notes: String,
}

fn read(file: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Dates, Error> {
    let content = Content::spool(file.as_ref(), &"export")?;
    let source = SourceFile::new(Input::from("export"), content)?;
    let understood = understand(source, options)?;
    let mapping = &understood.mapping;
    let notes: Vec<String> = mapping.notes.iter().map(ToString::to_string).collect();
    let mut dates = Dates {
        read: Vec::new(),
        timed: Vec::new(),
        clock_changes: Vec::new(),
        notes: notes.join("\n"),
    };
    if let Some(reader) = &mapping.responded_at {
        understood.layout.read(&understood.source, &mut |row| {
            let cell = mapping.date_text(Field::RespondedAt, &row.cells);
            let cell = cell.unwrap_or_default().into_owned();
            match reader.read_clock(&cell) {
                Ok(clock) => {
                    let exact = DateTime::from_timestamp_micros(clock.moment.micros);
                    let text = exact.expect("a moment").naive_utc().to_string();
                    dates.read.push(text.replace(" 00:00:00", ""));
                    dates.timed.push(clock.moment.has_time);
                    dates.clock_changes.push(clock.clock_change);
                }
                Err(NoDate::OutOfRange) => dates.read.push(format!("{cell} is out of range")),
                Err(NoDate::StandIn) => dates.read.push("none".to_owned()),
                Err(NoDate::Unreadable) => dates.read.push(cell),
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(dates)
}

fn by_default(file: impl AsRef<[u8]>) -> Dates {
    read(file, &ReadOptions::default()).expect("a file without questions")
}

/// The question about a file, and its hint.
fn question(file: impl AsRef<[u8]>) -> String {
    let error = read(file, &ReadOptions::default()).expect_err("a question");
    assert_eq!(error.kind(), ErrorKind::Question, "{error}");
    format!("{error}\n{}", error.hint().expect("a hint"))
}

/// The answers to the question about a file.
fn answers(file: impl AsRef<[u8]>) -> Vec<String> {
    let error = read(file, &ReadOptions::default()).expect_err("a question");
    let answers = error.questions()[0].answers.iter();
    answers.map(ToString::to_string).collect()
}

/// Rows of a date and a score.
fn csv(header: &str, dates: &[&str]) -> String {
    let rows = dates.iter().map(|date| format!("{date},9\n"));
    std::iter::once(format!("{header},nps\n"))
        .chain(rows)
        .collect()
}

/// A workbook of dates, which are dates if they are in ISO format, else text.
fn workbook(dates: &[&str]) -> Vec<u8> {
    let mut book = Workbook::new();
    let format = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Date").unwrap();
    sheet.write(0, 1, "NPS").unwrap();
    for (row, date) in (1..).zip(dates) {
        if date.as_bytes()[4] == b'-' {
            let date = ExcelDateTime::parse_from_str(date).unwrap();
            sheet
                .write_datetime_with_format(row, 0, &date, &format)
                .unwrap();
        } else {
            sheet.write(row, 0, *date).unwrap();
        }
        sheet.write(row, 1, 9).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn swapped(treatment: SwappedDates) -> ReadOptions {
    ReadOptions {
        swapped_dates: Some(treatment),
        ..ReadOptions::default()
    }
}

fn in_zone(zone: &str) -> ReadOptions {
    ReadOptions {
        timezone: Some(zone.to_owned()),
        ..ReadOptions::default()
    }
}

fn formatted(format: &str) -> ReadOptions {
    ReadOptions {
        date_formats: vec![format.to_owned()],
        ..ReadOptions::default()
    }
}
