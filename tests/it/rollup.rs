//! Answers from counts equal those from rows: random queries over lakes in every state.
//!
//! `VOXQL_TEST_QUERIES=625 cargo test --test it rollup::` runs 5,000 queries.

use std::fs;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::physical_plan::displayable;
use datafusion::prelude::{SessionContext, col, lit};
use deltalake::DeltaTable;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};
use voxql::{IngestOptions, Lake};

use super::common::{Workspace, copy_folder};

/// Number of queries for each lake, unless the environment sets it.
const QUERIES: usize = 30;
const QUERIES_VARIABLE: &str = "VOXQL_TEST_QUERIES";

const KEYS: [&str; 31] = [
    "segment",
    "channel",
    "product",
    "survey",
    "month",
    "metric",
    "score",
    "upper(segment)",
    "nps_category(score)",
    "date_trunc('month', responded_at)",
    "date_trunc('week', responded_at)",
    "date_trunc('quarter', responded_at)",
    "extract(month FROM responded_at)",
    "date_part('year', responded_at)",
    "extract(dow FROM responded_at)",
    "date_bin(INTERVAL '7 days', responded_at, TIMESTAMP '2025-01-01T00:00:00Z')",
    "responded_at::date",
    "responded_at IS NULL",
    "day",
    "date_trunc('month', day)",
    "date_trunc('week', day)",
    "extract(quarter FROM day)",
    "to_char(day, '%Y-%m')",
    "CASE WHEN segment = 'a' THEN channel ELSE 'other' END",
    "coalesce(segment, '?')",
    "segment = 'a'",
    "segment IN ('a', 'c')",
    "channel LIKE 'w%'",
    "score >= 9",
    "score * 10 + 1",
    "segment || ' by ' || channel",
];

const FILTERS: [&str; 27] = [
    "segment = 'a'",
    "segment <> 'b'",
    "segment IS NULL",
    "segment IN ('a', 'c')",
    "channel LIKE 'w%'",
    "channel = 'web' OR segment = 'b'",
    "score >= 7",
    "score IS NOT NULL",
    "score BETWEEN 2 AND 9",
    "metric = 'nps'",
    "survey = 'one'",
    "month >= '2025-02'",
    "responded_at >= '2025-01-10'",
    "product IN ('x', 'z')",
    "responded_at < '2025-03-01'",
    "responded_at >= '2025-02-01'",
    "responded_at >= TIMESTAMP '2025-02-01' AND responded_at < TIMESTAMP '2025-03-01'",
    "responded_at::date = '2025-01-15'",
    "responded_at::date BETWEEN '2025-01-05' AND '2025-02-20'",
    "date_part('month', responded_at) = 2",
    "responded_at IS NOT NULL",
    "day >= '2025-02-01'",
    "day < '2025-03-01' OR day IS NULL",
    "day BETWEEN '2025-01-05' AND '2025-02-20'",
    "day > '2025-01-31' AND date_part('month', day) <> 3",
    "day::TIMESTAMP < '2025-02-10T12:00:00'",
    // Not whole days: read from rows.
    "responded_at > '2025-01-15T12:00:00'",
];

const AGGREGATES: [&str; 41] = [
    "count(*)",
    "count(score)",
    "count(segment)",
    "count(responded_at::date)",
    "count(DISTINCT segment)",
    "count(DISTINCT score)",
    "sum(score)",
    "sum(CASE WHEN score >= 9 THEN 1 ELSE 0 END)",
    "sum(CASE WHEN score >= 9 THEN 100.0 WHEN score <= 6 THEN -100.0 ELSE 0 END)",
    "avg(score)",
    "avg(CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 WHEN score IS NULL THEN NULL ELSE 0 END)",
    "min(score)",
    "max(score)",
    "min(responded_at::date)",
    "max(day)",
    "count(day)",
    "count(DISTINCT day)",
    "max(month)",
    "stddev(score)",
    "var_pop(score)",
    "stddev_pop(score)",
    "var_samp(score - 5)",
    "stddev_samp(CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 ELSE 0 END)",
    "var_pop(CASE WHEN score = 10 THEN score END)",
    "nps(score)",
    "nps(score + 0)",
    "nps_stats(score)",
    "nps_stats(score)['nps']",
    "nps_stats(score)['margin_of_error'] * 2",
    "round(nps_stats(score)['ci_low'], 1)",
    "nps_ci(score, 0.9)",
    "nps_ci(score, 0.9)['high'] - nps_ci(score, 0.9)['low']",
    "promoters(score)",
    "detractors(score)",
    "score_histogram(score)",
    "score_histogram(score)[11]",
    "nps_compare(score, month >= '2025-02')",
    "nps_compare(score, month >= '2025-02')['p_value']",
    "nps_samples(score, month >= '2025-02')",
    "csat(score, 10)",
    "bool_or(score = 10)",
];

