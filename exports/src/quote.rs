//! Values quoted in messages.

use std::borrow::Cow;

use crate::columns::cells;

/// Cuts a value for a message: long enough to find it, short enough for a line.
pub fn clip(value: &str) -> Cow<'_, str> {
    let clean = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match clean.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &clean[..end])),
        None if clean == value => Cow::Borrowed(value),
        None => Cow::Owned(clean),
    }
}

/// Cuts a value for a message, and masks it where it is personal data.
pub fn shown(value: &str) -> Cow<'_, str> {
    if value.contains('@') {
        return Cow::Owned(clip(&mask_emails(value)).into_owned());
    }
    let bare = value.trim().trim_start_matches('\'');
    let is_personal =
        (bare.starts_with('+') && cells::looks_like_phone(bare)) || cells::looks_like_ip(bare);
    match is_personal {
        true => Cow::Borrowed("[PERSONAL]"),
        false => clip(value),
    }
}

/// A file name without email addresses.
pub fn mask_emails(name: &str) -> String {
    let words = name.split_inclusive(|c: char| c.is_whitespace() || "()[]<>,;\"'".contains(c));
    words
        .map(|word| {
            let end =
                word.trim_end_matches(|c: char| c.is_whitespace() || "()[]<>,;\"'".contains(c));
            match cells::looks_like_email(end) {
                true => format!("[EMAIL]{}", &word[end.len()..]),
                false => word.to_owned(),
            }
        })
        .collect()
}
