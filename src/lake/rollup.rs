//! The rollup: the responses of a lake, counted.
//!
//! A score has eleven values, so responses by survey, day, metric, dimensions and score are a small
//! multiset however many they are. Each row names the data file whose responses it counts. Files
//! that the rollup does not name are to be read, and rows of files that are gone to be left out, so
//! it may be incomplete and is never wrong.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::approx_distinct;
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, Expr, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;
use deltalake::DeltaTable;

use super::Lake;
use super::append::{Append, Appended, Attempts, Order, with_columns};
use super::counting::counts;
use super::grain::{BY, Grain};
use super::scan::DeltaScan;
use super::schema::{RESPONSES_SCHEMA, ROLLUP};
use super::table;
use crate::error::{Error, Result};

/// The column by which a row says which dimensions it keeps.
pub(crate) const GRAIN: &str = "grain";
/// The data file whose responses a row counts.
pub(super) const FILE: &str = "file";
/// How many responses a row counts.
pub(crate) const COUNT: &str = "n";
/// The day of `responded_at`, UTC.
pub(crate) const DAY: &str = "day";
/// The columns of `responses` that every row keeps, beside the day.
pub(crate) const KEPT: [&str; 4] = ["survey", "month", "metric", "score"];

/// The grain of rows that tell only which files are counted.
pub(super) const FILES: &str = "files";

/// How many values a column may have to become a dimension by itself, and how many columns may.
const VALUES_MAX: u64 = 1000;
const DIMENSIONS_MAX: usize = 8;

/// Beyond so many files the rollup is written anew as a whole: its rows are few.
const ROLLUP_FILES_MAX: usize = 64;

/// A version of the rollup, and which files it counts.
#[derive(Debug)]
pub(crate) struct Rollup {
    scan: DeltaScan,
    dimensions: Vec<String>,
    grains: BTreeSet<String>,
    counted: BTreeSet<String>,
}

impl Rollup {
    /// Reads which files a version of the table counts; `None` where only deltalake can read it.
    pub(crate) async fn read(table: &DeltaTable, session: &dyn Session) -> Result<Option<Self>> {
        let Some(scan) = DeltaScan::try_new(table)? else {
            return Ok(None);
        };
        let grains = scan.files().iter();
        let grains: BTreeSet<String> = grains
            .filter_map(|file| scan.partition_value(file, GRAIN))
            .map(ToOwned::to_owned)
            .collect();
        let dimensions = grains.iter().filter_map(|grain| grain.strip_prefix(BY));
        let dimensions = dimensions.map(ToOwned::to_owned).collect();
        let file = scan
            .schema()
            .index_of(FILE)
            .map_err(DataFusionError::from)?;
        let files = of_grain(&scan, FILES)
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
        }))
    }

    pub(crate) fn version(&self) -> u64 {
        self.scan.version()
    }

    /// The columns that responses are counted by, beside the day, metric and score.
    pub(crate) fn dimensions(&self) -> &[String] {
        &self.dimensions
    }

    /// The files of these responses whose rows have to be read, since they are not counted.
    pub(crate) fn uncounted(&self, responses: &DeltaScan) -> DeltaScan {
        responses.only(|file| !self.counted.contains(&file.path))
    }

    /// What leaves out rows that count files which these responses have no longer; `None` where
    /// every row counts.
    pub(crate) fn of_files_there(&self, responses: &DeltaScan) -> Option<Expr> {
        let there: HashSet<&str> = responses
            .files()
            .iter()
            .map(|file| file.path.as_str())
            .collect();
        let gone = self
            .counted
            .iter()
            .filter(|file| !there.contains(file.as_str()));
        // Of the type that the scan has, since an optimizer rule comes after types are coerced.
        let gone: Vec<Expr> = gone
            .map(|file| lit(ScalarValue::Utf8View(Some(file.clone()))))
            .collect();
        (!gone.is_empty()).then(|| ident(FILE).in_list(gone, true))
    }

    /// The fewest rows that keep these dimensions, and the day where that is wanted too. `None`
    /// where an earlier version wrote the counts, which had no such rows.
    pub(crate) fn keeping(&self, dimensions: &BTreeSet<String>, days: bool) -> Option<DeltaScan> {
        let grains = Grain::all(&self.dimensions).into_iter();
        let fewest = grains
            .filter(|grain| grain.keeps(dimensions, days))
            .min_by_key(|grain| (!grain.of_months, grain.dimensions.len()))?;
        let name = fewest.name(&self.dimensions);
        let is_there = self.counted.is_empty() || self.grains.contains(&name);
        is_there.then(|| of_grain(&self.scan, &name))
    }

    /// Whether it has the rows of a rollup of these dimensions and no others.
    fn is_of(&self, dimensions: &[String]) -> bool {
        let mut names: BTreeSet<String> = Grain::all(dimensions)
            .iter()
            .map(|grain| grain.name(dimensions))
            .collect();
        names.insert(FILES.to_owned());
        self.grains == names
    }
}

