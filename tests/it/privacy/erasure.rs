//! Erasure that stays done: people are found by all that names them, and do not come back.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use voxql::{Error, Field, ForgetOptions, ForgetSummary, ImportSummary, IngestOptions, Lake};

use super::{assert_contains_none, correct_size, decoded, edit_log};
use crate::common::{Workspace, assert_counts_add_up, value};

const ZOE: &str = "zoe.quill@example.com";

async fn forget(lake: &Lake, person: &str, set: impl Fn(&mut ForgetOptions)) -> ForgetSummary {
    let mut options = ForgetOptions::default();
    options.people = vec![person.to_owned()];
    set(&mut options);
    lake.forget(&options).await.expect("they are forgotten")
}

/// The error for what several people have.
async fn refused(lake: &Lake, shared: &str) -> Error {
    let mut options = ForgetOptions::default();
    options.people = vec![shared.to_owned()];
    lake.forget(&options).await.expect_err("two people")
}

async fn ingest(
    workspace: &Workspace,
    name: &str,
    export: &str,
    set: impl Fn(&mut IngestOptions),
) -> ImportSummary {
    let mut options = IngestOptions::default();
    set(&mut options);
    let file = workspace.write(name, export);
    let summary = workspace.lake().ingest(&file, &options).await;
    let summary = summary.expect("it is imported");
    assert_counts_add_up(&summary);
    summary
}

/// One person under four pseudonyms: three forms of an address, a customer number, and a second address
/// that only the customer's identity connects.
async fn with_several_pseudonyms(workspace: &Workspace) {
    let forms = "id,date,score,email,First Name,Surname,Phone\n\
                 r1,2026-03-01 10:00,9,Zoë Quillfeather <zoe.quill@example.com>,Zoë,Quillfeather,+44 20 7946 0958\n\
                 r2,2026-03-02 10:00,8,mailto:ZOE.quill+nps@example.com,Zoë,Quillfeather,\n\
                 r3,2026-03-03 10:00,3,otto.brandt@example.org,Otto,Brandtmeyer,+49 30 901820\n\
                 r4,2026-03-04 10:00,4,ines.lund@example.org,Ines,Lundqvist,\n";
    ingest(workspace, "forms.csv", forms, |_| {}).await;
    let customers = "id,date,score,customer,email\n\
                     k1,2026-04-01 10:00,7,C-10017,zoe.quill@example.com\n\
                     k2,2026-04-02 10:00,6,C-10017,quill@work.example.net\n\
                     k3,2026-04-03 10:00,5,C-10018,otto.brandt@example.org\n";
    workspace.write("customers.csv", customers);
    let imported = workspace
        .voxql()
        .args(["ingest", "customers.csv", "--map", "respondent=customer"])
        .output();
    let imported = imported.expect("the program starts");
    let printed = String::from_utf8_lossy(&imported.stderr);
    assert!(imported.status.success(), "{printed}");
    let work = "id,date,score,email\nw1,2026-05-01 10:00,10,quill@work.example.net\n";
    ingest(workspace, "work.csv", work, |_| {}).await;
}

#[tokio::test]
async fn a_person_is_found_by_every_form_and_every_address() {
    for person in [
        ZOE,
        "Zoe <ZOE.QUILL@example.com>",
        "mailto:zoe.quill+other@example.com",
        "quill@work.example.net",
        "020 79460958",
    ] {
        let workspace = Workspace::new();
        with_several_pseudonyms(&workspace).await;
        let lake = workspace.lake();
        let subject = lake.subject(person).await.expect("she is in the lake");
        let theirs = subject["responses"].as_array().map(Vec::len);
        assert_eq!(theirs, Some(5), "{person}: {subject:#}");
        let summary = forget(&lake, person, |_| {}).await;
        assert_eq!(summary.responses, 5, "{person}: {summary}");
        assert_eq!(summary.matches_left(), 0, "{person}: {summary}");
        let left = "SELECT string_agg(response_id, ' ' ORDER BY response_id) FROM responses";
        assert_eq!(value(&lake, left).await, "k3 r3 r4", "{person}");
        assert_contains_none(
            &workspace,
            &["zoe.quill", "quill@work", "Quillfeather", "7946 0958"],
        );
        let subject = lake.subject(person).await.expect("an empty result");
        assert_eq!(subject["responses"], serde_json::json!([]));
        assert_eq!(subject["identity"], serde_json::json!({}));
        assert_eq!(subject["respondents"], serde_json::json!([]));
    }
}

/// Data of others that names Zoë Quillfeather: comments, a kept column, an account, a survey and a file.
async fn named_by_others(workspace: &Workspace) {
    let own = "id,date,score,email,First Name,Surname,Phone,team,comment\n\
               r1,2026-03-01 10:00,9,zoe.quill@example.com,Zoë,Quillfeather,+44 20 7946 0958,Blue,fine\n";
    ingest(workspace, "own.csv", own, |options| {
        options.keep = vec!["team".into()];
    })
    .await;
    let others = "id,date,score,email,account,team,comment\n\
                  r2,2026-03-02 10:00,2,otto.brandt@example.org,zoe.quill@example.com,Quillfeather,\
                  ask quillfeather or 020 79460958 and not me\n\
                  r3,2026-03-03 10:00,10,ines.lund@example.org,ines.lund@example.org,Green,\
                  Zoës kollege was as good as ever\n\
                  r4,2026-03-04 10:00,8,jo.moss@example.org,jo.moss@example.org,Green,nothing to add today\n";
    ingest(workspace, "quillfeather.csv", others, |options| {
        options.keep = vec!["team".into()];
        options.survey = Some("Quillfeather pilot".to_owned());
        options.redact = false;
    })
    .await;
}

const TRACES: [&str; 4] = ["uillfeather", "zoe.quill", "7946 0958", "79460958"];

#[tokio::test]
async fn names_in_the_data_of_others_are_listed_and_no_error() {
    let workspace = Workspace::new();
    named_by_others(&workspace).await;
    let lake = workspace.lake();
    let summary = forget(&lake, ZOE, |_| {}).await;
    assert_eq!((summary.responses, summary.identities), (1, 1));
    let left: Vec<&str> = summary
        .left
        .iter()
        .map(|place| place.name.as_str())
        .collect();
    for place in [
        "account of responses",
        "comment of responses",
        "team of responses",
        "survey of responses",
        "file of imports",
        "survey of imports",
        "team of rollup",
        "log of responses",
    ] {
        assert!(left.contains(&place), "{place}: {summary}");
    }
    let comment = summary
        .left
        .iter()
        .find(|it| it.name == "comment of responses");
    assert_eq!(comment.expect("a place").response_ids, ["r2"]);
    let printed = summary.to_string();
    for part in [
        "searched for: pseudonyms, 1 address, 2 names, 1 telephone number",
        "--everywhere",
    ] {
        assert!(printed.contains(part), "{printed}");
    }
    for trace in TRACES {
        assert!(!printed.to_lowercase().contains(trace), "{printed}");
    }
    // The others' rows are as they were.
    let rows = "SELECT count(*) FROM responses WHERE comment IS NOT NULL";
    assert_eq!(value(&lake, rows).await, "3");
}

