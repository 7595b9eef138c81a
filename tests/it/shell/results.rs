//! Results of statements: errors, cancelling, charts, the pager, wide and long results.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expectrl::ControlCode;

use super::super::common::Workspace;
use super::{PROMPT, Shell, with_lake};

/// A query that runs for years, in many batches.
const LONG: &str =
    "SELECT count(*) FROM generate_series(1, 1000000000000) AS a(x) WHERE x % 7 = 1;";

#[test]
fn errors_show_the_place_and_the_shell_goes_on() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT segment, nps(scor)");
    shell.enters("FROM responses GROUP BY segment;");
    shell.sees("error: column \"scor\" does not exist");
    shell.sees("1 │ SELECT segment, nps(scor)");
    shell.sees("  │                     ^^^^");
    shell.sees("hint: did you mean score?");
    shell.enters("SELECT 1 FROM respnses;");
    shell.sees("error: table \"respnses\" does not exist");
    shell.sees("hint: did you mean responses?");
    shell.enters("SELECT npss(score) FROM responses;");
    shell.sees("error: function \"npss\" does not exist");
    shell.sees("^^^^");
    shell.sees("hint: did you mean nps?");
    shell.enters("SELECT * FROM generate_serie(1, 2);");
    shell.sees("error: function \"generate_serie\" does not exist");
    shell.sees("hint: did you mean generate_series?");
    shell.enters("SELECT drivers();");
    shell.sees("error: \"drivers\" is a table function");
    shell.sees("hint: use it in FROM: SELECT * FROM drivers(…)");
    shell.enters("FROM main.responses;");
    shell.sees("hint: tables of the lake are in the schema public: write responses");
    shell.enters("SELECT 1 FROM responses WHERE score = 'high';");
    shell.sees("error: text 'high' cannot be read as TINYINT");
    shell.sees("^^^^^^");
    shell.enters("SELECT sum(segment) FROM responses;");
    shell.sees("error: no form of the function takes sum(VARCHAR)");
    shell.sees("^^^");
    shell.enters("SELECT score FROM responses a JOIN responses b ON a.month = b.month;");
    shell.sees("error: column \"score\" is ambiguous");
    shell.sees("hint: put a table or alias before it: TABLE.score");
    shell.enters("SELEKT 1;");
    shell.sees("hint: did you mean SELECT?");
    shell.answers("\\timming", "error: unknown command \\timming");
    shell.sees("did you mean \\timing?");
    shell.answers("SELECT 40 + 2 AS answer;", "│     42 │");
}

#[test]
fn without_a_lake_a_hint_shows_how_to_create_one() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT nps(score) FROM responses;");
    shell.sees("error: there is no lake at lake");
    shell.sees("hint: create one with: voxql ingest FILE");
}

#[test]
fn ctrl_c_cancels_a_query_and_not_the_shell() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters(LONG);
    // The progress line: the query is running.
    shell.sees("rows read");
    shell.presses(ControlCode::EndOfText);
    shell.sees("cancelled after ");
    shell.sees(" s");
    shell.answers("SELECT 40 + 2 AS answer;", "│     42 │");
}

#[test]
fn the_last_result_can_be_drawn() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.answers("\\chart", "error: there is no result to draw yet");
    shell.enters("SELECT month, nps(score) AS nps FROM responses GROUP BY month ORDER BY month;");
    shell.sees("(3 rows)");
    shell.answers("\\chart", "nps");
    shell.sees("┤");
    shell.sees("2026-01");
    shell.sees("2026-03");
    shell.sees("(3 rows)");
    shell.enters("SELECT segment, count(*) AS answers FROM responses GROUP BY 1 ORDER BY 1;");
    shell.sees("(2 rows)");
    shell.answers("\\chart", "enterprise");
    shell.sees("██");
    shell.answers("SELECT 'no' AS number;", "(1 row)");
    shell.enters("\\chart");
    shell.sees("error: the result has no numbers to draw");
    shell.answers("\\pset format chart", "format    chart");
    shell.answers("SELECT 'one' AS x, 1 AS y;", "██████");
}

