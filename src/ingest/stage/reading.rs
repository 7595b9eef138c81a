//! Reads a file: cleans its rows in parallel, stages responses and collects rejected rows.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

use exports::columns::cells::CellType;
use exports::format::rows::Row;
use exports::leftovers::signs::RowKind;
use exports::leftovers::totals::{self, Candidate, TotalWords};
use exports::mapping::Mapping;
use exports::understand::Understood;

use super::answer::Provided;
use super::clean_chunk::CleanChunk;
use super::file_ids::FileIds;
use super::identity::Identifier;
use super::keys::{Key, Keys, KeysBuilder};
use super::rejects::{RejectedRows, RejectedRowsBuilder};
use super::row_counts::{ResponseFlags, RowCounts};
use super::staged::{Staged, StagedBuilder};
use crate::error::{Error, Result};
use crate::ingest::clean::chunk::{Chunk, PlacedRow};
use crate::ingest::clean::cleaner::Cleaner;
use crate::ingest::clean::rejection::RejectKind;
use crate::ingest::progress::IngestProgress;

/// Maximum number of cleaning threads. More would wait for the reading thread, and each takes up
/// the memory of a chunk.
const WORKERS_MAX: usize = 4;

/// Maximum number of surveys to which the search for a file's responses in the lake is limited.
const SURVEYS_MAX: usize = 1000;

/// A file after reading and cleaning.
#[derive(Debug)]
pub(in crate::ingest) struct ReadFile {
    pub(in crate::ingest) staged: Staged,
    pub(in crate::ingest) keys: Keys,
    pub(in crate::ingest) ids: FileIds,
    pub(in crate::ingest) rejected: RejectedRows,
    pub(in crate::ingest) provided: Provided,
    pub(in crate::ingest) counts: RowCounts,
    /// One per response, in order.
    pub(in crate::ingest) flags: Vec<ResponseFlags>,
    /// The surveys of the responses; `None` if there are too many.
    pub(in crate::ingest) surveys: Option<Vec<String>>,
    /// The mapping, with types of kept columns that fit every cell.
    pub(in crate::ingest) mapping: Mapping,
}

/// Reads the whole file: this thread reads rows, worker threads clean them, and another one
/// assembles the results in the order of the file.
pub(in crate::ingest) fn read(
    understood: &Understood,
    cleaner: &Cleaner,
    identifier: &Identifier,
    memory_bytes: u64,
    progress: Option<&IngestProgress>,
) -> Result<ReadFile> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = cores.min(WORKERS_MAX);
    let (work, chunks) = mpsc::sync_channel::<Work>(workers);
    let (results, ordered) = mpsc::sync_channel::<Receiver<Result<CleanChunk>>>(2 * workers);
    let chunks = Arc::new(Mutex::new(chunks));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let chunks = Arc::clone(&chunks);
            scope.spawn(move || {
                while let Some(Work { chunk, result }) = next(&chunks) {
                    let clean = CleanChunk::new(chunk, understood, cleaner, identifier, true);
                    // Fails if an earlier chunk has failed and the receiver is gone.
                    let _ = result.send(clean);
                }
            });
        }
        // Only the workers keep the queue open, so that it closes when they are gone.
        drop(chunks);
        let collected = scope.spawn(move || {
            let mut file = ReadFileBuilder::new(understood, cleaner, identifier, memory_bytes);
            // A worker that sends nothing has panicked; the scope resumes the panic.
            for clean in ordered.into_iter().map_while(|result| result.recv().ok()) {
                file.add(clean?)?;
            }
            Ok(file)
        });
        let read = read_chunks(understood, progress, &mut |chunk| {
            let (result, receiver) = mpsc::sync_channel(1);
            if results.send(receiver).is_ok() && work.send(Work { chunk, result }).is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        drop((work, results));
        // An error in a row comes before an error while reading the rows after it.
        let file: Result<ReadFileBuilder<'_>> = match collected.join() {
            Ok(collected) => collected,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        file?.finish(read?)
    })
}