#[tokio::test]
async fn names_are_removed_everywhere_on_request() {
    let workspace = Workspace::new();
    named_by_others(&workspace).await;
    let lake = workspace.lake();
    let zoe = value(&lake, &format!("SELECT anonymize('{ZOE}')")).await;
    let summary = forget(&lake, ZOE, |options| options.everywhere = true).await;
    assert_eq!(summary.matches_left(), 0, "{summary}");
    assert_eq!(
        summary.redacted, 4,
        "three responses and an import: {summary}"
    );
    let mut personal = TRACES.to_vec();
    personal.push(&zoe);
    assert_contains_none(&workspace, &personal);
    let comments = "SELECT string_agg(comment, '|' ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&lake, comments).await,
        "ask [NAME] or [PHONE] and not me|Zoës kollege was as good as ever|nothing to add today"
    );
    let others = "SELECT concat_ws(' ', string_agg(coalesce(team, '-'), ',' ORDER BY response_id), \
                  max(survey), count(account), count(respondent), nps(score)) FROM responses";
    assert_eq!(
        value(&lake, others).await,
        "[NAME],Green,Green [NAME] pilot 2 3 0.0"
    );
    let by_team = "SELECT string_agg(team || ' ' || responses, ',' ORDER BY team) FROM nps_by_team";
    assert_eq!(value(&lake, by_team).await, "Green 2,[NAME] 1");
    lake.verify_audit(None).await.expect("the log is whole");

    // Imports go on from the checkpoint.
    let later = "id,date,score,email,team\nr9,2026-06-01 10:00,9,otto.brandt@example.org,Green\n";
    let later = ingest(&workspace, "later.csv", later, |options| {
        options.keep = vec!["team".into()];
    });
    assert_eq!(later.await.new, 1);
    let again = forget(&workspace.lake(), ZOE, |options| options.everywhere = true).await;
    assert_eq!(
        (again.responses, again.redacted, again.matches_left()),
        (0, 0, 0)
    );
    assert_contains_none(&workspace, &personal);
}

/// Each of a hundred people wrote the address of the one before into an unnamed second column of addresses.
#[tokio::test]
async fn whoever_is_named_by_a_person_stays() {
    for other in ["email 2", "referred by email"] {
        let workspace = Workspace::new();
        let rows = (1..100).map(|n| {
            format!(
                "r{n},2026-03-01,9,p{n}@example.com,p{}@example.com\n",
                n - 1
            )
        });
        let export = format!("id,date,score,email,{other}\n{}", rows.collect::<String>());
        ingest(&workspace, "chain.csv", &export, |_| {}).await;
        let lake = workspace.lake();
        let summary = forget(&lake, "p50@example.com", |_| {}).await;
        assert_eq!((summary.responses, summary.identities), (1, 1), "{summary}");
        let people = "SELECT count(DISTINCT respondent) FROM identities";
        assert_eq!(value(&lake, people).await, "98");
        // The one who is named may be the same person, which the summary says.
        let beside = usize::from(other == "email 2");
        assert_eq!(summary.beside.len(), beside, "{summary}");
        // A second address that nobody else is known by is the person's.
        let own = "id,date,score,email,email 2\nx,2026-04-01,9,new@example.com,old@example.com\n";
        ingest(&workspace, "own.csv", own, |_| {}).await;
        forget(&lake, "new@example.com", |_| {}).await;
        let back = "id,date,score,email\ny,2026-05-01,9,old@example.com\n";
        let back = ingest(&workspace, "back.csv", back, |_| {}).await;
        assert_eq!(back.suppressed, 1, "{other}");
    }
}

#[tokio::test]
async fn names_that_are_sealed_with_others_are_removed() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,Full Name,agent,manager_email\n\
                  r1,2026-03-01,9,zoe.quill@example.com,Zoë Quillfeather,,\n\
                  r2,2026-03-02,2,otto.brandt@example.org,Otto Brandtmeyer,Zoë Quillfeather,\
                  zoe.quill@example.com\n\
                  r3,2026-03-02,2,zq@example.org,Zoë Quillfeather,Jo Moss,\n";
    ingest(&workspace, "agents.csv", export, |options| {
        options.keep_personal = vec!["agent".into(), "manager_email".into()];
    })
    .await;
    let lake = workspace.lake();
    let summary = forget(&lake, ZOE, |options| options.everywhere = true).await;
    assert_eq!((summary.responses, summary.redacted), (1, 1), "{summary}");
    let sealed = "SELECT string_agg(concat_ws('|', reveal(respondent, 'full_name'), \
                  reveal(respondent, 'agent'), reveal(respondent, 'manager_email')), ',' \
                  ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&lake, sealed).await,
        // Somebody else has the same name, and keeps it.
        "Otto Brandtmeyer|[NAME]|[EMAIL],Zoë Quillfeather|Jo Moss"
    );
    let left: Vec<&str> = summary
        .left
        .iter()
        .map(|place| place.name.as_str())
        .collect();
    assert_eq!(left, ["full_name sealed in identities"], "{summary}");
}

