//! Dates of which a spreadsheet swapped day and month.

use voxql_exports::options::{ReadOptions, SwappedDates};

use super::{by_default, csv, formatted, question, read, swapped, workbook};

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
    assert!(
        fixed
            .notes
            .contains("no dates whose day and month a spreadsheet swapped"),
        "{}",
        fixed.notes
    );
    // A workbook without texts has nothing to decide by, but can be swapped.
    let typed = workbook(&["2024-01-02", "2024-03-02"]);
    assert_eq!(by_default(&typed).read, ["2024-01-02", "2024-03-02"]);
    let fixed = read(&typed, &swapped(SwappedDates::Fix)).unwrap();
    assert_eq!(fixed.read, ["2024-02-01", "2024-02-03"]);
}
