//! The command line: help, formats, files, parameters, exit codes; a snapshot each.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::common::{Workspace, shared_data};

const EXPORT: &str = "\
response_id,responded_at,score,comment,email,name,segment
r1,2026-01-05T10:00:00Z,10,Great,ana@example.com,Ana,smb
r2,2026-01-20T10:00:00Z,9,\"Good, mostly\",bo@example.com,Bo,smb
r3,2026-02-03T10:00:00Z,3,Slow support,cy@example.com,Cy,enterprise
r4,2026-02-04T10:00:00Z,,,di@example.com,Di,enterprise
r5,2026-02-05T10:00:00Z,11,Typo,ed@example.com,Ed,smb
r6,soon,8,,flo@example.com,Flo,smb
";

/// A workspace whose lake holds [`EXPORT`].
fn with_export() -> Workspace {
    Workspace::with_answers(EXPORT)
}

/// Filters for what differs between runs and machines.
pub(crate) fn settings(workspace: &Workspace) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(
        &regex_escape(&workspace.path().display().to_string()),
        "[folder]",
    );
    settings.add_filter(r"\d{8}T\d{6}Z-[0-9a-f]{8}-[0-9a-f]{8}", "[import_id]");
    settings.add_filter(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+Z?", "[now]");
    settings.add_filter(r"time: \d+\.\d ms", "time: [time] ms");
    settings
}

fn regex_escape(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            (!c.is_alphanumeric())
                .then_some('\\')
                .into_iter()
                .chain([c])
        })
        .collect()
}

/// Asserts exit code, standard output and standard error of a run.
///
/// Not insta-cmd's macro: it writes the command's environment, so this machine's paths, into the
/// snapshot.
pub(crate) fn snapshot(workspace: &Workspace, name: impl AsRef<str>, mut command: Command) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let text = format!(
        "exit code: {}\n----- stdout -----\n{}\n----- stderr -----\n{}",
        output
            .status
            .code()
            .map_or("none".to_owned(), |code| code.to_string()),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    settings(workspace).bind(|| insta::assert_snapshot!(name.as_ref(), text));
}

fn sql(workspace: &Workspace, sql: &str) -> Command {
    let mut command = workspace.voxql();
    command.args(["-c", sql]);
    command
}

#[test]
fn a_folder_in_quotes_needs_no_slash() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.path().join("exports")).expect("a folder");
    workspace.write("exports/a.csv", "n\n1\n");
    workspace.write("exports/b.csv", "n\n2\n");
    for (statements, expected) in [
        ("SELECT sum(n) FROM 'exports'", "3"),
        // A table comes before a folder.
        (
            "CREATE TABLE exports AS SELECT 7 AS n; SELECT sum(n) FROM 'exports'",
            "7",
        ),
    ] {
        let output = sql(&workspace, statements)
            .args(["--format", "csv"])
            .output();
        let output = output.expect("the program starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(text.lines().last(), Some(expected), "{output:?}");
    }
    // Names without quotes are no folders.
    let output = sql(&workspace, "SELECT sum(n) FROM exports").output();
    assert!(!output.expect("the program starts").status.success());
}

#[test]
fn help_of_every_command() {
    let workspace = Workspace::new();
    for command in ["", "ingest", "run", "check", "report", "imports", "demo"] {
        let mut voxql = workspace.voxql();
        voxql.args(command.split_whitespace()).arg("--help");
        snapshot(
            &workspace,
            format!("help{}{command}", if command.is_empty() { "" } else { "_" }),
            voxql,
        );
    }
}

#[test]
fn an_import_says_what_it_did() {
    let workspace = Workspace::new();
    workspace.write("my answers ü.csv", EXPORT);
    let ingest = |args: &[&str]| {
        let mut voxql = workspace.voxql();
        voxql
            .args(["ingest", "my answers ü.csv", "--keep", "segment"])
            .args(args);
        voxql
    };
    snapshot(&workspace, "ingest_dry_run", ingest(&["--dry-run"]));
    assert!(
        !workspace.path().join("lake").exists(),
        "a dry run writes nothing"
    );
    snapshot(&workspace, "ingest", ingest(&[]));
    snapshot(&workspace, "ingest_again", ingest(&[]));
    snapshot(
        &workspace,
        "ingest_json",
        ingest(&["--json", "--survey", "second"]),
    );
    let rejects = fs::read_to_string(workspace.path().join("my answers ü.rejects.csv"))
        .expect("a rejects file");
    settings(&workspace).bind(|| insta::assert_snapshot!("ingest_rejects", rejects));
    let mut imports = workspace.voxql();
    imports.args(["imports", "--format", "csv"]);
    snapshot(&workspace, "imports", imports);
}

