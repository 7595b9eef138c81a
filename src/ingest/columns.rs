//! What a column is, by its header and by what stands in it.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::dates::StyleCounter;
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

    /// How well a folded header names this field: the smaller the better, `None` not at all.
    ///
    /// A pattern `=x` is the whole header, `x` a word or run of words in it, `~x` any part.
    fn rank(self, folded: &str) -> Option<usize> {
        let patterns: &[&str] = match self {
            Self::Score => &[
                "=nps",
                "=nps score",
                "=score",
                "nps score",
                "net promoter score",
                "~recommend",
                "~weiterempfehl",
                "~recomend",
                "~recommand",
                "~raccomand",
                "~consigli",
                "~aanbevel",
                "~rekommend",
                "~anbefal",
                "nps",
                "score",
                "hs value",
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
                "recordeddate",
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
                "datum",
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
                "externaldatareference",
                "=person",
                "=customer",
                "=kunde",
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
                "=no",
                "=nr",
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
                "~umfrage",
                "~campaignname",
                "campaign name",
                "=campaign",
                "~encuesta",
                "~enquete",
            ],
            Self::Account => &[
                "=account",
                "=account id",
                "=account name",
                "account",
                "=company",
                "~companyname",
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

/// Headers, whole or last level, that are personal as they stand.
const PERSONAL_HEADERS: [&str; 6] = ["name", "nom", "nombre", "contact", "ip", "address"];

/// Words in a header that make it personal wherever they stand.
const PERSONAL_WORDS: [&str; 28] = [
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

/// Parts of words that make a header personal: numbers to call somebody at.
const PERSONAL_PARTS: [&str; 4] = ["phone", "telefon", "mobile", "handy"];

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
    spaced: usize,
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
            spaced: 0,
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
        self.spaced += usize::from(cell.contains(' '));
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

    fn most(&self, count: usize) -> bool {
        self.cells > 0 && count * 5 >= self.cells * 4
    }

    /// Most cells are whole numbers from 0 to 10.
    pub(super) fn holds_scores(&self) -> bool {
        self.most(self.scores)
    }

    /// Every score is one of 1 to 5, and there are enough of them that this is no chance.
    pub(super) fn never_leaves_five(&self) -> bool {
        self.scores >= 10 && self.score_min >= 1 && self.score_max <= 5
    }

    pub(super) fn holds_emails(&self) -> bool {
        self.cells > 0 && self.emails * 2 >= self.cells
    }

    fn holds_different_values(&self) -> bool {
        self.cells > 0 && self.distinct.len() * 20 >= self.cells * 19
    }

    /// How well header and content together make this column the field: the smaller the better.
    pub(super) fn rank(&self, field: Field) -> Option<usize> {
        let rank = field.rank(&self.folded)?;
        if self.cells == 0 {
            // An empty column can be anything its header says, but nothing depends on it.
            return matches!(field, Field::Comment).then_some(rank);
        }
        let fits = match field {
            Field::Score => self.holds_scores(),
            Field::RespondedAt | Field::SentAt => {
                self.dates.detected() != super::dates::Detected::NotDates
            }
            // "Email opt-in" is not an address.
            Field::Respondent => self.holds_emails() || !self.folded.contains("mail"),
            Field::ResponseId => {
                // A column called just "id" or "no" may count something else.
                self.folded.contains("response")
                    || self.folded.contains("antwort")
                    || self.holds_different_values()
            }
            Field::Comment => !self.most(self.numbers) && self.spaced * 5 >= self.cells,
            Field::Survey | Field::Account => !self.holds_emails(),
            Field::Metric => self.most(self.metrics),
            Field::Consent => self.most(self.consents),
        };
        fits.then_some(rank)
    }

    /// The column tells who somebody is, or where.
    pub(super) fn is_personal(&self) -> bool {
        let words = format!(" {} ", self.folded);
        self.holds_emails()
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
        } else if self.numbers == self.cells {
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
        "nps" | "enps" | "net promoter score" => "nps",
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
            column("id", &["1", "1", "1"])
                .rank(Field::ResponseId)
                .is_none()
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
