//! Observations of a column: its header and its cells.

pub mod cells;
pub mod consent;
pub mod countries;
pub mod date_parts;
pub mod field;
pub mod group;
pub mod header_words;
pub mod headers;
pub mod marks;
pub mod observed;
pub mod patterns;
pub mod people;
pub mod personal;
pub mod score;
mod shown;

use std::collections::HashMap;

use chrono_tz::Tz;

use cells::{
    CellType, has_metric_word, has_several_words, is_free_text, looks_like_email,
    looks_like_grouped_phone, looks_like_international_phone, looks_like_ip, looks_like_phone,
    metric_among_words, metric_name,
};
use consent::{ConsentHeader, Word};
use field::Field;
use group::Group;
use headers::{MONTH_GROUPS, fold};
use marks::{Mark, Marks};
use observed::Answers;
use personal::{Personal, names_a_person, names_a_phone, names_someone_else, names_the_respondent};
use score::Reading;

use super::dates::DateReader;
use super::dates::clock::{is_late, is_time_of_day};
use super::dates::styles::StyleCounter;
use super::mapping::scale::Scale;

/// Distinct values that are kept of each column, and their bytes.
const FIRST_VALUES_MAX: usize = 200;
const FIRST_VALUES_BYTES_MAX: usize = 8 << 10;

/// A column as observed from its header and some of its cells.
#[derive(Debug, Default)]
pub struct Column {
    pub header: String,
    /// The text of a further header row, such as the question.
    pub title: Option<String>,
    folded: String,
    folded_title: Option<String>,
    /// The questions of other surveys in the same column.
    pub other_questions: Vec<String>,
    /// `true` if the profile states that it is no field.
    pub ignored: bool,
    /// Its place among all columns, from 1, if others have the same header.
    pub place_of_name: Option<usize>,
    /// The time zone in its header.
    pub zone: Option<Tz>,
    /// The profile's format of its dates.
    pub date_format: Option<String>,
    /// Cells that are not blank.
    pub cells: usize,
    pub answers: Answers,
    /// Its cells in the first rows, to compare columns row by row.
    pub marks: Marks,
    /// Cells with a full name, and those of them with a frequent given name.
    full_names: usize,
    given_names: usize,
    /// Cells of at least three words.
    sentences: usize,
    /// Cells of sentences, and not of a name of several words.
    free_texts: usize,
    numbers: usize,
    integers: usize,
    booleans: usize,
    emails: usize,
    phones: usize,
    international_phones: usize,
    /// Cells with a plus sign before the digits.
    plus_signs: usize,
    grouped_phones: usize,
    ips: usize,
    /// Ids of digits alone: the first with zeros before it, and the first shorter one without.
    padded_id: Option<String>,
    short_id: Option<String>,
    /// Digits after the point of the first number with one.
    decimals: Option<usize>,
    decimals_differ: bool,
    trailing_zeros: bool,
    pub dates: StyleCounter,
    times_of_day: usize,
    /// Times of day from noon on.
    late_times: usize,
    metrics: usize,
    nps_metrics: usize,
    /// Cells that contain a word for a metric.
    metric_words: usize,
    /// Cells that name NPS, and those that name another metric, among other words.
    nps_names: usize,
    other_metric_names: usize,
    /// Cells that are an answer such as yes, accepted or opted out.
    consents: usize,
    /// The meaning of the header and title, if they are about consent.
    pub consent_header: ConsentHeader,
    /// The first distinct values, and their hashes.
    first_values: Vec<(u64, Box<str>)>,
    first_values_bytes: usize,
    /// `true` if an answer describes the lowest one as the best.
    reversed_answers: bool,
    /// The next cell if the column counts its rows, −1 before the first; `None` if it does not.
    next_count: Option<i64>,
    /// A hash of all cells in their order.
    sequence: u64,
    /// The number of cells with each value.
    values: HashMap<u64, u32>,
    /// The most frequent value.
    most_frequent: Option<(String, u32)>,
    /// The first few distinct values, for messages.
    pub samples: Vec<String>,
}

