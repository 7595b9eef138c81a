//! The rollup: the responses of a lake, counted.
//!
//! A score has eleven values, so responses by survey, day, metric, dimensions and score are a small
//! multiset however many they are. Each row names the data file whose responses it counts. Readers
//! read the files that the rollup does not name, and ignore rows of files that are gone, so the
//! rollup may be incomplete and is never wrong.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::{approx_distinct, sum};
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, Expr, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;
use deltalake::DeltaTable;
use deltalake::kernel::Remove;

use super::append::{Append, Appended, Attempts, Order, appended, with_columns};
use super::counting::counts;
use super::grain::{BY, FILE, FILES, Grain};
use super::handle::Lake;
use super::scan::DeltaScan;
use super::schema::{RESPONSES_SCHEMA, ROLLUP};
use super::table::STATISTICS_PROPERTY;
use crate::error::{Error, Result};

pub(crate) use super::grain::{COUNT, DAY, GRAIN, KEPT};

/// Most values that a column may have to become a dimension by default, and most such columns.
const VALUES_MAX: u64 = 1000;
const DIMENSIONS_MAX: usize = 8;

/// With more files than this, the rollup is rewritten as a whole: its rows are few.
const ROLLUP_FILES_MAX: usize = 64;

/// A version of the rollup, and the files it counts.
#[derive(Debug)]
pub(crate) struct Rollup {
    scan: DeltaScan,
    dimensions: Vec<String>,
    grains: BTreeSet<String>,
    counted: BTreeSet<String>,
    /// The version of the responses that was counted last; `None` for counts of earlier versions of voxql.
    counted_version: Option<u64>,
}

/// The application transaction with the version of the responses that was counted.
const COUNTED: &str = "voxql-counted";

/// Checks that the responses, at their newest version, are not older than what was counted: then commits
/// are missing from their log. Counts that cannot be read say nothing of that.
pub(crate) async fn check_not_behind(lake: &Lake, version: u64) -> Result<()> {
    let Ok(Some(table)) = lake.rollup().await else {
        return Ok(());
    };
    let counted = appended(&table, COUNTED).await?;
    match counted.filter(|counted| *counted > version) {
        None => Ok(()),
        Some(counted) => Err(behind(version, counted)),
    }
}

/// The error for responses that end before the version that was counted.
pub(crate) fn behind(version: u64, counted: u64) -> Error {
    Error::damaged(format!(
        "the log of responses ends with version {version}, but version {counted} was counted: commits are \
         missing"
    ))
}

impl Rollup {
    /// Reads the list of files that a version of the table counts. Returns `None` if only deltalake
    /// can read the table.
    pub(crate) async fn read(table: &DeltaTable, session: &dyn Session) -> Result<Option<Self>> {
        let Some(scan) = DeltaScan::try_new(table)? else {
            return Ok(None);
        };
        let grains = grains(&scan);
        let dimensions = dimensions(&grains);
        let file = scan
            .schema()
            .index_of(FILE)
            .map_err(DataFusionError::from)?;
        let files = grain_scan(&scan, FILES)
            .scan(session, Some(&vec![file]), &[], None)
            .await?;
        let mut counted = BTreeSet::new();
        for batch in collect(files, session.task_ctx()).await? {
            let names = batch.column(0).as_string_view();
            counted.extend(names.iter().flatten().map(ToOwned::to_owned));
        }
        Ok(Some(Self {
            scan,
            dimensions,
            grains,
            counted,
            counted_version: appended(table, COUNTED).await?,
        }))
    }

    pub(crate) fn version(&self) -> u64 {
        self.scan.version()
    }

    /// The version of the responses that was counted last, if it is known.
    pub(crate) fn counted_version(&self) -> Option<u64> {
        self.counted_version
    }

    /// The files of these responses that are counted.
    pub(super) fn counted_only(&self, responses: &DeltaScan) -> DeltaScan {
        responses.only(|file| self.counted.contains(&file.path))
    }

    /// Counts files again, and returns the number of counts of theirs that are others.
    pub(super) async fn compare(
        &self,
        context: &SessionContext,
        files: DeltaScan,
    ) -> Result<usize> {
        if files.files().is_empty() {
            return Ok(0);
        }
        let paths = files
            .paths()
            .map(|path| lit(ScalarValue::Utf8View(Some(path.to_owned()))));
        let is_counted = ident(FILE).in_list(paths.collect(), false);
        let stored = context
            .read_table(Arc::new(self.scan.clone()))?
            .filter(is_counted)?;
        let counted = counts(context, files, &self.dimensions).await?;
        let schema = Arc::clone(counted.schema().inner());
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let keys = || {
            let names = names.clone().filter(|name| *name != COUNT);
            names.map(ident).collect::<Vec<Expr>>()
        };
        let negative = |rows: DataFrame| -> Result<DataFrame> {
            let columns = keys()
                .into_iter()
                .chain([(lit(0_i64) - ident(COUNT)).alias(COUNT)]);
            Ok(rows.select(columns.collect::<Vec<_>>())?)
        };
        let stored = negative(with_columns(stored, &schema)?)?;
        let counted =
            counted.select(keys().into_iter().chain([ident(COUNT)]).collect::<Vec<_>>())?;
        let different = counted
            .union(stored)?
            .aggregate(keys(), vec![sum(ident(COUNT)).alias(COUNT)])?
            .filter(ident(COUNT).not_eq(lit(0_i64)))?;
        Ok(different.count().await?)
    }

