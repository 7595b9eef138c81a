//! Assigns columns to fields: each column to at most one field, so that the total of all is best.

use super::evidence::Candidate;
use super::fields::Fields;
use super::signs::{MARGIN, TAKE};
use crate::columns::field::Field;

/// The candidates of each field.
pub type Candidates = [Vec<Candidate>; Field::ALL.len()];

/// The cost of a pair that cannot be.
const IMPOSSIBLE: i64 = 1 << 50;

/// What a point is worth; the rest prefers earlier columns among equals.
const POINT: i64 = 1 << 24;

/// The best assignment.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub candidates: Candidates,
    pub fields: Fields,
    /// The number of columns in the file.
    columns: usize,
}

/// The second best for a field.
#[derive(Clone, Copy, Debug)]
pub struct RunnerUp {
    pub column: usize,
    /// The points that all fields together lose by it.
    pub margin: i32,
}

impl RunnerUp {
    /// True if the best is too little better to be taken.
    pub fn is_close(self) -> bool {
        self.margin < MARGIN
    }
}

impl Assignment {
    /// Assigns `columns` columns.
    pub fn best(candidates: Candidates, columns: usize) -> Self {
        let fields = solve(&candidates, columns, |_, _| true);
        Self {
            candidates,
            columns,
            fields,
        }
    }

    /// A column as a candidate of the field.
    pub fn candidate(&self, field: Field, column: usize) -> Option<&Candidate> {
        let mut candidates = self.candidates[field as usize].iter();
        candidates.find(|candidate| candidate.column == column)
    }

    /// The total of the field's column.
    fn total(&self, fields: &Fields) -> i32 {
        let totals = Field::ALL.into_iter().filter_map(|field| {
            let candidate = self.candidate(field, fields[field]?)?;
            Some(candidate.total())
        });
        totals.sum()
    }

    /// The second best column of a field, which is no copy of the best.
    pub fn runner_up(&self, field: Field, is_copy: impl Fn(usize) -> bool) -> Option<RunnerUp> {
        let chosen = self.fields[field]?;
        let second = solve(&self.candidates, self.columns, |other, column| {
            other != field || (column != chosen && !is_copy(column))
        });
        let margin = self.total(&self.fields) - self.total(&second);
        let column = second[field]?;
        Some(RunnerUp { column, margin })
    }
}

/// The assignment with the best total, by the Hungarian method.
fn solve(
    candidates: &Candidates,
    columns: usize,
    is_allowed: impl Fn(Field, usize) -> bool,
) -> Fields {
    let fields = Field::ALL.len();
    // A column for each field that has none.
    let width = columns + fields;
    let mut costs = vec![vec![IMPOSSIBLE; width]; fields];
    for field in Field::ALL {
        let row = &mut costs[field as usize];
        row[columns + field as usize] = 0;
        for candidate in &candidates[field as usize] {
            let (column, total) = (candidate.column, candidate.total());
            if total >= TAKE && is_allowed(field, column) {
                row[column] = column as i64 - i64::from(total) * POINT;
            }
        }
    }
    let mut assigned = Fields::default();
    for (column, field) in minimum_cost(&costs).into_iter().enumerate() {
        if let Some(row) = field.filter(|row| column < columns && costs[*row][column] < IMPOSSIBLE)
        {
            assigned[Field::ALL[row]] = Some(column);
        }
    }
    assigned
}

/// The row of each column in the assignment of all rows with the least total cost. There are at
/// least as many columns as rows.
fn minimum_cost(costs: &[Vec<i64>]) -> Vec<Option<usize>> {
    let width = costs.first().map_or(0, Vec::len);
    // Rows and columns count from 1, and column 0 holds the row that is being assigned.
    let mut row_of = vec![0; width + 1];
    let (mut row_price, mut column_price) = (vec![0; costs.len() + 1], vec![0; width + 1]);
    for row in 1..=costs.len() {
        row_of[0] = row;
        let mut column = 0;
        let mut slack = vec![i64::MAX; width + 1];
        let mut from = vec![0; width + 1];
        let mut is_done = vec![false; width + 1];
        while row_of[column] != 0 {
            is_done[column] = true;
            let current = row_of[column];
            let (mut least, mut next) = (i64::MAX, 0);
            for other in 1..=width {
                if is_done[other] {
                    continue;
                }
                let cost = costs[current - 1][other - 1] - row_price[current] - column_price[other];
                if cost < slack[other] {
                    (slack[other], from[other]) = (cost, column);
                }
                if slack[other] < least {
                    (least, next) = (slack[other], other);
                }
            }
            for other in 0..=width {
                if is_done[other] {
                    row_price[row_of[other]] += least;
                    column_price[other] -= least;
                } else {
                    slack[other] -= least;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[from[column]];
            column = from[column];
        }
    }
    let rows = row_of.into_iter().skip(1);
    rows.map(|row| row.checked_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_total_cost_is_found() {
        let costs = vec![vec![-10, -9, 0, IMPOSSIBLE], vec![-9, -2, IMPOSSIBLE, 0]];
        // Each row's own best is column 0, and together they do better apart.
        assert_eq!(minimum_cost(&costs), [Some(1), Some(0), None, None]);
    }

    #[test]
    fn all_assignments_of_small_tables_are_compared() {
        let mut seed: u64 = 7;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as i64 % 20 - 15
        };
        for _ in 0..200 {
            let costs: Vec<Vec<i64>> = (0..3).map(|_| (0..5).map(|_| next()).collect()).collect();
            let mut least = i64::MAX;
            for one in 0..5 {
                for two in (0..5).filter(|two| *two != one) {
                    for three in (0..5).filter(|three| ![one, two].contains(three)) {
                        least = least.min(costs[0][one] + costs[1][two] + costs[2][three]);
                    }
                }
            }
            let rows = minimum_cost(&costs).into_iter().enumerate();
            let pairs = rows.filter_map(|(column, row)| Some(costs[row?][column]));
            assert_eq!(pairs.sum::<i64>(), least, "{costs:?}");
        }
    }
}
