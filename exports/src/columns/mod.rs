//! What is known of a column after looking at its header and its cells.

pub mod cells;
pub mod field;
pub mod header_words;
pub mod headers;
pub mod observed;
pub mod personal;
pub mod score;

use std::collections::HashSet;

use chrono_tz::Tz;

use cells::{
    CellType, consent, has_metric_word, looks_like_email, looks_like_grouped_phone,
    looks_like_international_phone, looks_like_ip, looks_like_phone, metric_name,
};
use field::Field;
use headers::fold;
use observed::Answers;
use personal::{Personal, names_a_name, names_a_person, names_a_phone, names_another};
use score::Reading;

use super::dates::DateReader;
use super::dates::clock::is_time_of_day;
use super::dates::styles::StyleCounter;
use super::mapping::scale::Scale;

/// What is known of a column after looking at some of its cells.
#[derive(Debug)]
pub struct Column {
    pub header: String,
    /// What a further header row says, such as the text of the question.
    pub title: Option<String>,
    folded: String,
    folded_title: Option<String>,
    /// The profile says that it is no field, whatever it looks like.
    pub never: bool,
    /// The time zone that its header says.
    pub zone: Option<Tz>,
    /// How the profile says that its dates are written.
    pub date_format: Option<String>,
    /// Cells with something in them.
    pub cells: usize,
    pub answers: Answers,
    numbers: usize,
    integers: usize,
    booleans: usize,
    emails: usize,
    phones: usize,
    international_phones: usize,
    grouped_phones: usize,
    ips: usize,
    /// Digits behind the point, where all numbers have as many.
    decimals: Option<usize>,
    decimals_differ: bool,
    trailing_zeros: bool,
    pub dates: StyleCounter,
    times_of_day: usize,
    metrics: usize,
    nps_metrics: usize,
    /// Cells that have a word for a metric in them.
    metric_words: usize,
    consents: usize,
    /// An answer says that the best one is at the bottom.
    reversed_answers: bool,
    /// What the next cell says if the column counts its rows; `None` once it does not.
    next_count: Option<i64>,
    /// Of all cells in their order.
    sequence: u64,
    distinct: HashSet<u64>,
    /// The first few different values, for questions.
    pub samples: Vec<String>,
}

impl Column {
    pub fn new(header: &str, title: Option<&str>) -> Self {
        Self {
            header: header.to_owned(),
            title: title.map(str::to_owned),
            folded: fold(header),
            folded_title: title.map(fold),
            never: false,
            zone: None,
            date_format: None,
            cells: 0,
            answers: Answers::default(),
            numbers: 0,
            integers: 0,
            booleans: 0,
            emails: 0,
            phones: 0,
            international_phones: 0,
            grouped_phones: 0,
            ips: 0,
            decimals: None,
            decimals_differ: false,
            trailing_zeros: false,
            dates: StyleCounter::new(),
            times_of_day: 0,
            metrics: 0,
            nps_metrics: 0,
            metric_words: 0,
            consents: 0,
            reversed_answers: false,
            next_count: Some(-1),
            sequence: 0,
            distinct: HashSet::new(),
            samples: Vec::new(),
        }
    }

    /// The profile says how its dates are written, and the cells agree.
    pub fn dates_match_format(&self) -> bool {
        let format = self.date_format.as_deref();
        let reader = format.and_then(|format| DateReader::given(format, Tz::UTC, false).ok());
        let reads = |reader: DateReader| {
            let mut samples = self.samples.iter();
            samples.all(|sample| reader.read(sample).is_some())
        };
        self.cells > 0 && reader.is_some_and(reads)
    }

    /// Looks at one more cell.
    pub fn observe(&mut self, cell: &str) {
        use std::hash::{DefaultHasher, Hash, Hasher};

        let cell = cell.trim();
        // The header once more, in the middle of a file, says nothing of what is in the column.
        if cell == self.header {
            return;
        }
        let mut hasher = DefaultHasher::new();
        cell.hash(&mut hasher);
        let hash = hasher.finish();
        self.sequence = self.sequence.rotate_left(5).wrapping_mul(31) ^ hash;
        if score::is_blank(cell) {
            self.next_count = None;
            return;
        }
        self.cells += 1;
        self.answers.count(cell);
        self.observe_count(cell);
        self.numbers += usize::from(CellType::Number.fits(cell));
        self.integers += usize::from(CellType::Integer.fits(cell));
        self.booleans += usize::from(CellType::Boolean.fits(cell));
        self.emails += usize::from(looks_like_email(cell));
        self.phones += usize::from(looks_like_phone(cell));
        self.international_phones += usize::from(looks_like_international_phone(cell));
        self.grouped_phones += usize::from(looks_like_grouped_phone(cell));
        self.ips += usize::from(looks_like_ip(cell));
        self.observe_decimals(cell);
        self.reversed_answers |= Scale::reversed_in(cell);
        self.times_of_day += usize::from(is_time_of_day(cell));
        let metric = metric_name(cell);
        self.metrics += usize::from(metric.is_some());
        self.nps_metrics += usize::from(metric == Some("nps"));
        self.metric_words += usize::from(metric.is_some() || has_metric_word(cell));
        self.consents += usize::from(consent(cell).is_some());
        self.dates.count(cell);
        let is_new = self.distinct.insert(hash);
        if is_new && self.samples.len() < 5 {
            self.samples.push(cell.to_owned());
        }
    }

