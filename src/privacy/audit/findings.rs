//! What can be wrong with a log, each in words of its own.

use tlog_tiles::Tile;

use crate::error::Error;

use super::keys::Fault;
use super::objects::{CHECKPOINT, entry_name, tile_name};

/// What to do where the evidence itself is damaged.
const RESTORE: &str = "restore the folder audit of the lake from a backup, and find out who else can write to the \
     lake's storage";

fn finding(message: String) -> Error {
    Error::refused(message).with_hint(RESTORE)
}

/// There are entries after one that is not there.
pub(super) fn missing_entry(index: u64) -> Error {
    finding(format!(
        "{}: the entry is missing, it was removed",
        entry_name(index)
    ))
}

/// The content of an entry is none.
pub(super) fn no_entry(index: u64) -> Error {
    finding(format!(
        "{}: this is no JSON object with a time, an action and details",
        entry_name(index)
    ))
}

/// An entry is not what was signed in its place.
pub(super) fn edited(index: u64) -> Error {
    finding(format!(
        "{}: the entry was changed after it was signed",
        entry_name(index)
    ))
}

/// An entry is what was signed in another place.
pub(super) fn reordered(index: u64, signed_index: u64) -> Error {
    finding(format!(
        "{}: this was entry {signed_index} when it was signed: entries were put in another order \
         or renumbered",
        entry_name(index)
    ))
}

/// The entries are not what was signed, and the tiles do not differ from them or are gone.
pub(super) fn replaced(signed_size: u64) -> Error {
    finding(format!(
        "the {signed_size} entries that {CHECKPOINT} signs are not these: entries were replaced; \
         the tiles do not tell which"
    ))
}

/// There are fewer entries than were signed.
pub(super) fn truncated(size: u64, signed_size: u64) -> Error {
    finding(format!(
        "the log has {size} entries, {CHECKPOINT} signs {signed_size}: the last {} were removed",
        signed_size - size
    ))
}

/// There are fewer entries than there were.
pub(super) fn truncated_since(size: u64, kept_size: u64) -> Error {
    finding(format!(
        "the log has {size} entries, the kept checkpoint {kept_size}: the last {} were removed",
        kept_size - size
    ))
}

/// The checkpoint is from before the kept one. `signed_size` is `None` where there is none.
pub(super) fn rolled_back(signed_size: Option<u64>, kept_size: u64) -> Error {
    finding(match signed_size {
        Some(size) => format!(
            "{CHECKPOINT} signs {size} entries, the kept checkpoint {kept_size}: an older one was \
             put in its place"
        ),
        None => format!(
            "{CHECKPOINT} is missing, the kept checkpoint signs {kept_size} entries: it was removed"
        ),
    })
}

/// What was signed is not what had been signed before.
pub(super) fn rewritten(kept_size: u64) -> Error {
    finding(format!(
        "the first {kept_size} entries are not those of the kept checkpoint: entries were \
         replaced, and the log was signed anew"
    ))
}

/// The entries are as they were signed, and this tile is not theirs.
pub(super) fn wrong_tile(tile: &Tile, is_missing: bool) -> Error {
    let what = if is_missing {
        "is missing or too short"
    } else {
        "was changed"
    };
    Error::refused(format!(
        "{}: the tile {what}; the entries are as they were signed",
        tile_name(tile)
    ))
    .with_hint("remove the folder audit/tile of the lake: the next command makes it again")
}

/// The log's checkpoint does not count.
pub(super) fn bad_checkpoint(fault: Fault) -> Error {
    let finding = finding(format!("{CHECKPOINT}: {}", said(fault)));
    match fault {
        Fault::NoCheckpoint => finding.with_more_hint(
            "after a power cut, remove it: the next command signs the entries again",
        ),
        _ => finding,
    }
}

/// The log's checkpoint is signed by a key that is not used any more.
pub(super) fn replaced_key() -> Error {
    Error::refused(format!(
        "{CHECKPOINT}: it is signed by a key that was replaced since"
    ))
    .with_hint(
        "where the change of keys has only now been made, the next command signs it again; else \
         restore the folder audit of the lake from a backup",
    )
}

/// The checkpoint that was given to compare with does not count.
pub(super) fn bad_kept_checkpoint(fault: Fault) -> Error {
    Error::invalid(format!("the kept checkpoint: {}", said(fault)))
        .with_hint("give a checkpoint as it was taken from this lake's log, unchanged")
}

fn said(fault: Fault) -> &'static str {
    match fault {
        Fault::NoCheckpoint => "this is no signed checkpoint",
        Fault::OtherKey => "it is signed by another key than the lake's",
        Fault::Changed => "it was changed after it was signed",
        Fault::OtherLog => "it is of another lake's log",
    }
}
