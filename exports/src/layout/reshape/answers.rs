//! One row an answer: the questions become columns.

use std::borrow::Cow;
use std::collections::HashMap;

use super::records::Record;
use crate::error::{Error, Result};
use crate::layout::header::Header;
use crate::profiles::bound::column_of;
use crate::profiles::{Answers, fits_any};

/// As many questions as there are in no survey.
const QUESTIONS_MAX: usize = 1000;

/// Which columns say what of an answer.
#[derive(Debug)]
pub struct AnswersPlan {
    response: usize,
    question: usize,
    value: usize,
    /// The columns that are of the response.
    attributes: Vec<usize>,
    attribute_names: Vec<String>,
    columns: usize,
    questions: Vec<String>,
    positions: HashMap<String, usize>,
}

impl AnswersPlan {
    pub fn new(answers: &Answers, header: &Header, profile: &str) -> Result<Self> {
        let column = |what: &str, names: &[String]| {
            column_of(header, names).ok_or_else(|| {
                Error::invalid(format!(
                    "the profile {profile} finds no column with the {what}; it would be one of {}",
                    names.join(", ")
                ))
                .with_hint("rename the column, or add its name to a profile of your own")
            })
        };
        let response = column("response", &answers.response)?;
        let question = column("question", &answers.question)?;
        let value = column("answer", &answers.value)?;
        let attributes: Vec<usize> = (0..header.names.len())
            .filter(|index| {
                let of_the_answer = fits_any(&answers.of_the_answer, &header.names[*index]);
                *index == response || !(of_the_answer || [question, value].contains(index))
            })
            .collect();
        Ok(Self {
            response,
            question,
            value,
            attribute_names: attributes
                .iter()
                .map(|index| header.names[*index].clone())
                .collect(),
            attributes,
            columns: header.names.len(),
            questions: Vec::new(),
            positions: HashMap::new(),
        })
    }

    /// Gives an answer the key of its response, or the problem why it has none.
    pub fn key(&mut self, record: &mut Record) -> Result<()> {
        let response = record.cells[self.response].trim();
        let question = record.cells[self.question].trim();
        if response.is_empty() || question.is_empty() {
            let missing = if question.is_empty() {
                "question"
            } else {
                "response"
            };
            record.problem = Some(format!("the answer names no {missing}"));
            return Ok(());
        }
        if !self.positions.contains_key(question) {
            if self.questions.len() == QUESTIONS_MAX {
                return Err(Error::question(format!(
                    "one row an answer, but there are more than {QUESTIONS_MAX} questions in it"
                ))
                .with_hint(
                    "if each row is a response, say which columns have what in a profile of your \
                     own: --profile FILE",
                ));
            }
            self.positions
                .insert(question.to_owned(), self.questions.len());
            self.questions.push(question.to_owned());
        }
        record.key = Some(response.to_owned());
        Ok(())
    }

    /// The names of the columns: those of the response, then the questions.
    pub fn names(&self) -> Vec<String> {
        [self.attribute_names.as_slice(), &self.questions].concat()
    }

    /// The response of these answers. Of several answers to one question, each is there.
    pub fn response(&self, answers: Vec<Record>) -> Record {
        let first = &answers[0];
        let attributes = self.attributes.len();
        let mut cells = vec![String::new(); attributes + self.questions.len()];
        for answer in &answers {
            for (cell, index) in cells.iter_mut().zip(&self.attributes) {
                if cell.is_empty() {
                    cell.clone_from(&answer.cells[*index]);
                }
            }
            let question = answer.cells[self.question].trim();
            let cell = &mut cells[attributes + self.positions[question]];
            match answer.cells[self.value].trim() {
                "" => {}
                value if cell.is_empty() => value.clone_into(cell),
                value if cell == value => {}
                value => {
                    cell.push_str("; ");
                    cell.push_str(value);
                }
            }
        }
        Record {
            key: None,
            number: first.number,
            narrow_cells: answers.iter().map(|answer| answer.narrow_cells).sum(),
            replaced: answers.iter().map(|answer| answer.replaced).sum(),
            problem: None,
            cells,
        }
    }

    /// A row that is no answer: what could not be read stays as it is, a blank one stays blank.
    pub fn alone(&self, mut rows: Vec<Record>) -> Record {
        let mut row = rows.swap_remove(0);
        if row.problem.is_none() {
            let cells = self
                .attributes
                .iter()
                .map(|index| row.cells[*index].clone());
            let blanks = self.questions.iter().map(|_| String::new());
            row.cells = cells.chain(blanks).collect();
        }
        row
    }

    /// The answers of a response, as rows of the file.
    pub fn as_in_file<'a>(&self, cells: &'a [Cow<'_, str>]) -> Vec<Vec<Cow<'a, str>>> {
        let (attributes, values) = cells.split_at(self.attributes.len().min(cells.len()));
        let answer = |question: &str, value: &'a str| {
            let mut row = vec![Cow::Borrowed(""); self.columns];
            for (cell, index) in attributes.iter().zip(&self.attributes) {
                row[*index] = Cow::Borrowed(cell);
            }
            row[self.question] = Cow::Owned(question.to_owned());
            row[self.value] = Cow::Borrowed(value);
            row
        };
        let answered = self.questions.iter().zip(values);
        let mut rows: Vec<_> = answered
            .filter(|(_, value)| !value.is_empty())
            .map(|(question, value)| answer(question, value))
            .collect();
        if let (true, Some(question)) = (rows.is_empty(), self.questions.first()) {
            rows.push(answer(question, ""));
        }
        rows
    }
}
