//! Killed imports and racing imports: every response is in the lake exactly once.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use voxql::{Error, Lake};

use crate::common::{SplitMix64, UNREACHABLE, Workspace, copy_folder, remove_checksums, value};

/// Number of kills.
const KILLS: usize = 50;

/// Number of imports killed in parallel.
const LANES: usize = 2;

/// Enough for several batches and months, about a second in a debug build.
const RESPONSES: Range<u32> = 0..9_650;

/// The export that some lakes contain before the killed import.
const BEFORE: Range<u32> = 100_000..101_000;

/// Seed for the moments; set it to the printed value to reproduce a failure.
const SEED_VARIABLE: &str = "VOXQL_TEST_SEED";

/// Figures that are the same for every lake with the same responses.
const FIGURES: &str = "SELECT concat_ws(' ', count(*), count(DISTINCT response_id), \
                       count(DISTINCT respondent), sum(score), nps(score), max(responded_at)) \
                       FROM responses";

/// Imports of `export.csv`.
const IMPORTED: &str = "SELECT count(*) FROM imports WHERE file = 'export.csv'";

/// Random enough for moments, and reproducible from a seed.
struct Random(SplitMix64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    fn next(&mut self) -> u64 {
        self.0.next()
    }

    /// A number from 0 to 1, excluding 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True once in `times`.
    fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }
}

/// An export with these responses. It also has invalid rows, rows that contradict an earlier one,
/// and duplicate rows. A longer export starts with the bytes of a shorter one.
fn export(responses: Range<u32>) -> String {
    let mut csv = "response_id,responded_at,score,comment,email\n".to_owned();
    for number in responses {
        let score = number.wrapping_mul(2_654_435_761) / 7 % 11;
        let good = row(number, score);
        csv.push_str(&good);
        match number % 97 {
            3 => csv.push_str(&row(number, 11)),
            // The same row again, and a different answer under the same id.
            17 => csv.push_str(&good),
            31 => csv.push_str(&row(number, (score + 1) % 11)),
            53 => csv.push_str(&good.replace("T", " soon ")),
            _ => {}
        }
    }
    csv
}

/// One response every half hour, from 3,000 people.
fn row(number: u32, score: u32) -> String {
    let minutes = number % 50_000 * 30;
    let (days, hour, minute) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let (month, day) = (days / 28 + 1, days % 28 + 1);
    let (year, month) = (2024 + (month - 1) / 12, (month - 1) % 12 + 1);
    format!(
        "r-{number},{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z,{score},\
         \"Answer {number}, over\ntwo lines\",person{}@example.org\n",
        number % 3000
    )
}

/// Starts the import of `export.csv`.
fn start(workspace: &Workspace, key: Key) -> Child {
    command(workspace, key, "export.csv")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be started")
}

fn command(workspace: &Workspace, key: Key, file: &str) -> Command {
    let mut command = workspace.voxql();
    if key == Key::Made {
        command
            .env_remove("VOXQL_KEY")
            .env("VOXQL_KEY_FILE", workspace.path().join("key"));
    }
    command.args(["ingest", file]);
    command
}

/// Runs an import to its end and returns the time it took.
fn ingest(workspace: &Workspace, key: Key, file: &str) -> Duration {
    let started = Instant::now();
    let output = command(workspace, key, file)
        .output()
        .expect("the program can be started");
    assert!(
        output.status.success(),
        "{file}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    started.elapsed()
}

/// Source of the key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    Given,
    /// A file that the first import creates.
    Made,
}

fn lake(workspace: &Workspace, key: Key) -> Lake {
    match key {
        Key::Given => workspace.lake(),
        Key::Made => {
            let uri = workspace.path().join("lake");
            Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
                .key_file(workspace.path().join("key"))
                .open()
                .expect("a valid location")
        }
    }
}

/// The figures of a lake, or `None` if it has no responses.
async fn figures(lake: &Lake) -> Option<String> {
    match lake.session().sql("SELECT 1 FROM responses LIMIT 1").await {
        Err(error) => {
            let error = Error::from(error);
            assert!(error.is_not_found(), "{error}");
            None
        }
        Ok(_) if value(lake, "SELECT count(*) FROM responses").await == "0" => None,
        Ok(_) => Some(value(lake, FIGURES).await),
    }
}

