//! Counts of a file's rows while it is read.

use std::collections::BTreeMap;

use chrono::Utc;
use datafusion_functions_nps::RedactionCounts;
use exports::dates::ClockChange;
use exports::format::rows::Row;
use exports::profiles::bound::Bound;
use exports::quote::clip;

use crate::error::{Error, Result};
use crate::ingest::clean::cleaner::Response;
use crate::ingest::clean::rejection::RejectKind;
use crate::ingest::clean::suppressed::Cut;

/// Number of rejection reasons shown if no rejects file is written.
const REASONS_SHOWN: usize = 5;

/// The kind of rows that sum up other rows.
pub(in crate::ingest) const TOTAL: &str = "total";

/// Counts from reading a file.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct RowCounts {
    pub(in crate::ingest) not_a_response: u64,
    /// The rows that are not a response, by kind.
    pub(in crate::ingest) skipped: BTreeMap<String, u64>,
    pub(in crate::ingest) rejected: u64,
    /// The rejected rows, by the kind of the reason.
    pub(in crate::ingest) reject_kinds: BTreeMap<RejectKind, u64>,
    /// The rejected rows that withdraw consent.
    pub(in crate::ingest) rejected_withdrawals: u64,
    /// The first row that was left out as a total: its number and cells.
    pub(in crate::ingest) first_total: Option<(u64, String)>,
    /// Cells that are not UTF-8.
    pub(in crate::ingest) narrow_cells: u64,
    /// Replacement characters for bytes that no encoding can decode.
    pub(in crate::ingest) replaced: u64,
    /// Responses that only their row identifies.
    pub(in crate::ingest) keyless: u64,
    /// Responses without respondent and comment because consent is missing.
    pub(in crate::ingest) without_consent: u64,
    /// Rows of people whom the lake is to forget.
    pub(in crate::ingest) suppressed: u64,
    /// Responses of forgotten people that are kept as scores.
    pub(in crate::ingest) kept_scores: u64,
    /// Responses without respondent and comment because consent is withdrawn.
    pub(in crate::ingest) withdrawn: u64,
    /// Times that the clocks of their zone skip, and times that they show twice.
    pub(in crate::ingest) skipped_times: u64,
    pub(in crate::ingest) repeated_times: u64,
    /// Redactions in texts.
    pub(in crate::ingest) redacted: RedactionCounts,
    /// The reasons of the first rejected rows.
    pub(in crate::ingest) first_reasons: Vec<String>,
    pub(super) empty_scores: EmptyScores,
    /// The noun for a numbered row: "line", "row", …
    pub(super) row_noun: &'static str,
}

/// Evidence on whether empty scores may be zeros instead of missing answers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EmptyScores {
    any: bool,
    /// `true` if a score is 0.
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

    fn extend(&mut self, other: Self) {
        self.any |= other.any;
        self.any_zero |= other.any_zero;
        self.newest = self.newest.max(other.newest);
    }

    /// Asks for a decision if the profile states that older versions of the tool wrote 0 as empty.
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

impl RowCounts {
    pub(in crate::ingest) fn new(row_noun: &'static str) -> Self {
        Self {
            row_noun,
            ..Self::default()
        }
    }

    /// Counts rows that are not a response.
    pub(in crate::ingest) fn skip(&mut self, kind: &str, rows: u64) {
        self.not_a_response += rows;
        // Allocates the name once per kind, not once per row.
        match self.skipped.get_mut(kind) {
            Some(count) => *count += rows,
            None => {
                self.skipped.insert(kind.to_owned(), rows);
            }
        }
    }

    /// Counts a row that was left out as a total.
    pub(in crate::ingest) fn skip_total(&mut self, row: &Row<'_>) {
        self.skip(TOTAL, 1);
        self.first_total.get_or_insert_with(|| {
            let cells = row.cells.iter().map(|cell| cell.trim());
            let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
            (row.number, clip(&cells.join(", ")).to_string())
        });
    }

