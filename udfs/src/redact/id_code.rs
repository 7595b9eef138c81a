//! National ids with letters, and numbers of named documents.

use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData::{self, Id, Nino, Pan};
use super::hints::{Hint, Hints};
use super::id_number;
use super::pattern::regex_ignoring_case as regex;
use super::signs::{is_bounded, tail};
use super::spans::Spans;

const DIGITS_MIN: usize = 4;
const OTHERS_DIGITS_MIN: usize = 6;
const BEFORE: usize = 32;

/// Five letters, the fourth of which is the kind of holder, four digits and a letter.
static PAN: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[a-z]{3}[abcfghljptek][a-z][-\s]?[0-9]{4}[-\s]?[a-z]"));
/// A PAN with blanks between all characters.
static PAN_SPACED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:[a-z][-\s.]{1,2}){3}[abcfghljptek][-\s.]{1,2}[a-z][-\s.]{1,2}(?:[0-9][-\s.]{1,2}){4}[a-z]",
    )
});
static PAN_WORD: LazyLock<Regex> = LazyLock::new(|| regex(r"\bpan\b|permanent\s+account|पैन"));

/// A NINO, without the letters that HMRC does not use.
static NINO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[abceghj-prstw-z][abceghj-nprstw-z][-\s.]?[0-9]{2}[-\s.]?[0-9]{2}[-\s.]?[0-9]{2}[-\s.]?[a-d]",
    )
});
const NINO_PREFIXES_UNUSED: [&str; 7] = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"];

/// The check of an id that a pattern has found.
type Check = fn(&str) -> bool;

/// The pattern of an id, and its check.
type Form = (Regex, Check);

/// Spain's DNI and NIE, Finland's HETU, Italy's codice fiscale, Singapore's NRIC, China's id
/// ending in X, Mexico's CURP.
static OTHERS: LazyLock<[Form; 6]> = LazyLock::new(|| {
    let forms: [(&str, Check); 6] = [
        (
            r"[xyz]?-?[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}[-\s]?[a-z]",
            is_spanish,
        ),
        (r"[0-9]{6}[-+abcdefyxwvu][0-9]{3}[0-9a-z]", is_finnish),
        (
            r"[a-z]{6}[0-9lmnpqrstuv]{2}[a-ehlmprst][0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{3}[a-z]",
            is_italian,
        ),
        (r"[stfg][0-9]{7}[a-z]", is_singaporean),
        (r"[0-9]{17}x", is_chinese_with_x),
        (
            r"[a-z][aeioux][a-z]{2}[0-9]{6}[hmx][a-z]{5}[0-9a-z][0-9]",
            is_mexican,
        ),
    ];
    forms.map(|(pattern, is_valid)| (regex(pattern), is_valid))
});

/// A document and its number.
static DOCUMENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:passport|driv(?:er'?s?|er’s|ing)\s+licen[cs]e|licen[cs]e\s+plate|number\s+plate|(?:national|government|personal)\s+id(?:entity|entification)?(?:\s+card)?
            |id\s+card|identity\s+card|voter\s+id|green\s+card|residence\s+permit|medicare|health\s+insurance|nhs|tax\s+id|dl
            |reisepass|pass|personalausweis|ausweis|führerschein|passeport|permis\s+de\s+conduire|carte\s+d.identité|pasaporte|licencia\s+de\s+conducir|dni|nie|nif|cédula|rut|curp
            |passaporto|patente|carta\s+d.identità|codice\s+fiscale|passaporte|carta\s+de\s+condução|cnh|rg|paspoort|rijbewijs|paszport|prawo\s+jazdy|dowód|dowodu\s+osobistego|pas|körkort|førerkort|kørekort)
          (?:\s*(?:no|nr|num|number|nummer|numéro|número|numero|\#|n°|nº|id|card)\b\.?)?
          (?:\s+(?:is|was|ist|est|es|è|é|lautet))?[\s:=\#.]{1,3}
          (?P<number>[a-z0-9](?:[a-z0-9]|[-/\s]?[0-9]){5,19})",
    )
});

pub(super) fn find(text: &str, digits_together: usize, hints: Hints, spans: &mut Spans) {
    if hints.has(Hint::Code) && digits_together >= DIGITS_MIN {
        find_pan(text, spans);
    }
    if digits_together < OTHERS_DIGITS_MIN {
        return;
    }
    if hints.has(Hint::Code) {
        find_others(text, spans);
    }
    if hints.has(Hint::Document) {
        find_documents(text, spans);
    }
}

fn find_pan(text: &str, spans: &mut Spans) {
    for found in PAN.find_iter(text) {
        let is_capital = !found.as_str().contains(|c: char| c.is_lowercase());
        if is_whole(text, found)
            && (is_capital || PAN_WORD.is_match(tail(&text[..found.start()], BEFORE)))
        {
            spans.add(Pan, found.range());
        }
    }
    for found in PAN_SPACED.find_iter(text) {
        if is_whole(text, found) && PAN_WORD.is_match(tail(&text[..found.start()], BEFORE)) {
            spans.add(Pan, found.range());
        }
    }
}

fn find_others(text: &str, spans: &mut Spans) {
    for found in NINO.find_iter(text) {
        let is_prefix = |prefix: &&str| found.as_str().to_ascii_uppercase().starts_with(*prefix);
        if is_whole(text, found) && !NINO_PREFIXES_UNUSED.iter().any(is_prefix) {
            spans.add(Nino, found.range());
        }
    }
    for (pattern, is_valid) in OTHERS.iter() {
        for found in pattern.find_iter(text) {
            let is_kept = |c: &char| c.is_ascii_alphanumeric() || "+-".contains(*c);
            let kept = found.as_str().chars().filter(is_kept);
            let compact: String = kept.map(|c| c.to_ascii_uppercase()).collect();
            if is_whole(text, found) && is_valid(&compact) {
                spans.add(PersonalData::Id, found.range());
            }
        }
    }
}

