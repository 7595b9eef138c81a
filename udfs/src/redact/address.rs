//! Postal addresses.
//!
//! An address begins with a street and number, or with a named box, flat or post code. What follows is
//! added as long as it looks like a flat, a post code, a town or a country.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData::Address;
use super::hints::{Hint, Hints};
use super::lexicon::LEXICON;
use super::pattern::regex;
use super::signs::{is_word, tail};
use super::spans::Spans;

/// A word of a street name.
const WORD: &str = r"(?:\p{Lu}[\p{L}\p{M}'’.-]*|\d{1,3}(?:st|nd|rd|th)\b)";
/// A joining word in a street name.
const SMALL: &str = r"(?:(?:de|del|della|delle|dei|di|da|do|dos|das|des|du|la|le|les|los|las|el|y|e|van|von|der|den|the|of|and|na|zum|zur|am|im|an)\s+|[dl]['’])";
const NUMBER: &str = r"\d{1,6}(?:\s?[-/]\s?\d{1,5})?[A-Za-z]?";
const UNIT: &str = r"(?i:apt|apartment|apto|appartement|suite|ste|flat|unit|wohnung|whg|lgh|lejl|piso|room|floor|app|building|block|bldg|house|door|stiege|top|etage|étage)\b\.?\s?(?i:no\b\.?|nr\b\.?|number|\#)?\s?\d{1,5}[A-Za-z]?\b";
const POST_CODE: &str = r"(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{4}\s?[A-Z]{2}|\d{3}\s\d{2,3}|\d{2}-\d{3}|\d{4}-\d{3}|\d{5}-\d{4}|(?:[A-Z]{1,3}-)?\d{3,6})\b";

/// Endings of street names, within a word.
pub(super) const STREETS_JOINED: &str = "straße|strasse|str.|gasse|weg|platz|allee|damm|ufer|graben|vej|gade|stræde|gatan|gata|vägen|veien|vegen|gaten|tie|katu|polku|laan|straat|plein|gracht|kade|dijk|steeg|singel|utca|terasse|terrasse|park|berg|hof";
/// Endings of street names, as separate words.
pub(super) const STREETS_APART: &str = "straße|strasse|weg|platz|allee|ring|gasse|utca|u.|út|útja|tér|körút|kapu|cesta|ulica|náměstí|nám.|tee|mnt.|mnt|puiestee|tänav|iela|gatvė|sokak|sok.|sokağı|caddesi|cad.|bulvarı|mahallesi|mah.|terasse|terrasse|plads|allé|vei|väg";

/// Streets with a number.
static STREETS: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    let types = r"(?i:streets?|str|st|roads?|rd|avenue|ave|lane|ln|boulevard|blvd|crescent|cres|terrace|highway|hwy|parkway|pkwy|mews|quay|gardens|nagar|marg|chowk|extensions?|gateway|turnpike|expressway|freeway)";
    // Types that are also in names of other things.
    let capital_types = r"(?:Drive|DRIVE|Dr|DR|Place|PLACE|Pl|Court|COURT|Courts|Ct|Squares?|SQUARE|Sq|Close|CLOSE|Way|WAY|Circle|Cir|Trail|Alley|Row|Grove|GROVE|Hill|HILL|Walk|Parade|PARADE|Parks?|PARK|Ridge|View|Heights|Bridge|Path|Loop|Plaza|Coves?|Forges?|Pass|Point|Rise|Vale|Wharf|Green)";
    let (joined, apart) = (
        STREETS_JOINED.replace('.', r"\."),
        STREETS_APART.replace('.', r"\."),
    );
    [
        regex(&format!(
            r"\b(?:\d{{1,6}}\s+)?{NUMBER},?\s+(?:{WORD}\s+){{1,4}}?(?:{types}|{capital_types})\b\.?(?:\s(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?"
        )),
        regex(&format!(
            r"(?:\b(?:\d{{2,6}}\s+)?{NUMBER},?\s+)?(?:\b(?i:rue|avenue|boulevard|chemin|all[ée]e|impasse|quai|viale|piazza|corso|vicolo|largo|calle|avenida|plaza|paseo|carrer|camino|carretera|rua|travessa|pra[çc]a|estrada|rúa|ulica|aleja|strada|bulevardul|calea|strandv\w+|tv)|\b(?i:bd|av|avda|ul|al|os|str)\.|(?i:улица|проспект|ул\.|пр\.|пер\.)|\bC/|\bVia|\bVIA|\b(?i:in)\svia|\bPostbox)\s*{SMALL}{{0,3}}{WORD}(?:\s+{SMALL}{{0,2}}{WORD}){{0,4}}?(?:,?\s*(?:n[°º.]?\s*|(?i:num|nr|no)\.?\s*)?\d{{1,5}}(?:/\d{{1,4}})?(?:\s?[a-zA-Z]\b|\b)\.?)"
        )),
        // A number before the type is enough: 12 rue de la Paix.
        regex(&format!(
            r"\b(?:\d{{2,6}}\s+)?{NUMBER}(?:\s?(?:bis|ter))?,?\s+(?i:rue|avenue|boulevard|bd|chemin|all[ée]e|impasse|quai|place|cours|route|square|passage|faubourg|via|calle|rua)\s+{SMALL}{{0,3}}{WORD}(?:[\s-]+{SMALL}{{0,2}}{WORD}){{0,3}}"
        )),
        regex(&format!(
            r"(?:\b\d{{2,6}}\s+)?(?:\p{{Lu}}[\p{{L}}\p{{M}}.-]{{2,}}(?i:{joined})
                | (?:\p{{Lu}}[\p{{L}}\p{{M}}.-]+\s+){{1,3}}(?i:{apart}))
              \s*(?i:no[:.]?\s*|nr\.?\s*)?\d{{1,5}}(?:\s?[a-zA-Z]\b|\b)\.?
            | {WORD}(?:\s+{SMALL}{{0,2}}{WORD}){{0,3}}\s\d{{1,4}}(?:\s?[a-zA-Z])?,\s+(?:[A-Z]{{1,2}}-)?\d{{4,5}}\s+\p{{Lu}}\p{{Ll}}+"
        )),
    ]
});

