//! Words and phrases that are hints, and their conditions.

use std::sync::LazyLock;

use super::streets::is_joining;
use super::threes::{THREES, three};
use super::{Hint, Hints, bit};
use crate::redact::bits::Bits;
use crate::redact::cues::{Cue, Lead, PHRASES};
use crate::redact::may_be_name::is_followed;
use crate::redact::signs::Signs;

/// Street types after a number and a name.
const TYPES: &str = "street|streets|str|st|road|roads|rd|avenue|ave|lane|ln|boulevard|blvd|crescent|cres|terrace|highway|hwy|parkway|pkwy|mews|quay|gardens\
    |nagar|marg|chowk|extension|extensions|gateway|turnpike|expressway|freeway";
/// Street types that are capitalized.
const TYPES_CAPITAL: &str = "drive|dr|place|pl|court|courts|ct|square|squares|sq|close|way|circle|cir|trail|alley|row|grove|hill|walk|parade|park|parks|ridge\
    |view|heights|bridge|path|loop|plaza|cove|coves|forge|forges|pass|point|rise|vale|wharf|green";
/// Street types before a name, or prefixes of them.
const TYPES_BEFORE: &str = "rue|avenue|boulevard|chemin|allée|allee|impasse|quai|viale|piazza|corso|vicolo|largo|calle|avenida|plaza|paseo|carrer|camino|carretera\
    |rua|travessa|praça|praca|estrada|rúa|ulica|aleja|strada|bulevardul|calea|tv|bd|av.|avda.|ul.|al.|os.|str.|c/|via|postbox|place|cours|route|square|passage|faubourg";
/// Prefixes of other street types.
const TYPES_BEGUN: &str = "strandv|ул|Ул|уЛ|УЛ|пр|Пр|пР|ПР|пе|Пе|пЕ|ПЕ";
/// Words for where someone lives or something goes, or prefixes of them.
const LOCATED: &str = "address|adresse|anschrift|dirección|domicilio|indirizzo|endereço|morada|adres|cím|osoite|live|living|resid|located|moved|office|deliver|sent|ship\
    |return|mail|meet|arrived|taxi|restaurant|shop|store|home|house|wohn|habit|viv|abit|moro|mora|woon|bor";
/// Documents, or prefixes of them.
const DOCUMENTS: &str = "passport|driv|license|licence|number|national|government|personal|id|identity|voter|green|residence|medicare|health|nhs|tax|dl|reisepass|pass\
    |ausweis|führerschein|permis|carte|pasaporte|licencia|dni|nie|nif|cédula|rut|curp|passaporto|patente|carta|codice|passaporte|cnh|rg|paspoort|rijbewijs|paszport\
    |prawo|dowód|dowodu|pas|körkort|førerkort|kørekort";
/// Words for an @ or a dot in any place.
const SPELLED: &str = "dot|arroba|chiocciola|kukac|apenstaart|snabel|zavináč|malpa|małpa";
/// Words for them after a bracket.
const SPELLED_BRACKETED: &str = "at|ät|chez|punkt";

/// A condition for a word to be a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    None,
    /// A name after the phrase.
    Followed(Cue),
    /// The end of a word.
    Whole,
    /// A capital and the end of a word.
    Capital,
    /// A number after it, or "no".
    Numbered,
    /// No letters after it, unless they are a joining word of street names.
    InStreet,
    /// An opening bracket before it.
    Bracketed,
    /// The local part of an address before it, and a host after it.
    InEmail,
}

/// A word or phrase, or a prefix of one.
pub(super) struct Word {
    text: &'static str,
    /// The first eight bytes ignoring case, and a mask of those that are set.
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

    /// True if a text begins with this word.
    pub(super) fn is_prefix_of(&self, text: &[u8]) -> bool {
        let here = text.get(..self.text.len());
        here.is_some_and(|here| is_same(here, self.text.as_bytes()))
    }

