//! Queries of roles with the policy `aggregate`: aggregates over groups of enough respondents, and
//! nothing else.
//!
//! [`shape`] and [`measure`] check the aggregate, [`groups`] plans it, and [`people`] counts its respondents. The
//! tables of such a role can be read only this way: [`Guarded`] never returns its rows.

mod groups;
mod measure;
mod people;
mod shape;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::datasource::{TableType, source_as_provider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, LogicalPlan, TableProviderFilterPushDown, TableScan,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::optimizer::analyzer::type_coercion::TypeCoercion;
use datafusion::physical_plan::ExecutionPlan;

use super::refusal::{RefusedPlan, refused};
use crate::lake::zone::Zone;
use crate::privacy::roles::Role;
use crate::query::rules::source::Source;

pub(super) use shape::{PERSONAL, SCORE};

use groups::GroupQuery;
use shape::Shape;

/// A table or view of responses for a role with the policy `aggregate`.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) role: Arc<Role>,
    /// Columns that the role can use.
    pub(super) schema: SchemaRef,
    /// Rows with all columns.
    pub(super) rows: LogicalPlan,
    /// Columns that can be in conditions and keys.
    pub(super) dimensions: BTreeSet<String>,
    /// The zone of the lake's days.
    pub(super) zone: Zone,
}

impl Guarded {
    fn from_scan(scan: &TableScan) -> Option<Arc<dyn TableProvider>> {
        let provider = source_as_provider(&scan.source).ok()?;
        provider.is::<Self>().then_some(provider)
    }
}

#[async_trait]
impl TableProvider for Guarded {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![
            TableProviderFilterPushDown::Unsupported;
            filters.len()
        ])
    }

    /// Fails: a plan that scans this table has bypassed the guard.
    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(no_rows(&self.role))
    }
}

/// The rule that replaces aggregates by guarded ones. It runs after type coercion, so that it sees
/// every cast.
#[derive(Debug)]
pub(super) struct GroupsOnly(pub(super) Arc<Role>);

impl GroupsOnly {
    /// Returns the guarded form of an aggregate over responses.
    fn guard(&self, aggregate: &Aggregate) -> Result<LogicalPlan> {
        let role = &self.0;
        let mut table = None;
        let source = Source::new(&aggregate.input, &mut |scan| {
            table = table.take().or_else(|| Guarded::from_scan(scan));
            table.is_some()
        })
        .map_err(|why| {
            refused(
                role,
                format!("below the aggregate, {why}"),
                "aggregate the responses directly, with WHERE and GROUP BY; use joins, windows and \
                 LIMIT on the groups, outside the aggregate",
            )
        })?;
        let table = table
            .as_ref()
            .and_then(|table| table.downcast_ref::<Guarded>());
        let table = table.ok_or_else(|| no_rows(role))?;
        let schema = Arc::new(DFSchema::try_from(Arc::clone(&table.schema))?);
        let zone = table.zone;
        let shape = Shape {
            role,
            schema,
            dimensions: &table.dimensions,
            zone,
        };
        let resolve = |expr: &Expr| -> Result<Expr> {
            let resolved = source.resolve(expr);
            shape.simplify(resolved.map_err(|why| shape.refuse(why))?)
        };

        let mut query = GroupQuery::new(table.rows.clone(), role);
        for filter in &source.filters {
            // Filters of the source are already over the table's columns.
            let filter = shape.simplify(filter.clone())?;
            query.filters.extend(split_conjunction_owned(filter));
        }
        for key in &aggregate.group_expr {
            if matches!(key, Expr::GroupingSet(_)) {
                return Err(refused(
                    role,
                    "subtotals (ROLLUP, CUBE, GROUPING SETS) would reveal small groups",
                    "use one GROUP BY per statement",
                ));
            }
            query.keys.push(resolve(key)?);
        }
        for call in &aggregate.aggr_expr {
            if !query.add(shape.call(call, resolve)?) {
                return Err(refused(
                    role,
                    "a statement can compare only two samples, and these differ by a few responses",
                    "use one condition for nps_compare, and another statement for another",
                ));
            }
        }
        for condition in &query.filters {
            shape.check_condition(condition, query.measures())?;
        }
        for key in &query.keys {
            shape.check_key(key)?;
        }
        shape.check_keys_together(&query.keys, query.measures())?;
        query.into_plan(&aggregate.schema)
    }
}

impl AnalyzerRule for GroupsOnly {
    fn name(&self) -> &str {
        "groups_only"
    }

    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        match self.guard_all(plan.clone(), config) {
            Ok(guarded) => Ok(guarded),
            Err(error) => RefusedPlan::try_new(error, &plan),
        }
    }
}

impl GroupsOnly {
    /// Returns a plan with its aggregates guarded.
    ///
    /// # Errors
    /// Returns an error if the plan reads rows in any other way.
    fn guard_all(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let mut first: Option<Aggregate> = None;
        let guarded = plan.transform_down_with_subqueries(|node| {
            let aggregate = match &node {
                LogicalPlan::Aggregate(aggregate) if reads_rows(&aggregate.input) => {
                    aggregate.clone()
                }
                // The values of a column are groups without a measure.
                LogicalPlan::Distinct(Distinct::All(input)) if reads_rows(input) => {
                    let columns = input.schema().columns().into_iter().map(Expr::Column);
                    Aggregate::try_new(Arc::clone(input), columns.collect(), Vec::new())?
                }
                LogicalPlan::TableScan(scan) if Guarded::from_scan(scan).is_some() => {
                    return Err(no_rows(&self.0));
                }
                _ => return Ok(Transformed::no(node)),
            };
            // The difference of two aggregates could describe one person.
            if first.as_ref().is_some_and(|first| *first != aggregate) {
                return Err(refused(
                    &self.0,
                    "a statement can contain only one aggregate of responses",
                    "define it once, WITH groups AS (SELECT … GROUP BY …), or use two statements",
                ));
            }
            let plan = self.guard(&aggregate)?;
            first = Some(aggregate);
            Ok(Transformed::new(plan, true, TreeNodeRecursion::Jump))
        })?;
        if !guarded.transformed {
            return Ok(guarded.data);
        }
        // Keys are now nullable, which changes the schemas above.
        let updated = guarded
            .data
            .transform_up_with_subqueries(|node| node.recompute_schema().map(Transformed::yes))?;
        TypeCoercion::new().analyze(updated.data, config)
    }
}

/// True if a plan returns rows of responses, or values computed from single rows.
fn reads_rows(plan: &LogicalPlan) -> bool {
    let mut reads = false;
    // Aggregates below are checked separately.
    let _ = plan.apply(|node| {
        Ok(match node {
            LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(Distinct::All(_)) => {
                TreeNodeRecursion::Jump
            }
            LogicalPlan::TableScan(scan) if Guarded::from_scan(scan).is_some() => {
                reads = true;
                TreeNodeRecursion::Stop
            }
            _ => TreeNodeRecursion::Continue,
        })
    });
    reads
}

fn no_rows(role: &Role) -> DataFusionError {
    let size = role.min_group_size().unwrap_or_default();
    refused(
        role,
        format!("rows are hidden; only groups of at least {size} respondents are shown"),
        "aggregate the rows, such as: SELECT survey, nps(score) FROM responses GROUP BY survey",
    )
}
