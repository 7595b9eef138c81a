//! The scale of an answer: given by an option, or named in a header.

use std::str::FromStr;

use crate::columns::headers::fold;
use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};

/// A scale from its lowest to its highest answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub min: f64,
    pub max: f64,
    /// `true` if the lowest answer is the best.
    pub reversed: bool,
}

impl Scale {
    /// The scale of the NPS question.
    pub const NPS: Self = Self {
        min: 0.0,
        max: 10.0,
        reversed: false,
    };

    const fn new(min: u8, max: u8) -> Self {
        Self {
            min: min as f64,
            max: max as f64,
            reversed: false,
        }
    }

    /// Parses a scale from the worst answer to the best: `0-10`, `1 to 7`, `5-1`.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers: Vec<f64> = text
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|part| part.parse().ok())
            .collect();
        match numbers.as_slice() {
            &[worst, best]
                if worst != best
                    && worst.max(best) <= 1000.0
                    && !text.trim_start().starts_with('-') =>
            {
                Ok(Self {
                    min: worst.min(best),
                    max: worst.max(best),
                    reversed: worst > best,
                })
            }
            _ => Err(
                Error::invalid(format!("\"{text}\" is not a scale")).with_hint(
                    Message::from("give the worst and the best answer, such as ")
                        .option_with(ImportOption::Scale, "0-10")
                        .text(" or ")
                        .option_with(ImportOption::Scale, "1-5"),
                ),
            ),
        }
    }

    /// A scale from its worst answer to its best, both whole numbers up to 1000.
    ///
    /// # Errors
    /// Returns an error if the answers are equal or above 1000.
    pub fn from_worst_to_best(worst: u16, best: u16) -> Result<Self> {
        Self::parse(&format!("{worst}-{best}"))
    }

    /// True if the answers are from 0 to 10, whichever end is the best.
    pub fn is_nps(self) -> bool {
        (self.min, self.max) == (Self::NPS.min, Self::NPS.max)
    }

    /// The answer on the scale turned so that the highest answer is the best.
    pub fn best_highest(self, value: f64) -> f64 {
        if self.reversed {
            self.min + self.max - value
        } else {
            value
        }
    }

    pub fn contains(self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }

    /// True if a header or an answer gives the lowest number the best meaning or the highest the
    /// worst, as `0 = extremely likely` does.
    pub fn reversed_in(text: &str) -> bool {
        if !text.contains(|c: char| c.is_ascii_digit()) || text.len() > 1000 {
            return false;
        }
        // The space keeps the number that an answer begins with from being a question's number.
        let lower = format!(" {}", text.to_lowercase());
        standalone_numbers(&lower).iter().any(|number| {
            let after = lower[number.end..].trim_start();
            // Without a sign between them, the words may belong to the next number.
            let Some(meaning) = MEANS.iter().find_map(|means| after.strip_prefix(means)) else {
                return false;
            };
            let meaning = fold(meaning);
            let phrases: &[&str] = match number.value {
                0 | 1 => &BEST,
                3..=10 => &WORST,
                _ => &[],
            };
            phrases.iter().any(|phrase| meaning.starts_with(phrase))
        })
    }

    /// The scale named in a header or a question, such as `(1-5)` or `sur 5`.
    pub fn named_in(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let numbers = standalone_numbers(&lower);
        let has = |value: u32| numbers.iter().any(|number| number.value == value);
        // "0-6 = detractor, 7-8 = passive, 9-10 = promoter" names more than one range.
        if has(0) && has(10) {
            return Some(Self::NPS);
        }
        let is_joined = |pair: &&[StandaloneNumber]| {
            JOINTS.contains(&lower[pair[0].end..pair[1].start].trim())
                && is_scale(pair[0].value, pair[1].value)
        };
        if let Some(pair) = numbers.windows(2).find(is_joined) {
            return Some(Self::new(pair[0].value as u8, pair[1].value as u8));
        }
        // "0 = not at all likely, 10 = extremely likely", in either order.
        if let [first, second] = numbers.as_slice() {
            let (low, high) = (first.value.min(second.value), first.value.max(second.value));
            if is_scale(low, high) {
                return Some(Self::new(low as u8, high as u8));
            }
        }
        let top = numbers.iter().find(|number| {
            let before = lower[..number.start].trim_end();
            let after = lower[number.end..].trim_start_matches([' ', '-', '‑']);
            let is_out_of = OUT_OF.iter().any(|words| before.ends_with(words));
            let is_stars = STARS.iter().any(|star| after.starts_with(star));
            (3..=7).contains(&number.value) && (is_out_of || is_stars)
        });
        if let Some(top) = top {
            return Some(Self::new(1, top.value as u8));
        }
        let is_percentage = PERCENT.iter().any(|word| lower.contains(word));
        is_percentage.then_some(Self::new(0, 100))
    }
}

