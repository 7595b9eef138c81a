//! The functions of docs/answers.md, on small lakes whose answers are computed by hand.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;

use datafusion::arrow::util::display::array_value_to_string;
use datafusion::prelude::SessionContext;
use voxql::{Error, IngestOptions, Lake, SessionOptions};

use super::common::Workspace;

/// Responses of one group: how many have each score.
type Scores<'a> = &'a [(u32, u8)];

/// Each segment in January and in February 2026.
type Months<'a> = &'a [(&'a str, Scores<'a>, Scores<'a>)];

/// Both segments score higher in February, and more of the worse one answer.
const PARADOX: Months<'_> = &[
    (
        "large",
        &[(56, 10), (16, 8), (8, 2)],
        &[(15, 9), (4, 7), (1, 6)],
    ),
    (
        "small",
        &[(6, 10), (8, 8), (6, 2)],
        &[(32, 9), (24, 7), (24, 6)],
    ),
];

/// A lake with these responses, each of another person, and sections of `lake.toml`.
async fn lake_of(workspace: &Workspace, months: Months<'_>, settings: &str) -> Lake {
    let mut export = "id,date,score,email,segment,channel,account,comment\n".to_owned();
    let mut id = 0;
    for (segment, january, february) in months {
        for (month, scores) in [(1, january), (2, february)] {
            for (count, score) in *scores {
                for _ in 0..*count {
                    id += 1;
                    let channel = ["web", "email"][id % 2];
                    writeln!(
                        export,
                        "r{id},2026-{month:02}-15,{score},p{id}@example.com,{segment},{channel},{segment},{segment} {month}"
                    )
                    .expect("text");
                }
            }
        }
    }
    let file = workspace.write("answers.csv", export);
    let mut options = IngestOptions::default();
    options.keep = ["segment", "channel"].map(Into::into).to_vec();
    workspace
        .lake()
        .ingest(&file, &options)
        .await
        .expect("an import");
    let path = workspace.path().join("lake/lake.toml");
    let mut file = OpenOptions::new()
        .append(true)
        .open(path)
        .expect("lake.toml");
    file.write_all(settings.as_bytes()).expect("lake.toml");
    // Settings are read once.
    workspace.lake()
}

async fn session(lake: &Lake, role: &str) -> SessionContext {
    let options = SessionOptions::default().role(role);
    lake.session_with(options).await.expect("a session")
}

/// The rows of a query, their values separated by a space.
async fn run(lake: &Lake, session: &SessionContext, sql: &str) -> Result<Vec<String>, Error> {
    let batches = lake.sql(session, sql).await?.collect().await?;
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter().map(|column| {
                let text = array_value_to_string(column, row).expect("a value");
                if text.is_empty() {
                    "NULL".to_owned()
                } else {
                    text
                }
            });
            rows.push(values.collect::<Vec<_>>().join(" "));
        }
    }
    Ok(rows)
}

