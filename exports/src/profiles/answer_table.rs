//! Finds the columns that identify the response of an answer in files without a response id: the
//! person, and what the person answered about.

use std::collections::{HashMap, HashSet};

use crate::columns::cells::looks_like_email;
use crate::columns::field::Field;
use crate::columns::headers::{fold, names_nps};
use crate::dates::styles::looks_like_date;
use crate::profiles::{Answers, fits, fits_any};

/// Headers of people's ids, folded, beyond those of respondents.
#[rustfmt::skip]
const PEOPLE: [&str; 42] = [
    "uin", "net id", "user", "username", "login", "member", "member id", "student", "student id",
    "student number", "employee", "employee id", "employee number", "badge", "participant",
    "participant id", "attendee", "attendee id", "guest", "guest id", "panelist", "patient id",
    "subject id", "person", "person id", "teilnehmer", "teilnehmer id", "matrikelnummer",
    "personalnummer", "mitarbeiter id", "utilisateur", "participante", "usuario", "alumno",
    "partecipante", "utente", "aluno", "deelnemer", "medewerker", "deltagare", "uczestnik",
    "участник",
];

/// Columns beyond which none is part of a key; files with an answer per row have few.
const ATTRIBUTES_MAX: usize = 50;

/// The roles of the columns of a file with an answer per row, and the columns that identify the
/// response.
pub struct AnswerTable<'a> {
    pub question: usize,
    pub value: usize,
    /// Columns that describe the response or the person.
    pub attributes: Vec<usize>,
    pub header: &'a [String],
    /// The first rows.
    pub rows: &'a [Vec<String>],
}

impl<'a> AnswerTable<'a> {
    /// The table of these rows below a header; `None` without a question and an answer column.
    pub fn new(answers: &Answers, header: &'a [String], rows: &'a [Vec<String>]) -> Option<Self> {
        let column = |names: &[String]| {
            let position = |name: &String| header.iter().position(|cell| fits(name, cell));
            names.iter().find_map(position)
        };
        let (question, value) = (column(&answers.question)?, column(&answers.value)?);
        Some(Self::with_columns(question, value, answers, header, rows))
    }

    /// The table of these rows whose question and answer columns are known.
    pub fn with_columns(
        question: usize,
        value: usize,
        answers: &Answers,
        header: &'a [String],
        rows: &'a [Vec<String>],
    ) -> Self {
        let attributes = (0..header.len()).filter(|index| {
            ![question, value].contains(index) && !fits_any(&answers.of_the_answer, &header[*index])
        });
        Self {
            question,
            value,
            attributes: attributes.take(ATTRIBUTES_MAX).collect(),
            header,
            rows,
        }
    }

    /// True if one of the questions is the one about recommending.
    pub fn asks_to_recommend(&self) -> bool {
        let mut questions = self.rows.iter().map(|row| cell(row, self.question));
        questions.any(|question| names_nps(&fold(question)))
    }

    /// The columns that identify the response: those of the person, and all others that are the
    /// same in all its answers. `None` if an answer would have several values.
    pub fn key(&self) -> Option<Vec<usize>> {
        let mut people = self.people().into_iter();
        people.find_map(|person| self.key_of(person))
    }

    /// The same by the only column, under whatever name, of which each value has one answer to each
    /// question.
    pub fn key_by_content(&self) -> Option<Vec<usize>> {
        let is_dated = |index: usize| {
            let mut cells = self.rows.iter().map(|row| cell(row, index));
            cells.any(looks_like_date)
        };
        let others = self.attributes.iter().filter(|index| !is_dated(**index));
        let mut keys = others.filter_map(|index| self.key_of(*index));
        let only = keys.next()?;
        keys.next().is_none().then_some(only)
    }

    /// The columns that identify the response of a person.
    fn key_of(&self, person: usize) -> Option<Vec<usize>> {
        let mut key = vec![person];
        let responses = self.responses_of(person);
        for index in &self.attributes {
            let mut longer = key.clone();
            longer.push(*index);
            if *index != person && self.groups(&longer) <= responses {
                key = longer;
            }
        }
        (responses * 3 <= self.rows.len() * 2 && self.is_unique(&key)).then_some(key)
    }

