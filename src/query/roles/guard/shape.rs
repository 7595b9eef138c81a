//! Which aggregates a role may ask for, of what, and by what.

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

use crate::privacy::roles::Role;
use crate::query::roles::refusal::refused;
use crate::query::rules::whole_days::reads_whole_days;

/// Columns that are of one person.
const OF_ONE: [&str; 3] = ["respondent", "response_id", "comment"];

/// Aggregates that rest on all of a group; a maximum is of one.
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

/// Answers: put into one condition with who gave them, they tell what somebody answered.
const ANSWERS: [&str; 2] = ["score", "rating"];

/// Aggregates of NPS scores, which fail for what is none.
const OF_SCORES: [&str; 7] = [
    "detractors",
    "nps",
    "nps_ci",
    "nps_stats",
    "passives",
    "promoters",
    "score_histogram",
];

/// Functions that have a value for every argument: an error would tell what a row holds.
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

/// What may be asked of one table.
pub(super) struct Shape<'a> {
    role: &'a Role,
    /// The columns that may be named, without a qualifier.
    schema: Arc<DFSchema>,
}

impl<'a> Shape<'a> {
    pub(super) fn new(role: &'a Role, schema: Arc<DFSchema>) -> Self {
        Self { role, schema }
    }

    pub(super) fn refused_because(&self, why: impl Display) -> DataFusionError {
        refused(
            self.role,
            why,
            "GROUP BY and WHERE take dimensions such as survey or segment, score, and whole days of \
             responded_at; aggregates take score, rating or another number",
        )
    }

    /// The same with constants computed, today's date among them.
    pub(super) fn simplified(&self, expr: Expr) -> Result<Expr> {
        let context = SimplifyContext::builder()
            .with_schema(Arc::clone(&self.schema))
            .with_current_time()
            .build();
        ExprSimplifier::new(context).simplify(expr)
    }

    /// Refuses what is no key and no condition that may be, beside the columns that are measured.
    /// One on an answer is on nothing else: `score = 0 OR account = 'x'` would be of those whose
    /// answers are known, and of one more.
    pub(super) fn condition(&self, expr: &Expr, measures: &BTreeSet<String>) -> Result<()> {
        if expr.is_volatile() {
            return Err(self.refused_because(format!("{expr} gives other values each time")));
        }
        self.check(expr)?;
        let columns = expr.column_refs();
        let is_answer = |column: &&&Column| {
            ANSWERS.contains(&column.name.as_str()) || measures.contains(&column.name)
        };
        match columns.iter().find(is_answer) {
            Some(answer) if columns.len() > 1 => Err(refused(
                self.role,
                format!("{} is in one condition with other columns", answer.name),
                "put each into a condition of its own: WHERE score <= 6 AND segment = 'x'; a key of \
                 GROUP BY reads an answer alone",
            )),
            _ => Ok(()),
        }
    }

