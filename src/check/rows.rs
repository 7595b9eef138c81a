//! The rows of a result so far: their keys and names, and checks of single rows.

use std::collections::{BTreeMap, HashSet};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;

use super::column::{ResultColumn, Role};
use super::expectation::Limits;
use super::judge::{Verdict, judge};
use super::label::{label, labelled, sanitize};
use super::outcome::{Key, Number, RowValues};
use super::plan::{Planned, Subject};
use super::row::{Cell, Row, cells};

/// All rows are checked, but no more than these are kept, for messages and for later runs to compare
/// with.
pub(super) const ROWS_KEPT_MAX: usize = 10_000;

pub(super) struct Rows<'a> {
    pub(super) planned: &'a Planned<'a>,
    /// The first rows, at most [`ROWS_KEPT_MAX`].
    pub(super) kept: Vec<Row>,
    pub(super) count: u64,
    /// By column: `true` if the plan or a value so far shows that it must be hidden.
    is_hidden: Vec<bool>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(planned: &'a Planned<'a>) -> Self {
        let columns = planned.columns.iter();
        Self {
            planned,
            kept: Vec::new(),
            count: 0,
            is_hidden: columns.map(|column| !column.is_shown).collect(),
        }
    }

    /// Adds the rows of a batch, and calls `judge` for each.
    pub(super) fn add(
        &mut self,
        batch: &RecordBatch,
        mut judge: impl FnMut(&Self, &Row),
    ) -> Result<(), ArrowError> {
        let columns = &self.planned.columns;
        let readers = columns.iter().zip(batch.columns());
        let readers = readers.map(|(column, array)| cells(column.role, array));
        let readers = readers.collect::<Result<Vec<_>, _>>()?;
        for index in 0..batch.num_rows() {
            self.count += 1;
            let row = Row {
                number: self.count,
                cells: readers.iter().map(|read| read(index)).collect(),
            };
            for (position, column) in columns.iter().enumerate() {
                let text = row.cells[position].text();
                self.is_hidden[position] |= text.is_some_and(|text| column.is_prose(text));
            }
            judge(self, &row);
            if self.kept.len() < ROWS_KEPT_MAX {
                self.kept.push(row);
            }
        }
        Ok(())
    }

    pub(super) fn judge_cell(
        &self,
        row: &Row,
        column: usize,
        limits: &Limits,
        baseline: Option<f64>,
    ) -> Verdict {
        let ResultColumn { name, is_shown, .. } = &self.planned.columns[column];
        match row.cells[column] {
            Cell::Number(value) => judge(name, limits, value, baseline, *is_shown),
            _ => Verdict::unknown(
                format!("{name} is NULL"),
                "exclude empty groups with HAVING, or replace NULL with coalesce()",
            ),
        }
    }

    /// Checks that a row is about at least `min_responses` responses.
    pub(super) fn check_responses(&self, row: &Row) -> Result<(), Verdict> {
        let header = &self.planned.check.header;
        let (Some(column), Some(min)) = (self.planned.responses, header.min_responses) else {
            return Ok(());
        };
        let ResultColumn { name, is_shown, .. } = &self.planned.columns[column];
        let responses = match &row.cells[column] {
            Cell::Number(number) => *number,
            Cell::Histogram(counts) => counts.iter().sum(),
            _ => {
                return Err(Verdict::unknown(
                    format!("{name} is not a number of responses"),
                    "count them with count(score) AS responses",
                ));
            }
        };
        // NaN is not enough either.
        if responses >= min as f64 {
            return Ok(());
        }
        let message = if *is_shown {
            format!("{responses} responses, fewer than min_responses={min}")
        } else {
            format!("fewer responses than min_responses={min}")
        };
        Err(Verdict::unknown(
            message,
            "wait for more responses, query a longer period, or exclude such rows with HAVING",
        ))
    }

    /// The indices of expectations about rows, not about their number.
    pub(super) fn expectations(&self) -> Vec<usize> {
        let subjects = &self.planned.subjects;
        (0..subjects.len())
            .filter(|index| subjects[*index] != Subject::Rows)
            .collect()
    }

    /// The key columns, with their indices.
    fn keys(&self) -> impl Iterator<Item = (usize, &ResultColumn)> {
        let columns = self.planned.columns.iter().enumerate();
        columns.filter(|(_, column)| column.role == Role::Key)
    }

    fn shown_keys(&self) -> impl Iterator<Item = (usize, &ResultColumn)> {
        self.keys().filter(|(index, _)| !self.is_hidden[*index])
    }

    /// The key of a row, `None` if part of it must be hidden.
    pub(super) fn key(&self, row: &Row) -> Option<Key> {
        let values = self.keys().map(|(index, column)| {
            let value = row.cells[index].text().map(label);
            (!self.is_hidden[index]).then(|| (sanitize(&column.name), value))
        });
        values.collect()
    }

    /// The keys that several kept rows have.
    pub(super) fn repeated_keys(&self) -> HashSet<Key> {
        let mut seen = HashSet::new();
        let keys = self.kept.iter().filter_map(|row| self.key(row));
        keys.filter(|key| !seen.insert(key.clone())).collect()
    }

    /// A row's name in messages; empty if it is the only row and has no shown key.
    pub(super) fn name(&self, number: u64, repeated: &HashSet<Key>) -> String {
        let index = usize::try_from(number - 1).ok();
        let row = index.and_then(|index| self.kept.get(index));
        let name = row.map_or_else(String::new, |row| {
            let values = self
                .shown_keys()
                .map(|(index, column)| labelled(&column.name, row.cells[index].text()));
            values.collect::<Vec<_>>().join(", ")
        });
        let key = row.and_then(|row| self.key(row));
        if name.is_empty() && self.count == 1 {
            name
        } else if name.is_empty() {
            format!("row {number}")
        } else if key.is_some_and(|key| !repeated.contains(&key)) {
            name
        } else {
            format!("{name} (row {number})")
        }
    }

    /// The names of the first rows, at most `max`; `None` if no row has a shown key.
    pub(super) fn first_names(&self, max: usize) -> Option<String> {
        if self.count == 0 || self.shown_keys().next().is_none() {
            return None;
        }
        let repeated = self.repeated_keys();
        let rows = self.kept.iter().take(max);
        let names: Vec<String> = rows.map(|row| self.name(row.number, &repeated)).collect();
        let is_cut = self.count > names.len() as u64;
        let more = if is_cut { "; …" } else { "" };
        Some(format!("{}{more}", names.join("; ")))
    }

    /// The values of all rows for a later run to compare with; empty if rows have no key.
    pub(super) fn values(&self) -> Vec<RowValues> {
        let rows: Option<_> = self.kept.iter().map(|row| self.row_values(row)).collect();
        rows.unwrap_or_default()
    }

    fn row_values(&self, row: &Row) -> Option<RowValues> {
        let mut values = RowValues {
            key: self.key(row)?,
            values: BTreeMap::new(),
            histograms: BTreeMap::new(),
        };
        let cells = self.planned.columns.iter().zip(&row.cells);
        for (column, cell) in cells.filter(|(column, _)| column.is_shown) {
            let name = sanitize(&column.name);
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
}
