//! Filters on columns that have one value for a whole file, such as those of its folders.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, exec_err};
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::scalar::ScalarValue;

/// True if a filter can be decided for a whole file.
pub(crate) fn decides(columns: &[FieldRef], filter: &Expr) -> bool {
    let names: Vec<&str> = columns.iter().map(|field| field.name().as_str()).collect();
    expr_applicable_for_cols(&names, filter)
}

/// Says of each filter that it is applied exactly if it decides for whole files, else `others`.
pub(crate) fn pushdown(
    columns: &[FieldRef],
    filters: &[&Expr],
    others: &TableProviderFilterPushDown,
) -> Vec<TableProviderFilterPushDown> {
    let pushdown = filters.iter().map(|filter| {
        if decides(columns, filter) {
            TableProviderFilterPushDown::Exact
        } else {
            others.clone()
        }
    });
    pushdown.collect()
}

/// Evaluates a filter for each file: true if its rows pass. `values` are those of each file.
pub(crate) fn files_passing(
    session: &dyn Session,
    columns: &[FieldRef],
    values: &[&[ScalarValue]],
    filter: Expr,
) -> Result<Vec<bool>> {
    let arrays = (0..columns.len())
        .map(|column| ScalarValue::iter_to_array(values.iter().map(|file| file[column].clone())));
    let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
    // A Delta log may lack a value even of a column without NULLs.
    let nullable = columns
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true));
    let schema = Arc::new(Schema::new(nullable.collect::<Vec<_>>()));
    let filter = session.create_physical_expr(filter, &DFSchema::try_from(Arc::clone(&schema))?)?;
    // There may be no such column at all.
    let options = RecordBatchOptions::new().with_row_count(Some(values.len()));
    let batch = RecordBatch::try_new_with_options(schema, arrays, &options)?;
    let passes = filter.evaluate(&batch)?.into_array(values.len())?;
    match passes.as_boolean_opt() {
        Some(passes) => Ok(passes.iter().map(|passes| passes == Some(true)).collect()),
        None => exec_err!("a filter returned {}, not a boolean", passes.data_type()),
    }
}