/// Files of the folder whose name starts with `prefix`, without leftovers of killed imports.
fn files(folder: &Path, prefix: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.into_string().expect("names in tests are UTF-8")
        })
        .filter(|name| name.starts_with(prefix) && !name.ends_with(".partial"))
        .collect();
    names.sort();
    names
}

/// Facts about the export after an uninterrupted import.
struct Reference {
    csv: String,
    rejects: String,
    /// A workspace whose lake contains [`BEFORE`].
    existing: Workspace,
    figures_before: String,
    figures_fresh: String,
    figures_existing: String,
    duration: Duration,
}

impl Reference {
    async fn new(responses: Range<u32>) -> Self {
        let csv = export(responses);
        let fresh = Workspace::new();
        fresh.write("export.csv", &csv);
        let duration = ingest(&fresh, Key::Given, "export.csv");
        let figures_fresh = value(&fresh.lake(), FIGURES).await;
        let rejects =
            fs::read_to_string(fresh.path().join("export.rejects.csv")).expect("a rejects file");

        let existing = Workspace::new();
        existing.write("before.csv", export(BEFORE));
        ingest(&existing, Key::Given, "before.csv");
        let figures_before = value(&existing.lake(), FIGURES).await;
        let both = Workspace::new();
        copy_folder(&existing.path().join("lake"), &both.path().join("lake"));
        both.write("export.csv", &csv);
        ingest(&both, Key::Given, "export.csv");
        Self {
            csv,
            rejects,
            existing,
            figures_before,
            figures_fresh,
            figures_existing: value(&both.lake(), FIGURES).await,
            duration,
        }
    }

    /// A workspace to import the export in.
    fn workspace(&self, existing: bool) -> Workspace {
        let workspace = Workspace::new();
        workspace.write("export.csv", &self.csv);
        if existing {
            copy_folder(
                &self.existing.path().join("lake"),
                &workspace.path().join("lake"),
            );
        }
        workspace
    }

    /// The stage that a killed import reached. Either all of its responses are there or none.
    async fn stage(&self, workspace: &Workspace, key: Key, existing: bool) -> Stage {
        let lake = lake(workspace, key);
        let (before, after) = if existing {
            (Some(&self.figures_before), &self.figures_existing)
        } else {
            (None, &self.figures_fresh)
        };
        let figures = figures(&lake).await;
        if figures.as_ref() == before {
            let has_lake = existing || workspace.path().join("lake/lake.toml").exists();
            return if has_lake {
                Stage::Importing
            } else {
                Stage::NoLake
            };
        }
        assert_eq!(
            figures.as_ref(),
            Some(after),
            "a part of an import is visible"
        );
        assert_eq!(value(&lake, UNREACHABLE).await, "0");
        match value(&lake, IMPORTED).await.as_str() {
            "0" => Stage::BetweenCommits,
            _ => Stage::Recorded,
        }
    }

    /// Checks everything that must be true after a complete import.
    async fn check(&self, workspace: &Workspace, key: Key, existing: bool) {
        let lake = lake(workspace, key);
        let expected = if existing {
            &self.figures_existing
        } else {
            &self.figures_fresh
        };
        assert_eq!(&value(&lake, FIGURES).await, expected);
        assert_eq!(value(&lake, IMPORTED).await, "1");
        assert_eq!(value(&lake, UNREACHABLE).await, "0");
        lake.verify_audit(None).await.expect("the log is whole");
        let all = value(&lake, "SELECT count(*) FROM imports").await;
        assert_eq!(all, if existing { "2" } else { "1" });
        let ids = "SELECT count(*) FROM imports WHERE import_id NOT IN \
                   (SELECT import_id FROM responses)";
        assert_eq!(value(&lake, ids).await, "0");
        assert_eq!(
            files(workspace.path(), "export.rejects"),
            ["export.rejects.csv"]
        );
        let rejects = fs::read_to_string(workspace.path().join("export.rejects.csv"));
        assert_eq!(rejects.expect("a rejects file"), self.rejects);
    }
}

