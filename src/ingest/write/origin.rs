//! Looks up the rows of the file that staged responses come from.

use std::collections::HashMap;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::UInt64Type;

use crate::error::Result;
use crate::ingest::stage::staged::{LINE, ORDINAL, RESPONSE_ID, SURVEY, Staged};

/// The origin of a staged response.
pub(super) struct Origin {
    pub(super) response_id: String,
    pub(super) survey: String,
    pub(super) line: u64,
    pub(super) ordinal: u64,
}

impl Origin {
    fn new(batch: &RecordBatch, row: usize) -> Self {
        let text = |column: usize| {
            batch
                .column(column)
                .as_string::<i32>()
                .value(row)
                .to_owned()
        };
        let number = |column: usize| batch.column(column).as_primitive::<UInt64Type>().value(row);
        Self {
            response_id: text(RESPONSE_ID),
            survey: text(SURVEY),
            line: number(LINE),
            ordinal: number(ORDINAL),
        }
    }
}

/// Looks up the origins of staged responses by their indexes.
pub(super) fn find(staged: &Staged, rows: &[u64]) -> Result<HashMap<u64, Origin>> {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    let mut rows = rows.into_iter().peekable();
    let mut found = HashMap::new();
    let mut first = 0;
    for batch in staged.batches()? {
        if rows.peek().is_none() {
            break;
        }
        let batch = batch?;
        let end = first + batch.num_rows() as u64;
        while let Some(row) = rows.next_if(|row| *row < end) {
            found.insert(row, Origin::new(&batch, (row - first) as usize));
        }
        first = end;
    }
    Ok(found)
}
