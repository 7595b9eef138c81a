//! `\d`, `\df`, `\h` and `\role`: tables, columns, functions, help and roles.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;

use super::commands;
use super::functions::functions;
use super::session::{Session, text_width};
use super::target::expand_path;
use crate::error::Error;
use crate::failure::Failure;
use crate::query::Definitions;
use crate::query::syntax::replaced_functions;
use crate::statement::execute;
use crate::statement::explain::nearest;
use crate::statement::params::Params;
use crate::statement::parse::parse;

impl Session {
    /// Lists the tables, or those whose name matches a pattern such as `resp*`.
    pub(super) async fn list_tables(&self, pattern: &str) -> Result<(), Failure> {
        let pattern = pattern.to_lowercase().replace('*', "%").replace('\'', "''");
        let like = if pattern.is_empty() { "%" } else { &pattern };
        let sql = format!(
            "SELECT CASE table_schema WHEN 'public' THEN table_name \
                    ELSE table_schema || '.' || table_name END AS table_name, table_type \
             FROM information_schema.tables \
             WHERE table_schema <> 'information_schema' AND lower(table_name) LIKE '{like}' \
             ORDER BY table_name"
        );
        self.show_query(&sql).await
    }

    /// Lists the columns of a table or file, or the tables that match a pattern.
    pub(super) async fn describe(&self, table: &str) -> Result<(), Failure> {
        if table.contains(['*', '%']) {
            return self.list_tables(table).await;
        }
        // A path is a table in quotes.
        let is_path = table.contains(['/', '.', ' ']) && !table.starts_with(['\'', '"']);
        let path = expand_path(table);
        let mut chars = table.chars();
        let is_name = chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        let table = if is_path && path.exists() {
            format!("'{}'", path.display().to_string().replace('\'', "''"))
        } else if is_path && !is_name {
            return Err(Failure::usage(
                format!("table or file \"{table}\" does not exist"),
                "list the tables with \\d, or complete a file name with Tab",
            ));
        } else {
            table.to_owned()
        };
        let described = self.show_query(&format!("DESCRIBE {table}")).await;
        // The user did not type the statement that the excerpt shows.
        described.map_err(Failure::without_excerpt)
    }

    /// Lists the functions, or those whose name contains the pattern.
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
        let macros = self
            .macros()
            .await?
            .into_iter()
            .map(|texts| ("macro", texts));
        let replaced = replaced_functions()
            .into_iter()
            .map(|texts| ("alias", texts));
        for (kind, [name, signature, definition]) in macros.chain(replaced) {
            if name.contains(&wanted) {
                signatures.push(signature);
                kinds.push(kind);
                summaries.push(definition);
            }
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

    /// Name, signature and definition of each macro.
    async fn macros(&self) -> Result<Vec<[String; 3]>, Failure> {
        match Definitions::of(&self.context) {
            Some(definitions) => Ok(definitions.macros().await.map_err(Error::from)?),
            None => Ok(Vec::new()),
        }
    }

    /// Lists the roles and their settings.
    pub(super) async fn list_roles(&self) -> Result<(), Failure> {
        self.show_batch(self.role.list().await?).await
    }

    async fn show_batch(&self, rows: RecordBatch) -> Result<(), Failure> {
        let schema = rows.schema();
        let rows = stream::iter([Ok::<_, DataFusionError>(rows)]);
        let rows = Box::pin(RecordBatchStreamAdapter::new(schema, rows));
        self.show_rows(rows, self.settings.format).await
    }

    /// Returns the documentation of a function, or the help of a command.
    pub(super) async fn help(&self, name: &str) -> Result<String, Failure> {
        let name = name.trim_end_matches("()").to_lowercase();
        let functions = functions(&self.context);
        if let Some(function) = functions.get(&name) {
            return Ok(function.help(&name, text_width()));
        }
        for [macro_name, signature, definition] in self.macros().await? {
            if macro_name == name {
                return Ok(format!("{signature} AS {definition}"));
            }
        }
        let replaced = replaced_functions();
        if let Some([_, signature, meaning]) = replaced.iter().find(|[known, ..]| *known == name) {
            return Ok(format!("{signature} AS {meaning}"));
        }
        if let Some(line) = commands::help_for(name.trim_start_matches('\\')) {
            return Ok(line);
        }
        let names: Vec<String> = functions.into_keys().collect();
        Err(Failure::usage(
            format!("function \"{name}\" does not exist"),
            match nearest(&name, &names) {
                Some(near) => format!("did you mean {near}? \\df lists all functions"),
                None => "list all functions with \\df".to_owned(),
            },
        ))
    }

    /// Shows the rows of an internal query. They do not count as a result for `\o` and `\chart`.
    async fn show_query(&self, sql: &str) -> Result<(), Failure> {
        for parsed in &parse("", sql, 1)? {
            let params = Params::from_shell(&[], std::iter::empty())?;
            let running =
                execute::start(&self.threads, &self.context, parsed, &params, || Ok(())).await?;
            self.show_rows(running.stream, self.settings.format).await?;
        }
        Ok(())
    }
}