#[tokio::test]
async fn a_forgotten_person_does_not_come_back_in_another_form() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,customer id\n\
                  r1,2026-03-01,9,zoe.quill@example.com,CUST-55501\n\
                  r2,2026-03-01,9,otto.brandt@example.org,CUST-55502\n";
    ingest(&workspace, "first.csv", export, |options| {
        options.keep_personal = vec!["customer id".into()];
    })
    .await;
    forget(&workspace.lake(), ZOE, |_| {}).await;
    for form in [
        "zoe.quill@example.com; joe@example.com",
        "Zoe &lt;zoe.quill@example.com&gt;",
        "zoe.quill@example.com.",
        "Zoe [zoe.quill@example.com]",
        "E-Mail: zoe.quill@example.com",
        "\"Zoe\" zoe.quill@example.com",
        "mailto:zoe.quill%40example.com",
        "zoe.\u{200b}quill@example.com",
        "\u{202a}zoe.quill@example.com\u{202c}",
    ] {
        let quoted = form.replace('"', "\"\"");
        let export = format!(
            "id,date,score,email\nx1,2026-04-01,9,\"{quoted}\"\nx2,2026-04-01,9,jo@example.com\n"
        );
        let summary = ingest(&workspace, "form.csv", &export, |_| {}).await;
        assert_eq!(summary.suppressed, 1, "{form}");
    }
    let by_number =
        "id,date,score,customer id\ny1,2026-05-01,9,CUST-55501\ny2,2026-05-01,3,CUST-55502\n";
    let summary = ingest(&workspace, "numbers.csv", by_number, |options| {
        options.map = vec![(Field::Respondent, Some("customer id".into()))];
    })
    .await;
    assert_eq!((summary.new, summary.suppressed), (1, 1));
    let new_address =
        "id,date,score,email,customer id\nz1,2026-06-01,9,zq@new.example,CUST-55501\n";
    let summary = ingest(&workspace, "new.csv", new_address, |options| {
        options.keep_personal = vec!["customer id".into()];
    })
    .await;
    assert_eq!(summary.suppressed, 1);
}

/// Customers with two addresses each, of which some are shared.
#[tokio::test]
async fn a_customer_is_found_by_each_of_their_addresses() {
    let customers = "id,date,score,customer,email,work email,name,comment\n\
                     r1,2026-01-01,9,C-77001,jane@example.de,jane.s@firma.example,Jane Smith,one\n\
                     r2,2026-01-02,8,C-77002,bob@example.de,bob@firma.example,Bob Jones,two\n\
                     r3,2026-01-03,7,C-77003,kim@example.de,billing@firma.example,Kim Lee,three\n\
                     r4,2026-01-04,7,C-77004,lea@example.de,billing@firma.example,Lea Roth,four\n";
    for person in [
        "bob@firma.example",
        "bob@example.de",
        "billing@firma.example",
    ] {
        let workspace = Workspace::new();
        ingest(&workspace, "customers.csv", customers, |options| {
            options.map = vec![(Field::Respondent, Some("customer".into()))];
        })
        .await;
        let lake = workspace.lake();
        if person.starts_with("billing") {
            let error = lake.subject(person).await.expect_err("two people");
            assert!(
                error
                    .to_string()
                    .contains("2 respondents of different names"),
                "{error}"
            );
            continue;
        }
        let subject = lake.subject(person).await.expect("an address");
        let held = subject["responses"].as_array().map(Vec::len);
        assert_eq!(held, Some(1), "{person}: {subject:#}");
        let summary = forget(&lake, person, |_| {}).await;
        assert_eq!(
            (summary.responses, summary.beside.len()),
            (1, 0),
            "{person}: {summary}"
        );
        assert_contains_none(&workspace, &["Bob Jones", "bob@", "two"]);
    }
}

/// A telephone number and a mailbox of a family, under each of which both have answered.
#[tokio::test]
async fn what_a_family_shares_connects_nobody() {
    let by_phone = "id,date,score,phone,name,comment\n\
                    1,2026-03-01,9,+49 170 1234567,Anna Berg,fine\n\
                    2,2026-03-02,4,0049 170 1234567,Ben Berg,slow\n";
    let by_address = "id,date,score,email,name,phone,comment\n\
                      m1,2026-04-01,9,anna@ex.example,Anna Berg,+49 170 1234567,fine\n\
                      m2,2026-04-02,4,ben@work.example,Ben Berg,0049 170 1234567,slow\n";
    let workspace = Workspace::new();
    ingest(&workspace, "phones.csv", by_phone, |_| {}).await;
    ingest(&workspace, "addresses.csv", by_address, |_| {}).await;
    let lake = workspace.lake();
    let summary = forget(&lake, "anna@ex.example", |_| {}).await;
    // The number's own answers may be those of either.
    assert_eq!(
        (summary.responses, summary.beside.len()),
        (1, 1),
        "{summary}"
    );
    let left = "SELECT string_agg(response_id, ' ' ORDER BY response_id) FROM responses";
    assert_eq!(value(&lake, left).await, "1 2 m2");

    let by_number = "id,date,score,customer_id,name,email\n\
                     1,2026-03-01,9,C-10001,Anna Berg,family@ex.example\n\
                     2,2026-03-02,4,C-10002,Ben Berg,family@ex.example\n\
                     3,2026-03-02,5,C-10003,Cid Lund,cid@ex.example\n";
    let by_customer = |options: &mut IngestOptions| {
        options.map = vec![(Field::Respondent, Some("customer_id".into()))];
    };
    let workspace = Workspace::new();
    ingest(&workspace, "customers.csv", by_number, by_customer).await;
    let lake = workspace.lake();
    refused(&lake, "family@ex.example").await;
    let summary = forget(&lake, "C-10001", |_| {}).await;
    assert_eq!(
        (summary.responses, summary.beside.len()),
        (1, 1),
        "{summary}"
    );
    let later = by_number
        .replace("2026-03", "2026-05")
        .replace("\n2,", "\n4,");
    let summary = ingest(&workspace, "later.csv", &later, by_customer).await;
    assert_eq!((summary.new, summary.suppressed), (1, 1), "{summary}");
}

#[tokio::test]
async fn an_access_request_says_who_is_named_by_others() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,referrer_email\n\
                  1,2026-03-01,9,eva@example.com,fay@example.com\n\
                  2,2026-03-02,9,gus@example.com,fay@example.com\n";
    ingest(&workspace, "first.csv", export, |options| {
        options.keep_personal = vec!["referrer_email".into()];
    })
    .await;
    let subject = workspace
        .lake()
        .subject("fay@example.com")
        .await
        .expect("an address");
    let note = subject["note"].as_str().expect("a note");
    assert!(
        note.starts_with(
            "nothing is held about fay@example.com; in the data of others: referrer_email"
        ),
        "{note}"
    );
}

/// A customer number that is somebody else's telephone number.
#[tokio::test]
async fn a_number_of_two_kinds_names_neither() {
    let workspace = Workspace::new();
    let export = "id,date,score,customer_id,name,phone\n\
                  1,2026-03-01,9,1701234567,Anna Berg,+49 171 9998887\n\
                  2,2026-03-02,9,5550012222,Otto Other,+49 170 1234567\n";
    ingest(&workspace, "customers.csv", export, |options| {
        options.map = vec![(Field::Respondent, Some("customer_id".into()))];
    })
    .await;
    let error = refused(&workspace.lake(), "1701234567").await;
    let hint = error.hint().expect("what to do").to_owned();
    let theirs = hint.rsplit(' ').next().expect("a pseudonym").to_owned();
    let summary = forget(&workspace.lake(), &theirs, |_| {}).await;
    assert_eq!(summary.responses, 1, "{summary}");
}

