//! Damaged lakes: no wrong answer, whatever was done to the files.

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::error::DataFusionError;
use futures::FutureExt;
use voxql::{DoctorOptions, Error, Lake};

use crate::common::{SplitMix64, Workspace, copy_folder, remove_checksums, value};

/// Number of flipped bits, and the seed that chooses them.
const FLIPS_VARIABLE: &str = "VOXQL_TEST_FLIPS";
const FLIPS: u64 = 150;
const SEED_VARIABLE: &str = "VOXQL_TEST_SEED";

/// What is read of every table: from counts, from statistics, and from rows.
const QUESTIONS: [&str; 8] = [
    "SELECT month, nps(score), count(*) FROM responses GROUP BY month ORDER BY month",
    "SELECT count(*), min(score), max(responded_at) FROM responses",
    "SELECT md5(string_agg(concat_ws('|', response_id, survey, day, respondent, account, score, \
     responded_at, comment, consent, import_id, segment), ',' ORDER BY survey, response_id)) \
     FROM responses",
    "SELECT segment, nps(score) FROM latest_responses GROUP BY segment ORDER BY segment",
    "SELECT count(*) FROM happy",
    "SELECT file, rows, new, updated FROM imports ORDER BY imported_at",
    "SELECT md5(string_agg(concat_ws('|', respondent, reveal(respondent, 'email')), ',' \
     ORDER BY respondent)) FROM identities",
    "SELECT count(*) FROM identities LEFT ANTI JOIN responses USING (respondent)",
];

fn export(responses: std::ops::Range<u32>) -> String {
    let rows = responses.map(|n| {
        let (month, day, score) = (n % 3 + 1, n % 28 + 1, n * 7 % 11);
        format!(
            "r{n},2026-{month:02}-{day:02},{score},p{}@example.com,comment {n} {},{}\n",
            n % 40,
            n.wrapping_mul(2_654_435_761),
            ["smb", "mid", "big"][n as usize % 3]
        )
    });
    "id,date,score,email,comment,segment\n".to_owned() + &rows.collect::<String>()
}

/// A lake of several imports, with updated rows, counts, a view, and files of before and after
/// `optimize`.
fn lake() -> Workspace {
    let workspace = Workspace::with_answers(&export(0..120));
    workspace.write("more.csv", export(100..200));
    workspace.write("again.csv", export(0..60).replace(",5,", ",6,"));
    for arguments in [
        ["ingest", "more.csv", "--keep", "segment"].as_slice(),
        &["optimize"],
        &["ingest", "again.csv", "--keep", "segment"],
        &[
            "-c",
            "CREATE VIEW lake.happy AS SELECT * FROM responses WHERE score > 7",
        ],
    ] {
        let output = workspace.voxql().args(arguments).output();
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{output:?}");
    }
    workspace
}

