//! Cells with the full names of people.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::headers::{Pattern, compile, fold, with_spaces};

/// Headers of people who may be the respondent, or deal with the respondent.
const ANYONE: &[&str] = &["author", "person"];

/// Headers of people who deal with the respondent, or are related to them.
#[rustfmt::skip]
const ROLES: &[&str] = &[
    "agent", "agents", "technician", "technicians", "handled by", "assigned to", "assignee", "owner",
    "served by", "resolved by", "closed by", "rep", "representative", "advisor", "adviser",
    "consultant", "employee", "staff", "seller", "salesperson", "sales person", "salesman", "trainer",
    "teacher", "coach", "driver", "doctor", "nurse", "therapist", "stylist", "specialist", "engineer",
    "csm", "manager", "supervisor", "host", "operator", "created by", "interviewer", "courier",
    "barber", "hairdresser", "dealer", "waiter", "mechanic", "installer", "instructor", "tutor",
    "account executive", "cashier", "clerk", "receptionist", "lawyer", "dentist", "physician", "guide",
    "~bearbeit", "~betreuer", "~mitarbeiter", "~techniker", "~verkäufer", "~berater", "~fahrer",
    "~lehrer", "~zuständig", "conseiller", "vendeur", "technicien", "agente", "técnico", "tecnico",
    "vendedor", "asesor", "atendente", "responsável", "responsable", "responsabile", "consulente",
    "medewerker", "monteur", "handläggare", "säljare", "medarbejder", "sælger", "tekniker",
    "asiakaspalvelija", "pracownik", "doradca", "technik", "ügyintéző", "agent", "temsilci",
    "сотрудник", "менеджер", "мастер", "担当者", "担当", "客服", "负责人", "담당자",
    "referred by", "referrer", "referral", "referee", "recommended by", "invited by", "introduced by",
    "sponsor", "spouse", "husband", "wife", "partner email", "partner name", "partner phone",
    "friend", "colleague", "parent", "guardian", "emergency contact", "next of kin", "cc", "bcc",
    "geworben von", "empfohlen von", "eingeladen von", "ehepartner", "ehefrau", "ehemann", "notfallkontakt",
    "parrain", "parrainé par", "recommandé par", "invité par", "conjoint", "référent",
    "recomendado por", "referido por", "invitado por", "cónyuge", "indicado por", "cônjuge",
    "consigliato da", "invitato da", "coniuge", "aanbevolen door", "uitgenodigd door",
];

/// Frequent given names, folded.
#[rustfmt::skip]
const GIVEN_NAMES: &str = "\
    aaron adam adrian ahmed aisha alan albert alejandro alessandro alex alexander alexandra ali alice \
    amanda amy ana anders andrea andreas andrew angela anita anna anne antoine anton antonio anya \
    arthur ashley astrid barbara beatriz ben benjamin bernd birgit bjorn brian bruno camila camille \
    carla carlos carmen carolina caroline catherine charles charlotte chloe chris christian christina \
    christine christopher clara claudia claire daniel daniela david deborah diana diego dieter dmitri \
    dorota edward eduardo elena elias elizabeth ella emil emily emma enrique eric erik eva felix \
    fernanda fernando filip florian francesca francesco francois frank fred gabriel george georg \
    giovanni giulia grace greta hannah hans harry heike helen helena henrik hugo ines ingrid ioana \
    irene iris isabel isabella ivan jack jacob jakob james jan jana jane javier jean jennifer jens \
    jessica joan joana joao johan johanna john jonas jorge jose joseph juan julia julie julien jurgen \
    karen karin karl katarina kate katharina katja kevin klaus kristina lars laura lauren lea lena \
    leon leonie li lisa louis louise luca lucas lucia luis lukas maja manuel marc marco margaret maria \
    marie marina mario mark marko marta martin martina mary mateo matteo matthew matthias max mehmet \
    mei michael michel michele mikael miguel mohamed mohammed monica monika nadia nancy natalia natalie \
    nicolas nicole niklas nina noah nora olaf olga oliver olivia omar oscar pablo paolo patricia \
    patrick paul paula pauline pedro peter petra philip philipp pierre piotr priya rachel rafael raj \
    ralf raul rebecca ricardo richard robert roberto rosa ryan sabine sam samuel sandra sara sarah \
    scott sebastian sergei sergio simon simone sofia sonja sophie stefan stefanie stephanie stephen \
    steven susan susanne sven tanja teresa thomas tim tobias tom tomas ulrich ursula valentina vera \
    victor victoria vincent walter werner william wolfgang yasmin yuki zoe";

static ROLE_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(ROLES));
static ANYONE_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(ANYONE));
static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| GIVEN_NAMES.split_whitespace().collect());