    /// Counts a rejected row with its number in the file.
    pub(in crate::ingest) fn reject(&mut self, number: u64, kind: RejectKind, reason: &str) {
        self.rejected += 1;
        *self.reject_kinds.entry(kind).or_default() += 1;
        if self.first_reasons.len() < REASONS_SHOWN {
            let noun = self.row_noun;
            self.first_reasons
                .push(format!("{noun} {number}: {reason}"));
        }
    }

    pub(in crate::ingest) fn observe(&mut self, response: &Response<'_>, is_keyless: bool) {
        self.keyless += u64::from(is_keyless);
        self.without_consent += u64::from(response.lacks_consent);
        match response.cut {
            Some(Cut::Forgotten) => self.kept_scores += 1,
            Some(Cut::Withdrawn | Cut::StillWithdrawn) => self.withdrawn += 1,
            None => {}
        }
        for change in response.clock_changes.iter().flatten() {
            match change {
                ClockChange::Skipped => self.skipped_times += 1,
                ClockChange::Repeated => self.repeated_times += 1,
            }
        }
        self.redacted.add(&response.redacted);
        self.empty_scores.observe(response);
    }

    /// Adds the counts of the rows that follow.
    pub(super) fn extend(&mut self, next: Self) {
        for (kind, rows) in &next.skipped {
            self.skip(kind, *rows);
        }
        self.rejected += next.rejected;
        for (kind, rows) in next.reject_kinds {
            *self.reject_kinds.entry(kind).or_default() += rows;
        }
        self.rejected_withdrawals += next.rejected_withdrawals;
        self.first_total = self.first_total.take().or(next.first_total);
        self.narrow_cells += next.narrow_cells;
        self.replaced += next.replaced;
        self.keyless += next.keyless;
        self.without_consent += next.without_consent;
        self.suppressed += next.suppressed;
        self.kept_scores += next.kept_scores;
        self.withdrawn += next.withdrawn;
        self.skipped_times += next.skipped_times;
        self.repeated_times += next.repeated_times;
        self.redacted.add(&next.redacted);
        self.first_reasons.extend(next.first_reasons);
        self.first_reasons.truncate(REASONS_SHOWN);
        self.empty_scores.extend(next.empty_scores);
    }
}

/// The start of the year 2000 in UTC.
const YEAR_2000_MICROS: i64 = 946_684_800_000_000;

/// The properties of a response that are counted, in one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct ResponseFlags(pub(in crate::ingest) u8);

impl ResponseFlags {
    pub(in crate::ingest) const NOT_ANSWERED: u8 = 1;
    pub(in crate::ingest) const DETRACTOR: u8 = 2;
    pub(in crate::ingest) const PASSIVE: u8 = 3;
    pub(in crate::ingest) const PROMOTER: u8 = 4;
    pub(in crate::ingest) const UNDATED: u8 = 8;
    pub(in crate::ingest) const FUTURE: u8 = 16;
    pub(in crate::ingest) const BEFORE_2000: u8 = 32;
    pub(in crate::ingest) const ANSWER: u8 = 7;
    /// The row states that consent is withdrawn.
    pub(in crate::ingest) const WITHDRAWN: u8 = 64;
    /// And it has the person, whose other responses are to be cut loose.
    pub(in crate::ingest) const MARKED: u8 = 128;

    pub(in crate::ingest) fn new(response: &Response<'_>) -> Self {
        let answer = match response.score {
            _ if response.metric != "nps" => 0,
            None => Self::NOT_ANSWERED,
            Some(9..) => Self::PROMOTER,
            Some(7..) => Self::PASSIVE,
            Some(_) => Self::DETRACTOR,
        };
        let answer = match (response.cut, &response.respondent) {
            (Some(Cut::Withdrawn), Some(_)) => answer | Self::WITHDRAWN | Self::MARKED,
            (Some(Cut::Withdrawn), None) => answer | Self::WITHDRAWN,
            _ => answer,
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
