//! Reads score cells: a number, no answer, or neither.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::group::Group;
use super::headers::fold;
use crate::dates::month_names::month;
use crate::error::Result;
use crate::mapping::scale::Scale;
use crate::options::ReadOptions;
use crate::text::ascii_digit;

/// The content of a score cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScoreCell {
    /// Not answered.
    Blank,
    /// A number, which is an answer if it is on the scale.
    Number(f64),
    /// No number, or more than a number.
    Unreadable,
}

/// Cells that programs write for a missing value.
#[rustfmt::skip]
const BLANKS: [&str; 24] = [
    "", "na", "n/a", "n.a.", "nan", "null", "none", "nil", "-", "--", "–", "—", "#n/a", "#null!",
    "(blank)", "(null)", "(empty)", "(none)", "[blank]", "<na>", "undefined", "\\n", ".", "…",
];

/// Words for no answer, as [`fold`] folds them.
#[rustfmt::skip]
const UNANSWERED: [&str; 71] = [
    "not applicable", "no answer", "no response", "not answered", "unanswered", "skipped", "skip",
    "prefer not to say", "prefer not to answer", "don t know", "dont know", "do not know",
    "not sure", "no opinion", "missing", "empty", "blank", "refused", "na",
    "keine angabe", "keine angaben", "keine antwort", "k a", "ohne angabe", "weiss nicht",
    "weiss ich nicht", "nicht beantwortet", "ubersprungen", "leer", "entfallt",
    "sin respuesta", "no contesta", "no responde", "no sabe", "no se", "ns nc", "ns", "nc",
    "sans reponse", "pas de reponse", "sans avis", "ne sait pas", "je ne sais pas", "nsp",
    "non applicable",
    "sem resposta", "nao sei", "nao respondeu", "nao se aplica",
    "nessuna risposta", "non risponde", "non so", "senza risposta",
    "geen antwoord", "weet niet", "weet ik niet", "niet ingevuld",
    "inget svar", "vet ej", "vet inte", "intet svar", "ved ikke", "ikke besvart", "ikke besvaret",
    "ei vastausta", "en osaa sanoa", "brak odpowiedzi", "nie wiem", "bez odpovedi",
    "nincs valasz", "cevap yok",
];

/// Words for no answer in other scripts, not folded.
#[rustfmt::skip]
const UNANSWERED_ELSEWHERE: [&str; 13] = [
    "нет ответа", "не знаю", "немає відповіді", "не знаю / нет ответа", "δεν απάντησε",
    "δεν γνωρίζω", "無回答", "未回答", "わからない", "无回答", "未作答", "무응답", "모름",
];

/// True if a cell states that there is no value.
pub fn is_blank(cell: &str) -> bool {
    let cell = cell.trim();
    cell.len() <= 10 && BLANKS.iter().any(|blank| cell.eq_ignore_ascii_case(blank))
}

/// True if a score cell states that there is no answer.
fn is_unanswered(cell: &str) -> bool {
    if is_blank(cell) {
        return true;
    }
    if cell.len() > 60 || cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    UNANSWERED.contains(&fold(cell).as_str())
        || UNANSWERED_ELSEWHERE.contains(&cell.to_lowercase().as_str())
}

/// Reads a score: `9`, ` 9 `, `9.0`, `9,0`, `10 - Extremely likely`.
pub fn read(cell: &str) -> ScoreCell {
    let cell = cell.trim();
    if let [digit @ b'0'..=b'9'] = cell.as_bytes() {
        return ScoreCell::Number(f64::from(digit - b'0'));
    }
    // A text of this length is no score.
    if cell.len() > 200 {
        return ScoreCell::Unreadable;
    }
    let cell = plain(cell);
    let cell = cell.trim();
    match number(cell) {
        Some(value) => ScoreCell::Number(value),
        None if is_unanswered(cell) => ScoreCell::Blank,
        None => labelled(cell).map_or(ScoreCell::Unreadable, ScoreCell::Number),
    }
}

