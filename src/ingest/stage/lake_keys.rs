//! Reads the keys of the responses in the lake.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int8Type, TimestampMicrosecondType};
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarUDF, Volatility, cast as cast_expr, create_udf,
};
use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
use deltalake::DeltaTable;
use futures::TryStreamExt;

use super::answer::{Answer, Provided, id_in_lake};
use super::keys::{Key, KeyFilter, Keys, KeysBuilder};
use super::reading::ReadFile;
use crate::error::Result;
use crate::lake::Lake;
use crate::lake::response_ids::files_with;
use crate::lake::scan::{self, DeltaScan};

const PUSHDOWN_FILTERS: &str = "datafusion.execution.parquet.pushdown_filters";

/// With more surveys in a file, an id is not looked for in each of them.
const SURVEYS_MAX: usize = 8;

/// Reads the keys of the responses in `table` from one source and the surveys of a file, except those that its
/// keys or ids rule out.
pub(in crate::ingest) async fn keys_of_lake(
    lake: &Lake,
    table: &DeltaTable,
    source: &str,
    file: &ReadFile,
    memory_bytes: u64,
) -> Result<Keys> {
    let mut keys = KeysBuilder::new(memory_bytes);
    let provider: Arc<dyn TableProvider> = if let Some(ids) = file.ids.get()
        && let Some(scan) = DeltaScan::try_new(table)?
    {
        Arc::new(files_with(lake, &scan, ids).await?)
    } else {
        scan::provider(table).await?
    };
    let filter = Arc::new(file.keys.filter()?);
    let surveys = file.surveys.as_deref();
    // The other columns are decoded only for the rows whose ids pass.
    let config = SessionConfig::new().set_bool(PUSHDOWN_FILTERS, true);
    let context = SessionContext::new_with_config_rt(config, lake.runtime().clone());
    let mut frame = context
        .read_table(provider)?
        .filter(col("source").eq(lit(source)))?;
    if let Some(surveys) = surveys {
        let surveys = surveys.iter().map(lit).collect();
        frame = frame.filter(col("survey").in_list(surveys, false))?;
    }
    if let Some(surveys) = surveys.filter(|surveys| surveys.len() <= SURVEYS_MAX) {
        let may_match = may_match(surveys.to_vec(), Arc::clone(&filter));
        let id = cast_expr(col("response_id"), DataType::Utf8);
        frame = frame.filter(may_match.call(vec![id]))?;
    }
    let mut batches = frame
        .select_columns(&[
            "survey",
            "response_id",
            "respondent",
            "metric",
            "comment",
            "account",
            "consent",
            "responded_at",
            "sent_at",
            "updated_at",
            "score",
            "rating",
        ])?
        .execute_stream()
        .await?;
    while let Some(batch) = batches.try_next().await? {
        for key in keys_of_batch(&batch, &file.provided)? {
            if filter.may_contain(key.id) {
                keys.push(key)?;
            }
        }
    }
    keys.finish()
}

/// A function of ids: false for a response of these surveys that is surely not in the file.
fn may_match(surveys: Vec<String>, filter: Arc<KeyFilter>) -> ScalarUDF {
    let function = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let ids = arrays[0].as_string::<i32>().iter();
        let may_match = |id: &str| {
            let mut surveys = surveys.iter();
            surveys.any(|survey| id_in_lake(survey, id).is_none_or(|id| filter.may_contain(id)))
        };
        let matching: BooleanArray = ids
            .map(|id| Some(may_match(id.unwrap_or_default())))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(matching)))
    };
    create_udf(
        "may_match",
        vec![DataType::Utf8],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(function),
    )
}

fn keys_of_batch(batch: &RecordBatch, provided: &Provided) -> Result<Vec<Key>> {
    // The scan may return dictionaries or views; hashes need plain text.
    let texts = (0..7)
        .map(|index| cast(batch.column(index), &DataType::Utf8))
        .collect::<Result<Vec<_>, _>>()
        .map_err(DataFusionError::from)?;
    let text = |index: usize, row: usize| {
        let column = texts[index].as_string::<i32>();
        column.is_valid(row).then(|| column.value(row))
    };
    let date = |index: usize, row: usize| {
        let column = batch
            .column(index)
            .as_primitive::<TimestampMicrosecondType>();
        column.is_valid(row).then(|| column.value(row))
    };
    let scores = batch.column(10).as_primitive::<Int8Type>();
    let ratings = batch.column(11).as_primitive::<Float64Type>();
    let mut keys = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let answer = Answer {
            survey: text(0, row).unwrap_or_default(),
            respondent: text(2, row),
            metric: text(3, row).unwrap_or_default(),
            comment: text(4, row),
            account: text(5, row),
            consent: text(6, row).unwrap_or_default(),
            responded_at: date(7, row),
            sent_at: date(8, row),
            updated_at: date(9, row),
            score: scores.is_valid(row).then(|| scores.value(row)),
            rating: ratings.is_valid(row).then(|| ratings.value(row)),
        };
        keys.extend(answer.keys_in_lake(text(1, row).unwrap_or_default(), provided));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::IngestOptions;

    /// The paths of the files that may have one of these ids.
    async fn found(lake: &Lake, ids: &[&str]) -> HashSet<String> {
        let table = lake.responses().await.expect("a table").expect("a table");
        let scan = DeltaScan::try_new(&table).expect("a scan").expect("files");
        let ids = ids.iter().map(ToString::to_string).collect();
        let found = files_with(lake, &scan, &ids).await.expect("files");
        found.paths().map(str::to_owned).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_files_that_may_have_the_ids_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = Lake::open(&folder.path().join("lake").to_string_lossy()).expect("a lake");
        let import = async |name: &str, rows: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("id,date,score\n{rows}")).expect("a file");
            let imported = lake.ingest(path, &IngestOptions::default()).await;
            imported.expect("an import");
        };
        import(
            "a.csv",
            "R_a1,2026-01-03,9\nR_a2,2026-02-03,3\nR_a3,2026-02-04,10\n",
        )
        .await;
        assert_eq!(found(&lake, &["R_b1"]).await.len(), 0);
        assert_eq!(found(&lake, &["R_b1", "R_a1"]).await.len(), 1);
        assert_eq!(found(&lake, &["R_a2", "R_a3"]).await.len(), 1);
        assert_eq!(found(&lake, &["R_a2", "R_a1"]).await.len(), 2);
        // Ids that an export may have numbered itself are found by the time of the answer, too.
        import("b.csv", "1,2026-03-03,9\n2,2026-03-04,8\n3,2026-03-05,8\n").await;
        assert_eq!(found(&lake, &["R_b1"]).await.len(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn files_without_the_ids_are_rarely_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = Lake::open(&folder.path().join("lake").to_string_lossy()).expect("a lake");
        let rows = (0..3_000).map(|id| format!("R_{id},2026-01-03,9\n"));
        let export = format!("id,date,score\n{}", rows.collect::<String>());
        let path = folder.path().join("a.csv");
        std::fs::write(&path, export).expect("a file");
        let imported = lake.ingest(path, &IngestOptions::default()).await;
        imported.expect("an import");
        let mut read = 0;
        for import in 1..=50 {
            let ids: Vec<_> = (0..1_000).map(|id| format!("R_{import}_{id}")).collect();
            let ids: Vec<_> = ids.iter().map(String::as_str).collect();
            read += found(&lake, &ids).await.len();
        }
        assert!(read <= 3, "{read} of 50");
    }
}
