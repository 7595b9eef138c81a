//! Names of time zones in cells.

use voxql_exports::options::ReadOptions;

use super::{answers, by_default, csv, in_zone, question, read};

#[test]
fn names_that_mean_one_zone_are_offsets() {
    for (first, second, expected) in [
        (
            "2026-01-05 10:00 CET",
            "2026-07-05 10:00 CEST",
            ["09", "08"],
        ),
        (
            "2026-01-05 10:00 MEZ",
            "2026-07-05 10:00 MESZ",
            ["09", "08"],
        ),
        ("2026-01-05 10:00 EST", "2026-07-05 10:00 EDT", ["15", "14"]),
        ("2026-07-05 10:00 PDT", "2026-01-05 10:00 PST", ["17", "18"]),
        ("2026-07-05 10:00 PDT", "2026-07-06 10:00 UTC", ["17", "10"]),
        ("2026-07-05 10:00 PDT", "2026-07-06 10:00 EDT", ["17", "14"]),
        ("2026-01-05 10:00 JST", "2026-07-05 10:00 JST", ["01", "01"]),
        ("2026-01-05 10:00 MSK", "2026-07-05 10:00 MSK", ["07", "07"]),
        (
            "2026-01-05 10:00 AEDT",
            "2026-07-05 10:00 AEST",
            ["23", "00"],
        ),
        (
            "Jan 05; 2026 10:00 AM CST",
            "Jul 05; 2026 10:00 AM CDT",
            ["16", "15"],
        ),
        (
            "13/01/2026 10:00 CET",
            "13/07/2026 10:00 (CEST)",
            ["09", "08"],
        ),
    ] {
        let dates = by_default(csv("Date", &[first, second]));
        let hours: Vec<&str> = dates
            .read
            .iter()
            .map(|date| date.get(11..13).unwrap_or("00"))
            .collect();
        assert_eq!(hours, expected, "{first}");
    }
    // The clocks show this time twice, and the name says which it is.
    let twice = by_default(csv(
        "Date",
        &["2026-11-01 01:30 EDT", "2026-11-01 01:30 EST"],
    ));
    assert_eq!(twice.read, ["2026-11-01 05:30:00", "2026-11-01 06:30:00"]);
    assert_eq!(twice.clock_changes, [None, None]);
    // Times that name none are in the zone of the lake.
    let lake = ReadOptions {
        default_timezone: Some("Asia/Tokyo".to_owned()),
        ..ReadOptions::default()
    };
    let some = read(
        csv("Date", &["2026-07-05 10:00", "2026-07-05 10:00 CEST"]),
        &lake,
    );
    assert_eq!(
        some.unwrap().read,
        ["2026-07-05 01:00:00", "2026-07-05 08:00:00"]
    );
}

#[test]
fn other_names_are_a_question_with_the_zone_that_they_mean() {
    for (cell, zone, fixed) in [
        ("2026-01-05 10:00 EST", "America/New_York", None),
        ("2026-01-05 10:00 PST", "America/Los_Angeles", None),
        ("2026-07-05 10:00 BST", "Europe/London", None),
        ("2026-07-05 10:00 PT", "America/Los_Angeles", None),
        ("2026-07-05 10:00 CET", "Europe/Berlin", Some("Etc/GMT-1")),
        (
            "2026-07-05 10:00 EST",
            "America/New_York",
            Some("Etc/GMT+5"),
        ),
        ("2026-07-05 10:00 MST", "America/Denver", Some("Etc/GMT+7")),
    ] {
        let file = csv("Date", &[cell, cell]);
        let mut expected = vec![format!("timezone(\"{zone}\")")];
        expected.extend(fixed.map(|fixed| format!("timezone(\"{fixed}\")")));
        expected.push("map(\"responded_at=\")".to_owned());
        assert_eq!(answers(&file), expected, "{cell}");
        let asked = question(&file);
        assert!(asked.contains(&expected[0]), "{asked}");
        for answer in [Some(zone), fixed].into_iter().flatten() {
            assert_eq!(
                read(&file, &in_zone(answer)).unwrap().read.len(),
                2,
                "{cell}"
            );
        }
    }
    let cet = csv("Date", &["2026-07-05 10:00 CET"]);
    let berlin = read(&cet, &in_zone("Europe/Berlin")).unwrap();
    assert_eq!(berlin.read, ["2026-07-05 08:00:00"]);
    let fixed = read(&cet, &in_zone("Etc/GMT-1")).unwrap();
    assert_eq!(fixed.read, ["2026-07-05 09:00:00"]);
    for cell in [
        "2026-07-05 10:00 IST",
        "2026-01-05 10:00 CST",
        "2026-01-05 10:00 XYZ",
    ] {
        let asked = question(csv("Date", &[cell]));
        assert!(asked.contains("does not name one time zone"), "{asked}");
        assert!(!asked.contains('/'), "{asked}");
    }
    let mixed = question(csv(
        "Date",
        &["2026-01-05 10:00 EST", "2026-01-05 10:00 PST"],
    ));
    assert!(mixed.contains("mixes time zones (EST, PST)"), "{mixed}");
}

#[test]
fn a_given_zone_must_not_contradict_the_names() {
    for (cell, zone, hint) in [
        (
            "2026-07-05 10:00 JST",
            "America/New_York",
            "remove timezone",
        ),
        (
            "2026-07-05 10:00 CET",
            "America/New_York",
            "set timezone(\"Europe/Berlin\")",
        ),
        (
            "2026-01-05 10:00 EST",
            "Europe/Berlin",
            "set timezone(\"America/New_York\")",
        ),
        ("2026-01-05 10:00 IST", "Asia/Tokyo", "set another timezone"),
    ] {
        let error = read(csv("Date", &[cell]), &in_zone(zone)).unwrap_err();
        let hint_given = error.hint().unwrap().to_string();
        assert!(hint_given.contains(hint), "{hint_given}");
        let message = error.to_string();
        assert!(
            message.contains(&format!("which {zone} does not use")),
            "{message}"
        );
    }
    for (cell, zone, expected) in [
        (
            "2026-07-05 10:00 IST",
            "Asia/Kolkata",
            "2026-07-05 04:30:00",
        ),
        (
            "2026-07-05 10:00 AST",
            "America/Halifax",
            "2026-07-05 13:00:00",
        ),
        ("2026-07-05 10:00 JST", "Asia/Tokyo", "2026-07-05 01:00:00"),
        (
            "2026-01-05 10:00 CST",
            "Asia/Shanghai",
            "2026-01-05 02:00:00",
        ),
        ("2026-01-05 10:00 XYZ", "Asia/Tokyo", "2026-01-05 01:00:00"),
    ] {
        let dates = read(csv("Date", &[cell]), &in_zone(zone)).unwrap();
        assert_eq!(dates.read, [expected], "{cell}");
    }
}
