//! Names of people other than the respondent.
//!
//! A capitalized given name that is nothing else is a name, with the surname after it; so are a surname
//! and whatever follows a title. Words with other meanings are names if their context identifies them:
//! "spoke to Grace", "Mark helped", "my name is Will".

use std::cell::Cell;

use super::PersonalData;
use super::cues::{Cue, Lead};
use super::lexicon::{Flags, LEXICON};
use super::name_context::{LOWER_CASE_TITLES, SORTED_PREFIXES, SORTED_VERBS, may_end_with_prefix};
use super::signs::Signs;
use super::spans::Spans;
use super::words::{Word, words};

/// The longest name.
const WORDS_MAX: usize = 5;
/// The shortest unlisted surname.
const UNKNOWN_LETTERS_MIN: usize = 3;

/// Longer words in capitals may be emphasized names.
const CODE_LETTERS_MAX: usize = 4;
/// The longest greeting.
const PREFIX_WORDS_MAX: usize = 3;

/// The likelihood of a name after a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Expected {
    /// No indication.
    No,
    /// A greeting or a preposition: a word that may be a name is one.
    Maybe,
    /// A capitalized word that is not common is a name.
    Likely,
    /// The end of a letter: what is alone on the line is a name.
    Signed,
    /// A name, even in lower case.
    Certain,
}

pub(super) fn find(text: &str, signs: &Signs, leads: &[Lead], spans: &mut Spans) {
    let words = words(text);
    let names = Names {
        text,
        flags: vec![Cell::new(None); words.len()],
        is_shouted: is_shouted(&words),
        has_capital: signs.has_capital,
        has_lower_case_names: !signs.has_capital
            || leads.iter().any(|lead| lead.cue == Cue::CertainName)
            || has_lower_case_title(text),
        taken: words
            .iter()
            .map(|word| !spans.is_free(&(word.start..word.end)))
            .collect(),
        words,
        leads,
    };
    names.find(spans);
}

fn has_lower_case_title(text: &str) -> bool {
    text.bytes().enumerate().any(|(at, byte)| {
        byte == b' '
            && LOWER_CASE_TITLES
                .iter()
                .any(|title| text[at..].starts_with(title))
    })
}

