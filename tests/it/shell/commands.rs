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
    shell.answers("\\d", "imports");
    shell.sees("responses");
    shell.answers("\\d responses", "responded_at");
    shell.answers("\\d respones", "did you mean responses?");
    shell.answers("\\d answers.csv", "segment");
    shell.answers("\\h nps", "nps(score");
    shell.sees("Net Promoter Score");
    shell.answers("\\h reveal", "SELECT comment, reveal(respondent, 'email')");
    shell.answers("\\h npss", "did you mean nps?");
    shell.answers("\\df nps_cat", "nps_category(score)");
    shell.answers("\\dt *respon*", "latest_responses");
    shell.sees("(3 rows)");
    shell.enters("\\d nowhere/answers.csv");
    shell.sees("table or file \"nowhere/answers.csv\" does not exist");
    shell.answers("\\h timing", "how long each statement takes");
    shell.enters("\\pset pager off");
    shell.answers("\\h", "draw the last result");
}

#[test]
fn results_go_to_a_file_until_the_next_o() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\o numbers.csv");
    shell.enters("SELECT x FROM generate_series(1, 3) AS a(x);");
    shell.sees("3 rows → numbers.csv");
    shell.answers("SELECT 1;", "error: numbers.csv already contains a result");
    shell.enters("\\o notes.md");
    shell.answers("SELECT 1 AS one;", "1 row → notes.md");
    shell.answers("SELECT 2 AS two;", "1 row → notes.md");
    shell.enters("\\o");
    shell.answers("SELECT 40 + 2 AS answer;", "│     42 │");
    let read = |name| fs::read_to_string(workspace.path().join(name)).expect("a file");
    assert_eq!(read("numbers.csv"), "x\n1\n2\n3\n");
    assert_eq!(
        read("notes.md"),
        "| one |\n| ---: |\n| 1 |\n\n| two |\n| ---: |\n| 2 |\n"
    );
}

#[test]
fn lists_are_no_results_for_files_and_charts() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("SELECT segment, count(*) AS answers FROM responses GROUP BY 1 ORDER BY 1;");
    shell.sees("(2 rows)");
    shell.enters("\\o numbers.csv");
    shell.answers("\\d", "│ responses");
    shell.answers("\\d imports", "│ import_id");
    shell.answers("\\chart", "enterprise");
    assert!(!workspace.path().join("numbers.csv").exists());
}

#[test]
fn mistyped_commands_have_errors() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    for (typed, message) in [
        ("\\chart bars", "error: \\chart takes no argument"),
        (
            "\\o nowhere/numbers.csv",
            "error: nowhere/numbers.csv: the folder nowhere does not exist",
        ),
        ("\\o .", "error: . is a folder"),
        ("\\unset", "error: \\unset needs an argument"),
        (
            "\\set a-b 1",
            "error: \"a-b\" is not a valid placeholder name",
        ),
        ("\\timing maybe", "error: \"maybe\" is neither on nor off"),
        ("\\watch soon", "error: \"soon\" is not a number of seconds"),
        (".tables", "did you mean \\d?"),
    ] {
        shell.answers(typed, message);
        shell.sees(PROMPT);
    }
    shell.answers("help", "draw the last result");
    shell.enters("quit");
    shell.ends();
    let mut with_file = workspace.voxql();
    with_file.args(["-o", "numbers.csv"]);
    let mut shell = Shell::spawn(with_file);
    shell.sees("error: -o applies to SQL");
    shell.sees("in the shell, use \\o FILE");
    shell.ends();
}

#[test]
fn files_can_be_in_the_home_folder_and_cannot_run_themselves() {
    let workspace = Workspace::new();
    fs::create_dir_all(workspace.path().join("home/sql files")).expect("a folder");
    workspace.write("home/sql files/one.sql", "SELECT 40 + 2 AS answer;\n");
    workspace.write("again.sql", "\\i again.sql\n");
    let mut shell = Shell::start(&workspace);
    shell.answers("\\i ~/sql files/one.sql", "│     42 │");
    shell.answers("\\i again.sql", "\\i is nested more than 16 files deep");
    shell.enters("\\o '~/two numbers.csv'");
    shell.answers("SELECT 1 AS one;", "1 row → ");
    let written = fs::read_to_string(workspace.path().join("home/two numbers.csv"));
    assert_eq!(written.expect("a file"), "one\n1\n");
}

