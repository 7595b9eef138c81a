//! `@check name=web_nps severity=error min_responses=200`.

use serde::Serialize;

use super::cursor::Cursor;
use super::problem::SyntaxProblem;
use crate::statement::explain::nearest;

/// How serious it is when what a check expects does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    #[default]
    Error,
    Warning,
}

/// What `@check` says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) severity: Severity,
    pub(super) min_responses: Option<u64>,
    pub(super) line: u64,
}

const KEYS: [&str; 3] = ["name", "severity", "min_responses"];
const SEVERITIES: [&str; 2] = ["error", "warning"];
const NAME_CHARS_MAX: usize = 100;

/// What stands behind `@check`.
pub(super) fn header(cursor: &mut Cursor<'_>) -> Result<Header, SyntaxProblem> {
    let line = cursor.line;
    let mut name = None;
    let mut severity = None;
    let mut min_responses = None;
    cursor.skip_space();
    while !cursor.is_at_end() {
        let key_at = cursor.clone();
        let key = cursor.word().to_ascii_lowercase();
        if !KEYS.contains(&key.as_str()) {
            let what = match key.as_str() {
                "" => format!("\"{}\" is not a key", key_at.shown()),
                key => format!("@check has no key {key}"),
            };
            let near = nearest(&key, &KEYS).map(|near| format!("did you mean {near}? "));
            return Err(key_at.problem(
                what,
                format!(
                    "{}@check takes name=, severity= and min_responses=",
                    near.unwrap_or_default()
                ),
            ));
        }
        cursor.skip_space();
        if !cursor.eat("=") {
            return Err(cursor.problem(
                format!("there is no = behind {key}"),
                format!("write {key}=VALUE"),
            ));
        }
        cursor.skip_space();
        let value_at = cursor.clone();
        let value = cursor.value()?;
        let is_again = match key.as_str() {
            "name" => name.replace(check_name(&value_at, value)?).is_some(),
            "severity" => severity
                .replace(read_severity(&value_at, &value)?)
                .is_some(),
            _ => min_responses.replace(count(&value_at, &value)?).is_some(),
        };
        if is_again {
            return Err(key_at.problem(format!("{key} is given twice"), "leave one of them away"));
        }
        cursor.skip_space();
    }
    let name = name.ok_or_else(|| {
        cursor.problem(
            "the check has no name",
            "give it one, by which results are compared: @check name=web_nps",
        )
    })?;
    Ok(Header {
        name,
        severity: severity.unwrap_or_default(),
        min_responses,
        line,
    })
}

fn check_name(at: &Cursor<'_>, name: String) -> Result<String, SyntaxProblem> {
    let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_fine) {
        return Err(at.problem(
            "a check's name is made of letters, digits, _, - and .",
            format!("such as web_nps; at most {NAME_CHARS_MAX} characters"),
        ));
    }
    Ok(name)
}

fn read_severity(at: &Cursor<'_>, value: &str) -> Result<Severity, SyntaxProblem> {
    match value.to_ascii_lowercase().as_str() {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        other => {
            let near = nearest(other, &SEVERITIES).map(|near| format!("did you mean {near}? "));
            Err(at.problem(
                "this is no severity",
                format!("{}it is error or warning", near.unwrap_or_default()),
            ))
        }
    }
}

fn count(at: &Cursor<'_>, value: &str) -> Result<u64, SyntaxProblem> {
    let digits = value.replace('_', "");
    digits.parse().map_err(|_| {
        at.problem(
            "this is no number of responses",
            "write a whole number, such as min_responses=200",
        )
    })
}
