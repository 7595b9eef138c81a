//! The measures of the grammar in [`shape`](super::shape).

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions::expr_fn::trunc;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, ident, lit, when};
use datafusion_functions_nps::{Confidence, IntervalMethod};

use super::groups::Call;
use super::shape::{ANSWERS, SCORE, Shape, is_total};
use crate::lake::identities::RESPONDENT;
use crate::privacy::roles::Bounds;
use crate::query::roles::refusal::refused;

/// Aggregates of NPS scores with no other argument.
const SCORE_AGGREGATES: [&str; 6] = [
    "detractors",
    "nps",
    "nps_stats",
    "passives",
    "promoters",
    "score_histogram",
];

/// The measures, as a hint shows them.
const MEASURES: &str = "count(*), count(score), count(DISTINCT respondent), nps(score), \
     nps_stats(score), nps_ci(score, 0.95), nps_compare(score, month >= '2026-01'), \
     nps_samples(score, month >= '2026-01'), promoters(score), passives(score), detractors(score), score_histogram(score), csat(rating), \
     ces(rating), and sum and avg of score and of the measures in lake.toml";

impl Shape<'_> {
    /// Checks an aggregate call.
    pub(super) fn call(
        &self,
        call: &Expr,
        resolve: impl Fn(&Expr) -> Result<Expr>,
    ) -> Result<Call> {
        let Expr::AggregateFunction(call) = call.clone().unalias_nested().data else {
            return Err(self.refuse(format!("{} is not an aggregate", self.sql(call))));
        };
        let AggregateFunction { func, mut params } = call;
        let name = func.name();
        params.args = params.args.iter().map(resolve).collect::<Result<_>>()?;
        let clause = if params.filter.is_some() {
            Some("a condition in an aggregate (FILTER, PIVOT, count_if, arg_max)")
        } else if !params.order_by.is_empty() {
            Some("ORDER BY in an aggregate")
        } else {
            None
        };
        let is_people = matches!(
            params.args.as_slice(),
            [Expr::Column(column)] if column.name == RESPONDENT
        );
        if name == "count" && params.distinct && clause.is_none() && is_people {
            let call = Expr::AggregateFunction(AggregateFunction { func, params });
            return Ok(Call::of_column(call, RESPONDENT));
        }
        if let Some(clause) = clause.or(params.distinct.then_some("DISTINCT in an aggregate")) {
            return Err(refused(
                self.role,
                format!("{clause} is not allowed"),
                "put the condition into WHERE or GROUP BY; count(DISTINCT respondent) counts people",
            ));
        }
        let column = params
            .args
            .first()
            .and_then(|arg| self.measured_column(arg));
        let reads = |allowed: &[&str]| column.filter(|column| allowed.contains(column));
        let constants = params.args.get(1..).unwrap_or_default();
        let with_args = |args: Vec<Expr>| {
            let mut params = params.clone();
            params.args = args;
            Expr::AggregateFunction(AggregateFunction {
                func: Arc::clone(&func),
                params,
            })
        };
        let whole = || with_args(params.args.clone());
        match name {
            "count" => match (params.args.as_slice(), column) {
                ([Expr::Literal(..)], _) => Ok(Call::of_rows(whole())),
                ([_], Some(column)) if self.is_measurable(column) => {
                    Ok(Call::of_column(whole(), column))
                }
                _ => Err(self.not_a_measure(&whole())),
            },
            "sum" | "avg" => match (params.args.as_slice(), column) {
                ([_], Some(column)) if column == SCORE => Ok(Call::of_column(whole(), column)),
                ([arg], Some(column)) if let Some(bounds) = self.role.measures().get(column) => {
                    let name = format!("__clipped_{column}");
                    let value = clipped(ident(column), *bounds)?;
                    Ok(Call::of_computed(name, value, |value| {
                        with_args(vec![replace_column(arg, value)])
                    }))
                }
                _ => Err(refused(
                    self.role,
                    format!("{} is not a sum of a declared measure", self.sql(&whole())),
                    "use sum(score) or avg(score); the owner of the lake can declare others: \
                     measures.spend = [0, 1000] in the role's section of lake.toml, where values \
                     outside count as the nearest bound",
                )),
            },
            name if SCORE_AGGREGATES.contains(&name) => match reads(&[SCORE]) {
                Some(column) if constants.is_empty() => Ok(Call::of_column(whole(), column)),
                _ => Err(self.not_a_measure(&whole())),
            },
            "nps_ci" => match (reads(&[SCORE]), constants) {
                (Some(column), [confidence, method @ ..])
                    if is_confidence(confidence)
                        && (method.is_empty()
                            || matches!(method, [method] if is_method(method))) =>
                {
                    Ok(Call::of_column(whole(), column))
                }
                _ => Err(self.not_a_measure(&whole())),
            },
            "nps_compare" | "nps_samples" => match (reads(&[SCORE]), constants) {
                (Some(column), [condition]) => {
                    let condition = self.simplify(condition.clone())?;
                    // Of the score itself it would compare scores with scores.
                    self.check_condition(&condition, &BTreeSet::new())?;
                    if condition
                        .column_refs()
                        .iter()
                        .any(|read| read.name == column)
                    {
                        return Err(self.not_a_measure(&whole()));
                    }
                    Call::of_samples(&params.args[0], column, condition, with_args)
                }
                _ => Err(self.not_a_measure(&whole())),
            },
            "csat" | "ces" => {
                let (lowest, highest) = if name == "csat" { (0, 5) } else { (1, 7) };
                let scale = match constants {
                    [] => Some(highest),
                    [scale] => number(scale)
                        .filter(|scale| (3.0..=10.0).contains(scale) && scale.fract() == 0.0)
                        .map(|scale| scale as i64),
                    _ => None,
                };
                match (reads(&ANSWERS), scale) {
                    (Some(column), Some(scale)) => {
                        // An answer outside the scale would be an error.
                        let answer = ident(column);
                        let is_on_scale = answer
                            .clone()
                            .between(lit(lowest), lit(scale))
                            .and(answer.clone().eq(trunc(vec![answer.clone()])));
                        let answer = when(is_on_scale, answer).end()?;
                        let name = format!("__{name}_{column}_{scale}");
                        Ok(Call::of_computed(name, answer, |answer| {
                            let mut args = params.args.clone();
                            args[0] = replace_column(&params.args[0], answer);
                            with_args(args)
                        }))
                    }
                    _ => Err(self.not_a_measure(&whole())),
                }
            }
            _ => Err(self.not_a_measure(&whole())),
        }
    }

    /// True if the values of a column can be counted.
    fn is_measurable(&self, column: &str) -> bool {
        ANSWERS.contains(&column)
            || column == RESPONDENT
            || self.dimensions.contains(column)
            || self.role.measures().contains_key(column)
    }

    /// The column that an aggregate reads, in a type that its values always have.
    fn measured_column<'a>(&self, arg: &'a Expr) -> Option<&'a str> {
        match arg {
            Expr::Column(column) => Some(&column.name),
            // Of the analyzer. A cast that can fail would tell by the error that a row matches.
            Expr::Cast(Cast { expr, field }) => match expr.as_ref() {
                Expr::Column(column) => {
                    let from = expr.get_type(&self.schema).ok()?;
                    is_total(&from, field.data_type()).then_some(column.name.as_str())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn not_a_measure(&self, call: &Expr) -> DataFusionError {
        refused(
            self.role,
            format!("{} is not a measure of a whole group", self.sql(call)),
            format!("use {MEASURES}"),
        )
    }
}

/// The argument with another column in the place of its own.
fn replace_column(arg: &Expr, column: Expr) -> Expr {
    match arg {
        Expr::Cast(Cast { expr, field }) => Expr::Cast(Cast {
            expr: Box::new(replace_column(expr, column)),
            field: Arc::clone(field),
        }),
        _ => column,
    }
}

fn number(literal: &Expr) -> Option<f64> {
    let Expr::Literal(value, _) = literal else {
        return None;
    };
    match value.cast_to(&DataType::Float64) {
        Ok(ScalarValue::Float64(number)) => number,
        _ => None,
    }
}

fn is_confidence(literal: &Expr) -> bool {
    number(literal).is_some_and(|level| Confidence::new(level).is_some())
}

fn is_method(literal: &Expr) -> bool {
    let Expr::Literal(value, _) = literal else {
        return false;
    };
    let name = value.try_as_str().flatten();
    name.is_some_and(|name| IntervalMethod::from_name(name).is_some())
}

/// The number in a column, or the nearest bound.
fn clipped(number: Expr, bounds: Bounds) -> Result<Expr> {
    when(number.clone().lt(lit(bounds.low())), lit(bounds.low()))
        .when(number.clone().gt(lit(bounds.high())), lit(bounds.high()))
        .otherwise(number)
}
