//! Values of flags.

use chrono::NaiveDate;

/// Splits `NAME=VALUE`. The value may be empty and may contain equals signs.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("use NAME=VALUE".to_owned()),
    }
}

/// Parses a day such as `2026-01-31`.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .map_err(|_| "use a date such as 2026-01-31".to_owned())
}
