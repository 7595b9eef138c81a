//! The scale that a score was answered on: given, told by a header, or suspected.

use crate::columns::headers::fold;
use crate::error::{Error, Result};

/// A scale from its lowest to its highest answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub min: f64,
    pub max: f64,
    /// The lowest answer is the best one.
    pub reversed: bool,
}

impl Scale {
    /// The scale of the Net Promoter question.
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

    /// Reads what `--scale` says, from the worst answer to the best: `0-10`, `1 to 7`, `5-1`.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers: Vec<f64> = text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .filter_map(|part| part.parse().ok())
            .collect();
        match numbers.as_slice() {
            [worst, best]
                if worst != best
                    && worst.max(*best) <= 1000.0
                    && !text.trim_start().starts_with('-') =>
            {
                Ok(Self {
                    min: worst.min(*best),
                    max: worst.max(*best),
                    reversed: worst > best,
                })
            }
            _ => Err(
                Error::invalid(format!("--scale {text}: this is not a scale")).with_hint(
                    "name the worst and the best answer, such as --scale 0-10 or --scale 1-5",
                ),
            ),
        }
    }

    /// Whether its answers are scores from 0 to 10, whichever end is the best.
    pub fn is_nps(self) -> bool {
        (self.min, self.max) == (Self::NPS.min, Self::NPS.max)
    }

    /// The answer with the best one at the top.
    pub fn upright(self, value: f64) -> f64 {
        match self.reversed {
            true => self.min + self.max - value,
            false => value,
        }
    }

    pub fn holds(self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }

    /// Whether a header or an answer says that the lowest number is the best answer or the highest
    /// the worst, as `0 = extremely likely` does.
    pub fn reversed_in(text: &str) -> bool {
        if !text.contains(|c: char| c.is_ascii_digit()) || text.len() > 1000 {
            return false;
        }
        // The number that an answer begins with is none of a question.
        let lower = format!(" {}", text.to_lowercase());
        standalone_numbers(&lower).iter().any(|number| {
            let after = lower[number.end..].trim_start();
            // Without a sign between them the words may belong to the number behind them.
            let Some(meaning) = MEANS.iter().find_map(|means| after.strip_prefix(means)) else {
                return false;
            };
            let meaning = fold(meaning);
            let says = |phrases: &[&str]| phrases.iter().any(|words| meaning.starts_with(words));
            match number.value {
                0 | 1 => says(&BEST),
                3..=10 => says(&WORST),
                _ => false,
            }
        })
    }

    /// The scale that a header or the text of a question names, such as `(1-5)` or `sur 5`.
    pub fn named_in(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let numbers = standalone_numbers(&lower);
        let has = |value: u32| numbers.iter().any(|number| number.value == value);
        // "0-6 = detractor, 7-8 = passive, 9-10 = promoter" names more than one range.
        if has(0) && has(10) {
            return Some(Self::NPS);
        }
        let pairs = numbers.windows(2).filter_map(|pair| {
            let (low, high) = (&pair[0], &pair[1]);
            let between = lower[low.end..high.start].trim();
            let joined = JOINTS.contains(&between);
            (joined && is_scale(low.value, high.value))
                .then(|| Self::new(low.value as u8, high.value as u8))
        });
        let mut pairs = pairs;
        if let Some(scale) = pairs.next() {
            return Some(scale);
        }
        // "0 = not at all likely, 10 = extremely likely", in either order.
        if let [first, second] = numbers.as_slice() {
            let (low, high) = (first.value.min(second.value), first.value.max(second.value));
            if is_scale(low, high) {
                return Some(Self::new(low as u8, high as u8));
            }
        }
        if let Some(number) = numbers.iter().find(|number| {
            let before = lower[..number.start].trim_end();
            let after = lower[number.end..].trim_start_matches([' ', '-', '‑']);
            let of = OUT_OF.iter().any(|of| before.ends_with(of));
            let stars = STARS.iter().any(|star| after.starts_with(star));
            (3..=7).contains(&number.value) && (of || stars)
        }) {
            return Some(Self::new(1, number.value as u8));
        }
        let is_percentage = lower.contains('%')
            || [
                "percent",
                "prozent",
                "pourcent",
                "porcentaje",
                "percentuale",
                "porcentagem",
            ]
            .iter()
            .any(|word| lower.contains(word));
        is_percentage.then_some(Self::new(0, 100))
    }
}

impl std::fmt::Display for Scale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.reversed {
            true => write!(f, "{}-{}", self.max, self.min),
            false => write!(f, "{}-{}", self.min, self.max),
        }
    }
}

/// What stands between the ends of a scale.
#[rustfmt::skip]
const JOINTS: [&str; 29] = [
    "-", "–", "—", "‑", "~", "～", "..", "...", "…", "/", "to", "bis", "à", "a", "al", "ao", "and",
    "und", "et", "y", "e", "tot", "till", "til", "do", "až", "до", "から", "至",
];

