//! `voxql profiles`: lists the recognized survey tools, and prints profiles.

use std::io::{self, Write};

use super::args::ProfilesArgs;
use crate::failure::Failure;
use crate::statement::runner::Runner;

/// Lists the profiles.
pub(super) async fn list(runner: &Runner) -> Result<(), Failure> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let rows: Vec<String> = crate::ingest::profiles()
        .iter()
        .map(|profile| {
            let cells = [
                &profile.name,
                &profile.tool,
                &profile.files,
                &profile.recognised_by,
                &profile.left_out,
            ];
            format!("({})", cells.map(|cell| quoted(cell)).join(", "))
        })
        .collect();
    let sql = format!(
        "SELECT * FROM (VALUES {}) AS profiles(name, tool, files, recognised_by, not_a_response) \
         ORDER BY name",
        rows.join(", ")
    );
    runner.run_text(sql).await
}

/// Prints the text of a profile.
pub(super) fn show(args: &ProfilesArgs, name: &str) -> Result<(), Failure> {
    if args.output.is_given() {
        return Err(Failure::usage(
            "--format, -o and --timing apply to the list of profiles",
            "remove them to print a profile",
        ));
    }
    let profiles = crate::ingest::profiles();
    let Some(profile) = profiles.iter().find(|profile| profile.name == name) else {
        let names: Vec<&str> = profiles.iter().map(|profile| &*profile.name).collect();
        return Err(Failure::usage(
            format!("profile \"{name}\" does not exist"),
            format!("use one of {}", names.join(", ")),
        ));
    };
    write!(io::stdout(), "{}", profile.toml)
        .map_err(|error| Failure::write("standard output", error))
}
