//! Simpler cases than one that fails.

use super::case::{Blank, Case, Clock, Column, DateStyle, Encoding};

/// The minimum number of rows of a simpler case: of fewer, less can be known of a column.
const ROWS_MIN: usize = 10;

impl Case {
    /// Cases that differ from this one by one simplification, the largest first.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        let mut add = |change: &dyn Fn(&mut Self)| {
            let mut case = self.clone();
            change(&mut case);
            if case
                .responses
                .iter()
                .any(|response| response.score.is_some())
            {
                simpler.push(case);
            }
        };
        let rows = self.responses.len();
        for kept in [rows / 2, rows * 3 / 4, rows - 1] {
            if (ROWS_MIN..rows).contains(&kept) {
                add(&|case| case.responses.truncate(kept));
                add(&|case| drop(case.responses.drain(..rows - kept)));
            }
        }
        for column in &self.columns {
            if !matches!(column, Column::Score | Column::Date) {
                add(&|case| case.columns.retain(|other| other != column));
            }
        }
        if self.titles > 0 {
            add(&|case| case.titles -= 1);
        }
        if self.totals {
            add(&|case| case.totals = false);
        }
        if self.blank != Blank::None {
            add(&|case| case.blank = Blank::None);
        }
        if self.encoding != Encoding::Utf8 {
            add(&|case| case.encoding = Encoding::Utf8);
        }
        if self.delimiter != ',' {
            add(&|case| case.delimiter = ',');
        }
        if self.quote_all {
            add(&|case| case.quote_all = false);
        }
        if self.line_end != "\n" {
            add(&|case| case.line_end = "\n");
        }
        if self.clock != Clock::None {
            add(&|case| case.clock = Clock::None);
        }
        if self.date != DateStyle::Iso {
            add(&|case| case.date = DateStyle::Iso);
        }
        if self.language != 0 && self.date != DateStyle::Named {
            add(&|case| case.language = 0);
        }
        // Fewer columns or parts of a date may make rows equal.
        for case in &mut simpler {
            case.remove_repeated_rows();
        }
        simpler.retain(|case| {
            case.responses
                .iter()
                .any(|response| response.score.is_some())
        });
        simpler
    }

    /// A measure of the case's size, which each simplification lowers.
    pub(super) fn size(&self) -> usize {
        let plain = [
            self.totals,
            self.blank != Blank::None,
            self.encoding != Encoding::Utf8,
            self.delimiter != ',',
            self.quote_all,
            self.line_end != "\n",
            self.clock != Clock::None,
            self.date != DateStyle::Iso,
            self.language != 0,
        ];
        let features = plain.into_iter().filter(|feature| *feature).count();
        100 * (self.columns.len() + self.titles + features) + self.responses.len()
    }
}
