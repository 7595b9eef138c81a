//! The spelling of respondents: one person is written in several ways.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use crate::columns::cells::{address, looks_like_phone};
use crate::text::{id, is_invisible};

/// A respondent in the spelling that all others become: an address without a name or link, its domain in
/// letters rather than Punycode, and an international telephone number with nothing but its digits
/// behind the plus sign.
pub fn respondent(cell: &str) -> Cow<'_, str> {
    match plain(cell) {
        Cow::Borrowed(cell) => of_plain(cell),
        Cow::Owned(cell) => Cow::Owned(of_plain(&cell).into_owned()),
    }
}

/// A cell without invisible characters, and a link to an address without its escapes.
pub fn plain(cell: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(cell);
    if !cell.is_ascii() && cell.contains(is_invisible) {
        plain = Cow::Owned(cell.replace(is_invisible, ""));
    }
    let is_escaped_link = |text: &str| {
        let scheme = text.trim_start().get(..MAILTO.len());
        text.contains('%') && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(MAILTO))
    };
    if is_escaped_link(&plain)
        && let Ok(Cow::Owned(decoded)) = percent_decode_str(&plain).decode_utf8()
    {
        plain = Cow::Owned(decoded);
    }
    plain
}

/// The scheme of links to addresses.
pub const MAILTO: &str = "mailto:";

/// An address in the one spelling of all of its mailbox's: lower case, composed letters, and the domain in
/// letters rather than Punycode.
pub fn canonical_address(address: &str) -> String {
    let letters = in_letters(address);
    letters.nfkc().flat_map(char::to_lowercase).collect()
}

/// An address with its domain in letters rather than Punycode.
fn in_letters(address: &str) -> Cow<'_, str> {
    let is_punycode = |label: &str| {
        let prefix = label.get(..4);
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
    };
    match address.rsplit_once('@') {
        Some((local, domain)) if domain.split('.').any(is_punycode) => {
            match idna::domain_to_unicode(domain) {
                (domain, Ok(())) => Cow::Owned(format!("{local}@{domain}")),
                (_, Err(_)) => Cow::Borrowed(address),
            }
        }
        _ => Cow::Borrowed(address),
    }
}

/// An address with its domain in Punycode; `None` if it is the same.
pub fn in_punycode(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let ascii = idna::domain_to_ascii(domain).ok()?;
    (ascii != domain).then(|| format!("{local}@{ascii}"))
}

fn of_plain(cell: &str) -> Cow<'_, str> {
    let cell = id(cell);
    if let Some(address) = address(cell) {
        return in_letters(address);
    }
    let number = cell.strip_prefix("tel:").unwrap_or(cell);
    match number.strip_prefix('+') {
        Some(digits) if looks_like_phone(number) => {
            Cow::Owned(format!("+{}", phone_digits(digits)))
        }
        _ => Cow::Borrowed(cell),
    }
}

/// A respondent in a column of telephone numbers: also with 00 for the plus sign, and without both in
/// the country with this calling code.
pub fn respondent_by_phone<'a>(cell: &'a str, calling_code: Option<&str>) -> Cow<'a, str> {
    let plain = plain(cell);
    let number = id(&plain);
    let number = number.strip_prefix("tel:").unwrap_or(number).trim();
    if !looks_like_phone(number) || number.starts_with('+') {
        return respondent(cell);
    }
    let digits = phone_digits(number);
    match (
        digits.strip_prefix("00"),
        digits.strip_prefix('0'),
        calling_code,
    ) {
        (Some(international), ..) if !international.starts_with('0') => {
            Cow::Owned(format!("+{international}"))
        }
        (None, Some(national), Some(code)) => Cow::Owned(format!("+{code}{national}")),
        _ => Cow::Owned(digits),
    }
}

/// The digits of a telephone number, without the zero in brackets that is not dialled from abroad.
pub fn phone_digits(number: &str) -> String {
    let number = number.replacen("(0)", "", 1);
    number.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_respondent_are_one() {
        for (cell, expected) in [
            ("Ana <ana@x.example>", "ana@x.example"),
            ("mailto:ana@x.example", "ana@x.example"),
            ("a\u{200b}na@x.example", "ana@x.example"),
            ("\u{202a}ana@x.example\u{202c}", "ana@x.example"),
            ("mailto:ana%40x.example?subject=a%20b", "ana@x.example"),
            ("ana@xn--mller-kva.example", "ana@müller.example"),
            ("ana@müller.example", "ana@müller.example"),
            ("100%", "100%"),
            ("+49 30 1234567", "+49301234567"),
            ("+49 (0)30/123-4567", "+49301234567"),
            ("'+49301234567", "+49301234567"),
            ("tel:+49-30-1234567", "+49301234567"),
            ("0049301234567", "0049301234567"),
            ("7001.0", "7001"),
            ("+1", "+1"),
            ("C-17", "C-17"),
        ] {
            assert_eq!(respondent(cell), expected, "{cell}");
        }
        for (cell, code, expected) in [
            ("0049 30 1234567", None, "+49301234567"),
            ("+49 30 1234567", None, "+49301234567"),
            ("030/1234567", Some("49"), "+49301234567"),
            ("(030) 1234567", Some("49"), "+49301234567"),
            ("030/1234567", None, "0301234567"),
            ("49301234567", Some("49"), "49301234567"),
            ("000123456", Some("49"), "000123456"),
            ("ana@x.example", Some("49"), "ana@x.example"),
        ] {
            assert_eq!(respondent_by_phone(cell, code), expected, "{cell}");
        }
    }
}
