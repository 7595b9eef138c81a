//! What is expected beside an earlier run.
//!
//! Rows are compared that have the same key. A row that only one of the runs has leaves the check
//! not evaluated: what is gone may be just what went wrong.

use std::collections::{HashMap, HashSet};

use super::evaluate::{Evaluation, ROWS_KEPT_MAX};
use super::expectation::{Claim, Significance};
use super::judge::{Verdict, judge as judge_number, judge_change};
use super::label::{harmless, label};
use super::outcome::{Key, RowValues, Status};
use super::plan::Subject;
use super::results::{Baseline, BaselineCheck};
use super::row::{Cell, Row, histogram};

/// Holds against the result all that takes a baseline.
pub(super) fn judge(evaluation: &mut Evaluation<'_>, baseline: Option<&Baseline>) {
    let planned = evaluation.planned;
    let expectations = planned.check.expectations.iter().enumerate();
    let needing: Vec<usize> = expectations
        .filter(|(_, expectation)| expectation.claim.needs_baseline())
        .map(|(index, _)| index)
        .collect();
    if needing.is_empty() {
        return;
    }
    let name = &planned.check.header.name;
    let known = match baseline {
        None => Err(Verdict::unknown(
            "there is no baseline to compare with",
            "write one with --json FILE, and give it to the next run with --baseline FILE",
        )),
        Some(baseline) => baseline.check(name).ok_or_else(|| {
            Verdict::unknown(
                format!("the baseline has no check {name}"),
                "it was written before there was one: write it anew with --json FILE",
            )
        }),
    };
    let known = known.and_then(|known| match known.row_count {
        Some(row_count) => Ok((known, row_count)),
        None => Err(Verdict::unknown(
            format!("{name} was not run, or failed, when the baseline was written"),
            "write it anew with --json FILE",
        )),
    });
    let (known, row_count) = match known {
        Ok(known) => known,
        Err(verdict) => return not_evaluated(evaluation, &needing, verdict),
    };
    let mut of_rows = Vec::new();
    for index in needing {
        match &planned.check.expectations[index].claim {
            Claim::Rows(limits) => {
                let now = evaluation.row_count as f64;
                let verdict = judge_number("rows", limits, now, Some(row_count as f64), true);
                evaluation.findings.add(Some(index), None, verdict);
            }
            _ => of_rows.push(index),
        }
    }
    // Without rows that has been said already.
    if !of_rows.is_empty() && evaluation.row_count > 0 {
        judge_rows(evaluation, &of_rows, known, row_count);
    }
}

fn not_evaluated(evaluation: &mut Evaluation<'_>, expectations: &[usize], verdict: Verdict) {
    for index in expectations {
        evaluation.findings.mark(*index, Status::NotEvaluated);
    }
    evaluation.findings.add(None, None, verdict);
}

