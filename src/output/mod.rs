//! Results on their way out: a stream of Arrow record batches becomes a table for a person or one
//! of the formats that other programs read.
//!
//! The module knows record batches and nothing else of Voxql. Every format but the table streams:
//! memory is bounded by one batch (for Parquet by one row group), whatever the size of the result.
//!
//! A result without columns, which is what DDL returns, prints nothing in any format.

mod chart;
mod delimited;
mod expanded;
mod file;
mod json;
mod markdown;
mod parquet;
mod style;
mod table;
mod text;
mod value;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::ValueEnum;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::parquet::errors::ParquetError;
use futures::TryStreamExt;

pub(crate) use chart::ROWS_MAX as CHART_ROWS_MAX;
pub(crate) use file::AtomicFile;
pub(crate) use markdown::{append_markdown, escape_markdown};
pub(crate) use style::{Expanded, Style, terminal_size};
pub(crate) use text::{cut, cut_start, fill, visible};

/// Bytes gathered before a write reaches the sink; standard output would otherwise be written
/// line by line.
const BUFFER_BYTES: usize = 64 * 1024;

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Format {
    /// A table for a person to read, fitted to the terminal
    Table,
    /// Comma-separated values (RFC 4180); NULL is an empty field, the empty string is ""
    Csv,
    /// Tab-separated values as PostgreSQL's COPY writes them; NULL is \N
    Tsv,
    /// One array of objects
    Json,
    /// One JSON object a line
    #[value(alias = "jsonl")]
    Ndjson,
    /// A Markdown table
    #[value(alias = "md")]
    Markdown,
    /// Apache Parquet, compressed with zstd
    Parquet,
    /// A chart in the terminal: lines over a time column, bars over a category
    Chart,
}

impl Format {
    /// The format that a file's extension names, in upper or lower case; `None` when it names none.
    pub(crate) fn from_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "txt" => Some(Self::Table),
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "md" => Some(Self::Markdown),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// Whether the results of several statements can follow one another in one file.
    pub(crate) fn can_follow(self) -> bool {
        matches!(
            self,
            Self::Table | Self::Chart | Self::Markdown | Self::Ndjson
        )
    }

    /// What stands between two results that follow one another: two Markdown tables without a line
    /// between them are one.
    pub(crate) fn separator(self) -> &'static str {
        match self {
            Self::Markdown => "\n",
            _ => "",
        }
    }

    /// Whether the bytes are no text, so that a terminal must not be their destination.
    pub(crate) fn is_binary(self) -> bool {
        self == Self::Parquet
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no variant is skipped");
        f.write_str(value.get_name())
    }
}

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// The sink failed: a full disk, a closed pipe.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The query failed while its rows were being read; nothing is wrong with the output.
    #[error(transparent)]
    Query(#[from] DataFusionError),
    /// The format has no way to say a type or a value, for example an interval in Parquet.
    #[error("the result cannot be written in this format: {0}")]
    Encode(#[source] Box<dyn Error + Send + Sync>),
    /// The result is none that a chart can be drawn of.
    #[error("{message}")]
    Chart {
        /// What it lacks.
        message: String,
        /// What to select instead.
        hint: String,
    },
}

/// Encoders write to the sink themselves and hand back its errors in their own wrapping.
impl From<ArrowError> for OutputError {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Io(error),
            error => Self::Encode(error.into()),
        }
    }
}

impl From<ParquetError> for OutputError {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::Io(*error),
                Err(error) => Self::Encode(error),
            },
            error => Self::Encode(error.into()),
        }
    }
}

/// One format at work on one result.
trait ResultWriter {
    /// Writes the rows of `batch`.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError>;

    /// Writes what follows the last row. Called once.
    fn finish(&mut self) -> Result<(), OutputError>;
}

/// Writes the whole of `stream` to `sink`, flushes it and returns the number of rows in the result.
///
/// `style` is how the formats for a person look; the other formats ignore it. A table shows at most
/// [`Style::rows_max`] rows and says in its footer how many there are.
///
/// Call it once a result: JSON arrays and tables may follow one another in one sink, Parquet files
/// may not.
///
/// Nothing is written when the query fails before its first batch. A later failure leaves what was
/// written so far in the sink; give it an [`AtomicFile`] where that matters.
pub(crate) async fn write_stream(
    mut stream: SendableRecordBatchStream,
    format: Format,
    style: &Style,
    sink: &mut (dyn Write + Send),
) -> Result<usize, OutputError> {
    let schema = stream.schema();
    let mut rows = 0;
    if schema.fields().is_empty() {
        while let Some(batch) = stream.try_next().await? {
            rows += batch.num_rows();
        }
        return Ok(rows);
    }

    let mut sink = BufWriter::with_capacity(BUFFER_BYTES, sink);
    let mut next = stream.try_next().await?;
    {
        let mut writer = start(format, style, schema, &mut sink)?;
        while let Some(batch) = next {
            rows += batch.num_rows();
            writer.write(&batch)?;
            next = stream.try_next().await?;
        }
        writer.finish()?;
    }
    sink.flush()?;
    Ok(rows)
}

/// A writer for `format`, its header (if it has one) written.
fn start<'a, W: Write + Send + 'a>(
    format: Format,
    style: &Style,
    schema: SchemaRef,
    sink: W,
) -> Result<Box<dyn ResultWriter + Send + 'a>, OutputError> {
    Ok(match format {
        Format::Table => Box::new(table::TableWriter::new(sink, schema, style)),
        Format::Chart => Box::new(chart::ChartWriter::new(sink, schema, style)),
        Format::Csv => Box::new(delimited::DelimitedWriter::csv(sink, &schema)?),
        Format::Tsv => Box::new(delimited::DelimitedWriter::tsv(sink, &schema)?),
        Format::Json => Box::new(json::JsonWriter::array(sink, &schema)),
        Format::Ndjson => Box::new(json::JsonWriter::lines(sink, &schema)),
        Format::Markdown => Box::new(markdown::MarkdownWriter::new(sink, &schema, style)?),
        Format::Parquet => Box::new(parquet::ParquetWriter::new(sink, &schema)?),
    })
}

/// `schema` with every column name distinct: the second `score` becomes `score_2`, and so on past
/// names that are taken.
///
/// A join can return two columns of one name. Where names are keys (JSON, Parquet) most readers
/// would silently keep one of the two.
fn with_distinct_names(schema: &Schema) -> SchemaRef {
    let given: HashSet<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut used: HashSet<String> = HashSet::new();
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| {
            if used.insert(field.name().clone()) {
                return field.clone();
            }
            let name = (2..)
                .map(|n| format!("{}_{n}", field.name()))
                .find(|name| !given.contains(name.as_str()) && !used.contains(name))
                .expect("there are more numbers than columns");
            used.insert(name.clone());
            field.as_ref().clone().with_name(name).into()
        })
        .collect();
    Schema::new_with_metadata(fields, schema.metadata().clone()).into()
}
