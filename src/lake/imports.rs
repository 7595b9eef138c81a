//! The table `imports`: one row for each import.
//!
//! An import is two commits: the responses, then its row here. The first commit carries the row
//! as its provenance, so that it can still be written after a crash between the two.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::error::DataFusionError;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::cast;
use datafusion::prelude::{Expr, ident, lit};
use deltalake::DeltaTable;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::append::{Append, Appended, Attempts, Order, appended, with_columns};
use super::handle::Lake;
use super::noted::check_logs;
use super::scan;
use super::schema::{IMPORTS, IMPORTS_SCHEMA};
use super::table::{STATISTICS_PROPERTY, texts};
use super::tables::Table;
use super::{audit, lost_identities, withdrawn};
use crate::error::Result;
use crate::privacy::audit::{Action, Entry, Id};

/// The key of the provenance in a commit of `responses`.
const PROVENANCE: &str = "voxql.import";

/// Number of newest imports that are checked for a missing row. Concurrent imports are recorded in
/// any order, so this is more than run at the same time.
const RECENT: usize = 16;

/// A row of `imports`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ImportRecord {
    pub(crate) import_id: String,
    pub(crate) imported_at_micros: i64,
    pub(crate) file: String,
    pub(crate) file_sha256: String,
    pub(crate) file_bytes: Option<i64>,
    pub(crate) source: Option<String>,
    pub(crate) survey: Option<String>,
    pub(crate) rows: Option<i64>,
    pub(crate) new: Option<i64>,
    pub(crate) updated: Option<i64>,
    pub(crate) not_answered: Option<i64>,
    pub(crate) duplicate: Option<i64>,
    pub(crate) not_a_response: Option<i64>,
    pub(crate) rejected: Option<i64>,
    pub(crate) fields: Option<String>,
    pub(crate) dropped: Option<String>,
    /// Rows of people whom the lake is to forget.
    #[serde(default)]
    pub(crate) suppressed: Option<i64>,
    /// New and updated responses whose consent is withdrawn.
    #[serde(default)]
    pub(crate) withdrawn: Option<i64>,
    /// The transaction of `identities` that sealed its people, if it sealed any. Not a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<String>,
}

/// The provenance of an import, for the commit of its responses.
pub(crate) fn commit_metadata(record: &ImportRecord) -> Vec<(String, Value)> {
    vec![(PROVENANCE.to_owned(), json!(record))]
}

pub(crate) async fn create_if_missing(lake: &Lake) -> Result<DeltaTable> {
    // A file name may contain a person's name, so it is kept out of the statistics.
    lake.create_table_if_missing(
        IMPORTS,
        &IMPORTS_SCHEMA,
        &[],
        &[(STATISTICS_PROPERTY, "imported_at")],
    )
    .await
}

/// Writes the row of an import, once.
async fn record(lake: &Lake, record: &ImportRecord) -> Result<()> {
    let mut attempts = Attempts::new(lake);
    loop {
        let imports = match lake.imports().await? {
            Some(imports) => imports,
            None => create_if_missing(lake).await?,
        };
        if appended(&imports, &record.import_id).await?.is_some() {
            return Ok(());
        }
        let row = lake.reading_context().read_batch(batch(record)?)?;
        let id = json!({ "import_id": record.import_id });
        let append = Append {
            transactions: vec![(&record.import_id, 1)],
            metadata: vec![(PROVENANCE.to_owned(), id)],
            ..Append::new(&imports, row, Order::AsGiven)
        };
        if let Appended::Done { .. } = append.run().await? {
            return Ok(());
        }
        attempts
            .back_off("the responses are in the lake, and the next import records this one too")
            .await?;
    }
}

/// The audit entry of an import whose responses are committed.
pub(crate) async fn done(lake: &Lake, import: &ImportRecord) -> Result<Entry> {
    let count = |rows: Option<i64>| rows.unwrap_or_default().unsigned_abs();
    Ok(audit::done(lake, Action::Import)
        .await?
        .with("file", Id::parse(&import.file_sha256)?)
        .with("new", count(import.new))
        .with("updated", count(import.updated)))
}

/// Completes an import whose responses are committed: cuts people loose who withdrew consent, and
/// writes the import's row. Returns the number of these people.
pub(crate) async fn complete(lake: &Lake, import: &ImportRecord) -> Result<usize> {
    let mut people = 0;
    if import.withdrawn.is_some_and(|responses| responses > 0) {
        people = withdrawn::cut_loose(lake).await?;
    }
    record(lake, import).await?;
    Ok(people)
}

/// Completes imports that were interrupted between their two commits. Returns the number of people who
/// withdrew consent in them and were not yet cut loose.
///
/// # Errors
/// Returns an error if there are such imports, and commits are missing.
pub(crate) async fn complete_missing(lake: &Lake) -> Result<usize> {
    let missing = missing(lake).await?;
    if missing.is_empty() {
        return Ok(0);
    }
    check_logs(lake).await?;
    let mut people = 0;
    for missing in missing {
        // Perhaps the interrupted command wrote it; twice is better than not at all.
        let done = done(lake, &missing).await?;
        lake.audit(&done.with("interrupted", true)).await?;
        people += complete(lake, &missing).await?;
    }
    Ok(people)
}

