//! National ids of digits only.
//!
//! An id with distinctive check digits and format needs no other indication; others need a word that
//! names them, or a respondent of the country.

use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData::{self, Aadhaar, Id, Ssn};
use super::card::is_luhn;
use super::number::Candidate;
use super::pattern::regex_ignoring_case;
use super::phone::OTHER_BEFORE;

/// One kind of id.
struct Kind {
    data: PersonalData,
    /// The country that issues it.
    country: &'static str,
    /// The numbers of digits per group, in all ways to write it.
    groupings: &'static [&'static [usize]],
    /// The separators of the groups; empty for any.
    gaps: &'static [&'static str],
    is_valid: fn(&[u8]) -> bool,
    /// `true` if grouping and check digits are proof enough, without a word.
    is_proof: bool,
    /// The words for it.
    words: &'static str,
}

const fn kind_of_id(
    data: PersonalData,
    country: &'static str,
    groupings: &'static [&'static [usize]],
    gaps: &'static [&'static str],
    is_valid: fn(&[u8]) -> bool,
    is_proof: bool,
    words: &'static str,
) -> Kind {
    Kind {
        data,
        country,
        groupings,
        gaps,
        is_valid,
        is_proof,
        words,
    }
}

#[rustfmt::skip]
const KINDS: [Kind; 19] = [
    kind_of_id(Ssn, "US", &[&[3, 2, 4]], &["-", "‐", "‑", "–", " - ", "- ", " -"], is_ssn, true, ""),
    kind_of_id(Ssn, "", &[], &[], |digits| digits.len() == 9, false, r"ssn|s\.s\.n|ss\s?(?:\#|no\b|num)|social\s+security|social\b|soc\.?\s?sec|seguro\s+social|itin|tax\s?payer"),
    kind_of_id(Aadhaar, "IN", &[&[4, 4, 4]], &[], is_aadhaar, true, r"aa?dh?aa?r|uidai|uid\b|आधार"),
    kind_of_id(Id, "CN", &[&[18], &[6, 8, 4]], &[], |digits| digits.len() == 18 && is_chinese(digits, digits[17]), true, "身份证|identity|id"),
    kind_of_id(Id, "FR", &[&[1, 2, 2, 2, 3, 3, 2], &[13, 2], &[15]], &[], is_french, true, r"s[ée]curit[ée]\s+sociale|s[ée]cu|nir|insee|vitale"),
    kind_of_id(Id, "BR", &[&[3, 3, 3, 2]], &[], is_brazilian, true, "cpf"),
    kind_of_id(Id, "BE", &[&[2, 2, 2, 3, 2]], &[], is_belgian, true, "rijksregister|registre|insz|niss|nationaal"),
    kind_of_id(Id, "RO", &[&[13]], &[], is_romanian, true, "cnp"),
    kind_of_id(Id, "PL", &[&[11]], &[], is_polish, true, "pesel"),
    kind_of_id(Id, "NO", &[&[6, 5], &[11]], &[], is_norwegian, true, r"f[øo]dselsnummer|personnummer"),
    kind_of_id(Id, "TR", &[&[11]], &[], is_turkish, true, r"t\.?c\.?|kimlik"),
    kind_of_id(Id, "CZ", &[&[6, 4]], &["/"], is_czech, true, r"rodn[ée]"),
    kind_of_id(Id, "SE", &[&[6, 4], &[8, 4]], &["-", "+"], is_swedish, true, "personnummer|personnr"),
    kind_of_id(Id, "DK", &[&[6, 4]], &["-"], |digits| digits.len() == 10 && is_day_and_month(&digits[..4]), false, "cpr|personnummer"),
    kind_of_id(Id, "DE", &[&[2, 3, 3, 3], &[11]], &[], is_german, false, r"steuer\W?id\w*|steuer\w*nummer|identifikationsnummer|idnr"),
    kind_of_id(Id, "NL", &[&[9], &[4, 2, 3], &[3, 3, 3]], &[], is_dutch, false, "bsn|burgerservicenummer|sofi"),
    kind_of_id(Id, "GB", &[&[3, 3, 4], &[10]], &[], is_nhs, false, "nhs"),
    kind_of_id(Id, "CA", &[&[3, 3, 3]], &[], |digits| digits.len() == 9 && digits[0] != 0 && digits[0] != 8 && is_luhn(digits), false, r"sin\b|social\s+insurance|nas\b"),
    kind_of_id(Id, "AU", &[&[3, 3, 3], &[9]], &[], is_australian, false, r"tfn|tax\s+file"),
];

/// The words of a kind before and after a number.
struct Words {
    before: Regex,
    after: Regex,
}

static WORDS: LazyLock<Vec<Option<Words>>> = LazyLock::new(|| {
    let words = |kind: &Kind| {
        let words = kind.words;
        (!words.is_empty()).then(|| Words {
            before: regex_ignoring_case(&format!(r"(?:\b|^)(?:{words})")),
            // "123456789 is my social security number"
            after: regex_ignoring_case(&format!(
                r"^[\s<=(\[,–-]{{0,5}}(?:(?:is|was|are|ist|es|est|è|é|for)\s+)?
                  (?:(?:my|his|her|our|the|meine?|mon|ma|mi|il\s+mio|mio|o\s+meu|meu|mijn|mitt|mit|min|mój|moje)\s+)?(?:{words})"
            )),
        })
    };
    KINDS.iter().map(words).collect()
});

