//! Explains the choice of each field's column: the evidence, and the second best.

use super::choose::{Chosen, choose_fields};
use super::evidence::Candidate;
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::score::Reading;
use crate::error::Result;
use crate::options::ReadOptions;
use crate::profiles::bound::Bound;

/// The choice of a field's column.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FieldEvidence {
    pub field: Field,
    /// The column, `None` if no column is the field.
    pub column: Option<ColumnEvidence>,
    /// The second best column.
    pub runner_up: Option<ColumnEvidence>,
    /// True if the two are too close for the choice, so that the import asks.
    pub is_close: bool,
}

/// The evidence for a column.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ColumnEvidence {
    /// The header.
    pub header: String,
    /// The sum of the points.
    pub total: i32,
    /// Each sign, and its points. Empty if an option maps the column.
    pub signs: Vec<(&'static str, i32)>,
}

/// Explains the choice for each field that has candidates.
pub fn explain(
    columns: &[Column],
    bound: &Bound,
    options: &ReadOptions,
) -> Result<Vec<FieldEvidence>> {
    let reading = Reading::from_options(options)?;
    let chosen = choose_fields(columns, reading, bound, options)?;
    let of_field = |field: Field| explain_field(columns, &chosen, field);
    Ok(Field::ALL.into_iter().filter_map(of_field).collect())
}

fn explain_field(columns: &[Column], chosen: &Chosen, field: Field) -> Option<FieldEvidence> {
    let assignment = &chosen.assignment;
    let explained = |index: usize| {
        let candidate = assignment.candidate(field, index);
        let signs = candidate.map_or(&[][..], |candidate| &candidate.signs);
        ColumnEvidence {
            header: columns[index].header.clone(),
            total: candidate.map_or(0, Candidate::total),
            signs: signs
                .iter()
                .map(|(sign, times)| (sign.text(), sign.weight() * times))
                .collect(),
        }
    };
    let runner_up = assignment.runner_up(field, |_| false);
    let mut others = assignment.candidates[field as usize].iter();
    let index = chosen.fields[field];
    if index.is_none() && others.next().is_none() {
        return None;
    }
    // A column that another field takes, or that has too little for this one.
    let best_of_rest = || {
        let candidates = assignment.candidates[field as usize].iter();
        let rest = candidates.filter(|candidate| Some(candidate.column) != index);
        let best = rest.max_by_key(|candidate| candidate.total())?;
        Some(best.column)
    };
    Some(FieldEvidence {
        field,
        column: index.map(explained),
        is_close: runner_up.is_some_and(|second| {
            field.must_be_clear()
                && second.is_close()
                && index.is_some_and(|index| !columns[index].repeats(&columns[second.column]))
        }),
        runner_up: runner_up
            .map(|second| second.column)
            .or_else(best_of_rest)
            .map(explained),
    })
}
