//! Benches of each function: aggregates over all rows and by month, with `avg` of the same column for
//! comparison; the latest response of each respondent by `latest_by` and by `row_number() = 1`; scalars;
//! texts.
//!
//! Goals: `nps` takes at most 1.3 times as long as `avg`, and `latest_by` at most half as long as
//! `row_number`. `cargo bench --bench functions -- by_month` runs one group.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int8Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray,
};
use datafusion::common::Result;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_functions_nps::{
    KeySource, Pseudonymizer, Redactor, RowContext, anonymize_udf, register_all,
};
use tokio::runtime::Runtime;

const BATCH_ROWS: usize = 8192;
const SEED: u64 = 7;
const MONTHS: i64 = 48;
const RESPONDENTS: u64 = 200_000;

/// Aggregates of scores with their arguments, over 4 million rows.
const AGGREGATES: [(&str, &str); 15] = [
    ("avg", "avg(score)"),
    ("nps", "nps(score)"),
    ("nps, weighted", "nps(score, weight)"),
    ("nps_stats", "nps_stats(score)"),
    ("nps_ci", "nps_ci(score, 0.9)"),
    ("nps_ci, score", "nps_ci(score, 0.9, 'score')"),
    ("nps_compare", "nps_compare(score, is_second)"),
    ("promoters", "promoters(score)"),
    ("passives", "passives(score)"),
    ("detractors", "detractors(score)"),
    ("score_histogram", "score_histogram(score)"),
    ("csat", "csat(rating)"),
    ("ces", "ces(rating)"),
    ("avg, filtered", "avg(score) FILTER (WHERE is_second)"),
    ("nps, filtered", "nps(score) FILTER (WHERE is_second)"),
];

/// Whole queries over a million responses.
const LATEST: [(&str, &str); 4] = [
    (
        "score, latest_by",
        "SELECT respondent, latest_by(score, answered_at) AS score FROM responses
         GROUP BY respondent",
    ),
    (
        "score, row_number",
        "SELECT respondent, score FROM (
           SELECT *, row_number() OVER (PARTITION BY respondent ORDER BY answered_at DESC) AS n
           FROM responses) WHERE n = 1",
    ),
    (
        "row, latest_by",
        "SELECT respondent, r['score'] AS score, r['comment'] AS comment FROM (
           SELECT respondent,
                  latest_by(named_struct('score', score, 'comment', comment), answered_at) AS r
           FROM responses GROUP BY respondent)",
    ),
    (
        "row, row_number",
        "SELECT respondent, score, comment FROM (
           SELECT *, row_number() OVER (PARTITION BY respondent ORDER BY answered_at DESC) AS n
           FROM responses) WHERE n = 1",
    ),
];

/// Functions of one or few rows with their tables, over 100,000 rows.
const OTHERS: [(&str, &str); 10] = [
    ("nps_category(score)", "responses"),
    ("nps_required_responses(margin)", "responses"),
    ("bar(score, 0, 10, 20)", "responses"),
    ("anonymize(respondent)", "responses"),
    ("mask_email(comment)", "responses"),
    ("redact(comment)", "responses"),
    ("sentiment(comment)", "responses"),
    ("distinctive_terms(comment, score)", "responses"),
    ("nps_merge(histogram)", "histograms"),
    ("nps_compare_histograms(histogram, histogram)", "histograms"),
];

/// The parts of comments.
const PHRASES: [&str; 8] = [
    "The app is slow and crashes",
    "great support, thank you!",
    "billing was wrong twice",
    "write to me at jane.doe@example.com",
    "der Versand war viel zu langsam",
    "I don't see why it is so expensive",
    "love the new design",
    "nothing to add",
];

#[derive(Debug)]
struct Key(Arc<Pseudonymizer>);

impl KeySource for Key {
    fn pseudonymizer(&self) -> Result<Arc<Pseudonymizer>> {
        Ok(Arc::clone(&self.0))
    }
}

struct Bench {
    runtime: Runtime,
    ctx: SessionContext,
}

impl Bench {
    /// Registers the functions and an in-memory table `responses`, read by one thread per partition.
    fn new(rows: usize, partitions: usize) -> Self {
        let config = SessionConfig::new().with_target_partitions(partitions);
        let mut ctx = SessionContext::new_with_config(config);
        register_all(&mut ctx).expect("functions");
        let key = Key(Arc::new(Pseudonymizer::new(&[7; 32], "bench")));
        ctx.register_udf((*anonymize_udf(Arc::new(key))).clone());
        let mut rng = fastrand::Rng::with_seed(SEED);
        let mut batches = vec![Vec::new(); partitions];
        for number in 0..rows.div_ceil(BATCH_ROWS) {
            batches[number % partitions].push(batch(&mut rng));
        }
        let table = MemTable::try_new(batches[0][0].schema(), batches).expect("a table");
        ctx.register_table("responses", Arc::new(table))
            .expect("a new name");
        Self {
            runtime: Runtime::new().expect("threads"),
            ctx,
        }
    }

