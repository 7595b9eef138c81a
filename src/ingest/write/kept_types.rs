//! Fits the kept columns of a file to the columns of the lake.

use datafusion::arrow::datatypes::DataType;
use deltalake::DeltaTable;

use exports::columns::cells::CellType;
use exports::mapping::{KeptColumn, Mapping};
use exports::{ImportOption, Message};

use super::batch::arrow_type;
use crate::error::{Error, Result};
use crate::lake::schema::ORIGINAL_HEADER;

/// Adopts the type and the original header of kept columns from the lake.
pub(in crate::ingest) fn adopt_types(mapping: &mut Mapping, responses: &DeltaTable) -> Result<()> {
    let schema = responses.snapshot()?.snapshot().arrow_schema();
    for kept in &mut mapping.kept {
        let Ok(field) = schema.field_with_name(&kept.name) else {
            continue;
        };
        kept.first_header = field.metadata().get(ORIGINAL_HEADER).cloned();
        let lake_type = [
            CellType::Text,
            CellType::Boolean,
            CellType::Integer,
            CellType::Number,
        ]
        .into_iter()
        .find(|cell_type| arrow_type(*cell_type) == *field.data_type());
        match (lake_type, kept.cell_type) {
            (Some(CellType::Text), _) => kept.cell_type = CellType::Text,
            (Some(CellType::Number), CellType::Integer) => kept.cell_type = CellType::Number,
            (Some(lake_type), cell_type) if lake_type == cell_type => {}
            _ => return Err(other_type(kept, field.data_type())),
        }
    }
    Ok(())
}

fn other_type(kept: &KeptColumn, lake_type: &DataType) -> Error {
    let renamed = ImportOption::Keep.with(format_args!("other_{}={}", kept.name, kept.header));
    Error::question(format!(
        "column \"{}\" contains values that do not fit the lake's column \"{}\" of type \
         {lake_type}",
        kept.header, kept.name
    ))
    .with_hint(Message::from("keep it under another name: ").message(renamed.clone()))
    .with_answers([renamed])
}
