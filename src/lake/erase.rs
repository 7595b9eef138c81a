//! Removing people from the lake: their own rows, and their names from the rows of others.

use std::fs;
use std::io::ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound};
use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, StringArray};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, cast};
use datafusion::prelude::{Expr, SessionContext, create_udf, ident, lit};
use deltalake::DeltaTable;
use deltalake::checkpoints::{cleanup_expired_logs_for, create_checkpoint};

use super::append::{Append, Appended, Attempts, Order, TableChange, no_rows};
use super::handle::Lake;
use super::identities::{RESPONDENT, SEALED};
use super::named_people::NamedPeople;
use super::rewrite::{Change, Rewrite, commit_nothing};
use super::schema::{IMPERSONAL, RESPONSE_ID, RESPONSES, RESPONSES_SCHEMA};
use super::sealed_names::{is_about_someone_else, is_own_name};
use super::tables::Table;
use super::traces::{Certainty, Traces};
use crate::error::{Error, Result};
use crate::privacy::seal::Person;
use crate::privacy::suppression::SuppressionKey;

/// The columns of a response that may identify its respondent.
pub(super) const IDENTIFYING: [&str; 3] = ["respondent", "account", "comment"];

/// The table property with the time for which the log lists removed files.
const REMOVED_FILES_PROPERTY: &str = "delta.deletedFileRetentionDuration";

/// The functions that find and remove the names of people.
pub(super) struct Names {
    traces: Arc<Traces>,
    /// True for texts of others that clearly name the people.
    is_in: ScalarUDF,
    /// Removes the names from texts of others, where they are clear.
    clearly_removed: ScalarUDF,
    /// Removes the names from texts of the people.
    removed: ScalarUDF,
    other_id: ScalarUDF,
}

impl Names {
    pub(super) fn new(traces: &Arc<Traces>, key: SuppressionKey) -> Self {
        let finding = Arc::clone(traces);
        let (clearly, all, ids) = (Arc::clone(traces), Arc::clone(traces), Arc::clone(traces));
        Self {
            traces: Arc::clone(traces),
            is_in: of_texts("voxql_is_named", DataType::Boolean, move |texts| {
                let is_named = |text| finding.is_in(text, Certainty::Clear);
                let named = texts.iter().map(|text| text.map(is_named));
                ColumnarValue::Array(Arc::new(named.collect::<BooleanArray>()))
            }),
            clearly_removed: removing("voxql_without_clear_names", move |text| {
                clearly.removed_from(text, Certainty::Clear)
            }),
            removed: removing("voxql_without_names", move |text| {
                all.removed_from(text, Certainty::Possible)
            }),
            other_id: removing("voxql_other_id", move |id| {
                ids.is_in(id, Certainty::Clear).then(|| key.response_id(id))
            }),
        }
    }

    /// The texts that are searched for.
    pub(super) fn traces(&self) -> &Arc<Traces> {
        &self.traces
    }

    /// `removed` for each of these columns.
    fn with(
        &self,
        removed: &ScalarUDF,
        columns: impl IntoIterator<Item = String>,
    ) -> Vec<(String, ScalarUDF)> {
        let functions = columns.into_iter().map(|name| {
            let function = match name.as_str() {
                RESPONSE_ID => &self.other_id,
                _ => removed,
            };
            (name, function.clone())
        });
        functions.collect()
    }

    /// Selects rows that name the people in one of the columns.
    fn in_any(&self, columns: &[String]) -> Expr {
        let named = columns.iter().map(|name| {
            let text = cast(ident(name), DataType::Utf8);
            self.is_in.call(vec![text])
        });
        named.reduce(Expr::or).unwrap_or_else(|| lit(false))
    }
}

/// A function that passes texts through `left`, which returns what is left of a text where anything is to
/// be removed. NULL for a text of which nothing is left.
fn removing(
    name: &str,
    left: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> ScalarUDF {
    of_texts(name, DataType::Utf8, move |texts| {
        let texts = texts.iter().map(|text| {
            let text = text?;
            let left = left(text).unwrap_or_else(|| text.to_owned());
            Some(left).filter(|left| !left.is_empty())
        });
        ColumnarValue::Array(Arc::new(texts.collect::<StringArray>()))
    })
}

fn of_texts(
    name: &str,
    result: DataType,
    compute: impl Fn(&StringArray) -> ColumnarValue + Send + Sync + 'static,
) -> ScalarUDF {
    let function = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        Ok(compute(arrays[0].as_string::<i32>()))
    };
    let (from, function) = (vec![DataType::Utf8], Arc::new(function));
    create_udf(name, from, result, Volatility::Immutable, function)
}