    /// A column that counts says 1, 2, 3, or 0, 1, 2.
    fn observe_count(&mut self, cell: &str) {
        self.next_count = match (self.next_count, cell.parse::<i64>()) {
            (Some(-1), Ok(first @ 0..=1)) => Some(first + 1),
            (Some(expected), Ok(number)) if number == expected => Some(number + 1),
            _ => None,
        };
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
    pub fn holds_scores(&self) -> bool {
        self.holds_answers(Reading::default())
    }

    /// Most cells are answers on the scale that the file is read with.
    pub fn holds_answers(&self, reading: Reading) -> bool {
        // A cell that says "no answer" in words is none.
        let cells = self.cells - self.answers.blank;
        cells > 0 && self.answers.on(reading) * 5 >= cells * 4
    }

    /// Most cells are numbers, whatever their size.
    pub fn holds_numbers(&self) -> bool {
        self.most(self.answers.numbers)
    }

    /// Every cell is a whole number, and they are no flags.
    fn holds_counts(&self) -> bool {
        self.cells > 0 && self.integers == self.cells && self.answers.exceed_one()
    }

    /// It says how many promoters, passives or detractors there are.
    pub fn counts_a_group(&self) -> bool {
        self.holds_counts() && headers::names_a_group(&self.folded)
    }

    /// It says how many responses there are.
    pub fn counts_responses(&self) -> bool {
        self.holds_counts() && headers::names_a_count(&self.folded)
    }

    /// The cells number the rows of the file.
    pub fn counts_rows(&self) -> bool {
        self.cells > 0 && self.next_count.is_some()
    }

    /// The header is one of row numbers, and so are the cells.
    pub fn numbers_rows(&self) -> bool {
        #[rustfmt::skip]
        const HEADERS: [&str; 18] = [
            "", "no", "nr", "row", "rows", "row number", "index", "idx", "number", "num", "lfd nr",
            "laufende nummer", "zeile", "n", "numero", "unnamed 0", "id", "record",
        ];
        let unnamed = self
            .folded
            .strip_prefix("column ")
            .is_some_and(|position| position.bytes().all(|byte| byte.is_ascii_digit()));
        self.counts_rows() && (unnamed || HEADERS.contains(&self.folded.as_str()))
    }

    /// The header is that of a time of day and of nothing else.
    pub fn names_a_time(&self) -> bool {
        headers::names_a_time(&self.folded)
    }

    /// Every cell is a time of day.
    pub fn holds_times_of_day(&self) -> bool {
        self.cells > 0 && self.times_of_day == self.cells
    }

    /// Both columns hold the same in every row that was looked at.
    pub fn repeats(&self, other: &Self) -> bool {
        self.cells == other.cells && self.sequence == other.sequence
    }

    /// Most metrics are named, and none of them is NPS.
    pub fn holds_other_metrics_only(&self) -> bool {
        self.holds_metrics() && self.nps_metrics == 0
    }

    /// The scale that header or title name.
    pub fn named_scale(&self) -> Option<Scale> {
        let title = || self.title.as_deref().and_then(Scale::named_in);
        Scale::named_in(&self.header).or_else(title)
    }

    /// Header, title or an answer says that the best answer is at the bottom of the scale.
    pub fn is_reversed(&self) -> bool {
        let title = self.title.as_deref();
        self.reversed_answers
            || Scale::reversed_in(&self.header)
            || title.is_some_and(Scale::reversed_in)
    }

    /// The metric that the header names where it is not NPS, in the lake's spelling.
    pub fn other_metric(&self) -> Option<&'static str> {
        headers::other_metric(&self.folded)
    }

    fn holds_emails(&self) -> bool {
        self.cells > 0 && self.emails * 2 >= self.cells
    }

