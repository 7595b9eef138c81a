//! CSV files whose rows are quoted as a whole, as spreadsheets do that took a row for one cell.

use ::csv::ByteRecord;

use super::punctuation::Dialect;

/// Rows that are examined.
const SAMPLE_ROWS: usize = 200;

/// True if rows in the head of a file are one quoted cell each, which splits into as many cells as
/// the other rows have. `cut` is true if the file has more.
pub fn has_wrapped_rows(head: &[u8], cut: bool, dialect: Dialect) -> bool {
    let mut parser = dialect.parser(head);
    let mut record = ByteRecord::new();
    let mut counts = Vec::new();
    let mut wrapped = 0;
    while counts.len() < SAMPLE_ROWS && parser.read_byte_record(&mut record).unwrap_or(false) {
        wrapped += usize::from(unwrap(&mut record, dialect));
        counts.push(record.len());
    }
    if cut && counts.len() > 1 && counts.len() < SAMPLE_ROWS {
        counts.pop();
    }
    let first = counts.first().copied().unwrap_or(0);
    wrapped > 0 && first > 1 && counts.iter().all(|count| *count == first)
}

/// Splits the only cell of a row. Returns false if there are others, or nothing to split.
pub fn unwrap(record: &mut ByteRecord, dialect: Dialect) -> bool {
    if record.len() != 1 || !record[0].contains(&dialect.delimiter) {
        return false;
    }
    let mut inner = ByteRecord::new();
    let mut parser = dialect.parser(&record[0]);
    if !parser.read_byte_record(&mut inner).unwrap_or(false) || inner.len() < 2 {
        return false;
    }
    inner.set_position(record.position().cloned());
    *record = inner;
    true
}
