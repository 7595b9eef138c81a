//! A check's query run, and its rows held against what is expected of them.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;

use super::beside_baseline;
use super::expectation::{Claim, Limits};
use super::findings::Findings;
use super::judge::{Verdict, judge};
use super::label::{harmless, is_prose, label};
use super::outcome::{Key, Number, Outcome, RowValues, Status};
use super::plan::{Planned, ResultColumn, Role, Subject};
use super::provenance::may_quote;
use super::results::Baseline;
use super::row::{Cell, Columns, Row};
use crate::error::Error;

/// So many rows are kept, to be named and for later runs to compare with. All are checked.
pub(super) const ROWS_KEPT_MAX: usize = 10_000;

/// So many rows are named where their number is wrong.
const ROWS_NAMED_MAX: usize = 5;

/// What a run was told besides the files.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) baseline: Option<Baseline>,
    pub(super) warnings_as_errors: bool,
}

/// A check at work.
pub(super) struct Evaluation<'a> {
    pub(super) planned: &'a Planned<'a>,
    pub(super) findings: Findings<'a>,
    /// The first rows, at most [`ROWS_KEPT_MAX`].
    pub(super) rows: Vec<Row>,
    pub(super) row_count: u64,
    /// By column: whether it is a key that must not be shown, as far as rows have told.
    is_hidden: Vec<bool>,
}

/// Runs a check. Whatever goes wrong is part of the outcome.
pub(super) async fn evaluate(
    context: &SessionContext,
    planned: &Planned<'_>,
    rules: &Rules,
) -> Outcome {
    let start = Instant::now();
    let mut evaluation = Evaluation::new(planned, rules);
    let is_whole = match evaluation.read(context).await {
        Ok(()) => true,
        Err(error) => {
            let (message, hint) = told(context, planned, error);
            evaluation.findings.add_to_all(message, hint);
            false
        }
    };
    if is_whole {
        evaluation.judge_whole(rules.baseline.as_ref());
    }
    let mut outcome = evaluation.into_outcome(is_whole);
    outcome.duration = start.elapsed();
    outcome
}

/// What may be said of an error of a query. DataFusion's quote values, which are left out where
/// they may be personal.
fn told(
    context: &SessionContext,
    planned: &Planned<'_>,
    error: DataFusionError,
) -> (String, Option<String>) {
    let error = Error::from(error);
    let optimized = context.state().optimize(&planned.plan);
    if error.is_query() && optimized.map_or(true, |plan| may_quote(&plan)) {
        return (
            "the query failed; why is not shown, as it may quote personal data".to_owned(),
            Some("run the query by itself to see it: voxql run FILE".to_owned()),
        );
    }
    let hint = error.hint().map(ToOwned::to_owned);
    (format!("the query failed: {error}"), hint)
}

impl<'a> Evaluation<'a> {
    fn new(planned: &'a Planned<'a>, rules: &Rules) -> Self {
        let is_hidden = planned.columns.iter();
        Self {
            planned,
            findings: Findings::new(&planned.check, rules.warnings_as_errors),
            rows: Vec::new(),
            row_count: 0,
            is_hidden: is_hidden.map(|column| !column.is_shown).collect(),
        }
    }

    async fn read(&mut self, context: &SessionContext) -> Result<()> {
        let frame = context
            .execute_logical_plan(self.planned.plan.clone())
            .await?;
        let mut stream = frame.execute_stream().await?;
        while let Some(batch) = stream.try_next().await? {
            self.read_batch(&batch)?;
        }
        Ok(())
    }

