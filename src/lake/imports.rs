//! The table `imports`: what came in, when, from where.
//!
//! An import is two commits: the responses, then its row here. The first commit carries the row
//! as its provenance, so that it can be written later where a crash falls between the two.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use deltalake::DeltaTable;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::append::{Append, Appended, Attempts, Order, was_appended};
use super::schema::{IMPORTS, IMPORTS_SCHEMA};
use super::{Lake, table};
use crate::error::Result;

/// The key of the provenance in a commit of `responses`.
const PROVENANCE: &str = "voxql.import";

/// How many of the newest imports are looked at to see whether one has no row. Imports that run
/// at once are recorded in any order, so this is more than run at once.
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
}

/// The provenance of an import, for the commit of its responses.
pub(crate) fn commit_metadata(record: &ImportRecord) -> Vec<(String, Value)> {
    vec![(PROVENANCE.to_owned(), json!(record))]
}

pub(crate) async fn create_if_missing(lake: &Lake) -> Result<DeltaTable> {
    // A file's name may name a person, so it is kept out of the statistics.
    table::create_if_missing(lake, IMPORTS, &IMPORTS_SCHEMA, &[], Some("imported_at")).await
}

/// Writes the row of an import, once.
pub(crate) async fn record(lake: &Lake, record: &ImportRecord) -> Result<()> {
    let mut attempts = Attempts::at(lake);
    loop {
        let imports = match lake.imports().await? {
            Some(imports) => imports,
            None => create_if_missing(lake).await?,
        };
        if was_appended(&imports, &record.import_id).await? {
            return Ok(());
        }
        let batch = batch(std::slice::from_ref(record))?;
        let context =
            SessionContext::new_with_config_rt(SessionConfig::new(), Arc::clone(lake.runtime()));
        let metadata = vec![(
            PROVENANCE.to_owned(),
            json!({ "import_id": record.import_id }),
        )];
        let append = Append {
            transaction_id: Some(&record.import_id),
            metadata,
            ..Append::new(&imports, context.read_batch(batch)?, Order::AsGiven)
        };
        if let Appended::Done { .. } = append.run().await? {
            return Ok(());
        }
        attempts
            .raced("the responses are in the lake, and the next import adds the row of this one")
            .await?;
    }
}

/// Writes the rows of imports that ended between their two commits.
pub(crate) async fn record_missing(lake: &Lake) -> Result<()> {
    for missing in missing(lake).await? {
        record(lake, &missing).await?;
    }
    Ok(())
}

/// The imports whose responses are committed and whose row is not.
async fn missing(lake: &Lake) -> Result<Vec<ImportRecord>> {
    let Some(responses) = lake.responses().await? else {
        return Ok(Vec::new());
    };
    let imports = lake.imports().await?;
    // Nearly always both tables end with the same imports, and nothing else has to be read.
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

/// The imports that the log of `responses` tells of, newest first.
async fn committed(responses: &DeltaTable, limit: Option<usize>) -> Result<Vec<ImportRecord>> {
    let commits: Vec<_> = responses.history(limit).try_collect().await?;
    Ok(commits
        .iter()
        .filter_map(|commit| serde_json::from_value(commit.info.get(PROVENANCE)?.clone()).ok())
        .collect())
}

/// The imports that the newest commits of `imports` have recorded.
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
    let context = SessionContext::new_with_config_rt(SessionConfig::new(), lake.runtime().clone());
    let batches = context
        .read_table(imports.table_provider().await?)?
        .select_columns(&["import_id"])?
        .collect()
        .await?;
    let mut ids = HashSet::new();
    for batch in batches {
        let column = cast(batch.column(0), &DataType::Utf8).map_err(DataFusionError::from)?;
        ids.extend(
            column
                .as_string::<i32>()
                .iter()
                .flatten()
                .map(str::to_owned),
        );
    }
    Ok(ids)
}

fn batch(records: &[ImportRecord]) -> Result<RecordBatch> {
    let text = |of: &dyn Fn(&ImportRecord) -> Option<&str>| -> ArrayRef {
        Arc::new(records.iter().map(of).collect::<StringArray>())
    };
    let number = |of: &dyn Fn(&ImportRecord) -> Option<i64>| -> ArrayRef {
        Arc::new(records.iter().map(of).collect::<Int64Array>())
    };
    let imported_at = records
        .iter()
        .map(|record| Some(record.imported_at_micros))
        .collect::<TimestampMicrosecondArray>()
        .with_timezone("UTC");
    let columns = vec![
        text(&|record| Some(&record.import_id)),
        Arc::new(imported_at),
        text(&|record| Some(&record.file)),
        text(&|record| Some(&record.file_sha256)),
        number(&|record| record.file_bytes),
        text(&|record| record.source.as_deref()),
        text(&|record| record.survey.as_deref()),
        number(&|record| record.rows),
        number(&|record| record.new),
        number(&|record| record.updated),
        number(&|record| record.not_answered),
        number(&|record| record.duplicate),
        number(&|record| record.not_a_response),
        number(&|record| record.rejected),
        text(&|record| record.fields.as_deref()),
        text(&|record| record.dropped.as_deref()),
    ];
    Ok(
        RecordBatch::try_new(Arc::clone(&IMPORTS_SCHEMA), columns)
            .map_err(DataFusionError::from)?,
    )
}
