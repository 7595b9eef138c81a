//! The line editor: several lines, completion, history, leaving.

use std::fs;

use expectrl::ControlCode;

use super::super::common::Workspace;
use super::{PROMPT, Shell, with_lake};

const TAB: &str = "\t";
const UP: &str = "\u{1b}[A";
const LEFT: &str = "\u{1b}[D";
const RIGHT: &str = "\u{1b}[C";
const HOME: &str = "\u{1b}[H";
const DELETE: &str = "\u{1b}[3~";
const BACKSPACE: &str = "\u{7f}";

#[test]
fn statements_run_over_several_lines() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT 'a;b'");
    shell.sees("    -> ");
    shell.enters("  || '!' AS joined;");
    shell.sees("│ a;b!");
    shell.sees("(1 row)");
    shell.enters("SELECT 1 AS first; SELECT 2 AS second;");
    shell.sees("│ first");
    shell.sees("│ second");
    shell.enters("\\q");
    shell.ends();
}

#[test]
fn the_continuation_says_what_is_open() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT abs(");
    shell.sees("    (> ");
    shell.enters("-1) AS one, 'two");
    shell.sees("    '> ");
    // The line break is part of the text, and nothing of the prompt is.
    shell.enters("lines' = 'two' || chr(10) || 'lines' AS same;");
    shell.sees("│ true ");
}

#[test]
fn earlier_lines_can_be_edited() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT 41");
    shell.sees("    -> ");
    // Backspace takes the prompt and the line break away; the rest goes on the first line.
    shell.types(BACKSPACE.repeat(2));
    shell.enters("2 AS answer;");
    shell.sees("│     42 │");
    shell.enters("SELECT 1");
    shell.sees("    -> ");
    // From the second line's beginning to the first one's end.
    shell.types(format!("+ 0 AS sum;{HOME}{LEFT}"));
    shell.enters("7");
    shell.sees("│  17 │");
    shell.enters("SELECT 1");
    shell.sees("    -> ");
    // And back, over the prompt.
    shell.types(format!("0 AS tens;{HOME}{LEFT}{RIGHT}{LEFT}{DELETE}"));
    shell.enters("2");
    shell.sees("│  120 │");
}

#[test]
fn commands_come_between_the_lines_of_a_statement() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT 'x' AS one,");
    shell.enters("\\timing on");
    shell.sees("Timing is on.");
    shell.sees("'x'");
    shell.enters("'y' AS two;");
    shell.sees("│ one │ two │");
    shell.sees("time: ");
    shell.enters("SELECT 'never");
    shell.enters("ends'");
    shell.enters("\\q");
    shell.ends();
}

#[test]
fn several_lines_are_pasted() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.types("\u{1b}[200~\\pset null -\nSELECT 1 AS one,\n  NULL AS none;\nSELECT oops;\n");
    shell.enters("SELECT 'not reached';\u{1b}[201~");
    shell.sees("null      '-'");
    shell.sees("│   1 │ -");
    shell.sees("error: column \"oops\" does not exist");
    shell.sees("4 │ SELECT oops");
    let behind = shell.sees(PROMPT);
    assert!(!behind.contains("│ not reached"), "{behind}");
}

#[test]
fn bytes_that_are_no_text_do_not_end_it() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.types(b"SELECT '\xff");
    shell.sees("error: what was typed or pasted is not UTF-8");
    shell.sees(PROMPT);
    shell.enters("SELECT 40 + 2 AS answer;");
    shell.sees("│     42 │");
}

#[test]
fn columns_of_queries_are_completed() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    let with = "WITH w AS (SELECT segment AS sector, score FROM responses)";
    shell.types(format!(
        "{with} SELECT w.sec FROM w LIMIT 1;{}",
        LEFT.repeat(16)
    ));
    shell.enters(TAB);
    shell.sees("│ sector");
    shell.sees("(1 row)");
    let query = "(SELECT month AS moon FROM responses) AS q LIMIT 1;";
    let back = LEFT.repeat(" FROM ".len() + query.len());
    shell.types(format!("SELECT moo FROM {query}{back}"));
    shell.enters(TAB);
    shell.sees("│ moon");
    shell.sees("(1 row)");
}

