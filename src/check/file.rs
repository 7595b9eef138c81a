//! The checks of a file: its statements, with the directives in and before them.

use std::collections::HashMap;

use super::directive::{self, Directive};
use super::expectation::Expectation;
use super::header::Header;
use super::problem::Problem;
use crate::statement::split::{Comment, StatementText, split_with_comments};

/// A query and its expectations.
#[derive(Clone, Debug)]
pub(super) struct Check<'a> {
    /// The name of the file.
    pub(super) file: &'a str,
    pub(super) header: Header,
    /// In the order of the file. Without any, the query only has to run.
    pub(super) expectations: Vec<Expectation>,
    pub(super) statement: StatementText<'a>,
}

/// Parses the checks of a file.
///
/// # Errors
/// Returns every problem of the file.
pub(super) fn parse_checks<'a>(
    file: &'a str,
    text: &'a str,
) -> Result<Vec<Check<'a>>, Vec<Problem>> {
    let (statements, comments) = split_with_comments(text).map_err(|error| {
        let hint = "close the string, name or comment";
        vec![Problem::new(file, error.location.line, error.message, hint)]
    })?;
    let mut problems = Vec::new();
    let mut all_directives: Vec<Directives> = Vec::new();
    all_directives.resize_with(statements.len(), Directives::default);
    for comment in &comments {
        let directives = all_directives.get_mut(comment.statement);
        let added = match (directive::parse(file, comment), directives) {
            (Ok(None), _) => Ok(()),
            (Ok(Some(directive)), Some(directives)) => directives.add(file, comment, directive),
            (Ok(Some(_)), None) => Err(Problem::new(
                file,
                comment.line,
                "no statement follows this directive",
                "move it before its query, or remove it",
            )),
            (Err(problem), _) => Err(problem),
        };
        problems.extend(added.err());
    }
    // With other problems, the check may be in a directive that could not be parsed.
    if problems.is_empty() && statements.is_empty() {
        problems.push(Problem::new(
            file,
            1,
            "the file has no checks",
            "write a query with -- @check name=NAME and -- @expect … before it",
        ));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut checks = Vec::new();
    for (statement, directives) in statements.into_iter().zip(all_directives) {
        let expectations = directives.expectations;
        match directives.header {
            Some(header) => checks.push(Check {
                file,
                header,
                expectations,
                statement,
            }),
            None => problems.push(unnamed(file, &statement, &expectations)),
        }
    }
    if problems.is_empty() {
        Ok(checks)
    } else {
        Err(problems)
    }
}

/// The problem of a statement without `@check`.
fn unnamed(file: &str, statement: &StatementText<'_>, expectations: &[Expectation]) -> Problem {
    match expectations.first() {
        Some(expectation) => Problem::new(
            file,
            expectation.line,
            "the statement has @expect but no @check",
            "add -- @check name=NAME before the query",
        )
        .at_column(expectation.column),
        None => Problem::new(
            file,
            statement.line,
            "the statement has no @check",
            "add -- @check name=NAME and -- @expect … before it; with @check alone, the query \
             only has to run",
        ),
    }
}

/// Finds checks with the same name, by which results are compared.
pub(super) fn repeated_names(checks: &[Check<'_>]) -> Vec<Problem> {
    let mut seen: HashMap<&str, &Check<'_>> = HashMap::new();
    let mut problems = Vec::new();
    for check in checks {
        let name = check.header.name.as_str();
        let first = *seen.entry(name).or_insert(check);
        if !std::ptr::eq(first, check) {
            problems.push(Problem::new(
                check.file,
                check.header.line,
                format!(
                    "check \"{name}\" already exists in {}, line {}",
                    first.file, first.header.line
                ),
                "rename one of them: results are compared by name",
            ));
        }
    }
    problems
}

/// The directives of one statement.
#[derive(Default)]
struct Directives {
    header: Option<Header>,
    expectations: Vec<Expectation>,
}

impl Directives {
    fn add(&mut self, file: &str, comment: &Comment, directive: Directive) -> Result<(), Problem> {
        match directive {
            Directive::Expect(expectation) => self.expectations.push(expectation),
            Directive::Check(header) => {
                if let Some(first) = &self.header {
                    return Err(Problem::new(
                        file,
                        comment.line,
                        format!(
                            "the statement already has @check \"{}\" on line {}",
                            first.name, first.line
                        ),
                        "write one check per statement; end the previous one with a semicolon",
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

    fn problems(text: &str) -> Vec<Problem> {
        parse_checks("x.sql", text).err().unwrap_or_default()
    }

    #[test]
    fn directives_belong_to_the_statement_that_follows_or_contains_them() {
        let text = "-- Web.\n-- @check name=a\n--@expect rows = 0\nSELECT 1\n-- @expect x > 1\n;\n\
                    -- @check name='b' severity=warning min_responses=1_000\nSELECT 2";
        let checks = parse_checks("x.sql", text).unwrap();
        let names: Vec<_> = checks
            .iter()
            .map(|check| (check.header.name.as_str(), check.expectations.len()))
            .collect();
        assert_eq!(names, [("a", 2), ("b", 0)]);
        assert_eq!(checks[1].header.min_responses, Some(1000));
        assert_eq!(checks[0].expectations[1].line, 5);
    }

    #[test]
    fn files_without_effect_are_errors() {
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
