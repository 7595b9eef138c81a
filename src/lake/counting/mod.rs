//! Counts responses at every grain of the rollup.
//!
//! A count names its file, so files are counted a few at a time, and only their counts are in
//! memory. Each grain is computed from the smallest finer one, not from the responses.

mod packed;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, Int8Type, Schema, SchemaRef, UInt32Type,
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

use super::grain::{COUNT, DAY, FILE, FILES, GRAIN, Grain};
use super::scan::{DataFile, DeltaScan};
use super::upgrade::day;
use crate::error::Result;

use packed::{BASE, FILE_INDEX, GRAIN_INDEX, Masks, Packed, VALUES, Values};

/// The index of a row's file. No kept column has a name with this prefix.
const FILE_COLUMN: &str = "__voxql_file";

/// Number of responses from which the files of a run are counted together.
const RUN_ROWS: usize = 1 << 18;

/// Counts the responses of some files at every grain, and lists the files. The rows of a grain are
/// together, sorted by day.
pub(super) async fn counts(
    context: &SessionContext,
    files: DeltaScan,
    dimensions: &[String],
) -> Result<DataFrame> {
    let columns = read_values(context, &files, dimensions).await?;
    let grains = Grain::all(dimensions);
    let grain_masks = grains.iter().map(|grain| Masks::for_grain(grain, &columns));
    let masks: Vec<Masks> = grain_masks.chain([Masks::FILE]).collect();
    packed::check_fits(masks.len(), &columns)?;

    let names = grains.iter().map(|grain| grain.name(dimensions));
    let names: StringArray = names.chain([FILES.to_owned()]).map(Some).collect();
    let paths = files.files().iter().map(|file| Some(&file.path));
    let partition = |name: &str| -> StringArray {
        let files_of_scan = files.files().iter();
        files_of_scan
            .map(|file| files.partition_value(file, name))
            .collect()
    };
    let mut unpacked = vec![
        packed::base_text(GRAIN, names, GRAIN_INDEX),
        packed::base_text(FILE, paths.collect(), FILE_INDEX),
        packed::base_text("survey", partition("survey"), FILE_INDEX),
        packed::base_text("month", partition("month"), FILE_INDEX),
        packed::day(DAY),
        packed::score("score"),
        ident(COUNT),
    ];
    unpacked.extend(columns.iter().map(packed::value_text));

    let lanes = context.copied_config().target_partitions();
    let one_lane = context.copied_config().with_target_partitions(1);
    let counting = Arc::new(Counting {
        context: SessionContext::new_with_config_rt(one_lane, context.runtime_env()),
        runs: runs(files.files()),
        files: files.with_file_column(FILE_COLUMN),
        columns,
        masks,
        schema: Arc::new(Schema::new(
            [BASE, VALUES, COUNT]
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
        .sort_by(vec![ident(BASE)])?;
    Ok(sorted.select(unpacked)?)
}

/// Reads the distinct values of the metric and of the dimensions.
async fn read_values(
    context: &SessionContext,
    files: &DeltaScan,
    dimensions: &[String],
) -> Result<Vec<Values>> {
    let mut columns: Vec<Values> = Vec::with_capacity(dimensions.len() + 1);
    for name in std::iter::once("metric").chain(dimensions.iter().map(String::as_str)) {
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

/// Splits the files into runs that are counted together. A file without a row count in the log is
/// the last of its run.
fn runs(files: &[DataFile]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut rows = 0;
    for (index, file) in files.iter().enumerate() {
        rows += file.rows().unwrap_or(RUN_ROWS);
        if rows >= RUN_ROWS || index + 1 == files.len() {
            runs.push(start..index + 1);
            start = index + 1;
            rows = 0;
        }
    }
    runs
}

struct Counting {
    /// Runs in one partition: there is already a lane for each core.
    context: SessionContext,
    files: DeltaScan,
    runs: Vec<Range<usize>>,
    columns: Vec<Values>,
    /// By the index of a grain. The last is for the list of files.
    masks: Vec<Masks>,
    /// Schema of the packed counts.
    schema: SchemaRef,
}

type Counts = HashMap<Packed, i64>;

impl Counting {
    /// Counts the files of a run at every grain, one batch each.
    async fn count(&self, run: Range<usize>) -> Result<Vec<RecordBatch>> {
        let mut counted = vec![(Masks::ALL, self.count_finest(run).await?)];
        let mut widest_first: Vec<usize> = (0..self.masks.len()).collect();
        widest_first.sort_by_key(|&grain| std::cmp::Reverse(self.masks[grain].width()));
        let mut batches = Vec::with_capacity(self.masks.len());
        for grain in widest_first {
            let masks = self.masks[grain];
            let smallest = counted
                .iter()
                .filter(|(finer, _)| finer.covers(masks))
                .map(|(_, counts)| counts)
                .min_by_key(|counts| counts.len());
            let mut counts = Counts::new();
            for (key, count) in smallest.into_iter().flatten() {
                *counts.entry(masks.apply(*key)).or_default() += count;
            }
            batches.push(self.batch(&counts, grain)?);
            counted.push((masks, counts));
            tokio::task::yield_now().await;
        }
        Ok(batches)
    }

    /// Counts a run by the whole key.
    async fn count_finest(&self, run: Range<usize>) -> Result<Counts> {
        let mut columns = vec![
            ident(FILE_COLUMN),
            cast(day(&self.files), DataType::Date32),
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
            let days = batch.column(1).as_primitive::<Date32Type>();
            let scores = batch.column(2).as_primitive::<Int8Type>();
            packed.clear();
            for row in 0..batch.num_rows() {
                let day = days.is_valid(row).then(|| days.value(row));
                let score = scores.is_valid(row).then(|| scores.value(row));
                packed.push(Packed {
                    base: packed::base(files.value(row) as usize, day, score)?,
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
        let grain = packed::grain_bits(grain);
        let base: Int64Array = counts.keys().map(|key| key.base | grain).collect();
        let values: Int64Array = counts.keys().map(|key| key.values).collect();
        let counts: Int64Array = counts.values().copied().collect();
        let columns = [base, values, counts].map(|column| Arc::new(column) as _);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.to_vec());
        Ok(batch.map_err(DataFusionError::from)?)
    }
}

/// Counts every `lanes`-th run, one after the other.
struct Lane {
    counting: Arc<Counting>,
    first: usize,
    lanes: usize,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lane {} of {}", self.first, self.lanes)
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
            async move { counting.count(run).await.map_err(DataFusionError::from) }
        });
        let batches = counted.map_ok(|batches| stream::iter(batches).map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(self.schema()),
            batches.try_flatten(),
        ))
    }
}
