//! The flags that choose role and version.

use crate::failure::Failure;
use crate::privacy::roles::Role;
use crate::query::{AtVersion, SessionOptions};

/// The role to query with.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct RoleArgs {
    /// Query with this role of lake.toml
    #[arg(long, value_name = "NAME")]
    pub(super) role: Option<String>,
}

/// The role that `VOXQL_ROLE` names.
pub(super) fn role_of_environment() -> Option<String> {
    std::env::var_os("VOXQL_ROLE").map(|role| role.to_string_lossy().into_owned())
}

/// Refuses another role than that of the environment: whoever sets it for others means it.
pub(super) fn check_role(given: &[String]) -> Result<(), Failure> {
    let Some(fixed) = role_of_environment().filter(|role| role != Role::OWNER) else {
        return Ok(());
    };
    match given.iter().find(|role| **role != fixed) {
        None => Ok(()),
        Some(role) => Err(Failure::usage(
            format!("--role {role}: the role is \"{fixed}\", by VOXQL_ROLE"),
            "remove --role, or unset VOXQL_ROLE",
        )),
    }
}

/// The role, and the version of the lake.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct SessionArgs {
    /// See the responses at this version of the table
    #[arg(long, value_name = "N", conflicts_with = "at")]
    at_version: Option<u64>,

    /// See the responses at this time, such as 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<AtVersion>,

    #[command(flatten)]
    pub(super) role: RoleArgs,
}

impl RoleArgs {
    /// Flags after a command win over those before it.
    pub(super) fn over(&self, before: &SessionArgs) -> SessionOptions {
        let before = before.options();
        match &self.role {
            Some(role) => before.role(role),
            None => before,
        }
    }
}

impl SessionArgs {
    /// The requested version of the responses.
    pub(super) fn at(&self) -> Option<AtVersion> {
        let number = self.at_version.map(AtVersion::Number);
        number.or(self.at)
    }

    /// The arguments with the role of the environment.
    pub(super) fn with_environment(mut self) -> Self {
        self.role.role = self.role.role.or_else(role_of_environment);
        self
    }

    pub(super) fn options(&self) -> SessionOptions {
        self.over(&Self::default())
    }

    /// Flags after a command win over those before it.
    pub(super) fn over(&self, before: &Self) -> SessionOptions {
        let mut options = SessionOptions::default();
        if let Some(role) = self.role.role.as_ref().or(before.role.role.as_ref()) {
            options = options.role(role);
        }
        if let Some(at) = self.at().or_else(|| before.at()) {
            options = options.at(at);
        }
        options
    }
}

fn moment(text: &str) -> Result<AtVersion, String> {
    AtVersion::at_time(text)
        .ok_or_else(|| "use a time such as 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_or_a_date_with_a_time() {
        for (text, expected) in [
            ("2026-01-31", "2026-01-31T00:00:00+00:00"),
            ("2026-01-31 12:34", "2026-01-31T12:34:00+00:00"),
            ("2026-01-31 12:34:56", "2026-01-31T12:34:56+00:00"),
            ("2026-01-31T12:34:56", "2026-01-31T12:34:56+00:00"),
            ("2026-01-31T12:34:56.5Z", "2026-01-31T12:34:56.500+00:00"),
            ("2026-01-31T12:34:56+02:00", "2026-01-31T10:34:56+00:00"),
        ] {
            let expected = expected.parse().expect("a time");
            assert_eq!(moment(text), Ok(AtVersion::Time(expected)));
        }
        for text in [
            "",
            "today",
            "31.01.2026",
            "2026-02-30",
            "2026-01-31T25:00:00Z",
            "2026-01-31T",
        ] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
