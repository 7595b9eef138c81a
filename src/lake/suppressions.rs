//! The table `suppressions`: the people whom imports must not bring back, as keyed hashes of what
//! names them.
//!
//! Entries are written before the person's rows are removed, so that no import can bring the person
//! back once they are gone. What is written: see [`suppression`](crate::privacy::suppression).

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, cast as cast_expr};
use datafusion::prelude::{Expr, SessionContext, create_udf, ident, lit};
use datafusion::scalar::ScalarValue;
use deltalake::DeltaTable;
use futures::TryStreamExt;

use super::append::{Append, Appended, Attempts, Order, appended, commit_only};
use super::handle::Lake;
use super::identities::RESPONDENT;
use super::keys::pseudonym_key;
use super::noted::Noted;
use super::rewrite::{Change, Rewrite};
use super::scan;
use super::schema::{SUPPRESSIONS, SUPPRESSIONS_SCHEMA};
use super::settings::PastDays;
use super::table::STATISTICS_PROPERTY;
use super::tables::Table;
use crate::error::Result;
use crate::privacy::suppression::{Entry, Rule, Suppressed, SuppressionKey, SuppressionList};

/// The column with the time when a person was forgotten.
const SUPPRESSED_AT: &str = "suppressed_at";

/// The application transaction in the log of the responses with the time of the last loss of entries, in
/// microseconds since 1970.
const LOST: &str = "voxql-suppressions-lost";

/// The list at a version of its table.
#[derive(Clone, Debug)]
pub(crate) struct Suppressions {
    pub(crate) list: Arc<SuppressionList>,
    /// `None` before anybody was forgotten.
    version: Option<u64>,
}

impl Suppressions {
    /// The list of a lake that does not exist yet.
    pub(super) fn none(key: SuppressionKey) -> Self {
        Self {
            list: Arc::new(SuppressionList::new(key)),
            version: None,
        }
    }
}

impl Lake {
    /// The key of the list's entries.
    pub(super) async fn suppression_key(&self) -> Result<SuppressionKey> {
        let settings = self.existing_settings().await?;
        let key = pseudonym_key(settings, &self.key(settings)?)?;
        Ok(SuppressionKey::new(&key, &settings.id))
    }

    /// Reads the list, without entries that are older than `[retention] suppressions_days`.
    pub(super) async fn suppressions_under(&self, key: SuppressionKey) -> Result<Suppressions> {
        Noted::Suppressions.check(self).await?;
        let mut list = SuppressionList::new(key);
        let table = self.suppressions().await?;
        let Some(table) = table else {
            return Ok(Suppressions {
                list: Arc::new(list),
                version: None,
            });
        };
        let since = self.suppressions_days().await?.map(PastDays::start);
        let since = since.map_or(i64::MIN, |since| since.timestamp_micros());
        for row in read(self, &table).await? {
            if row.at_micros >= since {
                let suppressed = Suppressed {
                    rule: row.rule,
                    since: row.at_micros,
                };
                list.insert(row.entry, suppressed);
            }
        }
        Ok(Suppressions {
            list: Arc::new(list),
            version: table.version(),
        })
    }

    /// True if people were added to the list, or removed from it, since it was read.
    pub(super) async fn has_changed(&self, suppressions: &Suppressions) -> Result<bool> {
        let table = self.suppressions().await?;
        Ok(table.and_then(|table| table.version()) != suppressions.version)
    }

    /// Adds entries under a rule, except those that the list has under the same or a stricter one.
    /// Consent that is withdrawn once more is withdrawn since then.
    pub(super) async fn suppress(&self, entries: &BTreeSet<Entry>, rule: Rule) -> Result<()> {
        let mut attempts = Attempts::new(self);
        loop {
            let table = match self.suppressions().await? {
                Some(table) => table,
                None => {
                    let properties = [(STATISTICS_PROPERTY, SUPPRESSED_AT)];
                    self.create_table_if_missing(
                        SUPPRESSIONS,
                        &SUPPRESSIONS_SCHEMA,
                        &[],
                        &properties,
                    )
                    .await?
                }
            };
            let held = read(self, &table).await?;
            let held: BTreeSet<&Entry> = held
                .iter()
                .filter(|row| row.rule > rule || (row.rule == rule && rule != Rule::Withdrawn))
                .map(|row| &row.entry)
                .collect();
            let new: Vec<&str> = entries
                .iter()
                .filter(|entry| !held.contains(entry))
                .map(String::as_str)
                .collect();
            if new.is_empty() {
                return Ok(());
            }
            let rows = self.reading_context().read_batch(batch(new, rule)?)?;
            // In the order of the hashes: which of them are of one person does not show.
            let append = Append::new(&table, rows, Order::AsGiven);
            if let Appended::Done { .. } = append.run().await? {
                return Noted::Suppressions.note(self).await;
            }
            attempts.back_off("nobody was forgotten").await?;
        }
    }