    /// The columns by which responses are counted, in addition to the day, metric and score.
    pub(crate) fn dimensions(&self) -> &[String] {
        &self.dimensions
    }

    /// The files of these responses that are not counted, so that their rows must be read.
    pub(crate) fn uncounted(&self, responses: &DeltaScan) -> DeltaScan {
        responses.only(|file| !self.counted.contains(&file.path))
    }

    /// A filter that removes the counts of files that these responses no longer have, or `None` if
    /// every row counts.
    pub(crate) fn live_files_filter(&self, responses: &DeltaScan) -> Option<Expr> {
        let live: HashSet<&str> = responses.paths().collect();
        // Of the scan's type, since an optimizer rule adds the filter after type coercion.
        let gone: Vec<Expr> = self
            .counted
            .iter()
            .filter(|file| !live.contains(file.as_str()))
            .map(|file| lit(ScalarValue::Utf8View(Some(file.clone()))))
            .collect();
        (!gone.is_empty()).then(|| ident(FILE).in_list(gone, true))
    }

    /// The rows of the coarsest grain that keeps these dimensions, and days if `days` is set. `None`
    /// if an earlier version of voxql wrote the counts, without such rows.
    pub(crate) fn coarsest(&self, dimensions: &BTreeSet<String>, days: bool) -> Option<DeltaScan> {
        let grains = Grain::all(&self.dimensions).into_iter();
        let coarsest = grains
            .filter(|grain| grain.keeps(dimensions, days))
            .min_by_key(|grain| (!grain.is_monthly, grain.dimensions.len()))?;
        let name = coarsest.name(&self.dimensions);
        let exists = self.counted.is_empty() || self.grains.contains(&name);
        exists.then(|| grain_scan(&self.scan, &name))
    }

    /// True if it has exactly the grains of a rollup by these dimensions.
    fn has_grains_for(&self, dimensions: &[String]) -> bool {
        let mut names: BTreeSet<String> = Grain::all(dimensions)
            .iter()
            .map(|grain| grain.name(dimensions))
            .collect();
        names.insert(FILES.to_owned());
        self.grains == names
    }
}

/// The columns by which the responses of a lake are counted; none without a rollup.
pub(crate) async fn dimensions_of(lake: &Lake) -> Result<Vec<String>> {
    let Some(table) = lake.rollup().await? else {
        return Ok(Vec::new());
    };
    let scan = DeltaScan::try_new(&table)?;
    Ok(scan.map_or_else(Vec::new, |scan| dimensions(&grains(&scan))))
}

fn grains(scan: &DeltaScan) -> BTreeSet<String> {
    let files = scan.files().iter();
    let grains = files.filter_map(|file| scan.partition_value(file, GRAIN));
    grains.map(ToOwned::to_owned).collect()
}

fn dimensions(grains: &BTreeSet<String>) -> Vec<String> {
    let dimensions = grains.iter().filter_map(|grain| grain.strip_prefix(BY));
    dimensions.map(ToOwned::to_owned).collect()
}

fn grain_scan(scan: &DeltaScan, grain: &str) -> DeltaScan {
    scan.only(|file| scan.partition_value(file, GRAIN) == Some(grain))
}

/// Result of completing a rollup.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Completed {
    /// The columns by which responses are counted.
    pub(crate) dimensions: Vec<String>,
    /// Number of data files counted now that were not counted before.
    pub(crate) files: usize,
    /// `true` if the rollup was created.
    pub(crate) is_new: bool,
}

/// Counts the files that the rollup does not count yet, and drops the counts of files that are gone,
/// in a session that spills to disk.
///
/// Concurrent processes still count every file once: a commit succeeds only directly after the
/// version that was read.
pub(crate) async fn complete(lake: &Lake, context: &SessionContext) -> Result<Completed> {
    let mut is_new = false;
    let mut attempts = Attempts::new(lake);
    loop {
        let Some(responses) = lake.responses().await? else {
            return Ok(Completed::default());
        };
        let Some(responses) = DeltaScan::try_new(&responses)? else {
            return Ok(Completed::default());
        };
        let table = match lake.rollup().await? {
            Some(table) => table,
            None => {
                is_new = true;
                create(lake).await?
            }
        };
        let plan = Completion::plan(lake, context, &responses, &table).await?;
        let Some(plan) = plan else {
            return Ok(Completed::default());
        };
        let completed = Completed {
            dimensions: plan.dimensions,
            files: plan.missing,
            is_new: is_new && plan.missing > 0,
        };
        let Some((rows, order)) = plan.rows else {
            return Ok(completed);
        };
        let append = Append {
            removed: plan.removed,
            transactions: vec![(COUNTED, responses.version())],
            ..Append::new(&table, rows, order)
        };
        if let Appended::Done { .. } = append.run().await? {
            return Ok(completed);
        }
        attempts.back_off("some responses are not counted").await?;
    }
}

