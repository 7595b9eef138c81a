//! The table `identities`: who the respondents are, sealed.
//!
//! Each row is what one export contained about a respondent. Rows are only ever added, so that
//! concurrent imports do not conflict; for each field the newest row counts. They are committed
//! before the responses: a crash between the two leaves a person without a response, never a
//! response whose respondent cannot be reached.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::Utc;
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast as cast_array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::JoinType;
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::min;
use datafusion::logical_expr::cast;
use datafusion::prelude::{DataFrame, Expr, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use super::append::{Append, Appended, Attempts, Order};
use super::handle::Lake;
use super::lost_identities::{SEALED_PEOPLE, TRANSACTION};
use super::noted::Noted;
use super::scan;
use super::schema::{IDENTITIES, IDENTITIES_SCHEMA};
use super::table::STATISTICS_PROPERTY;
use crate::error::{Error, Result};
use crate::privacy::seal::Person;

/// The columns of `identities` that an import provides: the pseudonym, the names of the sealed
/// fields, and the sealed fields.
pub(crate) const RESPONDENT: &str = "respondent";
pub(crate) const FIELDS: &str = "fields";
pub(crate) const SEALED: &str = "sealed";

/// Separates the names of fields.
pub(crate) const FIELDS_SEPARATOR: &str = ",";

/// The column with the fingerprint of the key that sealed a row.
pub(crate) const KEY: &str = "key_fingerprint";

/// The column with the time when a row was sealed.
pub(crate) const SEALED_AT: &str = "sealed_at";

/// Adds the people of an import, except rows that the table already contains. `people` has the three
/// columns that an import provides, in a session that spills to disk. `transaction` identifies the import
/// forever.
pub(crate) async fn add(
    lake: &Lake,
    people: DataFrame,
    import_id: &str,
    transaction: &str,
) -> Result<()> {
    let settings = lake.existing_settings().await?;
    let sealed_at =
        ScalarValue::TimestampMicrosecond(Some(Utc::now().timestamp_micros()), Some("UTC".into()));
    let context = SessionContext::new_with_state(people.clone().into_parts().0);
    let people = people.aggregate(
        vec![ident(RESPONDENT), ident(SEALED)],
        vec![min(ident(FIELDS)).alias(FIELDS)],
    )?;
    let mut attempts = Attempts::new(lake);
    loop {
        let table = match lake.identities().await? {
            Some(table) => table,
            None => {
                let properties = [(STATISTICS_PROPERTY, SEALED_AT)];
                lake.create_table_if_missing(IDENTITIES, &IDENTITIES_SCHEMA, &[], &properties)
                    .await?
            }
        };
        const STORED: [&str; 2] = ["stored_respondent", "stored_sealed"];
        let stored = context
            .read_table(scan::provider(&table).await?)?
            .select(vec![
                cast(ident(RESPONDENT), DataType::Utf8).alias(STORED[0]),
                cast(ident(SEALED), DataType::Binary).alias(STORED[1]),
            ])?;
        let rows = people
            .clone()
            .join(
                stored,
                JoinType::LeftAnti,
                &[RESPONDENT, SEALED],
                &STORED,
                None,
            )?
            .with_column(KEY, lit(&settings.key_fingerprint))?
            .with_column("import_id", lit(import_id))?
            .with_column(SEALED_AT, lit(sealed_at.clone()))?;
        // Sorted, since people are looked up by their pseudonyms.
        let append = Append {
            transactions: vec![(transaction, SEALED_PEOPLE)],
            metadata: vec![(TRANSACTION.to_owned(), transaction.into())],
            ..Append::new(&table, rows, Order::By(RESPONDENT))
        };
        if let Appended::Done { .. } = append.run().await? {
            return Ok(());
        }
        attempts.back_off("nothing was imported").await?;
    }
}

/// Opens the identities of these respondents, by pseudonym. Respondents without one are left out.
///
/// # Errors
/// Returns an error if the lake's key is missing or an identity cannot be opened.
pub(crate) async fn people(
    lake: &Lake,
    respondents: &HashSet<&str>,
) -> Result<HashMap<String, Person>> {
    let mut people: HashMap<String, Person> = HashMap::new();
    let wanted = respondents.iter().map(|respondent| lit(*respondent));
    let wanted = ident(RESPONDENT).in_list(wanted.collect(), false);
    open(lake, Some(wanted), |respondent, person| {
        let fields = people.entry(respondent.to_owned()).or_default();
        fields.extend(person);
    })
    .await?;
    Ok(people)
}

/// Returns the names of all sealed fields.
pub(crate) async fn field_names(lake: &Lake) -> Result<BTreeSet<String>> {
    let Some(table) = lake.identities().await? else {
        return Ok(BTreeSet::new());
    };
    let batches = lake
        .reading_context()
        .read_table(scan::provider(&table).await?)?
        .select_columns(&[FIELDS])?
        .distinct()?
        .collect()
        .await?;
    let mut names = BTreeSet::new();
    for batch in batches {
        let lists = cast_array(batch.column(0), &DataType::Utf8).map_err(DataFusionError::from)?;
        for list in lists.as_string::<i32>().iter().flatten() {
            names.extend(list.split(FIELDS_SEPARATOR).map(str::to_owned));
        }
    }
    Ok(names)
}

/// Opens all identities, the oldest first, and hands each to `take` with its pseudonym.
///
/// # Errors
/// Returns an error if the lake's key is missing or an identity cannot be opened.
pub(super) async fn for_each(lake: &Lake, take: impl FnMut(&str, Person)) -> Result<()> {
    open(lake, None, take).await
}

async fn open(lake: &Lake, wanted: Option<Expr>, mut take: impl FnMut(&str, Person)) -> Result<()> {
    Noted::Identities.check(lake).await?;
    let sealer = lake.sealer().await?;
    let (Some(table), Some(settings)) = (lake.identities().await?, lake.settings().await?) else {
        return Ok(());
    };
    let mut rows = lake
        .reading_context()
        .read_table(scan::provider(&table).await?)?;
    if let Some(wanted) = wanted {
        rows = rows.filter(wanted)?;
    }
    let mut rows = rows
        .sort_by(vec![ident(SEALED_AT)])?
        .select_columns(&[RESPONDENT, SEALED, KEY])?
        .execute_stream()
        .await?;
    while let Some(batch) = rows.try_next().await? {
        let column = |index: usize, data_type: &DataType| -> Result<ArrayRef> {
            let column = cast_array(batch.column(index), data_type);
            Ok(column.map_err(DataFusionError::from)?)
        };
        let respondents = column(0, &DataType::Utf8)?;
        let sealed = column(1, &DataType::Binary)?;
        let keys = column(2, &DataType::Utf8)?;
        for row in 0..batch.num_rows() {
            if keys.as_string::<i32>().value(row) != settings.key_fingerprint {
                return Err(sealed_by_another_key());
            }
            let respondent = respondents.as_string::<i32>().value(row);
            take(
                respondent,
                sealer.open(respondent, sealed.as_binary::<i32>().value(row))?,
            );
        }
    }
    Ok(())
}

fn sealed_by_another_key() -> Error {
    Error::conflict("some identities are sealed with a different key than the lake's")
        .with_hint("the key rotation did not finish: run voxql keys rotate again")
}
