//! Names of people other than the respondent.
//!
//! A given name that is nothing else, in capitals as names are, is one, with the surname after it;
//! so is a surname, and whatever follows a title. Words that may be something else are names where
//! the words around say so: "spoke to Grace", "Mark helped", "my name is Will".

use std::cell::Cell;
use std::sync::LazyLock;

use super::PersonalData;
use super::cues::{Cue, Lead};
use super::lexicon::{Flags, LEXICON};
use super::signs::Signs;
use super::spans::Spans;
use super::words::{Word, words};

/// More words than this are no name.
const WORDS_MAX: usize = 5;
/// Fewer letters are no surname that no list has.
const UNKNOWN_LETTERS_MIN: usize = 2;

/// Longer words in capitals are names of some emphasis.
const CODE_LETTERS_MAX: usize = 4;
/// The longest of the greetings.
const MAYBE_WORDS_MAX: usize = 3;

/// How surely a phrase is followed by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Expected {
    /// Nothing says so.
    No,
    /// A greeting or a preposition: a word that may be a name is one.
    Maybe,
    /// A capitalised word that is not common is a name.
    Likely,
    /// The end of a letter: what stands alone in the line is a name.
    Signed,
    /// A name, if it were in small letters.
    Surely,
}

/// Greetings, and words that are before names as well as before others.
const MAYBE: &str = "hi|hello|hey|dear|thanks|thanks to|thank you|thx|cheers|kudos to|shoutout to|shout out to|props to|hats off to|compliments to|credit to|appreciate|appreciated|ask|asked|told|tell|contact|contacted|emailed|email|called|call|rang|phoned|met|meet|with|from|by|and|for|to|of|that|especially|particularly|both\
        |hallo|liebe|lieber|sehr geehrte|sehr geehrter|danke|danke an|dank an|vielen dank|von|mit|bei|an|bonjour|merci|merci à|cher|chère|avec|par|de|à|et|hola|gracias|gracias a|querido|querida|con|por|a|y\
        |ciao|grazie|grazie a|caro|cara|da|e|di|olá|obrigado|obrigada|obrigado ao|com|pelo|pela|beste|bedankt|dank aan|met|van|door|en|hej|tack|tack till|från|hei|takk|takk til|fra|tak|tak til|med|av|cześć|dziękuję|z|od|dla|teşekkürler";

/// Words after a name and hardly after anything else.
const VERBS: &str = "
    helped assisted answered called emailed replied responded told said says explained resolved fixed sorted solved listened promised arranged organised organized
    greeted handled managed took went made gave showed understood knew deserves did kept came provided guided walked stayed apologised apologized
    war hat half hatte est était a fue es era fou ha è foi was is
    from who whose and & helps knows always really
";

static MAYBE_FOUND: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut phrases: Vec<_> = MAYBE.split('|').collect();
    phrases.sort_unstable();
    phrases
});

/// The lengths, up to seven, and last letters of the last words of greetings and prepositions.
static MAYBE_LAST: LazyLock<[bool; 1 << 8]> = LazyLock::new(|| {
    let mut last = [false; 1 << 8];
    for phrase in MAYBE.split('|') {
        if let Some(at) = last_word_kind(phrase) {
            last[at] = true;
        }
    }
    last
});

/// The length, up to seven, and the last letter of the last word, if it is of ASCII.
fn last_word_kind(text: &str) -> Option<usize> {
    let word = text.as_bytes().rsplit(|&byte| byte == b' ').next()?;
    let last = word.last()?;
    word.is_ascii()
        .then(|| word.len().min(7) << 5 | usize::from(last & 31))
}

/// Whether the last word of a text may be that of a greeting or a preposition.
fn may_end_maybe(text: &str) -> bool {
    last_word_kind(text).is_none_or(|at| MAYBE_LAST[at])
}

/// Titles that are in small letters in the middle of a text.
const TITLES_SMALL: [&str; 6] = [" mr", " mrs", " ms", " monsieur", " madame", " señor"];

pub(super) static VERBS_FOUND: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut verbs: Vec<_> = VERBS.split_whitespace().collect();
    verbs.sort_unstable();
    verbs
});

