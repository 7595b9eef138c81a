//! Checks planned: each is a query, and the columns that are expected to be there are.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use super::expectation::{Claim, Expectation};
use super::file::Check;
use super::label::{harmless, type_name};
use super::problem::Problem;
use super::provenance::{Lineage, Provenance, is_shown_of_others, lineage};
use crate::error::Error;
use crate::failure::Failure;
use crate::statement::explain::{explain, nearest};
use crate::statement::params::Params;
use crate::statement::parse::parse_statement;

/// The column that says how many responses a row is about, for `min_responses`.
pub(super) const RESPONSES: &str = "responses";

/// A check whose query can run.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) check: Check<'a>,
    pub(super) plan: LogicalPlan,
    pub(super) columns: Vec<ResultColumn>,
    /// The index of the column that says how many responses a row is about, or of the histogram
    /// that counts them; there is one where `min_responses` is said.
    pub(super) responses: Option<usize>,
    /// What each expectation is about, in their order.
    pub(super) subjects: Vec<Subject>,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResultColumn {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) provenance: Provenance,
    /// Whether values of it may be shown, as far as the plan tells.
    pub(super) is_shown: bool,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Tells rows apart.
    Key,
    /// A number, kept for later runs to compare with.
    Measure,
    /// A list of how many gave each score.
    Histogram,
    /// Neither.
    Other,
}

/// What an expectation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Rows,
    /// The index of a column.
    Column(usize),
}

/// Why checks are not planned.
pub(super) enum NotPlanned {
    /// Something is wrong with this one.
    Problem(Problem),
    /// Something is wrong that would be with every other, such as that there is no lake.
    Failure(Failure),
}

impl From<Problem> for NotPlanned {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Plans the query of a check.
pub(super) async fn plan<'a>(
    context: &SessionContext,
    check: Check<'a>,
    params: &Params<'_>,
) -> Result<Planned<'a>, NotPlanned> {
    let (file, line) = (check.file, check.statement.line);
    let statement = parse_statement(&check.statement)
        .map_err(|error| Problem::of_statement(file, line, *error))?;
    let is_query = matches!(&statement, Statement::Statement(statement)
        if matches!(statement.as_ref(), SqlStatement::Query(_)));
    let not_a_query = || {
        Problem::new(
            file,
            line,
            "a check is a query, and this statement is none",
            "write SELECT …; what has to be done before the checks belongs into voxql run",
        )
    };
    if !is_query {
        return Err(not_a_query().into());
    }
    let unbound = context
        .state()
        .statement_to_plan(statement)
        .await
        .map_err(|error| not_planned(error, &check, context))?;
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(&unbound)
        .map_err(|_| not_a_query())?;
    // With their values put in, parameters could not be told from literals.
    let lineage = lineage(&unbound);
    let plan = params.bind(unbound).map_err(|failure| match failure {
        Failure::Told { error, .. } => of_error(error, &check),
        Failure::Usage { message, hint } => {
            NotPlanned::Failure(Failure::usage(harmless(&message), hint))
        }
        other => NotPlanned::Failure(other),
    })?;
    let fields = plan.schema().fields();
    let columns: Vec<ResultColumn> = fields
        .iter()
        .zip(lineage)
        .map(|(field, lineage)| ResultColumn::of(field, lineage, &check))
        .collect();
    let subjects = check
        .expectations
        .iter()
        .map(|expectation| subject(&check, expectation, &columns, fields))
        .collect::<Result<Vec<_>, _>>()?;
    let responses = match check.header.min_responses {
        Some(_) => Some(responses(&check, &columns)?),
        None => None,
    };
    Ok(Planned {
        check,
        plan,
        columns,
        responses,
        subjects,
    })
}

