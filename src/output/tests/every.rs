//! What holds in every format: nothing to print, hostile text, errors.

use std::io::{self, Write};
use std::sync::Arc;

use clap::ValueEnum;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::error::DataFusionError;

use super::super::{Format, OutputError, Style};
use super::{batch, bytes, sample, strings, table, text, try_text};

#[tokio::test]
async fn a_result_without_columns_prints_nothing() {
    for format in Format::value_variants() {
        let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
        assert!(bytes(&[none], *format, Some(80)).await.is_empty());
    }
}

#[tokio::test]
async fn a_comment_cannot_drive_the_terminal() {
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
async fn a_failing_query_is_told_from_a_failing_sink() {
    let failure = || Err(DataFusionError::Execution("boom".to_owned()));
    let style = Style::default();
    for format in Format::value_variants() {
        let mut sink = Vec::new();
        let schema = sample().schema();
        let error = try_text(vec![failure()], schema.clone(), *format, &style, &mut sink)
            .await
            .unwrap_err();
        assert!(matches!(error, OutputError::Query(_)), "{error:?}");
        assert!(!is_broken_pipe(&error));
        assert!(sink.is_empty(), "{format} wrote before the first batch");
        let late = vec![Ok(sample()), failure()];
        let error = try_text(late, schema, *format, &style, &mut sink).await;
        assert!(matches!(error, Err(OutputError::Query(_))), "{error:?}");
    }
}

/// A pipe whose reader leaves after `left` bytes.
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
    // Past every buffer between an encoder and the sink, so that encoders meet the error too.
    let long = "x".repeat(1 << 20);
    let rows = batch([("comment", strings([Some(long.as_str())]))]);
    // There is nothing in it to draw.
    let formats = Format::value_variants()
        .iter()
        .filter(|format| **format != Format::Chart);
    for format in formats {
        for left in [0, 10] {
            let error = try_text(
                vec![Ok(rows.clone())],
                rows.schema(),
                *format,
                &Style::default(),
                &mut ClosingPipe { left },
            )
            .await
            .unwrap_err();
            assert!(is_broken_pipe(&error), "{format}: {error:?}");
        }
    }
}

fn is_broken_pipe(error: &OutputError) -> bool {
    matches!(error, OutputError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
}
