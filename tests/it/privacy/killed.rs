//! Forgetting, retention and key rotation, killed at any moment and run again.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use voxql::Lake;

use super::{assert_contains_none, decoded};
use crate::common::{UNREACHABLE, Workspace, copy_folder, value};

/// Number of kills per command, spread evenly over the time it takes.
const KILLS: u32 = 12;

const PEOPLE: u32 = 400;

/// Days before today without responses: the retention limit falls between them.
const GAP: std::ops::Range<i64> = 100..700;

const RETENTION: &str = "[retention]\nresponses_days = 400\nidentities_days = 400\n";

const COUNTS: &str = "SELECT concat_ws(' ', count(*), count(DISTINCT respondent), nps(score)) \
                      FROM responses";

/// Two responses per person, the first long ago; half of the people have only that one.
fn export(months: std::ops::Range<u32>) -> String {
    let mut csv = "response_id,responded_at,score,comment,email,first_name\n".to_owned();
    let today = chrono::Utc::now();
    for number in 0..PEOPLE {
        for month in months.clone() {
            let is_old = month % 2 == 0;
            if !is_old && number % 2 == 0 {
                continue;
            }
            let days = if is_old { GAP.end } else { 1 } + i64::from(month) * 5;
            let date = (today - chrono::Duration::days(days)).format("%Y-%m-%d");
            let _ = writeln!(
                csv,
                "r{number}-{month},{date},{},answer {number} of {month},person{number}x@example.org,\
                 Given{number}x",
                (number * 7 + month) % 11
            );
        }
    }
    csv
}

/// A lake with two imports, on which the commands are run.
async fn prepared() -> Workspace {
    let workspace = Workspace::new();
    workspace
        .ingest(&workspace.write("a.csv", export(0..4)))
        .await;
    workspace
        .ingest(&workspace.write("b.csv", export(4..8)))
        .await;
    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    std::fs::write(&settings, format!("{text}\n{RETENTION}")).expect("the lake's settings");
    workspace
}

fn copy_of(prepared: &Workspace) -> Workspace {
    let copy = Workspace::new();
    copy_folder(&prepared.path().join("lake"), &copy.path().join("lake"));
    copy
}

fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.voxql();
    command.args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn run(workspace: &Workspace, arguments: &[&str]) {
    let output = command(workspace, arguments).output();
    let output = output.expect("the program can be started");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {printed}");
}

/// Kills the command on copies of the lake; checks each copy after the kill and after running the
/// command again.
async fn killed<F, G>(
    prepared: &Workspace,
    arguments: &[&str],
    left: impl Fn(Workspace) -> F,
    done: impl Fn(Workspace) -> G,
) where
    F: Future<Output = Workspace>,
    G: Future<Output = ()>,
{
    killed_with(prepared, |_| {}, arguments, left, done).await;
}

/// Does the same as [`killed`], on copies with further files.
async fn killed_with<F, G>(
    prepared: &Workspace,
    add_files: impl Fn(&Workspace),
    arguments: &[&str],
    left: impl Fn(Workspace) -> F,
    done: impl Fn(Workspace) -> G,
) where
    F: Future<Output = Workspace>,
    G: Future<Output = ()>,
{
    let copy_of = |prepared: &Workspace| {
        let copy = copy_of(prepared);
        add_files(&copy);
        copy
    };
    let reference = copy_of(prepared);
    let started = Instant::now();
    run(&reference, arguments);
    let mut duration = started.elapsed();
    done(reference).await;
    let mut kills = 0;
    for number in 0..KILLS {
        let workspace = copy_of(prepared);
        let mut process = command(&workspace, arguments)
            .spawn()
            .expect("the program can be started");
        thread::sleep(duration.mul_f64(f64::from(number * 2 + 1) / f64::from(KILLS * 2)));
        process.kill().expect("a process of this test");
        let status = process.wait().expect("a process of this test");
        if status.code().is_none() {
            kills += 1;
        }
        let workspace = left(workspace).await;
        let started = Instant::now();
        run(&workspace, arguments);
        duration = duration
            .max(Duration::from_millis(1))
            .min(started.elapsed() * 2);
        done(workspace).await;
    }
    eprintln!("{arguments:?}: killed {kills} times before the end");
    // Otherwise the test proves nothing.
    assert!(kills >= KILLS / 2, "{kills}");
}

