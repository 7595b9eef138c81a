//! What there is: tables, their columns, functions, and what these do.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;

use super::commands;
use super::functions::functions;
use super::session::{Session, text_width};
use crate::failure::Failure;
use crate::statement::execute;
use crate::statement::explain::nearest;
use crate::statement::params::Params;
use crate::statement::parse::parse;

impl Session {
    /// The tables, or those whose name fits a pattern such as `resp*`.
    pub(super) async fn list_tables(&self, pattern: &str) -> Result<(), Failure> {
        let pattern = pattern.to_lowercase().replace('*', "%").replace('\'', "''");
        let like = if pattern.is_empty() { "%" } else { &pattern };
        let sql = format!(
            "SELECT table_name, table_type FROM information_schema.tables \
             WHERE table_schema <> 'information_schema' AND lower(table_name) LIKE '{like}' \
             ORDER BY table_name"
        );
        self.show_rows_of(&sql).await
    }

    /// The columns of a table or a file; of a pattern, the tables.
    pub(super) async fn describe(&self, table: &str) -> Result<(), Failure> {
        if table.contains(['*', '%']) {
            return self.list_tables(table).await;
        }
        // A path is a table when it stands in quotes.
        let is_path = table.contains(['/', '.', ' ']) && !table.starts_with(['\'', '"']);
        let path = super::target::path_of(table);
        let quoted = format!("'{}'", path.display().to_string().replace('\'', "''"));
        let is_name = table
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        let table = match is_path && path.exists() {
            true => &quoted,
            false if is_path && !is_name => return Err(no_file(table)),
            false => table,
        };
        let described = self.show_rows_of(&format!("DESCRIBE {table}")).await;
        // Nobody typed the statement that the place is in.
        described.map_err(Failure::without_excerpt)
    }

    /// The functions, or those whose name has the pattern in it.
    pub(super) async fn list_functions(&self, pattern: &str) -> Result<(), Failure> {
        let wanted = pattern.trim_matches('*').to_lowercase();
        let functions = functions(&self.context);
        let fitting = functions.iter().filter(|(name, _)| name.contains(&wanted));
        let (mut signatures, mut kinds, mut summaries) = (Vec::new(), Vec::new(), Vec::new());
        for (name, function) in fitting {
            signatures.push(function.signature(name));
            kinds.push(function.kind);
            summaries.push(function.summary());
        }
        let rows = RecordBatch::try_from_iter([
            (
                "function",
                Arc::new(StringArray::from(signatures)) as ArrayRef,
            ),
            ("kind", Arc::new(StringArray::from(kinds))),
            ("does", Arc::new(StringArray::from(summaries))),
        ]);
        let rows = rows.map_err(|error| Failure::output("", error.into()))?;
        self.show_batch(rows).await
    }

    /// The roles, and what each sees.
    pub(super) async fn list_roles(&self) -> Result<(), Failure> {
        self.show_batch(self.whose.list().await?).await
    }

    async fn show_batch(&self, rows: RecordBatch) -> Result<(), Failure> {
        let schema = rows.schema();
        let rows = stream::iter([Ok::<_, DataFusionError>(rows)]);
        let stream: SendableRecordBatchStream =
            Box::pin(RecordBatchStreamAdapter::new(schema, rows));
        self.show_rows(stream, self.settings.format).await
    }

    /// The documentation of a function, or what a command does.
    pub(super) fn help(&self, name: &str) -> Result<String, Failure> {
        let name = name.trim_end_matches("()").to_lowercase();
        let functions = functions(&self.context);
        if let Some(function) = functions.get(&name) {
            return Ok(function.help(&name, text_width()));
        }
        if let Some(line) = commands::help_of(name.trim_start_matches('\\')) {
            return Ok(line);
        }
        let names: Vec<String> = functions.into_keys().collect();
        Err(Failure::usage(
            format!("there is no function {name}"),
            match nearest(&name, &names) {
                Some(near) => format!("did you mean {near}? \\df lists them all"),
                None => "\\df lists them all".to_owned(),
            },
        ))
    }

    /// Shows what a query of the shell itself gives. It is no result: no file and no chart takes it.
    async fn show_rows_of(&self, sql: &str) -> Result<(), Failure> {
        for parsed in &parse("", sql, 1)? {
            let params = Params::from_shell(&[], std::iter::empty())?;
            let running = execute::start(&self.context, parsed, &params, || Ok(())).await?;
            self.show_rows(running.stream, self.settings.format).await?;
        }
        Ok(())
    }
}

fn no_file(path: &str) -> Failure {
    Failure::usage(
        format!("there is no table or file {path}"),
        "\\d lists the tables; Tab completes files",
    )
}
