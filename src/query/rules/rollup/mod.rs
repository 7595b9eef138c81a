//! Answers from counts: an aggregate over responses that reads only columns of the rollup is computed
//! from the rollup, exactly, with the number of responses as weight.

mod aggregates;
mod columns;
mod explain;
mod options;
mod scans;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result, internal_err};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::expr::GroupingSet;
use datafusion::logical_expr::{
    Aggregate, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, ident, lit,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::source::{Answered, Source};
use crate::lake::rollup::{COUNT, DAY, KEPT, Rollup};
use crate::lake::scan::DeltaScan;
use crate::lake::schema::{RESPONSES, ROLLUP};
use crate::lake::upgrade;
use crate::query::tables::responses::Responses;

pub(in crate::query) use explain::ExplainsRollup;
pub(in crate::query) use options::RollupOptions;

use aggregates::Weighted;
use columns::Columns;
use scans::{responses_in, responses_of};

/// The optimizer rule. It notes in the table why an aggregate is not answered from counts.
#[derive(Debug)]
pub(in crate::query) struct AnswerFromCounts;

impl OptimizerRule for AnswerFromCounts {
    fn name(&self) -> &str {
        "answer_from_counts"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else {
            return Ok(Transformed::no(plan));
        };
        let Some(responses) = responses_in(&aggregate.input) else {
            return Ok(Transformed::no(plan));
        };
        let options = config.options();
        let settings = options.extensions.get::<RollupOptions>();
        if settings.is_some_and(|settings| !settings.rollup) {
            responses.note_reason("it is off (SET voxql.rollup = on)".to_owned());
            return Ok(Transformed::no(plan));
        }
        match from_counts(aggregate, &responses) {
            Ok(answer) => Ok(Transformed::yes(answer?)),
            Err(reason) => {
                tracing::debug!("not answered from counts: {reason}");
                responses.note_reason(reason);
                Ok(Transformed::no(plan))
            }
        }
    }
}

/// The aggregate, computed from counts.
fn from_counts(aggregate: &Aggregate, responses: &Responses) -> Answered<Result<LogicalPlan>> {
    let rollup = responses.rollup().ok_or("nothing is counted yet")?;
    let source = Source::new(&aggregate.input, &mut |scan| responses_of(scan).is_some())?;
    let mut columns = Columns::new(rollup, responses.scan().zone());
    let mut filters = Vec::new();
    for filter in &source.filters {
        filters.push(columns.convert(filter)?);
    }
    let mut groups = Vec::new();
    for group in &aggregate.group_expr {
        groups.push(match group {
            Expr::GroupingSet(sets) => {
                Expr::GroupingSet(convert_sets(sets, &source, &mut columns)?)
            }
            group => columns.convert(&source.resolve(group)?)?,
        });
    }
    let mut weighted = Weighted::default();
    let mut answers = Vec::new();
    for call in &aggregate.aggr_expr {
        answers.push(weighted.answer(call, &source, &mut columns)?);
    }
    let grain = rollup
        .coarsest(columns.dimensions(), columns.reads_days())
        .ok_or("an earlier version wrote it; the next import or voxql optimize updates it")?;
    let counted = counts(responses, rollup, grain, columns.dimensions());
    Ok(counted.and_then(|counted| {
        build(
            aggregate,
            counted,
            filters,
            groups,
            weighted.into_aggregates(),
            answers,
        )
    }))
}

fn convert_sets(
    sets: &GroupingSet,
    source: &Source,
    columns: &mut Columns<'_>,
) -> Answered<GroupingSet> {
    let mut convert = |group: &Vec<Expr>| -> Answered<Vec<Expr>> {
        group
            .iter()
            .map(|expr| columns.convert(&source.resolve(expr)?))
            .collect()
    };
    Ok(match sets {
        GroupingSet::Rollup(group) => GroupingSet::Rollup(convert(group)?),
        GroupingSet::Cube(group) => GroupingSet::Cube(convert(group)?),
        GroupingSet::GroupingSets(groups) => {
            GroupingSet::GroupingSets(groups.iter().map(&mut convert).collect::<Answered<_>>()?)
        }
    })
}

/// Rows of counts: from the rollup for counted files, from the responses for the others.
fn counts(
    responses: &Responses,
    rollup: &Rollup,
    grain: DeltaScan,
    dimensions: &BTreeSet<String>,
) -> Result<LogicalPlan> {
    let kept = KEPT
        .into_iter()
        .chain(dimensions.iter().map(String::as_str));
    let kept: Vec<Expr> = kept.map(ident).collect();

    let mut counted = LogicalPlanBuilder::scan(ROLLUP, provider_as_source(Arc::new(grain)), None)?;
    if let Some(live_files) = rollup.live_files_filter(responses.scan()) {
        counted = counted.filter(live_files)?;
    }
    let rollup_columns = kept.iter().cloned().chain([ident(DAY), ident(COUNT)]);
    let counted = counted.project(unqualified(rollup_columns))?;

    let uncounted = rollup.uncounted(responses.scan());
    if uncounted.files().is_empty() {
        return counted.alias(ROLLUP)?.build();
    }
    let day = upgrade::day(responses.scan());
    let row_columns = kept
        .into_iter()
        .chain([day.alias(DAY), lit(1_i64).alias(COUNT)]);
    let rows = LogicalPlanBuilder::scan(RESPONSES, provider_as_source(Arc::new(uncounted)), None)?
        .project(unqualified(row_columns))?
        .build()?;
    counted.union(rows)?.alias(ROLLUP)?.build()
}

/// The columns without their table qualifiers.
fn unqualified(columns: impl Iterator<Item = Expr>) -> Vec<Expr> {
    columns
        .map(|column| match column {
            Expr::Column(column) => {
                let name = column.name.clone();
                Expr::Column(column).alias(name)
            }
            other => other,
        })
        .collect()
}

/// The places of the keys in an aggregate, which has keys that are written twice only once. Grouping sets
/// are one expression of several keys.
fn places(groups: &[Expr], count: usize) -> Vec<usize> {
    if groups.len() != count {
        return (0..count).collect();
    }
    let mut unique: Vec<&Expr> = Vec::new();
    let place = |group| {
        let found = unique.iter().position(|other| *other == group);
        found.unwrap_or_else(|| {
            unique.push(group);
            unique.len() - 1
        })
    };
    groups.iter().map(place).collect()
}

/// Builds the aggregate, with its original columns and names.
fn build(
    aggregate: &Aggregate,
    counts: LogicalPlan,
    filters: Vec<Expr>,
    groups: Vec<Expr>,
    aggregates: Vec<Expr>,
    answers: Vec<Expr>,
) -> Result<LogicalPlan> {
    let mut plan = LogicalPlanBuilder::from(counts);
    for filter in filters {
        plan = plan.filter(filter)?;
    }
    let group_count = aggregate.schema.fields().len() - answers.len();
    let places = places(&groups, group_count);
    let plan = plan.aggregate(groups, aggregates)?.build()?;
    if plan.schema().fields().len() <= places.iter().copied().max().unwrap_or_default() {
        return internal_err!("an aggregate has lost its keys");
    }
    let groups = places
        .into_iter()
        .map(|index| Expr::Column(Column::from(plan.schema().qualified_field(index))));
    let outputs = groups.chain(answers).enumerate().map(|(index, output)| {
        let (qualifier, field) = aggregate.schema.qualified_field(index);
        let output = output.cast_to(field.data_type(), plan.schema())?;
        let name = Column::new(qualifier.cloned(), field.name());
        // A computed key may have its name already. DataFusion would carry an alias of the same
        // name through a projection beside the column itself, as two columns of one name.
        Ok(if output == Expr::Column(name.clone()) {
            output
        } else {
            output.alias_qualified(name.relation, name.name)
        })
    });
    let outputs = outputs.collect::<Result<Vec<Expr>>>()?;
    LogicalPlanBuilder::from(plan).project(outputs)?.build()
}
