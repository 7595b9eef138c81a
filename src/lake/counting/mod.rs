//! The counting of responses at every grain of the rollup.
//!
//! A count names its file, so files are counted a few at a time: what is held is never more than
//! the counts of those. Each grain is made of the smallest one before it that has what it keeps,
//! not of the responses.

mod packed;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{
    DataType, Field, Int8Type, Schema, SchemaRef, TimestampMicrosecondType, UInt32Type,
};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::HashMap;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::cast;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::{DataFrame, SessionContext, ident};
use futures::{StreamExt, TryStreamExt, stream};

use super::grain::Grain;
use super::rollup::{COUNT, DAY, FILE, FILES, GRAIN};
use super::scan::{DataFile, DeltaScan};
use super::schema::timestamp;
use crate::error::Result;

use packed::{FILE_PLACE, GRAIN_PLACE, Masks, OWN, Packed, VALUES, Values};

/// The place of a row's file. Names of kept columns do not begin so.
const PLACE: &str = "__voxql_file";

/// Files of so many responses together are counted at once.
const ROWS_AT_ONCE: usize = 1 << 18;

/// The responses of some files, counted at every grain, with the list of the files; those of a grain
/// come together, sorted by day.
pub(super) async fn counts(
    context: &SessionContext,
    files: DeltaScan,
    dimensions: &[String],
) -> Result<DataFrame> {
    let columns = values_of(context, &files, dimensions).await?;
    let grains = Grain::all(dimensions);
    let of_grains = grains.iter().map(|grain| Masks::of(grain, &columns));
    let masks: Vec<Masks> = of_grains.chain([Masks::OF_FILES]).collect();
    packed::check_fits(masks.len(), &columns)?;

    let names = grains.iter().map(|grain| grain.name(dimensions));
    let names: StringArray = names.chain([FILES.to_owned()]).map(Some).collect();
    let of_files = |of: &dyn Fn(&DataFile) -> Option<String>| {
        files.files().iter().map(of).collect::<StringArray>()
    };
    let partition = |name: &str| {
        of_files(&|file| {
            let value = files.partition_value(file, name);
            value.map(ToOwned::to_owned)
        })
    };
    let mut unpacked = vec![
        packed::text_of_own(GRAIN, names, GRAIN_PLACE),
        packed::text_of_own(FILE, of_files(&|file| Some(file.path.clone())), FILE_PLACE),
        packed::text_of_own("survey", partition("survey"), FILE_PLACE),
        packed::text_of_own("month", partition("month"), FILE_PLACE),
        packed::day(DAY),
        packed::score("score"),
        ident(COUNT),
    ];
    unpacked.extend(columns.iter().map(packed::value_of));

    let lanes = context.copied_config().target_partitions();
    let one_lane = context.copied_config().with_target_partitions(1);
    let counting = Arc::new(Counting {
        context: SessionContext::new_with_config_rt(one_lane, context.runtime_env()),
        runs: runs(files.files()),
        files: files.with_file_column(PLACE),
        columns,
        masks,
        schema: Arc::new(Schema::new(
            [OWN, VALUES, COUNT]
                .map(|name| Field::new(name, DataType::Int64, false))
                .to_vec(),
        )),
    });
    let schema = Arc::clone(&counting.schema);
    let lanes = (0..lanes).map(|first| -> Arc<dyn PartitionStream> {
        Arc::new(Lane {
            counting: Arc::clone(&counting),
            first,
            lanes,
        })
    });
    let counted = StreamingTable::try_new(schema, lanes.collect())?;
    let sorted = context
        .read_table(Arc::new(counted))?
        .sort_by(vec![ident(OWN)])?;
    Ok(sorted.select(unpacked)?)
}

/// The values of the metric and of the dimensions.
async fn values_of(
    context: &SessionContext,
    files: &DeltaScan,
    dimensions: &[String],
) -> Result<Vec<Values>> {
    let mut columns: Vec<Values> = Vec::with_capacity(dimensions.len() + 1);
    let dimensions = dimensions.iter().map(String::as_str);
    for name in ["metric"].into_iter().chain(dimensions) {
        let batches = context
            .read_table(Arc::new(files.clone()))?
            .select(vec![cast(ident(name), DataType::Utf8)])?
            .distinct()?
            .collect()
            .await?;
        let texts = batches
            .iter()
            .flat_map(|batch| batch.column(0).as_string::<i32>());
        let texts = texts.flatten().map(Some).collect();
        columns.push(Values::new(name, texts, columns.last()));
    }
    Ok(columns)
}

