//! The rows of a result, converted by the roles of their columns.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion_functions_nps::NpsCounts;

use super::column::Role;

/// The number of responses of each score, 0 to 10.
pub(super) type Histogram = [f64; 11];

/// A row of a result.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// From 1, in the order of the result.
    pub(super) number: u64,
    /// One for each column.
    pub(super) cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Number(f64),
    /// The text of a key.
    Text(String),
    Histogram(Histogram),
    /// A list that is not a [`Histogram`].
    InvalidHistogram,
    /// A value of a column that is not used.
    Other,
}

impl Cell {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The promoters, passives and detractors of a histogram.
pub(super) fn counts(histogram: &Histogram) -> NpsCounts {
    NpsCounts {
        promoters: histogram[9..].iter().sum(),
        passives: histogram[7..9].iter().sum(),
        detractors: histogram[..7].iter().sum(),
    }
}

/// Converts a list to a histogram if it has 11 numbers, each finite and at least 0.
pub(super) fn histogram(counts: impl IntoIterator<Item = Option<f64>>) -> Option<Histogram> {
    let is_count = |count: &f64| count.is_finite() && *count >= 0.0;
    let counts: Option<Vec<f64>> = counts
        .into_iter()
        .map(|count| count.filter(is_count))
        .collect();
    counts?.try_into().ok()
}

/// Returns a reader of the cells of a column in one batch.
pub(super) fn cells(role: Role, array: &ArrayRef) -> Result<impl Fn(usize) -> Cell, ArrowError> {
    let values: Box<dyn Fn(usize) -> Cell + '_> = match role {
        Role::Measure => {
            let numbers = cast(array, &DataType::Float64)?;
            Box::new(move |row| Cell::Number(numbers.as_primitive::<Float64Type>().value(row)))
        }
        Role::Key => {
            let texts = ArrayFormatter::try_new(array.as_ref(), &FormatOptions::new())?;
            Box::new(move |row| Cell::Text(texts.value(row).to_string()))
        }
        Role::Histogram => {
            let entry = Field::new_list_field(DataType::Float64, true);
            let lists = cast(array, &DataType::List(entry.into()))?;
            Box::new(move |row| {
                let list = lists.as_list::<i32>().value(row);
                let counts = histogram(list.as_primitive::<Float64Type>());
                counts.map_or(Cell::InvalidHistogram, Cell::Histogram)
            })
        }
        Role::Other => Box::new(|_| Cell::Other),
    };
    let nulls = array.logical_nulls();
    Ok(move |row| match &nulls {
        Some(nulls) if nulls.is_null(row) => Cell::Null,
        _ => values(row),
    })
}

/// A cast that fails for a value that does not fit, instead of returning NULL.
fn cast(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(array, data_type, &options)
}
