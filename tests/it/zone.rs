//! The zone of a lake: the days and months of its responses, and lakes of format 1.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use voxql::{
    AtVersion, ImportSummary, IngestOptions, Lake, OptimizeOptions, OptimizeSummary, SessionOptions,
};

use super::common::{Workspace, copy_folder, value};

const BERLIN: &str = "Europe/Berlin";
const LOS_ANGELES: &str = "America/Los_Angeles";

/// The days of all responses by id, as rows have them.
const DAYS: &str = "SELECT string_agg(response_id || ' ' || coalesce(day::TEXT, 'none') || ' ' || month, \
                    ', ' ORDER BY response_id) FROM responses";

/// Responses whose day or month is not that of `responded_at` in a zone.
fn wrong_days(zone: &str) -> String {
    format!(
        "SELECT count(*) FROM responses \
         WHERE (day IS DISTINCT FROM (responded_at AT TIME ZONE '{zone}')::DATE) \
         OR month <> coalesce(to_char(day, '%Y-%m'), 'undated')"
    )
}

async fn ingest(workspace: &Workspace, csv: &str, zone: Option<&str>) -> ImportSummary {
    let files = fs::read_dir(workspace.path()).map_or(0, Iterator::count);
    let file = workspace.write(&format!("{files}.csv"), csv);
    let mut options = IngestOptions::default();
    options.timezone = zone.map(ToOwned::to_owned);
    let imported = workspace.lake().ingest(&file, &options).await;
    imported.expect("an import")
}

async fn optimize(workspace: &Workspace, zone: Option<&str>) -> OptimizeSummary {
    let mut options = OptimizeOptions::default();
    options.zone = zone.map(ToOwned::to_owned);
    let optimized = workspace.lake().optimize_with(&options).await;
    optimized.expect("optimized")
}

fn settings(workspace: &Workspace) -> String {
    fs::read_to_string(workspace.path().join("lake/lake.toml")).expect("settings")
}

/// The answer to a query, which must be the same from counts and from rows.
async fn counted(lake: &Lake, sql: &str) -> String {
    let plan = lake.session().sql(&format!("EXPLAIN {sql}")).await;
    let plan = plan.expect("a plan").to_string().await.expect("text");
    assert!(plan.contains("rollup: used"), "{sql}\n{plan}");
    assert!(!plan.contains("rows are read"), "{sql}\n{plan}");
    let mut answers = Vec::new();
    for rollup in ["on", "off"] {
        let session = lake.session();
        let set = session.sql(&format!("SET voxql.rollup = {rollup}")).await;
        set.expect("a setting");
        let rows = session.sql(sql).await.expect("a query").to_string().await;
        answers.push(rows.expect("rows"));
    }
    assert_eq!(answers[0], answers[1], "{sql}");
    answers.swap_remove(0)
}

fn voxql(workspace: &Workspace, args: &[&str]) -> String {
    let output = workspace.voxql().args(args).output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {error}");
    String::from_utf8(output.stdout).expect("text")
}

fn report(workspace: &Workspace, args: &[&str]) -> serde_json::Value {
    voxql(
        workspace,
        &[&["report", "-o", "report.json"], args].concat(),
    );
    let json = fs::read_to_string(workspace.path().join("report.json")).expect("a report");
    serde_json::from_str(&json).expect("JSON")
}

