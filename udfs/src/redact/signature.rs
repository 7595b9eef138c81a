//! The name at the top of a signature: alone on its line, above an address or number.

use std::ops::Range;

use super::PersonalData::{Address, Email, Name, Phone};
use super::lexicon::LEXICON;
use super::spans::Spans;

/// A single word may be a heading, and longer lines are sentences.
const WORDS: Range<usize> = 2..5;
/// The most lines between name and contact: those of a company and a job title.
const LINES_BELOW_MAX: usize = 4;

pub(super) fn find(text: &str, spans: &mut Spans) {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push(start..start + line.len());
        start += line.len();
    }
    for (at, line) in lines.iter().enumerate() {
        let below = &lines[at + 1..];
        let is_above_contact = below[..below.len().min(LINES_BELOW_MAX)]
            .last()
            .is_some_and(|last| spans.has_any(&[Address, Email, Phone], &(line.end..last.end)));
        if is_above_contact && let Some(name) = name(&text[line.clone()]) {
            spans.add(Name, line.start + name.start..line.start + name.end);
        }
    }
}

/// Returns the range of a name that is alone on a line, apart from quotation marks.
fn name(line: &str) -> Option<Range<usize>> {
    let name = line
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .trim_end();
    let is_name = |word: &str| {
        word.starts_with(char::is_uppercase)
            && word
                .chars()
                .all(|c| c.is_alphabetic() || "'’-.".contains(c))
            && !LEXICON.flags_of(word).is_stop()
    };
    let start = line.find(name)?;
    (WORDS.contains(&name.split(' ').count()) && name.split(' ').all(is_name))
        .then(|| start..start + name.len())
}