    /// Notes that entries of before now are lost.
    pub(super) async fn note_lost_suppressions(&self) -> Result<()> {
        let context = self.reading_context();
        let now = Utc::now().timestamp_micros().unsigned_abs();
        let outcome = "the loss is not noted";
        commit_only(
            self,
            &context,
            Table::Responses,
            &[(LOST, now)],
            &[],
            outcome,
        )
        .await
    }

    /// Removes the entries that are older than `[retention] suppressions_days`, or only counts them.
    pub(super) async fn expire_suppressions(
        &self,
        dry_run: bool,
        context: &SessionContext,
    ) -> Result<usize> {
        let Some(days) = self.suppressions_days().await? else {
            return Ok(0);
        };
        let start = ScalarValue::TimestampMicrosecond(
            Some(days.start().timestamp_micros()),
            Some("UTC".into()),
        );
        let rewrite = Rewrite {
            table: Table::Suppressions,
            rows: ident(SUPPRESSED_AT).lt(lit(start)),
            change: Change::Delete,
        };
        rewrite.run_unless(dry_run, self, context).await
    }

    /// Removes the identities of forgotten people that an import sealed while they were forgotten.
    pub(super) async fn remove_suppressed_identities(
        &self,
        suppressions: &Suppressions,
    ) -> Result<usize> {
        if suppressions.list.is_empty() {
            return Ok(0);
        }
        let context = self.writing_context(self.writing_bytes())?;
        let rewrite = Rewrite {
            table: Table::Identities,
            rows: is_forgotten(suppressions),
            change: Change::Delete,
        };
        rewrite.run(self, &context).await
    }

    /// The number of entries, those that are too old included.
    pub(super) async fn number_of_suppressions(&self) -> Result<usize> {
        match self.suppressions().await? {
            Some(table) => Ok(read(self, &table).await?.len()),
            None => Ok(0),
        }
    }

    async fn suppressions_days(&self) -> Result<Option<PastDays>> {
        let settings = self.existing_settings().await?;
        let retention = settings.retention.unwrap_or_default();
        Ok(retention.suppressions_days)
    }
}

/// The time before which entries are lost, if any are.
pub(super) async fn lost_before(responses: &DeltaTable) -> Result<Option<DateTime<Utc>>> {
    let micros = appended(responses, LOST).await?;
    Ok(micros.and_then(|micros| DateTime::from_timestamp_micros(micros.cast_signed())))
}

/// Selects the rows of forgotten people.
fn is_forgotten(suppressions: &Suppressions) -> Expr {
    let list = Arc::clone(&suppressions.list);
    let function = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let respondents = arrays[0].as_string::<i32>().iter();
        let forgotten: BooleanArray = respondents
            .map(|respondent| respondent.map(|it| list.has_forgotten_respondent(it)))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(forgotten)))
    };
    let function: ScalarUDF = create_udf(
        "voxql_is_forgotten",
        vec![DataType::Utf8],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(function),
    );
    function.call(vec![cast_expr(ident(RESPONDENT), DataType::Utf8)])
}

/// A row of the table.
struct Row {
    entry: Entry,
    rule: Rule,
    at_micros: i64,
}

async fn read(lake: &Lake, table: &DeltaTable) -> Result<Vec<Row>> {
    let mut batches = lake
        .reading_context()
        .read_table(scan::provider(table).await?)?
        .select_columns(&["entry", "rule", SUPPRESSED_AT])?
        .execute_stream()
        .await?;
    let mut rows = Vec::new();
    while let Some(batch) = batches.try_next().await? {
        let column = |index: usize| -> Result<ArrayRef> {
            let column = cast(batch.column(index), &DataType::Utf8);
            Ok(column.map_err(DataFusionError::from)?)
        };
        let (entries, rules) = (column(0)?, column(1)?);
        let (entries, rules) = (entries.as_string::<i32>(), rules.as_string::<i32>());
        let times = batch.column(2).as_primitive::<TimestampMicrosecondType>();
        rows.extend((0..batch.num_rows()).map(|row| Row {
            entry: entries.value(row).to_owned(),
            rule: Rule::parse(rules.value(row)),
            at_micros: times.value(row),
        }));
    }
    Ok(rows)
}

fn batch(entries: Vec<&str>, rule: Rule) -> Result<RecordBatch> {
    let now = Utc::now().timestamp_micros();
    let rules = vec![rule.as_str(); entries.len()];
    let times = TimestampMicrosecondArray::from_value(now, entries.len()).with_timezone("UTC");
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(entries)),
        Arc::new(StringArray::from(rules)),
        Arc::new(times),
    ];
    let batch = RecordBatch::try_new(Arc::clone(&SUPPRESSIONS_SCHEMA), columns);
    Ok(batch.map_err(DataFusionError::from)?)
}