/// Checks what must be true after any kill.
async fn check_sound(lake: &Lake) {
    assert_eq!(value(lake, UNREACHABLE).await, "0");
    let counted = value(lake, COUNTS).await;
    let session = lake.session();
    session
        .sql("SET voxql.rollup = off")
        .await
        .expect("a setting");
    let read = session.sql(COUNTS).await.expect("a query").collect().await;
    let read = read.expect("a query that runs");
    let read = datafusion::arrow::util::display::array_value_to_string(read[0].column(0), 0);
    assert_eq!(read.expect("text"), counted);
    lake.verify_audit(None).await.expect("the log is whole");
}

#[tokio::test]
async fn killed_forgetting_is_completed_by_running_it_again() {
    let prepared = prepared().await;
    let before = value(&prepared.lake(), "SELECT count(*) FROM responses").await;
    let (seventh, eighth) = ("person7x@example.org", "person8x@example.org");
    let token = value(&prepared.lake(), "SELECT anonymize('person7x@example.org')").await;
    let (before, token) = (&before, &token);
    killed(
        &prepared,
        &["forget", seventh, eighth],
        |workspace| async move {
            // Responses of the two may be left; others always are.
            let lake = workspace.lake();
            let others = "SELECT count(*) FROM responses LEFT ANTI JOIN identities \
                          ON responses.respondent = identities.respondent \
                          WHERE responses.respondent NOT IN (anonymize('person7x@example.org'), \
                          anonymize('person8x@example.org'))";
            assert_eq!(value(&lake, others).await, "0");
            lake.verify_audit(None).await.expect("the log is whole");
            workspace
        },
        |workspace| async move {
            let lake = workspace.lake();
            check_sound(&lake).await;
            let left: u32 = value(&lake, "SELECT count(*) FROM responses")
                .await
                .parse()
                .expect("a number");
            // Eight responses of one person, four of the other.
            assert_eq!(left + 12, before.parse::<u32>().expect("a number"));
            assert_contains_none(&workspace, &[seventh, eighth, token, "answer 7 of"]);
        },
    )
    .await;
}

/// A person under two addresses, who is named in the comment and the account of others.
const TWO_ADDRESSES: &str = "\
response_id,responded_at,score,customer,email,account,comment
t1,2026-01-01 10:00,9,C-70001,person7x@example.org,north,first answer of hers
t2,2026-01-02 10:00,8,C-70001,other7x@example.net,north,second answer of hers
t3,2026-01-03 10:00,3,C-70002,person9x@example.org,person7x@example.org,ask other7x@example.net instead
";

#[tokio::test]
async fn killed_forgetting_everywhere_is_completed_and_nobody_comes_back() {
    let prepared = prepared().await;
    prepared.write("two.csv", TWO_ADDRESSES);
    let arguments = [
        "ingest",
        "two.csv",
        "--map",
        "respondent=customer",
        "--no-redact",
    ];
    run(&prepared, &arguments);
    let token = value(&prepared.lake(), "SELECT anonymize('person7x@example.org')").await;
    let customer = value(&prepared.lake(), "SELECT anonymize('C-70001')").await;
    let (token, customer) = (&token, &customer);
    killed(
        &prepared,
        &["forget", "person7x@example.org", "--everywhere"],
        |workspace| async move {
            workspace
                .lake()
                .verify_audit(None)
                .await
                .expect("the log is whole");
            workspace
        },
        |workspace| async move {
            run(
                &workspace,
                &["forget", "person7x@example.org", "--everywhere"],
            );
            let lake = workspace.lake();
            check_sound(&lake).await;
            let personal = [
                "person7x",
                "other7x",
                "Given7x",
                "answer of hers",
                "answer 7 of",
                token.as_str(),
                customer.as_str(),
            ];
            assert_contains_none(&workspace, &personal);
            let others = "SELECT comment FROM responses WHERE response_id = 't3'";
            assert_eq!(value(&lake, others).await, "ask [EMAIL] instead");
            // A larger export and the other address do not bring her back.
            workspace.write("c.csv", export(4..9));
            run(&workspace, &["ingest", "c.csv"]);
            workspace.write(
                "d.csv",
                "response_id,responded_at,score,email\n\
                 d1,2026-05-01 10:00,9,other7x@example.net\n\
                 d2,2026-05-01 10:00,9,person11x@example.org\n",
            );
            run(&workspace, &["ingest", "d.csv"]);
            assert_contains_none(&workspace, &personal);
            let suppressed = "SELECT sum(suppressed) FROM imports WHERE file IN ('c.csv', 'd.csv')";
            assert_eq!(value(&lake, suppressed).await, "6");
        },
    )
    .await;
}