/// The answers to the questions; an error for one that has none.
async fn answers(lake: &Lake) -> Vec<Result<String, String>> {
    let mut answers = Vec::new();
    for question in QUESTIONS {
        let session = lake.session();
        let answer = async {
            let rows = lake.sql(&session, question).await?.collect().await?;
            let table = pretty_format_batches(&rows).map_err(DataFusionError::from)?;
            Ok::<_, Error>(table.to_string())
        };
        let answer = AssertUnwindSafe(answer).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| panic!("{question} panics"));
        answers.push(answer.map_err(|error| error.to_string()));
    }
    answers
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A file of many blocks is not lost as a whole.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_lost_rows_and_their_import() {
    let row = |n: u32| {
        let noise = SplitMix64::new(n.into()).next();
        format!(
            "r{n},2026-01-{:02},9,p{n}@example.com,case {noise} and {n},big\n",
            n % 28 + 1
        )
    };
    let header = "id,date,score,email,comment,segment\n";
    let export = header.to_owned() + &(0..20_000).map(row).collect::<String>();
    let workspace = Workspace::with_answers(&export);
    let folder = workspace.path().join("lake");
    flip(&added(&folder.join("responses")), 50);
    let found = workspace.lake().doctor(&DoctorOptions::default()).await;
    let found = found.expect("a lake").to_string();
    let import = value(&workspace.lake(), "SELECT import_id FROM imports").await;
    let lost = format!("; damaged are rows 1 to 20000 of 20000, of import {import}\n");
    assert!(found.contains(&lost), "{found}");
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_an_error_and_never_a_wrong_answer() {
    let workspace = lake();
    let expected = answers(&workspace.lake()).await;
    assert!(expected.iter().all(Result::is_ok), "{expected:?}");
    let folder = workspace.path().join("lake");
    let kept = workspace.path().join("kept");
    copy_folder(&folder, &kept);
    let mut random = SplitMix64::new(number(SEED_VARIABLE, 1));
    let (mut found, mut harmless, mut wrong) = (0, 0, Vec::new());
    for _ in 0..number(FLIPS_VARIABLE, FLIPS) {
        let files = files(&folder);
        let file = &files[random.below(files.len())];
        let mut bytes = fs::read(file).expect("a file");
        if bytes.is_empty() {
            continue;
        }
        let bit = random.below(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(file, &bytes).expect("a file");
        let answered = answers(&workspace.lake()).await;
        let is_wrong =
            |(answer, expected): &(&Result<_, _>, &_)| answer.is_ok() && answer != expected;
        if let Some((answer, _)) = answered.iter().zip(&expected).find(is_wrong) {
            wrong.push(format!("bit {bit} of {}: {answer:?}", file.display()));
        } else if answered.iter().any(Result::is_err) {
            found += 1;
        } else {
            harmless += 1;
        }
        // Not that file alone: `reveal` adds to the audit log.
        fs::remove_dir_all(&folder).expect("a folder");
        copy_folder(&kept, &folder);
    }
    println!(
        "{found} found, {harmless} without effect, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found > 0, "nothing was damaged");
}

/// The newest file of a folder with this ending.
fn newest(folder: &Path, ending: &str) -> PathBuf {
    let files = files(folder).into_iter().rev();
    let mut found = files.filter(|path| path.to_string_lossy().ends_with(ending));
    found
        .next()
        .unwrap_or_else(|| panic!("no {ending} in {}", folder.display()))
}

/// A file that the newest commit of a table added, and the newest version has.
fn added(table: &Path) -> PathBuf {
    let commits = files(&table.join("_delta_log")).into_iter().rev();
    let commits = commits.filter(|path| path.extension().is_some_and(|name| name == "json"));
    let mut adds = commits.filter_map(|commit| {
        let commit = fs::read_to_string(commit).expect("a commit");
        let add = commit.lines().find(|line| line.starts_with("{\"add\""))?;
        Some(serde_json::from_str::<serde_json::Value>(add).expect("an action"))
    });
    let add = adds.next().expect("a file");
    // Paths in the log are encoded as those of URLs.
    let path =
        object_store::path::Path::from_url_path(add["add"]["path"].as_str().expect("a path"));
    table.join(path.expect("a path").as_ref())
}

fn flip(path: &Path, byte: usize) {
    let mut bytes = fs::read(path).expect("a file");
    bytes[byte] ^= 1;
    fs::write(path, bytes).expect("a file");
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("a text");
    assert!(text.contains(from), "{from} is not in {}", path.display());
    fs::write(path, text.replace(from, to)).expect("a file");
}

/// Puts a checkpoint with these bytes into a log, of the newest version.
fn checkpoint(log: &Path, bytes: &[u8]) {
    let newest = newest(log, ".json");
    let version = newest.file_stem().expect("a name").to_string_lossy();
    fs::write(log.join(format!("{version}.checkpoint.parquet")), bytes).expect("a file");
    let version: u64 = version.parse().expect("a version");
    let named = format!("{{\"version\":{version},\"size\":3}}");
    fs::write(log.join("_last_checkpoint"), named).expect("a file");
}

/// What is done to a lake.
type Damage = fn(&Path);

/// Each kind of damage; what `voxql doctor` says; whether queries are refused; whether it is repaired.
const DAMAGES: [(&str, Damage, &str, bool, bool); 33] = [
    (
        "a bit of responses",
        |lake| flip(&added(&lake.join("responses")), 50),
        "; damaged are all ",
        true,
        false,
    ),
    (
        "a footer of responses",
        |lake| {
            let file = added(&lake.join("responses"));
            let end = fs::metadata(&file).expect("a file").len();
            flip(&file, usize::try_from(end).expect("a size") - 30);
        },
        "the checksum of bytes 0 to ",
        true,
        false,
    ),
    (
        "a cut file of responses",
        |lake| {
            let file = added(&lake.join("responses"));
            let bytes = fs::read(&file).expect("a file");
            fs::write(&file, &bytes[..bytes.len() / 2]).expect("a file");
        },
        " bytes instead of ",
        true,
        false,
    ),
    (
        "a removed file of responses",
        |lake| fs::remove_file(added(&lake.join("responses"))).expect("a file"),
        "the file is missing",
        true,
        false,
    ),
    (
        "a bit of identities",
        |lake| flip(&added(&lake.join("identities")), 50),
        "the checksum of bytes 0 to ",
        false,
        false,
    ),
    (
        "a removed commit of identities",
        |lake| {
            fs::remove_file(newest(&lake.join("identities/_delta_log"), ".json")).expect("a file")
        },
        "identities: the log of identities has ",
        false,
        false,
    ),
    (
        "a commit in place of the next",
        |lake| {
            let log = lake.join("responses/_delta_log");
            let newest = newest(&log, ".json");
            let version = newest.file_stem().expect("a name").to_string_lossy();
            let version: u64 = version.parse().expect("a version");
            let before = log.join(format!("{:020}.json", version - 1));
            fs::copy(before, &newest).expect("a copy");
        },
        "the checksum of the commit is wrong",
        true,
        false,
    ),
    (
        "a checkpoint that is named and is not there",
        |lake| {
            let named = "{\"version\":9999,\"size\":3}";
            fs::write(lake.join("imports/_delta_log/_last_checkpoint"), named).expect("a file");
        },
        "/imports/_delta_log: the newest checkpoint of the log is missing",
        false,
        true,
    ),
    (
        "a commit between others that is gone",
        |lake| {
            let log = lake.join("imports/_delta_log");
            fs::remove_file(log.join("00000000000000000001.json")).expect("a file");
        },
        "/imports/_delta_log: commits are missing in the middle of the log",
        false,
        true,
    ),
    (
        "a commit of long ago in place of another",
        |lake| {
            let log = lake.join("identities/_delta_log");
            let first = log.join("00000000000000000000.json");
            fs::copy(first, log.join("00000000000000000001.json")).expect("a copy");
        },
        "identities: ",
        false,
        false,
    ),
    (
        "responses that are gone",
        |lake| fs::remove_dir_all(lake.join("responses")).expect("a folder"),
        "the responses are gone, and imports is there",
        true,
        false,
    ),
    (
        "an edited view",
        |lake| replace(&newest(&lake.join("definitions"), ".toml"), "> 7", "> 8"),
        "the checksum of the views and macros is wrong",
        false,
        false,
    ),
    (
        "an emptied file of views",
        |lake| fs::write(newest(&lake.join("definitions"), ".toml"), "").expect("a file"),
        "the newest file of views and macros is empty",
        false,
        false,
    ),
    (
        "a bit of imports",
        |lake| flip(&added(&lake.join("imports")), 50),
        "the checksum of bytes 0 to ",
        false,
        true,
    ),
    (
        "a bit of the counts",
        |lake| {
            for file in files(&lake.join("rollup")) {
                if file.extension().is_some_and(|name| name == "parquet") {
                    flip(&file, 50);
                }
            }
        },
        "rollup: ",
        false,
        true,
    ),
    (
        "a removed file of counts",
        |lake| fs::remove_file(added(&lake.join("rollup"))).expect("a file"),
        "the file is missing",
        false,
        true,
    ),
    (
        "a changed commit",
        |lake| {
            replace(
                &newest(&lake.join("responses/_delta_log"), ".json"),
                "numRecords\\\":",
                "numRecords\\\":1",
            )
        },
        "the checksum of the commit is wrong",
        true,
        false,
    ),
    (
        "an emptied commit",
        |lake| fs::write(newest(&lake.join("responses/_delta_log"), ".json"), "").expect("a file"),
        "the commit is empty",
        true,
        false,
    ),
    (
        "a cut commit",
        |lake| {
            let commit = newest(&lake.join("responses/_delta_log"), ".json");
            let text = fs::read_to_string(&commit).expect("a commit");
            let first = text.lines().next().expect("a line");
            fs::write(&commit, first).expect("a commit");
        },
        "the checksum of the commit is wrong",
        true,
        false,
    ),
    (
        "a removed commit",
        |lake| {
            fs::remove_file(newest(&lake.join("responses/_delta_log"), ".json")).expect("a file")
        },
        "was counted: commits are missing",
        true,
        false,
    ),
    (
        "a removed commit of imports",
        |lake| fs::remove_file(newest(&lake.join("imports/_delta_log"), ".json")).expect("a file"),
        "no row here for 1 import with responses",
        false,
        true,
    ),
    (
        "a commit of something else",
        |lake| {
            let commit = newest(&lake.join("identities/_delta_log"), ".json");
            fs::write(commit, "{}").expect("a commit");
        },
        "the commit has no checksum, and the one before has",
        false,
        false,
    ),
    (
        "a commit that is no JSON",
        |lake| {
            let commit = newest(&lake.join("responses/_delta_log"), ".json");
            fs::write(commit, "garbage").expect("a commit");
        },
        "the commit has no checksum, and the one before has",
        true,
        false,
    ),
    (
        "an emptied lake.toml",
        |lake| fs::write(lake.join("lake.toml"), "").expect("a file"),
        "lake.toml is empty",
        true,
        false,
    ),
    (
        "a commit that names a file elsewhere",
        |lake| {
            let log = lake.join("responses/_delta_log");
            remove_checksums(&log);
            let commit = newest(&log, ".json");
            let text = fs::read_to_string(&commit).expect("a commit");
            let path = text.split_once("{\"add\":{\"path\":\"").expect("a path").1;
            let path = path.split('"').next().expect("an end");
            fs::write(&commit, text.replace(path, "../../../secret.parquet")).expect("a commit");
        },
        "the log names a file outside the table",
        true,
        false,
    ),
    (
        "settings that are gone",
        |lake| fs::remove_file(lake.join("lake.toml")).expect("a file"),
        "lake.toml: ",
        true,
        true,
    ),
    (
        "settings that are no settings",
        |lake| fs::write(lake.join("lake.toml"), "format = 2\nwhat").expect("a file"),
        "lake.toml: ",
        true,
        false,
    ),
    (
        "an edited audit entry",
        |lake| replace(&newest(&lake.join("audit/entry"), "0"), "import", "inport"),
        "audit: ",
        false,
        false,
    ),
    (
        "an audit log that is gone",
        |lake| fs::remove_dir_all(lake.join("audit")).expect("a folder"),
        "audit: ",
        false,
        false,
    ),
    (
        "an audit log that was begun again",
        |lake| {
            fs::remove_dir_all(lake.join("audit")).expect("a folder");
            let workspace = lake.parent().expect("a workspace");
            let mut voxql = std::process::Command::new(env!("CARGO_BIN_EXE_voxql"));
            let output = voxql
                .env("VOXQL_KEY", crate::common::KEY)
                .args(["--lake", "lake", "subject", "nobody@example.com"])
                .current_dir(workspace)
                .output();
            assert!(output.expect("the program starts").status.success());
        },
        "audit: ",
        false,
        false,
    ),
    (
        "a checkpoint that is no checkpoint",
        |lake| checkpoint(&lake.join("responses/_delta_log"), b"PAR1"),
        ".checkpoint.parquet: the checkpoint is not a Parquet file",
        true,
        true,
    ),
    (
        "a checkpoint of identities that is cut",
        |lake| checkpoint(&lake.join("identities/_delta_log"), b"PAR"),
        ".checkpoint.parquet: the checkpoint is not a Parquet file",
        false,
        true,
    ),
    (
        "a file that a killed import left",
        |lake| {
            let file = added(&lake.join("responses"));
            let left = file.with_file_name(
                "part-00000-00000000-0000-0000-0000-000000000000-c000.zstd.parquet",
            );
            fs::copy(&file, &left).expect("a copy");
            let day_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
            let left = fs::File::options().append(true).open(left).expect("a file");
            left.set_modified(day_ago).expect("a time");
        },
        "no version has 1 file",
        false,
        true,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_is_damaged_and_repairs_what_can_be() {
    let workspace = lake();
    let healthy = workspace.lake().doctor(&DoctorOptions::default()).await;
    let healthy = healthy.expect("a lake");
    assert!(healthy.findings.is_empty(), "{healthy}");
    assert_eq!(healthy.responses, 200);
    let expected = answers(&workspace.lake()).await;
    let folder = workspace.path().join("lake");
    let kept = workspace.path().join("kept");
    copy_folder(&folder, &kept);
    for (damage, make, finding, refuses, is_repaired) in DAMAGES {
        make(&folder);
        let answered = answers(&workspace.lake()).await;
        for (index, (answer, expected)) in answered.iter().zip(&expected).enumerate() {
            assert!(
                answer.is_err() || answer == expected,
                "{damage}: {index}: {answer:?}"
            );
        }
        assert_eq!(answered[2].is_err(), refuses, "{damage}: {answered:?}");
        let found = workspace.lake().doctor(&DoctorOptions::default()).await;
        let found = found.expect(damage);
        assert!(found.to_string().contains(finding), "{damage}: {found}");
        let mut repair = DoctorOptions::default();
        (repair.repair, repair.full) = (true, true);
        let repaired = workspace.lake().doctor(&repair).await.expect(damage);
        let left = workspace.lake().doctor(&DoctorOptions::default()).await;
        let left = left.expect(damage);
        if is_repaired {
            assert!(repaired.is_well(), "{damage}: {repaired}");
            assert!(left.is_well(), "{damage}: {left}");
            assert_eq!(answers(&workspace.lake()).await, expected, "{damage}");
        } else {
            assert!(!repaired.is_well() && !left.is_well(), "{damage}: {left}");
        }
        fs::remove_dir_all(&folder).expect("a folder");
        copy_folder(&kept, &folder);
    }
}

/// Runs the program; returns true if it succeeds, and all that it prints.
fn run(workspace: &Workspace, arguments: &[&str]) -> (bool, String) {
    let output = workspace.voxql().args(arguments).output();
    let output = output.expect("the program starts");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.success(), text)
}

/// Lost commits, a damaged file, and a table that is gone. Somebody who was forgotten since, and somebody who
/// withdrew consent since, do not come back.
#[tokio::test(flavor = "multi_thread")]
async fn identities_that_are_lost_come_back_by_importing_again() {
    let losses: [(&str, Damage); 3] = [
        ("commits", |lake| {
            let log = lake.join("identities/_delta_log");
            for file in files(&log) {
                let name = file.file_name().expect("a name").to_string_lossy();
                if !name.starts_with("00000000000000000000.")
                    && !name.starts_with("00000000000000000001.")
                {
                    fs::remove_file(&file).expect("a file");
                }
            }
        }),
        ("a file", |lake| {
            for file in files(&lake.join("identities")) {
                if file.extension().is_some_and(|name| name == "parquet")
                    && !file.to_string_lossy().contains(".checkpoint")
                {
                    flip(&file, 50);
                }
            }
        }),
        ("the table", |lake| {
            fs::remove_dir_all(lake.join("identities")).expect("a folder");
        }),
    ];
    for (loss, make) in losses {
        let workspace = lake();
        let run = |arguments: &[&str]| {
            let (is_done, text) = run(&workspace, arguments);
            assert!(is_done, "{loss}: {text}");
            text
        };
        run(&["forget", "p7@example.com"]);
        workspace.write(
            "withdrawn.csv",
            "id,date,score,email,comment,segment,consent\nr8,2026-03-09,1,p8@example.com,,big,no\n",
        );
        run(&["ingest", "withdrawn.csv", "--keep", "segment"]);
        let expected = answers(&workspace.lake()).await;
        make(&workspace.path().join("lake"));
        let lost = answers(&workspace.lake()).await;
        assert!(lost[6].is_err(), "{loss}: {:?}", lost[6]);
        assert_eq!(lost[2], expected[2], "{loss}");
        let mut options = DoctorOptions::default();
        options.repair = true;
        let repaired = workspace.lake().doctor(&options).await.expect(loss);
        assert!(!repaired.is_well(), "{loss}: {repaired}");
        let files = "again.csv, answers.csv, more.csv, withdrawn.csv";
        assert!(repaired.to_string().contains(files), "{loss}: {repaired}");
        let warned = run(&["forget", "nobody@example.com"]);
        assert!(warned.contains("are lost"), "{loss}: {warned}");
        for file in ["answers.csv", "more.csv", "again.csv", "withdrawn.csv"] {
            let again = run(&["ingest", file, "--keep", "segment"]);
            assert!(
                again.contains("sealed again") || file == "again.csv",
                "{loss}: {again}"
            );
            let once_more = run(&["ingest", file, "--keep", "segment"]);
            assert!(!once_more.contains("sealed again"), "{loss}: {once_more}");
        }
        let well = workspace.lake().doctor(&DoctorOptions::default()).await;
        let well = well.expect(loss);
        assert!(well.is_well(), "{loss}: {well}");
        assert_eq!(answers(&workspace.lake()).await, expected, "{loss}");
    }
}

/// The list of forgotten people that is lost, with an import that would bring one back.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_forgotten_people_that_is_lost_is_missed() {
    let losses: [(&str, Damage, &str); 3] = [
        (
            "a commit",
            |lake| {
                fs::remove_file(newest(&lake.join("suppressions/_delta_log"), ".json"))
                    .expect("a file");
            },
            "commits are missing",
        ),
        (
            "the table",
            |lake| fs::remove_dir_all(lake.join("suppressions")).expect("a folder"),
            "commits are missing",
        ),
        (
            "a file",
            |lake| flip(&added(&lake.join("suppressions")), 50),
            "the checksum of bytes 0 to ",
        ),
    ];
    for (loss, make, error) in losses {
        let workspace = lake();
        let run = |arguments: &[&str]| run(&workspace, arguments);
        assert!(run(&["forget", "p7@example.com"]).0);
        workspace.write(
            "back.csv",
            "id,date,score,email,comment,segment\nr900,2026-03-09,1,p7@example.com,,big\n",
        );
        make(&workspace.path().join("lake"));
        let (is_imported, text) = run(&["ingest", "back.csv", "--keep", "segment"]);
        assert!(!is_imported && text.contains(error), "{loss}: {text}");
        let (is_answered, text) = run(&["-c", "SELECT count(*) FROM suppressions"]);
        assert!(
            !is_answered && text.contains(error) || loss == "a file",
            "{loss}: {text}"
        );
        let (is_well, text) = run(&["doctor"]);
        assert!(!is_well && text.contains(error), "{loss}: {text}");
        let (_, text) = run(&["doctor", "--repair"]);
        assert!(text.contains("forget them again"), "{loss}: {text}");
        assert!(run(&["forget", "p7@example.com"]).0, "{loss}");
        let (is_imported, text) = run(&["ingest", "back.csv", "--keep", "segment"]);
        assert!(
            is_imported && text.contains("suppressed 1"),
            "{loss}: {text}"
        );
        let (is_well, text) = run(&["doctor"]);
        assert!(
            is_well && text.contains("forget them again"),
            "{loss}: {text}"
        );
    }
}

/// They follow from the entries. The next command that writes one makes them again, too.
#[test]
fn tiles_of_the_audit_log_are_made_again() {
    let workspace = lake();
    let tiles = workspace.path().join("lake/audit/tile");
    fs::remove_file(newest(&tiles, "")).expect("a file");
    let (is_well, text) = run(&workspace, &["doctor"]);
    assert!(!is_well && text.contains("the tile is missing"), "{text}");
    let (is_well, text) = run(&workspace, &["doctor", "--repair"]);
    assert!(is_well && text.contains("repaired: audit"), "{text}");
    let (is_well, text) = run(&workspace, &["doctor"]);
    assert!(is_well && text.contains("nothing is wrong"), "{text}");
}

/// All tables of a backup, beside the audit log of now.
#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_is_older_than_its_audit_log_is_missed() {
    let workspace = lake();
    let folder = workspace.path().join("lake");
    let kept = workspace.path().join("kept");
    copy_folder(&folder, &kept);
    let run = |arguments: &[&str]| run(&workspace, arguments);
    workspace.write("late.csv", export(300..310));
    let commands: [&[&str]; 2] = [
        &["ingest", "late.csv", "--keep", "segment"],
        &["forget", "p7@example.com"],
    ];
    for command in commands {
        assert!(run(command).0);
        for table in ["responses", "identities", "imports", "rollup"] {
            fs::remove_dir_all(folder.join(table)).expect("a folder");
            copy_folder(&kept.join(table), &folder.join(table));
        }
        if folder.join("suppressions").exists() {
            fs::remove_dir_all(folder.join("suppressions")).expect("a folder");
        }
        // Before an import goes on from there, too.
        let refused: [&[&str]; 3] = [
            &["-c", "SELECT count(*) FROM responses"],
            &["ingest", "late.csv", "--keep", "segment"],
            &["doctor"],
        ];
        for arguments in refused {
            let (is_well, text) = run(arguments);
            assert!(
                !is_well && text.contains("the lake is older than its audit log"),
                "{arguments:?}: {text}"
            );
        }
        assert!(run(&["doctor", "--repair"]).0);
        let (is_well, text) = run(&["doctor"]);
        assert!(is_well, "{text}");
    }
    assert!(run(&["ingest", "late.csv", "--keep", "segment"]).0);
    let (is_well, text) = run(&["doctor"]);
    assert!(is_well && text.contains("nothing is wrong"), "{text}");
}

/// An audit log that was begun again, or is one of before. Its loss stays to be seen after a repair.
#[test]
fn entries_that_are_lost_are_missed() {
    for is_restored in [false, true] {
        let workspace = lake();
        let audit = workspace.path().join("lake/audit");
        let kept = workspace.path().join("kept");
        copy_folder(&audit, &kept);
        let run = |arguments: &[&str]| run(&workspace, arguments);
        workspace.write("late.csv", export(300..310));
        workspace.write("later.csv", export(310..320));
        assert!(run(&["ingest", "late.csv", "--keep", "segment"]).0);
        fs::remove_dir_all(&audit).expect("a folder");
        if is_restored {
            copy_folder(&kept, &audit);
        }
        let refused: [(&[&str], &str); 3] = [
            (
                &["ingest", "later.csv", "--keep", "segment"],
                "entries are missing",
            ),
            (&["-c", "SELECT count(*) FROM audit"], "removed"),
            (&["doctor"], "removed"),
        ];
        for (arguments, expected) in refused {
            let (is_well, text) = run(arguments);
            assert!(!is_well && text.contains(expected), "{arguments:?}: {text}");
        }
        let (_, text) = run(&["doctor", "--repair"]);
        assert!(text.contains("repaired: audit"), "{text}");
        assert!(run(&["ingest", "later.csv", "--keep", "segment"]).0);
        let (_, text) = run(&["doctor"]);
        let is_seen = text.contains("no entry for");
        assert!(is_seen && !text.contains("damage"), "{text}");
        assert!(run(&["audit", "verify"]).0);
    }
}

/// A changed entry is no answer.
#[test]
fn the_table_of_entries_is_checked() {
    let workspace = lake();
    let entries = workspace.path().join("lake/audit/entry");
    let run = |sql: &str| run(&workspace, &["-c", sql]);
    assert!(run("SELECT count(*) FROM audit").0);
    let [first, third] = ["000000000000", "000000000002"].map(|name| entries.join(name));
    fs::copy(first, third).expect("a copy");
    let (is_answered, text) = run("SELECT count(*) FROM audit");
    assert!(!is_answered && text.contains("audit"), "{text}");
}

/// Without its rules, no table is answered.
#[test]
fn no_table_is_answered_without_the_settings() {
    let workspace = lake();
    fs::remove_file(workspace.path().join("lake/lake.toml")).expect("a file");
    for table in Lake::TABLES {
        let sql = format!("SELECT count(*) FROM {table}");
        let (is_answered, text) = run(&workspace, &["-c", &sql]);
        assert!(
            !is_answered && text.contains("lake.toml is gone"),
            "{table}: {text}"
        );
    }
}

#[test]
fn lost_views_and_macros_are_missed() {
    let workspace = lake();
    let folder = workspace.path().join("lake/definitions");
    let run = |arguments: &[&str]| run(&workspace, arguments);
    let create = |value: u32| {
        let sql = format!("CREATE OR REPLACE VIEW lake.v AS SELECT {value} AS x");
        assert!(run(&["-c", &sql]).0);
    };
    create(1);
    create(2);
    assert!(run(&["doctor"]).0);
    fs::remove_dir_all(&folder).expect("a folder");
    let (is_well, text) = run(&["doctor"]);
    assert!(
        !is_well && text.contains("views and macros are lost"),
        "{text}"
    );
    assert!(run(&["doctor", "--repair"]).0);
    create(3);
    let (is_well, text) = run(&["doctor"]);
    assert!(is_well && text.contains("nothing is wrong"), "{text}");
}

/// A write after a loss would hide it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_into_a_lake_whose_commits_are_missing() {
    let workspace = lake();
    let expected = answers(&workspace.lake()).await;
    let run = |arguments: &[&str]| run(&workspace, arguments);
    let log = workspace.path().join("lake/responses/_delta_log");
    fs::remove_file(newest(&log, ".json")).expect("a file");
    workspace.write("new.csv", export(300..310));
    for arguments in [
        ["ingest", "new.csv", "--keep", "segment"].as_slice(),
        &["optimize"],
        &["forget", "p1@example.com"],
    ] {
        let (is_done, text) = run(arguments);
        assert!(!is_done && text.contains("commits are missing"), "{text}");
    }
    assert!(answers(&workspace.lake()).await[2].is_err());
    let (is_well, text) = run(&["doctor", "--repair"]);
    assert!(!is_well && text.contains("again.csv"), "{text}");
    assert!(run(&["ingest", "again.csv", "--keep", "segment"]).0);
    let (is_well, text) = run(&["doctor"]);
    assert!(is_well, "{text}");
    // The row of the import that was lost stays beside that of the one that replaced it.
    for (index, (answer, expected)) in answers(&workspace.lake())
        .await
        .iter()
        .zip(&expected)
        .enumerate()
    {
        assert!(answer == expected || [2, 5].contains(&index), "{answer:?}");
    }
}

#[test]
fn the_doctor_says_by_its_exit_code_what_it_found() {
    let workspace = lake();
    let doctor = |arguments: &[&str]| {
        let output = workspace.voxql().arg("doctor").args(arguments).output();
        let output = output.expect("the program starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text)
    };
    let (code, text) = doctor(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("nothing is wrong"), "{text}");
    flip(&added(&workspace.path().join("lake/responses")), 50);
    let (code, text) = doctor(&["--json"]);
    assert_eq!(code, Some(1), "{text}");
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(found["findings"][0]["severity"], "damage", "{text}");
}
