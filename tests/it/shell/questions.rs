//! Questions of an import that are answered in the terminal.

use expectrl::ControlCode;

use super::super::common::Workspace;
use super::Shell;

const TWO_SCORES: &str = "\
id,date,q1,q2,email
1,2026-03-14,9,7,ann@example.com
2,2026-03-15,10,3,bob@example.com
3,2026-03-16,2,8,cy@example.com
4,2026-03-17,0,6,di@example.com
";

const SHORT_SCALE: &str = "id,date,nps\n1,2026-03-14,5\n2,2026-03-15,4\n3,2026-03-16,2\n";

fn import(workspace: &Workspace, text: &str, flags: &[&str]) -> Shell {
    workspace.write("export.csv", text);
    let mut command = workspace.voxql();
    command.args(["ingest", "export.csv"]).args(flags);
    Shell::spawn(command)
}

#[test]
fn a_number_answers_and_the_import_goes_on() {
    let workspace = Workspace::new();
    let mut shell = import(&workspace, TWO_SCORES, &[]);
    let before = shell.sees("  1  --map score=q1");
    assert!(before.contains("  id  date        q1  q2"), "{before}");
    assert!(before.contains("  3   2026-03-16  2   8"), "{before}");
    assert!(!before.contains("ann@example.com"), "{before}");
    shell.sees("  2  --map score=q2");
    shell.sees("1-2 or options, empty to skip the file: ");
    shell.answers("3", "the answers are 1 to 2");
    shell.answers("2", "4 rows");
    shell.sees("next time: --map score=q2");
    shell.ends();
    let counted = workspace
        .voxql()
        .args([
            "--format",
            "csv",
            "-c",
            "SELECT nps(score) AS nps FROM responses",
        ])
        .output()
        .expect("voxql runs");
    assert_eq!(String::from_utf8_lossy(&counted.stdout), "nps\n-50.0\n");
}

#[test]
fn options_can_be_typed() {
    let workspace = Workspace::new();
    let mut shell = import(&workspace, SHORT_SCALE, &[]);
    shell.sees("1-2 or options");
    shell.answers("--scale 1-7 --survey 'first year'", "3 rows");
    shell.sees("next time: --scale 1-7 --survey 'first year'");
    shell.ends();
}

#[test]
fn an_empty_line_or_ctrl_c_skips_the_file() {
    let workspace = Workspace::new();
    for skip in ["\r", "\u{3}"] {
        let mut shell = import(&workspace, SHORT_SCALE, &[]);
        shell.sees("empty to skip the file: ");
        match skip {
            "\r" => shell.enters(""),
            _ => shell.presses(ControlCode::EndOfText),
        }
        shell.sees("hint: if it is the 0 to 10 question");
        shell.ends();
    }
    assert!(!workspace.path().join("lake").exists());
}

#[test]
fn the_answers_are_saved_as_a_profile() {
    let workspace = Workspace::new();
    let mut shell = import(&workspace, TWO_SCORES, &["--save-profile", "q2.toml"]);
    shell.sees("1-2 or options");
    shell.answers("2", "next time: --map score=q2");
    shell.ends();
    let output = workspace
        .voxql()
        .args(["ingest", "export.csv", "--profile", "q2.toml"])
        .output()
        .expect("voxql runs");
    assert!(output.status.success(), "{output:?}");
}
