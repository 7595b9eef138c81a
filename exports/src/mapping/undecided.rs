//! Mappings that headers and content do not decide, and how messages name columns.

use crate::columns::Column;
use crate::columns::field::Field;
use crate::error::{Error, ErrorKind};
use crate::message::{ImportOption, Message};
use crate::quote::{clip, shown};

/// The maximum number of options in a hint to choose one.
const OPTIONS_MAX: usize = 6;

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
    let mut answers: Vec<Message> = candidates
        .iter()
        .map(|index| map_option(field, &columns[*index]))
        .collect();
    let mut hint = choice(&answers);
    if field != Field::Score {
        answers.push(unmap_option(field));
        hint = hint.text("; if none is, set ").message(unmap_option(field));
    }
    let message = format!(
        "several columns could be the {}: {}",
        field.name(),
        described.join("; ")
    );
    Error::question(message)
        .with_hint(hint)
        .with_answers(answers)
}

/// The hint to choose one of several options.
pub fn choice(options: &[Message]) -> Message {
    let shown = &options[..options.len().min(OPTIONS_MAX)];
    let start = if shown.len() < options.len() {
        "choose one, such as "
    } else {
        "choose one: "
    };
    let mut hint = Message::from(start);
    for (at, option) in shown.iter().enumerate() {
        let separator = match at {
            0 => "",
            at if at + 1 == shown.len() => " or ",
            _ => ", ",
        };
        hint = hint.text(separator).message(option.clone());
    }
    hint
}

/// The option that maps a field to a column.
pub fn map_option(field: Field, column: &Column) -> Message {
    match column.place_of_name {
        Some(place) => ImportOption::Map.with(format_args!("{}=#{place}", field.name())),
        None => ImportOption::Map.with(format_args!("{}={}", field.name(), column.header)),
    }
}

/// The option that maps a field to no column.
pub fn unmap_option(field: Field) -> Message {
    ImportOption::Map.with(format_args!("{}=", field.name()))
}

/// A column's header and some of its values, which are left out if they are personal.
pub fn describe(column: &Column) -> String {
    let header = match column.place_of_name {
        Some(place) => format!("#{place} {}", clip(&column.header)),
        None => clip(&column.header).to_string(),
    };
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

/// Questions that are asked together.
#[derive(Default)]
pub struct Questions(Vec<Error>);

impl Questions {
    /// The value; nothing if it is a question, which is kept.
    pub fn ask<T>(
        &mut self,
        result: Result<T, impl Into<Undecided>>,
    ) -> Result<Option<T>, Undecided> {
        match result.map_err(Into::into) {
            Ok(value) => Ok(Some(value)),
            Err(Undecided::Failed(error)) if error.kind() == ErrorKind::Question => {
                self.0.push(error);
                Ok(None)
            }
            Err(undecided) => Err(undecided),
        }
    }

    /// The error with all questions, if there are any.
    pub fn finish(self) -> Result<(), Undecided> {
        match Error::all(self.0) {
            Some(error) => Err(Undecided::Failed(error)),
            None => Ok(()),
        }
    }
}
