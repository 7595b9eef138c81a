//! Dates of imports: the answers to questions about them, and notes in the summary.

use std::path::Path;

use voxql::{Field, ImportSummary, IngestOptions, SwappedDates};

use super::common::{Workspace, assert_counts_add_up, value};

const MONTHS: &str = "SELECT string_agg(month || ':' || n, ' ' ORDER BY month) FROM (SELECT month, count(*) AS n \
     FROM responses GROUP BY month)";

/// The months of the responses with their numbers, and the summary.
async fn import(file: &Path, options: &IngestOptions) -> (String, ImportSummary) {
    let workspace = Workspace::new();
    let lake = workspace.lake();
    let summary = lake.ingest(file, options).await.expect("an import");
    assert_counts_add_up(&summary);
    (value(&lake, MONTHS).await, summary)
}

async fn import_text(text: &str, options: &IngestOptions) -> (String, ImportSummary) {
    let workspace = Workspace::new();
    import(&workspace.write("file.csv", text), options).await
}

fn notes(summary: &ImportSummary) -> String {
    let notes: Vec<String> = summary.notes.iter().map(ToString::to_string).collect();
    notes.join("; ")
}

#[tokio::test]
async fn swapped_dates_are_fixed_kept_or_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imports");
    let file = folder.join("mixed_excel_dates.xlsx");
    let options = IngestOptions::default;
    let fix = options().swapped_dates(SwappedDates::Fix);
    for options in [fix.clone(), fix.date_format("%d/%m/%Y")] {
        let (months, summary) = import(&file, &options).await;
        assert_eq!(months, "2024-02:28");
        assert!(
            notes(&summary).contains("swapped day and month"),
            "{}",
            notes(&summary)
        );
    }
    let (months, _) = import(&file, &options().swapped_dates(SwappedDates::Keep)).await;
    assert!(
        months.starts_with("2024-01:1 2024-02:17 2024-03:1 "),
        "{months}"
    );
    let (months, summary) = import(&file, &options().without(Field::RespondedAt)).await;
    assert_eq!(months, "undated:28");
    assert!(
        notes(&summary).contains("the dates are left out, as set"),
        "{}",
        notes(&summary)
    );
}

#[tokio::test]
async fn months_are_dated_with_a_note() {
    for file in ["ym.csv", "ym2.csv"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imports");
        let (months, summary) = import(&folder.join(file), &IngestOptions::default()).await;
        assert_eq!(months, "2021-04:1 2021-05:1 2021-06:1");
        assert!(
            notes(&summary).contains("first day of the month"),
            "{}",
            notes(&summary)
        );
    }
}

#[tokio::test]
async fn placeholders_are_undated_with_a_note() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imports");
    let file = folder.join("lime_anonymised.csv");
    let (months, summary) = import(&file, &IngestOptions::default()).await;
    assert_eq!(months, "undated:4");
    assert_eq!(summary.not_a_response, 1);
    let notes = notes(&summary);
    assert!(
        notes.contains("has 1980-01-01 in place of every date"),
        "{notes}"
    );
    assert!(!notes.contains("no date column"), "{notes}");
}

#[tokio::test]
async fn a_date_out_of_range_is_rejected_as_such() {
    let mut text = "date,nps\n1969-12-31,9\n1989-12-31,9\n".to_owned();
    text.push_str(&"2026-03-01,9\n".repeat(9));
    let (_, summary) = import_text(&text, &IngestOptions::default()).await;
    assert_eq!((summary.new, summary.rejected), (10, 1));
    assert_eq!(
        summary.first_reject_reasons,
        ["line 2: responded_at \"1969-12-31\" is outside 1970 to 2100"]
    );
}

#[tokio::test]
async fn times_at_a_change_of_the_clocks_are_counted() {
    let berlin = IngestOptions::default().timezone("Europe/Berlin");
    let text = "responded_at,sent_at,nps\n2026-03-29 02:30,2026-03-29 02:10,9\n\
                2026-10-25 02:40,2026-10-25 01:20,9\n2026-10-26 02:50,2026-10-24 01:30,9\n";
    let (_, summary) = import_text(text, &berlin).await;
    let notes = notes(&summary);
    assert!(
        notes.contains("skip in spring: 2; read as an hour later"),
        "{notes}"
    );
    assert!(
        notes.contains("show twice in autumn: 1; read as the first of the two"),
        "{notes}"
    );
    let (_, summary) = import_text(text, &IngestOptions::default()).await;
    let notes = super::dates::notes(&summary);
    assert!(
        !notes.contains("spring") && !notes.contains("autumn"),
        "{notes}"
    );
}
