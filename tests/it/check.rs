//! `voxql check`: its output, files and exit codes, and the absence of personal data.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::cli::{settings, snapshot};
use crate::common::Workspace;

/// Segment, channel, score, and the number of responses with it.
const ANSWERS: [(&str, &str, u8, usize); 7] = [
    ("enterprise", "web", 10, 60),
    ("enterprise", "web", 8, 30),
    ("enterprise", "email", 3, 10),
    ("smb", "web", 9, 40),
    ("smb", "email", 7, 30),
    ("smb", "email", 2, 30),
    ("partner", "web", 9, 3),
];

/// Personal data of the responses, which no output may contain.
const SECRETS: [&str; 9] = [
    "kingfisher",
    "kingf",
    "example.com",
    "v1:",
    "rid-",
    "acme",
    "heron",
    "quill",
    "49301555",
];

fn export(answers: &[(&str, &str, u8, usize)], prefix: &str) -> String {
    let mut export = "response_id,responded_at,score,comment,email,name,phone,account,segment,\
                      channel,remark\n"
        .to_owned();
    let mut number = 0;
    for (segment, channel, score, count) in answers {
        for _ in 0..*count {
            number += 1;
            let day = number % 28 + 1;
            export += &format!(
                "rid-{prefix}{number},2026-03-{day:02}T10:00:00Z,{score},\"Kingfisher number \
                 {number}, I waited\",kay{prefix}{number}@example.com,Kay Quill,+49301555{number:04},\
                 acme-{number},{segment},{channel},heron stands by the water {number}\n"
            );
        }
    }
    export
}

/// A workspace with a lake of [`ANSWERS`].
fn lake() -> Workspace {
    let workspace = Workspace::new();
    ingest(&workspace, "answers.csv", &export(&ANSWERS, "a"));
    workspace
}

fn ingest(workspace: &Workspace, name: &str, export: &str) {
    workspace.write(name, export);
    let mut voxql = workspace.voxql();
    voxql.args(["ingest", name, "--keep", "segment,channel,remark"]);
    assert_exit(&output(voxql), 0);
}

/// Runs `voxql check` with arguments separated by spaces.
fn check(workspace: &Workspace, args: &str) -> Command {
    let mut voxql = workspace.voxql();
    voxql.arg("check").args(args.split_whitespace());
    voxql
}

fn check_in_github(workspace: &Workspace, args: &str) -> Command {
    let mut voxql = check(workspace, args);
    voxql.env("GITHUB_ACTIONS", "true");
    voxql
}

fn check_snapshot(workspace: &Workspace, name: &str, args: &str) {
    snapshot(workspace, format!("check_{name}"), check(workspace, args));
}

fn run(workspace: &Workspace, args: &str) -> Output {
    output(check(workspace, args))
}

fn output(mut voxql: Command) -> Output {
    voxql.stdin(Stdio::null());
    voxql.output().expect("the program starts")
}

