//! Tests of which column is which field.

use super::*;
use crate::columns::score::ScoreCell;
use crate::fuzzing::source;
use crate::understand::{explain, understand};

fn decide(header: &[&str], rows: &[&[&str]], options: &ReadOptions) -> Result<Mapping> {
    let mut columns: Vec<Column> = header.iter().map(|name| Column::new(name, None)).collect();
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(*row) {
            column.observe(cell);
        }
    }
    Mapping::decide(&columns, true, &Arc::default(), options).map_err(|undecided| match undecided {
        Undecided::Failed(error) => error,
        Undecided::MoreRows => unreachable!("every row was observed"),
    })
}

fn options(map: &[(&str, &str)], keep: &[&str]) -> ReadOptions {
    ReadOptions {
        map: map
            .iter()
            .map(|(field, column)| ((*field).to_owned(), (*column).to_owned()))
            .collect(),
        keep: keep.iter().map(|column| (*column).to_owned()).collect(),
        ..ReadOptions::default()
    }
}

#[test]
fn german_headers_are_recognised() {
    #[rustfmt::skip]
    let header = [
        "Antwort-ID", "Datum", "Weiterempfehlung (0-10)", "Kommentar", "E-Mail", "Firma",
    ];
    #[rustfmt::skip]
    let rows: [&[&str]; 2] = [
        &["A-1", "31.01.2026 10:00", "9", "sehr gut", "a@example.com", "acme"],
        &["A-2", "01.02.2026 10:00", "0", "zu teuer hier", "b@example.com", "beta"],
    ];
    let mapping = decide(&header, &rows, &ReadOptions::default()).unwrap();
    for (field, index) in [
        (Field::ResponseId, 0),
        (Field::RespondedAt, 1),
        (Field::Score, 2),
        (Field::Comment, 3),
        (Field::Respondent, 4),
        (Field::Account, 5),
    ] {
        assert_eq!(mapping.column(field), Some(index), "{field:?}");
    }
    assert!(mapping.dropped.is_empty());
}

#[test]
fn two_score_columns_are_a_question() {
    let header = ["Recommend shop?", "Recommend app?"];
    let rows: [&[&str]; 2] = [&["9", "8"], &["7", "2"]];
    let error = decide(&header, &rows, &ReadOptions::default()).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Question);
    assert!(
        error.to_string().contains("\"Recommend app?\" (8, 2)"),
        "{error}"
    );
    let mapping = decide(&header, &rows, &options(&[("score", "recommend app")], &[])).unwrap();
    assert_eq!(mapping.column(Field::Score), Some(1));
}

#[test]
fn a_five_point_scale_is_a_question() {
    let rows = [["5"], ["4"], ["1"], ["2"], ["3"]].repeat(3);
    let rows: Vec<&[&str]> = rows.iter().map(|row| row.as_slice()).collect();
    let error = decide(&["NPS"], &rows, &ReadOptions::default()).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Question);
    assert!(error.hint().unwrap().to_string().contains("scale(\"1-5\")"));
    // Naming the column does not name its scale.
    let named = options(&[("score", "NPS")], &[]);
    assert!(decide(&["NPS"], &rows, &named).unwrap_err().kind() == crate::ErrorKind::Question);
    for (scale, metric) in [("0-10", None), ("1-5", Some("rating"))] {
        let options = ReadOptions {
            scale: Some(scale.to_owned()),
            ..ReadOptions::default()
        };
        let mapping = decide(&["NPS"], &rows, &options).unwrap();
        assert_eq!(mapping.other_metric, metric);
    }
}

#[test]
fn ambiguous_dates_are_a_question() {
    let rows: [&[&str]; 2] = [&["9", "01/02/2026"], &["7", "03/04/2026"]];
    let error = decide(&["score", "date"], &rows, &ReadOptions::default()).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Question);
    assert_eq!(
        error.hint().map(ToString::to_string).as_deref(),
        Some("choose one: date_format(\"%d/%m/%Y\") or date_format(\"%m/%d/%Y\")")
    );
}

#[test]
fn kept_columns_are_named_and_never_personal() {
    #[rustfmt::skip]
    let header = ["score", "email", "Plan / Tier", "person_properties.segment", "Month"];
    let rows: [&[&str]; 1] = [&["9", "a@example.com", "Pro", "smb", "May"]];
    let keep = |columns: &[&str]| decide(&header, &rows, &options(&[], columns));
    let kept = keep(&["Plan / Tier", "segment"]).unwrap().kept;
    assert_eq!(kept[0].name, "plan_tier");
    assert_eq!(kept[1].name, "segment");
    assert_eq!(keep(&["tier=plan tier"]).unwrap().kept[0].name, "tier");
    for wrong in [
        &["email"][..],
        &["Month"],
        &["nothing"],
        &["Plan / Tier", "plan_tier=Month"],
    ] {
        assert!(keep(wrong).is_err(), "{wrong:?}");
    }
}

