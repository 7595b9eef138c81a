//! The audit log as the commands write and check it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{EXPORT, PERSONAL};
use crate::common::{Workspace, copy_folder};

fn voxql(workspace: &Workspace, arguments: &[&str]) -> Output {
    let output = workspace.voxql().args(arguments).output();
    output.expect("the program can be started")
}

/// What a command that succeeds prints.
fn done(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = voxql(workspace, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What a check that finds something says, with the exit code for that.
fn found(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = voxql(workspace, arguments);
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    said
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
fn what_is_done_to_personal_data_is_an_entry() {
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
fn a_log_that_nobody_changed_is_in_order() {
    let workspace = prepared();
    let said = done(&workspace, &VERIFY);
    assert!(
        said.starts_with("entries 4 · signed 4 · to find out"),
        "{said}"
    );
    let said = done(&workspace, &VERIFY_KEPT);
    assert_eq!(
        said,
        "entries 4 · signed 4 · unchanged since the kept checkpoint 3\n"
    );
}

#[test]
fn an_edited_entry_is_found() {
    let workspace = prepared();
    let entry = entry(&workspace, 2);
    let text = fs::read_to_string(&entry).expect("an entry");
    fs::write(&entry, text.replace("subject", "inventory")).expect("an entry");
    let said = found(&workspace, &VERIFY);
    assert!(
        said.contains("000000000002: the entry was changed"),
        "{said}"
    );
}

#[test]
fn entries_in_another_order_are_found() {
    let workspace = prepared();
    let (first, second) = (entry(&workspace, 1), entry(&workspace, 2));
    let aside = workspace.path().join("aside");
    for (from, to) in [(&first, &aside), (&second, &first), (&aside, &second)] {
        fs::rename(from, to).expect("an entry");
    }
    let said = found(&workspace, &VERIFY);
    assert!(
        said.contains("this was entry 2 when it was signed"),
        "{said}"
    );
}

#[test]
fn entries_that_were_cut_off_are_found() {
    let workspace = prepared();
    fs::remove_file(entry(&workspace, 3)).expect("an entry");
    let said = found(&workspace, &VERIFY);
    assert!(said.contains("the last 1 were removed"), "{said}");
}

/// An old log put back in whole is in order by itself: only what was kept elsewhere tells.
#[test]
fn a_log_that_was_put_back_is_found_with_a_kept_checkpoint() {
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

    put_back(&old, &log);
    done(&workspace, &VERIFY);
    let said = found(&workspace, &VERIFY_KEPT);
    assert!(said.contains("the last 1 were removed"), "{said}");

    // Something else in the place of what was removed is no better.
    done(&workspace, &["inventory"]);
    done(&workspace, &VERIFY);
    let said = found(&workspace, &VERIFY_KEPT);
    assert!(said.contains("not those of the kept checkpoint"), "{said}");
}

fn put_back(old: &Path, log: &Path) {
    fs::remove_dir_all(log).expect("the log");
    copy_folder(old, log);
}

/// A checkpoint that was kept under the key before vouches for the log all the same; a signature of
/// somebody else does not.
#[test]
fn the_key_changes_and_kept_checkpoints_stay_good() {
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
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said,
        "entries 6 · signed 6 · unchanged since the kept checkpoint 3\n"
    );
    let checkpoint = workspace.path().join("lake/audit/checkpoint");
    fs::copy(workspace.path().join("kept.txt"), checkpoint).expect("a checkpoint");
    let output = verify(&VERIFY);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn whoever_has_no_key_can_look() {
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
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
    }
    let said = done(&workspace, &VERIFY);
    assert!(said.starts_with("entries 5 · signed 4"), "{said}");
}

#[test]
fn access_requests_are_of_one_person_or_of_a_file_of_many() {
    let workspace = Workspace::new();
    workspace.write("a.csv", EXPORT);
    done(&workspace, &["ingest", "a.csv"]);
    // Editors on Windows put a mark before the text.
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
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("nobody is named"), "{said}");
}
