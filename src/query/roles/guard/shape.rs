//! The grammar of what a role may compute on rows. Nothing else is evaluated on them, so that no
//! error, time or amount of memory depends on one person's values.
//!
//! ```text
//! key        = operand | condition on whole days
//! condition  = condition AND|OR condition | NOT condition
//!            | operand =|<>|<|<=|>|>= constant | operand [NOT] IN (constant, …)
//!            | operand [NOT] BETWEEN constant AND constant | operand IS [NOT] NULL
//!            | dimension [NOT] LIKE 'prefix%'
//! operand    = dimension | score | rating | whole days of a time
//! measure    = count(*) | count(column) | count(DISTINCT respondent)
//!            | nps(score) and its kin | csat(answer[, scale]) | ces(answer[, scale])
//!            | nps_compare(score, condition) | nps_samples(score, condition) | sum(number) | avg(number)
//! ```

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Between, BinaryExpr, Cast, Expr, ExprSchemable, Operator, ident};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::unparser::expr_to_sql;

use crate::lake::identities::RESPONDENT;
use crate::lake::zone::Zone;
use crate::privacy::roles::Role;
use crate::query::operators::is_comparison;
use crate::query::roles::refusal::refused;
use crate::query::rules::whole_days::reads_whole_days;

/// The column that every role may measure.
pub(in crate::query::roles) const SCORE: &str = "score";
const RATING: &str = "rating";

/// Columns that identify one person, and cannot be declared.
pub(in crate::query::roles) const PERSONAL: [&str; 3] = [RESPONDENT, "response_id", "comment"];

/// Answers: combined with other columns in one condition, they could reveal who gave them.
pub(super) const ANSWERS: [&str; 2] = [SCORE, RATING];

/// Checks aggregates over one table.
pub(super) struct Shape<'a> {
    pub(super) role: &'a Role,
    /// Columns that the role can use, without a qualifier.
    pub(super) schema: Arc<DFSchema>,
    /// Columns with few values, and declared ones.
    pub(super) dimensions: &'a BTreeSet<String>,
    /// The zone of the lake's days.
    pub(super) zone: Zone,
}

fn is_answer(column: &Column, measured: &BTreeSet<String>) -> bool {
    ANSWERS.contains(&column.name.as_str()) || measured.contains(&column.name)
}