#[test]
fn errors_in_files_have_a_line() {
    let workspace = Workspace::new();
    workspace.write(
        "report.sql",
        "-- values\n\\pset null -\nSELECT NULL AS a,\n  $b AS b;\nSELECT 1,\n  oops;\nSELECT 3 AS c;\n",
    );
    let mut shell = Shell::start(&workspace);
    shell.enters("\\i report.sql");
    shell.sees("error: report.sql, line 3: placeholder $b has no value");
    shell.sees("hint: set one with: \\set b VALUE");
    shell.enters("\\set b 'forty two'");
    shell.answers("\\set", "b = 'forty two'");
    shell.answers("\\i report.sql", "│ - │ forty two │");
    shell.sees("error: report.sql, line 6: column \"oops\" does not exist");
    shell.sees("6 │   oops");
    let after = shell.sees(PROMPT);
    assert!(!after.contains("│ c │"), "an error ends it: {after}");
    shell.enters("\\unset b");
    shell.enters("SELECT $b;");
    shell.sees("placeholder $b has no value");
    shell.enters("\\i nowhere.sql");
    shell.sees("error: nowhere.sql: no such file or folder");
}

#[test]
fn values_have_the_type_of_their_column() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.enters("\\set $least 9");
    shell.enters("SELECT count(*) AS n FROM responses WHERE score >= $least;");
    shell.sees("│ 4 │");
    shell.enters("\\set least many");
    shell.enters("SELECT count(*) AS n FROM responses WHERE score >= $least;");
    shell.sees("\\set least many: the placeholder needs a value of type");
}

#[test]
fn the_last_statement_can_be_edited() {
    let workspace = Workspace::new();
    let editor = workspace.write(
        "editor",
        "#!/bin/sh\nstat -c '%a' \"$1\" > mode\nsed -i s/41/42/ \"$1\"\n",
    );
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("a script");
    let editor = editor.to_str().expect("a path in UTF-8");
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", editor)]);
    shell.answers("SELECT 41 AS answer;", "│     41 │");
    shell.answers("\\e", "│     42 │");
    let mode = fs::read_to_string(workspace.path().join("mode")).expect("the mode of the file");
    assert_eq!(mode.trim(), "600", "only the owner can read it");
    shell.answers("\u{1b}[A", "│     42 │");
}

#[test]
fn an_editor_can_have_arguments_and_quit_without_saving() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.path().join("my tools")).expect("a folder");
    let editor = workspace.write("my tools/editor", "#!/bin/sh\nsed -i \"$1\" \"$2\"\n");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("a script");
    let with_argument = format!("'{}' 's/41/42/; s/first/second/'", editor.display());
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", &with_argument)]);
    shell.answers("SELECT 41 AS answer;", "│     41 │");
    shell.answers("\\e", "│     42 │");
    // An incomplete statement takes precedence over the last one.
    shell.enters("SELECT 'first'");
    shell.answers("\\e", "│ second");
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", "true")]);
    shell.answers("SELECT 41 AS answer;", "│     41 │");
    shell.answers("\\e", "nothing was saved, so nothing was run");
    let mut shell = Shell::start_with(&workspace, &[("EDITOR", "no-such-editor -w")]);
    shell.enters("\\e");
    shell.sees("error: could not start the editor \"no-such-editor -w\"");
}

#[test]
fn a_statement_is_repeated_until_ctrl_c() {
    let workspace = Workspace::new();
    let mut shell = Shell::start(&workspace);
    shell.answers("\\watch", "error: there is no statement to repeat");
    shell.answers("SELECT 40 + 2 AS answer;", "│     42 │");
    shell.answers("\\watch 0.1", "every 0.1 s");
    shell.sees("│     42 │");
    shell.sees("│     42 │");
    shell.presses(ControlCode::EndOfText);
    shell.sees(PROMPT);
    shell.answers("SELECT 6 * 9 AS question;", "│       54 │");
}

#[test]
fn the_init_file_runs_first() {
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
    shell.sees("init.sql, line 2: column \"oops\" does not exist");
    shell.sees(PROMPT);
    shell.answers("SELECT NULL AS y, x FROM one;", "│ missing │ 1 │");
    shell.enters("\\q");
    shell.ends();

    let mut without = workspace.voxql();
    without.arg("--no-init");
    let mut shell = Shell::spawn(without);
    let shown = shell.sees(PROMPT);
    assert!(!shown.contains("oops"), "{shown}");

    workspace.write("other.sql", "\\timing on\n");
    let mut shell = Shell::start_with(&workspace, &[("VOXQL_INIT", "other.sql")]);
    shell.answers("SELECT 1;", "time: ");
}

