//! The grammar of `@check` and `@expect`, read by hand so that an error names the character.
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
//! `no significant drop` may be written `significant drop`, the change that is looked for.

use datafusion::common::utils::datafusion_strsim::levenshtein;

use super::cursor::Cursor;
use super::expectation::Expectation;
use super::grammar::expectation;
use super::header::{Header, header};
use super::problem::SyntaxProblem;
use crate::statement::explain::nearest;
use crate::statement::split::Comment;

const DIRECTIVES: [&str; 2] = ["check", "expect"];

/// What a comment says to `voxql check`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Directive {
    Check(Header),
    Expect(Expectation),
}

/// Reads a comment; `None` for one that is none of ours, which does not begin with `@`.
///
/// Every word behind an `@` at the beginning is one of ours or an error, so that a misspelt
/// expectation is not taken for a comment.
pub(super) fn read(comment: &Comment) -> Result<Option<Directive>, SyntaxProblem> {
    if comment.is_block {
        return match block_directive(&comment.text) {
            None => Ok(None),
            Some(line) => Err(SyntaxProblem {
                line: comment.line + line,
                column: 1,
                message: "a directive in a comment of /* */ is not read".to_owned(),
                hint: "write it on a line of its own behind --".to_owned(),
            }),
        };
    }
    let text = comment.text.trim_end();
    let is_lead = |c: char| c == '-' || c.is_whitespace();
    let body = text.trim_start_matches(is_lead);
    let Some(body) = body.strip_prefix('@') else {
        return Ok(None);
    };
    // The two dashes, what stands before the @, and the @ itself.
    let before = text.chars().count() - body.chars().count();
    let mut cursor = Cursor {
        rest: body,
        line: comment.line,
        column: comment.column + 2 + before as u64,
    };
    let at = cursor.column - 1;
    let word = cursor.word();
    let directive = match word.to_ascii_lowercase().as_str() {
        "check" => Directive::Check(header(&mut cursor)?),
        "expect" => Directive::Expect(expectation(&mut cursor, at)?),
        other => {
            return Err(SyntaxProblem {
                line: comment.line,
                column: at,
                message: format!("@{word} is neither @check nor @expect"),
                hint: match nearest(other, &DIRECTIVES) {
                    Some(near) => format!("did you mean @{near}?"),
                    None => "begin a comment that is not for voxql check with another character"
                        .to_owned(),
                },
            });
        }
    };
    if comment.is_behind {
        return Err(SyntaxProblem {
            line: comment.line,
            column: at,
            message: format!("@{word} stands behind the statement that ended on this line"),
            hint: "write it before the statement that it is about".to_owned(),
        });
    }
    Ok(Some(directive))
}

/// The line, from 0, of a block comment on which there seems to be a directive.
fn block_directive(text: &str) -> Option<u64> {
    let found = text.lines().position(|line| {
        let line = line.trim_start_matches(['*', '-', ' ', '\t']);
        line.strip_prefix('@').is_some_and(|rest| {
            let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
            is_like_a_directive(&word.to_ascii_lowercase())
        })
    });
    found.map(|line| line as u64)
}

/// Whether a word in a block comment seems to be meant as a directive. It has to be nearer than what
/// is guessed at, so that a tag of some documentation, such as `@author`, is no error.
fn is_like_a_directive(word: &str) -> bool {
    let changes_max = (word.chars().count() / 3).max(1);
    let mut distances = DIRECTIVES.iter().map(|name| levenshtein(word, name));
    distances.any(|changes| changes <= changes_max)
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
    fn only_what_begins_with_an_at_is_a_directive() {
        for text in [
            "",
            " ",
            " write to jane@example.com",
            "- nps @ work",
            " expect nps > 1",
        ] {
            assert_eq!(read(&comment(text.to_owned())), Ok(None));
        }
        for text in [
            "@",
            " @ expect nps > 1",
            " @author jane",
            "@EXPECTS nps > 1",
            "-- @chek name=a",
        ] {
            assert!(read(&comment(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn a_block_comment_that_seems_to_have_a_directive_is_an_error() {
        for (text, is_like) in [("@expct x", true), ("@author jane", false), ("@ x", false)] {
            let block = Comment {
                is_block: true,
                ..comment(format!("\n * {text}\n"))
            };
            assert_eq!(read(&block).is_err(), is_like, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "@(check|expect) ?[-a-z0-9 =<>!+%.\"'é@]{0,40}") {
            let _ = read(&comment(text));
        }

        #[test]
        fn what_is_wrong_is_inside_the_line(
            text in " @expect (rows|nps|\"nps\")? ?(>=|<|is|between|warn)? ?[-a-z0-9 %.é]{0,12}"
        ) {
            let characters = text.chars().count() as u64;
            if let Err(problem) = read(&comment(text)) {
                prop_assert!(problem.column <= characters + 3, "{}", problem.column);
            }
        }
    }
}
