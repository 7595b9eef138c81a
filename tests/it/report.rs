//! `voxql report`: what it says of the sample lake in every format, of odd lakes, and what it keeps
//! to itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chrono::{Days, Utc};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::common::{Workspace, value};

/// The exports of the sample data and what the tour keeps of them.
const SAMPLES: [(&str, &str); 3] = [
    ("responses.csv", "segment,channel,country"),
    ("antworten.csv", "segment,channel=Kanal,country=Land"),
    ("delighted.ndjson", "segment,channel,country"),
];

/// Names the interpreter that drives the browser.
const PYTHON_VARIABLE: &str = "VOXQL_TEST_PYTHON";

/// The lake of all samples, which tests that run at once share.
fn sample() -> Arc<Workspace> {
    // Not the lake itself: what is static is never dropped, and its folder would stay.
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
        succeeds(ingest);
    }
    *shared = Arc::downgrade(&workspace);
    workspace
}

fn succeeds(mut command: Command) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
}

/// What a command says on standard error, which fails with exit code 2.
fn fails(mut command: Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "{command:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A workspace whose lake holds an export.
fn with_export(export: &str, args: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("answers.csv", export);
    let mut ingest = workspace.voxql();
    ingest.args(["ingest", "answers.csv"]).args(args);
    succeeds(ingest);
    workspace
}

fn command(workspace: &Workspace, file: &str, args: &[&str]) -> Command {
    let mut report = workspace.voxql();
    report.args(["report", "-o", file]).args(args);
    report
}

/// The text of a report.
fn report(workspace: &Workspace, file: &str, args: &[&str]) -> String {
    succeeds(command(workspace, file, args));
    fs::read_to_string(workspace.path().join(file)).expect("a report")
}

fn json(workspace: &Workspace, args: &[&str]) -> Value {
    serde_json::from_str(&report(workspace, "report.json", args)).expect("JSON")
}

/// What differs from day to day.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(r#""made_on": "[^"]*""#, r#""made_on": "[today]""#);
    settings.add_filter(r"Made on [^.]* by voxql [0-9.]+\.", "Made on [today].");
    settings.add_filter(r"voxql \d+\.\d+\.\d+", "voxql [version]");
    settings
}

/// Rows of an export, each of a person of its own, on a day and with a score.
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
    // What they look like is for the eye, and a picture of it in the README.
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
    let columns: Vec<_> = columns.iter().map(|of| &of["column"]).collect();
    assert_eq!(columns, ["source", "segment"]);
    assert_eq!(some["headline"]["current"], all["headline"]["current"]);
    assert_eq!(some["trend"]["points"].as_array().map(Vec::len), Some(6));
    assert_eq!(some["headline"]["all"]["responses"], 670);
    // The same numbers as the tour of the sample data.
    assert_eq!(all["headline"]["current"]["responses"], 336);
    assert_eq!(all["headline"]["all"]["responses"], 2855);
    let only = json(&sample, &["--survey", "default"]);
    assert_eq!(only["headline"], all["headline"]);
    // A day before any that a timestamp of SQL can be.
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
        let sum = |of: &dyn Fn(&Value) -> f64| groups.iter().map(of).sum::<f64>();
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
    let parts = ["new", "updated", "duplicate", "not_a_response", "rejected"];
    let sum: f64 = parts.iter().map(|part| number(&imports[part])).sum();
    assert_eq!(sum, number(&imports["rows"]));
}

