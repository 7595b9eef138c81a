//! An export of every tool in its own layout, made by us with invented people: what is recognised,
//! and what the lake holds after.

use std::path::{Path, PathBuf};

use voxql::{Field, ImportSummary, IngestOptions};

use super::common::{Workspace, assert_counts_add_up, shared_data, value};

/// The expected result of importing a file.
struct Expected {
    file: &'static str,
    profile: &'static str,
    nps: f64,
    n: u64,
    new: u64,
    not_a_response: u64,
    rejected: u64,
    months: &'static str,
    comment: &'static str,
}

const LAYOUTS: [Expected; 32] = [
    layout(
        "alchemer.csv",
        "alchemer",
        25.0,
        4,
        [4, 2, 0],
        "2025-12|2026-01",
        "Friendly, and quick",
    ),
    layout(
        "appcues.json",
        "appcues",
        100.0 / 3.0,
        3,
        [3, 4, 0],
        "2026-01|2026-02|2026-05",
        "Love it",
    ),
    layout(
        "asknicely.csv",
        "asknicely",
        0.0,
        2,
        [4, 1, 0],
        "2026-01|2026-02",
        "Slow",
    ),
    layout(
        "customergauge.csv",
        "customergauge",
        100.0 / 3.0,
        3,
        [3, 1, 0],
        "2026-01|2026-02",
        "Gern; immer wieder",
    ),
    layout(
        "delighted.csv",
        "delighted",
        0.0,
        2,
        [3, 0, 0],
        "2026-01|2026-02",
        "Great",
    ),
    layout(
        "delighted.json",
        "delighted",
        0.0,
        3,
        [5, 0, 0],
        "2026-01|2026-02",
        "fine",
    ),
    layout(
        "formbricks.csv",
        "formbricks",
        0.0,
        2,
        [3, 1, 0],
        "2025-01|2025-02",
        "too slow",
    ),
    layout(
        "google_forms.csv",
        "google_forms",
        100.0 / 3.0,
        3,
        [3, 0, 0],
        "2022-06",
        "The teachers",
    ),
    layout(
        "hubspot.csv",
        "hubspot",
        0.0,
        3,
        [5, 0, 0],
        "2026-01|2026-02",
        "Solved",
    ),
    layout(
        "jotform.csv",
        "jotform",
        25.0,
        4,
        [4, 0, 0],
        "2026-02|2026-03",
        "Slow, slow, slow",
    ),
    layout(
        "kobotoolbox.csv",
        "kobotoolbox",
        100.0 / 3.0,
        3,
        [3, 1, 0],
        "2026-01|2026-02",
        "Clear; simple",
    ),
    layout(
        "limesurvey.csv",
        "limesurvey",
        25.0,
        4,
        [4, 1, 0],
        "2026-03|2026-04",
        "The wait, mostly",
    ),
    layout(
        "limesurvey_codes.csv",
        "limesurvey",
        25.0,
        4,
        [4, 1, 0],
        "2026-03|2026-04",
        "The wait, mostly",
    ),
    layout(
        "long.csv",
        "long",
        100.0,
        4,
        [4, 0, 1],
        "2026-01|2026-02",
        "Fine, thanks",
    ),
    layout(
        "microsoft_forms.csv",
        "microsoft_forms",
        25.0,
        4,
        [4, 0, 0],
        "2026-06|2026-07",
        "Prices, prices",
    ),
    layout(
        "pendo.json",
        "pendo",
        25.0,
        4,
        [4, 0, 0],
        "2026-01|2026-02",
        "No export",
    ),
    layout(
        "posthog.csv",
        "posthog",
        100.0 / 6.0,
        6,
        [6, 3, 0],
        "2026-01|2026-02",
        "Fast and friendly",
    ),
    layout(
        "qualtrics.csv",
        "qualtrics",
        25.0,
        4,
        [5, 2, 0],
        "2026-02",
        "Gut, aber teuer",
    ),
    layout(
        "qualtrics_legacy.csv",
        "qualtrics",
        100.0 / 3.0,
        3,
        [3, 2, 0],
        "2017-07|2017-08",
        "Hello World!",
    ),
    layout(
        "questionpro.csv",
        "questionpro",
        100.0 / 3.0,
        3,
        [3, 2, 0],
        "2026-02|2026-03",
        "It broke, twice",
    ),
    layout(
        "refiner.json",
        "refiner",
        25.0,
        4,
        [4, 0, 0],
        "2026-01|2026-02",
        "Helpful",
    ),
    layout(
        "retently.csv",
        "retently",
        100.0 / 3.0,
        3,
        [4, 1, 0],
        "2026-01|2026-02",
        "Helpful",
    ),
    layout(
        "satismeter.json",
        "satismeter",
        25.0,
        4,
        [4, 1, 0],
        "2026-01|2026-02",
        "Nice",
    ),
    layout(
        "simplesat.json",
        "simplesat",
        100.0 / 3.0,
        3,
        [5, 1, 0],
        "2026-01|2026-02",
        "Great people",
    ),
    layout(
        "surveymonkey.csv",
        "surveymonkey",
        0.0,
        5,
        [6, 0, 0],
        "2026-03|2026-04",
        "Nothing, really",
    ),
    layout(
        "survicate.csv",
        "survicate",
        25.0,
        4,
        [4, 0, 0],
        "2026-01|2026-02",
        "Call back, please",
    ),
    layout(
        "survicate_one_row.csv",
        "survicate",
        0.0,
        3,
        [3, 0, 0],
        "2026-01|2026-02",
        "Nobody answered",
    ),
    layout(
        "tally.csv",
        "tally",
        100.0 / 3.0,
        3,
        [3, 0, 0],
        "2026-08|2026-09",
        "Missing dark mode, still",
    ),
    layout(
        "typeform.csv",
        "typeform",
        0.0,
        3,
        [3, 1, 0],
        "2026-01",
        "Slow, and dear",
    ),
    layout(
        "wootric.json",
        "wootric",
        25.0,
        4,
        [4, 2, 0],
        "2026-01|2026-02",
        "Love it",
    ),
    layout(
        "zendesk.csv",
        "zendesk",
        25.0,
        4,
        [4, 1, 0],
        "2026-02",
        "Great",
    ),
    layout(
        "zoho_survey.csv",
        "zoho_survey",
        25.0,
        4,
        [4, 1, 0],
        "2026-04|2026-05",
        "Mucho peso en los trabajos grupales",
    ),
];

