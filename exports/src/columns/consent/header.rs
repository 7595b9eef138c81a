//! Headers of consent: whether a header is about consent, and what a yes below it means.
//!
//! `consent withdrawn` and `opt out` are about consent as `consent` and `opt in` are, and a yes there
//! takes it back. Each group of words adds to two sums: that the header is about consent, and that a yes
//! means that it was refused or taken back.

use std::sync::LazyLock;

use super::header_words::{GROUPS, Group, Says};
use crate::columns::patterns::{Pattern, compile, with_spaces};

/// The least sum of a header that is about consent.
const ABOUT_CONSENT: i32 = 90;

/// The least sum of a header that may be about consent.
const MAY_BE_ABOUT_CONSENT: i32 = 30;

/// The sums by which a yes means that consent was taken back. More are two negations.
const WITHDRAWN: std::ops::RangeInclusive<i32> = 50..=300;

/// The most words of a header that is a name. Others are questions and statements, in which people
/// consent more often than not, and may read of their right to take it back.
const NAME_WORDS_MAX: usize = 6;

/// Weight of a question or statement for a yes taking consent back.
const STATEMENT: i32 = -120;

/// The most words from a negation in a statement to the consent that it negates.
const NEGATED_WITHIN: usize = 3;

/// The meaning of a yes in a column of consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sense {
    /// Consent is given.
    #[default]
    Given,
    /// Consent is refused or taken back.
    Withdrawn,
    /// Either of the two.
    Unclear,
}

/// The meaning of a header about consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsentHeader {
    topic: i32,
    pub sense: Sense,
    /// `true` if it names a date.
    pub names_a_date: bool,
}

struct CompiledGroup {
    group: &'static Group,
    patterns: Vec<Pattern>,
}

static COMPILED: LazyLock<Vec<CompiledGroup>> = LazyLock::new(|| {
    let compiled = GROUPS.iter().map(|group| CompiledGroup {
        group,
        patterns: compile(group.patterns),
    });
    compiled.collect()
});

impl ConsentHeader {
    /// Reads a folded header.
    pub fn read(folded: &str) -> Self {
        let mut rest = with_spaces(folded);
        let is_statement = folded.split(' ').count() > NAME_WORDS_MAX;
        let mut header = Self::default();
        let mut negated = 0;
        let (mut withdrawn, mut says_withdrawn) = (0, false);
        for (place, CompiledGroup { group, patterns }) in COMPILED.iter().enumerate() {
            let mark = mark(place);
            let mut found = false;
            for pattern in patterns {
                found |= take(&mut rest, pattern, mark);
            }
            if !found {
                continue;
            }
            if group.says == Says::Negation {
                negated = group.withdrawn;
                continue;
            }
            header.names_a_date |= group.says == Says::Date;
            header.topic += group.topic;
            withdrawn += group.withdrawn;
            says_withdrawn |= group.withdrawn > 0;
        }
        if negated > 0 && (!is_statement || negates_consent(&rest)) {
            withdrawn += negated;
            says_withdrawn = true;
        }
        if is_statement {
            withdrawn += STATEMENT;
        }
        header.sense = match withdrawn {
            _ if !says_withdrawn => Sense::Given,
            sum if WITHDRAWN.contains(&sum) => Sense::Withdrawn,
            sum if sum <= -WITHDRAWN.start() => Sense::Given,
            _ => Sense::Unclear,
        };
        header
    }

    /// The meaning of a header and its title together.
    pub fn with_title(self, title: Self) -> Self {
        match (self.may_be_consent(), title.may_be_consent()) {
            (true, true) => Self {
                topic: self.topic.max(title.topic),
                sense: if self.sense == title.sense {
                    self.sense
                } else {
                    Sense::Unclear
                },
                names_a_date: self.names_a_date || title.names_a_date,
            },
            (false, true) => title,
            _ => self,
        }
    }

    /// True if it is about consent.
    pub fn is_consent(self) -> bool {
        self.topic >= ABOUT_CONSENT
    }

    /// True if it is about what may be a consent, such as a newsletter.
    pub fn may_be_consent(self) -> bool {
        self.topic >= MAY_BE_ABOUT_CONSENT
    }

