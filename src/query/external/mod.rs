//! Files and tables outside the lake: quoted paths, file formats, and Delta tables.

mod csv;
pub(in crate::query) mod delta;
pub(in crate::query) mod formats;
pub(in crate::query) mod url_table;