/// The stage at which an import was killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    NoLake,
    Importing,
    BetweenCommits,
    Recorded,
}

/// State shared by the lanes.
struct Campaign {
    reference: Reference,
    next: AtomicUsize,
    /// Duration of the last import: it varies with the load of the machine.
    duration: Mutex<Duration>,
    /// The stages at which imports were killed before they ended.
    stages: Mutex<Vec<Stage>>,
    seed: u64,
}

impl Campaign {
    /// Kills imports until there are enough kills.
    async fn lane(&self) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= KILLS {
                return;
            }
            self.kill_one(number).await;
        }
    }

    async fn kill_one(&self, number: usize) {
        let mut random = Random::new(self.seed.wrapping_add(number as u64));
        let existing = random.once_in(3);
        // An existing lake already has its key.
        let key = if !existing && random.once_in(2) {
            Key::Made
        } else {
            Key::Given
        };
        let kills = if random.once_in(4) { 2 } else { 1 };
        eprintln!("kill {number}: {key:?} key, existing lake {existing}, {kills} kills");

        let workspace = self.reference.workspace(existing);
        let mut stage = Stage::NoLake;
        for kill in 0..kills {
            let duration = *self.duration.lock().expect("no lane panicked");
            let moment = duration.mul_f64(match kill {
                // One kill in each fiftieth of the import.
                0 => (number as f64 + random.fraction()) / KILLS as f64,
                _ => random.fraction(),
            });
            let mut import = start(&workspace, key);
            thread::sleep(moment);
            import.kill().expect("a process of this test");
            let status = import.wait().expect("a process of this test");
            stage = self.reference.stage(&workspace, key, existing).await;
            if status.code().is_none() {
                self.stages.lock().expect("no lane panicked").push(stage);
            }
        }
        let duration = ingest(&workspace, key, "export.csv");
        if matches!(stage, Stage::NoLake | Stage::Importing) {
            *self.duration.lock().expect("no lane panicked") = duration;
        }
        self.reference.check(&workspace, key, existing).await;
    }
}

#[tokio::test]
async fn an_import_killed_at_any_moment_is_repeated_exactly_once() {
    let seed = match std::env::var(SEED_VARIABLE) {
        Ok(seed) => seed.parse().expect("a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.expect("a clock after 1970").as_nanos() as u64
        }
    };
    eprintln!("to choose the same moments again: {SEED_VARIABLE}={seed}");
    let reference = Reference::new(RESPONSES).await;
    let campaign = Campaign {
        next: AtomicUsize::new(0),
        duration: Mutex::new(reference.duration),
        stages: Mutex::default(),
        seed,
        reference,
    };
    eprintln!("an import takes {:?}", campaign.reference.duration);
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime")
                    .block_on(campaign.lane());
            });
        }
    });
    let stages = campaign.stages.into_inner().expect("no lane panicked");
    let mut summary = String::new();
    for stage in [
        Stage::NoLake,
        Stage::Importing,
        Stage::BetweenCommits,
        Stage::Recorded,
    ] {
        let times = stages.iter().filter(|other| **other == stage).count();
        let _ = write!(summary, " {stage:?} {times}");
    }
    eprintln!("killed before the end: {}:{summary}", stages.len());
    // Otherwise the test proves nothing.
    assert!(stages.len() >= KILLS / 2, "{summary}");
    assert!(stages.contains(&Stage::Importing), "{summary}");
}

/// Waits until a file of the workspace exists.
fn wait_for(workspace: &Workspace, file: &str, import: &mut Child) {
    let awaited = workspace.path().join(file);
    while !awaited.exists() && import.try_wait().expect("a process of this test").is_none() {
        thread::sleep(Duration::from_micros(100));
    }
    assert!(awaited.exists(), "{file}");
}

