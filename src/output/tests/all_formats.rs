//! Tests common to every format: empty results, hostile text, errors.

use std::io::{self, Write};
use std::sync::Arc;

use clap::ValueEnum;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::error::DataFusionError;

use super::super::{Format, OutputError, Style};
use super::{batch, bytes, sample, strings, style_with_width, table, text, try_write};

#[tokio::test]
async fn a_result_without_columns_prints_nothing() {
    for format in Format::value_variants() {
        let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
        assert!(
            bytes(&[none], *format, &style_with_width(Some(80)))
                .await
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_comment_cannot_control_the_terminal() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\u{9b}31m\u{202e}";
    let rows = batch([(hostile, strings([Some(hostile)]))]);
    for format in [Format::Table, Format::Markdown] {
        let text = text(&rows, format).await;
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        assert!(!text.contains('\u{202e}'), "{text}");
        assert!(text.contains("x1b]0;owned"), "{text}");
    }
    table(&rows, 20).await;
}

#[tokio::test]
async fn query_errors_differ_from_sink_errors() {
    let failure = || Err(DataFusionError::Execution("boom".to_owned()));
    let style = Style::default();
    for format in Format::value_variants() {
        let mut sink = Vec::new();
        let schema = sample().schema();
        let error = try_write(vec![failure()], schema.clone(), *format, &style, &mut sink)
            .await
            .unwrap_err();
        assert!(matches!(error, OutputError::Query(_)), "{error:?}");
        assert!(!is_broken_pipe(&error));
        assert!(sink.is_empty(), "{format} wrote before the first batch");
        let late = vec![Ok(sample()), failure()];
        let error = try_write(late, schema, *format, &style, &mut sink).await;
        assert!(matches!(error, Err(OutputError::Query(_))), "{error:?}");
    }
}

/// A pipe whose reader closes it after `left` bytes.
struct ClosingPipe {
    left: usize,
}

impl Write for ClosingPipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let written = bytes.len().min(self.left);
        self.left -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_closed_pipe_is_recognised_in_every_format() {
    // Longer than every buffer between an encoder and the sink, so that encoders see the error too.
    let long = "x".repeat(1 << 20);
    let rows = batch([("comment", strings([Some(long.as_str())]))]);
    // A chart cannot draw it, and a cell of a workbook is not as long.
    let formats = Format::value_variants()
        .iter()
        .filter(|format| !matches!(format, Format::Chart | Format::Xlsx));
    for format in formats {
        for left in [0, 10] {
            let (style, mut pipe) = (Style::default(), ClosingPipe { left });
            let batches = vec![Ok(rows.clone())];
            let result = try_write(batches, rows.schema(), *format, &style, &mut pipe).await;
            let error = result.unwrap_err();
            assert!(is_broken_pipe(&error), "{format}: {error:?}");
        }
    }
}

fn is_broken_pipe(error: &OutputError) -> bool {
    matches!(error, OutputError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
}
