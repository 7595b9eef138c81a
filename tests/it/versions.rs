//! Responses imported again: unchanged, as a newer version, or with another person's id.

use std::fmt::Write as _;

use voxql::{Error, ImportSummary, IngestOptions, UnknownRespondents};

use super::common::{Workspace, assert_counts_add_up, value};

async fn import(
    workspace: &Workspace,
    content: impl AsRef<[u8]>,
    set: impl FnOnce(&mut IngestOptions),
) -> Result<ImportSummary, Error> {
    let mut options = IngestOptions::default();
    set(&mut options);
    let name = format!(
        "export {}.csv",
        std::fs::read_dir(workspace.path()).map_or(0, Iterator::count)
    );
    let file = workspace.write(&name, content);
    let summary = workspace.lake().ingest(&file, &options).await?;
    assert_counts_add_up(&summary);
    Ok(summary)
}

/// Returns the counts of new, updated, duplicate and rejected rows.
fn counts(summary: &ImportSummary) -> (u64, u64, u64, u64) {
    (
        summary.new,
        summary.updated,
        summary.duplicate,
        summary.rejected,
    )
}

const HEADER: &str = "response_id,date,email,score,comment,segment\n";

/// Five good rows and one with an invalid score.
fn with_one_bad_row() -> String {
    let mut export = HEADER.to_owned();
    for id in 0..5 {
        writeln!(export, "{id},2026-01-01,,9,,").expect("memory");
    }
    export + "bad,2026-01-01,,11,,\n"
}

