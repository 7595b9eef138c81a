//! Attacks on roles: statements whose answer, error or message would tell something about one person,
//! each asked about somebody who matches and about nobody.

use std::collections::BTreeSet;

use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use voxql::{IngestOptions, Lake};

use super::common::{Workspace, value};
use super::roles::{append_roles, rows, session};

/// Number of random statements outside the grammar, unless the environment sets it.
const STATEMENTS: u32 = 150;
const STATEMENTS_VARIABLE: &str = "VOXQL_TEST_STATEMENTS";

const ROLES: &str = r#"
[roles.analyst]
policy = "aggregate"
min_group_size = 4
dimensions = ["account"]
measures.spend = [0, 100]

[roles.stranger]
policy = "aggregate"
min_group_size = 4

[roles.each]
policy = "aggregate"
min_group_size = 4
anonymous = "each"
"#;

/// Twelve customers of large accounts, one of an account of its own, and five without a name.
async fn lake(workspace: &Workspace) -> Lake {
    let mut export = "id,date,score,email,segment,company,spend\n".to_owned();
    for index in 0..12 {
        let (segment, company) = [("smb", "initech"), ("enterprise", "globex")][index % 2];
        let (day, score) = (10 + index, [10, 9, 7, 3][index % 4]);
        export += &format!(
            "r{index},2026-01-{day},{score},p{index}@example.com,{segment},{company},{day}.5\n"
        );
    }
    export += "r90,2026-02-03,2,zoe@example.com,lonely,acme,99999\n";
    for index in 0..5 {
        export += &format!("x{index},2026-03-0{},8,,padded,initech,1\n", index + 1);
    }
    let file = workspace.write("answers.csv", &export);
    let mut options = IngestOptions::default();
    options.keep = ["segment", "account=company", "spend"]
        .map(Into::into)
        .to_vec();
    let lake = workspace.lake();
    lake.ingest(&file, &options).await.expect("an import");
    append_roles(workspace, ROLES);
    workspace.lake()
}

/// Conditions on somebody who is there, and on nobody.
const VICTIMS: [(&str, &str); 4] = [
    (
        "account = 'acme' AND score = 2",
        "account = 'acme' AND score = 4",
    ),
    ("segment = 'lonely'", "segment = 'lonesome'"),
    (
        "day = '2026-02-03' AND score = 2",
        "day = '2026-02-04' AND score = 2",
    ),
    (
        "segment LIKE 'lone%' AND month = '2026-02'",
        "segment LIKE 'lone%' AND month = '2026-04'",
    ),
];

