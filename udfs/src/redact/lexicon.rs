//! Words that tell names: given names and surnames, and words that are none.
//!
//! The lists are made from Faker's (MIT; `lists.md`), without accents. A given name that is a word,
//! a place or a brand as well bears a question mark, and surnames of which that is so are left out.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::words::{fold, fold_into};

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::load);

const GIVEN_NAMES: &str = include_str!("given_names.txt");
const SURNAMES: &str = include_str!("surnames.txt");

/// Languages of which the commonest words follow no name as its part.
const STOP_LANGUAGES: [&str; 12] = [
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "hu",
];

/// Titles before a name, the full stop left out.
const TITLES: [&str; 58] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "ma'am",
    "rev",
    "capt",
    "sgt",
    "doctor",
    "herr",
    "herrn",
    "frau",
    "fräulein",
    "hr",
    "monsieur",
    "madame",
    "mademoiselle",
    "mme",
    "mlle",
    "señor",
    "señora",
    "señorita",
    "sr",
    "sra",
    "srta",
    "doña",
    "signor",
    "signora",
    "signorina",
    "sig",
    "dott",
    "dottoressa",
    "dottor",
    "senhor",
    "senhora",
    "doutor",
    "doutora",
    "dhr",
    "mevr",
    "mevrouw",
    "meneer",
    "mw",
    "fru",
    "fröken",
    "herra",
    "rouva",
    "pani",
    "panem",
    "paní",
    "shri",
    "smt",
    "dra",
];

/// Those of two letters.
const TITLES_SHORT: [&[u8; 2]; 7] = [b"mr", b"ms", b"mx", b"dr", b"hr", b"sr", b"mw"];

/// Small words within names.
const PARTICLES: [&str; 36] = [
    "de", "del", "della", "delle", "dei", "di", "da", "do", "dos", "das", "du", "des", "la", "le",
    "los", "las", "van", "von", "der", "den", "ten", "ter", "zu", "zum", "zur", "af", "av", "bin",
    "bint", "ibn", "ben", "al", "el", "und", "y", "e",
];

/// Words that are often capitalised in comments, and no part of a name.
const CAPITALISED: &str = "
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

/// Many for each word, so that few that are not there share one.
const FILTER_BITS: usize = 1 << 18;

/// What a word is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    const GIVEN: u8 = 1;
    const ALSO_WORD: u8 = 2;
    const SURNAME: u8 = 4;
    const TITLE: u8 = 8;
    const STOP: u8 = 16;
    const PARTICLE: u8 = 32;
    const CAPITALISED: u8 = 64;

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// A given name, whatever else.
    pub(super) fn is_given(self) -> bool {
        self.has(Self::GIVEN)
    }

    /// A given name that is nothing else.
    pub(super) fn is_surely_given(self) -> bool {
        self.0 & (Self::GIVEN | Self::ALSO_WORD) == Self::GIVEN
    }

    /// A given name that is a word, a place or a brand as well.
    pub(super) fn is_also_word(self) -> bool {
        self.has(Self::ALSO_WORD)
    }

    pub(super) fn is_surname(self) -> bool {
        self.has(Self::SURNAME) && !self.is_stop()
    }

    pub(super) fn is_title(self) -> bool {
        self.has(Self::TITLE)
    }

    /// A common word, which no name is.
    pub(super) fn is_stop(self) -> bool {
        self.has(Self::STOP) && !self.is_surely_given()
    }

    /// A word that is often in capitals, and rarely a name.
    pub(super) fn is_often_capitalised(self) -> bool {
        self.has(Self::CAPITALISED)
    }

    pub(super) fn is_particle(self) -> bool {
        self.has(Self::PARTICLE)
    }

    /// A word that is a name as well, and neither surname nor title.
    pub(super) fn is_no_more_than_word(self) -> bool {
        self.is_also_word() && !self.is_surname() && !self.is_title()
    }

    /// Whether a capitalised word is worth looking at what is around it.
    pub(super) fn is_telling(self) -> bool {
        self.0 & (Self::GIVEN | Self::SURNAME | Self::TITLE) != 0
    }
}