/// Deletes the people's responses, or makes them anonymous scores. Returns their number.
///
/// Also commits if there are none: an import that decided before the people were on the list of
/// forgotten people then has to decide again.
pub(super) async fn own_responses(
    lake: &Lake,
    context: &SessionContext,
    people: &NamedPeople,
    names: &Names,
    keep_score: bool,
) -> Result<usize> {
    let texts = own_texts(lake, names).await?;
    let rewrite = Rewrite {
        table: Table::Responses,
        rows: is_theirs(people),
        change: if keep_score {
            Change::Redact {
                cleared: &IDENTIFYING,
                texts: &texts,
            }
        } else {
            Change::Delete
        },
    };
    let count = rewrite.run(lake, context).await?;
    if count == 0 {
        commit_nothing(lake, context, Table::Responses).await?;
    }
    Ok(count)
}

/// The columns of a person's own responses from which names are removed if their scores stay: those
/// that were kept from exports, and the id.
pub(super) async fn own_texts(lake: &Lake, names: &Names) -> Result<Vec<(String, ScalarUDF)>> {
    let Some(responses) = lake.responses().await? else {
        return Ok(Vec::new());
    };
    let mut columns = text_columns(&columns_of(&responses)?);
    columns.retain(|name| name == RESPONSE_ID || RESPONSES_SCHEMA.field_with_name(name).is_err());
    Ok(names.with(&names.removed, columns))
}

/// Selects the rows of the people.
pub(super) fn is_theirs(people: &NamedPeople) -> Expr {
    ident(RESPONDENT).in_list(people.tokens.iter().map(lit).collect(), false)
}

/// Removes the people's names from the rows of others, and from the logs of their tables. Returns the
/// number of changed rows.
pub(super) async fn rows_of_others(
    lake: &Lake,
    context: &SessionContext,
    people: &NamedPeople,
    names: &Names,
) -> Result<usize> {
    let mut count = 0;
    for table in [Table::Responses, Table::Imports] {
        let Some(newest) = lake.newest(table).await? else {
            continue;
        };
        let columns = text_columns(&columns_of(&newest)?);
        let texts = names.with(&names.clearly_removed, columns.clone());
        let rewrite = Rewrite {
            table,
            rows: names.in_any(&columns),
            change: Change::Redact {
                cleared: &[],
                texts: &texts,
            },
        };
        count += rewrite.run(lake, context).await?;
    }
    Ok(count + sealed_of_others(lake, context, people, names).await?)
}

/// Removes the people's names from what is sealed with others about somebody else, such as an agent, and
/// their addresses and numbers from all that is sealed with others. Returns the number of changed rows.
async fn sealed_of_others(
    lake: &Lake,
    context: &SessionContext,
    people: &NamedPeople,
    names: &Names,
) -> Result<usize> {
    let sealer = lake.sealer().await?;
    let (opening, traces) = (sealer.clone(), Arc::clone(&names.traces));
    let names_them = of_sealed("voxql_seals_names", DataType::Boolean, move |rows| {
        let named = rows.map(|(respondent, sealed)| {
            let person = opening.open(respondent, sealed).ok()?;
            Some(without_names(&person, &traces).is_some())
        });
        Arc::new(named.collect::<BooleanArray>())
    });
    let traces = Arc::clone(&names.traces);
    let resealed = of_sealed("voxql_seal_without_names", DataType::Binary, move |rows| {
        let left = rows.map(|(respondent, sealed)| {
            let person = sealer.open(respondent, sealed).ok();
            let left = person.and_then(|person| without_names(&person, &traces));
            left.map_or_else(|| sealed.to_vec(), |left| sealer.seal(respondent, &left))
        });
        Arc::new(left.map(Some).collect::<BinaryArray>())
    });
    let sealed = || {
        vec![
            cast(ident(RESPONDENT), DataType::Utf8),
            cast(ident(SEALED), DataType::Binary),
        ]
    };
    let rewrite = Rewrite {
        table: Table::Identities,
        rows: is_theirs(people)
            .is_not_true()
            .and(names_them.call(sealed())),
        change: Change::Replace(SEALED, &resealed.call(sealed())),
    };
    rewrite.run(lake, context).await
}

/// The sealed fields of somebody else without the people's names; `None` if they have none. A name in
/// somebody's own name stays: others have the same.
fn without_names(person: &Person, traces: &Traces) -> Option<Person> {
    let mut changed = None;
    for (field, value) in person {
        if is_own_name(field) {
            continue;
        }
        let certainty = if is_about_someone_else(field) {
            Certainty::Clear
        } else {
            Certainty::Whole
        };
        if let Some(left) = traces.removed_from(value, certainty) {
            let changed = changed.get_or_insert_with(|| person.clone());
            changed.insert(field.clone(), left.into());
        }
    }
    changed
}

