//! Reads the exports of survey tools: their cells, and which column is which field.
//!
//! [`files`] finds files and reads their bytes, [`format`](mod@format) parses these into rows of
//! cells, [`layout`] finds the header rows with the help of the [`profiles`] of survey tools, and
//! [`columns`] and [`mapping`] decide which column is which field. [`understand`] combines them.
//! [`file_table`] and [`column_types`] read a file as a table, without a meaning of its columns.
//! Nothing here depends on DataFusion or on the lake.

pub mod column_types;
pub mod columns;
pub mod dates;
pub mod error;
pub mod file_table;
pub mod files;
pub mod format;
#[cfg(any(fuzzing, test, debug_assertions))]
#[doc(hidden)]
pub mod fuzzing;
pub mod layout;
pub mod leftovers;
pub mod mapping;
pub mod message;
pub mod options;
pub mod profiles;
pub mod question;
pub mod quote;
pub mod spelling;
pub mod text;
pub mod time_zone;
pub mod understand;

pub use error::{Error, ErrorKind, Result};
pub use message::{ImportOption, Message};
pub use question::{Question, Sample};
