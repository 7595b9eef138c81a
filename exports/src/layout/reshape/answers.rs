//! Files with one answer per row: the questions become columns.
//!
//! A column identifies the response of an answer, or several do: a person and an event.

use std::borrow::Cow;
use std::collections::HashMap;

use super::records::Record;
use crate::columns::headers::{fold, names_nps};
use crate::columns::score::{self, ScoreCell, whole_score};
use crate::error::{Error, Result};
use crate::layout::header::Header;
use crate::mapping::undecided::choice;
use crate::message::{ImportOption, Message};
use crate::options::{ANSWER, QUESTION};
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

/// The columns that the options tell.
#[derive(Debug, Default)]
pub struct Told {
    /// The column of the response's id or of the person.
    pub response: Option<usize>,
    pub question: Option<usize>,
    pub value: Option<usize>,
}

/// The questions which columns have the questions and the answers, as far as these are not known. The
/// columns that look like it come first.
fn no_columns(
    header: &Header,
    rows: &[Vec<String>],
    question: Option<usize>,
    value: Option<usize>,
    response: Option<usize>,
) -> Error {
    let cell = |row: &Vec<String>, index: usize| row.get(index).cloned().unwrap_or_default();
    let asks = |row: &Vec<String>, index: usize| names_nps(&fold(&cell(row, index)));
    let names = &header.names;
    let asking = |index: &usize| rows.iter().filter(|row| asks(row, *index)).count();
    let likely_question = question.or_else(|| {
        let best = (0..names.len()).rev().max_by_key(asking);
        best.filter(|index| asking(index) > 0)
    });
    let scores = |index: &usize| {
        let answers = rows
            .iter()
            .filter(|row| likely_question.is_none_or(|question| asks(row, question)));
        let read = answers.map(|row| score::read(&cell(row, *index)));
        let is_score = |answer: &ScoreCell| matches!(answer, ScoreCell::Number(value) if whole_score(*value).is_some());
        read.filter(is_score).count()
    };
    let likely_value = value.or_else(|| {
        let others = (0..names.len()).rev();
        let others = others.filter(|index| ![likely_question, response].contains(&Some(*index)));
        others.max_by_key(scores)
    });
    let missing = [
        (QUESTION, question, likely_question),
        (ANSWER, value, likely_value),
    ];
    let missing = missing.into_iter().filter(|(_, known, _)| known.is_none());
    let questions = missing.map(|(name, _, likely)| {
        let mut others: Vec<usize> = (0..names.len())
            .filter(|index| ![question, value, response].contains(&Some(*index)))
            .collect();
        others.sort_by_key(|index| Some(*index) != likely);
        let answers: Vec<Message> = others
            .iter()
            .map(|index| map_option(name, &names[*index]))
            .collect();
        let hint = choice(&answers);
        Error::question(format!(
            "each row has one answer, but no column is known to have the {name}s"
        ))
        .with_hint(hint)
        .with_answers(answers)
    });
    let error = Error::all(questions.collect());
    error.expect("one of the two is missing")
}

/// The question which column tells the response of an answer.
fn no_response(header: &Header, question: usize, value: usize) -> Error {
    let others = (0..header.names.len())
        .filter(|index| ![question, value].contains(index))
        .map(|index| map_option("response_id", &header.names[index]));
    let answers: Vec<Message> = others.collect();
    Error::question(
        "the file has one row per answer, but no column that tells which answers belong together",
    )
    .with_hint(
        Message::from("if a column has the response's id, ")
            .message(choice(&answers))
            .text("; if one has the person, set ")
            .message(map_option("respondent", "COLUMN")),
    )
    .with_answers(answers)
}

fn map_option(name: &str, column: &str) -> Message {
    ImportOption::Map.with(format_args!("{name}={column}"))
}

impl AnswersPlan {
    /// The plan for these columns. What neither the profile nor `told` names is asked.
    pub fn new(
        answers: &Answers,
        header: &Header,
        first_rows: &[Vec<String>],
        told: &Told,
    ) -> Result<Self> {
        let question = told
            .question
            .or_else(|| column_of(header, &answers.question));
        let value = told.value.or_else(|| column_of(header, &answers.value));
        let (Some(question), Some(value)) = (question, value) else {
            return Err(no_columns(
                header,
                first_rows,
                question,
                value,
                told.response,
            ));
        };
        let response = match told
            .response
            .or_else(|| column_of(header, &answers.response))
        {
            Some(response) => vec![response],
            None => {
                let names = &header.names;
                let table = AnswerTable::with_columns(question, value, answers, names, first_rows);
                let is_told = told.question.is_some() || told.value.is_some();
                let key = table.key();
                let key = key.or_else(|| table.key_by_content().filter(|_| is_told));
                key.ok_or_else(|| no_response(header, question, value))?
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
