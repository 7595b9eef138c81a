//! Cells of consent.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::cell_words::{WORDS, Word};
use super::header::{ConsentHeader, Sense};
use crate::columns::patterns::fold;
use crate::dates::is_no_date;
use crate::dates::styles::looks_like_date;

/// The consent of a respondent: the lake's values of the column `consent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The respondent agreed.
    Granted,
    /// The respondent refused, or took consent back.
    Withdrawn,
    /// Neither is known.
    Unknown,
}

impl Consent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Granted, Self::Withdrawn, Self::Unknown];

    /// The value in the lake, and in the option `map`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Withdrawn => "withdrawn",
            Self::Unknown => "unknown",
        }
    }

    /// The consent of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|consent| consent.name() == name)
    }
}

/// The longest cell that is a single answer.
const ANSWER_BYTES_MAX: usize = 60;

/// The longest cell that begins with an answer: the text beside a box that was ticked.
const STATEMENT_BYTES_MAX: usize = 1_000;

/// The most words of an answer at the beginning of a cell.
const ANSWER_WORDS_MAX: usize = 5;

/// First words, folded, of what people say of themselves.
#[rustfmt::skip]
const FIRST_PERSON: [&str; 21] = [
    "i", "ich", "je", "j", "ik", "jag", "jeg", "en", "acepto", "consiento", "autorizo", "aceito", "concordo",
    "consinto", "accetto", "acconsento", "akceptuje", "souhlasim", "suhlasim", "hozzajarulok", "suostun",
];

static ANSWERS: LazyLock<HashMap<String, Word>> = LazyLock::new(|| {
    let answers = WORDS.iter().flat_map(|(word, texts)| {
        let folded = texts.iter().map(|text| (fold(text), *word));
        folded.collect::<Vec<_>>()
    });
    answers.collect()
});

impl Word {
    /// The word of a cell that is an answer and nothing else.
    pub fn answer(cell: &str) -> Option<Self> {
        const TICKS: [&str; 6] = ["✓", "✔", "✔️", "☑", "✅", "☒"];
        const CROSSES: [&str; 5] = ["✗", "✘", "✖", "❌", "☐"];
        let cell = cell.trim();
        if cell.len() > ANSWER_BYTES_MAX {
            None
        } else if TICKS.contains(&cell) {
            Some(Self::Yes)
        } else if CROSSES.contains(&cell) {
            Some(Self::No)
        } else {
            ANSWERS.get(&fold(cell)).copied()
        }
    }

    /// The word of a cell: an answer, a date, or an answer with more behind it.
    pub fn read(cell: &str) -> Option<Self> {
        let cell = cell.trim();
        if let Some(word) = Self::answer(cell) {
            return Some(word);
        }
        if cell.len() > STATEMENT_BYTES_MAX {
            return None;
        }
        if cell.len() <= ANSWER_BYTES_MAX {
            if is_no_date(cell) {
                return Some(Self::NoDate);
            }
            if looks_like_date(cell) {
                return Some(Self::Date);
            }
        }
        Self::before_a_date(cell).or_else(|| Self::before_more(cell))
    }

    /// The word before a date: `withdrawn 2026-03-01`, `widerrufen am 1.3.2026`.
    fn before_a_date(cell: &str) -> Option<Self> {
        if cell.len() > ANSWER_BYTES_MAX || !cell.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let is_edge = |c: char| c.is_whitespace() || "()[],;:-–—".contains(c);
        let starts = cell
            .char_indices()
            .filter(|(_, c)| c.is_whitespace() || *c == '(');
        let mut answer: Option<(Self, usize)> = None;
        for (at, _) in starts {
            let (before, after) = cell.split_at(at);
            let is_word = before.chars().any(char::is_alphabetic);
            if let Some(word) = Self::answer(before.trim_matches(is_edge)).filter(|_| is_word) {
                answer = Some((word, at));
            }
            let Some((word, end)) = answer else {
                continue;
            };
            // At most a word such as "on" or "seit" is between the two.
            let between = cell[end..at].split_whitespace().count();
            if between <= 1 && looks_like_date(after.trim_matches(is_edge)) {
                return Some(word);
            }
        }
        None
    }

