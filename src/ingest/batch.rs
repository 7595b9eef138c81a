//! Responses into Arrow record batches of the lake's schema.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;
use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Float64Builder, Int8Builder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;

use super::cells::CellType;
use super::clean::Response;
use super::mapping::KeptColumn;
use crate::error::Result;
use crate::lake::schema::{ORIGINAL_HEADER, RESPONSES_SCHEMA, UNDATED};

/// The schema of an import that keeps these columns.
pub(super) fn schema(kept: &[KeptColumn]) -> SchemaRef {
    let own = RESPONSES_SCHEMA.fields().iter().cloned();
    let kept = kept.iter().map(|column| {
        let header = column.first_header.iter();
        let metadata: HashMap<_, _> = header
            .map(|header| (ORIGINAL_HEADER.to_owned(), header.clone()))
            .collect();
        Arc::new(Field::new(&column.name, column.cell_type.arrow(), true).with_metadata(metadata))
    });
    Arc::new(Schema::new(own.chain(kept).collect::<Vec<_>>()))
}

impl CellType {
    /// How cells of this type are stored.
    pub(super) fn arrow(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Text => DataType::Utf8,
        }
    }
}

/// Builds batches of at most as many rows as DataFusion works on at once.
pub(super) struct BatchBuilder {
    schema: SchemaRef,
    source: &'static str,
    import_id: String,
    rows: usize,
    response_id: StringBuilder,
    survey: StringBuilder,
    month: StringBuilder,
    metric: StringBuilder,
    respondent: StringBuilder,
    account: StringBuilder,
    score: Int8Builder,
    rating: Float64Builder,
    responded_at: TimestampMicrosecondBuilder,
    sent_at: TimestampMicrosecondBuilder,
    updated_at: TimestampMicrosecondBuilder,
    comment: StringBuilder,
    consent: StringBuilder,
    kept: Vec<KeptBuilder>,
}

enum KeptBuilder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
}

impl KeptBuilder {
    fn new(cell_type: CellType) -> Self {
        match cell_type {
            CellType::Boolean => Self::Boolean(BooleanBuilder::new()),
            CellType::Integer => Self::Integer(Int64Builder::new()),
            CellType::Number => Self::Number(Float64Builder::new()),
            CellType::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a cell that [`CellType::fits`] has accepted.
    fn append(&mut self, cell: Option<&str>) {
        match self {
            Self::Boolean(builder) => {
                builder.append_option(cell.map(|cell| cell.eq_ignore_ascii_case("true")));
            }
            Self::Integer(builder) => {
                builder.append_option(cell.and_then(|cell| cell.parse().ok()))
            }
            Self::Number(builder) => builder.append_option(cell.and_then(|cell| cell.parse().ok())),
            Self::Text(builder) => builder.append_option(cell),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(builder) => ArrayBuilder::finish(builder),
            Self::Integer(builder) => ArrayBuilder::finish(builder),
            Self::Number(builder) => ArrayBuilder::finish(builder),
            Self::Text(builder) => ArrayBuilder::finish(builder),
        }
    }
}

impl BatchBuilder {
    pub(super) fn new(kept: &[KeptColumn], source: &'static str, import_id: &str) -> Self {
        Self {
            schema: schema(kept),
            source,
            import_id: import_id.to_owned(),
            rows: 0,
            response_id: StringBuilder::new(),
            survey: StringBuilder::new(),
            month: StringBuilder::new(),
            metric: StringBuilder::new(),
            respondent: StringBuilder::new(),
            account: StringBuilder::new(),
            score: Int8Builder::new(),
            rating: Float64Builder::new(),
            responded_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            sent_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            updated_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            comment: StringBuilder::new(),
            consent: StringBuilder::new(),
            kept: kept
                .iter()
                .map(|column| KeptBuilder::new(column.cell_type))
                .collect(),
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn append(&mut self, response: &Response<'_>, response_id: &str) {
        self.rows += 1;
        self.response_id.append_value(response_id);
        self.survey.append_value(response.survey);
        match response
            .responded_at
            .and_then(|moment| DateTime::from_timestamp_micros(moment.micros))
        {
            Some(date) => self.month.append_value(date.format("%Y-%m").to_string()),
            None => self.month.append_value(UNDATED),
        }
        self.metric.append_value(response.metric);
        self.respondent
            .append_option(response.respondent.as_deref());
        self.account.append_option(response.account);
        self.score.append_option(response.score);
        self.rating.append_option(response.rating);
        self.responded_at
            .append_option(response.responded_at.map(|moment| moment.micros));
        self.sent_at
            .append_option(response.sent_at.map(|moment| moment.micros));
        self.updated_at
            .append_option(response.updated_at.map(|moment| moment.micros));
        self.comment.append_option(response.comment);
        self.consent.append_value(response.consent);
        for (builder, cell) in self.kept.iter_mut().zip(&response.kept) {
            builder.append(*cell);
        }
    }

    /// The rows so far as a batch; the builder starts again.
    pub(super) fn finish(&mut self) -> Result<RecordBatch> {
        let constant = |text: &str| {
            let mut builder = StringBuilder::new();
            builder.append_value_n(text, self.rows);
            Arc::new(builder.finish()) as ArrayRef
        };
        // The top of a scale is only known once profiles tell it.
        let mut rating_max = Float64Builder::new();
        rating_max.append_nulls(self.rows);
        let (source, import_id) = (constant(self.source), constant(&self.import_id));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.response_id.finish()),
            Arc::new(self.survey.finish()),
            Arc::new(self.month.finish()),
            Arc::new(self.metric.finish()),
            source,
            Arc::new(self.respondent.finish()),
            Arc::new(self.account.finish()),
            Arc::new(self.score.finish()),
            Arc::new(self.rating.finish()),
            Arc::new(rating_max.finish()),
            Arc::new(self.responded_at.finish()),
            Arc::new(self.sent_at.finish()),
            Arc::new(self.updated_at.finish()),
            Arc::new(self.comment.finish()),
            Arc::new(self.consent.finish()),
            import_id,
        ];
        columns.extend(self.kept.iter_mut().map(KeptBuilder::finish));
        self.rows = 0;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(DataFusionError::from)?)
    }
}