/// Returns the kind of id of a number.
pub(super) fn kind(candidate: &Candidate<'_>, country: Option<&str>) -> Option<PersonalData> {
    if !(9..=18).contains(&candidate.digits.len()) || candidate.has_plus {
        return None;
    }
    KINDS.iter().zip(WORDS.iter()).find_map(|(kind, words)| {
        if !(kind.is_valid)(candidate.digits) {
            return None;
        }
        let is_grouped = kind
            .groupings
            .iter()
            .any(|lengths| candidate.is_grouped(lengths))
            && (kind.gaps.is_empty() || candidate.gaps.iter().all(|gap| kind.gaps.contains(gap)));
        let is_of_country = country == Some(kind.country);
        let is_named = || {
            words.as_ref().is_some_and(|words| {
                words.before.is_match(candidate.before()) || words.after.is_match(candidate.after())
            })
        };
        // One order number in ten or a hundred has valid check digits of some id.
        let is_other_number = || OTHER_BEFORE.is_match(candidate.before());
        let is_id = is_grouped && (kind.is_proof || is_of_country) && !is_other_number()
            || is_of_country && kind.is_proof && candidate.group_lengths.len() == 1
            || is_named();
        is_id.then_some(kind.data)
    })
}

fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |value, &digit| 10 * value + u64::from(digit))
}

/// Returns the weighted sum of digits.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    let products = digits
        .iter()
        .zip(weights)
        .map(|(&digit, weight)| u32::from(digit) * weight);
    products.sum()
}

fn is_day(digits: &[u8]) -> bool {
    (1..=31).contains(&number(digits))
}

fn is_month(digits: &[u8]) -> bool {
    (1..=12).contains(&number(digits))
}

fn is_day_and_month(digits: &[u8]) -> bool {
    is_day(&digits[..2]) && is_month(&digits[2..4])
}

/// Area, group and serial number as issued by the Social Security Administration; areas from 900 are
/// taxpayer numbers.
fn is_ssn(digits: &[u8]) -> bool {
    digits.len() == 9
        && !matches!(number(&digits[..3]), 0 | 666)
        && number(&digits[3..5]) != 0
        && number(&digits[5..]) != 0
}

/// Twelve digits, the first neither 0 nor 1, the last by Verhoeff (1969).
fn is_aadhaar(digits: &[u8]) -> bool {
    digits.len() == 12 && digits[0] >= 2 && is_verhoeff(digits)
}

/// True if the last digit is Verhoeff's check digit: multiplication in the dihedral group of the
/// pentagon, with a permutation by place.
fn is_verhoeff(digits: &[u8]) -> bool {
    const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a - 5 + 5 - (b - 5)) % 5,
    };
    let check = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |check, (place, &digit)| {
            let permuted = (0..place % 8).fold(digit, |digit, _| PERMUTATION[usize::from(digit)]);
            product(check, permuted)
        });
    check == 0
}

/// GB 11643: a date of birth, and ISO 7064's mod 11-2, in which 10 is written X.
pub(super) fn is_chinese(digits: &[u8], check: u8) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    matches!(number(&digits[6..10]), 1900..=2100)
        && is_month(&digits[10..12])
        && is_day(&digits[12..14])
        && (12 - weighted(&digits[..17], &WEIGHTS) % 11) % 11 == u32::from(check)
}

/// INSEE's number: sex, year and month of birth, place, and 97 minus the number modulo 97.
fn is_french(digits: &[u8]) -> bool {
    digits.len() == 15
        && matches!(digits[0], 1 | 2)
        && matches!(number(&digits[3..5]), 1..=12 | 20..=42 | 50..=99)
        && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

/// CPF: two check digits modulo 11.
fn is_brazilian(digits: &[u8]) -> bool {
    let check = |count: usize| {
        let weights: Vec<u32> = (2..=count as u32 + 1).rev().collect();
        10 * weighted(&digits[..count], &weights) % 11 % 10
    };
    digits.len() == 11
        && digits.iter().any(|digit| digit != &digits[0])
        && check(9) == u32::from(digits[9])
        && check(10) == u32::from(digits[10])
}

/// Date of birth, serial number of the day, and 97 minus the number modulo 97, with a leading 2 for
/// those born since 2000.
fn is_belgian(digits: &[u8]) -> bool {
    digits.len() == 11 && number(&digits[2..4]) <= 12 && number(&digits[4..6]) <= 31 && {
        let (base, check) = (number(&digits[..9]), number(&digits[9..]));
        97 - base % 97 == check || 97 - (2_000_000_000 + base) % 97 == check
    }
}

/// CNP: sex and century, date of birth, county, and a check digit modulo 11.
fn is_romanian(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 12] = [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9];
    digits.len() == 13
        && digits[0] != 0
        && is_month(&digits[3..5])
        && is_day(&digits[5..7])
        && match weighted(&digits[..12], &WEIGHTS) % 11 {
            10 => 1,
            rest => rest,
        } == u32::from(digits[12])
}