/// A chunk to clean, and the channel for its result.
struct Work {
    chunk: Chunk,
    result: SyncSender<Result<CleanChunk>>,
}

/// Returns the next chunk to clean, `None` after the last one.
fn next(chunks: &Mutex<Receiver<Work>>) -> Option<Work> {
    let chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
    chunks.recv().ok()
}

/// Sends the rows in chunks until `send` breaks off. Returns the counts of undecodable text.
fn read_chunks(
    understood: &Understood,
    progress: Option<&IngestProgress>,
    send: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<RowCounts> {
    let Understood { source, layout, .. } = understood;
    let mut counts = RowCounts::new(layout.format.row_noun());
    let mut chunk = Chunk::starting_at(1);
    let mut send = |chunk: Chunk| {
        if let Some(progress) = progress {
            progress.add_rows(chunk.len() as u64);
        }
        send(chunk)
    };
    // The number of the last line or row that was not blank.
    let mut last_filled = None;
    layout.read(source, &mut |row| {
        counts.narrow_cells += row.non_utf8_cells;
        counts.replaced += row.replaced_chars;
        let below_gap = last_filled.is_some_and(|last| row.number > last + 1);
        if row.cells.iter().any(|cell| !cell.trim().is_empty()) {
            let ends = |cell: &str| cell.bytes().filter(|byte| *byte == b'\n').count() as u64;
            let cells = row.cells.iter();
            let lines: u64 = cells.map(|cell| ends(cell)).sum();
            last_filled = Some(row.number + lines);
        }
        chunk.push(row, below_gap);
        if !chunk.is_full() {
            return Ok(ControlFlow::Continue(()));
        }
        let next = Chunk::starting_at(chunk.next_ordinal());
        Ok(send(std::mem::replace(&mut chunk, next)))
    })?;
    if !chunk.is_empty() {
        // If it is not accepted, the collecting thread returns the error.
        let _ = send(chunk);
    }
    source.check_unchanged()?;
    Ok(counts)
}

/// Assembles a file from its chunks.
struct ReadFileBuilder<'a> {
    understood: &'a Understood,
    cleaner: &'a Cleaner,
    identifier: &'a Identifier,
    mapping: Mapping,
    staged: StagedBuilder,
    keys: KeysBuilder,
    ids: FileIds,
    rejected: RejectedRowsBuilder,
    counts: RowCounts,
    flags: Vec<ResponseFlags>,
    surveys: BTreeSet<String>,
    /// The rows that may be totals.
    undecided: Chunk,
    words: TotalWords,
    /// The ordinal of the last response.
    last_response: Option<u64>,
}

impl<'a> ReadFileBuilder<'a> {
    fn new(
        understood: &'a Understood,
        cleaner: &'a Cleaner,
        identifier: &'a Identifier,
        memory_bytes: u64,
    ) -> Self {
        let mapping = understood.mapping.clone();
        Self {
            staged: StagedBuilder::new(mapping.kept.len(), memory_bytes / 8),
            mapping,
            keys: KeysBuilder::new(memory_bytes / 8),
            ids: FileIds::default(),
            rejected: RejectedRowsBuilder::new(understood.layout.header.width()),
            counts: RowCounts::new(understood.layout.format.row_noun()),
            flags: Vec::new(),
            surveys: BTreeSet::new(),
            undecided: Chunk::starting_at(1),
            words: TotalWords::default(),
            last_response: None,
            understood,
            cleaner,
            identifier,
        }
    }

    /// Adds the next chunk.
    fn add(&mut self, mut clean: CleanChunk) -> Result<()> {
        self.words.extend(std::mem::take(&mut clean.words));
        self.last_response = self.last_response.max(clean.last_response);
        for index in &clean.undecided {
            let PlacedRow {
                row,
                ordinal,
                below_gap,
            } = clean.chunk.row(*index);
            self.undecided.push_at(&row, ordinal, below_gap);
        }
        self.append(clean)?;
        if self.undecided.is_full() {
            // So many words for totals come back.
            self.decide_totals(false)?;
        }
        Ok(())
    }

