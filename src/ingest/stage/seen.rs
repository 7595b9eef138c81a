//! Counts of the rows of a file while it is read.

use std::collections::BTreeMap;

use chrono::Utc;
use datafusion_functions_nps::RedactionCounts;
use exports::profiles::bound::Bound;

use crate::error::{Error, Result};
use crate::ingest::clean::cleaner::Response;

/// The reasons of rejected rows that are shown where no file of them is written.
const REASONS_SHOWN: usize = 5;

/// What was counted while reading.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct Seen {
    pub(in crate::ingest) not_a_response: u64,
    /// What the rows that are no response are instead.
    pub(in crate::ingest) instead: BTreeMap<String, u64>,
    pub(in crate::ingest) rejected: u64,
    /// Cells that were not UTF-8.
    pub(in crate::ingest) narrow_cells: u64,
    /// Characters in the place of bytes that no encoding has one for.
    pub(in crate::ingest) replaced: u64,
    /// Responses that nothing but their row tells apart.
    pub(in crate::ingest) keyless: u64,
    /// Responses that came in without respondent and comment for want of consent.
    pub(in crate::ingest) without_consent: u64,
    /// Personal data that was replaced in texts.
    pub(in crate::ingest) redacted: RedactionCounts,
    /// The reasons of the first rejected rows.
    pub(in crate::ingest) first_reasons: Vec<String>,
    pub(super) empty_scores: EmptyScores,
    /// What the number of a row counts.
    pub(super) row_noun: &'static str,
}

/// What tells whether empty scores may be more than answers that were not given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EmptyScores {
    any: bool,
    /// Somebody answered 0.
    any_zero: bool,
    /// The moment of the newest response, in microseconds since 1970.
    newest: Option<i64>,
}

impl EmptyScores {
    fn observe(&mut self, response: &Response<'_>) {
        if response.metric == "nps" {
            self.any |= response.score.is_none();
            self.any_zero |= response.score == Some(0);
        }
        let micros = response.responded_at.map(|moment| moment.micros);
        self.newest = self.newest.max(micros);
    }

    fn extend(&mut self, behind: Self) {
        self.any |= behind.any;
        self.any_zero |= behind.any_zero;
        self.newest = self.newest.max(behind.newest);
    }

    /// Asks where the profile says that an older version of the tool wrote one for the other.
    pub(super) fn check(self, bound: &Bound) -> Result<()> {
        match bound.empty_score_question() {
            Some((before, question, hint))
                if self.any
                    && !self.any_zero
                    && self.newest.is_none_or(|newest| newest < before) =>
            {
                Err(Error::question(question).with_hint(hint))
            }
            _ => Ok(()),
        }
    }
}

impl Seen {
    pub(in crate::ingest) fn new(row_noun: &'static str) -> Self {
        Self {
            row_noun,
            ..Self::default()
        }
    }

    pub(in crate::ingest) fn count_not_a_response(&mut self, what: &str) {
        self.count_instead(what, 1);
    }

    fn count_instead(&mut self, what: &str, rows: u64) {
        self.not_a_response += rows;
        match self.instead.get_mut(what) {
            Some(count) => *count += rows,
            None => {
                self.instead.insert(what.to_owned(), rows);
            }
        }
    }

    /// Counts a rejected row, the one numbered so in the file.
    pub(in crate::ingest) fn reject(&mut self, number: u64, reason: &str) {
        self.rejected += 1;
        if self.first_reasons.len() < REASONS_SHOWN {
            let noun = self.row_noun;
            self.first_reasons
                .push(format!("{noun} {number}: {reason}"));
        }
    }

    pub(in crate::ingest) fn observe(&mut self, response: &Response<'_>, is_keyless: bool) {
        self.keyless += u64::from(is_keyless);
        self.without_consent += u64::from(response.lacks_consent);
        self.redacted.add(&response.redacted);
        self.empty_scores.observe(response);
    }

    /// Adds what was seen of the rows behind these.
    pub(super) fn extend(&mut self, behind: Self) {
        for (what, rows) in &behind.instead {
            self.count_instead(what, *rows);
        }
        self.rejected += behind.rejected;
        self.narrow_cells += behind.narrow_cells;
        self.replaced += behind.replaced;
        self.keyless += behind.keyless;
        self.without_consent += behind.without_consent;
        self.redacted.add(&behind.redacted);
        let room = REASONS_SHOWN.saturating_sub(self.first_reasons.len());
        self.first_reasons
            .extend(behind.first_reasons.into_iter().take(room));
        self.empty_scores.extend(behind.empty_scores);
    }
}

/// The start of the year 2000 in UTC.
const YEAR_2000_MICROS: i64 = 946_684_800_000_000;

/// What a response adds to the counts, in a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Kind(pub(in crate::ingest) u8);

impl Kind {
    pub(in crate::ingest) const NOT_ANSWERED: u8 = 1;
    pub(in crate::ingest) const DETRACTOR: u8 = 2;
    pub(in crate::ingest) const PASSIVE: u8 = 3;
    pub(in crate::ingest) const PROMOTER: u8 = 4;
    pub(in crate::ingest) const UNDATED: u8 = 8;
    pub(in crate::ingest) const FUTURE: u8 = 16;
    pub(in crate::ingest) const BEFORE_2000: u8 = 32;
    pub(in crate::ingest) const ANSWER: u8 = 7;

    pub(in crate::ingest) fn of(response: &Response<'_>) -> Self {
        let answer = match response.score {
            _ if response.metric != "nps" => 0,
            None => Self::NOT_ANSWERED,
            Some(9..) => Self::PROMOTER,
            Some(7..) => Self::PASSIVE,
            Some(_) => Self::DETRACTOR,
        };
        let tomorrow = || Utc::now().timestamp_micros() + 86_400_000_000;
        Self(match response.responded_at {
            None => answer | Self::UNDATED,
            Some(moment) if moment.micros < YEAR_2000_MICROS => answer | Self::BEFORE_2000,
            Some(moment) if moment.micros > tomorrow() => answer | Self::FUTURE,
            Some(_) => answer,
        })
    }
}
