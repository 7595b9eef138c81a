//! Exports as they come, and what the lake holds after: each a case met in real files.

use std::fmt::Write as _;

use voxql::{Error, Field, ImportSummary, IngestOptions, Lake};

use super::common::{Workspace, assert_counts_add_up, value};

/// Imports `content` under the options that `say` sets.
async fn import(
    content: impl AsRef<[u8]>,
    say: impl FnOnce(&mut IngestOptions),
) -> (Workspace, Result<ImportSummary, Error>) {
    let workspace = Workspace::new();
    let file = workspace.write("export", content);
    let mut options = IngestOptions::default();
    say(&mut options);
    let result = workspace.lake().ingest(&file, &options).await;
    if let Ok(summary) = &result {
        assert_counts_add_up(summary);
    }
    (workspace, result)
}

async fn imported(content: impl AsRef<[u8]>) -> (Lake, ImportSummary) {
    let (workspace, result) = import(content, |_| {}).await;
    let summary = result.expect("it can be imported");
    let lake = workspace.lake();
    // The lake is read again before the folder goes.
    let rows = value(&lake, "SELECT count(*) FROM responses").await;
    assert_eq!(rows, summary.new.to_string());
    std::mem::forget(workspace);
    (lake, summary)
}

/// The question that an export raises; nothing may have been written.
async fn asked(content: impl AsRef<[u8]>) -> String {
    let (workspace, result) = import(content, |_| {}).await;
    let error = result.expect_err("it is a question");
    assert!(error.is_question() || error.is_invalid(), "{error}");
    assert!(error.hint().is_some(), "{error}");
    let files = std::fs::read_dir(workspace.path()).expect("the folder");
    assert_eq!(files.count(), 1, "nothing is written: {error}");
    error.to_string()
}

fn field<'a>(summary: &'a ImportSummary, name: &str) -> Option<&'a str> {
    let field = summary.fields.iter().find(|field| field.field == name)?;
    Some(&field.header)
}

#[tokio::test]
async fn cells_in_older_encodings_are_read() {
    let latin = b"id,date,score,comment\n\
        1,2026-03-01,9,tr\xe8s bien merci\n2,2026-03-02,3,\"K\xf6ln; na ja\"\n3,2026-03-02,8,\xc3\xa9t\xc3\xa9\n";
    let (lake, summary) = imported(latin).await;
    assert_eq!(summary.encoding, "utf-8 and windows-1252");
    let comments = "SELECT string_agg(comment, '|' ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&lake, comments).await,
        "très bien merci|Köln; na ja|été"
    );

    let wide: Vec<u8> = "\u{feff}id;score;Straße\n1;9;Köln\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let (_, summary) = imported(wide).await;
    assert_eq!(summary.encoding, "utf-16le");
    assert_eq!(summary.dropped, ["Straße"]);
}

#[tokio::test]
async fn a_column_is_the_score_only_where_that_is_sure() {
    for (what, export) in [
        ("score under no name", "orders\n1\n2\n9\n"),
        ("two of one name", "NPS,NPS\n9,1\n8,2\n"),
        (
            "another metric",
            "date,CES score\n2026-01-01,7\n2026-01-02,9\n",
        ),
        (
            "a percentage beside small numbers",
            "Score,Tickets\n17,9\n97,1\n32,4\n",
        ),
        ("a five-point scale", "nps\n5\n4\n3\n2\n1\n"),
    ] {
        assert!(!asked(export).await.is_empty(), "{what}");
    }
    let (_, summary) =
        imported("Score,How likely are you to recommend us?,Product rating\n1,9,3\n2,10,4\n").await;
    assert_eq!(
        field(&summary, "score"),
        Some("How likely are you to recommend us?")
    );
}

#[tokio::test]
async fn dates_are_never_guessed() {
    for (what, export) in [
        ("either order", "date,score\n01/02/2026,9\n03/04/2026,8\n"),
        (
            "both orders",
            "date,score\n13/02/2026,9\n02/13/2026,8\n01/02/2026,7\n",
        ),
        (
            "an unknown zone",
            "Timestamp,score\n2022/06/22 11:07:29 AM AST,9\n",
        ),
    ] {
        assert!(!asked(export).await.is_empty(), "{what}");
    }
    // The first 10,000 rows leave the order open, and a later one decides.
    let mut long = "id,date,score\n".to_owned();
    for id in 0..10_500 {
        writeln!(long, "{id},01/02/2026,{}", id % 11).expect("memory");
    }
    long.push_str("last,02/28/2026,9\n");
    let (lake, _) = imported(long).await;
    assert_eq!(
        value(&lake, "SELECT max(month) FROM responses").await,
        "2026-02"
    );
    assert_eq!(
        value(&lake, "SELECT min(month) FROM responses").await,
        "2026-01"
    );

    let (_, summary) = imported("NPS,Date of birth,Renewal date\n9,1990-05-03,2027-01-01\n").await;
    assert_eq!(field(&summary, "responded_at"), None);
    assert_eq!(summary.dropped_personal, ["Date of birth"]);
}