/// Reads what [`read`] does, and numbers written as a word (`ten`), with a unit (`8 pts`), or out
/// of the `top` of the scale (`8/10`).
pub fn read_lenient(cell: &str, top: f64) -> ScoreCell {
    match read(cell) {
        ScoreCell::Unreadable => {}
        readable => return readable,
    }
    if cell.len() > 40 {
        return ScoreCell::Unreadable;
    }
    let cell = plain(cell.trim());
    let words = fold(&cell);
    if let Some(value) = BY_WORD.get(&words) {
        return ScoreCell::Number(f64::from(*value));
    }
    // The whole part of a broken or out-of-range number would be another answer.
    if cell.contains(['-', '+', ',', '.', '%']) {
        return ScoreCell::Unreadable;
    }
    let words: Vec<&str> = words.split(' ').collect();
    let value = |word: &str| word.parse::<u8>().ok().map(f64::from);
    let unit = |word: &&str| UNITS.contains(word);
    let number = match words.as_slice() {
        [word, unit_word] | [unit_word, word] if unit(unit_word) => value(word),
        [unit_word, word, "10"] if unit(unit_word) && top == 10.0 && cell.contains('/') => {
            value(word)
        }
        [word, of @ .., last] if value(last) == Some(top) => {
            let separated = match of {
                [] => cell.matches('/').count() == 1,
                of => OUT_OF.contains(&of.join(" ").as_str()),
            };
            separated.then(|| value(word)).flatten()
        }
        _ => None,
    };
    number.map_or(ScoreCell::Unreadable, ScoreCell::Number)
}

/// The end of a scale from 0 to 10 that a cell names in words: `Extremely likely` is 10, and `Not at all
/// likely` 0. `None` for other words, such as `Prefer not to say`.
pub fn end_in_words(cell: &str) -> Option<u8> {
    #[rustfmt::skip]
    const LIKELY: [&str; 16] = [
        "likely", "wahrscheinlich", "probable", "probavel", "probabile", "waarschijnlijk", "sannolik",
        "sandsynlig", "sannsynlig", "todennakoi", "prawdopodob", "pravdepodob", "вероят", "olasi",
        "valoszinu", "可能",
    ];
    #[rustfmt::skip]
    const NOT: [&str; 20] = [
        "not", "nicht", "keinesfalls", "kein", "pas", "peu", "nada", "no", "nao", "non", "niente",
        "niet", "inte", "ikke", "ei", "nie", "ne", "не", "hic", "egyaltalan",
    ];
    #[rustfmt::skip]
    const UNLIKELY: [&str; 11] = [
        "unlikely", "unwahrscheinlich", "improba", "impossi", "onwaarschijnlijk", "osannolik",
        "usandsynlig", "usannsynlig", "epatodennakoi", "маловероят", "不可能",
    ];
    let has_digit = cell.contains(|c: char| c.is_numeric());
    if has_digit || !(6..=60).contains(&cell.len()) {
        return None;
    }
    let folded = fold(cell);
    if !LIKELY.iter().any(|word| folded.contains(word)) {
        return None;
    }
    let is_denied = folded.split(' ').any(|word| NOT.contains(&word));
    let is_low = is_denied || UNLIKELY.iter().any(|word| folded.contains(word));
    Some(if is_low { 0 } else { 10 })
}

/// The ends of the scale that are words in a file, which has no number for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndsInWords {
    pub low: bool,
    pub high: bool,
}

/// The notation of the scores of a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    pub lenient: bool,
    /// The scale, if the options give it.
    pub scale: Option<Scale>,
    pub ends: EndsInWords,
    /// `true` if dates in the column are answers such as `9/10` for certain.
    pub dates_are_answers: bool,
}

impl Reading {
    pub fn from_options(options: &ReadOptions) -> Result<Self> {
        Ok(Self {
            lenient: options.lenient,
            scale: options.scale.as_deref().map(Scale::parse).transpose()?,
            ends: EndsInWords::default(),
            dates_are_answers: false,
        })
    }

    pub fn read(self, cell: &str) -> ScoreCell {
        let scale = self.scale.unwrap_or(Scale::NPS);
        // A scale to 100 is one of percentages.
        let cell = match cell.trim().strip_suffix('%') {
            Some(number) if scale.max == 100.0 => number,
            _ => cell,
        };
        let answer = if self.lenient {
            read_lenient(cell, scale.max)
        } else {
            read(cell)
        };
        match answer {
            ScoreCell::Number(value) => ScoreCell::Number(scale.best_highest(value)),
            ScoreCell::Unreadable
                if self.lenient
                    && self.dates_are_answers
                    && let Some(value) = from_date(cell) =>
            {
                ScoreCell::Number(scale.best_highest(f64::from(value)))
            }
            ScoreCell::Unreadable if self.ends != EndsInWords::default() => {
                match end_in_words(cell) {
                    Some(0) if self.ends.low => ScoreCell::Number(0.0),
                    Some(10) if self.ends.high => ScoreCell::Number(10.0),
                    _ => ScoreCell::Unreadable,
                }
            }
            other => other,
        }
    }
}

