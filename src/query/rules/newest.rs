//! The newest row of each group without a sort: the idiom
//! `row_number() OVER (PARTITION BY respondent ORDER BY responded_at DESC) = 1` becomes a hash
//! aggregate by `latest_by`, which keeps one row per group.
//!
//! `row_number` picks any of several rows that compare equal. The aggregate picks the greatest, so
//! that the result does not depend on the order in which rows are read.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::alias::AliasGenerator;
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ExprSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::functions::core::expr_fn::{get_field, named_struct};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::WindowFunctionParams;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr, ExprSchemable, Filter, LogicalPlan, Operator, Projection,
    SortExpr, Window, WindowFunctionDefinition, binary_expr, cast, lit, when,
};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion_functions_nps::expr_fn::latest_by;

/// Rewrites a filter for the first rows of a `row_number` window to an aggregate.
///
/// Runs after unused columns are pruned: the aggregate keeps all the others.
#[derive(Debug)]
pub(in crate::query) struct NewestByAggregate;

impl OptimizerRule for NewestByAggregate {
    fn name(&self) -> &str {
        "newest_by_aggregate"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Filter(filter) = &plan else {
            return Ok(Transformed::no(plan));
        };
        let rewritten = newest(filter, config.alias_generator()).transpose()?;
        Ok(rewritten.map_or_else(|| Transformed::no(plan), Transformed::yes))
    }
}

/// A plan with the rows and columns of `filter`, or `None` if the filter is not for the first rows or
/// `latest_by` does not support the order or a type.
fn newest(filter: &Filter, names: &AliasGenerator) -> Option<Result<LogicalPlan>> {
    let (window, outputs) = window_and_outputs(filter)?;
    let ranking = ranking(window)?;
    let rank = Column::from(
        window
            .schema
            .qualified_field(window.input.schema().fields().len()),
    );
    let (first, others): (Vec<&Expr>, Vec<&Expr>) = split_conjunction(&filter.predicate)
        .into_iter()
        .partition(|condition| {
            is_first_only(condition, |column| {
                let output = filter.input.schema().maybe_index_of_column(column);
                output.is_some_and(|index| outputs[index] == Expr::Column(rank.clone()))
            })
        });
    if first.is_empty() {
        return None;
    }
    let mut newest = Newest::new(ranking, &window.input, names)?;
    let mut columns = Vec::with_capacity(outputs.len());
    for (output, (qualifier, field)) in outputs.into_iter().zip(filter.input.schema().iter()) {
        let output = newest.restore(output, &rank)?;
        let metadata = FieldMetadata::new_from_field(field);
        columns.push(output.alias_qualified_with_metadata(
            qualifier.cloned(),
            field.name(),
            (!metadata.is_empty()).then_some(metadata),
        ));
    }
    Some(newest.into_plan()?.and_then(|newest| {
        let plan = LogicalPlan::Projection(Projection::try_new(columns, Arc::new(newest))?);
        Ok(match conjunction(others.into_iter().cloned()) {
            Some(predicate) => LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(plan))?),
            None => plan,
        })
    }))
}

/// The window directly below a filter, and the filter's input columns in terms of the window.
fn window_and_outputs(filter: &Filter) -> Option<(&Window, Vec<Expr>)> {
    match filter.input.as_ref() {
        LogicalPlan::Window(window) => {
            let columns = window.schema.iter().map(Column::from).map(Expr::Column);
            Some((window, columns.collect()))
        }
        LogicalPlan::Projection(projection) => {
            let LogicalPlan::Window(window) = projection.input.as_ref() else {
                return None;
            };
            let outputs = projection.expr.iter().cloned().map(Expr::unalias);
            Some((window, outputs.collect()))
        }
        _ => None,
    }
}

/// The keys and order of a window with `row_number` as its only function.
fn ranking(window: &Window) -> Option<&WindowFunctionParams> {
    let [expr] = window.window_expr.as_slice() else {
        return None;
    };
    let expr = match expr {
        Expr::Alias(alias) => alias.expr.as_ref(),
        expr => expr,
    };
    let Expr::WindowFunction(function) = expr else {
        return None;
    };
    let is_row_number = match &function.fun {
        WindowFunctionDefinition::WindowUDF(function) => *function == row_number_udwf(),
        WindowFunctionDefinition::AggregateUDF(_) => false,
    };
    (is_row_number && function.params.filter.is_none()).then_some(&function.params)
}