#[tokio::test]
async fn an_edited_response_replaces_the_older_version() {
    let workspace = Workspace::new();
    let keep = |options: &mut IngestOptions| options.keep = vec!["segment".into()];
    let first = format!(
        "{HEADER}a,2026-01-31,a@example.com,9,good,smb\nb,2026-01-05,b@example.com,8,,smb\n\
         c,2026-02-05,c@example.com,1,bad,smb\n"
    );
    import(&workspace, first, keep).await.expect("an import");
    // One response was edited and moved to another month; the others are unchanged.
    let edited = format!(
        "{HEADER}a,2026-02-01,a@example.com,3,bad after all,smb\n\
         b,2026-01-05,b@example.com,8,,smb\nd,2026-02-09,d@example.com,10,,ent\n"
    );
    let summary = import(&workspace, edited, keep).await.expect("an import");
    assert_eq!(counts(&summary), (1, 1, 1, 0));
    let lake = workspace.lake();
    let all = "SELECT string_agg(response_id || score || month || segment, ' ' ORDER BY response_id) \
               FROM responses";
    assert_eq!(
        value(&lake, all).await,
        "a32026-02smb b82026-01smb c12026-02smb d102026-02ent"
    );
    assert_eq!(value(&lake, "SELECT sum(updated) FROM imports").await, "1");
    // The ids stay out of the log: they may identify a person.
    let log = workspace.path().join("lake/responses/_delta_log");
    for entry in std::fs::read_dir(log).expect("a log") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("JSON");
        assert!(
            !text.contains("'a'") && !text.contains("@example"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_update_rewrites_only_its_partitions() {
    let workspace = Workspace::new();
    let header = "response_id,date,survey,score\n";
    let surveys = ["Küche & Bad/100%", "it's='x'", "", "a b"];
    let mut first = header.to_owned();
    for (number, survey) in surveys.iter().enumerate() {
        writeln!(first, "u{number},2026-01-05,\"{survey}\",9").expect("memory");
        writeln!(first, "v{number},2026-01-06,\"{survey}\",8").expect("memory");
        writeln!(first, "w{number},2026-02-06,\"{survey}\",0").expect("memory");
        writeln!(first, "x{number},,\"{survey}\",10").expect("memory");
    }
    let undated = "u,,\"a b\",7\n";
    import(&workspace, first + undated, |_| {})
        .await
        .expect("an import");
    let files = || {
        let mut files = Vec::new();
        let pattern = workspace.path().join("lake/responses/**/*.parquet");
        for file in glob::glob(pattern.to_str().expect("UTF-8")).expect("a pattern") {
            files.push(file.expect("a file"));
        }
        files
    };
    let before = files();
    assert_eq!(before.len(), 12, "{before:?}");
    let mut edited = header.to_owned();
    for (number, survey) in surveys.iter().enumerate() {
        writeln!(edited, "v{number},2026-01-06,\"{survey}\",6").expect("memory");
    }
    let summary = import(&workspace, edited + "u,,\"a b\",2\n", |_| {}).await;
    assert_eq!(counts(&summary.expect("an import")), (0, 5, 0, 0));
    // January of each survey, and the undated responses of the last.
    assert_eq!(files().len(), before.len() + 5);
    let lake = workspace.lake();
    let all = "SELECT string_agg(concat(left(response_id, 1), score), ' ' ORDER BY response_id) \
               FROM responses WHERE survey = ";
    for (survey, expected) in [
        ("'Küche & Bad/100%'", "u9 v6 w0 x10"),
        ("'it''s=''x'''", "u9 v6 w0 x10"),
        ("'default'", "u9 v6 w0 x10"),
        ("'a b'", "u2 u9 v6 w0 x10"),
    ] {
        assert_eq!(value(&lake, &format!("{all}{survey}")).await, expected);
    }
}

#[tokio::test]
async fn columns_missing_from_an_update_keep_their_values() {
    let workspace = Workspace::new();
    import(
        &workspace,
        format!(
            "{HEADER}a,2026-01-31,a@example.com,9,good,smb\nb,2026-01-05,b@example.com,8,,ent\n"
        ),
        |options| options.keep = vec!["segment".into()],
    )
    .await
    .expect("an import");
    // An export with fewer columns, and one with a new column.
    let summary = import(
        &workspace,
        "id,date,score,plan\na,2026-01-31,2,pro\nz,2026-03-01,7,free\n",
        |options| options.keep = vec!["plan".into()],
    )
    .await
    .expect("an import");
    assert_eq!(counts(&summary), (1, 1, 0, 0));
    let lake = workspace.lake();
    let row = "SELECT score || comment || segment || plan || month || (respondent IS NOT NULL) \
               FROM responses WHERE response_id = 'a'";
    assert_eq!(value(&lake, row).await, "2goodsmbpro2026-01true");
    let others = "SELECT count(*) FROM responses WHERE plan IS NULL";
    assert_eq!(value(&lake, others).await, "1");
}

#[tokio::test]
async fn the_update_time_decides_if_there_is_one() {
    let workspace = Workspace::new();
    let header = "response_id,date,score,updated_at\n";
    let newest = format!("{header}a,2026-01-01,3,2026-01-05\n");
    import(&workspace, newest, |_| {}).await.expect("an import");
    // An export from before the change, and one with both versions.
    let older = format!("{header}a,2026-01-01,9,2026-01-02\n");
    let summary = import(&workspace, older, |_| {}).await.expect("an import");
    assert_eq!(counts(&summary), (0, 0, 1, 0));
    let both = format!(
        "{header}a,2026-01-01,5,2026-01-09\na,2026-01-01,9,2026-01-02\n\
         b,2026-01-01,1,2026-01-02\nb,2026-01-01,7,2026-01-03\n"
    );
    let summary = import(&workspace, both, |_| {}).await.expect("an import");
    assert_eq!(counts(&summary), (1, 1, 2, 0));
    let scores = "SELECT string_agg(score, ' ' ORDER BY response_id) FROM responses";
    assert_eq!(value(&workspace.lake(), scores).await, "5 7");
}

#[tokio::test]
async fn an_id_shared_by_two_people_in_a_file_is_rejected() {
    let workspace = Workspace::new();
    let export = format!(
        "{HEADER}1,2026-01-01,a@example.com,9,,\n1,2026-02-01,b@example.com,3,,\n\
         2,2026-02-01,c@example.com,x,,\n3,2026-02-01,c@example.com,4,,\n4,2026-02-01,d@example.com,6,,\n"
    );
    let summary = import(&workspace, export, |_| {}).await.expect("an import");
    assert_eq!(counts(&summary), (3, 0, 0, 2));
    let rejects = std::fs::read_to_string(summary.rejects_file.expect("a file")).expect("text");
    assert!(
        rejects.contains("response \"\"1\"\" is also on line 2, with different answers"),
        "{rejects}"
    );
    assert_eq!(rejects.lines().count(), 3);
}

#[tokio::test]
async fn without_ids_a_larger_export_adds_only_new_responses() {
    let workspace = Workspace::new();
    let export = |rows: u32| {
        let mut export = "Zeitstempel,score\n".to_owned();
        for row in 0..rows {
            // Two anonymous responses per minute.
            writeln!(export, "2026-03-01 10:{:02},9", row / 2).expect("memory");
        }
        export
    };
    let first = import(&workspace, export(20), |_| {})
        .await
        .expect("an import");
    assert_eq!(counts(&first), (20, 0, 0, 0));
    let second = import(&workspace, export(31), |_| {})
        .await
        .expect("an import");
    assert_eq!(counts(&second), (11, 0, 20, 0));
    // A respondent's answer within a minute can be edited.
    let named =
        |score: u32| format!("Zeitstempel,score,email\n2026-03-02 10:00,{score},a@example.com\n");
    import(&workspace, named(9), |_| {})
        .await
        .expect("an import");
    let edited = import(&workspace, named(2), |_| {})
        .await
        .expect("an import");
    assert_eq!(counts(&edited), (0, 1, 0, 0));
}

#[tokio::test]
async fn row_numbers_as_ids_do_not_duplicate_responses() {
    let rows = |ids: &[u32]| {
        let mut export = "id,date,email,score\n".to_owned();
        for id in ids {
            writeln!(export, "{id},2026-03-{id:02} 10:00,p{id}@example.com,9").expect("memory");
        }
        export
    };
    // The ids of the first export are row numbers, those of the second are not.
    for (first, second) in [
        (&[1, 2, 3, 4, 5, 6][..], &[2, 5, 9][..]),
        (&[2, 5, 9], &[1, 2, 3, 4, 5, 6]),
    ] {
        let workspace = Workspace::new();
        import(&workspace, rows(first), |_| {})
            .await
            .expect("an import");
        import(&workspace, rows(second), |_| {})
            .await
            .expect("an import");
        let count = "SELECT count(*) FROM responses";
        assert_eq!(value(&workspace.lake(), count).await, "7");
    }
}

#[tokio::test]
async fn no_dedup_keeps_every_row() {
    let workspace = Workspace::new();
    let export = format!("{HEADER}{}", "1,2026-01-01,a@example.com,9,,\n".repeat(3));
    let summary = import(&workspace, export, |options| options.deduplicate = false)
        .await
        .expect("an import");
    assert_eq!(counts(&summary), (3, 0, 0, 0));
    let distinct = "SELECT count(DISTINCT response_id) FROM responses";
    assert_eq!(value(&workspace.lake(), distinct).await, "3");
}

#[tokio::test]
async fn low_memory_gives_the_same_result() {
    let export = |rows: u32, from: u32, score: u32| {
        let mut export = HEADER.to_owned();
        for row in from..from + rows {
            let (month, score) = (1 + row % 12, (row + score) % 11);
            writeln!(
                export,
                "R_{row},2026-{month:02}-05 10:00,p{row}@example.com,{score},word {row},s{}",
                row % 7
            )
            .expect("memory");
        }
        // The last rows occur twice.
        let tail: Vec<&str> = export.lines().rev().take(50).collect();
        let tail = tail.join("\n");
        export + &tail + "\nbad,2026-01-01,,11,,\n"
    };
    let mut results = Vec::new();
    for memory_bytes in [None, Some(1)] {
        let workspace = Workspace::new();
        let say = |options: &mut IngestOptions| {
            options.memory_bytes = memory_bytes;
            options.keep = vec!["segment".into()];
        };
        let first = import(&workspace, export(30_000, 0, 0), say)
            .await
            .expect("an import");
        assert_eq!(counts(&first), (30_000, 0, 50, 1));
        let second = import(&workspace, export(30_000, 10_000, 1), say)
            .await
            .expect("an import");
        assert_eq!(counts(&second), (10_000, 20_000, 50, 1));
        let all = "SELECT concat(count(*), ' ', nps(score), ' ', sum(score * length(comment)), ' ', \
                   count(DISTINCT response_id), ' ', count(DISTINCT month || segment)) FROM responses";
        results.push(value(&workspace.lake(), all).await);
    }
    assert_eq!(results[0], results[1]);
    assert!(results[0].starts_with("40000 "), "{results:?}");
}

#[tokio::test]
async fn a_strict_import_with_a_rejected_row_writes_nothing() {
    let workspace = Workspace::new();
    let export = with_one_bad_row();
    let strict = |options: &mut IngestOptions| options.strict = true;
    let error = import(&workspace, &export, strict)
        .await
        .expect_err("a reject");
    assert!(error.is_refused(), "{error}");
    assert!(
        error.to_string().contains("line 7: score \"11\""),
        "{error}"
    );
    let names: Vec<_> = std::fs::read_dir(workspace.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().contains("reject"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
    let status = workspace
        .voxql()
        .args(["ingest", "--strict", "export 0.csv"])
        .output()
        .expect("the program runs")
        .status;
    assert_eq!(status.code(), Some(1));
    let good = export.replace("11", "10");
    let summary = import(&workspace, good, strict).await.expect("no reject");
    assert_eq!(summary.new, 6);
}

#[tokio::test]
async fn rejects_are_written_to_the_given_path() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("bad rows");
    std::fs::create_dir(&folder).expect("a folder");
    let export = with_one_bad_row();
    let summary = import(&workspace, export, |options| {
        options.rejects = Some(folder.display().to_string());
    })
    .await
    .expect("an import");
    let file = summary.rejects_file.expect("a file");
    assert!(file.starts_with(&folder.display().to_string()), "{file}");
    assert!(
        std::fs::read_to_string(file)
            .expect("text")
            .contains("outside 0 to 10")
    );
}

#[tokio::test]
async fn unknown_respondents_are_marked_or_rejected() {
    let workspace = Workspace::new();
    let crm = workspace.write(
        "crm.csv",
        "Name,E-Mail\nAna,ana@example.com\nBo, BO@example.com\n",
    );
    let export = "id,date,score,email\n1,2026-01-01,9,Ana@example.com\n2,2026-01-01,8,bo@example.com\n\
                  3,2026-01-01,0,eve@example.com\n4,2026-01-01,5,\n";
    let mark = import(&workspace, export, |options| {
        options.known_respondents = Some(crm.clone());
        options.survey = Some("marked".to_owned());
    })
    .await
    .expect("an import");
    assert_eq!(mark.new, 4);
    let lake = workspace.lake();
    let marks = "SELECT string_agg(coalesce(known_respondent::text, 'nobody'), ' ' ORDER BY response_id) FROM responses";
    assert_eq!(value(&lake, marks).await, "true true false nobody");
    let reject = import(&workspace, export, |options| {
        options.known_respondents = Some(crm.clone());
        options.unknown_respondents = UnknownRespondents::Reject;
        options.survey = Some("rejected".to_owned());
    })
    .await
    .expect("an import");
    assert_eq!(counts(&reject), (3, 0, 0, 1));
    let rejects = std::fs::read_to_string(reject.rejects_file.expect("a file")).expect("text");
    assert!(
        rejects.contains("not in the list of known respondents"),
        "{rejects}"
    );
}

/// The lake and key files that exist in the folder after an import with its own key.
fn files_after(workspace: &Workspace, arguments: &[&str]) -> (Option<i32>, String, bool, bool) {
    let output = workspace
        .voxql()
        .env_remove("VOXQL_KEY")
        .env("VOXQL_KEY_FILE", workspace.path().join("key"))
        .arg("ingest")
        .args(arguments)
        .output()
        .expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(text).expect("UTF-8"),
        workspace.path().join("lake").exists(),
        workspace.path().join("key").exists(),
    )
}

#[test]
fn a_failed_import_creates_no_lake_and_no_key() {
    let workspace = Workspace::new();
    workspace.write("export.csv", with_one_bad_row());
    workspace.write("crm.csv", "Name,E-Mail\nAna,ana@example.com\n");
    workspace.write(
        "strangers.csv",
        "id,date,score,email\ns1,2026-01-01,9,bo@example.com\ns2,2026-01-02,3,eve@example.com\n",
    );
    let nobody_known = [
        "--known-respondents",
        "crm.csv",
        "--unknown-respondents",
        "reject",
        "strangers.csv",
    ];
    for (arguments, code, part) in [
        (
            &["--strict", "export.csv"][..],
            1,
            "1 row would be rejected",
        ),
        (&nobody_known, 2, "none of the 2 rows can be imported"),
        (&["--rejects", "crm.csv", "export.csv"], 2, "crm.csv"),
        (&["--dry-run", "export.csv"], 0, "new 5"),
    ] {
        let (ended, text, has_lake, has_key) = files_after(&workspace, arguments);
        assert_eq!(ended, Some(code), "{text}");
        assert!(text.contains(part), "{text}");
        assert!(!text.contains("created the pseudonym key"), "{text}");
        assert!(!has_lake && !has_key, "{arguments:?}: {text}");
    }
    let (code, text, has_lake, has_key) = files_after(&workspace, &["export.csv"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("created the pseudonym key"), "{text}");
    assert!(has_lake && has_key);
    let (_, text, ..) = files_after(&workspace, &["strangers.csv"]);
    assert!(text.contains("new 2"), "{text}");
    assert!(!text.contains("created the pseudonym key"), "{text}");
}

#[test]
fn a_new_key_is_reported_even_if_the_import_fails() {
    let workspace = Workspace::new();
    workspace.write("export.csv", with_one_bad_row());
    // A file in place of a folder that is written after the key.
    std::fs::create_dir(workspace.path().join("lake")).expect("a folder");
    workspace.write("lake/audit", "");
    let (code, text, _, has_key) = files_after(&workspace, &["export.csv"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(has_key, "{text}");
    assert!(text.contains("created the pseudonym key"), "{text}");
}

#[tokio::test]
async fn rereading_a_file_with_other_options_gives_a_hint() {
    let workspace = Workspace::new();
    let file = workspace.write("answers.csv", "id,NPS\n1,9\n2,8\n3,7\n4,3\n5,ten\n");
    assert_eq!(workspace.ingest(&file).await.rejected, 1);
    let mut options = IngestOptions::default();
    options.lenient = true;
    let lake = workspace.lake();
    let again = lake.ingest(&file, &options).await.expect("nothing to do");
    assert!(again.already_imported);
    assert!(
        again
            .notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
            .contains("rejects file"),
        "{again}"
    );
    let rejects = workspace.path().join("answers.rejects.csv");
    let summary = lake.ingest(&rejects, &options).await.expect("it is read");
    assert_eq!(summary.new, 1, "{summary}");
}

#[test]
fn a_version_whose_files_are_gone_says_so() {
    let workspace = Workspace::new();
    workspace.write(
        "a.csv",
        "id,date,score,email\n1,2026-01-01,9,a@example.com\n2,2026-01-02,3,b@example.com\n",
    );
    let run = |arguments: &[&str]| {
        let output = workspace
            .voxql()
            .args(arguments)
            .output()
            .expect("it starts");
        (
            output.status.code(),
            String::from_utf8(output.stderr).expect("UTF-8"),
        )
    };
    assert_eq!(run(&["ingest", "a.csv"]).0, Some(0));
    assert_eq!(run(&["forget", "a@example.com"]).0, Some(0));
    let (code, error) = run(&[
        "--at-version",
        "1",
        "-c",
        "SELECT count(comment) FROM responses",
    ]);
    assert_eq!(code, Some(2), "{error}");
    assert!(
        error.contains("version 1 of the responses was erased: 1 of its 1 files are gone"),
        "{error}"
    );
    assert!(
        error.contains("hint: voxql forget, retain and optimize remove"),
        "{error}"
    );
    let (code, error) = run(&["-c", "SELECT count(*) FROM responses AT (VERSION => 1)"]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("was erased"), "{error}");
    assert_eq!(
        run(&[
            "--at-version",
            "3",
            "-c",
            "SELECT count(comment) FROM responses"
        ])
        .0,
        Some(0)
    );
    // Then the log of earlier versions is gone as well.
    let everywhere = run(&["forget", "b@example.com", "--everywhere"]);
    assert_eq!(everywhere.0, Some(0), "{}", everywhere.1);
    let at = ["--at", "2020-01-01", "-c", "SELECT count(*) FROM responses"];
    let (code, error) = run(&at);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("was erased: its log is gone"), "{error}");
}