    fn read_batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let planned = self.planned;
        let columns = Columns::of(&planned.columns, batch)?;
        for index in 0..batch.num_rows() {
            self.row_count += 1;
            let row = columns.row(index, self.row_count);
            for ((column, cell), is_hidden) in planned
                .columns
                .iter()
                .zip(&row.cells)
                .zip(&mut self.is_hidden)
            {
                *is_hidden |= matches!(cell, Cell::Text(text) if is_prose(column, text));
            }
            self.judge_row(&row);
            if self.rows.len() < ROWS_KEPT_MAX {
                self.rows.push(row);
            }
        }
        Ok(())
    }

    /// Holds against a row what takes no baseline.
    fn judge_row(&mut self, row: &Row) {
        if let Err(verdict) = self.enough_responses(row) {
            for index in self.of_rows() {
                self.findings.mark(index, Status::NotEvaluated);
            }
            self.findings.add(None, Some(row.number), verdict);
            return;
        }
        let planned = self.planned;
        for (index, expectation) in planned.check.expectations.iter().enumerate() {
            let Subject::Column(column) = planned.subjects[index] else {
                continue;
            };
            let verdict = match &expectation.claim {
                Claim::Column { limits, .. } if !limits.needs_baseline() => {
                    self.judge_cell(row, column, limits, None)
                }
                Claim::Null { name, is_null } => {
                    let verdict = |what| Verdict::Fails(format!("{name} is {what}"));
                    match (row.cells[column] == Cell::Null, is_null) {
                        (true, false) => verdict("NULL"),
                        (false, true) => verdict("not NULL"),
                        _ => Verdict::Holds,
                    }
                }
                _ => Verdict::Holds,
            };
            self.findings.add(Some(index), Some(row.number), verdict);
        }
    }

    pub(super) fn judge_cell(
        &self,
        row: &Row,
        column: usize,
        limits: &Limits,
        baseline: Option<f64>,
    ) -> Verdict {
        let column_of = &self.planned.columns[column];
        match row.cells[column] {
            Cell::Number(value) => {
                judge(&column_of.name, limits, value, baseline, column_of.is_shown)
            }
            _ => Verdict::unknown(
                format!("{} is NULL", column_of.name),
                "leave out rows of nobody with HAVING, or say what it is then with coalesce()",
            ),
        }
    }

    /// Whether a row is about as many responses as it has to be, or why that cannot be told.
    pub(super) fn enough_responses(&self, row: &Row) -> Result<(), Verdict> {
        let header = &self.planned.check.header;
        let (Some(column), Some(min)) = (self.planned.responses, header.min_responses) else {
            return Ok(());
        };
        let column_of = &self.planned.columns[column];
        let responses = match &row.cells[column] {
            Cell::Number(number) => *number,
            Cell::Histogram(counts) => counts.iter().sum(),
            _ => {
                return Err(Verdict::unknown(
                    format!(
                        "{} does not say how many responses there are",
                        column_of.name
                    ),
                    "give the number with count(score) AS responses",
                ));
            }
        };
        // In this direction NaN is not enough.
        if responses >= min as f64 {
            return Ok(());
        }
        let how_many = match column_of.is_shown {
            true => format!("{responses} responses,"),
            false => "responses are".to_owned(),
        };
        Err(Verdict::unknown(
            format!("{how_many} fewer than min_responses={min}"),
            "wait for more, ask about a longer time, or leave such rows out with HAVING",
        ))
    }

    /// The expectations that are of rows, not of their number.
    pub(super) fn of_rows(&self) -> Vec<usize> {
        let subjects = self.planned.subjects.iter().enumerate();
        subjects
            .filter(|(_, subject)| **subject != Subject::Rows)
            .map(|(index, _)| index)
            .collect()
    }

    /// Holds against the result as a whole what is left.
    fn judge_whole(&mut self, baseline: Option<&Baseline>) {
        let needs_rows = self.of_rows();
        let is_counted = self.planned.responses.is_some();
        if self.row_count == 0 && (is_counted || !needs_rows.is_empty()) {
            for index in needs_rows {
                self.findings.mark(index, Status::NotEvaluated);
            }
            let verdict = Verdict::unknown(
                "the query gave no rows",
                "look whether its conditions leave everything out",
            );
            self.findings.add(None, None, verdict);
        }
        let planned = self.planned;
        for (index, expectation) in planned.check.expectations.iter().enumerate() {
            if let Claim::Rows(limits) = &expectation.claim
                && !limits.needs_baseline()
            {
                let verdict = judge("rows", limits, self.row_count as f64, None, true);
                let verdict = self.naming_rows(verdict);
                self.findings.add(Some(index), None, verdict);
            }
        }
        beside_baseline::judge(self, baseline);
    }

    /// Says which rows there are where there is a wrong number of them, as far as they have names.
    fn naming_rows(&self, verdict: Verdict) -> Verdict {
        let (Verdict::Fails(message), true) = (&verdict, self.has_shown_key()) else {
            return verdict;
        };
        let repeated = self.repeated_keys();
        let rows = self.rows.iter().take(ROWS_NAMED_MAX);
        let names: Vec<String> = rows
            .map(|row| self.row_name(row.number, &repeated))
            .collect();
        let more = match self.row_count > names.len() as u64 {
            true => "; …",
            false => "",
        };
        Verdict::Fails(format!("{message}: {}{more}", names.join("; ")))
    }

    fn has_shown_key(&self) -> bool {
        self.row_count > 0 && self.keys().any(|(index, _)| !self.is_hidden[index])
    }

    /// What tells a row from others, `None` where that must not be shown.
    pub(super) fn key(&self, row: &Row) -> Option<Key> {
        let mut key = Key::new();
        for (index, column) in self.keys() {
            if self.is_hidden[index] {
                return None;
            }
            let value = match &row.cells[index] {
                Cell::Text(text) => Some(label(text)),
                _ => None,
            };
            key.insert(harmless(&column.name), value);
        }
        Some(key)
    }

    fn keys(&self) -> impl Iterator<Item = (usize, &ResultColumn)> {
        let columns = self.planned.columns.iter().enumerate();
        columns.filter(|(_, column)| column.role == Role::Key)
    }

    /// What a row is called.
    fn row_name(&self, number: u64, repeated: &HashSet<Key>) -> String {
        let kept = usize::try_from(number - 1).ok();
        let row = kept.and_then(|index| self.rows.get(index));
        let shown: Vec<String> = row.map_or_else(Vec::new, |row| {
            let keys = self.keys().filter(|(index, _)| !self.is_hidden[*index]);
            keys.map(|(index, column)| match &row.cells[index] {
                Cell::Text(text) => format!("{} = {}", label(&column.name), label(text)),
                _ => format!("{} = NULL", label(&column.name)),
            })
            .collect()
        });
        let key = row.and_then(|row| self.key(row));
        let is_told_apart = key.is_some_and(|key| !repeated.contains(&key));
        match (shown.is_empty(), is_told_apart) {
            _ if self.row_count == 1 && shown.is_empty() => String::new(),
            (true, _) => format!("row {number}"),
            (false, true) => shown.join(", "),
            (false, false) => format!("{} (row {number})", shown.join(", ")),
        }
    }

    /// The keys that several of the kept rows have.
    pub(super) fn repeated_keys(&self) -> HashSet<Key> {
        let mut seen = HashSet::new();
        let keys = self.rows.iter().filter_map(|row| self.key(row));
        keys.filter(|key| !seen.insert(key.clone())).collect()
    }

    /// What a later run can compare the row with, `None` where it has no key.
    fn values(&self, row: &Row) -> Option<RowValues> {
        let mut values = RowValues {
            key: self.key(row)?,
            values: BTreeMap::new(),
            histograms: BTreeMap::new(),
        };
        for (column, cell) in self.planned.columns.iter().zip(&row.cells) {
            if !column.is_shown {
                continue;
            }
            let name = harmless(&column.name);
            match (column.role, cell) {
                (Role::Measure, Cell::Number(number)) if number.is_finite() => {
                    values.values.insert(name, Some(Number(*number)));
                }
                (Role::Measure, _) => {
                    values.values.insert(name, None);
                }
                (Role::Histogram, Cell::Histogram(counts)) => {
                    let counts = counts.iter().copied().map(Number).collect();
                    values.histograms.insert(name, counts);
                }
                _ => {}
            }
        }
        Some(values)
    }

    fn into_outcome(self, is_whole: bool) -> Outcome {
        let repeated = self.repeated_keys();
        let rows = self.findings.rows();
        let names =
            rows.map(|row| row.map_or_else(String::new, |row| self.row_name(row, &repeated)));
        let names: Vec<String> = names.collect();
        let is_kept = is_whole && repeated.is_empty() && self.row_count <= self.rows.len() as u64;
        let values: Option<Vec<RowValues>> = match is_kept {
            true => self.rows.iter().map(|row| self.values(row)).collect(),
            false => None,
        };
        Outcome {
            row_count: is_whole.then_some(self.row_count),
            rows: values.unwrap_or_default(),
            ..self.findings.into_outcome(names)
        }
    }
}
