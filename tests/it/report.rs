//! `voxql report`: the sample lake in every format, unusual lakes, and privacy.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chrono::{Days, Utc};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::common::{Workspace, value};

/// The sample exports and the columns that the tour keeps.
const SAMPLES: [(&str, &str); 3] = [
    ("responses.csv", "segment,channel,country"),
    ("antworten.csv", "segment,channel=Kanal,country=Land"),
    ("delighted.ndjson", "segment,channel,country"),
];

/// Names the Python interpreter that drives the browser.
const PYTHON_VARIABLE: &str = "VOXQL_TEST_PYTHON";

/// A lake with all samples, shared by tests that run at the same time.
fn sample() -> Arc<Workspace> {
    // Weak, because statics are never dropped, and the folder would stay.
    static SHARED: Mutex<Weak<Workspace>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(workspace) = shared.upgrade() {
        return workspace;
    }
    let workspace = Arc::new(Workspace::new());
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    for (name, keep) in SAMPLES {
        fs::copy(samples.join(name), workspace.path().join(name)).expect("a copy");
        let mut ingest = workspace.voxql();
        ingest.args(["ingest", name, "--keep", keep]);
        run(ingest, 0);
    }
    *shared = Arc::downgrade(&workspace);
    workspace
}

/// Asserts the exit code of a command and returns its standard error.
fn run(mut command: Command, code: i32) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.expect("the program starts");
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{command:?}: {error}");
    error
}

/// A workspace with an export in its lake.
fn with_export(export: &str, args: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("answers.csv", export);
    let mut ingest = workspace.voxql();
    ingest.args(["ingest", "answers.csv"]).args(args);
    run(ingest, 0);
    workspace
}

fn command(workspace: &Workspace, file: &str, args: &[&str]) -> Command {
    let mut report = workspace.voxql();
    report.args(["report", "-o", file]).args(args);
    report
}

/// Makes a report and returns its text.
fn report(workspace: &Workspace, file: &str, args: &[&str]) -> String {
    run(command(workspace, file, args), 0);
    fs::read_to_string(workspace.path().join(file)).expect("a report")
}

fn json(workspace: &Workspace, args: &[&str]) -> Value {
    serde_json::from_str(&report(workspace, "report.json", args)).expect("JSON")
}

/// Snapshot settings that hide dates and versions.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(r#""made_on": "[^"]*""#, r#""made_on": "[today]""#);
    settings.add_filter(
        r"Generated on [^.]* by voxql [0-9.]+\.",
        "Generated on [today].",
    );
    settings.add_filter(r"voxql \d+\.\d+\.\d+", "voxql [version]");
    settings
}

/// An export with `count` rows per day and score, each from a different person.
fn rows(rows: &[(&str, u32, u8)]) -> String {
    let mut export = "id,date,score,email\n".to_owned();
    for (index, (day, count, score)) in rows.iter().enumerate() {
        for nth in 0..*count {
            export += &format!("r{index}-{nth},{day},{score},p{index}.{nth}@example.com\n");
        }
    }
    export
}

#[test]
fn every_format() {
    let sample = sample();
    settings().bind(|| {
        insta::assert_snapshot!("report_markdown", report(&sample, "report.md", &[]));
        insta::assert_snapshot!("report_json", report(&sample, "report.json", &[]));
    });
    let mut settings = settings();
    // The README has a picture of styles and drawings.
    settings.add_filter("(?s)<style>.*</style>", "[style]");
    settings.add_filter(
        "(?s)(<svg[^>]*>(<title.*?</desc>)?).*?</svg>",
        "$1[drawing]",
    );
    settings.add_filter("><(section|p|figure|table|tr|details|dl|li)", ">\n<$1");
    settings.bind(|| {
        insta::assert_snapshot!("report_html", report(&sample, "report.html", &[]));
    });
}

