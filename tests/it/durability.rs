//! The order in which the files of a lake reach the disk, as the kernel sees it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::Workspace;

/// What a command asked of the file system, in order.
#[derive(Debug, PartialEq)]
enum Call {
    /// Bytes were written into a file.
    Write(String),
    /// The bytes of a file, or the entries of a folder, are on disk.
    Sync(String),
    /// A file got another name.
    Name { from: String, to: String },
}

/// Runs a command under strace.
fn calls(workspace: &Workspace, arguments: &[&str]) -> Vec<Call> {
    let trace = workspace.path().join("trace");
    let program = workspace.voxql();
    let mut strace = Command::new("strace");
    strace
        .args(["--follow-forks", "--decode-fds=path", "--string-limit=4096"])
        .arg("--trace=write,pwrite64,writev,fsync,fdatasync,/^rename,/^link")
        .arg("--output")
        .arg(&trace)
        .arg(program.get_program())
        .args(arguments)
        .current_dir(workspace.path());
    for (name, value) in program.get_envs() {
        strace.env(name, value.expect("a value"));
    }
    let ended = strace
        .output()
        .expect("install strace: apt-get install strace");
    assert!(ended.status.success(), "{ended:?}");
    read(&fs::read_to_string(trace).expect("what strace wrote"))
}

/// Reads calls that succeeded, in the order in which they ended.
fn read(trace: &str) -> Vec<Call> {
    let mut unfinished: HashMap<&str, &str> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let (process, call) = line.split_once(' ').expect("a process and its call");
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix(" <unfinished ...>") {
            unfinished.insert(process, begun);
            continue;
        }
        let call = match call.strip_prefix("<... ") {
            Some(rest) => {
                let begun = unfinished.remove(process).expect("a call that began");
                let (_, rest) = rest.split_once("resumed>").expect("a call that goes on");
                format!("{begun}{rest}")
            }
            None => call.to_owned(),
        };
        let Some((call, result)) = call.rsplit_once(" = ") else {
            continue;
        };
        if result.starts_with('-') {
            continue;
        }
        let (name, arguments) = call.split_once('(').expect("a call");
        let opened = || {
            let (_, rest) = arguments.split_once('<').expect("the path of a file");
            rest.split_once('>')
                .expect("the path of a file")
                .0
                .to_owned()
        };
        calls.push(match name {
            "write" | "pwrite64" | "writev" => Call::Write(opened()),
            "fsync" | "fdatasync" => Call::Sync(opened()),
            _ => {
                let mut quoted = arguments.split('"').skip(1).step_by(2);
                let mut path = || quoted.next().expect("a path").to_owned();
                Call::Name {
                    from: path(),
                    to: path(),
                }
            }
        });
    }
    calls
}

/// Checks that files of the lake get their names when their bytes are on disk, and then their folders are
/// synced. Returns the number of files.
fn check(calls: &[Call], lake: &Path) -> usize {
    let lake = lake.to_str().expect("a path of text");
    let is_of_lake = |path: &str| path.starts_with(lake);
    let staging = format!("{lake}/staging/");
    let mut named = 0;
    for (at, call) in calls.iter().enumerate() {
        match call {
            Call::Write(path) => {
                assert!(
                    !is_of_lake(path) || path.starts_with(&staging),
                    "{path} is written under its own name"
                );
            }
            Call::Name { from, to } if is_of_lake(to) => {
                named += 1;
                let of_file = |call: &&Call| match call {
                    Call::Write(path) | Call::Sync(path) => path == from,
                    Call::Name { .. } => false,
                };
                let last = calls[..at].iter().rev().find(of_file);
                assert_eq!(last, Some(&Call::Sync(from.clone())), "before {to}");
                let folder = Path::new(to).parent().expect("a folder");
                let folder = folder.to_str().expect("a path of text").to_owned();
                assert!(calls[at..].contains(&Call::Sync(folder)), "after {to}");
            }
            Call::Name { .. } | Call::Sync(_) => {}
        }
    }
    named
}

#[test]
fn names_are_given_to_files_whose_bytes_are_on_disk() {
    let workspace = Workspace::new();
    let rows = |range: std::ops::Range<u32>| -> String {
        let rows = range.map(|n| {
            format!(
                "{n},2026-03-{:02},{},p{n}@example.com\n",
                n % 28 + 1,
                n % 11
            )
        });
        "id,date,score,email\n".to_owned() + &rows.collect::<String>()
    };
    workspace.write("first.csv", rows(0..50));
    workspace.write("second.csv", rows(20..80));
    let lake = fs::canonicalize(workspace.path())
        .expect("a folder")
        .join("lake");
    for arguments in [
        &["ingest", "first.csv"][..],
        &["ingest", "second.csv"],
        &["forget", "p7@example.com"],
        &["optimize"],
    ] {
        let calls = calls(&workspace, arguments);
        let named = check(&calls, &lake);
        // A file, its commit and an audit entry at least.
        assert!(
            named >= 3 || arguments == ["optimize"],
            "{arguments:?}: {named}"
        );
    }
    let left = fs::read_dir(lake.join("staging"));
    assert!(left.is_err(), "the folder is removed with its last file");
}
