//! Backslash commands, files and the init file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expectrl::ControlCode;

use super::super::common::Workspace;
use super::{PROMPT, Shell, with_lake};

#[test]
fn commands_describe_tables_and_functions() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\d");
    shell.sees("imports");
    shell.sees("responses");
    shell.enters("\\d responses");
    shell.sees("responded_at");
    shell.enters("\\d respones");
    shell.sees("did you mean responses?");
    shell.enters("\\d answers.csv");
    shell.sees("segment");
    shell.enters("\\h nps");
    shell.sees("nps(score");
    shell.sees("Net Promoter Score");
    shell.enters("\\h reveal");
    shell.sees("SELECT comment, reveal(respondent, 'email')");
    shell.enters("\\h npss");
    shell.sees("did you mean nps?");
    shell.enters("\\df nps_cat");
    shell.sees("nps_category(score)");
    shell.enters("\\dt *respon*");
    shell.sees("latest_responses");
    shell.sees("(3 rows)");
    shell.enters("\\d nowhere/answers.csv");
    shell.sees("there is no table or file nowhere/answers.csv");
    shell.enters("\\h timing");
    shell.sees("how long each statement takes");
    shell.enters("\\pset pager off");
    shell.enters("\\h");
    shell.sees("draw the last result");
}

#[test]
fn results_go_into_a_file_until_they_do_not() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\o numbers.csv");
    shell.enters("SELECT x FROM generate_series(1, 3) AS a(x);");
    shell.sees("3 rows → numbers.csv");
    shell.enters("SELECT 1;");
    shell.sees("error: numbers.csv has a result already");
    shell.enters("\\o notes.md");
    shell.enters("SELECT 1 AS one;");
    shell.sees("1 row → notes.md");
    shell.enters("SELECT 2 AS two;");
    shell.sees("1 row → notes.md");
    shell.enters("\\o");
    shell.enters("SELECT 40 + 2 AS answer;");
    shell.sees("│     42 │");
    let read = |name| fs::read_to_string(workspace.path().join(name)).expect("a file");
    assert_eq!(read("numbers.csv"), "x\n1\n2\n3\n");
    assert_eq!(
        read("notes.md"),
        "| one |\n| ---: |\n| 1 |\n\n| two |\n| ---: |\n| 2 |\n"
    );
}

#[test]
fn what_there_is_goes_into_no_file_and_no_chart() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT segment, count(*) AS answers FROM responses GROUP BY 1 ORDER BY 1;");
    shell.sees("(2 rows)");
    shell.enters("\\o numbers.csv");
    shell.enters("\\d");
    shell.sees("│ responses");
    shell.enters("\\d imports");
    shell.sees("│ import_id");
    shell.enters("\\chart");
    shell.sees("enterprise");
    assert!(!workspace.path().join("numbers.csv").exists());
}

#[test]
fn what_was_typed_wrong_is_told() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    for (typed, told) in [
        ("\\chart bars", "error: \\chart takes nothing"),
        (
            "\\o nowhere/numbers.csv",
            "error: nowhere/numbers.csv: no such file or folder",
        ),
        ("\\o .", "error: . is a folder"),
        ("\\unset", "error: \\unset takes NAME"),
        ("\\set a-b 1", "error: a-b is no name of a placeholder"),
        ("\\timing maybe", "error: maybe is neither on nor off"),
        ("\\watch soon", "error: soon is no number of seconds"),
        (".tables", "did you mean \\d?"),
    ] {
        shell.enters(typed);
        shell.sees(told);
        shell.sees(PROMPT);
    }
    shell.enters("help");
    shell.sees("draw the last result");
    shell.enters("quit");
    shell.ends();
    let mut with_file = workspace.voxql();
    with_file.args(["-o", "numbers.csv"]);
    let mut shell = Shell::spawn(with_file);
    shell.sees("error: -o is for SQL");
    shell.sees("in the shell, write \\o FILE");
    shell.ends();
}

#[test]
fn files_may_be_in_the_home_folder_and_cannot_run_themselves() {
    let workspace = Workspace::new();
    fs::create_dir_all(workspace.path().join("home/sql files")).expect("a folder");
    workspace.write("home/sql files/one.sql", "SELECT 40 + 2 AS answer;\n");
    workspace.write("again.sql", "\\i again.sql\n");
    let mut shell = Shell::start(&workspace);
    shell.enters("\\i ~/sql files/one.sql");
    shell.sees("│     42 │");
    shell.enters("\\i again.sql");
    shell.sees("a file cannot run itself");
    shell.enters("\\o '~/two numbers.csv'");
    shell.enters("SELECT 1 AS one;");
    shell.sees("1 row → ");
    let written = fs::read_to_string(workspace.path().join("home/two numbers.csv"));
    assert_eq!(written.expect("a file"), "one\n1\n");
}

#[test]
fn files_are_run_and_errors_say_where() {
    let workspace = Workspace::new();
    workspace.write(
        "report.sql",
        "-- what is asked\n\\pset null -\nSELECT NULL AS a,\n  $b AS b;\nSELECT 1,\n  oops;\nSELECT 3 AS c;\n",
    );
    let mut shell = Shell::start(&workspace);
    shell.enters("\\i report.sql");
    shell.sees("error: report.sql, line 3: there is no value for the placeholder $b");
    shell.sees("hint: give it one with: \\set b VALUE");
    shell.enters("\\set b 'forty two'");
    shell.enters("\\set");
    shell.sees("b = 'forty two'");
    shell.enters("\\i report.sql");
    shell.sees("│ - │ forty two │");
    shell.sees("error: report.sql, line 6: there is no column oops");
    shell.sees("6 │   oops");
    let after = shell.sees(PROMPT);
    assert!(!after.contains("│ c │"), "an error ends it: {after}");
    shell.enters("\\unset b");
    shell.enters("SELECT $b;");
    shell.sees("there is no value for the placeholder $b");
    shell.enters("\\i nowhere.sql");
    shell.sees("error: nowhere.sql: no such file or folder");
}

