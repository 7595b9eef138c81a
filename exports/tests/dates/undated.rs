//! Placeholders for dates, dates out of range, and files without dates.

use voxql_exports::options::ReadOptions;

use super::{answers, by_default, csv, formatted, question, read};

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
            dates.notes.contains("in place of every date"),
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

#[test]
fn days_that_stand_in_for_a_date_are_undated_among_dates() {
    for (day, cell) in [
        ("0001-01-01", "0001-01-01 00:00:00"),
        ("0001-01-01", "01/01/0001 00:00:00"),
        ("0001-01-01", "1.1.0001 0:00"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("1753-01-01", "1753-01-01"),
        ("1899-12-30", "12/30/1899"),
        ("1899-12-30", "30.12.1899 00:00"),
        ("1900-01-01", "1/1/1900 12:00:00 AM"),
        ("9999-12-31", "9999-12-31T23:59:59.9999999"),
        ("9999-12-31", "31/12/9999"),
    ] {
        let dates = by_default(csv("Responded", &[cell, "2026-03-15 10:00", cell, cell]));
        assert_eq!(
            dates.read,
            ["none", "2026-03-15 10:00:00", "none", "none"],
            "{cell}"
        );
        let note = format!("has {day} in place of some dates: these responses are undated");
        assert!(dates.notes.contains(&note), "{}", dates.notes);
    }
    // The order of the others is for them to decide.
    let ordered = by_default(csv("Date", &["12/31/9999", "13/02/2026"]));
    assert_eq!(ordered.read, ["none", "2026-02-13"]);
    let given = read(
        csv("Date", &["01/01/1900", "01/02/2026"]),
        &formatted("%m/%d/%Y"),
    );
    assert_eq!(given.unwrap().read, ["none", "2026-01-02"]);
    let sent = by_default(
        "sent_at,date,nps\n0001-01-01,2026-03-15,9\n2026-03-01,2026-03-16,3\n\
         2026-03-01,2026-03-16,3\n2026-03-02,2026-03-16,3\n",
    );
    assert!(
        sent.notes
            .contains("in place of some dates: it is not imported as sent_at"),
        "{}",
        sent.notes
    );
}

#[test]
fn a_question_about_a_format_shows_a_cell_that_is_not_read() {
    for cells in [
        ["2026-03-01", "2026-03-02", "soon", "2026-03-03"],
        ["0001-01-01", "2026-03-02", "soon", "2026-03-03"],
        ["1869-01-01", "2026-03-02", "soon", "2026-03-03"],
    ] {
        let asked = question(csv("Date", &cells));
        assert!(
            asked.contains("known format (for example \"soon\")"),
            "{asked}"
        );
    }
}

#[test]
fn the_envelope_of_a_record_gives_its_date_no_other_meaning() {
    let elastic = |date: &str| {
        let hit = |day: u32| {
            format!(
                "{{\"_id\":\"r{day}\",\"_source\":{{\"nps_score\":9,\"{date}\":\"2026-03-{day}T10:00:00Z\"}}}}"
            )
        };
        let hits: Vec<String> = (11..15).map(hit).collect();
        format!("{{\"took\":3,\"hits\":{{\"hits\":[{}]}}}}", hits.join(","))
    };
    for date in ["@timestamp", "date", "created_at"] {
        let dates = by_default(elastic(date));
        assert_eq!(dates.read.len(), 4, "{date}: {}", dates.notes);
    }
    let other = by_default(elastic("birth_date"));
    assert!(
        other.notes.contains("the responses are undated"),
        "{}",
        other.notes
    );
}

#[test]
fn days_without_separators_whose_year_is_last_are_asked_about_with_their_format() {
    let unmap = "map(\"responded_at=\")";
    let [day_first, month_first] = ["date_format(\"%d%m%Y\")", "date_format(\"%m%d%Y\")"];
    for (cells, expected) in [
        (
            ["04092025", "13092025", "30122025"],
            &[day_first, unmap][..],
        ),
        (["4092025", "13092025", "30122025"], &[day_first, unmap]),
        (["09042025", "09132025", "12302025"], &[month_first, unmap]),
        (
            ["9042025", "9112025", "12102025"],
            &[day_first, month_first, unmap],
        ),
        (["4092025", "1309202", "99999999"], &[unmap]),
    ] {
        assert_eq!(answers(csv("Fecha", &cells)), expected, "{cells:?}");
    }
    let file = csv("Fecha", &["4092025", "13092025", "30122025"]);
    let dates = read(&file, &formatted("%d%m%Y")).unwrap();
    assert_eq!(dates.read, ["2025-09-04", "2025-09-13", "2025-12-30"]);
    // Such numbers elsewhere are no dates.
    let ids = by_default("ticket,nps\n04092025,9\n13092025,3\n");
    assert_eq!(ids.notes, "no date column: the responses are undated");
}