#[derive(Clone, Debug)]
struct Query {
    keys: Vec<&'static str>,
    filters: Vec<&'static str>,
    aggregates: Vec<(&'static str, Option<&'static str>)>,
    having: Option<&'static str>,
    shape: Shape,
}

/// Input of the aggregate.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Plain,
    Subquery,
    Cte,
    View,
    Union,
    GroupingSets,
    Distinct,
}

impl Query {
    fn any() -> impl Strategy<Value = Self> {
        let aggregate = (
            select(&AGGREGATES[..]),
            proptest::option::weighted(0.25, select(&FILTERS[..])),
        );
        let having = select(vec![
            "count(*) > 2",
            "nps(score) > 0",
            "avg(score) IS NOT NULL",
        ]);
        let shape = select(vec![
            Shape::Plain,
            Shape::Plain,
            Shape::Plain,
            Shape::Subquery,
            Shape::Cte,
            Shape::View,
            Shape::Union,
            Shape::GroupingSets,
            Shape::Distinct,
        ]);
        (
            subsequence(&KEYS[..], 0..=3),
            subsequence(&FILTERS[..], 0..=2),
            proptest::collection::vec(aggregate, 1..=4),
            proptest::option::weighted(0.2, having),
            shape,
        )
            .prop_map(|(keys, filters, aggregates, having, shape)| Self {
                keys,
                filters,
                aggregates,
                having,
                shape,
            })
    }

    fn sql(&self) -> String {
        let filter = match self.filters.as_slice() {
            [] => String::new(),
            filters => format!(" WHERE ({})", filters.join(") AND (")),
        };
        if let Shape::Distinct = self.shape {
            let keys = match self.keys.as_slice() {
                [] => "segment".to_owned(),
                keys => keys.join(", "),
            };
            return format!("SELECT DISTINCT {keys} FROM responses{filter}");
        }
        let aggregates = self.aggregates.iter().map(|(aggregate, only)| match only {
            // FILTER follows a call, not a field of its result.
            Some(only) if aggregate.ends_with(')') && !aggregate.starts_with("round(") => {
                format!("{aggregate} FILTER (WHERE {only})")
            }
            _ => (*aggregate).to_owned(),
        });
        let columns: Vec<String> = self
            .keys
            .iter()
            .map(|key| (*key).to_owned())
            .chain(aggregates)
            .enumerate()
            .map(|(index, column)| {
                // Keys may keep their own names.
                if index < self.keys.len() && self.aggregates.len() % 2 == 1 {
                    column
                } else {
                    format!("{column} AS c{index}")
                }
            })
            .collect();
        let columns = columns.join(", ");
        let group = match (self.keys.as_slice(), self.shape) {
            ([], _) => String::new(),
            (keys, Shape::GroupingSets) => format!(" GROUP BY CUBE ({})", keys.join(", ")),
            (keys, _) => format!(" GROUP BY {}", keys.join(", ")),
        };
        let having = self
            .having
            .map_or(String::new(), |having| format!(" HAVING {having}"));
        let over = |table: &str| format!("SELECT {columns} FROM {table}{filter}{group}{having}");
        match self.shape {
            Shape::Subquery => over(
                "(SELECT score, segment, channel, product, survey, month, day, metric, responded_at, comment
                  FROM responses WHERE metric = 'nps' OR score IS NULL ORDER BY month) AS responses",
            ),
            Shape::Cte => format!(
                "WITH r AS (SELECT * FROM responses WHERE month <> '2025-04') {}",
                over("r")
            ),
            Shape::View => over("only_surveys"),
            Shape::Union => {
                let all = over("responses");
                let some = format!(
                    "SELECT {columns} FROM responses WHERE channel IS NOT NULL{group}{having}"
                );
                format!("{all} UNION ALL {some}")
            }
            Shape::Plain | Shape::GroupingSets | Shape::Distinct => over("responses"),
        }
    }
}

