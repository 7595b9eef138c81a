//! Converts staged responses into Arrow record batches of the lake's schema.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;

use exports::columns::cells::CellType;
use exports::columns::score;
use exports::mapping::KeptColumn;

use crate::error::Result;
use crate::ingest::stage::staged::{KEPT, KNOWN_RESPONDENT, RESPONDED_AT};
use crate::lake::schema::{DAY, ORIGINAL_HEADER, RESPONSES_SCHEMA};
use crate::lake::zone::{Zone, months};

/// The column that marks responses whose respondent is known.
const KNOWN_RESPONDENT_COLUMN: &str = "known_respondent";

/// The Arrow type of cells of this type.
pub(super) fn arrow_type(cell_type: CellType) -> DataType {
    match cell_type {
        CellType::Boolean => DataType::Boolean,
        CellType::Integer => DataType::Int64,
        CellType::Number => DataType::Float64,
        CellType::Text => DataType::Utf8,
    }
}

/// Converts cells that [fit](CellType::fits) the type.
fn array(cell_type: CellType, cells: &StringArray) -> ArrayRef {
    // "NA" is a missing value here, but a country in a column of text.
    let values = cells
        .iter()
        .map(|cell| cell.filter(|cell| !score::is_blank(cell)));
    match cell_type {
        CellType::Boolean => {
            let values = values.map(|cell| Some(cell?.eq_ignore_ascii_case("true")));
            Arc::new(values.collect::<BooleanArray>())
        }
        CellType::Integer => {
            let values = values.map(|cell| cell?.parse().ok());
            Arc::new(values.collect::<Int64Array>())
        }
        CellType::Number => {
            let values = values.map(|cell| cell?.parse().ok());
            Arc::new(values.collect::<Float64Array>())
        }
        CellType::Text => Arc::new(cells.clone()),
    }
}

/// Converts the batches of an import.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    schema: SchemaRef,
    source: String,
    import_id: String,
    kept: Vec<CellType>,
    marks_known_respondents: bool,
    /// The zone of the days; `None` in a lake of format 1, whose months are in UTC.
    zone: Option<Zone>,
}

impl Batches {
    /// Creates a converter for an import of `source` with these kept columns.
    pub(super) fn new(
        source: &str,
        import_id: &str,
        kept: &[KeptColumn],
        marks_known_respondents: bool,
        zone: Option<Zone>,
    ) -> Self {
        let own = RESPONSES_SCHEMA.fields().iter();
        let own = own.filter(|field| zone.is_some() || field.name() != DAY);
        let own = own.cloned();
        let mark = marks_known_respondents
            .then(|| Arc::new(Field::new(KNOWN_RESPONDENT_COLUMN, DataType::Boolean, true)));
        let kept_fields = kept.iter().map(|column| {
            let header = column.first_header.iter();
            let metadata: HashMap<_, _> = header
                .map(|header| (ORIGINAL_HEADER.to_owned(), header.clone()))
                .collect();
            Arc::new(
                Field::new(&column.name, arrow_type(column.cell_type), true)
                    .with_metadata(metadata),
            )
        });
        let fields: Vec<_> = own.chain(kept_fields).chain(mark).collect();
        Self {
            schema: Arc::new(Schema::new(fields)),
            source: source.to_owned(),
            import_id: import_id.to_owned(),
            kept: kept.iter().map(|column| column.cell_type).collect(),
            marks_known_respondents,
            zone,
        }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Converts a staged batch to the lake's schema.
    pub(super) fn convert(&self, staged: &RecordBatch) -> Result<RecordBatch> {
        let rows = staged.num_rows();
        let constant = |text: &str| {
            let mut builder = StringBuilder::new();
            builder.append_value_n(text, rows);
            Arc::new(builder.finish()) as ArrayRef
        };
        let zone = self.zone.unwrap_or(Zone::UTC);
        let days = zone.days(staged.column(RESPONDED_AT).as_primitive());
        let own = self.schema.fields().len() - self.kept.len();
        let own = own - usize::from(self.marks_known_respondents);
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for field in &self.schema.fields()[..own] {
            columns.push(match field.name().as_str() {
                "source" => constant(&self.source),
                "import_id" => constant(&self.import_id),
                "month" => Arc::new(months(&days)),
                DAY => Arc::new(days.clone()),
                name => staged
                    .column_by_name(name)
                    .map(Arc::clone)
                    .expect("a staged batch has every other column of the lake"),
            });
        }
        for (index, cell_type) in self.kept.iter().enumerate() {
            columns.push(array(*cell_type, staged.column(KEPT + index).as_string()));
        }
        if self.marks_known_respondents {
            columns.push(Arc::clone(staged.column(KNOWN_RESPONDENT)));
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        Ok(batch.map_err(DataFusionError::from)?)
    }
}
