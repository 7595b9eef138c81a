//! Reads headers: the field or metric that a header names, in several languages.

use std::sync::LazyLock;

pub use super::header_words::{MONTH_GROUPS, NPS_GROUPS, NUMBER_GROUP, SCORE_GROUPS};
pub use super::patterns::{Pattern, compile, fold, with_spaces};

use super::consent::ConsentHeader;
use super::field::Field;
use super::header_words;

impl Field {
    /// Ranks a folded header as a name of this field: smaller is better, `None` if it is none.
    pub fn rank(self, folded: &str) -> Option<usize> {
        if self == Self::Consent {
            return ConsentHeader::read(folded).rank();
        }
        let is_event = self == Self::RespondedAt && names_another_event(folded);
        let is_question = self == Self::Account && asks_something_else(folded);
        if is_event || is_question || self.means_something_else(folded) {
            return None;
        }
        let words = with_spaces(folded);
        let mut groups = VOCABULARY[self as usize].groups.iter();
        groups.position(|group| group.iter().any(|pattern| pattern.fits(folded, &words)))
    }

    /// True if a word in the folded header gives it another meaning than this field.
    pub fn means_something_else(self, folded: &str) -> bool {
        let words = with_spaces(folded);
        let fits = |pattern: &Pattern| pattern.fits(folded, &words);
        let vocabulary = &VOCABULARY[self as usize];
        if vocabulary.other_meanings.iter().any(fits) {
            return true;
        }
        // In a question, the words about a score have no meaning.
        let is_question = vocabulary
            .groups
            .get(NPS_GROUPS - 1)
            .is_some_and(|group| group.iter().any(fits));
        let words_max = if is_question { 3 } else { 7 };
        self == Self::Score
            && folded.split(' ').count() <= words_max
            && ABOUT_A_SCORE.iter().any(fits)
    }
}

struct Vocabulary {
    groups: Vec<Vec<Pattern>>,
    other_meanings: Vec<Pattern>,
}

static VOCABULARY: LazyLock<Vec<Vocabulary>> = LazyLock::new(|| {
    let vocabulary = |field| Vocabulary {
        groups: header_words::patterns(field)
            .iter()
            .map(|group| compile(group))
            .collect(),
        other_meanings: compile(header_words::other_meanings(field)),
    };
    Field::ALL.into_iter().map(vocabulary).collect()
});

static OTHER_METRICS: LazyLock<Vec<(&str, Vec<Pattern>)>> = LazyLock::new(|| {
    let metrics = header_words::OTHER_METRICS.iter();
    metrics
        .map(|(metric, texts)| (*metric, compile(texts)))
        .collect()
});

static OTHER_EVENTS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(header_words::OTHER_EVENTS));
static REASONS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(header_words::REASONS));
static OTHER_REASONS: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| compile(header_words::OTHER_REASONS));

static ABOUT_A_SCORE: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| compile(header_words::ABOUT_A_SCORE));

/// Headers, folded, of times of day and nothing else.
#[rustfmt::skip]
const CLOCK_TIMES: [&str; 18] = [
    "time of day", "local time", "uhrzeit", "heure", "hora", "orario", "tijdstip", "klockslag",
    "klokkeslett", "klokkeslaet", "kello", "kellonaika", "godzina", "idopont", "ωρα", "שעה",
    "الوقت", "時刻",
];

/// Headers, folded, of times of day or of durations.
#[rustfmt::skip]
const TIMES: [&str; 14] = [
    "time", "zeit", "ora", "tijd", "tid", "aika", "czas", "cas", "ido", "saat", "время", "час", "时间",
    "시간",
];

/// True if the folded header names a time of day and no duration.
pub fn names_a_clock_time(folded: &str) -> bool {
    CLOCK_TIMES.contains(&folded)
}

/// True if the folded header names a time of day.
pub fn names_a_time(folded: &str) -> bool {
    names_a_clock_time(folded) || TIMES.contains(&folded)
}

