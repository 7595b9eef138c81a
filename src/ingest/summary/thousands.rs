//! Numbers with thousands separators.

/// Formats `13954` as `13,954`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_separated_by_commas() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (13_954, "13,954"),
            (1_000_000, "1,000,000"),
        ];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }
}
