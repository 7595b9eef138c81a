//! The table `responses`, with what is counted of it.

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

/// A version of the responses, as one statement sees it.
#[derive(Clone, Debug)]
pub(in crate::query) struct Responses {
    scan: DeltaScan,
    rollup: Option<Arc<Rollup>>,
    /// Why an aggregate over it reads rows, for EXPLAIN.
    read_because: Arc<Mutex<Option<String>>>,
}

impl Responses {
    pub(in crate::query) fn new(scan: DeltaScan, rollup: Option<Arc<Rollup>>) -> Self {
        Self {
            scan,
            rollup,
            read_because: Arc::default(),
        }
    }

    pub(in crate::query) fn scan(&self) -> &DeltaScan {
        &self.scan
    }

    pub(in crate::query) fn rollup(&self) -> Option<&Rollup> {
        self.rollup.as_deref()
    }

    pub(in crate::query) fn read_because(&self, reason: String) {
        let mut known = self
            .read_because
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(reason);
    }

    pub(in crate::query) fn why_read(&self) -> String {
        let known = self
            .read_because
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known
            .clone()
            .unwrap_or_else(|| "it asks for rows, not for an aggregate of them".to_owned())
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
