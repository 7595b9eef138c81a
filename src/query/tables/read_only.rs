//! Read-only Delta tables. Only imports write those of a lake.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{ScanArgs, ScanResult, Session, TableProvider};
use datafusion::common::DFSchemaRef;
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion::logical_expr::dml::{InsertOp, MergeIntoClause};
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use datafusion::physical_plan::{ExecutionPlan, Statistics};

use crate::error::Error;

/// A table without inserts, updates and deletes: what an import checks (scores, pseudonyms,
/// duplicates) must be true for every row.
#[derive(Debug)]
pub(in crate::query) struct ReadOnly(pub(in crate::query) Arc<dyn TableProvider>);

#[async_trait]
impl TableProvider for ReadOnly {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        self.0.table_type()
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        self.0.get_logical_plan()
    }

    fn get_table_definition(&self) -> Option<&str> {
        self.0.get_table_definition()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.scan(state, projection, filters, limit).await
    }

    async fn scan_with_args<'a>(
        &self,
        state: &dyn Session,
        args: ScanArgs<'a>,
    ) -> Result<ScanResult> {
        self.0.scan_with_args(state, args).await
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        self.0.supports_filters_pushdown(filters)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.0.statistics()
    }

    async fn insert_into(
        &self,
        _: &dyn Session,
        _: Arc<dyn ExecutionPlan>,
        _: InsertOp,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(not_insertable().into())
    }

    async fn delete_from(&self, _: &dyn Session, _: Vec<Expr>) -> Result<Arc<dyn ExecutionPlan>> {
        delete_refused()
    }

    async fn truncate(&self, _: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        delete_refused()
    }

    async fn update(
        &self,
        _: &dyn Session,
        _: Vec<(String, Expr)>,
        _: Vec<Expr>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        update_refused()
    }

    async fn merge_into(
        &self,
        _: &dyn Session,
        _: Arc<dyn ExecutionPlan>,
        _: DFSchemaRef,
        _: Expr,
        _: Vec<MergeIntoClause>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        update_refused()
    }
}

/// The error for rows that would be added.
pub(in crate::query) fn not_insertable() -> Error {
    Error::query("Delta tables are read-only in SQL, and those of a lake are written by imports")
        .with_hint("save the rows to a file and import it with voxql ingest")
}

fn delete_refused() -> Result<Arc<dyn ExecutionPlan>> {
    refused(
        "rows cannot be deleted: Delta tables are read-only in SQL",
        "exclude rows with WHERE, or define a view of the others: CREATE VIEW kept AS SELECT … FROM … \
         WHERE …",
    )
}

fn update_refused() -> Result<Arc<dyn ExecutionPlan>> {
    refused(
        "rows cannot be changed: Delta tables are read-only in SQL",
        "correct the responses in the survey tool and import its export with voxql ingest, which \
         replaces the edited ones",
    )
}

fn refused(message: &str, hint: &str) -> Result<Arc<dyn ExecutionPlan>> {
    Err(Error::query(message).with_hint(hint).into())
}
