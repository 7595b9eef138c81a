//! Splits comments into terms.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

use crate::language::{Evidence, normalize, stop_word_languages};

/// Longer strings are not words.
const CHARS_MAX: usize = 50;

/// Returns the distinct terms of a comment: its words in lower case and composed form (NFC), without
/// numbers, single letters and the stop words of its language.
///
/// In scripts without spaces between words, terms are pairs of adjacent characters, as is usual in
/// search.
pub(crate) fn terms(comment: &str) -> BTreeSet<String> {
    let words = words(comment);
    let mut evidence = Evidence::default();
    for word in &words {
        evidence.add(word);
    }
    let language = evidence.language();
    words
        .into_iter()
        .filter(|word| is_term(word) && !stop_word_languages(word).intersects(language))
        .collect()
}

fn is_term(word: &str) -> bool {
    let chars = word.chars().count();
    let is_letter = chars == 1 && word.chars().all(is_alphabet_letter);
    word.chars().any(char::is_alphabetic) && !is_letter && chars <= CHARS_MAX
}

/// True for letters of scripts in which one letter is not a word: Latin, Greek, Cyrillic.
fn is_alphabet_letter(c: char) -> bool {
    c < '\u{590}' || ('\u{1e00}'..'\u{2000}').contains(&c)
}

fn words(comment: &str) -> Vec<String> {
    let comment = normalize(comment);
    let mut words = Vec::new();
    let mut unspaced: Option<Unspaced> = None;
    for (start, word) in comment.unicode_word_indices() {
        if !word.starts_with(is_unspaced) {
            words.extend(unspaced.take().and_then(Unspaced::alone));
            push_word(word, &mut words);
            continue;
        }
        let end = start + word.len();
        let last = unspaced.take();
        let is_paired = last.as_ref().is_some_and(|last| last.end == start);
        match last {
            Some(last) if is_paired => words.push(comment[last.start..end].to_owned()),
            last => words.extend(last.and_then(Unspaced::alone)),
        }
        unspaced = Some(Unspaced {
            start,
            end,
            word,
            is_paired,
        });
    }
    words.extend(unspaced.and_then(Unspaced::alone));
    words
}

/// The last word of a script without spaces.
struct Unspaced<'a> {
    start: usize,
    end: usize,
    word: &'a str,
    is_paired: bool,
}

impl Unspaced<'_> {
    fn alone(self) -> Option<String> {
        (!self.is_paired).then(|| self.word.to_owned())
    }
}

/// Adds a word of a script with spaces, split where Unicode joins several.
fn push_word(word: &str, words: &mut Vec<String>) {
    // "slow.Support" without a space, and "snake_case".
    for word in word.split(['.', ':', '·', '_']) {
        if !word.contains('\'') || stop_word_languages(word) != Default::default() {
            words.push(word.to_owned());
        } else {
            // "l'application", "company's".
            words.extend(word.split('\'').map(ToOwned::to_owned));
        }
    }
}

/// True for characters of scripts without spaces, in which Unicode's word boundaries separate every
/// character from the next.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        // Thai, Lao, Tibetan, Burmese, Khmer.
        '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        // Hiragana and ideographs.
        | '\u{3005}' | '\u{3040}'..='\u{309f}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_terms(comment: &str, expected: &[&str]) {
        let terms: Vec<_> = terms(comment).into_iter().collect();
        assert_eq!(terms, expected, "{comment}");
    }

    #[test]
    fn meaningful_words_are_terms() {
        assert_terms(
            "The app is SLOW, slow, slow and it crashes.",
            &["app", "crashes", "slow"],
        );
        assert_terms("", &[]);
        assert_terms("!!! 👍 5/5 10 a I", &[]);
        assert_terms(
            "Paid 3.50 twice on the v2 plan B",
            &["paid", "plan", "twice", "v2"],
        );
    }

    #[test]
    fn stop_words_depend_on_the_language() {
        assert_terms("Der Versand war viel zu langsam", &["langsam", "versand"]);
        assert_terms(
            "I'd die for this war of a service",
            &["die", "service", "war"],
        );
        assert_terms("Le service est lent", &["lent", "service"]);
        assert_terms("Сервис не очень", &["очень", "сервис"]);
        assert_terms("die for", &["die"]);
    }

    #[test]
    fn apostrophes() {
        assert_terms("It doesn’t load, they've said", &["load", "said"]);
        assert_terms("The company's o'clock", &["clock", "company"]);
        assert_terms(
            "L'application n'est pas dans l’app",
            &["app", "application"],
        );
    }

    #[test]
    fn words_are_normalized() {
        assert_terms("Cafe\u{301} CAFÉ café", &["café"]);
        assert_terms(
            "slow.Support user_name",
            &["name", "slow", "support", "user"],
        );
    }

    #[test]
    fn scripts_without_spaces() {
        assert_terms("服务太慢", &["务太", "太慢", "服务"]);
        assert_terms("app慢", &["app", "慢"]);
        assert_terms("ช้ามาก", &["ช้า", "มา", "าก", "าม"]);
    }
}
