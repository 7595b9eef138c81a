//! Personal data in the lake: nothing of an export's personal data is stored in clear text.

mod audit;
mod consent;
mod erasure;
mod killed;
#[cfg(unix)]
mod modes;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BinaryArray, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use url::Url;
use voxql::IngestOptions;

use crate::common::{Workspace, copy_folder, value};

/// People in an export, and all personal data in it. Numbers are long enough not to be in random
/// bytes by chance.
const EXPORT: &str = "\
id,date,score,email,First Name,Surname,Phone,country,comment
r1,2026-03-01 10:00,9,zoe.quill@example.com,Zoë,Quillfeather,+44 20 7946 0958,GB,\
\"Zoe here, call 020 7946 0958 or write to zoe.quill@example.com\"
r2,2026-03-01 11:00,2,otto.brandt@example.org,Otto,Brandtmeyer,+49 30 901820,DE,\
\"Ask for Brandtmeyer, not for jane.roe@example.net\"
r3,2026-03-02 09:30,10,,,,,,quick and friendly support
";

const PERSONAL: [&str; 11] = [
    "zoe.quill",
    "Zoe",
    "Zoë",
    "Quillfeather",
    "7946 0958",
    "79460958",
    "otto.brandt",
    "Brandtmeyer",
    "30 901820",
    "30901820",
    "jane.roe",
];

/// Everything in a lake as text: Parquet decoded, other files raw.
fn decoded(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder of the lake") {
        let path = entry.expect("an entry of the folder").path();
        found.push_str(&path.to_string_lossy());
        found.push('\n');
        if path.is_dir() {
            decoded(&path, found);
        } else if path.extension().is_some_and(|name| name == "parquet") {
            let file = File::open(&path).expect("a file of the lake");
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
            found.push_str(&format!("{:?}", reader.metadata()));
            for batch in reader.build().expect("a Parquet file") {
                let batch = batch.expect("rows of the file");
                let rows = datafusion::arrow::util::pretty::pretty_format_batches(&[batch]);
                found.push_str(&rows.expect("columns that can be shown").to_string());
            }
        } else {
            let bytes = std::fs::read(&path).expect("a file of the lake");
            found.push_str(&String::from_utf8_lossy(&bytes));
        }
        found.push('\n');
    }
}

fn assert_contains_none(workspace: &Workspace, personal: &[&str]) {
    let mut content = String::new();
    decoded(&workspace.path().join("lake"), &mut content);
    for text in personal {
        let at = content.find(text);
        let around = at.map(|at| content[..at + text.len()].chars().rev().take(80));
        let around = around.map(|around| around.collect::<Vec<_>>().into_iter().rev().collect());
        let around: Option<String> = around;
        assert_eq!(around, None, "{text} is in the lake");
    }
}

#[tokio::test]
async fn comments_are_imported_without_personal_data() {
    let workspace = Workspace::new();
    let summary = workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    assert_eq!(summary.new, 3, "{summary}");
    let redacted: Vec<(&str, u64)> = summary
        .redacted
        .iter()
        .map(|(data, count)| (data.as_str(), *count))
        .collect();
    assert_eq!(redacted, [("EMAIL", 2), ("NAME", 2), ("PHONE", 1)]);
    let comments = "SELECT string_agg(comment, '|' ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&workspace.lake(), comments).await,
        "[NAME] here, call [PHONE] or write to [EMAIL]|Ask for [NAME], not for [EMAIL]\
         |quick and friendly support"
    );
    assert_contains_none(&workspace, &PERSONAL);
}

