//! Words before and after names.

use std::sync::LazyLock;

/// Greetings, and words before names and other words alike.
const PREFIXES: &str = "hi|hello|hey|dear|thanks|thanks to|thank you|thx|cheers|kudos to|shoutout to|shout out to|props to|hats off to|compliments to|credit to|appreciate|appreciated|ask|asked|told|tell|contact|contacted|emailed|email|called|call|rang|phoned|met|meet|with|from|by|and|for|to|of|that|especially|particularly|both\
        |hallo|liebe|lieber|sehr geehrte|sehr geehrter|danke|danke an|dank an|vielen dank|von|mit|bei|an|bonjour|merci|merci à|cher|chère|avec|par|de|à|et|hola|gracias|gracias a|querido|querida|con|por|a|y\
        |ciao|grazie|grazie a|caro|cara|da|e|di|olá|obrigado|obrigada|obrigado ao|com|pelo|pela|beste|bedankt|dank aan|met|van|door|en|hej|tack|tack till|från|hei|takk|takk til|fra|tak|tak til|med|av|cześć|dziękuję|z|od|dla|teşekkürler";

/// Words that follow names and hardly anything else.
const VERBS: &str = "
    helped assisted answered called emailed replied responded told said says explained resolved fixed sorted solved listened promised arranged organised organized
    greeted handled managed took went made gave showed understood knew deserves did kept came provided guided walked stayed apologised apologized
    war hat half hatte est était a fue es era fou ha è foi was is
    from who whose and & helps knows always really
";

pub(super) static SORTED_PREFIXES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut phrases: Vec<_> = PREFIXES.split('|').collect();
    phrases.sort_unstable();
    phrases
});

/// The lengths, up to seven, and last letters of the last words of greetings and prepositions.
static PREFIX_ENDINGS: LazyLock<[bool; 1 << 8]> = LazyLock::new(|| {
    let mut last = [false; 1 << 8];
    for phrase in PREFIXES.split('|') {
        if let Some(at) = last_word_kind(phrase) {
            last[at] = true;
        }
    }
    last
});

/// Returns the length, up to seven, and the last letter of the last word, if it is ASCII.
fn last_word_kind(text: &str) -> Option<usize> {
    let word = text.as_bytes().rsplit(|&byte| byte == b' ').next()?;
    let last = word.last()?;
    word.is_ascii()
        .then(|| word.len().min(7) << 5 | usize::from(last & 31))
}

/// True if a text may end with a greeting or a preposition.
pub(super) fn may_end_with_prefix(text: &str) -> bool {
    last_word_kind(text).is_none_or(|at| PREFIX_ENDINGS[at])
}

/// Titles in lower case in the middle of a text.
pub(super) const LOWER_CASE_TITLES: [&str; 6] =
    [" mr", " mrs", " ms", " monsieur", " madame", " señor"];

pub(super) static SORTED_VERBS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut verbs: Vec<_> = VERBS.split_whitespace().collect();
    verbs.sort_unstable();
    verbs
});