/// A function of the pseudonyms and sealed fields of identities.
fn of_sealed(
    name: &str,
    result: DataType,
    compute: impl Fn(&mut dyn Iterator<Item = (&str, &[u8])>) -> ArrayRef + Send + Sync + 'static,
) -> ScalarUDF {
    let function = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let (respondents, sealed) = (arrays[0].as_string::<i32>(), arrays[1].as_binary::<i32>());
        let mut rows =
            (0..respondents.len()).map(|row| (respondents.value(row), sealed.value(row)));
        Ok(ColumnarValue::Array(compute(&mut rows)))
    };
    let from = vec![DataType::Utf8, DataType::Binary];
    create_udf(
        name,
        from,
        result,
        Volatility::Immutable,
        Arc::new(function),
    )
}

fn columns_of(table: &DeltaTable) -> Result<SchemaRef> {
    Ok(table.snapshot()?.snapshot().arrow_schema())
}

/// The columns of text that may name somebody.
fn text_columns(schema: &SchemaRef) -> Vec<String> {
    let fields = schema.fields().iter();
    let texts = fields.filter(|field| is_text(field.data_type()));
    let names = texts.map(|field| field.name().clone());
    names
        .filter(|name| name != RESPONDENT && !IMPERSONAL.contains(&name.as_str()))
        .collect()
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => values.is_string(),
        data_type => data_type.is_string(),
    }
}

/// Replaces the logs of the tables that say what was imported by checkpoints of what there is now. The
/// earlier versions of these tables are gone afterwards.
pub(super) async fn truncate_logs(lake: &Lake, context: &SessionContext) -> Result<()> {
    for table in [Table::Responses, Table::Imports] {
        // Otherwise the checkpoint lists the removed files, whose paths have the surveys' names.
        set_removed_files_retention(lake, context, table, "interval 0 seconds").await?;
        if let Some(table) = lake.newest(table).await? {
            create_checkpoint(&table, None).await?;
            let version = table.version().unwrap_or_default();
            let tomorrow = Utc::now() + chrono::Duration::days(1);
            let log = table.log_store();
            cleanup_expired_logs_for(version, &*log, tomorrow.timestamp_millis(), None).await?;
        }
        set_removed_files_retention(lake, context, table, "interval 1 week").await?;
    }
    Ok(())
}

/// Removes the folders of partitions without files, whose names are those of surveys. Object stores have
/// none.
pub(super) fn remove_empty_partitions(lake: &Lake) -> Result<()> {
    let url = lake.location().join(RESPONSES);
    let Some(folder) = url.to_file_path().ok().filter(|_| url.scheme() == "file") else {
        return Ok(());
    };
    for survey in fs::read_dir(&folder).into_iter().flatten().flatten() {
        if !survey.file_name().to_string_lossy().contains('=') {
            continue;
        }
        for month in fs::read_dir(survey.path()).into_iter().flatten().flatten() {
            remove_if_empty(&month.path())?;
        }
        remove_if_empty(&survey.path())?;
    }
    Ok(())
}

fn remove_if_empty(folder: &Path) -> Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if !matches!(error.kind(), DirectoryNotEmpty | NotFound | NotADirectory) => {
            Err(Error::io(folder.display(), error))
        }
        _ => Ok(()),
    }
}

async fn set_removed_files_retention(
    lake: &Lake,
    context: &SessionContext,
    table: Table,
    duration: &str,
) -> Result<()> {
    let mut attempts = Attempts::new(lake);
    while let Some(table) = lake.newest(table).await? {
        let columns = table.snapshot()?.snapshot().schema().as_ref().clone();
        let append = Append {
            table_change: Some(TableChange {
                columns,
                properties: vec![(REMOVED_FILES_PROPERTY, duration)],
            }),
            ..Append::new(&table, no_rows(context, &table).await?, Order::AsGiven)
        };
        if let Appended::Done { .. } = append.run().await? {
            return Ok(());
        }
        attempts.back_off("its log is not erased").await?;
    }
    Ok(())
}

/// The error for files that still have rows of the people.
pub(super) fn not_erased(files: &[String], searched: usize) -> Error {
    const FILES_LISTED: usize = 5;
    let listed: Vec<_> = files.iter().take(FILES_LISTED).cloned().collect();
    Error::conflict(format!(
        "{} of {searched} files still contain data that was to be forgotten: {}",
        files.len(),
        listed.join(", ")
    ))
    .with_hint(
        "an import may be writing: run voxql forget again when none is running; remove files that other \
         programs wrote into the lake's folder yourself",
    )
}