#[tokio::test]
async fn an_import_killed_when_a_file_appears_is_repeated_exactly_once() {
    let reference = Reference::new(0..600).await;
    let mut random = Random::new(1);
    for (appears, key, existing) in [
        ("key", Key::Made, false),
        ("lake/lake.toml", Key::Made, false),
        ("lake/responses", Key::Given, false),
        (
            "lake/responses/_delta_log/00000000000000000000.json",
            Key::Given,
            false,
        ),
        ("lake/imports", Key::Given, false),
        (
            "lake/imports/_delta_log/00000000000000000000.json",
            Key::Given,
            false,
        ),
        ("export.rejects.csv", Key::Given, true),
        (
            "lake/responses/survey=default/month=2024-01",
            Key::Given,
            false,
        ),
        (
            "lake/responses/_delta_log/00000000000000000001.json",
            Key::Given,
            false,
        ),
        (
            "lake/responses/_delta_log/00000000000000000002.json",
            Key::Given,
            true,
        ),
        (
            "lake/imports/_delta_log/00000000000000000001.json",
            Key::Given,
            false,
        ),
    ] {
        for attempt in 0..2 {
            let workspace = reference.workspace(existing);
            let mut import = start(&workspace, key);
            wait_for(&workspace, appears, &mut import);
            // Immediately, and a little later.
            thread::sleep(Duration::from_millis(attempt * 4).mul_f64(random.fraction()));
            import.kill().expect("a process of this test");
            import.wait().expect("a process of this test");
            let stage = reference.stage(&workspace, key, existing).await;
            eprintln!("killed when {appears} was there: {stage:?}");
            ingest(&workspace, key, "export.csv");
            reference.check(&workspace, key, existing).await;
        }
    }
}

#[tokio::test]
async fn a_killed_import_can_be_followed_by_a_longer_export() {
    let reference = Reference::new(0..4000).await;
    let mut random = Random::new(2);
    for number in 0..5 {
        let workspace = Workspace::new();
        workspace.write("export.csv", export(0..3000));
        let mut import = start(&workspace, Key::Given);
        thread::sleep(
            reference
                .duration
                .mul_f64((f64::from(number) + random.fraction()) / 5.0),
        );
        import.kill().expect("a process of this test");
        import.wait().expect("a process of this test");
        workspace.write("export.csv", &reference.csv);
        ingest(&workspace, Key::Given, "export.csv");
        assert_eq!(
            value(&workspace.lake(), FIGURES).await,
            reference.figures_fresh
        );
    }
}

#[tokio::test]
async fn only_the_new_rows_of_a_longer_export_are_imported() {
    let reference = Reference::new(0..3000).await;
    let workspace = Workspace::new();
    let first = workspace
        .ingest(&workspace.write("first.csv", export(0..2000)))
        .await;
    let longer = workspace
        .ingest(&workspace.write("longer.csv", &reference.csv))
        .await;
    assert_eq!((first.new, longer.new), (2000, 1000));
    assert_eq!(longer.rows, longer.new + longer.duplicate + longer.rejected);
    assert_eq!(
        value(&workspace.lake(), FIGURES).await,
        reference.figures_fresh
    );
    assert_eq!(
        value(
            &workspace.lake(),
            "SELECT string_agg(new, ',' ORDER BY imported_at) FROM imports"
        )
        .await,
        "2000,1000"
    );
}

/// Runs imports concurrently and returns the output of each.
fn ingest_together(workspace: &Workspace, files: &[&str]) -> Vec<serde_json::Value> {
    let imports: Vec<Child> = files
        .iter()
        .map(|file| {
            command(workspace, Key::Given, file)
                .arg("--json")
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program can be started")
        })
        .collect();
    imports
        .into_iter()
        .map(|import| {
            let output = import.wait_with_output().expect("a process of this test");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{errors}");
            serde_json::from_slice(&output.stdout).expect("a summary in JSON")
        })
        .collect()
}

/// Number of new responses of each import, sorted.
fn new(summaries: &[serde_json::Value]) -> Vec<u64> {
    let mut new: Vec<u64> = summaries
        .iter()
        .map(|summary| summary["new"].as_u64().expect("a count"))
        .collect();
    new.sort_unstable();
    new
}

/// Every import reports its number of new responses, even if several run concurrently.
async fn assert_imports_add_up(lake: &Lake, imports: usize) {
    assert_eq!(
        value(
            lake,
            "SELECT concat(count(*), ' ', count(rows), ' ', sum(new)) FROM imports"
        )
        .await,
        format!(
            "{imports} {imports} {}",
            value(lake, "SELECT count(*) FROM responses").await
        )
    );
}

