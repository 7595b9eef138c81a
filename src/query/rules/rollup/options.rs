//! Voxql's session settings: `SET voxql.rollup = off`.

use std::any::Any;

use datafusion::common::config::{ConfigEntry, ConfigExtension, ExtensionOptions};
use datafusion::common::plan_err;
use datafusion::error::Result;

use crate::error::Error;

/// Settings under the prefix `voxql`.
#[derive(Clone, Debug)]
pub(crate) struct RollupOptions {
    /// `true` if aggregates may be answered from counts.
    pub(super) rollup: bool,
}

impl Default for RollupOptions {
    fn default() -> Self {
        Self { rollup: true }
    }
}

impl ConfigExtension for RollupOptions {
    const PREFIX: &'static str = "voxql";
}

impl ExtensionOptions for RollupOptions {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        if key != "rollup" {
            let error = Error::query(format!("setting \"voxql.{key}\" does not exist"));
            return Err(error.with_hint("use voxql.rollup").into());
        }
        self.rollup = match value.to_lowercase().as_str() {
            "on" | "true" => true,
            "off" | "false" => false,
            other => return plan_err!("voxql.rollup must be on or off, not {other}"),
        };
        Ok(())
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        vec![ConfigEntry {
            key: "voxql.rollup".to_owned(),
            value: Some(if self.rollup { "on" } else { "off" }.to_owned()),
            description: "Answer aggregates over responses from counts if that is exact",
        }]
    }
}
