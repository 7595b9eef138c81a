//! The columns of a check's result: their roles, and whether their values may be shown.

use datafusion::arrow::datatypes::{DataType, Field};

use super::expectation::Claim;
use super::file::Check;
use super::label::LABEL_CHARS_MAX;
use super::provenance::{Lineage, Provenance, is_shown_type};

/// The column with the number of responses of a row, for `min_responses`.
pub(super) const RESPONSES: &str = "responses";

/// Kept columns with values of at least this many words are prose. The import redacts by the same
/// limit.
const PROSE_WORDS_MIN: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResultColumn {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) provenance: Provenance,
    /// `false` if the plan shows that values must be hidden.
    pub(super) is_shown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Identifies rows.
    Key,
    /// A number, stored for later runs to compare with.
    Measure,
    /// A list with the number of responses of each score.
    Histogram,
    Other,
}

impl ResultColumn {
    pub(super) fn new(field: &Field, lineage: Lineage, check: &Check<'_>) -> Self {
        let name = field.name();
        // `is not null` does not count: its column can still be a key.
        let is_compared = check.expectations.iter().any(|expectation| {
            matches!(&expectation.claim, Claim::Column { name: compared, .. } if compared == name)
        });
        let counts_responses = check.header.min_responses.is_some() && name == RESPONSES;
        let is_expected = is_compared || counts_responses;
        let data_type = field.data_type();
        let role = if is_histogram(data_type) {
            Role::Histogram
        } else if is_number(data_type)
            && (is_expected || lineage.is_measure || !data_type.is_integer())
        {
            Role::Measure
        } else if is_expected || lineage.is_measure || !is_key(data_type) {
            Role::Other
        } else {
            Role::Key
        };
        let is_shown = match lineage.provenance {
            Provenance::Own | Provenance::Kept => true,
            Provenance::Foreign => is_shown_type(data_type) || role == Role::Histogram,
            Provenance::Personal => false,
        };
        Self {
            name: name.clone(),
            role,
            provenance: lineage.provenance,
            is_shown,
        }
    }

    /// True if this value shows that respondents wrote the values of the column.
    pub(super) fn is_prose(&self, value: &str) -> bool {
        self.provenance == Provenance::Kept
            && (value.contains('@')
                || value.chars().count() > LABEL_CHARS_MAX
                || value.split_whitespace().nth(PROSE_WORDS_MIN - 1).is_some())
    }
}

/// The only histogram of a result.
pub(super) fn only_histogram(columns: &[ResultColumn]) -> Option<usize> {
    let is_histogram = |column: &ResultColumn| column.role == Role::Histogram;
    let first = columns.iter().position(is_histogram)?;
    let is_only = !columns[first + 1..].iter().any(is_histogram);
    is_only.then_some(first)
}

/// True for types that can be read as a number, among them that of a column that is always NULL.
fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || *data_type == DataType::Null
}

fn is_key(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => is_key(value),
        DataType::RunEndEncoded(_, value) => is_key(value.data_type()),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean => true,
        data_type => data_type.is_integer() || data_type.is_temporal(),
    }
}

fn is_histogram(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(entry) | DataType::LargeList(entry) | DataType::FixedSizeList(entry, _) => {
            entry.data_type().is_numeric()
        }
        _ => false,
    }
}

/// A type's name in messages.
pub(super) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "a boolean".to_owned(),
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "a date".to_owned(),
        DataType::Struct(_) => "a struct".to_owned(),
        other if other.is_nested() => "a list".to_owned(),
        other => other.to_string(),
    }
}