#[test]
fn values_have_the_type_of_their_place() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\set $least 9");
    shell.enters("SELECT count(*) AS n FROM responses WHERE score >= $least;");
    shell.sees("│ 4 │");
    shell.enters("\\set least many");
    shell.enters("SELECT count(*) AS n FROM responses WHERE score >= $least;");
    shell.sees("least, set to many, is not of the type");
}

#[test]
fn the_last_statement_is_edited() {
    let workspace = Workspace::new();
    let editor = workspace.write(
        "editor",
        "#!/bin/sh\nstat -c '%a' \"$1\" > mode\nsed -i s/41/42/ \"$1\"\n",
    );
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("a script");
    let editor = editor.to_str().expect("a path in UTF-8");
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", editor)]);
    shell.enters("SELECT 41 AS answer;");
    shell.sees("│     41 │");
    shell.enters("\\e");
    shell.sees("│     42 │");
    let mode = fs::read_to_string(workspace.path().join("mode")).expect("what the editor saw");
    assert_eq!(mode.trim(), "600", "nobody else reads it");
    shell.enters("\u{1b}[A");
    shell.sees("│     42 │");
}

#[test]
fn an_editor_has_arguments_and_may_give_up() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.path().join("my tools")).expect("a folder");
    let editor = workspace.write("my tools/editor", "#!/bin/sh\nsed -i \"$1\" \"$2\"\n");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("a script");
    let with_argument = format!("'{}' 's/41/42/; s/first/second/'", editor.display());
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", &with_argument)]);
    shell.enters("SELECT 41 AS answer;");
    shell.sees("│     41 │");
    shell.enters("\\e");
    shell.sees("│     42 │");
    // What was typed of a statement is edited before what ran.
    shell.enters("SELECT 'first'");
    shell.enters("\\e");
    shell.sees("│ second");
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", "true")]);
    shell.enters("SELECT 41 AS answer;");
    shell.sees("│     41 │");
    shell.enters("\\e");
    shell.sees("nothing was saved, so nothing is run");
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", "no-such-editor -w")]);
    shell.enters("\\e");
    shell.sees("error: the editor no-such-editor -w does not start");
}

#[test]
fn a_statement_is_watched_until_ctrl_c() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\watch");
    shell.sees("error: there is nothing to run again");
    shell.enters("SELECT 40 + 2 AS answer;");
    shell.sees("│     42 │");
    shell.enters("\\watch 0.1");
    shell.sees("every 0.1 s");
    shell.sees("│     42 │");
    shell.sees("│     42 │");
    shell.presses(ControlCode::EndOfText);
    shell.sees(PROMPT);
    shell.enters("SELECT 6 * 9 AS question;");
    shell.sees("│       54 │");
}

#[test]
fn the_init_file_is_run_first() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("home/.config/voxql");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(
        folder.join("init.sql"),
        "\\pset null missing\nSELECT oops;\nCREATE VIEW one AS SELECT 1 AS x;\n",
    )
    .expect("a file");
    let mut command = workspace.voxql();
    command.env("TERM", "xterm");
    let mut shell = Shell::spawn(command);
    shell.sees("init.sql, line 2: there is no column oops");
    shell.sees(PROMPT);
    shell.enters("SELECT NULL AS y, x FROM one;");
    shell.sees("│ missing │ 1 │");
    shell.enters("\\q");
    shell.ends();

    let mut without = workspace.voxql();
    without.arg("--no-init");
    let mut shell = Shell::spawn(without);
    let shown = shell.sees(PROMPT);
    assert!(!shown.contains("oops"), "{shown}");

    workspace.write("other.sql", "\\timing on\n");
    let mut shell = Shell::start_with(&workspace, &[("VOXQL_INIT", "other.sql")]);
    shell.enters("SELECT 1;");
    shell.sees("time: ");
}

#[test]
fn a_role_sees_what_it_may() {
    let workspace = with_lake();
    let settings = workspace.path().join("lake/lake.toml");
    let before = fs::read_to_string(&settings).expect("settings");
    let role = "\n[roles.analyst]\npolicy = \"aggregate\"\nmin_group_size = 2\n";
    fs::write(&settings, before + role).expect("settings");
    let mut shell = Shell::start(&workspace);
    shell.enters("\\role");
    shell.sees("aggregate");
    shell.enters("CREATE TABLE mine AS SELECT 1 AS one;");
    shell.types("\\role ana\t\r");
    shell.sees("You ask as analyst.");
    shell.enters("SELECT comment FROM responses;");
    shell.sees("error: role analyst (policy aggregate): rows are not shown");
    shell.enters("\\chart");
    shell.sees("there is no result to draw yet");
    shell.enters("SELECT count(*) * 1000 AS thousands FROM responses;");
    shell.sees("000");
    shell.enters("\\d");
    shell.sees("(3 rows)");
    shell.enters("\\role nobody");
    shell.sees("role \"nobody\" does not exist");
    shell.enters("\\role owner");
    shell.sees("You ask as owner.");
    shell.enters("SELECT count(comment) + 4100 AS n FROM responses;");
    shell.sees("41");

    let mut shell = Shell::start_with(&workspace, &[("VOXQL_ROLE", "analyst")]);
    shell.enters("\\role owner");
    shell.sees("the shell was started as analyst, and stays so");
}