pub(super) fn find(text: &str, signs: &Signs, leads: &[Lead], spans: &mut Spans) {
    let words = words(text);
    let names = Names {
        text,
        flags: vec![Cell::new(None); words.len()],
        is_shouted: is_shouted(&words),
        has_capital: signs.has_capital,
        has_small_names: !signs.has_capital
            || leads.iter().any(|lead| lead.cue == Cue::NameSurely)
            || has_small_title(text),
        taken: words
            .iter()
            .map(|word| !spans.is_free(&(word.start..word.end)))
            .collect(),
        words,
        leads,
    };
    names.find(spans);
}

fn has_small_title(text: &str) -> bool {
    text.bytes().enumerate().any(|(at, byte)| {
        byte == b' '
            && TITLES_SMALL
                .iter()
                .any(|title| text[at..].starts_with(title))
    })
}

/// Whether the text is written in capitals, so that they say nothing.
fn is_shouted(words: &[Word<'_>]) -> bool {
    let shouted = words.iter().filter(|word| word.is_shouted()).count();
    shouted >= 4 && 2 * shouted > words.len()
}

struct Names<'t> {
    text: &'t str,
    words: Vec<Word<'t>>,
    /// What each word is, once it was asked for.
    flags: Vec<Cell<Option<Flags>>>,
    /// Whether a word is in something else already.
    taken: Vec<bool>,
    leads: &'t [Lead],
    is_shouted: bool,
    has_capital: bool,
    /// Whether a name may be in small letters.
    has_small_names: bool,
}

