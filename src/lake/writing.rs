//! Sessions for commands that write.

use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::handle::Lake;
use super::memory::{default_bytes, pool};
use crate::error::Result;

/// Minimum that a session needs to do anything at all.
const POOL_BYTES_MIN: u64 = 128 << 20;

/// Spilled runs that a sort reads at once. Without a limit the first of several sorts takes all
/// memory, and the next ones fail.
const SPILL_FILES_AT_ONCE: usize = 8;

impl Lake {
    /// The memory limit of commands that write.
    pub(crate) fn writing_bytes(&self) -> u64 {
        self.memory_limit().unwrap_or_else(default_bytes)
    }

    /// A session for writing that spills to disk, for a command that may use `memory_bytes` in
    /// total.
    pub(crate) fn writing_context(&self, memory_bytes: u64) -> Result<SessionContext> {
        let runtime = RuntimeEnvBuilder::from_runtime_env(self.runtime())
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_max_spill_merge_fan_in(SPILL_FILES_AT_ONCE),
            )
            .with_memory_pool(pool((memory_bytes / 4).max(POOL_BYTES_MIN)))
            .build_arc()?;
        let mut config = SessionConfig::new();
        // Unlike a hash join, a merge join can spill.
        config.options_mut().optimizer.prefer_hash_join = false;
        config.options_mut().execution.sort_spill_reservation_bytes = 1 << 20;
        Ok(SessionContext::new_with_config_rt(config, runtime))
    }
}
