//! URLs that identify a person or grant access.

use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData;
use super::pattern::regex_ignoring_case as regex;
use super::signs::tail;
use super::spans::Spans;

static URL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:(?:https?|ftp)://|www\.)[^\s<>\x22]+
        | (?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}/[^\s<>\x22]+",
    )
});

/// Parts of URLs that are personal.
static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"
        # A user, and maybe a password, before the host.
          ://[^/?\#]*@
        # A value that is a secret or an identity.
        | [?&;\#/](?:[a-z]*[_-])?(?:token|key|apikey|auth|code|otp|sig|signature|session|sessionid|sid|jwt|secret
            |password|passwd|pwd|pass|email|e-?mail|mail|user|username|userid|uid|id|cid|rid|customer|customerid
            |account|member|name|phone|tel|invite|reset|verify|confirm|unsubscribe|hash|ticket|guid|uuid|ref)=[^&\#]
        # A page of one person.
        | /(?:u|user|users|profile|profiles|people|person|member|members|account|accounts|customer|customers
            |in|invite|reset|verify|confirm|unsubscribe|magic|share|shared|author|authors)/[^/?\#]
        | /[~@][\p{L}\p{N}_]
        | (?:facebook|fb|instagram|twitter|x|tiktok|linkedin|xing|vk|snapchat|pinterest|threads|t|wa|paypal|venmo|calendly|github|gitlab
            |medium|about|linktr|flickr|soundcloud)\.(?:com|me|ee|net|org)/(?:[^/?\#]*[\p{L}\p{N}])
        | (?:docs|drive|calendar|meet)\.google\.com/.
        | (?:dropbox\.com/s|we\.tl|1drv\.ms|zoom\.us/j)/.
        # Not typed by hand.
        | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
        | eyJ[\w-]{10,}
        # An address in it.
        | [^/]@|%40
        ",
    )
});

/// Words before a page of the writer.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:\b(?:my|our|mein|meine|unsere|mon|notre|mi|mio|minha|meu|mijn|min|moja|můj)\s+(?:own\s+|personal\s+)?
            (?:web\s?site|webseite|homepage|page|site|blog|profile|profil|portfolio|link|sitio|sito|strona)
            (?:\s+(?:is|ist|est|es|è|é|är|er|je|at))?
          | (?:^|\n)[\s>*-]*(?:web\s?site|homepage|url|web|blog|profile|linkedin|portfolio)
          | (?:shared|sharing)\s[\w\s]{0,20}with\syou)\W{0,4}$",
    )
});

const BEFORE: usize = 48;
const SECRET_LENGTH_MIN: usize = 20;

pub(super) fn find(text: &str, spans: &mut Spans) {
    for found in URL.find_iter(text) {
        let url = found.as_str().trim_end_matches([
            '.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '"', '*', '”', '’',
        ]);
        let is_personal = PERSONAL.is_match(url)
            || url.split(['/', '=', '?', '&', '#']).any(is_secret)
            || OWN.is_match(tail(&text[..found.start()], BEFORE));
        if is_personal {
            spans.add(PersonalData::Url, found.start()..found.start() + url.len());
        }
    }
}

/// True if a slash follows a scheme or host, unlike in 9/10.
pub(super) fn has_path(text: &str) -> bool {
    text.match_indices('/').any(|(at, _)| {
        let before = &text[..at];
        let word = before
            .rsplit(char::is_whitespace)
            .next()
            .unwrap_or_default();
        word.ends_with(':') || word.contains('.') && word.ends_with(char::is_alphanumeric)
    })
}

/// True if a part of a path or a value looks random: long, with letters and digits mixed.
fn is_secret(part: &str) -> bool {
    let changes = part
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
    part.len() >= SECRET_LENGTH_MIN
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.%".contains(&byte))
        && changes.count() >= 3
}
