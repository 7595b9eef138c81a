//! Errors for a damaged or modified log.

use tlog_tiles::Tile;

use crate::error::Error;

use super::keys::Fault;
use super::names::{CHECKPOINT, entry_name, tile_name};

/// Hint where the evidence itself is damaged.
const RESTORE: &str = "restore the lake's audit folder from a backup, and find out who else can write to the lake's \
     storage";

fn finding(message: String) -> Error {
    Error::refused(message).with_hint(RESTORE)
}

fn entry_finding(index: u64, problem: &str) -> Error {
    finding(format!("{}: {problem}", entry_name(index)))
}

pub(super) fn missing_entry(index: u64) -> Error {
    entry_finding(index, "the entry is missing: it was removed")
}

pub(super) fn invalid_entry(index: u64) -> Error {
    entry_finding(
        index,
        "not a JSON object with a time, an action and details",
    )
}

pub(super) fn edited(index: u64) -> Error {
    entry_finding(index, "the entry was changed after it was signed")
}

/// An entry was signed at another index.
pub(super) fn reordered(index: u64, signed_index: u64) -> Error {
    let reason = "entries were reordered or renumbered";
    let problem = format!("this was entry {signed_index} when it was signed: {reason}");
    entry_finding(index, &problem)
}

/// The entries differ from those that were signed, and the tiles match them or are missing.
pub(super) fn replaced(signed_size: u64) -> Error {
    finding(format!(
        "entries were replaced among the {signed_size} that {CHECKPOINT} signs; the tiles do not \
         show which"
    ))
}

/// There are fewer entries than `signer` signs.
pub(super) fn truncated(size: u64, signer: &str, signed_size: u64) -> Error {
    finding(format!(
        "the log has {size} entries, but {signer} signs {signed_size}: the last {} were removed",
        signed_size - size
    ))
}

/// The checkpoint is older than the kept one, or missing if `signed_size` is `None`.
pub(super) fn rolled_back(signed_size: Option<u64>, kept_size: u64) -> Error {
    finding(match signed_size {
        Some(size) => format!(
            "{CHECKPOINT} signs {size} entries, but the kept checkpoint signs {kept_size}: it was \
             replaced by an older one"
        ),
        None => format!(
            "{CHECKPOINT} is missing, but the kept checkpoint signs {kept_size} entries: it was \
             removed"
        ),
    })
}

/// The signed entries differ from those that the kept checkpoint signs.
pub(super) fn rewritten(kept_size: u64) -> Error {
    finding(format!(
        "the first {kept_size} entries are not those of the kept checkpoint: entries were \
         replaced, and the log was signed again"
    ))
}

/// A tile does not match the entries, which match the signature.
pub(super) fn wrong_tile(tile: &Tile, is_missing: bool) -> Error {
    let problem = if is_missing {
        "is missing or too short"
    } else {
        "was changed"
    };
    Error::refused(format!(
        "{}: the tile {problem}; the entries are unchanged since they were signed",
        tile_name(tile)
    ))
    .with_hint("remove the lake's folder audit/tile: the next command creates it again")
}

pub(super) fn bad_checkpoint(fault: Fault) -> Error {
    let finding = finding(format!("{CHECKPOINT}: {}", reason(fault)));
    match fault {
        Fault::NotACheckpoint => finding.with_more_hint(
            "after a power cut, remove it: the next command signs the entries again",
        ),
        _ => finding,
    }
}

pub(super) fn replaced_key() -> Error {
    let message = format!("{CHECKPOINT}: it is signed with a key that has been replaced");
    Error::refused(message).with_hint(
        "if the key was rotated just now, the next command signs it again; otherwise restore the \
         lake's audit folder from a backup",
    )
}

pub(super) fn bad_kept_checkpoint(fault: Fault) -> Error {
    Error::invalid(format!("the kept checkpoint: {}", reason(fault)))
        .with_hint("pass an unchanged checkpoint of this lake's log")
}

fn reason(fault: Fault) -> &'static str {
    match fault {
        Fault::NotACheckpoint => "not a signed checkpoint",
        Fault::UnknownKey => "it is signed with a key other than the lake's",
        Fault::Changed => "it was changed after it was signed",
        Fault::OtherLog => "it belongs to another lake's log",
    }
}
