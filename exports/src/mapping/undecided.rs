//! Mappings that headers and content do not decide, and how messages name columns.

use crate::columns::Column;
use crate::columns::field::Field;
use crate::error::Error;
use crate::message::{ImportOption, Message};
use crate::quote::{clip, shown};

/// The reason a mapping could not be decided.
pub enum Undecided {
    /// The sampled rows do not decide; all rows might.
    MoreRows,
    /// The caller has to decide, or an option is wrong.
    Failed(Error),
}

impl From<Error> for Undecided {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The error for a field that several columns fit.
pub fn ambiguous_column(columns: &[Column], field: Field, candidates: &[usize]) -> Error {
    let described: Vec<String> = candidates
        .iter()
        .map(|index| describe(&columns[*index]))
        .collect();
    Error::question(format!(
        "several columns could be the {}: {}",
        field.name(),
        described.join("; ")
    ))
    .with_hint(
        Message::from("choose one, such as ").message(map_option(field, &columns[candidates[0]])),
    )
}

/// The option that maps a field to a column.
pub fn map_option(field: Field, column: &Column) -> Message {
    ImportOption::Map.with(format_args!("{}={}", field.name(), column.header))
}

/// The option that maps a field to no column.
pub fn unmap_option(field: Field) -> Message {
    ImportOption::Map.with(format_args!("{}=", field.name()))
}

/// A column's header and some of its values, which are left out if they are personal.
pub fn describe(column: &Column) -> String {
    let header = clip(&column.header);
    if column.is_personal() {
        return format!("\"{header}\" (personal)");
    }
    let samples: Vec<_> = column.samples.iter().map(|sample| shown(sample)).collect();
    format!("\"{header}\" ({})", samples.join(", "))
}

/// The headers of all columns, in quotes.
pub fn header_list(columns: &[Column]) -> String {
    let headers: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{}\"", clip(&column.header)))
        .collect();
    headers.join(", ")
}

/// True if the candidates have the same cells in every row observed.
pub fn are_copies(columns: &[Column], candidates: &[usize]) -> bool {
    candidates
        .windows(2)
        .all(|pair| columns[pair[0]].repeats(&columns[pair[1]]))
}
