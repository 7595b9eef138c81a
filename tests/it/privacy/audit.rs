//! The audit log, written and verified by commands.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use super::{EXPORT, PERSONAL};
use crate::common::{Workspace, copy_folder};

fn voxql(workspace: &Workspace, arguments: &[&str]) -> Output {
    let output = workspace.voxql().args(arguments).output();
    output.expect("the program can be started")
}

fn voxql_with_new_key(workspace: &Workspace, arguments: &[&str]) -> Output {
    let mut command = workspace.voxql();
    command.env_remove("VOXQL_KEY");
    command.env("VOXQL_KEY_FILE", "new.key").args(arguments);
    command.output().expect("the program can be started")
}

/// Returns the standard output of a command that succeeds.
fn stdout(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = voxql(workspace, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns the finding of a check that fails with exit code 1.
fn finding(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = voxql(workspace, arguments);
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    stderr
}

const VERIFY: [&str; 2] = ["audit", "verify"];
const VERIFY_KEPT: [&str; 4] = ["audit", "verify", "--checkpoint", "kept.txt"];

/// A lake with a few entries, and a checkpoint kept before the last of them.
fn workspace_with_log() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    stdout(&workspace, &["ingest", "a.csv"]);
    stdout(&workspace, &["subject", "zoe.quill@example.com"]);
    let checkpoint = stdout(&workspace, &["audit", "checkpoint"]);
    workspace.write("kept.txt", checkpoint);
    stdout(&workspace, &["inventory"]);
    workspace
}

fn entry(workspace: &Workspace, index: u64) -> PathBuf {
    let entries = workspace.path().join("lake/audit/entry");
    entries.join(format!("{index:012}"))
}

#[test]
fn actions_on_personal_data_are_logged() {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    stdout(&workspace, &["ingest", "a.csv"]);
    stdout(&workspace, &["ingest", "a.csv"]);
    stdout(&workspace, &["-c", "SELECT nps(score) FROM responses"]);
    let reveal = "SELECT reveal(respondent, 'email') FROM responses WHERE score = 9";
    stdout(&workspace, &["-c", reveal]);
    stdout(&workspace, &["subject", "zoe.quill@example.com"]);
    stdout(&workspace, &["inventory"]);
    stdout(&workspace, &["keys", "export"]);
    stdout(&workspace, &["forget", "zoe.quill@example.com"]);
    stdout(&workspace, &["keys", "rotate", "--to", "new.key"]);
    let shown = voxql_with_new_key(&workspace, &["audit", "show", "--format", "csv"]);
    let shown = String::from_utf8(shown.stdout).expect("UTF-8");
    let actions: Vec<String> = shown
        .lines()
        .skip(1)
        .map(|line| {
            let action = line.split(',').nth(2).expect("a column");
            let mut states = ["begun", "done"].into_iter();
            let state = states.find(|state| line.contains(state));
            let action = format!("{action} {}", state.unwrap_or_default());
            action.trim().to_owned()
        })
        .collect();
    assert_eq!(
        actions,
        [
            "import begun",
            "import done",
            "reveal",
            "subject",
            "inventory",
            "keys_export",
            "forget begun",
            "forget done",
            "keys_rotate begun",
            "keys_rotate done",
        ]
    );
    for text in PERSONAL.iter().chain(&["v1:"]) {
        assert!(!shown.contains(text), "{text} is in the audit log");
    }
}

#[test]
fn an_unchanged_log_is_valid() {
    let workspace = workspace_with_log();
    let output_text = stdout(&workspace, &VERIFY);
    assert!(
        output_text.starts_with("entries 4 · signed 4 · to detect"),
        "{output_text}"
    );
    let output_text = stdout(&workspace, &VERIFY_KEPT);
    assert_eq!(
        output_text,
        "entries 4 · signed 4 · unchanged since the kept checkpoint 3\n"
    );
}

#[test]
fn an_edited_entry_is_detected() {
    let workspace = workspace_with_log();
    let entry = entry(&workspace, 2);
    let text = fs::read_to_string(&entry).expect("an entry");
    fs::write(&entry, text.replace("subject", "inventory")).expect("an entry");
    let output_text = finding(&workspace, &VERIFY);
    assert!(
        output_text.contains("000000000002: the entry was changed"),
        "{output_text}"
    );
}

#[test]
fn reordered_entries_are_detected() {
    let workspace = workspace_with_log();
    let (first, second) = (entry(&workspace, 1), entry(&workspace, 2));
    let aside = workspace.path().join("aside");
    for (from, to) in [(&first, &aside), (&second, &first), (&aside, &second)] {
        fs::rename(from, to).expect("an entry");
    }
    let output_text = finding(&workspace, &VERIFY);
    assert!(
        output_text.contains("this was entry 2 when it was signed"),
        "{output_text}"
    );
}

#[test]
fn truncation_is_detected() {
    let workspace = workspace_with_log();
    fs::remove_file(entry(&workspace, 3)).expect("an entry");
    let output_text = finding(&workspace, &VERIFY);
    assert!(
        output_text.contains("the last 1 were removed"),
        "{output_text}"
    );
}

/// A completely restored old log is valid by itself: only a checkpoint kept elsewhere shows it.
#[test]
fn a_rolled_back_log_is_detected_with_a_kept_checkpoint() {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    stdout(&workspace, &["ingest", "a.csv"]);
    let log = workspace.path().join("lake/audit");
    let old = workspace.path().join("old");
    copy_folder(&log, &old);
    stdout(&workspace, &["subject", "zoe.quill@example.com"]);
    let checkpoint = stdout(&workspace, &["audit", "checkpoint"]);
    workspace.write("kept.txt", checkpoint);
    stdout(&workspace, &VERIFY_KEPT);

    fs::remove_dir_all(&log).expect("the log");
    copy_folder(&old, &log);
    stdout(&workspace, &VERIFY);
    let output_text = finding(&workspace, &VERIFY_KEPT);
    assert!(
        output_text.contains("the last 1 were removed"),
        "{output_text}"
    );

    // New entries in place of the removed ones are detected too.
    stdout(&workspace, &["inventory"]);
    stdout(&workspace, &VERIFY);
    let output_text = finding(&workspace, &VERIFY_KEPT);
    assert!(
        output_text.contains("not those of the kept checkpoint"),
        "{output_text}"
    );
}

/// A checkpoint signed with the replaced key is valid as the kept one, but not in the log.
#[test]
fn kept_checkpoints_are_valid_after_a_key_rotation() {
    let workspace = workspace_with_log();
    stdout(&workspace, &["keys", "rotate", "--to", "new.key"]);
    let output = voxql_with_new_key(&workspace, &VERIFY_KEPT);
    let output_text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output_text,
        "entries 6 · signed 6 · unchanged since the kept checkpoint 3\n"
    );
    let checkpoint = workspace.path().join("lake/audit/checkpoint");
    fs::copy(workspace.path().join("kept.txt"), checkpoint).expect("a checkpoint");
    let output = voxql_with_new_key(&workspace, &VERIFY);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_log_is_readable_without_a_key() {
    let workspace = workspace_with_log();
    for arguments in [
        &VERIFY[..],
        &["audit", "show"],
        &["inventory"],
        &VERIFY_KEPT,
    ] {
        let output = workspace
            .voxql()
            .env_remove("VOXQL_KEY")
            .args(arguments)
            .output()
            .expect("the program can be started");
        let output_text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {output_text}");
    }
    let output_text = stdout(&workspace, &VERIFY);
    assert!(
        output_text.starts_with("entries 5 · signed 4"),
        "{output_text}"
    );
}

#[test]
fn access_requests_name_one_person_or_a_file() {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    stdout(&workspace, &["ingest", "a.csv"]);
    // Editors on Windows write a byte order mark.
    workspace.write(
        "asked.txt",
        "\u{feff}zoe.quill@example.com\n\n otto.brandt@example.org\n",
    );
    let asked = stdout(&workspace, &["subject", "--file", "asked.txt"]);
    let asked: serde_json::Value = serde_json::from_str(&asked).expect("JSON");
    assert_eq!(asked[0]["identity"]["surname"], "Quillfeather");
    assert_eq!(asked[1]["identity"]["surname"], "Brandtmeyer");
    let token = asked[1]["respondent"].as_str().expect("a pseudonym");
    let otto = stdout(&workspace, &["subject", token]);
    let otto: serde_json::Value = serde_json::from_str(&otto).expect("JSON");
    assert_eq!(otto, asked[1]);
    workspace.write("nobody.txt", "\n");
    let output = voxql(&workspace, &["subject", "--file", "nobody.txt"]);
    let output_text = String::from_utf8_lossy(&output.stderr);
    assert!(output_text.contains("no person is given"), "{output_text}");
}
