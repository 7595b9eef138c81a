//! The reading of a file: rows in, clean responses staged, rejected rows set aside.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

use exports::columns::cells::CellType;
use exports::format::rows::Row;
use exports::mapping::Mapping;

use exports::understand::Understood;

use super::identity::{Identifier, Provided};
use super::keys::{Key, Keys, KeysBuilder};
use super::rejects::{RejectedRows, RejectedRowsBuilder};
use super::seen::{Kind, Seen};
use super::staged::{Stage, Staged};
use crate::error::{Error, Result};
use crate::ingest::clean::chunk::Chunk;
use crate::ingest::clean::cleaner::Cleaner;
use crate::ingest::progress::IngestProgress;
use crate::ingest::stage::clean_chunk::CleanChunk;

/// Threads that clean rows: more would wait for the one that reads, and each holds a chunk.
const LANES_MAX: usize = 4;

/// Surveys of one file that are remembered, to look for its responses in these alone.
const SURVEYS_MAX: usize = 1000;

/// Everything of a file that goes on.
#[derive(Debug)]
pub(in crate::ingest) struct ReadFile {
    pub(in crate::ingest) staged: Staged,
    pub(in crate::ingest) keys: Keys,
    pub(in crate::ingest) rejected: RejectedRows,
    pub(in crate::ingest) provided: Provided,
    pub(in crate::ingest) seen: Seen,
    /// What each response adds to the counts.
    pub(in crate::ingest) kinds: Vec<Kind>,
    /// The surveys that the responses are of; `None` where they are too many to list.
    pub(in crate::ingest) surveys: Option<Vec<String>>,
    /// The mapping, its kept columns of types that hold every cell.
    pub(in crate::ingest) mapping: Mapping,
}

/// Reads the file from its first response to its end: this thread reads rows, others clean them,
/// and one puts together what came of them, in the order of the file.
pub(in crate::ingest) fn read(
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
        seen.narrow_cells += row.non_utf8_cells;
        seen.replaced += row.replaced_chars;
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
            for cells in self.understood.layout.rows_in_file(&row) {
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
