//! Splits SQL text into statements, at semicolons outside strings, quoted names and comments.

use std::mem;

use datafusion::sql::sqlparser::tokenizer::{
    Location, Token, Tokenizer, TokenizerError, Whitespace,
};

use crate::query::syntax::VoxqlDialect;

/// One statement of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatementText<'a> {
    /// Text after the previous semicolon and before the next, with comments, trimmed.
    pub(crate) text: &'a str,
    /// First line, from 1.
    pub(crate) line: u64,
    /// Names of the placeholders, without the `$`.
    pub(crate) placeholders: Vec<String>,
}

/// A comment in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Text after `--`, or between `/*` and `*/`.
    pub(crate) text: String,
    /// `true` for `/* … */`.
    pub(crate) is_block: bool,
    /// First line, from 1.
    pub(crate) line: u64,
    /// First character of the line, from 1.
    pub(crate) column: u64,
    /// Index in the result of [`split`] of the statement that contains or follows the comment; the
    /// number of statements after the last one.
    pub(crate) statement: usize,
    /// `true` if the comment is on the line on which the previous statement ends, and so seems to
    /// belong to it.
    pub(crate) is_behind: bool,
}

/// Splits `text` into statements, without empty ones.
///
/// # Errors
/// Returns an error if a string, quoted name or comment is not closed.
pub(crate) fn split(text: &str) -> Result<Vec<StatementText<'_>>, TokenizerError> {
    Ok(split_with_comments(text)?.0)
}

/// Splits `text` into statements, like [`split`], and returns the comments in it.
pub(crate) fn split_with_comments(
    text: &str,
) -> Result<(Vec<StatementText<'_>>, Vec<Comment>), TokenizerError> {
    let tokens = Tokenizer::new(&VoxqlDialect, text).tokenize_with_location()?;
    let positions = Positions::new(text);
    let (mut statements, mut comments) = (Vec::new(), Vec::new());
    let mut start = 0;
    let mut has_content = false;
    let mut placeholders = Vec::new();
    let mut last_end = None;
    for token in tokens {
        let Location { line, column } = token.span.start;
        let (comment, is_block) = match token.token {
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => (comment, false),
            Token::Whitespace(Whitespace::MultiLineComment(comment)) => (comment, true),
            Token::Whitespace(_) | Token::EOF => continue,
            Token::SemiColon => {
                if has_content {
                    let end = positions.offset(token.span.start);
                    statements.push(positions.statement(start, end, mem::take(&mut placeholders)));
                }
                start = positions.offset(token.span.end);
                has_content = false;
                last_end = Some(line);
                continue;
            }
            other => {
                has_content = true;
                if let Token::Placeholder(name) = other {
                    placeholders.push(name.trim_start_matches('$').to_owned());
                }
                continue;
            }
        };
        comments.push(Comment {
            text: comment,
            is_block,
            line,
            column,
            statement: statements.len(),
            is_behind: !has_content && last_end == Some(line),
        });
    }
    if has_content {
        statements.push(positions.statement(start, text.len(), placeholders));
    }
    Ok((statements, comments))
}

/// True if a typed text is complete: nothing is open, and it ends with a semicolon.
pub(crate) fn is_complete(text: &str) -> bool {
    let Ok(tokens) = Tokenizer::new(&VoxqlDialect, text).tokenize() else {
        return false;
    };
    let last = tokens
        .iter()
        .rev()
        .find(|token| !matches!(token, Token::Whitespace(_) | Token::EOF));
    matches!(last, None | Some(Token::SemiColon))
}

/// Converts lines and columns to byte offsets.
struct Positions<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Positions<'a> {
    fn new(text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self {
            text,
            line_starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// The tokenizer counts lines and characters from 1.
    fn offset(&self, location: Location) -> usize {
        let line = usize::try_from(location.line).unwrap_or(1).max(1) - 1;
        let column = usize::try_from(location.column).unwrap_or(1).max(1) - 1;
        let start = self
            .line_starts
            .get(line)
            .copied()
            .unwrap_or(self.text.len());
        self.text[start..]
            .char_indices()
            .nth(column)
            .map_or(self.text.len(), |(offset, _)| start + offset)
    }

    fn statement(&self, start: usize, end: usize, placeholders: Vec<String>) -> StatementText<'a> {
        let piece = &self.text[start..end];
        let begin = start + piece.len() - piece.trim_start().len();
        let line = self.line_starts.partition_point(|&line| line <= begin);
        StatementText {
            text: piece.trim(),
            line: line as u64,
            placeholders,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        split(sql)
            .unwrap()
            .into_iter()
            .map(|statement| statement.text)
            .collect()
    }

    #[test]
    fn semicolons_split_outside_strings_and_comments() {
        assert_eq!(texts("select 1; select 2"), ["select 1", "select 2"]);
        assert_eq!(
            texts("select ';' as \"a;b\" -- no; split\n/* nor; here */; select 2;"),
            [
                "select ';' as \"a;b\" -- no; split\n/* nor; here */",
                "select 2"
            ]
        );
        assert_eq!(
            texts("select 'it''s; ü' ; ; -- notes\n"),
            ["select 'it''s; ü'"]
        );
        assert_eq!(texts("-- only notes\n;;"), Vec::<&str>::new());
        assert!(split("select 'open").is_err());
    }

    #[test]
    fn statements_have_their_line() {
        let statements = split("select 1;\n\n-- why\nselect 2;\nselect 'ä'; select 3").unwrap();
        let lines: Vec<u64> = statements.iter().map(|statement| statement.line).collect();
        assert_eq!(lines, [1, 3, 5, 5]);
    }

    #[test]
    fn statements_have_their_placeholders() {
        let statements = split("select $a, '$b', $a -- $c\n; select $d").unwrap();
        assert_eq!(statements[0].placeholders, ["a", "a"]);
        assert_eq!(statements[1].placeholders, ["d"]);
    }

    #[test]
    fn comments_have_their_statement() {
        let text = "-- a\nselect '-- no', /* b */ 1; -- c\n;-- d\nselect 2\n-- e\n; -- f\n-- g";
        let (_, comments) = split_with_comments(text).unwrap();
        let found: Vec<_> = comments
            .iter()
            .map(|c| (c.text.trim(), c.line, c.column, c.statement, c.is_behind))
            .collect();
        assert_eq!(
            found,
            [
                ("a", 1, 1, 0, false),
                ("b", 2, 17, 0, false),
                ("c", 2, 28, 1, true),
                ("d", 3, 2, 1, true),
                ("e", 5, 1, 1, false),
                ("f", 6, 3, 2, true),
                ("g", 7, 1, 2, false),
            ]
        );
    }

    #[test]
    fn a_text_is_complete_after_its_semicolon() {
        for open in [
            "select 1",
            "select 'a;",
            "select 1 -- ;",
            "select /* ; */ 1",
            "select \"a;",
        ] {
            assert!(!is_complete(open), "{open}");
        }
        for complete in ["select 1;", "select 1; -- done", "", "  "] {
            assert!(is_complete(complete), "{complete}");
        }
    }
}