/// True if a condition is `rank = 1`, `rank <= 1` or `rank < 2`.
fn is_first_only(condition: &Expr, is_rank: impl Fn(&Column) -> bool) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else {
        return false;
    };
    let (column, op, bound) = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(bound, _)) => (column, Some(*op), bound),
        (Expr::Literal(bound, _), Expr::Column(column)) => (column, op.swap(), bound),
        _ => return false,
    };
    let Ok(ScalarValue::UInt64(bound)) = bound.cast_to(&DataType::UInt64) else {
        return false;
    };
    is_rank(column)
        && matches!(
            (op, bound),
            (Some(Operator::Eq | Operator::LtEq), Some(1)) | (Some(Operator::Lt), Some(2))
        )
}

/// A builder of the aggregate.
struct Newest<'a> {
    input: &'a Arc<LogicalPlan>,
    /// Each key, its GROUP BY expression, and its output column.
    keys: Vec<(Expr, Expr, Column)>,
    time: Expr,
    /// Fields of the struct kept for each group. Of rows with the same time the greatest struct is
    /// kept, so the first fields are the tie-breakers.
    fields: Vec<Expr>,
    /// Output column of the struct.
    newest: Column,
    /// `true` if the outputs contain more than the keys.
    is_needed: bool,
}

impl<'a> Newest<'a> {
    fn new(
        ranking: &WindowFunctionParams,
        input: &'a Arc<LogicalPlan>,
        names: &AliasGenerator,
    ) -> Option<Self> {
        let schema = input.schema();
        let order = ranking.order_by.iter().map(|sort| &sort.expr);
        let is_volatile = order.chain(&ranking.partition_by).any(Expr::is_volatile);
        // Without a key, an aggregate of no rows still has one.
        let has_key = ranking.partition_by.iter().any(Expr::any_column_refs);
        if is_volatile || !has_key {
            return None;
        }
        let mut keys: Vec<(Expr, Expr, Column)> = Vec::new();
        for key in &ranking.partition_by {
            let values = values(key.clone(), &key.get_type(schema).ok()?);
            // A window may distinguish numbers that GROUP BY does not: 0.0 and -0.0.
            let data_type = values.get_type(schema).ok()?;
            if data_type.is_nested() || data_type.is_floating() {
                return None;
            }
            if keys.iter().all(|(other, ..)| other != key) {
                let (group, column) = match values {
                    Expr::Column(column) => (Expr::Column(column.clone()), column),
                    other => {
                        let name = names.next("__key");
                        (other.alias(&name), Column::new_unqualified(name))
                    }
                };
                keys.push((key.clone(), group, column));
            }
        }
        let (time, fields) = time_and_ties(&ranking.order_by, schema)?;
        Some(Self {
            input,
            keys,
            time,
            fields,
            newest: Column::new_unqualified(names.next("__newest")),
            is_needed: false,
        })
    }

    /// Converts an expression over the window to one over the aggregate, where each rank is 1.
    fn restore(&mut self, expr: Expr, rank: &Column) -> Option<Expr> {
        let mut is_known = true;
        let restored = expr.transform(|expr| {
            let Expr::Column(column) = &expr else {
                return Ok(Transformed::no(expr));
            };
            if column == rank {
                return Ok(Transformed::yes(lit(1_u64)));
            }
            Ok(match self.restore_column(column) {
                // The columns of the result must not be restored again.
                Some(restored) => Transformed::new(restored, true, TreeNodeRecursion::Jump),
                None => {
                    is_known = false;
                    Transformed::no(expr)
                }
            })
        });
        Some(restored.ok().filter(|_| is_known)?.data)
    }