    /// The header is that of email addresses.
    pub fn names_an_email(&self) -> bool {
        self.folded.contains("mail")
    }

    /// Anybody's email address stands in it.
    pub fn has_emails(&self) -> bool {
        self.emails > 0
    }

    /// Every value, or nearly, is another one.
    pub fn holds_different_values(&self) -> bool {
        self.cells > 0 && self.distinct.len() * 20 >= self.cells * 19
    }

    /// Whether most of the cells are what a column of this kind has in them.
    pub fn holds_metrics(&self) -> bool {
        self.most(self.metrics)
    }

    /// No cell has a word for a metric in it, so that the column says something else.
    pub fn holds_no_metrics(&self) -> bool {
        self.cells > 0 && self.metric_words == 0
    }

    /// See [`holds_metrics`](Self::holds_metrics).
    pub fn holds_consents(&self) -> bool {
        self.most(self.consents)
    }

    /// How well the header, or else the title, makes this column the field: the smaller the
    /// better.
    pub fn rank_by_header(&self, field: Field) -> Option<usize> {
        if self.never {
            return None;
        }
        let title = || field.rank(self.folded_title.as_deref()?);
        match field.rank(&self.folded) {
            None if field.means_something_else(&self.folded) => None,
            None => title(),
            rank => rank.min(title()).or(rank),
        }
    }

    /// How well the header makes this column the score; a header that says 0 to 10 says more
    /// than one of a rating does.
    pub fn score_group(&self) -> Option<usize> {
        if self.never {
            return None;
        }
        let unnumbered = self.folded.trim_end_matches(|c: char| c.is_ascii_digit());
        let rank = match Field::Score.rank(unnumbered.trim_end()) {
            Some(rank) => Some(rank),
            None => self.rank_by_header(Field::Score),
        }?;
        match self.named_scale().is_some_and(Scale::is_nps) {
            true => Some(rank.min(headers::SCORE_GROUPS - 1)),
            false => Some(rank),
        }
    }

    /// How well header and content together make this column the field: the smaller the better.
    pub fn rank(&self, field: Field) -> Option<usize> {
        let rank = self.rank_by_header(field)?;
        if self.cells == 0 {
            // An empty column is what its header says, and nothing depends on it.
            let harmless = field.is_date() || field == Field::Comment;
            return harmless.then_some(rank + 1000);
        }
        if field != Field::Respondent && self.is_personal() {
            return None;
        }
        self.fits(field).then_some(rank)
    }

    /// The cells are what a column of this field holds.
    pub fn fits(&self, field: Field) -> bool {
        match field {
            Field::Score => self.holds_scores(),
            Field::RespondedAt | Field::SentAt | Field::UpdatedAt => {
                self.dates.holds_dates() || self.dates_match_format()
            }
            Field::Respondent if names_a_phone(&self.folded) => self.most(self.phones),
            Field::Respondent if headers::names_an_address(&self.folded) => self.holds_emails(),
            Field::Comment => !self.most(self.numbers),
            Field::Survey => !self.dates.holds_written_dates(),
            // What these hold decides what responses mean; where it is not understood, the
            // mapping asks.
            Field::Respondent
            | Field::ResponseId
            | Field::Account
            | Field::Metric
            | Field::Consent => true,
        }
    }

    /// The column tells who somebody is, or where.
    pub fn is_personal(&self) -> bool {
        let half = |count: usize| self.cells > 0 && count * 2 >= self.cells;
        if self.holds_emails() || half(self.international_phones) || half(self.ips) {
            return true;
        }
        if half(self.grouped_phones) && !self.dates.holds_dates() {
            return true;
        }
        // "How likely are you to recommend our mobile app?" is nobody's telephone number.
        let is_question = headers::names_nps(&self.folded) && self.holds_scores();
        let title = || self.title.as_deref().is_some_and(names_a_person);
        !is_question && (names_a_person(&self.header) || (title() && !self.holds_scores()))
    }

    /// What the column tells of somebody, where it is personal.
    pub fn personal(&self) -> Option<Personal> {
        if !self.is_personal() {
            return None;
        }
        let is_said =
            |by: fn(&str) -> bool| by(&self.header) || self.title.as_deref().is_some_and(by);
        Some(if self.holds_emails() {
            Personal::Email
        } else if self.most(self.phones) && !self.dates.holds_dates() {
            Personal::Phone
        } else if is_said(names_another) {
            Personal::OtherName
        } else if is_said(names_a_name) {
            Personal::Name
        } else {
            Personal::Other
        })
    }

    /// The narrowest type that every cell looked at has.
    pub fn cell_type(&self) -> CellType {
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
