//! Memory limits of queries and of writing.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use sysinfo::{MemoryRefreshKind, System};

use super::handle::Lake;
use crate::error::Result;

/// Upper limit of the default.
const DEFAULT_BYTES_MAX: u64 = 2 << 30;

/// Assumed if the machine's memory is unknown.
const MACHINE_BYTES: u64 = 4 << 30;

/// Minimum that a session needs to do anything at all.
const POOL_BYTES_MIN: u64 = 128 << 20;

/// Spilled runs that a sort reads at once. Without a limit the first of several sorts takes all
/// memory, and the next ones fail.
const SPILL_FILES_AT_ONCE: usize = 8;

/// Number of largest consumers that an out-of-memory error lists.
const CONSUMERS_LISTED: NonZeroUsize = NonZeroUsize::new(5).expect("not zero");

/// The memory of the machine or its container.
fn machine_bytes() -> u64 {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let machine = system
        .cgroup_limits()
        .map_or_else(|| system.total_memory(), |limits| limits.total_memory);
    if machine == 0 { MACHINE_BYTES } else { machine }
}

/// A quarter of the memory of the machine or its container, at most 2 GiB.
fn default_bytes() -> u64 {
    (machine_bytes() / 4).min(DEFAULT_BYTES_MAX)
}

/// The memory that all queries of a lake share: by default half of that of the machine or its container.
pub(super) fn query_pool(limit: Option<u64>) -> Arc<dyn MemoryPool> {
    pool(limit.unwrap_or_else(|| machine_bytes() / 2))
}

/// Memory of which each operator that can spill gets the same part.
fn pool(bytes: u64) -> Arc<dyn MemoryPool> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    Arc::new(TrackConsumersPool::new(
        FairSpillPool::new(bytes),
        CONSUMERS_LISTED,
    ))
}

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
