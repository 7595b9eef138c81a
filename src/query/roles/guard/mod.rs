//! What a role of the policy `aggregate` is answered: an aggregate of responses as one of groups of
//! enough respondents, and nothing else.
//!
//! [`shape`] says what may be asked, [`groups`] makes the answer of it, for which [`people`] counts
//! respondents. The tables of such a role cannot be read but through this: [`Guarded`] gives its
//! rows to nobody.

mod groups;
mod people;
mod shape;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::datasource::{TableType, source_as_provider};
use datafusion::error::Result;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, LogicalPlan, TableProviderFilterPushDown, TableScan,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::optimizer::analyzer::type_coercion::TypeCoercion;
use datafusion::physical_plan::ExecutionPlan;

use super::refusal::refused;
use crate::privacy::roles::Role;
use crate::query::rules::source::Source;

use groups::Question;
use shape::Shape;

/// A table or view of responses as a role of the policy `aggregate` has it.
#[derive(Debug)]
pub(in crate::query) struct Guarded {
    role: Arc<Role>,
    /// The columns that may be named.
    schema: SchemaRef,
    /// The rows, with all their columns.
    rows: LogicalPlan,
}

impl Guarded {
    pub(in crate::query) fn new(role: Arc<Role>, schema: SchemaRef, rows: LogicalPlan) -> Self {
        Self { role, schema, rows }
    }

    fn in_scan(scan: &TableScan) -> Option<Arc<dyn TableProvider>> {
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

    /// Whatever plan comes here has not gone through the guard.
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

/// The rule that puts answers in the place of aggregates. It runs when types have been settled, so
/// that it sees every conversion.
#[derive(Debug)]
pub(in crate::query) struct GroupsOnly {
    role: Arc<Role>,
}

impl GroupsOnly {
    pub(in crate::query) fn new(role: Arc<Role>) -> Self {
        Self { role }
    }

    /// The answer to an aggregate whose rows are responses.
    fn answer(&self, aggregate: &Aggregate) -> Result<LogicalPlan> {
        let role = &self.role;
        let mut table = None;
        let source = Source::of(&aggregate.input, &mut |scan| {
            table = table.take().or_else(|| Guarded::in_scan(scan));
            table.is_some()
        })
        .map_err(|why| {
            refused(
                role,
                format!("{why}, below the aggregate"),
                "aggregate the responses themselves, with WHERE and GROUP BY; joins, windows and \
                 LIMIT can stand outside, around the groups",
            )
        })?;
        let table = table
            .as_ref()
            .and_then(|table| table.downcast_ref::<Guarded>());
        let table = table.ok_or_else(|| no_rows(role))?;
        let schema = Arc::new(DFSchema::try_from(Arc::clone(&table.schema))?);
        let shape = Shape::new(role, schema);
        let resolve = |expr: &Expr| -> Result<Expr> {
            let resolved = source.resolve(expr);
            shape.simplified(resolved.map_err(|why| shape.refused_because(why))?)
        };

        let mut question = Question::new(table.rows.clone(), role);
        for filter in &source.filters {
            // A filter of the source is over the table's columns already.
            let filter = shape.simplified(filter.clone())?;
            question.filters.extend(split_conjunction_owned(filter));
        }
        for key in &aggregate.group_expr {
            if matches!(key, Expr::GroupingSet(_)) {
                return Err(refused(
                    role,
                    "subtotals (ROLLUP, CUBE, GROUPING SETS) would give small groups away",
                    "ask for one GROUP BY a statement",
                ));
            }
            question.keys.push(resolve(key)?);
        }
        for call in &aggregate.aggr_expr {
            let (call, measure) = shape.call(call, resolve)?;
            question.calls.push(call);
            question.measures.extend(measure);
        }
        for condition in question.filters.iter().chain(&question.keys) {
            shape.condition(condition, &question.measures)?;
        }
        question.answer(&aggregate.schema)
    }
}

impl AnalyzerRule for GroupsOnly {
    fn name(&self) -> &str {
        "groups_only"
    }

    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let mut asked: Option<Aggregate> = None;
        let answered = plan.transform_down_with_subqueries(|node| {
            let aggregate = match &node {
                LogicalPlan::Aggregate(aggregate) if reads_rows(&aggregate.input) => {
                    aggregate.clone()
                }
                // The values of a column are groups without a measure.
                LogicalPlan::Distinct(Distinct::All(input)) if reads_rows(input) => {
                    let columns = input.schema().columns().into_iter().map(Expr::Column);
                    Aggregate::try_new(Arc::clone(input), columns.collect(), Vec::new())?
                }
                LogicalPlan::TableScan(scan) if Guarded::in_scan(scan).is_some() => {
                    return Err(no_rows(&self.role));
                }
                _ => return Ok(Transformed::no(node)),
            };
            // The difference of two aggregates could be of one person.
            if asked.as_ref().is_some_and(|asked| *asked != aggregate) {
                return Err(refused(
                    &self.role,
                    "a statement holds one aggregate of responses",
                    "name it once, WITH groups AS (SELECT … GROUP BY …), or ask in two statements",
                ));
            }
            let answer = self.answer(&aggregate)?;
            asked = Some(aggregate);
            Ok(Transformed::new(answer, true, TreeNodeRecursion::Jump))
        })?;
        if !answered.transformed {
            return Ok(answered.data);
        }
        // Keys can be NULL now where they could not be, and what is above has to know.
        let known = answered
            .data
            .transform_up_with_subqueries(|node| node.recompute_schema().map(Transformed::yes))?;
        TypeCoercion::new().analyze(known.data, config)
    }
}

/// Whether a plan gives rows of responses, or what is made of single ones.
fn reads_rows(plan: &LogicalPlan) -> bool {
    let mut reads = false;
    // What is aggregated below is looked at by itself.
    let _ = plan.apply(|node| {
        Ok(match node {
            LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(Distinct::All(_)) => {
                TreeNodeRecursion::Jump
            }
            LogicalPlan::TableScan(scan) if Guarded::in_scan(scan).is_some() => {
                reads = true;
                TreeNodeRecursion::Stop
            }
            _ => TreeNodeRecursion::Continue,
        })
    });
    reads
}

fn no_rows(role: &Role) -> datafusion::error::DataFusionError {
    let size = role.min_group_size().unwrap_or_default();
    refused(
        role,
        format!("rows are not shown, but groups of at least {size} respondents"),
        "aggregate them, such as: SELECT survey, nps(score) FROM responses GROUP BY survey",
    )
}
