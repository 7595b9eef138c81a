//! Each aggregate of scores beside `avg` on the same column: over all rows, and by 48 months.
//!
//! Four million responses on one thread, in one table in memory. `nps` is to take no more than 1.3
//! times what `avg` does.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Int8Array, Int64Array, RecordBatch};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::Runtime;

const ROWS: usize = 4_000_000;
const BATCH_ROWS: usize = 8192;
const MONTHS: i64 = 48;
const SEED: u64 = 7;

/// Each function with its arguments.
const CALLS: [(&str, &str); 13] = [
    ("avg", "avg(score)"),
    ("nps", "nps(score)"),
    ("nps, weighted", "nps(score, weight)"),
    ("nps_stats", "nps_stats(score)"),
    ("nps_ci", "nps_ci(score, 0.9)"),
    ("nps_ci, score", "nps_ci(score, 0.9, 'score')"),
    ("nps_compare", "nps_compare(score, is_second)"),
    ("promoters", "promoters(score)"),
    ("score_histogram", "score_histogram(score)"),
    ("csat", "csat(rating)"),
    ("ces", "ces(rating)"),
    ("nps, filtered", "nps(score) FILTER (WHERE is_second)"),
    ("avg, filtered", "avg(score) FILTER (WHERE is_second)"),
];

fn batch(dice: &mut fastrand::Rng) -> RecordBatch {
    // One in fifty did not answer.
    let score = |_| (dice.u8(..50) > 0).then(|| dice.i8(0..=10));
    let scores: Int8Array = (0..BATCH_ROWS).map(score).collect();
    let ratings: Int8Array = (0..BATCH_ROWS).map(|_| Some(dice.i8(1..=5))).collect();
    let weights: Int64Array = (0..BATCH_ROWS).map(|_| Some(dice.i64(1..=9))).collect();
    let seconds: BooleanArray = (0..BATCH_ROWS).map(|_| Some(dice.bool())).collect();
    let months: Int64Array = (0..BATCH_ROWS).map(|_| Some(dice.i64(0..MONTHS))).collect();
    RecordBatch::try_from_iter([
        ("score", Arc::new(scores) as ArrayRef),
        ("rating", Arc::new(ratings)),
        ("weight", Arc::new(weights)),
        ("is_second", Arc::new(seconds)),
        ("month", Arc::new(months)),
    ])
    .expect("columns of one length")
}

fn context() -> SessionContext {
    let mut ctx = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    datafusion_functions_nps::register_all(&mut ctx).expect("functions");
    let mut dice = fastrand::Rng::with_seed(SEED);
    let batches: Vec<_> = (0..ROWS / BATCH_ROWS).map(|_| batch(&mut dice)).collect();
    let table = MemTable::try_new(batches[0].schema(), vec![batches]).expect("a table");
    ctx.register_table("responses", Arc::new(table)).expect("a new name");
    ctx
}

fn aggregates(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let ctx = context();
    for (grouping, by) in [("all", ""), ("by_month", " GROUP BY month")] {
        let mut group = criterion.benchmark_group(grouping);
        group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20);
        for (name, call) in CALLS {
            let sql = format!("SELECT {call} FROM responses{by}");
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    runtime.block_on(async {
                        let frame = ctx.sql(&sql).await.expect("a plan");
                        black_box(frame.collect().await.expect("a result"))
                    })
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, aggregates);
criterion_main!(benches);
