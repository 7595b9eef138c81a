//! What comes of a statement: errors, cancelling, charts, the pager, wide and long results.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expectrl::ControlCode;

use super::super::common::Workspace;
use super::{PROMPT, Shell, with_lake};

/// Years of work, in many batches.
const LONG: &str =
    "SELECT count(*) FROM generate_series(1, 1000000000000) AS a(x) WHERE x % 7 = 1;";

#[test]
fn errors_point_at_the_place_and_do_not_end_it() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT segment, nps(scor)");
    shell.enters("FROM responses GROUP BY segment;");
    shell.sees("error: there is no column scor");
    shell.sees("1 │ SELECT segment, nps(scor)");
    shell.sees("  │                     ^^^^");
    shell.sees("hint: did you mean score?");
    shell.enters("SELECT 1 FROM respnses;");
    shell.sees("error: there is no table respnses");
    shell.sees("hint: did you mean responses?");
    shell.enters("SELECT npss(score) FROM responses;");
    shell.sees("error: there is no function npss");
    shell.sees("^^^^");
    shell.sees("hint: did you mean nps?");
    shell.enters("SELECT * FROM generate_serie(1, 2);");
    shell.sees("error: there is no function generate_serie");
    shell.sees("hint: did you mean generate_series?");
    shell.enters("SELECT score FROM responses a JOIN responses b ON a.month = b.month;");
    shell.sees("error: several tables have a column score");
    shell.sees("hint: write its table or alias before it: TABLE.score");
    shell.enters("SELEKT 1;");
    shell.sees("hint: did you mean SELECT?");
    shell.enters("\\timming");
    shell.sees("error: there is no command \\timming");
    shell.sees("did you mean \\timing?");
    shell.enters("SELECT 40 + 2 AS answer;");
    shell.sees("│     42 │");
}

#[test]
fn without_a_lake_it_says_how_to_make_one() {
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
    // The line that shows how far it is: it runs.
    shell.sees("rows read");
    shell.presses(ControlCode::EndOfText);
    shell.sees("cancelled after ");
    shell.sees(" s");
    shell.enters("SELECT 40 + 2 AS answer;");
    shell.sees("│     42 │");
}

#[test]
fn the_last_result_is_drawn() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\chart");
    shell.sees("error: there is no result to draw yet");
    shell.enters("SELECT month, nps(score) AS nps FROM responses GROUP BY month ORDER BY month;");
    shell.sees("(3 rows)");
    shell.enters("\\chart");
    shell.sees("nps");
    shell.sees("┤");
    shell.sees("2026-01");
    shell.sees("2026-03");
    shell.sees("(3 rows)");
    shell.enters("SELECT segment, count(*) AS answers FROM responses GROUP BY 1 ORDER BY 1;");
    shell.sees("(2 rows)");
    shell.enters("\\chart");
    shell.sees("enterprise");
    shell.sees("██");
    shell.enters("SELECT 'no' AS number;");
    shell.sees("(1 row)");
    shell.enters("\\chart");
    shell.sees("error: the result has no numbers to draw");
    shell.enters("\\pset format chart");
    shell.sees("format    chart");
    shell.enters("SELECT 'one' AS x, 1 AS y;");
    shell.sees("██████");
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
    shell.enters("\\pset pager off");
    shell.sees("pager     off");
    shell.enters("SELECT x FROM generate_series(1, 100) AS a(x);");
    let long = shell.sees("(100 rows)");
    assert!(!long.contains("the pager has"), "{long}");
}

#[test]
fn a_pager_has_arguments_in_quotes_and_pipes() {
    let workspace = Workspace::new();
    let pager = "sed 's/^/pa ged /' | tail -n 2";
    let mut shell = Shell::start_with(&workspace, &[("PAGER", pager)]);
    shell.enters("SELECT x FROM generate_series(1, 100) AS a(x);");
    let before = shell.sees("pa ged └");
    assert!(!before.contains("pa ged │"), "{before}");
    shell.sees("pa ged (100 rows)");
}

#[test]
fn a_result_that_was_left_in_the_pager_is_not_drawn_in_part() {
    let workspace = Workspace::new();
    let mut shell = Shell::start_with(&workspace, &[("PAGER", "head -n 1")]);
    shell.enters("\\timing on");
    shell.enters("\\pset format csv");
    shell.enters("SELECT x, x AS y FROM generate_series(1, 10000000) AS a(x);");
    shell.sees("x,y");
    shell.sees("time: ");
    shell.enters("\\chart");
    shell.sees("error: the last result");
}

#[test]
fn a_pager_that_is_missing_is_no_obstacle() {
    let workspace = Workspace::new();
    let mut shell = Shell::start_with(&workspace, &[("PAGER", "no-such-pager --raw")]);
    shell.enters("SELECT x FROM generate_series(1, 100) AS a(x);");
    shell.sees("the pager no-such-pager --raw does not start");
    shell.sees("(100 rows)");
    shell.enters("\\pset maxrows 0");
    // More than a pipe holds.
    shell.enters("SELECT x, repeat('-', 70) FROM generate_series(1, 5000) AS a(x);");
    shell.sees("│    1 │");
    shell.sees("(5000 rows)");
}

#[test]
fn rows_are_as_many_as_wanted() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\pset pager off");
    shell.enters("\\pset maxrows 5");
    shell.sees("maxrows   5");
    shell.enters("SELECT x FROM generate_series(1, 1000) AS a(x);");
    shell.sees("(1000 rows, 5 shown; \\pset maxrows 0 shows all)");
    shell.enters("\\pset null ∅");
    shell.enters("SELECT NULL AS nothing;");
    shell.sees("│ ∅ ");
    shell.enters("\\pset");
    shell.sees("maxrows   5");
    shell.enters("\\pset maxrow 1");
    shell.sees("did you mean maxrows?");
}

#[test]
fn wide_rows_are_turned() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT * FROM responses ORDER BY response_id LIMIT 1;");
    shell.sees("columns (");
    shell.enters("\\x auto");
    shell.sees("where rows are too wide");
    shell.enters("SELECT * FROM responses ORDER BY response_id LIMIT 1;");
    shell.sees("─[ 1 ]");
    shell.sees("response_id");
    shell.sees("│ r1");
    shell.enters("SELECT 1 AS one;");
    shell.sees("│ one │");
    shell.enters("\\x");
    shell.sees("Expanded display is off.");
}
