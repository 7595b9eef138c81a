//! The questions of a survey in a column of their own: what each column of answers was asked.

use std::collections::HashSet;

use serde_json::Value;

use super::Questions;
use crate::columns::Column;
use crate::layout::header::Header;

/// Lists of questions that are read; later ones are of so many surveys that none is typical.
const LISTS_MAX: usize = 200;

/// The columns of questions and of their answers.
#[derive(Clone, Debug)]
pub struct QuestionColumns {
    list: usize,
    answers: Vec<(usize, Which)>,
}

/// The question that a column of answers is for.
#[derive(Clone, Debug)]
enum Which {
    First,
    /// By its place in the list or its id.
    Named(String),
}

impl QuestionColumns {
    /// Finds the columns of a profile by `columns_of` their names, `None` if the file has none.
    pub fn new(
        questions: &Questions,
        header: &Header,
        columns_of: impl Fn(&str) -> Vec<usize>,
    ) -> Option<Self> {
        let list = *columns_of(&questions.list).first()?;
        let first = columns_of(&questions.answer);
        let first = first.into_iter().map(|index| (index, Which::First));
        let further = columns_of(&format!("{}_*", questions.answer));
        let further = further.into_iter().filter_map(|index| {
            let answer = questions.answer.trim_start_matches('*');
            let (_, name) = header.names[index].split_once(&format!("{answer}_"))?;
            Some((index, Which::Named(name.to_owned())))
        });
        Some(Self {
            list,
            answers: first.chain(further).collect(),
        })
    }

    /// Adds the questions in a row to the columns that it answers. `seen` has the lists read before.
    pub fn read<S: AsRef<str>>(
        &self,
        cells: &[S],
        columns: &mut [Column],
        seen: &mut HashSet<String>,
    ) {
        let cell = |index: usize| cells.get(index).map_or("", |cell| cell.as_ref().trim());
        let answered = || {
            self.answers
                .iter()
                .filter(|(index, _)| !cell(*index).is_empty())
        };
        let key = answered().map(|(index, _)| index.to_string());
        let key = format!(
            "{}\u{1f}{}",
            key.collect::<Vec<_>>().join(" "),
            cell(self.list)
        );
        if seen.len() >= LISTS_MAX || !seen.insert(key) {
            return;
        }
        let Ok(Value::Array(questions)) = serde_json::from_str(cell(self.list)) else {
            return;
        };
        for (index, which) in answered() {
            let question = match which {
                Which::First => questions.first(),
                Which::Named(name) => {
                    let has_id = |question: &&Value| {
                        question.get("id").and_then(Value::as_str) == Some(name.as_str())
                    };
                    let by_place = || questions.get(name.parse::<usize>().ok()?);
                    questions.iter().find(has_id).or_else(by_place)
                }
            };
            let text = question.and_then(|question| question.get("question")?.as_str());
            if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
                columns[*index].add_question(text.trim());
            }
        }
    }
}
