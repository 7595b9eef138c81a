//! Columns that the planner does not find.

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;

/// The column that an error says does not exist, and those that do.
pub(super) fn missing_column(error: &DataFusionError) -> Option<(&Column, &[Column])> {
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => Some((field, valid_fields)),
            _ => None,
        },
        _ => None,
    }
}
