//! Times of day that say nothing, or that the clocks skip or show twice.

use voxql_exports::dates::ClockChange;
use voxql_exports::options::ReadOptions;

use super::{by_default, csv, read};

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
    // Midnight in Berlin, written in UTC.
    let midnights = by_default(csv(
        "Date",
        &[
            "2025-09-15T22:00:00Z",
            "2025-09-16T22:00:00Z",
            "2025-11-03T23:00:00Z",
            "2025-11-04T23:00:00Z",
            "2025-11-05T23:00:00Z",
        ],
    ));
    assert_eq!(midnights.timed, [false; 5]);
    // The time of day in a column of its own.
    let file = "date,time,nps\n2025-09-15,12:00,9\n2025-09-16,12:00,9\n2025-09-17,12:00,3\n";
    assert_eq!(by_default(file).timed, [false; 3]);
    let varied = file.replace("16,12:00", "16,12:01");
    assert_eq!(by_default(varied).timed, [true; 3]);
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
fn halves_of_the_day_come_before_or_after_the_time() {
    for (header, [first, second]) in [
        (
            "タイムスタンプ",
            [
                "2025/09/10 1:05:09 午前 GMT+9",
                "2025/09/11 2:05:09 午後 GMT+9",
            ],
        ),
        (
            "타임스탬프",
            [
                "2025/09/10 1:05:09 오전 GMT+9",
                "2025/09/11 2:05:09 오후 GMT+9",
            ],
        ),
        (
            "타임스탬프",
            [
                "2025. 9. 10 오전 1:05:09 GMT+9",
                "2025. 9. 11 오후 2:05:09 GMT+9",
            ],
        ),
        (
            "时间戳记",
            [
                "2025/09/10 1:05:09 上午 GMT+9",
                "2025/09/11 2:05:09 下午 GMT+9",
            ],
        ),
        (
            "時間戳記",
            [
                "2025/09/10 上午 1:05:09 GMT+9",
                "2025/09/11 下午 2:05:09 GMT+9",
            ],
        ),
        (
            "日時",
            [
                "2025年9月10日 午前1時5分9秒 GMT+9",
                "2025年9月11日 午後2時5分9秒 GMT+9",
            ],
        ),
        (
            "Zaman damgası",
            ["2025.09.10 ÖÖ 1:05:09 GMT+9", "2025.09.11 ÖS 2:05:09 GMT+9"],
        ),
        (
            "Dấu thời gian",
            ["2025-09-10 1:05:09 SA GMT+9", "2025-09-11 2:05:09 CH GMT+9"],
        ),
    ] {
        let dates = by_default(csv(header, &[first, second]));
        assert_eq!(
            dates.read,
            ["2025-09-09 16:05:09", "2025-09-11 05:05:09"],
            "{header}"
        );
    }
}
