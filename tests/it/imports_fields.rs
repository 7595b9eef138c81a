//! Which column of a file becomes which field, and what the lake holds after.

use std::path::{Path, PathBuf};

use voxql::{Error, Field, ImportSummary, IngestOptions};

use super::cli::snapshot;
use super::common::{UNREACHABLE, Workspace, assert_counts_add_up, value};

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imports");
    folder.join(name)
}

async fn import(workspace: &Workspace, name: &str, options: &IngestOptions) -> ImportSummary {
    let options = options.clone().rejects(workspace.path().to_string_lossy());
    let summary = workspace.lake().ingest(&file(name), &options).await;
    let summary = summary.expect("it can be imported");
    assert_counts_add_up(&summary);
    summary
}

async fn asked(name: &str) -> Error {
    let workspace = Workspace::new();
    let result = workspace
        .lake()
        .ingest(&file(name), &IngestOptions::default())
        .await;
    let error = result.expect_err("it is a question");
    assert!(error.is_question(), "{error}");
    error
}

fn header(summary: &ImportSummary, field: Field) -> Option<&str> {
    let mut fields = summary.fields.iter();
    let found = fields.find(|mapped| mapped.field == field.name())?;
    Some(&found.header)
}

#[tokio::test]
async fn each_field_has_its_column() {
    for (name, field, expected) in [
        ("account_word.csv", Field::Account, None),
        (
            "joined_and_surveyed.csv",
            Field::RespondedAt,
            Some("surveyed_at"),
        ),
        ("posted_at.csv", Field::RespondedAt, Some("posted_at")),
        (
            "two_dates_pt.csv",
            Field::RespondedAt,
            Some("Data_Respostas"),
        ),
        ("dates_unnamed.csv", Field::RespondedAt, Some("survey_dt")),
        (
            "two_comments_pt.csv",
            Field::Comment,
            Some("Qual o motivo da sua avaliação?"),
        ),
        (
            "reason_after_feedback.csv",
            Field::Comment,
            Some("What is the main reason for your score?"),
        ),
        (
            "posthog_two.csv",
            Field::Score,
            Some("properties.$survey_response_b2"),
        ),
        ("groups_unnamed.csv", Field::Score, Some("Q7")),
        ("kunde_addresses.csv", Field::Respondent, Some("kunde")),
    ] {
        let workspace = Workspace::new();
        let summary = import(&workspace, name, &IngestOptions::default()).await;
        assert_eq!(header(&summary, field), expected, "{name}");
    }
    let workspace = Workspace::new();
    import(
        &workspace,
        "joined_and_surveyed.csv",
        &IngestOptions::default(),
    )
    .await;
    let months = "SELECT string_agg(month || ' ' || n, ', ' ORDER BY month) \
                  FROM (SELECT month, count(*) AS n FROM responses GROUP BY month)";
    let lake = workspace.lake();
    assert_eq!(
        value(&lake, months).await,
        "2024-01 1, 2024-02 13, 2024-03 16"
    );
}

#[tokio::test]
async fn another_metric_is_asked_about_and_answered() {
    let hint = asked("posthog_ease.json")
        .await
        .hint()
        .unwrap_or_default()
        .to_string();
    assert!(hint.contains("metric(\"ces\")"), "{hint}");
    let workspace = Workspace::new();
    import(
        &workspace,
        "posthog_ease.json",
        &IngestOptions::default().metric("ces"),
    )
    .await;
    let lake = workspace.lake();
    let ratings = "SELECT string_agg(metric || ' ' || rating, ', ' ORDER BY rating) FROM responses \
                   WHERE score IS NULL";
    assert_eq!(value(&lake, ratings).await, "ces 0.0, ces 7.0, ces 10.0");
    let nps = Workspace::new();
    import(
        &nps,
        "posthog_ease.json",
        &IngestOptions::default().metric("nps"),
    )
    .await;
    assert_eq!(
        value(&nps.lake(), "SELECT count(score) FROM responses").await,
        "3"
    );
}

