//! Email addresses, plain and spelled out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData::Email;
use super::pattern::regex_ignoring_case as regex;
use super::signs::{is_bounded, is_unspaced};
use super::spans::Spans;

/// An address by RFC 5321 and 6531, without quotes. It may contain zero-width characters.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}\p{Cf}.!\#$%&'*+/=?^_`{|}~-]*[\p{L}\p{M}\p{N}\p{Cf}_+-])?
          [@＠]\p{Cf}*
          (?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}\p{Cf}-]*[\p{L}\p{M}\p{N}\p{Cf}])?[.．。])+
          (?:\p{L}[\p{L}\p{M}\p{Cf}]+|xn--[a-z0-9-]+)
        | [\p{L}\p{N}_][\p{L}\p{N}.+_-]*@\[[0-9a-fA-F.:]+\]",
    )
});

/// An address with white space around its punctuation, or with words for it.
static SPELLED: LazyLock<Regex> = LazyLock::new(|| {
    // A word for @ without brackets needs a word for the dot too, or blanks before the dot: "look at
    // example.com" is not an address.
    let bracketed_at = r"\s*[\[({<]\s*(?:at|@|＠|arroba|ät|chez|chiocciola|kukac|apenstaartje|snabel-?a|zavináč|malpa|małpa)\s*[\])}>]\s*";
    let bracketed_dot =
        r"\s*[\[({<]\s*(?:dot|\.|punkt|point|punto|ponto|punt|kropka|tečka|nokta)\s*[\])}>]\s*";
    let spoken_dot = r"\s+(?:dot|punkt|point|punto|ponto|punt|kropka|tečka|nokta)\s+";
    let spoken_at = r"\s+(?:at|arroba|chiocciola|kukac|małpa|zavináč)\s+";
    let local = format!(
        r"[\p{{L}}\p{{N}}_][\p{{L}}\p{{M}}\p{{N}}_+-]*(?:(?:\.|{bracketed_dot}|\s+dot\s+)[\p{{L}}\p{{N}}_+-]+)*"
    );
    let label = r"[\p{L}\p{N}][\p{L}\p{N}-]*";
    let tld = r"[\p{L}]{2,}";
    let common = r"(?:com|org|net|edu|gov|info|biz|io|co|de|fr|es|it|nl|be|ch|pl|pt|br|in|uk|eu|us|se|no|dk|fi|cz|ru|jp|cn|ca|au)";
    regex(&format!(
        r"{local}(?:
            {bracketed_at}{label}(?:(?:\.|{bracketed_dot}|{spoken_dot}|\s+\.\s*){label})+
          | \s*[@＠]\s*{label}(?:(?:\.|{bracketed_dot}|{spoken_dot}|\s+\.\s*){label})*
            (?:{bracketed_dot}{tld}|{spoken_dot}{common}|\s+\.\s*{common}|\.{common}|\.\s+(?-i:com|org|net|edu))
          | [_-]at[_-]{label}(?:(?:\.|[_-]dot[_-]){label})*?[_-]dot[_-]{common}
          | {spoken_at}{label}(?:(?:\.|{bracketed_dot}|{spoken_dot}){label})*(?:{bracketed_dot}{tld}|{spoken_dot}{common})
        )(?:$|[^\p{{L}}\p{{N}}])"
    ))
});

/// Words before "at" that are not local parts: "have a look at example dot com".
const NOT_LOCAL: &str = "look looking is was am are me us it find found online available bought";

/// A word with a dot or underscore, "at", and a host: only addresses have both. A host alone is not
/// enough: "look at example.com".
static AT_HOST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[a-z][a-z0-9]*(?:[._][a-z0-9]+)*[._][a-z][a-z0-9]+\s+at\s+(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}",
    )
});

/// An address with blanks between all characters.
static SPACED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:[\p{L}\p{N}._+-]\s){2,}[@＠](?:\s[\p{L}\p{N}-]){2,}(?:\s\.(?:\s[\p{L}\p{N}-])+)*\s\.(?:\s\p{L}){2,}",
    )
});

pub(super) fn find(text: &str, spans: &mut Spans) {
    for found in PLAIN.find_iter(text) {
        spans.add(Email, without_adjacent_words(text, found.range()));
    }
    for found in SPACED.find_iter(text) {
        if is_bounded(text, found.start(), found.end()) {
            spans.add(Email, found.range());
        }
    }
}

/// Returns the range of an address in Latin script without adjacent words of another script.
fn without_adjacent_words(text: &str, range: Range<usize>) -> Range<usize> {
    let address = &text[range.clone()];
    let Some(at) = address.find(['@', '＠']) else {
        return range;
    };
    let (local, host) = address.split_at(at);
    let latin = local.trim_start_matches(is_unspaced);
    let last_label = host.rfind(['.', '．', '。']).map_or(0, |dot| {
        dot + host[dot..].chars().next().map_or(0, char::len_utf8)
    });
    let end = match host[last_label..].find(is_unspaced) {
        Some(end) if end >= 2 => at + last_label + end,
        _ => address.len(),
    };
    let start = if latin.is_empty() || latin.contains(is_unspaced) {
        0
    } else {
        local.len() - latin.len()
    };
    range.start + start..range.start + end
}

/// Finds addresses with only the @ spelled out, without brackets.
pub(super) fn find_at_host(text: &str, spans: &mut Spans) {
    for found in AT_HOST.find_iter(text) {
        if is_bounded(text, found.start(), found.end()) {
            spans.add(Email, found.range());
        }
    }
}

/// Finds addresses that are spelled out.
pub(super) fn find_spelled(text: &str, spans: &mut Spans) {
    for found in SPELLED.find_iter(text) {
        // Without the boundary that the pattern requires.
        let end = found
            .as_str()
            .trim_end_matches(|c: char| !c.is_alphanumeric());
        let local = end.split_whitespace().next().unwrap_or_default();
        let lower_case = local.to_lowercase();
        let is_plain_word = end[local.len()..].trim_start().get(..2) == Some("at")
            && NOT_LOCAL.split(' ').any(|word| word == lower_case);
        if !is_plain_word {
            spans.add(Email, found.start()..found.start() + end.len());
        }
    }
}