#[test]
fn a_program_can_answer_what_an_import_asks() {
    let workspace = Workspace::new();
    workspace.write(
        "export.csv",
        "date,\"It's fine, recommend?\",Recommend the app?\n01/02/2026,9,8\n03/04/2026,7,2\n",
    );
    let import = |words: &[String]| {
        let mut voxql = workspace.voxql();
        voxql.args(["ingest", "export.csv", "--json"]).args(words);
        let output = voxql.stdin(Stdio::null()).output().expect("voxql runs");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")
    };
    let asked = import(&[]);
    let questions = asked["answers"].as_array().expect("questions");
    assert_eq!(questions.len(), 2, "{asked}");
    let first = |question: &serde_json::Value| -> Vec<String> {
        serde_json::from_value(question["choices"][0].clone()).expect("words")
    };
    let words: Vec<String> = questions.iter().flat_map(first).collect();
    let imported = import(&words);
    assert_eq!(imported["new"], 2, "{words:?}: {imported}");
}

#[test]
fn what_an_import_asks() {
    let workspace = Workspace::new();
    for (name, content) in [
        (
            "two_scores",
            "Recommend the shop?,Recommend the app?\n9,8\n7,2\n",
        ),
        ("no_score", "plan,country\nPro,IN\n"),
        ("dates", "date,score\n01/02/2026,9\n03/04/2026,10\n"),
        ("scale", "nps\n5\n4\n3\n2\n1\n5\n5\n4\n3\n1\n2\n"),
        ("no_header", "2026-01-01,9\n2026-01-02,8\n"),
        ("empty", ""),
        ("only_header", "date,score\n"),
        (
            "open_quote",
            "id,score,comment\n1,9,\"never closed\n2,8,fine\n3,7,fine\n",
        ),
        ("broken.json", "[{\"score\": 9}, {\"score\": "),
        ("workbook.xlsx", "PK\u{3}\u{4}rest"),
    ] {
        workspace.write(name, content);
        let mut voxql = workspace.voxql();
        voxql.args(["ingest", name]);
        snapshot(&workspace, format!("ask_{}", name.replace('.', "_")), voxql);
    }
    assert!(
        !workspace.path().join("lake").exists(),
        "a question writes nothing"
    );
    std::fs::create_dir(workspace.path().join("empty folder")).expect("a folder");
    for (name, args) in [
        ("missing_file", &["nowhere.csv"][..]),
        ("folder", &["empty folder"]),
        ("unknown_field", &["dates", "--map", "mood=score"]),
        ("unknown_column", &["dates", "--map", "score=points"]),
        ("unknown_zone", &["dates", "--timezone", "Mars/Olympus"]),
        ("bad_pattern", &["dates", "--date-format", "day first"]),
        ("bad_pair", &["dates", "--map", "score"]),
    ] {
        let mut voxql = workspace.voxql();
        voxql.arg("ingest").args(args);
        snapshot(&workspace, format!("ask_{name}"), voxql);
    }
}

#[test]
fn every_format() {
    let workspace = with_export();
    let query = "SELECT segment, month, nps(score) AS nps, count(*) AS responses \
                 FROM responses GROUP BY segment, month ORDER BY segment, month";
    for format in ["table", "csv", "tsv", "json", "ndjson", "markdown", "chart"] {
        let mut voxql = sql(&workspace, query);
        voxql.args(["--format", format]);
        snapshot(&workspace, format!("format_{format}"), voxql);
    }
    for format in ["parquet", "xlsx"] {
        let file = format!("result.{format}");
        let mut written = sql(&workspace, query);
        written.args(["-o", &file]);
        snapshot(&workspace, format!("format_{format}"), written);
        let read = format!("SELECT * FROM '{file}' ORDER BY segment, month");
        let read = sql(&workspace, &read);
        snapshot(&workspace, format!("format_{format}_read"), read);
    }
}

