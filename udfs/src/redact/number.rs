//! Numbers written in groups of digits, and their types.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::known::KnownPhone;
use super::pattern::regex_ignoring_case;
use super::signs::{digit, head, is_word, tail};
use super::spans::Spans;
use super::{PersonalData, card, id_number, phone};

/// The shortest numbers are local telephone numbers.
pub(super) const DIGITS_MIN: usize = 6;
/// The longest numbers are card numbers.
const DIGITS_MAX: usize = 19;
/// More groups are a table, or single digits.
const GROUPS_MAX: usize = 24;
/// The longest gap between groups: a closing and an opening bracket, and a blank or separator.
const GAP_MAX: usize = 3;

/// The largest distances of a number from a word that names it.
const BEFORE: usize = 56;
const AFTER: usize = 28;

/// A group of adjacent digits.
#[derive(Debug, Clone)]
struct Group {
    range: Range<usize>,
    /// The index of its first digit in the run.
    first_digit: usize,
}

/// Groups of digits with only blanks and separators between them.
#[derive(Debug, Default)]
struct Run {
    digits: Vec<u8>,
    groups: Vec<Group>,
}

/// The lengths of the groups of a run, and the gaps between them.
struct Layout<'t> {
    lengths: Vec<usize>,
    gaps: Vec<&'t str>,
}

impl<'t> Layout<'t> {
    fn new(text: &'t str, run: &Run) -> Self {
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

/// Consecutive groups of a run that may be a number.
#[derive(Debug)]
pub(super) struct Candidate<'t> {
    pub(super) text: &'t str,
    /// The range with brackets and plus sign.
    pub(super) range: Range<usize>,
    pub(super) digits: &'t [u8],
    /// The number of digits in each group.
    pub(super) group_lengths: &'t [usize],
    /// The text between the groups.
    pub(super) gaps: &'t [&'t str],
    pub(super) has_plus: bool,
    /// `true` if the run has no other groups.
    pub(super) is_whole_run: bool,
}

impl Candidate<'_> {
    pub(super) fn before(&self) -> &str {
        tail(&self.text[..self.range.start], BEFORE)
    }

    pub(super) fn after(&self) -> &str {
        head(&self.text[self.range.end..], AFTER)
    }

    /// True if the groups have these lengths.
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

/// Reads the next run from `at` on, and moves `at` to its end. Returns `false` if there is none.
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
            let last = run.groups.last();
            if last.is_none_or(|group| group.range.end != position) {
                // "x4", "A12": part of a word.
                let is_in_word = run.groups.is_empty() && text[..position].ends_with(is_word);
                run.groups.push(Group {
                    range: position..position,
                    first_digit: if is_in_word {
                        usize::MAX
                    } else {
                        run.digits.len()
                    },
                });
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
    // A first group at the end of a word is not part of a number.
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
    // Nor is a last group at the start of a word, as in "2nd".
    let after = &text[end..];
    if after.starts_with(is_word)
        && !phone::is_extension(after)
        && let Some(last) = run.groups.pop()
    {
        run.digits.truncate(last.first_digit);
    }
    true
}

/// True for characters between the groups of a number.
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
    let layout = Layout::new(text, run);
    let mut first = 0;
    while first < run.groups.len() {
        let last = (first..run.groups.len().min(first + GROUPS_MAX))
            .rev()
            .find(|&last| {
                let digits = end_digit(run, last) - run.groups[first].first_digit;
                if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits) {
                    return false;
                }
                let candidate = candidate(text, run, &layout, first, last);
                spans.is_free(&candidate.range)
                    && kind(&candidate, country, known)
                        .is_some_and(|(data, range)| spans.add(data, range))
            });
        first = last.unwrap_or(first) + 1;
    }
}

/// Returns the index after the last digit of a group.
fn end_digit(run: &Run, group: usize) -> usize {
    let next = run.groups.get(group + 1);
    next.map_or(run.digits.len(), |next| next.first_digit)
}

fn candidate<'t>(
    text: &'t str,
    run: &'t Run,
    layout: &'t Layout<'t>,
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
        group_lengths: &layout.lengths[first..=last],
        gaps: &layout.gaps[first..last],
        has_plus,
        is_whole_run: first == 0 && last + 1 == run.groups.len(),
    }
}

static CARD_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex_ignoring_case(
        r"\b(?:cards?|cc|credit|debit|visa|master\s?card|amex|maestro|kreditkarte|karten?|carte|tarjeta|carta|cart[aã]o|kort\w*|kart[aęyı]\w*|kaart)
        |карт|カード|卡号|卡號|银行卡|카드",
    )
});

/// Returns the type of a number, and its range with any extension.
fn kind(
    candidate: &Candidate<'_>,
    country: Option<&str>,
    known: &[KnownPhone],
) -> Option<(PersonalData, Range<usize>)> {
    let range = candidate.range.clone();
    if known.iter().any(|known| known.matches(candidate.digits)) {
        return Some((PersonalData::Phone, range));
    }
    let may_be_card = !candidate.has_plus && card::is_card(candidate.digits, true);
    let is_card_named = may_be_card
        && (CARD_WORD.is_match(candidate.before()) || CARD_WORD.is_match(candidate.after()));
    // A named card comes first: some numbers of one kind have valid check digits of another.
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
