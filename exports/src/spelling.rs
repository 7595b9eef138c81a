//! The spelling of respondents: one person is written in several ways.

use std::borrow::Cow;

use crate::columns::cells::{address, looks_like_phone};
use crate::text::id;

/// A respondent in the spelling that all others become: an address without a name or link, and an
/// international telephone number with nothing but its digits behind the plus sign.
pub fn respondent(cell: &str) -> Cow<'_, str> {
    let cell = id(cell);
    if let Some(address) = address(cell) {
        return Cow::Borrowed(address);
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
    let number = id(cell);
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
fn phone_digits(number: &str) -> String {
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