#[tokio::test]
async fn overlapping_concurrent_exports_are_imported_exactly_once() {
    let reference = Reference::new(0..3000).await;
    for _ in 0..4 {
        let workspace = reference.workspace(true);
        workspace.write("early.csv", export(0..2000));
        workspace.write("late.csv", export(1000..3000));
        let summaries = ingest_together(&workspace, &["early.csv", "late.csv"]);
        assert_eq!(new(&summaries).iter().sum::<u64>(), 3000, "{summaries:?}");
        let lake = workspace.lake();
        assert_eq!(value(&lake, FIGURES).await, reference.figures_existing);
        assert_imports_add_up(&lake, 3).await;
    }
}

#[tokio::test]
async fn one_export_imported_by_four_processes_is_imported_exactly_once() {
    let reference = Reference::new(0..2000).await;
    for _ in 0..3 {
        let workspace = reference.workspace(true);
        let summaries = ingest_together(&workspace, &["export.csv"; 4]);
        assert_eq!(new(&summaries), [0, 0, 0, 2000], "{summaries:?}");
        reference.check(&workspace, Key::Given, true).await;
        assert_imports_add_up(&workspace.lake(), 2).await;
    }
}

#[tokio::test]
async fn four_processes_create_one_lake() {
    let reference = Reference::new(0..100).await;
    for _ in 0..10 {
        let workspace = reference.workspace(false);
        let summaries = ingest_together(&workspace, &["export.csv"; 4]);
        assert_eq!(new(&summaries), [0, 0, 0, 100], "{summaries:?}");
        reference.check(&workspace, Key::Given, false).await;
    }
}

/// An import that is suspended while another one commits, as on a sleeping machine.
#[cfg(unix)]
#[tokio::test]
async fn a_suspended_import_notices_a_concurrent_import() {
    let reference = Reference::new(0..3000).await;
    for stands_still_at in [
        "export.rejects.csv",
        "lake/responses/_delta_log/00000000000000000002.json",
    ] {
        let workspace = reference.workspace(true);
        workspace.write("export.csv", export(0..2000));
        workspace.write("late.csv", export(1000..3000));
        let mut import = start(&workspace, Key::Given);
        wait_for(&workspace, stands_still_at, &mut import);
        signal(&import, "STOP");
        ingest(&workspace, Key::Given, "late.csv");
        signal(&import, "CONT");
        let status = import.wait().expect("a process of this test");
        assert!(status.success(), "{stands_still_at}");
        let lake = workspace.lake();
        assert_eq!(value(&lake, FIGURES).await, reference.figures_existing);
        let rows = "SELECT string_agg(file, ' ' ORDER BY file) FROM imports";
        assert_eq!(value(&lake, rows).await, "before.csv export.csv late.csv");
    }
}

#[cfg(unix)]
fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &process.id().to_string()])
        .status();
    assert!(sent.expect("the program kill").success());
}

/// Removes an import's row from `imports`, as if it had been killed between its two commits.
/// `version` is the commit that contains the row.
fn forget_row(workspace: &Workspace, version: u32) {
    let table = workspace.path().join("lake/imports");
    let commit = table.join(format!("_delta_log/{version:020}.json"));
    let actions = fs::read_to_string(&commit).expect("a commit");
    for action in actions.lines() {
        let action: serde_json::Value = serde_json::from_str(action).expect("JSON");
        if let Some(path) = action["add"]["path"].as_str() {
            fs::remove_file(table.join(path)).expect("a file of the table");
        }
    }
    fs::remove_file(commit).expect("a commit");
}

/// The number of rows that were written, one a commit.
fn written_rows(workspace: &Workspace) -> usize {
    let log = workspace.path().join("lake/imports/_delta_log");
    let commits = fs::read_dir(log).expect("a log").filter(|file| {
        let name = file.as_ref().expect("a file").file_name();
        name.to_string_lossy().ends_with(".json")
    });
    commits.count() - 1
}

const ROWS: &str =
    "SELECT string_agg(concat(file, ' ', new), ', ' ORDER BY imported_at) FROM imports";