#[test]
fn the_role_can_be_switched() {
    let workspace = with_lake();
    let settings = workspace.path().join("lake/lake.toml");
    let before = fs::read_to_string(&settings).expect("settings");
    let role = "\n[roles.analyst]\npolicy = \"aggregate\"\nmin_group_size = 2\n";
    fs::write(&settings, before + role).expect("settings");
    let mut shell = Shell::start(&workspace);
    shell.answers("\\role", "aggregate");
    shell.enters("CREATE TABLE mine AS SELECT 1 AS one;");
    shell.types("\\role ana\t\r");
    shell.sees("Role is analyst.");
    shell.enters("SELECT comment FROM responses;");
    shell.sees("error: role analyst (policy aggregate): rows are hidden");
    shell.answers("\\chart", "there is no result to draw yet");
    shell.answers("SELECT count(*) * 1000 AS thousands FROM responses;", "000");
    shell.answers("\\d", "nps_by_segment");
    shell.sees("(4 rows)");
    shell.answers("\\i sums.sql", "\\i is the owner's");
    shell.answers("\\o sums.csv", "\\o is the owner's");
    shell.answers("\\e", "\\e is the owner's");
    shell.answers("\\copy responses TO sums.csv", "\\copy is the owner's");
    shell.enters("\\role nobody");
    shell.sees("role \"nobody\" does not exist");
    shell.answers("\\role owner", "Role is owner.");
    shell.answers("SELECT count(comment) + 4100 AS n FROM responses;", "41");

    let mut command = workspace.voxql();
    command.env("VOXQL_ROLE", "analyst");
    let mut shell = Shell::spawn(command);
    shell.sees("lake/ analyst> ");
    shell.enters("\\role owner");
    shell.sees("the shell was started as role \"analyst\" and cannot switch");
}

#[test]
fn g_runs_a_statement() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.answers("\\g", "error: there is no statement to run");
    shell.answers("SELECT 40 + 2 AS answer \\gx", "answer │ 42");
    shell.answers("\\g", "│     42 │");
    shell.enters("SELECT 41");
    shell.types(" + 2 AS more\r");
    shell.answers("\\g", "│   43 │");
    shell.answers("\\gx", "more │ 43");
    shell.answers("\\copy responses TO all.csv", "6 rows → all.csv");
    let copied = fs::read_to_string(workspace.path().join("all.csv")).expect("a file");
    assert_eq!(copied.lines().count(), 7);
    shell.answers("SELECT :segment;", "hint: write $segment");
}

#[test]
fn the_prompt_names_lake_and_role() {
    let workspace = with_lake();
    fs::rename(
        workspace.path().join("lake"),
        workspace.path().join("surveys"),
    )
    .expect("renamed");
    let settings = workspace.path().join("surveys/lake.toml");
    let roles = fs::read_to_string(&settings).expect("settings")
        + "\n[roles.analyst]\npolicy = \"aggregate\"\nmin_group_size = 2\n";
    fs::write(&settings, roles).expect("written");
    let mut command = workspace.voxql();
    command.env("VOXQL_LAKE", "surveys/");
    let mut shell = Shell::spawn(command);
    shell.sees("surveys/> ");
    shell.answers("\\role analyst", "surveys/ analyst> ");
    let mut command = workspace.voxql();
    command.env_remove("VOXQL_LAKE");
    let mut shell = Shell::spawn(command);
    shell.sees("voxql> ");
}

#[test]
fn views_of_the_lake_are_listed_and_completed() {
    let workspace = with_lake();
    let mut shell = Shell::start(&workspace);
    shell.answers(
        "CREATE VIEW lake.of_smb AS SELECT * FROM responses WHERE segment = 'smb';",
        PROMPT,
    );
    shell.answers("\\d", "lake.of_smb");
    shell.answers("SELECT count(*) AS n FROM of_s\t;", "│ 4 │");
    shell.answers("CREATE MACRO twice(x) AS x * 2;", PROMPT);
    shell.answers("\\h twice", "twice(x) AS x * 2");
}