/// True if the folded header names someone who deals with the respondent.
pub fn names_staff(folded: &str) -> bool {
    fits_any(&ROLE_PATTERNS, folded)
}

/// True if the folded header names a person by what they do.
pub fn names_a_role(folded: &str) -> bool {
    names_staff(folded) || fits_any(&ANYONE_PATTERNS, folded)
}

fn fits_any(patterns: &[Pattern], folded: &str) -> bool {
    let words = with_spaces(folded);
    patterns.iter().any(|pattern| pattern.fits(folded, &words))
}

/// True for a cell that stands for a missing respondent: `Anonymous`, `noreply@example.com`, a UUID of
/// zeros, `***`.
pub fn names_nobody(cell: &str) -> bool {
    #[rustfmt::skip]
    const NOBODY: [&str; 42] = [
        "anonymous", "anonymous user", "anonymous customer", "anon", "anonym", "anonyme", "anonimo",
        "anonima", "anoniem", "anonymt", "anonimowy", "unknown", "unknown user", "unbekannt", "inconnu",
        "desconocido", "desconhecido", "sconosciuto", "onbekend", "okand", "ukjent", "guest",
        "guest user", "gast", "invite", "invitado", "not provided", "not given", "no email", "no name",
        "none given", "deleted user", "deleted", "redacted", "walk in", "walk in customer", "аноним",
        "неизвестно", "匿名", "名無し", "익명", "未知",
    ];
    #[rustfmt::skip]
    const ADDRESSED: [&str; 12] = [
        "none", "no", "noemail", "no-email", "nomail", "noreply", "no-reply", "donotreply", "anonymous",
        "anon", "unknown", "notprovided",
    ];
    if let Some((local, _)) = cell.split_once('@') {
        return ADDRESSED
            .iter()
            .any(|word| local.eq_ignore_ascii_case(word));
    }
    if cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return cell.len() >= 8 && cell.bytes().all(|byte| b"0-".contains(&byte));
    }
    let is_hidden = cell.len() >= 3 && cell.chars().all(|c| "*-xX•".contains(c));
    is_hidden || (cell.len() <= 40 && NOBODY.contains(&fold(cell).as_str()))
}

/// True for two to four words written as names are: `Ana Gómez`, `K. van der Berg`, `Gómez, Ana`.
pub fn looks_like_full_name(cell: &str) -> bool {
    const PARTICLES: [&str; 14] = [
        "van", "von", "der", "den", "de", "da", "di", "del", "della", "la", "le", "el", "bin",
        "dos",
    ];
    let is_name = |word: &str| {
        let mut chars = word.chars();
        let rest = |c: char| c.is_alphabetic() || "-'’.".contains(c);
        chars.next().is_some_and(char::is_uppercase) && chars.all(rest)
    };
    if cell.len() > 60 || !cell.starts_with(char::is_uppercase) {
        return false;
    }
    let cell = cell.replacen(',', " ", 1);
    let words: Vec<&str> = cell.split_whitespace().collect();
    let names = words.iter().filter(|word| is_name(word)).count();
    let others = words.iter().filter(|word| !is_name(word));
    (2..=4).contains(&words.len())
        && names >= 2
        && others.into_iter().all(|word| PARTICLES.contains(word))
}

/// True for a full name that begins with a frequent given name, or has one after a comma.
pub fn has_given_name(cell: &str) -> bool {
    let name = cell.split_once(',').map_or(cell, |(_, given)| given);
    let folded = fold(name);
    let first = folded.split(' ').next();
    first.is_some_and(|word| NAMES.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_are_told_from_other_words() {
        for (cell, is_name, is_given) in [
            ("Ana Gómez", true, true),
            ("Gómez, Ana", true, true),
            ("K. van der Berg", true, false),
            ("Jean-Luc O'Neil", true, true),
            ("New York", true, false),
            ("San José", true, false),
            ("Customer Success", true, false),
            ("pro plan", false, false),
            ("Ana", false, true),
            ("Plan 9", false, false),
        ] {
            assert_eq!(looks_like_full_name(cell), is_name, "{cell}");
            assert_eq!(has_given_name(cell), is_given, "{cell}");
        }
        for cell in [
            "Anónimo",
            "(deleted user)",
            "Walk-in customer",
            "none@none.com",
            "00000000-0000-0000-0000-000000000000",
            "***",
        ] {
            assert!(names_nobody(cell), "{cell}");
        }
        for cell in ["0", "100000", "nora@example.com", "Guestrow", "x"] {
            assert!(!names_nobody(cell), "{cell}");
        }
        assert!(names_a_role("handled by") && names_a_role("agent name") && !names_a_role("plan"));
    }
}
