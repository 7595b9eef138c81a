//! The rows of a result, converted by the roles of their columns.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray};
use datafusion::arrow::buffer::NullBuffer;
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

/// The values of a column in one batch.
pub(super) struct Column<'a> {
    values: Values<'a>,
    nulls: Option<NullBuffer>,
}

enum Values<'a> {
    Numbers(Float64Array),
    Texts(ArrayFormatter<'a>),
    Histograms(ListArray),
    Other,
}

impl<'a> Column<'a> {
    pub(super) fn new(role: Role, array: &'a ArrayRef) -> Result<Self, ArrowError> {
        let values = match role {
            Role::Measure => {
                Values::Numbers(cast(array, &DataType::Float64)?.as_primitive().clone())
            }
            Role::Key => {
                let options = FormatOptions::new();
                Values::Texts(ArrayFormatter::try_new(array.as_ref(), &options)?)
            }
            Role::Histogram => {
                let entry = Field::new_list_field(DataType::Float64, true);
                let lists = cast(array, &DataType::List(entry.into()))?;
                Values::Histograms(lists.as_list().clone())
            }
            Role::Other => Values::Other,
        };
        let nulls = array.logical_nulls();
        Ok(Self { values, nulls })
    }

    pub(super) fn cell(&self, index: usize) -> Cell {
        if self
            .nulls
            .as_ref()
            .is_some_and(|nulls| nulls.is_null(index))
        {
            return Cell::Null;
        }
        match &self.values {
            Values::Numbers(numbers) => Cell::Number(numbers.value(index)),
            Values::Texts(texts) => Cell::Text(texts.value(index).to_string()),
            Values::Histograms(lists) => {
                let list = lists.value(index);
                let counts = list.as_primitive::<Float64Type>();
                histogram(counts.iter()).map_or(Cell::InvalidHistogram, Cell::Histogram)
            }
            Values::Other => Cell::Other,
        }
    }
}

/// A cast that fails for a value that does not fit, instead of returning NULL.
fn cast(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(array, data_type, &options)
}
