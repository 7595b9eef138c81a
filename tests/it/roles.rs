//! Tests of roles: what each sees, what it is refused, and the minimum size of groups.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;

use datafusion::arrow::util::display::array_value_to_string;
use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use voxql::{Error, IngestOptions, Lake, Policy, SessionOptions};

use super::common::{Workspace, value};

/// Number of random lakes, unless the environment sets it, and of questions for each.
const LAKES: u32 = 5;
const LAKES_VARIABLE: &str = "VOXQL_TEST_LAKES";
const QUESTIONS: u32 = 30;

const PEOPLE_MIN: usize = 4;

const ROLES: &str = r#"
[roles.analyst]
policy = "aggregate"
min_group_size = 4

[roles.india]
policy = "aggregate"
min_group_size = 2
rows = "country = 'IN'"
hidden_columns = ["channel"]

[roles.support]
policy = "steward"
hidden_columns = ["comment"]

[roles.india_support]
policy = "steward"
rows = "country = 'IN'"

[roles.operations]
policy = "steward"
"#;

/// A lake of an export, with these sections of `lake.toml`.
async fn lake_with(workspace: &Workspace, export: &str, roles: &str) -> Lake {
    let file = workspace.write("answers.csv", export);
    let mut options = IngestOptions::default();
    options.keep = ["segment", "channel", "country"].map(Into::into).to_vec();
    let lake = workspace.lake();
    lake.ingest(&file, &options).await.expect("an import");
    append_roles(workspace, roles);
    // Settings are read once.
    workspace.lake()
}

/// Appends sections to `lake.toml`.
pub(crate) fn append_roles(workspace: &Workspace, roles: &str) {
    let settings = workspace.path().join("lake/lake.toml");
    let mut settings = OpenOptions::new()
        .append(true)
        .open(settings)
        .expect("it is there");
    settings
        .write_all(roles.as_bytes())
        .expect("it can be written");
}

const EXPORT: &str = "\
id,date,score,email,segment,channel,country,comment
r1,2026-01-01,10,a@example.com,smb,web,IN,good
r2,2026-01-02,9,b@example.com,smb,web,IN,fine
r3,2026-01-03,3,c@example.com,smb,app,IN,slow
r4,2026-01-04,7,d@example.com,smb,app,GB,okay
r5,2026-02-01,10,e@example.com,enterprise,web,GB,good
r6,2026-02-02,2,f@example.com,enterprise,web,GB,slow
r7,2026-02-03,8,g@example.com,enterprise,web,GB,okay
r8,2026-02-04,10,h@example.com,enterprise,app,GB,good
r9,2026-02-05,0,i@example.com,public,app,IN,never again
";

pub(crate) async fn session(lake: &Lake, role: &str) -> SessionContext {
    let options = SessionOptions::default().role(role);
    lake.session_with(options).await.expect("a role")
}

/// The rows of an answer, each as text.
pub(crate) async fn rows(session: &SessionContext, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let batches = session.sql(sql).await?.collect().await?;
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| {
                if column.is_null(row) {
                    "NULL".to_owned()
                } else {
                    array_value_to_string(column, row).expect("a value that can be shown")
                }
            });
            rows.push(cells.collect());
        }
    }
    Ok(rows)
}

