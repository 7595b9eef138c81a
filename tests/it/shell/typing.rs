//! The line editor: several lines, completion, history, quitting.

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
fn statements_can_span_several_lines() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.answers("SELECT 'a;b'", "    -> ");
    shell.answers("  || '!' AS joined;", "│ a;b!");
    shell.sees("(1 row)");
    shell.answers("SELECT 1 AS first; SELECT 2 AS second;", "│ first");
    shell.sees("│ second");
    shell.enters("\\q");
    shell.ends();
}

#[test]
fn the_continuation_prompt_shows_what_is_open() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.answers("SELECT abs(", "    (> ");
    shell.answers("-1) AS one, 'two", "    '> ");
    // The line break is part of the string, and the prompt is not.
    shell.answers("lines' = 'two' || chr(10) || 'lines' AS same;", "│ true ");
}

#[test]
fn earlier_lines_can_be_edited() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.answers("SELECT 41", "    -> ");
    // Backspace removes the prompt and the line break, then the 1 before them.
    shell.types(BACKSPACE.repeat(2));
    shell.answers("2 AS answer;", "│     42 │");
    shell.answers("SELECT 1", "    -> ");
    // From the beginning of the second line to the end of the first.
    shell.types(format!("+ 0 AS sum;{HOME}{LEFT}"));
    shell.answers("7", "│  17 │");
    shell.answers("SELECT 1", "    -> ");
    // And back, over the prompt.
    shell.types(format!("0 AS tens;{HOME}{LEFT}{RIGHT}{LEFT}{DELETE}"));
    shell.answers("2", "│  120 │");
}

#[test]
fn commands_run_between_the_lines_of_a_statement() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT 'x' AS one,");
    shell.answers("\\timing on", "Timing is on.");
    shell.sees("'x'");
    shell.answers("'y' AS two;", "│ one │ two │");
    shell.sees("time: ");
    shell.enters("SELECT 'never");
    shell.enters("ends'");
    shell.enters("\\q");
    shell.ends();
}

#[test]
fn several_lines_can_be_pasted() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.types("\u{1b}[200~\\pset null -\nSELECT 1 AS one,\n  NULL AS none;\nSELECT oops;\n");
    shell.answers("SELECT 'not reached';\u{1b}[201~", "null      '-'");
    shell.sees("│   1 │ -");
    shell.sees("error: column \"oops\" does not exist");
    shell.sees("4 │ SELECT oops");
    let behind = shell.sees(PROMPT);
    assert!(!behind.contains("│ not reached"), "{behind}");
}

#[test]
fn invalid_utf8_does_not_end_the_shell() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.types(b"SELECT '\xff");
    shell.sees("error: the input is not UTF-8");
    shell.sees(PROMPT);
    shell.answers("SELECT 40 + 2 AS answer;", "│     42 │");
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
    shell.answers(TAB, "│ sector");
    shell.sees("(1 row)");
    let query = "(SELECT month AS moon FROM responses) AS q LIMIT 1;";
    let back = LEFT.repeat(" FROM ".len() + query.len());
    shell.types(format!("SELECT moo FROM {query}{back}"));
    shell.answers(TAB, "│ moon");
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
    shell.answers(";", "│       6 │");
    // The alias in front of the cursor is defined after it.
    shell.types(format!(
        "SELECT r.seg FROM responses AS r LIMIT 1;{}",
        LEFT.repeat(29)
    ));
    shell.answers(TAB, "│ segment");
    shell.sees("(1 row)");
    shell.types(format!("SELECT nps_req{TAB}"));
    shell.sees("nps_required_responses(margin[, confidence[, variance]])");
    shell.answers("50) AS needed;", "│ needed");
    shell.types(format!("SELECT industry FROM 'exp{TAB}acc{TAB}"));
    shell.answers(";", "│ beauty");
    // All matching functions are listed with their signature.
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
    shell.answers("", "Timing is on.");
    shell.types(format!("\\pset for{TAB} mark{TAB}"));
    shell.answers("", "format    markdown");
    // Without the prompt, Ctrl-C would cancel the command.
    shell.sees(PROMPT);
    shell.types(format!("\\h nps_cat{TAB}"));
    shell.sees("egory");
    shell.forgets();
    shell.types(format!("\\d impo{TAB}"));
    shell.answers("", "import_id");
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
    // The last entry is `\q`, and the one before it is the statement as typed.
    second.enters(&format!("{UP}{UP}"));
    second.sees("    -> ");
    second.sees("│ remember me");
    // The history is saved after each statement, while the shell runs.
    let mut third = Shell::start(&workspace);
    third.enters(UP);
    third.sees("│ remember me");
}

#[test]
fn ctrl_c_discards_the_input_and_ctrl_d_quits() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.types("SELECT 'never");
    shell.sees("never");
    shell.forgets();
    shell.forgets();
    shell.answers("SELECT 40 + 2 AS answer;", "│     42 │");
    shell.sees(PROMPT);
    shell.presses(ControlCode::EndOfTransmission);
    shell.ends();
}

#[test]
fn prompts_are_shown_without_colours() {
    let workspace = Workspace::new();
    let mut shell = Shell::start_with(&workspace, &[("NO_COLOR", "1")]);
    shell.enters("SELECT 'a' ||");
    let shown = shell.sees("    -> ");
    assert!(!shown.contains("\u{1b}[1;34m"), "{shown:?}");
    shell.answers("'b' AS ab;", "│ ab ");
}
