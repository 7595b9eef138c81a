//! Months, quarters and weeks.

use voxql_exports::options::ReadOptions;

use super::{by_default, csv, formatted, question, read};

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
            dates.notes.contains("dated the first day of the month"),
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
            dates.notes.contains("dated the first day of the quarter"),
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
fn months_with_a_short_year_are_read_if_they_are_no_days() {
    for (header, cells) in [
        ("Month", ["Sep-25", "Oct-25", "Nov-25"]),
        ("Date", ["Sep-25", "Oct-25", "Nov-25"]),
        ("Monat", ["Sep 25", "Okt 25", "Nov 25"]),
        ("Mês", ["set/25", "out/25", "nov/25"]),
        ("mois", ["sept.-25", "oct.-25", "nov.-25"]),
        (
            "Survey month",
            ["September 25", "October 25", "November 25"],
        ),
    ] {
        let dates = by_default(csv(header, &cells));
        assert_eq!(
            dates.read,
            ["2025-09-01", "2025-10-01", "2025-11-01"],
            "{cells:?}"
        );
        assert!(
            dates.notes.contains("dated the first day of the month"),
            "{}",
            dates.notes
        );
    }
    let years = by_default(csv("Date", &["Dec-24", "Jan-25", "Dec-25", "Jan-26"]));
    assert_eq!(
        years.read,
        ["2024-12-01", "2025-01-01", "2025-12-01", "2026-01-01"]
    );
    let one_month = by_default(csv("Month", &["Sep-25", "Sep-25"]));
    assert_eq!(one_month.read, ["2025-09-01"; 2]);
    for (header, cells) in [
        ("Date", ["Sep-05", "Sep-12", "Oct-03"]),
        ("Date", ["Sep-22", "Sep-23", "Sep-24"]),
        ("Date", ["Sep-25", "Sep-25", "Sep-25"]),
        ("Month", ["Sep-01", "Sep-02", "Oct-03"]),
    ] {
        let file = csv(header, &cells);
        let asked = question(&file);
        assert!(asked.contains("may be a year or a day"), "{asked}");
        assert!(asked.contains("date_format(\"%b-%y\")"), "{asked}");
        let answered = read(&file, &formatted("%b-%y")).unwrap();
        assert!(
            answered.read.iter().all(|date| date.ends_with("-01")),
            "{:?}",
            answered.read
        );
    }
    let days = question(csv("Date", &["04-Sep", "05-Sep", "25-Oct"]));
    assert!(days.contains("not dates in a known format"), "{days}");
    // Names and numbers in other columns are no dates.
    let other = by_default("batch,nps\nMar-12,9\nMay-40,3\n");
    assert_eq!(other.notes, "no date column: the responses are undated");
}

#[test]
fn iso_weeks_are_their_mondays() {
    for (header, cells) in [
        ("Week", ["2025-W36", "2025-W37"]),
        ("week", ["W36 2025", "W37 2025"]),
        ("Kalenderwoche", ["KW 36/2025", "KW 37/2025"]),
        ("Semaine", ["Semaine 36 2025", "Semaine 37 2025"]),
        ("Date", ["2025W36", "2025W37"]),
    ] {
        let dates = by_default(csv(header, &cells));
        assert_eq!(dates.read, ["2025-09-01", "2025-09-08"], "{cells:?}");
        let note = "has ISO weeks: each response is dated the Monday of the week";
        assert!(dates.notes.contains(note), "{}", dates.notes);
        let given = read(csv(header, &cells), &formatted("%G-W%V")).unwrap();
        assert_eq!(given.read, dates.read);
    }
    // A week is better than its month, and a date than its week.
    let month = "Month,Week,nps\n2025-09,2025-W37,9\n2025-09,2025-W38,3\n";
    assert_eq!(by_default(month).read, ["2025-09-08", "2025-09-15"]);
    let date = "Week,Date,nps\n2025-W37,2025-09-10,9\n2025-W37,2025-09-11,3\n";
    assert_eq!(by_default(date).read, ["2025-09-10", "2025-09-11"]);
    let wave = by_default("wave,nps\nW1 2025,9\nW2 2025,3\n");
    assert_eq!(wave.notes, "no date column: the responses are undated");
}

#[test]
fn parts_of_dates_in_several_columns_are_joined() {
    for (file, dates, note) in [
        (
            "Year,Month,nps\n2025,September,9\n2025,October,3\n",
            ["2025-09-01", "2025-10-01"],
            "\"Year\", \"Month\": each response is dated the first day of the month",
        ),
        (
            "Jahr,Monat,Tag,nps\n2025,9,4,9\n2025,9,26,3\n",
            ["2025-09-04", "2025-09-26"],
            "\"Jahr\", \"Monat\", \"Tag\"",
        ),
        (
            "Week,Year,nps\n36,2025,9\n37,2025,3\n",
            ["2025-09-01", "2025-09-08"],
            "\"Year\", \"Week\": each response is dated the Monday of the week",
        ),
        (
            "año,trimestre,nps\n2025,3,9\n2025,Q4,3\n",
            ["2025-07-01", "2025-10-01"],
            "\"año\", \"trimestre\": each response is dated the first day of the quarter",
        ),
        (
            "nps,Survey day,Survey month,Survey year,Time\n9,4,9,2025,10:31\n3,26,Oct,2025,18:05\n",
            ["2025-09-04 10:31:00", "2025-10-26 18:05:00"],
            "\"Survey year\", \"Survey month\", \"Survey day\"",
        ),
        (
            "年,月,日,NPS\n2025,9,4,9\n2025,12,26,3\n",
            ["2025-09-04", "2025-12-26"],
            "\"年\", \"月\", \"日\"",
        ),
    ] {
        let found = by_default(file);
        assert_eq!(found.read, dates, "{file}");
        assert_eq!(found.notes, format!("the date is joined of columns {note}"));
    }
    // A day of the week is none of the month, a date of its own comes first, and so does an option.
    let rows: String = (0..24)
        .map(|row| format!("2025,9,{},9\n", row % 7 + 1))
        .collect();
    let weekdays = by_default(format!("Year,Month,Day,nps\n{rows}"));
    assert_eq!(weekdays.read[5], "2025-09-01");
    let whole = by_default("Date,Year,Month,nps\n2025-09-04,2025,9,9\n2025-10-05,2025,10,3\n");
    assert_eq!(
        (whole.read[0].as_str(), whole.notes.as_str()),
        ("2025-09-04", "")
    );
    let ignored = ReadOptions {
        map: vec![("responded_at".to_owned(), String::new())],
        ..ReadOptions::default()
    };
    let undated = read("Year,Month,nps\n2025,9,9\n2025,10,3\n", &ignored).unwrap();
    assert!(undated.read.is_empty(), "{undated:?}");
    let twice = by_default("Year,Month,Month number,nps\n2025,9,9,9\n2025,10,10,3\n").notes;
    let parts = "undated: \"Year\", \"Month\", \"Month number\" have parts of dates";
    assert!(twice.contains(parts), "{twice}");
    let year = by_default("Year,nps\n2025,9\n2024,3\n");
    assert_eq!(year.notes, "no date column: the responses are undated");
}
