//! Rows of a file: totals, repeated rows, rows that end early, header rows, and answers in rows of
//! their own.

use voxql::{Field, ImportSummary, IngestOptions};

use super::common::{Workspace, assert_counts_add_up};

/// Imports `content` with the options that `say` sets.
async fn import(
    content: &str,
    say: impl FnOnce(IngestOptions) -> IngestOptions,
) -> Result<ImportSummary, voxql::Error> {
    let workspace = Workspace::new();
    let file = workspace.write("export.csv", content);
    let options = say(IngestOptions::default());
    let result = workspace.lake().ingest(&file, &options).await;
    if let Ok(summary) = &result {
        assert_counts_add_up(summary);
    }
    result
}

/// Imports files without options; each must give these counts: new, duplicate, not a response,
/// rejected, and the NPS rounded to a whole number.
async fn check(cases: &[(&str, [u64; 4], f64)]) {
    for (content, counts, nps) in cases {
        let summary = import(content, |options| options).await;
        let summary = summary.unwrap_or_else(|error| panic!("{content}\n{error}"));
        let found = [
            summary.new,
            summary.duplicate,
            summary.not_a_response,
            summary.rejected,
        ];
        assert_eq!(found, *counts, "{content}\n{summary}");
        let figure = summary.nps.expect("scores");
        assert_eq!(figure.nps.round(), *nps, "{content}\n{summary}");
    }
}

#[tokio::test]
async fn words_for_totals_are_values_of_their_column() {
    check(&[
        // Departments, companies, ids and answers of one word.
        (
            "Abteilung;NPS\nSumme;9\nIT;3\nSumme;10\nIT;8\n",
            [4, 0, 0, 0],
            25.0,
        ),
        (
            "ditta,voto nps\nMedia,9\nFiat,3\nMedia,10\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "company,nps,date\nShell,3,2026-03-01\nTotal,9,2026-03-02\n",
            [2, 0, 0, 0],
            0.0,
        ),
        (
            "company,nps\nTotal,9\nShell,3\nBP,10\nENI,7\n",
            [4, 0, 0, 0],
            25.0,
        ),
        (
            "id,nps\nTotal00001,9\nTotal00002,3\nTotal00003,10\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "ticket,nps\nNPS 101,9\nNPS 102,3\nNPS 103,10\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "product,score\nWindows Total,9\nOffice,3\nOffice,10\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "opinion,nps\naverage,6\ngreat,9\naverage,5\nso so,7\n",
            [4, 0, 0, 0],
            -25.0,
        ),
    ])
    .await;
}

#[tokio::test]
async fn totals_are_left_out() {
    check(&[
        (
            "Region;NPS;Sitze\nNord;9;4\nSüd;3;8\nWest;10;2\nGesamtergebnis;22;14\n",
            [3, 0, 1, 0],
            33.0,
        ),
        (
            "date,nps,email\n2026-03-01,9,a@x.example\n2026-03-02,3,b@x.example\nMoyenne,6,\n",
            [2, 0, 1, 0],
            0.0,
        ),
        (
            "магазин,nps\nА,9\nБ,3\nВ,10\nИтого,22\n",
            [3, 0, 1, 0],
            33.0,
        ),
        (
            "部署,nps\n営業,9\n開発,3\n総務,10\n合計,22\n平均,7.3\n",
            [3, 0, 2, 0],
            33.0,
        ),
        // Sums of the rows above each subtotal.
        (
            "shop,nps\nA,9\nA,10\nSubtotal,19\nB,3\nB,8\nSubtotal,11\nGrand total,30\n",
            [4, 0, 3, 0],
            25.0,
        ),
    ])
    .await;
    let summary = import(
        "region,nps\nNorth,9\nSouth,3\nEast,8\n\nTotal,20\n",
        |options| options,
    );
    let summary = summary.await.expect("three answers").to_string();
    assert!(
        summary.contains("left out as a total: line 6 (Total, 20)"),
        "{summary}"
    );
    // The last row may be the mean, or the answer of a department.
    let unclear = "department,nps\nSales,8\nLegal,10\nMedia,9\n";
    let summary = import(unclear, |options| options)
        .await
        .expect("two answers");
    assert_eq!((summary.new, summary.rejected), (2, 1), "{summary}");
    assert!(summary.to_string().contains("rejected 1"), "{summary}");
}