/// Ids of others that `--everywhere` replaced are found by later exports.
#[tokio::test]
async fn ids_of_others_that_were_replaced_do_not_come_again() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,name\n\
                  j1,2026-03-01,9,jane@example.com,Jane Smith\n\
                  Jane Smith 4,2026-03-04,6,bob@example.com,Bob Jones\n";
    ingest(&workspace, "first.csv", export, |_| {}).await;
    forget(&workspace.lake(), "jane@example.com", |set| {
        set.everywhere = true
    })
    .await;
    for number in 5..8 {
        let larger = format!("{export}x{number},2026-03-0{number},6,p{number}@example.com,Eve J\n");
        let summary = ingest(&workspace, "larger.csv", &larger, |_| {}).await;
        assert_eq!((summary.new, summary.updated), (1, 0), "{summary}");
        assert_contains_none(&workspace, &["Jane Smith"]);
    }
}

#[tokio::test]
async fn answers_by_telephone_are_of_the_person_with_the_name_and_number() {
    let workspace = Workspace::new();
    let by_address = "id,date,score,email,name,phone,comment\n\
                      r1,2026-01-03,9,anna@example.com,Anna Berg,+44 20 7946 0111,three\n\
                      r2,2026-01-03,2,zoe@example.com,Zoe Zed,+44 20 7946 0119,four\n";
    let by_phone = "id,date,score,phone,name,comment\n\
                    p1,2026-02-01,8,+44 20 7946 0111,Anna Berg,her own text\n\
                    p2,2026-02-01,3,+44 20 7946 0119,Max Zed,not hers\n";
    ingest(&workspace, "addresses.csv", by_address, |_| {}).await;
    ingest(&workspace, "phones.csv", by_phone, |_| {}).await;
    let lake = workspace.lake();
    let summary = forget(&lake, "anna@example.com", |_| {}).await;
    assert_eq!(
        (summary.responses, summary.matches_left()),
        (2, 0),
        "{summary}"
    );
    assert_contains_none(&workspace, &["Anna Berg", "her own text", "7946 0111"]);
    // Somebody of another name with the same number may be somebody else.
    let summary = forget(&lake, "zoe@example.com", |_| {}).await;
    assert_eq!(
        (summary.responses, summary.beside.len()),
        (1, 1),
        "{summary}"
    );
}

#[tokio::test]
async fn a_number_of_several_people_names_none_of_them() {
    let workspace = Workspace::new();
    let family = "id,date,score,email,name,phone\n\
                  r1,2026-01-01,9,jane@example.com,Jane Smith,+44 20 7946 0958\n\
                  r2,2026-01-02,9,john@example.com,John Smith,+44 20 7946 0958\n\
                  r3,2026-01-03,9,ines@example.com,Ines Lund,+44 20 7946 0111\n\
                  r4,2026-01-04,9,ines@work.example,Ines Lund,+44 20 7946 0111\n";
    ingest(&workspace, "family.csv", family, |_| {}).await;
    let lake = workspace.lake();
    let error = refused(&lake, "020 7946 0958").await;
    let message = error.to_string();
    assert!(
        message.contains("2 respondents of different names"),
        "{message}"
    );
    let hint = error.hint().expect("what to do");
    let tokens = hint.matches(" v1:").count();
    assert_eq!(tokens, 2, "{error:?}");
    assert_eq!(value(&lake, "SELECT count(*) FROM responses").await, "4");
    let summary = forget(&lake, "020 7946 0111", |_| {}).await;
    assert_eq!(summary.responses, 2, "{summary}");
}

/// The id of an erased response is another one, under which later exports find it.
#[tokio::test]
async fn ids_with_a_name_do_not_come_back() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,name\n\
                  jane-smith-1,2026-01-01 10:00,9,jane@example.com,Jane Smith\n\
                  r2,2026-01-02 10:00,2,john@example.com,John Brandt\n";
    ingest(&workspace, "first.csv", export, |_| {}).await;
    forget(&workspace.lake(), "jane@example.com", |set| {
        set.keep_score = true
    })
    .await;
    for number in 3..6 {
        let larger =
            format!("{export}r{number},2026-01-0{number} 10:00,9,p{number}@example.com,\n");
        let summary = ingest(&workspace, "larger.csv", &larger, |_| {}).await;
        assert_eq!((summary.new, summary.updated), (1, 0), "{summary}");
        assert_contains_none(&workspace, &["jane-smith", "Jane Smith"]);
    }
    // Without the name in the row, too.
    let unnamed = "id,date,score,email\njane-smith-1,2026-01-01 10:00,9,jane@example.com\n\
                   r9,2026-01-02 10:00,2,max@example.com\n";
    let summary = ingest(&workspace, "unnamed.csv", unnamed, |_| {}).await;
    assert_eq!((summary.new, summary.duplicate), (1, 1), "{summary}");
    assert_contains_none(&workspace, &["jane-smith"]);
}

/// Also where few accounts are addresses.
#[tokio::test]
async fn an_address_as_account_is_a_pseudonym() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,account\n\
                  r1,2026-01-01,9,a@example.com,acme\nr2,2026-01-02,9,b@example.com,acme\n\
                  r3,2026-01-03,9,c@example.com,globex\nr4,2026-01-04,9,d@example.com,acme\n\
                  r5,2026-01-05,9,e@example.com,zoe.quill@example.com\n";
    ingest(&workspace, "first.csv", export, |_| {}).await;
    let accounts = "SELECT string_agg(DISTINCT left(account, 3), ',' ORDER BY left(account, 3)) FROM responses";
    assert_eq!(value(&workspace.lake(), accounts).await, "acm,glo,v1:");
    assert_contains_none(&workspace, &["zoe.quill"]);
}