    fn check(&self, expr: &Expr) -> Result<()> {
        if self.is_of_whole_days(expr) {
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
                self.check_cast(expr, from, field.data_type())?;
            }
            Expr::TryCast(TryCast { expr: from, field }) => {
                // To a date or a time it can fail all the same.
                let from = from.get_type(&self.schema)?;
                let to = field.data_type();
                let is_parsed = is_text(&from)
                    && matches!(to, DataType::Int64 | DataType::Float64 | DataType::Boolean);
                if !is_parsed && !is_total(&from, to) {
                    return Err(
                        self.refused_because(format!("{expr} is not for a key or a condition"))
                    );
                }
            }
            // A pattern out of a row could be one that does not compile.
            Expr::Like(Like { pattern, .. }) if matches!(**pattern, Expr::Literal(..)) => {}
            // It fails for what is no score.
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
                return Err(self.refused_because(format!("{expr} is not for a key or a condition")));
            }
        }
        let mut checked = Ok(());
        expr.apply_children(|child| {
            checked = self.check(child);
            Ok(match checked {
                Ok(()) => TreeNodeRecursion::Continue,
                Err(_) => TreeNodeRecursion::Stop,
            })
        })?;
        checked
    }

    fn check_column(&self, column: &Column) -> Result<()> {
        if OF_ONE.contains(&column.name.as_str()) {
            return Err(self.refused_because(format!("{} is of one person", column.name)));
        }
        if self.is_moment(column) {
            return Err(self.refused_because(format!(
                "{0} is read by the day, such as date_trunc('month', {0}), {0} >= '2026-01-01' or \
                 {0}::DATE BETWEEN '2026-01-01' AND '2026-03-31'",
                column.name
            )));
        }
        Ok(())
    }

    /// Refuses a cast that can fail: the error names the value.
    fn check_cast(&self, cast: &Expr, from: &Expr, to: &DataType) -> Result<()> {
        let source = from.get_type(&self.schema)?;
        // Only dates that the lake holds are dates that can be written.
        let is_date = source == DataType::Date32 || *to == DataType::Date32;
        let is_shown = is_total(&source, to) && (!is_date || self.is_day(from));
        match is_shown {
            true => Ok(()),
            false => Err(refused(
                self.role,
                format!("{cast} would fail, and name the value of one response"),
                "use TRY_CAST, which gives NULL instead",
            )),
        }
    }

    fn is_moment(&self, column: &Column) -> bool {
        let field = self.schema.field_with_unqualified_name(&column.name);
        field.is_ok_and(|field| matches!(field.data_type(), DataType::Timestamp(..)))
    }

    /// Whether it is a day of the lake's moments.
    fn is_day(&self, expr: &Expr) -> bool {
        match expr {
            expr if self.is_of_whole_days(expr) => true,
            Expr::Cast(Cast { expr, .. }) => self.is_day(expr),
            _ => false,
        }
    }

    /// Whether it gives the same for all moments of a day, and reads nothing else.
    fn is_of_whole_days(&self, expr: &Expr) -> bool {
        let columns = expr.column_refs();
        let mut columns = columns.into_iter();
        match (columns.next(), columns.next()) {
            (Some(column), None) => self.is_moment(column) && reads_whole_days(expr, &column.name),
            _ => false,
        }
    }

    /// A call of an aggregate over columns of the table, and the column that it measures, where it
    /// does not count rows.
    pub(super) fn call(
        &self,
        call: &Expr,
        resolve: impl Fn(&Expr) -> Result<Expr>,
    ) -> Result<(Expr, Option<String>)> {
        let Expr::AggregateFunction(call) = call.clone().unalias_nested().data else {
            return Err(self.refused_because(format!("{call} is no aggregate")));
        };
        let AggregateFunction { func, mut params } = call;
        let name = func.name();
        if !AGGREGATES.contains(&name) {
            return Err(refused(
                self.role,
                format!("{name} can tell the value of one response"),
                format!("aggregates of whole groups are {}", AGGREGATES.join(", ")),
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
                format!("{name} takes neither DISTINCT nor FILTER nor ORDER BY"),
                "put the condition into WHERE, or GROUP BY it; count(DISTINCT respondent) is of people",
            ));
        }
        let mut measure = None;
        for (index, arg) in params.args.iter_mut().enumerate() {
            *arg = resolve(arg)?;
            match arg {
                Expr::Literal(..) => {}
                arg if index == 0 => measure = Some(self.measure(arg)?),
                arg => {
                    return Err(self.refused_because(format!("{arg} is no constant, in {name}")));
                }
            }
        }
        self.check_scores(name, &params.args)?;
        Ok((
            Expr::AggregateFunction(AggregateFunction { func, params }),
            measure,
        ))
    }

    /// Refuses what would fail for a value of one response, and name it.
    fn check_scores(&self, name: &str, args: &[Expr]) -> Result<()> {
        let is_of_score = args.first().is_some_and(|arg| self.is_score(arg));
        let allowed = match name {
            name if OF_SCORES.contains(&name) => is_of_score,
            "csat" => match args {
                [_, Expr::Literal(scale, _)] => {
                    let scale = scale.cast_to(&DataType::Int64);
                    is_of_score && matches!(scale, Ok(ScalarValue::Int64(Some(10..))))
                }
                _ => false,
            },
            _ => true,
        };
        match allowed {
            true => Ok(()),
            false => Err(refused(
                self.role,
                format!("{name} fails for what is none of its scores, and names the value"),
                "ask nps(score), csat(score, 10) or avg(rating)",
            )),
        }
    }

    fn is_score(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Column(column) => column.name == "score",
            Expr::Cast(Cast { expr, .. }) => self.is_score(expr),
            _ => false,
        }
    }

    /// The column that is measured. Computing with it could single one response out.
    fn measure(&self, arg: &Expr) -> Result<String> {
        match arg {
            Expr::Column(column) if !OF_ONE.contains(&column.name.as_str()) => {
                Ok(column.name.clone())
            }
            Expr::Column(column) => self.check_column(column).map(|()| column.name.clone()),
            Expr::Cast(Cast { expr, field }) => {
                self.check_cast(arg, expr, field.data_type())?;
                self.measure(expr)
            }
            arg => Err(self.refused_because(format!("{arg} is no column to aggregate"))),
        }
    }
}

/// Whether a cast has a value for each that it is given.
fn is_total(from: &DataType, to: &DataType) -> bool {
    let is_number = |of: &DataType| of.is_numeric() || *of == DataType::Boolean;
    match to {
        to if is_text(to) => is_text(from) || is_number(from) || *from == DataType::Date32,
        DataType::Date32 => matches!(from, DataType::Timestamp(..) | DataType::Date32),
        DataType::Float64 => is_number(from),
        DataType::Int64 => from.is_signed_integer() || *from == DataType::Boolean,
        _ => from == to,
    }
}

fn is_text(of: &DataType) -> bool {
    matches!(
        of,
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8
    )
}