/// The answer out of 10 that a spreadsheet made a date of: `9-Oct` and `10-Sep` were `9/10`.
pub fn from_date(cell: &str) -> Option<u8> {
    let (day, month) = day_and_month(cell)?;
    out_of(day, month, 10)
}

/// The answer out of `top` that a spreadsheet read as this day and month, in either order.
pub fn out_of(day: u8, month: u8, top: u8) -> Option<u8> {
    match (day, month) {
        (score, found) | (found, score) if found == top && score <= top => Some(score),
        _ => None,
    }
}

/// The day and the month of a date as spreadsheets show one that was typed without a year: `9-Oct`,
/// `Oct-09`, `9. Okt`, `2026-10-09`, `09/10/2026`.
pub fn day_and_month(cell: &str) -> Option<(u8, u8)> {
    let cell = cell.trim();
    if !(4..=20).contains(&cell.len()) || !cell.starts_with(char::is_alphanumeric) {
        return None;
    }
    let midnight = [" 00:00:00", "T00:00:00", " 00:00"];
    let cell = midnight
        .iter()
        .find_map(|time| cell.strip_suffix(time))
        .unwrap_or(cell);
    let parts: Vec<&str> = cell
        .split(['-', '/', '.', ' ', '月', '日'])
        .filter(|part| !part.is_empty())
        .collect();
    let number = |part: &str| {
        let is_short = part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_short.then(|| part.parse::<u8>().ok())?
    };
    let year = |part: &str| part.len() == 4 && part.parse::<u16>().is_ok();
    let named = |part: &str| month(part).and_then(|month| u8::try_from(month).ok());
    let (day, month) = match parts.as_slice() {
        [one, other] => match (number(one), number(other)) {
            (Some(day), None) => (day, named(other)?),
            (None, Some(day)) => (day, named(one)?),
            (Some(month), Some(day)) if cell.ends_with('日') => (day, month),
            _ => return None,
        },
        [first, month, day] if year(first) => (number(day)?, number(month)?),
        [one, other, last] if year(last) => match (number(one), number(other)) {
            (Some(day), Some(month)) => (day, month),
            (Some(day), None) => (day, named(other)?),
            (None, Some(day)) => (day, named(one)?),
            _ => return None,
        },
        _ => return None,
    };
    let is_date = (1..=31).contains(&day) && (1..=31).contains(&month) && day.min(month) <= 12;
    is_date.then_some((day, month))
}

/// A number as a whole score from 0 to 10, `None` if it is none.
pub fn whole_score(value: f64) -> Option<i8> {
    (value.fract() == 0.0 && (0.0..=10.0).contains(&value)).then_some(value as i8)
}

/// The cell without the quoting of spreadsheets around a number, with the digits of any script
/// as ASCII.
fn plain(cell: &str) -> Cow<'_, str> {
    let cell = match cell
        .strip_prefix("=\"")
        .and_then(|cell| cell.strip_suffix('"'))
    {
        Some(text) => text,
        None => match cell.strip_prefix('\'') {
            Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => text,
            _ => cell,
        },
    };
    if cell.is_ascii() {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(cell.nfkc().map(ascii_digit).collect())
}

/// A number and nothing else, with a point or a decimal comma.
fn number(cell: &str) -> Option<f64> {
    // `parse` also accepts "inf" and "1e1", which no survey tool writes as a score.
    let is_plain = |cell: &str| {
        cell.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+'))
    };
    if is_plain(cell) {
        return cell.parse().ok();
    }
    // Three digits after a comma may be thousands.
    let (whole, fraction) = cell.split_once(',')?;
    let decimals = (1..=2).contains(&fraction.len()) || fraction.len() > 3;
    (decimals && is_plain(whole) && !whole.contains('.') && !fraction.contains(['.', '-', '+']))
        .then(|| cell.replace(',', "."))
        .filter(|cell| is_plain(cell))?
        .parse()
        .ok()
}