/// Removes the table, and writes it again from the log of the responses. Returns false, and does nothing, if that
/// does not go back to the first import.
pub(super) async fn remake(lake: &Lake, responses: &DeltaTable) -> Result<bool> {
    if !begins_with_first(responses).await? {
        return Ok(false);
    }
    let mut imports = committed(responses, None).await?;
    imports.reverse();
    lake.remove_table(Table::Imports).await?;
    let lake = lake.reopened();
    for import in &imports {
        record(&lake, import).await?;
    }
    Ok(true)
}

/// True if the log goes back to its first commit.
async fn begins_with_first(responses: &DeltaTable) -> Result<bool> {
    let first = responses.log_store().read_commit_entry(0).await?;
    Ok(first.is_some())
}

/// The table, with the rows of imports that were interrupted before these were written.
///
/// # Errors
/// Returns an error if there is no lake.
pub(crate) async fn provider(lake: &Lake) -> Result<Arc<dyn TableProvider>> {
    let missing = missing(lake).await?;
    let imports = lake.imports().await?;
    let Some(imports) = imports else {
        if missing.is_empty() {
            return Err(lake.missing());
        }
        let schema = Arc::clone(&IMPORTS_SCHEMA);
        let rows = missing.iter().map(batch).collect::<Result<_>>()?;
        return Ok(Arc::new(MemTable::try_new(schema, vec![rows])?));
    };
    let recorded = scan::provider(&imports).await?;
    if missing.is_empty() {
        return Ok(recorded);
    }
    let context = lake.reading_context();
    let rows: Vec<RecordBatch> = missing.iter().map(batch).collect::<Result<_>>()?;
    let missing = with_columns(context.read_batches(rows)?, &recorded.schema())?;
    let all = context.read_table(recorded)?.union(missing)?;
    Ok(all.into_view())
}

/// The imports whose people are not sealed any more, oldest first: each sealed some, and `identities` has no
/// commit of that.
pub(super) async fn without_identities(
    lake: &Lake,
    responses: &DeltaTable,
) -> Result<Vec<ImportRecord>> {
    let identities = lake.identities().await?;
    let sealed = match &identities {
        Some(identities) => lost_identities::sealed_since_loss(identities).await?,
        None => HashSet::new(),
    };
    let mut without = Vec::new();
    for import in committed(responses, None).await? {
        // The log of commits may begin later than the table.
        if let Some(transaction) = &import.sealed
            && !sealed.contains(transaction)
            && !lost_identities::has_people_of(identities.as_ref(), transaction).await?
        {
            without.push(import);
        }
    }
    without.reverse();
    Ok(without)
}

/// The transactions of `identities` by which imports sealed people.
pub(super) async fn sealing(responses: &DeltaTable) -> Result<Vec<String>> {
    let imports = committed(responses, None).await?.into_iter();
    Ok(imports.filter_map(|import| import.sealed).collect())
}

/// What the table and the log of the responses say differently, as ids of imports.
pub(super) struct Differences {
    /// Imports whose responses are committed, without a row.
    pub(super) unrecorded: Vec<String>,
    /// Imports with a row, whose responses are not committed and were not imported again, as files. Unknown, and
    /// empty, if the log does not go back to the first import.
    pub(super) lost: Vec<String>,
}

/// Compares all imports with the log of the responses.
pub(super) async fn differences(lake: &Lake, responses: &DeltaTable) -> Result<Differences> {
    let recorded = match lake.imports().await? {
        Some(imports) => recorded_ids(lake, &imports).await?,
        None => HashSet::new(),
    };
    let committed = committed(responses, None).await?;
    let ids: HashSet<String> = committed
        .iter()
        .map(|import| import.import_id.clone())
        .collect();
    let mut unrecorded: Vec<String> = ids.difference(&recorded).cloned().collect();
    unrecorded.sort_unstable();
    let lost: Vec<Expr> = if begins_with_first(responses).await? {
        recorded.difference(&ids).map(lit).collect()
    } else {
        Vec::new()
    };
    Ok(Differences {
        unrecorded,
        lost: not_imported_again(lake, lost, &committed).await?,
    })
}

/// The files of those of these imports that no committed one has the file and survey of.
async fn not_imported_again(
    lake: &Lake,
    ids: Vec<Expr>,
    committed: &[ImportRecord],
) -> Result<Vec<String>> {
    let Some(imports) = lake.imports().await?.filter(|_| !ids.is_empty()) else {
        return Ok(Vec::new());
    };
    let committed: HashSet<(&str, &str)> = committed
        .iter()
        .map(|import| {
            let survey = import.survey.as_deref().unwrap_or_default();
            (import.file_sha256.as_str(), survey)
        })
        .collect();
    let text = |name: &str| coalesce(vec![cast(ident(name), DataType::Utf8), lit("")]);
    let batches = lake
        .reading_context()
        .read_table(scan::provider(&imports).await?)?
        .filter(ident("import_id").in_list(ids, false))?
        .select(["file", "file_sha256", "survey"].map(text).to_vec())?
        .collect()
        .await?;
    let mut files = BTreeSet::new();
    for batch in &batches {
        let columns = [0, 1, 2].map(|column| batch.column(column).as_string::<i32>());
        for row in 0..batch.num_rows() {
            let [file, sha256, survey] = columns.map(|column| column.value(row));
            if !committed.contains(&(sha256, survey)) {
                files.insert(file.to_owned());
            }
        }
    }
    Ok(Vec::from_iter(files))
}

