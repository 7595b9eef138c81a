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
mod read_arguments;
pub(in crate::query) mod read_functions;
mod stored;
pub(in crate::query) mod url_table;
mod xlsx;

pub(in crate::query) use copy::ChecksCopy;
pub(in crate::query) use read_arguments::READ_FUNCTIONS;
