//! The rows of a result, read as what their columns are for.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, RecordBatch};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion_functions_nps::NpsCounts;

use super::plan::{ResultColumn, Role};

/// How many scores there are: 0 to 10.
pub(super) const SCORES: usize = 11;

/// A row of a result.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// From 1, in the order of the result.
    pub(super) number: u64,
    /// A value of each column.
    pub(super) cells: Vec<Cell>,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Number(f64),
    /// Of a key, as text.
    Text(String),
    /// How many gave each score.
    Histogram([f64; SCORES]),
    /// A list that is none of scores.
    NoHistogram,
    /// Something that is there, and of which no more is asked.
    Other,
}

/// How many promoters, passives and detractors a histogram counts.
pub(super) fn counts(histogram: &[f64; SCORES]) -> NpsCounts {
    NpsCounts {
        promoters: histogram[9..].iter().sum(),
        passives: histogram[7..9].iter().sum(),
        detractors: histogram[..7].iter().sum(),
    }
}

/// The histogram that a list of numbers is: 11, each finite and 0 or more.
pub(super) fn histogram(counts: impl IntoIterator<Item = Option<f64>>) -> Option<[f64; SCORES]> {
    let counts: Option<Vec<f64>> = counts.into_iter().collect();
    let counts = counts?;
    let is_fine = counts
        .iter()
        .all(|count| count.is_finite() && *count >= 0.0);
    counts.try_into().ok().filter(|_| is_fine)
}

/// The columns of a batch.
pub(super) struct Columns<'a>(Vec<Values<'a>>);

enum Values<'a> {
    Numbers(Float64Array),
    Texts(ArrayFormatter<'a>, Option<NullBuffer>),
    Histograms(ListArray),
    Other(Option<NullBuffer>),
}

impl<'a> Columns<'a> {
    pub(super) fn of(columns: &[ResultColumn], batch: &'a RecordBatch) -> Result<Self, ArrowError> {
        let values = columns.iter().zip(batch.columns());
        let values = values.map(|(column, array)| Values::of(column.role, array));
        values.collect::<Result<_, _>>().map(Self)
    }

    /// The row at `index` of the batch, the `number`th of the result.
    pub(super) fn row(&self, index: usize, number: u64) -> Row {
        Row {
            number,
            cells: self.0.iter().map(|values| values.cell(index)).collect(),
        }
    }
}

impl<'a> Values<'a> {
    fn of(role: Role, array: &'a ArrayRef) -> Result<Self, ArrowError> {
        Ok(match role {
            Role::Measure => Self::Numbers(
                exactly(array, &DataType::Float64)?
                    .as_primitive::<Float64Type>()
                    .clone(),
            ),
            Role::Key => {
                let options = FormatOptions::new();
                let texts = ArrayFormatter::try_new(array.as_ref(), &options)?;
                Self::Texts(texts, array.logical_nulls())
            }
            Role::Histogram => {
                let entry = Field::new_list_field(DataType::Float64, true);
                let lists = exactly(array, &DataType::List(entry.into()))?;
                Self::Histograms(lists.as_list::<i32>().clone())
            }
            Role::Other => Self::Other(array.logical_nulls()),
        })
    }

    fn cell(&self, index: usize) -> Cell {
        match self {
            Self::Numbers(numbers) if numbers.is_null(index) => Cell::Null,
            Self::Numbers(numbers) => Cell::Number(numbers.value(index)),
            Self::Texts(_, nulls) | Self::Other(nulls)
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) =>
            {
                Cell::Null
            }
            Self::Texts(texts, _) => Cell::Text(texts.value(index).to_string()),
            Self::Other(_) => Cell::Other,
            Self::Histograms(lists) if lists.is_null(index) => Cell::Null,
            Self::Histograms(lists) => {
                let list = lists.value(index);
                let counts = list.as_primitive::<Float64Type>();
                histogram(counts.iter()).map_or(Cell::NoHistogram, Cell::Histogram)
            }
        }
    }
}

/// A cast that fails where a value does not fit, rather than make it NULL.
fn exactly(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(array, data_type, &options)
}