    /// True if the condition holds for the word at `start`.
    pub(super) fn holds_at(&self, text: &str, start: usize, signs: &Signs) -> bool {
        let bytes = text.as_bytes();
        let end = start + self.text.len();
        let is_word_byte = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let is_end = || !bytes.get(end).is_some_and(is_word_byte);
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
            Condition::InStreet => {
                let rest = &bytes[end..];
                let letters = rest.iter().take_while(|byte| byte.is_ascii_lowercase());
                let length = letters.count();
                let next = rest.get(length).copied().unwrap_or_default();
                length == 0 || is_joining(&rest[..length], next)
            }
            Condition::Capital => bytes[start].is_ascii_uppercase() && is_end(),
            Condition::Bracketed => text[..start].trim_end().ends_with(['[', '(', '{', '<']),
            Condition::InEmail => {
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
    /// The first three letters of each word.
    threes: Bits,
    /// For each three letters, the range of their words in `by_three`.
    buckets: Vec<(u16, u16)>,
    by_three: Vec<u16>,
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
        let mut threes = Bits::below(THREES);
        let mut buckets = vec![(0, 0); THREES];
        for (place, &(three, _)) in by_three.iter().enumerate() {
            threes.add(three);
            let place = u16::try_from(place).expect("fewer words than 65,536");
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
            by_three: by_three.iter().map(|&(_, at)| at as u16).collect(),
        }
    }

    /// Iterates over the words whose first eight bytes match the start of a text.
    pub(super) fn candidates<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = &'a Word> {
        let letter = |at: usize| text.get(at).copied();
        let three = three([letter(0), letter(1), letter(2)]);
        let (first, end) = if self.threes.has(three) {
            self.buckets[three]
        } else {
            (0, 0)
        };
        let words = self.by_three[usize::from(first)..usize::from(end)].iter();
        let begin = if first < end { eight(text) } else { 0 };
        words
            .map(|&at| &self.words[usize::from(at)])
            .filter(move |word| begin & word.mask == word.first)
    }
}

/// Words for texts without digits, and for texts with digits.
pub(super) static WORDS: LazyLock<Words> =
    LazyLock::new(|| words(|word| word.bit & Hints::WITH_DIGITS == 0));
pub(super) static WORDS_WITH_DIGITS: LazyLock<Words> =
    LazyLock::new(|| words(|word| word.bit & Hints::WITH_NUMBERED_NAMES == 0));
/// All words, for texts with a number before a possible name.
pub(super) static WORDS_WITH_NUMBERED_NAMES: LazyLock<Words> = LazyLock::new(|| words(|_| true));

fn words(is_wanted: impl Fn(&Word) -> bool) -> Words {
    let from_cues = PHRASES.iter().flat_map(|&(cue, phrases)| {
        let word = move |phrase: &'static str| match cue {
            Cue::Name | Cue::CertainName | Cue::Signature => {
                Some(Word::new(phrase, Hint::Lead, Condition::Followed(cue)))
            }
            Cue::Birth => Some(Word::new(phrase, Hint::Birth, Condition::None)),
            Cue::Address if phrase == " box" => {
                Some(Word::new("box", Hint::NamedPlace, Condition::Numbered))
            }
            Cue::Address => Some(Word::new(phrase, Hint::NamedPlace, Condition::None)),
            Cue::SpelledAt => Some(Word::new(
                phrase.trim(),
                Hint::SpelledAt,
                Condition::InEmail,
            )),
            Cue::SpelledEmail | Cue::Url => None,
        };
        phrases.split('|').filter_map(word)
    });
    let others = [
        (TYPES, Hint::StreetType, Condition::Whole),
        (TYPES_CAPITAL, Hint::StreetType, Condition::Capital),
        (TYPES_BEFORE, Hint::StreetBegin, Condition::InStreet),
        (TYPES_BEGUN, Hint::StreetBegin, Condition::None),
        (LOCATED, Hint::Located, Condition::None),
        (DOCUMENTS, Hint::Document, Condition::None),
        (SPELLED, Hint::SpelledEmail, Condition::None),
        (SPELLED_BRACKETED, Hint::SpelledEmail, Condition::Bracketed),
    ];
    let others = others.into_iter().flat_map(|(words, hint, condition)| {
        words
            .split('|')
            .map(move |word| Word::new(word, hint, condition))
    });
    Words::new(from_cues.chain(others).filter(is_wanted).collect())
}

/// Returns the first eight bytes, ignoring case.
fn eight(bytes: &[u8]) -> u64 {
    let eight = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut eight = [0; 8];
        eight[..bytes.len()].copy_from_slice(bytes);
        eight
    });
    u64::from_le_bytes(eight) | 0x2020_2020_2020_2020
}

/// True if two texts are equal ignoring case and a few punctuation marks with the same difference.
fn is_same(here: &[u8], word: &[u8]) -> bool {
    here.iter()
        .zip(word)
        .all(|(here, word)| here | 0x20 == word | 0x20)
}
