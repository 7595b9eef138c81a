//! Statistics of files from the Delta log.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::scalar::ScalarValue;

/// The minimum, maximum and null count of each column of each file.
pub(super) struct Bounds<'a> {
    row_counts: &'a [Option<usize>],
    columns: Vec<[Option<ArrayRef>; 3]>,
}

impl<'a> Bounds<'a> {
    pub(super) fn read(
        log: &dyn PruningStatistics,
        file_schema: &SchemaRef,
        row_counts: &'a [Option<usize>],
    ) -> Self {
        let columns = file_schema.fields().iter().map(|field| {
            let data_type = field.data_type();
            // The log has no bounds for strings.
            if !data_type.is_numeric() && !data_type.is_temporal() {
                return [None, None, None];
            }
            let column = Column::from_name(field.name());
            let (min, max) = (log.min_values(&column), log.max_values(&column));
            [min, max, log.null_counts(&column)]
        });
        Self {
            row_counts,
            columns: columns.collect(),
        }
    }

    /// The bounds of one file.
    pub(super) fn file(&self, index: usize) -> Statistics {
        let column_statistics = self.columns.iter().map(|[min, max, nulls]| {
            let nulls = value_at(nulls.as_ref(), index);
            ColumnStatistics {
                null_count: match nulls {
                    Some(ScalarValue::UInt64(Some(count))) => Precision::Exact(count as usize),
                    _ => Precision::Absent,
                },
                min_value: value_at(min.as_ref(), index)
                    .map_or(Precision::Absent, Precision::Exact),
                max_value: value_at(max.as_ref(), index).map_or(Precision::Absent, |max| {
                    Precision::Exact(last_of_millisecond(max))
                }),
                ..ColumnStatistics::new_unknown()
            }
        });
        Statistics {
            num_rows: self.row_counts[index].map_or(Precision::Absent, Precision::Exact),
            total_byte_size: Precision::Absent,
            column_statistics: column_statistics.collect(),
        }
    }
}

/// The file with statistics of its columns. DataFusion assumes that partition values, which it reads
/// from paths, are never NULL; in a Delta log they may be.
pub(super) fn with_statistics(file: &PartitionedFile, statistics: Statistics) -> PartitionedFile {
    let rows = statistics.num_rows;
    let file_columns = statistics.column_statistics.len();
    let mut file = file.clone().with_statistics(Arc::new(statistics));
    if let Some(statistics) = &mut file.statistics {
        let partitions = &mut Arc::make_mut(statistics).column_statistics[file_columns..];
        for (column, value) in std::iter::zip(partitions, &file.partition_values) {
            if value.is_null() {
                *column = ColumnStatistics {
                    null_count: rows,
                    ..ColumnStatistics::new_unknown()
                };
            }
        }
    }
    file
}

/// Marks all bounds as inexact but those of integers, which may answer a query. Bounds of timestamps
/// may be rounded to the millisecond, and bounds of floats ignore values that do not compare.
pub(super) fn with_exact_integers_only(mut bounds: Statistics) -> Statistics {
    for column in &mut bounds.column_statistics {
        let max = column.max_value.get_value();
        if !max.is_some_and(|max| max.data_type().is_integer()) {
            column.min_value = std::mem::take(&mut column.min_value).to_inexact();
            column.max_value = std::mem::take(&mut column.max_value).to_inexact();
        }
    }
    bounds
}

fn value_at(column: Option<&ArrayRef>, index: usize) -> Option<ScalarValue> {
    let column = column.filter(|column| column.is_valid(index))?;
    ScalarValue::try_from_array(column, index).ok()
}

/// The log may truncate times to milliseconds, as checkpoints of other writers do.
fn last_of_millisecond(max: ScalarValue) -> ScalarValue {
    match max {
        ScalarValue::TimestampMicrosecond(Some(micros), zone) if micros % 1000 == 0 => {
            ScalarValue::TimestampMicrosecond(Some(micros.saturating_add(999)), zone)
        }
        other => other,
    }
}