/// An address that pays for others is theirs, too, and their own answers stay.
#[tokio::test]
async fn whoever_shares_an_account_with_a_forgotten_person_stays() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,account\n\
                  r1,2026-03-01 10:00,9,zoe.quill@example.com,zoe.quill@example.com\n\
                  r2,2026-03-02 10:00,2,otto.brandt@example.org,zoe.quill@example.com\n\
                  r3,2026-03-03 10:00,4,ines.lund@example.org,ines.lund@example.org\n";
    ingest(&workspace, "first.csv", export, |_| {}).await;
    forget(&workspace.lake(), ZOE, |_| {}).await;
    let later = export.replace("r2,", "r4,").replace("2026-03", "2026-04");
    let summary = ingest(&workspace, "later.csv", &later, |_| {}).await;
    assert_eq!(summary.suppressed, 1, "{summary}");
    let left = "SELECT string_agg(response_id || ' ' || (account IS NOT NULL), ',' ORDER BY response_id) \
                FROM responses";
    let left = value(&workspace.lake(), left).await;
    assert!(left.contains("r4 false"), "{left}");
    assert_contains_none(&workspace, &["zoe.quill"]);
}

#[tokio::test]
async fn spellings_of_domains_and_numbers_are_one() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,Phone\n\
                  r1,2026-03-01 10:00,9,zoe@müller.example,+49 170 1234567\n\
                  r2,2026-03-02 10:00,2,zoe@xn--mller-kva.example,\n\
                  r3,2026-03-03 10:00,4,ines.lund@strasse.example,\n\
                  r4,2026-03-04 10:00,6,ines.lund@straße.example,+49 170 7654321\n";
    ingest(&workspace, "first.csv", export, |_| {}).await;
    let lake = workspace.lake();
    let summary = forget(&lake, "zoe@xn--mller-kva.example", |_| {}).await;
    assert_eq!(
        (summary.responses, summary.matches_left()),
        (2, 0),
        "{summary}"
    );
    // Sharp s and a double s are two domains.
    let summary = forget(&lake, "ines.lund@straße.example", |set| {
        set.everywhere = true
    })
    .await;
    assert_eq!((summary.responses, summary.redacted), (1, 0), "{summary}");
    let number = "id,date,score,Phone\np1,2026-04-01 10:00,9,+49 (0)170 7654321\n\
                  p2,2026-04-02 10:00,9,+49 170 1112223\n";
    let summary = ingest(&workspace, "number.csv", number, |options| {
        options.map = vec![(Field::Respondent, Some("Phone".into()))];
    })
    .await;
    assert_eq!((summary.new, summary.suppressed), (1, 1), "{summary}");
    let summary = forget(&lake, "+49 (0)170 1112223", |_| {}).await;
    assert_eq!(summary.responses, 1, "{summary}");
}

#[tokio::test]
async fn names_in_scripts_without_spaces_are_removed_from_the_data_of_others() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,姓名,comment\n\
                  r1,2026-03-01 10:00,9,long@example.com,李小龙,很好\n\
                  r2,2026-03-02 10:00,2,otto.brandt@example.org,陈美丽,\n";
    ingest(&workspace, "first.csv", export, |_| {}).await;
    let other = "id,date,score,email,comment\n\
                 o1,2026-04-01 10:00,9,ines.lund@example.org,感谢李小龙的帮助\n";
    ingest(&workspace, "other.csv", other, |options| {
        options.redact = false
    })
    .await;
    let summary = forget(&workspace.lake(), "long@example.com", |set| {
        set.everywhere = true
    })
    .await;
    assert_eq!(
        (summary.redacted, summary.matches_left()),
        (1, 0),
        "{summary}"
    );
    assert_contains_none(&workspace, &["李小龙"]);
}

#[tokio::test]
async fn words_that_are_also_names_stay_in_the_data_of_others() {
    let workspace = Workspace::new();
    let export = "id,date,score,email,First Name,Surname,segment,comment\n\
                  r1,2026-03-01,9,w.day@example.com,Will,Day,Day,fine as it is\n\
                  r2,2026-03-02,2,otto@example.org,Otto,Brandtmeyer,Day,Will you call me one day?\n\
                  r3,2026-03-02,2,jo@example.org,Jo,Mossbauer,Night,please ask Will Day about it\n";
    ingest(&workspace, "days.csv", export, |options| {
        options.keep = vec!["segment".into()];
        options.redact = false;
    })
    .await;
    std::fs::write(
        workspace.path().join("lake/old.csv.gz"),
        b"\x1f\x8b\x08\0rest",
    )
    .expect("a file in the lake");
    let lake = workspace.lake();
    let summary = forget(&lake, "w.day@example.com", |options| {
        options.everywhere = true
    })
    .await;
    let rows =
        "SELECT string_agg(segment || ': ' || comment, '|' ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&lake, rows).await,
        "Day: Will you call me one day?|Night: please ask [NAME] about it"
    );
    let left: Vec<&str> = summary
        .left
        .iter()
        .map(|place| place.name.as_str())
        .collect();
    assert_eq!(
        left,
        ["comment of responses", "segment of responses"],
        "{summary}"
    );
    assert_eq!(summary.not_searched.len(), 1, "{summary}");
    let summary = forget(&lake, "Will Day <w.day@example.com>", |options| {
        options.everywhere = true;
    })
    .await;
    let rows = value(&lake, rows).await;
    assert_eq!(
        rows, "[NAME]: [NAME] you call me one [NAME]?|Night: please ask [NAME] about it",
        "{summary}"
    );
}

#[tokio::test]
async fn views_that_name_a_person_are_listed() {
    let workspace = Workspace::new();
    named_by_others(&workspace).await;
    let view = format!(
        "CREATE VIEW lake.mine AS SELECT * FROM responses WHERE respondent = anonymize('{ZOE}')"
    );
    let (lake, session) = (workspace.lake(), workspace.lake().session());
    lake.sql(&session, &view).await.expect("a view");
    let summary = forget(&workspace.lake(), ZOE, |options| options.everywhere = true).await;
    let left: Vec<&str> = summary
        .left
        .iter()
        .map(|place| place.name.as_str())
        .collect();
    assert_eq!(left.len(), 1, "{summary}");
    assert!(left[0].starts_with("definitions/"), "{summary}");
}

const FIRST: &str = "\
id,date,score,email,First Name,comment
r1,2026-03-01 10:00,9,zoe.quill@example.com,Zoë,the plan is quite expensive for us
r2,2026-03-02 10:00,2,otto.brandt@example.org,Otto,too slow to load for me
";

/// All of [`FIRST`] and more.
const LARGER: &str = "\
id,date,score,email,First Name,comment
r1,2026-03-01 10:00,9,zoe.quill@example.com,Zoë,the plan is quite expensive for us
r2,2026-03-02 10:00,2,otto.brandt@example.org,Otto,too slow to load for me
r5,2026-04-01 10:00,10,Zoë <ZOE.Quill+nps@example.com>,Zoë,another opinion of the same person
r6,2026-04-02 10:00,soon,zoe.quill@example.com,Zoë,a row that cannot be read at all
r7,2026-04-03 10:00,7,ines.lund@example.org,Ines,it works well most of the time
";

