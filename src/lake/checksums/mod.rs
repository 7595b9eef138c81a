//! Checksums of the files of a lake, so that a damaged one is an error and never an answer.
//!
//! Of a data file, the CRC-32 of each block is a tag of its entry in the Delta log. Files of the log
//! contain their own.

mod blocks;
mod checked;
mod log_files;
mod summed;

pub(crate) use blocks::Checksums;
pub(super) use blocks::TAG;
pub(crate) use checked::{CheckedFile, CheckedFiles};
pub(crate) use log_files::LogFiles;
pub(super) use summed::SummedWrites;
