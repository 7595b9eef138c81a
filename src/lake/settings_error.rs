//! Errors of `lake.toml` in plain words: the line, the key, and what to write.

use exports::quote::clip;

use crate::error::Error;

/// What to write for the keys that people set.
const EXAMPLES: [(&str, &str); 17] = [
    ("require", "\"granted\""),
    ("responses_days", "1095"),
    ("comments_days", "365"),
    ("identities_days", "730"),
    ("suppressions_days", "3650"),
    ("withdrawn_days", "0"),
    ("days", "365"),
    ("zone", "\"Europe/Berlin\""),
    ("dimensions", "[\"segment\", \"country\"]"),
    ("hidden_columns", "[\"comment\"]"),
    ("policy", "\"aggregate\""),
    ("min_group_size", "10"),
    ("anonymous", "\"one\""),
    ("rows", "\"country = 'IN'\""),
    ("controller", "\"Example Ltd, privacy@example.com\""),
    ("purpose", "\"to find out what customers think of us\""),
    ("legal_basis", "\"legitimate interest\""),
];

/// Keys that no person writes.
const OWN_KEYS: [&str; 5] = ["format", "id", "key_fingerprint", "keys", "audit"];

/// The error for the text of a file that has no settings.
pub(super) fn explain(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let start = error.span().map(|span| span.start.min(text.len()));
    let before = start.and_then(|start| text.get(..start));
    let number = before.map(|before| before.matches('\n').count() + 1);
    let line = number.and_then(|number| text.lines().nth(number - 1));
    let (what, hint) = in_words(error.message(), line.unwrap_or_default().trim());
    let place = number.map_or_else(String::new, |number| format!(", line {number}"));
    Error::invalid(format!("{file}{place}: {what}")).with_hint(hint)
}

/// The message and hint for a message of the parser about a line.
fn in_words(message: &str, line: &str) -> (String, String) {
    let quoted = between_backquotes(message);
    let (name, others) = match quoted.split_first() {
        Some((name, others)) => (*name, others),
        None => ("", &[][..]),
    };
    let others = others.iter().filter(|name| !OWN_KEYS.contains(name));
    let others: Vec<&str> = others.copied().collect();
    let (key, value) = match line.split_once('=') {
        Some((key, value)) => (key.trim(), value.trim()),
        None => (line, ""),
    };
    let value = without_comment(value);
    if message.starts_with("unknown field") {
        let noun = if line.starts_with('[') {
            "section"
        } else {
            "key"
        };
        let hint = match others.as_slice() {
            [] => "remove it".to_owned(),
            [only] => format!("use {only}"),
            several => format!("use one of {}", several.join(", ")),
        };
        return (format!("{noun} \"{name}\" does not exist"), hint);
    }
    if message.starts_with("unknown variant") {
        let hint = match others.as_slice() {
            [only] => format!("write {key} = \"{only}\""),
            several => {
                let several: Vec<String> = several.iter().map(|one| format!("\"{one}\"")).collect();
                format!("write one of {}", several.join(", "))
            }
        };
        return (format!("{key} cannot be \"{}\"", clip(name)), hint);
    }
    if message.starts_with("missing field") {
        return (format!("key \"{name}\" is missing"), hint_for(name));
    }
    let expected = message
        .rsplit_once("expected ")
        .map(|(_, expected)| expected);
    if message.starts_with("invalid") && expected.is_some() && !value.is_empty() {
        let expected = match expected.unwrap_or_default() {
            "a nonzero u32" => "a whole number, at least 1".to_owned(),
            "u32" | "i64" | "u64" | "usize" => "a whole number, at least 0".to_owned(),
            "f64" => "a number".to_owned(),
            "a string" | "str" | "string" => "text in quotes".to_owned(),
            "a boolean" | "bool" => "true or false".to_owned(),
            "a sequence" => "a list in brackets".to_owned(),
            other if other.starts_with("struct") || other == "a map" => "a section".to_owned(),
            other => other.to_owned(),
        };
        let what = format!("{key} is {}, which is not {expected}", clip(value));
        return (what, hint_for(key));
    }
    if message.starts_with("wanted string") {
        let what = format!("{key} is {}, which is not text in quotes", clip(value));
        return (what, hint_for(key));
    }
    let hint = if EXAMPLES.iter().any(|(known, _)| *known == key) {
        hint_for(key)
    } else {
        "correct the line; text is in quotes, such as zone = \"Europe/Berlin\"".to_owned()
    };
    (message.trim_end_matches('.').to_owned(), hint)
}

fn hint_for(key: &str) -> String {
    match EXAMPLES.iter().find(|(known, _)| *known == key) {
        Some((_, example)) => format!("write for example {key} = {example}"),
        None => "correct the line".to_owned(),
    }
}

/// The parts of a message that are between backquotes.
fn between_backquotes(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// A value without the comment behind it.
fn without_comment(value: &str) -> &str {
    let mut in_quotes = false;
    let end = value.char_indices().find_map(|(at, c)| {
        in_quotes ^= c == '"';
        (c == '#' && !in_quotes).then_some(at)
    });
    value[..end.unwrap_or(value.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::settings::{FILE_NAME, Settings};

    #[test]
    fn mistakes_are_told_with_what_to_write() {
        let own = "format = 2\nid = \"a\"\nkey_fingerprint = \"b\"\n";
        for (section, message, hint) in [
            (
                "[consent]\nrequire = \"Granted\"",
                "lake.toml, line 5: require cannot be \"Granted\"",
                "write require = \"granted\"",
            ),
            (
                "[consent]\nrequire = true",
                "lake.toml, line 5: require is true, which is not text in quotes",
                "write for example require = \"granted\"",
            ),
            (
                "[consent]",
                "lake.toml, line 4: key \"require\" is missing",
                "write for example require = \"granted\"",
            ),
            (
                "[retention]\ncomments_days = 0 # none",
                "lake.toml, line 5: comments_days is 0, which is not a whole number, at least 1",
                "write for example comments_days = 365",
            ),
            (
                "[retention]\ncomments_days = \"365\"",
                "lake.toml, line 5: comments_days is \"365\", which is not a whole number, at least 1",
                "write for example comments_days = 365",
            ),
            (
                "[retention]\nwithdrawn_days = -1",
                "lake.toml, line 5: withdrawn_days is -1, which is not a whole number, at least 0",
                "write for example withdrawn_days = 0",
            ),
            (
                "[retention]\nrespones_days = 3",
                "lake.toml, line 5: key \"respones_days\" does not exist",
                "use one of responses_days, comments_days, identities_days, suppressions_days, \
                 withdrawn_days",
            ),
            (
                "[retentoin]\ncomments_days = 3",
                "lake.toml, line 4: section \"retentoin\" does not exist",
                "use one of time, consent, validity, retention, inventory, rollup, roles",
            ),
            (
                "[roles.a]\npolicy = \"Steward\"",
                "lake.toml, line 5: policy cannot be \"Steward\"",
                "write one of \"owner\", \"steward\", \"aggregate\"",
            ),
        ] {
            let text = format!("{own}{section}\n");
            let error = toml::from_str::<Settings>(&text).expect_err(section);
            let error = explain(FILE_NAME, &text, &error);
            assert_eq!(error.to_string(), message);
            assert_eq!(error.hint().map(ToString::to_string).as_deref(), Some(hint));
        }
    }
}
