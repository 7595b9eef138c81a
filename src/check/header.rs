//! `@check name=web_nps severity=error min_responses=200`.

use serde::Serialize;

use super::cursor::Cursor;
use super::problem::{Problem, did_you_mean};

/// The severity of an expectation that does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    #[default]
    Error,
    Warning,
}

/// The contents of `@check`.
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

/// Parses the rest of a `@check`.
pub(super) fn parse_header(cursor: &mut Cursor<'_>) -> Result<Header, Problem> {
    let line = cursor.line;
    let mut name = None;
    let mut severity = None;
    let mut min_responses = None;
    cursor.skip_space();
    while !cursor.rest.is_empty() {
        let key_at = cursor.clone();
        let key = cursor.word().to_ascii_lowercase();
        if !KEYS.contains(&key.as_str()) {
            let message = match key.as_str() {
                "" => format!("\"{}\" is not a key", key_at.next_word()),
                key => format!("@check has no key \"{key}\""),
            };
            let near = did_you_mean(&key, &KEYS);
            let hint = format!("{near}@check takes name=, severity= and min_responses=");
            return Err(key_at.problem(message, hint));
        }
        if !cursor.eat("=") {
            let hint = format!("write {key}=VALUE");
            return Err(cursor.problem(format!("missing = after {key}"), hint));
        }
        cursor.skip_space();
        let value_at = cursor.clone();
        let value = cursor.value()?;
        let is_repeated = match key.as_str() {
            "name" => name.replace(parse_name(&value_at, value)?).is_some(),
            "severity" => severity
                .replace(parse_severity(&value_at, &value)?)
                .is_some(),
            _ => min_responses
                .replace(parse_count(&value_at, &value)?)
                .is_some(),
        };
        if is_repeated {
            return Err(key_at.problem(format!("{key} is specified twice"), "remove one of them"));
        }
        cursor.skip_space();
    }
    let name = name.ok_or_else(|| {
        cursor.problem(
            "the check has no name",
            "add one, such as @check name=web_nps; results are compared by name",
        )
    })?;
    Ok(Header {
        name,
        severity: severity.unwrap_or_default(),
        min_responses,
        line,
    })
}

fn parse_name(at: &Cursor<'_>, name: String) -> Result<String, Problem> {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_allowed) {
        return Err(at.problem(
            "invalid check name",
            format!("use 1 to {NAME_CHARS_MAX} letters, digits, _, - and ., such as web_nps"),
        ));
    }
    Ok(name)
}

fn parse_severity(at: &Cursor<'_>, value: &str) -> Result<Severity, Problem> {
    match value.to_ascii_lowercase().as_str() {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        other => {
            let near = did_you_mean(other, &SEVERITIES);
            Err(at.problem(
                "invalid severity",
                format!("{near}the severities are error and warning"),
            ))
        }
    }
}

fn parse_count(at: &Cursor<'_>, value: &str) -> Result<u64, Problem> {
    value.replace('_', "").parse().map_err(|_| {
        at.problem(
            "min_responses is not a whole number",
            "write a whole number, such as min_responses=200",
        )
    })
}
