//! Withdrawn consent: makes the responses of people who withdrew it anonymous scores.
//!
//! An import writes a response whose consent is withdrawn with its pseudonym, which marks a person to
//! be cut loose, and without comment and identity. The marks are removed last, so that a killed process
//! can be completed by another one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast as cast_array;
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::error::DataFusionError;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::cast;
use datafusion::prelude::{Expr, SessionContext, ident, lit};
use deltalake::DeltaTable;

use super::audit;
use super::erase::{self, Names};
use super::handle::Lake;
use super::identities::RESPONDENT;
use super::rewrite::{Change, Rewrite, count_and_remove_earlier, has_files_removed_before};
use super::rollup;
use super::scan;
use super::schema::timestamp;
use super::tables::Table;
use super::traces::Traces;
use crate::error::Result;
use crate::privacy::audit::Action;
use crate::privacy::suppression::Rule;

/// The action of the audit log's entries about people who withdrew consent.
const WITHDRAW: &str = "withdraw";

/// Makes the responses of all people who withdrew consent anonymous, deletes their identities, and puts
/// them on the list of people whom imports bring back only with consent. Then removes earlier versions,
/// unless lake.toml keeps them for `withdrawn_days`. Returns the number of people.
pub(super) async fn cut_loose(lake: &Lake) -> Result<usize> {
    let context = lake.writing_context(lake.writing_bytes())?;
    let people = match lake.responses().await? {
        Some(responses) => people_withdrawn(&context, &responses).await?,
        None => return Ok(0),
    };
    if !people.is_empty() {
        cut_people_loose(lake, &context, &people).await?;
    }
    let settings = lake.existing_settings().await?;
    let retention = settings.retention.unwrap_or_default();
    if retention.withdrawn_days.unwrap_or_default() == 0 {
        count_and_remove_earlier(lake, &context).await?;
    } else {
        rollup::complete(lake, &context).await?;
    }
    Ok(people.len())
}

/// Does the same as [`cut_loose`] if a killed import has left people to be cut loose.
pub(super) async fn cut_loose_what_is_left(lake: &Lake) -> Result<usize> {
    let context = lake.reading_context();
    if let Some(responses) = lake.responses().await?
        && !statements(&context, &responses, is_marked())
            .await?
            .is_empty()
    {
        return cut_loose(lake).await;
    }
    Ok(0)
}

/// The remark on people who withdrew consent in an import that was killed, for the command that completes
/// it; `None` for nobody.
pub(crate) fn completed_note(people: usize) -> Option<String> {
    let people = match people {
        0 => return None,
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    };
    Some(format!(
        "completed an interrupted import in which {people} withdrew consent: of them, only scores are left"
    ))
}

/// Removes earlier versions that hold people who have withdrawn consent since, which `withdrawn_days` kept
/// until lake.toml was changed. Returns the number of removed files.
pub(super) async fn remove_kept_versions(lake: &Lake, context: &SessionContext) -> Result<usize> {
    let records = lake.audit_records().await?;
    let withdrawals = records.iter().rev();
    let mut withdrawals = withdrawals.filter(|record| record.action == WITHDRAW);
    let Some(newest) = withdrawals.next() else {
        return Ok(0);
    };
    let tables = [lake.identities().await?, lake.responses().await?];
    for table in tables.into_iter().flatten() {
        if has_files_removed_before(table, newest.time).await? {
            return count_and_remove_earlier(lake, context).await;
        }
    }
    Ok(0)
}

