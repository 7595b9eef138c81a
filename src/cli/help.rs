//! `voxql --help`: the commands in groups.

use clap::{Command, CommandFactory};

use super::args::Args;

/// The commands by purpose. A test holds them against the commands that there are.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Bring data in", &["ingest", "watch", "imports", "profiles"]),
    ("Ask", &["run", "check", "report", "demo"]),
    (
        "Look after the lake",
        &["init", "optimize", "doctor", "audit"],
    ),
    (
        "Personal data",
        &["forget", "subject", "retain", "keys", "inventory"],
    ),
];

/// The command line, with a help text that lists the commands in groups.
pub(super) fn command() -> Command {
    let command = Args::command();
    let mut groups = String::new();
    for (purpose, names) in GROUPS {
        groups.push_str(&format!("{purpose}:\n"));
        for name in names {
            let about = command
                .find_subcommand(name)
                .and_then(Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            groups.push_str(&format!("  {name:<10} {about}\n"));
        }
        groups.push('\n');
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}\n\n\
         voxql COMMAND --help prints the flags and examples of a command.\n{{after-help}}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let command = command();
        command.clone().debug_assert();
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let mut all: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }
}
