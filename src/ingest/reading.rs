//! The reading of a file: rows in, clean responses staged, rejected rows set aside.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::clean::{Cleaned, Cleaner, Response};
use super::format::rows::Row;
use super::identity::{Identifier, Provided};
use super::keys::{Key, Keys, KeysBuilder};
use super::leftovers::heads_another_table;
use super::mapping::Mapping;
use super::profiles::bound::Bound;
use super::rejects::{RejectedRows, RejectedRowsBuilder};
use super::staged::{Stage, Staged};
use super::tally::Kind;
use super::{IngestProgress, Understood};
use crate::error::{Error, Result};

/// The reasons of rejected rows that are shown where no file of them is written.
const REASONS_SHOWN: usize = 5;

/// Surveys of one file that are remembered, to look for its responses in these alone.
const SURVEYS_MAX: usize = 1000;

/// Everything of a file that goes on.
#[derive(Debug)]
pub(super) struct ReadFile {
    pub(super) staged: Staged,
    pub(super) keys: Keys,
    pub(super) rejected: RejectedRows,
    pub(super) provided: Provided,
    pub(super) seen: Seen,
    /// What each response adds to the counts.
    pub(super) kinds: Vec<Kind>,
    /// The surveys that the responses are of; `None` where they are too many to list.
    pub(super) surveys: Option<Vec<String>>,
    /// The mapping, its kept columns of types that hold every cell.
    pub(super) mapping: Mapping,
}

/// What was counted while reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) not_a_response: u64,
    /// What the rows that are no response are instead.
    pub(super) instead: BTreeMap<String, u64>,
    pub(super) rejected: u64,
    /// Cells that were not UTF-8.
    pub(super) narrow_cells: u64,
    /// Characters in the place of bytes that no encoding has one for.
    pub(super) replaced: u64,
    /// Responses that nothing but their row tells apart.
    pub(super) keyless: u64,
    /// The reasons of the first rejected rows.
    pub(super) first_reasons: Vec<String>,
    empty_scores: EmptyScores,
    /// What the number of a row counts.
    row_noun: &'static str,
}

/// What tells whether empty scores may be more than answers that were not given.
#[derive(Clone, Copy, Debug, Default)]
struct EmptyScores {
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

    /// Asks where the profile says that an older version of the tool wrote one for the other.
    fn check(self, bound: &Bound) -> Result<()> {
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
    fn count_not_a_response(&mut self, what: &str) {
        self.not_a_response += 1;
        match self.instead.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                self.instead.insert(what.to_owned(), 1);
            }
        }
    }

    /// Counts a rejected row, the one numbered so in the file.
    pub(super) fn reject(&mut self, number: u64, reason: &str) {
        self.rejected += 1;
        if self.first_reasons.len() < REASONS_SHOWN {
            let noun = self.row_noun;
            self.first_reasons
                .push(format!("{noun} {number}: {reason}"));
        }
    }
}

/// Reads the file from its first response to its end.
pub(super) fn read(
    understood: &Understood,
    cleaner: &Cleaner,
    identifier: &Identifier,
    memory_bytes: u64,
    progress: Option<&IngestProgress>,
) -> Result<ReadFile> {
    let Understood {
        source,
        layout,
        mapping,
        ..
    } = understood;
    let mut mapping = mapping.clone();
    let mut stage = Stage::new(mapping.kept.len(), memory_bytes / 8);
    let mut keys = KeysBuilder::new(memory_bytes / 8);
    let mut rejected = RejectedRowsBuilder::new(layout.header.width());
    let mut seen = Seen {
        row_noun: layout.format.row_noun(),
        ..Seen::default()
    };
    let mut kinds = Vec::new();
    let mut surveys = BTreeSet::new();
    let mut ordinal = 0;
    // The number of the last row that was not blank.
    let mut last_filled = None;
    layout.read(source, &mut |row| {
        ordinal += 1;
        if let Some(progress) = progress {
            progress.add_rows(1);
        }
        seen.narrow_cells += row.narrow_cells;
        seen.replaced += row.replaced;
        let below_gap = last_filled.is_some_and(|last| row.number > last + 1);
        if row.cells.iter().any(|cell| !cell.trim().is_empty()) {
            last_filled = Some(row.number);
        }
        match cleaner.clean(row) {
            Cleaned::NotAResponse(what) => seen.count_not_a_response(what),
            Cleaned::Rejected(_) if heads_another_table(row, &understood.mapping, below_gap) => {
                let noun = layout.format.row_noun();
                return Err(Error::question(format!(
                    "{noun} {} names the columns of another table",
                    row.number
                ))
                .with_hint(
                    "put the tables into files of their own, each with its header, and ingest \
                     these",
                )
                .at_file(source));
            }
            Cleaned::Rejected(reason) => {
                for cells in layout.as_in_file(row) {
                    rejected.add(&cells, &reason)?;
                }
                seen.reject(row.number, &reason);
            }
            Cleaned::Response(response) => {
                let (id, keys_of_row) = identifier.identify(&response, ordinal);
                if surveys.len() <= SURVEYS_MAX && !surveys.contains(response.survey.as_ref()) {
                    surveys.insert(response.survey.to_string());
                }
                kinds.push(Kind::of(&response));
                seen.empty_scores.observe(&response);
                mapping.widen(&response.kept);
                let place = stage.push(&response, &id, row.number, ordinal)?;
                seen.keyless += u64::from(keys_of_row.is_empty());
                for key in keys_of_row {
                    keys.push(Key { row: place, ..key })?;
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    source.check_unchanged()?;
    let empty = seen.empty_scores.check(&layout.bound);
    empty.map_err(|error| error.at_file(source))?;
    let surveys = (surveys.len() <= SURVEYS_MAX).then(|| surveys.into_iter().collect());
    Ok(ReadFile {
        staged: stage.finish()?,
        keys: keys.finish()?,
        rejected: rejected.finish()?,
        seen,
        kinds,
        provided: identifier.provided,
        surveys,
        mapping,
    })
}

/// Reads these rows again, by their ordinals in ascending order, each with a reason.
pub(super) fn read_again(
    understood: &Understood,
    wanted: &[(u64, &str)],
    take: &mut dyn FnMut(&Row<'_>, &str) -> Result<()>,
) -> Result<()> {
    let mut wanted = wanted.iter().peekable();
    let mut ordinal = 0;
    understood.layout.read(&understood.source, &mut |row| {
        ordinal += 1;
        if let Some((_, reason)) = wanted.next_if(|(next, _)| *next == ordinal) {
            take(row, reason)?;
        }
        Ok(match wanted.peek() {
            Some(_) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        })
    })?;
    match wanted.next() {
        None => understood.source.check_unchanged(),
        Some(_) => Err(Error::conflict("the file changed while it was read")),
    }
}
