//! Files with one answer per row: the questions become columns.
//!
//! A column identifies the response of an answer, or several do: a person and an event.

use std::borrow::Cow;
use std::collections::HashMap;

use super::records::Record;
use crate::error::{Error, Result};
use crate::layout::header::Header;
use crate::message::{ImportOption, Message};
use crate::profiles::answer_table::AnswerTable;
use crate::profiles::bound::column_of;
use crate::profiles::{Answers, fits_any};

/// Limit on questions, which no survey reaches.
const QUESTIONS_MAX: usize = 1000;

/// The roles of the columns, and the questions found.
#[derive(Debug)]
pub struct AnswersPlan {
    /// The columns that together identify the response.
    response: Vec<usize>,
    question: usize,
    value: usize,
    /// The columns that describe the response and not the single answer.
    attributes: Vec<usize>,
    columns: usize,
    questions: Vec<String>,
    positions: HashMap<String, usize>,
}

impl AnswersPlan {
    /// `told` is the column of the response's id or of the person in the options.
    pub fn new(
        answers: &Answers,
        header: &Header,
        profile: &str,
        first_rows: &[Vec<String>],
        told: Option<usize>,
    ) -> Result<Self> {
        let column = |what: &str, names: &[String]| {
            column_of(header, names).ok_or_else(|| {
                Error::invalid(format!(
                    "the profile {profile} requires a column with the {what}, named one of {}",
                    names.join(", ")
                ))
                .with_hint("rename the column, or add its name to a custom profile")
            })
        };
        let question = column("question", &answers.question)?;
        let value = column("answer", &answers.value)?;
        let response = match told.or_else(|| column_of(header, &answers.response)) {
            Some(response) => vec![response],
            None => {
                let table = AnswerTable::new(answers, &header.names, first_rows);
                table.and_then(|table| table.key()).ok_or_else(|| {
                    let others = (0..header.names.len())
                        .filter(|index| ![question, value].contains(index))
                        .map(|index| {
                            let name = &header.names[index];
                            ImportOption::Map.with(format_args!("response_id={name}"))
                        });
                    Error::question(
                        "the file has one row per answer, but no column that tells which answers \
                         belong together",
                    )
                    .with_hint(
                        Message::from("name the column with the response's id with ")
                            .option_with(ImportOption::Map, "response_id=COLUMN")
                            .text(", or the one with the person with ")
                            .option_with(ImportOption::Map, "respondent=COLUMN"),
                    )
                    .with_answers(others)
                })?
            }
        };
        let attributes: Vec<usize> = (0..header.names.len())
            .filter(|index| {
                let of_the_answer = fits_any(&answers.of_the_answer, &header.names[*index]);
                response.contains(index) || !(of_the_answer || [question, value].contains(index))
            })
            .collect();
        Ok(Self {
            response,
            question,
            value,
            attributes,
            columns: header.names.len(),
            questions: Vec::new(),
            positions: HashMap::new(),
        })
    }

    /// Sets the key of an answer to its response, or the problem if that is missing.
    pub fn set_key(&mut self, record: &mut Record) -> Result<()> {
        let response = self.response.iter();
        let response: Vec<&str> = response.map(|index| record.cells[*index].trim()).collect();
        let question = record.cells[self.question].trim();
        // The first column is the one that must be there.
        if response[0].is_empty() || question.is_empty() {
            let has_question = !question.is_empty();
            let missing = if has_question { "response" } else { "question" };
            record.problem = Some(format!("the {missing} of the answer is missing"));
            return Ok(());
        }
        if !self.positions.contains_key(question) {
            if self.questions.len() == QUESTIONS_MAX {
                let hint = Message::from(
                    "if each row is a response, describe the columns in a custom profile: ",
                )
                .option_with(ImportOption::Profile, "FILE");
                return Err(Error::question(format!(
                    "the file has one row per answer, but more than {QUESTIONS_MAX} questions"
                ))
                .with_hint(hint));
            }
            let position = self.questions.len();
            self.positions.insert(question.to_owned(), position);
            self.questions.push(question.to_owned());
        }
        record.key = Some(response.join("\u{1f}"));
        Ok(())
    }

    /// The names of the columns: those of the response, then the questions.
    pub fn names(&self, header: &Header) -> Vec<String> {
        let attributes = self.attributes.iter().map(|index| &header.names[*index]);
        attributes.chain(&self.questions).cloned().collect()
    }

    /// Merges answers into their response. Several answers to one question are joined.
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
            number: first.number,
            non_utf8_cells: answers.iter().map(|answer| answer.non_utf8_cells).sum(),
            replaced_chars: answers.iter().map(|answer| answer.replaced_chars).sum(),
            cells,
            ..Record::default()
        }
    }

    /// Converts a row that is not an answer: unreadable ones are unchanged, blank ones stay blank.
    pub fn without_response(&self, mut rows: Vec<Record>) -> Record {
        let mut row = rows.swap_remove(0);
        if row.problem.is_none() {
            let attributes = self.attributes.iter();
            let mut cells: Vec<_> = attributes.map(|index| row.cells[*index].clone()).collect();
            cells.resize(cells.len() + self.questions.len(), String::new());
            row.cells = cells;
        }
        row
    }

    /// Converts a response back to rows of the file.
    pub fn rows_in_file<'a>(&self, cells: &'a [Cow<'_, str>]) -> Vec<Vec<Cow<'a, str>>> {
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
        if rows.is_empty() {
            rows.extend(self.questions.first().map(|question| answer(question, "")));
        }
        rows
    }
}
