//! Clean responses of a file before they are written: in memory up to a limit, then in a temporary
//! file.

use std::io::{BufReader, BufWriter, Write};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BinaryBuilder, BooleanBuilder, Float64Builder, Int8Builder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder, UInt64Builder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::CompressionType;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use datafusion::error::DataFusionError;

use exports::files::shared_file::SharedReader;
use exports::files::spool::{Spool, SpoolWriter, failed};

use crate::error::{Error, Result};
use crate::ingest::clean::cleaner::Response;
use crate::lake::schema::timestamp;

// Indexes of the columns of a staged batch.
pub(in crate::ingest) const RESPONSE_ID: usize = 0;
pub(in crate::ingest) const SURVEY: usize = 1;
pub(in crate::ingest) const RESPONDENT: usize = 3;
pub(in crate::ingest) const RESPONDED_AT: usize = 8;
pub(in crate::ingest) const KNOWN_RESPONDENT: usize = 13;
pub(in crate::ingest) const SEALED_FIELDS: usize = 14;
pub(in crate::ingest) const SEALED: usize = 15;
pub(in crate::ingest) const LINE: usize = 16;
pub(in crate::ingest) const ORDINAL: usize = 17;
/// The first of the kept columns, which are still text.
pub(in crate::ingest) const KEPT: usize = 18;

fn schema(kept: usize) -> SchemaRef {
    let own = [
        ("response_id", DataType::Utf8),
        ("survey", DataType::Utf8),
        ("metric", DataType::Utf8),
        ("respondent", DataType::Utf8),
        ("account", DataType::Utf8),
        ("score", DataType::Int8),
        ("rating", DataType::Float64),
        ("rating_max", DataType::Float64),
        ("responded_at", timestamp()),
        ("sent_at", timestamp()),
        ("updated_at", timestamp()),
        ("comment", DataType::Utf8),
        ("consent", DataType::Utf8),
        ("known_respondent", DataType::Boolean),
        ("sealed_fields", DataType::Utf8),
        ("sealed", DataType::Binary),
        ("line", DataType::UInt64),
        ("ordinal", DataType::UInt64),
    ];
    let own = own.map(|(name, data_type)| Field::new(name, data_type, true));
    let kept = (0..kept).map(|index| Field::new(format!("kept_{index}"), DataType::Utf8, true));
    Arc::new(Schema::new(own.into_iter().chain(kept).collect::<Vec<_>>()))
}

/// Collects responses.
pub(in crate::ingest) struct StagedBuilder {
    schema: SchemaRef,
    in_memory: Vec<RecordBatch>,
    memory_bytes: usize,
    memory_bytes_max: usize,
    spilled: Option<StreamWriter<BufWriter<SpoolWriter>>>,
    len: u64,
}

/// The responses of a file, in order.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Staged {
    spilled: Option<Spool>,
    in_memory: Arc<[RecordBatch]>,
    len: u64,
}

impl StagedBuilder {
    /// Creates a builder for responses with `kept` kept columns that spills beyond about
    /// `memory_bytes`.
    pub(in crate::ingest) fn new(kept: usize, memory_bytes: u64) -> Self {
        Self {
            schema: schema(kept),
            in_memory: Vec::new(),
            memory_bytes: 0,
            memory_bytes_max: usize::try_from(memory_bytes).unwrap_or(usize::MAX),
            spilled: None,
            len: 0,
        }
    }

    /// Adds responses, and returns the index of the first.
    pub(in crate::ingest) fn push(&mut self, batch: RecordBatch) -> Result<u64> {
        let first = self.len;
        self.len += batch.num_rows() as u64;
        self.memory_bytes += batch.get_array_memory_size();
        self.in_memory.push(batch);
        if self.memory_bytes > self.memory_bytes_max {
            self.spill()?;
        }
        Ok(first)
    }

    fn spill(&mut self) -> Result<()> {
        let writer = match &mut self.spilled {
            Some(writer) => writer,
            None => {
                let options = IpcWriteOptions::default()
                    .try_with_compression(Some(CompressionType::LZ4_FRAME))
                    .map_err(arrow_failed)?;
                let file = BufWriter::new(SpoolWriter::create(1 << 18)?);
                let writer = StreamWriter::try_new_with_options(file, &self.schema, options)
                    .map_err(arrow_failed)?;
                self.spilled.insert(writer)
            }
        };
        for batch in self.in_memory.drain(..) {
            writer.write(&batch).map_err(arrow_failed)?;
        }
        self.memory_bytes = 0;
        Ok(())
    }

    pub(in crate::ingest) fn finish(self) -> Result<Staged> {
        let spilled = match self.spilled {
            None => None,
            Some(writer) => {
                let mut buffered = writer.into_inner().map_err(arrow_failed)?;
                buffered.flush().map_err(failed)?;
                let file = buffered
                    .into_inner()
                    .map_err(|error| failed(error.into_error()))?;
                Some(file.finish()?)
            }
        };
        Ok(Staged {
            spilled,
            in_memory: self.in_memory.into(),
            len: self.len,
        })
    }
}

impl Staged {
    /// The number of responses.
    pub(in crate::ingest) fn len(&self) -> u64 {
        self.len
    }