#[tokio::test]
async fn kept_prose_is_redacted_and_names_of_things_stay() {
    let workspace = Workspace::new();
    let export = "id,date,score,plan,remark\n\
                  r1,2026-03-01 10:00,9,Otto Plan,write to otto.brandt@example.org about it\n";
    let mut options = IngestOptions::default();
    options.keep = vec!["plan".into(), "remark".into()];
    let file = workspace.write("a.csv", export);
    let lake = workspace.lake();
    lake.ingest(&file, &options).await.expect("it is imported");
    let kept = value(&lake, "SELECT plan || ': ' || remark FROM responses").await;
    assert_eq!(kept, "Otto Plan: write to [EMAIL] about it");
}

/// A later version may find more in comments: the responses are still the same.
#[tokio::test]
async fn comments_kept_as_written_are_replaced_by_redacted_ones() {
    let workspace = Workspace::new();
    let export = "date,score,comment\n2026-03-01 10:00,9,mail jane.roe@example.net please\n";
    let mut options = IngestOptions::default();
    options.redact = false;
    let lake = workspace.lake();
    let file = workspace.write("a.csv", export);
    lake.ingest(&file, &options).await.expect("it is imported");
    let comment = "SELECT comment FROM responses";
    assert_eq!(
        value(&lake, comment).await,
        "mail jane.roe@example.net please"
    );

    let longer = format!("{export}2026-03-02 10:00,3,too slow for me\n");
    let summary = workspace.ingest(&workspace.write("b.csv", longer)).await;
    assert_eq!((summary.new, summary.updated), (1, 1), "{summary}");
    let comments = "SELECT string_agg(comment, '|' ORDER BY responded_at) FROM responses";
    assert_eq!(
        value(&lake, comments).await,
        "mail [EMAIL] please|too slow for me"
    );
}

#[tokio::test]
async fn people_are_sealed_and_revealed_with_the_key() {
    let workspace = Workspace::new();
    let summary = workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    let sealed: Vec<_> = summary.sealed.iter().map(|field| &field.name).collect();
    assert_eq!(sealed, ["email", "first_name", "surname", "phone"]);
    let lake = workspace.lake();
    let select_zoe = "SELECT reveal(respondent, 'first_name') || ', ' || reveal(respondent, 'email') \
                  || ', ' || reveal(respondent, 'phone') \
                  FROM responses WHERE response_id = 'r1'";
    assert_eq!(
        value(&lake, select_zoe).await,
        "Zoë, zoe.quill@example.com, +44 20 7946 0958"
    );
    let nobodys = "SELECT count(reveal(respondent, 'shoe_size')) FROM responses";
    let frame = lake.session().sql(nobodys).await.expect("a valid query");
    let error = voxql::Error::from(frame.collect().await.expect_err("nobody has it"));
    assert!(
        error
            .to_string()
            .contains("no respondent has a sealed field 'shoe_size'"),
        "{error}"
    );
    assert_eq!(
        error.hint(),
        Some("the fields are email, first_name, phone, surname")
    );
    let listed = "SELECT string_agg(array_to_string(fields, ' '), '|') FROM identities";
    assert_eq!(
        value(&lake, listed).await,
        "email first_name phone surname|email first_name phone surname"
    );
    assert_contains_none(&workspace, &PERSONAL);
}

