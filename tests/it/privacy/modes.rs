//! Who may read the files of a lake and its key.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::EXPORT;
use crate::common::Workspace;

fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).expect("a file or folder");
    metadata.permissions().mode() & 0o777
}

/// The folder and all that is in it.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn run(workspace: &Workspace, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = workspace.voxql();
    command
        .env_remove("VOXQL_KEY")
        .env("VOXQL_KEY_FILE", "keys/nps.key");
    let output = command.args(arguments).output().expect("it starts");
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), errors)
}

#[test]
fn files_of_a_lake_are_their_owners_alone() {
    let workspace = Workspace::new();
    workspace.write("export.csv", EXPORT);
    for arguments in [
        &["ingest", "export.csv"][..],
        &[
            "-c",
            "CREATE VIEW lake.scores AS SELECT score FROM responses",
        ],
        &["-c", "SELECT reveal(respondent, 'email') FROM responses"],
        &["-c", "COPY responses TO 'shared.csv'"],
        &["forget", "otto.brandt@example.org"],
        &["optimize"],
    ] {
        let (code, errors) = run(&workspace, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
    }
    let made = [
        walk(&workspace.path().join("lake")),
        walk(&workspace.path().join("keys")),
    ];
    for path in made.concat() {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    // A result is as readable as the user's other files.
    workspace.write("other.csv", "");
    let results = ["shared.csv", "other.csv"].map(|name| mode(&workspace.path().join(name)));
    assert_eq!(results[0], results[1]);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let workspace = Workspace::new();
    workspace.write("export.csv", EXPORT);
    assert_eq!(run(&workspace, &["ingest", "export.csv"]).0, Some(0));
    let key = workspace.path().join("keys/nps.key");
    let reveal = ["-c", "SELECT reveal(respondent, 'email') FROM responses"];
    for readable in [0o644, 0o640, 0o602] {
        fs::set_permissions(&key, Permissions::from_mode(readable)).expect("a key of ours");
        let (code, errors) = run(&workspace, &reveal);
        assert_eq!(code, Some(2), "{errors}");
        assert_eq!(
            errors,
            format!(
                "error: keys/nps.key: other users can use this key (mode {readable:04o})\n\
                 hint: make it yours alone: chmod 600 keys/nps.key\n"
            )
        );
    }
    fs::set_permissions(&key, Permissions::from_mode(0o400)).expect("a key of ours");
    assert_eq!(run(&workspace, &reveal).0, Some(0));
}
