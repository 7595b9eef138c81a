//! Shared by the tests: a folder with a key and a lake, and the program itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use voxql::{ImportSummary, IngestOptions, Lake};

/// The key of every lake in the tests, so that pseudonyms are the same in every run.
pub(crate) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Answers whose respondent nobody can reach. There is none at any time: people are in the lake
/// before their answers.
pub(crate) const UNREACHABLE: &str = "SELECT count(*) FROM responses LEFT ANTI JOIN identities \
                                      ON responses.respondent = identities.respondent \
                                      WHERE responses.respondent IS NOT NULL";

/// A temporary folder that a test works in.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// One whose lake holds an export, `answers.csv`, with the segments in it.
    pub(crate) fn with_answers(export: &str) -> Self {
        let workspace = Self::new();
        workspace.write("answers.csv", export);
        let status = workspace
            .voxql()
            .args(["ingest", "answers.csv", "--keep", "segment"])
            .stdout(Stdio::null())
            .status()
            .expect("the program starts");
        assert!(status.success());
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("a file in the temporary folder");
        path
    }

    /// The lake of the folder, through the library.
    pub(crate) fn lake(&self) -> Lake {
        let uri = self.path().join("lake");
        Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
            .key(KEY)
            .expect("a valid key")
            .open()
            .expect("a valid location")
    }

    /// Imports a file with nothing said about it.
    pub(crate) async fn ingest(&self, file: &Path) -> ImportSummary {
        self.lake()
            .ingest(file, &IngestOptions::default())
            .await
            .expect("the file can be imported")
    }

    /// The program, run in the folder, on its lake, with the key of the tests and nothing of the
    /// user's own environment or configuration.
    pub(crate) fn voxql(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voxql"));
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path().join("home"))
            .env("VOXQL_LAKE", "lake")
            .env("VOXQL_KEY", KEY);
        command
    }
}

/// Asserts that every row of a file is in exactly one of the counts.
pub(crate) fn assert_counts_add_up(summary: &ImportSummary) {
    assert_eq!(
        summary.new
            + summary.updated
            + summary.duplicate
            + summary.not_a_response
            + summary.rejected
            + summary.suppressed,
        summary.rows,
        "every row is counted once: {summary}"
    );
}

/// Copies a folder with all that is in it to where none is yet.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Removes the checksums from the commits of a log, as an earlier version of voxql wrote them.
pub(crate) fn remove_checksums(log: &Path) {
    for file in fs::read_dir(log).expect("a log") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let commit = fs::read_to_string(&path).expect("a commit");
            if let Some((before, rest)) = commit.split_once("\"voxql.checksum\":") {
                let (_, behind) = rest.split_once(',').expect("another member");
                fs::write(&path, format!("{before}{behind}")).expect("a commit");
            }
        }
    }
}

/// The single value of a query, as text.
pub(crate) async fn value(lake: &Lake, sql: &str) -> String {
    use datafusion::arrow::util::display::array_value_to_string;

    let batches = lake
        .session()
        .sql(sql)
        .await
        .expect("a valid query")
        .collect()
        .await
        .expect("a query that runs");
    let batch = batches
        .iter()
        .find(|batch| batch.num_rows() > 0)
        .expect("a query with a row");
    array_value_to_string(batch.column(0), 0).expect("a value that can be shown")
}

/// A file of the shared test data, `None` (and a line that says so) where that is not there.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

/// Numbers from a seed, the same on every machine.
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }
}