#[tokio::test]
async fn nobody_can_be_told_from_it() {
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
fn a_word_of_few_is_not_shown() {
    let mut export = "id,date,score,comment,email\n".to_owned();
    for (word, people, score) in [
        ("walrus", 12, 2),
        // Twelve comments of four people.
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
    let of = |group: &Value| (group["value"].clone(), group["stats"]["responses"].clone());
    // Seven responses would be told by the total less the others, so the next group joins them.
    let groups: Vec<_> = groups.iter().map(of).collect();
    assert_eq!(
        groups,
        [("large".into(), 40.into()), (Value::Null, 19.into())]
    );
    assert_eq!(report["privacy"]["values_merged"], 3);
}

#[test]
fn gaps_are_gaps_and_the_future_is_left_out() {
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
    let responses: Vec<_> = points.iter().map(|of| &of["stats"]["responses"]).collect();
    assert_eq!(responses, [5, 0, 0, 0, 0, 42]);
    assert_eq!(points[1]["stats"]["nps"], Value::Null);
    assert_eq!(report["quality"]["responses"]["in_the_future"], 1);
    assert_eq!(report["periods"]["current"]["to"], "2025-06-20");
}

#[test]
fn a_change_is_said_to_be_one_where_it_is() {
    let before = "2026-01-01";
    for (first, second, words) in [
        (
            (200, 9),
            (200, 3),
            "a fall that chance alone would seldom show (p",
        ),
        ((10, 9), (10, 9), "a change cannot be tested"),
    ] {
        let rows = rows(&[
            (before, first.0, first.1),
            ("2026-01-14", 1, 9),
            ("2026-01-14", second.0, second.1),
        ]);
        let workspace = with_export(&rows, &[]);
        let text = report(&workspace, "report.md", &[]);
        assert!(text.contains(words), "{words}: {text}");
        assert!(
            text.contains("the 7 days up to the newest response"),
            "{text}"
        );
        // Of what cannot be tested there is no margin.
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
    assert!(
        text.contains("not distinguishable from no change (p"),
        "{text}"
    );
    assert!(
        text.contains("with so few responses the test is rough"),
        "{text}"
    );
}

#[test]
fn who_was_asked_and_how_long_answers_took() {
    let mut export = "id,sent at,responded at,score\n".to_owned();
    for nth in 0..20 {
        let answer = match nth % 4 {
            0 => ",".to_owned(),
            _ => format!("2026-03-02T{:02}:00:00Z,9", nth),
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
fn odd_lakes_give_a_sensible_page() {
    let many = (0..40).fold("id,date,score,segment\n".to_owned(), |export, nth| {
        export + &format!("r{nth},2026-01-{:02},{},s{nth}\n", nth % 28 + 1, nth % 11)
    });
    for (export, args, words) in [
        (
            "id,date,score\na,2026-03-01,10\n",
            &[][..],
            "NPS is 100.0 (95 % interval",
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
fn who_withdrew_and_what_is_too_old_is_left_out() {
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
fn names_are_text_whatever_is_in_them() {
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
fn the_page_needs_nothing_beside_it() {
    let sample = sample();
    let html = report(&sample, "report.html", &[]);
    assert_well_formed(&html);
    for wanted in [
        "<script",
        "<link",
        "<img",
        " src=",
        " href=",
        "@import",
        "url(",
        "@font-face",
    ] {
        assert!(!html.contains(wanted), "the page has {wanted}");
    }
    let places = html.matches("http").count();
    let namespaces = html.matches("http-equiv").count();
    assert_eq!(places, namespaces, "the page names a place on the net");
}

#[test]
fn errors_say_what_to_do() {
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
        // Told before anything is asked.
        (
            &*sample,
            "no such folder/report.html",
            &["--survey", "nobody's"],
        ),
        (&csat, "report.html", &[]),
    ] {
        errors += &format!("$ voxql report -o '{file}' {}\n", args.join(" "));
        errors += &fails(command(workspace, file, args));
        errors.push('\n');
    }
    settings().bind(|| insta::assert_snapshot!("report_errors", errors));
}

#[test]
fn a_report_that_fails_leaves_the_old_one() {
    let workspace = with_export("id,date,score\na,2026-03-01,10\n", &[]);
    workspace.write("report.html", "old");
    fails(command(&workspace, "report.html", &["--survey", "none"]));
    let text = fs::read_to_string(workspace.path().join("report.html")).expect("a file");
    assert_eq!(text, "old");
    let names = fs::read_dir(workspace.path()).expect("a folder");
    let names = names.map(|entry| entry.expect("an entry").file_name());
    let left = names.filter(|name| name.to_string_lossy().contains("partial"));
    assert_eq!(left.count(), 0);
}

/// The page in a browser, and the README's pictures of it where `UPDATE_README` asks for them.
#[test]
fn a_browser_shows_it_to_everybody() {
    let sample = sample();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(python) = std::env::var(PYTHON_VARIABLE) else {
        let setup = "pip install -r tests/requirements.txt && apt-get install chromium";
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "no {PYTHON_VARIABLE}: {setup}"
        );
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
    succeeds(check);
}

/// Asserts that every element of a page is closed where it should be.
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

/// A lake of the first sample, with roles.
fn with_roles(roles: &str) -> Workspace {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    let export = fs::read_to_string(samples.join("responses.csv")).expect("a sample");
    let workspace = with_export(&export, &["--keep", "segment,channel,country"]);
    let settings = workspace.path().join("lake/lake.toml");
    let before = fs::read_to_string(&settings).expect("settings");
    fs::write(&settings, before + roles).expect("settings");
    workspace
}

fn json_of(workspace: &Workspace, args: &[&str]) -> Value {
    succeeds(command(workspace, "report.json", args));
    let json = fs::read(workspace.path().join("report.json")).expect("a report");
    serde_json::from_slice(&json).expect("JSON")
}

#[tokio::test]
async fn a_role_of_groups_gets_a_report_of_groups() {
    let workspace = with_roles("\n[roles.analyst]\npolicy = \"aggregate\"\nmin_group_size = 30\n");
    let report = json_of(&workspace, &["--role", "analyst"]);
    assert_eq!(report["privacy"]["role"], "analyst");
    assert_eq!(report["privacy"]["min_group_size"], 30);
    for hidden in ["words", "accounts", "latency", "quality"] {
        assert!(report[hidden].is_null(), "{hidden}: {}", report[hidden]);
    }
    // What it says is what the owner finds of the same days.
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
    let said = report["headline"]["current"]["nps"]
        .as_f64()
        .expect("a number");
    assert_eq!(said, nps.parse::<f64>().expect("a number"));
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
    for (file, says) in [
        ("report.html", "analyst"),
        (
            "report.md",
            "as the role analyst, whose policy is aggregate",
        ),
    ] {
        succeeds(command(
            &workspace,
            file,
            &["--role", "analyst", "--by", "segment,account"],
        ));
        let page = fs::read_to_string(workspace.path().join(file)).expect("a report");
        assert!(page.contains(says), "{page}");
        assert!(page.contains("fewer than 30 people"), "{page}");
        assert!(!page.contains("v1:"), "{page}");
    }
    let asked = value(
        &lake,
        "SELECT count(*) > 10 FROM audit WHERE action = 'query'",
    )
    .await;
    assert_eq!(asked, "true");
    let few = fails(command(
        &workspace,
        "few.md",
        &["--role", "analyst", "--survey", "nosuch"],
    ));
    assert!(few.contains("the role analyst is told of"), "{few}");
    assert!(!workspace.path().join("few.md").exists());
}

#[test]
fn a_report_leaves_out_what_is_hidden_from_a_role() {
    let workspace = with_roles(
        "\n[roles.support]\npolicy = \"steward\"\nhidden_columns = [\"comment\", \"sent_at\"]\n\
         \n[roles.web]\npolicy = \"steward\"\nrows = \"channel = 'web'\"\n\
         \n[roles.blind]\npolicy = \"steward\"\nhidden_columns = [\"score\"]\n",
    );
    let report = json_of(&workspace, &["--role", "support"]);
    assert!(report["words"].is_null() && report["latency"].is_null());
    assert!(report["accounts"].is_object() && report["quality"]["imports"].is_null());
    let all = json_of(&workspace, &[]);
    assert_eq!(report["headline"], all["headline"]);
    let web = json_of(&workspace, &["--role", "web"]);
    assert!(web["quality"]["imports"].is_null() && web["privacy"]["reveals"].is_null());
    assert!(web["words"].is_object());
    let responses = |report: &Value| {
        report["headline"]["all"]["responses"]
            .as_u64()
            .expect("a number")
    };
    assert!(responses(&web) < responses(&all));
    let blind = fails(command(&workspace, "blind.md", &["--role", "blind"]));
    assert!(blind.contains("does not see the column score"), "{blind}");
}