/// True if the text is in capitals, so that they carry no information.
fn is_shouted(words: &[Word<'_>]) -> bool {
    let shouted = words.iter().filter(|word| word.is_shouted()).count();
    shouted >= 4 && 2 * shouted > words.len()
}

struct Names<'t> {
    text: &'t str,
    words: Vec<Word<'t>>,
    /// The kinds of each word, filled on demand.
    flags: Vec<Cell<Option<Flags>>>,
    /// `true` for words in an earlier finding.
    taken: Vec<bool>,
    leads: &'t [Lead],
    is_shouted: bool,
    has_capital: bool,
    /// `true` if names may be in lower case.
    has_lower_case_names: bool,
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
            if let Some(end) = self.end_of_name(at) {
                let range = self.words[at].start..self.words[end - 1].end;
                spans.add(PersonalData::Name, range);
                at = end;
            } else {
                at += 1;
            }
        }
    }

    /// Returns the end of the name that begins at a word, with its title.
    fn end_of_name(&self, at: usize) -> Option<usize> {
        let word = &self.words[at];
        if self.taken[at] || !self.has_lower_case_names && !word.is_capitalized() {
            return None;
        }
        let flags = self.flags(at);
        if flags.is_stop() && !flags.is_given() && !flags.is_title() && !word.is_initial() {
            return None;
        }
        if flags.is_title()
            && let Some(first) = self.after_title(at)
        {
            return Some(self.extended(first + 1));
        }
        let expected = self.expected(at);
        if !word.is_capitalized() {
            return self.end_of_lower_case_name(at, expected);
        }
        if word.is_initial() {
            // "J. Smith"
            let next = at + 1;
            let is_name = next < self.words.len()
                && self.between(at, next).trim() == "."
                && self.between(at, next).len() <= 2
                && self.words[next].is_capitalized()
                && !self.flags(next).is_stop()
                && (self.flags(next).is_surname()
                    || self.flags(next).is_given()
                    || expected > Expected::Maybe);
            return is_name.then(|| self.extended(next + 1));
        }
        // EAN, and other short words in capitals.
        let is_code =
            word.is_shouted() && !self.is_shouted && word.text.chars().count() <= CODE_LETTERS_MAX;
        if is_code && expected < Expected::Likely {
            return None;
        }
        let is_name = if flags.is_only_given() || flags.is_surname() {
            true
        } else if flags.is_also_word() {
            self.is_name_in_context(at, expected)
        } else {
            self.is_unknown_name(at, expected)
        };
        is_name.then(|| self.extended(at + 1))
    }

    /// Returns the first word of the name after a title.
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
            && (word.is_capitalized() && (!self.flags(next).is_stop() || self.flags(next).is_given() && title.is_capitalized())
                || self.flags(next).is_only_given()
                // A lower-case title in a lower-case text.
                || !self.has_capital && self.flags(next).is_surname());
        // In capitals any word could follow: "MISS THE OLD APP".
        (is_name && (!self.is_shouted || self.flags(next).is_name_or_title())).then_some(next)
    }

    fn is_gap_of_title(&self, first: usize, next: usize) -> bool {
        !self.taken[next]
            && matches!(
                self.between(first, next),
                " " | "." | ". " | "\u{a0}" | ".\u{a0}" | "  "
            )
    }

    /// Returns the likelihood of a name after the preceding words.
    fn expected(&self, at: usize) -> Expected {
        let start = self.words[at].start;
        let lead = self.leads.iter().rev().find(|lead| lead.end <= start);
        if let Some(lead) = lead {
            let gap = &self.text[lead.end..start];
            let is_blank = gap.len() <= 12
                && gap
                    .chars()
                    .all(|c| c.is_whitespace() || ",:;.-–—\"'“„«*!<>(".contains(c));
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
                Cue::CertainName if is_blank => return Expected::Certain,
                Cue::Name if is_near => return Expected::Likely,
                _ => {}
            }
        }
        let from = self.words[at.saturating_sub(PREFIX_WORDS_MAX)].start;
        let before = self.text[from..start].trim_end_matches([' ', ',', '@']);
        if !may_end_with_prefix(before) {
            return Expected::No;
        }
        let before = before.to_lowercase();
        let begins = before
            .rmatch_indices(' ')
            .map(|(blank, _)| blank + 1)
            .chain([0]);
        let is_lead = begins
            .take(PREFIX_WORDS_MAX)
            .any(|begin| SORTED_PREFIXES.binary_search(&&before[begin..]).is_ok());
        if is_lead {
            Expected::Maybe
        } else {
            Expected::No
        }
    }

    /// True if the rest of the line is a few words that may be a name.
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

    /// True if an ambiguous word is a name here.
    fn is_name_in_context(&self, at: usize, expected: Expected) -> bool {
        let next = at + 1;
        let has_next = self.is_within_name(at, next);
        let has_surname = has_next
            && self.words[next].is_capitalized()
            && (self.flags(next).is_surname()
                || self.flags(next).is_only_given()
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
        if self.flags(at).is_often_capitalized() {
            return false;
        }
        if self.is_shouted {
            return expected >= Expected::Likely && !self.flags(at).is_stop();
        }
        let is_then_more =
            has_next && self.words[next].is_capitalized() && self.flags(next).is_stop();
        match expected {
            Expected::Certain | Expected::Signed => true,
            Expected::Likely => !is_then_more,
            Expected::Maybe if !self.is_first(at) => {
                !is_then_more && self.is_at_end_or_verb(at, true)
            }
            _ => self.is_at_end_or_verb(at, false) && !self.is_first_of_common(at),
        }
    }

    /// True if a word is followed by what follows names.
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
        const WEAK: &str = "is was a es est war and from ha è era always really foi fue fou";
        let is_weak = WEAK.split(' ').any(|weak| weak == word);
        SORTED_VERBS.binary_search(&word.as_str()).is_ok() && (or_end || !is_weak)
            || or_end && self.flags(at + 1).is_stop() && !next.is_capitalized()
    }

    /// True if a common word begins a sentence: "May was", "Will is".
    fn is_first_of_common(&self, at: usize) -> bool {
        self.is_first(at) && self.flags(at).is_stop()
    }

    /// True if an unlisted word is a name here.
    fn is_unknown_name(&self, at: usize, expected: Expected) -> bool {
        let word = &self.words[at];
        let flags = self.flags(at);
        if flags.is_stop() || flags.is_title() || word.text.chars().count() < UNKNOWN_LETTERS_MIN {
            return false;
        }
        if word.is_shouted() && (!self.is_shouted || expected < Expected::Certain) {
            return false;
        }
        let next = at + 1;
        // "Hülya Bouwmeester", but not "Dear Bouwmeester".
        let has_surname = self.is_within_name(at, next)
            && self.words[next].is_capitalized()
            && self.flags(next).is_surname()
            && !self.is_first(at);
        let has_initial = self.is_within_name(at, next)
            && self.words[next].is_initial()
            && self.words[next].text != "I"
            && self.is_within_name(next, next + 1)
            && self.words[next + 1].is_capitalized()
            && !self.flags(next + 1).is_stop();
        match expected {
            Expected::Certain | Expected::Signed => true,
            // Unlike "I'm Happy" or "this is Netflix", a person has two names there.
            Expected::Likely => self.is_after_person(at) || has_surname || has_initial,
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
                        && self.words[other].is_capitalized()
                        && (self.flags(other).is_only_given() || self.flags(other).is_surname())
                })
            }
            _ => false,
        }
    }

    /// True if the phrase before a word is about a person, not a form of "to be" that may describe
    /// anything.
    fn is_after_person(&self, at: usize) -> bool {
        let start = self.words[at].start;
        let before = self.text[..start].trim_end().to_lowercase();
        const BEING: &str =
            "am i'm i’m is it's it’s bin ist suis est c'est soy sono sou ben är er jestem";
        let is_after_being = BEING.split(' ').any(|being| before.ends_with(being));
        let next = at + 1;
        let has_more = self.is_within_name(at, next)
            && self.words[next].is_capitalized()
            && !self.flags(next).is_stop();
        !is_after_being || has_more
    }

    /// Returns the end of a lower-case name that begins at a word.
    fn end_of_lower_case_name(&self, at: usize, expected: Expected) -> Option<usize> {
        let flags = self.flags(at);
        let next = at + 1;
        let has_surname = self.is_within_name(at, next)
            && (self.flags(next).is_surname()
                || self.flags(next).is_only_given() && self.flags(at).is_only_given());
        let is_name = match expected {
            Expected::Certain => {
                flags.is_only_given()
                    || flags.is_also_word() && !flags.is_stop()
                    || flags.is_surname()
                    || has_surname && !flags.is_stop()
            }
            Expected::Likely | Expected::Signed if !self.has_capital => {
                flags.is_only_given() || has_surname && !flags.is_stop()
            }
            _ => !self.has_capital && flags.is_only_given() && has_surname,
        };
        if !is_name || flags.is_particle() {
            return None;
        }
        let surname = has_surname && !self.flags(next).is_stop();
        Some(if surname { next + 1 } else { next })
    }

    /// Returns the end of a name that includes the words before `next`.
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
                    after.is_capitalized() && self.is_within_name(next, next + 1)
                });
                if is_i || is_last && !self.text[word.end..].starts_with('.') && self.is_shouted {
                    break;
                }
                next += 1;
                end = next;
                continue;
            }
            if !word.is_capitalized() {
                if !flags.is_particle() {
                    break;
                }
                next += 1;
                continue;
            }
            let is_number = matches!(word.text, "II" | "III" | "IV" | "DDS" | "MD");
            let is_code = word.is_shouted() && word.text.len() <= 3 && !is_number;
            let is_common = flags.is_stop() || flags.is_title() || self.is_shouted || is_code;
            let is_part = flags.is_only_given()
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

    /// True if the text between two words may be inside a name.
    fn is_within_name(&self, first: usize, next: usize) -> bool {
        if next >= self.words.len() || self.taken[next] {
            return false;
        }
        let gap = self.between(first, next);
        matches!(gap, " " | "\u{a0}" | "  ")
            || matches!(gap, ". " | ".") && self.words[first].is_initial()
    }

    /// True if a word begins a sentence.
    fn is_first(&self, at: usize) -> bool {
        let before = self.text[..self.words[at].start]
            .trim_end_matches([' ', '"', '“', '„', '«', '(', '\'', '*']);
        before.is_empty()
            || before.ends_with(['.', '!', '?', '\n', ':', ';', '-', '–', '—', '•', '>', '…'])
    }
}
