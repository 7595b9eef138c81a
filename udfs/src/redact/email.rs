//! Email addresses, as they are and spelt out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData::Email;
use super::pattern::regex_of_any_case as regex;
use super::signs::{is_at_borders, is_unspaced};
use super::spans::Spans;

/// An address as RFC 5321 and 6531 have it, without quotes. Characters of no width may be in it.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}\p{Cf}.!\#$%&'*+/=?^_`{|}~-]*[\p{L}\p{M}\p{N}\p{Cf}_+-])?
          [@＠]\p{Cf}*
          (?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}\p{Cf}-]*[\p{L}\p{M}\p{N}\p{Cf}])?[.．。])+
          (?:\p{L}[\p{L}\p{M}\p{Cf}]+|xn--[a-z0-9-]+)
        | [\p{L}\p{N}_][\p{L}\p{N}.+_-]*@\[[0-9a-fA-F.:]+\]",
    )
});

/// An address with white space about its signs, or with words for them.
static SPELT: LazyLock<Regex> = LazyLock::new(|| {
    // What stands for an @ where no brackets set it off needs a word for the dot as well, or blanks
    // before the dot: "look at example.com" is no address.
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

/// Words before "at" where no address ends: "have a look at example dot com".
const NOT_LOCAL: [&str; 14] = [
    "look",
    "looking",
    "is",
    "was",
    "am",
    "are",
    "me",
    "us",
    "it",
    "find",
    "found",
    "online",
    "available",
    "bought",
];

/// A word with a dot or a line in it, "at", and a host: nothing but an address has both. The host as
/// it is written is no sign by itself: "look at example.com".
static AT_HOST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[a-z][a-z0-9]*(?:[._][a-z0-9]+)*[._][a-z][a-z0-9]+\s+at\s+(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}",
    )
});

/// An address whose characters are set apart each.
static SET_APART: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:[\p{L}\p{N}._+-]\s){2,}[@＠](?:\s[\p{L}\p{N}-]){2,}(?:\s\.(?:\s[\p{L}\p{N}-])+)*\s\.(?:\s\p{L}){2,}",
    )
});

pub(super) fn find(text: &str, spans: &mut Spans) {
    for found in PLAIN.find_iter(text) {
        let range = without_words_beside(text, found.range());
        spans.add(Email, range);
    }
    for found in SET_APART.find_iter(text) {
        if is_at_borders(text, found.start(), found.end()) {
            spans.add(Email, found.range());
        }
    }
}

/// The range of an address of Latin letters without the words of another script that are beside it.
fn without_words_beside(text: &str, range: Range<usize>) -> Range<usize> {
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

/// Finds addresses of which only the @ is spelt out, without brackets.
pub(super) fn find_at_host(text: &str, spans: &mut Spans) {
    for found in AT_HOST.find_iter(text) {
        if is_at_borders(text, found.start(), found.end()) {
            spans.add(Email, found.range());
        }
    }
}

/// Finds addresses that are spelt out.
pub(super) fn find_spelt(text: &str, spans: &mut Spans) {
    for found in SPELT.find_iter(text) {
        // The border that the pattern asks for is not part of it.
        let end = found
            .as_str()
            .trim_end_matches(|c: char| !c.is_alphanumeric());
        let local = end.split_whitespace().next().unwrap_or_default();
        let is_plain_word = end[local.len()..].trim_start().get(..2) == Some("at")
            && NOT_LOCAL.contains(&local.to_lowercase().as_str());
        if !is_plain_word {
            spans.add(Email, found.start()..found.start() + end.len());
        }
    }
}