    /// Columns that may identify people, by their headers or addresses in them.
    fn people(&self) -> Vec<usize> {
        let rank = |index: usize| {
            let folded = fold(&self.header[index]);
            let mut cells = self.rows.iter().map(|row| cell(row, index));
            let by_name = Field::ResponseId
                .rank(&folded)
                .or_else(|| Field::Respondent.rank(&folded))
                .or_else(|| PEOPLE.contains(&folded.as_str()).then_some(100));
            by_name.or_else(|| cells.any(looks_like_email).then_some(1000))
        };
        let ranked = self.attributes.iter();
        let mut ranked: Vec<(usize, usize)> = ranked
            .filter_map(|index| Some((rank(*index)?, *index)))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, index)| index).collect()
    }

    /// The number of responses of all people if each answers a question once in a response.
    fn responses_of(&self, person: usize) -> usize {
        let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
        for row in self.rows {
            *counts
                .entry((cell(row, person), cell(row, self.question)))
                .or_default() += 1;
        }
        let mut most: HashMap<&str, usize> = HashMap::new();
        for ((person, _), count) in counts {
            let most = most.entry(person).or_default();
            *most = count.max(*most);
        }
        most.values().sum()
    }

    fn groups(&self, key: &[usize]) -> usize {
        let groups: HashSet<Vec<&str>> = self.rows.iter().map(|row| cells(row, key)).collect();
        groups.len()
    }

    /// True if no response has two numbers as answers to a question.
    fn is_unique(&self, key: &[usize]) -> bool {
        let mut numbers: HashMap<(Vec<&str>, &str), &str> = HashMap::new();
        self.rows.iter().all(|row| {
            let value = cell(row, self.value);
            let answer = (cells(row, key), cell(row, self.question));
            value.parse::<f64>().is_err()
                || numbers
                    .insert(answer, value)
                    .is_none_or(|other| other == value)
        })
    }
}

fn cell(row: &[String], index: usize) -> &str {
    row.get(index).map_or("", |cell| cell.trim())
}

fn cells<'a>(row: &'a [String], key: &[usize]) -> Vec<&'a str> {
    key.iter().map(|index| cell(row, *index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_events_identify_responses() {
        let answers = Answers {
            response: Vec::new(),
            question: vec!["question".to_owned(), "frage".to_owned()],
            value: vec!["answer".to_owned(), "antwort".to_owned()],
            of_the_answer: Vec::new(),
        };
        for (text, expected) in [
            // A person at one event, at two events, and answers with times of their own.
            (
                "uin,question,answer|1,NPS,9|1,Why?,ok|2,NPS,3|2,Why?,",
                Some(vec![0]),
            ),
            (
                "event,email,question,answer|A,a@x.example,NPS,9|A,a@x.example,Why?,ok|\
                 B,a@x.example,NPS,3|B,a@x.example,Why?,no",
                Some(vec![1, 0]),
            ),
            (
                "Teilnehmer,Zeit,Frage,Antwort|1,10:01,NPS,9|1,10:02,Warum?,ok|2,10:07,NPS,3|\
                 2,10:09,Warum?,",
                Some(vec![0]),
            ),
            // No person, one answer per person, two numbers for a question.
            (
                "team,question,answer|A,NPS,9|A,Why?,ok|B,NPS,3|B,Why?,",
                None,
            ),
            ("uin,question,answer|1,NPS,9|2,NPS,ok|3,NPS,3|4,NPS,", None),
            (
                "uin,question,answer|1,NPS,9|1,NPS,3|1,Why?,ok|1,Why?,",
                None,
            ),
        ] {
            let rows: Vec<Vec<String>> = text
                .split('|')
                .map(|row| row.split(',').map(str::to_owned).collect())
                .collect();
            let table = AnswerTable::new(&answers, &rows[0], &rows[1..]).unwrap();
            assert_eq!(table.key(), expected, "{text}");
        }
    }
}