const FORGOTTEN: [&str; 5] = [
    "zoe",
    "Zoë",
    "quite expensive",
    "another opinion",
    "cannot be read",
];

#[tokio::test]
async fn a_forgotten_person_does_not_come_back() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    forget(&workspace.lake(), ZOE, |_| {}).await;
    let summary = ingest(&workspace, "larger.csv", LARGER, |_| {}).await;
    let counts = (
        summary.new,
        summary.duplicate,
        summary.suppressed,
        summary.rejected,
    );
    assert_eq!(counts, (1, 1, 3, 0), "{summary}");
    assert!(summary.to_string().contains(" · suppressed 3"), "{summary}");
    assert_eq!(summary.rejects_file, None, "{summary}");
    assert_contains_none(&workspace, &FORGOTTEN);
    let lake = workspace.lake();
    assert_eq!(value(&lake, "SELECT count(*) FROM responses").await, "2");
    assert_eq!(
        value(&lake, "SELECT sum(suppressed) FROM imports").await,
        "3"
    );

    // As record batches, and from a watched folder.
    let text = |values: [&str; 2]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let batch = RecordBatch::try_from_iter([
        ("id", text(["b1", "b2"])),
        ("date", text(["2026-05-01 10:00", "2026-05-02 10:00"])),
        ("score", text(["9", "8"])),
        ("email", text([ZOE, "jo.moss@example.org"])),
    ]);
    let batches = futures::stream::iter([Ok(batch.expect("columns of one length"))]);
    let options = IngestOptions::default();
    let summary = lake.ingest_batches("answers", batches, &options).await;
    let summary = summary.expect("it is imported");
    assert_eq!((summary.new, summary.suppressed), (1, 1), "{summary}");
    std::fs::create_dir(workspace.path().join("watched")).expect("a new folder");
    workspace.write(
        "watched/w.csv",
        "id,date,score,email\nw1,2026-06-01 10:00,9,zoe.quill@example.com\n\
         w2,2026-06-02 10:00,9,jo.moss@example.org\n",
    );
    let watched = workspace
        .voxql()
        .args(["watch", "watched", "--once", "--json"])
        .output()
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&watched.stdout).replace(' ', "");
    assert!(printed.contains("\"suppressed\":1"), "{printed}");
    assert_contains_none(&workspace, &FORGOTTEN);
}

#[tokio::test]
async fn kept_scores_of_forgotten_people_stay_and_more_come_in() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    let lake = workspace.lake();
    let zoe = value(&lake, &format!("SELECT anonymize('{ZOE}')")).await;
    forget(&lake, ZOE, |options| options.keep_score = true).await;
    for name in ["larger.csv", "again.csv"] {
        let export = format!("{LARGER}{}", if name == "again.csv" { "\n" } else { "" });
        let summary = ingest(&workspace, name, &export, |_| {}).await;
        let counts = (
            summary.new,
            summary.updated,
            summary.duplicate,
            summary.suppressed,
        );
        let expected = if name == "again.csv" {
            (0, 0, 4, 0)
        } else {
            (2, 0, 2, 0)
        };
        assert_eq!(counts, expected, "{summary}");
    }
    let scores = "SELECT string_agg(response_id || ' ' || score || ' ' || (respondent IS NOT NULL), \
                  ',' ORDER BY response_id) FROM responses";
    assert_eq!(
        value(&workspace.lake(), scores).await,
        "r1 9 false,r2 2 true,r5 10 false,r7 7 true"
    );
    let mut personal = FORGOTTEN.to_vec();
    personal.push(&zoe);
    assert_contains_none(&workspace, &personal);
    // Forgotten entirely, her scores no longer come in.
    forget(&workspace.lake(), ZOE, |_| {}).await;
    let later = "id,date,score,email\nr8,2026-07-01 10:00,9,zoe.quill@example.com\n";
    assert_eq!(
        ingest(&workspace, "later.csv", later, |_| {})
            .await
            .suppressed,
        1
    );
}

/// An id that is an address is replaced, and recognised again.
#[tokio::test]
async fn ids_that_name_a_forgotten_person_are_replaced() {
    let workspace = Workspace::new();
    let first = "response id,date,score,email\n\
                 zoe.quill@example.com,2026-03-01 10:00,9,zoe.quill@example.com\n\
                 otto.brandt@example.org,2026-03-02 10:00,2,otto.brandt@example.org\n";
    ingest(&workspace, "first.csv", first, |_| {}).await;
    forget(&workspace.lake(), ZOE, |options| options.keep_score = true).await;
    assert_contains_none(&workspace, &["zoe.quill"]);
    let summary = ingest(&workspace, "again.csv", &format!("{first}\n"), |_| {}).await;
    assert_eq!((summary.new, summary.duplicate), (0, 2), "{summary}");
    assert_contains_none(&workspace, &["zoe.quill"]);
}

#[tokio::test]
async fn the_list_survives_a_key_rotation_and_expires() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    forget(&workspace.lake(), ZOE, |_| {}).await;
    let key = workspace.path().join("new.key");
    workspace
        .lake()
        .rotate_key(&key)
        .await
        .expect("the key changes");
    let uri = workspace.path().join("lake");
    let uri = uri
        .to_str()
        .expect("temporary folders are UTF-8")
        .to_owned();
    let rotated = || {
        Lake::builder(&uri)
            .key_file(&key)
            .open()
            .expect("a valid location")
    };
    let file = workspace.write("larger.csv", LARGER);
    let summary = rotated().ingest(&file, &IngestOptions::default()).await;
    assert_eq!(summary.expect("it is imported").suppressed, 3);
    rotated().optimize().await.expect("it is optimized");
    let record = rotated().inventory().await.expect("a record");
    assert!(record.contains("`suppressions`: 4 |"), "{record}");
    assert!(
        record.contains("`suppressions_days` under `[retention]` is not set"),
        "{record}"
    );

    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    let text = format!("{text}\n[retention]\nsuppressions_days = 30\n");
    std::fs::write(&settings, text).expect("the lake's settings");
    let summary = rotated().retain(false).await.expect("nothing is too old");
    assert_eq!(summary.suppressions, 0);
    age_suppressions(&workspace, 31);
    let later = "id,date,score,email\nr8,2026-07-01 10:00,9,zoe.quill@example.com\n";
    let file = workspace.write("later.csv", later);
    let summary = rotated().ingest(&file, &IngestOptions::default()).await;
    let summary = summary.expect("it is imported");
    assert_eq!((summary.new, summary.suppressed), (1, 0), "{summary}");
    let would = rotated().retain(true).await.expect("it is counted");
    let removed = rotated().retain(false).await.expect("it is removed");
    assert_eq!((would.suppressions, removed.suppressions), (4, 4));
    let record = rotated().inventory().await.expect("a record");
    assert!(!record.contains("suppressions"), "{record}");
}