#[tokio::test]
async fn a_date_without_a_time_is_that_day_in_every_zone() {
    for zone in [
        BERLIN,
        LOS_ANGELES,
        "Pacific/Auckland",
        "Asia/Kolkata",
        // Midnight did not exist on 2018-11-04.
        "America/Sao_Paulo",
        "UTC",
    ] {
        let workspace = Workspace::new();
        let csv = "id,date,score\na,2026-04-01,10\nb,2026-03-31,2\nc,2018-11-04,9\nd,,8\n";
        let summary = ingest(&workspace, csv, Some(zone)).await;
        assert!(
            summary
                .notes
                .iter()
                .all(|note| !note.to_string().contains("lake"))
        );
        let lake = workspace.lake();
        assert_eq!(
            value(&lake, DAYS).await,
            "a 2026-04-01 2026-04, b 2026-03-31 2026-03, c 2018-11-04 2018-11, d none undated",
            "{zone}"
        );
        assert_eq!(value(&lake, &wrong_days(zone)).await, "0", "{zone}");
        let by_day = "SELECT day, count(*) AS n FROM responses GROUP BY day ORDER BY day";
        let rows = counted(&lake, by_day).await;
        assert!(rows.contains("| 2026-04-01 | 1 |"), "{zone}\n{rows}");
        let rows = counted(
            &lake,
            "SELECT count(*) AS n FROM responses WHERE day >= '2026-04-01'",
        )
        .await;
        assert!(rows.contains("| 1 |"), "{zone}\n{rows}");
        let json = report(&workspace, &["--since", "2026-04-01"]);
        assert_eq!(json["zone"], zone);
        assert_eq!(json["headline"]["all"]["responses"], 1, "{zone}");
        assert_eq!(json["periods"]["current"]["to"], "2026-04-01", "{zone}");
        assert_eq!(settings(&workspace).contains("[time]"), zone != "UTC");
    }
}

/// Times near midnight, and without a zone.
const NEAR_MIDNIGHT: &str = "\
id,date,score
a,2026-03-31T21:59:59Z,1
b,2026-03-31T22:00:00Z,2
c,2026-04-01T06:59:59Z,3
d,2026-04-01T07:00:00Z,4
e,2026-03-31 23:59,5
f,2026-04-01 00:00,6
g,2026-10-25 02:30,7
";

#[tokio::test]
async fn times_near_midnight_are_of_the_day_in_the_zone() {
    for (zone, expected, in_utc) in [
        (
            BERLIN,
            ["2026-03-31", "2026-04-01", "2026-04-01", "2026-04-01"],
            "2",
        ),
        (
            LOS_ANGELES,
            ["2026-03-31", "2026-03-31", "2026-03-31", "2026-04-01"],
            "4",
        ),
    ] {
        let workspace = Workspace::new();
        ingest(&workspace, NEAR_MIDNIGHT, Some(zone)).await;
        let lake = workspace.lake();
        assert_eq!(value(&lake, &wrong_days(zone)).await, "0");
        let days = value(&lake, DAYS).await;
        for (id, day) in ["a", "b", "c", "d"].into_iter().zip(expected) {
            assert!(days.contains(&format!("{id} {day}")), "{zone}: {days}");
        }
        for local in ["e 2026-03-31", "f 2026-04-01", "g 2026-10-25"] {
            assert!(days.contains(local), "{zone}: {days}");
        }
        // Functions of responded_at stay UTC, and are read from rows.
        let sql = "SELECT count(*) FROM responses WHERE responded_at::DATE = '2026-04-01'";
        assert_eq!(value(&lake, sql).await, in_utc, "{zone}");
        let plan = lake.session().sql(&format!("EXPLAIN {sql}")).await;
        let plan = plan.expect("a plan").to_string().await.expect("text");
        let reason = format!("days are counted in {zone}; use day or month");
        assert!(
            plan.contains("rollup: not used") && plan.contains(&reason),
            "{plan}"
        );
        counted(
            &lake,
            "SELECT month, count(*) FROM responses GROUP BY month ORDER BY month",
        )
        .await;
        counted(
            &lake,
            "SELECT count(*) FROM responses WHERE responded_at IS NULL",
        )
        .await;
    }
}

