//! Values quoted in messages.

use std::borrow::Cow;

use crate::columns::cells;

/// Shortens a value for a message to 40 characters on one line.
pub fn clip(value: &str) -> Cow<'_, str> {
    let clean = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match clean.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &clean[..end])),
        None if clean == value => Cow::Borrowed(value),
        None => Cow::Owned(clean),
    }
}

/// Shortens a value for a message and masks personal data.
pub fn shown(value: &str) -> Cow<'_, str> {
    if value.contains('@') {
        return Cow::Owned(clip(&mask_emails(value)).into_owned());
    }
    let bare = value.trim().trim_start_matches('\'');
    let is_phone = bare.starts_with('+') && cells::looks_like_phone(bare);
    if is_phone || cells::looks_like_ip(bare) {
        Cow::Borrowed("[PERSONAL]")
    } else {
        clip(value)
    }
}

/// Replaces the email addresses in a text with `[EMAIL]`.
pub fn mask_emails(text: &str) -> String {
    let is_boundary = |c: char| c.is_whitespace() || "()[]<>,;\"'".contains(c);
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive(is_boundary) {
        let bare = word.trim_end_matches(is_boundary);
        if cells::looks_like_email(bare) {
            masked.push_str("[EMAIL]");
            masked.push_str(&word[bare.len()..]);
        } else {
            masked.push_str(word);
        }
    }
    masked
}
