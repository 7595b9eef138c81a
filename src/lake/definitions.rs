//! The views and macros that a lake keeps, as TOML.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The newest layout of the file that this version reads and writes.
const FORMAT: u32 = 1;

/// The views and macros of a lake: the statements that create them, by name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definitions {
    format: u32,
    #[serde(default)]
    pub(crate) views: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) macros: BTreeMap<String, String>,
}

impl Default for Definitions {
    fn default() -> Self {
        Self {
            format: FORMAT,
            views: BTreeMap::new(),
            macros: BTreeMap::new(),
        }
    }
}

impl Definitions {
    /// Reads a file.
    pub(super) fn parse(text: &str, place: &Path) -> Result<Self> {
        let invalid = |message: String| {
            Error::invalid(format!("{place}: {message}"))
                .with_hint("fix the file, or use the version of voxql that wrote it")
        };
        // Read first, so that a newer layout is not reported as a broken file.
        let table: toml::Table = toml::from_str(text)
            .map_err(|error| invalid(error.message().trim_end_matches('.').to_owned()))?;
        let format = table.get("format").and_then(toml::Value::as_integer);
        if format.is_some_and(|format| format > i64::from(FORMAT)) {
            return Err(Error::invalid(format!(
                "{place}: views and macros have format {}, and this version of voxql reads up to {FORMAT}",
                format.unwrap_or_default()
            ))
            .with_hint("update voxql"));
        }
        table
            .try_into()
            .map_err(|error: toml::de::Error| invalid(error.message().to_owned()))
    }
}

impl Definitions {
    /// The content of the file.
    pub(super) fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::invalid(format!("views and macros: {error}")))
    }
}

/// The version that was read last. A version never changes.
#[derive(Debug, Default)]
pub(super) struct DefinitionsCache(Mutex<Option<(u64, Arc<Definitions>)>>);

impl DefinitionsCache {
    /// The version, if it is the one that was read last.
    pub(super) fn get(&self, version: u64) -> Option<Arc<Definitions>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (cached, definitions) = cached.as_ref()?;
        (*cached == version).then(|| Arc::clone(definitions))
    }

    pub(super) fn set(&self, version: u64, definitions: &Arc<Definitions>) {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *cached = Some((version, Arc::clone(definitions)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_is_named() {
        let parse = |text: &str| Definitions::parse(text, &Path::from("definitions/1.toml"));
        let newer = parse("format = 2\n[functions]\na = 'x'").unwrap_err();
        assert!(newer.to_string().contains("format 2"), "{newer}");
        assert!(parse("format = 1\n[functions]\na = 'x'").is_err());
        let read = parse("format = 1\n[views]\na = 'CREATE VIEW a AS SELECT 1'").unwrap();
        assert_eq!(read.views["a"], "CREATE VIEW a AS SELECT 1");
    }
}
