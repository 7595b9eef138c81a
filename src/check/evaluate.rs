//! Runs a check's query and judges its result.

use std::time::Instant;

use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;

use super::baseline;
use super::expectation::Claim;
use super::findings::Findings;
use super::judge::{Verdict, judge};
use super::outcome::Outcome;
use super::plan::{Planned, Subject};
use super::provenance::errors_may_quote_data;
use super::results::Baseline;
use super::row::{Cell, Row};
use super::rows::Rows;
use crate::error::Error;

/// The number of rows that are listed if it is wrong.
const ROWS_LISTED_MAX: usize = 5;

/// Runs a check. Errors are part of the outcome.
pub(super) async fn evaluate(
    context: &SessionContext,
    planned: &Planned<'_>,
    baseline: Option<&Baseline>,
    warnings_as_errors: bool,
) -> Outcome {
    let start = Instant::now();
    let mut rows = Rows::new(planned);
    let mut findings = Findings::new(&planned.check, warnings_as_errors);
    let read = read(context, &mut rows, &mut findings).await;
    let is_complete = read.is_ok();
    match read {
        Ok(()) => {
            judge_result(&rows, &mut findings);
            baseline::judge(&rows, &mut findings, baseline);
        }
        Err(error) => {
            let verdict = query_failure(context, planned, error);
            let expectations: Vec<usize> = (0..planned.check.expectations.len()).collect();
            findings.add_unknown(&expectations, None, verdict);
        }
    }
    let mut outcome = findings.into_outcome();
    let repeated = rows.repeated_keys();
    for finding in &mut outcome.findings {
        if let Some(row) = finding.row {
            finding.row_name = rows.name(row, &repeated);
        }
    }
    if is_complete {
        outcome.row_count = Some(rows.count);
        if repeated.is_empty() && rows.count == rows.kept.len() as u64 {
            outcome.rows = rows.values();
        }
    }
    outcome.duration = start.elapsed();
    outcome
}

/// Runs the query, and judges each row by the expectations that need no baseline.
async fn read(
    context: &SessionContext,
    rows: &mut Rows<'_>,
    findings: &mut Findings,
) -> Result<()> {
    let plan = rows.planned.plan.clone();
    let frame = context.execute_logical_plan(plan).await?;
    let mut stream = frame.execute_stream().await?;
    while let Some(batch) = stream.try_next().await? {
        rows.add(&batch, |rows, row| judge_row(rows, row, findings))?;
    }
    Ok(())
}

fn judge_row(rows: &Rows<'_>, row: &Row, findings: &mut Findings) {
    if let Err(verdict) = rows.check_responses(row) {
        return findings.add_unknown(&rows.expectations(), Some(row.number), verdict);
    }
    let planned = rows.planned;
    for (index, expectation) in planned.check.expectations.iter().enumerate() {
        let Subject::Column(column) = planned.subjects[index] else {
            continue;
        };
        let verdict = match &expectation.claim {
            Claim::Column { limits, .. } if !limits.need_baseline() => {
                rows.judge_cell(row, column, limits, None)
            }
            Claim::Null { name, is_null } => {
                let found_null = row.cells[column] == Cell::Null;
                if found_null == *is_null {
                    Verdict::Holds
                } else {
                    let not = if found_null { "" } else { "not " };
                    Verdict::Fails(format!("{name} is {not}NULL"))
                }
            }
            _ => Verdict::Holds,
        };
        findings.add(Some(index), Some(row.number), verdict);
    }
}

/// The verdict on a query that failed. DataFusion's errors quote values, so they are hidden if these
/// may be personal.
fn query_failure(
    context: &SessionContext,
    planned: &Planned<'_>,
    error: DataFusionError,
) -> Verdict {
    let error = Error::from(error);
    let optimized = context.state().optimize(&planned.plan);
    if error.is_query() && optimized.map_or(true, |plan| errors_may_quote_data(&plan)) {
        return Verdict::unknown(
            "the query failed; the error is hidden, as it may quote personal data",
            "to see it, run the query with voxql run FILE",
        );
    }
    Verdict::Unknown {
        message: format!("the query failed: {error}"),
        hint: error.hint().map(ToOwned::to_owned),
    }
}

/// Judges the result as a whole, without a baseline.
fn judge_result(rows: &Rows<'_>, findings: &mut Findings) {
    let planned = rows.planned;
    let needs_rows = rows.expectations();
    if rows.count == 0 && (planned.responses.is_some() || !needs_rows.is_empty()) {
        let verdict = Verdict::unknown(
            "the query returned no rows",
            "check that its conditions do not exclude everything",
        );
        findings.add_unknown(&needs_rows, None, verdict);
    }
    for (index, expectation) in planned.check.expectations.iter().enumerate() {
        if let Claim::Rows(limits) = &expectation.claim
            && !limits.need_baseline()
        {
            let mut verdict = judge("rows", limits, rows.count as f64, None, true);
            if let Verdict::Fails(message) = &mut verdict
                && let Some(names) = rows.first_names(ROWS_LISTED_MAX)
            {
                *message += &format!(": {names}");
            }
            findings.add(Some(index), None, verdict);
        }
    }
}
