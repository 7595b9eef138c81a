//! Phrases before personal data, all found in one pass.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::signs::is_bounded;

/// The kind of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cue {
    /// Before a name: a capitalized word that is not common.
    Name,
    /// The end of a letter: what is alone on the line after it is a name.
    Signature,
    /// Before a name, even one in lower case.
    CertainName,
    /// A spelled-out @ or dot of an address.
    SpelledEmail,
    /// The spelled-out @ of an address that is otherwise plain.
    SpelledAt,
    /// A date of birth may follow.
    Birth,
    /// An address, or a part of one.
    Address,
    /// A host without a scheme.
    Url,
}

pub(super) const PHRASES: [(Cue, &str); 8] = [
    (
        Cue::CertainName,
        "my name is|my name's|name is|names is|full name:|first name:|last name:|surname:|name:|name :|maiden name|nickname is|call me|called me|calls me|everyone calls me|goes by|go by the name|name?\
        |ich heiße|ich heisse|mein name ist|mein name lautet|je m'appelle|je m’appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome è|chiamo\
        |meu nome é|me chamo|chamo-me|o meu nome é|mijn naam is|ik heet|jag heter|mitt namn är|jeg heter|mitt navn er|jeg hedder|mit navn er|nimeni on|minun nimeni\
        |nazywam się|mam na imię|moje imię to|jmenuji se|volám sa|numele meu este|mă numesc|a nevem|benim adım|adım|zovem se|ime mi je|mera naam|nom :|nom:|nombre:|nome:|naam:|namn:|navn:|imię:|jméno:|ad:",
    ),
    (
        Cue::Signature,
        "regards|kind regards|best regards|warm regards|sincerely|yours truly|yours|cheers|best wishes|all the best|best|thanks|many thanks|thank you|love\
        |mit freundlichen grüßen|freundliche grüße|viele grüße|liebe grüße|beste grüße|grüße|gruß|mfg|lg|vg|cordialement|bien à vous|salutations|amicalement\
        |saludos|un saludo|atentamente|saluti|cordiali saluti|distinti saluti|atenciosamente|cumprimentos|abraços|groeten|groet|groetjes\
        |hälsningar|mvh|hilsen|vennlig hilsen|venlig hilsen|terveisin|pozdrawiam|s pozdravem|s pozdravom|cu stimă|üdvözlettel|saygılarımla",
    ),
    (
        Cue::Name,
        "spoke to|spoke with|speak to|speak with|speaking to|speaking with|spoken to|spoken with|talked to|talked with|talk to|talking to|dealt with|chatted with|chat with|met with\
        |served by|helped by|assisted by|handled by|answered by|signed by|installed by|treated by|visited by|written by|managed by|named|name of|by the name of|ask for|asked for|attention of|attn\
        |account manager|account executive|sales rep|representative|technician|colleague|consultant|specialist|advisor|adviser|agent|assistant|engineer|therapist|nurse|driver|waiter|waitress|receptionist|cashier|instructor|trainer|tutor|teacher|stylist\
        |my husband|my wife|my son|my daughter|my brother|my sister|my friend|my boss|my partner|my kid|my colleague|my mother|my father|her husband|his wife\
        |kollege|kollegin|mitarbeiter|mitarbeiterin|berater|beraterin|gesprochen mit|sprach mit|telefonat mit|mein mann|meine frau|mein sohn|meine tochter|namens\
        |parlé à|parlé avec|parler à|parler avec|conseiller|conseillère|technicien|collègue|nommé|nommée|mon mari|ma femme|mon fils|ma fille\
        |hablé con|hablar con|atendido por|atendida por|me atendió|llamado|llamada|asesor|asesora|mi esposo|mi esposa|mi marido|mi hijo|mi hija\
        |parlato con|parlare con|di nome|consulente|tecnico|mio marito|mia moglie|falei com|falar com|atendido pelo|atendida pela|chamado|chamada|meu marido|minha esposa\
        |gesproken met|sproken met|collega|medewerker|genaamd|mijn man|mijn vrouw|pratade med|talade med|snakket med|talte med|rozmawiałem z|rozmawiałam z|mluvil s|mluvila s|görüştüm\
        |i am|i'm|i’m|this is|it's|it’s|ich bin|hier ist|je suis|c'est|soy|sono|sou|ik ben|jag är|jeg er|jestem",
    ),
    (
        Cue::SpelledEmail,
        "(at|[at|{at|<at|( at|[ at|arroba|chiocciola|kukac|apenstaart|snabel|zavináč|malpa|małpa|(ät|[ät|(chez|[chez| dot |_dot_|-dot-|(dot|[dot|( dot|[ dot|(punkt|[punkt",
    ),
    (Cue::SpelledAt, " at "),
    (
        Cue::Birth,
        "born|birth|dob|d.o.b|geboren|geburts|geb.|naissance|né le|née le|née en|né en|anniversaire|nacid|nací|nacimiento|cumplea|nato|nata|nascita|compleanno|nascid|nasci|nascimento|anivers|geboorte|född|födelse|født|fødsel|syntyn|syntymä|urodz|narozen|doğum|doğdum|született|născut|γεννήθηκα|родил|рождения|जन्म|生年月日|出生",
    ),
    (
        Cue::Address,
        "address|adress|adres|anschrift|direcci|domicilio|indirizzo|endere|morada|osoite|zip|post|pin code|pincode|plz|cep|código|codice|kod |psč|irányító|corner of| box|p.o.|boîte|b.p.|apartado|casella|skrytka|apt|apartment|suite|flat |apo |fpo |dpo ",
    ),
    (Cue::Url, "www."),
];

struct Phrases {
    automaton: AhoCorasick,
    cues: Vec<Cue>,
}

static AUTOMATON: LazyLock<Phrases> = LazyLock::new(|| {
    let phrases = PHRASES
        .iter()
        .flat_map(|&(cue, phrases)| phrases.split('|').map(move |phrase| (cue, phrase)));
    let (cues, patterns): (Vec<_>, Vec<_>) = phrases.unzip();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(patterns)
        .expect("patterns of this size");
    Phrases { automaton, cues }
});

/// The end and kind of a phrase before a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    pub(super) end: usize,
    pub(super) cue: Cue,
}

/// The phrases in a text.
#[derive(Debug, Default)]
pub(super) struct Cues {
    /// Phrases before names, in text order.
    pub(super) leads: Vec<Lead>,
    kinds: u8,
}

impl Cues {
    pub(super) fn new(text: &str) -> Self {
        let Phrases { automaton, cues } = &*AUTOMATON;
        let mut found = Self::default();
        for phrase in automaton.find_iter(text) {
            let cue = cues[phrase.pattern().as_usize()];
            found.kinds |= 1 << cue as u8;
            if cue > Cue::CertainName {
                continue;
            }
            let is_label = text[..phrase.end()].ends_with([':', '?']);
            let is_whole = if is_label {
                !text[..phrase.start()].ends_with(char::is_alphanumeric)
            } else {
                is_bounded(text, phrase.start(), phrase.end())
            };
            if is_whole {
                let end = phrase.end();
                found.leads.push(Lead { end, cue });
            }
        }
        found
    }

    pub(super) fn has(&self, cue: Cue) -> bool {
        self.kinds >> cue as u8 & 1 == 1
    }
}