/// Statements about the responses that match a condition.
const ATTACKS: [&str; 71] = [
    // Answers of too few.
    "SELECT count(*) FROM responses WHERE {c}",
    "SELECT nps(score) FROM responses WHERE {c}",
    "SELECT sum(spend) FROM responses WHERE {c}",
    "SELECT count(*), count(score), avg(score) FROM responses WHERE {c}",
    "SELECT account, count(*) FROM responses WHERE {c} GROUP BY account",
    "SELECT segment, score, count(*) FROM responses WHERE {c} GROUP BY segment, score",
    "SELECT DISTINCT account FROM responses WHERE {c}",
    "SELECT count(*) FROM responses WHERE {c} HAVING count(*) > 0",
    "SELECT count(*) + 1 FROM responses WHERE {c}",
    "SELECT coalesce(max(n), -1) FROM (SELECT count(*) AS n FROM responses WHERE {c})",
    "SELECT EXISTS (SELECT count(*) FROM responses WHERE {c} GROUP BY segment)",
    "SELECT score_histogram(score) FROM responses WHERE {c}",
    "SELECT count(DISTINCT respondent) FROM responses WHERE {c}",
    // Errors that a matching row would cause.
    "SELECT nps(score, -1) FROM responses WHERE {c}",
    "SELECT nps(score, 0.5) FROM responses WHERE {c}",
    "SELECT nps_stats(score, 1e308)['nps'] FROM responses WHERE {c}",
    "SELECT nps_ci(score, 1.5) FROM responses WHERE {c}",
    "SELECT nps_ci(score, 0.95, 'bayes') FROM responses WHERE {c}",
    "SELECT csat(score) FROM responses WHERE {c}",
    "SELECT csat(score, 3) FROM responses WHERE {c}",
    "SELECT ces(score, 7) FROM responses WHERE {c}",
    "SELECT nps(rating) FROM responses WHERE {c}",
    "SELECT nps(spend) FROM responses WHERE {c}",
    "SELECT count(account::INT) FROM responses WHERE {c}",
    "SELECT count(segment::INT) FROM responses WHERE {c}",
    "SELECT count(respondent::INT) FROM responses WHERE {c}",
    "SELECT sum(spend::DECIMAL(3, 0)) FROM responses WHERE {c}",
    "SELECT sum(spend::TINYINT) FROM responses WHERE {c}",
    "SELECT sum(score::DECIMAL(38, 38)) FROM responses WHERE {c}",
    "SELECT nps_ci(score::DECIMAL(2, 2), 0.95) FROM responses WHERE {c}",
    "SELECT csat(rating::TINYINT) FROM responses WHERE {c}",
    "SELECT avg(arrow_cast(9e37, 'Decimal128(38,0)')) FROM responses WHERE {c}",
    "SELECT sum(9223372036854775807) FROM responses WHERE {c}",
    "SELECT sum(score * 9223372036854775807) FROM responses WHERE {c}",
    "SELECT count(*) FROM responses WHERE {c} AND 1 / (score - 2) > 0",
    "SELECT count(*) FROM responses WHERE {c} AND CAST(segment AS INT) = 1",
    "SELECT count(*) FROM responses WHERE {c} AND TRY_CAST(segment AS INT) = 1",
    "SELECT count(*) FROM responses WHERE {c} AND arrow_cast(score, 'Int8') > 1",
    "SELECT date_bin(INTERVAL '100000000 days', responded_at), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT date_bin(INTERVAL '0 days', day), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT count(*) FROM responses WHERE {c} AND responded_at + INTERVAL '300000 years' > now()",
    "SELECT to_timestamp(segment), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT count(*) FROM responses WHERE {c} AND segment ~ '('",
    "SELECT count(*) FROM responses WHERE {c} AND regexp_like(segment, concat('(', segment))",
    "SELECT count(*) FROM responses WHERE {c} AND chr(score - 3) = 'a'",
    "SELECT count(*) FROM responses WHERE {c} AND nth_value(make_array(1), score) = 1",
    "SELECT factorial(score * 10), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT power(10::BIGINT, score * 30), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT nps_category(score + 20), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT count(*) FROM responses WHERE {c} AND (SELECT 1 UNION ALL SELECT 2) = 1",
    // Time and memory.
    "SELECT count(*) FROM responses WHERE {c} AND replace(replace(segment, 'o', repeat('o', 9000)), 'o', repeat('o', 9000)) = ''",
    "SELECT repeat(segment, 100000000), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT concat(segment, repeat('x', 1000000)), count(*) FROM responses WHERE {c} GROUP BY 1",
    "SELECT count(*) FROM responses WHERE {c} AND length(lpad(segment, 2000000000)) > 0",
    "SELECT count(*) FROM responses WHERE {c} AND array_length(range(0, score * 100000000)) > 0",
    "SELECT count(*) FROM responses, LATERAL generate_series(1, 100000000) WHERE {c}",
    "SELECT count(*) FROM responses a, responses b, responses c WHERE a.{c}",
    // Values of one person.
    "SELECT max(spend) FROM responses WHERE {c}",
    "SELECT min(day) FROM responses WHERE {c}",
    "SELECT first_value(score ORDER BY day) FROM responses WHERE {c}",
    "SELECT approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY spend) FROM responses WHERE {c}",
    "SELECT latest_by(score, responded_at) FROM responses WHERE {c}",
    "SELECT distinctive_terms(comment, score) FROM responses WHERE {c}",
    "SELECT bit_and(score) FROM responses WHERE {c}",
    "SELECT stddev(score) FROM responses WHERE {c}",
    "SELECT count(*) FILTER (WHERE {c}) FROM responses",
    "SELECT nps_compare(score, {c}) FROM responses",
    "SELECT nps_samples(score, {c}) FROM responses",
    "SELECT count(*) FROM responses WHERE NOT ({c})",
    "SELECT nps(score) OVER () FROM responses WHERE {c}",
    "SELECT segment, count(*) FROM responses WHERE {c} GROUP BY ROLLUP (segment)",
];