impl std::fmt::Display for Scale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.reversed {
            write!(f, "{}-{}", self.max, self.min)
        } else {
            write!(f, "{}-{}", self.min, self.max)
        }
    }
}

/// Words and signs between the ends of a scale.
#[rustfmt::skip]
const JOINTS: [&str; 29] = [
    "-", "–", "—", "‑", "~", "～", "..", "...", "…", "/", "to", "bis", "à", "a", "al", "ao", "and",
    "und", "et", "y", "e", "tot", "till", "til", "do", "až", "до", "から", "至",
];

/// Words before the top of a scale.
#[rustfmt::skip]
const OUT_OF: [&str; 9] = ["/", "out of", "of", "sur", "von", "su", "van", "sobre", "из"];

/// Words after the number of stars.
#[rustfmt::skip]
const STARS: [&str; 7] = ["star", "stern", "étoile", "estrella", "estrela", "stelle", "sterren"];

#[rustfmt::skip]
const PERCENT: [&str; 7] = [
    "%", "percent", "prozent", "pourcent", "porcentaje", "percentuale", "porcentagem",
];

/// Words and signs between an answer's number and its meaning.
#[rustfmt::skip]
const MEANS: [&str; 10] = [
    "=", ":", "-", "–", "—", "being ", "means ", "is ", "bedeutet ", "signifie ",
];

/// Labels of the best answer, folded.
#[rustfmt::skip]
const BEST: [&str; 25] = [
    "best", "very best", "beste", "am besten", "meilleur", "mejor", "melhor", "migliore",
    "extremely likely", "very likely", "highly likely", "most likely", "definitely", "certainly",
    "sehr wahrscheinlich", "ausserst wahrscheinlich", "hochst wahrscheinlich", "auf jeden fall",
    "tres probable", "extremement probable", "muy probable", "molto probabile", "muito provavel",
    "extremamente provavel", "zeer waarschijnlijk",
];

/// Labels of the worst answer, folded.
#[rustfmt::skip]
const WORST: [&str; 23] = [
    "worst", "schlechteste", "am schlechtesten", "pire", "peor", "pior", "peggiore",
    "not at all", "not likely", "very unlikely", "extremely unlikely", "highly unlikely",
    "unlikely", "sehr unwahrscheinlich", "uberhaupt nicht", "ausserst unwahrscheinlich",
    "unwahrscheinlich", "pas du tout", "tres improbable", "nada probable", "muy improbable",
    "per niente", "zeer onwaarschijnlijk",
];

fn is_scale(low: u32, high: u32) -> bool {
    low <= 1 && ((3..=10).contains(&high) || high == 100)
}

struct StandaloneNumber {
    value: u32,
    start: usize,
    end: usize,
}