async fn answer(session: &SessionContext, sql: &str) -> String {
    let rows = rows(session, sql).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let lines = rows.iter().map(|row| row.join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

/// The error and hint for a statement that a role cannot run.
async fn refusal(session: &SessionContext, sql: &str) -> String {
    match rows(session, sql).await {
        Ok(rows) => panic!("{sql} is answered: {rows:?}"),
        Err(error) => {
            assert!(error.is_access(), "{sql}: {error:?}");
            let hint = error.hint().expect("what is allowed instead");
            format!("{error}; hint: {hint}")
        }
    }
}

/// A group of a random question: its respondents, all anonymous ones as one, and answers.
#[derive(Clone, Debug, Default)]
struct Group {
    people: BTreeSet<String>,
    raters: BTreeSet<String>,
    responses: u64,
    ratings: u64,
    sum: i64,
}

impl Group {
    fn add(&mut self, other: Self) {
        self.people.extend(other.people);
        self.raters.extend(other.raters);
        self.responses += other.responses;
        self.ratings += other.ratings;
        self.sum += other.sum;
    }

    fn is_enough(&self) -> bool {
        self.people.len() >= PEOPLE_MIN && self.raters.len() >= PEOPLE_MIN
    }

    fn line(&self, key: &[Option<String>]) -> String {
        let mut line = String::new();
        for value in key {
            write!(line, "{} ", value.as_deref().unwrap_or("NULL")).expect("a string");
        }
        let (responses, ratings) = (self.responses, self.ratings);
        match ratings {
            0 => format!("{line}{responses} 0 NULL"),
            _ => format!("{line}{responses} {ratings} {}", self.sum),
        }
    }
}

/// The expected answer: small groups are merged into one with the key NULL. If it is still too small,
/// the smallest other group by responses is merged as well; if there is none, it is dropped.
fn expected(groups: BTreeMap<Vec<Option<String>>, Group>) -> Vec<String> {
    let has_key = groups.keys().next().is_some_and(|key| !key.is_empty());
    let (mut shown, small): (BTreeMap<_, _>, BTreeMap<_, _>) =
        groups.into_iter().partition(|(key, group)| {
            group.is_enough() && (!has_key || key.iter().any(Option::is_some))
        });
    let width = shown.keys().chain(small.keys()).next().map_or(0, Vec::len);
    let mut merged = Group::default();
    for group in small.into_values() {
        merged.add(group);
    }
    if !merged.people.is_empty() && !merged.is_enough() {
        let next = shown.iter().min_by_key(|(key, group)| {
            // NULL sorts last.
            let key: Vec<_> = key.iter().map(|key| (key.is_none(), key.clone())).collect();
            (group.raters.len() < PEOPLE_MIN, group.responses, key)
        });
        if let Some(key) = next.map(|(key, _)| key.clone())
            && let Some(group) = shown.remove(&key)
        {
            merged.add(group);
        }
    }
    let mut lines: Vec<String> = shown.iter().map(|(key, group)| group.line(key)).collect();
    if !merged.people.is_empty() && merged.is_enough() {
        lines.push(merged.line(&vec![None; width]));
    }
    lines.sort();
    lines
}

/// A random export: some people answer twice, some rows have no email, segment or score.
fn exports() -> impl Strategy<Value = String> {
    let of_row = (
        0..40_u32,
        select(vec!["smb", "enterprise", "public", "school", ""]),
        select(vec!["web", "app", "phone"]),
        select(vec!["IN", "GB", "DE", ""]),
        prop::option::weighted(0.8, 0..=10_u8),
        1..=9_u32,
    );
    prop::collection::vec(of_row, 30..90).prop_map(|rows| {
        let mut export = "id,date,score,email,segment,channel,country\n".to_owned();
        for (index, (person, segment, channel, country, score, month)) in rows.iter().enumerate() {
            let score = score.map_or(String::new(), |score| score.to_string());
            let email = match person % 5 {
                0 => String::new(),
                _ => format!("p{person}@example.com"),
            };
            writeln!(
                export,
                "r{index},2026-0{month}-1{},{score},{email},{segment},{channel},{country}",
                index % 10
            )
            .expect("a string");
        }
        export
    })
}

/// The columns that random questions group by, and their conditions.
const KEYS: [&str; 5] = [
    "segment",
    "channel",
    "country",
    "date_trunc('month', responded_at)::DATE",
    "date_trunc('quarter', responded_at)::DATE",
];

const CONDITIONS: [&str; 11] = [
    "true",
    "segment LIKE 's%'",
    "NOT (segment = 'smb' OR channel IS NULL)",
    "score BETWEEN 3 AND 9 AND extract(month FROM day) IN (2, 3, 5)",
    "segment NOT IN ('smb', 'school') AND month <> '2026-04'",
    "country <> 'GB'",
    "responded_at >= '2026-03-01' AND responded_at < '2026-07-01'",
    "segment IN ('smb', 'public') OR channel = 'web'",
    "score <= 8",
    "responded_at::DATE > '2026-02-15'",
    "country = 'DE' AND score = 10",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_group_has_too_few_respondents() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    let questions = (
        prop::sample::subsequence(KEYS.to_vec(), 0..=3),
        select(CONDITIONS.to_vec()),
    );
    let lakes = std::env::var(LAKES_VARIABLE)
        .map_or(LAKES, |count| count.parse().expect("a number of lakes"));
    let mut merged = 0;
    for _ in 0..lakes {
        let export = exports()
            .new_tree(&mut runner)
            .expect("an export")
            .current();
        let workspace = Workspace::new();
        let lake = lake_with(&workspace, &export, ROLES).await;
        let (owner, analyst) = (lake.session(), session(&lake, "analyst").await);
        for _ in 0..QUESTIONS {
            let (keys, condition) = questions
                .new_tree(&mut runner)
                .expect("a question")
                .current();
            let listed: String = keys.iter().map(|key| format!("{key}, ")).collect();
            let sql = format!(
                "SELECT {listed}score, coalesce(respondent, source) FROM valid_responses \
                 WHERE {condition}"
            );
            let mut groups: BTreeMap<_, Group> = BTreeMap::new();
            for row in rows(&owner, &sql).await.expect("rows of the owner") {
                let known = |cell: &String| (cell != "NULL").then(|| cell.clone());
                let key: Vec<_> = row[..keys.len()].iter().map(known).collect();
                let (score, person) = (known(&row[keys.len()]), row[keys.len() + 1].clone());
                let mut group = Group {
                    people: BTreeSet::from([person.clone()]),
                    responses: 1,
                    ..Group::default()
                };
                if let Some(score) = score {
                    group.raters.insert(person);
                    group.ratings = 1;
                    group.sum = score.parse().expect("a score");
                }
                groups.entry(key).or_default().add(group);
            }
            let group_by = match keys.len() {
                0 => String::new(),
                _ => format!("GROUP BY {}", keys.join(", ")),
            };
            let sql = format!(
                "SELECT {listed}count(*), count(score), sum(score) FROM responses \
                 WHERE {condition} {group_by}"
            );
            let count = groups.len();
            let expected = expected(groups);
            merged += usize::from(expected.len() < count && !expected.is_empty());
            let mut answered: Vec<String> = rows(&analyst, &sql)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error}"))
                .iter()
                .map(|row| row.join(" "))
                .collect();
            answered.sort();
            assert_eq!(answered, expected, "{sql}\n{export}");
        }
    }
    // Otherwise the test has not covered merging.
    assert!(merged > 10, "{merged} questions had small groups");
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_of_groups_are_answered() {
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let analyst = session(&lake, "analyst").await;
    // public is one person, and is merged with the smallest other group.
    let by_segment = "SELECT segment, nps(score), count(*) FROM responses GROUP BY segment";
    assert_eq!(
        answer(&analyst, &format!("{by_segment} ORDER BY 1")).await,
        "smb 25.0 4\nNULL 0.0 5"
    );
    for (sql, expected) in [
        ("SELECT count(*) FROM responses", "9"),
        (
            "SELECT count(*) FROM responses WHERE segment = 'public'",
            "",
        ),
        (
            "SELECT DISTINCT segment FROM responses ORDER BY 1",
            "smb\nNULL",
        ),
        (
            "SELECT segment, nps_stats(score)['responses'] AS n FROM responses \
             GROUP BY segment HAVING count(*) > 3 ORDER BY n DESC LIMIT 1",
            "NULL 5",
        ),
        (
            "WITH by_segment AS (SELECT segment, count(*) AS n FROM responses GROUP BY segment) \
             SELECT a.segment, a.n, b.n FROM by_segment a JOIN by_segment b ON a.n < b.n",
            "smb 4 5",
        ),
        (
            "SELECT month, n, sum(n) OVER (ORDER BY month) FROM (SELECT month, count(*) AS n \
             FROM responses GROUP BY month) ORDER BY month",
            "2026-01 4 4\n2026-02 5 9",
        ),
        (
            "SELECT nps(s) FROM (SELECT score AS s, country AS land FROM responses) AS r \
             WHERE land = 'GB'",
            "20.0",
        ),
        (
            "SELECT count(*) FROM responses WHERE responded_at >= current_date - INTERVAL '100 years'",
            "9",
        ),
        (
            "SELECT c['first'], c['second'] FROM \
             (SELECT nps_compare(score, month >= '2026-02') AS c FROM responses)",
            "25.0 0.0",
        ),
        (
            "SELECT s['first_promoters'], s['second_detractors'] FROM \
             (SELECT nps_samples(score, month >= '2026-02') AS s FROM responses)",
            "2 2",
        ),
        // One sample is of one person.
        (
            "SELECT nps_compare(score, segment = 'public') FROM responses",
            "",
        ),
        (
            "SELECT nps_samples(score, segment = 'public') FROM responses",
            "",
        ),
        (
            "SELECT upper(segment), nps FROM \
             (SELECT segment, nps(score) AS nps FROM responses GROUP BY segment) ORDER BY 1",
            "SMB 25.0\nNULL 0.0",
        ),
        (
            "WITH of_gb AS (SELECT score, segment FROM responses WHERE country = 'GB') \
             SELECT nps(score), count(*) FROM of_gb",
            "20.0 5",
        ),
        (
            "SELECT count(*) FROM (SELECT channel AS segment, segment AS channel FROM responses) AS t \
             WHERE segment = 'web'",
            "5",
        ),
        (
            "SELECT count(DISTINCT respondent), csat(score, 10) FROM responses WHERE score >= 0",
            "9 44.44444444444444",
        ),
        (
            "SELECT max(month) FROM (SELECT DISTINCT month FROM responses)",
            "2026-02",
        ),
        (
            "SELECT date_trunc('year', day)::DATE, count(*) FROM responses WHERE segment LIKE '%' GROUP BY 1",
            "2026-01-01 9",
        ),
        (
            "SELECT segment FROM responses GROUP BY 1 UNION SELECT 'z' ORDER BY 1",
            "smb\nz\nNULL",
        ),
        (
            "SELECT count(*) FROM responses WHERE date_trunc('month', responded_at) >= '2020-01-01'",
            "9",
        ),
        (
            "SELECT day >= '2020-01-01', count(*) FROM responses GROUP BY 1",
            "true 9",
        ),
        ("SELECT 1 + 1", "2"),
        (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
            "nps_by_channel\nnps_by_country\nnps_by_month\nnps_by_segment\nnps_by_survey\nresponses",
        ),
    ] {
        assert_eq!(answer(&analyst, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_could_reveal_one_person_are_refused() {
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let analyst = session(&lake, "analyst").await;
    let csv = workspace.path().join("answers.csv");
    let parquet = workspace.path().join("out.parquet");
    for (sql, says) in [
        ("SELECT * FROM responses".to_owned(), "rows are hidden"),
        ("SELECT score FROM responses LIMIT 1".to_owned(), "rows are hidden"),
        ("SELECT nps(score) OVER () FROM responses".to_owned(), "rows are hidden"),
        ("SELECT score, row_number() OVER () FROM responses".to_owned(), "rows are hidden"),
        ("SELECT count(*) FROM latest_responses".to_owned(), "table \"latest_responses\" is hidden"),
        ("SELECT count(*) FROM valid_responses".to_owned(), "table \"valid_responses\" is hidden"),
        ("SELECT count(*) FROM responses WHERE account = 'x'".to_owned(), "account can identify one"),
        ("SELECT count(*) FROM responses GROUP BY import_id".to_owned(), "import_id can identify one"),
        ("SELECT count(*) FROM responses WHERE segment LIKE '%b'".to_owned(), "is not the beginning"),
        ("SELECT count(*) FROM responses WHERE segment ILIKE 's%'".to_owned(), "is not the beginning"),
        ("SELECT count(*) FROM responses WHERE segment = channel".to_owned(), "with a constant"),
        ("SELECT count(*) FROM responses WHERE upper(segment) = 'SMB'".to_owned(), "is not allowed in a key"),
        ("SELECT nps_category(score), count(*) FROM responses GROUP BY 1".to_owned(), "is not allowed in a key"),
        ("SELECT stddev(score) FROM responses".to_owned(), "not a measure"),
        ("SELECT sum(rating) FROM responses".to_owned(), "not a sum of a declared measure"),
        ("SELECT nps(score, -1) FROM responses".to_owned(), "not a measure"),
        ("SELECT nps_ci(score, 2) FROM responses".to_owned(), "not a measure"),
        ("SELECT csat(score, 99) FROM responses".to_owned(), "not a measure"),
        (
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM responses WHERE comment = 'slow')".to_owned(),
            "rows are hidden",
        ),
        ("SELECT count(*) FROM responses GROUP BY respondent".to_owned(), "respondent identifies one"),
        ("SELECT count(*) FROM responses WHERE response_id = 'r1'".to_owned(), "response_id identifies one"),
        ("SELECT count(comment) FROM responses".to_owned(), "not a measure"),
        ("SELECT count(*) FROM responses WHERE comment LIKE 'slow%'".to_owned(), "comment identifies one"),
        ("SELECT max(score) FROM responses".to_owned(), "not a measure"),
        ("SELECT array_agg(score) FROM responses".to_owned(), "not a measure"),
        ("SELECT string_agg(segment, ',') FROM responses".to_owned(), "not a measure"),
        ("SELECT count(DISTINCT country) FROM responses".to_owned(), "DISTINCT in an aggregate is not allowed"),
        ("SELECT nps(DISTINCT score) FROM responses".to_owned(), "DISTINCT in an aggregate is not allowed"),
        (
            "SELECT count(*) FILTER (WHERE segment = 'public') FROM responses".to_owned(),
            "a condition in an aggregate",
        ),
        (
            "SELECT sum(CASE WHEN segment = 'public' THEN score END) FROM responses".to_owned(),
            "not a sum of a declared measure",
        ),
        ("SELECT sum(score * score) FROM responses".to_owned(), "not a sum of a declared measure"),
        (
            "SELECT count(*) FROM responses WHERE 'x' ~ concat('(', segment)".to_owned(),
            "is not allowed in a key",
        ),
        (
            "SELECT count(*) FROM responses WHERE 'x' LIKE segment".to_owned(),
            "is not the beginning",
        ),
        (
            "SELECT sum(score) FROM responses WHERE score = 0 OR segment = 'public'".to_owned(),
            "in the same condition as other columns",
        ),
        (
            "SELECT segment = 'public', count(*) FROM responses GROUP BY 1".to_owned(),
            "is a condition, and a key is a column or a period",
        ),
        (
            "SELECT score >= 9, count(*) FROM responses GROUP BY 1".to_owned(),
            "is a condition, and a key is a column or a period",
        ),
        (
            "SELECT count(*) FROM responses WHERE CASE WHEN segment = 'public' \
             THEN nps_category(99) ELSE 'c' END = 'c'"
                .to_owned(),
            "is not allowed in a key",
        ),
        (
            "SELECT count(*) FROM responses WHERE CASE WHEN segment = 'public' \
             THEN split_part('a', 'b', 0) ELSE 'c' END = 'c'"
                .to_owned(),
            "is not allowed in a key",
        ),
        (
            "SELECT count(*) FROM responses WHERE TRY_CAST(CASE WHEN segment = 'public' \
             THEN 2147483647 ELSE 0 END AS DATE) IS NULL"
                .to_owned(),
            "is not allowed in a key",
        ),
        (
            "SELECT count(*) FROM responses WHERE CASE WHEN segment = 'public' \
             THEN date_bin(INTERVAL '0 days', responded_at) END IS NULL"
                .to_owned(),
            "",
        ),
        (
            "SELECT csat(score, score) FROM responses WHERE segment = 'public'".to_owned(),
            "not a measure",
        ),
        (
            "SELECT nps(rating) FROM responses".to_owned(),
            "not a measure",
        ),
        (
            "SELECT segment, count(*) FROM responses GROUP BY segment \
             HAVING CAST(concat('n=', sum(score)) AS INT) > 0"
                .to_owned(),
            "the reason is hidden",
        ),
        (
            "SELECT nps_compare(score, score > 5) FROM responses".to_owned(),
            "not a measure",
        ),
        (
            "SELECT segment, count(*) FROM responses GROUP BY ROLLUP (segment)".to_owned(),
            "subtotals",
        ),
        (
            "SELECT count(*) FROM responses UNION ALL SELECT count(*) FROM responses WHERE country = 'IN'"
                .to_owned(),
            "one aggregate",
        ),
        (
            "SELECT (SELECT count(*) FROM responses) - (SELECT count(*) FROM responses WHERE score > 1)"
                .to_owned(),
            "one aggregate",
        ),
        (
            "SELECT count(*) FROM responses WHERE responded_at > '2026-01-01 10:00:00'".to_owned(),
            "only by whole days",
        ),
        (
            "SELECT date_trunc('hour', responded_at), count(*) FROM responses GROUP BY 1".to_owned(),
            "date_trunc",
        ),
        ("SELECT count(*) FROM responses GROUP BY responded_at".to_owned(), "only by whole days"),
        (
            "SELECT count(*) FROM responses WHERE responded_at > now() - INTERVAL '1 day'".to_owned(),
            "only by whole days",
        ),
        (
            "SELECT count(*) FROM responses WHERE CAST(segment AS INT) > 1".to_owned(),
            "is not allowed in a key",
        ),
        ("SELECT count(*) FROM responses WHERE 1 / score > 0".to_owned(), "is not allowed in a key"),
        ("SELECT count(*) FROM responses WHERE random() < 0.5".to_owned(), "a different value each time"),
        (
            "SELECT count(*) FROM (SELECT * FROM responses LIMIT 3)".to_owned(),
            "below the aggregate",
        ),
        (
            "SELECT count(*) FROM responses a JOIN responses b USING (response_id)".to_owned(),
            "below the aggregate",
        ),
        (
            "SELECT count(*) FROM responses WHERE segment IN (SELECT segment FROM responses)".to_owned(),
            "",
        ),
        ("EXPLAIN SELECT count(*) FROM responses".to_owned(), "plans are hidden"),
        ("EXPLAIN ANALYZE SELECT count(*) FROM responses".to_owned(), "plans are hidden"),
        ("SELECT * FROM identities".to_owned(), "table \"identities\" is hidden"),
        ("SELECT * FROM imports".to_owned(), "table \"imports\" is hidden"),
        ("SELECT * FROM audit".to_owned(), "table \"audit\" is hidden"),
        (format!("SELECT * FROM '{}'", csv.display()), "only tables of the lake"),
        (format!("SELECT * FROM '{}*'", csv.display()), "only tables of the lake"),
        (format!("SELECT * FROM read_csv('{}')", csv.display()), "only tables of the lake"),
        (
            format!("SELECT * FROM READ_CSV(delim => ',', file => '{}')", csv.display()),
            "only tables of the lake",
        ),
        (
            format!(
                "SELECT count(*) FROM responses, LATERAL read_json('{}')",
                csv.display()
            ),
            "only tables of the lake",
        ),
        (
            format!(
                "SELECT count(*) FROM responses WHERE segment IN (SELECT segment FROM read_export('{}'))",
                csv.display()
            ),
            "only tables of the lake",
        ),
        (format!("SELECT * FROM read_parquet('{}')", parquet.display()), "only tables of the lake"),
        (
            format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{}'", csv.display()),
            "only tables of the lake",
        ),
        ("CREATE TABLE t AS SELECT count(*) AS n FROM responses".to_owned(), "only tables of the lake"),
        ("CREATE VIEW v AS SELECT * FROM responses".to_owned(), "only tables of the lake"),
        (
            format!("COPY (SELECT count(*) FROM responses) TO '{}'", parquet.display()),
            "SQL is read-only",
        ),
        ("SELECT reveal('v1:x', 'email')".to_owned(), "identifies people"),
        ("SELECT anonymize('a@example.com')".to_owned(), "identifies people"),
    ] {
        let refusal = refusal(&analyst, &sql).await;
        assert!(refusal.contains("role analyst (policy aggregate)"), "{sql}: {refusal}");
        assert!(refusal.contains(says), "{sql}: {refusal}");
        // An error must not contain a value.
        assert!(!refusal.contains("enterprise"), "{sql}: {refusal}");
    }
    assert!(!parquet.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_columns_are_hidden_from_roles() {
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let names: Vec<_> = lake
        .roles()
        .await
        .expect("roles")
        .iter()
        .map(|r| r.name().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "owner",
            "analyst",
            "india",
            "india_support",
            "operations",
            "support"
        ]
    );
    assert_eq!(
        lake.role("support").await.expect("a role").policy(),
        Policy::Steward
    );

    let owner = session(&lake, "owner").await;
    assert_eq!(answer(&owner, "SELECT count(*) FROM responses").await, "9");
    assert_eq!(
        answer(
            &owner,
            "SELECT reveal(respondent, 'email') FROM responses WHERE response_id = 'r1'"
        )
        .await,
        "a@example.com"
    );

    let india = session(&lake, "india").await;
    assert_eq!(answer(&india, "SELECT count(*) FROM responses").await, "4");
    let hidden = rows(
        &india,
        "SELECT channel, count(*) FROM responses GROUP BY channel",
    )
    .await;
    let hidden = hidden.expect_err("a hidden column");
    assert!(hidden.to_string().contains("channel"), "{hidden}");

    let support = session(&lake, "support").await;
    assert_eq!(
        answer(
            &support,
            "SELECT respondent LIKE 'v1:%' FROM responses WHERE response_id = 'r1'"
        )
        .await,
        "true"
    );
    assert_eq!(
        answer(&support, "SELECT nps(score) FROM responses").await,
        value(&lake, "SELECT nps(score) FROM responses").await
    );
    assert!(
        rows(&support, "SELECT comment FROM responses")
            .await
            .is_err()
    );
    assert!(
        rows(&support, "SELECT comment FROM valid_responses")
            .await
            .is_err()
    );
    refusal(&support, "SELECT * FROM identities").await;
    let operations = session(&lake, "operations").await;
    assert_eq!(
        answer(&operations, "SELECT count(*) FROM identities").await,
        "9"
    );
    // Queries are answered from counts, as for the owner.
    let explained = answer(&operations, "EXPLAIN SELECT nps(score) FROM responses").await;
    assert!(explained.contains("rollup: used"), "{explained}");
    let file = workspace.path().join("written.csv");
    for sql in [
        format!("EXPLAIN ANALYZE COPY (SELECT 1) TO '{}'", file.display()),
        "CREATE SCHEMA s".to_owned(),
        "DROP SCHEMA public CASCADE".to_owned(),
    ] {
        refusal(&operations, &sql).await;
    }
    assert!(!file.exists());
    refusal(
        &support,
        "SELECT reveal(respondent, 'email') FROM responses",
    )
    .await;
    refusal(&support, "INSERT INTO responses SELECT * FROM responses").await;

    let of_india = session(&lake, "india_support").await;
    assert_eq!(
        answer(&of_india, "SELECT DISTINCT country FROM responses").await,
        "IN"
    );
    assert_eq!(
        answer(&of_india, "SELECT count(comment) FROM valid_responses").await,
        "4"
    );
    refusal(&of_india, "SELECT * FROM identities").await;
    refusal(&of_india, "EXPLAIN ANALYZE SELECT * FROM responses").await;
    // The query's condition never runs on the hidden rows, whose values an error would contain.
    let dug = "SELECT count(*) FROM responses WHERE CAST(CASE WHEN country = 'GB' \
               THEN comment ELSE '1' END AS INT) = 1";
    for table in ["responses", "valid_responses", "latest_responses"] {
        let dug = dug.replace("responses", table);
        assert_eq!(answer(&of_india, &dug).await, "4");
    }
    let set = "SET datafusion.execution.parquet.pushdown_filters = true";
    let refusal = refusal(&of_india, set).await;
    assert!(
        refusal.contains("pushdown_filters is the owner's"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_role_that_sees_rows_cannot_use_distinct_scores_either() {
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let support = session(&lake, "support").await;
    for call in ["nps(DISTINCT score)", "nps(DISTINCT score) OVER ()"] {
        let answered = rows(&support, &format!("SELECT {call} FROM responses")).await;
        let error = answered.expect_err(call).to_string();
        assert!(error.contains("remove DISTINCT"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_of_a_role_are_logged() {
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let inventory = lake.inventory().await.expect("a record of processing");
    assert!(
        inventory.contains(
            "- Role india: aggregate, groups of at least 2 respondents, where country = 'IN', \
             without channel\n"
        ),
        "{inventory}"
    );
    let asked = "SELECT count(*) FROM audit WHERE action = 'query'";
    answer(&lake.session(), "SELECT count(*) FROM responses").await;
    assert_eq!(value(&lake, asked).await, "0");
    let analyst = session(&lake, "analyst").await;
    answer(&analyst, "SELECT count(*) FROM responses").await;
    answer(&analyst, "SHOW TABLES").await;
    refusal(&analyst, "SELECT * FROM responses").await;
    refusal(&analyst, "EXPLAIN SELECT count(*) FROM responses").await;
    // Before there is a plan.
    let hidden = lake.sql(&analyst, "SELECT * FROM identities").await;
    assert!(hidden.is_err_and(|error| error.is_access()));
    assert_eq!(value(&lake, asked).await, "4");
    let refused = format!("{asked} AND details LIKE '%\"refused\":true%'");
    assert_eq!(value(&lake, &refused).await, "3");
    let details = value(&lake, "SELECT details FROM audit WHERE action = 'query'").await;
    assert!(details.contains(r#""policy":"aggregate""#), "{details}");
    assert!(details.contains(r#""shape":""#), "{details}");
    lake.verify_audit(None).await.expect("the log is in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_role_sections_are_errors() {
    for (section, says) in [
        (
            "policy = \"aggregate\"\nmin_group_size = 1",
            "a group of one is a person",
        ),
        (
            "policy = \"steward\"\nmin_group_size = 5",
            "apply only to roles with",
        ),
        ("policy = \"owner\"\nrows = \"true\"", "an owner sees all"),
        ("policy = \"differential\"", "policy cannot be"),
        (
            "policy = \"steward\"\nrow = \"true\"",
            "key \"row\" does not exist",
        ),
        ("policy = \"steward\"\nrows = \"contry = 'IN'\"", "contry"),
        ("policy = \"steward\"\nrows = \"score\"", "not a condition"),
        (
            "policy = \"aggregate\"\nrows = \"score > (SELECT 1)\"",
            "rows",
        ),
        (
            "policy = \"aggregate\"\nhidden_columns = [\"coment\"]",
            "column \"coment\" does not exist",
        ),
        (
            "policy = \"aggregate\"\ndimensions = [\"comment\"]",
            "identifies one person",
        ),
        (
            "policy = \"aggregate\"\ndimensions = [\"region\"]",
            "column \"region\" does not exist",
        ),
        (
            "policy = \"aggregate\"\ndimensions = [\"segment\"]\nmeasures.segment = [0, 1]",
            "in dimensions and in measures",
        ),
        (
            "policy = \"aggregate\"\nmeasures.score = [0, 5]",
            "every role may use score",
        ),
        (
            "policy = \"steward\"\nrows = \"random() < 0.5\"",
            "different each time",
        ),
        (
            "policy = \"aggregate\"\nmeasures.rating = [5, 1]",
            "the smaller first",
        ),
        (
            "policy = \"steward\"\nanonymous = \"each\"",
            "apply only to roles with",
        ),
        (
            "policy = \"aggregate\"\nanonymous = \"all\"",
            "anonymous cannot be",
        ),
    ] {
        let workspace = Workspace::new();
        let lake = lake_with(&workspace, EXPORT, &format!("\n[roles.x]\n{section}\n")).await;
        let error = match lake.session_with(SessionOptions::default().role("x")).await {
            Ok(session) => rows(&session, "SELECT count(*) FROM responses")
                .await
                .expect_err(section),
            Err(error) => error,
        };
        assert!(
            error.to_string().contains("lake.toml"),
            "{section}: {error}"
        );
        assert!(error.to_string().contains(says), "{section}: {error}");
    }
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let unknown = lake.role("analist").await.expect_err("no such role");
    assert!(unknown.is_not_found());
    assert!(unknown.hint().is_some_and(|hint| hint.contains("analyst")));
}

#[test]
fn the_command_line_runs_with_a_role() {
    let workspace =
        Workspace::with_answers("id,date,score,segment\n1,2026-01-01,9,smb\n2,2026-01-02,3,smb\n");
    let settings = workspace.path().join("lake/lake.toml");
    let mut settings = OpenOptions::new()
        .append(true)
        .open(settings)
        .expect("it is there");
    settings
        .write_all(
            b"\n[roles.analyst]\npolicy = \"aggregate\"\nmin_group_size = 2\nanonymous = \"each\"\n",
        )
        .expect("it can be written");
    let run = |args: &[&str]| {
        let output = workspace.voxql().args(args).output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let sql = "SELECT segment, count(*) AS n FROM responses GROUP BY segment";
    let (code, out, _) = run(&["--role", "analyst", "--format", "csv", "-c", sql]);
    assert_eq!((code, out.as_str()), (Some(0), "segment,n\nsmb,2\n"));
    let (code, _, err) = run(&["--role", "analyst", "-c", "SELECT * FROM responses"]);
    assert_eq!(code, Some(2));
    assert!(
        err.starts_with("error: role analyst (policy aggregate): rows are hidden"),
        "{err}"
    );
    assert!(err.contains("\nhint: "), "{err}");
    let (code, _, err) = run(&["--role", "nobody", "-c", "SELECT 1"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("role \"nobody\" does not exist"), "{err}");
    let (code, _, err) = run(&["--role", "analyst", "ingest", "answers.csv"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("needs the owner role"), "{err}");
}

/// Runs a statement as the program does.
async fn run(lake: &Lake, session: &SessionContext, sql: &str) -> Result<Vec<String>, Error> {
    let batches = lake.sql(session, sql).await?.collect().await?;
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter();
            let values = values.map(|column| array_value_to_string(column, row).expect("text"));
            rows.push(values.collect::<Vec<_>>().join(" "));
        }
    }
    Ok(rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_macros_show_what_the_role_sees() {
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let owner = lake.session();
    for sql in [
        "CREATE VIEW lake.groups AS SELECT country, count(*) AS n FROM responses GROUP BY country",
        "CREATE VIEW lake.people AS SELECT respondent, comment FROM responses",
        "CREATE VIEW lake.channels AS SELECT channel, count(*) AS n FROM responses GROUP BY channel",
        "CREATE VIEW lake.log AS SELECT * FROM audit",
        "CREATE MACRO lake.low(s) AS sum(detractors(s)) / 1",
        "CREATE MACRO lake.rows_of(c) AS TABLE SELECT respondent FROM responses WHERE country = c",
    ] {
        run(&lake, &owner, sql).await.expect(sql);
    }
    assert_eq!(
        run(&lake, &owner, "SELECT count(*) FROM people")
            .await
            .unwrap(),
        ["9"]
    );

    // Small groups are merged inside the views, those of every lake included.
    let analyst = session(&lake, "analyst").await;
    let groups = run(&lake, &analyst, "SELECT * FROM groups ORDER BY n").await;
    assert_eq!(groups.unwrap(), ["IN 4", "GB 5"]);
    let segments = "SELECT segment, responses FROM nps_by_segment ORDER BY responses";
    let direct = "SELECT segment, count(score) FROM responses GROUP BY segment ORDER BY 2";
    assert_eq!(
        run(&lake, &analyst, segments).await.unwrap(),
        run(&lake, &analyst, direct).await.unwrap()
    );
    assert_eq!(run(&lake, &owner, segments).await.unwrap().len(), 3);
    for hidden in [
        "SELECT * FROM people",
        "SELECT * FROM rows_of('IN')",
        "SELECT count(*) FROM log",
        "SELECT g.n FROM groups AS g JOIN nps_by_segment ON true",
    ] {
        let error = run(&lake, &analyst, hidden).await.expect_err(hidden);
        assert!(
            error.is_access() || error.to_string().contains("view"),
            "{hidden}: {error}"
        );
    }

    // Rows and columns of the role.
    let india = session(&lake, "india").await;
    assert_eq!(
        run(&lake, &india, "SELECT * FROM groups").await.unwrap(),
        ["IN 4"]
    );
    let error = run(&lake, &india, "SELECT * FROM channels")
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("view \"channels\":"),
        "{error}"
    );
    let views = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'nps_by_%'";
    let views = run(&lake, &india, views).await.unwrap();
    assert!(
        !views.iter().any(|view| view == "nps_by_channel"),
        "{views:?}"
    );
    assert!(
        views.iter().any(|view| view == "nps_by_segment"),
        "{views:?}"
    );
    assert!(
        run(&lake, &india, "SELECT * FROM nps_by_channel")
            .await
            .is_err()
    );

    let support = session(&lake, "india_support").await;
    assert_eq!(
        run(&lake, &support, "SELECT count(*) FROM people")
            .await
            .unwrap(),
        ["4"]
    );

    // Nothing is created or dropped with a role.
    for sql in [
        "CREATE VIEW lake.mine AS SELECT 1 AS x",
        "CREATE OR REPLACE VIEW lake.groups AS SELECT 1 AS x",
        "DROP VIEW lake.groups",
        "CREATE MACRO lake.mine(x) AS x",
        "CREATE MACRO mine(x) AS x",
        "DROP MACRO lake.low",
        "CREATE TABLE lake.mine AS SELECT 1 AS x",
    ] {
        for session in [&analyst, &support] {
            assert!(run(&lake, session, sql).await.is_err(), "{sql}");
        }
    }
    assert_eq!(
        run(&lake, &owner, "SELECT count(*) FROM groups")
            .await
            .unwrap(),
        ["2"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn prepared_statements_show_what_the_role_sees() {
    let workspace = Workspace::new();
    let lake = lake_with(&workspace, EXPORT, ROLES).await;
    let analyst = session(&lake, "analyst").await;
    let prepare = "PREPARE p AS SELECT country, count(*) AS n FROM responses \
                   WHERE country >= $least GROUP BY country ORDER BY n";
    run(&lake, &analyst, prepare).await.expect(prepare);
    let groups = run(&lake, &analyst, "EXECUTE p(least => 'A')").await;
    assert_eq!(groups.unwrap(), ["IN 4", "GB 5"]);
    // Refused as the statement itself would be, by the call that is written.
    for (prepared, refused) in [
        (
            "SELECT respondent FROM responses WHERE score > ?",
            "rows are hidden",
        ),
        (
            "SELECT stddev(score) FROM responses WHERE country = ?",
            "stddev(score) is not a measure",
        ),
        (
            "SELECT count(*) FILTER (WHERE country = ?) FROM responses",
            "a condition in an aggregate (FILTER, PIVOT, count_if, arg_max) is not allowed",
        ),
        (
            "SELECT * FROM read_csv(?)",
            "only tables of the lake can be read",
        ),
    ] {
        let prepare = format!("PREPARE q AS {prepared}");
        run(&lake, &analyst, &prepare).await.expect(&prepare);
        let executed = run(&lake, &analyst, "EXECUTE q('IN')").await;
        let error = executed.expect_err(prepared);
        assert!(error.is_access(), "{prepared}: {error:?}");
        assert!(error.to_string().contains(refused), "{prepared}: {error}");
    }
}
