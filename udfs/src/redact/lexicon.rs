//! Given names, surnames, titles, and words that are not names.
//!
//! The lists are made from Faker's (MIT; `lists.md`), without accents. A given name that is also a word,
//! a place or a brand is marked with a question mark; surnames of that kind are left out.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use unicode_normalization::char::is_combining_mark;

use super::bits::Bits;
use super::signs::is_other_script;
use super::words::{fold, fold_into};

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::load);

const GIVEN_NAMES: &str = include_str!("given_names.txt");
const SURNAMES: &str = include_str!("surnames.txt");

/// Languages whose most common words are not parts of names.
const STOP_LANGUAGES: [&str; 12] = [
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "hu",
];

/// Titles before a name, without the full stop.
const TITLES: &str = "
    mr mrs ms miss mx dr prof professor sir madam ma'am rev capt sgt doctor herr herrn frau
    fräulein hr monsieur madame mademoiselle mme mlle señor señora señorita sr sra srta doña
    signor signora signorina sig dott dottoressa dottor senhor senhora doutor doutora dhr mevr
    mevrouw meneer mw fru fröken herra rouva pani panem paní shri smt dra
";

/// Small words within names.
const PARTICLES: [&str; 36] = [
    "de", "del", "della", "delle", "dei", "di", "da", "do", "dos", "das", "du", "des", "la", "le",
    "los", "las", "van", "von", "der", "den", "ten", "ter", "zu", "zum", "zur", "af", "av", "bin",
    "bint", "ibn", "ben", "al", "el", "und", "y", "e",
];

/// Words that are often capitalized in comments, and not parts of a name.
const CAPITALIZED: &str = "
    i'm i've i'll i'd im ive monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
    montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember
    lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    support service services customer client team sales billing account accounts manager management agent agents staff help desk helpdesk care
    center centre call online internet web website app apps application software system systems platform portal dashboard product products
    plan plans pro premium basic gold silver platinum enterprise business company group ltd limited inc corp corporation llc gmbh ag bv plc
    bank banking insurance shop store market hotel restaurant airport station street road school university college hospital clinic office
    department division branch north south east west central international national global world europe european asia africa america american
    english german french spanish italian portuguese dutch polish swedish danish norwegian finnish turkish indian chinese japanese korean russian british irish
    great good best bad poor excellent amazing awesome fantastic wonderful perfect nice super terrible horrible awful happy sad sorry worst better
    please thanks thank cheers regards hello hi hey dear yes no not ok okay well really very just also still never always once
    love like hate need want got get getting keep made make makes work works working worked try tried use used using unable
    overall however although because since after before when while where what which who whom why how then there here this that these those
    nothing everything something anything everyone someone anyone nobody everybody somebody
    first second third last next new old free fast slow easy hard simple quick cheap expensive overpriced
    price prices pricing quality value money order orders delivery shipping package refund return returns invoice payment
    phone email mail chat call calls ticket tickets issue issues problem problems bug bugs error errors feature features update updates upgrade
    version release windows android iphone ipad mac ios linux chrome safari firefox google apple microsoft amazon facebook instagram twitter youtube
    whatsapp excel word outlook teams slack zoom salesforce jira sap oracle paypal visa mastercard netflix spotify
    nps csat api ui ux faq pdf csv url usb gps wifi wi-fi it hr ceo cto cfo vip atm pin uk usa us eu tv pc
    saint sainte san santa sankt ville france zac
    iban swift bic princess prince royal king queen pope president minister
    street road avenue lane drive square court place city town village country
    christmas easter black friday cyber new year
    user users bot admin administrator operator name names caller someone nobody customer visitor guest
    telefon adresse kundenservice kundendienst hotline beratung mitarbeiter mitarbeiterin service-team herren damen
    danke vielen liebe lieber guten sehr alles leider bitte gute super
    merci bonjour très tout service client toujours rien
    gracias hola muy todo buen buena servicio atención
    grazie buongiorno tutto molto ottimo ottima servizio
    obrigado obrigada tudo muito ótimo ótima
    bedankt alles goede prima snelle
";

/// The size of a filter, a Bloom filter with one hash function: many bits per word, for few false
/// positives.
const FILTER_BITS: usize = 1 << 19;

/// Longer words skip the filters.
const FILTERED_LENGTH_MAX: usize = 32;