    /// The responses in batches.
    pub(in crate::ingest) fn batches(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
        let spilled: Option<StreamReader<BufReader<SharedReader>>> = match &self.spilled {
            None => None,
            Some(spool) => {
                let reader = BufReader::with_capacity(1 << 18, spool.reader());
                Some(StreamReader::try_new(reader, None).map_err(arrow_failed)?)
            }
        };
        let in_memory = Arc::clone(&self.in_memory);
        let in_memory = (0..in_memory.len()).map(move |index| Ok(in_memory[index].clone()));
        Ok(spilled
            .into_iter()
            .flatten()
            .map(|batch| batch.map_err(arrow_failed))
            .chain(in_memory))
    }
}

fn arrow_failed(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, error) => failed(error).into(),
        error => DataFusionError::from(error).into(),
    }
}

/// Builds a batch of responses.
pub(in crate::ingest) struct ResponsesBuilder {
    schema: SchemaRef,
    response_id: StringBuilder,
    survey: StringBuilder,
    metric: StringBuilder,
    respondent: StringBuilder,
    account: StringBuilder,
    score: Int8Builder,
    rating: Float64Builder,
    rating_max: Float64Builder,
    responded_at: TimestampMicrosecondBuilder,
    sent_at: TimestampMicrosecondBuilder,
    updated_at: TimestampMicrosecondBuilder,
    comment: StringBuilder,
    consent: StringBuilder,
    known_respondent: BooleanBuilder,
    sealed_fields: StringBuilder,
    sealed: BinaryBuilder,
    line: UInt64Builder,
    ordinal: UInt64Builder,
    kept: Vec<StringBuilder>,
}

impl ResponsesBuilder {
    /// Creates a builder for about `rows` responses with `kept` kept columns.
    pub(in crate::ingest) fn new(kept: usize, rows: usize) -> Self {
        let moments = || TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC");
        let texts = |bytes: usize| StringBuilder::with_capacity(rows, rows * bytes);
        Self {
            schema: schema(kept),
            response_id: texts(16),
            survey: texts(16),
            metric: texts(4),
            respondent: texts(32),
            account: texts(8),
            score: Int8Builder::with_capacity(rows),
            rating: Float64Builder::with_capacity(rows),
            rating_max: Float64Builder::with_capacity(rows),
            responded_at: moments(),
            sent_at: moments(),
            updated_at: moments(),
            comment: texts(32),
            consent: texts(8),
            known_respondent: BooleanBuilder::with_capacity(rows),
            sealed_fields: texts(0),
            sealed: BinaryBuilder::with_capacity(rows, 0),
            line: UInt64Builder::with_capacity(rows),
            ordinal: UInt64Builder::with_capacity(rows),
            kept: (0..kept).map(|_| texts(8)).collect(),
        }
    }

    /// Adds a response, the `ordinal`th row of its file, on line `line`.
    pub(in crate::ingest) fn append(
        &mut self,
        response: &Response<'_>,
        response_id: &str,
        line: u64,
        ordinal: u64,
    ) {
        let micros = |moment: &Option<exports::dates::Moment>| moment.map(|moment| moment.micros);
        self.response_id.append_value(response_id);
        self.survey.append_value(&response.survey);
        self.metric.append_value(response.metric);
        self.respondent
            .append_option(response.respondent.as_deref());
        self.account.append_option(response.account.as_deref());
        self.score.append_option(response.score);
        self.rating.append_option(response.rating);
        self.rating_max.append_option(response.rating_max);
        self.responded_at
            .append_option(micros(&response.responded_at));
        self.sent_at.append_option(micros(&response.sent_at));
        self.updated_at.append_option(micros(&response.updated_at));
        self.comment.append_option(response.comment.as_deref());
        self.consent.append_value(response.consent);
        self.known_respondent
            .append_option(response.known_respondent);
        let sealed = response.sealed.as_ref();
        self.sealed_fields
            .append_option(sealed.map(|sealed| &sealed.fields));
        self.sealed
            .append_option(sealed.map(|sealed| &sealed.person));
        self.line.append_value(line);
        self.ordinal.append_value(ordinal);
        for (builder, cell) in self.kept.iter_mut().zip(&response.kept) {
            builder.append_option(cell.as_deref());
        }
    }

    pub(in crate::ingest) fn finish(mut self) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.response_id.finish()),
            Arc::new(self.survey.finish()),
            Arc::new(self.metric.finish()),
            Arc::new(self.respondent.finish()),
            Arc::new(self.account.finish()),
            Arc::new(self.score.finish()),
            Arc::new(self.rating.finish()),
            Arc::new(self.rating_max.finish()),
            Arc::new(self.responded_at.finish()),
            Arc::new(self.sent_at.finish()),
            Arc::new(self.updated_at.finish()),
            Arc::new(self.comment.finish()),
            Arc::new(self.consent.finish()),
            Arc::new(self.known_respondent.finish()),
            Arc::new(self.sealed_fields.finish()),
            Arc::new(self.sealed.finish()),
            Arc::new(self.line.finish()),
            Arc::new(self.ordinal.finish()),
        ];
        for kept in &mut self.kept {
            columns.push(ArrayBuilder::finish(kept));
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        Ok(batch.map_err(DataFusionError::from)?)
    }
}
