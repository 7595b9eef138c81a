//! Unknown exports: detection of the score and date columns, parsing of cells, and questions to the
//! user. Each case is a small realistic file.

use voxql::{Error, Field, ImportSummary, IngestOptions};

use super::common::{Workspace, value};

/// Expected result of an import.
#[derive(Clone, Copy)]
enum Expected {
    /// Score column, date column (empty for none), NPS and answered scores.
    Read(&'static str, &'static str, f64, u64),
    /// A question, with this in its hint.
    Asked(&'static str),
}
use Expected::{Asked, Read};

/// A file of four rows: `{s}` is the score (9, 10, 3, 8: an NPS of 25), `{d}` a date, `{u}` the
/// same in unix seconds, `{n}` a count, `{e}` an address and `{l}` the label of the score.
fn four(header: &str, row: &str) -> String {
    let mut file = format!("{header}\n");
    for (index, score) in [9, 10, 3, 8].into_iter().enumerate() {
        let number = index + 1;
        let label = ["Promoter", "Promoter", "Detractor", "Passive"][index];
        let line = row
            .replace("{s}", &score.to_string())
            .replace("{d}", &format!("2026-03-1{number}"))
            .replace("{u}", &(1_773_000_000 + index * 86_400).to_string())
            .replace("{n}", &number.to_string())
            .replace("{e}", &format!("p{number}@example.com"))
            .replace("{l}", label);
        file += &line;
        file.push('\n');
    }
    file
}

async fn import(
    content: &str,
    configure: impl FnOnce(&mut IngestOptions),
) -> (Workspace, Result<ImportSummary, Error>) {
    let workspace = Workspace::new();
    let file = workspace.write("export.csv", content);
    let mut options = IngestOptions::default();
    configure(&mut options);
    let result = workspace.lake().ingest(&file, &options).await;
    (workspace, result)
}

fn header<'a>(summary: &'a ImportSummary, name: &str) -> &'a str {
    let field = summary.fields.iter().find(|field| field.field == name);
    field.map_or("", |field| &field.header)
}