impl Column {
    pub fn new(header: &str, title: Option<&str>) -> Self {
        let mut column = Self {
            header: header.to_owned(),
            title: title.map(str::to_owned),
            folded: fold(headers::without_envelope(header)),
            folded_title: title.map(fold),
            next_count: Some(-1),
            ..Self::default()
        };
        column.read_consent_header();
        let rank = column.rank_by_header(Field::RespondedAt);
        column.dates.named_as_months = rank.is_some_and(|rank| MONTH_GROUPS.contains(&rank));
        column
    }

    /// True if the profile's date format reads the samples.
    pub fn dates_match_format(&self) -> bool {
        let format = self.date_format.as_deref();
        let reader = format.and_then(|format| DateReader::given(format, Tz::UTC, false).ok());
        let reads = |reader: DateReader| {
            let mut samples = self.samples.iter();
            samples.all(|sample| reader.read(sample).is_some())
        };
        self.cells > 0 && reader.is_some_and(reads)
    }

    /// Observes one more cell.
    pub fn observe(&mut self, cell: &str) {
        use std::hash::{DefaultHasher, Hash, Hasher};

        let cell = cell.trim();
        // A header repeated in the middle of a file is not content.
        if cell == self.header {
            self.marks.push("", Mark::Blank);
            return;
        }
        let mut hasher = DefaultHasher::new();
        cell.hash(&mut hasher);
        let hash = hasher.finish();
        self.sequence = self.sequence.rotate_left(5).wrapping_mul(31) ^ hash;
        if score::is_blank(cell) {
            self.next_count = None;
            self.marks.push("", Mark::Blank);
            return;
        }
        self.cells += 1;
        let read = self.answers.count(cell);
        self.marks.push(cell, Mark::of(cell, read));
        self.sentences += usize::from(has_several_words(cell));
        self.free_texts += usize::from(is_free_text(cell));
        self.observe_count(cell);
        if people::looks_like_full_name(cell) {
            self.full_names += 1;
            self.given_names += usize::from(people::has_given_name(cell));
        }
        self.numbers += usize::from(CellType::Number.fits(cell));
        self.integers += usize::from(CellType::Integer.fits(cell));
        self.booleans += usize::from(CellType::Boolean.fits(cell));
        self.emails += usize::from(looks_like_email(cell));
        self.phones += usize::from(looks_like_phone(cell));
        self.international_phones += usize::from(looks_like_international_phone(cell));
        self.plus_signs += usize::from(cell.trim_start_matches('\'').starts_with('+'));
        self.grouped_phones += usize::from(looks_like_grouped_phone(cell));
        self.ips += usize::from(looks_like_ip(cell));
        self.observe_decimals(cell);
        self.observe_zeros(cell);
        self.reversed_answers |= Scale::reversed_in(cell);
        if is_time_of_day(cell) {
            self.times_of_day += 1;
            self.late_times += usize::from(is_late(cell));
        }
        let metric = metric_name(cell);
        self.metrics += usize::from(metric.is_some());
        self.nps_metrics += usize::from(metric == Some("nps"));
        match metric.or_else(|| metric_among_words(cell)) {
            Some("nps") => self.nps_names += 1,
            Some(_) => self.other_metric_names += 1,
            None => {}
        }
        self.metric_words += usize::from(metric.is_some() || has_metric_word(cell));
        self.consents += usize::from(Word::answer(cell).is_some());
        self.dates.count(cell);
        let count = self.values.entry(hash).or_default();
        *count += 1;
        if *count == 1 && self.samples.len() < 5 {
            self.samples.push(cell.to_owned());
        }
        let is_kept = self.first_values.len() < FIRST_VALUES_MAX
            && self.first_values_bytes + cell.len() <= FIRST_VALUES_BYTES_MAX;
        if *count == 1 && is_kept {
            self.first_values_bytes += cell.len();
            self.first_values.push((hash, cell.into()));
        }
        match &mut self.most_frequent {
            Some((_, most)) if *most >= *count => {}
            Some((value, most)) if value == cell => *most = *count,
            other => *other = Some((cell.to_owned(), *count)),
        }
    }

