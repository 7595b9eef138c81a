//! Imports without options: each file of `tests/data/imports/` gives the NPS and the number of
//! scored answers in `expected.tsv`, or a question.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use voxql::IngestOptions;

use super::common::{Workspace, assert_counts_add_up};

#[tokio::test]
async fn files_are_read_correctly_or_asked_about() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imports");
    let expected = fs::read_to_string(folder.join("expected.tsv")).expect("expected.tsv");
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for line in expected.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let mut column = || columns.next().expect("three columns");
        let (file, nps, answers) = (column(), column(), column());
        seen.insert(file.to_owned());
        let right = if nps == "question" {
            "a question".to_owned()
        } else {
            let nps: f64 = nps.parse().expect("a number");
            format!("{nps:.4} of {answers}")
        };
        let found = outcome(&folder.join(file)).await;
        if found != right {
            wrong.push(format!("{file}: expected {right}, found {found}"));
        }
    }
    let files = fs::read_dir(&folder).expect("the folder");
    let names = files.map(|file| file.expect("an entry").file_name().into_string());
    for name in names.map(|name| name.expect("UTF-8")) {
        assert!(
            seen.contains(&name) || ["README.md", "expected.tsv"].contains(&name.as_str()),
            "{name} is not in expected.tsv"
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The NPS and the number of scored answers, or the kind of the error.
async fn outcome(file: &Path) -> String {
    let workspace = Workspace::new();
    match workspace
        .lake()
        .ingest(file, &IngestOptions::default())
        .await
    {
        Ok(summary) => {
            assert_counts_add_up(&summary);
            match summary.nps {
                Some(figure) => format!("{:.4} of {}", figure.nps, figure.responses),
                None => "no answer".to_owned(),
            }
        }
        Err(error) if error.is_question() => {
            assert!(error.hint().is_some(), "{error}");
            "a question".to_owned()
        }
        Err(error) => format!("an error: {error}"),
    }
}
