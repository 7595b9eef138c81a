//! Payment card numbers.

/// True if the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).
pub(super) fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match u32::from(digit) << (place % 2) {
            doubled @ 10.. => doubled - 9,
            sum => sum,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// True if a number has the length, first digits and check digit of a card scheme. If it `is_named` a
/// card by a nearby word, the check digit is enough.
pub(super) fn is_card(digits: &[u8], is_named: bool) -> bool {
    if !(12..=19).contains(&digits.len()) || digits.iter().all(|digit| digit == &digits[0]) {
        return false;
    }
    let first_four = digits[..4]
        .iter()
        .fold(0_u32, |value, &digit| 10 * value + u32::from(digit));
    // Ranges of ISO/IEC 7812 issuers as published by the schemes.
    let is_issued = match (first_four, digits.len()) {
        // American Express.
        (3400..=3499 | 3700..=3799, 15) => true,
        // JCB, old and new.
        (1800 | 2131, 15) | (3528..=3589, 16..=19) => true,
        // Diners Club.
        (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, 14..=19) => true,
        // Visa.
        (4000..=4999, 16 | 18 | 19) => true,
        // Mastercard, Mir.
        (5100..=5599 | 2221..=2720 | 2200..=2204, 16) => true,
        // Discover, UnionPay, RuPay, Troy, Elo.
        (6011 | 6440..=6599 | 6200..=6299 | 6000..=6099, 16..=19) => true,
        (8100..=8299 | 9792 | 5067 | 5090, 16) => true,
        // Maestro.
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759..=6763 | 6390, 16..=19) => true,
        _ => false,
    };
    (is_issued || is_named) && is_luhn(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(number: &str) -> Vec<u8> {
        number.bytes().map(|byte| byte - b'0').collect()
    }

    /// Test numbers published by the schemes and Stripe.
    #[test]
    fn golden_card_numbers() {
        for number in [
            "4242424242424242",
            "4000056655665556",
            "5555555555554444",
            "2223003122003222",
            "5105105105105100",
            "378282246310005",
            "371449635398431",
            "6011111111111117",
            "6011000990139424",
            "3056930009020004",
            "36227206271667",
            "3566002020360505",
            "6200000000000005",
            "6205500000000000004",
        ] {
            assert!(is_card(&digits(number), false), "{number}");
            let mut wrong = digits(number);
            wrong[7] = (wrong[7] + 1) % 10;
            assert!(!is_card(&wrong, true), "{number} with another digit");
        }
        assert!(!is_card(&digits("4222222222222"), false));
        assert!(is_card(&digits("4222222222222"), true));
        assert!(!is_card(&digits("0000000000000000"), true));
    }
}
