//! Tests of which column is which field.

use super::*;
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