/// The imports whose responses are committed but whose row is not, oldest first.
async fn missing(lake: &Lake) -> Result<Vec<ImportRecord>> {
    let Some(responses) = lake.responses().await? else {
        return Ok(Vec::new());
    };
    let imports = lake.imports().await?;
    // Nearly always both tables end with the same imports, and nothing else needs to be read.
    let recent = committed(&responses, Some(RECENT)).await?;
    if let Some(imports) = &imports {
        let recorded = committed_ids(imports).await?;
        if recent
            .iter()
            .all(|record| recorded.contains(&record.import_id))
        {
            return Ok(Vec::new());
        }
    }
    let recorded = match &imports {
        Some(imports) => recorded_ids(lake, imports).await?,
        None => HashSet::new(),
    };
    let mut missing = committed(&responses, None).await?;
    missing.retain(|record| !recorded.contains(&record.import_id));
    missing.reverse();
    Ok(missing)
}

/// The imports recorded in the log of `responses`, newest first.
async fn committed(responses: &DeltaTable, limit: Option<usize>) -> Result<Vec<ImportRecord>> {
    let commits: Vec<_> = responses.history(limit).try_collect().await?;
    Ok(commits
        .iter()
        .filter_map(|commit| serde_json::from_value(commit.info.get(PROVENANCE)?.clone()).ok())
        .collect())
}

/// The ids of the imports in the newest commits of `imports`.
async fn committed_ids(imports: &DeltaTable) -> Result<HashSet<String>> {
    let recent: Vec<_> = imports.history(Some(RECENT)).try_collect().await?;
    Ok(recent
        .iter()
        .filter_map(|commit| {
            let id = commit.info.get(PROVENANCE)?.get("import_id")?;
            id.as_str().map(str::to_owned)
        })
        .collect())
}

async fn recorded_ids(lake: &Lake, imports: &DeltaTable) -> Result<HashSet<String>> {
    let batches = lake
        .reading_context()
        .read_table(scan::provider(imports).await?)?
        .select_columns(&["import_id"])?
        .collect()
        .await?;
    let ids = texts(batches.iter().map(|batch| batch.column(0)))?;
    Ok(ids.into_iter().collect())
}

/// The names of the imported files, by their SHA-256 digests.
pub(super) async fn files(lake: &Lake) -> Result<HashMap<String, String>> {
    let missing = missing(lake).await?;
    let mut files = recorded_files(lake).await?;
    files.extend(missing.into_iter().map(|it| (it.file_sha256, it.file)));
    Ok(files)
}

/// The names of the imported files that have a row, by their SHA-256 digests.
pub(super) async fn recorded_files(lake: &Lake) -> Result<HashMap<String, String>> {
    let Some(imports) = lake.imports().await? else {
        return Ok(HashMap::new());
    };
    let text = |name: &str| cast(ident(name), DataType::Utf8);
    let batches = lake
        .reading_context()
        .read_table(scan::provider(&imports).await?)?
        .select(vec![text("file_sha256"), text("file")])?
        .collect()
        .await?;
    let mut files = HashMap::new();
    for batch in &batches {
        let [digests, names] = [0, 1].map(|column| batch.column(column).as_string::<i32>());
        for (digest, name) in digests.iter().zip(names) {
            if let (Some(digest), Some(name)) = (digest, name) {
                files.insert(digest.to_owned(), name.to_owned());
            }
        }
    }
    Ok(files)
}

fn batch(record: &ImportRecord) -> Result<RecordBatch> {
    let text = |value: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let number = |value: Option<i64>| -> ArrayRef { Arc::new(Int64Array::from(vec![value])) };
    let imported_at = TimestampMicrosecondArray::from(vec![record.imported_at_micros]);
    let columns = vec![
        text(Some(&record.import_id)),
        Arc::new(imported_at.with_timezone("UTC")),
        text(Some(&record.file)),
        text(Some(&record.file_sha256)),
        number(record.file_bytes),
        text(record.source.as_deref()),
        text(record.survey.as_deref()),
        number(record.rows),
        number(record.new),
        number(record.updated),
        number(record.not_answered),
        number(record.duplicate),
        number(record.not_a_response),
        number(record.rejected),
        text(record.fields.as_deref()),
        text(record.dropped.as_deref()),
        number(record.suppressed),
        number(record.withdrawn),
    ];
    let batch = RecordBatch::try_new(Arc::clone(&IMPORTS_SCHEMA), columns);
    Ok(batch.map_err(DataFusionError::from)?)
}