#[tokio::test]
async fn reveal_works_anywhere_in_a_query() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    let lake = workspace.lake();
    let email = "reveal(respondent, 'email')";
    let both = "otto.brandt@example.org, zoe.quill@example.com";
    let known = "responses WHERE respondent IS NOT NULL";
    for (select, expected) in [
        (
            format!("SELECT email FROM (SELECT {email} AS email FROM {known} GROUP BY {email})"),
            both,
        ),
        (
            format!("SELECT email FROM (SELECT DISTINCT {email} AS email FROM {known})"),
            both,
        ),
        (
            format!(
                "SELECT email FROM (SELECT {email} AS email, row_number() OVER (ORDER BY {email}) \
                 AS place FROM {known}) WHERE place <= 2"
            ),
            both,
        ),
        (
            format!(
                "SELECT {email} AS email FROM (SELECT respondent FROM {known} ORDER BY {email} \
                 LIMIT 1)"
            ),
            "otto.brandt@example.org",
        ),
        (
            format!("SELECT CAST(count(DISTINCT {email}) AS VARCHAR) AS email FROM responses"),
            "2",
        ),
        (
            format!("SELECT {email} AS email FROM {known} AND {email} LIKE 'zoe%' ORDER BY score"),
            "zoe.quill@example.com",
        ),
        (
            format!(
                "SELECT {email} || '!' AS email FROM {known} ORDER BY score, {email} DESC LIMIT 5"
            ),
            "otto.brandt@example.org!, zoe.quill@example.com!",
        ),
    ] {
        let listed = format!("SELECT string_agg(email, ', ' ORDER BY email) FROM ({select})");
        assert_eq!(value(&lake, &listed).await, expected, "{select}");
    }
    let sets = format!("SELECT count(*) FROM responses GROUP BY CUBE ({email}, survey)");
    let refused = lake.session().sql(&sets).await.expect("a valid query");
    let error = voxql::Error::from(refused.collect().await.expect_err("it is refused"));
    assert!(error.to_string().contains("GROUPING SETS"), "{error}");
}

#[tokio::test]
async fn only_shown_people_are_opened() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    let lake = workspace.lake();
    let opened = "SELECT coalesce(sum(CAST(regexp_replace(details, '[^0-9]', '', 'g') AS BIGINT)), 0) \
                  FROM audit WHERE action = 'reveal'";
    let shown = "reveal(respondent, 'email') AS email, score + 1 FROM responses \
                 WHERE respondent IS NOT NULL";
    for limited in [
        format!("SELECT {shown} ORDER BY responded_at LIMIT 1"),
        format!("SELECT {shown} ORDER BY responded_at LIMIT 1 OFFSET 1"),
        format!("SELECT {shown} LIMIT 1"),
        format!("SELECT * FROM (SELECT responded_at, {shown}) ORDER BY responded_at DESC LIMIT 1"),
    ] {
        let before: i64 = value(&lake, opened).await.parse().expect("a number");
        let frame = lake.session().sql(&limited).await.expect("a valid query");
        let batches = frame.collect().await.expect("it is opened");
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows, 1, "{limited}");
        let after: i64 = value(&lake, opened).await.parse().expect("a number");
        assert_eq!(after - before, 1, "{limited}");
    }
}

/// Checkpoints summarise the log from time to time, with all statistics of the files.
#[tokio::test]
async fn table_checkpoints_contain_no_personal_data() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    for table in ["responses", "identities", "imports", "rollup"] {
        let folder = workspace.path().join("lake").join(table);
        let url = Url::from_directory_path(&folder).expect("an absolute path");
        let opened = deltalake::open_table(url).await.expect("a table");
        let written = deltalake::checkpoints::create_checkpoint(&opened, None).await;
        written.expect("a checkpoint");
        assert!(folder.join("_delta_log/_last_checkpoint").exists());
    }
    assert_contains_none(&workspace, &PERSONAL);
}

/// A later export has more data on some people, and nothing new on others.
#[tokio::test]
async fn sealed_fields_accumulate_and_the_newest_counts() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    let later = "id,date,score,email,Surname\n\
                 r4,2026-04-01 10:00,8,otto.brandt@example.org,Brandtmeyer-Roe\n\
                 r5,2026-04-02 10:00,8,ZOE.QUILL@example.com,\n\
                 r6,2026-04-02 11:00,8,zoe.quill@example.com,Quillfeather\n";
    workspace.ingest(&workspace.write("b.csv", later)).await;
    let lake = workspace.lake();
    let names = "SELECT string_agg(DISTINCT reveal(respondent, 'first_name') || ' ' || \
                 reveal(respondent, 'surname'), ', ' ORDER BY reveal(respondent, 'first_name') \
                 || ' ' || reveal(respondent, 'surname')) FROM identities";
    assert_eq!(
        value(&lake, names).await,
        "Otto Brandtmeyer-Roe, Zoë Quillfeather"
    );
    assert_eq!(value(&lake, "SELECT count(*) FROM identities").await, "2");
}

