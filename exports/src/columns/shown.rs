//! What header, question and cells of a column show about the fields that it may be.

use super::Column;
use super::field::Field;
use super::headers::{self, fold};
use super::people;

impl Column {
    /// Adds the question that a row answers in this column. The first is the title.
    pub fn add_question(&mut self, text: &str) {
        match &self.title {
            None => {
                self.title = Some(text.to_owned());
                self.folded_title = Some(fold(text));
                self.read_consent_header();
            }
            Some(title) if title == text || self.other_questions.len() == 20 => {}
            Some(_) if self.other_questions.iter().any(|other| other == text) => {}
            Some(_) => self.other_questions.push(text.to_owned()),
        }
    }

    /// A further question in the column if not all are the NPS question, nor all another one.
    pub fn differing_question(&self) -> Option<&str> {
        let asks_nps = |text: &str| headers::names_nps(&fold(text));
        let first = asks_nps(self.title.as_deref()?);
        let mut others = self.other_questions.iter();
        let other = others.find(|other| asks_nps(other) != first)?;
        Some(other)
    }

    /// True for addresses under a header that does not give them to someone else.
    pub fn has_addresses_of_anyone(&self) -> bool {
        self.is_mostly_emails() && !self.ignored && !self.is_named_otherwise(Field::Respondent)
    }

    /// True if the header names someone who deals with the respondent.
    pub fn names_staff(&self) -> bool {
        people::names_staff(&self.folded)
    }

    /// True if at least twenty cells have few values, five times each or more.
    pub fn has_few_values(&self) -> bool {
        self.cells >= 20 && self.values.len() * 5 <= self.cells
    }

    /// True for dates under a header that does not name another date of the customer.
    pub fn has_dates_of_any_event(&self) -> bool {
        // Answers such as `9/10` become dates in a spreadsheet.
        let are_answers = self.answers.days() > 0 && self.score_group().is_some();
        self.holds_dates()
            && !are_answers
            && !self.ignored
            && !self.is_consent()
            && !self.is_personal()
            && !self.is_named_otherwise(Field::RespondedAt)
    }

    /// The title if it is the question that asks for another metric than NPS.
    pub fn question_of_metric(&self) -> Option<&str> {
        let title = self.title.as_deref()?;
        headers::other_metric(self.folded_title.as_deref()?).map(|_| title)
    }

    fn is_named_otherwise(&self, field: Field) -> bool {
        field.means_something_else(&self.folded)
    }

    /// True if the header names something that can happen without an answer.
    pub fn names_another_event(&self) -> bool {
        headers::names_another_event(&self.folded)
    }

    /// True if all of at least five cells are the same.
    pub fn is_constant(&self) -> bool {
        self.cells >= 5 && self.values.len() == 1
    }

    /// True if most cells are full names: of the people that the header names, or with given names.
    pub fn has_full_names(&self) -> bool {
        self.full_names * 3 >= self.cells * 2
            && self.full_names > 0
            && (people::names_a_role(&self.folded) || self.given_names * 2 >= self.full_names)
    }

    /// True if at least half of the cells have several words.
    pub fn has_sentences(&self) -> bool {
        self.cells > 0 && self.sentences * 2 >= self.cells
    }

    /// True if at least a third of the cells are sentences, most of which differ: what people wrote, under
    /// whatever header.
    pub fn has_free_texts(&self) -> bool {
        self.free_texts > 0
            && self.free_texts * 3 >= self.cells
            && self.values.len() * 2 > self.cells
            && !self.ignored
            && !self.is_personal()
            && !self.has_full_names()
            && !self.dates.has_dates()
            && !self.most(self.phones)
            && !self.has_scores()
    }

    /// The states in the cells, if they are few, that say that a row is no response.
    pub fn states_of_no_response(&self) -> Vec<&str> {
        /// States that all rows of a file have together.
        const STATES_MAX: usize = 5;
        #[rustfmt::skip]
        const NO_RESPONSE: [&str; 46] = [
            "deleted", "removed", "spam", "test", "test response", "preview", "survey preview", "invalid",
            "duplicate", "duplicated", "disqualified", "screened out", "screenout", "terminated",
            "incomplete", "partial", "partially completed", "in progress", "abandoned", "bounced",
            "rejected", "excluded", "bogus", "draft", "geloscht", "ungultig", "abgebrochen",
            "unvollstandig", "vorschau", "teilweise", "supprime", "incomplet", "partiel", "invalide",
            "eliminado", "incompleto", "incompleta", "parcial", "invalido", "cancellato", "incompiuto",
            "verwijderd", "onvolledig", "ongeldig", "niekompletna", "незавершено",
        ];
        #[rustfmt::skip]
        const FLAGS: [&str; 9] = [
            "is test", "test", "istest", "is spam", "spam", "is deleted", "deleted", "excluded", "is bogus",
        ];
        if self.values.len() > STATES_MAX
            || self.answers.scores() * 2 > self.cells && self.values.len() > 2
        {
            return Vec::new();
        }
        let is_flag = FLAGS.contains(&self.folded.as_str());
        let says_so = |sample: &&String| {
            let folded = fold(sample);
            NO_RESPONSE.contains(&folded.as_str())
                || is_flag && ["true", "yes", "1", "ja", "y"].contains(&folded.as_str())
        };
        let samples = self.samples.iter().filter(says_so);
        samples.map(String::as_str).collect()
    }

    /// True if the header names a number, or a survey, that each response may have its own of.
    pub fn is_named_by_a_number(&self) -> bool {
        self.rank_by_header(Field::ResponseId) == Some(headers::NUMBER_GROUP)
    }

    /// True if header or title ask why the score was given.
    pub fn asks_for_the_reason(&self) -> bool {
        let title = self.folded_title.as_deref();
        headers::asks_for_the_reason(&self.folded)
            || title.is_some_and(headers::asks_for_the_reason)
    }

    /// True if most cells are yes or no, or such.
    pub fn has_choices(&self) -> bool {
        let is_number = self.integers * 2 >= self.cells;
        (self.most(self.consents) && !is_number) || self.most(self.booleans)
    }

    /// True if the field can have personal data in its column: the responses have a pseudonym.
    pub fn may_be_personal(&self, field: Field) -> bool {
        match field {
            Field::Respondent => true,
            Field::Account => self.is_mostly_emails(),
            _ => false,
        }
    }
}
