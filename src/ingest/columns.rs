//! What is known of a column after looking at its header and its cells.

use std::collections::HashSet;

use super::cells::{
    CellType, consent, looks_like_email, looks_like_international_phone, looks_like_phone,
    metric_name,
};
use super::date_styles::{Detected, StyleCounter};
use super::headers::{self, Field, fold};
use super::score::{self, ScoreCell};

/// What is known of a column after looking at some of its cells.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) header: String,
    /// What a further header row says, such as the text of the question.
    pub(super) title: Option<String>,
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

impl Column {
    pub(super) fn new(header: &str, title: Option<&str>) -> Self {
        Self {
            header: header.to_owned(),
            title: title.map(str::to_owned),
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

    /// The header is that of email addresses.
    pub(super) fn names_an_email(&self) -> bool {
        self.folded.contains("mail")
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
        headers::names_nps(&self.folded)
    }

    /// How well header and content together make this column the field: the smaller the better.
    pub(super) fn rank(&self, field: Field) -> Option<usize> {
        let rank = self.rank_by_header(field)?;
        if self.cells == 0 {
            // An empty column is what its header says, and nothing depends on it.
            let harmless = field.is_date() || field == Field::Comment;
            return harmless.then_some(rank + 1000);
        }
        if field != Field::Respondent && self.is_personal() {
            return None;
        }
        let fits = match field {
            Field::Score => self.holds_scores(),
            Field::RespondedAt | Field::SentAt | Field::UpdatedAt => {
                self.dates.detected() != Detected::NotDates
            }
            Field::Respondent if self.names_an_email() => self.holds_emails(),
            Field::Respondent if headers::names_a_phone(&self.folded) => self.most(self.phones),
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
        self.holds_emails()
            || (self.cells > 0 && self.international_phones * 2 >= self.cells)
            || headers::names_a_person(&self.header)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn column(header: &str, cells: &[&str]) -> Column {
        let mut column = Column::new(header, None);
        for cell in cells {
            column.observe(cell);
        }
        column
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