#[tokio::test]
async fn identities_need_the_key() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    let uri = workspace.path().join("lake");
    let other = voxql::Lake::builder(uri.to_str().expect("temporary folders are UTF-8"))
        .key(&"7".repeat(64))
        .expect("a valid key")
        .open()
        .expect("a valid location");
    let session = other.session();
    let revealed = session
        .sql("SELECT reveal(respondent, 'email') FROM responses")
        .await
        .expect("a valid query")
        .collect()
        .await;
    let error = revealed.expect_err("the key is another").to_string();
    assert!(error.contains("created with a different key"), "{error}");
}

#[tokio::test]
async fn people_are_sealed_only_with_a_pseudonym_and_on_request() {
    let workspace = Workspace::new();
    let file = workspace.write("a.csv", EXPORT);
    let mut options = IngestOptions::default();
    options.seal_identities = false;
    let lake = workspace.lake();
    let summary = lake.ingest(&file, &options).await.expect("it is imported");
    assert!(summary.sealed.is_empty(), "{summary}");
    assert_eq!(summary.dropped_personal.len(), 3, "{summary}");
    assert_eq!(value(&lake, "SELECT count(*) FROM identities").await, "0");
    assert_contains_none(&workspace, &PERSONAL);
}

#[tokio::test]
async fn pseudonyms_stay_after_a_key_rotation() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    let pseudonyms = "SELECT string_agg(respondent, ',' ORDER BY respondent) FROM identities";
    let before = value(&workspace.lake(), pseudonyms).await;

    let key = workspace.path().join("new.key");
    let summary = workspace.lake().rotate_key(&key).await;
    let summary = summary.expect("the key changes");
    assert_eq!(summary.resealed, 2);
    assert_eq!(summary.new_key_file, Some(key.clone()));

    let uri = workspace.path().join("lake");
    let uri = uri.to_str().expect("temporary folders are UTF-8");
    let rotated = voxql::Lake::builder(uri)
        .key_file(&key)
        .open()
        .expect("a valid location");
    assert_eq!(value(&rotated, pseudonyms).await, before);
    let select_otto =
        "SELECT max(reveal(respondent, 'email')) FROM responses WHERE response_id = 'r2'";
    assert_eq!(
        value(&rotated, select_otto).await,
        "otto.brandt@example.org"
    );

    // Earlier respondents are recognised, and the old key no longer opens anything.
    let later = "id,date,score,email\nr9,2026-05-01 10:00,8,Otto.Brandt@example.org\n";
    let file = workspace.write("b.csv", later);
    let imported = rotated.ingest(&file, &IngestOptions::default()).await;
    imported.expect("it is imported");
    let people = "SELECT count(DISTINCT respondent) FROM responses";
    assert_eq!(value(&rotated, people).await, "2");
    let refused = workspace.lake().export_key().await;
    let refused = refused.expect_err("the key is another").to_string();
    assert!(
        refused.contains("created with a different key"),
        "{refused}"
    );
    let files = std::fs::read_dir(workspace.path().join("lake/identities"));
    let files = files.expect("the table").filter(|file| {
        let path = file.as_ref().expect("a file of the table").path();
        path.extension().is_some_and(|name| name == "parquet")
    });
    assert_eq!(files.count(), 2, "one sealed anew, one of the new import");
}

