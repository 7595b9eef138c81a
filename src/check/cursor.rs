//! Reading a directive word by word.

use super::problem::SyntaxProblem;

const NUMBER_HINT: &str = "write a number, or baseline, such as 30, -5.5 or baseline - 3";

/// What is left of a directive, and where that is in the file.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
    /// Of the file, from 1.
    pub(super) line: u64,
    /// The character of the line that `rest` begins with, from 1.
    pub(super) column: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.column += taken.chars().count() as u64;
        self.rest = rest;
        taken
    }

    pub(super) fn take_while(&mut self, is_of: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_of(c)).unwrap_or(self.rest.len());
        self.advance(end)
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Letters, digits and underscores, which may be none.
    pub(super) fn word(&mut self) -> &'a str {
        self.take_while(|c| c.is_alphanumeric() || c == '_')
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let is_next = self.rest.starts_with(text);
        if is_next {
            self.advance(text.len());
        }
        is_next
    }

    pub(super) fn eat_sign(&mut self, sign: &str) -> bool {
        self.skip_space();
        self.eat(sign)
    }

    /// Takes this word, in any case, where it is the next one.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        ahead.skip_space();
        let is_next = ahead.word().eq_ignore_ascii_case(word);
        if is_next {
            *self = ahead;
        }
        is_next
    }

    pub(super) fn number(&mut self) -> Result<f64, SyntaxProblem> {
        let at = self.clone();
        let digits = self.take_while(|c| c.is_ascii_digit() || c == '.');
        let number: Option<f64> = digits.parse().ok();
        let is_ended = !self
            .rest
            .starts_with(|c: char| c.is_alphanumeric() || c == '_');
        match number {
            Some(number) if is_ended => Ok(number),
            _ => Err(at.problem(
                match at.shown().as_str() {
                    "" => "a number is missing".to_owned(),
                    shown => format!("\"{shown}\" is not a number"),
                },
                NUMBER_HINT,
            )),
        }
    }

    /// A value of `@check`: in quotes, or up to the next white space.
    pub(super) fn value(&mut self) -> Result<String, SyntaxProblem> {
        match self.rest.chars().next() {
            Some('"' | '\'') => self.quoted(),
            _ => Ok(self.take_while(|c| !c.is_whitespace()).to_owned()),
        }
    }

    /// What stands in quotes, in which a quote is doubled.
    pub(super) fn quoted(&mut self) -> Result<String, SyntaxProblem> {
        let at = self.clone();
        let quote = self.advance(1);
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|c| !quote.contains(c)));
            if !self.eat(quote) {
                return Err(at.problem("the quote does not end", "close it on the same line"));
            }
            if !self.eat(quote) {
                return Ok(text);
            }
            text.push_str(quote);
        }
    }

    /// The beginning of what is left, to be quoted in an error.
    pub(super) fn shown(&self) -> String {
        let word = self.rest.split_whitespace().next().unwrap_or_default();
        word.chars().take(40).collect()
    }

    pub(super) fn problem(
        &self,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> SyntaxProblem {
        SyntaxProblem {
            line: self.line,
            column: self.column,
            message: message.into(),
            hint: hint.into(),
        }
    }
}
