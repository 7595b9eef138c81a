//! The newest response of each respondent: `latest_by` against `row_number() = 1`.
//!
//! A million responses of 200,000 respondents, whose names are as long as the lake's pseudonyms,
//! in one table in memory.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datafusion::arrow::array::{
    ArrayRef, Int8Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::Runtime;

const ROWS: u64 = 1_000_000;
const RESPONDENTS: u64 = 200_000;
const BATCH_ROWS: u64 = 8192;
const PARTITIONS: usize = 2;

/// Steele, Lea and Flood's SplitMix64: numbers that look random and are the same each time.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn respondent(row: u64) -> String {
    let respondent = mix(row) % RESPONDENTS;
    format!("v1:{respondent:052}")
}

fn batch(rows: std::ops::Range<u64>) -> RecordBatch {
    let respondents = StringViewArray::from_iter_values(rows.clone().map(respondent));
    let scores = Int8Array::from_iter_values(rows.clone().map(|row| (mix(row + ROWS) % 11) as i8));
    let comments = StringViewArray::from_iter_values(
        rows.clone()
            .map(|row| format!("what respondent {row} had to say about it")),
    );
    let times = TimestampMicrosecondArray::from_iter_values(
        rows.map(|row| (mix(row + 2 * ROWS) % 100_000_000) as i64),
    );
    RecordBatch::try_from_iter([
        ("respondent", Arc::new(respondents) as ArrayRef),
        ("score", Arc::new(scores)),
        ("comment", Arc::new(comments)),
        ("answered_at", Arc::new(times)),
    ])
    .expect("columns of one length")
}

fn context() -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(PARTITIONS);
    let mut ctx = SessionContext::new_with_config(config);
    datafusion_functions_nps::register_all(&mut ctx).expect("functions");
    let mut partitions = vec![Vec::new(); PARTITIONS];
    for (number, start) in (0..ROWS).step_by(BATCH_ROWS as usize).enumerate() {
        partitions[number % PARTITIONS].push(batch(start..ROWS.min(start + BATCH_ROWS)));
    }
    let table = MemTable::try_new(partitions[0][0].schema(), partitions).expect("a table");
    ctx.register_table("responses", Arc::new(table))
        .expect("a new name");
    ctx
}

fn latest_by(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let ctx = context();
    let mut group = criterion.benchmark_group("newest_of_each_respondent");
    group
        .throughput(Throughput::Elements(ROWS))
        .sample_size(10)
        .measurement_time(Duration::from_secs(15));
    for (name, sql) in [
        (
            "score/latest_by",
            "SELECT respondent, latest_by(score, answered_at) AS score FROM responses GROUP BY respondent",
        ),
        (
            "score/row_number",
            "SELECT respondent, score FROM (
               SELECT *, row_number() OVER (PARTITION BY respondent ORDER BY answered_at DESC) AS n FROM responses
             ) WHERE n = 1",
        ),
        (
            "row/latest_by",
            "SELECT respondent, r['score'] AS score, r['comment'] AS comment FROM (
               SELECT respondent, latest_by(named_struct('score', score, 'comment', comment), answered_at) AS r
               FROM responses GROUP BY respondent)",
        ),
        (
            "row/row_number",
            "SELECT respondent, score, comment FROM (
               SELECT *, row_number() OVER (PARTITION BY respondent ORDER BY answered_at DESC) AS n FROM responses
             ) WHERE n = 1",
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let frame = ctx.sql(sql).await.expect("a plan");
                    black_box(frame.collect().await.expect("a result"))
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, latest_by);
criterion_main!(benches);
