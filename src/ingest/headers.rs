//! What a header says: the field it names, in several languages, or that it is personal.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The fields of a response that a column can be mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Score,
    RespondedAt,
    SentAt,
    UpdatedAt,
    Respondent,
    ResponseId,
    Comment,
    Survey,
    Account,
    Metric,
    Consent,
}

impl Field {
    pub(super) const ALL: [Self; 11] = [
        Self::Score,
        Self::RespondedAt,
        Self::SentAt,
        Self::UpdatedAt,
        Self::Respondent,
        Self::ResponseId,
        Self::Comment,
        Self::Survey,
        Self::Account,
        Self::Metric,
        Self::Consent,
    ];

    /// The name, as `--map` and the lake's column have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::RespondedAt => "responded_at",
            Self::SentAt => "sent_at",
            Self::UpdatedAt => "updated_at",
            Self::Respondent => "respondent",
            Self::ResponseId => "response_id",
            Self::Comment => "comment",
            Self::Survey => "survey",
            Self::Account => "account",
            Self::Metric => "metric",
            Self::Consent => "consent",
        }
    }

    /// The field is a moment in time.
    pub(super) fn is_date(self) -> bool {
        matches!(self, Self::RespondedAt | Self::SentAt | Self::UpdatedAt)
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Words that make a header mean something else than the rest of it says.
    #[rustfmt::skip]
    fn other_meaning(self, folded: &str) -> bool {
        let parts: &[&str] = match self {
            Self::Score => &[
                "csat", "satisf", "zufried", "effort", "aufwand", "star", "sentiment", "reason",
            ],
            Self::RespondedAt => &[
                "birth", "geburt", "renew", "expir", "order", "login", "purchase", "signup",
                "sign up", "due", "sent", "delivered", "updated", "kauf", "bestell",
            ],
            Self::Respondent => &[
                "agent", "employee", "manager", "owner", "support", "staff", "sender", "company",
            ],
            Self::Account => &["manager", "owner", "contact", "phone", "mail", "address"],
            Self::Comment => &["author", "comment by", "name", "date", "count"],
            _ => &[],
        };
        parts.iter().any(|part| folded.contains(part))
            || (self == Self::Score && format!(" {folded} ").contains(" ces "))
    }

    /// How well a folded header names this field: the smaller the better, `None` not at all.
    ///
    /// A pattern `=x` is the whole header, `x` a word or run of words in it, `~x` any part.
    #[rustfmt::skip]
    pub(super) fn rank(self, folded: &str) -> Option<usize> {
        let patterns: &[&str] = match self {
            Self::Score => &[
                "=nps", "=nps score", "=net promoter score", "~recommend", "~weiterempfehl",
                "~recomend", "~recommand", "~raccomand", "~consigli", "~aanbevel", "~rekommend",
                "~anbefal", "=score", "nps score", "net promoter score", "nps", "hs value",
                "score", "~bewertung", "~puntuacion", "~pontuacao", "~punteggio", "note",
                "rating", "~punkte",
            ],
            Self::RespondedAt => &[
                "=responded at", "=response date", "~responded", "~recorded", "~completed",
                "completion time", "~submit", "submission timestamp", "rated at", "~answered",
                "~beantwortet", "~antwortdatum", "~abgeschlossen", "enddate", "end date",
                "end time", "~erfassungsdatum", "=created at", "createddate", "created date",
                "created", "~erstellt", "=date", "=datum", "=timestamp", "~zeitstempel",
                "=fecha", "=data", "=time", "date", "~datum", "fecha", "timestamp", "horodat",
                "uhrzeit", "start date", "startdate", "start time",
            ],
            Self::SentAt => &[
                "=sent at", "sent date", "~delivered", "sent", "~invited", "~versendet",
                "~gesendet", "~enviado", "~envoye",
            ],
            Self::UpdatedAt => &[
                "=updated at", "=updated", "=last updated", "=last modified", "=modified at",
                "~updated at", "=geandert am", "=modifie le", "=modificado",
            ],
            Self::Respondent => &[
                "=respondent", "=email", "=e mail", "=mail", "=recipient email",
                "=email address", "=user email", "=customer email", "=person email", "email",
                "e mail", "~correo", "~courriel", "=customer id", "=customerid", "customer id",
                "=user id", "=userid", "user id", "=contact id", "contact id", "=person id",
                "person id", "recipient id", "client id", "member id", "~kundennummer",
                "kunden id", "externalreference", "external reference",
                "external data reference", "~phone", "~telefon", "~mobile", "~handy",
            ],
            Self::ResponseId => &[
                "=response id", "=responseid", "=antwort id", "=antwortid", "=submission id",
                "=answer id", "=feedback id", "=respondent id", "=network id", "=event id",
                "=uuid", "=id", "=token",
            ],
            Self::Comment => &[
                "=comment", "=comments", "~comment", "~kommentar", "~comentario", "~commentaire",
                "~commento", "~feedback", "~verbatim", "~explication", "~begrundung", "~reason",
                "why", "warum", "pourquoi", "por que", "~open ended", "hs content", "=text",
                "text", "~freitext", "~suggestion", "~improve",
            ],
            Self::Survey => &[
                "=survey", "=survey name", "surveyname", "survey name", "=umfrage",
                "umfrage name", "campaignname", "campaign name", "=campaign", "=encuesta",
                "=enquete",
            ],
            Self::Account => &[
                "=account", "=account id", "=account name", "account", "=company", "companyname",
                "company", "=firma", "firma", "unternehmen", "organisation", "organization",
                "=empresa", "empresa", "entreprise", "=societe", "azienda",
            ],
            Self::Metric => &[
                "=metric", "=survey type", "surveytype", "survey type", "metricstype",
                "metrics type", "=question type", "question type", "hs survey type",
            ],
            Self::Consent => &["=consent", "consent", "~einwillig", "opt in", "optin"],
        };
        if self.other_meaning(folded) {
            return None;
        }
        let words = format!(" {folded} ");
        patterns.iter().position(|pattern| {
            if let Some(whole) = pattern.strip_prefix('=') {
                folded == whole
            } else if let Some(part) = pattern.strip_prefix('~') {
                folded.contains(part)
            } else {
                words.contains(&format!(" {pattern} "))
            }
        })
    }
}

