//! The README's console blocks, run as written, and its table of profiles.
//!
//! `UPDATE_README=1 cargo test --test it readme::` writes the answers into the README anew.

use std::path::Path;
use std::process::Command;

use super::common::Workspace;

const OPEN: &str = "```console\n";
const CLOSE: &str = "```\n";
/// A block of sections of lake.toml.
const SETTINGS: &str = "```toml\n";
/// What stands around the table of profiles.
const PROFILES: &str = "<!-- profiles -->";
const PROFILES_END: &str = "<!-- end of profiles -->";

/// Runs the blocks one after the other on one lake and gives the README with their real output.
fn with_real_output(readme: &str, workspace: &Workspace) -> String {
    let mut real = String::new();
    let mut rest = readme;
    while let Some(start) = rest.find(OPEN) {
        let (before, block) = rest.split_at(start + OPEN.len());
        let end = block.find(CLOSE).expect("a block ends");
        real.push_str(before);
        if let Some((_, settings)) = before.split_once(SETTINGS) {
            let end = settings.find(CLOSE).expect("a block ends");
            add_settings(workspace, &settings[..end]);
        }
        let command = command_of(&block[..end]);
        real.push_str(command);
        real.push_str(&run(command.trim_start_matches("$ "), workspace));
        rest = &block[end..];
    }
    real.push_str(rest);
    real
}

/// Puts sections into the lake's settings, as a reader of the README does.
fn add_settings(workspace: &Workspace, sections: &str) {
    let path = workspace.path().join("lake/lake.toml");
    let before = std::fs::read_to_string(&path).expect("the lake's settings");
    std::fs::write(&path, format!("{before}\n{sections}")).expect("the lake's settings");
}

/// The command of a block, which goes on over indented lines.
fn command_of(block: &str) -> &str {
    assert!(
        block.starts_with("$ "),
        "a console block begins with its command: {block}"
    );
    let end = block
        .match_indices('\n')
        .map(|(offset, _)| offset + 1)
        .find(|&offset| !block[offset..].starts_with("    "))
        .unwrap_or(block.len());
    &block[..end]
}

/// Gives the README with its table of the tools that are read.
fn with_profiles(readme: &str) -> String {
    let (before, rest) = readme.split_once(PROFILES).expect("the table's beginning");
    let (_, after) = rest.split_once(PROFILES_END).expect("the table's end");
    let mut table =
        "\n| tool | `--profile` | files | left out as no responses |\n|---|---|---|---|\n"
            .to_owned();
    for profile in voxql::profiles() {
        table += &format!(
            "| {} | `{}` | {} | {} |\n",
            profile.tool, profile.name, profile.files, profile.left_out
        );
    }
    format!("{before}{PROFILES}{table}{PROFILES_END}{after}")
}

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
        .env("PATH", std::env::join_paths(folders).expect("a path"))
        .current_dir(workspace.path())
        .output()
        .expect("a shell");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).expect("text")
}

#[test]
fn the_readme_shows_what_happens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path().join("sample_data")).expect("a folder");
    for name in ["responses.csv", "accounts.csv", "checks.sql"] {
        let name = format!("sample_data/{name}");
        std::fs::copy(root.join(&name), workspace.path().join(&name)).expect("a copy");
    }
    let readme = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let real = with_profiles(&with_real_output(&readme, &workspace));
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(root.join("README.md"), real).expect("README.md can be written");
        return;
    }
    assert!(
        readme == real,
        "the README shows other output than there is; UPDATE_README=1 writes it anew"
    );
}
