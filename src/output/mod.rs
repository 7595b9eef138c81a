//! Output of results: a stream of Arrow record batches becomes a table for a person or one of the
//! formats that other programs read.
//!
//! The module depends on nothing else in Voxql. Every format but the table and the chart streams:
//! memory is bounded by one batch (for Parquet by one row group), regardless of the result's size.
//!
//! A result without columns, as DDL returns it, prints nothing in any format.

mod chart;
mod column;
mod delimited;
mod error;
mod expanded;
mod file;
mod format;
mod json;
mod markdown;
mod parquet;
mod style;
mod table;
mod text;
mod value;
mod writer;
mod xlsx;

#[cfg(test)]
mod tests;

use std::io::{BufWriter, Write};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;

pub(crate) use chart::ROWS_MAX as CHART_ROWS_MAX;
use delimited::{DelimitedWriter, Dialect};
pub(crate) use error::OutputError;
pub(crate) use file::AtomicFile;
pub(crate) use format::Format;
pub(crate) use markdown::{append_markdown, escape_markdown};
pub(crate) use style::{Expanded, Style, has_colours, terminal_size};
pub(crate) use text::{cut, cut_start, fill};
use writer::ResultWriter;

/// Bytes buffered before a write reaches the sink; standard output is otherwise written line by
/// line.
const BUFFER_BYTES: usize = 64 * 1024;

/// Writes all of `stream` to `sink`, flushes it and returns the number of rows in the result.
///
/// `style` applies to the formats for people only. A table shows at most [`Style::rows_max`] rows
/// and prints the total in its footer.
///
/// Nothing is written if the query fails before its first batch. A later failure leaves the output
/// so far in the sink; pass an [`AtomicFile`] where that matters.
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
            // A query may be faster than the output, and would never wait: the caller could not
            // cancel it.
            tokio::task::yield_now().await;
            next = stream.try_next().await?;
        }
        writer.finish()?;
    }
    sink.flush()?;
    Ok(rows)
}

/// Returns a writer for `format` after writing the header, if the format has one.
fn start<'a, W: Write + Send + 'a>(
    format: Format,
    style: &Style,
    schema: SchemaRef,
    sink: W,
) -> Result<Box<dyn ResultWriter + Send + 'a>, OutputError> {
    Ok(match format {
        Format::Table => Box::new(table::TableWriter::new(sink, schema, style)),
        Format::Chart => Box::new(chart::ChartWriter::new(sink, schema, style)),
        Format::Csv => Box::new(DelimitedWriter::new(sink, &schema, Dialect::Csv, style)?),
        Format::Tsv => Box::new(DelimitedWriter::new(sink, &schema, Dialect::Tsv, style)?),
        Format::Json => Box::new(json::ArrayWriter::new(sink, &schema, b"\n")),
        Format::Ndjson => Box::new(json::LinesWriter::new(sink, &schema, b"")),
        Format::Markdown => Box::new(markdown::MarkdownWriter::new(sink, &schema, style)?),
        Format::Parquet => Box::new(parquet::ParquetWriter::new(sink, &schema)?),
        Format::Xlsx => Box::new(xlsx::XlsxWriter::new(sink, &schema)?),
    })
}