#[tokio::test]
async fn the_first_import_fixes_the_zone() {
    let workspace = Workspace::new();
    ingest(&workspace, "id,date,score\na,2026-04-01,10\n", Some(BERLIN)).await;
    assert!(settings(&workspace).contains("[time]\nzone = \"Europe/Berlin\""));
    // Files without a zone are read in that of the lake.
    let summary = ingest(&workspace, "id,date,score\nb,2026-04-02,9\n", None).await;
    let date = summary
        .fields
        .iter()
        .find(|field| field.field == "responded_at");
    let detail = date
        .and_then(|field| field.detail.clone())
        .unwrap_or_default();
    assert!(detail.ends_with("Europe/Berlin as the lake"), "{detail}");
    // One of another zone is stored by that of the lake.
    let summary = ingest(
        &workspace,
        "id,date,score\nc,2026-04-01 16:00,9\n",
        Some(LOS_ANGELES),
    )
    .await;
    let notes: Vec<String> = summary.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes.join("|"),
        "the dates are read in America/Los_Angeles, but the lake's days and months are those of \
         Europe/Berlin; to change these: voxql optimize --zone America/Los_Angeles"
    );
    assert_eq!(
        value(&workspace.lake(), DAYS).await,
        "a 2026-04-01 2026-04, b 2026-04-02 2026-04, c 2026-04-02 2026-04"
    );
    // An abbreviation in the file is a question still: it need not mean the lake's zone.
    let file = workspace.write("est.csv", "id,date,score\nd,2026-04-01 10:00 EST,9\n");
    let asked = workspace
        .lake()
        .ingest(&file, &IngestOptions::default())
        .await;
    assert!(asked.expect_err("a question").is_question());
}

#[tokio::test]
async fn edited_responses_move_to_their_day() {
    let workspace = Workspace::new();
    let csv = "id,date,score,updated at\na,2026-03-31,10,2026-04-01\n";
    ingest(&workspace, csv, Some(BERLIN)).await;
    let edited = csv.replace("03-31,10,2026-04-01", "04-01,3,2026-04-02");
    assert_eq!(ingest(&workspace, &edited, None).await.updated, 1);
    assert_eq!(value(&workspace.lake(), DAYS).await, "a 2026-04-01 2026-04");
    // Without a column of dates, the day stays.
    let undated = "id,score,updated at\na,9,2026-04-03\n";
    assert_eq!(ingest(&workspace, undated, None).await.updated, 1);
    assert_eq!(value(&workspace.lake(), DAYS).await, "a 2026-04-01 2026-04");
}

#[tokio::test]
async fn roles_read_whole_days_of_the_zone() {
    let workspace = Workspace::new();
    let mut csv = "id,date,score,email\n".to_owned();
    for person in 0..12 {
        csv += &format!("{person},2026-04-30,9,p{person}@example.com\n");
    }
    ingest(&workspace, &csv, Some(BERLIN)).await;
    let roles = "\n[roles.groups]\npolicy = \"aggregate\"\n\n[roles.timeless]\npolicy = \"steward\"\n\
                 hidden_columns = [\"responded_at\"]\n";
    let text = settings(&workspace) + roles;
    fs::write(workspace.path().join("lake/lake.toml"), text).expect("settings");
    let lake = workspace.lake();
    let session = async |role: &str| {
        let options = SessionOptions::default().role(role);
        lake.session_with(options).await.expect("a role")
    };
    let groups = session("groups").await;
    for sql in [
        "SELECT day, count(*) FROM responses GROUP BY day",
        "SELECT date_trunc('month', day), nps(score) FROM responses WHERE day >= '2026-04-01' GROUP BY 1",
        "SELECT day::TEXT, count(*) FROM responses GROUP BY day::TEXT",
        "SELECT count(*) FROM responses WHERE responded_at >= '2026-03-31T22:00:00Z'",
    ] {
        let rows = groups.sql(sql).await.expect("a query").to_string().await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(
            rows.contains("12") || rows.contains("100.0"),
            "{sql}\n{rows}"
        );
    }
    for sql in [
        "SELECT count(*) FROM responses WHERE responded_at >= '2026-04-01'",
        "SELECT responded_at::DATE, count(*) FROM responses GROUP BY 1",
    ] {
        let refused = match groups.sql(sql).await {
            Ok(frame) => frame.collect().await.expect_err("refused"),
            Err(error) => error,
        };
        let error = refused.to_string();
        assert!(
            error.contains("beginning of a day in Europe/Berlin"),
            "{error}"
        );
    }
    let json = report(&workspace, &["--role", "groups"]);
    assert_eq!(json["headline"]["all"]["responses"], 12);
    // Who may not see the time does not see its day.
    let error = session("timeless")
        .await
        .sql("SELECT day FROM responses")
        .await;
    let error = error.expect_err("hidden").to_string();
    assert!(error.contains("day"), "{error}");
}