/// Holds the rows against those of the baseline.
fn judge_rows(
    evaluation: &mut Evaluation<'_>,
    expectations: &[usize],
    known: &BaselineCheck,
    row_count: u64,
) {
    let keys: Option<Vec<Key>> = evaluation
        .rows
        .iter()
        .map(|row| evaluation.key(row))
        .collect();
    let is_too_many = evaluation.row_count > ROWS_KEPT_MAX as u64;
    let is_repeated = !evaluation.repeated_keys().is_empty();
    let verdict = match keys {
        _ if is_too_many => Err(Verdict::unknown(
            format!("more than {ROWS_KEPT_MAX} rows are not compared with a baseline"),
            "group by fewer columns",
        )),
        None => Err(Verdict::unknown(
            "what tells the rows apart is not shown, and so not in a baseline",
            "group by columns such as segment or month, and leave others out of the result",
        )),
        Some(_) if is_repeated => Err(Verdict::unknown(
            "several rows have the same key, so that it is open which is to be compared",
            "give the column that tells them apart, or group by those that there are",
        )),
        Some(_) if known.rows.is_empty() && row_count > 0 => Err(Verdict::unknown(
            "the baseline has no rows that could be told apart",
            "write it anew with --json FILE",
        )),
        Some(keys) => match other_columns(&keys, known) {
            Some(verdict) => Err(verdict),
            None => Ok(keys),
        },
    };
    let keys = match verdict {
        Ok(keys) => keys,
        Err(verdict) => return not_evaluated(evaluation, expectations, verdict),
    };
    let before: HashMap<&Key, &RowValues> = known.rows.iter().map(|row| (&row.key, row)).collect();
    let rows = std::mem::take(&mut evaluation.rows);
    for (row, key) in rows.iter().zip(&keys) {
        // What has too few responses has been said to.
        if evaluation.enough_responses(row).is_err() {
            continue;
        }
        match before.get(key) {
            Some(before) => judge_row(evaluation, expectations, row, before),
            None => {
                for index in expectations {
                    evaluation.findings.mark(*index, Status::NotEvaluated);
                }
                let verdict = Verdict::unknown(
                    "the baseline has no such row",
                    "write it anew with --json FILE",
                );
                evaluation.findings.add(None, Some(row.number), verdict);
            }
        }
    }
    evaluation.rows = rows;
    let keys: HashSet<&Key> = keys.iter().collect();
    for row in &known.rows {
        if !keys.contains(&row.key) {
            let verdict = Verdict::unknown(
                format!("the row {} of the baseline is gone", named(&row.key)),
                "find out where it went, or write the baseline anew with --json FILE",
            );
            not_evaluated(evaluation, expectations, verdict);
        }
    }
}

/// Why rows cannot be compared that other columns tell apart than did before.
fn other_columns(keys: &[Key], known: &BaselineCheck) -> Option<Verdict> {
    let (now, before) = (keys.first()?, &known.rows.first()?.key);
    if now.keys().eq(before.keys()) {
        return None;
    }
    let columns = |key: &Key| match key.is_empty() {
        true => "nothing".to_owned(),
        false => key
            .keys()
            .map(|column| label(column))
            .collect::<Vec<_>>()
            .join(", "),
    };
    Some(Verdict::unknown(
        format!(
            "rows are told apart by {}, and in the baseline by {}",
            columns(now),
            columns(before)
        ),
        "write it anew with --json FILE",
    ))
}

fn named(key: &Key) -> String {
    let values = key.iter().map(|(column, value)| {
        let value = value.as_deref().map_or_else(|| "NULL".to_owned(), label);
        format!("{} = {value}", label(column))
    });
    values.collect::<Vec<String>>().join(", ")
}

fn judge_row(
    evaluation: &mut Evaluation<'_>,
    expectations: &[usize],
    row: &Row,
    before: &RowValues,
) {
    let planned = evaluation.planned;
    for &index in expectations {
        let Subject::Column(column) = planned.subjects[index] else {
            continue;
        };
        let name = &planned.columns[column].name;
        let verdict = match &planned.check.expectations[index].claim {
            Claim::Column { limits, .. } => {
                let before = before.values.get(&harmless(name)).copied().flatten();
                evaluation.judge_cell(row, column, limits, before.map(|number| number.0))
            }
            Claim::NoSignificant(significance) => {
                change(evaluation, row, column, significance, before)
            }
            Claim::Rows(_) | Claim::Null { .. } => Verdict::Holds,
        };
        evaluation
            .findings
            .add(Some(index), Some(row.number), verdict);
    }
}

fn change(
    evaluation: &Evaluation<'_>,
    row: &Row,
    column: usize,
    significance: &Significance,
    before: &RowValues,
) -> Verdict {
    let column_of = &evaluation.planned.columns[column];
    let name = &column_of.name;
    let now = match &row.cells[column] {
        Cell::Histogram(now) => now,
        _ => {
            return Verdict::unknown(
                format!("{name} is no histogram of the scores 0 to 10"),
                format!("write score_histogram(score) AS {name}"),
            );
        }
    };
    let before = before.histograms.get(&harmless(name));
    let before = before.and_then(|counts| histogram(counts.iter().map(|count| Some(count.0))));
    match before {
        Some(before) => judge_change(significance, &before, now, column_of.is_shown),
        None => Verdict::unknown(
            format!("the baseline has no histogram {name} to compare with"),
            "write it anew with --json FILE",
        ),
    }
}