#[tokio::test]
async fn rows_that_differ_are_different_responses() {
    check(&[
        // Nothing but a column that is not imported tells the rows apart.
        ("user_id,datum,nps,produkt\nk1,2026-03-01,9,A\nk1,2026-03-01,9,B\nk2,2026-03-02,3,A\nk1,2026-03-01,9,A\n", [3, 1, 0, 0], 33.0),
        ("nps,comment,date,agent\n9,All good,2026-03-01 10:07,x\n9,All good,2026-03-01 10:07,y\n3,Slow,2026-03-02 11:30,x\n", [3, 0, 0, 0], 33.0),
        // All rows share the hour of the export.
        ("score,city,comment,submitted_at\n8,Graz,ok,2025-09-15 19:00\n8,Graz,ok,2025-09-15 19:00\n3,Wels,slow,2025-09-16 19:00\n", [3, 0, 0, 0], -33.0),
        (
            "user_id,score,product,submitted_at\n\
             u1,9,A,2025-09-15 19:00\nu1,9,B,2025-09-15 19:00\nu1,3,C,2025-09-15 19:00\n\
             u2,3,A,2025-09-16 19:00\nu2,3,A,2025-09-16 19:00\n",
            [4, 1, 0, 0],
            0.0,
        ),
        // Scores repeat by chance.
        ("nps\n9\n9\n3\n9\n", [4, 0, 0, 0], 50.0),
        ("user_id,nps,comment\nu1,9,ok\nu1,9,ok\nu2,3,bad\n", [3, 0, 0, 0], 33.0),
    ])
    .await;
}

#[tokio::test]
async fn rows_that_repeat_are_duplicates() {
    let comment = "The onboarding took three calls and nobody could say which plan has the export";
    let japanese =
        "導入に三回の電話が必要で、どのプランに書き出しが含まれるのか誰も説明できませんでした";
    for file in [
        format!("user_id,nps,comment\nu1,9,{comment}\nu1,9,{comment}\nu2,3,bad\n"),
        format!("no,nps,comment,plan\n1,9,{comment},a\n2,9,{comment},a\n3,3,bad,a\n"),
        format!("nps,コメント\n9,{japanese}\n9,{japanese}\n3,高い\n"),
    ] {
        check(&[(&file, [2, 1, 0, 0], 0.0)]).await;
    }
    // A comment that is one of a few choices repeats by chance.
    let choice = "I would recommend the product to friends because of the excellent support";
    let rows: String = (0..6)
        .map(|row| format!("u{},9,{choice}\n", row / 2))
        .collect();
    check(&[(
        &format!("user_id,nps,comment\n{rows}u3,3,bad\n"),
        [7, 0, 0, 0],
        71.0,
    )])
    .await;
}

#[tokio::test]
async fn different_rows_with_the_same_answers_are_known_again() {
    let workspace = Workspace::new();
    let rows = "k1,2026-03-01,9,A\nk1,2026-03-01,9,B\nk2,2026-03-02,3,A\n";
    let first = workspace.write("a.csv", format!("user_id,datum,nps,produkt\n{rows}"));
    assert_eq!(workspace.ingest(&first).await.new, 3);
    let more = format!("user_id,datum,nps,produkt\n{rows}k1,2026-03-01,9,C\n");
    let second = workspace.ingest(&workspace.write("b.csv", more)).await;
    assert_eq!((second.new, second.duplicate), (1, 3), "{second}");
    // With another column the rows are still the same ones.
    let wider: String = rows.lines().map(|row| format!("{row},x\n")).collect();
    let wider = workspace.write("c.csv", format!("user_id,datum,nps,produkt,team\n{wider}"));
    let third = workspace.ingest(&wider).await;
    assert_eq!(
        (third.new, third.updated, third.duplicate),
        (0, 0, 3),
        "{third}"
    );
}

#[tokio::test]
async fn an_export_without_seconds_repeats_one_with_seconds() {
    let exact = "time,email,nps\n2026-01-05 10:31:22,a@x.example,9\n\
                 2026-01-05 10:31:40,b@x.example,3\n2026-01-06 08:00:00,c@x.example,10\n";
    let short = "date;contact;nps\n05.01.2026 10:31;A <a@x.example>;9\n\
                 05.01.2026 10:31;b@x.example;8\n06.01.2026 08:00;c@x.example;10\n\
                 13.01.2026 12:00;d@x.example;7\n";
    for (first, second) in [(exact, short), (short, exact)] {
        let workspace = Workspace::new();
        let lake = workspace.lake();
        let options = IngestOptions::default();
        let first = workspace.write("first.csv", first);
        lake.ingest(&first, &options).await.unwrap();
        let second = workspace.write("second.csv", second);
        let summary = lake.ingest(&second, &options).await.unwrap();
        // Another score of the same minute is another answer.
        assert_eq!(summary.duplicate, 2, "{summary}");
    }
}