#[track_caller]
fn assert_exit(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{output:#?}");
}

fn text(workspace: &Workspace, name: &str) -> String {
    fs::read_to_string(workspace.path().join(name)).expect("a file that was written")
}

fn json(workspace: &Workspace, name: &str) -> Value {
    serde_json::from_str(&text(workspace, name)).expect("JSON")
}

/// Asserts the contents of a file, except for times.
fn file_snapshot(workspace: &Workspace, name: &str, file: &str) {
    let mut settings = settings(workspace);
    settings.add_filter(r#"time="\d+\.\d{3}""#, r#"time="[time]""#);
    settings.add_filter(r#""checked_at": "[^"]+""#, r#""checked_at": "[now]""#);
    settings.add_filter(r#""voxql": "[^"]+""#, r#""voxql": "[version]""#);
    let text = text(workspace, file);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

const PASSES: &str = "\
-- The web channel is our largest.
-- @check name=web_nps severity=error min_responses=100
-- @expect nps >= 30 warn < 35
-- @expect responses between 100 and 1000
SELECT nps(score) AS nps, count(score) AS responses FROM responses WHERE channel = $channel;

-- @check name=no_duplicates
-- @expect rows = 0
SELECT response_id FROM responses GROUP BY response_id HAVING count(*) > 1;

-- @check name=runs
SELECT 1;
";

const MIXED: &str = "\
-- @check name=by_segment
-- @expect nps >= 20 warn < 60
-- @expect nps is not null
SELECT segment, nps(score) AS nps FROM responses GROUP BY segment ORDER BY segment;

-- @check name=wishes severity=warning
-- @expect nps > 99.5
SELECT nps(score) AS nps FROM responses;

-- @check name=few min_responses=50
-- @expect nps >= 0
SELECT segment, channel, nps(score) AS nps, count(score) AS responses
FROM responses GROUP BY segment, channel ORDER BY segment, channel;

-- @check name=nobody
-- @expect nps >= 0
SELECT nps(score) AS nps FROM responses WHERE segment = 'nowhere';

-- @check name=no_rows
-- @expect nps >= 0
SELECT segment, nps(score) AS nps FROM responses WHERE segment = 'nowhere' GROUP BY segment;

-- @check name=accounts
-- @expect nps >= 0
SELECT account, segment, nps(score) - 200 AS nps FROM responses WHERE segment = 'partner'
GROUP BY account, segment ORDER BY account;
";

#[test]
fn passing_checks() {
    let workspace = lake();
    workspace.write("passes.sql", PASSES);
    check_snapshot(&workspace, "passed", "passes.sql --param channel=web");
    let at_version = "passes.sql --param channel=web --at-version 1";
    assert_exit(&run(&workspace, at_version), 0);
    check_snapshot(&workspace, "missing_param", "passes.sql");
    let mut with_format = workspace.voxql();
    with_format.args(["--format", "json", "check", "passes.sql"]);
    snapshot(&workspace, "check_format", with_format);
}

/// All files that a run can write.
const FILES: &str = "--json results.json --junit junit.xml --summary summary.md";

#[test]
fn failing_checks() {
    let workspace = lake();
    workspace.write("mixed.sql", MIXED);
    check_snapshot(&workspace, "mixed", &format!("mixed.sql {FILES}"));
    file_snapshot(&workspace, "check_results_json", "results.json");
    file_snapshot(&workspace, "check_junit_xml", "junit.xml");
    file_snapshot(&workspace, "check_summary_md", "summary.md");

    workspace.write(
        "many.sql",
        "-- @check name=many\n-- @expect number < 0\n-- @expect rows < 70\n\
         SELECT number FROM generate_series(1, 70) AS t(number) ORDER BY number;\n",
    );
    let mut unread = check(&workspace, "many.sql --json unread.json")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(unread.stdout.take());
    let ended = unread.wait().expect("it ends");
    assert_eq!(ended.code(), Some(1), "fails without a reader too");
    assert!(workspace.path().join("unread.json").exists());

    workspace.write(
        "found.sql",
        "-- @check name=found\n-- @expect rows = 0\nSELECT segment, channel, nps(score) AS nps \
         FROM responses GROUP BY segment, channel HAVING nps(score) < 0 ORDER BY segment;\n\
         -- @check name=days\n-- @expect rows between 1 and 3\n\
         SELECT DISTINCT responded_at::date AS day FROM responses ORDER BY day;\n",
    );
    check_snapshot(&workspace, "found", "found.sql");
    check_snapshot(&workspace, "many", "many.sql --json many.json");
    let many = &json(&workspace, "many.json")["checks"][0];
    assert_eq!(many["findings"].as_array().map(Vec::len), Some(51));
    assert_eq!(many["findings_left_out"], 20);

    let in_github = check_in_github(&workspace, "mixed.sql");
    snapshot(&workspace, "check_github", in_github);
}

#[test]
fn exit_codes() {
    let workspace = lake();
    let with_expectation = |name: &str, header: &str, expected: &str| {
        let text = format!(
            "-- @check name={name} {header}\n-- @expect {expected}\n\
             SELECT segment, nps(score) AS nps FROM responses GROUP BY segment ORDER BY segment;\n"
        );
        workspace.write(&format!("{name}.sql"), text);
    };
    with_expectation("passes", "", "nps between -100 and 100");
    with_expectation("warns", "", "nps > -100 warn < 200");
    with_expectation("fails", "", "nps > 100");
    with_expectation("mild", "severity=warning", "nps > 100");
    with_expectation("unknown", "severity=warning", "nps > baseline");
    for (args, code) in [
        ("passes.sql", 0),
        ("warns.sql", 0),
        ("mild.sql", 0),
        ("fails.sql", 1),
        ("passes.sql warns.sql fails.sql", 1),
        ("warns.sql --warnings-as-errors", 1),
        ("mild.sql --warnings-as-errors", 1),
        ("unknown.sql", 2),
        ("fails.sql unknown.sql", 2),
        ("unknown.sql fails.sql", 2),
        ("fails.sql unknown.sql --fail-fast", 1),
        ("unknown.sql fails.sql --fail-fast", 2),
        ("mild.sql passes.sql --fail-fast", 0),
        ("nowhere.sql", 2),
        ("passes.sql passes.sql", 2),
        ("passes.sql --json one --junit one", 2),
        ("passes.sql --json .", 2),
        ("passes.sql --baseline nowhere.json", 2),
        ("passes.sql --json nowhere/results.json", 2),
        ("", 2),
    ] {
        let output = run(&workspace, args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:#?}");
    }
    // Failures are written too, and checks that were not run do not count as passed.
    check_snapshot(
        &workspace,
        "fail_fast",
        "fails.sql passes.sql --fail-fast --junit junit.xml --summary summary.md",
    );
    file_snapshot(&workspace, "check_fail_fast_junit", "junit.xml");
    file_snapshot(&workspace, "check_fail_fast_summary", "summary.md");
    check_snapshot(
        &workspace,
        "no_such_baseline",
        "passes.sql --baseline nowhere.json",
    );
    check_snapshot(&workspace, "file_twice", "passes.sql warns.sql passes.sql");
    check_snapshot(
        &workspace,
        "one_file_for_two",
        "passes.sql --json one --junit one",
    );
}

#[test]
fn problems_are_reported_before_anything_runs() {
    let workspace = lake();
    workspace.write(
        "wrong.sql",
        "-- @check name=typo\n-- @expct nps >= 30\nSELECT nps(score) AS nps FROM responses;\n\n\
         -- @check name=keys sevrity=error\nSELECT 1;\n\n\
         -- @check name=severity severity=fatal\nSELECT 1;\n\n\
         -- @check name=\"two words\"\nSELECT 1;\n\n\
         -- @check min_responses=5\nSELECT 1;\n\n\
         -- @check name=condition\n-- @expect nps => 30\nSELECT 1 AS nps;\n\n\
         -- @check name=behind\nSELECT 1 AS nps; -- @expect nps = 1\n\n\
         /* @expect nps = 1 */\n-- @expect nps = 1\n",
    );
    workspace.write("nothing.sql", "-- nothing\n");
    workspace.write(
        "unnamed.sql",
        "SELECT 1;\n-- @expect x = 1\nSELECT 1 AS x;\n",
    );
    workspace.write(
        "twice.sql",
        "-- @check name=a\nSELECT 1;\n-- @check name=a\nSELECT 2;\n",
    );
    check_snapshot(
        &workspace,
        "wrong_directives",
        "wrong.sql nothing.sql unnamed.sql twice.sql",
    );
    let in_github = check_in_github(&workspace, "unnamed.sql");
    snapshot(&workspace, "check_wrong_github", in_github);

    workspace.write(
        "plans.sql",
        "-- @check name=runs\nSELECT 1;\n\
         -- @check name=column\n-- @expect npss >= 30\nSELECT nps(score) AS nps FROM responses;\n\
         -- @check name=text\n-- @expect segment >= 30\nSELECT segment FROM responses;\n\
         -- @check name=struct\n-- @expect stats >= 30\n\
         SELECT nps_stats(score) AS stats FROM responses;\n\
         -- @check name=histogram\n-- @expect no significant drop < 5 %\nSELECT 1 AS nps;\n\
         -- @check name=named_histogram\n-- @expect no significant drop in nps < 5 %\n\
         SELECT 1 AS nps;\n\
         -- @check name=responses min_responses=5\nSELECT 1 AS nps;\n\
         -- @check name=unknown\nSELECT scor FROM responses;\n\
         -- @check name=syntax\nSELECT 1 +;\n\
         -- @check name=two\n-- @expect a = 1\nSELECT * FROM (SELECT 1 AS a) x, (SELECT 2 AS a) y;\n",
    );
    check_snapshot(&workspace, "wrong_queries", "plans.sql --json results.json");
    assert!(!workspace.path().join("results.json").exists());

    for statement in [
        "CREATE TABLE t AS SELECT 1",
        "COPY (SELECT comment FROM responses) TO 'comments.csv'",
        "INSERT INTO responses SELECT * FROM responses",
        "DELETE FROM responses",
        "SET voxql.rollup = off",
        "EXPLAIN ANALYZE SELECT * FROM responses",
        "DESCRIBE responses",
    ] {
        workspace.write("no_query.sql", format!("-- @check name=a\n{statement};\n"));
        let output = run(&workspace, "no_query.sql");
        assert_exit(&output, 2);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains("a check must be a query"),
            "{statement}: {stderr}"
        );
    }
    assert!(!workspace.path().join("comments.csv").exists());

    // The problem of the first is reported although the second stops immediately.
    workspace.write(
        "stops.sql",
        "-- @check name=column\nSELECT scor FROM responses;\n\
         -- @check name=file\nSELECT * FROM 'nowhere.csv';\n",
    );
    check_snapshot(&workspace, "stops", "stops.sql");

    let empty = Workspace::new();
    empty.write("passes.sql", PASSES);
    check_snapshot(&empty, "no_lake", "passes.sql --param channel=web");
}

const TRACKED: &str = "\
-- @check name=tracked
-- @expect nps >= baseline - 3
-- @expect no significant drop < 5 % warn < 20 %
-- @expect responses >= baseline
SELECT segment, nps(score) AS nps, count(score) AS responses, score_histogram(score) AS histogram
FROM responses GROUP BY segment ORDER BY segment;

-- @check name=segments
-- @expect rows = baseline
SELECT DISTINCT segment FROM responses;
";

#[test]
fn comparison_with_a_baseline() {
    let workspace = lake();
    workspace.write("tracked.sql", TRACKED);
    check_snapshot(
        &workspace,
        "baseline_none",
        "tracked.sql --json baseline.json",
    );
    let again = "tracked.sql --baseline baseline.json";
    assert_exit(&run(&workspace, again), 0);

    let worse = [
        ("smb", "web", 0, 40),
        ("enterprise", "web", 6, 10),
        ("partner", "web", 10, 1),
    ];
    ingest(&workspace, "worse.csv", &export(&worse, "b"));
    check_snapshot(&workspace, "baseline_worse", again);
    let before = format!("{again} --at-version 1");
    assert_exit(&run(&workspace, &before), 0);

    workspace.write(
        "other.sql",
        "-- @check name=tracked\n-- @expect nps >= baseline - 3\n\
         -- @expect no significant drop in counts < 5 %\n\
         SELECT segment, channel, nps(score) AS nps, score_histogram(score) AS counts \
         FROM responses WHERE segment = 'smb' GROUP BY segment, channel ORDER BY channel;\n\
         -- @check name=new\n-- @expect nps >= baseline\n\
         SELECT nps(score) AS nps FROM responses;\n\
         -- @check name=segments\n-- @expect other >= baseline\n\
         SELECT segment, 1 AS other FROM responses WHERE segment <> 'partner' GROUP BY segment \
         ORDER BY segment;\n",
    );
    check_snapshot(
        &workspace,
        "baseline_other",
        "other.sql --baseline baseline.json",
    );

    workspace.write(
        "people.sql",
        "-- @check name=tracked\n-- @expect nps >= baseline - 3\n\
         SELECT account, nps(score) AS nps FROM responses GROUP BY account;\n\
         -- @check name=segments\n-- @expect nps >= baseline - 3\n\
         SELECT 'all' AS segment, nps(score) AS nps FROM responses GROUP BY month, segment;\n",
    );
    check_snapshot(
        &workspace,
        "baseline_keys",
        "people.sql --baseline baseline.json",
    );

    for (name, content) in [
        ("newer", "{\"version\": 2, \"checks\": 7}"),
        ("unversioned", "{\"checks\": []}"),
        ("text", "nps: 40"),
        ("half", "{\"version\": 1, \"checks\": [{\"name\": \"a\"}]}"),
    ] {
        workspace.write("broken.json", content);
        let args = "tracked.sql --baseline broken.json";
        check_snapshot(&workspace, &format!("baseline_{name}"), args);
    }
}

#[test]
fn contents_of_a_baseline() {
    let workspace = lake();
    workspace.write("tracked.sql", TRACKED);
    assert_exit(&run(&workspace, "tracked.sql --json baseline.json"), 2);
    let results = json(&workspace, "baseline.json");
    assert_eq!(results["version"], 1);
    let rows = results["checks"][0]["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["key"], serde_json::json!({"segment": "enterprise"}));
    assert_eq!(rows[0]["values"]["responses"], 100);
    assert_eq!(rows[0]["values"]["nps"], 50);
    assert_eq!(
        rows[0]["histograms"]["histogram"],
        serde_json::json!([0, 0, 0, 10, 0, 0, 0, 0, 30, 0, 60])
    );
}

#[test]
fn a_key_that_must_not_be_null_names_its_row() {
    let workspace = Workspace::new();
    workspace.write(
        "null.sql",
        "-- @check name=null\n-- @expect segment is not null\n\
         SELECT segment, count(*) AS n FROM (VALUES ('a'), (NULL)) AS t(segment) \
         GROUP BY segment;\n",
    );
    let output = run(&workspace, "null.sql");
    assert_exit(&output, 1);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        stdout.contains("segment = NULL: segment is NULL"),
        "{stdout}"
    );
}

#[test]
fn a_baseline_distinguishes_long_column_names() {
    let workspace = lake();
    let with = |enterprise: i32| {
        format!(
            "-- @check name=long\n\
             -- @expect nps_of_responses_from_the_segment_called_enterprise = baseline\n\
             SELECT {enterprise}.5 AS nps_of_responses_from_the_segment_called_enterprise, \
             2.5 AS nps_of_responses_from_the_segment_called_smb;\n"
        )
    };
    workspace.write("long.sql", with(1));
    assert_exit(&run(&workspace, "long.sql --json baseline.json"), 2);
    let again = "long.sql --baseline baseline.json";
    assert_exit(&run(&workspace, again), 0);
    workspace.write("long.sql", with(2));
    assert_exit(&run(&workspace, again), 1);
}

#[test]
fn errors_are_hidden_only_if_they_may_quote_personal_data() {
    let workspace = lake();
    workspace.write(
        "fails.sql",
        "-- @check name=own\nSELECT sum(score) / (count(score) - count(score)) FROM responses;\n\
         -- @check name=kept\nSELECT CAST(segment AS INT) FROM responses;\n",
    );
    check_snapshot(&workspace, "query_fails", "fails.sql");
}

/// Queries with personal data in their results, in every way we could think of. Their checks fail.
const CURIOUS: [&str; 32] = [
    "SELECT comment, 1 AS x FROM responses",
    "SELECT comment AS segment, 1 AS x FROM responses",
    "SELECT upper(comment) AS said, 1 AS x FROM responses",
    "SELECT left(comment, 10) || '' AS said, count(*) AS x FROM responses GROUP BY 1",
    "SELECT CAST(comment AS VARCHAR) AS said, 1 AS x FROM responses",
    "SELECT respondent, count(*) AS x FROM responses GROUP BY respondent",
    "SELECT 'of ' || respondent AS who, 1 AS x FROM responses",
    "SELECT response_id, count(*) AS x FROM responses GROUP BY response_id",
    "SELECT account, count(*) AS x FROM responses GROUP BY account",
    "SELECT reveal(respondent, 'email') AS who, 1 AS x FROM responses",
    "SELECT who, count(*) AS x FROM (SELECT reveal(respondent, 'name') AS who FROM responses) \
     GROUP BY who",
    "SELECT segment, CAST(regexp_replace(reveal(respondent, 'phone'), '[^0-9]', '', 'g') AS \
     BIGINT) AS x FROM responses",
    "SELECT CAST(regexp_replace(reveal(respondent, 'phone'), '[^0-9]', '', 'g') AS BIGINT) AS \
     phone, 1 AS x FROM responses",
    "SELECT max(CAST(regexp_replace(reveal(respondent, 'phone'), '[^0-9]', '', 'g') AS BIGINT)) \
     AS x FROM responses",
    "SELECT anonymize(segment) AS who, count(*) AS x FROM responses GROUP BY 1",
    "SELECT said, 1 AS x FROM (SELECT comment AS said FROM responses) AS t",
    "WITH t AS (SELECT comment AS said, score FROM responses) SELECT t.said, 1 AS x FROM t",
    "SELECT segment AS label, 1 AS x FROM responses UNION ALL SELECT comment, 1 FROM responses",
    "SELECT CASE WHEN score > 5 THEN comment ELSE segment END AS label, 1 AS x FROM responses",
    "SELECT coalesce(NULL, comment, segment) AS label, 1 AS x FROM responses",
    "SELECT (SELECT max(comment) FROM responses) AS said, 1 AS x",
    "SELECT a.segment, b.comment, 1 AS x FROM responses a JOIN responses b USING (response_id)",
    "SELECT unnest(array_agg(comment)) AS said, 1 AS x FROM responses",
    "SELECT s['comment'] AS said, 1 AS x FROM (SELECT named_struct('comment', comment) AS s \
     FROM responses)",
    "SELECT lag(comment) OVER (ORDER BY response_id) AS said, 1 AS x FROM responses",
    "SELECT first_value(respondent) AS who, segment, 1 AS x FROM responses GROUP BY segment",
    "SELECT DISTINCT ON (segment) comment AS said, 1 AS x FROM responses",
    "SELECT comment, 1 AS x FROM latest_responses",
    "SELECT respondent, 1 AS x FROM identities",
    "SELECT c5 AS said, 1 AS x FROM (SELECT remark AS c5 FROM valid_responses)",
    "SELECT left(remark, 12) AS label, 1 AS x FROM responses",
    "SELECT unnest(string_to_array(remark, ' ')) AS word, 1 AS x FROM responses",
];

#[test]
fn no_output_contains_personal_data() {
    let workspace = lake();
    let mut checks = String::new();
    for (number, query) in CURIOUS.iter().enumerate() {
        checks += &format!(
            "-- @check name=curious_{number}\n-- @expect x > 99999999999999\n\
             -- @expect rows = 0\n{query};\n"
        );
    }
    // Files outside the lake, errors that quote values, parameters, and pseudonyms in the SQL.
    checks += "-- @check name=file\n-- @expect x = 0\n\
               SELECT email, 1 AS x FROM 'answers.csv';\n\
               -- @check name=number\n-- @expect x = 0\n\
               SELECT CAST(comment AS INT) AS x FROM responses;\n\
               -- @check name=date\n-- @expect x = 0\n\
               SELECT CAST(remark AS DATE) AS day, 1 AS x FROM responses;\n\
               -- @check name=parsed\n-- @expect x = 0\n\
               SELECT arrow_cast(name, 'Int64') AS x FROM 'answers.csv';\n\
               -- @check name=counted min_responses=999999999999\n\
               SELECT CAST(regexp_replace(reveal(respondent, 'phone'), '[^0-9]', '', 'g') AS \
               BIGINT) AS responses FROM responses;\n\
               -- @check name=parameter\n-- @expect x = 0\n\
               SELECT $who AS who, segment, count(*) AS x FROM responses GROUP BY segment;\n\
               -- @check name=literal\n-- @expect x = 0\n\
               SELECT 'v1:xrrndzr74tldv7dfsq27hd4v62ttpuvy6gsag6m52wgmwesi4klq' AS who, 1 AS x;\n";
    workspace.write("curious.sql", checks);
    let args = format!("curious.sql --param who=kay@example.com {FILES}");
    let output = output(check_in_github(&workspace, &args));
    assert_exit(&output, 2);
    let results = json(&workspace, "results.json");
    let checks = results["checks"].as_array().expect("checks");
    assert_eq!(checks.len(), CURIOUS.len() + 7);
    for check in checks {
        let name = check["name"].as_str().expect("a name");
        let expected = match name {
            "number" | "date" | "parsed" | "counted" => "not_evaluated",
            _ => "failed",
        };
        assert_eq!(check["status"], expected, "{check:#}");
    }
    for (place, text) in [
        (
            "stdout",
            String::from_utf8_lossy(&output.stdout).into_owned(),
        ),
        (
            "stderr",
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ),
        ("results.json", text(&workspace, "results.json")),
        ("junit.xml", text(&workspace, "junit.xml")),
        ("summary.md", text(&workspace, "summary.md")),
    ] {
        // The replacement of a pseudonym is allowed.
        let text = text.replace("v1:…", "");
        for secret in SECRETS {
            let found = text.to_lowercase().find(secret);
            let around = found.map(|at| text.chars().skip(at.saturating_sub(200)).take(400));
            let around = around.map(Iterator::collect::<String>);
            assert_eq!(around, None, "{secret} is in {place}");
        }
    }
    // Other values are shown: otherwise this would test nothing.
    assert!(text(&workspace, "summary.md").contains("segment = "));
}

/// Any other column was kept from an export, so checks show it and reports can group by it. A new
/// column must be added to `check/provenance.rs` and `report/gather.rs`.
#[test]
fn every_column_of_responses_has_a_known_provenance() {
    const KNOWN: &str = "account comment consent day import_id metric month rating rating_max \
                         responded_at respondent response_id score sent_at source survey updated_at";
    let workspace = Workspace::new();
    workspace.write("plain.csv", "id,date,score\na,2026-03-01,10\n");
    let mut voxql = workspace.voxql();
    voxql.args(["ingest", "plain.csv"]);
    assert_exit(&voxql.output().expect("the program starts"), 0);
    let mut voxql = workspace.voxql();
    let sql = "SELECT string_agg(column_name, ' ' ORDER BY column_name) AS columns \
               FROM information_schema.columns WHERE table_name = 'responses'";
    voxql.args(["--format", "tsv", "-c", sql]);
    let output = voxql.output().expect("the program starts");
    let columns = String::from_utf8_lossy(&output.stdout);
    assert_eq!(columns.trim(), format!("columns\n{KNOWN}"), "{output:?}");
}

/// Planning a query reads files, and its errors quote names in the query.
#[test]
fn problems_of_queries_do_not_quote_personal_data() {
    const PSEUDONYM: &str = "v1:xrrndzr74tldv7dfsq27hd4v62ttpuvy6gsag6m52wgmwesi4klq";
    let workspace = lake();
    workspace.write(
        "people.json",
        "[{\"email\": \"kay@example.com\", \"comment\": \"Kingfisher, I waited\"}]",
    );
    workspace.write(
        "wrong.sql",
        format!(
            "-- @check name=file\nSELECT * FROM 'people.json';\n\
             -- @check name=named\n-- @expect x = 1\nSELECT '{PSEUDONYM}';\n\
             -- @check name=quoted\nSELECT \"{PSEUDONYM}\" FROM responses;\n"
        ),
    );
    let in_github = check_in_github(&workspace, "wrong.sql");
    snapshot(&workspace, "check_wrong_quotes", in_github);

    workspace.write(
        "typed.sql",
        "-- @check name=typed\nSELECT nps(score) FROM responses WHERE score = $score;\n",
    );
    let output = run(&workspace, &format!("typed.sql --param score={PSEUDONYM}"));
    assert_exit(&output, 2);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("--param score=v1:…: the placeholder needs a value of type"),
        "{stderr}"
    );
}

/// GitHub runs lines that begin with `::`, which only our annotations may do.
#[cfg(unix)]
#[test]
fn names_are_not_run_as_workflow_commands() {
    let workspace = lake();
    let file = "odd\n::notice::name.sql";
    workspace.write(
        file,
        "-- @check name=odd\n-- @expect \"::warning::measure\" = 0\n\
         SELECT segment AS \"::error::key\", count(*) AS \"::warning::measure\" FROM responses \
         GROUP BY segment;\n",
    );
    let mut voxql = workspace.voxql();
    voxql.args(["check", file]);
    let output = output(voxql);
    assert_exit(&output, 1);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains(": :error::key = "), "{stdout}");
    for line in stdout.lines() {
        assert!(!line.trim_start().starts_with("::"), "{line}");
    }
}

#[test]
fn the_step_summary_is_appended_to() {
    let workspace = lake();
    workspace.write("passes.sql", "-- @check name=passes\nSELECT 1;\n");
    workspace.write("step.md", "earlier text");
    let args = "passes.sql --summary ./step.md";
    for _ in 0..2 {
        let mut voxql = check(&workspace, args);
        voxql.env("GITHUB_STEP_SUMMARY", workspace.path().join("step.md"));
        assert_exit(&output(voxql), 0);
    }
    let summary = text(&workspace, "step.md");
    assert!(
        summary.starts_with("earlier text\n## voxql check: passed\n"),
        "{summary}"
    );
    assert_eq!(summary.matches("## voxql check").count(), 2, "{summary}");
    // Any other file is replaced.
    assert_exit(&run(&workspace, args), 0);
    assert!(text(&workspace, "step.md").starts_with("## voxql check"));
}

#[test]
fn junit_is_valid_by_its_schema() {
    let Some(python) = crate::interop::python() else {
        return;
    };
    let workspace = lake();
    workspace.write("mixed.sql", MIXED);
    workspace.write("passes.sql", PASSES);
    workspace.write(
        "odd & <names>.sql",
        "-- @check name=odd\n-- @expect x = 0\nSELECT '<]]>&\"' AS \"key <\", 1 AS x;\n",
    );
    for (option, code) in [("", 2), ("--fail-fast", 1)] {
        let args = format!("mixed.sql passes.sql --param channel=web --junit junit.xml {option}");
        let mut voxql = check(&workspace, &args);
        voxql.arg("odd & <names>.sql");
        assert_exit(&output(voxql), code);
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/junit-10.xsd");
        let validated = Command::new(&python)
            .args([
                "-c",
                "import sys, xmlschema; xmlschema.validate(sys.argv[1], sys.argv[2])",
                "junit.xml",
            ])
            .arg(schema)
            .current_dir(workspace.path())
            .output()
            .expect("Python");
        assert!(validated.status.success(), "{validated:#?}");
    }
}
