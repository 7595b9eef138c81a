//! The shell, in a pseudo-terminal as a person has it.

use std::process::Command;
use std::time::Duration;

use expectrl::session::OsSession as Shell;
use expectrl::{ControlCode, Expect, Session};

use super::common::Workspace;

fn start(command: Command) -> Shell {
    let mut shell = Session::spawn(command).expect("a pseudo-terminal");
    shell.set_expect_timeout(Some(Duration::from_secs(30)));
    shell
}

fn shell(workspace: &Workspace) -> Shell {
    let mut command = workspace.voxql();
    // Without a type the line editor would not edit.
    command.env("TERM", "xterm");
    let mut shell = start(command);
    shell.expect("voxql> ").expect("a prompt");
    shell
}

#[test]
fn statements_run_over_several_lines() {
    let workspace = Workspace::new();
    let mut shell = shell(&workspace);
    shell.send_line("SELECT 'a;b'").expect("it types");
    shell.send_line("  || '!' AS joined;").expect("it types");
    shell.expect("│ a;b!").expect("the answer");
    shell.expect("(1 row)").expect("the footer");
    shell
        .send_line("SELECT 1 AS first; SELECT 2 AS second;")
        .expect("it types");
    shell.expect("first").expect("the first answer");
    shell.expect("second").expect("the second answer");
    shell.send_line("\\q").expect("it types");
    shell.expect(expectrl::Eof).expect("it leaves");
}

#[test]
fn errors_do_not_end_it() {
    let workspace = Workspace::new();
    let mut shell = shell(&workspace);
    shell
        .send_line("SELECT nps(score) FROM responses;")
        .expect("it types");
    shell
        .expect("error: there is no lake at lake")
        .expect("an error");
    shell
        .expect("hint: make one with: voxql ingest FILE")
        .expect("a hint");
    shell.send_line("\\nothing").expect("it types");
    shell
        .expect("error: there is no command")
        .expect("an error");
    shell
        .send_line("SELECT 40 + 2 AS answer;")
        .expect("it types");
    shell.expect("42").expect("an answer after the errors");
    shell.expect("voxql> ").expect("a prompt");
    shell
        .send(ControlCode::EndOfTransmission)
        .expect("it types");
    shell.expect(expectrl::Eof).expect("Ctrl-D leaves");
}

#[test]
fn commands_describe_tables_and_functions() {
    let workspace = Workspace::new();
    workspace.write(
        "answers.csv",
        "id,date,score\na,2026-01-01,9\nb,2026-01-02,3\n",
    );
    assert!(
        workspace
            .voxql()
            .args(["ingest", "answers.csv"])
            .stdout(std::process::Stdio::null())
            .status()
            .expect("it starts")
            .success()
    );
    let mut shell = shell(&workspace);
    shell.send_line("\\d").expect("it types");
    shell.expect("imports").expect("a table");
    shell.expect("responses").expect("a table");
    shell.send_line("\\d responses").expect("it types");
    shell.expect("responded_at").expect("a column");
    shell.send_line("\\h nps").expect("it types");
    shell.expect("nps(score").expect("the syntax");
    shell.expect("Net Promoter Score").expect("the description");
    shell.send_line("\\h").expect("it types");
    shell.expect("the tables").expect("the help");
}

#[test]
fn ctrl_c_cancels_a_query_and_not_the_shell() {
    let workspace = Workspace::new();
    let mut shell = shell(&workspace);
    // Years of work, in many batches.
    shell
        .send_line(
            "SELECT count(*) FROM generate_series(1, 1000000000000) AS a(x) WHERE x % 7 = 1;",
        )
        .expect("it types");
    std::thread::sleep(Duration::from_millis(500));
    shell.send(ControlCode::EndOfText).expect("it types");
    shell.expect("cancelled").expect("the query ends");
    shell
        .send_line("SELECT 40 + 2 AS answer;")
        .expect("it types");
    shell.expect("42").expect("an answer after it");
}

#[test]
fn history_outlives_the_session() {
    let workspace = Workspace::new();
    let mut first = shell(&workspace);
    first
        .send_line("SELECT 'remember' || ' me' AS x;")
        .expect("it types");
    first.expect("remember me").expect("the answer");
    first.send_line("\\q").expect("it types");
    first.expect(expectrl::Eof).expect("it leaves");
    let mut second = shell(&workspace);
    // The last entry is the command that left, the one before it the statement.
    second.send("\u{1b}[A\u{1b}[A\r").expect("it types");
    second
        .expect("│ remember me")
        .expect("the statement runs again");
}