#[tokio::test]
async fn spellings_of_one_respondent_are_one() {
    check(&[
        (
            "answered at,contact,nps\n2026-03-02 09:10:11,Ana <ana@x.example>,9\n\
             2026-03-02 09:10:11,mailto:ana@x.example,9\n2026-03-03 12:10:11,ana@x.example,3\n",
            [2, 1, 0, 0],
            0.0,
        ),
        (
            "answered on,contact,nps\n2026-03-02,Ana <ana@x.example>,9\n\
             2026-03-02,ana@x.example,9\n2026-03-03,ana@x.example,3\n",
            [2, 1, 0, 0],
            0.0,
        ),
        (
            "Zeit der Antwort;Telefon;Land;NPS\n2026-03-02 09:10:11;+49 (0)30 1234567;DE;9\n\
             2026-03-02 09:10:11;0049301234567;DE;9\n2026-03-02 09:10:11;030/1234567;DE;9\n\
             2026-03-02 09:10:11;030/1234567;AT;3\n",
            [2, 2, 0, 0],
            0.0,
        ),
        // Numbers without a country, and ids that are no telephone numbers.
        (
            "time,Phone,NPS\n2026-03-02 09:10:11,+49 30 1234567,9\n\
             2026-03-02 09:10:11,030 1234567,9\n",
            [2, 0, 0, 0],
            100.0,
        ),
        (
            "time,customer id,NPS\n2026-03-02 09:10:11,0012345678,9\n\
             2026-03-02 09:10:11,+12345678,9\n2026-03-02 09:10:11,12345678,9\n",
            [3, 0, 0, 0],
            100.0,
        ),
    ])
    .await;
}

#[tokio::test]
async fn the_missing_key_is_named() {
    for (content, missing) in [
        (
            "nps\n9\n3\n",
            "responses without an id, a respondent or a date: 2",
        ),
        (
            "nps,date\n9,2026-03-01\n3,2026-03-02\n",
            "without an id, a respondent or a time of day: 2",
        ),
        (
            "nps,email\n9,a@x.example\n3,b@x.example\n",
            "responses without an id or a date: 2",
        ),
    ] {
        let summary = import(content, |options| options)
            .await
            .expect("two answers");
        assert!(summary.to_string().contains(missing), "{summary}");
    }
}

#[tokio::test]
async fn rows_that_end_early_have_empty_cells() {
    check(&[
        ("nps;kommentar;filiale;agent\n9\n10;gut\n3;schlecht;Wien\n", [3, 0, 0, 0], 33.0),
        ("fecha,nota nps,motivo\n2026-03-01,9\n2026-03-02,3,caro\n2026-03-03,10\n", [3, 0, 0, 0], 33.0),
        ("id\tdate\tnps\tcomment\ta\tb\n1\t2026-03-01\t9\n2\t2026-03-02\t\tnone\n3\t2026-03-03\t3\n", [3, 0, 0, 0], 0.0),
    ])
    .await;
}