/// Makes the entries of the list older.
fn age_suppressions(workspace: &Workspace, days: i64) {
    let table = workspace.path().join("lake/suppressions");
    let entries = std::fs::read_dir(&table).expect("the table");
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    let path = paths
        .find(|path| path.extension().is_some_and(|name| name == "parquet"))
        .expect("a file of the table");
    let file = std::fs::File::open(&path).expect("a file of the table");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    let schema = Arc::clone(reader.schema());
    let batches: Vec<_> = reader
        .build()
        .expect("a Parquet file")
        .collect::<Result<_, _>>()
        .expect("rows of the file");
    let batch = concat_batches(&schema, &batches).expect("rows of one file");
    let index = schema.index_of("suppressed_at").expect("a column");
    let then = chrono::Utc::now() - chrono::Duration::days(days);
    let times = TimestampMicrosecondArray::from_value(then.timestamp_micros(), batch.num_rows());
    let mut columns = batch.columns().to_vec();
    columns[index] = Arc::new(times.with_timezone("UTC"));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).expect("the same columns");
    let file = std::fs::File::create(&path).expect("a file of the table");
    let mut writer = ArrowWriter::try_new(file, schema, None).expect("a writer");
    writer.write(&batch).expect("rows are written");
    writer.close().expect("a whole file");
    correct_size(&table, &path);
    // The log has the times of before, by which files are skipped.
    edit_log(&table, |action| {
        if action["add"].is_object() {
            action["add"]["stats"] = serde_json::Value::Null;
        }
    });
}

/// The list has no plain values, and no pseudonyms.
#[tokio::test]
async fn the_list_names_nobody() {
    let workspace = Workspace::new();
    with_several_pseudonyms(&workspace).await;
    let lake = workspace.lake();
    let zoe = value(&lake, &format!("SELECT anonymize('{ZOE}')")).await;
    forget(&lake, ZOE, |_| {}).await;
    let mut content = String::new();
    decoded(&workspace.path().join("lake/suppressions"), &mut content);
    let content = content.to_lowercase();
    // Longer than what random letters of checksums and hashes have by chance.
    for text in [
        "zoe.quill",
        "quillfeather",
        "example",
        "7946 0958",
        "c-10017",
        "v1:",
        &zoe[3..],
    ] {
        assert!(!content.contains(text), "{text}");
    }
}

#[test]
fn forgetting_cannot_be_undone() {
    let workspace = Workspace::new();
    for arguments in [&["forget", "--undo"][..], &["forget", "--undo", ZOE]] {
        let output = workspace.voxql().args(arguments).output();
        let output = output.expect("the program starts");
        assert_eq!(output.status.code(), Some(2));
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(printed.contains("cannot be undone"), "{printed}");
        assert!(printed.contains("suppressions_days"), "{printed}");
    }
}

/// The exit code and what is printed.
fn run(workspace: &Workspace, arguments: &[&str]) -> (Option<i32>, String) {
    let output = workspace.voxql().args(arguments).output();
    let output = output.expect("the program starts");
    let printed = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&printed).into_owned(),
    )
}

/// As Windows and spreadsheets write it.
#[tokio::test]
async fn a_list_in_utf_16_is_read() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    let mut list = vec![0xff, 0xfe];
    let text = format!("{ZOE}\r\n");
    list.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    std::fs::write(workspace.path().join("left.txt"), &list).expect("a file");
    let (status, printed) = run(&workspace, &["forget", "--file", "left.txt"]);
    assert_eq!(status, Some(0), "{printed}");
    assert!(printed.contains("forgotten 1"), "{printed}");
    list.pop();
    std::fs::write(workspace.path().join("left.txt"), &list).expect("a file");
    let (status, printed) = run(&workspace, &["forget", "--file", "left.txt"]);
    assert_eq!(status, Some(2), "{printed}");
    assert!(
        printed.contains("left.txt: it is no text in UTF-8 or UTF-16"),
        "{printed}"
    );
}

#[tokio::test]
async fn somebody_who_is_not_there_is_not_reported_as_forgotten() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    let (code, printed) = run(&workspace, &["forget", "jane@exmaple.com"]);
    assert_eq!(code, Some(0), "{printed}");
    let expected = "not in the lake; on the list for later imports \u{b7} searched ";
    assert!(printed.starts_with(expected), "{printed}");
    assert!(printed.contains(" files: 0 matches left\n"), "{printed}");
    let both = ["forget", "nobody@example.com", ZOE];
    let (code, printed) = run(&workspace, &both);
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        printed.starts_with("forgotten 1 \u{b7} responses "),
        "{printed}"
    );
    assert!(
        printed.contains("not in the lake 1; on the list for later imports"),
        "{printed}"
    );
    let back = "id,date,score,email\nx1,2026-07-01 10:00,9,jane@exmaple.com\n";
    let summary = ingest(&workspace, "back.csv", back, |_| {}).await;
    assert_eq!(summary.suppressed, 1, "{summary}");
}