#[tokio::test]
async fn an_answer_to_the_question_is_taken() {
    let export = "date,score\n01/02/2026 10:30,9\n03/04/2026 11:00,8\n";
    for (format, month) in [("%d/%m/%Y", "2026-02"), ("%m/%d/%Y", "2026-01")] {
        let (workspace, result) = import(export, |options| {
            options.date_format = Some(format.into());
        })
        .await;
        assert_eq!(result.expect("it is answered").new, 2);
        let first = "SELECT min(month) FROM responses";
        assert_eq!(value(&workspace.lake(), first).await, month);
    }
    // An answer that fits no row leaves the file to be read rightly.
    let (workspace, result) = import(export, |options| {
        options.date_format = Some("%Y-%m-%d".into());
    })
    .await;
    assert!(result.expect_err("nothing fits").is_question());
    let mut options = IngestOptions::default();
    options.date_format = Some("%d/%m/%Y".into());
    let summary = workspace
        .lake()
        .ingest(workspace.path().join("export"), &options)
        .await
        .expect("it is answered");
    assert_eq!(summary.new, 2);
}

#[tokio::test]
async fn local_times_are_stored_in_utc() {
    let (workspace, result) = import(
        "id,date,score\n1,2026-07-01 00:30,9\n2,2026-12-31 23:30,9\n",
        |options| options.timezone = Some("Europe/Berlin".to_owned()),
    )
    .await;
    result.expect("it can be imported");
    let times = "SELECT string_agg(responded_at::TEXT, '|' ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&workspace.lake(), times).await,
        "2026-06-30T22:30:00Z|2026-12-31T22:30:00Z"
    );
}

#[tokio::test]
async fn quotes_that_swallow_rows_are_found() {
    for export in [
        "id,score,comment\n1,9,\"open\n2,8,ok\n3,7,ok\n",
        "id,score,comment\n1,9,\"open\n2,8,\"ok\"\n3,7,ok\n",
        "id,comment,score\n1,\"open,9\n2,fine,3\n3,\"x\",4\n",
    ] {
        let question = asked(export).await;
        assert!(question.contains("line 2"), "{question}");
    }
    let (_, summary) =
        imported("id,comment,score\n1,\"two\nlines\",9\n2,\"5\"\" disk\",3\n3,5\" disk,4\n").await;
    assert_eq!(summary.new, 3);
}

#[tokio::test]
async fn people_are_told_apart() {
    // One day, one score, no name: different people, and so are those named "anonymous".
    let rows = |name: &str| {
        let mut export = "date,score,Email,Mobile\n".to_owned();
        for row in 0..20 {
            writeln!(export, "2026-03-0{},9,{name},yes", 1 + row % 2).expect("memory");
        }
        export
    };
    let (_, summary) = imported(rows("anonymous")).await;
    assert_eq!((summary.new, summary.duplicate), (20, 0));
    let (_, summary) = imported(rows("")).await;
    assert_eq!((summary.new, summary.duplicate), (20, 0));
    // The same person in the same second is the same answer.
    let twice = "date,score,email\n2026-03-01 10:00:00,9,ana@example.com\n".to_owned()
        + &"2026-03-01 10:00:00,9, ANA@example.com \n".repeat(2);
    let (_, summary) = imported(twice).await;
    assert_eq!((summary.new, summary.duplicate), (1, 2));
}

#[tokio::test]
async fn an_id_that_starts_again_is_asked_about() {
    let workspace = Workspace::new();
    let lake = workspace.lake();
    let first = workspace.write(
        "q1.csv",
        "id,date,email,score\n1,2026-01-01,a@example.com,9\n",
    );
    let second = workspace.write(
        "q2.csv",
        "id,date,email,score\n1,2026-04-01,b@example.com,3\n",
    );
    workspace.ingest(&first).await;
    let question = lake
        .ingest(&second, &IngestOptions::default())
        .await
        .expect_err("another response under the same id");
    assert!(question.is_question());
    assert!(question.to_string().contains("q2.csv"), "{question}");
    let mut options = IngestOptions::default();
    options.survey = Some("second quarter".to_owned());
    assert_eq!(
        lake.ingest(&second, &options)
            .await
            .expect("another survey")
            .new,
        1
    );
    assert_eq!(value(&lake, "SELECT count(*) FROM responses").await, "2");
}

#[tokio::test]
async fn corrected_rejects_come_in() {
    let workspace = Workspace::new();
    let mut export = "id,date,score,Why?\n0,2026-01-02,ten,slow food\n".to_owned();
    for id in 1..10 {
        writeln!(export, "{id},2026-01-01,9,good food").expect("memory");
    }
    let file = workspace.write("a.csv", export);
    assert_eq!(workspace.ingest(&file).await.rejected, 1);
    let rejects = workspace.path().join("a.rejects.csv");
    let corrected = std::fs::read_to_string(&rejects)
        .expect("a file")
        .replace(",ten,", ",10,");
    let corrected = workspace.write("corrected.csv", corrected);
    let summary = workspace.ingest(&corrected).await;
    assert_eq!(summary.new, 1);
    assert_eq!(field(&summary, "comment"), Some("Why?"));
    let score = "SELECT nps(score) FROM responses";
    assert_eq!(value(&workspace.lake(), score).await, "100.0");
}

