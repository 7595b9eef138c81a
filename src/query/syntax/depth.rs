//! Refuses statements that are too deep, before a tree is built of them.
//!
//! A row of operators is a tree as deep as it is long: parsing, planning and dropping it recurse, and would
//! use up the stack.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Deeper trees than any that a person writes. DuckDB has the same limit.
const DEPTH_MAX: usize = 1000;

/// Calls of the parser inside of each other for the deepest tree: more than its own limit, which refuses fifty
/// brackets, with fewer words.
pub(super) const CALLS_MAX: usize = 8 * DEPTH_MAX;

/// Calls and lists inside of each other. The planner names and types each from all that is in it, again for each
/// around it: the time grows with the cube of their number, to a minute at 800.
const NESTED_MAX: usize = 100;

/// Stack that a level of the tree takes at most where it is optimized and run, without optimization of the
/// program; and stack for the rest.
const LEVEL_BYTES: usize = 8 << 10;
const OTHER_BYTES: usize = 512 << 10;

/// The deepest tree for the stack that is left of this thread.
pub(super) fn limit() -> usize {
    let stack = stacker::remaining_stack().unwrap_or(2 << 20);
    (stack.saturating_sub(OTHER_BYTES) / LEVEL_BYTES).min(DEPTH_MAX)
}

/// What is open in brackets or a query.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators since the last comma, clause, AND or OR.
    operators: usize,
    /// AND and OR since the last comma or clause.
    conditions: usize,
    /// Queries joined by UNION and the like.
    queries: usize,
}

/// The construct that a level is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// A call, or a list.
    Call,
    Bracket,
    Case,
}

impl Level {
    fn depth(self) -> usize {
        self.operators + self.conditions + self.queries
    }

    /// Another expression begins.
    fn reset(&mut self) {
        (self.operators, self.conditions) = (0, 0);
    }
}

/// Checks that the trees of these tokens are not deeper than `limit`.
pub(super) fn check(tokens: &[TokenWithSpan], limit: usize) -> Result<(), ParserError> {
    let mut level = Level::default();
    let mut around: Vec<(Level, Opened)> = Vec::new();
    // The depth of the levels around.
    let mut outer = 0;
    let mut calls = 0;
    let mut previous = &Token::EOF;
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                outer += 1 + level.depth();
                let opened = match (&token.token, previous) {
                    (Token::LParen, Token::Word(word)) if !joins(word.keyword) => Opened::Call,
                    (Token::LParen, _) => Opened::Bracket,
                    _ => Opened::Call,
                };
                calls += usize::from(opened == Opened::Call);
                around.push((std::mem::take(&mut level), opened));
            }
            Token::Word(word) if word.keyword == Keyword::CASE => {
                outer += 1 + level.depth();
                around.push((std::mem::take(&mut level), Opened::Case));
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                // A CASE without an end is no valid statement.
                while let Some((before, opened)) = around.pop() {
                    level = before;
                    outer -= 1 + level.depth();
                    calls -= usize::from(opened == Opened::Call);
                    if opened != Opened::Case {
                        break;
                    }
                }
            }
            Token::Word(word) if word.keyword == Keyword::END => {
                if let Some((before, _)) = around.pop_if(|(_, opened)| *opened == Opened::Case) {
                    level = before;
                    outer -= 1 + level.depth();
                }
            }
            Token::Comma => level.reset(),
            Token::SemiColon => level = Level::default(),
            Token::Word(word) => match word.keyword {
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT => level.queries += 1,
                Keyword::SELECT
                | Keyword::FROM
                | Keyword::WHERE
                | Keyword::GROUP
                | Keyword::HAVING
                | Keyword::ORDER
                | Keyword::QUALIFY
                | Keyword::VALUES
                | Keyword::WHEN
                | Keyword::THEN
                | Keyword::ELSE => level.reset(),
                Keyword::AND | Keyword::OR => {
                    level.operators = 0;
                    level.conditions += 1;
                }
                Keyword::NOT | Keyword::JOIN => level.operators += 1,
                _ => {}
            },
            other if is_operator(other) => level.operators += 1,
            _ => {}
        }
        if !matches!(token.token, Token::Whitespace(_)) {
            previous = &token.token;
        }
        if calls > NESTED_MAX {
            return Err(ParserError::ParserError(format!(
                "the statement is too deep: more than {NESTED_MAX} calls or lists in each other{}; compute a part in \
                 a query of WITH",
                token.span.start
            )));
        }
        if outer + level.depth() > limit {
            let stack = if limit < DEPTH_MAX {
                ", for the stack of this thread"
            } else {
                ""
            };
            return Err(ParserError::ParserError(format!(
                "the statement is too deep{stack}: more than {limit} operators in a row, or brackets in \
                 brackets{}; use IN for many values, or join a table or file with them",
                token.span.start
            )));
        }
    }
    Ok(())
}