    fn restore_column(&mut self, column: &Column) -> Option<Expr> {
        let schema = self.input.schema();
        let field = schema.field_from_column(column).ok()?;
        let data_type = field.data_type();
        let expr = Expr::Column(column.clone());
        let values = values(expr.clone(), data_type);
        let is_encoded = values != expr;
        // A batch has more rows than such a dictionary can have keys.
        if let DataType::Dictionary(keys, _) = data_type
            && matches!(keys.as_ref(), DataType::Int8 | DataType::UInt8)
        {
            return None;
        }

        let key = self.keys.iter().find(|(key, ..)| *key == expr);
        let restored = if let Some((_, _, column)) = key {
            Expr::Column(column.clone())
        } else {
            self.is_needed = true;
            let index = self.fields.iter().position(|other| *other == values);
            let index = index.unwrap_or_else(|| {
                self.fields.push(values.clone());
                self.fields.len() - 1
            });
            let restored = get_field(Expr::Column(self.newest.clone()), field_name(index));
            if field.is_nullable() {
                restored
            } else {
                // By its type, a field of a struct is always nullable.
                let default = ScalarValue::new_default(&values.get_type(schema).ok()?).ok()?;
                let is_set = restored.clone().is_not_null();
                when(is_set, restored).otherwise(lit(default)).ok()?
            }
        };
        Some(if is_encoded {
            cast(restored, data_type.clone())
        } else {
            restored
        })
    }

    /// Returns the aggregate, or `None` if `latest_by` does not support one of the columns.
    fn into_plan(self) -> Option<Result<LogicalPlan>> {
        let mut aggregates = Vec::new();
        if self.is_needed {
            let fields = self.fields.into_iter().enumerate();
            let row = fields.flat_map(|(index, field)| [lit(field_name(index)), field]);
            let newest = latest_by(named_struct(row.collect()), self.time);
            newest.get_type(self.input.schema()).ok()?;
            aggregates.push(newest.alias(self.newest.name));
        }
        let keys = self.keys.into_iter().map(|(_, group, _)| group);
        let aggregate = Aggregate::try_new(Arc::clone(self.input), keys.collect(), aggregates);
        Some(aggregate.map(LogicalPlan::Aggregate))
    }
}

fn field_name(index: usize) -> String {
    format!("c{index}")
}

/// Decodes dictionaries: each batch may have its own, with keys too small for all values.
fn values(expr: Expr, data_type: &DataType) -> Expr {
    match data_type {
        DataType::Dictionary(_, values) if **values == DataType::Utf8 => {
            cast(expr, DataType::Utf8View)
        }
        DataType::Dictionary(_, values) => cast(expr, values.as_ref().clone()),
        _ => expr,
    }
}

/// Expressions that are greatest in the first row: the time, which is never NULL, and the
/// tie-breakers in order. `None` if the order cannot be expressed this way.
fn time_and_ties(order: &[SortExpr], schema: &DFSchema) -> Option<(Expr, Vec<Expr>)> {
    let (newest, further) = order.split_first()?;
    let mut time = descending(newest, schema)?;
    let mut ties = Vec::new();
    if time.nullable(schema).ok()? {
        let data_type = time.get_type(schema).ok()?;
        if !has_bounds(&data_type) {
            return None;
        }
        // NULL becomes one end of the range. A row whose time is that value ties with it, and the
        // first field decides between the two.
        let (is_first, bound) = if newest.nulls_first {
            (time.clone().is_null(), ScalarValue::max(&data_type))
        } else {
            (time.clone().is_not_null(), ScalarValue::min(&data_type))
        };
        let is_set = time.clone().is_not_null();
        time = when(is_set, time).otherwise(lit(bound?)).ok()?;
        ties.push(is_first);
    }
    for sort in further {
        let value = descending(sort, schema)?;
        // Inside a struct, NULL is the least value.
        if sort.nulls_first && value.nullable(schema).ok()? {
            ties.push(value.clone().is_null());
        }
        ties.push(value);
    }
    Some((time, ties))
}

/// The expression of an ORDER BY item, converted so that the greatest value comes first.
fn descending(sort: &SortExpr, schema: &DFSchema) -> Option<Expr> {
    let data_type = sort.expr.get_type(schema).ok()?;
    if data_type.is_nested() {
        None
    } else if !sort.asc {
        Some(values(sort.expr.clone(), &data_type))
    } else if has_bounds(&data_type) && !data_type.is_unsigned_integer() {
        // Flips all bits: unlike negation, this never overflows.
        Some(binary_expr(
            cast(sort.expr.clone(), DataType::Int64),
            Operator::BitwiseXor,
            lit(-1_i64),
        ))
    } else {
        None
    }
}

/// True if values of a type are whole numbers, with a least and a greatest one.
fn has_bounds(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(
            data_type,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Duration(_)
        )
}
