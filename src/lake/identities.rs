//! The table `identities`: who the respondents are, sealed.
//!
//! Each row is what one export said of a respondent. Rows are only ever added, so that imports at
//! once do not meet; of what several say of a field, the newest counts. They are committed before
//! the responses: a crash between the two leaves people without an answer, never an answer whose
//! respondent nobody can reach.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::Utc;
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast as cast_array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::JoinType;
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::min;
use datafusion::logical_expr::cast;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use super::append::{Append, Appended, Attempts, Order};
use super::schema::{IDENTITIES, IDENTITIES_SCHEMA};
use super::{Lake, table};
use crate::error::{Error, Result};
use crate::privacy::seal::Person;

/// The columns of `identities` that an import brings: the pseudonym, the names of the fields that
/// are sealed, and these.
pub(crate) const RESPONDENT: &str = "respondent";
pub(crate) const FIELDS: &str = "fields";
pub(crate) const SEALED: &str = "sealed";

/// What is between the names of fields.
pub(crate) const FIELDS_SEPARATOR: &str = ",";

/// The fingerprint of the key that a row was sealed with.
pub(crate) const KEY: &str = "key_fingerprint";

/// When a row was sealed.
pub(crate) const SEALED_AT: &str = "sealed_at";

/// Adds the people of an import, but for those of whom the table holds the same already. `people`
/// has the three columns that an import brings, in a session that spills what it cannot hold.
pub(crate) async fn add(lake: &Lake, people: DataFrame, import_id: &str) -> Result<()> {
    let settings = lake.settings().await?.ok_or_else(|| lake.missing())?;
    let sealed_at =
        ScalarValue::TimestampMicrosecond(Some(Utc::now().timestamp_micros()), Some("UTC".into()));
    let context = SessionContext::new_with_state(people.clone().into_parts().0);
    let people = people.aggregate(
        vec![ident(RESPONDENT), ident(SEALED)],
        vec![min(ident(FIELDS)).alias(FIELDS)],
    )?;
    let mut attempts = Attempts::at(lake);
    loop {
        let table = match lake.identities().await? {
            Some(table) => table,
            None => {
                let columns = Some(SEALED_AT);
                table::create_if_missing(lake, IDENTITIES, &IDENTITIES_SCHEMA, &[], columns).await?
            }
        };
        const HELD: [&str; 2] = ["held_respondent", "held_sealed"];
        let held = context
            .read_table(table.table_provider().await?)?
            .select(vec![
                cast(ident(RESPONDENT), DataType::Utf8).alias(HELD[0]),
                cast(ident(SEALED), DataType::Binary).alias(HELD[1]),
            ])?;
        let rows = people
            .clone()
            .join(held, JoinType::LeftAnti, &[RESPONDENT, SEALED], &HELD, None)?
            .with_column(KEY, lit(&settings.key_fingerprint))?
            .with_column("import_id", lit(import_id))?
            .with_column(SEALED_AT, lit(sealed_at.clone()))?;
        // People are looked up by their pseudonyms.
        let append = Append::new(&table, rows, Order::By(RESPONDENT));
        if let Appended::Done { .. } = append.run().await? {
            return Ok(());
        }
        attempts.raced("nothing was imported").await?;
    }
}

/// What is sealed of these respondents, by their pseudonyms. Those of whom nothing is are not among
/// them.
///
/// # Errors
/// Without the lake's key, and where something cannot be opened.
pub(crate) async fn people(
    lake: &Lake,
    respondents: &HashSet<&str>,
) -> Result<HashMap<String, Person>> {
    let mut people: HashMap<String, Person> = HashMap::new();
    let sealer = lake.sealer().await?;
    let (Some(table), Some(settings)) = (lake.identities().await?, lake.settings().await?) else {
        return Ok(people);
    };
    let wanted = respondents.iter().map(|respondent| lit(*respondent));
    let context =
        SessionContext::new_with_config_rt(SessionConfig::new(), Arc::clone(lake.runtime()));
    let mut rows = context
        .read_table(table.table_provider().await?)?
        .filter(ident(RESPONDENT).in_list(wanted.collect(), false))?
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
            let person = sealer.open(respondent, sealed.as_binary::<i32>().value(row))?;
            let known = people.entry(respondent.to_owned()).or_default();
            known.extend(person);
        }
    }
    Ok(people)
}

fn sealed_by_another_key() -> Error {
    Error::conflict("some identities are sealed with another key than that of the lake")
        .with_hint("the change of the key did not end: run voxql keys rotate once more")
}