impl Shape<'_> {
    pub(super) fn refuse(&self, why: impl Display) -> DataFusionError {
        refused(
            self.role,
            why,
            "in WHERE and GROUP BY, use columns such as survey, segment, score, day and month, and \
             compare them with constants; compute anything else from the groups: SELECT upper(segment), \
             nps FROM (SELECT segment, nps(score) AS nps FROM responses GROUP BY segment)",
        )
    }

    /// Evaluates the constants in an expression, including today's date, and nothing else: the rest
    /// is checked as it was written.
    pub(super) fn simplify(&self, expr: Expr) -> Result<Expr> {
        let context = SimplifyContext::builder()
            .with_schema(Arc::clone(&self.schema))
            .with_current_time()
            .build();
        let simplifier = ExprSimplifier::new(context);
        let simplified = expr.unalias_nested().data.transform_down(|expr| {
            let reads = expr.exists(|expr| Ok(!is_computed(expr)))?;
            if reads || matches!(expr, Expr::Literal(..)) {
                return Ok(Transformed::no(expr));
            }
            let constant = simplifier.simplify(expr)?;
            Ok(Transformed::new(constant, true, TreeNodeRecursion::Jump))
        });
        Ok(simplified?.data)
    }

    /// Checks a key. A condition on whole days is a period.
    pub(super) fn check_key(&self, key: &Expr) -> Result<()> {
        let is_of_days = |column: &&Column| self.is_day(column) || self.is_time(column);
        if is_condition(key) && self.check(key).is_ok() {
            if key.column_refs().iter().all(is_of_days) {
                return Ok(());
            }
            return Err(refused(
                self.role,
                format!(
                    "{} is a condition, and a key is a column or a period",
                    self.sql(key)
                ),
                "put the condition into WHERE, or group by its column and combine the groups outside of \
                 the aggregate",
            ));
        }
        self.check_operand(key)
    }

    /// Checks the keys as a whole, given the columns that are measured. Groups of equal answers would say
    /// what the one more is that a small group adds to them: with `GROUP BY account, score`, the row of
    /// merged groups has the score of one person and of many whose answers are known.
    pub(super) fn check_keys_together(
        &self,
        keys: &[Expr],
        measured: &BTreeSet<String>,
    ) -> Result<()> {
        let counts_people = |name: &String| name == RESPONDENT;
        if keys.len() < 2 || measured.iter().all(counts_people) {
            return Ok(());
        }
        let columns = keys.iter().flat_map(Expr::column_refs);
        let mut answers = columns.filter(|column| is_answer(column, measured));
        answers.next().map_or(Ok(()), |answer| {
            Err(refused(
                self.role,
                format!("{} is a key beside others, and answers are measured", answer.name),
                "count the responses of each group: SELECT segment, score, count(*) FROM responses GROUP \
                 BY segment, score; or use the other keys alone",
            ))
        })
    }

    /// Checks a condition, given the columns that are measured. One on an answer must not read other
    /// columns: `score = 0 OR account = 'x'` would match respondents whose answers are known, and one
    /// more.
    pub(super) fn check_condition(&self, expr: &Expr, measured: &BTreeSet<String>) -> Result<()> {
        self.check(expr)?;
        let columns = expr.column_refs();
        match columns.iter().find(|column| is_answer(column, measured)) {
            Some(answer) if columns.len() > 1 => Err(refused(
                self.role,
                format!("{} is in the same condition as other columns", answer.name),
                "use separate conditions: WHERE score <= 6 AND segment = 'x'",
            )),
            _ => Ok(()),
        }
    }

    fn check(&self, expr: &Expr) -> Result<()> {
        if self.reads_whole_days(expr) && is_condition(expr) {
            return Ok(());
        }
        match expr {
            // A condition of constants alone.
            Expr::Literal(ScalarValue::Boolean(_), _) => Ok(()),
            Expr::BinaryExpr(BinaryExpr {
                left,
                op: Operator::And | Operator::Or,
                right,
            }) => {
                self.check(left)?;
                self.check(right)
            }
            Expr::Not(condition)
            | Expr::IsTrue(condition)
            | Expr::IsFalse(condition)
            | Expr::IsUnknown(condition)
            | Expr::IsNotTrue(condition)
            | Expr::IsNotFalse(condition)
            | Expr::IsNotUnknown(condition) => self.check(condition),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_comparison(*op) => {
                match (left.as_ref(), right.as_ref()) {
                    (operand, Expr::Literal(..)) | (Expr::Literal(..), operand) => {
                        self.check_operand(operand)
                    }
                    _ => Err(self.refuse(format!(
                        "{} does not compare a column with a constant",
                        self.sql(expr)
                    ))),
                }
            }
            Expr::InList(list) => {
                self.check_constants(expr, &list.list)?;
                self.check_operand(&list.expr)
            }
            Expr::Between(Between {
                expr: operand,
                low,
                high,
                negated: _,
            }) => {
                self.check_constants(expr, [low.as_ref(), high.as_ref()])?;
                self.check_operand(operand)
            }
            Expr::IsNull(operand) | Expr::IsNotNull(operand) => self.check_operand(operand),
            Expr::Like(Like {
                expr: operand,
                pattern,
                escape_char: None,
                case_insensitive: false,
                negated: _,
            }) if is_prefix(pattern) => self.check_operand(operand),
            Expr::Like(_) => Err(self.refuse(format!(
                "{} is not the beginning of a value, such as LIKE 'north%'",
                self.sql(expr)
            ))),
            _ => Err(self.not_allowed(expr)),
        }
    }

    fn check_constants<'a>(
        &self,
        expr: &Expr,
        values: impl IntoIterator<Item = &'a Expr>,
    ) -> Result<()> {
        let mut values = values.into_iter();
        if values.all(|value| matches!(value, Expr::Literal(..))) {
            Ok(())
        } else {
            Err(self.refuse(format!(
                "{} does not compare a column with constants",
                self.sql(expr)
            )))
        }
    }

    /// Checks what a condition compares and a key groups by.
    fn check_operand(&self, expr: &Expr) -> Result<()> {
        if self.is_period(expr) {
            return Ok(());
        }
        match expr {
            Expr::Column(column) => self.check_column(column),
            // Of the analyzer, to compare with a constant of another type.
            Expr::Cast(Cast { expr: from, field }) if matches!(from.as_ref(), Expr::Column(_)) => {
                self.check_operand(from)?;
                if is_total(&from.get_type(&self.schema)?, field.data_type()) {
                    return Ok(());
                }
                Err(self.not_allowed(expr))
            }
            _ => Err(self.not_allowed(expr)),
        }
    }

    /// An expression as it is written in SQL, where it can be: without the casts that the analyzer adds.
    pub(super) fn sql(&self, expr: &Expr) -> String {
        let written = expr.clone().transform(|expr| {
            Ok(match expr {
                Expr::Column(column) => Transformed::yes(ident(column.name)),
                Expr::Cast(Cast { expr: from, field })
                    if from
                        .get_type(&self.schema)
                        .is_ok_and(|from| is_wider(&from, field.data_type())) =>
                {
                    Transformed::yes(*from)
                }
                other => Transformed::no(other),
            })
        });
        let written = written.map_or_else(|_| expr.clone(), |expr| expr.data);
        expr_to_sql(&written).map_or_else(|_| written.to_string(), |sql| sql.to_string())
    }

    fn not_allowed(&self, expr: &Expr) -> DataFusionError {
        if expr.is_volatile() {
            return self.refuse(format!(
                "{} returns a different value each time",
                self.sql(expr)
            ));
        }
        self.refuse(format!(
            "{} is not allowed in a key or condition",
            self.sql(expr)
        ))
    }

    fn check_column(&self, column: &Column) -> Result<()> {
        let name = column.name.as_str();
        if ANSWERS.contains(&name) || self.dimensions.contains(name) {
            return Ok(());
        }
        if PERSONAL.contains(&name) {
            return Err(self.refuse(format!("{name} identifies one person")));
        }
        if !self.is_time(column) {
            return Err(refused(
                self.role,
                format!("{name} can identify one person, and is not a dimension"),
                format!(
                    "use one of: {}; the owner of the lake can add it: dimensions = [{name:?}] in the \
                     role's section of lake.toml",
                    Vec::from_iter(self.dimensions.iter().map(String::as_str)).join(", ")
                ),
            ));
        }
        Err(self.refuse(if self.zone.is_utc() {
            format!(
                "{name} can be read only by whole days, such as date_trunc('month', {name}), {name} >= \
                 '2026-01-01' or {name}::DATE BETWEEN '2026-01-01' AND '2026-03-31'"
            )
        } else {
            format!(
                "{name} can be compared only with the beginning of a day in {}, the lake's zone; the \
                 column day has the days of responses",
                self.zone
            )
        }))
    }

    fn is_time(&self, column: &Column) -> bool {
        let field = self.schema.field_with_unqualified_name(&column.name);
        field.is_ok_and(|field| matches!(field.data_type(), DataType::Timestamp(..)))
    }

    fn is_day(&self, column: &Column) -> bool {
        let field = self.schema.field_with_unqualified_name(&column.name);
        field.is_ok_and(|field| *field.data_type() == DataType::Date32)
    }

    /// True if the expression is a day, or a period of days, of a time. `date_bin` fails for some
    /// strides and times.
    fn is_period(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Cast(Cast {
                expr: period,
                field,
            }) if matches!(
                field.data_type(),
                DataType::Date32 | DataType::Int64 | DataType::Timestamp(..)
            ) && self.is_period(period) =>
            {
                true
            }
            Expr::ScalarFunction(function) if function.func.name() == "date_bin" => false,
            Expr::ScalarFunction(_) | Expr::Cast(_) => self.reads_whole_days(expr),
            _ => false,
        }
    }

    /// True if the expression has the same value for all times of a day and reads nothing else.
    fn reads_whole_days(&self, expr: &Expr) -> bool {
        let columns = expr.column_refs();
        let mut columns = columns.into_iter();
        match (columns.next(), columns.next()) {
            (Some(column), None) if self.is_day(column) => {
                reads_whole_days(expr, &column.name, Zone::UTC)
            }
            (Some(column), None) => {
                self.is_time(column) && reads_whole_days(expr, &column.name, self.zone)
            }
            _ => false,
        }
    }
}