fn find_documents(text: &str, spans: &mut Spans) {
    for captures in DOCUMENT.captures_iter(text) {
        if let Some(number) = captures.name("number") {
            let bytes = number.as_str().as_bytes();
            let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
            // "pas en 1986"
            let is_word_end =
                |two: &[u8]| two[0].is_ascii_lowercase() && two[1].is_ascii_whitespace();
            let is_two_words = bytes.windows(2).any(is_word_end);
            if digits >= DIGITS_MIN && !is_two_words && is_whole(text, number) {
                spans.add(Id, number.range());
            }
        }
    }
}

fn is_whole(text: &str, found: regex::Match<'_>) -> bool {
    // Case folding matches non-ASCII letters such as the Kelvin sign.
    found.as_str().is_ascii() && is_bounded(text, found.start(), found.end())
}

fn digits(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.map(|byte| byte - b'0').collect()
}

/// Eight digits, or seven after X, Y or Z for 0, 1 or 2, and a check letter modulo 23.
fn is_spanish(id: &str) -> bool {
    let id = id.replace('-', "");
    let Some((number, letter)) = id.split_at_checked(8) else {
        return false;
    };
    let number = match number.as_bytes()[0] {
        letter @ b'X'..=b'Z' => format!("{}{}", letter - b'X', &number[1..]),
        _ => number.to_owned(),
    };
    let value: Option<usize> = number.parse().ok();
    let expected = value.map(|value| b"TRWAGMYFPDXBNJZSQVHLCKE"[value % 23]);
    letter.len() == 1 && expected == letter.bytes().next()
}

/// A date of birth, the century sign, a serial number and a check character modulo 31.
fn is_finnish(id: &str) -> bool {
    let bytes = id.as_bytes();
    let digits = digits(&id[..10]);
    if bytes.len() != 11 || digits.len() != 9 {
        return false;
    }
    let value = digits
        .iter()
        .fold(0, |value, &digit| 10 * value + usize::from(digit));
    let (day, month) = (value / 10_000_000, value / 100_000 % 100);
    (1..=31).contains(&day)
        && (1..=12).contains(&month)
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY"[value % 31] == bytes[10]
}

/// Codice fiscale: a check letter modulo 26, with other values at odd places (D.M. 23/12/1976).
fn is_italian(id: &str) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let values = id.bytes().map(|byte| match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        _ => usize::from(byte - b'A'),
    });
    let values: Vec<usize> = values.collect();
    let sum: u32 = values[..15]
        .iter()
        .enumerate()
        .map(|(place, &value)| {
            if place % 2 == 0 {
                ODD[value]
            } else {
                value as u32
            }
        })
        .sum();
    // Letters may replace digits, but hardly all of them, and some words have such letters.
    sum % 26 == values[15] as u32 && id.bytes().any(|byte| byte.is_ascii_digit())
}

/// NRIC and FIN: a check letter modulo 11.
fn is_singaporean(id: &str) -> bool {
    let sum: usize = digits(id)
        .iter()
        .zip([2, 7, 6, 5, 4, 3, 2])
        .map(|(&digit, weight)| usize::from(digit) * weight)
        .sum();
    let letter = match id.as_bytes()[0] {
        b'S' => b"JZIHGFEDCBA"[sum % 11],
        b'T' => b"JZIHGFEDCBA"[(sum + 4) % 11],
        b'F' => b"XWUTRQPNMLK"[sum % 11],
        _ => b"XWUTRQPNMLK"[(sum + 4) % 11],
    };
    id.as_bytes()[8] == letter
}

fn is_chinese_with_x(id: &str) -> bool {
    id_number::is_chinese(&digits(id), 10)
}

/// CURP: a check digit modulo 10 over 37 characters.
fn is_mexican(id: &str) -> bool {
    let bytes = id.as_bytes();
    let value = |byte: u8| match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        b'A'..=b'N' => usize::from(byte - b'A') + 10,
        // Ñ is between.
        _ => usize::from(byte - b'A') + 11,
    };
    let sum: usize = bytes[..17]
        .iter()
        .enumerate()
        .map(|(place, &byte)| value(byte) * (18 - place))
        .sum();
    (10 - sum % 10) % 10 == value(bytes[17])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples from the authorities or Wikipedia.
    #[test]
    fn golden_codes() {
        for (is_valid, example) in [
            (is_spanish as fn(&str) -> bool, "12345678Z"),
            (is_spanish, "X1234567L"),
            (is_finnish, "131052-308T"),
            (is_italian, "MRTMTT91D08F205J"),
            (is_singaporean, "S0000001I"),
            (is_chinese_with_x, "11010519491231002X"),
            (is_mexican, "HEGG560427MVZRRL04"),
        ] {
            assert!(is_valid(example), "{example}");
            let wrong: String = example
                .char_indices()
                .map(|(at, c)| match (at, c) {
                    (6, '9') => '0',
                    (6, c) if c.is_ascii_digit() => char::from(c as u8 + 1),
                    (_, c) => c,
                })
                .collect();
            assert!(!is_valid(&wrong) || wrong == example, "{wrong}");
        }
    }
}