async fn cut_people_loose(lake: &Lake, context: &SessionContext, people: &People) -> Result<()> {
    let key = lake.suppression_key().await?;
    let tokens: Vec<String> = people.entirely.iter().cloned().collect();
    let (mut responses, mut identities) = (0, 0);
    let mut texts = Vec::new();
    if !tokens.is_empty() {
        let people = lake.named_people(&[], &tokens).await?;
        let names = Names::new(&Arc::new(Traces::new(&people)?), key.clone());
        lake.suppress(&people.entries(&key), Rule::Withdrawn)
            .await?;
        let is_unmarked = erase::is_theirs(&people).and(is_marked().is_not_true());
        texts = erase::own_texts(lake, &names).await?;
        let change = Change::Redact {
            cleared: &erase::IDENTIFYING,
            texts: &texts,
        };
        responses += Rewrite {
            table: Table::Responses,
            rows: is_unmarked,
            change,
        }
        .run(lake, context)
        .await?;
        let rewrite = Rewrite {
            table: Table::Identities,
            rows: erase::is_theirs(&people),
            change: Change::Delete,
        };
        identities = rewrite.run(lake, context).await?;
    }
    let marks = Rewrite {
        table: Table::Responses,
        rows: is_marked(),
        change: Change::Redact {
            cleared: &erase::IDENTIFYING,
            texts: &texts,
        },
    };
    responses += marks.run(lake, context).await?;
    let done = audit::done(lake, Action::Withdraw)
        .await?
        .with("respondents", people.len() as u64)
        .with("responses", responses as u64)
        .with("identities", identities as u64);
    lake.audit(&done).await
}

/// People with marked responses, by pseudonym.
#[derive(Debug, Default)]
struct People {
    /// Those of whom nothing stays but scores.
    entirely: BTreeSet<String>,
    /// Those who granted consent again later in the same import.
    granted_again: BTreeSet<String>,
}

impl People {
    fn len(&self) -> usize {
        self.entirely.len() + self.granted_again.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Selects responses that mark a person to be cut loose.
fn is_marked() -> Expr {
    let is_withdrawn = cast(ident("consent"), DataType::Utf8).eq(lit("withdrawn"));
    is_withdrawn.and(ident(RESPONDENT).is_not_null())
}

async fn people_withdrawn(context: &SessionContext, responses: &DeltaTable) -> Result<People> {
    let withdrawn = statements(context, responses, is_marked()).await?;
    let mut people = People::default();
    if withdrawn.is_empty() {
        return Ok(people);
    }
    let tokens: BTreeSet<&String> = withdrawn.keys().map(|(token, _)| token).collect();
    let is_granted = cast(ident("consent"), DataType::Utf8).eq(lit("granted"));
    let is_theirs = ident(RESPONDENT).in_list(tokens.into_iter().map(lit).collect(), false);
    let granted = statements(context, responses, is_granted.and(is_theirs)).await?;
    for (statement, at) in withdrawn {
        // A later import outweighs all earlier ones; within one, the newest statement counts.
        let is_granted_again = match (granted.get(&statement), at) {
            (Some(Some(granted)), Some(withdrawn)) => *granted > withdrawn,
            _ => false,
        };
        if is_granted_again {
            people.granted_again.insert(statement.0);
        } else {
            people.entirely.insert(statement.0);
        }
    }
    Ok(people)
}

/// The time of the newest of these responses, by respondent and import.
async fn statements(
    context: &SessionContext,
    responses: &DeltaTable,
    rows: Expr,
) -> Result<BTreeMap<(String, String), Option<i64>>> {
    let time = |name: &str| cast(ident(name), timestamp());
    let batches = context
        .read_table(scan::provider(responses).await?)?
        .filter(rows)?
        .select(vec![
            ident(RESPONDENT),
            ident("import_id"),
            coalesce(vec![time("updated_at"), time("responded_at")]),
        ])?
        .collect()
        .await?;
    let mut statements: BTreeMap<(String, String), Option<i64>> = BTreeMap::new();
    for batch in batches {
        for (token, import_id, at) in rows_of(&batch)? {
            let newest = statements.entry((token, import_id)).or_default();
            *newest = at.max(*newest);
        }
    }
    Ok(statements)
}

fn rows_of(batch: &RecordBatch) -> Result<Vec<(String, String, Option<i64>)>> {
    let text = |index: usize| cast_array(batch.column(index), &DataType::Utf8);
    let tokens = text(0).map_err(DataFusionError::from)?;
    let imports = text(1).map_err(DataFusionError::from)?;
    let times = batch.column(2).as_primitive::<TimestampMicrosecondType>();
    let rows = (0..batch.num_rows()).map(|row| {
        (
            tokens.as_string::<i32>().value(row).to_owned(),
            imports.as_string::<i32>().value(row).to_owned(),
            times.is_valid(row).then(|| times.value(row)),
        )
    });
    Ok(rows.collect())
}