    /// The value that is so much more frequent than all others that it stands for none of them, and the
    /// number of its cells.
    pub fn outlier(&self) -> Option<(&str, usize)> {
        let (value, count) = self.most_frequent.as_ref()?;
        let count = *count as usize;
        let mut others = self.values.values().map(|other| *other as usize);
        // Itself is one of those.
        let are_rare = others.clone().filter(|other| other * 5 > count).count() == 1;
        let is_outlier = self.cells >= 30 && count * 5 >= self.cells && are_rare;
        (is_outlier && others.len() > 1 && others.any(|other| other != count))
            .then_some((value.as_str(), count))
    }

    /// Leaves the last row out of comparisons with other columns, since it is no response.
    pub fn ignore_last_row(&mut self) {
        self.marks.clear_last();
    }

    /// Follows a count of rows: 1, 2, 3, or 0, 1, 2.
    fn observe_count(&mut self, cell: &str) {
        self.next_count = match (self.next_count, cell.parse::<i64>()) {
            (Some(-1), Ok(first @ 0..=1)) => Some(first + 1),
            (Some(expected), Ok(number)) if number == expected => Some(number + 1),
            _ => None,
        };
    }

    /// True if any number has decimals.
    pub fn has_decimals(&self) -> bool {
        self.decimals.is_some()
    }

    fn observe_zeros(&mut self, cell: &str) {
        if cell.len() > 18 || !cell.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        if cell.len() > 1 && cell.starts_with('0') {
            self.padded_id.get_or_insert_with(|| cell.to_owned());
        } else if self
            .short_id
            .as_ref()
            .is_none_or(|short| cell.len() < short.len())
        {
            self.short_id = Some(cell.to_owned());
        }
    }

    /// An id with zeros before it, and one without that is shorter, so that the same number may be in the
    /// column in two spellings.
    pub fn padded_and_short_ids(&self) -> Option<(&str, &str)> {
        let (padded, short) = (self.padded_id.as_deref()?, self.short_id.as_deref()?);
        (short.len() < padded.len()).then_some((padded, short))
    }

    /// True if some telephone numbers begin with the code of a country.
    pub fn has_international_phones(&self) -> bool {
        self.international_phones > 0
    }

    /// True if some telephone numbers do not begin with the code of a country.
    pub fn has_national_phones(&self) -> bool {
        self.phones > self.international_phones
    }