/// The kinds of a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    const GIVEN: u8 = 1;
    const ALSO_WORD: u8 = 2;
    const SURNAME: u8 = 4;
    const TITLE: u8 = 8;
    const STOP: u8 = 16;
    const PARTICLE: u8 = 32;
    const CAPITALIZED: u8 = 64;

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// True for a given name.
    pub(super) fn is_given(self) -> bool {
        self.has(Self::GIVEN)
    }

    /// True for a given name that is nothing else.
    pub(super) fn is_only_given(self) -> bool {
        self.0 & (Self::GIVEN | Self::ALSO_WORD) == Self::GIVEN
    }

    /// True for a given name that is also a word, a place or a brand.
    pub(super) fn is_also_word(self) -> bool {
        self.has(Self::ALSO_WORD)
    }

    pub(super) fn is_surname(self) -> bool {
        self.has(Self::SURNAME) && !self.is_stop()
    }

    pub(super) fn is_title(self) -> bool {
        self.has(Self::TITLE)
    }

    /// True for a common word that is not a name.
    pub(super) fn is_stop(self) -> bool {
        self.has(Self::STOP) && !self.is_only_given()
    }

    /// True for a word that is often capitalized and rarely a name.
    pub(super) fn is_often_capitalized(self) -> bool {
        self.has(Self::CAPITALIZED)
    }

    pub(super) fn is_particle(self) -> bool {
        self.has(Self::PARTICLE)
    }

    /// True for a word that is also a given name, but neither surname nor title.
    pub(super) fn is_ambiguous(self) -> bool {
        self.is_also_word() && !self.is_surname() && !self.is_title()
    }

    /// True for names and titles.
    pub(super) fn is_name_or_title(self) -> bool {
        self.0 & (Self::GIVEN | Self::SURNAME | Self::TITLE) != 0
    }
}

#[derive(Debug)]
pub(super) struct Lexicon {
    flags_of: HashMap<Cow<'static, str>, u8, FixedState>,
    /// Words that are [names or titles](Flags::is_name_or_title), except surnames by their form.
    names_and_titles: Bits,
    /// Words that are [only given names](Flags::is_only_given).
    given: Bits,
    /// The letters from U+00C0 without accents and in lower case, where that is one ASCII letter.
    folds: [u8; FOLDS],
}

/// The letters of Latin-1 and of Latin Extended-A.
const FOLDS: usize = 0x180 - 0xC0;

/// The hash input of a word: up to eight of its first and last bytes.
#[derive(Debug, Clone, Copy)]
struct Key {
    first: u64,
    last: u64,
}

impl Key {
    fn new(word: &[u8]) -> Self {
        let four = |four: &[u8; 4]| u64::from(u32::from_le_bytes(*four));
        let (first, last) = match (word.first_chunk(), word.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (word.first_chunk(), word.last_chunk()) {
                (Some(first), Some(last)) => (four(first) | four(last) << 32, 0),
                _ => match word {
                    [] => (0, 0),
                    [first, .., last] => (
                        u64::from(*first)
                            | u64::from(word[word.len() / 2]) << 8
                            | u64::from(*last) << 16,
                        0,
                    ),
                    [single] => (u64::from(*single), 0),
                },
            },
        };
        Self { first, last }
    }

    /// True for ASCII, for words of up to sixteen bytes.
    fn is_ascii(self) -> bool {
        (self.first | self.last) & 0x8080_8080_8080_8080 == 0
    }