async fn rows(lake: &Lake, sql: &str) -> Vec<String> {
    run(lake, &lake.session(), sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

const JANUARY_TO_FEBRUARY: &str =
    "FROM nps_change(by => 'segment', from => '2026-01', to => '2026-02')";

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_divided_into_mix_and_rate() {
    let workspace = Workspace::new();
    let lake = lake_of(&workspace, PARADOX, "").await;
    // By hand: 48 to 22. large: 80 % to 20 %, 60 to 70, mix -0.6 (65 - 35), rate 0.5 (70 - 60).
    let parts = format!(
        "SELECT segment, is_total, from_responses, to_responses, round(from_share, 9), round(to_share, 9), \
         round(from_nps, 9), round(to_nps, 9), round(mix, 9), round(rate, 9), round(contribution, 9) \
         {JANUARY_TO_FEBRUARY} ORDER BY is_total, segment"
    );
    let expected = [
        "large false 80 20 80.0 20.0 60.0 70.0 -18.0 5.0 -13.0",
        "small false 20 80 20.0 80.0 0.0 10.0 -18.0 5.0 -13.0",
        "NULL true 100 100 100.0 100.0 48.0 22.0 -36.0 10.0 -26.0",
    ];
    assert_eq!(rows(&lake, &parts).await, expected);
    // By numerical derivatives of the parts: benches/answers.py.
    let ends = format!(
        "SELECT segment, round(mix_low, 6), round(mix_high, 6), round(rate_low, 6), round(rate_high, 6) \
         {JANUARY_TO_FEBRUARY} ORDER BY is_total, segment"
    );
    let expected = [
        "large -27.054386 -8.945614 -10.567173 20.567173",
        "small -27.820432 -8.179568 -14.084086 24.084086",
        "NULL -52.198347 -19.801653 -14.615536 34.615536",
    ];
    assert_eq!(rows(&lake, &ends).await, expected);
    // The other way round the parts are the same with the other sign.
    let back = "SELECT round(mix, 9), round(rate, 9), round(rate_low, 6) \
                FROM nps_change('segment', '2026-02', '2026-01') WHERE is_total";
    assert_eq!(rows(&lake, back).await, ["36.0 -10.0 -34.615536"]);

    // Several columns, which divide the same change in another way.
    let several = "SELECT count(*), round(sum(contribution), 9), count(DISTINCT segment || channel) \
                   FROM nps_change(by => ['segment', 'channel'], from => '2026-01', to => '2026-02') \
                   WHERE NOT is_total";
    assert_eq!(rows(&lake, several).await, ["4 -26.0 4"]);

    // From counts, and the same from rows.
    let session = lake.session();
    let explained = run(
        &lake,
        &session,
        &format!("EXPLAIN SELECT * {JANUARY_TO_FEBRUARY}"),
    )
    .await;
    let explained = explained.expect("a plan").join("\n");
    assert!(explained.contains("rollup: used"), "{explained}");
    assert!(!explained.contains("rows are read"), "{explained}");
    let all = format!("SELECT * {JANUARY_TO_FEBRUARY} ORDER BY is_total, segment");
    let counted = run(&lake, &session, &all).await.expect("an answer");
    run(&lake, &session, "SET voxql.rollup = off")
        .await
        .expect("a setting");
    assert_eq!(
        run(&lake, &session, &all).await.expect("an answer"),
        counted
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_one_period_are_mix() {
    let workspace = Workspace::new();
    let months: Months<'_> = &[
        ("left", &[(2, 10), (2, 8)], &[]),
        ("stays", &[(4, 10), (4, 0)], &[(9, 10), (3, 0)]),
        ("", &[(4, 8)], &[(2, 10), (2, 8)]),
        ("new", &[], &[(4, 0)]),
    ];
    let lake = lake_of(&workspace, months, "").await;
    // 12.5 to 20: the means of both are 50, 25, 25, -100 and 16.25.
    let sql = format!(
        "SELECT coalesce(segment, '-'), is_total, from_nps, to_nps, round(mix, 6), round(rate, 6), \
         rate_low IS NULL, mix_low < mix {JANUARY_TO_FEBRUARY} ORDER BY is_total, 1"
    );
    let expected = [
        "- false 0.0 50.0 -0.4375 11.25 false true",
        "left false 50.0 NULL -8.4375 0.0 true true",
        "new false NULL -100.0 -23.25 0.0 true true",
        "stays false 0.0 50.0 0.875 27.5 false true",
        "- true 12.5 20.0 -31.25 38.75 false true",
    ];
    assert_eq!(rows(&lake, &sql).await, expected);

    // A period without responses has no change.
    let none = "SELECT segment, to_nps, mix, rate, mix_low, rate_high \
                FROM nps_change(by => 'segment', from => '2026-01', to => '2025')
                WHERE segment = 'stays' OR is_total ORDER BY is_total";
    let expected = [
        "stays NULL NULL NULL NULL NULL",
        "NULL NULL NULL NULL NULL NULL",
    ];
    assert_eq!(rows(&lake, none).await, expected);
    let nothing = "SELECT * FROM nps_change(by => 'segment', from => '2024', to => '2025')";
    assert!(rows(&lake, nothing).await.is_empty());
    // Nothing changes with one group that is all.
    let one = "SELECT is_total, mix, mix_low, rate FROM nps_change(by => 'survey', from => '2026-01', to => '2026-02')
               ORDER BY is_total";
    assert_eq!(
        rows(&lake, one).await,
        ["false 0.0 0.0 7.5", "true 0.0 0.0 7.5"]
    );
}

const ROLES: &str = r#"
[roles.analyst]
policy = "aggregate"
min_group_size = 4

[roles.timeless]
policy = "steward"
hidden_columns = ["responded_at"]

[roles.silent]
policy = "steward"
hidden_columns = ["comment", "channel"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn roles_ask_within_their_rules() {
    let workspace = Workspace::new();
    let months: Months<'_> = &[
        ("large", &[(9, 10), (3, 0)], &[(6, 10), (6, 0)]),
        ("middle", &[(4, 10), (2, 8)], &[(6, 10)]),
        ("small", &[(5, 10), (3, 0)], &[(8, 7)]),
        ("tiny", &[(2, 10)], &[(2, 0)]),
    ];
    let lake = lake_of(&workspace, months, ROLES).await;
    let analyst = session(&lake, "analyst").await;

    // Groups that are too small in a period are merged, and the total is that of all.
    let sql = format!(
        "SELECT segment, is_total, from_responses, to_responses, round(contribution, 6) {JANUARY_TO_FEBRUARY} \
         ORDER BY is_total, segment"
    );
    let seen = run(&lake, &analyst, &sql).await.expect("an answer");
    let groups: Vec<&str> = seen
        .iter()
        .map(|row| row.rsplit_once(' ').expect("values").0)
        .collect();
    assert_eq!(
        groups,
        [
            "large false 12 12",
            "small false 8 8",
            "NULL false 8 8",
            "NULL true 28 28"
        ]
    );
    let total = format!("SELECT round(contribution, 6) {JANUARY_TO_FEBRUARY} WHERE is_total");
    assert_eq!(
        run(&lake, &analyst, &total).await.expect("an answer"),
        rows(&lake, &total).await
    );
    for (sql, message) in [
        (
            "SELECT * FROM declining_accounts()".to_owned(),
            "declining_accounts() shows comments, and rows are hidden",
        ),
        (
            "SELECT * FROM drivers(by => ['segment', 'channel'])".to_owned(),
            "drivers() reads one aggregate for each of 2 columns",
        ),
        (
            "SELECT * FROM nps_change(by => 'respondent', from => '2026-01', to => '2026-02')"
                .to_owned(),
            "respondent identifies one person",
        ),
        (
            format!("SELECT a.mix {JANUARY_TO_FEBRUARY} AS a, responses"),
            "rows are hidden",
        ),
    ] {
        let error = run(&lake, &analyst, &sql).await.expect_err(&sql);
        assert!(error.is_access(), "{sql}: {error}");
        assert!(error.to_string().contains(message), "{sql}: {error}");
        assert!(error.hint().is_some(), "{sql}");
    }
    let driver = "SELECT column_name, groups, responses FROM drivers(by => 'segment')";
    assert_eq!(
        run(&lake, &analyst, driver).await.expect("an answer"),
        ["segment 4 56"]
    );

    // Hidden columns.
    let timeless = session(&lake, "timeless").await;
    for sql in [
        format!("SELECT * {JANUARY_TO_FEBRUARY}"),
        "SELECT * FROM declining_accounts()".to_owned(),
    ] {
        let error = run(&lake, &timeless, &sql).await.expect_err(&sql);
        assert!(error.is_access(), "{error}");
        let message = error.to_string();
        assert!(message.contains("column \"day\" is hidden"), "{message}");
    }
    let silent = session(&lake, "silent").await;
    let columns = run(
        &lake,
        &silent,
        "DESCRIBE SELECT * FROM declining_accounts(every => 'month')",
    )
    .await;
    let columns = columns.expect("columns").join("\n");
    assert!(
        columns.contains("adjusted_p_value") && !columns.contains("comment"),
        "{columns}"
    );
    let all = "SELECT column_name FROM drivers() ORDER BY 1";
    assert_eq!(rows(&lake, all).await, ["channel", "segment"]);
    assert_eq!(
        run(&lake, &silent, all).await.expect("an answer"),
        ["segment"]
    );
    let error = run(&lake, &silent, "SELECT * FROM drivers(by => 'channel')").await;
    let error = error.expect_err("a hidden column");
    assert!(
        error.to_string().contains("column \"channel\" is hidden"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_fall_are_found() {
    let workspace = Workspace::new();
    let months: Months<'_> = &[
        ("falls", &[(20, 10)], &[(10, 10), (10, 0)]),
        ("gone", &[(5, 10)], &[]),
        ("one", &[(1, 10)], &[(1, 0)]),
        ("rises", &[(5, 0)], &[(5, 10)]),
        ("same", &[(5, 10)], &[(6, 9)]),
    ];
    let lake = lake_of(&workspace, months, "").await;
    // Four accounts answered in both months. falls: 20.75, 1.5, 0.75 of 23, and 10.75, 1.5, 10.75.
    // p-values by scipy, adjusted by statsmodels.
    let sql = "SELECT account, from_period, to_period, from_responses, to_responses, change, round(p_value, 9), \
               round(adjusted_p_value, 9), last_comment FROM declining_accounts(every => 'month') ORDER BY account";
    let expected = [
        "falls 2026-01-01 2026-02-01 20 20 -100.0 0.000077444 0.0002372 falls 2",
        "one 2026-01-01 2026-02-01 1 1 -200.0 0.345778586 0.461038115 one 2",
    ];
    assert_eq!(rows(&lake, sql).await, expected);
    let until = "SELECT account FROM declining_accounts(2, until => '2026-02') ORDER BY 1";
    assert_eq!(rows(&lake, until).await, ["falls", "one"]);
    for nobody in [
        "SELECT * FROM declining_accounts(2, until => '2026-01')",
        "SELECT * FROM declining_accounts(3, every => 'month')",
        "SELECT * FROM declining_accounts()",
    ] {
        assert!(rows(&lake, nobody).await.is_empty(), "{nobody}");
    }
    let by = "SELECT segment, channel, to_nps FROM declining_accounts(every => 'month', by => ['segment', 'channel'])
              WHERE segment = 'falls' ORDER BY channel";
    assert_eq!(rows(&lake, by).await, ["falls email 0.0", "falls web 0.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_that_were_not_given_freely_are_found() {
    let workspace = Workspace::new();
    let usual: Scores<'_> = &[
        (5, 0),
        (4, 1),
        (6, 2),
        (8, 3),
        (9, 4),
        (16, 5),
        (30, 6),
        (42, 7),
        (60, 8),
        (50, 9),
        (70, 10),
    ];
    let months: Months<'_> = &[
        ("cleo", usual, usual),
        ("dora", usual, usual),
        ("ada", &[(5, 10)], &[(7, 10)]),
        ("ben", &[(20, 6), (20, 7), (9, 8)], &[(70, 9), (40, 10)]),
        ("eve", &[(6, 8), (6, 9), (90, 10)], &[]),
    ];
    let lake = lake_of(&workspace, months, ROLES).await;
    // p-values by scipy, adjusted by statsmodels: benches/answers.py.
    let sql = "SELECT signal, value, responses, round(p_value, 9), round(adjusted_p_value, 9), sentence \
               FROM gaming_signals(by => 'segment') ORDER BY p_value";
    let expected = [
        "jump_to_nine ben 159 5e-9 7.3e-8 Of the scores 8 and 9 of segment ben, 89% are 9, more than its 7s and \
         10s explain; elsewhere 45%",
        "all_tens ada 12 3.2e-8 2.41e-7 All scores of segment ada are 10; elsewhere 23% are",
        "too_many_tens eve 102 0.009287413 0.046437063 Of the scores from 8 to 10 of segment eve, 88% are 10, \
         more than its 8s and 9s explain; elsewhere 39%",
    ];
    assert_eq!(rows(&lake, sql).await, expected);
    // Channels are drawn at random.
    let none = "SELECT * FROM gaming_signals('channel')";
    assert!(rows(&lake, none).await.is_empty());
    let explained = rows(&lake, "EXPLAIN SELECT * FROM gaming_signals()").await;
    let explained = explained.join("\n");
    assert!(explained.contains("rollup: used"), "{explained}");

    let analyst = session(&lake, "analyst").await;
    assert_eq!(
        run(&lake, &analyst, sql).await.expect("an answer"),
        rows(&lake, sql).await
    );
    let several = "SELECT * FROM gaming_signals(by => ['segment', 'channel'])";
    let error = run(&lake, &analyst, several).await.expect_err("a refusal");
    assert!(error.is_access(), "{error}");
    assert_eq!(
        error.hint(),
        Some("ask for one column in each statement: SELECT * FROM gaming_signals(by => 'segment')")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn days_before_and_after_events_are_compared() {
    let workspace = Workspace::new();
    let months: Months<'_> = &[
        ("falls", &[(20, 10)], &[(10, 10), (10, 0)]),
        ("rises", &[(5, 0)], &[(5, 10)]),
        ("same", &[(5, 10)], &[(6, 9)]),
    ];
    let lake = lake_of(&workspace, months, ROLES).await;
    // Responses are of 15 January and 15 February. p-values by scipy, adjusted by statsmodels.
    let sql = "SELECT event, before_responses, after_responses, before_nps, round(after_nps, 6), round(change, 6), \
               round(change_low, 6), round(change_high, 6), round(p_value, 6), round(adjusted_p_value, 6)";
    let of_days = format!(
        "{sql} FROM nps_around(event => ['2026-02-01', '2026-02-15', '2026-03-10', '2027-01-01'], window => 30) \
         ORDER BY event"
    );
    let expected = [
        "2026-02-01 30 31 66.66666666666667 35.483871 -31.182796 -68.815686 12.309447 0.172197 0.172197",
        "2026-02-15 0 31 NULL 35.483871 NULL NULL NULL NULL NULL",
        "2026-03-10 31 0 35.483870967741936 NULL NULL NULL NULL NULL NULL",
    ];
    assert_eq!(rows(&lake, &of_days).await, expected);
    workspace.write(
        "events.csv",
        "title,on_day\nnew app,2026-02-01\ntwice,2026-02-01\n,2026-02-15\n",
    );
    let path = workspace.path().join("events.csv");
    let of_file = format!(
        "SELECT event, before_responses FROM nps_around(events => '{}', at => 'on_day', window => 30) ORDER BY 1",
        path.display()
    );
    assert_eq!(
        rows(&lake, &of_file).await,
        ["2026-02-01 30", "2026-02-15 0"]
    );
    let by = "SELECT segment, change, round(p_value, 9), round(adjusted_p_value, 9)
              FROM nps_around('2026-02-15', window => 31, by => 'segment') ORDER BY segment";
    let expected = [
        "falls -100.0 0.000077444 0.0001779",
        "rises 200.0 0.0001186 0.0001779",
        "same 0.0 0.892993254 0.892993254",
    ];
    assert_eq!(rows(&lake, by).await, expected);
    let explained = format!("EXPLAIN {of_days}");
    let explained = rows(&lake, &explained).await.join("\n");
    assert!(explained.contains("rollup: used"), "{explained}");

    let analyst = session(&lake, "analyst").await;
    let error = run(&lake, &analyst, by).await.expect_err("a refusal");
    assert!(error.is_access(), "{error}");
    let hint = error.hint().expect("a hint").to_owned();
    assert!(
        hint.ends_with(
            "nps_change(by => 'segment', from => '2026-01-15..2026-02-14', to => '2026-02-15..2026-03-17')"
        ),
        "{hint}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn views_macros_and_names_of_the_statement() {
    let workspace = Workspace::new();
    let lake = lake_of(&workspace, PARADOX, "").await;
    let session = lake.session();
    let run = async |sql: &str| run(&lake, &session, sql).await;
    for sql in [
        &format!("CREATE VIEW lake.moved AS SELECT * {JANUARY_TO_FEBRUARY}"),
        "CREATE MACRO lake.moved_by(columns, since) AS TABLE \
         SELECT * FROM nps_change(by => columns, from => since, to => '2026-02')",
        &format!("CREATE VIEW mine AS SELECT * {JANUARY_TO_FEBRUARY}"),
    ] {
        run(sql).await.expect(sql);
    }
    for from in [
        "moved",
        "mine",
        "moved_by('segment', '2026-01')",
        "NPS_Change(by => 'segment', from => '2026-01', to => '2026-02')",
        "(WITH responses AS (SELECT 1 AS x) SELECT n.*, x FROM responses, \
          nps_change(by => 'segment', from => '2026-01', to => '2026-02') AS n)",
    ] {
        let sql = format!("SELECT round(mix, 6) FROM {from} AS t WHERE is_total");
        assert_eq!(run(&sql).await.expect(&sql), ["-36.0"], "{from}");
    }
    // A macro of the session may not have the name of a function.
    assert!(run("CREATE MACRO drivers(x) AS x").await.is_err());
    let listed = run("SHOW FUNCTIONS LIKE 'nps_change'").await;
    assert_eq!(listed.expect("a list").len(), 1);
}
