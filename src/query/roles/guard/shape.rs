//! Checks the shape of an aggregate: its calls, filters and keys.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::{AggregateFunction, Like, ScalarFunction};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator, TryCast};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use crate::lake::zone::Zone;
use crate::privacy::roles::Role;
use crate::query::roles::refusal::refused;
use crate::query::rules::whole_days::reads_whole_days;

/// Columns that identify one person.
const PERSONAL: [&str; 3] = ["respondent", "response_id", "comment"];

/// Aggregates that depend on the whole group, unlike a maximum, which is the value of one response.
const AGGREGATES: [&str; 15] = [
    "avg",
    "count",
    "csat",
    "detractors",
    "nps",
    "nps_ci",
    "nps_stats",
    "passives",
    "promoters",
    "score_histogram",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
];

/// Answers: combined with other columns in one condition, they could reveal who gave them.
const ANSWERS: [&str; 2] = ["score", "rating"];

/// Aggregates of NPS scores, which fail for other values.
const SCORE_AGGREGATES: [&str; 7] = [
    "detractors",
    "nps",
    "nps_ci",
    "nps_stats",
    "passives",
    "promoters",
    "score_histogram",
];

/// Functions that never fail: an error would reveal the value of a row.
const FUNCTIONS: [&str; 17] = [
    "btrim",
    "character_length",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "ends_with",
    "initcap",
    "left",
    "lower",
    "ltrim",
    "nullif",
    "replace",
    "right",
    "rtrim",
    "starts_with",
    "upper",
];

/// Checks aggregates over one table.
pub(super) struct Shape<'a> {
    pub(super) role: &'a Role,
    /// Columns that the role can use, without a qualifier.
    pub(super) schema: Arc<DFSchema>,
    /// The zone of the lake's days.
    pub(super) zone: Zone,
}