    /// Ranks it as the name of a consent: smaller is better, `None` if it is none.
    pub fn rank(self) -> Option<usize> {
        let is_by_name = self.topic > ABOUT_CONSENT;
        self.is_consent().then_some(usize::from(!is_by_name))
    }
}

/// The character in place of the words of a group.
fn mark(place: usize) -> char {
    char::from_u32(0xE000 + place as u32).unwrap_or(' ')
}

/// Replaces the pattern in a header with spaces at its ends, wherever it is. Returns true if it is there.
fn take(header: &mut String, pattern: &Pattern, mark: char) -> bool {
    match pattern {
        Pattern::Whole(whole) => {
            let is_whole = header.trim() == whole;
            if is_whole {
                *header = format!(" {mark} ");
            }
            is_whole
        }
        Pattern::Words(words) | Pattern::Part(words) => {
            let found = header.contains(words.as_str());
            // What is before and after a part stays, as other words.
            while let Some(start) = header.find(words.as_str()) {
                header.replace_range(start..start + words.len(), &format!(" {mark} "));
            }
            found
        }
        Pattern::All(patterns) => {
            let spaced = header.as_str();
            let fits = patterns
                .iter()
                .all(|pattern| pattern.fits(spaced.trim(), spaced));
            for pattern in patterns.iter().filter(|_| fits) {
                take(header, pattern, mark);
            }
            fits
        }
    }
}

