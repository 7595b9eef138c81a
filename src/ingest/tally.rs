//! What became of the rows of a file, counted.

use chrono::Utc;
use datafusion_functions_nps::NpsCounts;

use super::clean::Response;
use super::reading::Seen;
use super::rejects::RejectsFile;
use super::verdicts::{Verdict, Verdicts};

/// The start of the year 2000 in UTC.
const YEAR_2000_MICROS: i64 = 946_684_800_000_000;

/// What a response adds to the counts, in a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(u8);

impl Kind {
    const NOT_ANSWERED: u8 = 1;
    const DETRACTOR: u8 = 2;
    const PASSIVE: u8 = 3;
    const PROMOTER: u8 = 4;
    const UNDATED: u8 = 8;
    const FUTURE: u8 = 16;
    const BEFORE_2000: u8 = 32;
    const ANSWER: u8 = 7;

    pub(super) fn of(response: &Response<'_>) -> Self {
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

/// What an import did. Every row is new, updated, a duplicate, not a response or rejected.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// What was counted while reading, and rejected after it.
    pub(super) seen: Seen,
    pub(super) new: u64,
    pub(super) updated: u64,
    pub(super) duplicate: u64,
    /// Earlier versions of responses that the file has a newer one of; among the duplicates.
    pub(super) superseded: u64,
    /// New responses to the NPS question without a score.
    pub(super) not_answered: u64,
    /// New responses without a date.
    pub(super) undated: u64,
    /// New responses dated more than a day ahead, and before 2000: likely misread.
    pub(super) future: u64,
    pub(super) before_2000: u64,
    /// The scores of the new responses.
    pub(super) counts: NpsCounts,
    pub(super) rejects_file: Option<RejectsFile>,
}

impl Tally {
    /// What `verdicts` make of the responses, of which there is a kind each.
    pub(super) fn of(seen: Seen, kinds: &[Kind], verdicts: &Verdicts) -> Self {
        let mut tally = Self {
            seen,
            new: verdicts.new,
            updated: verdicts.updated,
            duplicate: verdicts.duplicate,
            superseded: verdicts.superseded,
            ..Self::default()
        };
        for (kind, row) in kinds.iter().zip(0..) {
            if verdicts.of(row) != Verdict::New {
                continue;
            }
            tally.undated += u64::from(kind.0 & Kind::UNDATED != 0);
            tally.future += u64::from(kind.0 & Kind::FUTURE != 0);
            tally.before_2000 += u64::from(kind.0 & Kind::BEFORE_2000 != 0);
            match kind.0 & Kind::ANSWER {
                Kind::NOT_ANSWERED => tally.not_answered += 1,
                Kind::DETRACTOR => tally.counts.detractors += 1.0,
                Kind::PASSIVE => tally.counts.passives += 1.0,
                Kind::PROMOTER => tally.counts.promoters += 1.0,
                _ => {}
            }
        }
        tally
    }

    /// All rows of the file.
    pub(super) fn rows(&self) -> u64 {
        self.new + self.updated + self.duplicate + self.seen.not_a_response + self.seen.rejected
    }
}
