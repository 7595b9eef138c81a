//! Names of the log's objects, from the root of the lake.

use tlog_tiles::Tile;

use super::tree::tile_path;

/// The folder of the log in a lake.
pub(super) const FOLDER: &str = "audit";
/// The signed checkpoint.
pub(super) const CHECKPOINT: &str = "audit/checkpoint";
/// Zero-padded digits of an entry's name, so that names sort like entries.
const INDEX_DIGITS: usize = 12;

pub(super) fn entry_name(index: u64) -> String {
    format!("{FOLDER}/entry/{index:0INDEX_DIGITS$}")
}

/// Parses the name of an entry.
pub(super) fn entry_index(name: &str) -> Option<u64> {
    let index = name.rsplit_once('/')?.1.parse().ok()?;
    (entry_name(index) == name).then_some(index)
}

pub(super) fn tile_name(tile: &Tile) -> String {
    format!("{FOLDER}/{}", tile_path(tile))
}
