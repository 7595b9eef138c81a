//! Email addresses, as they are and spelt out.

use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData::Email;
use super::pattern::regex_of_any_case as regex;
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

pub(super) fn find(text: &str, spans: &mut Spans) {
    for found in PLAIN.find_iter(text) {
        spans.add(Email, found.range());
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