/// Files that are counted at once. One of which the log does not tell how many responses it has is
/// counted for itself.
fn runs(files: &[DataFile]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut rows = 0;
    for (place, file) in files.iter().enumerate() {
        rows += file.rows().unwrap_or(ROWS_AT_ONCE);
        if rows >= ROWS_AT_ONCE || place + 1 == files.len() {
            runs.push(start..place + 1);
            start = place + 1;
            rows = 0;
        }
    }
    runs
}

/// What is to be counted, and by what.
struct Counting {
    /// Runs one thing at a time: there is a lane for each core.
    context: SessionContext,
    files: DeltaScan,
    runs: Vec<Range<usize>>,
    columns: Vec<Values>,
    /// By the place of a grain. The last is that of the list of files.
    masks: Vec<Masks>,
    /// Of the counts, packed.
    schema: SchemaRef,
}

type Counts = HashMap<Packed, i64>;

impl Counting {
    /// The counts of some files at every grain, a batch each.
    async fn counts_of(&self, run: Range<usize>) -> Result<Vec<RecordBatch>> {
        let mut made = vec![(Masks::ALL, self.finest_of(run).await?)];
        let mut widest_first: Vec<usize> = (0..self.masks.len()).collect();
        widest_first.sort_by_key(|&place| std::cmp::Reverse(self.masks[place].width()));
        let mut batches = Vec::with_capacity(self.masks.len());
        for place in widest_first {
            let masks = self.masks[place];
            let mut counts = Counts::new();
            let covering = made.iter().filter(|(finer, _)| finer.covers(masks));
            for (packed, count) in covering
                .map(|(_, counts)| counts)
                .min_by_key(|counts| counts.len())
                .into_iter()
                .flatten()
            {
                *counts.entry(masks.keep(*packed)).or_default() += count;
            }
            batches.push(self.batch(&counts, place)?);
            made.push((masks, counts));
            tokio::task::yield_now().await;
        }
        Ok(batches)
    }

    /// The counts that keep everything.
    async fn finest_of(&self, run: Range<usize>) -> Result<Counts> {
        let mut columns = vec![
            ident(PLACE),
            cast(ident("responded_at"), timestamp()),
            cast(ident("score"), DataType::Int8),
        ];
        let values = self.columns.iter();
        columns.extend(values.map(|column| cast(ident(&column.name), DataType::Utf8View)));
        let mut responses = self
            .context
            .read_table(Arc::new(self.files.slice(run)))?
            .select(columns)?
            .execute_stream()
            .await?;
        let mut counts = Counts::new();
        let mut packed = Vec::new();
        while let Some(batch) = responses.try_next().await? {
            let files = batch.column(0).as_primitive::<UInt32Type>();
            let moments = batch.column(1).as_primitive::<TimestampMicrosecondType>();
            let scores = batch.column(2).as_primitive::<Int8Type>();
            packed.clear();
            for row in 0..batch.num_rows() {
                let moment = moments.is_valid(row).then(|| moments.value(row));
                let score = scores.is_valid(row).then(|| scores.value(row));
                packed.push(Packed {
                    own: packed::own(files.value(row) as usize, moment, score)?,
                    values: 0,
                });
            }
            for (values, column) in batch.columns()[3..].iter().zip(&self.columns) {
                column.pack(values.as_string_view(), &mut packed)?;
            }
            for packed in &packed {
                *counts.entry(*packed).or_default() += 1;
            }
        }
        Ok(counts)
    }

    fn batch(&self, counts: &Counts, grain: usize) -> Result<RecordBatch> {
        let grain = packed::of_grain(grain);
        let own: Int64Array = counts.keys().map(|packed| packed.own | grain).collect();
        let values: Int64Array = counts.keys().map(|packed| packed.values).collect();
        let counts: Int64Array = counts.values().copied().collect();
        let columns = [own, values, counts].map(|column| Arc::new(column) as _);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.to_vec());
        Ok(batch.map_err(DataFusionError::from)?)
    }
}

/// Every so many-th of the runs, counted one after the other.
struct Lane {
    counting: Arc<Counting>,
    first: usize,
    lanes: usize,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, lanes, .. } = self;
        f.debug_struct("Lane")
            .field("first", first)
            .field("lanes", lanes)
            .finish_non_exhaustive()
    }
}

impl PartitionStream for Lane {
    fn schema(&self) -> &SchemaRef {
        &self.counting.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let runs = self.counting.runs.iter().skip(self.first);
        let runs: Vec<_> = runs.step_by(self.lanes).cloned().collect();
        let counting = Arc::clone(&self.counting);
        let counted = stream::iter(runs).then(move |run| {
            let counting = Arc::clone(&counting);
            async move { counting.counts_of(run).await.map_err(DataFusionError::from) }
        });
        let batches = counted.map_ok(|batches| stream::iter(batches).map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(self.schema()),
            batches.try_flatten(),
        ))
    }
}
