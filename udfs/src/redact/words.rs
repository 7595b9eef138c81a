//! Words of a text, and their form for comparison.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word of letters, with apostrophes and hyphens inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'t> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: &'t str,
}

impl Word<'_> {
    pub(super) fn is_capitalized(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// True for a single capital letter.
    pub(super) fn is_initial(&self) -> bool {
        self.is_capitalized() && self.text.chars().nth(1).is_none()
    }

    /// True for two or more letters, all capitals.
    pub(super) fn is_shouted(&self) -> bool {
        self.text.chars().nth(1).is_some() && !self.text.contains(char::is_lowercase)
    }
}

/// Returns the words of a text, without the English genitive ending.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    if text.is_ascii() {
        return ascii_words(text);
    }
    let mut words = Vec::new();
    let mut start = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_letter = c.is_alphabetic() || is_combining_mark(c);
        let mut joins = || {
            matches!(c, '\'' | '’' | '-' | '‐' | '‑')
                && chars.peek().is_some_and(|(_, next)| next.is_alphabetic())
        };
        match start {
            None if is_letter => start = Some(at),
            Some(first) if !is_letter && !joins() => {
                words.push(word(text, first, at));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(first) = start {
        words.push(word(text, first, text.len()));
    }
    words
}

/// [`words`] of an ASCII text.
fn ascii_words(text: &str) -> Vec<Word<'_>> {
    let bytes = text.as_bytes();
    let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    let mut words = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    while let Some(offset) = bytes[at..].iter().position(u8::is_ascii_alphabetic) {
        let start = at + offset;
        at = start + 1;
        while is_letter(at) || matches!(bytes.get(at), Some(b'\'' | b'-')) && is_letter(at + 1) {
            at += 1;
        }
        words.push(word(text, start, at));
    }
    words
}

fn word(text: &str, start: usize, end: usize) -> Word<'_> {
    let written = &text[start..end];
    let bare = ["'s", "’s", "'S", "’S"]
        .iter()
        .find_map(|genitive| written.strip_suffix(genitive))
        .unwrap_or(written);
    Word {
        start,
        end: start + bare.len(),
        text: bare,
    }
}

/// Writes a word in the form for comparison: lower case without accents.
pub(super) fn fold_into(word: &str, folded: &mut String) {
    folded.clear();
    if word.is_ascii() {
        folded.push_str(word);
        folded.make_ascii_lowercase();
        return;
    }
    if fold_latin_1(word, folded) {
        return;
    }
    folded.clear();
    for c in word
        .nfkd()
        .filter(|&c| !is_combining_mark(c))
        .flat_map(char::to_lowercase)
    {
        match c {
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            '’' | '‘' => folded.push('\''),
            '‐' | '‑' => folded.push('-'),
            // Part of "İ" in lower case.
            c if is_combining_mark(c) => {}
            c => folded.push(c),
        }
    }
}

/// Folds ASCII and Western European letters, and returns `false` at any other character.
fn fold_latin_1(word: &str, folded: &mut String) -> bool {
    for c in word.chars() {
        let plain = match c {
            c if c.is_ascii() => c.to_ascii_lowercase(),
            'à'..='å' | 'À'..='Å' => 'a',
            'ç' | 'Ç' => 'c',
            'è'..='ë' | 'È'..='Ë' => 'e',
            'ì'..='ï' | 'Ì'..='Ï' => 'i',
            'ñ' | 'Ñ' => 'n',
            'ò'..='ö' | 'Ò'..='Ö' => 'o',
            'ù'..='ü' | 'Ù'..='Ü' => 'u',
            '’' => '\'',
            _ => return false,
        };
        folded.push(plain);
    }
    true
}

pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    fold_into(word, &mut folded);
    folded
}