/// The fields of a file, or the question and its hint.
fn outcome(content: &str, options: &ReadOptions) -> String {
    let understood = source(content.as_bytes()).and_then(|source| understand(source, options));
    match understood {
        Ok(understood) => {
            let mapping = understood.mapping;
            let fields = Field::ALL.into_iter().filter_map(|field| {
                let header = &mapping.headers[mapping.column(field)?];
                Some(format!("{}={header}", field.name()))
            });
            let metric = mapping
                .other_metric
                .map(|metric| format!("metric={metric}"));
            let branch = |name: &'static str, branches: &[usize]| {
                let places = branches.iter().map(|index| index + 1);
                places
                    .map(|place| format!("{name}=#{place}"))
                    .collect::<Vec<_>>()
            };
            let branches = branch("branch", &mapping.score_branches);
            let comments = branch("comment_branch", &mapping.comment_branches);
            let branches = branches.into_iter().chain(comments);
            let all: Vec<String> = fields.chain(metric).chain(branches).collect();
            all.join(", ")
        }
        Err(error) => {
            assert_eq!(error.kind(), crate::ErrorKind::Question, "{error}");
            let hint = error.hint().map(ToString::to_string).unwrap_or_default();
            format!("{error}; {hint}")
        }
    }
}

/// Asserts the outcome of each file, which a blank line separates from the next. A line `>` has
/// what it has to contain.
fn assert_outcomes(files: &str, options: &ReadOptions) {
    for file in files.trim().split("\n\n") {
        let lines: Vec<&str> = file.lines().map(str::trim).collect();
        let (expected, rows): (Vec<&str>, Vec<&str>) =
            lines.into_iter().partition(|line| line.starts_with('>'));
        let content = rows.join("\n") + "\n";
        let outcome = outcome(&content, options);
        for expected in expected {
            let expected = expected.trim_start_matches("> ");
            assert!(
                outcome.contains(expected),
                "{content}\n{outcome}\nlacks {expected}"
            );
        }
    }
}