#[tokio::test]
async fn a_file_with_many_rejected_rows_is_a_question() {
    let rows = |good: usize, bad: &str, count: usize| {
        let good: String = (0..good)
            .map(|row| format!("{row},{}\n", row % 11))
            .collect();
        let bad: String = (0..count).map(|row| format!("b{row},{bad}\n")).collect();
        format!("id,nps\n{good}{bad}")
    };
    let repeated: String = (0..30).map(|row| format!("r{row},9\nr{row},3\n")).collect();
    let short = "Ana,1,2026-03-01\nEva,2,2026-03-01\nIda,3,2026-03-01\n";
    for (content, reason, option) in [
        (
            rows(60, "9,why, not", 22),
            "number of cells: 22",
            "header_rows",
        ),
        (
            format!("response_id,nps\n{repeated}"),
            "id repeated with other answers: 30",
            "map(\"response_id=\")",
        ),
        (
            format!("name,id,date,nps\n{short}Bo,4,2026-03-01,9\n"),
            "number of cells: 3",
            "header_rows",
        ),
    ] {
        let error = import(&content, |options| options).await.expect_err(reason);
        assert!(error.is_question(), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        let hint = error.hint().expect("a hint");
        assert!(
            hint.contains(option) && hint.contains("max_rejects"),
            "{hint}"
        );
        let all = import(&content, |options| options.max_rejects(1.0)).await;
        assert!(all.expect("the limit is lifted").rejected > 0);
    }
    let few = rows(60, "9,why, not", 15);
    assert_eq!(
        import(&few, |options| options)
            .await
            .expect("a quarter")
            .rejected,
        15
    );
    let error = import(&few, |options| options.max_rejects(0.05)).await;
    assert!(error.expect_err("more than 5%").is_question());
}

#[tokio::test]
async fn second_header_rows_name_parts_of_questions() {
    check(&[
        (
            "Timestamp,Umfrage-ID,\"1. Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?\",,2. Was fehlt?,Land\n\
             ,,Wert,Gruppe,Antwort,\n\
             13.03.2026 10:00,a1,9,Promoter,nichts,DE\n14.03.2026 10:00,a2,3,Detraktor,Preis,AT\n\
             15.03.2026 11:00,a3,10,Promoter,,DE\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "Fecha;¿Qué probabilidad hay de que nos recomiende?;¿Qué probabilidad hay de que nos recomiende?;Ciudad\n\
             ;Puntuación;Motivo;\n2026-03-01;9;bueno;Lima\n2026-03-02;2;caro;Cusco\n2026-03-03;10;;Lima\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "Response ID,NPS,,CSAT,\n,Score,Comment,Score,Comment\nr1,9,good,4,fine\nr2,2,bad,1,no\nr3,10,,5,\n",
            [3, 0, 0, 0],
            33.0,
        ),
    ])
    .await;
}

#[tokio::test]
async fn tables_below_a_summary_are_read() {
    check(&[
        (
            "Survey,Q1 NPS\nResponses,3\nNPS,33\n\nDate,Score,Comment\n2026-01-01,9,ok\n2026-01-02,3,slow\n2026-01-03,10,\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "Promoters,Passives,Detractors,NPS\n5,3,2,30\n\nDate,Score,Comment,Email\n\
             2026-01-01,9,ok,a@x.example\n2026-01-02,3,slow,b@x.example\n2026-01-03,10,,c@x.example\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "Umfrage;Kundenzufriedenheit\nZeitraum;Januar\nAntworten;3\nDatum;Bewertung (0-10)\n\
             01.01.2026;9\n13.01.2026;3\n14.01.2026;10\n",
            [3, 0, 0, 0],
            33.0,
        ),
    ])
    .await;
    let unclear = "NPS,Responses\n8,3\nDate,Score\n2026-01-01,9\n2026-01-02,3\n2026-01-03,10\n";
    let error = import(unclear, |options| options)
        .await
        .expect_err("two headers");
    let hint = error.hint().expect("a hint");
    assert!(
        error.is_question() && hint.contains("header_rows(\"3\")"),
        "{error}: {hint}"
    );
    let summary = import(unclear, |options| options.header_rows(3)).await;
    assert_eq!(summary.expect("the option answers").new, 3);
}

#[tokio::test]
async fn answers_in_rows_belong_to_a_person() {
    check(&[
        (
            "Teilnehmer;Kurs;Frage;Antwort\n\
             17;SQL;Würden Sie uns weiterempfehlen?;9\n17;SQL;Was war gut?;Alles\n\
             17;Rust;Würden Sie uns weiterempfehlen?;10\n17;Rust;Was war gut?;Nichts\n\
             18;SQL;Würden Sie uns weiterempfehlen?;2\n18;SQL;Was war gut?;Zu schnell\n",
            [3, 0, 0, 0],
            33.0,
        ),
        (
            "email,answered_at,question,response\n\
             a@x.example,2026-03-01 10:00,How likely are you to recommend us?,9\n\
             a@x.example,2026-03-01 10:01,Why?,Great\n\
             b@x.example,2026-03-02 11:00,How likely are you to recommend us?,4\n\
             b@x.example,2026-03-02 11:03,Why?,Slow\n",
            [2, 0, 0, 0],
            0.0,
        ),
        (
            "employee_id,team,pregunta,respuesta\n\
             1,A,¿Qué probabilidad hay de que recomiende la empresa?,9\n1,A,¿Por qué?,bien\n\
             2,B,¿Qué probabilidad hay de que recomiende la empresa?,3\n2,B,¿Por qué?,mal\n\
             3,B,¿Qué probabilidad hay de que recomiende la empresa?,10\n3,B,¿Por qué?,\n",
            [3, 0, 0, 0],
            33.0,
        ),
    ])
    .await;
    // The profile takes what it is told.
    let unknown = "kuerzel,frage,antwort\nab,NPS,9\nab,Warum?,gut\ncd,NPS,3\ncd,Warum?,teuer\n";
    let long = |options: IngestOptions| options.profile("long");
    let error = import(unknown, long).await.expect_err("no person");
    assert!(error.is_question(), "{error}");
    for field in [Field::ResponseId, Field::Respondent] {
        let summary = import(unknown, |options| long(options).map(field, "kuerzel")).await;
        assert_eq!(summary.expect("it is told").new, 2, "{field:?}");
    }
}
