//! Numbers that are written in groups of digits, and which of them are whose.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::known::KnownPhone;
use super::pattern::regex_of_any_case;
use super::signs::{digit, head, is_word, tail};
use super::spans::Spans;
use super::{PersonalData, card, id_number, phone};

/// The shortest numbers are telephone numbers within a town.
pub(super) const DIGITS_MIN: usize = 6;
/// The longest are those of cards.
const DIGITS_MAX: usize = 19;
/// More groups than this are tables of numbers, or digits set apart each.
const GROUPS_MAX: usize = 24;
/// What may be between two groups: a closing and an opening bracket, a blank, a sign.
const GAP_MAX: usize = 3;

/// How far from a number the words that say what it is may be.
const BEFORE: usize = 56;
const AFTER: usize = 28;

/// Digits with nothing between them.
#[derive(Debug, Clone)]
struct Group {
    range: Range<usize>,
    /// Where its digits begin among all of the run.
    first_digit: usize,
}

/// Groups of digits with only blanks and signs between them.
#[derive(Debug, Default)]
struct Run {
    digits: Vec<u8>,
    groups: Vec<Group>,
}

/// How a run is written.
struct Written<'t> {
    lengths: Vec<usize>,
    gaps: Vec<&'t str>,
}

impl<'t> Written<'t> {
    fn of(text: &'t str, run: &Run) -> Self {
        let groups = &run.groups;
        let lengths = groups.iter().enumerate();
        Self {
            lengths: lengths
                .map(|(at, group)| end_digit(run, at) - group.first_digit)
                .collect(),
            gaps: groups
                .windows(2)
                .map(|two| &text[two[0].range.end..two[1].range.start])
                .collect(),
        }
    }
}

/// Some following groups of a run, as a number to tell the kind of.
#[derive(Debug)]
pub(super) struct Candidate<'t> {
    pub(super) text: &'t str,
    /// With brackets and plus sign.
    pub(super) range: Range<usize>,
    pub(super) digits: &'t [u8],
    /// How many digits each group has.
    pub(super) group_lengths: &'t [usize],
    /// What is between the groups.
    pub(super) gaps: &'t [&'t str],
    pub(super) has_plus: bool,
    /// Whether the run has no more groups before and after.
    pub(super) is_whole_run: bool,
}

impl Candidate<'_> {
    pub(super) fn before(&self) -> &str {
        tail(&self.text[..self.range.start], BEFORE)
    }

    pub(super) fn after(&self) -> &str {
        head(&self.text[self.range.end..], AFTER)
    }

    /// Whether it is written in groups of these lengths.
    pub(super) fn is_grouped(&self, lengths: &[usize]) -> bool {
        self.group_lengths == lengths
    }

    pub(super) fn as_written(&self) -> &str {
        &self.text[self.range.clone()]
    }
}

pub(super) fn find(text: &str, country: Option<&str>, known: &[KnownPhone], spans: &mut Spans) {
    let (mut rest, mut run) = (0, Run::default());
    while next_run(text, &mut rest, &mut run) {
        if run.digits.len() >= DIGITS_MIN {
            find_in_run(text, &run, country, known, spans);
        }
    }
}

/// The next run at or after `at`, which moves behind it, if there is one.
fn next_run(text: &str, at: &mut usize, run: &mut Run) -> bool {
    run.digits.clear();
    run.groups.clear();
    let may_be_digit = |byte: u8| byte.is_ascii_digit() || byte >= 0x80;
    let Some(before) = text[*at..].bytes().position(may_be_digit) else {
        return false;
    };
    let mut gap = 0;
    let start = *at + before;
    let mut end = start;
    for (offset, c) in text[start..].char_indices() {
        let position = start + offset;
        if let Some(value) = digit(c) {
            let is_new = match run.groups.last() {
                Some(group) => group.range.end != position,
                None => true,
            };
            if is_new {
                // "x4", "A12": part of a word.
                if run.groups.is_empty() && text[..position].ends_with(is_word) {
                    run.groups.push(Group {
                        range: position..position,
                        first_digit: usize::MAX,
                    });
                } else {
                    run.groups.push(Group {
                        range: position..position,
                        first_digit: run.digits.len(),
                    });
                }
            }
            run.digits.push(value);
            end = position + c.len_utf8();
            if let Some(group) = run.groups.last_mut() {
                group.range.end = end;
            }
            gap = 0;
        } else if !run.groups.is_empty() {
            gap += 1;
            if gap > GAP_MAX || !is_gap(c) {
                break;
            }
        }
    }
    if run.groups.is_empty() {
        return false;
    }
    *at = end;
    // A first group that a word ends with is none.
    if run.groups[0].first_digit == usize::MAX {
        let length = run
            .groups
            .get(1)
            .map_or(run.digits.len(), |group| group.first_digit);
        run.digits.drain(..length);
        run.groups.remove(0);
        for group in &mut run.groups {
            group.first_digit -= length;
        }
    }
    // Nor is a last one that a word begins with, as in "2nd".
    let after = &text[end..];
    if after.starts_with(is_word)
        && !phone::is_extension(after)
        && let Some(last) = run.groups.pop()
    {
        run.digits.truncate(last.first_digit);
    }
    true
}