#[test]
fn tables_columns_functions_and_files_are_completed() {
    let workspace = with_lake();
    fs::create_dir(workspace.path().join("exports")).expect("a folder");
    workspace.write(
        "exports/accounts of 2026.csv",
        "account,industry\na,beauty\n",
    );
    let mut shell = Shell::start(&workspace);
    shell.types(format!("SELECT count(*) AS answers FROM resp{TAB}"));
    shell.enters(";");
    shell.sees("│       6 │");
    // A column of the table behind an alias that comes later is known by the table's name.
    shell.types(format!(
        "SELECT r.seg FROM responses AS r LIMIT 1;{}",
        LEFT.repeat(29)
    ));
    shell.enters(TAB);
    shell.sees("│ segment");
    shell.sees("(1 row)");
    shell.types(format!("SELECT nps_req{TAB}"));
    shell.sees("nps_required_responses(margin[, confidence[, variance]])");
    shell.enters("50) AS needed;");
    shell.sees("│ needed");
    shell.types(format!("SELECT industry FROM 'exp{TAB}acc{TAB}"));
    shell.enters(";");
    shell.sees("│ beauty");
    // What fits is listed, with its signature.
    shell.types(format!("SELECT nps_c{TAB}"));
    shell.sees("nps_category(score)");
    shell.sees("nps_compare(score, is_second)");
    shell.forgets();
    shell.types(format!("SELECT * FROM {TAB}"));
    shell.sees("latest_responses");
    shell.sees("valid_responses");
}

#[test]
fn commands_are_completed() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.types(format!("\\tim{TAB}"));
    shell.enters("");
    shell.sees("Timing is on.");
    shell.types(format!("\\pset for{TAB} mark{TAB}"));
    shell.enters("");
    shell.sees("format    markdown");
    // Before the prompt, Ctrl-C would be for what ran.
    shell.sees(PROMPT);
    shell.types(format!("\\h nps_cat{TAB}"));
    shell.sees("egory");
    shell.forgets();
    shell.types(format!("\\d impo{TAB}"));
    shell.enters("");
    shell.sees("import_id");
}

#[test]
fn history_outlives_the_session() {
    let workspace = Workspace::new();
    let mut first = Shell::start(&workspace);
    first.enters("SELECT 'remember'");
    first.sees("    -> ");
    first.enters("  || ' me' AS x;");
    first.sees("remember me");
    first.enters("\\q");
    first.ends();
    let mut second = Shell::start(&workspace);
    // The last entry is the command that left, the one before it the statement, as it was typed.
    second.enters(&format!("{UP}{UP}"));
    second.sees("    -> ");
    second.sees("│ remember me");
    // What ran is remembered while the shell goes on, whatever ends it.
    let mut third = Shell::start(&workspace);
    third.enters(UP);
    third.sees("│ remember me");
}

#[test]
fn ctrl_c_forgets_what_was_typed_and_ctrl_d_leaves() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.types("SELECT 'never");
    shell.sees("never");
    shell.forgets();
    shell.forgets();
    shell.enters("SELECT 40 + 2 AS answer;");
    shell.sees("│     42 │");
    shell.sees(PROMPT);
    shell.presses(ControlCode::EndOfTransmission);
    shell.ends();
}

#[test]
fn without_colours_the_prompts_are_there() {
    let workspace = Workspace::new();
    let mut shell = Shell::start_with(&workspace, &[("NO_COLOR", "1")]);
    shell.enters("SELECT 'a' ||");
    let shown = shell.sees("    -> ");
    assert!(!shown.contains("\u{1b}[1;34m"), "{shown:?}");
    shell.enters("'b' AS ab;");
    shell.sees("│ ab ");
}
