//! Ctrl-C and the progress line, with statements that would run for hours.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use expectrl::ControlCode;

use super::super::common::Workspace;
use super::{PROMPT, Shell};

/// Enters a statement, waits for the progress line, cancels it, and asks for something else.
fn is_cancelled(shell: &mut Shell, statement: &str) {
    shell.enters(statement);
    // The line begins after a second.
    shell.sees("⠇ 1 s");
    shell.presses(ControlCode::EndOfText);
    shell.sees("cancelled after ");
    shell.sees(PROMPT);
    shell.answers("SELECT 40 + 2 AS answer;", "│     42 │");
    shell.sees(PROMPT);
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .collect()
}

#[test]
fn joins_of_many_pairs_are_cancelled() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    for join in [
        // Some pairs, no pair, and all pairs pass.
        "FROM range(1000000) a, range(1000000) b WHERE a.value * b.value % 7 = 3",
        "FROM range(1000000) a, range(1000000) b WHERE a.value * b.value < 0",
        "FROM range(1000000) a LEFT JOIN range(1000000) b ON a.value + b.value < 0",
        "FROM range(1000000) a, range(1000000) b",
        // A hash join with few keys.
        "FROM range(1000000) a JOIN range(1000000) b ON a.value % 2 = b.value % 2",
        "FROM range(1000000) a JOIN range(1000000) b \
         ON a.value % 2 = b.value % 2 AND a.value + b.value < 0",
    ] {
        is_cancelled(&mut shell, &format!("SELECT sum(a.value % 3) {join};"));
    }
    is_cancelled(
        &mut shell,
        "CREATE TABLE pairs AS SELECT a.value FROM range(1000000) a, range(1000000) b \
         WHERE a.value * b.value < 0;",
    );
    is_cancelled(
        &mut shell,
        "COPY (SELECT a.value FROM range(1000000) a, range(1000000) b) TO 'pairs.csv';",
    );
    let is_unfinished = |name: &str| name.starts_with("pairs.csv");
    let deadline = Instant::now() + Duration::from_secs(10);
    while names(workspace.path())
        .iter()
        .any(|name| is_unfinished(name))
    {
        assert!(Instant::now() < deadline, "{:?}", names(workspace.path()));
        thread::sleep(Duration::from_millis(10));
    }
    shell.answers(
        "SELECT * FROM pairs;",
        "error: table \"pairs\" does not exist",
    );
}

#[test]
fn sorts_and_recursion_are_cancelled() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    for statement in [
        "SELECT max(place) FROM (SELECT row_number() OVER (ORDER BY value % 1000003) AS place \
         FROM range(20000000));",
        "SELECT value FROM range(20000000) ORDER BY value % 1000003 LIMIT 1 OFFSET 10000000;",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t;",
    ] {
        is_cancelled(&mut shell, statement);
    }
}

#[test]
fn planning_is_cancelled() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    // Each table has twice the scans of the one before.
    let mut statement = "WITH t0 AS (SELECT 1 AS x)".to_owned();
    for table in 1..=14 {
        let before = table - 1;
        statement += &format!(
            ", t{table} AS (SELECT * FROM t{before} UNION ALL SELECT x + 1 AS x FROM t{before})"
        );
    }
    is_cancelled(
        &mut shell,
        &format!("{statement} SELECT count(*) FROM t14;"),
    );
}

#[test]
fn output_is_cancelled() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    for setting in ["format csv", "pager off"] {
        shell.enters(&format!("\\pset {setting}"));
        shell.sees(PROMPT);
    }
    shell.enters("SELECT value FROM range(1000000000000);");
    shell.sees("\n1000\r\n");
    shell.presses(ControlCode::EndOfText);
    shell.sees("cancelled after ");
    shell.sees(PROMPT);
    shell.answers("SELECT 40 + 2 AS answer;", "42");
}

#[test]
fn ctrl_c_ends_the_program_outside_of_the_shell() {
    let workspace = Workspace::new();
    let pairs = "SELECT count(*) FROM range(1000000) a, range(1000000) b \
                 WHERE a.value * b.value < 0";
    workspace.write("pairs.sql", format!("{pairs};\n"));
    for arguments in [["-c", pairs], ["run", "pairs.sql"]] {
        let mut command = workspace.voxql();
        command.args(arguments);
        let mut shell = Shell::spawn(command);
        shell.sees("⠇ 1 s");
        shell.presses(ControlCode::EndOfText);
        shell.ends();
    }
}
