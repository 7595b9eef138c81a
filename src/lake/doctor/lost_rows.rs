//! The rows that a damaged data file has lost.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::parquet::file::metadata::RowGroupMetaData;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::error::Result;
use crate::lake::scan::{DataFile, DeltaScan};

/// The column with the import that wrote a row.
const IMPORT_ID: &str = "import_id";

/// Describes the rows in the damaged parts of a file, and the imports that wrote them: `rows 1 to 4096 of
/// 50000, of import 2026-…`. `None` if the file has no checksums that tell the parts apart.
pub(super) async fn describe(
    scan: &DeltaScan,
    store: &Arc<dyn ObjectStore>,
    file: &DataFile,
) -> Result<Option<String>> {
    let Some((checked, meta)) = scan.behind_checksums(store, file)? else {
        return Ok(None);
    };
    let Ok(footer) = DFParquetMetadata::new(&checked, &meta)
        .fetch_metadata()
        .await
    else {
        let rows = file.rows().map(|rows| format!("all {rows} rows"));
        return Ok(rows);
    };
    let mut lost: Vec<Range<i64>> = Vec::new();
    let mut imports = BTreeSet::new();
    let mut begin = 0;
    for group in footer.row_groups() {
        let end = begin + group.num_rows();
        if checked
            .get_range(&meta.location, bytes_of(group))
            .await
            .is_err()
        {
            imports.extend(imports_of(group));
            match lost.last_mut() {
                Some(last) if last.end == begin => last.end = end,
                _ => lost.push(begin..end),
            }
        }
        begin = end;
    }
    let rows = lost
        .iter()
        .map(|rows| format!("{} to {}", rows.start + 1, rows.end));
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let mut text = format!("rows {} of {begin}", rows.join(", "));
    let imports = Vec::from_iter(imports);
    match imports.as_slice() {
        [] => {}
        [only] => text.push_str(&format!(", of import {only}")),
        several => text.push_str(&format!(
            ", of imports {} and those between",
            several.join(", ")
        )),
    }
    Ok(Some(text))
}

/// The bytes of a file with the rows of a group.
fn bytes_of(group: &RowGroupMetaData) -> Range<u64> {
    let columns = group.columns().iter().map(|column| column.byte_range());
    columns
        .map(|(start, length)| start..start + length)
        .reduce(|all, next| all.start.min(next.start)..all.end.max(next.end))
        .unwrap_or_default()
}

/// The first and the last import that wrote rows of a group.
fn imports_of(group: &RowGroupMetaData) -> Vec<String> {
    let mut columns = group.columns().iter();
    let column = columns.find(|column| column.column_path().string() == IMPORT_ID);
    let Some(statistics) = column.and_then(|column| column.statistics()) else {
        return Vec::new();
    };
    let ends = [statistics.min_bytes_opt(), statistics.max_bytes_opt()];
    let ends = ends.into_iter().flatten();
    ends.map(|end| String::from_utf8_lossy(end).into_owned())
        .collect()
}
