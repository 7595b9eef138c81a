//! Columns of the fields, and questions where several fit.

use crate::columns::Column;
use crate::columns::field::Field;
use crate::error::Error;
use crate::options::ReadOptions;
use crate::quote::{clip, shown};

/// Why a mapping could not be decided.
pub enum Undecided {
    /// The rows looked at do not decide; all of them might.
    MoreRows,
    /// A person has to say.
    Asked(Error),
}

impl From<Error> for Undecided {
    fn from(error: Error) -> Self {
        Self::Asked(error)
    }
}

/// The column of each field, by its position.
pub type Fields = [Option<usize>; Field::ALL.len()];

pub fn several(columns: &[Column], field: Field, candidates: &[usize]) -> Error {
    let shown: Vec<String> = candidates
        .iter()
        .map(|index| describe(&columns[*index]))
        .collect();
    Error::question(format!(
        "several columns could be the {}: {}",
        field.name(),
        shown.join("; ")
    ))
    .with_hint(format!(
        "say which with --map {}='{}'",
        field.name(),
        columns[candidates[0]].header
    ))
}

/// A column's header and some of its values; none of a personal column.
pub fn describe(column: &Column) -> String {
    if column.is_personal() {
        return format!("\"{}\" (personal)", clip(&column.header));
    }
    let samples: Vec<String> = column
        .samples
        .iter()
        .map(|sample| shown(sample).into_owned())
        .collect();
    format!("\"{}\" ({})", clip(&column.header), samples.join(", "))
}

/// What `--date-format` says of a field: a format for all dates, or `FIELD=FORMAT` for one.
pub fn date_format(field: Field, options: &ReadOptions) -> Option<&str> {
    let said = options.date_format.as_deref()?;
    match said.split_once('=') {
        Some((name, format)) if Field::parse(name.trim()).is_some_and(Field::is_date) => {
            (name.trim() == field.name()).then_some(format)
        }
        _ => Some(said),
    }
}
