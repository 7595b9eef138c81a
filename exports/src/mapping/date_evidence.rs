//! The evidence for the date of the answer: its words, the rows that it is filled in, and the order
//! of dates.

use std::cmp::Ordering;

use chrono_tz::Tz;

use super::evidence::{Candidate, Evidence};
use super::signs::Sign;
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::marks::Marks;
use crate::dates::DateReader;
use crate::dates::styles::Detected;

/// From this group on, names of [`Field::RespondedAt`] are common words such as "date".
const DOUBTFUL_DATES: usize = 4;

impl Evidence<'_> {
    /// The candidates for the date of the answer.
    pub(super) fn as_dates(&self, free: &[usize], answered: Option<&Marks>) -> Vec<Candidate> {
        const FIELD: Field = Field::RespondedAt;
        let mut candidates = self.all_named(FIELD, free);
        if candidates.is_empty() {
            // A column named as the date even if it has no readable dates, so that their format is
            // asked for, unless the name can mean something else too.
            candidates.extend(free.iter().filter_map(|index| {
                let column = &self.columns[*index];
                let rank = column.rank_by_header(FIELD)?;
                let can_be = column.cells > 0 && !column.is_personal() && !column.has_choices();
                (can_be && rank < DOUBTFUL_DATES).then(|| {
                    let mut candidate = Candidate::new(*index);
                    candidate.add(Sign::Header);
                    candidate.add_times(Sign::WeakerWord, rank);
                    candidate.add(Sign::Unreadable);
                    candidate
                })
            }));
        }
        let is_candidate = |index: &&usize| candidates.iter().any(|one| one.column == **index);
        let unnamed = free.iter().filter(|index| {
            let column = &self.columns[**index];
            !is_candidate(index) && column.has_dates_of_any_event() && !self.is_other_date(**index)
        });
        let unnamed: Vec<usize> = unnamed.copied().collect();
        let dates = (0..self.columns.len()).filter(|index| {
            let column = &self.columns[*index];
            column.holds_dates() && !column.ignored && !column.is_personal()
        });
        let dates: Vec<usize> = dates.collect();
        let is_only = candidates.is_empty() && unnamed.len() == 1 && dates == unnamed;
        candidates.extend(unnamed.into_iter().map(|index| {
            let mut candidate = Candidate::new(index);
            candidate.add(Sign::Dates);
            candidate.add_if(is_only, Sign::OnlyDates);
            let is_other = self.columns[index].names_another_event();
            candidate.add_if(is_other, Sign::OtherEvent);
            candidate
        }));
        let rivals: Vec<usize> = candidates
            .iter()
            .map(|candidate| candidate.column)
            .collect();
        for candidate in &mut candidates {
            if candidate.has(Sign::Empty) {
                continue;
            }
            self.relate_answers(candidate, answered);
            let order = |other: &usize| {
                let is_other = *other != candidate.column && !self.is_updated_at(*other);
                is_other.then(|| order(&self.columns[candidate.column], &self.columns[*other]))?
            };
            let is_after = dates
                .iter()
                .any(|other| order(other) == Some(Ordering::Greater));
            // Other dates, such as the end of a contract, may well be later than the answer.
            let is_before = dates.iter().any(|other| {
                let is_rival = rivals.contains(other) || self.is_other_date(*other);
                is_rival && order(other) == Some(Ordering::Less)
            });
            candidate.add_if(is_after, Sign::AfterOtherDates);
            candidate.add_if(is_before, Sign::BeforeOtherDates);
        }
        candidates
    }

    /// True if header or profile make a column of dates another field.
    fn is_other_date(&self, index: usize) -> bool {
        [Field::SentAt, Field::UpdatedAt].into_iter().any(|field| {
            let profiled = self.place_in_profile(field, index).is_some();
            profiled || self.columns[index].rank_by_header(field).is_some()
        })
    }

    fn is_updated_at(&self, index: usize) -> bool {
        let profiled = self.place_in_profile(Field::UpdatedAt, index).is_some();
        profiled
            || self.columns[index]
                .rank_by_header(Field::UpdatedAt)
                .is_some()
    }

    /// Compares dates with the answers.
    fn relate_answers(&self, dates: &mut Candidate, answered: Option<&Marks>) {
        let column = &self.columns[dates.column];
        dates.add_if(column.is_constant(), Sign::ConstantDates);
        let Some(answered) = answered else {
            return;
        };
        let overlap = column.marks.overlap(answered);
        let is_exact = overlap.first_only + overlap.second_only == 0;
        dates.add_if(is_exact && overlap.both > 0, Sign::FilledWithAnswers);
        dates.add_if(is_exact && overlap.neither > 0, Sign::BlankWithoutAnswer);
        dates.add_if(overlap.first_only > 0, Sign::FilledWithoutAnswer);
        dates.add_if(overlap.second_only > 0, Sign::BlankWithAnswer);
    }
}

/// The order of two columns of dates if it is the same in all rows, and not always equal.
fn order(one: &Column, other: &Column) -> Option<Ordering> {
    let (reader, other_reader) = (reader(one)?, reader(other)?);
    let mut order = Ordering::Equal;
    for (cell, other_cell) in one.marks.dated_pairs(&other.marks) {
        let (Some(one), Some(other)) = (reader.read(cell), other_reader.read(other_cell)) else {
            continue;
        };
        match (order, one.micros.cmp(&other.micros)) {
            (_, Ordering::Equal) => {}
            (Ordering::Equal, next) => order = next,
            (before, next) if before != next => return None,
            _ => {}
        }
    }
    Some(order)
}

/// The reader of dates whose style is clear.
fn reader(column: &Column) -> Option<DateReader> {
    let Detected::Style(style) = column.dates.detected() else {
        return None;
    };
    Some(DateReader {
        named_zones: column.dates.zones().are_offsets(),
        ..DateReader::new(style, column.zone.unwrap_or(Tz::UTC))
    })
}
