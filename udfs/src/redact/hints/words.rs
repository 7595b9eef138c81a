//! Words and phrases that are hints, and what else there must be.

use std::sync::LazyLock;

use super::streets::is_small;
use super::threes::{THREES, Threes, three};
use super::{Hint, Hints, bit};
use crate::redact::cues::{Cue, Lead, PHRASES};
use crate::redact::may_be_name::is_followed;
use crate::redact::signs::Signs;

/// Street types behind a number and a name.
const TYPES: &str = "street|streets|str|st|road|roads|rd|avenue|ave|lane|ln|boulevard|blvd|crescent|cres|terrace|highway|hwy|parkway|pkwy|mews|quay|gardens\
    |nagar|marg|chowk|extension|extensions|gateway|turnpike|expressway|freeway";
/// Those that are written with a capital.
const TYPES_CAPITAL: &str = "drive|dr|place|pl|court|courts|ct|square|squares|sq|close|way|circle|cir|trail|alley|row|grove|hill|walk|parade|park|parks|ridge\
    |view|heights|bridge|path|loop|plaza|cove|coves|forge|forges|pass|point|rise|vale|wharf|green";
/// Street types before a name, or their beginnings.
const TYPES_BEFORE: &str = "rue|avenue|boulevard|chemin|allée|allee|impasse|quai|viale|piazza|corso|vicolo|largo|calle|avenida|plaza|paseo|carrer|camino|carretera\
    |rua|travessa|praça|praca|estrada|rúa|ulica|aleja|strada|bulevardul|calea|tv|bd|av.|avda.|ul.|al.|os.|str.|c/|via|postbox|place|cours|route|square|passage|faubourg";
/// The beginnings of others.
const TYPES_BEGUN: &str = "strandv|ул|Ул|уЛ|УЛ|пр|Пр|пР|ПР|пе|Пе|пЕ|ПЕ";
/// Where somebody lives, and where something goes, or the beginnings of such words.
const LOCATED: &str = "address|adresse|anschrift|dirección|domicilio|indirizzo|endereço|morada|adres|cím|osoite|live|living|resid|located|moved|office|deliver|sent|ship\
    |return|mail|meet|arrived|taxi|restaurant|shop|store|home|house|wohn|habit|viv|abit|moro|mora|woon|bor";
/// Documents, or the beginnings of what they are called.
const DOCUMENTS: &str = "passport|driv|license|licence|number|national|government|personal|id|identity|voter|green|residence|medicare|health|nhs|tax|dl|reisepass|pass\
    |ausweis|führerschein|permis|carte|pasaporte|licencia|dni|nie|nif|cédula|rut|curp|passaporto|patente|carta|codice|passaporte|cnh|rg|paspoort|rijbewijs|paszport\
    |prawo|dowód|dowodu|pas|körkort|førerkort|kørekort";
/// Words for an @ or a dot, wherever they are.
const SPELT: &str = "dot|arroba|chiocciola|kukac|apenstaart|snabel|zavináč|malpa|małpa";
/// Words for them behind a bracket.
const SPELT_BRACKETED: &str = "at|ät|chez|punkt";

/// What else there must be for a word to be a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    None,
    /// A name behind a phrase.
    Followed(Cue),
    /// The end of a word.
    Whole,
    /// A capital and the end of a word.
    Capital,
    /// A number behind it, or "no".
    Numbered,
    /// No letters behind it, unless they are a word that joins those of a street's name.
    OfStreet,
    /// An opening bracket before it.
    Bracketed,
    /// A word before it that an address could begin with, and a host behind.
    BetweenAddress,
}

/// A word or phrase, or the beginning of one.
pub(super) struct Word {
    text: &'static str,
    /// The first eight bytes without what tells small letters, and which of them there are.
    first: u64,
    mask: u64,
    pub(super) bit: u32,
    condition: Condition,
}

impl Word {
    fn new(text: &'static str, hint: Hint, condition: Condition) -> Self {
        let length = text.len().min(8);
        let mask = u64::MAX >> (64 - 8 * length);
        Self {
            text,
            first: eight(text.as_bytes()) & mask,
            mask,
            bit: bit(hint),
            condition,
        }
    }

    /// Whether a text begins with it.
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        let here = text.get(..self.text.len());
        here.is_some_and(|here| is_same(here, self.text.as_bytes()))
    }

    /// Whether it is one at this place, from what else is there.
    pub(super) fn is_here(&self, text: &str, start: usize, signs: &Signs) -> bool {
        let bytes = text.as_bytes();
        let end = start + self.text.len();
        let is_end = || {
            !bytes
                .get(end)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        match self.condition {
            Condition::None => true,
            Condition::Followed(cue) => {
                (is_end() || !bytes[end - 1].is_ascii_alphanumeric())
                    && text.is_char_boundary(end)
                    && is_followed(text, Lead { end, cue }, signs.has_capital)
            }
            Condition::Whole => is_end(),
            Condition::Numbered => {
                let next = text[end..].trim_start().bytes().next();
                next.is_some_and(|next| next.is_ascii_digit() || matches!(next, b'#' | b'n' | b'N'))
            }
            Condition::OfStreet => {
                let rest = &bytes[end..];
                let length = rest
                    .iter()
                    .take_while(|byte| byte.is_ascii_lowercase())
                    .count();
                let next = rest.get(length).copied().unwrap_or_default();
                length == 0 || is_small(&rest[..length], next)
            }
            Condition::Capital => bytes[start].is_ascii_uppercase() && is_end(),
            Condition::Bracketed => text[..start].trim_end().ends_with(['[', '(', '{', '<']),
            Condition::BetweenAddress => {
                signs.dots > 0 && {
                    let (before, after) = (text[..start].trim_end(), text[end..].trim_start());
                    let local = before.rsplit(char::is_whitespace).next();
                    let host = after.split(char::is_whitespace).next();
                    before.len() < start
                        && after.len() < text.len() - end
                        && local.is_some_and(|local| local.contains(['.', '_']))
                        && host.is_some_and(|host| host.contains('.'))
                }
            }
        }
    }
}