#[tokio::test]
async fn a_killed_import_of_withdrawn_consent_is_completed_by_running_it_again() {
    let prepared = prepared().await;
    let tokens = "SELECT string_agg(DISTINCT respondent, ' ') FROM responses \
                  WHERE respondent IN (anonymize('person7x@example.org'), anonymize('person8x@example.org'))";
    let tokens = value(&prepared.lake(), tokens).await;
    let tokens: Vec<&str> = tokens.split(' ').collect();
    let tokens = &tokens;
    let before = value(&prepared.lake(), "SELECT count(*) FROM responses").await;
    let before = &before;
    let csv = export(4..8);
    let mut lines = csv.lines();
    let header = lines.next().expect("a header");
    let mut withdrawn = format!("{header},consent\n");
    for line in lines {
        // Their newest answers.
        let has_withdrawn = line.starts_with("r7-5,") || line.starts_with("r8-4,");
        let consent = if has_withdrawn {
            "withdrawn"
        } else {
            "granted"
        };
        let _ = writeln!(withdrawn, "{line},{consent}");
    }
    let withdrawn = &withdrawn;
    killed_with(
        &prepared,
        |workspace| {
            workspace.write("c.csv", withdrawn);
        },
        &["ingest", "c.csv"],
        |workspace| async move {
            let lake = workspace.lake();
            lake.verify_audit(None).await.expect("the log is whole");
            workspace
        },
        |workspace| async move {
            let lake = workspace.lake();
            check_sound(&lake).await;
            assert_eq!(
                &value(&lake, "SELECT count(*) FROM responses").await,
                before
            );
            let mut personal = vec!["person7x", "person8x", "answer 7 of", "answer 8 of"];
            personal.extend(tokens);
            assert_contains_none(&workspace, &personal);
            let subject = lake.subject("person7x@example.org").await;
            let subject = subject.expect("an empty result");
            assert_eq!(subject["responses"], serde_json::json!([]));
            assert_eq!(subject["identity"], serde_json::json!({}));
        },
    )
    .await;
}

#[tokio::test]
async fn killed_retention_is_completed_by_running_it_again() {
    let prepared = prepared().await;
    killed(
        &prepared,
        &["retain"],
        |workspace| async move {
            check_sound(&workspace.lake()).await;
            workspace
        },
        |workspace| async move {
            let lake = workspace.lake();
            check_sound(&lake).await;
            // Half of the people have responded recently, four times each.
            let counts =
                "SELECT concat_ws(' ', count(*), count(DISTINCT respondent)) FROM responses";
            assert_eq!(value(&lake, counts).await, "800 200");
            let people = "SELECT count(*) FROM identities";
            assert_eq!(value(&lake, people).await, "200");
            assert_contains_none(&workspace, &["of 0", "of 2", "of 4", "of 6"]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_killed_key_rotation_is_completed_by_running_it_again() {
    let prepared = prepared().await;
    let pseudonyms = "SELECT md5(string_agg(respondent, '' ORDER BY respondent)) FROM identities";
    let before = value(&prepared.lake(), pseudonyms).await;
    let old = prepared.lake().key_fingerprints().await;
    let (before, old) = (&before, &old.expect("a lake with its key").lake);
    killed(
        &prepared,
        &["keys", "rotate", "--to", "new.key"],
        |workspace| async move {
            assert_eq!(&value(&workspace.lake(), pseudonyms).await, before);
            workspace
        },
        |workspace| async move {
            let lake = with_key(&workspace, "new.key");
            check_sound(&lake).await;
            assert_eq!(&value(&lake, pseudonyms).await, before);
            let opened = "SELECT count(DISTINCT email) FROM \
                          (SELECT reveal(respondent, 'email') AS email FROM identities)";
            assert_eq!(value(&lake, opened).await, PEOPLE.to_string());
            let mut content = String::new();
            decoded(&workspace.path().join("lake/identities"), &mut content);
            assert!(!content.contains(old.as_str()), "sealed with the old key");
        },
    )
    .await;
}

fn with_key(workspace: &Workspace, file: &str) -> Lake {
    let uri = workspace.path().join("lake");
    Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
        .key_file(Path::new(&workspace.path().join(file)))
        .open()
        .expect("a valid location")
}