#[test]
fn unknown_extensions_are_refused_and_folders_not_created() {
    let workspace = Workspace::new();
    for (name, args) in [
        ("extension_unknown", &["-o", "out.docx"][..]),
        ("extension_compressed", &["-o", "out.csv.gz"]),
        (
            "extension_with_format",
            &["-o", "out.dat", "--format", "csv"],
        ),
        ("folder_missing", &["-o", "none/out.csv"]),
    ] {
        let mut voxql = sql(&workspace, "SELECT 1 AS one");
        voxql.args(args);
        snapshot(&workspace, name, voxql);
    }
    let copied = "COPY (SELECT 1 AS one) TO 'none/out.csv'";
    snapshot(&workspace, "copy_folder_missing", sql(&workspace, copied));
    let copied = "COPY (SELECT 1 AS one) TO 'out.docx'";
    snapshot(
        &workspace,
        "copy_extension_unknown",
        sql(&workspace, copied),
    );
    let mut names: Vec<_> = fs::read_dir(workspace.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["out.dat"]);
}

#[test]
fn wrong_arguments_of_table_functions_show_their_place() {
    let workspace = Workspace::new();
    workspace.write("a.csv", "id,word\n1,x\n2,y,z\n");
    for (name, query) in [
        (
            "argument_unknown",
            "SELECT * FROM read_csv('a.csv', delimeter => ';')",
        ),
        ("argument_of_other", "SELECT * FROM unnest_all(by => 'x')"),
        ("row_too_long", "SELECT * FROM 'a.csv'"),
        ("pattern_without_match", "SELECT * FROM 'b*.csv'"),
    ] {
        snapshot(&workspace, name, sql(&workspace, query));
    }
}

#[test]
fn a_plan_has_lines() {
    let workspace = Workspace::new();
    let plan = "EXPLAIN SELECT x + 1 AS y FROM (VALUES (1), (2)) AS t(x) ORDER BY y";
    snapshot(&workspace, "explain", sql(&workspace, plan));
}