    /// Returns the filter bit of a word with this key and length, ignoring case.
    fn bit(self, length: usize) -> usize {
        const SMALL: u64 = 0x2020_2020_2020_2020;
        let hash = ((self.first | SMALL) ^ length as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (self.last | SMALL).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        (hash >> 40) as usize % FILTER_BITS
    }
}

/// Returns the filter bit of an ASCII word.
fn filter_bit(word: &[u8]) -> usize {
    Key::new(word).bit(word.len())
}

/// The longest word that a [`Key`] contains completely.
const KEY_LENGTH_MAX: usize = 16;

impl Lexicon {
    fn load() -> Self {
        let mut flags_of = HashMap::<Cow<'static, str>, u8, FixedState>::default();
        for line in GIVEN_NAMES.lines() {
            let (name, flags) = match line.strip_suffix('?') {
                Some(name) => (name, Flags::GIVEN | Flags::ALSO_WORD),
                None => (line, Flags::GIVEN),
            };
            *flags_of.entry(name.into()).or_default() |= flags;
        }
        for line in SURNAMES.lines() {
            *flags_of.entry(line.into()).or_default() |= Flags::SURNAME;
        }
        let mut add = |word: &str, flags| {
            *flags_of.entry(fold(word).into()).or_default() |= flags;
        };
        for word in TITLES.split_whitespace() {
            add(word, Flags::TITLE);
        }
        PARTICLES.iter().for_each(|word| add(word, Flags::PARTICLE));
        for word in CAPITALIZED.split_whitespace() {
            add(word, Flags::STOP | Flags::ALSO_WORD | Flags::CAPITALIZED);
        }
        for language in STOP_LANGUAGES {
            let words = stop_words::lookup(language).unwrap_or_default();
            words.iter().for_each(|word| add(word, Flags::STOP));
        }
        let (mut names_and_titles, mut given) =
            (Bits::below(FILTER_BITS), Bits::below(FILTER_BITS));
        for (word, &flags) in &flags_of {
            if Flags(flags).is_name_or_title() {
                names_and_titles.add(filter_bit(word.as_bytes()));
            }
            if Flags(flags).is_only_given() {
                given.add(filter_bit(word.as_bytes()));
            }
        }
        let folds = std::array::from_fn(|at| {
            let letter = char::from_u32(0xC0 + at as u32).expect("no surrogate");
            match fold(letter.encode_utf8(&mut [0; 4])).as_bytes() {
                [single] if single.is_ascii() => *single,
                _ => 0,
            }
        });
        Self {
            flags_of,
            names_and_titles,
            given,
            folds,
        }
    }

    /// True if a word may be a [name or title](Flags::is_name_or_title). Rules out most other words
    /// without a lookup in the lists.
    pub(super) fn may_be_name_or_title(&self, word: &str) -> bool {
        self.may_be(&self.names_and_titles, word, may_be_surname)
    }

    /// True if a word may be [only a given name](Flags::is_only_given).
    pub(super) fn may_be_given(&self, word: &str) -> bool {
        self.may_be(&self.given, word, |_| false)
    }

    /// True if a word, or its part before a hyphen, may be in a filter or has a form.
    fn may_be(&self, filter: &Bits, word: &str, has_form: impl Fn(&[u8]) -> bool) -> bool {
        let bytes = word.as_bytes();
        let Some(&first) = bytes.first() else {
            return false;
        };
        // A mark before the first letter is not part of a name, and folding removes it.
        if is_other_script(first) && !word.starts_with(is_combining_mark) {
            return false;
        }
        let key = Key::new(bytes);
        if bytes.len() <= KEY_LENGTH_MAX && key.is_ascii() {
            if filter.has(key.bit(bytes.len())) || has_form(bytes) {
                return true;
            }
            let hyphen = bytes.iter().position(|&byte| byte == b'-');
            return hyphen.is_some_and(|hyphen| filter.has(filter_bit(&bytes[..hyphen])));
        }
        let mut folded = [0; FILTERED_LENGTH_MAX];
        let Some(folded) = self.fold_fast(word, &mut folded) else {
            return true;
        };
        if filter.has(filter_bit(folded)) || has_form(folded) {
            return true;
        }
        let hyphen = folded.iter().position(|&byte| byte == b'-');
        hyphen.is_some_and(|hyphen| filter.has(filter_bit(&folded[..hyphen])))
    }

    /// [Folds](fold) a short word whose letters each become one ASCII letter.
    fn fold_fast<'b>(
        &self,
        word: &str,
        folded: &'b mut [u8; FILTERED_LENGTH_MAX],
    ) -> Option<&'b [u8]> {
        let bytes = word.as_bytes();
        if bytes.len() > FILTERED_LENGTH_MAX {
            return None;
        }
        let (mut at, mut length) = (0, 0);
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            folded[length] = match byte {
                0..0x80 => byte.to_ascii_lowercase(),
                0xC3..=0xC5 => {
                    let next = bytes.get(at)?;
                    at += 1;
                    let letter = usize::from(byte & 0x1F) << 6 | usize::from(next & 0x3F);
                    match self.folds[letter - 0xC0] {
                        0 => return None,
                        single => single,
                    }
                }
                _ => return None,
            };
            length += 1;
        }
        Some(&folded[..length])
    }

    /// Returns the kinds of a word.
    pub(super) fn flags_of(&self, word: &str) -> Flags {
        thread_local! {
            static FOLDED: RefCell<String> = const { RefCell::new(String::new()) };
        }
        FOLDED.with_borrow_mut(|folded| {
            fold_into(word, folded);
            self.flags_of_folded(folded)
        })
    }

    /// Returns the kinds of a [folded](fold) word. An unknown word with a hyphen has those of its first
    /// part.
    pub(super) fn flags_of_folded(&self, word: &str) -> Flags {
        let flags = |word: &str| self.flags_of.get(word).copied().unwrap_or_default();
        let mut found = flags(word);
        if found == 0
            && let Some((first, rest)) = word.split_once('-')
            && rest.len() > 2
        {
            found = flags(first) & (Flags::GIVEN | Flags::ALSO_WORD | Flags::SURNAME);
        }
        if found == 0 && is_surname_by_form(word) {
            found = Flags::SURNAME;
        }
        Flags(found)
    }
}