/// True for a word before a bracket that is no name of a function.
fn joins(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::ALL
            | Keyword::AND
            | Keyword::ANY
            | Keyword::AS
            | Keyword::BY
            | Keyword::DISTINCT
            | Keyword::ELSE
            | Keyword::EXCEPT
            | Keyword::EXISTS
            | Keyword::FROM
            | Keyword::HAVING
            | Keyword::IN
            | Keyword::INTERSECT
            | Keyword::JOIN
            | Keyword::NOT
            | Keyword::ON
            | Keyword::OR
            | Keyword::SELECT
            | Keyword::THEN
            | Keyword::UNION
            | Keyword::WHEN
            | Keyword::WHERE
    )
}

/// True for tokens that join two expressions, or change one.
fn is_operator(token: &Token) -> bool {
    !matches!(
        token,
        Token::EOF
            | Token::Word(_)
            | Token::Number(..)
            | Token::Char(_)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::NationalStringLiteral(_)
            | Token::EscapedStringLiteral(_)
            | Token::DollarQuotedString(_)
            | Token::Whitespace(_)
            | Token::Placeholder(_)
            | Token::LParen
            | Token::RParen
            | Token::LBracket
            | Token::RBracket
            | Token::LBrace
            | Token::RBrace
            | Token::Comma
            | Token::SemiColon
    )
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::super::dialect::VoxqlDialect;
    use super::*;

    fn is_too_deep(sql: &str) -> bool {
        let tokens = Tokenizer::new(&VoxqlDialect, sql).tokenize_with_location();
        check(&tokens.expect("tokens"), DEPTH_MAX).is_err()
    }

    #[test]
    fn deep_trees_are_refused() {
        let many = |what: &str, times: usize| what.repeat(times);
        for deep in [
            format!("SELECT 1{}", many("+1", 1001)),
            format!("SELECT 1 WHERE x = 1{}", many(" OR x = 1", 1001)),
            format!("SELECT 1{}", many(" UNION ALL SELECT 1", 1001)),
            format!("SELECT {}1{}", many("(", 1001), many(")", 1001)),
            format!("SELECT {}1{}", many("(1 + ", 600), many(")", 600)),
            format!("SELECT {}x", many("NOT ", 1001)),
            format!("SELECT {}x", many("- ", 1001)),
            format!("SELECT x{}", many("::int", 1001)),
            format!("SELECT {}1{}", many("[", 101), many("]", 101)),
            format!("SELECT {}1{}", many("abs(", 101), many(")", 101)),
            format!("SELECT {}a", many("a.", 1001)),
            format!(
                "SELECT {}1{}",
                many("CASE WHEN x THEN ", 1001),
                many(" END", 1001)
            ),
            format!("SELECT {}1", many("CASE WHEN x THEN 1 ELSE ", 1001)),
        ] {
            assert!(is_too_deep(&deep), "{}", &deep[..30]);
        }
    }

    #[test]
    fn long_statements_are_not_deep() {
        let many = |what: &str, times: usize| what.repeat(times);
        for long in [
            format!("SELECT 1{}", many("+1", 900)),
            format!("SELECT {}1{}", many("(1 + ", 400), many(")", 400)),
            format!("SELECT {}1{}", many("abs(", 100), many(")", 100)),
            format!("SELECT 1{}", many(", abs(sum(x))", 5000)),
            format!(
                "SELECT 1{}",
                many(" IN (SELECT 1 WHERE 1", 200) + &many(")", 200)
            ),
            format!("SELECT 1 WHERE x = 1{}", many(" OR x = 1 + 1", 900)),
            format!("SELECT x IN (1{})", many(", -1 + 2", 5000)),
            format!("SELECT 1{}", many(", x + 1", 5000)),
            format!("VALUES (1){}", many(", (1 + 1)", 5000)),
            format!("SELECT CASE{} END", many(" WHEN x = 1 THEN y + 1", 5000)),
            format!("SELECT 1{}", many(", CASE WHEN t.x THEN t.y END", 5000)),
            many("SELECT 1 + 1 UNION SELECT 2;", 5000),
            format!("SELECT ((1)){}", many(", ((1))", 5000)),
        ] {
            assert!(!is_too_deep(&long), "{}", &long[..30]);
        }
    }
}