    /// The word that a longer cell begins with: `Yes, you may contact me`, `I agree to be contacted`.
    fn before_more(cell: &str) -> Option<Self> {
        let sign = cell.find([',', ';', ':', '.', '!', '(', '–', '—']);
        let dash = cell.find(" - ");
        let end = [sign, dash].into_iter().flatten().min();
        let by_sign = end.and_then(|end| {
            let word = Self::answer(&cell[..end])?;
            Some((word, fold(&cell[end..])))
        });
        let (word, rest) = by_sign.or_else(|| {
            let folded = fold(cell);
            let words: Vec<&str> = folded.split(' ').collect();
            if !FIRST_PERSON.contains(&words[0]) {
                return None;
            }
            let longest = ANSWER_WORDS_MAX.min(words.len());
            (1..=longest).rev().find_map(|length| {
                let word = ANSWERS.get(&words[..length].join(" "))?;
                Some((*word, words[length..].join(" ")))
            })
        })?;
        let rest = ConsentHeader::read(&rest);
        match (word, rest.sense) {
            _ if !rest.may_be_consent() => Some(word),
            (Self::Yes | Self::Accepted | Self::Given, Sense::Given) => Some(Self::Given),
            (Self::Yes, Sense::Withdrawn) if rest.is_consent() => Some(Self::TakenBack),
            (Self::No | Self::Refused | Self::TakenBack, Sense::Withdrawn) => Some(Self::TakenBack),
            (Self::Refused | Self::TakenBack, Sense::Given) => Some(word),
            (Self::Unknown, _) => Some(word),
            _ => None,
        }
    }

    /// The consent that a cell of this word states in a column of this sense; `None` if it can be either.
    pub fn consent(self, sense: Sense) -> Option<Consent> {
        use Consent::{Granted, Unknown, Withdrawn};
        Some(match (self, sense) {
            (Self::Unknown | Self::NoDate, _) => Unknown,
            (Self::Given, _) => Granted,
            (Self::TakenBack, _) => Withdrawn,
            (Self::Accepted, Sense::Given | Sense::Unclear) => Granted,
            (Self::Refused, Sense::Given | Sense::Unclear) => Withdrawn,
            (Self::Yes | Self::Date, Sense::Given) => Granted,
            (Self::No, Sense::Given) => Withdrawn,
            (Self::Yes | Self::Date, Sense::Withdrawn) => Withdrawn,
            // Who has not taken consent back may never have given it.
            (Self::No, Sense::Withdrawn) => Unknown,
            (Self::Accepted | Self::Refused, Sense::Withdrawn) => return None,
            (Self::Yes | Self::No | Self::Date, Sense::Unclear) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_one_meaning_each() {
        let mut seen: HashMap<String, Word> = HashMap::new();
        for (word, texts) in WORDS {
            for text in *texts {
                let other = seen.insert(fold(text), *word);
                assert!(other.is_none_or(|other| other == *word), "{text}");
            }
        }
    }

    #[test]
    fn cells_are_read_by_the_sense_of_their_column() {
        use Consent::{Granted, Unknown, Withdrawn};
        #[rustfmt::skip]
        let cells = [
            (&["yes", "TRUE", "1", "1.0", "on", "Ja", "Oui", "Sí", "sim", "tak", "да", "✓"][..],
                Some(Granted), Some(Withdrawn)),
            (&["no", "False", "0", "0.0", "off", "Nein", "non", "não", "nie", "нет", "☐"],
                Some(Withdrawn), Some(Unknown)),
            (&["opted in", "Opt-In", "subscribed", "Ich willige ein", "consented"],
                Some(Granted), Some(Granted)),
            (&["withdrawn", "revoked", "Opt-Out", "optOut", "unsubscribed", "widerrufen", "retiré", "retirada",
                "revocato", "ingetrokken", "wycofana", "отозвано", "撤回", "withdrawn 2026-03-01",
                "withdrawn (2026-03-01)", "withdrawn on 1 March 2026", "widerrufen am 01.03.2026",
                "unsubscribed: 2026-03-01 10:15"],
                Some(Withdrawn), Some(Withdrawn)),
            (&["granted", "given", "accepted", "erteilt", "aceptado", "I agree", "同意"], Some(Granted), None),
            (&["refused", "rejected", "declined", "denied", "abgelehnt", "refusé", "rechazado", "不同意"],
                Some(Withdrawn), None),
            (&["unknown", "pending", "unbekannt", "not asked", "0000-00-00", "1900-01-01"],
                Some(Unknown), Some(Unknown)),
            (&["2026-03-01", "1 Mar 2026", "01.03.2026 10:15"], Some(Granted), Some(Withdrawn)),
            (&["Yes, you may call", "yes - by phone", "yes (2026-03-01)"], Some(Granted), Some(Withdrawn)),
            (&["I consent to the processing of my data", "Yes, I consent to be contacted by email",
                "Ja, ich willige ein, dass meine Daten verarbeitet werden"],
                Some(Granted), Some(Granted)),
            (&["No, do not contact me", "Yes, please unsubscribe me", "I do not consent to this"],
                Some(Withdrawn), Some(Withdrawn)),
            (&["maybe", "no idea", "no consent needed here, thanks", "2", "ask her", "x", "yes or no"], None, None),
        ];
        for (texts, given, withdrawn) in cells {
            for text in texts {
                let word = Word::read(text);
                let read = [Sense::Given, Sense::Withdrawn].map(|sense| word?.consent(sense));
                assert_eq!(read, [given, withdrawn], "{text}: {word:?}");
            }
        }
    }
}
