//! Marks of a column's cells in the first rows, to compare columns row by row.

use std::ops::{Range, RangeInclusive};

use super::group::Group;
use super::score::{ScoreCell, is_blank, whole_score};

/// Rows whose cells are marked.
const MARKED_ROWS: usize = 10_000;

/// Cells with digits that are kept for comparing dates.
const DATED_ROWS: usize = 300;

/// The mark of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Blank,
    Score(u8),
    Group(Group),
    Other,
}

impl Mark {
    pub fn of(cell: &str, answer: ScoreCell) -> Self {
        match answer {
            _ if is_blank(cell) => Self::Blank,
            ScoreCell::Number(value) => match whole_score(value) {
                Some(score) => Self::Score(score as u8),
                None => Self::Other,
            },
            ScoreCell::Blank => Self::Other,
            ScoreCell::Unreadable => Group::named(cell).map_or(Self::Other, Self::Group),
        }
    }
}

/// The marks of a column in the first rows.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    marks: Vec<Mark>,
    /// The number of rows, marked or not.
    rows: usize,
    /// Cells that may be dates, by row.
    dated: Vec<(usize, Box<str>)>,
}

/// Counts of the rows in which two columns are filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    pub both: usize,
    pub first_only: usize,
    pub second_only: usize,
    pub neither: usize,
}

/// Counts of the rows that have a score and a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    pub agree: usize,
    pub differ: usize,
    /// `true` if at least two groups occur.
    pub several_groups: bool,
    /// The first score with the name of another score's group.
    pub first_difference: Option<(u8, Group)>,
}

impl Marks {
    /// Adds the next row's cell, which is trimmed.
    pub fn push(&mut self, cell: &str, mark: Mark) {
        let row = self.rows;
        self.rows += 1;
        if row >= MARKED_ROWS {
            return;
        }
        self.marks.push(mark);
        let may_be_date = mark == Mark::Other
            && self.dated.len() < DATED_ROWS
            && (5..=40).contains(&cell.len())
            && cell.contains(|c: char| c.is_numeric());
        if may_be_date {
            self.dated.push((row, cell.into()));
        }
    }

    /// Makes the last row blank, which is no response.
    pub fn clear_last(&mut self) {
        let row = self.rows.wrapping_sub(1);
        if let Some(mark) = self.marks.get_mut(row) {
            *mark = Mark::Blank;
            self.dated.pop_if(|(dated, _)| *dated == row);
        }
    }

    fn at(&self, row: usize) -> Mark {
        self.marks.get(row).copied().unwrap_or(Mark::Blank)
    }

    fn rows_of_both(&self, other: &Self) -> Range<usize> {
        0..self.marks.len().max(other.marks.len())
    }

    /// True if both have this score in a row.
    pub fn share(&self, other: &Self, score: u8) -> bool {
        let mut rows = self.rows_of_both(other);
        let score = Mark::Score(score);
        rows.any(|row| self.at(row) == score && other.at(row) == score)
    }

    pub fn overlap(&self, other: &Self) -> Overlap {
        let mut overlap = Overlap::default();
        for row in self.rows_of_both(other) {
            match (self.at(row) == Mark::Blank, other.at(row) == Mark::Blank) {
                (false, false) => overlap.both += 1,
                (false, true) => overlap.first_only += 1,
                (true, false) => overlap.second_only += 1,
                (true, true) => overlap.neither += 1,
            }
        }
        overlap
    }

    /// The least and the greatest of these scores in the rows where another column is filled, and the
    /// number of these rows; `None` if one of them has no score.
    pub fn scores_where(&self, filled: &Self) -> Option<(RangeInclusive<u8>, usize)> {
        let (mut least, mut greatest, mut rows) = (u8::MAX, u8::MIN, 0);
        for row in self.rows_of_both(filled) {
            match (filled.at(row), self.at(row)) {
                (Mark::Blank, _) => {}
                (_, Mark::Score(score)) => {
                    (least, greatest) = (least.min(score), greatest.max(score));
                    rows += 1;
                }
                _ => return None,
            }
        }
        (rows > 0).then_some((least..=greatest, rows))
    }

    /// True if the scores rise or fall from row to row.
    pub fn are_sorted_scores(&self) -> bool {
        let scores = self.marks.iter().filter_map(|mark| match mark {
            Mark::Score(score) => Some(*score),
            _ => None,
        });
        let scores: Vec<u8> = scores.collect();
        scores.is_sorted_by(|one, next| one < next) || scores.is_sorted_by(|one, next| one > next)
    }

    /// Compares these scores with groups.
    pub fn agreement(&self, groups: &Self) -> Agreement {
        let mut agreement = Agreement::default();
        let mut seen: Option<Group> = None;
        for row in self.rows_of_both(groups) {
            let (Mark::Score(score), Mark::Group(group)) = (self.at(row), groups.at(row)) else {
                continue;
            };
            agreement.several_groups |= seen.replace(group).is_some_and(|seen| seen != group);
            if Group::of(score) == group {
                agreement.agree += 1;
            } else {
                agreement.differ += 1;
                agreement.first_difference.get_or_insert((score, group));
            }
        }
        agreement
    }

    /// True if most cells name a group.
    pub fn are_groups(&self) -> bool {
        let filled = self.marks.iter().filter(|mark| **mark != Mark::Blank);
        let groups = self
            .marks
            .iter()
            .filter(|mark| matches!(mark, Mark::Group(_)));
        let (filled, groups) = (filled.count(), groups.count());
        groups > 0 && groups * 10 >= filled * 9
    }

    /// Takes the cells of another column in the rows that are blank here.
    pub fn fill_from(&mut self, other: &Self) {
        for row in self.rows_of_both(other) {
            match self.marks.get_mut(row) {
                Some(mark @ Mark::Blank) => *mark = other.at(row),
                Some(_) => {}
                None => self.marks.push(other.at(row)),
            }
        }
    }

    /// The pairs of cells that may be dates, in rows where both columns have one.
    pub fn dated_pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.dated.iter().filter_map(|(row, cell)| {
            let at = other
                .dated
                .binary_search_by_key(row, |(row, _)| *row)
                .ok()?;
            Some((&**cell, &*other.dated[at].1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::score::read;

    fn marks(cells: &str) -> Marks {
        let mut marks = Marks::default();
        for cell in cells.split(',') {
            marks.push(cell, Mark::of(cell, read(cell)));
        }
        marks
    }

    #[test]
    fn columns_are_compared_row_by_row() {
        let scores = marks("9,,3,8,10");
        let overlap = scores.overlap(&marks("2026-01-01,,,2026-01-02,"));
        let expected = Overlap {
            both: 2,
            first_only: 2,
            second_only: 0,
            neither: 1,
        };
        assert_eq!(overlap, expected);
        assert_eq!(scores.scores_where(&marks("a,,b,c,")), Some((3..=9, 3)));
        assert_eq!(scores.scores_where(&marks("a,b,,,")), None);
        assert_eq!(scores.scores_where(&marks(",,,,")), None);
        let groups = marks("Promoter,Passive,Detractor,Passive,Detractor");
        let agreement = scores.agreement(&groups);
        assert_eq!((agreement.agree, agreement.differ), (3, 1));
        assert_eq!(agreement.first_difference, Some((10, Group::Detractor)));
        assert!(groups.are_groups() && !scores.are_groups());
        let mut filled = scores;
        filled.fill_from(&marks("1,2,3,4,5,6"));
        assert_eq!(filled.overlap(&marks(",,,,,")).first_only, 6);
    }
}