/// The rows of a statement, or its error and hint, as text.
async fn outcome(session: &SessionContext, sql: &str) -> String {
    match rows(session, sql).await {
        Ok(rows) => format!("{rows:?}"),
        Err(error) => format!("{error} / {:?}", error.hint()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_tells_whether_one_person_matches() {
    let workspace = Workspace::new();
    let lake = lake(&workspace).await;
    for role in ["analyst", "stranger"] {
        let role = session(&lake, role).await;
        for attack in ATTACKS {
            for (somebody, nobody) in VICTIMS {
                let ask = async |condition| {
                    let sql = attack.replace("{c}", condition);
                    // A message may repeat the statement, and nothing else.
                    let outcome = outcome(&role, &sql).await;
                    [
                        ("'acme'", "_"),
                        ("Int64(4)", "Int64(2)"),
                        ("lonesome", "lonely"),
                    ]
                    .into_iter()
                    .chain([("2026-04", "2026-02"), ("2026-02-04", "2026-02-03")])
                    .fold(outcome, |text, (from, to)| text.replace(from, to))
                };
                let (of_somebody, of_nobody) = (ask(somebody).await, ask(nobody).await);
                // All but one person are enough to be shown; so is everybody.
                if attack.contains("NOT ({c})") {
                    continue;
                }
                assert_eq!(of_somebody, of_nobody, "{attack} of {somebody}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_that_anybody_can_add_do_not_fill_a_group() {
    let workspace = Workspace::new();
    let lake = lake(&workspace).await;
    let padded = "SELECT count(*) FROM responses WHERE segment = 'padded'";
    let answered = async |role| outcome(&session(&lake, role).await, padded).await;
    assert_eq!(answered("analyst").await, "[]");
    assert_eq!(answered("each").await, "[[\"5\"]]");
}

/// The group that joins the one person would have answers that are known.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_no_key_beside_others_of_measured_answers() {
    let workspace = Workspace::new();
    let lake = lake(&workspace).await;
    let analyst = session(&lake, "analyst").await;
    for refused in [
        "SELECT segment, score, promoters(score) FROM responses GROUP BY 1, 2",
        "SELECT segment AS k, score, score_histogram(score) FROM responses GROUP BY ALL",
        "SELECT account, rating, csat(rating) FROM responses GROUP BY account, rating",
        "SELECT account, score, count(score) FROM responses GROUP BY account, score",
        "SELECT day, score, sum(spend) FROM responses GROUP BY 1, 2",
    ] {
        let error = rows(&analyst, refused).await.expect_err(refused);
        assert!(
            error.is_access() && error.to_string().contains("is a key beside others"),
            "{refused}: {error}"
        );
    }
    for answered in [
        "SELECT segment, score, count(*), count(DISTINCT respondent) FROM responses GROUP BY 1, 2",
        "SELECT score, count(score) FROM responses GROUP BY score",
        "SELECT segment, month, nps(score) FROM responses GROUP BY segment, month",
    ] {
        rows(&analyst, answered).await.expect(answered);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_measures_are_clipped() {
    let workspace = Workspace::new();
    let lake = lake(&workspace).await;
    let analyst = session(&lake, "analyst").await;
    // Twelve numbers from 10.5 to 21.5, one far outside, and five of 1.
    let all = "SELECT sum(spend), count(spend), avg(spend) FROM responses";
    let sum = (10..22).map(|day| f64::from(day) + 0.5).sum::<f64>() + 100.0 + 5.0;
    let expected = format!("[[\"{sum:?}\", \"18\", \"{:?}\"]]", sum / 18.0);
    assert_eq!(outcome(&analyst, all).await, expected);
    for refused in [
        "SELECT count(*) FROM responses WHERE spend > 50",
        "SELECT sum(spend + 1) FROM responses",
        "SELECT sum(spend) FILTER (WHERE segment = 'smb') FROM responses",
    ] {
        let error = rows(&analyst, refused).await.expect_err(refused);
        assert!(error.is_access(), "{refused}: {error}");
    }
    let stranger = session(&lake, "stranger").await;
    assert!(
        rows(&stranger, "SELECT avg(spend) FROM responses")
            .await
            .is_err()
    );
    let by_account = "SELECT account, count(*) FROM responses GROUP BY account ORDER BY 1";
    assert!(rows(&stranger, by_account).await.is_err());
    assert_eq!(
        outcome(&analyst, by_account).await,
        // Six people and the anonymous ones; the other account joins the one of a single person.
        "[[\"initech\", \"11\"], [\"NULL\", \"7\"]]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_of_one_statement_leave_nobody_out() {
    let workspace = Workspace::new();
    let lake = lake(&workspace).await;
    let analyst = session(&lake, "analyst").await;
    // Two conditions that differ by one person.
    let twice = "SELECT nps_compare(score, account = 'initech'), \
                 nps_compare(score, account IN ('initech', 'acme')) FROM responses";
    let error = rows(&analyst, twice).await.expect_err("two conditions");
    assert!(
        error.is_access() && error.to_string().contains("only two samples"),
        "{error}"
    );
    // The first sample has everybody for whom the condition is unknown: five of the twelve people of
    // whom it is false, and the one of whom it is unknown, are 7 + 1 + anonymous ones.
    let unknown = "SELECT c['first'], c['second'] FROM (SELECT nps_compare(score, account = 'initech' \
                   OR (account = 'acme' AND NULL)) AS c FROM responses)";
    let counted = "SELECT nps(score) FILTER (WHERE NOT coalesce(account = 'initech', false)), \
                   nps(score) FILTER (WHERE account = 'initech') FROM responses";
    let expected = rows(&lake.session(), counted)
        .await
        .expect("an answer of the owner");
    assert_eq!(rows(&analyst, unknown).await.expect("an answer"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_and_versions_are_the_owners() {
    let workspace = Workspace::new();
    let lake = lake(&workspace).await;
    for setting in [
        "datafusion.runtime.memory_limit = '4M'",
        "datafusion.execution.batch_size = 1",
        "datafusion.execution.target_partitions = 1",
        "datafusion.optimizer.max_passes = 0",
        "datafusion.sql_parser.enable_ident_normalization = false",
        "TIME ZONE = 'Europe/Berlin'",
    ] {
        for by_program in [true, false] {
            let analyst = session(&lake, "analyst").await;
            let set = format!("SET {setting}");
            let set = if by_program {
                lake.sql(&analyst, &set).await.map(|_| ())
            } else {
                analyst.sql(&set).await.map(|_| ()).map_err(Into::into)
            };
            assert_eq!(set.is_err(), by_program, "{setting}");
            let asked = rows(&analyst, "SELECT count(*) FROM responses").await;
            assert_eq!(
                asked.is_err_and(|error| error.is_access()),
                !by_program,
                "{setting}"
            );
        }
    }
    let analyst = session(&lake, "analyst").await;
    for open in ["datafusion.format.null = '-'", "voxql.rollup = false"] {
        lake.sql(&analyst, &format!("SET {open}"))
            .await
            .expect(open);
        rows(&analyst, "SELECT count(*) FROM responses")
            .await
            .expect(open);
    }
    for old in [
        "SELECT count(*) FROM responses AT (VERSION => 1)",
        "SELECT count(*) FROM responses FOR SYSTEM_TIME AS OF '2026-01-31'",
    ] {
        let error = lake.sql(&analyst, old).await.expect_err(old);
        assert!(error.is_access(), "{old}: {error}");
    }
    let options = voxql::SessionOptions::default()
        .role("analyst")
        .at(voxql::AtVersion::Number(1));
    assert!(
        lake.session_with(options)
            .await
            .is_err_and(|error| error.is_access())
    );
}

#[test]
fn a_search_for_a_person_is_suspicious() {
    let workspace = Workspace::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(lake(&workspace));
    let mut questions = String::new();
    for score in 0..=10 {
        // Another name for the result is not another question.
        questions += &format!(
            "SELECT count(*) AS a{score} FROM responses WHERE segment = 'smb' AND score = {score};\n"
        );
        // The same question again is none.
        questions += "SELECT nps(score) FROM responses;\n";
    }
    workspace.write("questions.sql", &questions);
    let run = |args: &[&str]| {
        let output = workspace.voxql().args(args).output().expect("it starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    run(&["--role", "analyst", "run", "questions.sql"]);
    let shown = run(&["audit", "show", "--suspicious", "--format", "csv"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert_eq!(lines[0], "day,role,shape,questions,different,refused");
    assert!(
        lines[1].contains(",analyst,") && lines[1].contains(",11,"),
        "{shown}"
    );
}

#[test]
fn the_environment_fixes_the_role() {
    let workspace = Workspace::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(lake(&workspace));
    workspace.write("all.sql", "SELECT * FROM responses;");
    workspace.write("secret.key", "3f8a0c2e9d417b6655aa0f1e2d3c4b5a");
    std::os::unix::fs::symlink(
        workspace.path().join("lake/lake.toml"),
        workspace.path().join("link.md"),
    )
    .expect("a link");
    let run = |role: &str, args: &[&str]| {
        let mut command = workspace.voxql();
        let output = command
            .env("VOXQL_ROLE", role)
            .args(args)
            .output()
            .expect("it starts");
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), error)
    };
    for args in [
        &["--role", "owner", "-c", "SELECT * FROM responses"][..],
        &["run", "--role", "owner", "all.sql"],
        &["check", "--role", "stranger", "all.sql"],
        &["report", "--role", "owner", "-o", "report.md"],
    ] {
        let (code, error) = run("analyst", args);
        assert_eq!(code, Some(2), "{args:?}: {error}");
        assert!(error.contains("by VOXQL_ROLE"), "{args:?}: {error}");
    }
    assert_eq!(
        run("analyst", &["--role", "analyst", "-c", "SELECT 1"]).0,
        Some(0)
    );
    assert_eq!(
        run("owner", &["--role", "analyst", "-c", "SELECT 1"]).0,
        Some(0)
    );
    // Files are the owner's, and so is the log, which has statistics and plans.
    for args in [
        &["-o", "rows.csv", "-c", "SELECT 1 AS x"][..],
        &["check", "--json", "lake/lake.toml", "all.sql"],
        &["report", "-o", "lake/responses/report.md"],
        &["report", "-o", "link.md"],
    ] {
        let (code, error) = run("analyst", args);
        assert_eq!(code, Some(2), "{args:?}: {error}");
    }
    assert!(!workspace.path().join("rows.csv").exists());
    let mut traced = workspace.voxql();
    traced
        .env("VOXQL_LOG", "trace")
        .env("VOXQL_ROLE", "analyst");
    let output = traced
        .args(["-c", "SELECT count(*) FROM responses"])
        .output();
    assert_eq!(
        String::from_utf8_lossy(&output.expect("it starts").stderr),
        ""
    );
    // No error shows what is in a file that is not SQL.
    for (role, args) in [
        ("owner", &["run", "secret.key"][..]),
        ("analyst", &["run", "secret.key"]),
        ("analyst", &["check", "secret.key"]),
        ("owner", &["-c", "\\i secret.key"]),
        ("analyst", &["-c", "\\i secret.key"]),
        ("analyst", &["--init", "secret.key", "-c", "SELECT 1"]),
    ] {
        let (code, error) = run(role, args);
        assert_eq!(code, Some(2), "{args:?}: {error}");
        assert!(!error.contains("3f8a"), "{args:?}: {error}");
    }
}

/// Functions that are no hole: they read whole days, and never fail.
const OF_DAYS: [&str; 4] = ["date_part", "datepart", "date_trunc", "datetrunc"];

/// Measures of the grammar.
const MEASURES: [&str; 13] = [
    "avg",
    "ces",
    "count",
    "csat",
    "detractors",
    "nps",
    "nps_ci",
    "nps_compare",
    "nps_samples",
    "nps_stats",
    "passives",
    "promoters",
    "score_histogram",
];

/// Every function that the engine has, today's and tomorrow's, is refused on rows unless the grammar has
/// it.
#[tokio::test(flavor = "multi_thread")]
async fn statements_outside_the_grammar_are_refused() {
    let workspace = Workspace::new();
    let lake = lake(&workspace).await;
    let analyst = session(&lake, "analyst").await;
    let state = analyst.state();
    let scalars: Vec<String> = state.scalar_functions().keys().cloned().collect();
    let aggregates: Vec<String> = state.aggregate_functions().keys().cloned().collect();
    assert!(scalars.len() > 200 && aggregates.len() > 40);
    let argument = || {
        let leaf = select(vec![
            "segment",
            "score",
            "day",
            "responded_at",
            "account",
            "'x'",
            "1",
            "2.5",
            "'%Y'",
        ]);
        leaf.prop_map(str::to_owned)
    };
    let column = select(vec!["segment", "score", "account", "day", "responded_at"]);
    let statement = (
        any::<bool>(),
        select(scalars),
        select(aggregates),
        select(vec!["{f} = {f}", "{f} IS NULL", "KEY"]),
        column,
        prop::collection::vec(argument(), 0..3),
    );
    let count = std::env::var(STATEMENTS_VARIABLE).map_or(STATEMENTS, |count| {
        count.parse().expect("a number of statements")
    });
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    let mut refused = BTreeSet::new();
    for _ in 0..count {
        let (is_scalar, scalar, aggregate, place, column, others) = statement
            .new_tree(&mut runner)
            .expect("a statement")
            .current();
        let arguments = [vec![column.to_owned()], others].concat().join(", ");
        let (name, sql) = if is_scalar {
            let call = format!("\"{scalar}\"({arguments})");
            let sql = match place {
                "KEY" => format!("SELECT {call} AS k, count(*) FROM responses GROUP BY {call}"),
                condition => {
                    let condition = condition.replace("{f}", &call);
                    format!("SELECT count(*) FROM responses WHERE {condition}")
                }
            };
            (scalar, sql)
        } else {
            (
                aggregate.clone(),
                format!("SELECT \"{aggregate}\"({arguments}) FROM responses"),
            )
        };
        match rows(&analyst, &sql).await {
            Err(error) if error.is_access() => {
                refused.insert(name);
            }
            // It does not take these arguments.
            Err(_) => {}
            Ok(_) if OF_DAYS.contains(&name.as_str()) => {}
            Ok(_) if MEASURES.contains(&name.as_str()) || name == "mean" || name == "sum" => {}
            // A condition that is true or false of every row is none.
            Ok(_) if is_scalar && place != "KEY" => {
                let condition = sql.split_once("WHERE ").expect("a condition").1;
                let owner =
                    format!("SELECT count(DISTINCT coalesce({condition}, false)) FROM responses");
                assert_eq!(value(&lake, &owner).await, "1", "{sql} is answered");
            }
            Ok(rows) => panic!("{sql} is answered: {rows:?}"),
        }
    }
    // Most calls do not fit their functions.
    assert!(refused.len() as u32 > count.min(150) / 30, "{refused:?}");
}
