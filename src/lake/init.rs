//! `voxql init`: creates a lake whose rules can be set before anything is imported.

use std::fmt;
use std::path::PathBuf;

use super::handle::Lake;
use super::settings::FILE_NAME;
use super::zone::Zone;
use crate::error::{Error, Result};

/// The sections of lake.toml that people add, as comments.
const COMMENTED: &str = r#"
# Remove the # from the lines that should apply, the section's name included.

# Who has not granted consent comes in as a score without respondent, comment and identity.
# [consent]
# require = "granted"

# What "voxql retain" removes. Without a number, data is kept for ever.
# [retention]
# responses_days = 1095
# comments_days = 365
# identities_days = 730
# suppressions_days = 3650
# withdrawn_days = 0

# The age at which a response leaves the view valid_responses.
# [validity]
# days = 365

# What only people know about the processing, for "voxql inventory".
# [inventory]
# controller = "Example Ltd, privacy@example.com"
# purpose = "to find out what customers think of us"
# legal_basis = "legitimate interest"
# recipients = "customer support"

# The kept columns that responses are counted by. Without them, the first import chooses.
# [rollup]
# dimensions = ["segment", "country"]

# A role that sees groups of at least ten respondents.
# [roles.analyst]
# policy = "aggregate"
"#;

/// A lake that was created without responses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitSummary {
    /// The path or URL of the settings.
    pub settings: String,
    /// The file of the key, if it was created.
    pub new_key_file: Option<PathBuf>,
}

impl fmt::Display for InitSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "created {}: set the rules there, then import with: voxql ingest FILE",
            self.settings
        )?;
        if let Some(path) = &self.new_key_file {
            write!(f, "\nnote: {}", key_note(path))?;
        }
        Ok(())
    }
}

/// The remark on a key that was created.
pub(crate) fn key_note(path: &std::path::Path) -> String {
    format!(
        "created the pseudonym key {}: keep a copy, without it no respondent can be recognised \
         again",
        path.display()
    )
}

impl Lake {
    /// Creates the lake without responses, and its key if there is none: lake.toml has the rules that
    /// can be set before the first import, as comments. Its days are those of `zone`, by its name in
    /// the tz database; UTC without one.
    ///
    /// # Errors
    /// Returns an error if the lake exists, the zone does not, or the storage fails.
    pub async fn init(&self, zone: Option<&str>) -> Result<InitSummary> {
        let zone = zone.map(Zone::parse).transpose()?.unwrap_or_default();
        if self.exists().await? {
            return Err(self.exists_already());
        }
        let draft = self.draft(zone).await?;
        let mut new_key_file = None;
        let created = self.create(&draft, COMMENTED, &mut new_key_file).await;
        match (created, &new_key_file) {
            (Ok(true), _) => Ok(InitSummary {
                settings: format!("{}/{FILE_NAME}", self.uri().trim_end_matches('/')),
                new_key_file,
            }),
            (Ok(false), None) => Err(self.exists_already()),
            (Ok(false), Some(path)) => Err(self.exists_already().with_more_hint(key_note(path))),
            (Err(error), None) => Err(error),
            (Err(error), Some(path)) => Err(error.with_more_hint(key_note(path))),
        }
    }

    fn exists_already(&self) -> Error {
        Error::invalid(format!("the lake {} exists already", self.uri())).with_hint(format!(
            "set its rules in {FILE_NAME}; voxql retain applies them to what is there"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::settings::Settings;
    use crate::privacy::keys::MasterKey;

    #[test]
    fn every_commented_line_is_a_setting() {
        let key = MasterKey::generate().expect("random bytes");
        let settings = Settings::new(&key, Zone::UTC).expect("settings");
        let own = toml::to_string(&settings).expect("TOML");
        let settings = COMMENTED.lines().filter_map(|line| line.strip_prefix("# "));
        let is_setting = |line: &&str| line.starts_with('[') || line.contains(" = ");
        let settings: Vec<&str> = settings.filter(is_setting).collect();
        let all = format!("{own}\n{}", settings.join("\n"));
        let all: Settings = toml::from_str(&all).expect("settings that are known");
        assert!(all.consent.is_some() && all.retention.is_some() && all.roles.len() == 1);
        let commented: Settings = toml::from_str(&format!("{own}{COMMENTED}")).expect("comments");
        assert!(commented.consent.is_none());
    }
}
