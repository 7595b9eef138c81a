//! How much memory writing may use, and sessions that keep to it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use sysinfo::{MemoryRefreshKind, System};

use super::Lake;
use crate::error::Result;

/// Without being told, no more than this.
const DEFAULT_BYTES_MAX: u64 = 2 << 30;

/// Assumed where the machine does not tell.
const MACHINE_BYTES: u64 = 4 << 30;

/// What a session needs to do anything at all.
const POOL_BYTES_MIN: u64 = 128 << 20;

/// Spilled runs that a sort reads at once. Without a limit the first of several sorts takes all
/// memory, and the next ones fail.
const SPILL_FILES_AT_ONCE: usize = 8;

/// The largest consumers that are told where it does not suffice.
const CONSUMERS_TOLD: NonZeroUsize = NonZeroUsize::new(5).expect("it is not zero");

/// A quarter of the machine's memory, or of what its container may use, at most 2 GiB.
pub(crate) fn default_bytes() -> u64 {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let machine = system
        .cgroup_limits()
        .map_or_else(|| system.total_memory(), |limits| limits.total_memory);
    let machine = if machine == 0 { MACHINE_BYTES } else { machine };
    (machine / 4).min(DEFAULT_BYTES_MAX)
}

impl Lake {
    /// A session for writing that spills rather than holds much, where a whole command may use
    /// `memory_bytes`.
    pub(crate) fn writing_context(&self, memory_bytes: u64) -> Result<SessionContext> {
        let pool = (memory_bytes / 4).max(POOL_BYTES_MIN);
        let pool = usize::try_from(pool).unwrap_or(usize::MAX);
        let runtime = RuntimeEnvBuilder::from_runtime_env(self.runtime())
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_max_spill_merge_fan_in(SPILL_FILES_AT_ONCE),
            )
            .with_memory_pool(Arc::new(TrackConsumersPool::new(
                FairSpillPool::new(pool),
                CONSUMERS_TOLD,
            )))
            .build_arc()?;
        let mut config = SessionConfig::new();
        // Unlike a hash join, a merge join can spill.
        config.options_mut().optimizer.prefer_hash_join = false;
        config.options_mut().execution.sort_spill_reservation_bytes = 1 << 20;
        Ok(SessionContext::new_with_config_rt(config, runtime))
    }
}
