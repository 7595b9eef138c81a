//! What a column is, by its header and by what stands in it.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::dates::{Detected, StyleCounter};
use super::score::{self, ScoreCell};

/// The fields of a response that a column can be mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Score,
    RespondedAt,
    SentAt,
    Respondent,
    ResponseId,
    Comment,
    Survey,
    Account,
    Metric,
    Consent,
}

impl Field {
    pub(super) const ALL: [Self; 10] = [
        Self::Score,
        Self::RespondedAt,
        Self::SentAt,
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
            Self::Respondent => "respondent",
            Self::ResponseId => "response_id",
            Self::Comment => "comment",
            Self::Survey => "survey",
            Self::Account => "account",
            Self::Metric => "metric",
            Self::Consent => "consent",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Words that make a header mean something else than the rest of it says.
    fn other_meaning(self, folded: &str) -> bool {
        let parts: &[&str] = match self {
            Self::Score => &[
                "csat",
                "satisf",
                "zufried",
                "effort",
                "aufwand",
                "star",
                "sentiment",
                "reason",
            ],
            Self::RespondedAt => &[
                "birth",
                "geburt",
                "renew",
                "expir",
                "order",
                "login",
                "purchase",
                "signup",
                "sign up",
                "due",
                "sent",
                "delivered",
                "updated",
                "kauf",
                "bestell",
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
    fn rank(self, folded: &str) -> Option<usize> {
        let patterns: &[&str] = match self {
            Self::Score => &[
                "=nps",
                "=nps score",
                "=net promoter score",
                "~recommend",
                "~weiterempfehl",
                "~recomend",
                "~recommand",
                "~raccomand",
                "~consigli",
                "~aanbevel",
                "~rekommend",
                "~anbefal",
                "=score",
                "nps score",
                "net promoter score",
                "nps",
                "hs value",
                "score",
                "~bewertung",
                "~puntuacion",
                "~pontuacao",
                "~punteggio",
                "note",
                "rating",
                "~punkte",
            ],
            Self::RespondedAt => &[
                "=responded at",
                "=response date",
                "~responded",
                "~recorded",
                "~completed",
                "completion time",
                "~submit",
                "submission timestamp",
                "rated at",
                "~answered",
                "~beantwortet",
                "~antwortdatum",
                "~abgeschlossen",
                "enddate",
                "end date",
                "end time",
                "~erfassungsdatum",
                "=created at",
                "createddate",
                "created date",
                "created",
                "~erstellt",
                "=date",
                "=datum",
                "=timestamp",
                "~zeitstempel",
                "=fecha",
                "=data",
                "=time",
                "date",
                "~datum",
                "fecha",
                "timestamp",
                "horodat",
                "uhrzeit",
                "start date",
                "startdate",
                "start time",
            ],
            Self::SentAt => &[
                "=sent at",
                "sent date",
                "~delivered",
                "sent",
                "~invited",
                "~versendet",
                "~gesendet",
                "~enviado",
                "~envoye",
            ],
            Self::Respondent => &[
                "=respondent",
                "=email",
                "=e mail",
                "=mail",
                "=recipient email",
                "=email address",
                "=user email",
                "=customer email",
                "=person email",
                "email",
                "e mail",
                "~correo",
                "~courriel",
                "=customer id",
                "=customerid",
                "customer id",
                "=user id",
                "=userid",
                "user id",
                "=contact id",
                "contact id",
                "=person id",
                "person id",
                "recipient id",
                "client id",
                "member id",
                "~kundennummer",
                "kunden id",
                "externalreference",
                "external reference",
                "external data reference",
                "~phone",
                "~telefon",
                "~mobile",
                "~handy",
            ],
            Self::ResponseId => &[
                "=response id",
                "=responseid",
                "=antwort id",
                "=antwortid",
                "=submission id",
                "=answer id",
                "=feedback id",
                "=respondent id",
                "=network id",
                "=event id",
                "=uuid",
                "=id",
                "=token",
            ],
            Self::Comment => &[
                "=comment",
                "=comments",
                "~comment",
                "~kommentar",
                "~comentario",
                "~commentaire",
                "~commento",
                "~feedback",
                "~verbatim",
                "~explication",
                "~begrundung",
                "~reason",
                "why",
                "warum",
                "pourquoi",
                "por que",
                "~open ended",
                "hs content",
                "=text",
                "text",
                "~freitext",
                "~suggestion",
                "~improve",
            ],
            Self::Survey => &[
                "=survey",
                "=survey name",
                "surveyname",
                "survey name",
                "=umfrage",
                "umfrage name",
                "campaignname",
                "campaign name",
                "=campaign",
                "=encuesta",
                "=enquete",
            ],
            Self::Account => &[
                "=account",
                "=account id",
                "=account name",
                "account",
                "=company",
                "companyname",
                "company",
                "=firma",
                "firma",
                "unternehmen",
                "organisation",
                "organization",
                "=empresa",
                "empresa",
                "entreprise",
                "=societe",
                "azienda",
            ],
            Self::Metric => &[
                "=metric",
                "=survey type",
                "surveytype",
                "survey type",
                "metricstype",
                "metrics type",
                "=question type",
                "question type",
                "hs survey type",
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
const PERSONAL_WORDS: [&str; 49] = [
    "client name",
    "member name",
    "person name",
    "agent name",
    "employee name",
    "owner name",
    "recipient name",
    "respondent name",
    "manager",
    "login",
    "tel",
    "gsm",
    "cell",
    "cellphone",
    "fax",
    "whatsapp",
    "birth",
    "birthday",
    "dob",
    "author",
    "encuestado",
    "first name",
    "firstname",
    "last name",
    "lastname",
    "full name",
    "fullname",
    "surname",
    "customer name",
    "user name",
    "username",
    "contact name",
    "vorname",
    "nachname",
    "prenom",
    "apellido",
    "apellidos",
    "cognome",
    "ip address",
    "ipaddress",
    "ip adresse",
    "street",
    "adresse",
    "latitude",
    "longitude",
    "email",
    "e mail",
    "correo",
    "courriel",
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

pub(super) fn looks_like_email(cell: &str) -> bool {
    let Some((local, domain)) = cell.trim().split_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !cell.trim().contains(char::is_whitespace)
}

/// What a telephone number can look like; other numbers can, too.
fn looks_like_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let only_phone = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-() ./".contains(&byte));
    only_phone && (7..=15).contains(&digits)
}

/// A telephone number that nothing else looks like.
fn looks_like_international_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    (cell.starts_with('+') || cell.starts_with("00")) && looks_like_phone(cell)
}

/// What is known of a column after looking at some of its cells.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) header: String,
    folded: String,
    /// Cells with something in them.
    pub(super) cells: usize,
    scores: usize,
    score_min: i8,
    score_max: i8,
    numbers: usize,
    integers: usize,
    booleans: usize,
    emails: usize,
    phones: usize,
    international_phones: usize,
    /// Digits behind the point, where all numbers have as many.
    decimals: Option<usize>,
    decimals_differ: bool,
    trailing_zeros: bool,
    pub(super) dates: StyleCounter,
    metrics: usize,
    consents: usize,
    distinct: HashSet<u64>,
    /// The first few different values, for questions.
    pub(super) samples: Vec<String>,
}

/// The type that a kept column's cells have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellType {
    Boolean,
    Integer,
    Number,
    Text,
}

impl Column {
    pub(super) fn new(header: &str) -> Self {
        Self {
            header: header.to_owned(),
            folded: fold(header),
            cells: 0,
            scores: 0,
            score_min: i8::MAX,
            score_max: i8::MIN,
            numbers: 0,
            integers: 0,
            booleans: 0,
            emails: 0,
            phones: 0,
            international_phones: 0,
            decimals: None,
            decimals_differ: false,
            trailing_zeros: false,
            dates: StyleCounter::new(),
            metrics: 0,
            consents: 0,
            distinct: HashSet::new(),
            samples: Vec::new(),
        }
    }

    /// Looks at one more cell.
    pub(super) fn observe(&mut self, cell: &str) {
        use std::hash::{DefaultHasher, Hash, Hasher};

        let cell = cell.trim();
        if score::is_blank(cell) {
            return;
        }
        self.cells += 1;
        if let ScoreCell::Score(score) = score::read(cell) {
            self.scores += 1;
            self.score_min = self.score_min.min(score);
            self.score_max = self.score_max.max(score);
        }
        self.numbers += usize::from(CellType::Number.fits(cell));
        self.integers += usize::from(CellType::Integer.fits(cell));
        self.booleans += usize::from(CellType::Boolean.fits(cell));
        self.emails += usize::from(looks_like_email(cell));
        self.phones += usize::from(looks_like_phone(cell));
        self.international_phones += usize::from(looks_like_international_phone(cell));
        self.observe_decimals(cell);
        self.metrics += usize::from(metric_name(cell).is_some());
        self.consents += usize::from(consent(cell).is_some());
        self.dates.count(cell);
        let mut hasher = DefaultHasher::new();
        cell.hash(&mut hasher);
        let is_new = self.distinct.insert(hasher.finish());
        if is_new && self.samples.len() < 5 {
            self.samples.push(cell.to_owned());
        }
    }

    fn observe_decimals(&mut self, cell: &str) {
        let Some((_, fraction)) = cell.split_once('.') else {
            return;
        };
        self.trailing_zeros |= fraction.ends_with('0');
        let first = *self.decimals.get_or_insert(fraction.len());
        self.decimals_differ |= first != fraction.len();
    }

    fn most(&self, count: usize) -> bool {
        self.cells > 0 && count * 5 >= self.cells * 4
    }

    /// Most cells are whole numbers from 0 to 10.
    pub(super) fn holds_scores(&self) -> bool {
        self.most(self.scores)
    }

    /// The top of the shorter scale that the scores look like, where there are enough of them
    /// that staying below it is no chance.
    pub(super) fn shorter_scale(&self) -> Option<i8> {
        match (self.score_min, self.score_max) {
            (1.., ..=5) if self.scores >= 5 => Some(5),
            (_, ..=5) if self.scores >= 10 => Some(5),
            (_, 6..=7) if self.scores >= 20 => Some(7),
            _ => None,
        }
    }

    fn holds_emails(&self) -> bool {
        self.cells > 0 && self.emails * 2 >= self.cells
    }

    /// Anybody's email address stands in it.
    pub(super) fn has_emails(&self) -> bool {
        self.emails > 0
    }

    /// Every value, or nearly, is another one.
    pub(super) fn holds_different_values(&self) -> bool {
        self.cells > 0 && self.distinct.len() * 20 >= self.cells * 19
    }

    /// Whether most of the cells are what a column of this kind has in them.
    pub(super) fn holds_metrics(&self) -> bool {
        self.most(self.metrics)
    }

    /// See [`holds_metrics`](Self::holds_metrics).
    pub(super) fn holds_consents(&self) -> bool {
        self.most(self.consents)
    }

    /// How well the header makes this column the field: the smaller the better.
    pub(super) fn rank_by_header(&self, field: Field) -> Option<usize> {
        field.rank(&self.folded)
    }

    /// The header is that of the NPS question, not of some score.
    pub(super) fn names_nps(&self) -> bool {
        // A second column of the same name has been given a number.
        let unnumbered = self.folded.trim_end_matches(|c: char| c.is_ascii_digit());
        Field::Score
            .rank(unnumbered.trim_end())
            .is_some_and(|rank| rank < NPS_PATTERNS)
    }

    /// How well header and content together make this column the field: the smaller the better.
    pub(super) fn rank(&self, field: Field) -> Option<usize> {
        let rank = self.rank_by_header(field)?;
        if self.cells == 0 {
            // An empty column is what its header says, and nothing depends on it.
            let harmless = matches!(field, Field::Comment | Field::RespondedAt | Field::SentAt);
            return harmless.then_some(rank + 1000);
        }
        if field != Field::Respondent && self.is_personal() {
            return None;
        }
        let fits = match field {
            Field::Score => self.holds_scores(),
            Field::RespondedAt | Field::SentAt => self.dates.detected() != Detected::NotDates,
            Field::Respondent if self.folded.contains("mail") => self.holds_emails(),
            Field::Respondent if PERSONAL_PARTS.iter().any(|part| self.folded.contains(part)) => {
                self.most(self.phones)
            }
            Field::Comment => !self.most(self.numbers),
            Field::Survey => self.dates.detected() == Detected::NotDates,
            // What these hold decides what responses mean; where it is not understood, the
            // mapping asks.
            Field::Respondent
            | Field::ResponseId
            | Field::Account
            | Field::Metric
            | Field::Consent => true,
        };
        fits.then_some(rank)
    }

    /// The column tells who somebody is, or where.
    pub(super) fn is_personal(&self) -> bool {
        let words = format!(" {} ", self.folded);
        self.holds_emails()
            || (self.cells > 0 && self.international_phones * 2 >= self.cells)
            || PERSONAL_HEADERS.contains(&self.folded.as_str())
            || PERSONAL_HEADERS.contains(&fold(leaf(&self.header)).as_str())
            || PERSONAL_WORDS
                .iter()
                .any(|personal| words.contains(&format!(" {personal} ")))
            || PERSONAL_PARTS.iter().any(|part| self.folded.contains(part))
    }

    /// The narrowest type that every cell looked at has.
    pub(super) fn cell_type(&self) -> CellType {
        if self.cells == 0 {
            CellType::Text
        } else if self.booleans == self.cells {
            CellType::Boolean
        } else if self.integers == self.cells {
            CellType::Integer
        } else if self.numbers == self.cells && !(self.trailing_zeros && self.decimals_differ) {
            // 1.1 and 1.10 are two versions of something, 19.90 and 5.00 are prices.
            CellType::Number
        } else {
            CellType::Text
        }
    }
}

impl CellType {
    /// Whether a cell that is not blank can be stored as this type and come back as it was.
    pub(super) fn fits(self, cell: &str) -> bool {
        match self {
            Self::Boolean => ["true", "false"]
                .iter()
                .any(|word| cell.eq_ignore_ascii_case(word)),
            // A leading zero is part of a code, not of a number.
            Self::Integer => {
                let digits = cell.strip_prefix('-').unwrap_or(cell);
                digits.bytes().all(|byte| byte.is_ascii_digit())
                    && (digits.len() == 1 || !digits.starts_with('0'))
                    && cell.parse::<i64>().is_ok()
            }
            Self::Number => {
                Self::Integer.fits(cell)
                    || (cell.contains('.')
                        && cell
                            .bytes()
                            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
                        && cell.parse::<f64>().is_ok())
            }
            Self::Text => true,
        }
    }
}

/// The metric that a cell such as `NPS`, `CSAT` or `5STAR` names, in the lake's spelling.
pub(super) fn metric_name(cell: &str) -> Option<&'static str> {
    Some(match fold(cell).as_str() {
        "nps" | "enps" | "e nps" | "net promoter score" => "nps",
        "csat" | "customer satisfaction" => "csat",
        "ces" | "customer effort score" => "ces",
        "5star" | "5 star" | "stars" | "five star" => "stars",
        "pmf" => "pmf",
        "smileys" => "smileys",
        "thumbs" => "thumbs",
        _ => return None,
    })
}

/// What a cell of a consent column means for the lake.
pub(super) fn consent(cell: &str) -> Option<&'static str> {
    Some(match fold(cell).as_str() {
        "granted" | "yes" | "true" | "1" | "y" | "ja" | "oui" | "si" | "opted in" | "opt in" => {
            "granted"
        }
        "withdrawn" | "no" | "false" | "0" | "n" | "nein" | "non" | "opted out" | "opt out" => {
            "withdrawn"
        }
        "unknown" => "unknown",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(header: &str, cells: &[&str]) -> Column {
        let mut column = Column::new(header);
        for cell in cells {
            column.observe(cell);
        }
        column
    }

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

    #[test]
    fn header_and_content_decide_together() {
        let scores = ["9", "10", "NA", "0", "7"];
        assert!(column("NPS", &scores).rank(Field::Score).is_some());
        assert!(
            column("nps_group", &["Promoter", "Detractor"])
                .rank(Field::Score)
                .is_none()
        );
        let question = column("How likely are you to recommend us?", &scores);
        assert!(question.rank(Field::Score) < column("Rating", &scores).rank(Field::Score));
        assert!(
            column("id", &["1", "2", "3"])
                .rank(Field::ResponseId)
                .is_some()
        );
        assert!(
            column("E-Mail", &["ana@example.com"])
                .rank(Field::Respondent)
                .is_some()
        );
        assert!(
            column("Mail sent", &["yes"])
                .rank(Field::Respondent)
                .is_none()
        );
        assert!(
            column("Date", &["2026-03-01"])
                .rank(Field::RespondedAt)
                .is_some()
        );
        assert!(column("Date", &["soon"]).rank(Field::RespondedAt).is_none());
    }

    #[test]
    fn personal_columns_show_by_name_or_content() {
        assert!(column("Contact", &["ana@example.com", "bo@example.org"]).is_personal());
        assert!(column("First Name", &["Ana"]).is_personal());
        assert!(column("person.name", &["Ana"]).is_personal());
        assert!(!column("Plan", &["Pro"]).is_personal());
        assert!(!column("survey name", &["web"]).is_personal());
    }

    #[test]
    fn kept_columns_have_the_type_that_loses_nothing() {
        for (cells, expected) in [
            (vec!["1", "-20", ""], CellType::Integer),
            (vec!["1", "2.50"], CellType::Number),
            (vec!["007", "1"], CellType::Text),
            (vec!["true", "False"], CellType::Boolean),
            (vec!["1e5"], CellType::Text),
            (vec![], CellType::Text),
        ] {
            assert_eq!(column("x", &cells).cell_type(), expected, "{cells:?}");
        }
    }
}