/// True if the folded header names a number of responses.
pub fn names_a_count(folded: &str) -> bool {
    #[rustfmt::skip]
    const COUNTS: [&str; 46] = [
        "count", "n", "responses", "response count", "number of responses", "total responses",
        "no of responses", "num responses", "surveys", "respondents", "number of respondents",
        "frequency", "freq", "votes", "anzahl", "antworten", "anzahl antworten",
        "anzahl der antworten", "haufigkeit", "nombre", "reponses", "nombre de reponses",
        "respuestas", "numero de respuestas", "cantidad", "respostas", "risposte", "aantal",
        "antal", "antal svar", "количество", "回答数", "counts", "cnt", "users", "people", "events",
        "total events", "answers", "total answers", "quantidade", "quantita", "ilosc", "pocet", "sayi",
        "件数",
    ];
    const COUNTED: [&str; 6] = [
        "count of ",
        "number of ",
        "anzahl von ",
        "anzahl ",
        "nombre de ",
        "cantidad de ",
    ];
    COUNTS.contains(&folded)
        || COUNTED.iter().any(|prefix| {
            let counted = folded.strip_prefix(prefix);
            counted.is_some_and(|counted| {
                COUNTS.contains(&counted) || Field::Score.rank(counted).is_some()
            })
        })
}

/// The name of a kept column: lower snake_case, so that SQL needs no quotes.
pub fn snake_case(header: &str) -> String {
    let name = fold(header).replace(' ', "_");
    match name.chars().next() {
        None => "column".to_owned(),
        Some(first) if first.is_numeric() => format!("_{name}"),
        Some(_) => name,
    }
}

/// The last level of a nested column's name: `person_properties.plan` is `plan`.
pub fn leaf(header: &str) -> &str {
    header.rsplit('.').next().unwrap_or(header)
}

/// A nested column's name without the levels that a store wraps around each record, such as
/// `_source.`, which say nothing about the column.
pub fn without_envelope(header: &str) -> &str {
    const ENVELOPES: [&str; 8] = [
        "_source",
        "_doc",
        "_document",
        "_fields",
        "_record",
        "_item",
        "_data",
        "_value",
    ];
    let mut name = header;
    while let Some((level, rest)) = name.split_once('.') {
        if !ENVELOPES.contains(&level) || rest.is_empty() {
            break;
        }
        name = rest;
    }
    name
}

/// True if the folded header names the NPS question, and not just any score.
pub fn names_nps(folded: &str) -> bool {
    // A second column of the same name has a number at its end.
    let unnumbered = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let rank = Field::Score.rank(unnumbered.trim_end());
    rank.is_some_and(|rank| rank < NPS_GROUPS)
}

/// The metric other than NPS that a folded header asks for, in the lake's spelling.
pub fn other_metric(folded: &str) -> Option<&'static str> {
    let words = with_spaces(folded);
    let mut metrics = OTHER_METRICS.iter();
    let found = metrics.find(|(_, patterns)| fits_any(patterns, folded, &words))?;
    Some(found.0)
}

/// True if the folded header names something that can happen without an answer.
pub fn names_another_event(folded: &str) -> bool {
    fits_any(&OTHER_EVENTS, folded, &with_spaces(folded))
}

/// True if the folded header asks why the score was given.
pub fn asks_for_the_reason(folded: &str) -> bool {
    let words = with_spaces(folded);
    fits_any(&REASONS, folded, &words) && !fits_any(&OTHER_REASONS, folded, &words)
}

/// True for a question that does not ask for a name: its words are not what its answers are.
fn asks_something_else(folded: &str) -> bool {
    let mut words = folded.split(' ');
    let first = words.next().unwrap_or("");
    words.count() >= 5 && !header_words::ASKING_FOR_A_NAME.contains(&first)
}

fn fits_any(patterns: &[Pattern], folded: &str, words: &str) -> bool {
    patterns.iter().any(|pattern| pattern.fits(folded, words))
}

