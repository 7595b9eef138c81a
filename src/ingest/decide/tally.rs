//! What became of the rows of a file, counted.

use datafusion_functions_nps::NpsCounts;

use super::verdicts::{Verdict, Verdicts};
use crate::ingest::stage::rejects::RejectsFile;
use crate::ingest::stage::seen::{Kind, Seen};

/// What an import did. Every row is new, updated, a duplicate, not a response or rejected.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct Tally {
    /// What was counted while reading, and rejected after it.
    pub(in crate::ingest) seen: Seen,
    pub(in crate::ingest) new: u64,
    pub(in crate::ingest) updated: u64,
    pub(in crate::ingest) duplicate: u64,
    /// Earlier versions of responses that the file has a newer one of; among the duplicates.
    pub(in crate::ingest) superseded: u64,
    /// New responses to the NPS question without a score.
    pub(in crate::ingest) not_answered: u64,
    /// New responses without a date.
    pub(in crate::ingest) undated: u64,
    /// New responses dated more than a day ahead, and before 2000: likely misread.
    pub(in crate::ingest) future: u64,
    pub(in crate::ingest) before_2000: u64,
    /// The scores of the new responses.
    pub(in crate::ingest) counts: NpsCounts,
    pub(in crate::ingest) rejects_file: Option<RejectsFile>,
}

impl Tally {
    /// What `verdicts` make of the responses, of which there is a kind each.
    pub(in crate::ingest) fn of(seen: Seen, kinds: &[Kind], verdicts: &Verdicts) -> Self {
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
    pub(in crate::ingest) fn rows(&self) -> u64 {
        self.new + self.updated + self.duplicate + self.seen.not_a_response + self.seen.rejected
    }
}