    /// Decides on the rows that may be totals. `is_complete` is true if all rows are known.
    fn decide_totals(&mut self, is_complete: bool) -> Result<()> {
        let chunk = std::mem::replace(&mut self.undecided, Chunk::starting_at(1));
        if chunk.is_empty() {
            return Ok(());
        }
        let candidates = (0..chunk.len()).map(|index| {
            let PlacedRow {
                row,
                ordinal,
                below_gap,
            } = chunk.row(index);
            Candidate {
                row,
                ordinal,
                below_gap,
                is_at_end: is_complete && self.last_response.is_none_or(|last| last < ordinal),
            }
        });
        let candidates: Vec<Candidate<'_>> = candidates.collect();
        let kinds = totals::decide(
            &self.understood.context(),
            &candidates,
            &self.words,
            is_complete,
        )?;
        let mut responses = Chunk::starting_at(1);
        for (candidate, kind) in candidates.iter().zip(kinds) {
            let row = &candidate.row;
            match kind {
                RowKind::Total => self.counts.skip_total(row),
                RowKind::Unclear => {
                    let reason = "the row may be a total of other rows";
                    self.counts.reject(row.number, RejectKind::Total, reason);
                    self.reject(row, reason)?;
                }
                RowKind::Response => {
                    responses.push_at(row, candidate.ordinal, candidate.below_gap);
                }
            }
        }
        let clean = CleanChunk::new(
            responses,
            self.understood,
            self.cleaner,
            self.identifier,
            false,
        );
        self.append(clean?)
    }

    /// Adds a row to the rejects file.
    fn reject(&mut self, row: &Row<'_>, reason: &str) -> Result<()> {
        for cells in self.understood.layout.rows_in_file(row) {
            self.rejected.add(&cells, reason)?;
        }
        Ok(())
    }

    /// Adds the rows of a chunk that are decided.
    fn append(&mut self, clean: CleanChunk) -> Result<()> {
        let first = self.staged.push(clean.responses)?;
        for key in clean.keys {
            let row = first + key.row;
            self.keys.push(Key { row, ..key })?;
        }
        self.ids.extend(clean.ids);
        for (index, reason) in &clean.rejected {
            self.reject(&clean.chunk.row(*index).row, reason)?;
        }
        self.counts.extend(clean.counts);
        self.flags.extend(clean.flags);
        if self.surveys.len() <= SURVEYS_MAX {
            self.surveys.extend(clean.surveys);
        }
        for (column, cell_type) in self.mapping.kept.iter_mut().zip(clean.kept) {
            // The type in a chunk is the column's, or text if a cell does not fit.
            if cell_type == CellType::Text {
                column.cell_type = CellType::Text;
            }
        }
        Ok(())
    }

    fn finish(mut self, text_counts: RowCounts) -> Result<ReadFile> {
        self.counts.extend(text_counts);
        self.decide_totals(true)?;
        let Understood { source, layout, .. } = self.understood;
        let checked = self.counts.empty_scores.check(&layout.bound);
        checked.map_err(|error| error.at_file(source))?;
        let surveys = self.surveys;
        Ok(ReadFile {
            staged: self.staged.finish()?,
            keys: self.keys.finish()?,
            ids: self.ids,
            rejected: self.rejected.finish()?,
            counts: self.counts,
            flags: self.flags,
            provided: self.identifier.provided,
            surveys: (surveys.len() <= SURVEYS_MAX).then(|| surveys.into_iter().collect()),
            mapping: self.mapping,
        })
    }
}

/// Reads rows again, given by ordinal in ascending order, each with a reason.
pub(in crate::ingest) fn read_again(
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
        Ok(if wanted.peek().is_some() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    if wanted.next().is_some() {
        return Err(Error::conflict("the file changed while it was read"));
    }
    Ok(understood.source.check_unchanged()?)
}
