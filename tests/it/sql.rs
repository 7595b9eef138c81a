//! The SQL files in tests/sql, run against a lake of the sample exports.
//!
//! `UPDATE_SQL_TESTS=1 cargo test --test it sql::` rewrites the expected results.

use std::path::Path;

use async_trait::async_trait;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};
use voxql::{Error, IngestOptions, Lake};

use super::common::Workspace;

/// A lake of the three sample exports, with their segments, channels and countries.
pub(crate) async fn sample_lake(workspace: &Workspace) -> Lake {
    let lake = workspace.lake();
    // The rejects file is written next to the export, so the export is copied first.
    for (name, keep) in [
        ("responses.csv", ["segment", "channel", "country"]),
        (
            "antworten.csv",
            ["segment", "channel=Kanal", "country=Land"],
        ),
        ("delighted.ndjson", ["segment", "channel", "country"]),
    ] {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("sample_data")
            .join(name);
        let export = workspace.write(name, std::fs::read(sample).expect("a sample file"));
        let mut options = IngestOptions::default();
        options.keep = keep.map(Into::into).to_vec();
        lake.ingest(export, &options)
            .await
            .expect("a sample that can be imported");
    }
    lake
}

struct Session(Lake, SessionContext);

#[async_trait]
impl AsyncDB for Session {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Error> {
        let frame = self.0.sql(&self.1, sql).await?;
        let types = vec![DefaultColumnType::Any; frame.schema().fields().len()];
        let batches = frame.collect().await?;
        if types.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let options = FormatOptions::default().with_null("NULL");
        let mut rows = Vec::new();
        for batch in batches {
            let columns: Vec<ArrayFormatter<'_>> = batch
                .columns()
                .iter()
                .map(|column| ArrayFormatter::try_new(column, &options))
                .collect::<Result<_, _>>()
                .map_err(datafusion::error::DataFusionError::from)?;
            for row in 0..batch.num_rows() {
                let values = columns
                    .iter()
                    .map(|column| match column.value(row).to_string() {
                        empty if empty.is_empty() => "(empty)".to_owned(),
                        value => value,
                    });
                rows.push(values.collect());
            }
        }
        Ok(DBOutput::Rows { types, rows })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "voxql"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_files_have_the_expected_results() {
    let workspace = Workspace::new();
    let lake = sample_lake(&workspace).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("tests/sql")
        .map(|entry| entry.expect("an entry of tests/sql").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let mut runner = Runner::new(|| async { Ok(Session(lake.clone(), lake.session())) });
        if std::env::var_os("UPDATE_SQL_TESTS").is_some() {
            runner
                .update_test_file(
                    &file,
                    " ",
                    sqllogictest::default_validator,
                    sqllogictest::default_normalizer,
                    sqllogictest::default_column_validator,
                )
                .await
                .expect("a file that can be written");
        } else if let Err(error) = runner.run_file_async(&file).await {
            panic!("{error}");
        }
    }
}
