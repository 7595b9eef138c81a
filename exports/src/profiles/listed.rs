//! The list of built-in profiles.

use crate::profiles::{self, Profile, Recognise};

/// A built-in profile: how the exports of a tool are read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProfileInfo {
    /// The name, for the option `profile`.
    pub name: String,
    /// The tool.
    pub tool: String,
    /// The files that the profile reads.
    pub files: String,
    /// The headers and cells that identify the files.
    pub recognised_by: String,
    /// The rows that are no responses.
    pub left_out: String,
    /// The TOML text, an example for custom profiles.
    pub toml: &'static str,
}

/// Returns the built-in profiles in the order of their names.
#[must_use]
pub fn profiles() -> Vec<ProfileInfo> {
    profiles::built_in()
        .iter()
        .map(|profile| ProfileInfo {
            name: profile.name.clone(),
            tool: profile.tool.clone(),
            files: profile.files.clone(),
            recognised_by: recognised_by(profile),
            left_out: left_out(profile),
            toml: profiles::text(&profile.name),
        })
        .collect()
}

fn recognised_by(profile: &Profile) -> String {
    let ways: Vec<String> = profile.recognise.iter().map(way).collect();
    if ways.is_empty() {
        "only where it is named".to_owned()
    } else {
        ways.join("; or ")
    }
}

fn way(way: &Recognise) -> String {
    let first = |names: &[String]| names.first().map(|name| format!("{name} (or such)"));
    let headers = way.headers.iter().cloned();
    let any = way.any.iter().filter_map(|group| match group.as_slice() {
        [only] if only.contains("* *") => Some("a question".to_owned()),
        [only] => Some(only.clone()),
        group => first(group),
    });
    let first = first(&way.first).map(|name| format!("{name} as the first column"));
    let cells = way.cells.iter().map(|cell| match cell.like.as_str() {
        "" => format!("nothing under it in row {}", cell.row),
        like => format!("{like} in row {}", cell.row),
    });
    let content = way.content.iter().map(|content| content.like.join(" or "));
    let all: Vec<String> = headers
        .chain(any)
        .chain(first)
        .chain(cells)
        .chain(content)
        .collect();
    all.join(", ")
}

fn left_out(profile: &Profile) -> String {
    let mut what: Vec<&str> = Vec::new();
    for rule in &profile.not_a_response {
        if !what.contains(&rule.what.as_str()) {
            what.push(&rule.what);
        }
    }
    what.join(", ")
}