/// Doors and post office boxes without a street.
static PLACES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?i:p\.?\s?o\.?\s?box|post\s?box|postfach|postboks|boîte\s+postale|b\.p\.|apartado(?:\s+de\s+correos)?|casella\s+postale|caixa\s+postal|postbus|skrytka|psc\s\d+,?\s+box|unit\s\d+,?\s+box)\s*(?:no\.?\s*|\#)?\d{2,6}\b
        | \b(?:APO|FPO|DPO|apo|fpo|dpo)\s(?:AA|AE|AP|aa|ae|ap)\s\d{5}\b
        | \b(?i:apt|apartment|suite|flat)\b\.?\s?(?i:no\.?|\#)?\s?\d{1,5}[A-Za-z]?\b
",
    )
});

/// Post codes of a few doors each: British and Canadian ones.
static CODES: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b | \b[A-Z]\d[A-Z]\s\d[A-Z]\d\b"));

static POST_CODE_NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:zip(?:\s?code)?|post(?:al)?\s?code|pin\s?code|plz|postleitzahl|code\s+postal|cep|código\s+postal|codice\s+postale|postnummer|postnr|kod\s+pocztowy|psč|irányítószám|posta\s+kodu)
          \s*(?:is|:|=|ist|est|es|è|é|er|är)?\s*(?P<code>[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{4}\s?[A-Z]{2}|\d{2,5}(?:[-\s]\d{2,4})?)(?:$|[^\p{L}\d])",
    )
});

/// A number and a name after words for an address.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?i:\b(?:address|addresses|adresse|anschrift|dirección|domicilio|indirizzo|endereço|morada|adres|adress|adresa|cím|osoite)\b[^\d\n.!]{{0,24}}[\s:]
            |\b(?:lives?|lived|living|resid\w+|located|moved|office|offices|deliver\w*|sent|ship\w*|return\w*|mail\w*|meet|arrived|taxi|restaurant|shop|store|home|house|wohn\w+|habit\w*|vivo|viv\w+|abit\w+|mor[oa]|woon\w*|bor)\s+(?:[\p{{L}}']+\s+){{0,4}}?(?:at|on|in|to|is|an|auf|à|au|en|a|na|op|på)\s+(?:the\s+)?)
          (?P<street>(?i:corner\s+of\s+)?\d{{1,6}}[A-Za-z]?,?(?:\s+(?:{SMALL}{{0,2}}{WORD}|\d{{1,5}}[A-Za-z]?\b)){{1,6}})"
    ))
});
/// A name between two numbers.
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b\d{{2,6}}\s+{WORD}(?:\s+{SMALL}{{0,2}}{WORD}){{0,3}}\s+\d{{1,4}}[a-zA-Z]?\b"
    ))
});
static CORNER: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b(?i:the\s+)?(?i:corner)\s+of\s+(?:[\p{{L}}\p{{M}}\d.'’/-]+\s+){{1,5}}?(?:and|&)\s+{SMALL}{{0,3}}{WORD}(?:\s+{SMALL}{{0,2}}{WORD}){{0,2}}(?:\s+\d{{1,5}}\b)?"
    ))
});

