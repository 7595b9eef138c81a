//! IP addresses.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData;
use super::hints::{Hint, Hints};
use super::pattern::{regex, regex_ignoring_case};
use super::signs::{Signs, is_word, tail};
use super::spans::Spans;

static V4: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"));
/// An address with brackets around the dots to prevent linking, or with blanks.
static V4_SPACED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[0-9]{1,3}(?:\s?[\[({]\.[\])}]\s?[0-9]{1,3}){3}|[0-9]{1,3}(?:\s{0,2}\.\s{0,2}[0-9]{1,3}){3}",
    )
});
/// Words before an address with blanks, which may be four items of a list.
static IP_WORD: LazyLock<Regex> =
    LazyLock::new(|| regex_ignoring_case(r"(?:^|[^\p{L}\p{N}])ip(?:v4)?(?:$|[^\p{L}\p{N}])"));
static V6: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9.]{6,14})?"));

/// Words before a version that looks like an address.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    regex_ignoring_case(
        r"(?:versi\w*|\bver|\bv|release\w*|build|firmware|update\w*|upgrade\w*|patch|driver|software|section|chapter|\bios|android|windows|chrome|firefox|app|§)\W{0,3}(?:to\s|from\s|is\s|auf\s)?$",
    )
});

/// The largest distance of a word before an address.
const BEFORE: usize = 24;
const V4_DIGITS_MIN: usize = 4;
const V4_DOTS: usize = 3;
const V6_COLONS_MIN: usize = 3;
/// Fewer groups occur in code and times.
const V6_GROUPS_MIN: usize = 3;

pub(super) fn find(text: &str, signs: &Signs, hints: Hints, spans: &mut Spans) {
    if signs.digits >= V4_DIGITS_MIN && signs.dots >= V4_DOTS && hints.has(Hint::Ip4) {
        for found in V4.find_iter(text) {
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            let is_whole = !before.ends_with(|c: char| is_word(c) || c == '.')
                && !after.starts_with(is_word)
                && !after
                    .strip_prefix('.')
                    .is_some_and(|rest| rest.starts_with(is_word));
            if is_whole && is_personal(found.as_str()) && !VERSION.is_match(tail(before, BEFORE)) {
                spans.add(PersonalData::Ip, found.range());
            }
        }
        for found in V4_SPACED.find_iter(text) {
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            let address: String = found
                .as_str()
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
            let is_marked =
                found.as_str().contains(['[', '(', '{']) || IP_WORD.is_match(tail(before, BEFORE));
            if is_whole && is_marked && is_personal(&address) {
                spans.add(PersonalData::Ip, found.range());
            }
        }
    }
    if signs.colons >= V6_COLONS_MIN && has_close_colons(text) {
        for found in V6.find_iter(text) {
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            let is_whole = !before.ends_with(|c: char| is_word(c) || c == ':')
                && !after.starts_with(|c: char| is_word(c) || c == ':');
            let groups = found.as_str().split(':').filter(|group| !group.is_empty());
            if is_whole
                && groups.count() >= V6_GROUPS_MIN
                && found.as_str().parse::<Ipv6Addr>().is_ok()
            {
                spans.add(PersonalData::Ip, found.range());
            }
        }
    }
}

/// True if two colons have only the digits of one group between them.
fn has_close_colons(text: &str) -> bool {
    let mut groups = text.bytes().rev().enumerate();
    let mut last = None;
    groups.any(|(at, byte)| match byte {
        b':' => last.replace(at).is_some(),
        _ => {
            if !byte.is_ascii_hexdigit() || last.is_some_and(|last| at - last > 4) {
                last = None;
            }
            false
        }
    })
}

/// True unless every computer has the address.
fn is_personal(address: &str) -> bool {
    address.parse::<Ipv4Addr>().is_ok_and(|address| {
        !address.is_loopback() && !address.is_unspecified() && !address.is_broadcast()
    })
}