impl Shape<'_> {
    pub(super) fn refuse(&self, why: impl Display) -> DataFusionError {
        refused(
            self.role,
            why,
            "use dimensions such as survey or segment, score, day and month in GROUP BY and WHERE; \
             aggregate score, rating or another number",
        )
    }

    /// Evaluates the constants in an expression, including today's date.
    pub(super) fn simplify(&self, expr: Expr) -> Result<Expr> {
        let context = SimplifyContext::builder()
            .with_schema(Arc::clone(&self.schema))
            .with_current_time()
            .build();
        ExprSimplifier::new(context).simplify(expr)
    }

    /// Checks a key or condition, given the columns that are measured. One on an answer must not read
    /// other columns: `score = 0 OR account = 'x'` would match respondents whose answers are known,
    /// and one more.
    pub(super) fn check_condition(&self, expr: &Expr, measures: &BTreeSet<String>) -> Result<()> {
        if expr.is_volatile() {
            return Err(self.refuse(format!("{expr} returns a different value each time")));
        }
        self.check(expr)?;
        let columns = expr.column_refs();
        let is_answer = |column: &&&Column| {
            ANSWERS.contains(&column.name.as_str()) || measures.contains(&column.name)
        };
        match columns.iter().find(is_answer) {
            Some(answer) if columns.len() > 1 => Err(refused(
                self.role,
                format!("{} is in the same condition as other columns", answer.name),
                "use separate conditions: WHERE score <= 6 AND segment = 'x'; a key of GROUP BY on an \
                 answer must not read other columns",
            )),
            _ => Ok(()),
        }
    }

    fn check(&self, expr: &Expr) -> Result<()> {
        if self.reads_whole_days(expr) {
            return Ok(());
        }
        match expr {
            Expr::Literal(..) => return Ok(()),
            Expr::Column(column) => return self.check_column(column),
            Expr::BinaryExpr(BinaryExpr {
                op:
                    Operator::And
                    | Operator::Or
                    | Operator::Eq
                    | Operator::NotEq
                    | Operator::Lt
                    | Operator::LtEq
                    | Operator::Gt
                    | Operator::GtEq
                    | Operator::IsDistinctFrom
                    | Operator::IsNotDistinctFrom
                    | Operator::StringConcat,
                ..
            }) => {}
            Expr::Cast(Cast { expr: from, field }) => {
                if let Expr::Column(column) = from.as_ref()
                    && *field.data_type() == DataType::Date32
                {
                    self.check_column(column)?;
                }
                self.check_cast(expr, from, field.data_type())?;
            }
            Expr::TryCast(TryCast { expr: from, field }) => {
                // To a date or time, even TRY_CAST can fail.
                let from = from.get_type(&self.schema)?;
                let to = field.data_type();
                let is_parsed = from.is_string()
                    && matches!(to, DataType::Int64 | DataType::Float64 | DataType::Boolean);
                if !is_parsed && !is_total(&from, to) {
                    return Err(self.refuse(format!("{expr} is not allowed in a key or condition")));
                }
            }
            // A pattern from a row may fail to compile.
            Expr::Like(Like { pattern, .. }) if matches!(**pattern, Expr::Literal(..)) => {}
            // nps_category fails for values that are not scores.
            Expr::ScalarFunction(ScalarFunction { func, args })
                if func.name() == "nps_category" && args.iter().all(|arg| self.is_score(arg)) =>
            {
                return Ok(());
            }
            Expr::ScalarFunction(ScalarFunction { func, .. })
                if FUNCTIONS.contains(&func.name()) => {}
            Expr::Alias(_)
            | Expr::Between(_)
            | Expr::Case(_)
            | Expr::InList(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsNotNull(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsNull(_)
            | Expr::IsTrue(_)
            | Expr::IsUnknown(_)
            | Expr::Not(_) => {}
            _ => {
                return Err(self.refuse(format!("{expr} is not allowed in a key or condition")));
            }
        }
        expr.apply_children(|child| {
            self.check(child)?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(())
    }

    fn check_column(&self, column: &Column) -> Result<()> {
        if PERSONAL.contains(&column.name.as_str()) {
            return Err(self.refuse(format!("{} identifies one person", column.name)));
        }
        if self.is_time(column) {
            return Err(self.refuse(if self.zone.is_utc() {
                format!(
                    "{0} can be read only by whole days, such as date_trunc('month', {0}), {0} >= '2026-01-01' or \
                     {0}::DATE BETWEEN '2026-01-01' AND '2026-03-31'",
                    column.name
                )
            } else {
                format!(
                    "{} can be compared only with the beginning of a day in {}, the lake's zone; the column day \
                     has the days of responses",
                    column.name, self.zone
                )
            }));
        }
        Ok(())
    }

    /// Checks that a cast cannot fail: the error would contain the value.
    fn check_cast(&self, cast: &Expr, from: &Expr, to: &DataType) -> Result<()> {
        let source = from.get_type(&self.schema)?;
        // Dates from the lake can always be formatted; computed ones may be out of range.
        let is_date = source == DataType::Date32 || *to == DataType::Date32;
        if is_total(&source, to) && (!is_date || self.is_day(from)) {
            return Ok(());
        }
        Err(refused(
            self.role,
            format!("{cast} can fail with an error that contains the value of one response"),
            "use TRY_CAST, which returns NULL instead",
        ))
    }

    fn is_time(&self, column: &Column) -> bool {
        let field = self.schema.field_with_unqualified_name(&column.name);
        field.is_ok_and(|field| matches!(field.data_type(), DataType::Timestamp(..)))
    }

    fn is_date(&self, column: &Column) -> bool {
        let field = self.schema.field_with_unqualified_name(&column.name);
        field.is_ok_and(|field| *field.data_type() == DataType::Date32)
    }

    /// True if the expression is a day of the lake, or of a time of the lake.
    fn is_day(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Column(column) => self.is_date(column),
            expr if self.reads_whole_days(expr) => true,
            Expr::Cast(Cast { expr, .. }) => self.is_day(expr),
            _ => false,
        }
    }

    /// True if the expression has the same value for all times of a day and reads nothing else.
    fn reads_whole_days(&self, expr: &Expr) -> bool {
        let columns = expr.column_refs();
        let mut columns = columns.into_iter();
        match (columns.next(), columns.next()) {
            (Some(column), None) if self.is_date(column) => {
                reads_whole_days(expr, &column.name, Zone::UTC)
            }
            (Some(column), None) => {
                self.is_time(column) && reads_whole_days(expr, &column.name, self.zone)
            }
            _ => false,
        }
    }

    /// Returns an aggregate call over columns of the table and the column that it measures, or `None`
    /// if it counts rows.
    pub(super) fn call(
        &self,
        call: &Expr,
        resolve: impl Fn(&Expr) -> Result<Expr>,
    ) -> Result<(Expr, Option<String>)> {
        let Expr::AggregateFunction(call) = call.clone().unalias_nested().data else {
            return Err(self.refuse(format!("{call} is not an aggregate")));
        };
        let AggregateFunction { func, mut params } = call;
        let name = func.name();
        if !AGGREGATES.contains(&name) {
            return Err(refused(
                self.role,
                format!("{name} can reveal the value of one response"),
                format!(
                    "use an aggregate of whole groups: {}",
                    AGGREGATES.join(", ")
                ),
            ));
        }
        let is_people = name == "count" && params.distinct && params.filter.is_none();
        if is_people && let [respondent] = params.args.as_slice() {
            let respondent = resolve(respondent)?;
            if matches!(&respondent, Expr::Column(column) if column.name == "respondent") {
                params.args = vec![respondent];
                let call = Expr::AggregateFunction(AggregateFunction { func, params });
                return Ok((call, Some("respondent".to_owned())));
            }
        }
        if params.distinct || params.filter.is_some() || !params.order_by.is_empty() {
            return Err(refused(
                self.role,
                format!("{name} does not support DISTINCT, FILTER or ORDER BY"),
                "put the condition into WHERE or GROUP BY; count(DISTINCT respondent) counts people",
            ));
        }
        let mut measure = None;
        for (index, arg) in params.args.iter_mut().enumerate() {
            *arg = resolve(arg)?;
            match arg {
                Expr::Literal(..) => {}
                arg if index == 0 => measure = Some(self.measure(arg)?),
                arg => {
                    return Err(self.refuse(format!("argument {arg} of {name} is not a constant")));
                }
            }
        }
        self.check_scores(name, &params.args)?;
        Ok((
            Expr::AggregateFunction(AggregateFunction { func, params }),
            measure,
        ))
    }

    /// Checks that a call cannot fail with an error that contains the value of one response.
    fn check_scores(&self, name: &str, args: &[Expr]) -> Result<()> {
        let is_of_score = args.first().is_some_and(|arg| self.is_score(arg));
        let allowed = match name {
            name if SCORE_AGGREGATES.contains(&name) => is_of_score,
            "csat" => match args {
                [_, Expr::Literal(scale, _)] => {
                    let scale = scale.cast_to(&DataType::Int64);
                    is_of_score && matches!(scale, Ok(ScalarValue::Int64(Some(10..))))
                }
                _ => false,
            },
            _ => true,
        };
        if allowed {
            return Ok(());
        }
        Err(refused(
            self.role,
            format!("{name} can fail with an error that contains a value that is not a score"),
            "use nps(score), csat(score, 10) or avg(rating)",
        ))
    }

    fn is_score(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Column(column) => column.name == "score",
            Expr::Cast(Cast { expr, .. }) => self.is_score(expr),
            _ => false,
        }
    }

    /// The measured column. An expression instead of a column could single out one response.
    fn measure(&self, arg: &Expr) -> Result<String> {
        match arg {
            Expr::Column(column) if !PERSONAL.contains(&column.name.as_str()) => {
                Ok(column.name.clone())
            }
            Expr::Column(column) => self.check_column(column).map(|()| column.name.clone()),
            Expr::Cast(Cast { expr, field }) => {
                self.check_cast(arg, expr, field.data_type())?;
                self.measure(expr)
            }
            arg => Err(self.refuse(format!("{arg} is not a column to aggregate"))),
        }
    }
}

/// True if a cast never fails.
fn is_total(from: &DataType, to: &DataType) -> bool {
    let is_number = |of: &DataType| of.is_numeric() || *of == DataType::Boolean;
    match to {
        to if to.is_string() => from.is_string() || is_number(from) || *from == DataType::Date32,
        DataType::Date32 => matches!(from, DataType::Timestamp(..) | DataType::Date32),
        DataType::Float64 => is_number(from),
        DataType::Int64 => from.is_signed_integer() || *from == DataType::Boolean,
        _ => from == to,
    }
}