/// True if the folded header names email addresses or other contacts.
pub fn names_an_address(folded: &str) -> bool {
    let group = Field::Respondent.rank(folded);
    group.is_some_and(|group| (1..=3).contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_fold_to_words() {
        #[rustfmt::skip]
        let headers = [
            ("Weiterempfehlung (0-10)", "weiterempfehlung 0 10"),
            ("RecipientEmail", "recipient email"), ("Société", "societe"),
            ("  Straße_Nr. ", "strasse nr"), ("person.email", "person email"), ("NPS", "nps"),
            ("eNPS", "enps"), ("NPSScore", "nps score"), ("ResponseID", "response id"),
            ("Ημερομηνία", "ημερομηνια"), ("Łączny wynik", "laczny wynik"),
            ("Комментарий", "комментарий"), ("メールアドレス", "メールアドレス"), ("이름", "이름"),
            ("टिप्पणी", "टिप्पणी"), ("ＮＰＳ（0-10）", "nps 0 10"), ("N°", "no"), ("Nº", "no"),
            ("№ анкеты", "no анкеты"), ("Temp. °C", "temp c"),
        ];
        for (header, folded) in headers {
            assert_eq!(fold(header), folded);
        }
        assert_eq!(without_envelope("_source.@timestamp"), "@timestamp");
        assert_eq!(without_envelope("_source._doc.user.date"), "user.date");
        assert_eq!(without_envelope("source.date"), "source.date");
        assert_eq!(without_envelope("_source."), "_source.");
        assert_eq!(snake_case("Plan / Tier"), "plan_tier");
        assert_eq!(snake_case("2nd Choice"), "_2nd_choice");
        assert_eq!(snake_case("部署"), "部署");
        assert_eq!(snake_case("!"), "column");
    }

    #[test]
    fn the_question_is_recognised_in_many_languages() {
        #[rustfmt::skip]
        let questions = [
            "NPS", "Q5 NPS Score", "How likely are you to recommend us to a friend or colleague?",
            "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
            "Würden Sie uns einem Freund empfehlen?",
            "Quelle est la probabilité que vous nous recommandiez ?",
            "¿Qué probabilidad hay de que nos recomiende?",
            "Qual a probabilidade de você nos recomendar?",
            "Con quale probabilità ci consiglierebbe a un amico?",
            "Hoe waarschijnlijk is het dat u ons aanbeveelt?",
            "Hur troligt är det att du skulle rekommendera oss?",
            "Hvor sandsynligt er det, at du vil anbefale os?",
            "Hvor sannsynlig er det at du vil anbefale oss?",
            "Kuinka todennäköisesti suosittelisit meitä?",
            "Na ile prawdopodobne jest, że nas polecisz?",
            "Jak pravděpodobné je, že nás doporučíte?",
            "Aká je pravdepodobnosť, že nás odporučíte?",
            "Mennyire valószínű, hogy ajánlana minket?", "Cât de probabil este să ne recomandați?",
            "Bizi bir arkadaşınıza tavsiye etme olasılığınız nedir?",
            "Насколько вероятно, что вы порекомендуете нас?",
            "Наскільки ймовірно, що ви порекомендуєте нас?", "Πόσο πιθανό είναι να μας συστήσετε;",
            "מה הסיכוי שתמליצו עלינו?", "ما مدى احتمال أن توصي بنا؟",
            "आप हमारी सिफारिश करने की कितनी संभावना रखते हैं?", "当社を友人に勧める可能性はどのくらいですか",
            "您有多大可能推荐我们", "저희를 추천할 가능성은 얼마나 됩니까?",
        ];
        for header in questions {
            assert!(names_nps(&fold(header)), "{header}: {}", fold(header));
        }
        #[rustfmt::skip]
        let others = [
            "NPS Category", "NPS_GROUP", "Q1_NPS_GROUP", "Previous NPS", "NPS last year", "nps_id",
            "NPS-Gruppe", "NPS Vorjahr", "Average NPS", "Recommendation reason", "CSAT score",
            "Number of recommendations", "NPS区分",
        ];
        for header in others {
            assert_eq!(Field::Score.rank(&fold(header)), None, "{header}");
        }
        assert_eq!(Field::Score.rank("lead score"), Some(SCORE_GROUPS));
        assert_eq!(Field::Score.rank("score"), Some(NPS_GROUPS));
    }

    #[test]
    fn fields_are_named_in_many_languages() {
        #[rustfmt::skip]
        let fields = [
            (Field::RespondedAt, "Antwortdatum|Fecha de respuesta|Horodateur|Tidsstämpel|Дата"),
            (Field::RespondedAt, "回答日時|提交时间|날짜|Tarih|Marca temporal"),
            (Field::Comment, "Kommentar|Commentaire|Opmerkingen|Комментарий|コメント|评论|의견"),
            (Field::Comment, "Σχόλια|Yorum|Komentář|Warum?"),
            (Field::Respondent, "E-Mail-Adresse|Correo electrónico|Kundennummer|メールアドレス|邮箱"),
            (Field::Respondent, "Sähköposti|Номер клиента"),
            (Field::Account, "Firma|Société|Empresa|Компания|会社名|公司|Yritys"),
        ];
        for (field, headers) in fields {
            for header in headers.split('|') {
                assert!(field.rank(&fold(header)).is_some(), "{header}");
            }
        }
        #[rustfmt::skip]
        let others = ["Date of birth", "Contract end date", "Last purchase date", "Sent date"];
        for header in others {
            assert_eq!(Field::RespondedAt.rank(&fold(header)), None, "{header}");
        }
    }
}
