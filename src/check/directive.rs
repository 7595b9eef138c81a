//! The grammar of `@check` and `@expect`, parsed by hand so that errors point at a character.
//!
//! ```text
//! @check name=NAME [severity=error|warning] [min_responses=N]
//! @expect rows LIMITS
//! @expect COLUMN LIMITS
//! @expect COLUMN is [not] null
//! @expect [no] significant drop|rise|change [in COLUMN] < NUMBER % [warn < NUMBER %]
//!
//! LIMITS  = CONDITION [warn CONDITION]
//! CONDITION = (= | != | <> | < | <= | > | >=) OPERAND | between OPERAND and OPERAND
//! OPERAND = [+|-] NUMBER | baseline [(+|-) NUMBER]
//! COLUMN  = name (in lower case, as in SQL) | "name"
//! ```
//!
//! The `no` of `no significant drop` may be omitted.

use strsim::levenshtein;

use super::cursor::Cursor;
use super::expectation::Expectation;
use super::grammar::parse_expectation;
use super::header::{Header, parse_header};
use super::problem::Problem;
use crate::statement::explain::nearest;
use crate::statement::split::Comment;

const DIRECTIVES: [&str; 2] = ["check", "expect"];

/// A comment addressed to `voxql check`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Directive {
    Check(Header),
    Expect(Expectation),
}

/// Parses a comment; `None` if it does not begin with `@`.
///
/// Any other word after a leading `@` is an error, so that a misspelt expectation is not taken for
/// an ordinary comment.
pub(super) fn parse(file: &str, comment: &Comment) -> Result<Option<Directive>, Problem> {
    let mut cursor = Cursor {
        file,
        rest: "",
        line: comment.line,
        column: 1,
    };
    if comment.is_block {
        let Some(line) = line_of_directive(&comment.text) else {
            return Ok(None);
        };
        cursor.line += line;
        return Err(cursor.problem(
            "directives in /* */ comments are not read",
            "write it after -- on its own line",
        ));
    }
    let text = comment.text.trim_end();
    let is_lead = |c: char| c == '-' || c.is_whitespace();
    cursor.rest = text.trim_start_matches(is_lead);
    let lead = text.chars().count() - cursor.rest.chars().count();
    // After the two dashes.
    cursor.column = comment.column + 2 + lead as u64;
    let at = cursor.clone();
    if !cursor.eat("@") {
        return Ok(None);
    }
    let word = cursor.word();
    let directive = match word.to_ascii_lowercase().as_str() {
        "check" => Directive::Check(parse_header(&mut cursor)?),
        "expect" => Directive::Expect(parse_expectation(&mut cursor, at.column)?),
        other => {
            let hint = match nearest(other, &DIRECTIVES) {
                Some(near) => format!("did you mean @{near}?"),
                None => "write @check or @expect, or start the comment with another character"
                    .to_owned(),
            };
            return Err(at.problem(format!("unknown directive @{word}"), hint));
        }
    };
    if comment.is_behind {
        return Err(at.problem(
            format!("@{word} follows a statement on the same line"),
            "move it before the statement that it applies to",
        ));
    }
    Ok(Some(directive))
}

/// The line, from 0, of a block comment that seems to contain a directive.
fn line_of_directive(text: &str) -> Option<u64> {
    let found = text.lines().position(|line| {
        let line = line.trim_start_matches(['*', '-', ' ', '\t']);
        line.strip_prefix('@').is_some_and(|rest| {
            let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
            is_like_a_directive(&word.to_ascii_lowercase())
        })
    });
    found.map(|line| line as u64)
}

/// True if a word in a block comment is probably a directive. It must be nearer than a suggestion,
/// so that a documentation tag such as `@exec` is not an error.
fn is_like_a_directive(word: &str) -> bool {
    let changes_max = (word.chars().count() / 3).max(1);
    DIRECTIVES
        .iter()
        .any(|name| levenshtein(word, name) <= changes_max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn comment(text: String) -> Comment {
        Comment {
            text,
            is_block: false,
            line: 1,
            column: 1,
            statement: 0,
            is_behind: false,
        }
    }

    #[test]
    fn directives_begin_with_an_at_sign() {
        for text in [
            "",
            " ",
            " write to jane@example.com",
            "- nps @ work",
            " expect nps > 1",
        ] {
            assert_eq!(parse("x.sql", &comment(text.to_owned())), Ok(None));
        }
        for text in [
            "@",
            " @ expect nps > 1",
            " @author jane",
            "@EXPECTS nps > 1",
            "-- @chek name=a",
        ] {
            assert!(parse("x.sql", &comment(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn directives_in_block_comments_are_errors() {
        for (text, is_like) in [
            ("@expct x", true),
            ("@author jane", false),
            ("@exec x", false),
            ("@ x", false),
        ] {
            let block = Comment {
                is_block: true,
                ..comment(format!("\n * {text}\n"))
            };
            assert_eq!(parse("x.sql", &block).is_err(), is_like, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "@(check|expect) ?[-a-z0-9 =<>!+%.\"'é@]{0,40}") {
            let _ = parse("x.sql", &comment(text));
        }

        #[test]
        fn problems_point_inside_the_line(
            text in " @expect (rows|nps|\"nps\")? ?(>=|<|is|between|warn)? ?[-a-z0-9 %.é]{0,12}"
        ) {
            let characters = text.chars().count() as u64;
            if let Err(problem) = parse("x.sql", &comment(text)) {
                prop_assert!(problem.column <= Some(characters + 3), "{problem}");
            }
        }
    }
}