#[tokio::test]
async fn a_row_missing_from_imports_after_a_crash_is_added_by_the_next_import() {
    let workspace = Workspace::new();
    let [a, b] = [("a.csv", 0..100), ("b.csv", 100..300)]
        .map(|(name, responses)| workspace.write(name, export(responses)));
    workspace.ingest(&a).await;
    forget_row(&workspace, 1);
    assert_eq!(written_rows(&workspace), 0);
    // Until then, it is read from the log of responses.
    assert_eq!(value(&workspace.lake(), ROWS).await, "a.csv 100");
    workspace.ingest(&b).await;
    assert_eq!(value(&workspace.lake(), ROWS).await, "a.csv 100, b.csv 200");
    assert_eq!(written_rows(&workspace), 2);

    // Importing the same file again also adds the row.
    forget_row(&workspace, 2);
    assert!(workspace.ingest(&b).await.already_imported);
    assert_eq!(value(&workspace.lake(), ROWS).await, "a.csv 100, b.csv 200");
    assert_eq!(written_rows(&workspace), 2);
    let lineage = "SELECT count(DISTINCT import_id) FROM responses JOIN imports USING (import_id)";
    assert_eq!(value(&workspace.lake(), lineage).await, "2");
}

#[tokio::test]
async fn a_missing_row_is_noticed_even_if_another_import_was_recorded_after_the_crash() {
    let workspace = Workspace::new();
    let [a, b, c] = [("a.csv", 0..100), ("b.csv", 100..300), ("c.csv", 300..600)]
        .map(|(name, responses)| workspace.write(name, export(responses)));
    workspace.ingest(&a).await;
    workspace.ingest(&b).await;
    // Both imports ran concurrently: b looked for missing rows before a committed anything.
    forget_row(&workspace, 1);
    let log = workspace.path().join("lake/imports/_delta_log");
    // They are of the version, too.
    remove_checksums(&log);
    let [first, second] = [1, 2].map(|version| log.join(format!("{version:020}.json")));
    fs::rename(second, first).expect("a commit");
    assert_eq!(value(&workspace.lake(), ROWS).await, "a.csv 100, b.csv 200");
    workspace.ingest(&c).await;
    assert_eq!(
        value(&workspace.lake(), ROWS).await,
        "a.csv 100, b.csv 200, c.csv 300"
    );
    assert_eq!(written_rows(&workspace), 3);
}

/// An export of these responses after the `version`th edit.
fn version(responses: Range<u32>, version: u32) -> String {
    let mut csv = "response_id,responded_at,score,comment,email,updated_at\n".to_owned();
    for number in responses {
        let minutes = number * 30;
        let (days, hour, minute) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
        writeln!(
            csv,
            "r-{number},2026-{:02}-{:02}T{hour:02}:{minute:02}:00Z,{},version {version},\
             person{}@example.org,2026-09-{version:02}T00:00:00Z",
            days / 28 + 1,
            days % 28 + 1,
            (number + version) % 11,
            number % 700
        )
        .expect("memory");
    }
    csv
}

/// Every response, with its number and version.
const VERSIONS: &str = "SELECT concat(string_agg(concat(comment, ': ', n), ', ' ORDER BY comment), \
                        '; ids ', sum(ids), '; score ', sum(score)) FROM (SELECT comment, \
                        count(*) AS n, count(DISTINCT response_id) AS ids, sum(score) AS score \
                        FROM responses GROUP BY comment)";

/// Checks that the figures of the imports add up to the content of the lake.
async fn versions_add_up(lake: &Lake) -> bool {
    let added = value(lake, "SELECT sum(new) FROM imports").await;
    added == value(lake, "SELECT count(*) FROM responses").await
        && value(lake, "SELECT count(DISTINCT response_id) FROM responses").await == added
        && value(
            lake,
            "SELECT bool_and(rows = new + updated + duplicate + rejected) FROM imports",
        )
        .await
            == "true"
}

fn score(responses: Range<u32>, version: u32) -> u32 {
    responses.map(|number| (number + version) % 11).sum()
}

