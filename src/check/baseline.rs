//! Expectations that compare the result with a baseline, the results of an earlier run.
//!
//! Rows with the same key are compared. A row that only one of the runs has leaves the check
//! not evaluated: the missing rows may be what went wrong.

use std::collections::{HashMap, HashSet};

use super::column::ResultColumn;
use super::expectation::Claim;
use super::findings::Findings;
use super::judge::{NEW_BASELINE_HINT, Verdict, judge as judge_number, judge_change};
use super::label::{label, labelled, sanitize};
use super::outcome::{Key, RowValues};
use super::plan::Subject;
use super::results::{Baseline, BaselineCheck};
use super::row::{Cell, Row, histogram};
use super::rows::{ROWS_KEPT_MAX, Rows};

/// Judges the expectations that need a baseline.
pub(super) fn judge(rows: &Rows<'_>, findings: &mut Findings, baseline: Option<&Baseline>) {
    let check = &rows.planned.check;
    let (about_count, about_rows): (Vec<usize>, Vec<usize>) = (0..check.expectations.len())
        .filter(|index| check.expectations[*index].claim.needs_baseline())
        .partition(|index| rows.planned.subjects[*index] == Subject::Rows);
    if about_count.is_empty() && about_rows.is_empty() {
        return;
    }
    let (earlier, row_count) = match find_check(&check.header.name, baseline) {
        Ok(found) => found,
        Err(verdict) => {
            return findings.add_unknown(&[about_count, about_rows].concat(), None, verdict);
        }
    };
    for index in about_count {
        if let Claim::Rows(limits) = &check.expectations[index].claim {
            let before = Some(row_count as f64);
            let verdict = judge_number("rows", limits, rows.count as f64, before, true);
            findings.add(Some(index), None, verdict);
        }
    }
    // A result without rows already has a finding.
    if !about_rows.is_empty() && rows.count > 0 {
        judge_rows(rows, findings, &about_rows, earlier, row_count);
    }
}

/// Finds a check in the baseline, with the number of its rows.
fn find_check<'a>(
    name: &str,
    baseline: Option<&'a Baseline>,
) -> Result<(&'a BaselineCheck, u64), Verdict> {
    let Some(baseline) = baseline else {
        return Err(Verdict::unknown(
            "there is no baseline to compare with",
            "write one with --json FILE, and pass it to the next run with --baseline FILE",
        ));
    };
    let Some(check) = baseline.check(name) else {
        return Err(Verdict::unknown(
            format!("the baseline has no check \"{name}\""),
            "the check is newer than the baseline: write a new one with --json FILE",
        ));
    };
    let row_count = check.row_count.ok_or_else(|| {
        Verdict::unknown(
            format!("\"{name}\" was not run or failed when the baseline was written"),
            NEW_BASELINE_HINT,
        )
    })?;
    Ok((check, row_count))
}

/// Judges each row by the baseline's row with the same key.
fn judge_rows(
    rows: &Rows<'_>,
    findings: &mut Findings,
    expectations: &[usize],
    earlier: &BaselineCheck,
    row_count: u64,
) {
    let keys = match comparable_keys(rows, earlier, row_count) {
        Ok(keys) => keys,
        Err(verdict) => return findings.add_unknown(expectations, None, verdict),
    };
    let before: HashMap<&Key, &RowValues> =
        earlier.rows.iter().map(|row| (&row.key, row)).collect();
    for (row, key) in rows.kept.iter().zip(&keys) {
        if rows.check_responses(row).is_err() {
            // The row already has a finding.
            continue;
        }
        if let Some(before) = before.get(key) {
            for &index in expectations {
                let verdict = judge_row(rows, row, index, before);
                findings.add(Some(index), Some(row.number), verdict);
            }
        } else {
            let verdict = Verdict::unknown("the baseline has no such row", NEW_BASELINE_HINT);
            findings.add_unknown(expectations, Some(row.number), verdict);
        }
    }
    let keys: HashSet<&Key> = keys.iter().collect();
    for row in earlier.rows.iter().filter(|row| !keys.contains(&row.key)) {
        let verdict = Verdict::unknown(
            format!("the baseline's row {} is missing", row_name(&row.key)),
            "find out why, or write a new baseline with --json FILE",
        );
        findings.add_unknown(expectations, None, verdict);
    }
}

/// The keys of all rows, or the reason why they cannot be compared with the baseline's.
fn comparable_keys(
    rows: &Rows<'_>,
    earlier: &BaselineCheck,
    row_count: u64,
) -> Result<Vec<Key>, Verdict> {
    if rows.count > ROWS_KEPT_MAX as u64 {
        return Err(Verdict::unknown(
            format!("more than {ROWS_KEPT_MAX} rows cannot be compared with a baseline"),
            "group by fewer columns",
        ));
    }
    let keys = rows.kept.iter().map(|row| rows.key(row));
    let Some(keys) = keys.collect::<Option<Vec<Key>>>() else {
        return Err(Verdict::unknown(
            "the columns that identify rows are hidden, and so missing from a baseline",
            "group by columns such as segment or month, and remove others from the result",
        ));
    };
    if !rows.repeated_keys().is_empty() {
        return Err(Verdict::unknown(
            "several rows have the same key, so they cannot be compared",
            "add the column that distinguishes them, or group by the existing columns",
        ));
    }
    if earlier.rows.is_empty() && row_count > 0 {
        return Err(Verdict::unknown(
            "the baseline has no rows that can be identified",
            NEW_BASELINE_HINT,
        ));
    }
    if let (Some(now), Some(before)) = (keys.first(), earlier.rows.first())
        && !now.keys().eq(before.key.keys())
    {
        return Err(Verdict::unknown(
            format!(
                "rows are identified by {}, and in the baseline by {}",
                column_names(now),
                column_names(&before.key)
            ),
            NEW_BASELINE_HINT,
        ));
    }
    Ok(keys)
}

fn column_names(key: &Key) -> String {
    if key.is_empty() {
        return "no columns".to_owned();
    }
    let names: Vec<String> = key.keys().map(|column| label(column)).collect();
    names.join(", ")
}

fn row_name(key: &Key) -> String {
    let values = key.iter();
    let values = values.map(|(column, value)| labelled(column, value.as_deref()));
    values.collect::<Vec<_>>().join(", ")
}

fn judge_row(rows: &Rows<'_>, row: &Row, expectation: usize, before: &RowValues) -> Verdict {
    let planned = rows.planned;
    let Subject::Column(column) = planned.subjects[expectation] else {
        return Verdict::Holds;
    };
    let ResultColumn { name, is_shown, .. } = &planned.columns[column];
    let significance = match &planned.check.expectations[expectation].claim {
        Claim::NoSignificantChange(significance) => significance,
        Claim::Column { limits, .. } => {
            let before = before.values.get(&sanitize(name)).copied().flatten();
            return rows.judge_cell(row, column, limits, before.map(|number| number.0));
        }
        Claim::Rows(_) | Claim::Null { .. } => return Verdict::Holds,
    };
    let Cell::Histogram(now) = &row.cells[column] else {
        return Verdict::unknown(
            format!("{name} is not a histogram of the scores 0 to 10"),
            format!("write score_histogram(score) AS {name}"),
        );
    };
    let before = before.histograms.get(&sanitize(name));
    let before = before.and_then(|counts| histogram(counts.iter().map(|count| Some(count.0))));
    match before {
        Some(before) => judge_change(significance, &before, now, *is_shown),
        None => Verdict::unknown(
            format!("the baseline has no histogram {name} to compare with"),
            NEW_BASELINE_HINT,
        ),
    }
}