/// PESEL: date of birth with the century in the month, and a check digit modulo 10.
fn is_polish(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 11] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
    digits.len() == 11
        && (1..=12).contains(&(number(&digits[2..4]) % 20))
        && is_day(&digits[4..6])
        && weighted(digits, &WEIGHTS).is_multiple_of(10)
}

/// Fødselsnummer: date of birth, and two check digits modulo 11.
fn is_norwegian(digits: &[u8]) -> bool {
    const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
    const SECOND: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    digits.len() == 11
        && is_day_and_month(&digits[..4])
        && weighted(digits, &FIRST).is_multiple_of(11)
        && weighted(digits, &SECOND).is_multiple_of(11)
}

/// Kimlik: one check digit from odd and even places, and one from all.
fn is_turkish(digits: &[u8]) -> bool {
    if digits.len() != 11 || digits[0] == 0 {
        return false;
    }
    let odd = weighted(digits, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(digits, &[0, 1, 0, 1, 0, 1, 0, 1]);
    (7 * odd + 9 * even) % 10 == u32::from(digits[9])
        && (odd + even + u32::from(digits[9])) % 10 == u32::from(digits[10])
}

/// Rodné číslo since 1954: date of birth, and divisible by 11.
fn is_czech(digits: &[u8]) -> bool {
    digits.len() == 10
        && matches!(number(&digits[2..4]), 1..=12 | 21..=32 | 51..=62 | 71..=82)
        && is_day(&digits[4..6])
        && number(digits).is_multiple_of(11)
}

/// Personnummer: date of birth, and Luhn's check digit of the last ten.
fn is_swedish(digits: &[u8]) -> bool {
    if digits.len() != 10 && digits.len() != 12 {
        return false;
    }
    let last_ten = &digits[digits.len() - 10..];
    is_month(&last_ten[2..4])
        && matches!(number(&last_ten[4..6]), 1..=31 | 61..=91)
        && is_luhn(last_ten)
}

/// Steuerliche Identifikationsnummer: ISO 7064's mod 11, 10.
fn is_german(digits: &[u8]) -> bool {
    let product = |product: u32, &digit: &u8| {
        let sum = match (product + u32::from(digit)) % 10 {
            0 => 10,
            sum => sum,
        };
        2 * sum % 11
    };
    digits.len() == 11
        && digits[0] != 0
        && (11 - digits[..10].iter().fold(10, product)) % 10 == u32::from(digits[10])
}

/// Burgerservicenummer: the eleven test.
fn is_dutch(digits: &[u8]) -> bool {
    digits.len() == 9
        && number(digits) > 0
        && weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 10]).is_multiple_of(11)
}

/// NHS number: a check digit modulo 11.
fn is_nhs(digits: &[u8]) -> bool {
    digits.len() == 10 && weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// Tax file number: a check digit modulo 11.
fn is_australian(digits: &[u8]) -> bool {
    digits.len() == 9 && weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(number: &str) -> Vec<u8> {
        number
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|byte| byte - b'0')
            .collect()
    }

    /// Example ids, with their sources.
    #[test]
    fn golden_numbers() {
        for (is_valid, example) in [
            // Wikipedia, "Verhoeff algorithm": 236 has the check digit 3.
            (is_verhoeff as fn(&[u8]) -> bool, "2363"),
            // UIDAI's sample e-Aadhaar XML.
            (is_aadhaar, "9999 4105 7058"),
            // Wikipedia, "Resident Identity Card".
            (|digits| is_chinese(digits, 10), "11010519491231002 0"),
            // Wikipedia, "Numéro de sécurité sociale en France".
            (is_french, "2 55 08 14 168 025 38"),
            // Receita Federal's example.
            (is_brazilian, "111.444.777-35"),
            // Wikipedia, "Rijksregisternummer".
            (is_belgian, "85.07.30-033 28"),
            (is_romanian, "1800101221144"),
            // Wikipedia, "PESEL".
            (is_polish, "44051401458"),
            // Skatteetaten's test data, Tenor.
            (is_norwegian, "01010750160"),
            // Wikipedia, "Türkiye Cumhuriyeti Kimlik Numarası".
            (is_turkish, "10000000146"),
            // Wikipedia, "Rodné číslo".
            (is_czech, "736028/5163"),
            // Skatteverket's example.
            (is_swedish, "811228-9874"),
            // Wikipedia, "Steuerliche Identifikationsnummer".
            (is_german, "86 095 742 719"),
            (is_dutch, "111222333"),
            // NHS data dictionary.
            (is_nhs, "943 476 5919"),
            // Wikipedia, "Tax file number".
            (is_australian, "123 456 782"),
        ] {
            assert!(is_valid(&digits(example)), "{example}");
            for place in [4, 7].into_iter().filter(|&at| at < digits(example).len()) {
                let mut wrong = digits(example);
                wrong[place] = (wrong[place] + 1) % 10;
                assert!(!is_valid(&wrong), "{example} with another digit");
            }
        }
    }
}