/// An export of a survey, determined by its seed.
fn export(seed: u32, rows: u32) -> String {
    let mut csv =
        String::from("id,date,score,segment,channel,product,email,comment,survey,updated at\n");
    for row in 0..rows {
        // Knuth's multiplicative hash: evenly spread; it need not be random.
        let dice = |salt: u32, sides: u32| {
            (row + seed * 1000)
                .wrapping_add(salt * 77)
                .wrapping_mul(2_654_435_761)
                % sides
        };
        let segment = ["a", "b", "c", ""][dice(1, 4) as usize];
        let channel = ["web", "email", "sms", "walk-in", ""][dice(2, 5) as usize];
        let product = ["x", "y", ""][dice(10, 3) as usize];
        let survey = ["one", "two words"][dice(3, 2) as usize];
        let score = match dice(4, 13) {
            score @ 0..=10 => score.to_string(),
            _ => String::new(),
        };
        let (month, day) = (1 + dice(5, 4), 1 + dice(6, 28));
        let time = ["", "T00:00:00Z", "T12:30:00Z", "T23:59:59Z"][dice(7, 4) as usize];
        let date = match dice(8, 20) {
            0 => String::new(),
            _ => format!("2025-{month:02}-{day:02}{time}"),
        };
        let who = dice(9, 60);
        csv += &format!(
            "{seed}-{row},{date},{score},{segment},{channel},{product},p{who}@example.com,said {row},{survey},2025-06-0{}\n",
            1 + seed % 9
        );
    }
    csv
}

/// Imports an export. The first one sets the zone of the lake.
async fn ingest_in(zone: Option<&str>, lake: &Lake, workspace: &Workspace, name: &str, csv: &str) {
    let file = workspace.write(name, csv);
    let mut options = IngestOptions::default();
    options.timezone = zone.map(ToOwned::to_owned);
    options.keep = ["segment", "channel", "product"].map(Into::into).to_vec();
    lake.ingest(&file, &options).await.expect("an import");
}

async fn ingest(lake: &Lake, workspace: &Workspace, name: &str, csv: &str) {
    ingest_in(None, lake, workspace, name, csv).await;
}

async fn responses(workspace: &Workspace) -> DeltaTable {
    let folder = workspace.path().join("lake/responses");
    let url = url::Url::from_directory_path(folder).expect("an absolute path");
    deltalake::open_table(url).await.expect("a Delta table")
}

/// Events in a lake after its first import.
#[derive(Clone, Copy, Debug)]
enum State {
    Counted,
    /// Killed between an import and its counts.
    PartlyCounted,
    Updated,
    /// Written by another program, without counts.
    Compacted,
    Erased,
    Several,
    /// Never counted.
    Uncounted,
    /// With custom dimensions.
    OneDimension,
}

async fn lake_in(state: State, zone: Option<&str>) -> (Workspace, Lake) {
    let workspace = Workspace::new();
    let lake = workspace.lake();
    ingest_in(zone, &lake, &workspace, "first.csv", &export(1, 400)).await;
    let rollup = workspace.path().join("lake/rollup");
    let kept = workspace.path().join("kept");
    match state {
        State::Counted => {}
        State::PartlyCounted => {
            copy_folder(&rollup, &kept);
            ingest(&lake, &workspace, "second.csv", &export(2, 300)).await;
            fs::remove_dir_all(&rollup).expect("a folder");
            copy_folder(&kept, &rollup);
        }
        State::Updated => {
            let edited = export(1, 400)
                .replace(",10,", ",3,")
                .replace("2025-06-02", "2025-07-02");
            ingest(&lake, &workspace, "edited.csv", &edited).await;
        }
        State::Compacted => {
            ingest(&lake, &workspace, "second.csv", &export(2, 300)).await;
            responses(&workspace)
                .await
                .optimize()
                .await
                .expect("compacted");
        }
        State::Erased => {
            let table = responses(&workspace).await;
            let erased = table
                .delete()
                .with_predicate(col("response_id").gt(lit("1-2")));
            erased.await.expect("erased");
        }
        State::Several => {
            for seed in 2..6 {
                ingest(
                    &lake,
                    &workspace,
                    &format!("{seed}.csv"),
                    &export(seed, 120),
                )
                .await;
            }
        }
        State::Uncounted => fs::remove_dir_all(&rollup).expect("a folder"),
        State::OneDimension => {
            let settings = workspace.path().join("lake/lake.toml");
            let mut text = fs::read_to_string(&settings).expect("settings");
            text += "\n[rollup]\ndimensions = [\"channel\"]\n";
            fs::write(&settings, text).expect("settings");
            let lake = workspace.lake();
            ingest(&lake, &workspace, "second.csv", &export(2, 300)).await;
        }
    }
    // Another handle, as in another process.
    let lake = workspace.lake();
    (workspace, lake)
}