#[tokio::test]
async fn an_update_killed_at_any_moment_is_repeated_exactly_once() {
    let base = Workspace::new();
    base.write("before.csv", version(0..1500, 1));
    ingest(&base, Key::Given, "before.csv");
    let before = value(&base.lake(), VERSIONS).await;
    assert_eq!(
        before,
        format!("version 1: 1500; ids 1500; score {}", score(0..1500, 1))
    );
    let after = format!(
        "version 1: 500, version 2: 1500; ids 2000; score {}",
        score(0..500, 1) + score(500..2000, 2)
    );
    let edited = version(500..2000, 2);
    let prepare = || {
        let workspace = Workspace::new();
        copy_folder(&base.path().join("lake"), &workspace.path().join("lake"));
        workspace.write("export.csv", &edited);
        workspace
    };
    let whole = prepare();
    let mut duration = ingest(&whole, Key::Given, "export.csv");
    assert_eq!(value(&whole.lake(), VERSIONS).await, after);
    let imported =
        "SELECT concat(rows, ' ', new, ' ', updated) FROM imports WHERE file = 'export.csv'";
    assert_eq!(value(&whole.lake(), imported).await, "1500 500 1000");

    let mut random = Random::new(3);
    let by_time = (0..6).map(|number| Err((f64::from(number) + random.fraction()) / 6.0));
    let by_file = [
        Ok("lake/responses/_delta_log/00000000000000000002.json"),
        Ok("lake/imports/_delta_log/00000000000000000002.json"),
    ];
    let (mut untouched, mut committed) = (0, 0);
    for moment in by_time.collect::<Vec<_>>().into_iter().chain(by_file) {
        let workspace = prepare();
        let mut import = start(&workspace, Key::Given);
        match moment {
            Ok(file) => wait_for(&workspace, file, &mut import),
            Err(fraction) => thread::sleep(duration.mul_f64(fraction)),
        }
        import.kill().expect("a process of this test");
        import.wait().expect("a process of this test");
        let seen = value(&workspace.lake(), VERSIONS).await;
        if seen == before {
            untouched += 1;
        } else {
            assert_eq!(seen, after, "a part of an import is visible");
            committed += 1;
        }
        let repeated = ingest(&workspace, Key::Given, "export.csv");
        if seen == before {
            duration = repeated;
        }
        let lake = workspace.lake();
        assert_eq!(value(&lake, VERSIONS).await, after, "{moment:?}");
        assert_eq!(value(&lake, IMPORTED).await, "1", "{moment:?}");
        assert_eq!(value(&lake, imported).await, "1500 500 1000", "{moment:?}");
        assert!(versions_add_up(&lake).await, "{moment:?}");
    }
    assert!(untouched > 0 && committed > 0, "{untouched} {committed}");
}

#[tokio::test]
async fn an_update_wins_against_a_concurrent_older_version() {
    for _ in 0..3 {
        let workspace = Workspace::new();
        workspace.write("first.csv", version(0..2000, 1));
        workspace.write("edited.csv", version(1000..3000, 2));
        ingest_together(&workspace, &["first.csv", "edited.csv"]);
        let lake = workspace.lake();
        assert_eq!(
            value(&lake, VERSIONS).await,
            format!(
                "version 1: 1000, version 2: 2000; ids 3000; score {}",
                score(0..1000, 1) + score(1000..3000, 2)
            )
        );
        assert!(versions_add_up(&lake).await);
    }
}

#[tokio::test]
async fn overlapping_edited_exports_leave_the_newest_version_of_each_response() {
    let base = Workspace::new();
    base.write("first.csv", version(0..2000, 1));
    ingest(&base, Key::Given, "first.csv");
    for _ in 0..3 {
        let workspace = Workspace::new();
        copy_folder(&base.path().join("lake"), &workspace.path().join("lake"));
        workspace.write("early.csv", version(0..1500, 2));
        workspace.write("late.csv", version(500..2500, 3));
        ingest_together(&workspace, &["early.csv", "late.csv"]);
        let lake = workspace.lake();
        assert_eq!(
            value(&lake, VERSIONS).await,
            format!(
                "version 2: 500, version 3: 2000; ids 2500; score {}",
                score(0..500, 2) + score(500..2500, 3)
            )
        );
        assert!(versions_add_up(&lake).await);
    }
}