/// The number of an answer with its label, such as `0 (Not at all likely)`: the only number in
/// the cell, whole, at its start or end, separated from words by punctuation.
fn labelled(cell: &str) -> Option<f64> {
    let is_digit = |c: char| c.is_ascii_digit();
    let start = cell.find(is_digit)?;
    let end = start
        + cell[start..]
            .find(|c| !is_digit(c))
            .unwrap_or(cell.len() - start);
    let (before, after) = (&cell[..start], &cell[end..]);
    if end - start > 3 || before.contains(is_digit) || after.contains(is_digit) {
        return None;
    }
    let is_separator = |c: char| "-–—:().=|、：".contains(c);
    let is_label = |text: &str| {
        text.chars().any(char::is_alphabetic)
            && text.chars().filter(|c| c.is_alphabetic()).count() >= 2
            && !text.contains(['%', '/', '+', '<', '>', '≥', '≤'])
            // Spreadsheets turn `8/10` into `10-Aug`.
            && month(text.trim_matches(|c: char| !c.is_alphabetic())).is_none()
    };
    let (label, separated) = if before.trim().is_empty() {
        (after, after.trim_start().starts_with(is_separator))
    } else if after.trim().is_empty() || after.trim() == ")" {
        // A dash directly before the number is its sign unless it directly follows a word.
        let dashes = ['-', '–', '—'];
        let minus = before.ends_with(dashes)
            && !before
                .trim_end_matches(dashes)
                .ends_with(char::is_alphanumeric);
        (before, !minus && before.trim_end().ends_with(is_separator))
    } else {
        return None;
    };
    // `9.5x` and `9.x` are not labelled.
    let glued = after.starts_with('.') && !after.starts_with(". ");
    // A group is unmistakable without punctuation: `9 Promoter`.
    let is_apart = before.ends_with(' ') || after.starts_with(' ');
    let separated = separated || (is_apart && Group::named(label.trim()).is_some());
    (separated && !glued && is_label(label))
        .then(|| cell[start..end].parse().ok())
        .flatten()
}

/// Words for the whole numbers from 0 to 10, in the most common languages of surveys.
#[rustfmt::skip]
const NUMBER_WORDS: [(u8, &str); 11] = [
    (0, "zero zéro null nul cero noll nolla nula nulla sıfır ноль нуль μηδέν ゼロ 零 영"),
    (1, "one eins un une uno um uma één een ett en et yksi jeden jedna egy unu bir один ένα 一 일"),
    (2, "two zwei deux dos dois due twee två to kaksi dwa dva kettő doi iki два δύο 二 이"),
    (3, "three drei trois tres três tre drie kolme trzy tři tri három trei üç три τρία 三 삼"),
    (4, "four vier quatre cuatro quatro quattro fyra fire neljä cztery čtyři štyri négy patru dört четыре чотири τέσσερα 四 사"),
    (5, "five fünf cinq cinco cinque vijf fem viisi pięć pět päť öt cinci beş пять п'ять πέντε 五 오"),
    (6, "six sechs seis sei zes sex seks kuusi sześć šest šesť hat șase altı шесть шість έξι 六 육"),
    (7, "seven sieben sept siete sete sette zeven sju syv seitsemän siedem sedm sedem hét șapte yedi семь сім επτά 七 칠"),
    (8, "eight acht huit ocho oito otto åtta otte åtte kahdeksan osiem osm osem nyolc opt sekiz восемь вісім οκτώ 八 팔"),
    (9, "nine neun neuf nueve nove negen nio ni yhdeksän dziewięć devět deväť kilenc nouă dokuz девять дев'ять εννέα 九 구"),
    (10, "ten zehn dix diez dez dieci tien tio ti kymmenen dziesięć deset desať tíz zece on десять δέκα 十 십"),
];

static BY_WORD: LazyLock<HashMap<String, u8>> = LazyLock::new(|| {
    let words = NUMBER_WORDS
        .iter()
        .flat_map(|(value, names)| names.split(' ').map(move |name| (fold(name), *value)));
    words.collect()
});

/// Words next to a score that do not change it.
#[rustfmt::skip]
const UNITS: [&str; 21] = [
    "score", "pt", "pts", "point", "points", "punkt", "punkte", "nps", "note", "nota", "punti",
    "punto", "puntos", "pontos", "ponto", "poang", "poeng", "point s", "rating", "点", "점",
];