/// Continuations of an address.
static REST: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    let gap = r"^(?:[\s,;>?*|]|\\)*";
    [
        regex(&format!(r"{gap}\b{UNIT}")),
        regex(&format!(r"{gap}\b{POST_CODE}")),
        regex(&format!(
            r"(?P<gap>{gap})(?P<words>{SMALL}{{0,2}}(?:S[ta]{{1,2}}\.\x20)?\p{{Lu}}[\p{{L}}\p{{M}}'’-]*(?:\x20{SMALL}{{0,2}}\p{{Lu}}[\p{{L}}\p{{M}}'’-]*){{0,3}}(?:\x20\(\p{{L}}+\))?(?:\x20\d{{1,2}}\b)?)"
        )),
    ]
});

/// Things that look like streets.
static THING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:google|hard|flash|usb|one|pen|thumb|test|disk|cloud|shared|wall|sesame|high|main|central|times|market|theme|water|car|first|next|last|best|only|easy|good|same)\s+(?:drives?|dr|street|st|road|way|park|place|pl|view|point)\.?$",
    )
});

/// Numbers before capitals that are not house numbers.
static NOT_HOUSE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?i)\d+[a-z]?,?\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|juin|juil|août|okt|dez|mär)\w*\b|^(?i)\d+\s+(?:am|pm|uhr|days?|hours?|minutes?|min|weeks?|months?|years?|stars?|points?|times|euros?|dollars?|usd|eur|gbp|gb|mb|tb|mbit|mbps|km|kg|x|out|of|and|or)\b",
    )
});

const BEFORE: usize = 40;
/// Fewer digits are a house number.
const POST_CODE_DIGITS_MIN: usize = 4;
const LINES_MAX: usize = 2;

/// Finds named boxes, flats and post codes.
pub(super) fn find_named(text: &str, spans: &mut Spans) {
    for captures in POST_CODE_NAMED.captures_iter(text) {
        if let Some(code) = captures.name("code") {
            spans.add(Address, code.range());
        }
    }
    for found in PLACES.find_iter(text) {
        add(text, found.range(), spans);
    }
    for found in CORNER.find_iter(text) {
        add(text, found.range(), spans);
    }
}

/// The hints that each pattern of [`STREETS`] needs: all hints of any list.
const STREET_HINTS: [&[&[Hint]]; 4] = [
    &[&[Hint::NumberBeforeName, Hint::StreetType]],
    &[&[Hint::StreetBegin]],
    &[&[Hint::StreetBegin]],
    &[&[Hint::NumberAfterStreet], &[Hint::NumberBeforeCode]],
];

/// True if [`find_streets`] may find anything.
pub(super) fn may_have_streets(hints: Hints) -> bool {
    STREET_HINTS.iter().any(|needed| is_hinted(hints, needed))
        || hints.has(Hint::PostCode)
        || may_be_named(hints)
        || may_be_between(hints)
}

fn is_hinted(hints: Hints, needed: &[&[Hint]]) -> bool {
    needed
        .iter()
        .any(|needed| needed.iter().all(|&hint| hints.has(hint)))
}

fn may_be_named(hints: Hints) -> bool {
    hints.has(Hint::Located)
        && (hints.has(Hint::NumberBeforeName) || hints.has(Hint::NumberBeforeSmall))
}

fn may_be_between(hints: Hints) -> bool {
    hints.has(Hint::LongNumberBeforeName) && hints.has(Hint::Numbers)
}