const fn layout(
    file: &'static str,
    profile: &'static str,
    nps: f64,
    n: u64,
    [new, not_a_response, rejected]: [u64; 3],
    months: &'static str,
    comment: &'static str,
) -> Expected {
    Expected {
        file,
        profile,
        nps,
        n,
        new,
        not_a_response,
        rejected,
        months,
        comment,
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/layouts")
        .join(name)
}

/// The fixture's text, in the workspace under its own name.
fn copy(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.write(name, std::fs::read(fixture(name)).expect("a fixture"))
}

fn check(expected: &Expected, summary: &ImportSummary) {
    let Expected { file, .. } = expected;
    assert_eq!(summary.source, expected.profile, "{file}");
    let counts = [summary.new, summary.not_a_response, summary.rejected];
    let expected_counts = [expected.new, expected.not_a_response, expected.rejected];
    assert_eq!(counts, expected_counts, "{file}: {summary}");
    assert_counts_add_up(summary);
    let figure = summary.nps.expect("scores");
    assert!(
        (figure.nps - expected.nps).abs() < 1e-9,
        "{file}: {summary}"
    );
    assert_eq!(figure.responses, expected.n, "{file}: {summary}");
}

#[tokio::test]
async fn every_layout_is_read() {
    for expected in &LAYOUTS {
        let Expected { file, .. } = expected;
        let workspace = Workspace::new();
        let path = copy(&workspace, file);
        let summary = workspace
            .lake()
            .ingest(&path, &IngestOptions::default())
            .await
            .unwrap_or_else(|error| panic!("{file}: {error} {:?}", error.hint()));
        check(expected, &summary);
        let lake = workspace.lake();
        let months = "SELECT string_agg(month, '|' ORDER BY month) \
                      FROM (SELECT DISTINCT month FROM responses)";
        assert_eq!(value(&lake, months).await, expected.months, "{file}");
        let comments = format!(
            "SELECT count(*) FROM responses WHERE comment = '{}'",
            expected.comment
        );
        assert_eq!(value(&lake, &comments).await, "1", "{file}: {summary}");
        // The same again, and one that overlaps with it: nothing new.
        let again = std::fs::read(&path).expect("the file");
        let again = workspace.write("again.csv", [again.as_slice(), b"\n\n"].concat());
        let summary = workspace.ingest(&again).await;
        assert_eq!(summary.new, 0, "{file}: {summary}");
        assert_eq!(summary.duplicate, expected.new, "{file}: {summary}");
    }
}

#[tokio::test]
async fn metrics_and_scales_are_those_of_the_tool() {
    for (file, expected) in [
        ("asknicely.csv", "csat 5.0/5.0|stars 4.0/5.0"),
        ("delighted.json", "csat 5.0/5.0|thumbs 1.0/1.0"),
        ("hubspot.csv", "ces 7.0/7.0|csat 2.0/"),
        ("retently.csv", "csat 5.0/5.0"),
        ("simplesat.json", "csat 3.0/|stars 4.0/5.0"),
    ] {
        let workspace = Workspace::new();
        workspace.ingest(&copy(&workspace, file)).await;
        let sql = "SELECT string_agg(concat(metric, ' ', rating, '/', rating_max), '|' ORDER BY metric) \
                   FROM responses WHERE rating IS NOT NULL";
        assert_eq!(value(&workspace.lake(), sql).await, expected, "{file}");
    }
}

/// Columns in another order, further ones, a semicolon between them, a title above.
#[tokio::test]
async fn layouts_vary() {
    for expected in LAYOUTS
        .iter()
        .filter(|layout| layout.file.ends_with(".csv"))
    {
        let Expected { file, .. } = expected;
        // What a form puts first tells it from other files; a question is above the first of its
        // parts.
        let reorder = !["google_forms", "questionpro", "surveymonkey", "survicate"]
            .iter()
            .any(|fixed| file.starts_with(fixed));
        let bytes = std::fs::read(fixture(file)).expect("a fixture");
        let text = String::from_utf8(bytes).expect("text");
        let text = text.trim_start_matches('\u{feff}');
        let delimiter = if text.lines().next().is_some_and(|line| line.contains(';')) {
            b';'
        } else {
            b','
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b';')
            .flexible(true)
            .from_writer(Vec::new());
        for (row, record) in reader.records().enumerate() {
            let mut cells: Vec<String> = record.expect("a row").iter().map(str::to_owned).collect();
            if reorder {
                cells.reverse();
            }
            cells.push(if row == 0 { "Something else" } else { "" }.to_owned());
            writer.write_record(cells).expect("memory");
        }
        let workspace = Workspace::new();
        let varied = workspace.write("varied.csv", writer.into_inner().expect("memory"));
        let summary = workspace
            .lake()
            .ingest(&varied, &IngestOptions::default())
            .await
            .unwrap_or_else(|error| panic!("{file}: {error} {:?}", error.hint()));
        check(expected, &summary);
    }
}

#[tokio::test]
async fn what_an_older_formbricks_wrote_is_asked_about() {
    let workspace = Workspace::new();
    let file = copy(&workspace, "formbricks_2024.csv");
    let lake = workspace.lake();
    let error = lake
        .ingest(&file, &IngestOptions::default())
        .await
        .expect_err("an empty score may be a 0");
    assert!(error.is_question(), "{error}");
    for (profile, nps) in [("formbricks", 100.0), ("formbricks_zeros", 0.0)] {
        let hint = error.hint().expect("a hint");
        assert!(hint.contains(&format!(" {profile} if ")), "{hint}");
        let mut options = IngestOptions::default();
        options.profile = Some(profile.to_owned());
        options.dry_run = true;
        let summary = lake.ingest(&file, &options).await.expect("it is answered");
        assert_eq!(summary.nps.expect("scores").nps, nps);
    }
}

#[tokio::test]
async fn rejected_rows_are_read_by_the_same_profile() {
    for (file, right, wrong) in [
        ("qualtrics.csv", ",2,8,", ",2,eight,"),
        ("surveymonkey.csv", ",10,\"Nothing", ",ten,\"Nothing"),
        ("posthog.csv", "sub-2,3,", "sub-2,three,"),
        // This one has a wrong row of its own.
        ("long.csv", ",eleven", ",eleven"),
        ("delighted.json", "\"score\": 9", "\"score\": 90"),
    ] {
        let expected = LAYOUTS
            .iter()
            .find(|layout| layout.file == file)
            .expect("a layout");
        let workspace = Workspace::new();
        let text = std::fs::read_to_string(fixture(file)).expect("a fixture");
        assert!(text.contains(right), "{file}");
        let path = workspace.write(file, text.replace(right, wrong));
        let summary = workspace.ingest(&path).await;
        assert_eq!(summary.rejected, 1, "{file}: {summary}");
        let stem = file.split('.').next().expect("a name");
        let rejects = workspace.path().join(format!("{stem}.rejects.csv"));
        let corrected = std::fs::read_to_string(rejects)
            .expect("a rejects file")
            .replace("eight,", "8,")
            .replace("ten,", "10,")
            .replace("three,", "3,")
            .replace("eleven,", "9,")
            .replace(",90,", ",9,");
        let corrected = workspace.write("corrected.csv", corrected);
        let summary = workspace.ingest(&corrected).await;
        assert_eq!(summary.source, expected.profile, "{file}");
        assert_eq!((summary.new, summary.rejected), (1, 0), "{file}: {summary}");
        let all = value(&workspace.lake(), "SELECT count(*) FROM responses").await;
        assert_eq!(
            all,
            (expected.new + expected.rejected).to_string(),
            "{file}"
        );
    }
}

#[tokio::test]
async fn real_files_of_qualtrics_raise_a_question() {
    for name in ["qualtrics_sample.csv", "qualtrics_sample_legacy.csv"] {
        let Some(file) = shared_data(&format!("surveys/{name}")) else {
            continue;
        };
        let workspace = Workspace::new();
        let question = workspace
            .lake()
            .ingest(&file, &IngestOptions::default())
            .await
            .expect_err("the survey has no NPS question");
        assert!(question.is_question(), "{question}");
        let mut options = IngestOptions::default();
        options.map = vec![(
            Field::Score,
            Some("This is a multiple choice question.".to_owned()),
        )];
        let summary = workspace
            .lake()
            .ingest(&file, &options)
            .await
            .expect("it is answered");
        assert_eq!(summary.source, "qualtrics");
        assert_eq!(summary.new, 1, "{summary}");
    }
}

#[tokio::test]
async fn header_rows_are_found_or_said() {
    for (content, rows, new) in [
        (
            "Report generated on 2026-03-01\nSurvey,NPS\n\nid,date,score\n1,2026-03-01,9\n2,2026-03-02,8\n3,2026-03-02,8\n",
            None,
            3,
        ),
        (
            "id,date,score\nNr.,Datum,Note\n1,2026-03-01,9\n2,2026-03-02,8\n",
            None,
            2,
        ),
        ("1,2026-03-01,9\n2,2026-03-02,8\n", Some(0), 2),
        (
            "anything\nid,date,score\nNr.,Datum,Note\n1,2026-03-01,9\n",
            Some(3),
            1,
        ),
    ] {
        let workspace = Workspace::new();
        let file = workspace.write("export.csv", content);
        let mut options = IngestOptions::default();
        options.header_rows = rows;
        if rows == Some(0) {
            options.map = vec![(Field::Score, Some("column 3".to_owned()))];
        }
        let summary = workspace
            .lake()
            .ingest(&file, &options)
            .await
            .unwrap_or_else(|error| panic!("{content}: {error} {:?}", error.hint()));
        assert_eq!(
            (summary.new, summary.rejected),
            (new, 0),
            "{content}: {summary}"
        );
    }
    let workspace = Workspace::new();
    let file = workspace.write("export.csv", "1,2026-03-01,9\n2,2026-03-02,8\n");
    let question = workspace
        .lake()
        .ingest(&file, &IngestOptions::default())
        .await;
    let question = question.expect_err("no header");
    assert!(
        question
            .hint()
            .is_some_and(|hint| hint.contains("header_rows(\"0\")"))
    );
}

#[tokio::test]
async fn a_saved_profile_reads_the_same() {
    for expected in &LAYOUTS {
        let Expected { file, .. } = expected;
        let workspace = Workspace::new();
        let path = copy(&workspace, file);
        let lake = workspace.lake();
        let mut options = IngestOptions::default();
        let toml = lake
            .profile_of(&path, &options)
            .await
            .expect("it is understood");
        options.dry_run = true;
        let by_itself = lake
            .ingest(&path, &options)
            .await
            .expect("it is understood");
        let saved = workspace.write("my.toml", &toml);
        options.profile = saved.to_str().map(str::to_owned);
        let by_profile = lake
            .ingest(&path, &options)
            .await
            .unwrap_or_else(|error| panic!("{file}: {error} {:?}\n{toml}", error.hint()));
        assert_eq!(by_itself.to_string(), by_profile.to_string(), "{toml}");
    }
}

#[tokio::test]
async fn a_saved_profile_holds_what_was_said() {
    let workspace = Workspace::new();
    let file = workspace.write(
        "a.csv",
        "When,Mark,Plan\n01/02/2026 10:00,9,pro\n03/04/2026 11:00,8,free\n",
    );
    let profile = workspace.path().join("my.toml");
    let ingest = |file: &Path, more: &[&str]| {
        let mut command = workspace.voxql();
        command.arg("ingest").arg(file).args(more);
        let output = command.output().expect("the program");
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(told).expect("text"))
    };
    let said = [
        "--map",
        "score=Mark",
        "--map",
        "responded_at=When",
        "--date-format",
        "%d/%m/%Y",
        "--timezone",
        "Europe/Berlin",
        "--keep",
        "Plan",
        "--save-profile",
        "my.toml",
    ];
    let (code, told) = ingest(&file, &said);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = ingest(&file, &said);
    assert_eq!(code, Some(2), "a profile is not overwritten: {told}");
    let next = workspace.write("b.csv", "When,Mark,Plan\n05/06/2026 00:30,3,pro\n");
    let (code, told) = ingest(&next, &["--profile", "my.toml"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(profile.exists());
    let months = "SELECT string_agg(concat(month, ' ', plan), '|' ORDER BY month) FROM responses";
    let months = value(&workspace.lake(), months).await;
    assert_eq!(months, "2026-02 pro|2026-04 free|2026-06 pro");
    let without = workspace.write("c.csv", "When,Rank,Plan\n05/06/2026 00:30,3,pro\n");
    let (code, told) = ingest(&without, &["--profile", "my.toml"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("no column \"Mark\""), "{told}");
}

/// Standard input gives its bytes once.
#[test]
fn what_standard_input_tells_is_saved_too() {
    use std::io::Write as _;
    use std::process::Stdio;

    let workspace = Workspace::new();
    let mut import = workspace
        .voxql()
        .args(["ingest", "-", "--save-profile", "my.toml"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    import
        .stdin
        .take()
        .expect("a pipe")
        .write_all(b"id,date,score\na,2026-01-01,9\nb,2026-01-02,3\n")
        .expect("a reader");
    let output = import.wait_with_output().expect("an end");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8(told).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("new 2 "), "{told}");
    let profile = std::fs::read_to_string(workspace.path().join("my.toml")).expect("a profile");
    assert!(profile.contains("date"), "{profile}");
}

/// Nothing is imported where the profile could not be of all that would be.
#[test]
fn a_profile_of_several_files_is_refused_first() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("in");
    std::fs::create_dir(&folder).expect("a folder");
    for name in ["a.csv", "b.csv"] {
        let export = format!("id,date,score\n{name},2026-01-01,9\n");
        std::fs::write(folder.join(name), export).expect("a file");
    }
    let output = workspace
        .voxql()
        .args(["ingest", "in", "--save-profile", "my.toml"])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(!workspace.path().join("lake").exists());
}

#[test]
fn profiles_are_listed_and_shown() {
    let workspace = Workspace::new();
    let run = |arguments: &[&str]| {
        let output = workspace
            .voxql()
            .args(arguments)
            .output()
            .expect("the program");
        let told = [output.stdout, output.stderr].concat();
        String::from_utf8(told).expect("text")
    };
    let list = run(&["profiles", "--format", "csv"]);
    assert_eq!(list.lines().count(), voxql::profiles().len() + 1, "{list}");
    assert!(run(&["profiles", "zendesk"]).starts_with("name = \"zendesk\""));
    assert!(run(&["profiles", "zen"]).contains("use one of alchemer,"));
}
