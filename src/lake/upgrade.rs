//! Bringing a lake to the newest format, and its days to another zone.
//!
//! A lake of an earlier format is read as if it were of the newest: [`newest_columns`] computes what
//! its tables lack, and `voxql optimize` writes the same columns into new files. First lake.toml
//! states the format and the zone, so that earlier versions of voxql stay away; then each table
//! changes in one commit. The lake is whole after each of these steps, as a table states what its
//! files are, and the next `voxql optimize` completes what was interrupted.
//!
//! Format 2: `responses` has the column `day`, and the property [`ZONE_PROPERTY`].

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast as cast_array;
use datafusion::arrow::datatypes::{DataType, Date32Type, Schema, TimestampMicrosecondType};
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::bool_and;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, cast, when};
use datafusion::prelude::{DataFrame, Expr, SessionContext, create_udf, ident, lit};
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::{EagerSnapshot, StructField, StructType};
use deltalake::{DeltaTable, DeltaTableError};

use super::append::{Append, Appended, Attempts, Order, TableChange};
use super::handle::Lake;
use super::scan::{self, DeltaScan};
use super::schema::{DAY, RESPONSES_SCHEMA, STATISTICS_COLUMNS, timestamp};
use super::settings::Settings;
use super::table::STATISTICS_PROPERTY;
use super::zone::{ZONE_PROPERTY, Zone, months};
use crate::error::Result;

/// The columns of times, which are days without a time in some exports.
const TIMES: [&str; 3] = ["responded_at", "sent_at", "updated_at"];

/// A lake's format and zone before and after.
#[derive(Debug, Default)]
pub(super) struct Upgraded {
    /// `true` if the lake was of an earlier format.
    pub(super) format: bool,
    /// The zone, if it is another one now.
    pub(super) zone: Option<Zone>,
}

/// Brings the lake to the newest format, and its days to `zone`, or else to that of lake.toml.
///
/// # Errors
/// Returns an error if others keep committing first, or the storage fails. The lake is whole, and a
/// repetition completes the change.
pub(super) async fn upgrade(
    lake: &Lake,
    context: &SessionContext,
    zone: Option<Zone>,
) -> Result<Upgraded> {
    let (store, root) = (lake.store()?, lake.location().store_path()?);
    // Not the settings that the handle remembers: they may be of before an upgrade.
    let read = Settings::read(&*store, &root).await;
    let settings = read.map_err(|error| error.at(lake.location()))?;
    let settings = settings.ok_or_else(|| lake.missing())?;
    let zone = zone.unwrap_or(settings.zone());
    let mut upgraded = Upgraded {
        format: settings.is_of_earlier_format(),
        zone: None,
    };
    if upgraded.format || settings.zone() != zone {
        let changed = Settings::change_format_and_zone(&*store, &root, zone).await;
        changed.map_err(|error| error.at(lake.location()))?;
    }
    let mut attempts = Attempts::new(lake);
    while let Some(table) = lake.responses().await? {
        let current = Zone::of_table(&table)?;
        if current == Some(zone) {
            break;
        }
        match rewrite(context, &table, current, zone).await? {
            Appended::Done { .. } => {
                upgraded.format |= current.is_none();
                upgraded.zone = (current.unwrap_or(Zone::UTC) != zone).then_some(zone);
            }
            Appended::Conflict => {
                let outcome = format!("the days are not those of {zone} yet");
                attempts.back_off(&outcome).await?;
            }
        }
    }
    Ok(upgraded)
}

/// Writes all responses again, with days and months of `zone`.
async fn rewrite(
    context: &SessionContext,
    table: &DeltaTable,
    current: Option<Zone>,
    zone: Zone,
) -> Result<Appended> {
    let mut rows = context.read_table(scan::provider(table).await?)?;
    if current.is_none() {
        let columns = newest_columns(rows.schema().as_arrow());
        rows = rows.select(columns)?;
    }
    let current_zone = current.unwrap_or(Zone::UTC);
    if current_zone != zone {
        rows = with_days_of(rows, current_zone, zone).await?;
    }
    let snapshot = table.snapshot()?.snapshot();
    let log = snapshot.log_data();
    let append = Append {
        removed: log.iter().map(|file| file.remove_action(true)).collect(),
        table_change: Some(TableChange {
            columns: newest_fields(snapshot, current)?,
            properties: vec![
                (ZONE_PROPERTY, zone.name()),
                (STATISTICS_PROPERTY, STATISTICS_COLUMNS),
            ],
        }),
        ..Append::new(table, rows, Order::By("responded_at"))
    };
    append.run().await
}

/// The columns of responses of format 1 as those of the newest format.
pub(crate) fn newest_columns(format_1: &Schema) -> Vec<Expr> {
    let mut columns = Vec::with_capacity(format_1.fields().len() + 1);
    for field in format_1.fields() {
        match field.name().as_str() {
            DAY => columns.push(ident(DAY).alias(other_name_of_day(format_1))),
            "month" => {
                columns.push(ident("month"));
                columns.push(day_of_format_1().alias(DAY));
            }
            name => columns.push(ident(name)),
        }
    }
    columns
}

/// The day of responses, over the columns of their scan.
pub(crate) fn day(responses: &DeltaScan) -> Expr {
    match responses.zone() {
        Some(_) => ident(DAY),
        None => day_of_format_1(),
    }
}

