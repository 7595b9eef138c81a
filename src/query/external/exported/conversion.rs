//! Conversion of a column's cells to an Arrow array.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    StringViewBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::error::ArrowError;
use exports::column_types::ColumnType;
use exports::dates::DateReader;
use exports::text::trim;

/// The text of a number with a decimal comma as one with a point, and the other way round: a point is no
/// decimal separator then. Every other text as it is.
pub(super) fn with_decimal_point(cell: &str) -> Cow<'_, str> {
    let is_digit = |c: char| c.is_ascii_digit();
    let digits = trim(cell).trim_start_matches(['+', '-']);
    let (separator, other) = match digits.trim_matches(is_digit) {
        "," => (',', "."),
        "." => ('.', ","),
        _ => return Cow::Borrowed(cell),
    };
    Cow::Owned(cell.replace(separator, other))
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A column of the table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) conversion: Conversion,
}

/// The way in which the cells of a column are read.
#[derive(Clone, Debug)]
pub(super) enum Conversion {
    Text,
    Boolean,
    Integer,
    Number,
    Date(DateReader),
    Timestamp {
        reader: DateReader,
        has_zone: bool,
    },
    /// To a type that the statement gives, as `CAST` does it.
    Cast(DataType),
}

impl From<ColumnType> for Conversion {
    fn from(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Integer => Self::Integer,
            ColumnType::Number => Self::Number,
            ColumnType::Date(reader) => Self::Date(reader),
            ColumnType::Timestamp { reader, has_zone } => Self::Timestamp { reader, has_zone },
            ColumnType::Text => Self::Text,
        }
    }
}

impl Conversion {
    /// The conversion to a given type. Dates are read in the format that the column has.
    pub(super) fn to(given: &DataType, detected: ColumnType, formats: &[DateReader]) -> Self {
        let reader = match detected {
            ColumnType::Date(reader) | ColumnType::Timestamp { reader, .. } => Some(reader),
            _ => formats.first().cloned(),
        };
        match (given, reader) {
            (data_type, _) if data_type.is_string() => Self::Text,
            (DataType::Date32, Some(reader)) => Self::Date(reader),
            (DataType::Timestamp(_, zone), Some(reader)) => Self::Timestamp {
                reader,
                has_zone: zone.is_some(),
            },
            (data_type, _) => Self::Cast(data_type.clone()),
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Date(_) => DataType::Date32,
            Self::Timestamp { has_zone, .. } => {
                DataType::Timestamp(TimeUnit::Microsecond, has_zone.then(|| "UTC".into()))
            }
            Self::Cast(data_type) => data_type.clone(),
        }
    }

    pub(super) fn builder(&self) -> Builder<'_> {
        match self {
            Self::Text => Builder::Text(StringViewBuilder::new()),
            Self::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Self::Integer => Builder::Integer(Int64Builder::new()),
            Self::Number => Builder::Number(Float64Builder::new()),
            Self::Date(reader) => Builder::Date(reader, Date32Builder::new()),
            Self::Timestamp { reader, .. } => {
                let builder = TimestampMicrosecondBuilder::new().with_data_type(self.data_type());
                Builder::Timestamp(reader, builder)
            }
            Self::Cast(data_type) => Builder::Cast(data_type, StringBuilder::new()),
        }
    }
}

/// Collects the cells of a column.
pub(super) enum Builder<'a> {
    Text(StringViewBuilder),
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Date(&'a DateReader, Date32Builder),
    Timestamp(&'a DateReader, TimestampMicrosecondBuilder),
    Cast(&'a DataType, StringBuilder),
}

impl Builder<'_> {
    pub(super) fn append_null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Number(builder) => builder.append_null(),
            Self::Date(_, builder) => builder.append_null(),
            Self::Timestamp(_, builder) => builder.append_null(),
            Self::Cast(_, builder) => builder.append_null(),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Appends a cell; NULL if it is blank. Returns `false`, and appends NULL, if it does not fit
    /// the type.
    pub(super) fn append(&mut self, cell: &str) -> bool {
        if let Self::Text(builder) = self {
            builder.append_value(cell);
            return true;
        }
        let cell = trim(cell);
        if cell.is_empty() {
            self.append_null();
            return true;
        }
        match self {
            Self::Text(builder) => builder.append_value(cell),
            Self::Boolean(builder) => {
                let value = if cell.eq_ignore_ascii_case("true") {
                    Some(true)
                } else if cell.eq_ignore_ascii_case("false") {
                    Some(false)
                } else {
                    None
                };
                builder.append_option(value);
                return value.is_some();
            }
            Self::Integer(builder) => {
                let value = cell.parse().ok();
                builder.append_option(value);
                return value.is_some();
            }
            Self::Number(builder) => {
                let value = cell.parse().ok();
                builder.append_option(value);
                return value.is_some();
            }
            Self::Date(reader, builder) => {
                let moment = reader.read_any_date(cell);
                let days = moment.map(|moment| moment.micros.div_euclid(MICROS_PER_DAY));
                let days = days.and_then(|days| i32::try_from(days).ok());
                builder.append_option(days);
                return days.is_some();
            }
            Self::Timestamp(reader, builder) => {
                let micros = reader.read_any_date(cell).map(|moment| moment.micros);
                builder.append_option(micros);
                return micros.is_some();
            }
            Self::Cast(_, builder) => builder.append_value(cell),
        }
        true
    }

    /// The array, and the cells that could not be cast, with their rows.
    pub(super) fn finish(self) -> Result<(ArrayRef, Vec<(usize, String)>), ArrowError> {
        let array: ArrayRef = match self {
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::Number(mut builder) => Arc::new(builder.finish()),
            Self::Date(_, mut builder) => Arc::new(builder.finish()),
            Self::Timestamp(_, mut builder) => Arc::new(builder.finish()),
            Self::Cast(data_type, mut builder) => {
                let text = builder.finish();
                let options = CastOptions {
                    safe: true,
                    ..CastOptions::default()
                };
                let cast = cast_with_options(&text, data_type, &options)?;
                let failed = (0..text.len())
                    .filter(|row| text.is_valid(*row) && cast.is_null(*row))
                    .map(|row| (row, text.value(row).to_owned()))
                    .collect();
                return Ok((cast, failed));
            }
        };
        Ok((array, Vec::new()))
    }
}
