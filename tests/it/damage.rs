//! Damaged lakes: no wrong answer, whatever was done to the files.

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::error::DataFusionError;
use futures::FutureExt;
use voxql::{Error, Lake};

use crate::common::{Workspace, copy_folder};

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

/// SplitMix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
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
    let mut state = number(SEED_VARIABLE, 1);
    let (mut found, mut harmless, mut wrong) = (0, 0, Vec::new());
    for _ in 0..number(FLIPS_VARIABLE, FLIPS) {
        let files = files(&folder);
        let file = &files[usize::try_from(random(&mut state)).expect("64 bits") % files.len()];
        let mut bytes = fs::read(file).expect("a file");
        if bytes.is_empty() {
            continue;
        }
        let bit = random(&mut state) % (bytes.len() as u64 * 8);
        bytes[usize::try_from(bit / 8).expect("64 bits")] ^= 1 << (bit % 8);
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