    /// True if most cells are telephone numbers, by the header or the plus sign before them.
    pub fn has_phones(&self) -> bool {
        let is_named = names_a_phone(&self.folded) || names_a_person(&self.header);
        self.personal() == Some(Personal::Phone) && (is_named || self.plus_signs * 2 >= self.cells)
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

    /// True if most cells are whole numbers from 0 to 10.
    pub fn has_scores(&self) -> bool {
        self.has_answers(Reading::default())
    }

    /// True if most cells are answers on the scale of the reading.
    pub fn has_answers(&self, reading: Reading) -> bool {
        // A cell that states "no answer" in words is no answer.
        let cells = self.cells - self.answers.blank;
        cells > 0 && self.answers.on(reading) * 5 >= cells * 4
    }

    /// True if most cells are numbers of any size.
    pub fn has_numbers(&self) -> bool {
        self.most(self.answers.numbers)
    }

    /// True if every cell is a whole number, and some are above 1.
    pub fn has_counts(&self) -> bool {
        self.cells > 0 && self.integers == self.cells && self.answers.exceed_one()
    }

    /// True if it is the number of promoters, passives or detractors.
    pub fn counts_a_group(&self) -> bool {
        self.has_counts() && Group::counted(&self.folded).is_some()
    }

    /// True if it is the number of responses.
    pub fn counts_responses(&self) -> bool {
        self.has_counts() && headers::names_a_count(&self.folded)
    }

    /// True if the cells are the scores from 0 to 10, each once, as in a table of how many gave each.
    pub fn lists_all_scores(&self) -> bool {
        self.cells == 11 && self.answers.each_once()
    }

    /// True if the cells are at least three scores, each once and in order, as in a table of how many
    /// gave each.
    pub fn lists_sorted_scores(&self) -> bool {
        self.cells >= 3 && self.cells == self.answers.scores() && self.marks.are_sorted_scores()
    }

    /// True if the cells number the rows of the file.
    pub fn counts_rows(&self) -> bool {
        self.cells > 0 && self.next_count.is_some()
    }

    /// True if header and cells are those of row numbers.
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

    /// True if the header names a time of day and nothing else.
    pub fn names_a_time(&self) -> bool {
        headers::names_a_time(&self.folded)
    }

    /// True if the cells are dates, whatever the header says.
    pub fn holds_dates(&self) -> bool {
        self.dates.has_certain_dates() && self.dates.placeholder().is_none()
    }

    /// True if every cell is a time of day.
    pub fn has_times_of_day(&self) -> bool {
        self.cells > 0 && self.times_of_day == self.cells
    }

    /// True if the cells are times of day and no durations, by the header and by times from noon on.
    pub fn has_clock_times(&self) -> bool {
        headers::names_a_clock_time(&self.folded) && self.late_times > 0
    }

    /// True if every cell is the same time of day, by more than chance.
    pub fn shares_time_of_day(&self) -> bool {
        self.has_times_of_day() && self.cells >= 3 && self.samples.len() == 1
    }

    /// True if both columns have the same cell in every row observed.
    pub fn repeats(&self, other: &Self) -> bool {
        self.cells == other.cells && self.sequence == other.sequence
    }

    /// True if most cells are metrics, and none is NPS.
    pub fn has_other_metrics_only(&self) -> bool {
        self.has_metrics() && self.nps_metrics == 0
    }

    /// The scale named in header or title.
    pub fn named_scale(&self) -> Option<Scale> {
        let title = || self.title.as_deref().and_then(Scale::named_in);
        Scale::named_in(&self.header).or_else(title)
    }

    /// True if header, title or an answer describes the lowest answer as the best.
    pub fn is_reversed(&self) -> bool {
        let title = self.title.as_deref();
        self.reversed_answers
            || Scale::reversed_in(&self.header)
            || title.is_some_and(Scale::reversed_in)
    }

    /// The metric other than NPS that header or title ask for, in the lake's spelling.
    pub fn other_metric(&self) -> Option<&'static str> {
        let title = self.folded_title.as_deref();
        if headers::names_nps(&self.folded) || title.is_some_and(headers::names_nps) {
            return None;
        }
        headers::other_metric(&self.folded).or_else(|| headers::other_metric(title?))
    }

    pub fn is_mostly_emails(&self) -> bool {
        self.cells > 0 && self.emails * 2 >= self.cells
    }

    /// True if the header names email addresses.
    pub fn names_an_email(&self) -> bool {
        self.folded.contains("mail")
    }

    /// True if any cell is an email address.
    pub fn has_emails(&self) -> bool {
        self.emails > 0
    }

    /// True if nearly all values are distinct.
    pub fn has_distinct_values(&self) -> bool {
        self.cells > 0 && self.values.len() * 20 >= self.cells * 19
    }

    /// The number of distinct values.
    pub fn distinct_values(&self) -> usize {
        self.values.len()
    }

    /// True if most cells are metrics.
    pub fn has_metrics(&self) -> bool {
        self.most(self.metrics)
    }

    /// True if most cells are metrics, NPS and others.
    pub fn has_several_metrics(&self) -> bool {
        self.has_metrics() && (1..self.metrics).contains(&self.nps_metrics)
    }

    /// True if most cells name a metric among other words, NPS and others.
    pub fn names_several_metrics(&self) -> bool {
        self.most(self.nps_names + self.other_metric_names)
            && self.nps_names > 0
            && self.other_metric_names > 0
    }

    /// True if no cell contains a word for a metric.
    pub fn has_no_metrics(&self) -> bool {
        self.cells > 0 && self.metric_words == 0
    }

