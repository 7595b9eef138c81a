//! Plans checks: each must be a query that returns the columns of its expectations.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use super::column::{RESPONSES, ResultColumn, Role, only_histogram, type_name};
use super::expectation::{Claim, Expectation};
use super::file::Check;
use super::label::sanitize;
use super::problem::{Problem, did_you_mean};
use super::provenance::lineage;
use crate::error::Error;
use crate::failure::Failure;
use crate::query;
use crate::statement::distinct::check_distinct;
use crate::statement::explain::explain;
use crate::statement::params::Params;
use crate::statement::parse::parse_statement;

/// A check whose query can run.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) check: Check<'a>,
    pub(super) plan: LogicalPlan,
    pub(super) columns: Vec<ResultColumn>,
    /// The index of the column with the number of responses of a row, or of the histogram that
    /// counts them; set if the check has `min_responses`.
    pub(super) responses: Option<usize>,
    /// One for each expectation.
    pub(super) subjects: Vec<Subject>,
}

/// The values that an expectation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The number of rows.
    Rows,
    /// The index of a column.
    Column(usize),
}

/// Why a check could not be planned.
pub(super) enum PlanError {
    /// A problem of this check.
    Problem(Problem),
    /// A problem of every check, such as a missing lake.
    Failure(Failure),
}

impl From<Problem> for PlanError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Plans the query of a check.
pub(super) async fn plan<'a>(
    context: &SessionContext,
    check: Check<'a>,
    params: &Params<'_>,
) -> Result<Planned<'a>, PlanError> {
    let (file, line) = (check.file, check.statement.line);
    let mut statement = parse_statement(&check.statement)
        .map_err(|error| Problem::from_statement_error(file, line, *error))?;
    check_distinct(&statement, &check.statement, context)
        .map_err(|error| Problem::from_statement_error(file, line, *error))?;
    let is_query = matches!(&statement, Statement::Statement(statement)
        if matches!(statement.as_ref(), SqlStatement::Query(_)));
    let not_a_query = || {
        Problem::new(
            file,
            line,
            "a check must be a query",
            "write SELECT …; run other statements before the checks with voxql run",
        )
    };
    if !is_query {
        return Err(not_a_query().into());
    }
    params.bind_arguments(&mut statement);
    let unbound = query::plan(context, statement)
        .await
        .map_err(|error| plan_error(error, &check, context))?;
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(&unbound)
        .map_err(|_| not_a_query())?;
    // In the bound plan, parameters would look like literals.
    let lineage = lineage(&unbound);
    let plan = params.bind(unbound).map_err(|failure| match failure {
        Failure::Error { error, .. } => from_error(error, &check),
        Failure::Usage { message, hint } => {
            PlanError::Failure(Failure::usage(sanitize(&message), hint))
        }
        other => PlanError::Failure(other),
    })?;
    let fields = plan.schema().fields();
    let columns: Vec<ResultColumn> = fields
        .iter()
        .zip(lineage)
        .map(|(field, lineage)| ResultColumn::new(field, lineage, &check))
        .collect();
    let subjects = check
        .expectations
        .iter()
        .map(|expectation| subject(&check, expectation, &columns, fields))
        .collect::<Result<Vec<_>, _>>()?;
    let min_responses = check.header.min_responses;
    let responses = min_responses.map(|_| responses(&check, &columns));
    let responses = responses.transpose()?;
    Ok(Planned {
        check,
        plan,
        columns,
        responses,
        subjects,
    })
}

/// Converts an error of planning a check. The planner reads files, and its errors quote what it
/// cannot read, so some of them are hidden.
fn plan_error(error: DataFusionError, check: &Check<'_>, context: &SessionContext) -> PlanError {
    let is_about_statement = matches!(
        error.find_root(),
        DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::SQL(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Configuration(_)
    );
    let (file, line) = (check.file, check.statement.line);
    match explain(error, &check.statement, context) {
        Failure::InStatement(error) => Problem::from_statement_error(file, line, *error).into(),
        Failure::Error { error, .. } if error.is_query() && !is_about_statement => Problem::new(
            file,
            line,
            "the query cannot be planned; the error is hidden, as it may quote personal data",
            "to see it, run the query with voxql run FILE",
        )
        .into(),
        Failure::Error { error, .. } => from_error(error, check),
        other => PlanError::Failure(other),
    }
}

fn from_error(error: Error, check: &Check<'_>) -> PlanError {
    let (file, line) = (check.file, check.statement.line);
    if error.is_query() || error.is_invalid() {
        Problem::from_error(file, line, &error).into()
    } else {
        PlanError::Failure(Failure::from(error).at_line(file, line))
    }
}

/// Finds the values that an expectation is about.
fn subject(
    check: &Check<'_>,
    expectation: &Expectation,
    columns: &[ResultColumn],
    fields: &[Arc<Field>],
) -> Result<Subject, Problem> {
    let problem = |message: String, hint: String| {
        Problem::new(check.file, expectation.line, message, hint).at_column(expectation.column)
    };
    let find = |name: &str| {
        let mut found = (0..columns.len()).filter(|index| columns[*index].name == name);
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => Err(problem(
                format!("the result has several columns \"{name}\""),
                "rename one of them with AS".to_owned(),
            )),
            (None, _) => {
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                let near = did_you_mean(name, &names);
                Err(problem(
                    format!("the result has no column \"{name}\""),
                    format!("{near}the columns are {}", names.join(", ")),
                ))
            }
        }
    };
    let index = match &expectation.claim {
        Claim::Rows(_) => return Ok(Subject::Rows),
        Claim::Null { name, .. } => find(name)?,
        Claim::Column { name, .. } => {
            let index = find(name)?;
            if columns[index].role != Role::Measure {
                let data_type = fields[index].data_type();
                let hint = if matches!(data_type, DataType::Struct(_)) {
                    format!("select one of its numbers, such as {name}['nps'] AS nps")
                } else {
                    "compute a number in the query, such as count(*) FILTER (WHERE …)".to_owned()
                };
                let type_name = type_name(data_type);
                let message = format!("column \"{name}\" is {type_name}, not a number");
                return Err(problem(message, hint));
            }
            index
        }
        Claim::NoSignificantChange(significance) => match &significance.histogram {
            Some(name) => {
                let index = find(name)?;
                if columns[index].role != Role::Histogram {
                    return Err(problem(
                        format!("column \"{name}\" is not a histogram of scores"),
                        format!("write score_histogram(score) AS {name}"),
                    ));
                }
                index
            }
            None => only_histogram(columns).ok_or_else(|| {
                problem(
                    "the result does not have exactly one histogram of scores".to_owned(),
                    "add score_histogram(score) AS histogram; if there are several, name one: \
                     no significant drop in NAME < 5 %"
                        .to_owned(),
                )
            })?,
        },
    };
    Ok(Subject::Column(index))
}

/// The column with the number of responses of a row.
fn responses(check: &Check<'_>, columns: &[ResultColumn]) -> Result<usize, Problem> {
    let named = columns
        .iter()
        .position(|column| column.name == RESPONSES && column.role == Role::Measure);
    named.or_else(|| only_histogram(columns)).ok_or_else(|| {
        Problem::new(
            check.file,
            check.header.line,
            "min_responses needs a column with the number of responses",
            "add count(score) AS responses to the query",
        )
    })
}