#[derive(Debug)]
pub(super) struct Lexicon {
    flags_of: HashMap<Cow<'static, str>, u8, FixedState>,
    /// A bit for each telling word.
    filter: Vec<bool>,
}

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
        TITLES.iter().for_each(|word| add(word, Flags::TITLE));
        PARTICLES.iter().for_each(|word| add(word, Flags::PARTICLE));
        for word in CAPITALISED.split_whitespace() {
            add(word, Flags::STOP | Flags::ALSO_WORD | Flags::CAPITALISED);
        }
        for language in STOP_LANGUAGES {
            let words = stop_words::lookup(language).unwrap_or_default();
            words.iter().for_each(|word| add(word, Flags::STOP));
        }
        let mut filter = vec![false; FILTER_BITS];
        for (word, &flags) in &flags_of {
            if Flags(flags).is_telling()
                && let Some(bit) = filter_bit(word)
            {
                filter[bit] = true;
            }
        }
        Self { flags_of, filter }
    }

    /// Whether a word may be [telling](Flags::is_telling); most that are not are told from that
    /// without a look at the lists.
    pub(super) fn may_be_telling(&self, word: &str) -> bool {
        match filter_bit(word) {
            Some(bit) => {
                self.filter[bit]
                    || may_end_surname(word)
                    || word.as_bytes().contains(&b'-')
                    || matches!(
                        word.as_bytes(),
                        [b'o' | b'O', b'\'', ..] | [b'm' | b'M', b'c' | b'C', ..]
                    )
            }
            // Titles are short.
            None => match word.as_bytes() {
                [first, second] => TITLES_SHORT.contains(&&[first | 0x20, second | 0x20]),
                _ => !word.is_ascii(),
            },
        }
    }

    /// What a word as written is.
    pub(super) fn flags_of(&self, word: &str) -> Flags {
        thread_local! {
            static FOLDED: RefCell<String> = const { RefCell::new(String::new()) };
        }
        FOLDED.with_borrow_mut(|folded| {
            fold_into(word, folded);
            self.flags_of_folded(folded)
        })
    }

    /// What a [folded](fold) word is. One with a hyphen is what its first part is.
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

/// Endings of surnames, few of other words: patronymics, and the adjectives that Slavic surnames
/// are; each with the length at which it is told.
const SURNAME_ENDINGS: [(&str, usize); 44] = [
    ("sson", 7),
    ("dottir", 8),
    ("datter", 9),
    ("ovic", 6),
    ("evic", 6),
    ("ovich", 7),
    ("evich", 7),
    ("owicz", 7),
    ("ewicz", 7),
    ("owski", 7),
    ("ewski", 7),
    ("inski", 7),
    ("ynski", 7),
    ("cki", 6),
    ("owska", 7),
    ("ewska", 7),
    ("inska", 7),
    ("ynska", 7),
    ("ecka", 6),
    ("icka", 6),
    ("mska", 6),
    ("ova", 7),
    ("kova", 6),
    ("lova", 6),
    ("eeva", 6),
    ("ieva", 6),
    ("yeva", 6),
    ("kov", 5),
    ("nov", 6),
    ("rov", 6),
    ("lov", 6),
    ("chev", 6),
    ("yev", 6),
    ("iev", 6),
    ("aev", 6),
    ("enko", 7),
    ("chuk", 6),
    ("escu", 6),
    ("poulos", 8),
    ("oglu", 6),
    ("shvili", 8),
    ("nsen", 6),
    ("rsen", 6),
    ("lsen", 6),
];
const NO_SURNAMES: [&str; 8] = [
    "casanova",
    "moldova",
    "kharkov",
    "rostov",
    "bossanova",
    "mcdonalds",
    "mcafee",
    "o'clock",
];

/// Whether the last two letters are those of an ending, as they are of few words.
fn may_end_surname(word: &str) -> bool {
    let [.., before, last] = word.as_bytes() else {
        return false;
    };
    matches!(
        (before | 0x20, last | 0x20),
        (b'o', b'n' | b'v' | b's')
            | (b'i' | b'e', b'r' | b'c' | b'v' | b'n')
            | (b'c', b'h' | b'z' | b'u')
            | (b'k', b'i' | b'a' | b'o')
            | (b'v', b'a')
            | (b'u', b'k')
            | (b'l', b'u' | b'i')
    )
}

/// The bit for a word of ASCII letters, of [`FILTER_BITS`].
fn filter_bit(word: &str) -> Option<usize> {
    let &[first, second, .., last] = word.as_bytes() else {
        return None;
    };
    let third = word.as_bytes()[2];
    let bytes = [first, second, third, last, word.len() as u8 | 0x20];
    let hash = bytes
        .iter()
        .fold(0_usize, |hash, byte| hash * 37 + usize::from(byte | 0x20));
    word.is_ascii().then_some(hash % FILTER_BITS)
}

/// Whether a word that no list has is a surname by its form.
fn is_surname_by_form(word: &str) -> bool {
    let ends = || {
        SURNAME_ENDINGS
            .iter()
            .any(|&(ending, least)| word.len() >= least && word.ends_with(ending))
    };
    let begins = || word.len() >= 6 && (word.starts_with("mc") || word.starts_with("o'"));
    word.is_ascii() && (may_end_surname(word) && ends() || begins()) && !NO_SURNAMES.contains(&word)
}
