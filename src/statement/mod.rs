//! Statements: split, parsed and run one by one.
//!
//! [`split`] finds the statements in a text, [`parse`] parses them, [`params`] binds their
//! placeholders, [`execute`] plans and starts one on [`threads`] of its own, and [`runner`] writes the results. Errors show
//! the place in the statement as an [`excerpt`], and [`explain`] suggests the nearest name.

pub(crate) mod distinct;
pub(crate) mod excerpt;
pub(crate) mod execute;
pub(crate) mod explain;
pub(crate) mod params;
pub(crate) mod parse;
pub(crate) mod progress_line;
pub(crate) mod runner;
pub(crate) mod split;
pub(crate) mod sql_file;
pub(crate) mod threads;
