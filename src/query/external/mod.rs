//! Files and tables outside the lake: paths in quotes, formats, and Delta tables.

mod csv;
pub(in crate::query) mod delta;
pub(in crate::query) mod formats;
pub(in crate::query) mod url_table;
