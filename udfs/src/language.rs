//! Detects the language of a comment from its stop words.
//!
//! Trigram detection needs a few sentences to be reliable, and comments rarely have them. Stop words,
//! which statistics leave out anyway, identify the language of a short comment as well, in a hundredth
//! of the time.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The stop words of all languages (NLTK's lists), with their languages.
static STOP_WORDS: LazyLock<HashMap<String, Languages>> = LazyLock::new(|| {
    // Hinglish contains all of the English words.
    let others = stop_words::available_languages()
        .iter()
        .filter(|&&code| code != "en" && code != "hinglish")
        .take(LANGUAGES_MAX - 1);
    let mut languages_of = HashMap::<_, Languages>::new();
    for (index, code) in ["en"].iter().chain(others).enumerate() {
        for &word in stop_words::lookup(code).unwrap_or_default() {
            let languages = languages_of.entry(normalize(word)).or_default();
            languages.0 |= Languages::from_index(index).0;
        }
    }
    languages_of
});

const LANGUAGES_MAX: usize = u64::BITS as usize;

/// The number of stop words that identify a language.
const EVIDENCE_MIN: u32 = 2;

/// A set of languages, one bit each; [`Languages::ENGLISH`] is the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Languages(u64);

impl Languages {
    pub(crate) const ENGLISH: Self = Self(1);

    pub(crate) fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn from_index(index: usize) -> Self {
        Self(1 << index)
    }

    fn indices(self) -> impl Iterator<Item = usize> {
        (0..LANGUAGES_MAX).filter(move |index| self.0 >> index & 1 == 1)
    }
}

/// Returns the text as words are compared: in lower case, composed (NFC), with straight apostrophes.
pub(crate) fn normalize(text: &str) -> String {
    text.to_lowercase().replace('’', "'").nfc().collect()
}

/// Returns the languages in which a [normalized](normalize) word is a stop word.
pub(crate) fn stop_word_languages(word: &str) -> Languages {
    STOP_WORDS.get(word).copied().unwrap_or_default()
}

/// The number of stop words of each language in a text.
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
    /// Adds a [normalized](normalize) word.
    pub(crate) fn add(&mut self, word: &str) {
        // "der" may be in an English comment, "für" hardly ever.
        let weight = if word.is_ascii() { 1 } else { 2 };
        for index in stop_word_languages(word).indices() {
            self.counts[index] += weight;
        }
    }

    fn english(&self) -> u32 {
        self.counts[0]
    }

    /// True if the text is clearly in a language other than English.
    pub(crate) fn is_clearly_not_english(&self) -> bool {
        self.others() >= EVIDENCE_MIN && self.others() > 2 * self.english()
    }

    /// True if the text is in English, judging by its stop words.
    pub(crate) fn is_english(&self) -> bool {
        self.english() >= EVIDENCE_MIN && self.english() >= self.others()
    }

    /// Returns the highest count of a language other than English.
    fn others(&self) -> u32 {
        self.counts[1..].iter().copied().max().unwrap_or_default()
    }

    /// Returns the language with the most stop words, the first by code among equals; English if it has
    /// as many, or if there are too few stop words.
    pub(crate) fn language(&self) -> Languages {
        let others = self.others();
        if others < EVIDENCE_MIN || self.english() >= others {
            return Languages::ENGLISH;
        }
        self.counts
            .iter()
            .position(|&count| count == others)
            .map(Languages::from_index)
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

    /// Returns the only language with a stop word.
    fn only_language(word: &str) -> Languages {
        assert_eq!(stop_word_languages(word).indices().count(), 1, "{word}");
        stop_word_languages(word)
    }

    #[test]
    fn short_comments() {
        let german = only_language("warst");
        assert_eq!(language("der versand war viel zu langsam"), german);
        let french = only_language("étions");
        assert_eq!(
            language("le service est lent et le personnel impoli"),
            french
        );
        let spanish = only_language("estuviéramos");
        assert_eq!(language("el servicio es muy lento y caro"), spanish);
        assert_eq!(language("the app is slow and crashes"), Languages::ENGLISH);
        assert_eq!(language("great service"), Languages::ENGLISH);
        assert_eq!(language("to die for"), Languages::ENGLISH);
        assert_eq!(language("für nichts"), german);
    }

    #[test]
    fn stop_words_are_found() {
        assert!(stop_word_languages("isn't").intersects(Languages::ENGLISH));
        assert!(stop_word_languages(&normalize("The")).intersects(Languages::ENGLISH));
        assert!(!stop_word_languages("für").intersects(Languages::ENGLISH));
        assert_eq!(stop_word_languages("billing"), Languages::default());
        assert_eq!(normalize("ISN’T Cafe\u{301}"), "isn't café");
    }
}