#[test]
fn a_survey_since_a_day_by_a_column() {
    let sample = sample();
    let all = json(&sample, &[]);
    let some = json(
        &sample,
        &["--since", "2026-01-01", "--by", "source,segment,source"],
    );
    let columns = some["dimensions"].as_array().expect("dimensions");
    let columns: Vec<_> = columns
        .iter()
        .map(|dimension| &dimension["column"])
        .collect();
    assert_eq!(columns, ["source", "segment"]);
    assert_eq!(some["headline"]["current"], all["headline"]["current"]);
    assert_eq!(some["trend"]["points"].as_array().map(Vec::len), Some(6));
    assert_eq!(some["headline"]["all"]["responses"], 670);
    // The same numbers as the tour of the sample data.
    assert_eq!(all["headline"]["current"]["responses"], 336);
    assert_eq!(all["headline"]["all"]["responses"], 2855);
    let only = json(&sample, &["--survey", "default"]);
    assert_eq!(only["headline"], all["headline"]);
    // A day before every SQL timestamp.
    let ever = json(&sample, &["--since", "0001-01-01"]);
    assert_eq!(ever["headline"], all["headline"]);
}

#[test]
fn numbers_add_up() {
    let sample = sample();
    let report = json(&sample, &["--by", "country,account,month"]);
    let number = |value: &Value| value.as_f64().expect("a number");
    let total = &report["headline"]["current"]["responses"];
    for dimension in report["dimensions"].as_array().expect("dimensions") {
        let groups = dimension["groups"].as_array().expect("groups");
        let sum = |field: &dyn Fn(&Value) -> f64| groups.iter().map(field).sum::<f64>();
        let responses = sum(&|group| number(&group["stats"]["responses"]));
        assert_eq!(responses, number(total));
        assert!((sum(&|group| number(&group["share"])) - 1.0).abs() < 1e-9);
        assert!(sum(&|group| number(&group["impact"])).abs() < 1e-9);
        for group in groups {
            assert!(number(&group["stats"]["responses"]) >= 10.0, "{group}");
        }
    }
    let scores = report["scores"].as_array().expect("scores");
    let current: f64 = scores.iter().map(|score| number(&score["current"])).sum();
    assert_eq!(scores.len(), 11);
    assert_eq!(current, number(total));
    let imports = &report["quality"]["imports"];
    let parts = [
        "new",
        "updated",
        "duplicate",
        "not_a_response",
        "rejected",
        "suppressed",
    ];
    let sum: f64 = parts.iter().map(|part| number(&imports[part])).sum();
    assert_eq!(sum, number(&imports["rows"]));
}

#[tokio::test]
async fn a_report_identifies_nobody() {
    let sample = sample();
    let comments = value(
        &sample.lake(),
        "SELECT string_agg(DISTINCT comment, chr(31)) FROM responses WHERE length(comment) > 15",
    )
    .await;
    for file in ["report.html", "report.md", "report.json"] {
        let text = report(&sample, file, &[]);
        assert!(!text.contains("v1:"), "{file} has a pseudonym");
        assert!(!text.contains("example.com"), "{file} has an address");
        for comment in comments.split('\u{1f}') {
            assert!(!text.contains(comment), "{file} has {comment:?}");
        }
    }
}

