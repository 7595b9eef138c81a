//! The profiles that come with the program, for people.

use crate::profiles::{self, Profile, Recognise};

/// A profile that comes with the program: how the exports of a tool are read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProfileInfo {
    /// What `--profile` calls it.
    pub name: String,
    /// The tool.
    pub tool: String,
    /// The files that it reads.
    pub files: String,
    /// The headers and cells that it recognises them by.
    pub recognised_by: String,
    /// The rows that it leaves out as no responses.
    pub left_out: String,
    /// Its text: an example for profiles of one's own.
    pub toml: &'static str,
}

/// The profiles that come with the program, in the order of their names.
#[must_use]
pub fn profiles() -> Vec<ProfileInfo> {
    let profiles = profiles::built_in().iter();
    profiles
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
    match ways.as_slice() {
        [] => "only where it is named".to_owned(),
        ways => ways.join("; or "),
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