#[test]
fn long_results_go_through_the_pager() {
    let workspace = Workspace::new();
    let pager = workspace.write("pager", "#!/bin/sh\necho 'the pager has'\nwc -l\n");
    fs::set_permissions(&pager, fs::Permissions::from_mode(0o755)).expect("a script");
    let pager = pager.to_str().expect("a path in UTF-8");
    let mut shell = Shell::start_with(&workspace, &[("VOXQL_PAGER", pager)]);
    shell.enters("SELECT 42 AS short;");
    let short = shell.sees("(1 row)");
    assert!(!short.contains("the pager has"), "{short}");
    shell.enters("SELECT x FROM generate_series(1, 100) AS a(x);");
    shell.sees("the pager has");
    shell.sees("105");
    shell.sees(PROMPT);
    shell.answers("\\pset pager off", "pager     off");
    shell.enters("SELECT x FROM generate_series(1, 100) AS a(x);");
    let long = shell.sees("(100 rows)");
    assert!(!long.contains("the pager has"), "{long}");
}

#[test]
fn a_pager_can_have_quoted_arguments_and_pipes() {
    let workspace = Workspace::new();
    let pager = "sed 's/^/pa ged /' | tail -n 2";
    let mut shell = Shell::start_with(&workspace, &[("PAGER", pager)]);
    shell.enters("SELECT x FROM generate_series(1, 100) AS a(x);");
    let before = shell.sees("pa ged └");
    assert!(!before.contains("pa ged │"), "{before}");
    shell.sees("pa ged (100 rows)");
}

#[test]
fn a_partly_read_result_is_not_drawn() {
    let workspace = Workspace::new();
    let mut shell = Shell::start_with(&workspace, &[("PAGER", "head -n 1")]);
    shell.enters("\\timing on");
    shell.enters("\\pset format csv");
    shell.enters("SELECT x, x AS y FROM generate_series(1, 10000000) AS a(x);");
    shell.sees("x,y");
    shell.sees("time: ");
    shell.answers("\\chart", "error: the last result");
}

#[test]
fn without_the_pager_results_are_printed() {
    let workspace = Workspace::new();
    let mut shell = Shell::start_with(&workspace, &[("PAGER", "no-such-pager --raw")]);
    shell.enters("SELECT x FROM generate_series(1, 100) AS a(x);");
    shell.sees("could not start the pager \"no-such-pager --raw\"");
    shell.sees("(100 rows)");
    shell.enters("\\pset maxrows 0");
    // More than a pipe buffers.
    shell.enters("SELECT x, repeat('-', 70) FROM generate_series(1, 5000) AS a(x);");
    shell.sees("│    1 │");
    shell.sees("(5000 rows)");
}

#[test]
fn settings_limit_rows_and_replace_nulls() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\pset pager off");
    shell.answers("\\pset maxrows 5", "maxrows   5");
    shell.enters("SELECT x FROM generate_series(1, 1000) AS a(x);");
    shell.sees("(1000 rows, 5 shown; \\pset maxrows 0 shows all)");
    shell.enters("\\pset null ∅");
    shell.answers("SELECT NULL AS nothing;", "│ ∅ ");
    shell.answers("\\pset", "maxrows   5");
    shell.answers("\\pset maxrow 1", "did you mean maxrows?");
}

#[test]
fn wide_rows_are_expanded() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT * FROM responses ORDER BY response_id LIMIT 1;");
    shell.sees("columns (");
    shell.answers("\\x auto", "when rows are too wide");
    shell.enters("SELECT * FROM responses ORDER BY response_id LIMIT 1;");
    shell.sees("─[ 1 ]");
    shell.sees("response_id");
    shell.sees("│ r1");
    shell.answers("SELECT 1 AS one;", "│ one │");
    shell.answers("\\x", "Expanded display is off.");
}