fn of_grain(scan: &DeltaScan, grain: &str) -> DeltaScan {
    scan.only(|file| scan.partition_value(file, GRAIN) == Some(grain))
}

/// What completing a rollup did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Completed {
    /// The columns that responses are counted by.
    pub(crate) dimensions: Vec<String>,
    /// How many data files were counted that were not before.
    pub(crate) files: usize,
    /// Whether the rollup was made.
    pub(crate) is_new: bool,
}

/// Counts the responses of the files that the rollup does not count yet, and drops the counts of
/// those that are gone, in a session that spills what it cannot hold.
///
/// Processes that do so at once end with every file counted once: a commit stands only directly
/// after the version that was read.
pub(crate) async fn complete(lake: &Lake, context: &SessionContext) -> Result<Completed> {
    let mut is_new = false;
    let mut attempts = Attempts::at(lake);
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
        let attempt = Completion::plan(lake, context, &responses, &table).await?;
        let Some(attempt) = attempt else {
            return Ok(Completed::default());
        };
        let completed = Completed {
            dimensions: attempt.dimensions.clone(),
            files: attempt.missing,
            is_new: is_new && attempt.missing > 0,
        };
        let Some((rows, order)) = attempt.rows else {
            return Ok(completed);
        };
        let append = Append {
            removed: attempt.removed,
            ..Append::new(&table, rows, order)
        };
        if let Appended::Done { .. } = append.run().await? {
            return Ok(completed);
        }
        attempts.raced("not all responses are counted").await?;
    }
}

async fn create(lake: &Lake) -> Result<DeltaTable> {
    let kept = KEPT.map(|name| {
        let data_type = match name {
            "score" => DataType::Int8,
            _ => DataType::Utf8,
        };
        Field::new(name, data_type, true)
    });
    let mut fields = vec![
        Field::new(GRAIN, DataType::Utf8, false),
        Field::new(FILE, DataType::Utf8, false),
        Field::new(COUNT, DataType::Int64, false),
        Field::new(DAY, DataType::Date32, true),
    ];
    fields.extend(kept);
    let schema = Schema::new(fields);
    table::create_if_missing(lake, ROLLUP, &schema, &[GRAIN], Some("day,score")).await
}

/// What is to be written to complete the rollup.
struct Completion {
    dimensions: Vec<String>,
    missing: usize,
    /// `None` where nothing is missing.
    rows: Option<(DataFrame, Order<'static>)>,
    removed: Vec<deltalake::kernel::Remove>,
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
        let said = lake
            .settings()
            .await?
            .and_then(|settings| settings.rollup.clone());
        let dimensions = match said {
            Some(said) => said_dimensions(responses, said.dimensions)?,
            None if !rollup.counted.is_empty() => rollup.dimensions.clone(),
            None => choose_dimensions(context, responses).await?,
        };
        // Counts by other dimensions, or of an earlier layout, are of no use.
        let is_kept = rollup.counted.is_empty() || rollup.is_of(&dimensions);
        let missing = match is_kept {
            true => rollup.uncounted(responses),
            false => responses.clone(),
        };
        let missing_count = missing.files().len();
        let of_files_there = rollup.of_files_there(responses);
        let is_fragmented = rollup.scan.files().len() > ROLLUP_FILES_MAX;
        let is_anew = !is_kept || of_files_there.is_some() || is_fragmented;
        if missing_count == 0 && !is_anew {
            return Ok(Some(Self {
                dimensions,
                missing: 0,
                rows: None,
                removed: Vec::new(),
            }));
        }
        let mut rows = counts(context, missing, &dimensions).await?;
        let mut order = Order::AsGiven;
        if is_anew && is_kept {
            let mut kept = context.read_table(Arc::new(rollup.scan.clone()))?;
            if let Some(of_files_there) = of_files_there {
                kept = kept.filter(of_files_there)?;
            }
            let schema = Arc::clone(rows.schema().inner());
            rows = rows.union(with_columns(kept, &schema)?)?;
            order = Order::By(DAY);
        }
        let removed = match is_anew {
            true => rollup.scan.removes(table, true)?,
            false => Vec::new(),
        };
        Ok(Some(Self {
            dimensions,
            missing: missing_count,
            rows: Some((rows, order)),
            removed,
        }))
    }
}

/// The dimensions that the lake's settings name.
fn said_dimensions(responses: &DeltaScan, said: Vec<String>) -> Result<Vec<String>> {
    let kept = kept_text_columns(responses);
    for name in &said {
        if !kept.contains(name) {
            return Err(Error::invalid(format!(
                "lake.toml: [rollup] dimensions names \"{name}\", which is no kept text column"
            ))
            .with_hint(format!("kept text columns are: {}", kept.join(", "))));
        }
    }
    Ok(said)
}

/// The text columns that exports bring beside those that every response has.
fn kept_text_columns(responses: &DeltaScan) -> Vec<String> {
    responses
        .schema()
        .fields()
        .iter()
        .filter(|field| field.data_type().is_string())
        .map(|field| field.name())
        .filter(|name| RESPONSES_SCHEMA.field_with_name(name).is_err())
        // The rollup has columns of these names.
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
