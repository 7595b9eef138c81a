//! Memory limits of queries and of writing.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, TrackConsumersPool};
use sysinfo::{MemoryRefreshKind, System};

/// Upper limit of the default.
const DEFAULT_BYTES_MAX: u64 = 2 << 30;

/// Assumed if the machine's memory is unknown.
const MACHINE_BYTES: u64 = 4 << 30;

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
pub(super) fn default_bytes() -> u64 {
    (machine_bytes() / 4).min(DEFAULT_BYTES_MAX)
}

/// The memory that all queries of a lake share: by default half of that of the machine or its container.
pub(super) fn query_pool(limit: Option<u64>) -> Arc<dyn MemoryPool> {
    pool(limit.unwrap_or_else(|| machine_bytes() / 2))
}

/// Memory of which each operator that can spill gets the same part.
pub(super) fn pool(bytes: u64) -> Arc<dyn MemoryPool> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    Arc::new(TrackConsumersPool::new(
        FairSpillPool::new(bytes),
        CONSUMERS_LISTED,
    ))
}