/// A workspace with a lake of format 1.
fn format_1(name: &str) -> Workspace {
    let workspace = Workspace::new();
    let zip = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format_1.zip");
    let zip = Cursor::new(fs::read(zip).expect("test data"));
    let mut zip = zip::ZipArchive::new(zip).expect("an archive");
    zip.extract(workspace.path().join("made")).expect("lakes");
    let made = workspace.path().join("made").join(name);
    copy_folder(&made, &workspace.path().join("lake"));
    workspace
}

const FORMAT_1_DAYS: &str = "a 2026-03-31 2026-03, b 2026-04-01 2026-04, c 2026-04-01 2026-04, \
                             d none undated, e 2026-03-31 2026-03, f 2026-03-31 2026-03, \
                             g 2026-04-01 2026-04, h 2026-05-01 2026-05";

#[tokio::test]
async fn a_lake_of_format_1_is_read_and_imported_into() {
    let workspace = format_1("lake");
    let lake = workspace.lake();
    assert_eq!(value(&lake, DAYS).await, FORMAT_1_DAYS);
    assert_eq!(value(&lake, &wrong_days("UTC")).await, "0");
    let columns = "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) \
                   FROM information_schema.columns WHERE table_name = 'responses'";
    let columns = value(&lake, columns).await;
    assert!(
        columns.starts_with("response_id survey month day metric"),
        "{columns}"
    );
    for sql in [
        "SELECT day, segment, nps(score) FROM responses GROUP BY day, segment ORDER BY day, segment",
        "SELECT responded_at::DATE AS day, count(*) FROM responses GROUP BY 1 ORDER BY 1",
        "SELECT count(*) FROM responses WHERE day >= '2026-04-01'",
        "SELECT min(day), max(day) FROM responses",
    ] {
        counted(&lake, sql).await;
    }
    let latest = "SELECT count(day) FROM latest_responses";
    assert_eq!(value(&lake, latest).await, "7");
    assert_eq!(
        report(&workspace, &["--since", "2026-04-01"])["headline"]["all"]["responses"],
        4
    );

    // It stays of format 1, in UTC, so that earlier versions of voxql can still read it.
    let csv = "id,date,score,segment,email\ni,2026-06-01 00:30,9,smb,i@example.com\n";
    let summary = ingest(&workspace, csv, Some(BERLIN)).await;
    assert_eq!(summary.new, 1);
    let note = summary
        .notes
        .iter()
        .any(|note| note.to_string().contains("those of UTC"));
    assert!(note, "{summary}");
    assert!(settings(&workspace).contains("format = 1"));
    let lake = workspace.lake();
    let expected = format!("{FORMAT_1_DAYS}, i 2026-05-31 2026-05");
    assert_eq!(value(&lake, DAYS).await, expected);
    counted(
        &lake,
        "SELECT day, count(*) FROM responses GROUP BY day ORDER BY day",
    )
    .await;
    // An export that overlaps changes nothing.
    let again = "id,date,score,segment,email\na,2026-03-31,10,smb,a@example.com\n";
    assert_eq!(ingest(&workspace, again, None).await.duplicate, 1);
}