/// With `[consent] require`, people without consent are only a score.
#[tokio::test]
async fn scores_without_consent_are_anonymous() {
    let workspace = Workspace::new();
    let consents = "id,date,score,email,consent,comment\n\
                    r1,2026-03-01 10:00,9,zoe.quill@example.com,yes,quick answer from support\n\
                    r2,2026-03-01 11:00,2,otto.brandt@example.org,no,too slow to load for me\n\
                    r3,2026-03-01 12:00,7,jane.roe@example.net,,works well most of the time\n";
    let file = workspace.write("a.csv", consents);
    workspace.ingest(&file).await;
    let valid = "SELECT count(*) FROM valid_responses";
    assert_eq!(value(&workspace.lake(), valid).await, "2");

    let strict = Workspace::new();
    strict.ingest(&strict.write("first.csv", EXPORT)).await;
    let settings = strict.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    let text = format!("{text}\n[consent]\nrequire = \"granted\"\n\n[validity]\ndays = 36500\n");
    std::fs::write(&settings, text).expect("the lake's settings");
    let consents = consents
        .replace("r1,", "s1,")
        .replace("r2,", "s2,")
        .replace("r3,", "s3,");
    let summary = strict.ingest(&strict.write("a.csv", consents)).await;
    assert!(summary.to_string().contains("without consent"), "{summary}");
    let lake = strict.lake();
    let known = "SELECT string_agg(response_id || ' ' || (respondent IS NOT NULL) || ' ' || \
                 (comment IS NOT NULL), ', ' ORDER BY response_id) FROM responses \
                 WHERE response_id LIKE 's%'";
    assert_eq!(
        value(&lake, known).await,
        "s1 true true, s2 false false, s3 false false"
    );
}

#[tokio::test]
async fn forgotten_people_are_in_no_file_and_no_version() {
    for keep_score in [false, true] {
        let workspace = Workspace::new();
        workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
        let later = "id,date,score,email\nr7,2026-04-03 10:00,1,OTTO.BRANDT@example.org\n";
        workspace.ingest(&workspace.write("b.csv", later)).await;
        let lake = workspace.lake();
        let otto = value(&lake, "SELECT anonymize('otto.brandt@example.org')").await;
        let zoe = value(&lake, "SELECT anonymize('zoe.quill@example.com')").await;

        let mut options = voxql::ForgetOptions::default();
        options.people = vec!["Otto.Brandt@example.org ".to_owned()];
        options.keep_score = keep_score;
        let summary = lake.forget(&options).await.expect("he is forgotten");
        assert_eq!((summary.responses, summary.identities), (2, 2));
        let left = if keep_score { "4" } else { "2" };
        let count = "SELECT count(*) FROM responses";
        assert_eq!(value(&lake, count).await, left);
        assert_eq!(
            value(&lake, "SELECT count(score) FROM responses").await,
            left
        );
        assert_eq!(value(&lake, "SELECT count(*) FROM identities").await, "1");
        let mut personal = PERSONAL.to_vec();
        personal.push(&otto);
        assert_contains_none(&workspace, &personal);

        // Running it again changes nothing, and the other people are still there.
        let again = lake.forget(&options).await.expect("there is nothing to do");
        assert_eq!((again.responses, again.identities), (0, 0));
        let select_zoe = format!("SELECT reveal('{zoe}', 'surname')");
        assert_eq!(value(&lake, &select_zoe).await, "Quillfeather");
    }
}