/// Finds streets with a number, and their continuations.
pub(super) fn find_streets(text: &str, hints: Hints, spans: &mut Spans) {
    for (pattern, needed) in STREETS.iter().zip(STREET_HINTS) {
        if !is_hinted(hints, needed) {
            continue;
        }
        for found in pattern.find_iter(text) {
            if !THING.is_match(found.as_str()) && !NOT_HOUSE.is_match(found.as_str()) {
                add(text, found.range(), spans);
            }
        }
    }
    if hints.has(Hint::PostCode) {
        for found in CODES.find_iter(text) {
            add(text, found.range(), spans);
        }
    }
    if may_be_named(hints) {
        find_located(text, spans);
    }
    if may_be_between(hints) {
        find_between(text, spans);
    }
}

fn find_located(text: &str, spans: &mut Spans) {
    for captures in NAMED.captures_iter(text) {
        if let Some(street) = captures.name("street")
            && !NOT_HOUSE.is_match(street.as_str())
            && street.as_str().split_whitespace().any(is_street_name)
        {
            add(text, street.range(), spans);
        }
    }
}

fn find_between(text: &str, spans: &mut Spans) {
    for found in BETWEEN.find_iter(text) {
        let first = found.as_str().split_whitespace().next().unwrap_or_default();
        let is_year = first.len() == 4 && (first.starts_with("19") || first.starts_with("20"));
        // By itself it may be a product and version, so it needs a continuation or its own line.
        let end = end_of_rest(text, found.end());
        let is_in_address = end > found.end()
            || tail(&text[..found.start()], BEFORE)
                .trim_end_matches([' ', '\t', '>', '?', '*'])
                .ends_with('\n');
        if !is_year && first.len() >= 3 && is_in_address {
            add(text, found.range(), spans);
        }
    }
}

fn is_street_name(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
        && word.chars().count() >= 3
        && !LEXICON.flags_of(word).is_stop()
}

fn add(text: &str, street: Range<usize>, spans: &mut Spans) {
    let end = end_of_rest(text, street.end);
    let is_whole = !text[..street.start].ends_with(is_word);
    if is_whole && !spans.add(Address, street.start..end) {
        spans.add(Address, street);
    }
}

/// Returns the end of the address that a part up to `end` belongs to.
fn end_of_rest(text: &str, mut end: usize) -> usize {
    let [unit, post_code, place] = &*REST;
    let digits = text[..end].bytes().rev().take_while(u8::is_ascii_digit);
    let mut is_after_code = digits.count() >= POST_CODE_DIGITS_MIN;
    loop {
        let rest = &text[end..];
        let end_of = |pattern: &Regex| {
            let part = pattern.find(rest)?;
            (!is_far(part.as_str())).then(|| part.end())
        };
        let code = end_of(unit).or_else(|| end_of(post_code));
        let part = code.or_else(|| {
            let captures = place.captures(rest)?;
            let gap = captures.name("gap")?.as_str();
            let words = captures.name("words")?;
            // "75002 Paris"
            let after = if is_after_code && gap == " " {
                ""
            } else {
                &rest[words.end()..]
            };
            (!is_far(gap) && is_place(gap, words.as_str(), after)).then(|| words.end())
        });
        is_after_code = code.is_some();
        match part {
            Some(length) if length > 0 => end += length,
            _ => return end,
        }
    }
}

fn is_far(gap: &str) -> bool {
    let gap = &gap[..gap.find(|c: char| c.is_alphanumeric()).unwrap_or(gap.len())];
    gap.matches('\n').count() > LINES_MAX || gap.matches('?').count() > 4
}

/// True if capitalized words after a street are a town, a state or a country.
fn is_place(gap: &str, words: &str, after: &str) -> bool {
    if gap.is_empty() || gap.contains('?') && !gap.contains('\n') {
        return false;
    }
    let is_stop = |word: &str| {
        // "New Zealand", and the codes of states.
        const OF_PLACES: &str =
            "New South North East West United San Santa Saint St Los Las La Le Den Bad";
        let is_of_places = OF_PLACES.split(' ').any(|place| place == word);
        let is_code = word.len() <= 3 && !word.contains(char::is_lowercase);
        word.starts_with(char::is_uppercase)
            && !is_of_places
            && !is_code
            && LEXICON.flags_of(word).is_stop()
    };
    let has_stop = words.split([' ', '-']).any(is_stop);
    // At the end of a line, or between commas.
    let after = after.trim_start_matches(' ');
    let is_end = |c: char| "\n\r,;.!?)\"".contains(c) || c.is_ascii_digit();
    let ends = after.is_empty() || after.starts_with(is_end);
    !has_stop && (gap.contains(',') && !gap.contains('\n') || ends)
}