#[tokio::test]
async fn optimize_upgrades_a_lake_of_format_1() {
    let workspace = format_1("lake");
    let all = "SELECT string_agg(concat_ws(' ', response_id, score, segment, respondent, responded_at), ',' \
               ORDER BY response_id) FROM responses";
    let before = value(&workspace.lake(), all).await;
    let summary = optimize(&workspace, None).await;
    assert!(summary.upgraded && summary.zone.is_none(), "{summary}");
    assert!(settings(&workspace).starts_with("format = 2\n"));
    let lake = workspace.lake();
    assert_eq!(value(&lake, all).await, before);
    assert_eq!(value(&lake, DAYS).await, FORMAT_1_DAYS);
    for sql in [
        "SELECT day, segment, nps(score) FROM responses GROUP BY day, segment ORDER BY day, segment",
        "SELECT responded_at::DATE AS day, count(*) FROM responses GROUP BY 1 ORDER BY 1",
    ] {
        counted(&lake, sql).await;
    }
    let again = optimize(&workspace, None).await;
    assert!(!again.upgraded && again.compacted == 0, "{again}");
    // Versions of before have no column of days.
    let earlier = SessionOptions::default().at(AtVersion::Number(2));
    let earlier = lake.session_with(earlier).await.expect("a session");
    let rows = earlier.sql("SELECT max(day) FROM responses").await;
    let rows = rows.expect("a query").to_string().await.expect("rows");
    assert!(rows.contains("2026-05-01"), "{rows}");
    let csv = "id,date,score,segment,email\ni,2026-06-01,9,smb,i@example.com\n";
    assert_eq!(ingest(&workspace, csv, None).await.new, 1);
    assert!(
        value(&workspace.lake(), DAYS)
            .await
            .ends_with("i 2026-06-01 2026-06")
    );
}

#[tokio::test]
async fn a_kept_column_named_day_gets_another_name() {
    let workspace = format_1("lake_with_day");
    let sql = "SELECT string_agg(day || ' ' || other_day, ', ' ORDER BY day) FROM responses";
    let expected = "2026-03-31 Tuesday, 2026-04-01 Wednesday";
    assert_eq!(value(&workspace.lake(), sql).await, expected);
    optimize(&workspace, Some(BERLIN)).await;
    assert_eq!(value(&workspace.lake(), sql).await, expected);
    let file = workspace.write("more.csv", "id,date,score,day\nc,2026-04-02,9,Thursday\n");
    let mut options = IngestOptions::default();
    options.keep = vec!["day".into()];
    let error = workspace.lake().ingest(&file, &options).await;
    let error = error.expect_err("the name is taken");
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("other_day=day")),
        "{error}"
    );
    options.keep = vec!["other_day=day".into()];
    workspace
        .lake()
        .ingest(&file, &options)
        .await
        .expect("an import");
    assert_eq!(
        value(&workspace.lake(), sql).await,
        format!("{expected}, 2026-04-02 Thursday")
    );
}

