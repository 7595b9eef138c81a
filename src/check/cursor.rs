//! A cursor that reads a directive word by word.

use super::problem::Problem;

/// The unread rest of a directive, and its place in the file.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) file: &'a str,
    pub(super) rest: &'a str,
    /// Of the file, from 1.
    pub(super) line: u64,
    /// The character of the line at which `rest` begins, from 1.
    pub(super) column: u64,
}

impl<'a> Cursor<'a> {
    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.column += taken.chars().count() as u64;
        self.rest = rest;
        taken
    }

    pub(super) fn take_while(&mut self, matches: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !matches(c)).unwrap_or(self.rest.len());
        self.advance(end)
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Takes letters, digits and underscores, possibly none.
    pub(super) fn word(&mut self) -> &'a str {
        self.take_while(is_word_char)
    }

    /// Skips white space, then takes `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        self.skip_space();
        self.eat_exact(text)
    }

    fn eat_exact(&mut self, text: &str) -> bool {
        let is_next = self.rest.starts_with(text);
        if is_next {
            self.advance(text.len());
        }
        is_next
    }

    /// Takes `word`, in any case, if it is the next word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        ahead.skip_space();
        let is_next = ahead.word().eq_ignore_ascii_case(word);
        if is_next {
            *self = ahead;
        }
        is_next
    }

    pub(super) fn number(&mut self) -> Result<f64, Problem> {
        self.skip_space();
        let at = self.clone();
        let digits = self.take_while(|c| c.is_ascii_digit() || c == '.');
        match digits.parse() {
            Ok(number) if !self.rest.starts_with(is_word_char) => Ok(number),
            _ => Err(at.problem(
                match at.next_word().as_str() {
                    "" => "missing number".to_owned(),
                    word => format!("\"{word}\" is not a number"),
                },
                "write a number or baseline, such as 30, -5.5 or baseline - 3",
            )),
        }
    }

    /// Takes a value of `@check`: quoted, or up to the next white space.
    pub(super) fn value(&mut self) -> Result<String, Problem> {
        if self.rest.starts_with(['"', '\'']) {
            self.quoted()
        } else {
            Ok(self.take_while(|c| !c.is_whitespace()).to_owned())
        }
    }

    /// Takes quoted text, in which a quote is doubled.
    pub(super) fn quoted(&mut self) -> Result<String, Problem> {
        let at = self.clone();
        let quote = self.advance(1);
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|c| !quote.contains(c)));
            if !self.eat_exact(quote) {
                return Err(at.problem("unterminated quote", "close it on the same line"));
            }
            if !self.eat_exact(quote) {
                return Ok(text);
            }
            text.push_str(quote);
        }
    }

    /// The next word, cut, to be quoted in an error.
    pub(super) fn next_word(&self) -> String {
        let word = self.rest.split_whitespace().next().unwrap_or_default();
        word.chars().take(40).collect()
    }

    pub(super) fn problem(&self, message: impl AsRef<str>, hint: impl AsRef<str>) -> Problem {
        Problem::new(self.file, self.line, message, hint).at_column(self.column)
    }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
