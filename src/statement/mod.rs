//! Statements: split, parsed and run one by one.
//!
//! [`split`] finds the statements in a text, [`parse`] parses them, [`params`] binds their
//! placeholders, [`execute`] plans and starts one, and [`runner`] writes the results. Errors show
//! the place in the statement as an [`excerpt`], and [`explain`] suggests the nearest name.

pub(crate) mod excerpt;
pub(crate) mod execute;
pub(crate) mod explain;
pub(crate) mod params;
pub(crate) mod parse;
mod progress_line;
pub(crate) mod runner;
pub(crate) mod split;