const OUT_OF: [&str; 9] = [
    "/", "out of", "of", "sur", "von", "su", "van", "sobre", "из",
];

const STARS: [&str; 7] = [
    "star", "stern", "étoile", "estrella", "estrela", "stelle", "sterren",
];

/// What stands between an answer's number and its meaning.
const MEANS: [&str; 10] = [
    "=",
    ":",
    "-",
    "–",
    "—",
    "being ",
    "means ",
    "is ",
    "bedeutet ",
    "signifie ",
];

/// What the best answer is called, folded.
#[rustfmt::skip]
const BEST: [&str; 17] = [
    "extremely likely", "very likely", "highly likely", "most likely", "definitely", "certainly",
    "sehr wahrscheinlich", "ausserst wahrscheinlich", "hochst wahrscheinlich", "auf jeden fall",
    "tres probable", "extremement probable", "muy probable", "molto probabile", "muito provavel",
    "extremamente provavel", "zeer waarschijnlijk",
];

/// What the worst answer is called, folded.
#[rustfmt::skip]
const WORST: [&str; 16] = [
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

/// The whole numbers of a text that are no part of a word, a date or a decimal, and do not
/// number the question.
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
        let decimal = after.is_some_and(|c| c == '.' || c == ',')
            && text[end + 1..].starts_with(|c: char| c.is_ascii_digit());
        let in_word = before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
            && !text[..start].ends_with("..");
        let number_of_question = start == 0 && matches!(after, Some('.' | ')' | ':' | '_'));
        if decimal || in_word || number_of_question {
            continue;
        }
        if let Ok(value) = text[start..end].parse() {
            numbers.push(StandaloneNumber { value, start, end });
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_given_as_a_range() {
        assert!(Scale::parse("0-10").unwrap().is_nps());
        assert_eq!(Scale::parse("1 to 7").unwrap(), Scale::new(1, 7));
        assert_eq!(Scale::parse("0-100").unwrap(), Scale::new(0, 100));
        for wrong in ["", "5", "5-5", "-5-5", "NPS", "1-5-9"] {
            assert!(
                Scale::parse(wrong).unwrap_err().kind() == crate::ErrorKind::Invalid,
                "{wrong}"
            );
        }
        let reversed = Scale::parse("10-0").unwrap();
        assert!(reversed.is_nps() && reversed.reversed);
        assert_eq!((reversed.upright(0.0), reversed.upright(3.0)), (10.0, 7.0));
        assert_eq!(Scale::parse("5 to 1").unwrap().upright(2.0), 4.0);
    }

    #[test]
    fn names_and_answers_tell_a_reversed_scale() {
        for reversed in [
            "Recommend us? (0 = extremely likely, 10 = not at all likely)",
            "How likely (10 being very unlikely)",
            "Weiterempfehlung (1 = sehr wahrscheinlich)",
            "0 - Extremely likely",
            "10: Not at all likely",
        ] {
            assert!(Scale::reversed_in(reversed), "{reversed}");
        }
        for upright in [
            "Recommend us? (0 = not at all likely, 10 = extremely likely)",
            "not at all likely (0) extremely likely (10)",
            "Not likely=0 very likely=10",
            "10 - Extremely likely",
            "0 - Not at all likely",
            "9",
        ] {
            assert!(!Scale::reversed_in(upright), "{upright}");
        }
    }

    #[test]
    fn headers_name_scales() {
        for (header, scale) in [
            ("NPS (1-5)", Some((1, 5))),
            ("Score 1 to 7", Some((1, 7))),
            ("Note sur 5", Some((1, 5))),
            ("Bewertung von 1 bis 5", Some((1, 5))),
            ("Rating (5 stars)", Some((1, 5))),
            ("Weiterempfehlung (0-10)", Some((0, 10))),
            ("On a scale from 0 to 10, how likely …", Some((0, 10))),
            (
                "Recommend us? 0 = not at all likely, 10 = extremely likely",
                Some((0, 10)),
            ),
            ("Recommend us? 1=no, 5=yes", Some((1, 5))),
            ("2. How likely (1–10)?", Some((1, 10))),
            ("NPS %", Some((0, 100))),
            (
                "NPS (0-6 = detractor, 7-8 = passive, 9-10 = promoter)",
                Some((0, 10)),
            ),
            ("NPS", None),
            ("Q1-5 NPS", None),
            ("NPS 2025-10", None),
            ("1. Would you recommend us to 5 friends?", None),
            ("NPS 01.10.2025", None),
        ] {
            let expected = scale.map(|(min, max)| Scale::new(min, max));
            assert_eq!(Scale::named_in(header), expected, "{header}");
        }
    }
}
