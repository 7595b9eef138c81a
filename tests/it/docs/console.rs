//! Console blocks: each document's commands, run in order on a lake of its own.

use std::iter::Peekable;
use std::path::Path;
use std::process::Command;
use std::str::Lines;

use super::root;
use crate::common::Workspace;

const CONSOLE: &str = "```console";
const TOML: &str = "```toml";
const END: &str = "```";

/// The first line of a TOML block that a reader adds to the lake's settings.
const SETTINGS: &str = "# lake.toml";

/// The indentation of a command's further lines.
const CONTINUATION: &str = "    ";

/// The sample files that commands may name.
const SAMPLES: [&str; 7] = [
    "accounts.csv",
    "antworten.csv",
    "checks.sql",
    "delighted.ndjson",
    "releases.csv",
    "responses.csv",
    "tour.sql",
];

/// A new workspace with the sample files.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path().join("sample_data")).expect("a new folder");
    for name in SAMPLES {
        let name = format!("sample_data/{name}");
        std::fs::copy(root().join(&name), workspace.path().join(&name)).expect("a copy");
    }
    workspace
}

/// Runs the console blocks of a document and returns it with their real output.
///
/// A TOML block that begins with `# lake.toml` is added to the lake's settings first.
pub(super) fn with_real_output(document: &str) -> String {
    if !document.lines().any(|line| line == CONSOLE) {
        return document.to_owned();
    }
    let workspace = workspace();
    let mut real = String::new();
    let mut lines = document.lines().peekable();
    while let Some(line) = lines.next() {
        push_line(&mut real, line);
        match line {
            CONSOLE => run_block(&mut lines, &workspace, &mut real),
            TOML if lines.peek() == Some(&SETTINGS) => add_settings(&lines, &workspace),
            _ => {}
        }
    }
    real
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Runs the commands of a block, up to and including its closing fence.
fn run_block(lines: &mut Peekable<Lines>, workspace: &Workspace, real: &mut String) {
    let first = lines.peek().copied().unwrap_or_default();
    assert!(
        first.starts_with("$ "),
        "a console block begins with its command: {first}"
    );
    while let Some(line) = lines.next() {
        if line == END {
            push_line(real, line);
            return;
        }
        let Some(start) = line.strip_prefix("$ ") else {
            continue;
        };
        let mut command = start.to_owned();
        push_line(real, line);
        while let Some(more) = lines.next_if(|line| line.starts_with(CONTINUATION)) {
            command.push('\n');
            command.push_str(more);
            push_line(real, more);
        }
        let output = run(&command, workspace);
        assert!(
            !output.starts_with(CONTINUATION),
            "the output of {command} looks like more of the command"
        );
        assert!(
            !output.contains("Syntax error"),
            "the shell cannot read {command}: further lines of a command are indented"
        );
        real.push_str(&output);
    }
    panic!("a console block has no end");
}

/// Adds the sections of a TOML block to the lake's settings, as a reader does.
fn add_settings(lines: &Peekable<Lines>, workspace: &Workspace) {
    let path = workspace.path().join("voxql-lake/lake.toml");
    let mut settings = std::fs::read_to_string(&path).expect("the lake's settings");
    for line in lines.clone().take_while(|line| *line != END) {
        push_line(&mut settings, line);
    }
    std::fs::write(&path, settings).expect("the lake's settings");
}

/// Returns what a shell command prints, standard error after standard output.
fn run(command: &str, workspace: &Workspace) -> String {
    let voxql = Path::new(env!("CARGO_BIN_EXE_voxql"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(voxql.parent().expect("a folder").to_owned())
        .chain(std::env::split_paths(&path));
    let mut shell = Command::new("sh");
    shell.env_clear();
    for (name, value) in workspace.voxql().get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    let output = shell
        .args(["-c", command])
        // A reader has the default.
        .env_remove("VOXQL_LAKE")
        .env("PATH", std::env::join_paths(folders).expect("a path"))
        .current_dir(workspace.path())
        .output()
        .expect("a shell");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8")
}

#[test]
fn blocks_of_several_commands_are_run() {
    let document =
        "A\n\n```console\n$ echo one \\\n    two\nold\n$ echo three >&2\n```\n\n$ echo no\n";
    assert_eq!(
        with_real_output(document),
        document
            .replace("old\n", "one two\n")
            .replace(">&2\n", ">&2\nthree\n")
    );
}