async fn session(lake: &Lake, rollup: &str) -> SessionContext {
    let session = lake.session();
    for sql in [
        format!("SET voxql.rollup = {rollup}"),
        "CREATE VIEW only_surveys AS SELECT * FROM responses WHERE survey <> 'none'".to_owned(),
    ] {
        session.sql(&sql).await.expect("a statement");
    }
    session
}

/// Rows sorted as text, with numbers rounded to nine digits, since sums may round differently.
fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a format"))
            .collect();
        for row in 0..batch.num_rows() {
            let values = columns
                .iter()
                .map(|column| rounded(&column.value(row).to_string()));
            lines.push(values.collect::<Vec<_>>().join(" | "));
        }
    }
    lines.sort_unstable();
    lines
}

fn rounded(text: &str) -> String {
    let words = text.split_inclusive([' ', ',', '}', ']']);
    let words = words.map(|word| {
        let number = word.trim_end_matches([' ', ',', '}', ']']);
        match number.parse::<f64>() {
            Ok(value) if number.contains('.') => {
                // Fractions of powers of two may be half way between two of these.
                const OFF_THE_MIDDLE: f64 = 3.1e-11;
                format!("{:.9}{}", value + OFF_THE_MIDDLE, &word[number.len()..])
                    .replace("-0.000000000", "0.000000000")
            }
            _ => word.to_owned(),
        }
    });
    words.collect()
}