    /// The first distinct values, and the number of cells with each.
    pub fn first_values(&self) -> impl Iterator<Item = (&str, usize)> {
        self.first_values.iter().map(|(hash, value)| {
            let count = self.values.get(hash).copied().unwrap_or_default();
            (&**value, count as usize)
        })
    }

    /// True if most cells are answers to a question for consent, such as yes and no.
    pub fn has_consents(&self) -> bool {
        let (mut answers, mut cells) = (0, 0);
        for (value, count) in self.first_values() {
            cells += count;
            let word = Word::read(value);
            let is_answer = word.is_some_and(|word| word != Word::Date && word != Word::Unknown);
            answers += if is_answer { count } else { 0 };
        }
        cells > 0 && answers * 5 >= cells * 4
    }

    /// True if most cells state a consent by a word that can be nothing else.
    pub fn states_consents(&self) -> bool {
        let (mut statements, mut cells) = (0, 0);
        for (value, count) in self.first_values() {
            cells += count;
            let word = Word::read(value);
            let is_statement = matches!(word, Some(Word::Given | Word::TakenBack));
            statements += if is_statement { count } else { 0 };
        }
        cells > 0 && statements * 5 >= cells * 4
    }

    /// True if the header is about consent, and the cells can state one: by words, by dates, or by a few
    /// codes.
    pub fn is_consent(&self) -> bool {
        /// More numbers than these are counts or ids.
        const CODES_MAX: usize = 3;
        if !self.consent_header.is_consent() {
            return false;
        }
        let are_numbers = self.has_numbers() && !self.dates.has_certain_dates();
        let are_codes = self.values.len() <= CODES_MAX;
        !are_numbers || are_codes || self.has_consents()
    }

    /// True if header and cells are those of a consent, by words or by dates.
    pub fn tells_consent(&self) -> bool {
        self.consent_header.may_be_consent()
            && (self.has_consents() || (self.is_consent() && self.dates.has_dates()))
    }

    fn read_consent_header(&mut self) {
        let title = self.folded_title.as_deref().map(ConsentHeader::read);
        let header = ConsentHeader::read(&self.folded);
        self.consent_header = header.with_title(title.unwrap_or_default());
    }

    /// Ranks this column as the field by its header, or else its title: smaller is better.
    pub fn rank_by_header(&self, field: Field) -> Option<usize> {
        if self.ignored {
            return None;
        }
        if field == Field::Consent {
            return self.consent_header.rank();
        }
        if self.is_consent() && field.is_none_of_consents() {
            return None;
        }
        let title = || field.rank(self.folded_title.as_deref()?);
        match field.rank(&self.folded) {
            None if field.means_something_else(&self.folded) => None,
            None => title(),
            rank => rank.min(title()).or(rank),
        }
    }

    /// Ranks this column as the score by its header. A header with a scale of 0 to 10 ranks above
    /// one of a rating.
    pub fn score_group(&self) -> Option<usize> {
        if self.ignored {
            return None;
        }
        let unnumbered = self.folded.trim_end_matches(|c: char| c.is_ascii_digit());
        let rank = Field::Score
            .rank(unnumbered.trim_end())
            .or_else(|| self.rank_by_header(Field::Score))?;
        Some(if self.named_scale().is_some_and(Scale::is_nps) {
            rank.min(headers::SCORE_GROUPS - 1)
        } else {
            rank
        })
    }

    /// True if header and cells are those of the field.
    pub fn is_clearly(&self, field: Field) -> bool {
        self.cells > 0
            && self.rank_by_header(field).is_some()
            && (!self.is_personal() || self.may_be_personal(field))
            && self.fits(field)
    }

