//! Files and tables outside the lake: quoted paths, functions that read files, file formats, and
//! Delta tables.

mod constants;
mod copy;
mod csv;
pub(in crate::query) mod delta;
mod exported;
mod files;
mod find;
pub(in crate::query) mod formats;
mod options;
pub(in crate::query) mod read_functions;
mod stored;
pub(in crate::query) mod url_table;
mod xlsx;

pub(in crate::query) use copy::ChecksCopy;
