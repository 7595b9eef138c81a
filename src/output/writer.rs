//! The trait every format implements, and unique column names.

use std::collections::HashSet;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};

use super::error::OutputError;

/// Writer of one result in one format.
pub(super) trait ResultWriter {
    /// Writes the rows of `batch`.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError>;

    /// Writes what follows the last row. Called once.
    fn finish(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

/// Returns `schema` with unique column names: the second `score` becomes `score_2`, or the next
/// number that is free.
///
/// A join can return two columns of one name. Where names are keys (JSON, Parquet), most readers
/// would silently keep only one.
pub(super) fn with_unique_names(schema: &Schema) -> SchemaRef {
    let original: HashSet<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut used: HashSet<String> = HashSet::new();
    let fields = schema.fields().iter().map(|field| {
        if used.insert(field.name().clone()) {
            return field.clone();
        }
        let name = (2..)
            .map(|n| format!("{}_{n}", field.name()))
            .find(|name| !original.contains(name.as_str()) && !used.contains(name))
            .expect("there are more numbers than columns");
        used.insert(name.clone());
        field.as_ref().clone().with_name(name).into()
    });
    let fields: Vec<_> = fields.collect();
    Schema::new_with_metadata(fields, schema.metadata().clone()).into()
}