#[tokio::test]
async fn optimize_changes_the_zone() {
    let workspace = format_1("lake");
    let times = "SELECT string_agg(response_id || ' ' || responded_at::TEXT, ',' ORDER BY response_id) \
                 FROM responses WHERE response_id IN ('e', 'f', 'g', 'h')";
    let before = value(&workspace.lake(), times).await;
    let summary = optimize(&workspace, Some(LOS_ANGELES)).await;
    assert_eq!(
        (summary.upgraded, summary.zone.as_deref()),
        (true, Some(LOS_ANGELES))
    );
    assert!(settings(&workspace).contains("zone = \"America/Los_Angeles\""));
    let lake = workspace.lake();
    // Dates without a time stay that day; times stay the same moment, also one at midnight UTC.
    let in_los_angeles = "a 2026-03-31 2026-03, b 2026-04-01 2026-04, c 2026-04-01 2026-04, \
                          d none undated, e 2026-03-31 2026-03, f 2026-03-31 2026-03, \
                          g 2026-03-31 2026-03, h 2026-04-30 2026-04";
    assert_eq!(value(&lake, DAYS).await, in_los_angeles);
    assert_eq!(value(&lake, &wrong_days(LOS_ANGELES)).await, "0");
    assert_eq!(value(&lake, times).await, before);
    counted(
        &lake,
        "SELECT day, nps(score) FROM responses GROUP BY day ORDER BY day",
    )
    .await;
    let summary = optimize(&workspace, Some(BERLIN)).await;
    assert!(!summary.upgraded, "{summary}");
    let in_berlin = "a 2026-03-31 2026-03, b 2026-04-01 2026-04, c 2026-04-01 2026-04, \
                     d none undated, e 2026-04-01 2026-04, f 2026-03-31 2026-03, \
                     g 2026-04-01 2026-04, h 2026-05-01 2026-05";
    let lake = workspace.lake();
    assert_eq!(value(&lake, DAYS).await, in_berlin);
    assert_eq!(value(&lake, &wrong_days(BERLIN)).await, "0");
    counted(
        &lake,
        "SELECT month, nps(score) FROM responses GROUP BY month ORDER BY month",
    )
    .await;
    // The same export, read in the new zone, has the same responses.
    let again = "id,date,score,segment,email\na,2026-03-31,10,smb,a@example.com\n";
    assert_eq!(ingest(&workspace, again, None).await.duplicate, 1);
    // There and back again, everything is as it was.
    optimize(&workspace, Some("UTC")).await;
    let lake = workspace.lake();
    assert_eq!(value(&lake, DAYS).await, FORMAT_1_DAYS);
    assert_eq!(value(&lake, times).await, before);
    // An earlier version has the days of its zone.
    let earlier = SessionOptions::default().at(AtVersion::Number(3));
    let earlier = lake.session_with(earlier).await.expect("a session");
    let rows = earlier
        .sql("SELECT day FROM responses WHERE response_id = 'h'")
        .await;
    let rows = rows.expect("a query").to_string().await.expect("rows");
    assert!(rows.contains("2026-04-30"), "{rows}");

    let mut options = OptimizeOptions::default();
    options.zone = Some("Mars/Olympus".to_owned());
    let error = lake.optimize_with(&options).await.expect_err("no zone");
    assert_eq!(
        error.to_string(),
        "time zone \"Mars/Olympus\" does not exist"
    );
}

#[tokio::test]
async fn a_response_without_an_id_is_the_same_in_another_zone() {
    let workspace = Workspace::new();
    let csv = "date,score,email\n2026-03-31,10,a@example.com\n2026-04-01,3,b@example.com\n";
    ingest(&workspace, csv, None).await;
    optimize(&workspace, Some(LOS_ANGELES)).await;
    let longer = format!("{csv}2026-04-02,8,c@example.com\n");
    let summary = ingest(&workspace, &longer, None).await;
    assert_eq!((summary.new, summary.duplicate), (1, 2), "{summary}");
}

#[tokio::test]
async fn a_zone_in_lake_toml_takes_effect_when_the_lake_is_optimized() {
    let workspace = Workspace::new();
    let csv = "id,date,score\na,2026-03-31T22:30:00Z,9\n";
    ingest(&workspace, csv, None).await;
    let text = settings(&workspace) + "\n[time]\nzone = \"Europe/Berlin\"\n";
    fs::write(workspace.path().join("lake/lake.toml"), text).expect("settings");
    assert_eq!(value(&workspace.lake(), DAYS).await, "a 2026-03-31 2026-03");
    ingest(
        &workspace,
        "id,date,score\nb,2026-03-31T22:30:00Z,9\n",
        None,
    )
    .await;
    assert_eq!(value(&workspace.lake(), &wrong_days("UTC")).await, "0");
    optimize(&workspace, None).await;
    assert_eq!(
        value(&workspace.lake(), DAYS).await,
        "a 2026-04-01 2026-04, b 2026-04-01 2026-04"
    );
    let text = settings(&workspace).replace("Europe/Berlin", "Europe/Atlantis");
    fs::write(workspace.path().join("lake/lake.toml"), text).expect("settings");
    let error = workspace.lake().optimize().await.expect_err("no zone");
    assert!(
        error
            .to_string()
            .contains("time zone \"Europe/Atlantis\" does not exist"),
        "{error}"
    );
}

