//! Patterns of headers, and the folding that headers are compared after.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A pattern of folded headers; see [`header_words`](super::header_words).
pub enum Pattern {
    Whole(String),
    /// Words with a space on either side.
    Words(String),
    Part(String),
    /// Several patterns that all fit.
    All(Vec<Self>),
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        if text.contains('&') {
            return Self::All(text.split('&').map(|part| Self::new(part.trim())).collect());
        }
        match text.strip_prefix('=') {
            Some(whole) => Self::Whole(fold(whole)),
            None => match text.strip_prefix('~') {
                Some(part) => Self::Part(fold(part)),
                None => Self::Words(with_spaces(&fold(text))),
            },
        }
    }

    /// True if it fits a folded header, also given as [`with_spaces`] returns it.
    pub fn fits(&self, folded: &str, words: &str) -> bool {
        match self {
            Self::Whole(whole) => folded == whole,
            Self::Words(run) => words.contains(run.as_str()),
            Self::Part(part) => folded.contains(part.as_str()),
            Self::All(patterns) => patterns.iter().all(|pattern| pattern.fits(folded, words)),
        }
    }
}

/// A folded header with a space on either side, to find whole words.
pub fn with_spaces(folded: &str) -> String {
    format!(" {folded} ")
}

/// Compiles the texts of patterns.
pub fn compile(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text)).collect()
}

/// Folds a header: lower case, no accents, and one space for each run of anything but letters and
/// digits. A change from lower to upper case starts a word.
pub fn fold(header: &str) -> String {
    let characters: Vec<char> = if header.is_ascii() {
        header.chars().collect()
    } else {
        header.nfkc().collect()
    };
    let mut folded = String::with_capacity(header.len());
    for (index, &composed) in characters.iter().enumerate() {
        let c = without_accent(composed);
        if !c.is_ascii() && is_combining_mark(c) {
            // In scripts without accents to remove, vowel signs are part of a word.
            if folded.ends_with(|last: char| !last.is_ascii()) {
                folded.push(c);
            }
            continue;
        }
        // "N°" is "No", as "№" and "Nº" are.
        if c == '°' && folded.ends_with('n') {
            folded.push('o');
            continue;
        }
        if !c.is_alphanumeric() {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
            continue;
        }
        let at = |offset: isize| {
            let index = index.checked_add_signed(offset)?;
            characters.get(index).copied()
        };
        let is = |offset: isize, test: fn(char) -> bool| at(offset).is_some_and(test);
        let starts_word = c.is_uppercase()
            && (is(-1, char::is_lowercase)
                // The last capital of "NPSScore" begins a word; that of "IDs" does not.
                || (is(-1, char::is_uppercase)
                    && is(-2, char::is_uppercase)
                    && is(1, char::is_lowercase)
                    && is(2, char::is_lowercase)));
        // "eNPS" and "iPhone" are one word.
        let small_prefix = matches!(at(-1), Some('e' | 'i')) && !is(-2, char::is_alphanumeric);
        if starts_word && !small_prefix && !folded.ends_with(' ') {
            folded.push(' ');
        }
        match c {
            'ß' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' => folded.push('d'),
            'ı' => folded.push('i'),
            _ => folded.extend(c.to_lowercase()),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A Latin or Greek letter without its accent. In other scripts, a mark makes another letter.
fn without_accent(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    match std::iter::once(c).nfd().next() {
        Some(base) if base.is_ascii_alphabetic() || ('α'..='ω').contains(&base) => base,
        Some(base) if ('Α'..='Ω').contains(&base) => base,
        // A final sigma is a sigma.
        _ if c == 'ς' => 'σ',
        _ if c == 'ё' => 'е',
        _ if c == 'Ё' => 'Е',
        _ => c,
    }
}
