//! Instruction counts of the kernels, which do not depend on machine load: what a batch of responses
//! costs each aggregate over groups, over all rows and in a window, and each function of a row.
//!
//! Callgrind does the counting, so valgrind must be installed, and the runner in the same version:
//! `cargo install gungraun-runner --version 0.20.0`. To measure a change, run
//! `cargo bench --bench kernels -- --save-baseline=before` without it, and
//! `cargo bench --bench kernels -- --baseline=before` with it; an increase of 3 % is an error.

// The items made by gungraun's macros have no documentation.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int8Array, Int64Array, StringViewArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, GroupsAccumulator, ScalarFunctionArgs, ScalarUDF,
};
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::col;
use datafusion_functions_nps::udfs;
use gungraun::{
    Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};

const ROWS: usize = 8192;
const GROUPS: usize = 48;
const WINDOW_ROWS: usize = 1024;

/// Returns a score for each row, one in nine of them NULL.
fn scores() -> ArrayRef {
    let score = |row: usize| (!row.is_multiple_of(9)).then_some((row * 7 % 11) as i8);
    Arc::new((0..ROWS).map(score).collect::<Int8Array>())
}

/// Returns the column with this name.
fn column(name: &str) -> ArrayRef {
    let rows = 0..ROWS;
    match name {
        "score" => scores(),
        // SQL casts scores to this for avg().
        "score_as_float" => cast(&scores(), &DataType::Float64).expect("whole numbers are numbers"),
        "rating" => Arc::new(
            (0..ROWS)
                .map(|row| Some((row * 7 % 5) as i8 + 1))
                .collect::<Int8Array>(),
        ),
        "weight" => Arc::new(rows.map(|row| Some(row as i64 % 5)).collect::<Int64Array>()),
        "is_second" => Arc::new(rows.map(|row| Some(row % 3 == 0)).collect::<BooleanArray>()),
        "answered_at" => Arc::new(
            rows.map(|row| Some((row as i64 * 7_919) % 100_003))
                .collect::<TimestampMicrosecondArray>(),
        ),
        "comment" => Arc::new(
            rows.map(|row| match row % 4 {
                0 => None,
                1 => Some("The app is slow and crashes"),
                2 => Some("write to me at jane.doe@example.com"),
                _ => Some("great support, thank you!"),
            })
            .collect::<StringViewArray>(),
        ),
        name => unreachable!("no column {name}"),
    }
}

/// An aggregate with its columns and groups.
struct Aggregate {
    function: AggregateFunctionExpr,
    values: Vec<ArrayRef>,
    groups: Vec<usize>,
}

fn aggregate(function: Arc<AggregateUDF>, columns: &[&str]) -> Aggregate {
    let values: Vec<ArrayRef> = columns.iter().map(|name| column(name)).collect();
    let fields = std::iter::zip(columns, &values);
    let fields = fields.map(|(name, values)| Field::new(*name, values.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arguments = columns.iter().map(|name| col(name, &schema));
    let arguments = arguments.collect::<Result<_, _>>().expect("a column");
    let function = AggregateExprBuilder::new(function, arguments)
        .schema(Arc::clone(&schema))
        .alias("aggregate")
        .build()
        .expect("an aggregate of these types");
    Aggregate {
        function,
        values,
        groups: (0..ROWS).map(|row| row * 31 % GROUPS).collect(),
    }
}

/// Prepares a batch with as many groups as months.
fn grouped(
    function: Arc<AggregateUDF>,
    columns: &[&str],
) -> (Box<dyn GroupsAccumulator>, Aggregate) {
    let aggregate = aggregate(function, columns);
    let accumulator = aggregate.function.create_groups_accumulator();
    (accumulator.expect("a groups accumulator"), aggregate)
}

#[library_benchmark]
#[bench::avg(grouped(datafusion::functions_aggregate::average::avg_udaf(), &["score_as_float"]))]
#[bench::nps(grouped(udfs::nps_udaf(), &["score"]))]
#[bench::nps_weighted(grouped(udfs::nps_udaf(), &["score", "weight"]))]
#[bench::nps_stats(grouped(udfs::nps_stats_udaf(), &["score"]))]
#[bench::nps_compare(grouped(udfs::nps_compare_udaf(), &["score", "is_second"]))]
#[bench::promoters(grouped(udfs::promoters_udaf(), &["score"]))]
#[bench::score_histogram(grouped(udfs::score_histogram_udaf(), &["score"]))]
#[bench::csat(grouped(udfs::csat_udaf(), &["rating"]))]
#[bench::latest_by(grouped(udfs::latest_by_udaf(), &["score", "answered_at"]))]
fn by_group((mut accumulator, aggregate): (Box<dyn GroupsAccumulator>, Aggregate)) -> usize {
    accumulator
        .update_batch(&aggregate.values, &aggregate.groups, None, GROUPS)
        .expect("values of these types");
    black_box(accumulator.size())
}

#[library_benchmark]
#[bench::nps(aggregate(udfs::nps_udaf(), &["score"]))]
#[bench::nps_stats(aggregate(udfs::nps_stats_udaf(), &["score"]))]
fn all_rows(aggregate: Aggregate) -> usize {
    let mut accumulator = aggregate
        .function
        .create_accumulator()
        .expect("an accumulator");
    accumulator
        .update_batch(&aggregate.values)
        .expect("values of these types");
    black_box(accumulator.size())
}

#[library_benchmark]
#[bench::nps(aggregate(udfs::nps_udaf(), &["score"]))]
fn moving_window(aggregate: Aggregate) -> usize {
    let mut accumulator = aggregate
        .function
        .create_sliding_accumulator()
        .expect("an accumulator");
    let rows = |start: usize| -> Vec<ArrayRef> {
        let values = aggregate.values.iter();
        values.map(|column| column.slice(start, 1)).collect()
    };
    for row in 0..ROWS {
        accumulator
            .update_batch(&rows(row))
            .expect("values of these types");
        if let Some(left) = row.checked_sub(WINDOW_ROWS) {
            accumulator
                .retract_batch(&rows(left))
                .expect("values that were added");
        }
    }
    black_box(accumulator.size())
}

fn scalar(function: Arc<ScalarUDF>, column_name: &str) -> (Arc<ScalarUDF>, ScalarFunctionArgs) {
    let values = column(column_name);
    let field = Arc::new(Field::new(column_name, values.data_type().clone(), true));
    let return_type = function
        .return_type(&[values.data_type().clone()])
        .expect("of these types");
    let arguments = ScalarFunctionArgs {
        args: vec![ColumnarValue::Array(values)],
        arg_fields: vec![field],
        number_rows: ROWS,
        return_field: Arc::new(Field::new("result", return_type, true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    (function, arguments)
}

#[library_benchmark]
#[bench::nps_category(scalar(udfs::nps_category_udf(), "score"))]
#[bench::mask_email(scalar(udfs::mask_email_udf(), "comment"))]
fn by_row((function, arguments): (Arc<ScalarUDF>, ScalarFunctionArgs)) -> ColumnarValue {
    black_box(
        function
            .invoke_with_args(arguments)
            .expect("values of these types"),
    )
}

library_benchmark_group!(
    name = kernels,
    benchmarks = [by_group, all_rows, moving_window, by_row]
);

main!(
    config = LibraryBenchmarkConfig::default()
        .tool(Callgrind::default().soft_limits([(EventKind::Ir, 3.0)])),
    library_benchmark_groups = kernels
);