#[test]
fn the_date_of_the_answer_wins() {
    let files = "
        Booked,Umfrage beantwortet am,Weiterempfehlung
        2026-01-01,2026-02-01,9
        2026-01-02,2026-02-02,3
        > responded_at=Umfrage beantwortet am

        Client depuis,Date des réponses,Note NPS
        2020-01-01,2026-02-01,9
        2020-01-02,2026-02-02,3
        > responded_at=Date des réponses

        ref,joined_dt,survey_dt,nps
        1,2026-01-01,2026-02-01,9
        2,2026-01-02,,
        3,2026-01-03,2026-02-03,3
        > responded_at=survey_dt

        nps,opened_at
        9,2026-01-01
        3,2026-01-02
        > responded_at=opened_at

        Fecha,Fecha de las respuestas,NPS
        2026-02-05,2026-01-01,9
        2026-01-02,2026-02-03,3
        2026-01-03,,
        > responded_at=Fecha de las respuestas

        nps,go_live,renewed_on
        9,2026-01-01,2026-03-01
        3,2026-01-02,2026-03-02
        > column \"go_live\" (2026-01-01, 2026-01-02) has dates, and no column is named
        > set map(\"responded_at=go_live\"); if no column has them, set map(\"responded_at=\")

        nps,dt_one,dt_two
        9,2026-01-01,2026-01-03
        3,2026-01-02,2026-01-01
        > several columns could be the responded_at: \"dt_one\" (2026-01-01, 2026-01-02); \"dt_two\"
        > choose one: map(\"responded_at=dt_one\") or map(\"responded_at=dt_two\")
        > if none is, set map(\"responded_at=\")

        nps,NPS comment,Renewal date
        9,good,2026-03-01
        3,bad,2026-03-02
        > score=nps, comment=NPS comment
    ";
    assert_outcomes(files, &ReadOptions::default());
    let unmapped = options(&[("responded_at", "")], &[]);
    assert_eq!(
        outcome("nps,dt_one,dt_two\n9,2026-01-01,2026-01-03\n", &unmapped),
        "score=nps"
    );
}

#[test]
fn a_column_of_metrics_tells_what_was_asked() {
    let files = "
        id,type,score,date
        1,NPS,9,2025-10-01
        2,CSAT,5,2025-10-02
        3,CES,4,2025-10-03
        4,NPS,10,2025-10-04
        > metric=type

        Survey,score,date
        NPS,9,2025-10-01
        CSAT,5,2025-10-02
        NPS,3,2025-10-03
        > metric=Survey

        Survey,score,date
        Support CSAT,5,2025-10-01
        NPS Q3,9,2025-10-02
        > names several metrics
        > metric(\"nps\")

        Survey,score,date
        NPS Q2,5,2025-10-01
        NPS Q3,9,2025-10-02
        > survey=Survey
    ";
    assert_outcomes(files, &ReadOptions::default());
}

#[test]
fn respondents_are_neither_staff_nor_nobody() {
    let rows = |row: &dyn Fn(usize) -> String| (0..40).map(row).collect::<String>();
    let outcome_of = |content: &str| outcome(content, &ReadOptions::default());
    let staff = rows(&|at| format!("2026-03-{:02},t{}@x.example,9\n", at % 28 + 1, at % 2));
    let staff = outcome_of(&format!("Date,Technician email,NPS\n{staff}"));
    assert_eq!(staff, "score=NPS, responded_at=Date");
    let rides = rows(&|at| format!("r{at},d{}@x.example,9\n", at % 2));
    let rides = outcome_of(&format!("rider_id,driver_email,NPS\n{rides}"));
    assert_eq!(rides, "score=NPS, respondent=rider_id");
    let loyal = rows(&|at| format!("c{}@x.example,9\n", at % 4));
    assert_eq!(
        outcome_of(&format!("Email,NPS\n{loyal}")),
        "score=NPS, respondent=Email"
    );
    let nobody = |header: &str, at_most: usize| {
        let rows = rows(&|at| format!("2026-03-01,{},9\n", at.saturating_sub(at_most)));
        let content = format!("created_at,{header},score\n{rows}");
        let source = source(content.as_bytes()).unwrap();
        understand(source, &ReadOptions::default())
            .unwrap()
            .mapping
            .nobody
    };
    assert_eq!(nobody("user_id", 25).as_deref(), Some("0"));
    assert_eq!(nobody("user_id", 2), None);
}

#[test]
fn ends_of_the_scale_in_words_are_numbers_where_none_are() {
    let rows = |low: &str, high: &str| {
        let numbers: String = (1..=9)
            .map(|score| format!("{score}\n").repeat(3))
            .collect();
        format!("NPS\n{numbers}{low}\n{high}\n{high}\n")
    };
    let ends = |content: &str| {
        let source = source(content.as_bytes()).unwrap();
        let reading = understand(source, &ReadOptions::default())
            .unwrap()
            .mapping
            .reading;
        (reading.ends.low, reading.ends.high)
    };
    let words = [
        ("Not at all likely", "Extremely likely"),
        ("Überhaupt nicht wahrscheinlich", "Äußerst wahrscheinlich"),
        ("Pas du tout probable", "Très probable"),
        ("Nada probable", "Muy probable"),
        ("Совсем не вероятно", "Очень вероятно"),
    ];
    for (low, high) in words {
        assert_eq!(ends(&rows(low, high)), (true, true), "{low}");
    }
    // A number for it, other words, and a scale that ends before.
    assert_eq!(ends(&rows("0", "Extremely likely")), (false, true));
    assert_eq!(ends(&rows("Prefer not to say", "10")), (false, false));
    let short = rows("Not at all likely", "Extremely likely").replace("9\n", "");
    assert_eq!(ends(&short), (false, false));
}

#[test]
fn rows_that_count_responses_are_no_responses() {
    let all: Vec<String> = (0..=10)
        .map(|score| format!("{score},{}", score + 3))
        .collect();
    let files = format!(
        "
        date,score,count
        2025-10-01,0,3
        2025-10-01,9,20
        2025-10-02,10,31
        > summarize many responses

        month,nps_score,Anzahl
        2025-01,9,20
        2025-02,10,31
        > summarize many responses

        How likely are you to recommend us?,Count of How likely are you to recommend us?
        9,20
        10,31
        > summarize many responses

        NPS score,Sep
        {}
        > summarize many responses

        date,score,count,email
        2025-10-01,0,3,a@x.example
        2025-10-01,9,20,b@x.example
        > score=score
        ",
        all.join("\n        ")
    );
    assert_outcomes(&files, &ReadOptions::default());
}

#[test]
fn promoters_and_detractors_settle_the_score() {
    let files = "
        data,Nota,Categoria
        2026-02-01,9,Promotor
        2026-02-02,8,Neutro
        2026-02-03,3,Detrator
        > score=Nota

        Q5,Q7,Segment NPS
        1,9,Promoter
        9,8,Passive
        4,3,Detractor
        > score=Q7

        nps,Gruppe
        1,Kritiker
        5,Kritiker
        2,Kritiker
        4,Kritiker
        > score=nps

        score,nps type
        9,Detractor
        10,Detractor
        3,Promoter
        9,Promoter
        > column \"score\" differs from column \"nps type\" in 3 of 4 rows, such as 9 beside \"detractor\"
        > if it is the 0 to 10 answer all the same, set map(\"score=score\")

        nps,Gruppe
        5,Promoter
        4,Passive
        3,Detractor
        5,Promoter
        > suggests a shorter scale than 0 to 10
    ";
    assert_outcomes(files, &ReadOptions::default());
    let mapped = options(&[("score", "score")], &[]);
    let differing = "score,nps type\n9,Detractor\n10,Detractor\n3,Promoter\n";
    assert_eq!(outcome(differing, &mapped), "score=score");
}

#[test]
fn a_question_in_branches_is_one_score() {
    let files = "
        id,Q3: Would you recommend us?,Q9: Would you recommend us?
        a,9,
        b,,3
        c,10,
        > score=Q3: Would you recommend us?, response_id=id, branch=#3

        id,NPS,Reason,NPS,Reason
        a,9,good and fast,,
        b,,,3,too slow for me
        > score=NPS,
        > branch=#4

        id,NPS,NPS
        a,9,
        b,10,3
        > several columns could be the score: \"#2 NPS\" (9, 10); \"#3 NPS 2\" (3)
        > map(\"score=#2\")

        id,Would you recommend the shop?,Would you recommend the app?
        a,9,
        b,,3
        > several columns could be the score
    ";
    assert_outcomes(files, &ReadOptions::default());
    let likes = "id,NPS,What do you like?,What disappointed you?,Anything else to add?\n";
    let rows = |score: u8, cells: &str| {
        (0..6)
            .map(|at| format!("{score}{at},{score},{cells}\n"))
            .collect::<String>()
    };
    let like = rows(9, "the people are nice,,");
    let neutral = rows(7, ",,well that is all for now");
    let dislike = rows(3, ",it never arrived at all,");
    let follow_ups = format!("{likes}{like}{neutral}{dislike}");
    let outcome_of = |content: &str| outcome(content, &ReadOptions::default());
    assert_eq!(
        outcome_of(&follow_ups),
        "score=NPS, response_id=id, comment=What do you like?, comment_branch=#4, comment_branch=#5"
    );
    // Few of either, or the same scores.
    let few = format!("{likes}9a,9,so nice to me,,\n3a,3,,it never arrived at all,\n");
    assert!(
        !outcome_of(&few).contains("comment_branch"),
        "{}",
        outcome_of(&few)
    );
    let same = rows(9, ",it never arrived at all,");
    let same = format!("{likes}{like}{same}{neutral}{dislike}");
    assert!(
        !outcome_of(&same).contains("comment_branch=#3"),
        "{}",
        outcome_of(&same)
    );
    let content = "id,NPS,NPS\na,9,\nb,10,3\n";
    let second = outcome(content, &options(&[("score", "#3")], &[]));
    assert_eq!(second, "score=NPS 2, response_id=id");
    let both = options(&[("score", "#2"), ("score", "#3")], &[]);
    assert!(outcome(content, &both).ends_with("branch=#3"));
    let beyond = decide(&["NPS"], &[&["9"]], &options(&[("score", "#4")], &[])).unwrap_err();
    assert_eq!(beyond.hint().unwrap().to_string(), "the file has 1 columns");
}

#[test]
fn a_column_for_each_answer_is_one_score() {
    let files = "
        id,Recommend us?: Not at all - 0,Recommend us?: 5,Recommend us?: 9,Recommend us?: Very - 10,Why?
        a,,,9,,good
        b,Not at all - 0,,,,bad
        c,,,,Very - 10,
        > score=Recommend us?: Not at all - 0, response_id=id
        > branch=#4, branch=#5, branch=#3

        id,NPS [0],NPS [6],NPS [9]
        a,,,9
        b,0,,
        c,,6,
        > score=NPS [0], response_id=id, branch=#3, branch=#4

        id,NPS_0,NPS_8,NPS_9
        a,0,0,1
        b,1,0,0
        c,0,1,0
        > the answers are in a column each, which has 1 for the answer and no score: \"NPS_0\", \"NPS_8\"
        > ; export the answers as one column

        id,Score 8,Score 9,Score 10
        a,,,1
        b,1,,
        c,,1,
        > the answers are in a column each

        id,NPS,tag 1,tag 2,tag 3
        a,9,0,0,1
        b,3,1,0,0
        > score=NPS, response_id=id

        id,NPS 2023,NPS 2024,NPS 2025
        a,8,9,10
        b,8,9,10
        > several columns could be the score

        id,NPS 1,NPS 2,NPS 3
        a,1,2,
        b,1,,3
        > several columns could be the score
    ";
    assert_outcomes(files, &ReadOptions::default());
}

#[test]
fn answers_of_the_typeform_api_are_no_scores_of_a_quiz() {
    let item = |token: &str, kind: &str, score: u8| {
        format!(
            r#"{{"token":"{token}","submitted_at":"2025-10-01T10:00:00Z","calculated":{{"score":0}},
            "answers":[{{"field":{{"id":"a","type":"{kind}"}},"type":"number","number":{score}}},
            {{"field":{{"id":"b","type":"long_text"}},"type":"text","text":"so so"}}]}}"#
        )
    };
    let file = |kind: &str| format!("[{},{}]", item("t1", kind, 9), item("t2", kind, 3));
    let outcome = |kind: &str| outcome(&file(kind), &ReadOptions::default());
    let asked = outcome("opinion_scale");
    assert!(
        asked.contains("if it is the NPS answer, set map(\"score=answers.a\")"),
        "{asked}"
    );
    assert!(!asked.contains("calculated"), "{asked}");
    let found = outcome("nps");
    let expected = "score=answers.a (nps), responded_at=submitted_at, response_id=token";
    assert!(found.starts_with(expected), "{found}");
}

#[test]
fn ease_and_satisfaction_are_no_nps() {
    let files = "
        Datum,Wie einfach war die Bestellung auf einer Skala von 0 bis 10?
        2026-01-01,9
        2026-01-02,3
        > set metric(\"ces\"); if it is the NPS question, set map(\"score=Wie einfach

        Date,Êtes-vous satisfait de notre service ?
        2026-01-01,9
        2026-01-02,3
        > set metric(\"csat\"); if it is the NPS question

        Date,Satisfaction,How likely are you to recommend our easy checkout?
        2026-01-01,7,9
        2026-01-02,7,3
        > score=How likely are you to recommend our easy checkout?
    ";
    assert_outcomes(files, &ReadOptions::default());
    let with_metric = |metric: &str| ReadOptions {
        metric: Some(metric.to_owned()),
        ..ReadOptions::default()
    };
    let files = "
        Datum,Wie einfach war die Bestellung?
        2026-01-01,9
        2026-01-02,3
        > score=Wie einfach war die Bestellung?, responded_at=Datum, metric=ces

        Datum,Empfehlung,Aufwand
        2026-01-01,9,2
        2026-01-02,3,1
        > score=Aufwand, responded_at=Datum, metric=ces
    ";
    assert_outcomes(files, &with_metric("ces"));
    let rows: [&[&str]; 2] = [&["9", "CSAT"], &["3", "NPS"]];
    for (header, metric, expected) in [
        (["score", "x"], "cse", "metric \"cse\" does not exist"),
        (
            ["score", "metric"],
            "ces",
            "column \"metric\" has the metric of each response",
        ),
    ] {
        let error = decide(&header, &rows, &with_metric(metric)).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn people_are_told_by_their_cells() {
    let files = "
        submitted,kunde,nps
        2026-02-01,a@ex.example,9
        2026-02-02,b@ex.example,3
        > respondent=kunde

        submitted,agent,customer,nps
        2026-02-01,x@ex.example,a@ex.example,9
        2026-02-02,y@ex.example,b@ex.example,3
        > respondent=customer

        date,nps,Do you have an account with us?,Which company do you work for?
        2026-02-01,9,Yes,Acme
        2026-02-02,3,No,Beta
        > account=Which company do you work for?

        date,nps,Manages Account
        2026-02-01,9,Yes
        2026-02-02,3,No
        > score=nps, responded_at=date

        nps,Feedback on our website,What is the main reason for your score?
        9,nice fonts all over,you are quick to answer
        3,,I waited for two weeks
        > comment=What is the main reason for your score?

        nps,Kommentar intern,Begründung der Bewertung
        9,siehe Ticket von gestern,immer freundlich und schnell
        3,siehe Ticket von heute,lange Wartezeit am Telefon
        > comment=Begründung der Bewertung
    ";
    assert_outcomes(files, &ReadOptions::default());
}

#[test]
fn kept_names_of_people_are_sealed_or_asked_about() {
    let header = ["email", "nps", "technician", "city"];
    let rows: [&[&str]; 2] = [
        &["a@ex.example", "9", "Anna Krüger", "New York"],
        &["b@ex.example", "3", "Tomás Odé", "San José"],
    ];
    let error = decide(&header, &rows, &options(&[], &["technician", "city"])).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Question);
    assert!(!error.to_string().contains("Anna"), "{error}");
    assert!(
        error
            .hint()
            .unwrap()
            .to_string()
            .contains("keep_personal(\"technician\")")
    );
    let mut sealed = options(&[], &["city"]);
    sealed.keep_personal = vec!["technician".to_owned()];
    let mapping = decide(&header, &rows, &sealed).unwrap();
    let names: Vec<_> = mapping
        .personal
        .iter()
        .map(|column| &column.sealed_as)
        .collect();
    assert_eq!(
        names,
        [&Some("email".to_owned()), &Some("technician".to_owned())]
    );
    assert_eq!(mapping.kept[0].name, "city");
    let renamed = decide(&header, &rows, &options(&[], &["team=technician"])).unwrap();
    assert_eq!(renamed.kept[0].name, "team");
}

#[test]
fn all_that_is_open_is_asked_at_once() {
    let content = "Recommend the shop?,Recommend the app?,date\n9,8,01/02/2026\n7,2,03/04/2026\n";
    let asked = outcome(content, &ReadOptions::default());
    assert!(asked.contains("could be the score") && asked.contains("day/month or month/day"));
    let together = "all together, such as map(\"score=Recommend the shop?\") \
                    date_format(\"%d/%m/%Y\")";
    assert!(asked.ends_with(together), "{asked}");
    let mut answered = options(&[("score", "Recommend the shop?")], &[]);
    answered.date_formats = vec!["%d/%m/%Y".to_owned()];
    assert_eq!(
        outcome(content, &answered),
        "score=Recommend the shop?, responded_at=date"
    );
}

#[test]
fn repeated_ids_are_asked_about_once() {
    let mut content = "ID,NPS Score\n".to_owned();
    for row in 0..40 {
        content += &format!("C{},{}\n", row / 2, row % 11);
    }
    let asked = outcome(&content, &ReadOptions::default());
    assert!(
        asked.contains("set map(\"respondent=ID\") map(\"response_id=\")"),
        "{asked}"
    );
    for map in [
        &[("respondent", "ID"), ("response_id", "")][..],
        &[("response_id", "ID")],
    ] {
        assert!(outcome(&content, &options(map, &[])).starts_with("score=NPS Score"));
    }
}

#[test]
fn evidence_and_the_second_best_are_explained() {
    let content = "ID,Data,Data_Respostas,Nota NPS\n\
                   1,2024-05-02,2024-01-29,10\n2,2024-01-05,2023-08-08,0\n3,2023-05-05,,\n";
    let file = source(content.as_bytes()).unwrap();
    let explained = explain(&file, &ReadOptions::default()).unwrap();
    let dates = &explained.fields[1];
    assert_eq!(dates.field, Field::RespondedAt);
    let best = dates.column.as_ref().unwrap();
    assert_eq!((best.header.as_str(), best.total), ("Data_Respostas", 134));
    assert!(
        best.signs
            .contains(&("filled exactly where the score is", 12))
    );
    assert_eq!(dates.runner_up.as_ref().unwrap().header, "Data");
    assert!(!dates.is_close);
}

/// The notes on a file.
fn notes(content: &str) -> String {
    let source = source(content.as_bytes()).unwrap();
    let understood = understand(source, &ReadOptions::default()).unwrap();
    let notes = understood.mapping.notes.iter().map(ToString::to_string);
    notes.collect::<Vec<_>>().join("\n")
}

#[test]
fn texts_that_are_not_imported_are_noted() {
    for (content, expected) in [
        (
            "ref,nps,sonstiges\n1,9,War alles sehr gut\n2,3,\n3,10,Die Lieferung kam zu spät\n",
            "column \"sonstiges\" has texts, which are not imported; if they are the comments, set \
             map(\"comment=sonstiges\")",
        ),
        (
            "NPS,ご要望\n9,とても良いサービスでした。\n3,電話がつながりにくい、改善してほしい。\n",
            "column \"ご要望\" has texts",
        ),
        (
            "nota nps,o que achou,mais alguma coisa\n9,gostei muito disso,\n\
             3,demorou muito para chegar,quero falar com o gerente\n",
            "columns \"o que achou\", \"mais alguma coisa\" have texts, which are not imported; if \
             one has the comments, set map(\"comment=o que achou\")",
        ),
        (
            "nps,comment,anything else\n9,good service here,I would like a dark mode\n\
             3,very bad service,please call me back soon\n",
            "texts are also in column \"anything else\"; to keep one, set keep(\"anything else\")",
        ),
    ] {
        let notes = notes(content);
        assert!(notes.contains(expected), "{content}{notes}");
    }
    // Names of several words, categories, personal data and dates are no comments.
    let others = "nps,product,city,type,full name,seen\n\
        9,Blue Cotton Shirt,New York City,sold by phone today,Ana María Gómez,5 of March 2026\n\
        3,Red Wool Hat,San Jose CA,sold by phone today,Bo Lee Chang,6 of March 2026\n\
        7,Old Iron Pan,Salt Lake City,sold by phone today,Cem Can Kaya,7 of March 2026\n";
    assert!(!notes(others).contains("texts"), "{}", notes(others));
}

#[test]
fn a_number_is_an_id_where_each_response_has_its_own() {
    let files = "
        Numéro;Date;NPS
        1042;2026-03-01;9
        1043;2026-03-01;9
        > response_id=Numéro

        N°,Fecha,NPS
        10421,2026-03-01,9
        10430,2026-03-02,3
        > response_id=N°

        №;Дата;Оценка NPS
        501;2026-03-01;9
        509;2026-03-14;3
        > response_id=№

        Umfrage-ID;Datum;NPS
        U-501;2026-03-01;9
        U-509;2026-03-14;3
        > response_id=Umfrage-ID

        番号,日付,NPS
        8801,2026-03-01,9
        8805,2026-03-02,3
        > response_id=番号

        Score;Number
        10;25
        9;18
        8;7
        > \"Number\" (25, 18, 7) has counts
    ";
    assert_outcomes(files, &ReadOptions::default());
    // The number of the row, and that of the survey.
    for file in [
        "Nr;Datum;NPS\n1;2026-03-01;9\n2;2026-03-02;3\n",
        "Umfrage-ID;Datum;NPS\nU5;2026-03-01;9\nU5;2026-03-02;3\n",
    ] {
        let found = outcome(file, &ReadOptions::default());
        assert_eq!(found, "score=NPS, responded_at=Datum", "{file}");
    }
}

#[test]
fn what_an_answer_leads_to_is_asked_with_it() {
    let files = "
        date,nps
        2026-03-01,five
        2026-03-01,four
        2026-03-02,3
        2026-03-03,two
        2026-03-03,1
        2026-03-03,2
        > only 3 of its 6 values are whole numbers
        > has no value above 5
        > all together, such as lenient scale(\"0-10\")

        nps,date
        nine,05/03/2026
        eight,06/03/2026
        8,07/03/2026
        > all together, such as lenient date_format(\"%d/%m/%Y\")

        Nota,Número
        0,3
        1,1
        2,4
        3,2
        4,6
        > \"Nota\" (0, 1, 2, 3, 4) can be any rating
        > \"Número\" (3, 1, 4, 2, 6) has counts
        > all together, such as map(\"score=Nota\")

        date,nps
        2026-03-01,10.0
        2026-03-01,９
        2026-03-02,8
        2026-03-03,\"7,0\"
        2026-03-03,11
        2026-03-03,ten
        > written as words or as 8/10, set lenient; to read whole numbers alone

        date,nps
        2026-03-01,90
        2026-03-01,85
        2026-03-02,8
        2026-03-03,70
        > on a scale to 100, set scale(\"0-100\")
    ";
    assert_outcomes(files, &ReadOptions::default());
}

#[test]
fn answers_that_became_dates_are_asked_about() {
    let files = "
        date,nps
        2026-03-01,9-Oct
        2026-03-01,8-Oct
        2026-03-02,0/10
        > has dates such as \"9-Oct\", which a spreadsheet makes of answers such as 9/10
        > to read these as answers out of 10 again, set lenient

        nps,comment
        2026-09-10 00:00:00,fine
        2026-10-10 00:00:00,
        2026-07-10 00:00:00,ok
        > has dates such as \"2026-09-10 00:00:00\"

        Datum,Weiterempfehlung
        2026-03-01,9. Okt
        2026-03-01,8. Okt
        > set lenient

        date,nps
        2026-03-01,10-Sep
        2026-03-01,8-Jul
        2026-03-02,0-6
        > export the answers again, and import that file without opening it in a spreadsheet
    ";
    assert_outcomes(files, &ReadOptions::default());
    let lenient = ReadOptions {
        lenient: true,
        ..ReadOptions::default()
    };
    let dated =
        "date,nps\n2026-03-01,10-Sep\n2026-03-01,Aug-10\n2026-03-02,0/10\n2026-03-02,10-Oct\n";
    let understood = understand(source(dated.as_bytes()).unwrap(), &lenient).unwrap();
    let reading = understood.mapping.reading;
    let read = ["10-Sep", "Aug-10", "0/10", "10-Oct"].map(|cell| reading.read(cell));
    assert_eq!(read, [9.0, 8.0, 0.0, 10.0].map(ScoreCell::Number));
    // Ranges are no answers.
    let ranges = "date,nps\n2026-03-01,10-Sep\n2026-03-01,8-Jul\n2026-03-02,9\n";
    assert!(outcome(ranges, &lenient).contains("export the answers again"));
}

#[test]
fn the_columns_of_questions_and_answers_can_be_told() {
    let file = "
        person_no,item,reply,when
        11,How likely are you to recommend us?,9,2026-03-01
        11,Why?,good service overall,2026-03-01
        12,How likely are you to recommend us?,3,2026-03-02
        12,Why?,bad service overall,2026-03-02
    ";
    let asked = format!(
        "{file}
        > column \"item\" (How likely are you to recommend us?, Why?) has questions
        > set map(\"question=item\") map(\"answer=reply\")
        "
    );
    assert_outcomes(&asked, &ReadOptions::default());
    let asked = format!(
        "{file}
        > but no column is known to have the questions
        > all together, such as map(\"question=item\") map(\"answer=reply\")
        "
    );
    // Comments are no questions.
    let comments =
        "team,text,visits\nA,I would recommend you to all,3\nB,nobody recommends you,2\n";
    let found = outcome(comments, &ReadOptions::default());
    assert!(!found.contains("question="), "{found}");
    let long = ReadOptions {
        profile: Some("long".to_owned()),
        ..ReadOptions::default()
    };
    assert_outcomes(&asked, &long);
    let told = [("question", "#2"), ("answer", "reply")];
    // The only column that tells the answers of one person from those of others.
    let found = format!(
        "{file}\n> score=How likely are you to recommend us?, responded_at=when, comment=Why?"
    );
    assert_outcomes(&found, &options(&told, &[]));
    let unclear = file
        .replace("person_no", "person_no,shop")
        .replace("\n        11,", "\n        11,A,");
    let unclear = unclear.replace("\n        12,", "\n        12,B,");
    let asked = format!(
        "{unclear}\n> choose one: map(\"response_id=person_no\"), map(\"response_id=shop\")"
    );
    assert_outcomes(
        &asked,
        &options(&[("question", "item"), ("answer", "reply")], &[]),
    );
    let told = [told.as_slice(), &[("respondent", "person_no")]].concat();
    let found = format!(
        "{file}\n> score=How likely are you to recommend us?, responded_at=when, respondent=person_no, comment=Why?"
    );
    assert_outcomes(&found, &options(&told, &[]));
}

#[test]
fn states_of_rows_that_are_no_responses_are_noted() {
    for (column, state, noted) in [
        ("state", "deleted", true),
        ("Status", "Unvollständig", true),
        ("is_test", "true", true),
        ("plan", "trial", false),
        ("is_premium", "true", false),
    ] {
        let rows: String = (0..9)
            .map(|at| {
                let state = if at % 4 == 0 { state } else { "ok" };
                format!("R{at},2026-03-0{},9,{state}\n", at + 1)
            })
            .collect();
        let content = format!("id,date,nps,{column}\n{rows}");
        let found = notes(&content).contains(&format!("column \"{column}\" has \"{state}\""));
        assert_eq!(found, noted, "{content}{}", notes(&content));
    }
}

#[test]
fn a_scale_is_asked_about_as_it_is() {
    let files = "
        date,NPS (1 = best 10 = worst)
        2026-03-01,9
        2026-03-02,1
        > set scale(\"10-1\"); if the highest answer is the best after all, set scale(\"1-10\")

        Account,Surveyed on,NPS
        A,2026-03-01,70
        B,2026-03-01,-20
        C,2026-03-02,35
        > values below 0 are no answers, but scores of several responses
    ";
    assert_outcomes(files, &ReadOptions::default());
}