/// True for the types between which the analyzer casts numbers and texts.
fn is_wider(from: &DataType, to: &DataType) -> bool {
    let is_number = from.is_numeric() && matches!(to, DataType::Int64 | DataType::Float64);
    is_number || (from.is_string() && to.is_string())
}

/// True for an expression whose value is that of its parts alone.
fn is_computed(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Literal(..)
            | Expr::Alias(_)
            | Expr::BinaryExpr(_)
            | Expr::Case(_)
            | Expr::Cast(_)
            | Expr::TryCast(_)
            | Expr::Negative(_)
            | Expr::ScalarFunction(_)
    ) && !expr.is_volatile_node()
}

/// True if an expression is a boolean rather than a column or a period.
fn is_condition(expr: &Expr) -> bool {
    !matches!(
        expr,
        Expr::Column(_) | Expr::Cast(_) | Expr::ScalarFunction(_)
    )
}

/// True for a pattern that is text followed by `%`.
fn is_prefix(pattern: &Expr) -> bool {
    let Expr::Literal(pattern, _) = pattern else {
        return false;
    };
    let prefix = pattern.try_as_str().flatten();
    let prefix = prefix.and_then(|pattern| pattern.strip_suffix('%'));
    prefix.is_some_and(|prefix| !prefix.contains(['%', '_', '\\']))
}

/// True if a cast never fails.
pub(super) fn is_total(from: &DataType, to: &DataType) -> bool {
    let is_number = |of: &DataType| of.is_numeric() || *of == DataType::Boolean;
    match to {
        to if to.is_string() => from.is_string() || is_number(from) || *from == DataType::Date32,
        DataType::Float64 => is_number(from),
        DataType::Int64 => from.is_signed_integer(),
        _ => from == to,
    }
}