async fn create(lake: &Lake) -> Result<DeltaTable> {
    let mut fields = vec![
        Field::new(GRAIN, DataType::Utf8, false),
        Field::new(FILE, DataType::Utf8, false),
        Field::new(COUNT, DataType::Int64, false),
        Field::new(DAY, DataType::Date32, true),
    ];
    fields.extend(KEPT.map(|name| {
        let data_type = match name {
            "score" => DataType::Int8,
            _ => DataType::Utf8,
        };
        Field::new(name, data_type, true)
    }));
    let schema = Schema::new(fields);
    lake.create_table_if_missing(
        ROLLUP,
        &schema,
        &[GRAIN],
        &[(STATISTICS_PROPERTY, "day,score")],
    )
    .await
}

/// The change that completes the rollup.
struct Completion {
    dimensions: Vec<String>,
    missing: usize,
    /// `None` if nothing is missing.
    rows: Option<(DataFrame, Order<'static>)>,
    removed: Vec<Remove>,
}

impl Completion {
    async fn plan(
        lake: &Lake,
        context: &SessionContext,
        responses: &DeltaScan,
        table: &DeltaTable,
    ) -> Result<Option<Self>> {
        let Some(rollup) = Rollup::read(table, &context.state()).await? else {
            return Ok(None);
        };
        let settings = lake.settings().await?;
        let dimensions = match settings.and_then(|settings| settings.rollup.clone()) {
            Some(configured) => configured_dimensions(responses, configured.dimensions)?,
            None if !rollup.counted.is_empty() => rollup.dimensions.clone(),
            None => choose_dimensions(context, responses).await?,
        };
        // Counts by other dimensions, or of an earlier layout, are of no use.
        let is_kept = rollup.counted.is_empty() || rollup.has_grains_for(&dimensions);
        let missing = if is_kept {
            rollup.uncounted(responses)
        } else {
            responses.clone()
        };
        let missing_count = missing.files().len();
        let live_files = rollup.live_files_filter(responses);
        let is_fragmented = rollup.scan.files().len() > ROLLUP_FILES_MAX;
        let is_rewrite = !is_kept || live_files.is_some() || is_fragmented;
        if missing_count == 0 && !is_rewrite {
            return Ok(Some(Self {
                dimensions,
                missing: 0,
                rows: None,
                removed: Vec::new(),
            }));
        }
        let mut rows = counts(context, missing, &dimensions).await?;
        let mut order = Order::AsGiven;
        if is_rewrite && is_kept {
            let mut kept = context.read_table(Arc::new(rollup.scan.clone()))?;
            if let Some(live_files) = live_files {
                kept = kept.filter(live_files)?;
            }
            let schema = Arc::clone(rows.schema().inner());
            rows = rows.union(with_columns(kept, &schema)?)?;
            order = Order::By(DAY);
        }
        let removed = if is_rewrite {
            rollup.scan.removes(table, true)?
        } else {
            Vec::new()
        };
        Ok(Some(Self {
            dimensions,
            missing: missing_count,
            rows: Some((rows, order)),
            removed,
        }))
    }
}

/// Checks the dimensions that the lake's settings name.
fn configured_dimensions(responses: &DeltaScan, dimensions: Vec<String>) -> Result<Vec<String>> {
    let kept = kept_text_columns(responses);
    match dimensions.iter().find(|name| !kept.contains(name)) {
        None => Ok(dimensions),
        Some(name) => Err(Error::invalid(format!(
            "lake.toml: [rollup] dimensions: \"{name}\" is not a kept text column"
        ))
        .with_hint(format!("use kept text columns: {}", kept.join(", ")))),
    }
}

/// The text columns that were kept from exports.
fn kept_text_columns(responses: &DeltaScan) -> Vec<String> {
    responses
        .schema()
        .fields()
        .iter()
        .filter(|field| field.data_type().is_string())
        .map(|field| field.name())
        .filter(|name| RESPONSES_SCHEMA.field_with_name(name).is_err())
        // The rollup itself has columns with these names.
        .filter(|name| ![GRAIN, FILE, COUNT, DAY].contains(&name.as_str()))
        .cloned()
        .collect()
}

/// The kept text columns that have few values.
async fn choose_dimensions(context: &SessionContext, responses: &DeltaScan) -> Result<Vec<String>> {
    let columns = kept_text_columns(responses);
    if columns.is_empty() || responses.files().is_empty() {
        return Ok(Vec::new());
    }
    let values = columns.iter().map(|name| approx_distinct(ident(name)));
    let values = context
        .read_table(Arc::new(responses.clone()))?
        .aggregate(Vec::new(), values.collect())?
        .collect()
        .await?;
    let values = |column: usize| {
        let counts = values
            .first()?
            .column(column)
            .as_primitive_opt::<UInt64Type>()?;
        Some(counts.value(0))
    };
    let few = columns.into_iter().enumerate();
    let few = few.filter(|(column, _)| values(*column).is_some_and(|count| count <= VALUES_MAX));
    Ok(few.map(|(_, name)| name).take(DIMENSIONS_MAX).collect())
}
