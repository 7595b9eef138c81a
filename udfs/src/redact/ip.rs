//! IP addresses.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData;
use super::pattern::{regex, regex_of_any_case};
use super::signs::{Signs, is_word, tail};
use super::spans::Spans;

static V4: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"));
static V6: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9.]{6,14})?"));

/// Words before a version, which may look like an address.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    regex_of_any_case(
        r"(?:versi\w*|\bver|\bv|release\w*|build|firmware|update\w*|upgrade\w*|patch|driver|software|section|chapter|\bios|android|windows|chrome|firefox|app|§)\W{0,3}(?:to\s|from\s|is\s|auf\s)?$",
    )
});

/// How far before an address the word for a version may begin.
const BEFORE: usize = 24;
const V4_DIGITS_MIN: usize = 4;
const V4_DOTS: usize = 3;
/// Of the shortest that is looked for.
const V6_COLONS_MIN: usize = 3;
/// Fewer groups are found in code and in times.
const V6_GROUPS_MIN: usize = 3;

pub(super) fn find(text: &str, signs: &Signs, spans: &mut Spans) {
    if signs.digits >= V4_DIGITS_MIN && signs.dots >= V4_DOTS {
        for found in V4.find_iter(text) {
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            let is_whole = !before.ends_with(|c: char| is_word(c) || c == '.')
                && !after.starts_with(is_word)
                && !after
                    .strip_prefix('.')
                    .is_some_and(|rest| rest.starts_with(is_word));
            let is_someones = found.as_str().parse::<Ipv4Addr>().is_ok_and(|address| {
                !address.is_loopback() && !address.is_unspecified() && !address.is_broadcast()
            });
            if is_whole && is_someones && !VERSION.is_match(tail(before, BEFORE)) {
                spans.add(PersonalData::Ip, found.range());
            }
        }
    }
    if signs.colons >= V6_COLONS_MIN {
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