/// Endings of surnames and few other words: patronymics and Slavic adjectives, each with the minimum
/// length of a word.
#[rustfmt::skip]
const SURNAME_ENDINGS: [(&str, usize); 44] = [
    ("sson", 7), ("dottir", 8), ("datter", 9), ("ovic", 6), ("evic", 6), ("ovich", 7),
    ("evich", 7), ("owicz", 7), ("ewicz", 7), ("owski", 7), ("ewski", 7), ("inski", 7),
    ("ynski", 7), ("cki", 6), ("owska", 7), ("ewska", 7), ("inska", 7), ("ynska", 7),
    ("ecka", 6), ("icka", 6), ("mska", 6), ("ova", 7), ("kova", 6), ("lova", 6),
    ("eeva", 6), ("ieva", 6), ("yeva", 6), ("kov", 5), ("nov", 6), ("rov", 6),
    ("lov", 6), ("chev", 6), ("yev", 6), ("iev", 6), ("aev", 6), ("enko", 7),
    ("chuk", 6), ("escu", 6), ("poulos", 8), ("oglu", 6), ("shvili", 8), ("nsen", 6),
    ("rsen", 6), ("lsen", 6),
];
const NOT_SURNAMES: &str = "casanova moldova kharkov rostov bossanova mcdonalds mcafee o'clock";

/// True if an ASCII word may be a surname by its form, judging by its last three or first two letters.
fn may_be_surname(word: &[u8]) -> bool {
    let [.., first, second, third] = word else {
        return false;
    };
    matches!(
        word,
        [b'm' | b'M', b'c' | b'C', ..] | [b'o' | b'O', b'\'', ..]
    ) || matches!(
        [first | 0x20, second | 0x20, third | 0x20],
        [b's', b'o', b'n']
            | [b't', b'i' | b'e', b'r']
            | [b'v', b'i', b'c']
            | [b'i', b'c', b'h' | b'z']
            | [b's' | b'c', b'k', b'i' | b'a']
            | [b'o' | b'e', b'v', b'a']
            | [b'k' | b'n' | b'r' | b'l', b'o', b'v']
            | [b'h' | b'y' | b'i' | b'a', b'e', b'v']
            | [b'n', b'k', b'o']
            | [b'h', b'u', b'k']
            | [b's', b'c', b'u']
            | [b'l', b'o', b's']
            | [b'g', b'l', b'u']
            | [b'i', b'l', b'i']
            | [b's', b'e', b'n']
    )
}

/// True if a word that is on no list has the form of a surname.
fn is_surname_by_form(word: &str) -> bool {
    let ends = || {
        SURNAME_ENDINGS
            .iter()
            .any(|&(ending, least)| word.len() >= least && word.ends_with(ending))
    };
    let begins = || word.len() >= 6 && (word.starts_with("mc") || word.starts_with("o'"));
    word.is_ascii() && (ends() || begins()) && !NOT_SURNAMES.split(' ').any(|other| other == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_filtered(word: &str) {
        let flags = LEXICON.flags_of(word);
        assert!(
            !flags.is_name_or_title() || LEXICON.may_be_name_or_title(word),
            "{word}"
        );
        assert!(
            !flags.is_only_given() || LEXICON.may_be_given(word),
            "{word}"
        );
    }

    #[test]
    fn filters_pass_all_listed_names() {
        for word in LEXICON.flags_of.keys() {
            assert_filtered(word);
            assert_filtered(&word.to_uppercase());
            assert_filtered(&format!("{word}-quill"));
        }
        for (ending, _) in SURNAME_ENDINGS {
            assert_filtered(&format!("Quill{ending}"));
            assert_filtered(&format!("QUILLQUILLQUILLQUILL{}", ending.to_uppercase()));
        }
    }

    proptest! {
        #[test]
        fn filters_pass_any_name(word in "[A-Za-zÀ-ɏ'’-]{0,20}|\\PC{0,8}(anna|son|ova|Öz)\\PC{0,2}") {
            assert_filtered(&word);
        }
    }
}