/// What may be between the groups of a number.
fn is_gap(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}'
            | '\u{2010}'..='\u{2015}' | '\u{2212}' | '·' | '•' | '\u{200b}'..='\u{200e}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '_' | '*'
    )
}

fn find_in_run(
    text: &str,
    run: &Run,
    country: Option<&str>,
    known: &[KnownPhone],
    spans: &mut Spans,
) {
    let written = Written::of(text, run);
    let mut first = 0;
    while first < run.groups.len() {
        let last = (first..run.groups.len().min(first + GROUPS_MAX))
            .rev()
            .find(|&last| {
                let digits = end_digit(run, last) - run.groups[first].first_digit;
                if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits) {
                    return false;
                }
                let candidate = candidate(text, run, &written, first, last);
                spans.is_free(&candidate.range)
                    && kind(&candidate, country, known)
                        .is_some_and(|(data, range)| spans.add(data, range))
            });
        first = last.unwrap_or(first) + 1;
    }
}

/// Where the digits end of a group of a run.
fn end_digit(run: &Run, group: usize) -> usize {
    let next = run.groups.get(group + 1);
    next.map_or(run.digits.len(), |next| next.first_digit)
}

fn candidate<'t>(
    text: &'t str,
    run: &'t Run,
    written: &'t Written<'t>,
    first: usize,
    last: usize,
) -> Candidate<'t> {
    let groups = &run.groups[first..=last];
    let end_digit = end_digit(run, last);
    let mut start = groups[0].range.start;
    let end = groups[groups.len() - 1].range.end;
    // An opening bracket and a plus sign belong to the number.
    if text[..start].ends_with('(') && text[start..end].contains(')') {
        start -= 1;
    }
    let before = text[..start].trim_end_matches(' ');
    let has_plus = before.ends_with(['+', '＋']) && start - before.len() <= 1;
    if has_plus {
        start = before.trim_end_matches(['+', '＋']).len();
        if text[..start].ends_with('(') && text[start..end].contains(')') {
            start -= 1;
        }
    }
    Candidate {
        text,
        range: start..end,
        digits: &run.digits[groups[0].first_digit..end_digit],
        group_lengths: &written.lengths[first..=last],
        gaps: &written.gaps[first..last],
        has_plus,
        is_whole_run: first == 0 && last + 1 == run.groups.len(),
    }
}

static CARD_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex_of_any_case(
        r"\b(?:cards?|cc|credit|debit|visa|master\s?card|amex|maestro|kreditkarte|karten?|carte|tarjeta|carta|cart[aã]o|kort\w*|kart[aęyı]\w*|kaart)
        |карт|カード|卡号|卡號|银行卡|카드",
    )
});

/// What a number is, and its range with an extension, if any.
fn kind(
    candidate: &Candidate<'_>,
    country: Option<&str>,
    known: &[KnownPhone],
) -> Option<(PersonalData, Range<usize>)> {
    let range = candidate.range.clone();
    if known.iter().any(|known| known.is(candidate.digits)) {
        return Some((PersonalData::Phone, range));
    }
    let may_be_card = !candidate.has_plus && card::is_card(candidate.digits, true);
    let is_card_named = may_be_card
        && (CARD_WORD.is_match(candidate.before()) || CARD_WORD.is_match(candidate.after()));
    // Whichever is named: a few numbers of one kind have the check digit of another.
    if !candidate.has_plus
        && !is_card_named
        && let Some(data) = id_number::kind(candidate, country)
    {
        return Some((data, range));
    }
    if may_be_card && card::is_card(candidate.digits, is_card_named) {
        return Some((PersonalData::Card, range));
    }
    if is_card_named
        && !candidate.has_plus
        && let Some(data) = id_number::kind(candidate, country)
    {
        return Some((data, range));
    }
    phone::end_of_phone(candidate, country).map(|end| (PersonalData::Phone, range.start..end))
}
