//! The reading of a file: rows in, clean responses staged, rejected rows set aside.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion_functions_nps::RedactionCounts;

use exports::columns::cells::CellType;
use exports::format::rows::Row;
use exports::mapping::Mapping;
use exports::profiles::bound::Bound;

use super::chunk::Chunk;
use super::clean::{Cleaner, Response};
use super::cleaned::CleanChunk;
use super::identity::{Identifier, Provided};
use super::keys::{Key, Keys, KeysBuilder};
use super::rejects::{RejectedRows, RejectedRowsBuilder};
use super::staged::{Stage, Staged};
use super::tally::Kind;
use super::{IngestProgress, Understood};
use crate::error::{Error, Result};

/// The reasons of rejected rows that are shown where no file of them is written.
const REASONS_SHOWN: usize = 5;

/// Threads that clean rows: more would wait for the one that reads, and each holds a chunk.
const LANES_MAX: usize = 4;

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
    /// Responses that came in without respondent and comment for want of consent.
    pub(super) without_consent: u64,
    /// Personal data that was replaced in texts.
    pub(super) redacted: RedactionCounts,
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

    fn extend(&mut self, behind: Self) {
        self.any |= behind.any;
        self.any_zero |= behind.any_zero;
        self.newest = self.newest.max(behind.newest);
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
    pub(super) fn new(row_noun: &'static str) -> Self {
        Self {
            row_noun,
            ..Self::default()
        }
    }

    pub(super) fn count_not_a_response(&mut self, what: &str) {
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
    pub(super) fn reject(&mut self, number: u64, reason: &str) {
        self.rejected += 1;
        if self.first_reasons.len() < REASONS_SHOWN {
            let noun = self.row_noun;
            self.first_reasons
                .push(format!("{noun} {number}: {reason}"));
        }
    }

    pub(super) fn observe(&mut self, response: &Response<'_>, is_keyless: bool) {
        self.keyless += u64::from(is_keyless);
        self.without_consent += u64::from(response.lacks_consent);
        self.redacted.add(&response.redacted);
        self.empty_scores.observe(response);
    }

    /// Adds what was seen of the rows behind these.
    fn extend(&mut self, behind: Self) {
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

/// Reads the file from its first response to its end: this thread reads rows, others clean them,
/// and one puts together what came of them, in the order of the file.
pub(super) fn read(
    understood: &Understood,
    cleaner: &Cleaner,
    identifier: &Identifier,
    memory_bytes: u64,
    progress: Option<&IngestProgress>,
) -> Result<ReadFile> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let lanes = cores.min(LANES_MAX);
    let (work, chunks) = mpsc::sync_channel::<Work>(lanes);
    let (order, ordered) = mpsc::sync_channel::<Receiver<Result<CleanChunk>>>(2 * lanes);
    let chunks = Arc::new(Mutex::new(chunks));
    std::thread::scope(|scope| {
        for _ in 0..lanes {
            let chunks = Arc::clone(&chunks);
            scope.spawn(move || {
                while let Some(Work { chunk, done }) = next(&chunks) {
                    let clean = CleanChunk::of(chunk, understood, cleaner, identifier);
                    // Nobody waits for it once an earlier chunk has failed.
                    let _ = done.send(clean);
                }
            });
        }
        // Only the lanes keep the queue open, so that nothing waits for them when they are gone.
        drop(chunks);
        let collected = scope.spawn(move || {
            let mut file = ReadFileBuilder::new(understood, memory_bytes);
            // A lane that gives nothing has panicked, which the scope passes on.
            for clean in ordered.into_iter().map_while(|done| done.recv().ok()) {
                file.add(clean?)?;
            }
            Ok(file)
        });
        let read = read_chunks(understood, progress, &mut |chunk| {
            let (done, clean) = mpsc::sync_channel(1);
            let sent = order.send(clean).is_ok() && work.send(Work { chunk, done }).is_ok();
            match sent {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        drop((work, order));
        // What is wrong with a row comes before what is wrong behind it.
        let file: Result<ReadFileBuilder<'_>> = match collected.join() {
            Ok(collected) => collected,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        file?.finish(read?, identifier)
    })
}

/// A chunk to clean, and where to give what came of it.
struct Work {
    chunk: Chunk,
    done: SyncSender<Result<CleanChunk>>,
}

/// The next chunk to clean, `None` when all are.
fn next(chunks: &Mutex<Receiver<Work>>) -> Option<Work> {
    let chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
    chunks.recv().ok()
}

/// Hands the rows on in chunks until nobody wants more. Gives what was seen of their bytes.
fn read_chunks(
    understood: &Understood,
    progress: Option<&IngestProgress>,
    hand_on: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Seen> {
    let Understood { source, layout, .. } = understood;
    let mut seen = Seen::new(layout.format.row_noun());
    let mut chunk = Chunk::starting_at(1);
    let mut hand_on = |chunk: Chunk| {
        if let Some(progress) = progress {
            progress.add_rows(chunk.len() as u64);
        }
        hand_on(chunk)
    };
    // The number of the last row that was not blank.
    let mut last_filled = None;
    layout.read(source, &mut |row| {
        seen.narrow_cells += row.narrow_cells;
        seen.replaced += row.replaced;
        let below_gap = last_filled.is_some_and(|last| row.number > last + 1);
        if row.cells.iter().any(|cell| !cell.trim().is_empty()) {
            last_filled = Some(row.number);
        }
        chunk.push(row, below_gap);
        if !chunk.is_full() {
            return Ok(ControlFlow::Continue(()));
        }
        let next = Chunk::starting_at(chunk.end());
        Ok(hand_on(std::mem::replace(&mut chunk, next)))
    })?;
    if !chunk.is_empty() {
        // Whoever does not want it says why.
        let _ = hand_on(chunk);
    }
    source.check_unchanged()?;
    Ok(seen)
}

/// Puts a file together of its chunks.
struct ReadFileBuilder<'a> {
    understood: &'a Understood,
    mapping: Mapping,
    stage: Stage,
    keys: KeysBuilder,
    rejected: RejectedRowsBuilder,
    seen: Seen,
    kinds: Vec<Kind>,
    surveys: BTreeSet<String>,
}

impl<'a> ReadFileBuilder<'a> {
    fn new(understood: &'a Understood, memory_bytes: u64) -> Self {
        let mapping = understood.mapping.clone();
        Self {
            stage: Stage::new(mapping.kept.len(), memory_bytes / 8),
            mapping,
            keys: KeysBuilder::new(memory_bytes / 8),
            rejected: RejectedRowsBuilder::new(understood.layout.header.width()),
            seen: Seen::new(understood.layout.format.row_noun()),
            kinds: Vec::new(),
            surveys: BTreeSet::new(),
            understood,
        }
    }

    /// Adds the chunk behind those before it.
    fn add(&mut self, clean: CleanChunk) -> Result<()> {
        let first = self.stage.push(clean.responses)?;
        for key in clean.keys {
            let row = first + key.row;
            self.keys.push(Key { row, ..key })?;
        }
        for (index, reason) in &clean.rejected {
            let row = clean.chunk.row(*index).row;
            for cells in self.understood.layout.as_in_file(&row) {
                self.rejected.add(&cells, reason)?;
            }
        }
        self.seen.extend(clean.seen);
        self.kinds.extend(clean.kinds);
        if self.surveys.len() <= SURVEYS_MAX {
            self.surveys.extend(clean.surveys);
        }
        for (column, cell_type) in self.mapping.kept.iter_mut().zip(clean.kept) {
            // A chunk's type is the column's, or text where that does not hold its cells.
            if cell_type == CellType::Text {
                column.cell_type = CellType::Text;
            }
        }
        Ok(())
    }

    /// The file, of whose bytes this was seen.
    fn finish(mut self, of_bytes: Seen, identifier: &Identifier) -> Result<ReadFile> {
        self.seen.extend(of_bytes);
        let Understood { source, layout, .. } = self.understood;
        let empty = self.seen.empty_scores.check(&layout.bound);
        empty.map_err(|error| error.at_file(source))?;
        let surveys = self.surveys;
        Ok(ReadFile {
            staged: self.stage.finish()?,
            keys: self.keys.finish()?,
            rejected: self.rejected.finish()?,
            seen: self.seen,
            kinds: self.kinds,
            provided: identifier.provided,
            surveys: (surveys.len() <= SURVEYS_MAX).then(|| surveys.into_iter().collect()),
            mapping: self.mapping,
        })
    }
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
            take(row, reason).map_err(exports::Error::external)?;
        }
        Ok(match wanted.peek() {
            Some(_) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        })
    })?;
    match wanted.next() {
        None => Ok(understood.source.check_unchanged()?),
        Some(_) => Err(Error::conflict("the file changed while it was read")),
    }
}