async fn ask(session: &SessionContext, sql: &str) -> (Vec<String>, bool) {
    let frame = session.sql(sql).await;
    let frame = frame.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let plan = frame.clone().into_optimized_plan().expect("a plan");
    let is_counted = plan
        .display_indent()
        .to_string()
        .contains("TableScan: rollup");
    let batches = frame.collect().await;
    let batches =
        batches.unwrap_or_else(|error| panic!("{sql}\n{error}\n{}", plan.display_indent()));
    (lines(&batches), is_counted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_from_counts_equal_those_from_rows() {
    let queries = std::env::var(QUERIES_VARIABLE)
        .map_or(QUERIES, |count| count.parse().expect("a number of queries"));
    for (state, zone) in [
        (State::Counted, None),
        (State::PartlyCounted, None),
        (State::Updated, None),
        (State::Compacted, None),
        (State::Erased, None),
        (State::Several, None),
        (State::Uncounted, None),
        (State::OneDimension, None),
        (State::Counted, Some("America/Los_Angeles")),
        (State::PartlyCounted, Some("Europe/Berlin")),
        (State::Updated, Some("Asia/Kolkata")),
        (State::Several, Some("Pacific/Auckland")),
    ] {
        let (_workspace, lake) = lake_in(state, zone).await;
        let (on, off) = (session(&lake, "on").await, session(&lake, "off").await);
        let config = Config::default();
        let algorithm = config.rng_algorithm;
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(algorithm));
        let mut counted = 0;
        for _ in 0..queries {
            let query = Query::any()
                .new_tree(&mut runner)
                .expect("a query")
                .current();
            let sql = query.sql();
            let (from_counts, is_counted) = ask(&on, &sql).await;
            let (from_rows, is_off) = ask(&off, &sql).await;
            assert_eq!(from_counts, from_rows, "{state:?} {zone:?}: {sql}");
            assert!(!is_off, "{sql}");
            counted += usize::from(is_counted);
        }
        let expected = match state {
            State::Uncounted => 0..=0,
            // Only queries without other dimensions.
            State::OneDimension => queries / 5..=queries,
            // Only queries without functions of responded_at.
            _ if zone.is_some() => queries / 10..=queries,
            _ => queries / 3..=queries,
        };
        assert!(
            expected.contains(&counted),
            "{state:?} {zone:?}: {counted} of {queries} from counts"
        );
        let wrong = format!(
            "SELECT count(*) FROM responses \
             WHERE day IS DISTINCT FROM (responded_at AT TIME ZONE '{}')::date",
            zone.unwrap_or("UTC")
        );
        assert_eq!(ask(&on, &wrong).await.0, ["0"], "{state:?} {zone:?}");
    }
}

#[tokio::test]
async fn the_aggregates_of_the_documentation_are_answered_from_counts() {
    let (_workspace, lake) = lake_in(State::Several, None).await;
    let (on, off) = (session(&lake, "on").await, session(&lake, "off").await);
    for aggregate in [
        "count(*)",
        "sum(score)",
        "avg(score)",
        "min(score)",
        "max(score)",
        "stddev(score)",
        "stddev_samp(score)",
        "stddev_pop(score)",
        "var(score)",
        "var_samp(score)",
        "var_sample(score)",
        "var_pop(score)",
        "var_population(score)",
        "stddev(CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END)",
        "stddev(CAST(score AS DOUBLE))",
        "stddev(score) FILTER (WHERE segment = 'a')",
        "nps(score)",
        "nps_stats(score)",
        "nps_ci(score, 0.9)",
        "nps_compare(score, segment = 'a')",
        "nps_samples(score, segment = 'a')",
        "promoters(score)",
        "passives(score)",
        "detractors(score)",
        "score_histogram(score)",
        "csat(score, 10)",
    ] {
        for sql in [
            format!("SELECT {aggregate} FROM responses"),
            format!(
                "SELECT {} FROM (SELECT CAST(score AS DOUBLE) AS x, score, segment FROM responses)",
                aggregate.replace("CAST(score AS DOUBLE)", "x")
            ),
            // Groups of one response.
            format!("SELECT score, day, {aggregate} FROM responses GROUP BY score, day"),
        ] {
            let (from_counts, is_counted) = ask(&on, &sql).await;
            assert!(is_counted, "{sql}");
            assert_eq!(from_counts, ask(&off, &sql).await.0, "{sql}");
        }
    }
    // Sums of squares of up to 10³⁷, far beyond what Int64 and Float64 hold exactly.
    for (exact, by_hand) in [
        ("var_pop(score + 1000000000000000000)", "var_pop(score)"),
        (
            "var_samp(CASE WHEN score > 5 THEN 9223372036854775807 ELSE -9223372036854775807 END)",
            "var_samp(CASE WHEN score > 5 THEN 1 ELSE -1 END) * power(2.0, 126)",
        ),
    ] {
        let sql =
            format!("SELECT {exact} / ({by_hand}) BETWEEN 1 - 1e-15 AND 1 + 1e-15 FROM responses");
        assert_eq!(
            ask(&on, &sql).await,
            (vec!["true".to_owned()], true),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn every_question_reads_few_enough_counts() {
    let (_workspace, lake) = lake_in(State::Several, None).await;
    let session = session(&lake, "on").await;
    for (query, grain) in [
        ("SELECT nps(score) FROM responses", "months"),
        (
            "SELECT month, product, nps(score) FROM responses GROUP BY month, product",
            "months%20by%20product",
        ),
        (
            "SELECT segment, product, nps(score) FROM responses GROUP BY segment, product",
            "months%20by%20product%2C%20segment",
        ),
        (
            "SELECT segment, product, channel, nps(score) FROM responses \
             WHERE responded_at >= '2025-02-01' GROUP BY segment, product, channel",
            "months%20all",
        ),
        (
            "SELECT segment, nps(score) FROM responses WHERE responded_at < '2025-02-02' \
             GROUP BY segment",
            "by%20segment",
        ),
        (
            "SELECT channel, product, nps(score) FROM responses WHERE responded_at::date = '2025-02-02' \
             GROUP BY channel, product",
            "all",
        ),
        (
            "SELECT date_trunc('month', day), nps(score) FROM responses WHERE day >= '2025-02-01' \
             GROUP BY date_trunc('month', day)",
            "months",
        ),
        ("SELECT day, nps(score) FROM responses GROUP BY day", "none"),
    ] {
        let frame = session.sql(query).await.expect("a query");
        let plan = frame.create_physical_plan().await.expect("a plan");
        let plan = displayable(plan.as_ref()).indent(false).to_string();
        assert!(
            plan.contains(&format!("/rollup/grain={grain}/")),
            "{query}\n{plan}"
        );
    }
    let optimized = lake.optimize().await.expect("optimized");
    assert_eq!(optimized.counted, optimized.into, "{optimized}");
}