/// The day of a response of format 1, whose months are in UTC.
fn day_of_format_1() -> Expr {
    cast(ident("responded_at"), DataType::Date32)
}

/// The name of a kept column that was called `day` in format 1, as imports suggest it now.
fn other_name_of_day(format_1: &Schema) -> String {
    let name = format!("other_{DAY}");
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let is_free = |name: &String| format_1.index_of(name).is_err();
    names.find(is_free).unwrap_or(name)
}

/// The columns of the table in the newest format.
fn newest_fields(snapshot: &EagerSnapshot, current: Option<Zone>) -> Result<StructType> {
    let mut fields: Vec<StructField> = Vec::new();
    let format_1 = snapshot.arrow_schema();
    for field in snapshot.schema().fields() {
        if current.is_none() && field.name() == DAY {
            let mut renamed = field.clone();
            renamed.name = other_name_of_day(&format_1);
            fields.push(renamed);
            continue;
        }
        fields.push(field.clone());
        if current.is_none() && field.name() == "month" {
            let day = RESPONSES_SCHEMA
                .field_with_name(DAY)
                .map_err(DataFusionError::from)?;
            fields.push(day.try_into_kernel().map_err(DeltaTableError::from)?);
        }
    }
    let columns = StructType::try_new(fields).map_err(DeltaTableError::from)?;
    Ok(columns)
}

/// The rows with days and months of another zone. A time stays the same moment. A date without a
/// time stays the same day: it begins at another moment there.
async fn with_days_of(rows: DataFrame, from: Zone, to: Zone) -> Result<DataFrame> {
    let mut moved = rows.clone();
    for (column, imports) in imports_without_times(rows, from).await? {
        let is_day = ident("import_id").in_list(imports.into_iter().map(lit).collect(), false);
        let time = || cast(ident(column), timestamp());
        let value = when(is_day, same_day(from, to).call(vec![time()])).otherwise(time())?;
        moved = moved.with_column(column, value)?;
    }
    let time = cast(ident("responded_at"), timestamp());
    let moved = moved.with_column(DAY, day_of(to).call(vec![time]))?;
    Ok(moved.with_column("month", month().call(vec![ident(DAY)]))?)
}

/// The imports, for each column of times, whose times all begin a day of `zone`: they are dates
/// without a time.
async fn imports_without_times(
    rows: DataFrame,
    zone: Zone,
) -> Result<Vec<(&'static str, Vec<String>)>> {
    let starts_day = starts_day(zone);
    let all_start_days = TIMES
        .map(|name| bool_and(starts_day.call(vec![cast(ident(name), timestamp())])).alias(name));
    let import = cast(ident("import_id"), DataType::Utf8).alias("import_id");
    let found = rows
        .aggregate(vec![import], all_start_days.to_vec())?
        .collect()
        .await?;
    let mut columns = TIMES.map(|name| (name, Vec::new()));
    for batch in found {
        let ids = batch.column(0).as_string::<i32>();
        for (index, (_, imports)) in columns.iter_mut().enumerate() {
            let all = batch.column(index + 1).as_boolean();
            let days = (0..ids.len()).filter(|&row| all.is_valid(row) && all.value(row));
            imports.extend(days.map(|row| ids.value(row).to_owned()));
        }
    }
    let columns = columns
        .into_iter()
        .filter(|(_, imports)| !imports.is_empty());
    Ok(columns.collect())
}

/// True for times at which a day of `zone` begins.
fn starts_day(zone: Zone) -> ScalarUDF {
    of_times("starts_day", DataType::Boolean, move |times| {
        let starts = times
            .iter()
            .map(|time| time.map(|time| zone.starts_day(time)));
        Arc::new(starts.collect::<BooleanArray>())
    })
}

/// The beginning of the same day in another zone.
fn same_day(from: Zone, to: Zone) -> ScalarUDF {
    of_times("same_day", timestamp(), move |times| {
        let moved = |time| to.start_micros(from.day(time)).unwrap_or(time);
        let moved: TimestampMicrosecondArray = times.unary(moved);
        Arc::new(moved.with_timezone("UTC"))
    })
}

/// The days of times.
fn day_of(zone: Zone) -> ScalarUDF {
    of_times("day_of", DataType::Date32, move |times| {
        Arc::new(zone.days(times))
    })
}

/// The months of days.
fn month() -> ScalarUDF {
    let function = |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let months: StringArray = months(arrays[0].as_primitive::<Date32Type>());
        Ok(ColumnarValue::Array(Arc::new(months)))
    };
    let (from, to) = (vec![DataType::Date32], DataType::Utf8);
    create_udf(
        "month_of",
        from,
        to,
        Volatility::Immutable,
        Arc::new(function),
    )
}

fn of_times(
    name: &str,
    result: DataType,
    compute: impl Fn(&TimestampMicrosecondArray) -> ArrayRef + Send + Sync + 'static,
) -> ScalarUDF {
    let function = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let times = cast_array(&arrays[0], &timestamp())?;
        let values = compute(times.as_primitive::<TimestampMicrosecondType>());
        Ok(ColumnarValue::Array(values))
    };
    let from = vec![timestamp()];
    create_udf(
        name,
        from,
        result,
        Volatility::Immutable,
        Arc::new(function),
    )
}