#[tokio::test]
async fn imports_while_the_zone_changes_lose_nothing() {
    let workspace = Workspace::new();
    ingest(&workspace, "id,date,score\nfirst,2026-04-01,9\n", None).await;
    let imports = async {
        for part in 0..8 {
            let csv = format!("id,date,score\n{part},2026-04-01,9\n");
            ingest(&workspace, &csv, None).await;
        }
    };
    let changes = async {
        for zone in [BERLIN, LOS_ANGELES, "Asia/Tokyo", LOS_ANGELES] {
            optimize(&workspace, Some(zone)).await;
        }
    };
    tokio::join!(imports, changes);
    let lake = workspace.lake();
    let sql = "SELECT count(*) || ' ' || count(DISTINCT response_id) || ' ' || min(day) || ' ' || max(day) \
               FROM responses";
    assert_eq!(value(&lake, sql).await, "9 9 2026-04-01 2026-04-01");
    assert_eq!(value(&lake, &wrong_days(LOS_ANGELES)).await, "0");
}

/// One response every half hour, in UTC and all months of two years.
fn many() -> String {
    let mut csv = "id,date,score\n".to_owned();
    for number in 0..20_000_u32 {
        let minutes = number * 30;
        let (days, hour, minute) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
        let (month, day) = (days / 28, days % 28 + 1);
        let (year, month) = (2024 + month / 12, month % 12 + 1);
        let score = number % 11;
        csv += &format!("{number},{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z,{score}\n");
    }
    csv
}

#[tokio::test]
async fn a_lake_is_whole_when_a_change_of_its_zone_is_killed() {
    const KILLS: u32 = 8;
    let made = Workspace::new();
    ingest(&made, &many(), None).await;
    let by_day =
        "SELECT day, count(*) AS n, nps(score) AS nps FROM responses GROUP BY day ORDER BY day";
    let before = counted(&made.lake(), by_day).await;
    let copy = || {
        let workspace = Workspace::new();
        copy_folder(&made.path().join("lake"), &workspace.path().join("lake"));
        workspace
    };
    let whole = copy();
    voxql(&whole, &["optimize", "--zone", LOS_ANGELES]);
    let after = counted(&whole.lake(), by_day).await;
    assert_ne!(before, after);
    // The duration varies with the load of the machine.
    let mut duration = Duration::ZERO;
    let mut interrupted = 0;
    for kill in 0..3 * KILLS {
        if interrupted == KILLS {
            break;
        }
        let workspace = copy();
        let mut command = workspace.voxql();
        let command = command.args(["optimize", "--zone", LOS_ANGELES]);
        let started = Instant::now();
        let mut change = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        if kill > 0 {
            tokio::time::sleep(duration.mul_f64(f64::from(kill % KILLS) / f64::from(KILLS))).await;
            change.kill().expect("a process of this test");
        }
        let status = change.wait().expect("a process of this test");
        if status.code().is_none() {
            interrupted += 1;
        } else if kill == 0 {
            duration = started.elapsed();
        } else {
            // It ended before the kill.
            duration = duration.mul_f64(0.7);
        }
        // Either zone, and the same from counts and rows.
        let mut answers = Vec::new();
        for rollup in ["on", "off"] {
            let session = workspace.lake().session();
            let set = session.sql(&format!("SET voxql.rollup = {rollup}")).await;
            set.expect("a setting");
            let rows = session
                .sql(by_day)
                .await
                .expect("a query")
                .to_string()
                .await;
            answers.push(rows.expect("rows"));
        }
        assert_eq!(answers[0], answers[1]);
        assert!(answers[0] == before || answers[0] == after);
        // The next one completes it if lake.toml says so.
        let is_said = settings(&workspace).contains(LOS_ANGELES);
        optimize(&workspace, None).await;
        let completed = counted(&workspace.lake(), by_day).await;
        assert_eq!(
            completed,
            if is_said {
                after.clone()
            } else {
                before.clone()
            }
        );
    }
    // Otherwise the test proves nothing.
    assert!(interrupted >= KILLS / 2, "{interrupted}");
}