/// Words by their first three letters.
pub(super) struct Words {
    words: Vec<Word>,
    /// The three letters that each begins with.
    threes: Threes,
    /// Where the words that begin with three letters begin and end in `of_threes`.
    buckets: Vec<(u16, u16)>,
    of_threes: Vec<u16>,
}

impl Words {
    fn new(words: Vec<Word>) -> Self {
        let mut by_three: Vec<(usize, usize)> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let bytes = word.text.as_bytes();
            let thirds = match bytes.get(2) {
                Some(third) => *third..third + 1,
                None => 0..32,
            };
            let second = bytes.get(1).copied();
            by_three.extend(thirds.map(|third| (three([Some(bytes[0]), second, Some(third)]), at)));
        }
        by_three.sort_unstable();
        let mut threes = Threes::default();
        let mut buckets = vec![(0, 0); THREES];
        for (place, &(three, _)) in by_three.iter().enumerate() {
            threes.add(three);
            let place = u16::try_from(place).expect("there are fewer words than that");
            let (first, end) = &mut buckets[three];
            if *first == *end {
                *first = place;
            }
            *end = place + 1;
        }
        Self {
            words,
            threes,
            buckets,
            of_threes: by_three.iter().map(|&(_, at)| at as u16).collect(),
        }
    }

    /// Those whose first eight bytes a text begins with.
    pub(super) fn like<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = &'a Word> {
        let letter = |at: usize| text.get(at).copied();
        let three = three([letter(0), letter(1), letter(2)]);
        let (first, end) = match self.threes.has(three) {
            true => self.buckets[three],
            false => (0, 0),
        };
        let words = self.of_threes[usize::from(first)..usize::from(end)].iter();
        let begin = if first < end { eight(text) } else { 0 };
        words
            .map(|&at| &self.words[usize::from(at)])
            .filter(move |word| begin & word.mask == word.first)
    }
}

/// Those for texts without digits, and for those with some.
pub(super) static WORDS: LazyLock<Words> =
    LazyLock::new(|| words(|word| word.bit & Hints::OF_NUMBERS == 0));
pub(super) static WORDS_BY_NUMBERS: LazyLock<Words> =
    LazyLock::new(|| words(|word| word.bit & Hints::OF_NAMES == 0));
/// All, for texts in which a number is before what may be a name.
pub(super) static WORDS_BY_NAMES: LazyLock<Words> = LazyLock::new(|| words(|_| true));

fn words(is_wanted: impl Fn(&Word) -> bool) -> Words {
    let of_cues = PHRASES.iter().flat_map(|&(cue, phrases)| {
        let word = move |phrase: &'static str| match cue {
            Cue::Name | Cue::NameSurely | Cue::Signature => {
                Some(Word::new(phrase, Hint::Lead, Condition::Followed(cue)))
            }
            Cue::Birth => Some(Word::new(phrase, Hint::Birth, Condition::None)),
            Cue::Address if phrase == " box" => {
                Some(Word::new("box", Hint::NamedPlace, Condition::Numbered))
            }
            Cue::Address => Some(Word::new(phrase, Hint::NamedPlace, Condition::None)),
            Cue::SpeltAt => Some(Word::new(
                phrase.trim(),
                Hint::SpeltAt,
                Condition::BetweenAddress,
            )),
            Cue::SpeltEmail | Cue::Url => None,
        };
        phrases.split('|').filter_map(word)
    });
    let others = [
        (TYPES, Hint::StreetType, Condition::Whole),
        (TYPES_CAPITAL, Hint::StreetType, Condition::Capital),
        (TYPES_BEFORE, Hint::StreetBegin, Condition::OfStreet),
        (TYPES_BEGUN, Hint::StreetBegin, Condition::None),
        (LOCATED, Hint::Located, Condition::None),
        (DOCUMENTS, Hint::Document, Condition::None),
        (SPELT, Hint::SpeltEmail, Condition::None),
        (SPELT_BRACKETED, Hint::SpeltEmail, Condition::Bracketed),
    ];
    let others = others.into_iter().flat_map(|(words, hint, condition)| {
        words
            .split('|')
            .map(move |word| Word::new(word, hint, condition))
    });
    Words::new(of_cues.chain(others).filter(is_wanted).collect())
}

/// The first eight bytes, without what tells capitals from small letters.
fn eight(bytes: &[u8]) -> u64 {
    let eight = match bytes.first_chunk() {
        Some(eight) => *eight,
        None => {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            eight
        }
    };
    u64::from_le_bytes(eight) | 0x2020_2020_2020_2020
}

/// Whether two texts are the same but for capitals, and a few signs that are as far apart.
fn is_same(here: &[u8], word: &[u8]) -> bool {
    here.iter()
        .zip(word)
        .all(|(here, word)| here | 0x20 == word | 0x20)
}
