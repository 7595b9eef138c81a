//! Dates as files write them: swapped by a spreadsheet, months and quarters, placeholders, out of
//! range, and without a date at all.

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
    let column = mapping.column(Field::RespondedAt);
    if let (Some(column), Some(reader)) = (column, &mapping.responded_at) {
        understood.layout.read(&understood.source, &mut |row| {
            let cell = &row.cells[column];
            match reader.read_clock(cell) {
                Ok(clock) => {
                    let exact = DateTime::from_timestamp_micros(clock.moment.micros);
                    let text = exact.expect("a moment").naive_utc().to_string();
                    dates.read.push(text.replace(" 00:00:00", ""));
                    dates.timed.push(clock.moment.has_time);
                    dates.clock_changes.push(clock.clock_change);
                }
                Err(NoDate::OutOfRange) => dates.read.push(format!("{cell} is out of range")),
                Err(NoDate::Unreadable) => dates.read.push(cell.to_string()),
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

fn formatted(format: &str) -> ReadOptions {
    ReadOptions {
        date_formats: vec![format.to_owned()],
        ..ReadOptions::default()
    }
}

#[test]
fn swapped_dates_of_a_spreadsheet_are_a_question_with_answers() {
    // Of 1 and 3 to 12 February, and then 13 and 14.
    let day_first: &[&str] = &[
        "2024-01-02",
        "2024-03-02",
        "2024-12-02",
        "13/02/2024",
        "14/02/2024",
    ];
    let expected = [
        "2024-02-01",
        "2024-02-03",
        "2024-02-12",
        "2024-02-13",
        "2024-02-14",
    ];
    let with_times: &[&str] = &[
        "2024-01-02T10:15:00",
        "2024-03-02T08:00:00",
        "13/02/2024 9:30",
    ];
    let expected_times = [
        "2024-02-01 10:15:00",
        "2024-02-03 08:00:00",
        "2024-02-13 09:30:00",
    ];
    // A file from America in a locale that writes the day first.
    let month_first: &[&str] = &["2024-01-02", "2024-03-02", "02/13/24", "02/28/24"];
    let expected_month_first = ["2024-02-01", "2024-02-03", "2024-02-13", "2024-02-28"];
    let points: &[&str] = &["2024-01-02", "13.02.2024"];
    let cases: [(Vec<u8>, &[&str], &str); 8] = [
        (workbook(day_first), &expected, "%d/%m/%Y"),
        (workbook(with_times), &expected_times, "%d/%m/%Y"),
        (workbook(month_first), &expected_month_first, "%m/%d/%y"),
        (workbook(points), &["2024-02-01", "2024-02-13"], "%d.%m.%Y"),
        // Typed correctly by hand below.
        (
            workbook(&[day_first, &["2024-04-02", "2024-02-20"]].concat()),
            &[&expected[..], &["2024-02-04", "2024-02-20"]].concat(),
            "%d/%m/%Y",
        ),
        // Such a sheet saved as CSV, with three formats of its dates.
        (
            csv(
                "Date",
                &[
                    "2024-01-02",
                    "2024-03-02",
                    "2024-04-02",
                    "13/02/2024",
                    "14/02/2024",
                    "15/02/2024",
                ],
            )
            .into(),
            &[
                "2024-02-01",
                "2024-02-03",
                "2024-02-04",
                "2024-02-13",
                "2024-02-14",
                "2024-02-15",
            ],
            "%d/%m/%Y",
        ),
        (
            csv(
                "Date",
                &[
                    "45293",
                    "45353",
                    "45384",
                    "45414",
                    "13/02/2024",
                    "14/02/2024",
                ],
            )
            .into(),
            &[
                "2024-02-01",
                "2024-02-03",
                "2024-02-04",
                "2024-02-05",
                "2024-02-13",
                "2024-02-14",
            ],
            "%d/%m/%Y",
        ),
        (
            csv(
                "Fecha",
                &[
                    "2-ene-24",
                    "2-mar-24",
                    "2-abr-24",
                    "2-may-24",
                    "13/02/2024",
                    "14/02/2024",
                ],
            )
            .into(),
            &[
                "2024-02-01",
                "2024-02-03",
                "2024-02-04",
                "2024-02-05",
                "2024-02-13",
                "2024-02-14",
            ],
            "%d/%m/%Y",
        ),
    ];
    for (file, expected, format) in cases {
        let question = question(&file);
        assert!(question.contains("swapped day and month"), "{question}");
        let options = [
            "swapped_dates(\"fix\")",
            "swapped_dates(\"keep\")",
            "map(\"responded_at=\")",
        ];
        assert!(
            options.iter().all(|option| question.contains(option)),
            "{question}"
        );
        let fixed = read(&file, &swapped(SwappedDates::Fix)).unwrap();
        assert_eq!(fixed.read, expected);
        assert!(
            fixed.notes.contains("swapped day and month"),
            "{}",
            fixed.notes
        );
        let both = ReadOptions {
            date_formats: vec![format.to_owned()],
            ..swapped(SwappedDates::Fix)
        };
        assert_eq!(read(&file, &both).unwrap().read, expected);
        assert_ne!(
            read(&file, &swapped(SwappedDates::Keep)).unwrap().read,
            expected
        );
        let ignored = ReadOptions {
            map: vec![("responded_at".to_owned(), String::new())],
            ..ReadOptions::default()
        };
        let ignored = read(&file, &ignored).unwrap();
        assert!(ignored.read.is_empty());
        assert_eq!(
            ignored.notes,
            "the dates are left out, as set: the responses are undated"
        );
        // A format alone does not say which dates are right.
        assert!(read(&file, &formatted(format)).is_err());
    }
    let kept = read(workbook(day_first), &swapped(SwappedDates::Keep)).unwrap();
    assert_eq!(kept.read[..3], ["2024-01-02", "2024-03-02", "2024-12-02"]);
}

#[test]
fn dates_that_no_spreadsheet_swapped_are_no_question() {
    let files = [
        // Typed in the right order, and one as text.
        workbook(&["2024-02-12", "2024-02-13", "2024-02-29", "13/02/2024"]),
        // Text on purpose: it has days up to 12, too.
        workbook(&["2024-01-02", "2024-03-02", "13/02/2024", "01/02/2024"]),
        workbook(&["2024-02-02", "13/02/2024"]),
        csv("Date", &["13/01/2026", "14/01/2026", "2026-01-15"]).into(),
        csv(
            "Date",
            &["2026-01-05", "\"Mar 5, 2026\"", "13.02.2026", "2026-01-06"],
        )
        .into(),
    ];
    for file in files {
        by_default(&file);
        let kept = read(&file, &swapped(SwappedDates::Keep)).unwrap();
        assert_eq!(by_default(&file).read, kept.read);
        // Nothing is swapped that cannot be.
        let fixed = read(&file, &swapped(SwappedDates::Fix)).unwrap();
        if fixed.read == kept.read {
            assert!(
                !fixed.notes.contains("swapped day and month of"),
                "{}",
                fixed.notes
            );
        }
    }
    let right = workbook(&["2024-02-12", "2024-02-13", "2024-02-29", "13/02/2024"]);
    let fixed = read(right, &swapped(SwappedDates::Fix)).unwrap();
    assert_eq!(
        fixed.read,
        ["2024-02-12", "2024-02-13", "2024-02-29", "2024-02-13"]
    );
    assert!(fixed.notes.contains("did not swap"), "{}", fixed.notes);
    // A workbook without texts has nothing to decide by, but can be swapped.
    let typed = workbook(&["2024-01-02", "2024-03-02"]);
    assert_eq!(by_default(&typed).read, ["2024-01-02", "2024-03-02"]);
    let fixed = read(&typed, &swapped(SwappedDates::Fix)).unwrap();
    assert_eq!(fixed.read, ["2024-02-01", "2024-02-03"]);
}

#[test]
fn months_and_quarters_are_their_first_days() {
    let months = ["2021-04-01", "2021-05-01", "2021-06-01"];
    for (header, cells) in [
        ("year_month", ["202104", "202105", "202106"]),
        ("month", ["2021-04", "2021-05", "2021-06"]),
        ("Date", ["04/2021", "05/2021", "06/2021"]),
        ("Monat", ["April 2021", "Mai 2021", "Juni 2021"]),
        ("Mois", ["avr. 2021", "mai 2021", "juin 2021"]),
        ("Mês", ["abr/2021", "mai/2021", "jun/2021"]),
        ("年月", ["2021年4月", "2021年5月", "2021年6月"]),
        ("Период", ["апрель 2021 г.", "май 2021 г.", "июнь 2021 г."]),
    ] {
        let dates = by_default(csv(header, &cells));
        assert_eq!(dates.read, months, "{cells:?}");
        assert!(
            dates.notes.contains("dated the first day of its month"),
            "{}",
            dates.notes
        );
        assert_eq!(dates.timed, [false; 3]);
    }
    for (header, cells) in [
        ("Quarter", ["2021-Q2", "2021-Q3"]),
        ("quarter", ["2021Q2", "2021Q3"]),
        ("Date", ["Q2 2021", "Q3 2021"]),
        ("Quartal", ["2. Quartal 2021", "3. Quartal 2021"]),
        ("Trimestre", ["T2 2021", "T3 2021"]),
        ("Período", ["2T21", "3T21"]),
        ("Квартал", ["II кв. 2021", "III кв. 2021"]),
        ("四半期", ["2021年第2四半期", "2021年第3四半期"]),
    ] {
        let dates = by_default(csv(header, &cells));
        assert_eq!(dates.read, ["2021-04-01", "2021-07-01"], "{cells:?}");
        assert!(
            dates.notes.contains("dated the first day of its quarter"),
            "{}",
            dates.notes
        );
    }
    let some = by_default(csv("Date", &["2021-04", "2021-04-15"]));
    assert_eq!(some.read, ["2021-04-01", "2021-04-15"]);
    assert!(
        some.notes.contains("has months among its dates"),
        "{}",
        some.notes
    );
    for (format, cell) in [
        ("%Y-%m", "2021-04"),
        ("%m/%Y", "04/2021"),
        ("%b %Y", "Apr 2021"),
    ] {
        let dates = read(csv("Date", &[cell]), &formatted(format)).unwrap();
        assert_eq!(dates.read, ["2021-04-01"], "{format}");
    }
    // A date is better than its month, and a survey may be named by its quarter.
    let both = "month,date,nps\n2021-04,2021-04-15,9\n";
    assert_eq!(by_default(both).read, ["2021-04-15"]);
    let survey = by_default("survey,nps\nQ2 2021,9\nQ3 2021,3\n");
    assert!(survey.read.is_empty());
    assert!(
        survey.notes.contains("the responses are undated"),
        "{}",
        survey.notes
    );
}

#[test]
fn six_digits_that_can_be_a_month_or_a_day_are_a_question() {
    let file = csv("Date", &["200105", "200206", "200312"]);
    let question = question(&file);
    assert!(
        question.contains("can be read as %Y%m or %y%m%d"),
        "{question}"
    );
    let months = read(&file, &formatted("%Y%m")).unwrap();
    assert_eq!(months.read, ["2001-05-01", "2002-06-01", "2003-12-01"]);
    let days = read(&file, &formatted("%y%m%d")).unwrap();
    assert_eq!(days.read, ["2020-01-05", "2020-02-06", "2020-03-12"]);
}

#[test]
fn one_placeholder_in_every_row_is_no_date() {
    for (header, cells) in [
        (
            "submitdate",
            ["1980-01-01 00:00:00", "", "1980-01-01 00:00:00"],
        ),
        ("Date submitted", ["1980-01-01", "1980-01-01", "1980-01-01"]),
        (
            "Datum",
            ["01.01.1980 00:00", "01.01.1980 00:00", "01.01.1980 00:00"],
        ),
        (
            "timestamp",
            ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", ""],
        ),
        (
            "Date",
            [
                "1970-01-01 01:00:00",
                "1970-01-01 01:00:00",
                "1970-01-01 01:00:00",
            ],
        ),
    ] {
        let dates = by_default(csv(header, &cells));
        assert!(dates.read.is_empty(), "{:?}", dates.read);
        assert!(
            dates.notes.contains("stands for no date"),
            "{}",
            dates.notes
        );
        assert!(
            dates.notes.ends_with("the responses are undated"),
            "{}",
            dates.notes
        );
    }
    // Another column has the dates.
    let file = "submitdate,startdate,nps\n1980-01-01,2026-03-01,9\n1980-01-01,2026-03-15,3\n";
    assert_eq!(by_default(file).read, ["2026-03-01", "2026-03-15"]);
    // One such date among others is read.
    let dates = by_default(csv("Date", &["1980-01-01", "2026-03-15"]));
    assert_eq!(dates.read, ["1980-01-01", "2026-03-15"]);
}

#[test]
fn dates_from_1970_are_read_and_others_are_out_of_range() {
    let dates = by_default(csv(
        "Date",
        &[
            "1989-12-31",
            "1970-01-02",
            "2026-03-01",
            "2026-03-02",
            "2026-03-03",
            "2026-03-04",
            "1999-01-01",
            "2100-12-31",
            "1969-12-31",
            "31 December 1899",
        ],
    ));
    assert_eq!(
        dates.read,
        [
            "1989-12-31",
            "1970-01-02",
            "2026-03-01",
            "2026-03-02",
            "2026-03-03",
            "2026-03-04",
            "1999-01-01",
            "2100-12-31",
            "1969-12-31 is out of range",
            "31 December 1899 is out of range",
        ]
    );
    let berlin = ReadOptions {
        timezone: Some("Europe/Berlin".to_owned()),
        ..ReadOptions::default()
    };
    let first = read(csv("Date", &["1970-01-01", "1970-01-02"]), &berlin).unwrap();
    assert_eq!(first.read, ["1969-12-31 23:00:00", "1970-01-01 23:00:00"]);
    for cells in [
        ["1900-01-01"; 2],
        ["1753-01-01 00:00:00"; 2],
        ["0001-01-01T00:00:00"; 2],
    ] {
        let question = question(csv("Date", &cells));
        assert!(
            question.contains("has dates outside 1970 to 2100"),
            "{question}"
        );
    }
    // Small numbers of seconds count something else.
    let seconds = read(
        csv("Date", &["0", "45293", "1767225600"]),
        &formatted("unix"),
    )
    .unwrap();
    assert_eq!(seconds.read, ["0", "45293", "2026-01-01"]);
}

#[test]
fn a_time_that_all_rows_share_is_none() {
    for cells in [
        [
            "2025-09-15T19:00:00.000Z",
            "2025-09-15T19:00:00.000Z",
            "2025-09-16T19:00:00.000Z",
        ],
        [
            "2025-09-15 00:00:00",
            "2025-09-16 00:00:00",
            "2025-09-17 00:00:00",
        ],
        [
            "15.09.2025 12:00 Uhr",
            "16.09.2025 12:00 Uhr",
            "17.09.2025 12:00 Uhr",
        ],
        ["1757894400", "1757980800", "1758067200"],
    ] {
        let dates = by_default(csv("Date", &cells));
        assert_eq!(dates.timed, [false; 3], "{cells:?}");
    }
    let noon = by_default(csv(
        "Date",
        &["2025-09-15 12:00", "2025-09-16 12:00", "2025-09-17 12:00"],
    ));
    assert_eq!(noon.read[0], "2025-09-15 12:00:00");
    // Two rows can agree by chance.
    let two = by_default(csv("Date", &["2025-09-15 12:00", "2025-09-16 12:00"]));
    assert_eq!(two.timed, [true; 2]);
    let three = by_default(csv(
        "Date",
        &["2025-09-15 12:00", "2025-09-16 12:00", "2025-09-17 12:01"],
    ));
    assert_eq!(three.timed, [true; 3]);
}

#[test]
fn times_at_a_change_of_the_clocks_are_known() {
    let changes = |zone: &str, cells: &[&str]| {
        let options = ReadOptions {
            timezone: Some(zone.to_owned()),
            ..ReadOptions::default()
        };
        let dates = read(csv("Date", cells), &options).unwrap();
        (dates.clock_changes, dates.read)
    };
    let cells = ["2026-03-29 02:30", "2026-10-25 02:30", "2026-10-25 03:30"];
    let (seen, read) = changes("Europe/Berlin", &cells);
    assert_eq!(
        seen,
        [
            Some(ClockChange::Skipped),
            Some(ClockChange::Repeated),
            None
        ]
    );
    assert_eq!(
        read,
        [
            "2026-03-29 01:30:00",
            "2026-10-25 00:30:00",
            "2026-10-25 02:30:00"
        ]
    );
    let (seen, _) = changes(
        "America/New_York",
        &["2026-03-08 02:15", "2026-11-01 01:15"],
    );
    assert_eq!(
        seen,
        [Some(ClockChange::Skipped), Some(ClockChange::Repeated)]
    );
    // With an offset, or only a day, no clock decides.
    let (seen, _) = changes(
        "Europe/Berlin",
        &["2026-03-29 02:30+01:00", "2026-10-25T02:30:00Z"],
    );
    assert_eq!(seen, [None, None]);
    let (seen, _) = changes("Asia/Beirut", &["2026-03-29", "2026-03-30"]);
    assert_eq!(seen, [None, None]);
    // Samoa skipped a whole day.
    let (seen, read) = changes("Pacific/Apia", &["2011-12-30 12:00", "2011-12-31 13:00"]);
    assert_eq!(seen, [Some(ClockChange::Skipped), None]);
    assert_eq!(read[0], "2011-12-30 22:00:00");
}

#[test]
fn a_note_that_no_column_has_dates_is_true() {
    let notes = |file: &str| by_default(file).notes;
    let none = "no date column: the responses are undated";
    assert_eq!(notes("plan,nps\nPro,9\n"), none);
    assert_eq!(notes("ticket,nps\n1000000001,9\n1000000002,3\n"), none);
    assert_eq!(notes("amount,nps\n45293,9\n45294,3\n"), none);
    let joined = notes("joined,nps\n2025-01-01,9\n2025-02-03,3\n");
    assert!(!joined.contains("no date column"), "{joined}");
    for file in [
        "renewal,sent_at,nps\n2025-01-01,2025-03-04,9\n2025-02-03,2025-03-05,3\n",
        "birth date,renewal,nps\n1971-01-01,2025-05-01,9\n1982-02-03,2025-05-02,3\n",
    ] {
        let note = notes(file);
        assert!(note.contains("\"renewal\""), "{note}");
        assert!(note.contains("map(\"responded_at=renewal\")"), "{note}");
        let number = note.matches("\", \"").count();
        assert_eq!(number, 1, "both columns have dates: {note}");
    }
}
