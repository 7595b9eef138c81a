//! How far an import is, for showing it while it runs.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far an import is. One that is shared with [`IngestOptions`](crate::IngestOptions) can be
/// looked at from another thread while [`Lake::ingest`](crate::Lake::ingest) runs.
#[derive(Debug, Default)]
pub struct IngestProgress {
    step: AtomicU8,
    bytes: Arc<AtomicU64>,
    bytes_total: AtomicU64,
    rows: AtomicU64,
    rows_total: AtomicU64,
    /// When each step began, in order.
    begun: Mutex<Vec<(IngestStep, Instant)>>,
}

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IngestStep {
    /// Finding out what the columns are.
    Understanding,
    /// Reading and cleaning the rows.
    Reading,
    /// Telling new responses from those that the lake holds.
    Comparing,
    /// Writing the new ones.
    Writing,
    /// Counting them for queries.
    Counting,
}

impl IngestStep {
    const ALL: [Self; 5] = [
        Self::Understanding,
        Self::Reading,
        Self::Comparing,
        Self::Writing,
        Self::Counting,
    ];
}

impl IngestProgress {
    /// What the import is doing.
    pub fn step(&self) -> IngestStep {
        IngestStep::ALL[usize::from(self.step.load(Ordering::Relaxed))]
    }

    /// Bytes of the file that this step has read; compressed ones where it is compressed.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The size of the file.
    pub fn bytes_total(&self) -> u64 {
        self.bytes_total.load(Ordering::Relaxed)
    }

    /// Rows that were read, or responses that were written.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Responses that are to be written, 0 before that is known.
    pub fn rows_total(&self) -> u64 {
        self.rows_total.load(Ordering::Relaxed)
    }

    /// How long each step took so far, the last one until now. A step that was done again, because
    /// another import was faster, comes again.
    pub fn step_times(&self) -> Vec<(IngestStep, Duration)> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = begun
            .iter()
            .skip(1)
            .map(|(_, at)| *at)
            .chain([Instant::now()]);
        let steps = begun.iter().zip(ends);
        steps.map(|((step, at), end)| (*step, end - *at)).collect()
    }

    pub(super) fn begin(&self, step: IngestStep, total: u64) {
        self.bytes.store(0, Ordering::Relaxed);
        self.rows.store(0, Ordering::Relaxed);
        let (bytes, rows) = match step {
            IngestStep::Understanding | IngestStep::Reading => (total, 0),
            IngestStep::Comparing | IngestStep::Writing | IngestStep::Counting => (0, total),
        };
        self.bytes_total.store(bytes, Ordering::Relaxed);
        self.rows_total.store(rows, Ordering::Relaxed);
        self.step.store(step as u8, Ordering::Relaxed);
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.push((step, Instant::now()));
    }

    /// The counter that readers of the file add to.
    pub(super) fn bytes_counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }

    pub(super) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}