/// The whole numbers in a text that are not part of a word, a date or a decimal, nor the number
/// of the question.
fn standalone_numbers(text: &str) -> Vec<StandaloneNumber> {
    let mut numbers = Vec::new();
    let mut from = 0;
    while let Some(offset) = text[from..].find(|c: char| c.is_ascii_digit()) {
        let start = from + offset;
        let end = text[start..]
            .find(|c: char| !c.is_ascii_digit())
            .map_or(text.len(), |length| start + length);
        from = end;
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        let is_decimal = after.is_some_and(|c| c == '.' || c == ',')
            && text[end + 1..].starts_with(|c: char| c.is_ascii_digit());
        let is_in_word = before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
            && !text[..start].ends_with("..");
        let is_question_number = start == 0 && matches!(after, Some('.' | ')' | ':' | '_'));
        if !is_decimal
            && !is_in_word
            && !is_question_number
            && let Ok(value) = text[start..end].parse()
        {
            numbers.push(StandaloneNumber { value, start, end });
        }
    }
    numbers
}

impl FromStr for Scale {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_parsed_from_a_range() {
        assert!(Scale::parse("0-10").unwrap().is_nps());
        assert_eq!(Scale::parse("1 to 7").unwrap(), Scale::new(1, 7));
        assert_eq!(Scale::parse("0-100").unwrap(), Scale::new(0, 100));
        for wrong in ["", "5", "5-5", "-5-5", "NPS", "1-5-9"] {
            let kind = Scale::parse(wrong).unwrap_err().kind();
            assert_eq!(kind, crate::ErrorKind::Invalid, "{wrong}");
        }
        let reversed = Scale::parse("10-0").unwrap();
        assert!(reversed.is_nps() && reversed.reversed);
        assert_eq!(reversed.best_highest(0.0), 10.0);
        assert_eq!(reversed.best_highest(3.0), 7.0);
        assert_eq!(Scale::parse("5 to 1").unwrap().best_highest(2.0), 4.0);
    }

    #[test]
    fn headers_and_answers_reveal_a_reversed_scale() {
        for reversed in [
            "Recommend us? (0 = extremely likely, 10 = not at all likely)",
            "How likely (10 being very unlikely)",
            "Weiterempfehlung (1 = sehr wahrscheinlich)",
            "Score (1 = best, 10 = worst)",
            "Note (1 = am besten)",
            "0 - Extremely likely",
            "10: Not at all likely",
        ] {
            assert!(Scale::reversed_in(reversed), "{reversed}");
        }
        for upright in [
            "Recommend us? (0 = not at all likely, 10 = extremely likely)",
            "not at all likely (0) extremely likely (10)",
            "Not likely=0 very likely=10",
            "Score (10 = best, 0 = worst)",
            "10 - Extremely likely",
            "0 - Not at all likely",
            "9",
        ] {
            assert!(!Scale::reversed_in(upright), "{upright}");
        }
    }

    #[test]
    fn headers_name_scales() {
        #[rustfmt::skip]
        let headers = [
            ("NPS (1-5)", Some((1, 5))), ("Score 1 to 7", Some((1, 7))),
            ("Note sur 5", Some((1, 5))), ("Bewertung von 1 bis 5", Some((1, 5))),
            ("Rating (5 stars)", Some((1, 5))), ("Weiterempfehlung (0-10)", Some((0, 10))),
            ("On a scale from 0 to 10, how likely …", Some((0, 10))),
            ("Recommend us? 0 = not at all likely, 10 = extremely likely", Some((0, 10))),
            ("Recommend us? 1=no, 5=yes", Some((1, 5))), ("2. How likely (1–10)?", Some((1, 10))),
            ("NPS %", Some((0, 100))),
            ("NPS (0-6 = detractor, 7-8 = passive, 9-10 = promoter)", Some((0, 10))), ("NPS", None),
            ("Q1-5 NPS", None), ("NPS 2025-10", None),
            ("1. Would you recommend us to 5 friends?", None), ("NPS 01.10.2025", None),
        ];
        for (header, scale) in headers {
            let expected = scale.map(|(min, max)| Scale::new(min, max));
            assert_eq!(Scale::named_in(header), expected, "{header}");
        }
    }
}
