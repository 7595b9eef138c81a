//! The pass over a file that writes: rows in, clean and new responses out as one stream.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion_functions_nps::NpsCounts;

use super::batch::BatchBuilder;
use super::clean::{Cleaned, Cleaner};
use super::identity::{Identities, Identity};
use super::layout::Layout;
use super::rejects::{Rejects, RejectsFile};
use super::source::SourceFile;
use crate::error::{Error, Result};

/// Rows of a batch, as many as DataFusion works on at once.
const BATCH_ROWS: usize = 8192;

/// Everything that one pass over the file needs.
pub(super) struct Pass {
    pub(super) source: SourceFile,
    pub(super) layout: Layout,
    pub(super) cleaner: Cleaner,
    pub(super) identities: Identities,
    /// Where rejected rows go; `None` in a dry run, which only counts them.
    pub(super) rejects: Option<Rejects>,
    pub(super) batches: BatchBuilder,
}

/// What a pass has seen. Every row is in exactly one of the first four counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) new: u64,
    pub(super) duplicate: u64,
    pub(super) not_a_response: u64,
    pub(super) rejected: u64,
    /// New responses to the NPS question without a score.
    pub(super) not_answered: u64,
    pub(super) undated: u64,
    /// Cells that were not UTF-8.
    pub(super) narrow_cells: u64,
    /// New responses that nothing but their row tells apart.
    pub(super) keyless: u64,
    pub(super) counts: NpsCounts,
    pub(super) rejects_file: Option<RejectsFile>,
    /// The reasons of the first rejected rows, for a dry run, which writes no file of them.
    pub(super) first_reasons: Vec<String>,
}

/// How a pass ended, when not with the end of the file.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The kept column at this position does not have the type that its first rows had.
    WrongType(usize),
    /// Nobody takes the rows any more; the writer knows why.
    GivenUp,
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Pass {
    /// Reads the file to its end and sends full batches on. The rejects file is complete on disk
    /// before this returns, and so before anything is committed.
    pub(super) fn run(
        mut self,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<Tally, Stopped> {
        let mut tally = Tally::default();
        let mut wrong_type = None;
        let mut given_up = false;
        let mut rejects = self.rejects.take();
        let mut reject = |row: &super::rows::Row<'_>, reason: String, tally: &mut Tally| {
            tally.rejected += 1;
            if let Some(rejects) = &mut rejects {
                rejects.add(row, &reason)?;
            }
            if tally.first_reasons.len() < 5 {
                tally
                    .first_reasons
                    .push(format!("line {}: {reason}", row.number));
            }
            Ok::<(), Error>(())
        };
        let mut ordinal = 0;
        self.layout.read(&self.source, &mut |row| {
            ordinal += 1;
            tally.narrow_cells += row.narrow_cells;
            match self.cleaner.clean(row) {
                Cleaned::NotAResponse => tally.not_a_response += 1,
                Cleaned::Rejected(reason) => reject(row, reason, &mut tally)?,
                Cleaned::WrongType(position) => {
                    wrong_type = Some(position);
                    return Ok(ControlFlow::Break(()));
                }
                Cleaned::Response(response) => {
                    match self.identities.identify(
                        &response,
                        row.number,
                        ordinal,
                        &self.source.sha256,
                    )? {
                        Identity::Duplicate => tally.duplicate += 1,
                        Identity::Contradiction(reason) => reject(row, reason, &mut tally)?,
                        Identity::New(id) => {
                            tally.count_new(&response);
                            self.batches.append(&response, &id);
                        }
                    }
                }
            }
            if self.batches.rows() == BATCH_ROWS {
                let flow = send(self.batches.finish()?);
                given_up = flow.is_break();
                return Ok(flow);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(position) = wrong_type {
            return Err(Stopped::WrongType(position));
        }
        // The rejects of a part of the file are not to be taken for those of the whole.
        if given_up {
            return Err(Stopped::GivenUp);
        }
        self.finish(tally, rejects, send)
    }

    fn finish(
        mut self,
        mut tally: Tally,
        rejects: Option<Rejects>,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<Tally, Stopped> {
        self.source.check_unchanged()?;
        tally.keyless = self.identities.keyless;
        if tally.rejected > 0 && tally.new == 0 && tally.duplicate == 0 {
            // Most likely the file was not read as it is meant. Committed, it could never be read
            // rightly.
            return Err(Stopped::Failed(nothing_readable(&tally)));
        }
        tally.rejects_file = match rejects {
            Some(rejects) => rejects.finish()?,
            None => None,
        };
        if self.batches.rows() > 0 && send(self.batches.finish()?).is_break() {
            return Err(Stopped::GivenUp);
        }
        Ok(tally)
    }
}

fn nothing_readable(tally: &Tally) -> Error {
    Error::question(format!(
        "none of the {} rows can be imported: {}",
        tally.rejected,
        tally.first_reasons.join("; ")
    ))
    .with_hint("say how the columns are meant with --map, or the dates with --date-format")
}

impl Tally {
    /// All rows of the file.
    pub(super) fn rows(&self) -> u64 {
        self.new + self.duplicate + self.not_a_response + self.rejected
    }

    fn count_new(&mut self, response: &super::clean::Response<'_>) {
        self.new += 1;
        self.undated += u64::from(response.responded_at.is_none());
        if response.metric == "nps" {
            match response.score {
                None => self.not_answered += 1,
                Some(9..) => self.counts.promoters += 1.0,
                Some(7..) => self.counts.passives += 1.0,
                Some(_) => self.counts.detractors += 1.0,
            }
        }
    }
}

/// A pass as a table of one partition that can be read once.
pub(super) struct PassStream {
    schema: SchemaRef,
    pass: Mutex<Option<Pass>>,
    outcome: Arc<Mutex<Option<Result<Tally, Stopped>>>>,
}

impl PassStream {
    pub(super) fn new(pass: Pass, schema: SchemaRef) -> Self {
        Self {
            schema,
            pass: Mutex::new(Some(pass)),
            outcome: Arc::default(),
        }
    }

    /// Where the outcome will be when the stream has ended. Errors take this way because the
    /// writer in between would turn them into text.
    pub(super) fn outcome(&self) -> Arc<Mutex<Option<Result<Tally, Stopped>>>> {
        Arc::clone(&self.outcome)
    }
}

impl fmt::Debug for PassStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassStream").finish_non_exhaustive()
    }
}

impl PartitionStream for PassStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let pass = self.pass.lock().ok().and_then(|mut pass| pass.take());
        let Some(pass) = pass else {
            let twice = DataFusionError::Internal("a file is read once per attempt".to_owned());
            return Box::pin(RecordBatchStreamAdapter::new(
                Arc::clone(&self.schema),
                futures::stream::iter([Err(twice)]),
            ));
        };
        let outcome = self.outcome();
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), 4);
        let sender = builder.tx();
        builder.spawn_blocking(move || {
            let result = pass.run(&mut |batch| match sender.blocking_send(Ok(batch)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            });
            let ended = match &result {
                Ok(_) => Ok(()),
                Err(_) => Err(DataFusionError::Execution("the import stopped".to_owned())),
            };
            if let Ok(mut outcome) = outcome.lock() {
                *outcome = Some(result);
            }
            ended
        });
        builder.build()
    }
}