/// Patterns of [`Field::Score`] that are the NPS question itself, whatever else is scored.
const NPS_PATTERNS: usize = 12;

/// Headers, whole or last level, that are personal as they stand.
const PERSONAL_HEADERS: [&str; 6] = ["name", "nom", "nombre", "contact", "ip", "address"];

/// Words in a header that make it personal wherever they stand.
#[rustfmt::skip]
const PERSONAL_WORDS: [&str; 49] = [
    "client name", "member name", "person name", "agent name", "employee name", "owner name",
    "recipient name", "respondent name", "manager", "login", "tel", "gsm", "cell", "cellphone",
    "fax", "whatsapp", "birth", "birthday", "dob", "author", "encuestado", "first name",
    "firstname", "last name", "lastname", "full name", "fullname", "surname", "customer name",
    "user name", "username", "contact name", "vorname", "nachname", "prenom", "apellido",
    "apellidos", "cognome", "ip address", "ipaddress", "ip adresse", "street", "adresse",
    "latitude", "longitude", "email", "e mail", "correo", "courriel",
];

/// Parts of words that make a header personal: numbers to call somebody at, days of birth.
const PERSONAL_PARTS: [&str; 5] = ["phone", "telefon", "mobile", "handy", "geburt"];

/// Lower case, without accents, every run of anything but letters and digits one space; a change
/// from lower to upper case starts a word, and dots separate levels of nesting.
pub(super) fn fold(header: &str) -> String {
    let mut folded = String::with_capacity(header.len());
    let mut previous_lower = false;
    for c in header.nfkd().filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            if c.is_uppercase() && previous_lower {
                folded.push(' ');
            }
            previous_lower = c.is_lowercase();
            if c == 'ß' {
                folded.push_str("ss");
            } else {
                folded.extend(c.to_lowercase());
            }
        } else {
            previous_lower = false;
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// The name of a kept column: lower snake_case, so that SQL needs no quotes.
pub(super) fn snake_case(header: &str) -> String {
    let name = fold(header).replace(' ', "_");
    match name.chars().next() {
        None => "column".to_owned(),
        Some(first) if first.is_numeric() => format!("_{name}"),
        Some(_) => name,
    }
}

/// The part of a nested column's name behind the last dot: `person_properties.plan` is `plan`.
pub(super) fn leaf(header: &str) -> &str {
    header.rsplit('.').next().unwrap_or(header)
}

/// The folded header is that of the NPS question, not of some score.
pub(super) fn names_nps(folded: &str) -> bool {
    // A second column of the same name has been given a number.
    let unnumbered = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    Field::Score
        .rank(unnumbered.trim_end())
        .is_some_and(|rank| rank < NPS_PATTERNS)
}

/// The folded header is that of telephone numbers (or of what people do with telephones).
pub(super) fn names_a_phone(folded: &str) -> bool {
    PERSONAL_PARTS.iter().any(|part| folded.contains(part))
}

/// The header says that the column tells who somebody is, or where.
pub(super) fn names_a_person(header: &str) -> bool {
    let folded = fold(header);
    let words = format!(" {folded} ");
    PERSONAL_HEADERS.contains(&folded.as_str())
        || PERSONAL_HEADERS.contains(&fold(leaf(header)).as_str())
        || PERSONAL_WORDS
            .iter()
            .any(|personal| words.contains(&format!(" {personal} ")))
        || PERSONAL_PARTS.iter().any(|part| folded.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_fold_to_words() {
        for (header, folded) in [
            ("Weiterempfehlung (0-10)", "weiterempfehlung 0 10"),
            ("RecipientEmail", "recipient email"),
            ("Société", "societe"),
            ("  Straße_Nr. ", "strasse nr"),
            ("person.email", "person email"),
            ("NPS", "nps"),
        ] {
            assert_eq!(fold(header), folded);
        }
        assert_eq!(snake_case("Plan / Tier"), "plan_tier");
        assert_eq!(snake_case("2nd Choice"), "_2nd_choice");
        assert_eq!(snake_case("部署"), "部署");
        assert_eq!(snake_case("!"), "column");
    }
}
