//! The table `responses`, with its rollup.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use crate::lake::rollup::Rollup;
use crate::lake::scan::DeltaScan;

/// A version of the responses, as seen by one statement.
#[derive(Clone, Debug)]
pub(in crate::query) struct Responses {
    scan: DeltaScan,
    rollup: Option<Arc<Rollup>>,
    /// The reason why the statement reads rows instead of counts, for EXPLAIN.
    reason: Arc<Mutex<Option<String>>>,
}

impl Responses {
    pub(in crate::query) fn new(scan: DeltaScan, rollup: Option<Arc<Rollup>>) -> Self {
        Self {
            scan,
            rollup,
            reason: Arc::default(),
        }
    }

    pub(in crate::query) fn scan(&self) -> &DeltaScan {
        &self.scan
    }

    pub(in crate::query) fn rollup(&self) -> Option<&Rollup> {
        self.rollup.as_deref()
    }

    /// Notes why the rollup is not used; the first reason counts.
    pub(in crate::query) fn note_reason(&self, reason: String) {
        let mut first = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(reason);
    }

    pub(in crate::query) fn reason(&self) -> String {
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let default = || "it selects rows, not an aggregate of them".to_owned();
        reason.clone().unwrap_or_else(default)
    }
}

#[async_trait]
impl TableProvider for Responses {
    fn schema(&self) -> SchemaRef {
        self.scan.schema()
    }

    fn table_type(&self) -> TableType {
        self.scan.table_type()
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.scan.scan(session, projection, filters, limit).await
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        self.scan.supports_filters_pushdown(filters)
    }
}
