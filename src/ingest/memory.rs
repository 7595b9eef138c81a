//! How much memory an import may use.

use sysinfo::{MemoryRefreshKind, System};

/// Without being told, no more than this.
const DEFAULT_BYTES_MAX: u64 = 2 << 30;

/// Assumed where the machine does not tell.
const MACHINE_BYTES: u64 = 4 << 30;

/// A quarter of the machine's memory, or of what its container may use, at most 2 GiB.
pub(super) fn default_bytes() -> u64 {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let machine = system
        .cgroup_limits()
        .map_or_else(|| system.total_memory(), |limits| limits.total_memory);
    let machine = if machine == 0 { MACHINE_BYTES } else { machine };
    (machine / 4).min(DEFAULT_BYTES_MAX)
}