#[tokio::test]
async fn kept_columns_lose_nothing() {
    let export = "id,score,version,price,code,vip,country\n\
        1,9,1.9,19.90,007,true,NA\n2,3,1.10,5.00,010,false,DE\n";
    let (workspace, result) = import(export, |options| {
        options.keep = ["version", "price", "code", "vip", "country"]
            .map(Into::into)
            .to_vec();
    })
    .await;
    result.expect("it can be imported");
    let row = "SELECT version || ' ' || price || ' ' || code || ' ' || vip || ' ' || country \
               FROM responses WHERE response_id = '1'";
    assert_eq!(value(&workspace.lake(), row).await, "1.9 19.9 007 true NA");
    let sum = "SELECT sum(price) FROM responses";
    assert_eq!(value(&workspace.lake(), sum).await, "24.9");
}

#[tokio::test]
async fn a_kept_column_that_turns_out_to_be_text_is_text() {
    let mut export = "id,score,ref\n".to_owned();
    for id in 0..10_500 {
        writeln!(export, "{id},9,{id}").expect("memory");
    }
    export.push_str("last,9,n0-number\n");
    let (workspace, result) = import(export, |options| options.keep = vec!["ref".into()]).await;
    assert_eq!(result.expect("it can be imported").new, 10_501);
    let last = "SELECT \"ref\" FROM responses WHERE response_id = 'last'";
    assert_eq!(value(&workspace.lake(), last).await, "n0-number");
}

#[tokio::test]
async fn json_comes_in_as_csv_does() {
    let objects = [
        "{\"id\":\"a\",\"score\":9,\"created_at\":1767225600,\"person\":{\"email\":\"a@example.com\"}}",
        "{\"id\":\"b\",\"score\":null,\"created_at\":1767225600.5}",
        "{\"id\":\"c\",\"score\":0,\"created_at\":1767225601,\"comment\":\"too late a key\"}",
    ];
    let lines = objects.join("\n");
    let array = format!("[{}]", objects.join(", "));
    for export in [lines, array] {
        let (lake, summary) = imported(&export).await;
        assert_eq!((summary.new, summary.not_answered), (3, 1));
        assert_eq!(
            value(&lake, "SELECT nps(score) FROM responses").await,
            "0.0"
        );
        assert_eq!(
            value(&lake, "SELECT max(comment) FROM responses").await,
            "too late a key"
        );
    }
}

#[tokio::test]
async fn other_metrics_do_not_count_as_nps() {
    let export = "id,survey_type,score\n1,nps,9\n2,csat,5\n3,NPS,\n4,CES,1\n";
    let (lake, summary) = imported(export).await;
    assert_eq!(summary.nps.map(|figure| figure.responses), Some(1));
    assert_eq!(
        value(&lake, "SELECT count(score) FROM responses").await,
        "1"
    );
    let csat = "SELECT rating FROM responses WHERE metric = 'csat'";
    assert_eq!(value(&lake, csat).await, "5.0");
}

/// Bytes are searched, not just queried: Parquet is compressed, so its columns are decoded.
#[tokio::test]
async fn nothing_personal_is_in_the_lake() {
    let export = "id,date,score,Email,First Name,Phone,Company phone,Account Manager,Firma\n\
        1,2026-01-01 10:00,9,ana.silva@example.com,Anabel,+49 170 1234567,+49 30 7654321,Silvana,Acme\n\
        2,2026-01-02 10:00,3,bo.li@example.com,Boniface,+49 170 7654321,+49 30 1234567,Silvana,Beta\n";
    let workspace = Workspace::new();
    let file = workspace.write("ana.silva@example.com answers.csv", export);
    workspace.ingest(&file).await;
    let lake = workspace.lake();
    let mut held = String::new();
    for table in ["responses", "imports"] {
        let frame = lake.session().table(table).await.expect("a table");
        write!(held, "{}", frame.to_string().await.expect("rows")).expect("memory");
        let log = workspace.path().join("lake").join(table).join("_delta_log");
        for entry in std::fs::read_dir(log).expect("a log") {
            held += &std::fs::read_to_string(entry.expect("a file").path()).expect("JSON");
        }
    }
    assert!(held.contains("v1:"), "the lake was read");
    for personal in [
        "ana.silva",
        "bo.li",
        "Anabel",
        "Boniface",
        "170 1234567",
        "7654321",
        "Silvana",
    ] {
        assert!(!held.contains(personal), "{personal} is in the lake");
    }
    for (field, header) in [(Field::Survey, "First Name"), (Field::Comment, "Phone")] {
        let options = IngestOptions::default().map(field, header);
        let copy = workspace.write("copy.csv", format!("{export}3,2026-01-03 10:00,9,,,,,,\n"));
        let refused = lake.ingest(&copy, &options).await.expect_err("personal");
        assert!(refused.is_invalid(), "{refused}");
    }
}
