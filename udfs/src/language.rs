//! What language a comment is in, told by the small words that every sentence of it has.
//!
//! Detection by trigrams needs a few sentences to be sure, and comments rarely have them. The
//! words that are left out of statistics in any case tell the language of a short comment as well,
//! and in a hundredth of the time.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The words of each language that carry no meaning of their own (NLTK's lists).
static STOP_WORDS: LazyLock<StopWords> = LazyLock::new(StopWords::load);

const LANGUAGES_MAX: usize = u64::BITS as usize;

/// How many stop words tell a language.
const ENOUGH: u32 = 2;

/// A set of languages, one bit each, in which [`Languages::ENGLISH`] is the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Languages(u64);

impl Languages {
    pub(crate) const ENGLISH: Self = Self(1);

    pub(crate) fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn of_index(index: usize) -> Self {
        Self(1 << index)
    }

    fn indices(self) -> impl Iterator<Item = usize> {
        (0..LANGUAGES_MAX).filter(move |index| self.0 >> index & 1 == 1)
    }
}

struct StopWords {
    languages_of: HashMap<String, Languages>,
}

impl StopWords {
    fn load() -> Self {
        // English and Hindi mixed, which holds all of the English words.
        let others = stop_words::available_languages()
            .iter()
            .filter(|&&code| code != "en" && code != "hinglish")
            .take(LANGUAGES_MAX - 1);
        let mut languages_of = HashMap::<_, Languages>::new();
        for (index, code) in ["en"].iter().chain(others).enumerate() {
            for &word in stop_words::lookup(code).unwrap_or_default() {
                let languages = languages_of.entry(normalize(word)).or_default();
                languages.0 |= Languages::of_index(index).0;
            }
        }
        Self { languages_of }
    }
}

/// The text in the form that words are compared in: lower case, composed letters (NFC) and straight
/// apostrophes.
pub(crate) fn normalize(text: &str) -> String {
    text.to_lowercase().replace('’', "'").nfc().collect()
}

/// The languages that a word, [normalized](normalize), is a stop word of.
pub(crate) fn stop_word_of(word: &str) -> Languages {
    STOP_WORDS
        .languages_of
        .get(word)
        .copied()
        .unwrap_or_default()
}

/// How many stop words of each language a text has.
#[derive(Debug)]
pub(crate) struct Evidence {
    counts: [u32; LANGUAGES_MAX],
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            counts: [0; LANGUAGES_MAX],
        }
    }
}

impl Evidence {
    /// Adds a word, [normalized](normalize).
    pub(crate) fn add(&mut self, word: &str) {
        // "der" may be in an English comment, "für" hardly.
        let weight = if word.is_ascii() { 1 } else { 2 };
        for index in stop_word_of(word).indices() {
            self.counts[index] += weight;
        }
    }

    fn english(&self) -> u32 {
        self.counts[0]
    }

    /// Whether the text is in a language other than English, and surely so.
    pub(crate) fn is_surely_not_english(&self) -> bool {
        self.others() >= ENOUGH && self.others() > 2 * self.english()
    }

    /// Whether the text is in English, as far as its stop words tell.
    pub(crate) fn is_english(&self) -> bool {
        self.english() >= ENOUGH && self.english() >= self.others()
    }

    /// The count of the language other than English that has the most.
    fn others(&self) -> u32 {
        self.counts[1..].iter().copied().max().unwrap_or_default()
    }

    /// The language most stop words are of, the first by its code of those with the same number;
    /// English if as many are English, or if there is no more than one to tell by.
    pub(crate) fn language(&self) -> Languages {
        let others = self.others();
        if others < ENOUGH || self.english() >= others {
            return Languages::ENGLISH;
        }
        self.counts
            .iter()
            .position(|&count| count == others)
            .map(Languages::of_index)
            .unwrap_or(Languages::ENGLISH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(text: &str) -> Languages {
        let mut evidence = Evidence::default();
        for word in text.split(' ') {
            evidence.add(word);
        }
        evidence.language()
    }

    /// The language that has a word no other has.
    fn only_of(word: &str) -> Languages {
        assert_eq!(stop_word_of(word).indices().count(), 1, "{word}");
        stop_word_of(word)
    }

    #[test]
    fn short_comments() {
        let german = only_of("warst");
        assert_eq!(language("der versand war viel zu langsam"), german);
        let french = only_of("étions");
        assert_eq!(
            language("le service est lent et le personnel impoli"),
            french
        );
        let spanish = only_of("estuviéramos");
        assert_eq!(language("el servicio es muy lento y caro"), spanish);
        assert_eq!(language("the app is slow and crashes"), Languages::ENGLISH);
        assert_eq!(language("great service"), Languages::ENGLISH);
        assert_eq!(language("to die for"), Languages::ENGLISH);
        assert_eq!(language("für nichts"), german);
    }

    #[test]
    fn stop_words_are_found() {
        assert!(stop_word_of("isn't").intersects(Languages::ENGLISH));
        assert!(stop_word_of(&normalize("The")).intersects(Languages::ENGLISH));
        assert!(!stop_word_of("für").intersects(Languages::ENGLISH));
        assert_eq!(stop_word_of("billing"), Languages::default());
        assert_eq!(normalize("ISN’T Cafe\u{301}"), "isn't café");
    }
}