#[tokio::test]
async fn lenient_scores_have_one_question_with_two_answers() {
    let hint = asked("lenient_scores.csv")
        .await
        .hint()
        .unwrap_or_default()
        .to_string();
    assert!(
        hint.contains("lenient") && hint.contains("map(\"score=nps score\")"),
        "{hint}"
    );
    let workspace = Workspace::new();
    let options = IngestOptions::default().lenient(true);
    let summary = import(&workspace, "lenient_scores.csv", &options).await;
    let nps = summary.nps.as_ref().expect("answers");
    assert_eq!(
        (format!("{:.4}", nps.nps), nps.responses),
        ("23.0769".to_owned(), 13)
    );
    assert_eq!(summary.rejected, 2);
    assert_eq!(header(&summary, Field::Respondent), Some("resp"));
}

#[tokio::test]
async fn an_answer_to_a_question_never_leads_back_to_it() {
    let hint = asked("repeated_ids.csv")
        .await
        .hint()
        .unwrap_or_default()
        .to_string();
    assert!(
        hint.contains("map(\"respondent=ID\") map(\"response_id=\")"),
        "{hint}"
    );
    let respondents = IngestOptions::default()
        .map(Field::Respondent, "ID")
        .without(Field::ResponseId);
    // Rows with the id of another are rejected, which is a question of its own.
    let responses = IngestOptions::default()
        .map(Field::ResponseId, "ID")
        .max_rejects(1.0);
    for options in [respondents, responses] {
        let workspace = Workspace::new();
        let summary = import(&workspace, "repeated_ids.csv", &options).await;
        assert!(summary.new > 0);
    }
}

#[tokio::test]
async fn two_columns_of_one_question_are_one_score() {
    let options = IngestOptions::default()
        .map(Field::Score, "#2")
        .map(Field::Score, "#3");
    let workspace = Workspace::new();
    let summary = import(&workspace, "branches_overlapping.csv", &options).await;
    assert_eq!((summary.new, summary.rejected), (3, 1));
    let scores = "SELECT string_agg(score, ' ' ORDER BY response_id) FROM responses";
    assert_eq!(value(&workspace.lake(), scores).await, "9 3 7");
}

#[tokio::test]
async fn addresses_of_accounts_are_pseudonyms() {
    let workspace = Workspace::new();
    import(
        &workspace,
        "account_addresses.csv",
        &IngestOptions::default(),
    )
    .await;
    let lake = workspace.lake();
    let accounts = "SELECT count(DISTINCT account) FROM responses WHERE account NOT LIKE '%@%'";
    assert_eq!(value(&lake, accounts).await, "3");
    assert_eq!(value(&lake, UNREACHABLE).await, "0");
}

#[tokio::test]
async fn names_of_others_are_sealed_with_the_respondent() {
    let workspace = Workspace::new();
    let export = "date,email,nps,technician\n2026-01-01,a@ex.example,9,Anna Krüger\n\
                  2026-01-02,b@ex.example,3,Tom Ode\n2026-01-03,c@ex.example,10,Anna Krüger\n";
    let path = workspace.write("visits.csv", export);
    let lake = workspace.lake();
    let kept = IngestOptions::default().keep("technician");
    let error = lake
        .ingest(&path, &kept)
        .await
        .expect_err("names of people");
    assert!(
        error.is_question() && !error.to_string().contains("Anna"),
        "{error}"
    );
    let sealed = IngestOptions::default().keep_personal("technician");
    lake.ingest(&path, &sealed)
        .await
        .expect("it can be imported");
    let fields = "SELECT max(fields) FROM identities";
    assert!(value(&lake, fields).await.contains("technician"));
}

#[test]
fn evidence_and_questions_are_printed() {
    let workspace = Workspace::new();
    for name in [
        "two_dates_pt.csv",
        "posthog_ease.json",
        "branches_overlapping.csv",
        "apos.csv",
    ] {
        let content = std::fs::read(file(name)).expect("the file");
        workspace.write(name, content);
    }
    workspace.write(
        "open.csv",
        "Recommend the shop?,Recommend the app?,date\n9,8,01/02/2026\n7,2,03/04/2026\n",
    );
    for (name, args) in [
        (
            "explain_dates",
            &["ingest", "two_dates_pt.csv", "--explain"][..],
        ),
        ("ask_metric", &["ingest", "posthog_ease.json"]),
        (
            "ask_columns_of_one_name",
            &["ingest", "branches_overlapping.csv"],
        ),
        ("ask_apostrophe", &["ingest", "apos.csv"]),
        ("ask_all_at_once", &["ingest", "open.csv"]),
    ] {
        let mut command = workspace.voxql();
        command.args(args);
        snapshot(&workspace, name, command);
    }
}