    /// True if the cells can be those of the field.
    pub fn fits(&self, field: Field) -> bool {
        match field {
            Field::Score => self.has_scores(),
            Field::RespondedAt | Field::SentAt | Field::UpdatedAt => {
                let has_dates = self.dates.has_dates() && self.dates.placeholder().is_none();
                has_dates || self.dates_match_format()
            }
            Field::Respondent if names_a_phone(&self.folded) => self.most(self.phones),
            Field::Respondent if headers::names_an_address(&self.folded) => self.is_mostly_emails(),
            Field::Comment => !self.most(self.numbers),
            Field::Survey => !self.dates.has_written_dates(),
            Field::Account => !self.has_choices() && !self.dates.has_written_dates(),
            // A number can be that of the row, which the next file begins again, or a count.
            Field::ResponseId if self.is_named_by_a_number() => {
                self.has_distinct_values() && !self.counts_rows()
            }
            // The mapping checks the values of those that decide what responses mean.
            Field::Consent => self.is_consent(),
            Field::Respondent | Field::ResponseId | Field::Metric => true,
        }
    }

    /// True if the column tells who a person is, or where.
    pub fn is_personal(&self) -> bool {
        let half = |count: usize| self.cells > 0 && count * 2 >= self.cells;
        if self.is_mostly_emails() || half(self.international_phones) || half(self.ips) {
            return true;
        }
        if half(self.grouped_phones) && !self.dates.has_dates() {
            return true;
        }
        // "How likely are you to recommend our mobile app?" is no telephone number.
        let is_question = headers::names_nps(&self.folded) && self.has_scores();
        let title = || self.title.as_deref().is_some_and(names_a_person);
        let names_a_person = names_a_person(&self.header) || (title() && !self.has_scores());
        // A consent to be sent emails is no address.
        names_a_person && !is_question && !self.tells_consent()
    }

    /// The kind of personal data in the column, `None` if it is not personal.
    pub fn personal(&self) -> Option<Personal> {
        if !self.is_personal() {
            return None;
        }
        let is_named =
            |by: fn(&str) -> bool| by(&self.header) || self.title.as_deref().is_some_and(by);
        Some(if self.is_mostly_emails() {
            Personal::Email
        } else if self.most(self.phones) && !self.dates.has_dates() {
            Personal::Phone
        } else if is_named(names_someone_else) {
            Personal::OtherName
        } else if is_named(names_the_respondent) {
            Personal::Name
        } else {
            Personal::Other
        })
    }

    /// The narrowest type of every cell observed.
    pub fn cell_type(&self) -> CellType {
        if self.cells == 0 {
            CellType::Text
        } else if self.booleans == self.cells {
            CellType::Boolean
        } else if self.integers == self.cells {
            CellType::Integer
        } else if self.numbers == self.cells && !(self.trailing_zeros && self.decimals_differ) {
            // 1.1 and 1.10 are versions, 19.90 and 5.00 are prices.
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
        let question = column("How likely are you to recommend us?", &scores);
        assert!(question.score_group() < column("Rating", &scores).score_group());
        for (header, cells, field, expected) in [
            ("NPS", &scores[..], Field::Score, true),
            ("nps_group", &["Promoter", "Detractor"], Field::Score, false),
            ("id", &["1", "2", "3"], Field::ResponseId, true),
            ("E-Mail", &["ana@example.com"], Field::Respondent, true),
            ("Mail sent", &["yes"], Field::Respondent, false),
            ("Date", &["2026-03-01"], Field::RespondedAt, true),
            ("Date", &["soon"], Field::RespondedAt, false),
        ] {
            let column = column(header, cells);
            let is_field = column.rank_by_header(field).is_some() && column.fits(field);
            assert_eq!(is_field, expected, "{header} {cells:?}");
        }
    }

    #[test]
    fn names_or_content_reveal_personal_columns() {
        for (header, cells, expected) in [
            ("Contact", &["ana@example.com", "bo@example.org"][..], true),
            ("First Name", &["Ana"], true),
            ("person.name", &["Ana"], true),
            ("Plan", &["Pro"], false),
            ("survey name", &["web"], false),
        ] {
            assert_eq!(column(header, cells).is_personal(), expected, "{header}");
        }
    }

    #[test]
    fn kept_columns_have_a_lossless_type() {
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