/// True if a negation is close before a word for consent, in a header whose words are marked.
fn negates_consent(marked: &str) -> bool {
    let is = |word: &str, says: &[Says]| {
        let mut groups = COMPILED.iter().enumerate();
        groups.any(|(place, compiled)| {
            says.contains(&compiled.group.says) && word.starts_with(mark(place))
        })
    };
    let words: Vec<&str> = marked.split_whitespace().collect();
    let mut negations = (0..words.len()).filter(|at| is(words[*at], &[Says::Negation]));
    negations.any(|at| {
        let mut next = words[at + 1..].iter().take(NEGATED_WITHIN);
        next.any(|word| is(word, &[Says::Consent, Says::OptIn, Says::Given]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::patterns::fold;

    fn read(header: &str) -> ConsentHeader {
        ConsentHeader::read(&fold(header))
    }

    fn assert_sense(headers: &[&str], expected: Sense) {
        let read = headers.iter().map(|header| (header, read(header)));
        let wrong: Vec<_> = read
            .filter(|(_, read)| !read.is_consent() || read.sense != expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn headers_of_consent_given() {
        #[rustfmt::skip]
        let headers = [
            "consent", "Consent (Y/N)", "Consent given?", "GDPR consent", "opt_in", "OptIn", "Double Opt-In",
            "Einwilligung (ja/nein)", "Einwilligung erteilt", "DSGVO-Einwilligung", "consentement",
            "Consentement (oui/non)", "Consentimiento (sí/no)", "Consentimento", "Consenso privacy",
            "Toestemming", "Samtycke", "Samtykke", "Suostumus", "Zgoda marketingowa", "Souhlas", "Súhlas",
            "Hozzájárulás", "Согласие", "Згода", "Συγκατάθεση", "הסכמה", "الموافقة", "सहमति", "同意", "동의",
            "Rıza", "Consimțământ", "consented_at", "Opt-in date",
            "I consent to the processing of my data",
            "I consent to the processing of my data and know that I can withdraw my consent at any time",
            "Ich willige in die Verarbeitung meiner Daten ein. Die Einwilligung kann jederzeit widerrufen werden.",
            "I agree that no data is sold, and give my consent",
        ];
        assert_sense(&headers, Sense::Given);
    }

    #[test]
    fn headers_of_consent_taken_back() {
        #[rustfmt::skip]
        let headers = [
            "consent withdrawn", "consent revoked", "withdrew consent", "Withdrawn Consent?", "no consent",
            "consent (opt out)", "opt_out", "OptOut", "opted out", "HasOptedOutOfEmail", "Email opt-out",
            "unsubscribed", "Unsubscribed from all email", "UNSUB_TIME", "do not contact", "DoNotCall",
            "donotbulkemail", "consent refused", "consent denied", "Consent not given", "without consent",
            "no longer consents", "consent_withdrawn_at", "not consented", "non-consent",
            "consent withdrawn (yes/no)", "Consent was pulled", "Consent ended",
            "Отозвал согласие", "Samtykke trukket", "Drog tillbaka samtycke", "samtycke dragit tillbaka",
            "Einwilligung widerrufen", "Widerruf der Einwilligung", "Einwilligungswiderruf",
            "keine Einwilligung", "ohne Einwilligung", "Einwilligung verweigert", "Widerspruch Werbung",
            "abgemeldet", "Newsletter abbestellt", "nicht kontaktieren",
            "consentement retiré", "Retrait du consentement", "consentement révoqué", "sans consentement",
            "désabonné", "consentement refusé",
            "consentimiento retirado", "consentimiento revocado", "sin consentimiento",
            "consentimiento denegado", "dado de baja",
            "consentimento retirado", "consentimento revogado", "sem consentimento", "descadastrado",
            "consenso revocato", "consenso ritirato", "senza consenso", "consenso negato", "disiscritto",
            "toestemming ingetrokken", "geen toestemming", "uitgeschreven", "afgemeld",
            "samtycke återkallat", "inget samtycke", "avregistrerad",
            "samtykke trukket tilbage", "samtykke trukket tilbake", "samtykke tilbagekaldt",
            "ikke samtykke", "afmeldt",
            "suostumus peruttu", "suostumus peruutettu", "ei suostumusta",
            "zgoda wycofana", "cofnięta zgoda", "brak zgody", "wypisany",
            "souhlas odvolán", "bez souhlasu", "nesouhlas", "odhlášen",
            "súhlas odvolaný", "bez súhlasu", "odhlásený",
            "hozzájárulás visszavonva", "nincs hozzájárulás", "leiratkozott",
            "consimțământ retras", "fără consimțământ", "dezabonat",
            "rıza geri çekildi", "rıza yok",
            "согласие отозвано", "нет согласия", "отписан",
            "згода відкликана", "немає згоди", "відписаний",
            "ανάκληση συγκατάθεσης", "χωρίς συγκατάθεση",
            "הסכמה בוטלה", "ללא הסכמה", "سحب الموافقة", "بدون موافقة",
            "सहमति वापस", "同意撤回", "不同意", "同意しない", "配信停止", "撤回同意", "退订", "동의 철회", "수신거부",
            "I do not consent to the processing of my data",
        ];
        assert_sense(&headers, Sense::Withdrawn);
    }

    #[test]
    fn headers_that_say_both_are_unclear() {
        #[rustfmt::skip]
        let headers = [
            "opt in / opt out", "consent given/withdrawn", "consent granted or refused", "not opted out",
            "consent not withdrawn", "no opt-out", "Einwilligung nicht widerrufen",
            "How do you feel about withdrawing the consent we asked you for?",
        ];
        assert_sense(&headers, Sense::Unclear);
        let title = ConsentHeader::read(&fold("Do you withdraw your consent?"));
        assert_eq!(read("Consent").with_title(title).sense, Sense::Unclear);
        assert_eq!(read("Q7").with_title(title).sense, Sense::Withdrawn);
    }

    #[test]
    fn related_headers_may_be_about_consent_and_others_are_not() {
        #[rustfmt::skip]
        let related = [
            "can we contact you?", "contact permission", "Newsletter", "subscribed", "GDPR", "Marketing allowed",
            "Datenschutz akzeptiert", "Zustimmung", "Erlaubnis", "J'accepte d'être contacté", "withdrawn",
            "Autorización de contacto", "May we email you?",
        ];
        for header in related {
            let read = read(header);
            assert!(
                read.may_be_consent() && !read.is_consent(),
                "{header}: {read:?}"
            );
        }
        #[rustfmt::skip]
        let others = [
            "consent version", "Consent text", "consent_id", "consent expires", "unsubscribe reason",
            "Consent required", "consent updated at", "Score", "Comment", "Plan", "Contact", "E-Mail",
            "optional", "Adoption", "option", "Konsens?", "order cancelled", "Refused delivery", "Region",
        ];
        for header in others {
            let read = read(header);
            assert!(!read.may_be_consent(), "{header}: {read:?}");
        }
    }
}