#[tokio::test]
async fn data_past_its_retention_is_removed() {
    let workspace = Workspace::new();
    let today = chrono::Utc::now();
    let days_ago = |days: i64| (today - chrono::Duration::days(days)).format("%Y-%m-%d %H:%M");
    let export = format!(
        "id,date,score,email,comment\n\
         r1,{},9,old@example.com,answered long ago and well\n\
         r2,{},2,middle@example.com,answered some time ago and badly\n\
         r3,{},7,new@example.com,answered just now in between\n\
         r4,{},8,new@example.com,answered long ago by somebody who is here still\n",
        days_ago(400),
        days_ago(200),
        days_ago(1),
        days_ago(401),
    );
    workspace.ingest(&workspace.write("a.csv", export)).await;
    let lake = workspace.lake();
    let refused = lake.retain(true).await.expect_err("no retention is set");
    assert!(
        refused
            .hint()
            .is_some_and(|hint| hint.contains("comments_days"))
    );

    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    let retention =
        "[retention]\nresponses_days = 365\ncomments_days = 100\nidentities_days = 150\n";
    let nothing = format!("{text}\n[retention]\ncomments_days = 0\n");
    std::fs::write(&settings, nothing).expect("the lake's settings");
    let refused = workspace.lake().retain(false).await;
    let refused = refused.expect_err("no days are no retention").to_string();
    let line = text.lines().count() + 3;
    assert!(
        refused.contains(&format!("lake.toml, line {line}: comments_days is 0")),
        "{refused}"
    );
    std::fs::write(&settings, format!("{text}\n{retention}")).expect("the lake's settings");
    let lake = workspace.lake();
    let would = lake.retain(true).await.expect("it is counted");
    let counts =
        |summary: voxql::RetainSummary| (summary.responses, summary.comments, summary.identities);
    assert_eq!(counts(would), (2, 1, 2));
    assert_eq!(value(&lake, "SELECT count(*) FROM responses").await, "4");
    let removed = lake.retain(false).await.expect("it is removed");
    assert_eq!(counts(removed), (2, 1, 2));
    let left = "SELECT string_agg(response_id || ' ' || coalesce(comment, '-'), '|' \
                ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&lake, left).await,
        "r2 -|r3 answered just now in between"
    );
    assert_eq!(value(&lake, "SELECT count(*) FROM identities").await, "1");
    assert_eq!(
        value(&lake, "SELECT nps(score) FROM responses").await,
        "-50.0"
    );
    assert_contains_none(&workspace, &["old@", "middle@", "long ago", "badly"]);
    let again = lake.retain(false).await.expect("there is nothing to do");
    assert_eq!(counts(again), (0, 0, 0));
}

#[tokio::test]
async fn a_subject_request_returns_all_data_of_a_person() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    let lake = workspace.lake();
    let subject = lake.subject(" ZOE.QUILL@example.com").await;
    let subject = subject.expect("she is in the lake");
    assert_eq!(subject["identity"]["surname"], "Quillfeather");
    assert_eq!(subject["responses"][0]["response_id"], "r1");
    assert_eq!(subject["responses"].as_array().map(Vec::len), Some(1));
    assert_eq!(subject["imports"][0]["file"], "a.csv");
    let nobody = lake.subject("nobody@example.com").await;
    let nobody = nobody.expect("an empty result");
    assert_eq!(nobody["responses"], serde_json::json!([]));
    assert_eq!(nobody["identity"], serde_json::json!({}));
}

/// A flipped bit in a sealed identity is an error, and so is another person's sealed identity.
#[tokio::test]
async fn tampered_identities_are_not_opened() {
    let workspace = Workspace::new();
    workspace.ingest(&workspace.write("a.csv", EXPORT)).await;
    for change in [flip_a_bit, swap_people] {
        let copy = Workspace::new();
        copy_folder(&workspace.path().join("lake"), &copy.path().join("lake"));
        rewrite(&copy.path().join("lake/identities"), change);
        let lake = copy.lake();
        let opened = lake
            .session()
            .sql("SELECT reveal(respondent, 'email') FROM responses")
            .await
            .expect("a valid query")
            .collect()
            .await;
        let error = opened.expect_err("it was changed").to_string();
        assert!(error.contains("cannot be opened"), "{error}");
    }
}

fn flip_a_bit(mut sealed: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let middle = sealed[0].len() / 2;
    sealed[0][middle] ^= 1;
    sealed
}

fn swap_people(mut sealed: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    sealed.swap(0, 1);
    sealed
}