#[test]
fn statements_come_from_everywhere() {
    let workspace = with_export();
    workspace.write(
        "report.sql",
        "-- notes; with a semicolon\nSELECT ';' AS semicolon;\n\
         SELECT nps(score) AS nps, count(score) AS n FROM responses\n\
         WHERE segment = $segment AND score >= $least;\n",
    );
    let run = |args: &[&str]| {
        let mut voxql = workspace.voxql();
        voxql.args(["run", "report.sql"]).args(args);
        voxql
    };
    snapshot(
        &workspace,
        "run",
        run(&["--param", "segment=smb", "--param", "least=5", "--timing"]),
    );
    snapshot(
        &workspace,
        "run_missing_param",
        run(&["--param", "segment=smb"]),
    );
    snapshot(
        &workspace,
        "run_wrong_param",
        run(&["--param", "segment=smb", "--param", "least=many"]),
    );
    snapshot(
        &workspace,
        "run_injection",
        run(&["--param", "segment=smb' OR 'a'='a", "--param", "least=5"]),
    );
    snapshot(
        &workspace,
        "run_unused_param",
        run(&[
            "--param",
            "segment=smb",
            "--param",
            "least=5",
            "--param",
            "x=1",
        ]),
    );
    let mut missing = workspace.voxql();
    missing.args(["run", "nowhere.sql"]);
    snapshot(&workspace, "run_missing_file", missing);
    let mut folder = workspace.voxql();
    folder.args(["run", "."]);
    snapshot(&workspace, "run_folder", folder);

    workspace.write("stops.sql", "SELECT 1 AS one;\nSELECT oops;\nSELECT 3;\n");
    let mut stops = workspace.voxql();
    stops.args(["run", "stops.sql"]);
    snapshot(&workspace, "run_stops", stops);
    workspace.write("syntax.sql", "SELECT 1 AS one;\n\nSELEC 2;\n");
    let mut syntax = workspace.voxql();
    syntax.args(["run", "syntax.sql"]);
    snapshot(&workspace, "run_syntax", syntax);

    let mut piped = workspace
        .voxql()
        .args(["--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = piped.stdin.take().expect("a pipe");
    stdin
        .write_all(b"select 1 as a;\nselect 2 as b\n")
        .expect("it reads");
    drop(stdin);
    let output = piped.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "a\n1\nb\n2\n");
}

#[test]
fn shell_commands_run_without_a_prompt() {
    let workspace = with_export();
    snapshot(
        &workspace,
        "commands_tables",
        sql(&workspace, "\\d *_responses"),
    );
    let mut several = sql(&workspace, "\\set least 9\n\\pset null -");
    several.args([
        "-c",
        "SELECT count(*) AS n, NULL AS nothing FROM responses WHERE score >= $least",
    ]);
    snapshot(&workspace, "commands_set", several);
    snapshot(
        &workspace,
        "commands_gx",
        sql(
            &workspace,
            "SELECT 1 AS one, 2 AS two \\gx\n\\g\nSELECT 3 AS three",
        ),
    );
    let copy =
        "\\copy (SELECT segment, count(*) AS n FROM responses GROUP BY 1 ORDER BY 1) TO n.csv";
    snapshot(&workspace, "commands_copy", sql(&workspace, copy));
    let copied = fs::read_to_string(workspace.path().join("n.csv")).expect("a file");
    assert_eq!(copied, "segment,n\nenterprise,2\nsmb,2\n");
    for (name, text) in [
        ("copy_from", "\\copy responses FROM n.csv"),
        ("copy_extension", "\\copy responses TO n.docx"),
        (
            "copy_nothing",
            "\\copy (DROP TABLE IF EXISTS x) TO nothing.csv",
        ),
        ("dotted", ".tables"),
        ("dotted_mode", "SELECT 1;\n.mode csv\n"),
        ("at_prompt", "\\watch"),
        ("unknown", "\\dx"),
        ("g_alone", "\\g"),
        ("syntax_first", "\\d\nSELEC 1;"),
        (
            "foreign_placeholder",
            "SELECT count(*) FROM responses\nWHERE segment = :segment",
        ),
        ("question_mark", "SELECT ?"),
    ] {
        snapshot(
            &workspace,
            format!("commands_error_{name}"),
            sql(&workspace, text),
        );
    }
    assert!(!workspace.path().join("nothing.csv").exists());

    workspace.write(
        "init.sql",
        "\\pset null none\nCREATE VIEW smb AS SELECT * FROM responses WHERE segment = 'smb';\n",
    );
    workspace.write(
        "report.sql",
        "SELECT count(*) AS n, NULL AS nothing FROM smb WHERE score >= $least;\n",
    );
    let mut run = workspace.voxql();
    run.args([
        "run",
        "report.sql",
        "--init",
        "init.sql",
        "--param",
        "least=9",
    ]);
    snapshot(&workspace, "init_run", run);
    let mut command = sql(
        &workspace,
        "SELECT count(*) AS n FROM smb WHERE score >= $least",
    );
    command.args(["--init", "init.sql", "--param", "least=9", "-o", "n.csv"]);
    snapshot(&workspace, "init_command", command);
    assert_eq!(
        fs::read_to_string(workspace.path().join("n.csv")).expect("a file"),
        "n\n2\n"
    );
    let mut command = sql(&workspace, "SELECT $least + 1 AS more");
    command.args(["--param", "least=9"]);
    snapshot(&workspace, "param_command", command);
    let mut command = sql(&workspace, "SELECT 1 AS one");
    command.args(["--param", "least=9"]);
    snapshot(&workspace, "param_unused", command);
    let mut optimize = workspace.voxql();
    optimize.args(["--init", "init.sql", "optimize"]);
    snapshot(&workspace, "init_without_sql", optimize);
}

#[test]
fn arguments_that_are_no_command_lead_to_one() {
    let workspace = with_export();
    workspace.write("report.sql", "SELECT 1");
    for (name, argument) in [
        (
            "sql",
            "select nps(score) from responses where segment = 'smb'",
        ),
        ("file", "report.sql"),
        ("export", "answers.csv"),
        ("misspelt", "ingset"),
    ] {
        let mut voxql = workspace.voxql();
        voxql.arg(argument);
        snapshot(&workspace, format!("not_a_command_{name}"), voxql);
    }
}

#[test]
fn errors_say_what_to_do() {
    let empty = Workspace::new();
    snapshot(
        &empty,
        "error_no_lake",
        sql(&empty, "SELECT nps(score) FROM responses"),
    );
    snapshot(&empty, "error_no_lake_one", sql(&empty, "SELECT 1 AS one"));
    let workspace = with_export();
    for (name, text) in [
        ("unknown_column", "SELECT scor FROM responses"),
        ("unknown_function", "SELECT npss(score) FROM responses"),
        ("text_score", "SELECT nps(comment) FROM responses"),
        (
            "distinct",
            "SELECT segment, nps(DISTINCT score) FROM responses GROUP BY segment",
        ),
        (
            "distinct_window",
            "SELECT nps_stats(DISTINCT score) OVER () FROM responses WHERE false",
        ),
        (
            "distinct_scalar",
            "EXPLAIN SELECT nps_category(DISTINCT score) FROM responses",
        ),
        (
            "distinct_copy",
            "COPY (SELECT upper(DISTINCT segment) FROM responses) TO 'x.csv'",
        ),
        (
            "out_of_range",
            "SELECT nps(x) FROM (VALUES (9), (-1)) AS t(x)",
        ),
        ("open_string", "SELECT 'open"),
        ("insert", "INSERT INTO responses SELECT * FROM responses"),
        ("delete", "DELETE FROM responses WHERE score = 0"),
        ("update", "UPDATE responses SET score = 10"),
        ("truncate", "TRUNCATE TABLE responses"),
        ("drop", "DROP TABLE IF EXISTS responses"),
        ("nothing", "-- nothing"),
        ("unknown_table", "SELECT *\nFROM respones WHERE score > 8"),
        ("unknown_alias", "SELECT s.score FROM responses AS r"),
        ("qualified_column", "SELECT r.scor FROM responses AS r"),
        ("far_column", "SELECT loyalty FROM imports"),
        (
            "quoted_text",
            "SELECT * FROM responses WHERE segment = \"Karl\"",
        ),
        ("unquoted_file", "SELECT * FROM answers.csv"),
        ("far_function", "SELECT loyalty(score) FROM responses"),
        (
            "misspelt_keyword",
            "SELECT score\nFORM responses\nORDER BY score",
        ),
        ("missing_end", "SELECT score FROM responses WHERE"),
        (
            "not_grouped",
            "SELECT segment, score FROM responses GROUP BY segment",
        ),
    ] {
        snapshot(&workspace, format!("error_{name}"), sql(&workspace, text));
    }
    let mut two = sql(&workspace, "SELECT 1; SELECT 2");
    two.args(["-o", "out.csv"]);
    snapshot(&workspace, "error_two_results", two);
    let mut chart = sql(&workspace, "SELECT comment FROM responses");
    chart.args(["--format", "chart"]);
    snapshot(&workspace, "error_no_chart", chart);
    let mut none = sql(&workspace, "CREATE TABLE t AS SELECT 1");
    none.args(["-o", "out.csv"]);
    snapshot(&workspace, "error_no_result", none);
    assert!(!workspace.path().join("out.csv").exists());
    let mut other_key = workspace.voxql();
    other_key
        .env("VOXQL_KEY", "f".repeat(64))
        .args(["-c", "SELECT anonymize('ana@example.com')"]);
    snapshot(&workspace, "error_other_key", other_key);
    let mut no_key = workspace.voxql();
    no_key
        .env_remove("VOXQL_KEY")
        .args(["-c", "SELECT anonymize('ana@example.com')"]);
    snapshot(&workspace, "error_no_key", no_key);
}

#[test]
fn a_closed_pipe_is_success() {
    let workspace = Workspace::new();
    let mut voxql = sql(&workspace, "SELECT * FROM generate_series(1, 1000000)")
        .args(["--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(voxql.stdout.take());
    let output = voxql.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{:?}", output.status);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn the_demo_answers_its_questions() {
    let workspace = Workspace::new();
    let mut demo = workspace.voxql();
    demo.arg("demo");
    snapshot(&workspace, "demo", demo);
    let mut kept = workspace.voxql();
    kept.args(["demo", "--into", "played with"])
        .stdout(Stdio::null());
    assert!(kept.status().expect("it starts").success());
    let mut count = workspace.voxql();
    count
        .current_dir(workspace.path().join("played with"))
        .args(["-c", "SELECT count(*) FROM responses", "--format", "csv"]);
    let output = count.output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "count(*)\n2992\n");
}

/// 13,954 responses in two encodings, without a date, with known answers (CC0, NPSgame).
#[test]
fn a_real_export_with_no_options() {
    let Some(export) = shared_data("surveys/npsgame.csv") else {
        return;
    };
    let workspace = Workspace::new();
    fs::copy(export, workspace.path().join("npsgame.csv")).expect("a copy");
    for name in ["npsgame", "npsgame_again"] {
        let mut voxql = workspace.voxql();
        voxql.args(["ingest", "npsgame.csv"]);
        snapshot(&workspace, name, voxql);
    }
    snapshot(
        &workspace,
        "npsgame_score",
        sql(
            &workspace,
            "SELECT round(nps(score), 4) AS nps, count(score) AS answered, \
             count(*) - count(score) AS not_answered, promoters(score) AS promoters, \
             passives(score) AS passives, detractors(score) AS detractors FROM responses",
        ),
    );
}

/// The files of a folder, but the lake.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .filter(|name| name != "lake")
        .collect()
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_no_unfinished_file() {
    const ENDLESS: &str = "SELECT a.value FROM range(1000000) a, range(1000000) b";
    let copy = format!("COPY ({ENDLESS}) TO 'result.csv'");
    let cases: [(&[&str], &str, i32); 3] = [
        (&["-c", ENDLESS, "-o", "result.csv"], "INT", 130),
        (&["-c", ENDLESS, "-o", "result.csv"], "TERM", 143),
        (&["-c", &copy], "INT", 130),
    ];
    for (args, signal, code) in cases {
        let workspace = Workspace::new();
        let mut running = workspace
            .voxql()
            .args(args)
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        while files(workspace.path()).is_empty() {
            assert_eq!(running.try_wait().expect("a state"), None, "{args:?}");
            thread::sleep(Duration::from_millis(10));
        }
        let sent = Command::new("kill")
            .args(["-s", signal, &running.id().to_string()])
            .status();
        assert!(sent.expect("kill starts").success());
        let ended = running.wait().expect("the program ends");
        assert_eq!(ended.code(), Some(code), "{args:?}");
        assert_eq!(files(workspace.path()), [""; 0], "{args:?}");
    }
}

#[test]
fn memory_is_limited_and_the_owner_sets_the_limit() {
    let workspace = with_export();
    let run = |arguments: &[&str]| {
        let ended = workspace.voxql().args(arguments).output();
        let ended = ended.expect("the program runs");
        let error = String::from_utf8(ended.stderr).expect("text");
        (ended.status.code(), error)
    };
    let join = "SELECT count(*) FROM generate_series(1, 1000000) AS a(i) \
                JOIN generate_series(1, 1000000) AS b(j) ON i = j";
    let (code, error) = run(&["--memory", "8MiB", "-c", join]);
    assert_eq!(code, Some(2), "{error}");
    assert!(
        error.contains("error: the memory limit is reached"),
        "{error}"
    );
    // What can spill does.
    let groups = "SELECT count(*) FROM (SELECT DISTINCT md5(i::TEXT) FROM generate_series(1, 500000) AS t(i))";
    let (code, error) = run(&["--memory", "64MiB", "-c", groups]);
    assert_eq!(code, Some(0), "{error}");
    for large in [
        "lpad('x', 2147483647, 'y')",
        "repeat(segment, 2000000000)",
        "array_length(range(0, 10000000000))",
        "array_length(array_repeat(score, 1000000000))",
        "rpad(segment, score * 1000000000)",
    ] {
        let (code, error) = run(&["-c", &format!("SELECT {large} FROM responses")]);
        assert_eq!(code, Some(2), "{large}: {error}");
        assert!(
            error.contains("more than 1024 MiB of values"),
            "{large}: {error}"
        );
    }
    let large = "SELECT length(rpad('x', 500000000, 'ab'))";
    let (code, error) = run(&["--memory", "200MiB", "-c", large]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("more than 200 MiB of values"), "{error}");
    for limit in [
        &["--memory", "1GiB", "--role", "analyst", "-c", "SELECT 1"][..],
        &["--role", "analyst", "--memory", "1GiB", "check", "a.sql"],
    ] {
        let (code, error) = run(limit);
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains("the owner sets the memory limit"), "{error}");
    }
}

#[test]
fn negative_lengths_are_empty() {
    let workspace = with_export();
    let padded = "SELECT concat(rpad(segment, score - 9), '|', lpad(segment, score - 9)) FROM responses \
                  WHERE score IS NOT NULL ORDER BY response_id";
    let ended = sql(&workspace, padded).args(["--format", "csv"]).output();
    let ended = ended.expect("the program runs");
    let printed = String::from_utf8(ended.stdout).expect("text");
    let rows: Vec<&str> = printed.lines().skip(1).collect();
    assert_eq!(rows, ["s|s", "|", "|"]);
}

#[test]
#[cfg(unix)]
fn names_of_files_change_no_terminal() {
    let workspace = Workspace::new();
    let name = "a\u{1b}[31m\nb\u{9b}m.csv";
    workspace.write(name, EXPORT);
    workspace.write("broken\u{1b}]0;x\u{7}.csv", "a,b\n1,2\n");
    for arguments in [
        &["ingest", name][..],
        &["ingest", name],
        &["ingest", "broken\u{1b}]0;x\u{7}.csv"],
        &["imports"],
        &[
            "-c",
            "SELECT * FROM 'broken\u{1b}]0;x\u{7}.csv' WHERE c = 1",
        ],
        &["run", "no\u{1b}[2Jsuch.sql"],
    ] {
        let ended = workspace.voxql().args(arguments).output();
        let ended = ended.expect("the program runs");
        for printed in [ended.stdout, ended.stderr] {
            let printed = String::from_utf8(printed).expect("text");
            let is_unsafe = |c: char| c.is_control() && c != '\n';
            assert!(!printed.contains(is_unsafe), "{arguments:?}: {printed:?}");
            assert!(!printed.contains("\nb"), "{arguments:?}: {printed:?}");
        }
    }
}

#[test]
fn csv_is_safe_for_spreadsheets_on_request() {
    let workspace = with_export();
    workspace.write(
        "q.sql",
        "\\pset null -\nSELECT '=1+1' AS a, -5 AS b, '@x' AS c, 'a' AS \"=d\";",
    );
    for arguments in [
        &["--safe-csv", "--format", "csv", "run", "q.sql"][..],
        &["run", "q.sql", "--safe-csv", "--format", "csv"],
    ] {
        let ended = workspace.voxql().args(arguments).output();
        let ended = ended.expect("the program runs");
        let printed = String::from_utf8(ended.stdout).expect("text");
        let expected = "a,b,c,'=d\n'=1+1,-5,'@x,a\n";
        assert!(printed.ends_with(expected), "{arguments:?}: {printed}");
    }
    let ended = sql(&workspace, "SELECT '=1+1' AS a")
        .args(["--format", "tsv", "--safe-csv"])
        .output();
    assert_eq!(ended.expect("the program runs").stdout, b"a\n'=1+1\n");
}

#[test]
fn a_log_shows_no_secrets() {
    let workspace = Workspace::new();
    let ended = workspace
        .voxql()
        .args(["-c", "SELECT count(*) FROM 's3://bucket/x.parquet'"])
        .env("VOXQL_LOG", "trace")
        .env("AWS_ENDPOINT_URL", "http://user:hunter2@127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "AKIASECRETID")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
        .env("AWS_REGION", "us-east-1")
        .output();
    let log = String::from_utf8(ended.expect("the program runs").stderr).expect("text");
    assert!(log.contains("TRACE") && log.contains("127.0.0.1"), "{log}");
    for secret in ["hunter2", "AKIASECRETID", "wJalrXUtnFEMI"] {
        assert!(!log.contains(secret), "{secret}");
    }
}