#[test]
fn words_used_by_few_people_are_not_shown() {
    let mut export = "id,date,score,comment,email\n".to_owned();
    for (word, people, score) in [
        ("walrus", 12, 2),
        // Twelve comments from four people.
        ("zebra", 4, 1),
        ("sunshine", 12, 10),
    ] {
        for person in 0..people {
            for nth in 0..12 / people {
                export += &format!(
                    "{word}{person}-{nth},2026-03-0{},{score},{word} call [PHONE],{word}{person}@example.com\n",
                    nth + 1
                );
            }
        }
    }
    let workspace = with_export(&export, &[]);
    let text = report(&workspace, "report.md", &[]);
    for word in ["walrus", "sunshine"] {
        assert!(text.contains(&format!("| {word} | ")), "{word}: {text}");
    }
    for word in ["zebra", "phone"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
}

#[test]
fn small_groups_are_merged() {
    let mut export = "id,date,score,segment\n".to_owned();
    for (segment, count) in [("large", 40), ("middle", 12), ("small", 6), ("tiny", 1)] {
        for nth in 0..count {
            export += &format!("{segment}{nth},2026-03-01,{},{segment}\n", nth % 11);
        }
    }
    let workspace = with_export(&export, &["--keep", "segment"]);
    let report = json(&workspace, &[]);
    let groups = report["dimensions"][0]["groups"]
        .as_array()
        .expect("groups");
    let size = |group: &Value| (group["value"].clone(), group["stats"]["responses"].clone());
    // The total minus the other groups would reveal seven responses, so the next group joins them.
    let groups: Vec<_> = groups.iter().map(size).collect();
    assert_eq!(
        groups,
        [("large".into(), 40.into()), (Value::Null, 19.into())]
    );
    assert_eq!(report["privacy"]["values_merged"], 3);
}

#[test]
fn the_trend_has_gaps_and_excludes_the_future() {
    let workspace = with_export(
        &rows(&[
            ("2025-01-10", 5, 9),
            ("2025-06-10", 40, 3),
            ("2025-06-20", 2, 10),
            ("2031-01-01", 1, 0),
        ]),
        &[],
    );
    let report = json(&workspace, &[]);
    let points = report["trend"]["points"].as_array().expect("points");
    let responses = points.iter().map(|point| &point["stats"]["responses"]);
    assert_eq!(responses.collect::<Vec<_>>(), [5, 0, 0, 0, 0, 42]);
    assert_eq!(points[1]["stats"]["nps"], Value::Null);
    assert_eq!(report["quality"]["responses"]["in_the_future"], 1);
    assert_eq!(report["periods"]["current"]["to"], "2025-06-20");
}

#[test]
fn only_significant_changes_are_called_so() {
    let before = "2026-01-01";
    for (first, second, words) in [
        ((200, 9), (200, 3), "a statistically significant fall (p"),
        ((10, 9), (10, 9), "A change cannot be tested"),
    ] {
        let rows = rows(&[
            (before, first.0, first.1),
            ("2026-01-14", 1, 9),
            ("2026-01-14", second.0, second.1),
        ]);
        let workspace = with_export(&rows, &[]);
        let text = report(&workspace, "report.md", &[]);
        assert!(text.contains(words), "{words}: {text}");
        let days = "(7 days up to the newest response)";
        assert!(text.contains(days), "{text}");
        // A change that cannot be tested has no margin.
        let html = report(&workspace, "report.html", &[]);
        let is_tested = words.ends_with("(p");
        assert_eq!(html.contains("class=\"margin\""), is_tested, "{html}");
    }
    let mixed = rows(&[
        (before, 10, 9),
        (before, 9, 3),
        ("2026-01-14", 9, 9),
        ("2026-01-14", 10, 3),
    ]);
    let text = report(&with_export(&mixed, &[]), "report.md", &[]);
    for words in [
        "is not statistically significant (p",
        "with so few responses, the test is only approximate",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn response_rate_and_response_time() {
    let mut export = "id,sent at,responded at,score\n".to_owned();
    for nth in 0..20 {
        let answer = if nth % 4 == 0 {
            ",".to_owned()
        } else {
            format!("2026-03-02T{nth:02}:00:00Z,9")
        };
        export += &format!("r{nth},2026-03-02T00:00:00Z,{answer}\n");
    }
    let report = json(&with_export(&export, &[]), &[]);
    assert_eq!(report["response_rate"]["sent"], 20);
    assert_eq!(report["response_rate"]["answered"], 15);
    assert_eq!(report["latency"]["responses"], 15);
    assert_eq!(report["latency"]["hours_median"], 10.0);
}

#[test]
fn unusual_lakes_have_a_report() {
    let many = (0..40).fold("id,date,score,segment\n".to_owned(), |export, nth| {
        export + &format!("r{nth},2026-01-{:02},{},s{nth}\n", nth % 28 + 1, nth % 11)
    });
    for (export, args, words) in [
        (
            "id,date,score\na,2026-03-01,10\n",
            &[][..],
            "NPS: 100.0 (95% confidence interval",
        ),
        ("id,score\na,10\nb,3\nc,8\n", &[], "No response has a date"),
        (
            "id,date,score\na,2026-03-01,10\nb,,3\n",
            &[],
            "| NPS answered, without a date | 1 |",
        ),
        (
            "id,date,score\na,2026-03-01,10\n",
            &[],
            "No detractor and no promoter left a comment",
        ),
        (many.as_str(), &["--keep", "segment"], "## Segments"),
    ] {
        let workspace = with_export(export, args);
        for file in ["report.html", "report.json"] {
            report(&workspace, file, &[]);
        }
        let text = report(&workspace, "report.md", &[]);
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert_well_formed(&report(&workspace, "report.html", &[]));
    }
}

#[test]
fn withdrawn_and_expired_responses_are_excluded() {
    let yesterday = (Utc::now() - Days::new(1)).format("%Y-%m-%d");
    let export = format!(
        "id,date,score,consent\na,{yesterday},10,granted\nb,{yesterday},0,withdrawn\n\
         c,{yesterday},9,granted\nd,2020-01-01,0,granted\n"
    );
    let workspace = with_export(&export, &[]);
    let settings = workspace.path().join("lake/lake.toml");
    let text = fs::read_to_string(&settings).expect("settings");
    fs::write(&settings, text + "\n[validity]\ndays = 365\n").expect("settings");
    let report = json(&workspace, &[]);
    let responses = &report["quality"]["responses"];
    assert_eq!(responses["withdrawn"], 1);
    assert_eq!(responses["expired"], 1);
    assert_eq!(responses["responses"], 4);
    assert_eq!(report["headline"]["all"]["responses"], 2);
    assert_eq!(report["headline"]["current"]["nps"], 100.0);
}

#[test]
fn names_from_the_data_are_escaped() {
    let long = "very long name ".repeat(40);
    let names = [
        "<script>alert(1)</script>",
        "\"'`|*_\\",
        "😀 שלום مرحبا",
        "\u{202e}backwards",
        &long,
    ];
    let mut export = "id,date,score,segment,account\n".to_owned();
    for (index, name) in names.iter().enumerate() {
        let name = name.replace('"', "\"\"");
        for nth in 0..24 {
            let day = if nth < 12 { "2026-01-05" } else { "2026-03-05" };
            let score = if nth < 12 { 10 } else { index };
            export += &format!("r{index}-{nth},{day},{score},\"{name}\",\"{name}\"\n");
        }
    }
    let survey = "<img src=x onerror=alert(1)> \"O'Neill\" & co";
    let workspace = with_export(&export, &["--keep", "segment", "--survey", survey]);
    let html = report(&workspace, "report.html", &["--survey", survey]);
    assert_well_formed(&html);
    assert!(
        !html.contains("<script") && !html.contains("<img"),
        "{html}"
    );
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!html.contains('\u{202e}'), "nothing turns the line round");
    let text = report(&workspace, "report.md", &["--survey", survey]);
    assert!(text.contains(r"\<script>alert(1)\</script>"), "{text}");
    assert!(text.starts_with("# Net Promoter Score: \\<img"), "{text}");
}

#[test]
fn the_page_is_self_contained() {
    let sample = sample();
    let html = report(&sample, "report.html", &[]);
    assert_well_formed(&html);
    for reference in [
        "<script",
        "<link",
        "<img",
        " src=",
        " href=",
        "@import",
        "url(",
        "@font-face",
    ] {
        assert!(!html.contains(reference), "the page has {reference}");
    }
    let urls = html.matches("http").count() - html.matches("http-equiv").count();
    assert_eq!(urls, 0, "the page has URLs");
}

#[test]
fn errors_have_hints() {
    let sample = sample();
    let nowhere = Workspace::new();
    let csat = with_export(
        "id,date,score\na,2026-03-01,5\nb,2026-03-01,4\n",
        &["--scale", "1-5"],
    );
    let mut errors = String::new();
    for (workspace, file, args) in [
        (&nowhere, "report.html", &[][..]),
        (&*sample, "report.docx", &[]),
        (&*sample, "report", &[]),
        (&*sample, "report.html", &["--survey", "nobody's"]),
        (&*sample, "report.html", &["--by", "segment,colour"]),
        (&*sample, "report.html", &["--by", "Segment"]),
        (&*sample, "report.html", &["--by", "comment"]),
        (&*sample, "report.html", &["--since", "2030-01-01"]),
        (&*sample, "report.html", &["--since", "2999-01-01"]),
        (&*sample, "report.html", &["--since", "yesterday"]),
        // Reported before any query runs.
        (
            &*sample,
            "no such folder/report.html",
            &["--survey", "nobody's"],
        ),
        (&csat, "report.html", &[]),
    ] {
        errors += &format!("$ voxql report -o '{file}' {}\n", args.join(" "));
        errors += &run(command(workspace, file, args), 2);
        errors.push('\n');
    }
    settings().bind(|| insta::assert_snapshot!("report_errors", errors));
}

#[test]
fn a_failed_report_keeps_the_old_file() {
    let workspace = with_export("id,date,score\na,2026-03-01,10\n", &[]);
    workspace.write("report.html", "old");
    run(command(&workspace, "report.html", &["--survey", "none"]), 2);
    let text = fs::read_to_string(workspace.path().join("report.html")).expect("a file");
    assert_eq!(text, "old");
    let names = fs::read_dir(workspace.path()).expect("a folder");
    let names = names.map(|entry| entry.expect("an entry").file_name());
    let left = names.filter(|name| name.to_string_lossy().contains("partial"));
    assert_eq!(left.count(), 0);
}

/// Checks the page in a browser, and updates the README's pictures of it if `UPDATE_README` is set.
#[test]
fn the_page_is_accessible_in_a_browser() {
    let sample = sample();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(python) = std::env::var(PYTHON_VARIABLE) else {
        let setup = "pip install -r tests/requirements.txt && apt-get install chromium";
        let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!is_ci, "no {PYTHON_VARIABLE}: {setup}");
        eprintln!("skipped: no {PYTHON_VARIABLE}: {setup}");
        return;
    };
    report(&sample, "page.html", &[]);
    let mut check = Command::new(python);
    check
        .arg("-B")
        .arg(root.join("tests/report_page.py"))
        .arg(sample.path().join("page.html"));
    if std::env::var_os("UPDATE_README").is_some() {
        check.arg("--screenshots").arg(root.join("docs"));
    }
    run(check, 0);
}

/// Asserts that the elements of a page are closed in order.
fn assert_well_formed(html: &str) {
    const VOID: [&str; 2] = ["meta", "br"];
    let mut reader = Reader::from_str(html);
    reader.config_mut().check_end_names = false;
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().expect("markup") {
            Event::Start(tag) if !VOID.contains(&tag.name().as_ref()) => {
                open.push(tag.name().as_ref().to_owned());
            }
            Event::End(tag) => assert_eq!(open.pop().as_deref(), Some(tag.name().as_ref())),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, Vec::<String>::new(), "elements are open at the end");
}

/// A lake with the first sample, and roles.
fn with_roles(roles: &str) -> Workspace {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    let export = fs::read_to_string(samples.join("responses.csv")).expect("a sample");
    let workspace = with_export(&export, &["--keep", "segment,channel,country"]);
    let settings = workspace.path().join("lake/lake.toml");
    let before = fs::read_to_string(&settings).expect("settings");
    fs::write(&settings, before + roles).expect("settings");
    workspace
}

#[tokio::test]
async fn an_aggregate_role_gets_a_report_of_groups() {
    let workspace = with_roles(
        "\n[roles.analyst]\npolicy = \"aggregate\"\nmin_group_size = 30\ndimensions = [\"account\"]\n",
    );
    let report = json(&workspace, &["--role", "analyst"]);
    assert_eq!(report["privacy"]["role"], "analyst");
    assert_eq!(report["privacy"]["min_group_size"], 30);
    for hidden in ["words", "accounts", "latency", "quality"] {
        assert!(report[hidden].is_null(), "{hidden}: {}", report[hidden]);
    }
    // The numbers are those that the owner sees for the same days.
    let lake = workspace.lake();
    let (from, to) = (
        &report["periods"]["current"]["from"],
        &report["periods"]["current"]["to"],
    );
    let days = format!(
        "responded_at >= '{}' AND responded_at::DATE <= '{}'",
        from.as_str().expect("a day"),
        to.as_str().expect("a day")
    );
    let nps = value(
        &lake,
        &format!("SELECT nps(score) FROM responses WHERE {days}"),
    )
    .await;
    let reported = report["headline"]["current"]["nps"].as_f64();
    assert_eq!(reported, nps.parse().ok());
    let dimensions = report["dimensions"].as_array().expect("dimensions");
    assert!(!dimensions.is_empty());
    let mut merged = 0;
    for dimension in dimensions {
        let column = dimension["column"].as_str().expect("a name");
        for group in dimension["groups"].as_array().expect("groups") {
            let Some(name) = group["value"].as_str() else {
                merged += 1;
                continue;
            };
            let of_group = format!("FROM responses WHERE {days} AND {column} = '{name}'");
            let people = "count(DISTINCT coalesce(respondent, response_id))";
            let people = value(&lake, &format!("SELECT {people} {of_group} AND score >= 0")).await;
            assert!(
                people.parse::<u32>().expect("a number") >= 12,
                "{column} {name}"
            );
            let responses = value(&lake, &format!("SELECT count(score) {of_group}")).await;
            assert_eq!(
                group["stats"]["responses"].to_string(),
                responses,
                "{column} {name}"
            );
        }
    }
    assert!(merged > 0, "no group was too small");
    for (file, role) in [
        ("report.html", "analyst"),
        ("report.md", "as role analyst (policy aggregate)"),
    ] {
        let args = ["--role", "analyst", "--by", "segment,account"];
        let page = self::report(&workspace, file, &args);
        assert!(page.contains(role), "{page}");
        assert!(page.contains("fewer than 30 people"), "{page}");
        assert!(!page.contains("v1:"), "{page}");
    }
    let sql = "SELECT count(*) > 10 FROM audit WHERE action = 'query'";
    assert_eq!(value(&lake, sql).await, "true");
    let args = ["--role", "analyst", "--survey", "nosuch"];
    let few = run(command(&workspace, "few.md", &args), 2);
    assert!(few.contains("role \"analyst\" sees no NPS"), "{few}");
    assert!(!workspace.path().join("few.md").exists());
}

#[test]
fn a_report_leaves_out_hidden_columns() {
    let workspace = with_roles(
        "\n[roles.support]\npolicy = \"steward\"\nhidden_columns = [\"comment\", \"sent_at\"]\n\
         \n[roles.web]\npolicy = \"steward\"\nrows = \"channel = 'web'\"\n\
         \n[roles.blind]\npolicy = \"steward\"\nhidden_columns = [\"score\"]\n",
    );
    let report = json(&workspace, &["--role", "support"]);
    assert!(report["words"].is_null() && report["latency"].is_null());
    assert!(report["accounts"].is_object() && report["quality"]["imports"].is_null());
    let all = json(&workspace, &[]);
    assert_eq!(report["headline"], all["headline"]);
    let web = json(&workspace, &["--role", "web"]);
    assert!(web["quality"]["imports"].is_null() && web["privacy"]["reveals"].is_null());
    assert!(web["words"].is_object());
    let responses = |report: &Value| {
        report["headline"]["all"]["responses"]
            .as_u64()
            .expect("a number")
    };
    assert!(responses(&web) < responses(&all));
    let blind = run(command(&workspace, "blind.md", &["--role", "blind"]), 2);
    assert!(blind.contains("cannot see column \"score\""), "{blind}");
}