/// Rewrites the file of the table `identities` with changed sealed values.
fn rewrite(table: &Path, change: fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>) {
    let entries = std::fs::read_dir(table).expect("the table");
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    let path = paths
        .find(|path| path.extension().is_some_and(|name| name == "parquet"))
        .expect("a file of the table");
    let file = File::open(&path).expect("a file of the table");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    let schema = Arc::clone(reader.schema());
    let batches: Vec<_> = reader
        .build()
        .expect("a Parquet file")
        .collect::<Result<_, _>>()
        .expect("rows of the file");
    let batch = concat_batches(&schema, &batches).expect("rows of one file");
    let index = schema.index_of("sealed").expect("a column");
    let sealed = cast(batch.column(index), &DataType::Binary).expect("bytes");
    let sealed = sealed.as_binary::<i32>().iter().flatten();
    let changed = change(sealed.map(<[u8]>::to_vec).collect());
    let changed: ArrayRef = Arc::new(BinaryArray::from_iter_values(changed));
    let changed = cast(&changed, batch.column(index).data_type()).expect("bytes");
    let mut columns = batch.columns().to_vec();
    columns[index] = changed;
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).expect("the same columns");
    let file = File::create(&path).expect("a file of the table");
    let mut writer = ArrowWriter::try_new(file, schema, None).expect("a writer");
    writer.write(&batch).expect("rows are written");
    writer.close().expect("a whole file");
    correct_size(table, &path);
}

/// Corrects the size of a file in the log of its table.
fn correct_size(table: &Path, path: &Path) {
    let name = path.file_name().expect("a name").to_string_lossy();
    let size = std::fs::metadata(path).expect("a file").len();
    edit_log(table, |action| {
        if action["add"]["path"].as_str() == Some(&name) {
            action["add"]["size"] = size.into();
        }
    });
}

/// Edits each action in the log of a table, which then has no checksums.
fn edit_log(table: &Path, edit: impl Fn(&mut serde_json::Value)) {
    for commit in std::fs::read_dir(table.join("_delta_log")).expect("a log") {
        let commit = commit.expect("an entry").path();
        let text = std::fs::read_to_string(&commit).expect("a commit");
        let actions = text.lines().map(|line| {
            let mut action: serde_json::Value = serde_json::from_str(line).expect("an action");
            edit(&mut action);
            if let Some(info) = action["commitInfo"].as_object_mut() {
                info.remove("voxql.checksum");
            }
            if let Some(file) = action["add"].as_object_mut() {
                file.remove("tags");
            }
            format!("{action}\n")
        });
        let actions: String = actions.collect();
        std::fs::write(&commit, actions).expect("a commit");
    }
}

#[tokio::test]
async fn the_record_of_processing_counts_people_and_names_none() {
    let workspace = Workspace::new();
    let mut options = IngestOptions::default();
    options.keep = vec!["country".into()];
    let file = workspace.write("a.csv", EXPORT);
    let lake = workspace.lake();
    lake.ingest(&file, &options).await.expect("it is imported");
    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    let sections =
        "[inventory]\npurpose = \"to learn | to mend\"\n[retention]\ncomments_days = 365\n";
    std::fs::write(&settings, format!("{text}\n{sections}")).expect("the lake's settings");

    let record = workspace.lake().inventory().await.expect("a record");
    for expected in [
        "- Purpose: to learn \\| to mend",
        "- Controller: not stated; set `controller` under `[inventory]` in lake.toml",
        "`responses`: 3 responses, 2026-03-01 to 2026-03-02, of 2 respondents under pseudonyms",
        "| comments | `responses`: 3 | 365 days (`voxql retain`) |",
        "| kept columns: country |",
        "`identities`: 2 people (email: 2, first_name: 2, phone: 2, surname: 2)",
        "| names of imported files | `imports`: 1 |",
        "`audit`: 3 |",
        "Responses by consent: unknown: 3.",
    ] {
        assert!(record.contains(expected), "{expected} is not in\n{record}");
    }
    for text in PERSONAL {
        assert!(!record.contains(text), "{text} is in the record");
    }
}
