//! The flags that choose role and version.

use chrono::{DateTime, Utc};
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;

use crate::query::{AtVersion, SessionOptions};

/// What a session is to show of the lake.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct SessionArgs {
    /// See the responses as they were at this version of the table
    #[arg(long, global = true, value_name = "N", conflicts_with = "at")]
    pub(crate) at_version: Option<u64>,

    /// See the responses as they were at this moment, such as 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, global = true, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,

    /// See what this role of lake.toml sees
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "VOXQL_ROLE",
        hide_env_values = true
    )]
    pub(crate) role: Option<String>,
}

impl SessionArgs {
    /// The requested version of the responses.
    pub(super) fn at(&self) -> Option<AtVersion> {
        let number = self.at_version.map(AtVersion::Number);
        number.or(self.at.map(AtVersion::Time))
    }

    pub(super) fn options(&self) -> SessionOptions {
        let mut options = SessionOptions::default();
        if let Some(role) = &self.role {
            options = options.role(role);
        }
        if let Some(at) = self.at() {
            options = options.at(at);
        }
        options
    }
}

/// A date, which is its first moment in UTC, or a date with a time.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    string_to_datetime(&Utc, text)
        // Arrow wants seconds.
        .or_else(|_| string_to_datetime(&Utc, &format!("{text}:00")))
        .map_err(|_| "write it as 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
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
            assert_eq!(
                moment(text).map(|moment| moment.to_rfc3339()),
                Ok(expected.to_owned())
            );
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
