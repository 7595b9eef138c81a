//! The checks of a file: its statements, and what the comments before and in them expect.

use std::collections::HashMap;

use datafusion::sql::sqlparser::tokenizer::TokenizerError;

use super::directive::{self, Directive};
use super::expectation::Expectation;
use super::header::Header;
use super::problem::Problem;
use crate::statement::split::{self, Comment, StatementText};

/// A query and what is expected of it.
#[derive(Clone, Debug)]
pub(super) struct Check<'a> {
    /// The name of the file.
    pub(super) file: &'a str,
    /// The line of `@check`, from 1.
    pub(super) header: Header,
    /// In the order of the file. Where there is none the query has only to run.
    pub(super) expectations: Vec<Expectation>,
    pub(super) statement: StatementText<'a>,
}

/// Reads the checks of a file, or all that is wrong with it.
pub(super) fn checks<'a>(file: &'a str, text: &'a str) -> Result<Vec<Check<'a>>, Vec<Problem>> {
    let unclosed = |error: TokenizerError| {
        let problem = Problem::new(
            file,
            error.location.line,
            error.message,
            "close what is open",
        );
        vec![problem]
    };
    let statements = split::split(text).map_err(unclosed)?;
    let comments = split::comments(text).map_err(unclosed)?;
    let mut problems = Vec::new();
    let mut said: Vec<Said> = Vec::new();
    said.resize_with(statements.len(), Said::default);
    for comment in &comments {
        match directive::read(comment) {
            Ok(None) => {}
            Ok(Some(directive)) => match said.get_mut(comment.statement) {
                Some(said) => {
                    if let Err(problem) = said.add(file, comment, directive) {
                        problems.push(problem);
                    }
                }
                None => problems.push(Problem::new(
                    file,
                    comment.line,
                    "behind this there is no statement that it could be about",
                    "write it before the query, or take it away",
                )),
            },
            Err(problem) => problems.push(Problem::of_syntax(file, problem)),
        }
    }
    // A directive that could not be read may be the one that would be missed.
    if problems.is_empty() && statements.is_empty() {
        problems.push(Problem::new(
            file,
            1,
            "there is no check in this file",
            "write a query, and before it -- @check name=NAME and -- @expect …",
        ));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut checks = Vec::new();
    for (statement, said) in statements.into_iter().zip(said) {
        match said.header {
            Some(header) => checks.push(Check {
                file,
                header,
                expectations: said.expectations,
                statement,
            }),
            None => problems.push(nameless(file, &statement, &said.expectations)),
        }
    }
    match problems.is_empty() {
        true => Ok(checks),
        false => Err(problems),
    }
}

/// Why a statement without `@check` is not run.
fn nameless(file: &str, statement: &StatementText<'_>, expectations: &[Expectation]) -> Problem {
    match expectations.first() {
        Some(expectation) => Problem {
            column: Some(expectation.column),
            ..Problem::new(
                file,
                expectation.line,
                "what is expected here is of a check without a name",
                "name it before the query: -- @check name=NAME",
            )
        },
        None => Problem::new(
            file,
            statement.line,
            "nothing is expected of this statement",
            "write before it -- @check name=NAME and -- @expect …; with @check alone the query has \
             only to run",
        ),
    }
}

/// Finds checks of one name, by which results are told apart.
pub(super) fn repeated_names(checks: &[Check<'_>]) -> Vec<Problem> {
    let mut seen: HashMap<&str, &Check<'_>> = HashMap::new();
    let mut problems = Vec::new();
    for check in checks {
        let name = check.header.name.as_str();
        match seen.get(name) {
            None => {
                seen.insert(name, check);
            }
            Some(first) => problems.push(Problem::new(
                check.file,
                check.header.line,
                format!(
                    "{}, line {} has a check named {name} too",
                    first.file, first.header.line
                ),
                "name one of them otherwise: results are compared by the name",
            )),
        }
    }
    problems
}

/// What is said of one statement.
#[derive(Default)]
struct Said {
    header: Option<Header>,
    expectations: Vec<Expectation>,
}

impl Said {
    fn add(&mut self, file: &str, comment: &Comment, directive: Directive) -> Result<(), Problem> {
        match directive {
            Directive::Expect(expectation) => self.expectations.push(expectation),
            Directive::Check(header) => {
                if let Some(first) = &self.header {
                    return Err(Problem::new(
                        file,
                        comment.line,
                        format!(
                            "the statement is named {} on line {} already",
                            first.name, first.line
                        ),
                        "a statement is one check; end the one before with a semicolon",
                    ));
                }
                self.header = Some(header);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        match checks("x.sql", text) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn directives_belong_to_the_statement_they_stand_before_or_in() {
        let text = "-- Web.\n-- @check name=a\n--@expect rows = 0\nSELECT 1\n-- @expect x > 1\n;\n\
                    -- @check name='b' severity=warning min_responses=1_000\nSELECT 2";
        let checks = checks("x.sql", text).unwrap();
        let names: Vec<_> = checks
            .iter()
            .map(|check| (check.header.name.as_str(), check.expectations.len()))
            .collect();
        assert_eq!(names, [("a", 2), ("b", 0)]);
        assert_eq!(checks[1].header.min_responses, Some(1000));
        assert_eq!(checks[0].expectations[1].line, 5);
    }

    #[test]
    fn what_says_nothing_is_an_error() {
        for text in [
            "",
            "-- nothing",
            "SELECT 1",
            "-- @check name=a\n-- @expect x > 1\nSELECT 1; -- @expect y > 1",
            "-- @check name=a\nSELECT 1; -- @check name=b\nSELECT 2",
            "-- @expect x > 1\nSELECT 1 AS x",
            "-- @check name=a\n-- @check name=b\nSELECT 1",
            "-- @check name=a\n/* @expect x > 1 */ SELECT 1",
            "-- @check name=a\nSELECT 'open",
        ] {
            assert_eq!(problems(text).len(), 1, "{text}: {:?}", problems(text));
        }
        assert!(
            problems("-- @check name=a\nSELECT '-- @expect' /* jane@example.com */").is_empty()
        );
    }
}