/// Why the planner refuses the statement of a check. To plan it files are looked into, and what
/// reads them quotes what it cannot read.
fn not_planned(error: DataFusionError, check: &Check<'_>, context: &SessionContext) -> NotPlanned {
    let is_of_statement = matches!(
        error.find_root(),
        DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::SQL(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Configuration(_)
    );
    let (file, line) = (check.file, check.statement.line);
    match explain(error, &check.statement, context) {
        Failure::InStatement(error) => Problem::of_statement(file, line, *error).into(),
        Failure::Told { error, .. } if error.is_query() && !is_of_statement => Problem::new(
            file,
            line,
            "the query cannot be planned; why is not shown, as it may quote personal data",
            "run the query by itself to see it: voxql run FILE",
        )
        .into(),
        Failure::Told { error, .. } => of_error(error, check),
        other => NotPlanned::Failure(other),
    }
}

fn of_error(error: Error, check: &Check<'_>) -> NotPlanned {
    let (file, line) = (check.file, check.statement.line);
    match error.is_query() || error.is_invalid() {
        true => Problem::of_error(file, line, &error).into(),
        false => NotPlanned::Failure(Failure::from(error).at_line(file, line)),
    }
}

impl ResultColumn {
    fn of(field: &Field, lineage: Lineage, check: &Check<'_>) -> Self {
        let name = field.name();
        // A key that is not to be NULL is one all the same.
        let is_compared = check.expectations.iter().any(
            |expectation| matches!(&expectation.claim, Claim::Column { name: of, .. } if of == name),
        );
        let counts_responses = check.header.min_responses.is_some() && name == RESPONSES;
        let is_expected = is_compared || counts_responses;
        let data_type = field.data_type();
        let is_whole = data_type.is_integer();
        let role = if is_histogram(data_type) {
            Role::Histogram
        } else if is_number(data_type) && (is_expected || lineage.is_measure || !is_whole) {
            Role::Measure
        } else if is_expected || lineage.is_measure || !is_key(data_type) {
            Role::Other
        } else {
            Role::Key
        };
        let is_shown = match lineage.provenance {
            Provenance::Own | Provenance::Kept => true,
            Provenance::Foreign => is_shown_of_others(data_type) || role == Role::Histogram,
            Provenance::Personal => false,
        };
        Self {
            name: name.clone(),
            role,
            provenance: lineage.provenance,
            is_shown,
        }
    }
}

/// What can be read as a number; what is always NULL has no type.
fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || *data_type == DataType::Null
}

fn is_key(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => is_key(value),
        DataType::RunEndEncoded(_, value) => is_key(value.data_type()),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean => true,
        data_type => data_type.is_integer() || data_type.is_temporal(),
    }
}

fn is_histogram(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(entry) | DataType::LargeList(entry) | DataType::FixedSizeList(entry, _) => {
            entry.data_type().is_numeric()
        }
        _ => false,
    }
}

/// Finds what an expectation is about.
fn subject(
    check: &Check<'_>,
    expectation: &Expectation,
    columns: &[ResultColumn],
    fields: &[Arc<Field>],
) -> Result<Subject, Problem> {
    let problem = |message: String, hint: String| Problem {
        column: Some(expectation.column),
        ..Problem::new(check.file, expectation.line, message, hint)
    };
    match &expectation.claim {
        Claim::Rows(_) => Ok(Subject::Rows),
        Claim::Null { name, .. } => Ok(Subject::Column(named(name, columns, problem)?)),
        Claim::Column { name, .. } => {
            let index = named(name, columns, problem)?;
            if columns[index].role != Role::Measure {
                let data_type = fields[index].data_type();
                let hint = match data_type {
                    DataType::Struct(_) => format!(
                        "take a number out of it in the query, such as {name}['nps'] AS nps"
                    ),
                    _ => "an expectation is about numbers: compute one in the query, such as \
                          count(*) FILTER (WHERE …)"
                        .to_owned(),
                };
                let message = format!("{name} is {}", type_name(data_type));
                return Err(problem(message, hint));
            }
            Ok(Subject::Column(index))
        }
        Claim::NoSignificant(significance) => match &significance.histogram {
            Some(name) => {
                let index = named(name, columns, problem)?;
                if columns[index].role != Role::Histogram {
                    return Err(problem(
                        format!("{name} is no histogram of scores"),
                        format!("write score_histogram(score) AS {name}"),
                    ));
                }
                Ok(Subject::Column(index))
            }
            None => only_histogram(columns).map(Subject::Column).ok_or_else(|| {
                problem(
                    "the query does not give one histogram of scores to compare".to_owned(),
                    "add score_histogram(score) AS histogram; of several say which: no \
                     significant drop in NAME < 5 %"
                        .to_owned(),
                )
            }),
        },
    }
}

fn named(
    name: &str,
    columns: &[ResultColumn],
    problem: impl Fn(String, String) -> Problem,
) -> Result<usize, Problem> {
    let mut found = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.name == name);
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => Err(problem(
            format!("two columns of the result are named {name}"),
            "name one of them otherwise with AS".to_owned(),
        )),
        (None, _) => {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let near = nearest(name, &names).map(|near| format!("did you mean {near}? "));
            Err(problem(
                format!("the query gives no column {name}"),
                format!("{}it gives {}", near.unwrap_or_default(), names.join(", ")),
            ))
        }
    }
}

fn only_histogram(columns: &[ResultColumn]) -> Option<usize> {
    let mut found = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.role == Role::Histogram);
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}

/// The column that says how many responses a row is about.
fn responses(check: &Check<'_>, columns: &[ResultColumn]) -> Result<usize, Problem> {
    let named = columns
        .iter()
        .position(|column| column.name == RESPONSES && column.role == Role::Measure);
    named.or_else(|| only_histogram(columns)).ok_or_else(|| {
        Problem::new(
            check.file,
            check.header.line,
            "min_responses is said, and no column says how many responses there are",
            "add count(score) AS responses to the query",
        )
    })
}