/// Imports every file and fails with all cases that are not as expected.
async fn check(cases: Vec<(&str, String, Expected)>) {
    let mut wrong = Vec::new();
    for (what, content, expected) in cases {
        let (_, result) = import(&content, |_| {}).await;
        let came = match &result {
            Ok(summary) => {
                let figure = summary.nps.as_ref();
                format!(
                    "score {:?}, date {:?}, NPS {:?} of {:?}, notes {:?}",
                    header(summary, "score"),
                    header(summary, "responded_at"),
                    figure.map(|figure| figure.nps),
                    figure.map(|figure| figure.responses),
                    summary.notes
                )
            }
            Err(error) => format!("{error}; hint: {}", error.hint().unwrap_or_default()),
        };
        let fits = match (&result, &expected) {
            (Ok(summary), Read(score, date, nps, answered)) => {
                header(summary, "score") == *score
                    && header(summary, "responded_at") == *date
                    && summary.nps.as_ref().is_some_and(|figure| {
                        (figure.nps - nps).abs() < 0.05 && figure.responses == *answered
                    })
            }
            (Err(error), Asked(hint)) => {
                error.is_question() && error.hint().is_some_and(|given| given.contains(hint))
            }
            _ => false,
        };
        if !fits {
            wrong.push(format!("{what}: {came}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn headers_in_other_languages() {
    let cases = [
        "Zeitstempel;Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?;Begründung",
        "Horodateur;Recommanderiez-vous nos services ?;Pourquoi ?",
        "Marca temporal;¿Nos recomendaría a un amigo?;Motivo",
        "Carimbo de data/hora;Você nos recomendaria?;Comentários",
        "Informazioni cronologiche;Ci consiglieresti a un amico?;Commento",
        "Tijdstempel;Hoe waarschijnlijk is het dat u ons aanbeveelt?;Opmerking",
        "Tidsstämpel;Hur troligt är det att du rekommenderar oss?;Kommentar",
        "Tidsstempel;Vil du anbefale os?;Kommentar",
        "Aikaleima;Suosittelisitko meitä?;Kommentti",
        "Sygnatura czasowa;Czy polecisz nas znajomym?;Komentarz",
        "Časové razítko;Doporučíte nás?;Komentář",
        "Časová pečiatka;Odporúčali by ste nás?;Komentár",
        "Időbélyeg;Ajánlaná cégünket ismerőseinek?;Megjegyzés",
        "Marcaj de timp;Ne-ați recomanda unui prieten?;Comentariu",
        "Zaman damgası;Bizi arkadaşınıza tavsiye eder misiniz?;Yorum",
        "Отметка времени;Порекомендуете ли вы нас?;Комментарий",
        "Позначка часу;Чи порекомендуєте ви нас?;Коментар",
        "Ημερομηνία;Πόσο πιθανό είναι να μας συστήσετε;Σχόλια",
        "חותמת זמן;האם תמליץ עלינו?;הערות",
        "طابع زمني;هل توصي بنا؟;ملاحظات",
        "दिनांक;क्या आप हमारी सिफारिश करेंगे?;टिप्पणी",
        "タイムスタンプ;友人に勧める可能性;コメント",
        "日期;您有多大可能推荐我们？;评论",
        "타임스탬프;추천하시겠습니까?;의견",
    ];
    let mut wrong = Vec::new();
    for names in cases {
        let columns: Vec<&str> = names.split(';').collect();
        let [date, score, comment] = columns[..] else {
            panic!("{names}: not three columns");
        };
        let (_, result) = import(&four(names, "{d} 10:00;{s};so is it {n}"), |_| {}).await;
        match result {
            Ok(summary)
                if header(&summary, "score") == score
                    && header(&summary, "responded_at") == date
                    && header(&summary, "comment") == comment => {}
            Ok(summary) => wrong.push(format!("{names}: {summary}")),
            Err(error) => wrong.push(format!("{names}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_score_column_is_distinguished_from_others() {
    let read = |score| Read(score, "date", 25.0, 4);
    check(vec![
        ("a label next to it", four("date,NPS,NPS Category", "{d},{s},{l}"), read("NPS")),
        ("the label first", four("NPS_GROUP,date,NPS", "{l},{d},{s}"), read("NPS")),
        ("a coded label", four("date,Q1,Q1_NPS_GROUP,NPS", "{d},4,3,{s}"), read("NPS")),
        ("the previous score", four("date,Previous NPS,NPS Score", "{d},7,{s}"), read("NPS Score")),
        ("last year's score", four("date,NPS last year,NPS", "{d},8,{s}"), read("NPS")),
        ("its id", four("nps_id,date,NPS", "{n},{d},{s}"), read("NPS")),
        ("an average", four("date,NPS,Average NPS", "{d},{s},8"), read("NPS")),
        ("a satisfaction score", four("date,CSAT score,NPS score", "{d},5,{s}"), read("NPS score")),
        ("counts", four("date,Number of visits,Tickets,age,NPS", "{d},{n},{n},9,{s}"), read("NPS")),
        ("row numbers", four("#,date,NPS", "{n},{d},{s}"), read("NPS")),
        ("unnamed row numbers", four(",date,NPS", "{n},{d},{s}"), read("NPS")),
        ("a data frame's index", four("Unnamed: 0,date,nps", "{n},{d},{s}"), read("nps")),
        ("a generic score and the question", four("date,Score,How likely are you to recommend us?", "{d},{n},{s}"), read("How likely are you to recommend us?")),
        ("a rating next to the score's name", four("date,Health score,NPS", "{d},9,{s}"), read("NPS")),
        ("another column's product name", four("date,NPS,Recommended products", "{d},{s},2"), Asked("map(\"score=")),
        ("contributions next to answers", "date,NPS,Score\n2026-03-01,100,9\n2026-03-02,100,10\n2026-03-03,-100,3\n2026-03-04,0,8\n".to_owned(), Read("Score", "date", 25.0, 4)),
        ("a question about a mobile app", four("date,How likely are you to recommend our mobile app?", "{d},{s}"), read("How likely are you to recommend our mobile app?")),
        ("a numbered question", four("date,Q5. On a scale of 0 to 10 would you recommend us?", "{d},{s}"), read("Q5. On a scale of 0 to 10 would you recommend us?")),
        ("the same column twice", four("date,NPS,NPS", "{d},{s},{s}"), read("NPS")),
        ("a rating with a scale of 0 to 10", four("date,Rating (0-10)", "{d},{s}"), read("Rating (0-10)")),
        ("German grade of 0 to 10", four("date;Bewertung (0–10)", "{d};{s}"), read("Bewertung (0–10)")),
        ("a lead score", four("date,Lead score", "{d},{s}"), Asked("map(\"score=Lead score\")")),
        ("just a rating", four("date,Rating", "{d},{s}"), Asked("map(\"score=Rating\")")),
        ("a grade in French", four("date;Note", "{d};{s}"), Asked("map(\"score=Note\")")),
        ("a score and a rating", four("date,Score,Rating", "{d},{s},{n}"), Asked("map(\"score=")),
        ("two questions", four("date,Recommend the shop?,Recommend the app?", "{d},{s},{n}"), Asked("map(\"score=Recommend the shop?\")")),
        ("one column per language", "date,NPS (en),NPS (de)\n2026-03-01,9,\n2026-03-02,,10\n2026-03-03,,8\n2026-03-04,3,\n".to_owned(), Asked("map(\"score=")),
        ("no name at all", four("date,Q1,Q2", "{d},{s},{n}"), Asked("map(\"score=")),
        ("labels alone", four("date,NPS", "{d},{l}"), Asked("map(\"score=")),
        ("an empty NPS next to a score", four("date,NPS,Score", "{d},,{s}"), Asked("map(\"score=")),
        ("a percentage next to a score", "date,NPS,Score\n2026-03-01,45,9\n2026-03-02,52,10\n2026-03-03,61,9\n".to_owned(), Asked("scale")),
        ("contributions alone", "date,NPS\n2026-03-01,100\n2026-03-02,-100\n2026-03-03,-100\n2026-03-04,0\n".to_owned(), Asked("map(\"score=COLUMN\")")),
        ("wins and losses", "date,NPS\n2026-03-01,1\n2026-03-02,1\n2026-03-03,-1\n2026-03-04,0\n2026-03-05,1\n2026-03-06,1\n".to_owned(), Asked("(\"")),
        (
            "one column per wave",
            four("date,NPS Q1,NPS Q2", "{d},{s},{n}"),
            Asked("map(\"score=NPS Q1\")"),
        ),
        (
            "a year ago",
            four("date,NPS Score (1 year ago),NPS Score", "{d},9,{s}"),
            read("NPS Score"),
        ),
        (
            "the legend in the header",
            four(
                "date;NPS (0-6 = detractor, 7-8 = passive, 9-10 = promoter)",
                "{d};{s}",
            ),
            read("NPS (0-6 = detractor, 7-8 = passive, 9-10 = promoter)"),
        ),
        (
            "groups with their numbers",
            four("date,NPS,Answer", "{d},{l} 9-10,{s}"),
            read("Answer"),
        ),
        (
            "effort next to it",
            four("date,Customer effort score,NPS", "{d},7,{s}"),
            read("NPS"),
        ),
        (
            "a benchmark",
            four("date,NPS,NPS target,NPS benchmark", "{d},{s},9,8"),
            read("NPS"),
        ),
        (
            "an empty comment column",
            four("date,NPS comment,NPS,NPS reason code", "{d},,{s},4"),
            read("NPS"),
        ),
        ("names in the score column", four("date,NPS contact", "{d},{e}"), Asked("map(\"score=")),
    ])
    .await;
}

#[tokio::test]
async fn scores_are_read_in_many_notations() {
    let file = |header: &str, cells: &str| {
        let rows = std::iter::zip(1.., cells.split('|'));
        let rows = rows.map(|(day, cell)| format!("2026-03-{day:02};{cell}\n"));
        format!("date;{header}\n{}", rows.collect::<String>())
    };
    let read = Read("NPS", "date", 25.0, 4);
    let cases = [
        ("NPS", "9.0|10.0|3.0|8.0", read),
        ("NPS", "9,0|10,0|3,0|8,0", read),
        ("NPS", "９|１０|３|８", read),
        (
            "NPS",
            "9|10 - Extremely likely|0 - Not at all likely|8",
            read,
        ),
        (
            "NPS",
            "9|10 (sehr wahrscheinlich)|0 (unwahrscheinlich)|8",
            read,
        ),
        ("NPS", "9|Extremely likely - 10|Not likely - 0|8", read),
        (
            "NPS",
            "9|N/A|10|keine Angabe|3|(blank)|8|–|prefer not to say",
            read,
        ),
        ("NPS", "nine|ten|three|eight", Asked("lenient")),
        ("NPS", "9/10|10/10|3/10|8/10", Asked("lenient")),
        ("NPS", "5|4|4|3", Asked("scale(\"1-5\")")),
        ("NPS", "5|4|0|3|2|1", Asked("scale(\"0-5\")")),
        ("NPS", "7|6|5|7|6|1|7|7", Asked("scale(\"1-7\")")),
        ("NPS", "90|100|35|80", Asked("scale(\"0-100\")")),
        ("NPS", "90%|100%|35%|80%", Asked("scale(\"0-100\")")),
        ("NPS (1-10)", "9|10|3|8", Asked("scale(\"1-10\")")),
        ("Note NPS sur 5", "5|4", Asked("scale(\"1-5\")")),
        ("NPS von 1 bis 7", "7|4", Asked("scale(\"1-7\")")),
        ("NPS (0-10)", "5|4|3", Read("NPS (0-10)", "date", -100.0, 3)),
    ];
    let cases = cases.map(|(header, cells, expected)| (cells, file(header, cells), expected));
    check(Vec::from(cases)).await;

    let (_, result) = import(
        &file("NPS", "9|9.5|11|-1|-2147483648|99|ten|8/10")
            .replace("2026-03-01;9\n", &"2026-03-01;9\n".repeat(30)),
        |_| {},
    )
    .await;
    let summary = result.expect("most are scores");
    assert_eq!(summary.rejected, 7);
    let reasons = summary.first_reject_reasons.join("; ");
    assert!(
        reasons.contains("\"9.5\" is not a whole number"),
        "{reasons}"
    );
    assert!(reasons.contains("\"-2147483648\" is outside"), "{reasons}");
}

#[tokio::test]
async fn lenient_reads_words_and_fractions() {
    let (_, result) = import(
        "date,NPS\n2026-03-01,nine\n2026-03-02,10/10\n2026-03-03,score 3\n2026-03-04,8 of 10\n2026-03-05,ocho\n",
        |options| options.lenient = true,
    )
    .await;
    let figure = result.expect("it is read").nps.expect("answers");
    assert_eq!(
        (figure.promoters, figure.passives, figure.detractors),
        (2, 2, 1)
    );
}

#[tokio::test]
async fn other_scales_are_ratings() {
    let file = "date,NPS\n2026-03-01,5\n2026-03-02,4\n2026-03-03,6\n2026-03-04,1\n2026-03-05,3.5\n";
    let (workspace, result) = import(file, |options| options.scale = "1-5".parse().ok()).await;
    let summary = result.expect("the scale is specified");
    assert_eq!((summary.new, summary.rejected), (4, 1));
    assert!(summary.nps.is_none());
    let lake = workspace.lake();
    let row = "SELECT count(score) || ' ' || max(rating) || ' ' || max(rating_max) || ' ' || \
               max(metric) FROM responses";
    assert_eq!(value(&lake, row).await, "0 5.0 5.0 rating");

    let (_, result) = import(
        "date,NPS\n2026-03-01,5\n2026-03-02,4\n2026-03-03,1\n",
        |options| options.scale = "0-10".parse().ok(),
    )
    .await;
    assert_eq!(
        result
            .expect("the option answers the question")
            .nps
            .expect("answers")
            .responses,
        3
    );

    let (workspace, result) = import("date,CSAT\n2026-03-01,90%\n2026-03-02,75%\n", |options| {
        options.scale = "0-100".parse().ok();
        options.map = vec![(Field::Score, Some("CSAT".to_owned()))];
    })
    .await;
    result.expect("the scale is specified");
    let row = "SELECT max(rating) || ' ' || max(metric) FROM responses";
    assert_eq!(value(&workspace.lake(), row).await, "90.0 csat");

    // Mapping the column does not imply that it is the NPS question.
    let (_, result) = import("date,CSAT\n2026-03-01,9\n2026-03-02,10\n", |options| {
        options.map = vec![(Field::Score, Some("CSAT".to_owned()))];
    })
    .await;
    assert!(
        result
            .expect_err("not NPS")
            .hint()
            .is_some_and(|hint| hint.contains("metric"))
    );

    let mut long = "id,date,NPS\n".to_owned();
    for row in 0..200 {
        long += &format!("a{row},2026-03-01 10:00,{}\n", row % 10 + 1);
    }
    let (_, result) = import(&long, |_| {}).await;
    let notes = result
        .expect("it is read")
        .notes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    assert!(notes.contains("scale(\"1-10\")"), "{notes}");
}

#[tokio::test]
async fn the_response_date_is_distinguished_from_other_dates() {
    let read = |date| Read("NPS", date, 25.0, 4);
    check(vec![
        (
            "start, end and recorded",
            four(
                "StartDate,EndDate,RecordedDate,NPS",
                "{d} 10:00,{d} 10:05,{d} 10:06,{s}",
            ),
            read("RecordedDate"),
        ),
        (
            "start and end",
            four("Start Date,End Date,NPS", "{d} 10:00,{d} 10:05,{s}"),
            read("End Date"),
        ),
        (
            "sent and responded",
            four("Sent Date,Response Date,NPS", "{d},{d},{s}"),
            read("Response Date"),
        ),
        (
            "created, updated",
            four("created_at,updated_at,NPS", "{u},{u},{s}"),
            read("created_at"),
        ),
        (
            "birth and contract",
            four(
                "Date of birth,Contract end date,Date,NPS",
                "1980-01-0{n},2028-01-01,{d},{s}",
            ),
            read("Date"),
        ),
        (
            "last purchase alone",
            four("Last purchase date,NPS", "{d},{s}"),
            read(""),
        ),
        (
            "delivered, opened, completed",
            four("Delivered at,Opened at,Completed at,NPS", "{d},{d},{d},{s}"),
            read("Completed at"),
        ),
        (
            "forms",
            four(
                "ID,Start time,Completion time,Email,Name,NPS",
                "{n},{d} 10:00,{d} 10:02,anonymous,,{s}",
            ),
            read("Completion time"),
        ),
        (
            "submit",
            four(
                "#,NPS,Start Date (UTC),Submit Date (UTC)",
                "x{n},{s},{d} 10:00,{d} 10:02",
            ),
            read("Submit Date (UTC)"),
        ),
        (
            "a date after another",
            four("Date,Created,NPS", "{d},2026-01-0{n},{s}"),
            read("Date"),
        ),
        (
            "two equal columns",
            four("Date,Created,NPS", "{d},{d},{s}"),
            read("Date"),
        ),
        (
            "a duration",
            four("Response time,Date,NPS", "3{n},{d},{s}"),
            read("Date"),
        ),
        (
            "customer since",
            four(
                "Customer created date,Survey date,NPS",
                "2020-01-01,{d},{s}",
            ),
            read("Survey date"),
        ),
        (
            "an empty column",
            four("Response date,Timestamp,NPS", ",{d} 10:00,{s}"),
            read("Timestamp"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn dates_are_read_in_a_matching_format() {
    let file = |dates: &[&str]| {
        let scores = ["9", "10", "3", "8"].iter().cycle();
        let rows = dates.iter().zip(scores);
        let rows = rows.map(|(date, score)| format!("\"{date}\";{score}\n"));
        format!("Date;NPS\n{}", rows.collect::<String>())
    };
    let cases: [(&[&str], &str); 18] = [
        (
            &["2026-03-01", "Mar 5, 2026", "05.03.2026", "46082.5"],
            "2026-03",
        ),
        (&["13/03/2026", "01/03/2026"], "2026-03"),
        (&["3/13/26 19:06:23", "3/1/26 9:00:00"], "2026-03"),
        (&["46082", "46083.25", "46090", "46091"], "2026-03"),
        (&["1772703000", "1772703001.5"], "2026-03"),
        (&["1772703000000", "1772703000001"], "2026-03"),
        (
            &["/Date(1772703000000)/", "/Date(1772703000001)/"],
            "2026-03",
        ),
        (&["5. März 2026", "6. März 2026 10:00 Uhr"], "2026-03"),
        (&["3 août 2026", "4 août 2026 à 10:00"], "2026-08"),
        (&["3 de maio de 2026", "4 de maio de 2026"], "2026-05"),
        (
            &["Thu Mar 05 2026 10:00:00 GMT+0100 (Central European Standard Time)"],
            "2026-03",
        ),
        (&["Thu, 05 Mar 2026 10:00:00 +0000"], "2026-03"),
        (&["20260301T093000Z", "2026-03-01T09:30:00.000Z"], "2026-03"),
        (
            &["3/13/26, 9:30\u{202f}PM", "3/1/26, 9:30\u{202f}AM"],
            "2026-03",
        ),
        (&["2026年3月5日 午後9:30", "2026年3月6日"], "2026-03"),
        (
            &["2026. 3. 5. 오후 9:30", "2026. 3. 6. 오전 9:30"],
            "2026-03",
        ),
        (&["2026-02-28 24:00", "2026-03-02 10:00"], "2026-03"),
        (&["2026/3/5 (木) 10:00", "2026/3/6 (金) 10:00"], "2026-03"),
    ];
    for (dates, months) in cases {
        let (workspace, result) = import(&file(dates), |_| {}).await;
        let summary = result.unwrap_or_else(|error| panic!("{dates:?}: {error}"));
        assert_eq!(summary.rejected, 0, "{dates:?}: {summary}");
        let lake = workspace.lake();
        let range = "SELECT min(month) || '|' || max(month) FROM responses";
        assert_eq!(
            value(&lake, range).await,
            format!("{months}|{months}"),
            "{dates:?}"
        );
    }
    check(vec![
        (
            "either order",
            file(&["01/02/2026", "03/04/2026"]),
            Asked("date_format(\"%d/%m/%Y\") or date_format(\"%m/%d/%Y\")"),
        ),
        (
            "either order next to another format",
            file(&["2026-01-05", "03/04/2026"]),
            Asked("date_format(\"%d/%m/%Y\")"),
        ),
        (
            "both orders",
            file(&["13/02/2026", "02/13/2026"]),
            Asked("date_format"),
        ),
        (
            "an ambiguous zone",
            file(&["2022/06/22 11:07:29 AM AST"]),
            Asked("timezone"),
        ),
        (
            "several zones",
            file(&["2026-03-01 10:00 EST", "2026-03-01 10:00 PST"]),
            Asked("map(\"responded_at="),
        ),
        (
            "weeks",
            file(&["2026-W10", "2026-W11"]),
            Read("NPS", "Date", 100.0, 2),
        ),
        (
            "short years first",
            file(&["26-03-01", "26-03-02", "26-04-09"]),
            Asked("date_format(\"%y-%m-%d\")"),
        ),
    ])
    .await;
    let (workspace, result) = import(&file(&["2022/06/22 11:07:29 AM AST"]), |options| {
        options.timezone = Some("America/Halifax".to_owned());
    })
    .await;
    result.expect("the zone is specified");
    let hour = "SELECT to_char(responded_at, '%H:%M') FROM responses";
    assert_eq!(value(&workspace.lake(), hour).await, "14:07");

    // The specified order applies to the cells that need it, not to others.
    let mixed = file(&["2026-01-05", "03/04/2026"]);
    let (workspace, result) = import(&mixed, |options| {
        options.date_format = Some("%d/%m/%Y".into());
    })
    .await;
    assert_eq!(result.expect("the option answers the question").new, 2);
    assert_eq!(
        value(&workspace.lake(), "SELECT max(month) FROM responses").await,
        "2026-04"
    );
}

#[tokio::test]
async fn a_date_format_can_apply_to_one_column() {
    let file = "Response date,Sent date,NPS\n2026-05-01,03/04/2026,9\n2026-05-02,05/04/2026,8\n";
    let (_, result) = import(file, |_| {}).await;
    assert!(result.expect_err("either order").is_question());
    let (workspace, result) = import(file, |options| {
        options.column_date_formats = vec![(Field::SentAt, "%d/%m/%Y".into())];
    })
    .await;
    assert_eq!(result.expect("the option answers the question").new, 2);
    let sent = "SELECT to_char(min(sent_at), '%Y-%m-%d') FROM responses";
    assert_eq!(value(&workspace.lake(), sent).await, "2026-04-03");
}

#[tokio::test]
async fn odd_dates_are_noted() {
    let (_, result) = import(
        "date,NPS\n2099-01-01,9\n1995-01-01,10\n2026-03-01,8\n",
        |_| {},
    )
    .await;
    let notes = result
        .expect("they are dates")
        .notes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    assert!(
        notes.contains("in the future: 1") && notes.contains("before 2000: 1"),
        "{notes}"
    );
}

#[tokio::test]
async fn rows_that_are_not_responses_are_skipped() {
    for export in [
        "Region,Date,NPS,Email\nN,2026-03-01,9,a@example.com\nS,2026-03-02,3,b@example.com\nTotal,,2,\n",
        "Region,Date,NPS,Email\nN,2026-03-01,9,a@example.com\nRegion,Date,NPS,Email\nS,2026-03-02,3,b@example.com\n",
        "Date,NPS,Email\n2026-03-01,9,a@example.com\n2026-03-02,3,b@example.com\nDurchschnitt,6.0,\n",
        "Date,NPS,Email\n2026-03-01,9,a@example.com\n,,\n2026-03-02,3,b@example.com\n",
        "Date,NPS,Comment\n2026-03-01,9,fine\n2026-03-02,3,slow\nGrand total,12,\n",
    ] {
        let (_, result) = import(export, |_| {}).await;
        let summary = result.unwrap_or_else(|error| panic!("{export}: {error}"));
        let counts = (summary.new, summary.not_a_response, summary.rejected);
        assert_eq!(counts, (2, 1, 0), "{export}\n{summary}");
    }
    // A company may have this name.
    let (_, result) = import("Company,NPS\nTotal,9\nAcme,3\n", |_| {}).await;
    assert_eq!(result.expect("two answers").new, 2);
}

#[tokio::test]
async fn a_second_table_below_raises_a_question() {
    let table = "NPS,Comment\n9,fine\n10,great\n3,slow\n";
    for below in [
        "Score,Count\n10,25\n9,7\n",
        ",\nMonth,NPS\n5,40\n6,41\n",
        "Comment,Rating\n7,8\n",
    ] {
        let (workspace, result) = import(&format!("{table}{below}"), |_| {}).await;
        let error = result.expect_err(below);
        assert!(error.is_question(), "{below}: {error}");
        assert!(error.to_string().contains("another table"), "{error}");
        assert!(!workspace.path().join("lake").exists(), "{below}");
    }
    // An unreadable answer is not a header, even if its comment looks like one.
    let more = "8,good\n7,so so\n10,super\n9,nice\n2,bad\n";
    let answers = format!("{table}{more}ten,I would recommend you\nlow,Score\n");
    let (_, result) = import(&answers, |_| {}).await;
    let summary = result.expect("two rows are rejected");
    assert_eq!((summary.new, summary.rejected), (8, 2), "{summary}");
}

#[tokio::test]
async fn a_row_that_ends_before_its_answer_is_rejected() {
    let export =
        "id,date,comment,NPS\na,2026-03-01,fine,9\nb,2026-03-02\nc\nd,2026-03-04,so so,7\n";
    let (_, result) = import(export, |_| {}).await;
    let summary = result.expect("two rows are whole");
    assert_eq!((summary.new, summary.rejected), (2, 2), "{summary}");
}

#[tokio::test]
async fn a_reversed_scale_raises_a_question_and_is_inverted() {
    let header = "How likely are you to recommend us? (0 = extremely likely)";
    let named = format!("{header},Date\n0,2026-03-01\n1,2026-03-02\n3,2026-03-03\n10,2026-03-04\n");
    let labelled = "NPS,Date\n0 - Extremely likely,2026-03-01\n1,2026-03-02\n3,2026-03-03\n\
                    10 - Not at all likely,2026-03-04\n";
    for file in [named.as_str(), labelled] {
        let (_, result) = import(file, |_| {}).await;
        let error = result.expect_err("the best answer is 0");
        assert!(error.is_question(), "{error}");
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("scale(\"10-0\")"))
        );
        for (scale, nps) in [("10-0", 25.0), ("0-10", -50.0)] {
            let (_, result) = import(file, |options| options.scale = scale.parse().ok()).await;
            let figure = result
                .expect("the option answers the question")
                .nps
                .expect("scores");
            assert_eq!(figure.nps, nps, "{file} {scale}");
        }
    }
    let (workspace, result) = import(
        "Rating,Date\n1,2026-03-01\n5,2026-03-02\n2,2026-03-03\n",
        |options| {
            options.scale = "5-1".parse().ok();
            options.map.push((Field::Score, Some("Rating".to_owned())));
        },
    )
    .await;
    result.expect("the option answers the question");
    let ratings = "SELECT string_agg(rating::int, ' ' ORDER BY responded_at) FROM responses";
    assert_eq!(value(&workspace.lake(), ratings).await, "5 1 4");
}

#[tokio::test]
async fn text_is_decoded() {
    let (workspace, result) = import(
        "date,NPS,Comment,Company\n2026-03-01 10:00,9,'=so &amp; so\u{a0},'@home\n\
         2026-03-02 10:00,8,N/A,Fish &amp; chips\n2026-03-03 10:00,3,none 👍🏽,NA\n",
        |_| {},
    )
    .await;
    result.expect("it can be imported");
    let lake = workspace.lake();
    let comments = "SELECT string_agg(comment, '|' ORDER BY responded_at) FROM responses";
    assert_eq!(value(&lake, comments).await, "=so & so|none 👍🏽");
    let accounts = "SELECT string_agg(account, '|' ORDER BY responded_at) FROM responses";
    assert_eq!(value(&lake, accounts).await, "@home|Fish & chips");
}

#[tokio::test]
async fn the_same_phone_number_is_the_same_respondent() {
    let (workspace, result) = import(
        "date,NPS,Phone\n2026-03-01,9,'+49 170 1234567\n2026-03-02,8,+49 170 1234567\n",
        |_| {},
    )
    .await;
    result.expect("it can be imported");
    let people = "SELECT count(DISTINCT respondent) FROM responses";
    assert_eq!(value(&workspace.lake(), people).await, "1");
}

#[tokio::test]
async fn row_numbers_are_not_ids() {
    let file = "ID,Completion time,Email,NPS\n1,2026-03-01 10:00,a@example.com,9\n2,2026-03-02 10:00,b@example.com,3\n";
    let (_, result) = import(file, |_| {}).await;
    let summary = result.expect("it can be imported");
    assert_eq!(header(&summary, "response_id"), "");
    assert!(
        summary
            .notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
            .contains("map(\"response_id=ID\")"),
        "{summary}"
    );
    // Without a respondent column, the row number is the id.
    let file = file
        .replace("Email", "Region")
        .replace("a@example.com", "North")
        .replace("b@example.com", "South");
    let (_, result) = import(&file, |_| {}).await;
    assert!(result.is_ok_and(|summary| header(&summary, "response_id") == "ID"));
}

#[tokio::test]
async fn personal_columns_are_detected_by_name_or_content() {
    let rows = "2026-03-01,9,Ana,192.168.0.1,(555) 123-4567,a@example.com,Rua 1\n\
                2026-03-02,3,Bo,10.0.0.7,(555) 765-4321,b@example.com,Rua 2\n";
    let export = format!("date,NPS,Sobrenome,from,reach,x,住所\n{rows}");
    let (_, result) = import(&export, |_| {}).await;
    let summary = result.expect("it can be imported");
    // The addresses identify the respondent; the name and the number are sealed with them.
    assert_eq!(header(&summary, "respondent"), "x");
    assert_eq!(summary.dropped_personal, ["from", "住所"]);
    for column in ["Sobrenome", "from", "reach", "x", "住所"] {
        let (_, result) = import(&export, |options| options.keep = vec![column.into()]).await;
        assert!(result.is_err_and(|error| error.is_invalid()), "{column}");
    }
    // A question lists columns and no personal data.
    let asked = "Call,Q1,Q2\n+49 170 1234567,9,3\n+49 170 7654321,8,2\n";
    let (_, result) = import(asked, |_| {}).await;
    let error = result.expect_err("no column is called the score");
    assert!(!error.to_string().contains("170"), "{error}");
}

#[tokio::test]
async fn aggregated_rows_are_not_responses() {
    check(vec![
        (
            "a report by month",
            four(
                "Month,Responses,Promoters,Passives,Detractors,NPS",
                "{d},100,5{n},20,3{n},{s}",
            ),
            Asked("map(\"score=NPS\")"),
        ),
        (
            "counts of each score",
            four("Score,Count", "{s},1{n}"),
            Asked("map(\"score=Score\")"),
        ),
        (
            "group flags next to the score",
            four(
                "id,Date,Score,Promoter,Passive,Detractor",
                "{n},{d},{s},1,0,0",
            ),
            Read("Score", "Date", 25.0, 4),
        ),
        (
            "totals of groups",
            four("Region,Score,Date", "North,{s},{d}") + "North Total,10,\nMaximum,10,\n",
            Read("Score", "Date", 25.0, 4),
        ),
        (
            "products with a similar name",
            four("Product,Score", "Windows Total,{s}"),
            Read("Score", "", 25.0, 4),
        ),
        (
            "choice numbers",
            four("id,Date,NPS", "{n},{d},{s}")
                + "5,2026-03-15,11\n6,2026-03-16,11\n7,2026-03-17,11\n",
            Asked("recoded to 0 to 10"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn survey_types_and_consent() {
    check(vec![
        (
            "a survey type that is not a metric",
            four("id,Date,NPS,Survey Type", "{n},{d},{s},Relationship"),
            Read("NPS", "Date", 25.0, 4),
        ),
        (
            "a survey type that may be another metric",
            four("id,Date,NPS,Survey Type", "{n},{d},{s},Satisfaction survey"),
            Asked("map(\"metric="),
        ),
        (
            "consent in words",
            four("id,Date,NPS,Consent", "{n},{d},{s},I agree"),
            Read("NPS", "Date", 25.0, 4),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_time_column_is_combined_with_its_date() {
    let cases = [
        (
            "id,Date,Time,NPS",
            "{n},{d},18:16:07,{s}",
            "2026-03-11T18:16:07Z",
        ),
        (
            "id,Zeit,Datum,NPS",
            "{n},6:16 PM,{d},{s}",
            "2026-03-11T18:16:00Z",
        ),
        (
            "id,Date,NPS,Time",
            "{n},{d},{s},18:16",
            "2026-03-11T00:00:00Z",
        ),
        (
            "id,Date,Time,NPS",
            "{n},{d} 09:30,18:16,{s}",
            "2026-03-11T09:30:00Z",
        ),
        (
            "id,Date,Time,NPS",
            "{n},{d},12 min,{s}",
            "2026-03-11T00:00:00Z",
        ),
        (
            "id,Date,NPS",
            "{n},١١/٠٣/٢٠٢٦ ١٨:١٦,{s}",
            "2026-03-11T18:16:00Z",
        ),
    ];
    for (header, row, first) in cases {
        let (workspace, result) = import(&four(header, row), |options| {
            options.date_format = row.contains('١').then(|| "%d/%m/%Y".into());
        })
        .await;
        result.unwrap_or_else(|error| panic!("{header}: {error}"));
        let time = value(&workspace.lake(), "SELECT min(responded_at) FROM responses").await;
        assert_eq!(time, first, "{header}");
    }
}

#[tokio::test]
async fn reject_reasons_contain_no_personal_data() {
    let content = four("id,Date,NPS", "{n},{d},{s}")
        + &four("id,Date,NPS", "1{n},{d},{s}")[12..]
        + "5,2026-03-15,ana@example.com\n6,+49 170 1234567,9\n";
    let (_, result) = import(&content, |_| {}).await;
    let summary = result.expect("most rows are answers");
    let reasons = summary.first_reject_reasons.join("; ");
    assert_eq!(summary.rejected, 2, "{summary}");
    assert!(
        !reasons.contains("ana@") && !reasons.contains("170"),
        "{reasons}"
    );
}

#[tokio::test]
async fn rows_wider_than_the_header_are_reported() {
    let content = four("id,Date,NPS,Comment", "{n},{d},{s},well, fine");
    let (_, result) = import(&content, |_| {}).await;
    let error = result.expect_err("no row has as many cells");
    assert!(
        error.to_string().contains("5 cells, the header 4"),
        "{error}"
    );
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("quote cells"))
    );
}