#[tokio::test]
async fn mistakes_in_the_name_of_a_person_change_nothing() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    for (arguments, message, hint) in [
        (
            &["jane@example,com"][..],
            "is not an email address",
            "jane@example.com",
        ),
        (
            &["Zoe Quill <zoe.quill@example.com>, bo@example.com"],
            "has several addresses",
            "one person an argument",
        ),
        (
            &["--token", "v1:abc"],
            "is not a pseudonym",
            "52 letters and digits",
        ),
        (&["v1:abc"], "is not a pseudonym", "52 letters and digits"),
        (&["foo"], "is no respondent of the lake", "--name 'foo'"),
        (
            &["--dry-rnu", ZOE],
            "unexpected argument '--dry-rnu'",
            "--dry-run",
        ),
    ] {
        let arguments = [&["forget"], arguments].concat();
        let (code, printed) = run(&workspace, &arguments);
        assert_eq!(code, Some(2), "{printed}");
        assert!(
            printed.contains(message) && printed.contains(hint),
            "{printed}"
        );
        assert!(!printed.contains("'-- -"), "{printed}");
    }
    let list = "SELECT count(*) FROM suppressions";
    assert_eq!(value(&workspace.lake(), list).await, "0");
    // A word that is a respondent's key, and a word that is to be a name.
    let keys = "id,date,score,user\nu1,2026-07-01 10:00,9,jdoe\nu2,2026-07-02 10:00,8,asmith\n";
    ingest(&workspace, "keys.csv", keys, |options| {
        options
            .map
            .push((voxql::Field::Respondent, Some("user".to_owned())));
    })
    .await;
    let (code, printed) = run(&workspace, &["forget", "jdoe"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        printed.starts_with("forgotten 1 \u{b7} responses 1 "),
        "{printed}"
    );
    let (code, printed) = run(&workspace, &["forget", "jdoe"]);
    assert_eq!(code, Some(0), "done again: {printed}");
    let (code, printed) = run(&workspace, &["forget", "--name", "Park"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("1 name"), "{printed}");
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_forgotten() {
    let workspace = Workspace::new();
    with_several_pseudonyms(&workspace).await;
    let before = value(&workspace.lake(), "SELECT count(*) FROM responses").await;
    let (code, printed) = run(&workspace, &["forget", ZOE, "--dry-run"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        printed.starts_with("would be forgotten 1 \u{b7} responses 5 \u{b7} identities "),
        "{printed}"
    );
    assert!(
        printed.contains("matches, their own data included\nsearched for: "),
        "{printed}"
    );
    assert!(
        printed.contains("note: dry run, nothing is changed"),
        "{printed}"
    );
    let lake = workspace.lake();
    assert_eq!(value(&lake, "SELECT count(*) FROM responses").await, before);
    assert_eq!(value(&lake, "SELECT count(*) FROM suppressions").await, "0");
    let entries = "SELECT count(*) FROM audit WHERE action = 'forget'";
    assert_eq!(value(&lake, entries).await, "1");
}

#[tokio::test]
async fn the_list_is_a_table_of_the_owner() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    let lake = workspace.lake();
    let list = "SELECT count(*) || ' ' || count(DISTINCT rule) FROM suppressions";
    assert_eq!(value(&lake, list).await, "0 0");
    forget(&lake, ZOE, |_| {}).await;
    let list = "SELECT (count(*) > 0) || ' ' || min(rule) || ' ' || (min(suppressed_at) IS NOT NULL) \
                FROM suppressions";
    assert_eq!(value(&lake, list).await, "true drop true");
    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    let roles = "[roles.support]\npolicy = \"steward\"\n[roles.analyst]\npolicy = \"aggregate\"\n";
    std::fs::write(&settings, format!("{text}\n{roles}")).expect("the lake's settings");
    for role in ["support", "analyst"] {
        let arguments = ["--role", role, "-c", "SELECT count(*) FROM suppressions"];
        let (code, printed) = run(&workspace, &arguments);
        assert_eq!(code, Some(2));
        assert!(
            printed.contains("table \"suppressions\" is hidden"),
            "{printed}"
        );
        let arguments = ["--role", role, "-c", "\\d"];
        let (_, printed) = run(&workspace, &arguments);
        assert!(!printed.contains("suppressions"), "{printed}");
    }
    let (_, printed) = run(&workspace, &["-c", "\\d"]);
    assert!(printed.contains("suppressions"), "{printed}");
    let (code, printed) = run(&workspace, &["-c", "DELETE FROM suppressions"]);
    assert_eq!(code, Some(2), "{printed}");
}

#[tokio::test]
async fn an_access_request_says_that_nothing_is_held() {
    let workspace = Workspace::new();
    ingest(&workspace, "first.csv", FIRST, |_| {}).await;
    let lake = workspace.lake();
    let subject = lake.subject(ZOE).await.expect("she is in the lake");
    assert_eq!(subject.get("note"), None);
    let subject = lake
        .subject("nobody@example.com")
        .await
        .expect("an empty result");
    assert_eq!(subject["note"], "nothing is held about nobody@example.com");
    let (code, printed) = run(&workspace, &["subject", "nobody@example.com"]);
    assert_eq!(code, Some(0));
    assert!(
        printed.contains("note: nothing is held about nobody@example.com\n"),
        "{printed}"
    );
    forget(&lake, ZOE, |_| {}).await;
    let subject = lake.subject(ZOE).await.expect("an empty result");
    let note = subject["note"].as_str().unwrap_or_default();
    assert!(note.contains("but the entry that keeps imports"), "{note}");
    let wrong = lake
        .subject("jane@example,com")
        .await
        .expect_err("no address");
    assert!(
        wrong.to_string().contains("is not an email address"),
        "{wrong}"
    );
}

/// What a killed import left is removed by the next command that writes, and by `forget`.
#[tokio::test]
async fn files_of_killed_imports_are_no_obstacle() {
    let workspace = Workspace::new();
    let export = "response_id,responded_at,score,email,comment\n\
                  r1,2026-01-05,10,ana@example.com,quite distinct\n\
                  r2,2026-01-06,4,bo@example.com,fine\n";
    ingest(&workspace, "answers.csv", export, |_| {}).await;
    let lake = workspace.path().join("lake");
    let month = lake.join("responses/survey=default/month=2026-01");
    let file = std::fs::read_dir(&month).expect("a folder").next();
    let file = file.expect("a file").expect("a file").path();
    let left = month.join("part-00000-left.zstd.parquet");
    std::fs::copy(&file, &left).expect("a copy");
    std::fs::create_dir_all(lake.join("staging")).expect("a folder");
    std::fs::copy(&file, lake.join("staging/.tmpleft")).expect("a copy");
    // Identities are committed before the responses.
    let identities = lake.join("identities");
    let sealed = std::fs::read_dir(&identities).expect("a folder");
    let mut sealed = sealed.map(|entry| entry.expect("an entry").path());
    let sealed = sealed.find(|path| path.is_file()).expect("a file");
    let left_identities = identities.join("part-00000-left.zstd.parquet");
    std::fs::copy(&sealed, &left_identities).expect("a copy");
    let nobody = forget(&workspace.lake(), "eve@example.com", |_| {}).await;
    assert_eq!(nobody.responses, 0);
    assert!(!left.exists() && !left_identities.exists());
    std::fs::copy(&file, &left).expect("a copy");
    std::fs::copy(&sealed, &left_identities).expect("a copy");
    let summary = forget(&workspace.lake(), "ana@example.com", |_| {}).await;
    assert_eq!(summary.responses, 1);
    assert!(!left.exists() && !left_identities.exists());
    assert!(!lake.join("staging").exists());
    assert_eq!(
        value(&workspace.lake(), "SELECT count(*) FROM responses").await,
        "1"
    );
}
