//! The findings in a text so far.

use std::ops::Range;

use super::{Finding, PersonalData};

/// Non-overlapping spans of a text.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<Finding>);

impl Spans {
    /// Adds a span unless it overlaps another, and returns `true` if it was added.
    pub(super) fn add(&mut self, data: PersonalData, range: Range<usize>) -> bool {
        let is_free = !range.is_empty() && self.is_free(&range);
        if is_free {
            self.0.push(Finding { data, range });
        }
        is_free
    }

    pub(super) fn is_free(&self, range: &Range<usize>) -> bool {
        self.0
            .iter()
            .all(|found| found.range.end <= range.start || range.end <= found.range.start)
    }

    /// True if data of one of the types begins in the range.
    pub(super) fn has_any(&self, types: &[PersonalData], range: &Range<usize>) -> bool {
        self.0
            .iter()
            .any(|found| types.contains(&found.data) && range.contains(&found.range.start))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the spans in text order, with adjacent parts of a name or an address merged.
    pub(super) fn into_findings(mut self, text: &str) -> Vec<Finding> {
        self.0.sort_unstable_by_key(|found| found.range.start);
        self.0.dedup_by(|next, found| {
            let between = &text[found.range.end..next.range.start];
            let is_one = match (found.data, next.data) {
                (PersonalData::Name, PersonalData::Name) => {
                    between.len() <= 2 && between.chars().all(|c| c == ' ' || c == '-')
                }
                (PersonalData::Address, PersonalData::Address) => {
                    between.len() <= 4 && between.chars().all(|c| c.is_whitespace() || c == ',')
                }
                _ => false,
            };
            if is_one {
                found.range.end = next.range.end;
            }
            is_one
        });
        self.0
    }
}