/// Words between an answer and the top of its scale.
#[rustfmt::skip]
const OUT_OF: [&str; 15] = [
    "of", "out of", "von", "sur", "de", "su", "van", "van de", "av", "af", "z", "ze", "din", "из",
    "points out of",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unmistakable_scores_are_read() {
        #[rustfmt::skip]
        let scores = [
            ("0", 0), ("10", 10), (" 9 ", 9), ("10.0", 10), ("07", 7), ("9,0", 9), ("９", 9),
            ("１０", 10), ("٧", 7), ("=\"8\"", 8), ("'8", 8), ("10 - Extremely likely", 10),
            ("0 (Not at all likely)", 0), ("5 - It's extremely important", 5),
            ("Extremely likely - 10", 10), ("Extremely likely (10)", 10),
            ("10: sehr wahrscheinlich", 10), ("10 – très probable", 10), ("0. Not at all", 0),
            ("10：とても", 10), ("9 Promoter", 9), ("Detractor 3", 3),
        ];
        for (cell, score) in scores {
            let ScoreCell::Number(value) = read(cell) else {
                panic!("{cell} is not read");
            };
            assert_eq!(whole_score(value), Some(score), "{cell}");
        }
        #[rustfmt::skip]
        let blanks = [
            "", " ", "NA", "n/a", "NULL", "-", "–", "(blank)", "#N/A", "No answer", "k.A.",
            "Keine Angabe", "weiß nicht", "Sin respuesta", "don't know", "無回答", "\\N",
        ];
        for cell in blanks {
            assert_eq!(read(cell), ScoreCell::Blank, "{cell}");
        }
        for cell in ["-1", "11", "9.5", "9,5", "-2147483648", "99", "100"] {
            let ScoreCell::Number(value) = read(cell) else {
                panic!("{cell} is not read");
            };
            assert_eq!(whole_score(value), None, "{cell}");
        }
        #[rustfmt::skip]
        let unreadable = [
            "ten", "10/10", "1e1", "inf", "1,000", "score 8", "8 pts", "9-10", "0-6", "week 3",
            "likely -1", "Score:-1", "Score=-1", "Score –1", "10-Aug", "Aug-10", "8. Okt", "9.x",
            "> 8", "8+", "1st", "Q1: 9", "9 9", "9 - 10%", "x - 9 - y",
        ];
        for cell in unreadable {
            assert_eq!(read(cell), ScoreCell::Unreadable, "{cell}");
        }
    }

    #[test]
    fn answers_that_became_dates_are_recognised() {
        #[rustfmt::skip]
        let answers = [
            ("9-Oct", 9), ("09-Oct", 9), ("10-Sep", 9), ("Oct-09", 9), ("10-Oct", 10), ("1. Okt", 1),
            ("8. Okt.", 8), ("2026-10-07", 7), ("2026-07-10 00:00:00", 7), ("07/10/2026", 7),
            ("10/7/2026", 7), ("7 oct. 2026", 7), ("10月9日", 9),
        ];
        for (cell, answer) in answers {
            assert_eq!(from_date(cell), Some(answer), "{cell}");
        }
        let others = ["8-Jul", "12-Oct", "2026-03-05", "31/12/2026"];
        for cell in others {
            assert!(
                day_and_month(cell).is_some() && from_date(cell).is_none(),
                "{cell}"
            );
        }
        for cell in [
            "9",
            "9-10",
            "9/10",
            "Oct",
            "2026-10-09 10:31",
            "10-Oct-9x",
            "v1.10",
        ] {
            assert_eq!(day_and_month(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_lenient_reading_reads_words_and_fractions() {
        #[rustfmt::skip]
        let readable = [
            ("ten", 10.0), ("Zehn", 10.0), ("dix", 10.0), ("diez", 10.0), ("cero", 0.0),
            ("8/10", 8.0), ("8 / 10", 8.0), ("8 of 10", 8.0), ("8 out of 10", 8.0),
            ("score 8", 8.0), ("Score: 8", 8.0), ("8 pts", 8.0), ("8 von 10", 8.0), ("Fünf", 5.0),
            ("п'ять", 5.0), ("NPS 9", 9.0), ("9", 9.0),
        ];
        for (cell, value) in readable {
            assert_eq!(read_lenient(cell, 10.0), ScoreCell::Number(value), "{cell}");
        }
        for cell in [
            "8/5", "8.5/10", "-8/10", "maybe", "8 10", "eleven", "10/10/10", "8-10",
        ] {
            assert_eq!(read_lenient(cell, 10.0), ScoreCell::Unreadable, "{cell}");
        }
        assert_eq!(read_lenient("4/5", 5.0), ScoreCell::Number(4.0));
    }
}