    fn run(&self, sql: &str) -> Vec<RecordBatch> {
        self.runtime.block_on(async {
            let frame = self.ctx.sql(sql).await.expect("a plan");
            frame.collect().await.expect("a result")
        })
    }
}

fn batch(rng: &mut fastrand::Rng) -> RecordBatch {
    let mut column = |value: &mut dyn FnMut(&mut fastrand::Rng) -> i64| -> Vec<i64> {
        (0..BATCH_ROWS).map(|_| value(rng)).collect()
    };
    let months = column(&mut |rng| rng.i64(0..MONTHS));
    let weights = column(&mut |rng| rng.i64(1..=9));
    let times = column(&mut |rng| rng.i64(0..100_000_000));
    // One in fifty scores is NULL.
    let score = |_| (rng.u8(..50) > 0).then(|| rng.i8(0..=10));
    let scores: Int8Array = (0..BATCH_ROWS).map(score).collect();
    let ratings = (0..BATCH_ROWS).map(|_| rng.i8(1..=5));
    let ratings = Int8Array::from_iter_values(ratings);
    let margins = (0..BATCH_ROWS).map(|_| rng.f64() + 1.0);
    let margins = Float64Array::from_iter_values(margins);
    let seconds: BooleanArray = (0..BATCH_ROWS).map(|_| Some(rng.bool())).collect();
    // As long as the pseudonyms of `anonymize`.
    let respondents = (0..BATCH_ROWS).map(|_| format!("v1:{:052}", rng.u64(..RESPONDENTS)));
    let respondents = StringViewArray::from_iter_values(respondents);
    let mut phrase = |_| PHRASES[rng.usize(..PHRASES.len())];
    let comments = (0..BATCH_ROWS).map(|row| format!("{}. {}", phrase(row), phrase(row)));
    let comments = StringViewArray::from_iter_values(comments);
    RecordBatch::try_from_iter([
        ("respondent", Arc::new(respondents) as ArrayRef),
        ("month", Arc::new(Int64Array::from(months))),
        (
            "answered_at",
            Arc::new(TimestampMicrosecondArray::from(times)),
        ),
        ("score", Arc::new(scores)),
        ("weight", Arc::new(Int64Array::from(weights))),
        ("is_second", Arc::new(seconds)),
        ("rating", Arc::new(ratings)),
        ("margin", Arc::new(margins)),
        ("comment", Arc::new(comments)),
    ])
    .expect("columns of one length")
}

fn aggregates(criterion: &mut Criterion) {
    let bench = Bench::new(4_000_000, 1);
    for (grouping, by) in [("all", ""), ("by_month", " GROUP BY month")] {
        let mut group = criterion.benchmark_group(grouping);
        group
            .throughput(Throughput::Elements(4_000_000))
            .sample_size(20);
        for (name, call) in AGGREGATES {
            let sql = format!("SELECT {call} FROM responses{by}");
            group.bench_function(name, |bencher| bencher.iter(|| black_box(bench.run(&sql))));
        }
        group.finish();
    }
}

fn latest(criterion: &mut Criterion) {
    let bench = Bench::new(1_000_000, 2);
    let mut group = criterion.benchmark_group("latest");
    group
        .throughput(Throughput::Elements(1_000_000))
        .sample_size(10)
        .measurement_time(Duration::from_secs(15));
    for (name, sql) in LATEST {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(bench.run(sql))));
    }
    group.finish();
}

fn others(criterion: &mut Criterion) {
    let bench = Bench::new(100_000, 1);
    bench.run(
        "CREATE TABLE histograms AS
         SELECT score_histogram(score) AS histogram FROM responses GROUP BY respondent",
    );
    let mut group = criterion.benchmark_group("others");
    group
        .throughput(Throughput::Elements(100_000))
        .sample_size(10);
    for (call, table) in OTHERS {
        let (name, _) = call.split_once('(').expect("a call");
        let sql = format!("SELECT {call} FROM {table}");
        group.bench_function(name, |bencher| bencher.iter(|| black_box(bench.run(&sql))));
    }
    group.finish();
}

/// Redacts texts outside SQL: without personal data, and with an address each.
fn redaction(criterion: &mut Criterion) {
    let (clean, personal): (Vec<&str>, Vec<&str>) =
        PHRASES.iter().partition(|phrase| !phrase.contains('@'));
    let personal = personal.repeat(clean.len());
    let redactor = Redactor::new();
    let row = RowContext::new();
    let mut group = criterion.benchmark_group("redact");
    for (name, texts) in [("nothing personal", clean), ("one address each", personal)] {
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for text in &texts {
                    black_box(redactor.redact(text, &row));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, aggregates, latest, others, redaction);
criterion_main!(benches);
