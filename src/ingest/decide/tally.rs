//! Counts of the outcomes of a file's rows.

use datafusion_functions_nps::NpsCounts;

use super::verdicts::{Verdict, Verdicts};
use crate::ingest::stage::rejects::RejectsFile;
use crate::ingest::stage::row_counts::{ResponseFlags, RowCounts};

/// The outcomes of an import. Every row is new, updated, a duplicate, not a response, rejected or
/// suppressed.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct Tally {
    /// Counts from reading the file, and the rows rejected later.
    pub(in crate::ingest) counts: RowCounts,
    pub(in crate::ingest) new: u64,
    pub(in crate::ingest) updated: u64,
    pub(in crate::ingest) duplicate: u64,
    /// Duplicates that are older versions of a response in the same file.
    pub(in crate::ingest) superseded: u64,
    /// New and updated responses with which people withdrew consent.
    pub(in crate::ingest) withdrawn: u64,
    /// New responses to the NPS question without a score.
    pub(in crate::ingest) not_answered: u64,
    /// New responses without a date.
    pub(in crate::ingest) undated: u64,
    /// New responses dated more than a day ahead; their dates were probably misread.
    pub(in crate::ingest) future: u64,
    /// New responses dated before 2000; their dates were probably misread.
    pub(in crate::ingest) before_2000: u64,
    /// The scores of the new responses.
    pub(in crate::ingest) nps_counts: NpsCounts,
    pub(in crate::ingest) rejects_file: Option<RejectsFile>,
}

impl Tally {
    /// Counts the verdicts. `flags` has one entry per response.
    pub(in crate::ingest) fn new(
        counts: RowCounts,
        flags: &[ResponseFlags],
        verdicts: &Verdicts,
    ) -> Self {
        let mut tally = Self {
            counts,
            new: verdicts.new,
            updated: verdicts.updated,
            duplicate: verdicts.duplicate,
            superseded: verdicts.superseded,
            ..Self::default()
        };
        for (flags, row) in flags.iter().zip(0..) {
            let verdict = verdicts.get(row);
            // An updated response may have its person in the lake alone.
            tally.withdrawn += u64::from(match verdict {
                Verdict::New => flags.0 & ResponseFlags::MARKED != 0,
                Verdict::Updated => flags.0 & ResponseFlags::WITHDRAWN != 0,
                Verdict::Duplicate | Verdict::Contradiction => false,
            });
            let is_withdrawn = flags.0 & ResponseFlags::WITHDRAWN != 0;
            tally.counts.rejected_withdrawals +=
                u64::from(verdict == Verdict::Contradiction && is_withdrawn);
            if verdict != Verdict::New {
                continue;
            }
            tally.undated += u64::from(flags.0 & ResponseFlags::UNDATED != 0);
            tally.future += u64::from(flags.0 & ResponseFlags::FUTURE != 0);
            tally.before_2000 += u64::from(flags.0 & ResponseFlags::BEFORE_2000 != 0);
            match flags.0 & ResponseFlags::ANSWER {
                ResponseFlags::NOT_ANSWERED => tally.not_answered += 1,
                ResponseFlags::DETRACTOR => tally.nps_counts.detractors += 1.0,
                ResponseFlags::PASSIVE => tally.nps_counts.passives += 1.0,
                ResponseFlags::PROMOTER => tally.nps_counts.promoters += 1.0,
                _ => {}
            }
        }
        tally
    }

    /// The number of rows in the file.
    pub(in crate::ingest) fn rows(&self) -> u64 {
        self.new
            + self.updated
            + self.duplicate
            + self.counts.not_a_response
            + self.counts.rejected
            + self.counts.suppressed
    }
}
