//! Structs of numbers, one a row.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;

/// Returns the fields of [`float_structs`], which may be null.
pub(crate) fn float_fields<const N: usize>(names: [&str; N]) -> Fields {
    names
        .into_iter()
        .map(|name| Field::new(name, DataType::Float64, true))
        .collect()
}

/// Converts rows to structs with fields of these names.
pub(crate) fn float_structs<const N: usize>(
    names: [&str; N],
    rows: &[[Option<f64>; N]],
) -> Result<ArrayRef> {
    let columns = (0..N).map(|field| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row[field]).collect::<Float64Array>())
    });
    let structs = StructArray::try_new(float_fields(names), columns.collect(), None)?;
    Ok(Arc::new(structs))
}
