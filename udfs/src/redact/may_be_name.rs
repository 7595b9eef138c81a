//! Quick check for names: most comments contain none.

use super::cues::{Cue, Lead};
use super::hints::{Hint, Hints};
use super::lexicon::LEXICON;
use super::name_context::SORTED_VERBS;
use super::signs::Signs;

/// The largest distance between a phrase and its name.
const LEAD_GAP_MAX: usize = 12;

/// True if a text may contain a name. `leads` is called only if there is a hint of one.
pub(super) fn may_be_in<'c>(
    text: &str,
    signs: &Signs,
    hints: Hints,
    leads: impl FnOnce() -> &'c [Lead],
) -> bool {
    let is_led_to = || {
        let mut leads = leads().iter();
        leads.any(|lead| is_followed(text, *lead, signs.has_capital))
    };
    signs.has_latin
        && (hints.has(Hint::Lead) && is_led_to()
            || signs.has_capital && has_name_or_title(text)
            || !signs.has_capital && has_lower_case_name(text))
}

/// True if a name may follow the phrase.
pub(super) fn is_followed(text: &str, lead: Lead, has_capital: bool) -> bool {
    let rest = &text[lead.end..];
    let Some(start) = rest.find(char::is_alphabetic) else {
        return false;
    };
    let word = rest[start..]
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    start <= LEAD_GAP_MAX
        && (word.starts_with(char::is_uppercase)
            || (!has_capital || lead.cue == Cue::CertainName)
                && LEXICON.may_be_name_or_title(word)
                && {
                    let flags = LEXICON.flags_of(word);
                    flags.is_given() || flags.is_surname()
                })
}

/// True if a capitalized word is a name or a title.
fn has_name_or_title(text: &str) -> bool {
    capitalized(text).any(|(start, word)| {
        if !LEXICON.may_be_name_or_title(word) {
            return false;
        }
        let flags = LEXICON.flags_of(word);
        flags.is_name_or_title()
            && (!flags.is_ambiguous() || !is_plain_beginning(text, start, word))
    })
}

/// True if a word begins a sentence that continues as after any word.
fn is_plain_beginning(text: &str, start: usize, word: &str) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t']);
    let rest = &text[start + word.len()..];
    let next = rest.strip_prefix(' ').unwrap_or_default();
    let next = next
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    (before.is_empty() || before.ends_with(['.', '!', '?', '\n']))
        && next.starts_with(char::is_lowercase)
        && SORTED_VERBS.binary_search(&next).is_err()
}

/// Iterates over the words that begin with a capital, with their positions.
fn capitalized(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &bytes[at..];
            let may_be_capital = |byte: &u8| byte.is_ascii_uppercase() || *byte >= 0xC0;
            let start = at + rest.iter().position(may_be_capital)?;
            let is_first =
                start == 0 || !(bytes[start - 1].is_ascii_alphabetic() || bytes[start - 1] >= 0x80);
            let is_letter =
                |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'-' | 0x80..);
            at = start + bytes[start..].iter().take_while(is_letter).count();
            let word = &text[start..at];
            if !is_first || !word.starts_with(char::is_uppercase) {
                continue;
            }
            let word = word.split('’').next().unwrap_or_default();
            let word = word.strip_suffix("'s").unwrap_or(word);
            return Some((start, word.trim_end_matches(['-', '\''])));
        }
    })
}

/// True if a given name is followed by another name.
fn has_lower_case_name(text: &str) -> bool {
    let mut is_after_given = false;
    split_at_blanks(text).any(|word| {
        let word = trimmed(word);
        let may_tell = if is_after_given {
            LEXICON.may_be_name_or_title(word)
        } else {
            LEXICON.may_be_given(word)
        };
        if !may_tell {
            is_after_given = false;
            return false;
        }
        let flags = LEXICON.flags_of(word);
        let is_name = is_after_given && (flags.is_surname() || flags.is_given());
        is_after_given = flags.is_only_given();
        is_name
    })
}

/// Equals `text.split(' ')`, which is slower for short words.
fn split_at_blanks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.bytes().position(|byte| byte == b' ') {
            Some(blank) => {
                rest = Some(&text[blank + 1..]);
                Some(&text[..blank])
            }
            None => rest.take(),
        }
    })
}

/// Returns a word without surrounding punctuation.
fn trimmed(word: &str) -> &str {
    match word.as_bytes() {
        [first, .., last] if first.is_ascii_alphabetic() && last.is_ascii_alphabetic() => word,
        _ => word.trim_matches(|c: char| !c.is_alphabetic()),
    }
}