impl Names<'_> {
    fn flags(&self, at: usize) -> Flags {
        let flags = self.flags[at]
            .get()
            .unwrap_or_else(|| LEXICON.flags_of(self.words[at].text));
        self.flags[at].set(Some(flags));
        flags
    }

    fn find(&self, spans: &mut Spans) {
        let mut at = 0;
        while at < self.words.len() {
            match self.end_of_name(at) {
                Some((first, end)) => {
                    let end_at = self.words[end - 1].end;
                    // Jr., II and the like.
                    spans.add(PersonalData::Name, self.words[first].start..end_at);
                    at = end;
                }
                None => at += 1,
            }
        }
    }

    /// The words of the name that begins at a word, or at its title.
    fn end_of_name(&self, at: usize) -> Option<(usize, usize)> {
        let word = &self.words[at];
        if self.taken[at] || !self.has_small_names && !word.is_capitalised() {
            return None;
        }
        let flags = self.flags(at);
        if flags.is_stop() && !flags.is_given() && !flags.is_title() && !word.is_initial() {
            return None;
        }
        if flags.is_title()
            && let Some(first) = self.after_title(at)
        {
            return Some((at, self.extended(first + 1)));
        }
        let expected = self.expected(at);
        if !word.is_capitalised() {
            return self.in_small_letters(at, expected).map(|end| (at, end));
        }
        if word.is_initial() {
            // "J. Smith"
            let next = at + 1;
            let is_name = next < self.words.len()
                && self.between(at, next).trim() == "."
                && self.between(at, next).len() <= 2
                && self.words[next].is_capitalised()
                && !self.flags(next).is_stop()
                && (self.flags(next).is_surname()
                    || self.flags(next).is_given()
                    || expected > Expected::Maybe);
            return is_name.then(|| (at, self.extended(next + 1)));
        }
        // EAN, and other short words in capitals.
        let is_code =
            word.is_shouted() && !self.is_shouted && word.text.chars().count() <= CODE_LETTERS_MAX;
        if is_code && expected < Expected::Likely {
            return None;
        }
        let is_name = if flags.is_surely_given() || flags.is_surname() {
            true
        } else if flags.is_also_word() {
            self.is_name_for_once(at, expected)
        } else {
            self.is_unknown_name(at, expected)
        };
        is_name.then(|| (at, self.extended(at + 1)))
    }

    /// The word after a title that is a name's first.
    fn after_title(&self, at: usize) -> Option<usize> {
        let title = &self.words[at];
        let mut next = at + 1;
        // "Sehr geehrter Herr Dr. Quill"
        while next < self.words.len()
            && self.flags(next).is_title()
            && self.is_gap_of_title(next - 1, next)
        {
            next += 1;
        }
        let word = self.words.get(next)?;
        let is_name = self.is_gap_of_title(next - 1, next)
            && (word.is_capitalised() && (!self.flags(next).is_stop() || self.flags(next).is_given() && title.is_capitalised())
                || self.flags(next).is_surely_given()
                // Titles in small letters, where all is.
                || !self.has_capital && self.flags(next).is_surname());
        // In capitals any word could follow: "MISS THE OLD APP".
        (is_name && (!self.is_shouted || self.flags(next).is_telling())).then_some(next)
    }

    fn is_gap_of_title(&self, first: usize, next: usize) -> bool {
        !self.taken[next]
            && matches!(
                self.between(first, next),
                " " | "." | ". " | "\u{a0}" | ".\u{a0}" | "  "
            )
    }

    /// What the words before a word lead to expect.
    fn expected(&self, at: usize) -> Expected {
        let start = self.words[at].start;
        let lead = self.leads.iter().rev().find(|lead| lead.end <= start);
        if let Some(lead) = lead {
            let gap = &self.text[lead.end..start];
            let is_blank = gap.len() <= 12
                && gap
                    .chars()
                    .all(|c| c.is_whitespace() || ",:;.-–—\"'“„«*!<>".contains(c) || c == '(');
            let is_near =
                gap.trim_matches(' ').is_empty() || gap.trim() == ":" || gap.trim() == "\"";
            match lead.cue {
                Cue::Signature if is_blank && gap.contains([',', '\n', '-', '–', '!', '.']) => {
                    return if self.is_alone_from(at) {
                        Expected::Signed
                    } else {
                        Expected::Maybe
                    };
                }
                Cue::Signature if is_near => return Expected::Maybe,
                Cue::NameSurely if is_blank => return Expected::Surely,
                Cue::Name if is_near => return Expected::Likely,
                _ => {}
            }
        }
        let from = self.words[at.saturating_sub(MAYBE_WORDS_MAX)].start;
        let before = self.text[from..start].trim_end_matches([' ', ',', '@']);
        if !may_end_maybe(before) {
            return Expected::No;
        }
        let before = before.to_lowercase();
        let begins = before
            .rmatch_indices(' ')
            .map(|(blank, _)| blank + 1)
            .chain([0]);
        let is_lead = begins
            .take(MAYBE_WORDS_MAX)
            .any(|begin| MAYBE_FOUND.binary_search(&&before[begin..]).is_ok());
        if is_lead {
            Expected::Maybe
        } else {
            Expected::No
        }
    }

    /// Whether nothing but a few words that may be a name is left of the line.
    fn is_alone_from(&self, at: usize) -> bool {
        let rest = &self.text[self.words[at].start..];
        let line = rest.lines().next().unwrap_or_default();
        let mut words = line.split_whitespace();
        line.split_whitespace().count() <= 3
            && words.all(|word| {
                word.starts_with(char::is_uppercase) || self.flags_of_bare(word).is_particle()
            })
    }

    fn flags_of_bare(&self, word: &str) -> Flags {
        LEXICON.flags_of(word.trim_matches(|c: char| !c.is_alphabetic()))
    }

    /// Whether a word that may be a name or not is one here.
    fn is_name_for_once(&self, at: usize, expected: Expected) -> bool {
        let next = at + 1;
        let has_next = next < self.words.len() && self.is_within_name(at, next);
        let has_surname = has_next
            && self.words[next].is_capitalised()
            && (self.flags(next).is_surname()
                || self.flags(next).is_surely_given()
                || expected > Expected::No
                    && !self.flags(next).is_stop()
                    && !self.is_first(at)
                    && !self.is_shouted);
        if has_surname {
            return true;
        }
        let has_initial = has_next && self.words[next].is_initial() && self.words[next].text != "I";
        if has_initial && !self.is_shouted {
            return true;
        }
        if self.flags(at).is_often_capitalised() {
            return false;
        }
        if self.is_shouted {
            return expected >= Expected::Likely && !self.flags(at).is_stop();
        }
        let is_then_more =
            has_next && self.words[next].is_capitalised() && self.flags(next).is_stop();
        match expected {
            Expected::Surely | Expected::Signed => true,
            Expected::Likely => !is_then_more,
            Expected::Maybe if !self.is_first(at) => {
                !is_then_more && self.is_at_end_or_verb(at, true)
            }
            _ => self.is_at_end_or_verb(at, false) && !self.is_first_of_common(at),
        }
    }

    /// Whether after a word comes what comes after names.
    fn is_at_end_or_verb(&self, at: usize, or_end: bool) -> bool {
        let rest = &self.text[self.words[at].end..];
        if rest.starts_with("'s") || rest.starts_with("’s") {
            return or_end;
        }
        let Some(next) = self.words.get(at + 1) else {
            return or_end;
        };
        if !self.text[self.words[at].end..next.start]
            .chars()
            .all(|c| c == ' ')
        {
            return or_end;
        }
        let word = next.text.to_lowercase();
        let is_weak = matches!(
            word.as_str(),
            "is" | "was"
                | "a"
                | "es"
                | "est"
                | "war"
                | "and"
                | "from"
                | "ha"
                | "è"
                | "era"
                | "always"
                | "really"
                | "foi"
                | "fue"
                | "fou"
        );
        VERBS_FOUND.binary_search(&word.as_str()).is_ok() && (or_end || !is_weak)
            || or_end && self.flags(at + 1).is_stop() && !next.is_capitalised()
    }

    /// Whether a word that is no less common than a name begins a sentence: "May was", "Will is".
    fn is_first_of_common(&self, at: usize) -> bool {
        self.is_first(at) && self.flags(at).is_stop()
    }

    /// Whether a word on no list is a name here.
    fn is_unknown_name(&self, at: usize, expected: Expected) -> bool {
        let word = &self.words[at];
        let flags = self.flags(at);
        if flags.is_stop()
            || flags.is_title()
            || word.text.chars().count() < UNKNOWN_LETTERS_MIN + 1
        {
            return false;
        }
        if word.is_shouted() && (!self.is_shouted || expected < Expected::Surely) {
            return false;
        }
        let next = at + 1;
        // "Hülya Bouwmeester", but not "Dear Bouwmeester".
        let has_surname = next < self.words.len()
            && self.is_within_name(at, next)
            && self.words[next].is_capitalised()
            && self.flags(next).is_surname()
            && !self.is_first(at);
        let has_initial = next + 1 < self.words.len()
            && self.is_within_name(at, next)
            && self.words[next].is_initial()
            && self.words[next].text != "I"
            && self.is_within_name(next, next + 1)
            && self.words[next + 1].is_capitalised()
            && !self.flags(next + 1).is_stop();
        match expected {
            Expected::Surely | Expected::Signed => true,
            // "I'm Happy", "this is Netflix": somebody has two names there.
            Expected::Likely => self.is_by_a_person(at) || has_surname || has_initial,
            _ => has_surname || has_initial && !self.is_shouted || self.is_joined_or_greeted(at),
        }
    }

    /// "Priya and Deepak", "Dear Ngozi,".
    fn is_joined_or_greeted(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        if self.is_shouted || self.between(before, at) != " " {
            return false;
        }
        match self.words[before].text {
            "Dear" | "dear" | "Liebe" | "Lieber" | "Cher" | "Chère" | "Querido" | "Querida"
            | "Caro" | "Cara" | "Kära" | "Kjære" | "Kære" => {
                let rest = &self.text[self.words[at].end..];
                rest.starts_with([',', '\n', '!', ':']) || rest.is_empty()
            }
            "and" | "&" | "und" | "et" | "y" | "e" | "en" | "och" | "og" | "i" | "ve" => {
                let other = before.checked_sub(1);
                other.is_some_and(|other| {
                    self.between(other, before) == " "
                        && self.words[other].is_capitalised()
                        && (self.flags(other).is_surely_given() || self.flags(other).is_surname())
                })
            }
            _ => false,
        }
    }

    /// Whether the phrase before a word names someone's part, or somebody spoken to.
    fn is_by_a_person(&self, at: usize) -> bool {
        let start = self.words[at].start;
        let before = self.text[..start].trim_end().to_lowercase();
        let is_of_being = [
            "am", "i'm", "i’m", "is", "it's", "it’s", "bin", "ist", "suis", "est", "c'est", "soy",
            "sono", "sou", "ben", "är", "er", "jestem",
        ]
        .iter()
        .any(|being| before.ends_with(being));
        let next = at + 1;
        let has_more = next < self.words.len()
            && self.is_within_name(at, next)
            && self.words[next].is_capitalised()
            && !self.flags(next).is_stop();
        !is_of_being || has_more
    }

    /// The end of a name in small letters that begins at a word.
    fn in_small_letters(&self, at: usize, expected: Expected) -> Option<usize> {
        let flags = self.flags(at);
        let next = at + 1;
        let has_surname = next < self.words.len()
            && self.is_within_name(at, next)
            && (self.flags(next).is_surname()
                || self.flags(next).is_surely_given() && self.flags(at).is_surely_given());
        let is_name = match expected {
            Expected::Surely => {
                flags.is_surely_given()
                    || flags.is_also_word() && !flags.is_stop()
                    || flags.is_surname()
                    || has_surname && !flags.is_stop()
            }
            Expected::Likely | Expected::Signed if !self.has_capital => {
                flags.is_surely_given() || has_surname && !flags.is_stop()
            }
            _ => !self.has_capital && flags.is_surely_given() && has_surname,
        };
        if !is_name || flags.is_particle() {
            return None;
        }
        let surname = has_surname && !self.flags(next).is_stop();
        Some(if surname { next + 1 } else { next })
    }

    /// The end of a name of which the words before `next` are part.
    fn extended(&self, mut next: usize) -> usize {
        let first = next - 1;
        let mut end = next;
        while next < self.words.len() && next - first < WORDS_MAX {
            let (word, flags) = (&self.words[next], self.flags(next));
            if !self.is_within_name(next - 1, next) {
                break;
            }
            if word.is_initial() {
                // "Yannick I think"
                let is_i = word.text == "I" && !self.text[word.end..].starts_with('.');
                let is_last = !self.words.get(next + 1).is_some_and(|after| {
                    after.is_capitalised() && self.is_within_name(next, next + 1)
                });
                if is_i || is_last && !self.text[word.end..].starts_with('.') && self.is_shouted {
                    break;
                }
                next += 1;
                end = next;
                continue;
            }
            if !word.is_capitalised() {
                if !flags.is_particle() {
                    break;
                }
                next += 1;
                continue;
            }
            let is_number = matches!(word.text, "II" | "III" | "IV" | "DDS" | "MD");
            let is_code = word.is_shouted() && word.text.len() <= 3 && !is_number;
            let is_common = flags.is_stop() || flags.is_title() || self.is_shouted || is_code;
            let is_part = flags.is_surely_given()
                || flags.is_surname()
                || !is_common
                || flags.is_particle() && !self.is_shouted;
            if !is_part {
                break;
            }
            next += 1;
            end = next;
        }
        end
    }

    fn between(&self, first: usize, next: usize) -> &str {
        &self.text[self.words[first].end..self.words[next].start]
    }

    /// Whether two words may be of one name by what is between.
    fn is_within_name(&self, first: usize, next: usize) -> bool {
        let gap = self.between(first, next);
        !self.taken[next]
            && (gap == " "
                || gap == "\u{a0}"
                || gap == "  "
                || gap == ". " && self.words[first].is_initial()
                || gap == "." && self.words[first].is_initial())
    }

    /// Whether a word begins a sentence.
    fn is_first(&self, at: usize) -> bool {
        let before = self.text[..self.words[at].start]
            .trim_end_matches([' ', '"', '“', '„', '«', '(', '\'', '*']);
        before.is_empty()
            || before.ends_with(['.', '!', '?', '\n', ':', ';', '-', '–', '—', '•', '>', '…'])
    }
}
