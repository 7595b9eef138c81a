//! The progress of a running import.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The progress of an import. Shared through [`IngestOptions`](crate::IngestOptions), it can be
/// read from another thread while [`Lake::ingest`](crate::Lake::ingest) runs.
#[derive(Debug, Default)]
pub struct IngestProgress {
    step: AtomicU8,
    bytes: Arc<AtomicU64>,
    bytes_total: AtomicU64,
    rows: AtomicU64,
    rows_total: AtomicU64,
    /// Start times of the steps, in order.
    begun: Mutex<Vec<(IngestStep, Instant)>>,
}

/// A step of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IngestStep {
    /// Detecting the format and the columns.
    Understanding,
    /// Reading and cleaning the rows.
    Reading,
    /// Comparing the responses with those in the lake.
    Comparing,
    /// Writing the new and updated responses.
    Writing,
    /// Counting the written responses for queries.
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
    /// The current step.
    pub fn step(&self) -> IngestStep {
        IngestStep::ALL[usize::from(self.step.load(Ordering::Relaxed))]
    }

    /// Bytes of the file read so far in this step, compressed if the file is.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The size of the file in bytes.
    pub fn bytes_total(&self) -> u64 {
        self.bytes_total.load(Ordering::Relaxed)
    }

    /// Rows read or responses written so far in this step.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Number of responses to write; 0 until it is known.
    pub fn rows_total(&self) -> u64 {
        self.rows_total.load(Ordering::Relaxed)
    }

    /// Duration of each step so far; the last one lasts until now. A step that is repeated because
    /// another import committed first is listed again.
    pub fn step_times(&self) -> Vec<(IngestStep, Duration)> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = begun.iter().skip(1).map(|(_, start)| *start);
        let steps = begun.iter().zip(ends.chain([Instant::now()]));
        steps
            .map(|((step, start), end)| (*step, end - *start))
            .collect()
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

    /// The counter of bytes for the readers of the file.
    pub(super) fn bytes_counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }

    pub(super) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}
