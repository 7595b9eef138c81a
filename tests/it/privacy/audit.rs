//! The audit log that the commands write and check.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{EXPORT, PERSONAL};
use crate::common::{Workspace, copy_folder};

fn voxql(workspace: &Workspace, arguments: &[&str]) -> Output {
    let output = workspace.voxql().args(arguments).output();
    output.expect("the program can be started")
}

/// The output of a command that succeeds.
fn done(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = voxql(workspace, arguments);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {printed}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The error of a check that finds a fault; asserts its exit code.
fn found(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = voxql(workspace, arguments);
    let printed = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {printed}");
    printed
}

const VERIFY: [&str; 2] = ["audit", "verify"];
const VERIFY_KEPT: [&str; 4] = ["audit", "verify", "--checkpoint", "kept.txt"];

/// A lake with a few entries, and a checkpoint kept from before the last of them.
fn prepared() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    done(&workspace, &["ingest", "a.csv"]);
    done(&workspace, &["subject", "zoe.quill@example.com"]);
    let checkpoint = done(&workspace, &["audit", "checkpoint"]);
    workspace.write("kept.txt", checkpoint);
    done(&workspace, &["inventory"]);
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
    done(&workspace, &["ingest", "a.csv"]);
    done(&workspace, &["ingest", "a.csv"]);
    done(&workspace, &["-c", "SELECT nps(score) FROM responses"]);
    let reveal = "SELECT reveal(respondent, 'email') FROM responses WHERE score = 9";
    done(&workspace, &["-c", reveal]);
    done(&workspace, &["subject", "zoe.quill@example.com"]);
    done(&workspace, &["inventory"]);
    done(&workspace, &["keys", "export"]);
    done(&workspace, &["forget", "zoe.quill@example.com"]);
    done(&workspace, &["keys", "rotate", "--to", "new.key"]);
    let shown = workspace
        .voxql()
        .env_remove("VOXQL_KEY")
        .env("VOXQL_KEY_FILE", "new.key")
        .args(["audit", "show", "--format", "csv"])
        .output()
        .expect("the program can be started");
    let shown = String::from_utf8(shown.stdout).expect("UTF-8");
    let actions: Vec<String> = shown
        .lines()
        .skip(1)
        .map(|line| {
            let action = line.split(',').nth(2).expect("a column");
            let state = ["begun", "done"]
                .into_iter()
                .find(|state| line.contains(state));
            format!("{action} {}", state.unwrap_or_default())
                .trim()
                .to_owned()
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
    let workspace = prepared();
    let printed = done(&workspace, &VERIFY);
    assert!(
        printed.starts_with("entries 4 · signed 4 · to detect"),
        "{printed}"
    );
    let printed = done(&workspace, &VERIFY_KEPT);
    assert_eq!(
        printed,
        "entries 4 · signed 4 · unchanged since the kept checkpoint 3\n"
    );
}

#[test]
fn an_edited_entry_is_found() {
    let workspace = prepared();
    let entry = entry(&workspace, 2);
    let text = fs::read_to_string(&entry).expect("an entry");
    fs::write(&entry, text.replace("subject", "inventory")).expect("an entry");
    let printed = found(&workspace, &VERIFY);
    assert!(
        printed.contains("000000000002: the entry was changed"),
        "{printed}"
    );
}

#[test]
fn reordered_entries_are_found() {
    let workspace = prepared();
    let (first, second) = (entry(&workspace, 1), entry(&workspace, 2));
    let aside = workspace.path().join("aside");
    for (from, to) in [(&first, &aside), (&second, &first), (&aside, &second)] {
        fs::rename(from, to).expect("an entry");
    }
    let printed = found(&workspace, &VERIFY);
    assert!(
        printed.contains("this was entry 2 when it was signed"),
        "{printed}"
    );
}

#[test]
fn truncated_entries_are_found() {
    let workspace = prepared();
    fs::remove_file(entry(&workspace, 3)).expect("an entry");
    let printed = found(&workspace, &VERIFY);
    assert!(printed.contains("the last 1 were removed"), "{printed}");
}

/// A restored old log is valid by itself: only a checkpoint kept elsewhere detects it.
#[test]
fn a_restored_old_log_is_found_with_a_kept_checkpoint() {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    done(&workspace, &["ingest", "a.csv"]);
    let log = workspace.path().join("lake/audit");
    let old = workspace.path().join("old");
    copy_folder(&log, &old);
    done(&workspace, &["subject", "zoe.quill@example.com"]);
    let checkpoint = done(&workspace, &["audit", "checkpoint"]);
    workspace.write("kept.txt", checkpoint);
    done(&workspace, &VERIFY_KEPT);

    restore(&old, &log);
    done(&workspace, &VERIFY);
    let printed = found(&workspace, &VERIFY_KEPT);
    assert!(printed.contains("the last 1 were removed"), "{printed}");

    // Replacing the removed entries does not help.
    done(&workspace, &["inventory"]);
    done(&workspace, &VERIFY);
    let printed = found(&workspace, &VERIFY_KEPT);
    assert!(
        printed.contains("not those of the kept checkpoint"),
        "{printed}"
    );
}

fn restore(old: &Path, log: &Path) {
    fs::remove_dir_all(log).expect("the log");
    copy_folder(old, log);
}

/// A checkpoint kept under the previous key still verifies the log; another signature does not.
#[test]
fn kept_checkpoints_stay_valid_after_a_key_rotation() {
    let workspace = prepared();
    done(&workspace, &["keys", "rotate", "--to", "new.key"]);
    let verify = |arguments: &[&str]| {
        let mut command = workspace.voxql();
        command
            .env_remove("VOXQL_KEY")
            .env("VOXQL_KEY_FILE", "new.key")
            .args(arguments);
        command.output().expect("the program can be started")
    };
    let output = verify(&VERIFY_KEPT);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        printed,
        "entries 6 · signed 6 · unchanged since the kept checkpoint 3\n"
    );
    let checkpoint = workspace.path().join("lake/audit/checkpoint");
    fs::copy(workspace.path().join("kept.txt"), checkpoint).expect("a checkpoint");
    let output = verify(&VERIFY);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_log_can_be_read_without_the_key() {
    let workspace = prepared();
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
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {printed}");
    }
    let printed = done(&workspace, &VERIFY);
    assert!(printed.starts_with("entries 5 · signed 4"), "{printed}");
}

#[test]
fn access_requests_name_one_person_or_a_file_of_people() {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    done(&workspace, &["ingest", "a.csv"]);
    // Editors on Windows write a byte order mark.
    workspace.write(
        "asked.txt",
        "\u{feff}zoe.quill@example.com\n\n otto.brandt@example.org\n",
    );
    let asked = done(&workspace, &["subject", "--file", "asked.txt"]);
    let asked: serde_json::Value = serde_json::from_str(&asked).expect("JSON");
    assert_eq!(asked[0]["identity"]["surname"], "Quillfeather");
    assert_eq!(asked[1]["identity"]["surname"], "Brandtmeyer");
    let token = asked[1]["respondent"].as_str().expect("a pseudonym");
    let otto = done(&workspace, &["subject", token]);
    let otto: serde_json::Value = serde_json::from_str(&otto).expect("JSON");
    assert_eq!(otto, asked[1]);
    workspace.write("nobody.txt", "\n");
    let output = voxql(&workspace, &["subject", "--file", "nobody.txt"]);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("nobody is named"), "{printed}");
}
