//! Asks in the terminal what a file leaves open, with numbered answers.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use exports::text::visible;
use exports::{ImportOption, Message, Question, Sample};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use unicode_width::UnicodeWidthStr;

use crate::error::Error;
use crate::failure::{Failure, flag};
use crate::ingest::{IngestOptions, Input};
use crate::output::{cut, terminal_size};

/// The width of a sampled cell.
const CELL_WIDTH_MAX: usize = 30;

/// True if a person can be asked: input and output are terminals.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Asks the questions of an error one after the other, and adds the answers to the options.
///
/// Returns the options that were given, as flags; `None` if the person skips the file.
pub(super) fn ask(
    input: &Input,
    error: &Error,
    options: &mut IngestOptions,
) -> Result<Option<Vec<String>>, Failure> {
    let mut editor = DefaultEditor::new().map_err(terminal_failed)?;
    let mut answered = options.clone();
    let mut flags = Vec::new();
    print(&format!("{input}\n"))?;
    if let Some(sample) = error.sample() {
        print(&table(sample))?;
    }
    for question in error.questions() {
        print(&text(question))?;
        let answer = loop {
            let line = match editor.readline(&prompt(question.answers.len())) {
                Ok(line) => line,
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(None),
                Err(error) => return Err(terminal_failed(error)),
            };
            if line.trim().is_empty() {
                return Ok(None);
            }
            let with_answer = read(&line, question).and_then(|answer| {
                let with_answer = answered.clone().answer(&answer);
                let with_answer = with_answer.map_err(|error| error.render(flag).0)?;
                Ok((answer, with_answer))
            });
            match with_answer {
                Ok((answer, with_answer)) => {
                    answered = with_answer;
                    break answer;
                }
                Err(problem) => print(&format!("{problem}\n"))?,
            }
        };
        flags.extend(answer.options().map(|(option, value)| flag(option, value)));
    }
    *options = answered;
    Ok(Some(flags))
}

fn terminal_failed(error: ReadlineError) -> Failure {
    Failure::write("the terminal", io::Error::other(error))
}

/// Prints lines of text from a file, whose control characters are made visible.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for line in text.lines() {
        writeln!(out, "{}", visible(line))
            .map_err(|error| Failure::write("standard output", error))?;
    }
    Ok(())
}

/// The sampled rows under their header.
fn table(sample: &Sample) -> String {
    let mut widths: Vec<usize> = vec![0; sample.header.len()];
    let lines: Vec<&Vec<String>> = std::iter::once(&sample.header)
        .chain(&sample.rows)
        .collect();
    for line in &lines {
        for (width, cell) in std::iter::zip(&mut widths, *line) {
            *width = cell.width().clamp(*width, CELL_WIDTH_MAX.max(*width));
        }
    }
    let width = terminal_size().map_or(80, |(width, _)| width);
    let mut text = String::from("\n");
    for line in lines {
        let mut row = String::new();
        for (width, cell) in std::iter::zip(&widths, line) {
            let cell = cut(cell, *width);
            let padding = width - cell.width();
            let _ = write!(row, "  {cell}{:padding$}", "");
        }
        let _ = writeln!(text, "{}", cut(row.trim_end(), width));
    }
    text.push('\n');
    text
}

fn text(question: &Question) -> String {
    let mut text = format!("{}\n", question.message.render(flag));
    if let Some(hint) = &question.hint {
        let _ = writeln!(text, "hint: {}", hint.render(flag));
    }
    for (at, answer) in question.answers.iter().enumerate() {
        let _ = writeln!(text, "  {}  {}", at + 1, answer.render(flag));
    }
    text
}

fn prompt(answers: usize) -> String {
    let number = match answers {
        0 => "options".to_owned(),
        1 => "1 or options".to_owned(),
        many => format!("1-{many} or options"),
    };
    format!("{number}, empty to skip the file: ")
}

/// Reads the number of an answer, or options as on the command line.
fn read(line: &str, question: &Question) -> Result<Message, String> {
    let line = line.trim();
    let count = question.answers.len();
    if let Ok(number) = line.parse::<usize>() {
        let answer = number
            .checked_sub(1)
            .and_then(|at| question.answers.get(at));
        return answer.cloned().ok_or_else(|| match count {
            0 => "there are no numbered answers: type options such as in the hint".to_owned(),
            1 => "the only answer is 1".to_owned(),
            _ => format!("the answers are 1 to {count}"),
        });
    }
    let words = shlex::split(line).ok_or("a quote is not closed")?;
    let mut words = words.into_iter();
    let mut answer = Message::default();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let option = ImportOption::ALL
            .into_iter()
            .find(|option| flag(*option, None) == name)
            .ok_or_else(|| {
                format!("\"{name}\" is neither an answer nor an option; see voxql ingest --help")
            })?;
        answer = match value {
            _ if option.is_switch() => answer.option(option),
            Some(value) => answer.option_with(option, value),
            None => match words.next() {
                Some(value) => answer.option_with(option, value),
                None => return Err(format!("{name} needs a value")),
            },
        };
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        let mut question = Question::new("several columns could be the score");
        question.answers = vec![
            ImportOption::Map.with("score=Q1"),
            ImportOption::Map.with("score=Q2"),
        ];
        question
    }

    #[test]
    fn an_answer_is_a_number_or_options() {
        let read = |line: &str| {
            let answer = read(line, &question())?;
            let flags = answer.options().map(|(option, value)| flag(option, value));
            Ok::<_, String>(flags.collect::<Vec<_>>().join(" "))
        };
        assert_eq!(read("2"), Ok("--map score=Q2".to_owned()));
        assert_eq!(
            read("--map 'score=What is it?' --lenient --scale=0-10"),
            Ok("--map score='What is it?' --lenient --scale 0-10".to_owned())
        );
        for line in ["0", "3", "Q1", "--map", "--maps score=Q1", "--map 'score"] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn sampled_rows_are_aligned_and_cut() {
        let sample = Sample {
            header: vec!["Q1".to_owned(), "Why?".to_owned()],
            rows: vec![
                vec!["10".to_owned(), "x".repeat(100)],
                vec!["9".to_owned(), String::new()],
            ],
        };
        let expected = format!("\n  Q1  Why?\n  10  {}…\n  9\n\n", "x".repeat(29));
        assert_eq!(table(&sample), expected);
    }
}
